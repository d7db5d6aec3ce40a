/* SPDX-License-Identifier: Apache-2.0
 *
 * ldb.h - shapes shared by the files of this plugin.
 *
 * A key in LevelDB is one byte, the space plus one, and the key. Byte 0 is the
 * plugin's own: there is one such key, LDB_MARK, and every batch begins with
 * writing it:
 *
 *   number  of this commit, one more than that of the one before (8 bytes)
 *   synced  newest commit known to be durable when this one was written (8)
 *   flags   LDB_MF_ (4)
 */
#ifndef LEVELDB_LDB_H
#define LEVELDB_LDB_H

#include <vt/plugin.h>
#include <vt/storage.h>

#include <leveldb/c.h>

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define LDB_SPACES 255u
#define LDB_KEY_MAX 255u
#define LDB_VALUE_MAX ((uint64_t)64 << 20)
#define LDB_BATCH_MAX ((uint64_t)256 << 20)
/* What a change costs of LDB_BATCH_MAX beside its key and value: bounds how
 * many tiny ones one transaction can hold. */
#define LDB_CHANGE_COST 64u

#define LDB_MARK "\0commit"
#define LDB_MARK_LEN 7u
#define LDB_MARK_VALUE_LEN 20u
#define LDB_MF_UNFINISHED 1u /* a checkpoint being made */

struct ldb_mark {
    uint64_t number;
    uint64_t synced;
    uint32_t flags;
};

struct ldb_values;

struct ldb_options {
    uint64_t cache, write_buffer, bloom_bits, max_open_files;
};

/* An open LevelDB and what was made for it. */
struct ldb_handle {
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *filter; /* NULL: no bloom filter */
    int dir_fd;
};

struct vt_db {
    const struct vt_host *host;
    const struct vt_svc_log *log;
    char *dir;
    struct ldb_options use;
    struct ldb_handle h;

    pthread_mutex_t lock; /* the members below */
    int writer_open;
    uint64_t commits, syncs, logical;

    /* The writer's alone. */
    struct ldb_mark last; /* of the newest commit */
    uint64_t opened;      /* number of the newest commit when opened */
    int failed;           /* no more writes: it is not known what is stored */
    uint64_t newest_log;  /* what durable.c saw last */
    struct timespec dir_seen;
    int dir_settled;
};

struct ldb_change;

struct vt_db_tx {
    struct vt_db *db;
    uint32_t flags;
    const leveldb_snapshot_t *snapshot;
    leveldb_readoptions_t *read;
    struct ldb_values *values; /* handed out by get */
    struct ldb_changes *changes;
};

/* ---- text.c ------------------------------------------------------------- */

/* Fill err (may be NULL), return status. */
vt_status ldb_fail(struct vt_err *err, vt_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* From LevelDB's error text, which is freed: "<dir>: <what>: <text>: <cure>".
 * Returns VT_E_CORRUPT, VT_E_IO. */
vt_status ldb_fail_with(const char *dir, const char *what, char *text,
                        struct vt_err *err);
void ldb_log(const struct vt_db *db, uint32_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The end of dir that fits into a text. */
const char *ldb_short(const char *dir);
#define LDB_CURE                                                               \
    "restore the folder from a checkpoint, or empty it and fetch from peers"

/* ---- leveldb.c ---------------------------------------------------------- */

/* LevelDB in dir, which h holds (folder.h), made when create is set. h is
 * empty on failure. Returns VT_OK, VT_E_CORRUPT, VT_E_IO. */
vt_status ldb_open(const char *dir, const struct ldb_options *use, int create,
                   struct ldb_handle *h, struct vt_err *err);
void ldb_close(struct ldb_handle *h);
void ldb_mark_encode(const struct ldb_mark *mark,
                     uint8_t out[LDB_MARK_VALUE_LEN]);
void ldb_mark_decode(const uint8_t bytes[LDB_MARK_VALUE_LEN],
                     struct ldb_mark *out);

/* ---- tx.c, cursor.c, checkpoint.c --------------------------------------- */

vt_status ldb_tx_begin(struct vt_db *db, uint32_t flags, struct vt_db_tx **out,
                       struct vt_err *err);
vt_status ldb_tx_get(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view *val);
vt_status ldb_tx_put(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view val);
vt_status ldb_tx_del(struct vt_db_tx *tx, uint32_t space, struct vt_view key);
vt_status ldb_tx_commit(struct vt_db_tx *tx, uint32_t flags,
                        struct vt_err *err);
void ldb_tx_abort(struct vt_db_tx *tx);
/* A commit without changes that makes all before it durable, when something
 * is not. Returns VT_OK, VT_E_IO. */
vt_status ldb_settle(struct vt_db *db, struct vt_err *err);
/* The last thing before closing: all is durable, and a mark behind the newest
 * commit vouches for it. Returns as above. */
vt_status ldb_finish(struct vt_db *db, struct vt_err *err);

vt_status ldb_cursor_open(struct vt_db_tx *tx, uint32_t space,
                          struct vt_db_cursor **out);
vt_status ldb_cursor_seek(struct vt_db_cursor *cur, struct vt_view key,
                          struct vt_view *k, struct vt_view *v);
vt_status ldb_cursor_step(struct vt_db_cursor *cur, int32_t dir,
                          struct vt_view *k, struct vt_view *v);
void ldb_cursor_close(struct vt_db_cursor *cur);

vt_status ldb_checkpoint(struct vt_db *db, const char *dir, struct vt_err *err);

/* Room for LevelDB's key; Returns its length. */
static inline size_t ldb_key(uint32_t space, struct vt_view key,
                             char out[LDB_KEY_MAX + 1])
{
    out[0] = (char)(space + 1);
    for (size_t i = 0; i < key.len; i++) {
        out[i + 1] = (char)key.ptr[i];
    }
    return key.len + 1;
}

static inline int ldb_key_fits(uint32_t space, struct vt_view key)
{
    return space < LDB_SPACES && key.len > 0 && key.len <= LDB_KEY_MAX;
}

#endif
