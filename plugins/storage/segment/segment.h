/* SPDX-License-Identifier: Apache-2.0
 *
 * segment.h - shapes shared by the files of this plugin. README.md has the
 * bytes on disk; here is what lives in memory.
 *
 *   version --> active   the file being written, index in memory (mem.h)
 *           \-> sealed   any number of older files, index on disk (index.h)
 *
 * A version is immutable and counted; a snapshot is a version and a sequence
 * number. Only the one writer makes new versions.
 */
#ifndef SEGMENT_SEGMENT_H
#define SEGMENT_SEGMENT_H

#include <vt/plugin.h>
#include <vt/storage.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SEG_SPACES 256u
#define SEG_KEY_MAX 255u
#define SEG_VALUE_MAX (UINT64_C(64) << 20)
#define SEG_BATCH_MAX (UINT64_C(256) << 20)
/* What an entry costs of batch_max beside its key and value: bounds how many
 * tiny entries one transaction can hold. */
#define SEG_ENTRY_COST 64u
/* Entries of the active segment's index in memory; sealed early above. */
#define SEG_ENTRIES_MAX 131072u
#define SEG_STORE_ID_LEN 16u
#define SEG_NAME_LEN 32u

enum { SEG_PUT = 1, SEG_DEL = 2 };

/* A key in its space. space is one past the last for "behind all keys". */
struct seg_key {
    const uint8_t *ptr;
    uint32_t len;
    uint32_t space;
};

/* Where one version of a key is: the key's bytes at off of the file, the
 * value's right behind them, crc over both (record.h). */
struct seg_slot {
    uint32_t off;
    uint32_t vlen;
    uint32_t crc;
    uint8_t space;
    uint8_t kind;
    uint8_t klen;
    uint8_t pad;
};

struct seg_mem;

struct seg_active {
    _Atomic uint32_t refs;
    int fd;
    uint64_t id;
    uint64_t first_seq;
    struct seg_mem *mem;
    _Atomic uint64_t live; /* bytes of entries that are not superseded */
};

/* First and last key of one space in a sealed segment. */
struct seg_range {
    struct seg_key lo, hi;
};

struct seg_sealed {
    _Atomic uint32_t refs;
    struct vt_db *db;
    uint64_t id;
    uint64_t first_seq, last_seq;
    uint32_t salt;      /* of the index's blocks */
    uint64_t size;      /* bytes of the segment file that hold records */
    _Atomic int fd;     /* -1: opened for each read; kept once it is unlinked */
    const uint8_t *map; /* the index file */
    size_t map_len;
    uint32_t blocks;
    uint32_t range_count;
    uint64_t entries;
    struct seg_range *ranges;
    uint8_t *range_bytes;
    _Atomic uint64_t live;
};

struct seg_version {
    _Atomic uint32_t refs;
    uint32_t count;
    struct seg_active *active;
    struct seg_sealed *sealed[]; /* newest first */
};

struct seg_snap {
    struct seg_version *version;
    uint64_t seq; /* commits up to this one are seen */
    uint64_t end; /* bytes of the active file that hold them */
};

/* Entries of a transaction, laid out as they will be in the file. */
struct seg_batch {
    uint8_t *rows;
    uint8_t *data;
    size_t rows_cap, data_len, data_cap;
    uint32_t count;
    uint64_t charged;     /* of SEG_BATCH_MAX */
    struct seg_mem *last; /* the last write of each key; off is into data */
};

/* A dropped segment whose file goes once commit `after` is durable. */
struct seg_drop {
    struct seg_sealed *sealed;
    uint64_t after;
};

#define SEG_DROPS_MAX 64u

struct seg_reclaim {
    struct seg_sealed *source; /* NULL: nothing under way; one reference */
    uint32_t block, at;        /* next entry of its index */
    int broken;                /* a source cannot be read: not tried again */
};

struct seg_stats {
    uint64_t commits, syncs, written, logical, moved, dropped;
};

struct vt_db {
    const struct vt_host *host;
    const struct vt_svc_log *log;
    char *dir;
    int dir_fd, lock_fd;
    uint64_t segment_size;
    uint64_t reclaim_percent;
    uint8_t store_id[SEG_STORE_ID_LEN];
    uint32_t salt; /* start value of every checksum of this store */

    pthread_mutex_t lock; /* the four members below, and stats */
    struct seg_version *version;
    uint64_t visible, visible_end;
    int writer_open;
    struct seg_stats stats;

    /* The writer's alone. */
    uint64_t tail;     /* where the next record goes in the active file */
    uint64_t last_seq; /* of the newest record written */
    uint64_t synced;   /* newest record known to be durable */
    uint64_t lowest;   /* oldest segment still needed, goes into records */
    int failed;        /* no more writes: it is not known what is on disk */
    int closed_mark;   /* the newest record is a closing mark */
    struct seg_batch batch;
    struct seg_batch moved;
    struct seg_reclaim reclaim;
    struct seg_drop drops[SEG_DROPS_MAX];
    uint32_t drop_count;
};

/* ---- text (text.c) ------------------------------------------------------ */

/* Fill err (may be NULL), return status. */
vt_status seg_fail(struct vt_err *err, vt_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "<dir>/<name>", the front cut when long. Returns out. */
const char *seg_path(const struct vt_db *db, const char *name, char out[128]);
/* "<16 hex digits>.<suffix>" */
const char *seg_name(uint64_t id, const char *suffix, char out[SEG_NAME_LEN]);
void seg_log(const struct vt_db *db, uint32_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What to do about damage, the same words everywhere. */
#define SEG_CURE                                                               \
    "restore the folder from a checkpoint, or empty it and fetch from peers"

/* "<file>: damaged at offset <off>: <what>: <cure>". Returns VT_E_CORRUPT. */
vt_status seg_corrupt(const struct vt_db *db, uint64_t id, uint64_t off,
                      const char *what, struct vt_err *err);

/* ---- keys --------------------------------------------------------------- */

/* Space first, then memcmp, shorter first. */
int seg_key_cmp(struct seg_key a, struct seg_key b);
static inline struct seg_key seg_key_of(uint32_t space, const uint8_t *ptr,
                                        size_t len)
{
    struct seg_key key = {ptr, (uint32_t)len, space};
    return key;
}
/* Bytes an entry takes in the file. */
static inline uint64_t seg_footprint(const struct seg_slot *slot)
{
    return UINT64_C(12) + slot->klen + slot->vlen;
}

#endif
