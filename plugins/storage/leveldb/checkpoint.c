/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - a consistent copy while the store runs: LevelDB has none of
 * its own, so a snapshot is read and written into a second store. Its mark
 * says "unfinished" until the last batch, and such a store is not opened.
 */
#include "durable.h"

#include "folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COPY_BYTES ((size_t)1 << 20)

struct copying {
    struct vt_db *from;
    struct vt_db to; /* a name and a handle; not a store in use */
    leveldb_iterator_t *it;
    leveldb_writebatch_t *batch;
    size_t batch_bytes;
};

static void put_mark(struct copying *c, uint32_t flags)
{
    uint8_t value[LDB_MARK_VALUE_LEN];

    c->to.last.number++;
    c->to.last.flags = flags;
    ldb_mark_encode(&c->to.last, value);
    leveldb_writebatch_put(c->batch, LDB_MARK, LDB_MARK_LEN,
                           (const char *)value, sizeof value);
}

static vt_status write_out(struct copying *c, int sync, struct vt_err *err)
{
    leveldb_writeoptions_t *options = leveldb_writeoptions_create();
    char *error = NULL;

    leveldb_writeoptions_set_sync(options, (uint8_t)sync);
    leveldb_write(c->to.h.db, options, c->batch, &error);
    leveldb_writeoptions_destroy(options);
    leveldb_writebatch_clear(c->batch);
    c->batch_bytes = 0;
    return error == NULL
               ? VT_OK
               : ldb_fail_with(c->to.dir, "write the checkpoint", error, err);
}

static vt_status copy_keys(struct copying *c, struct vt_err *err)
{
    static const char first = 1;
    vt_status status = VT_OK;
    char *error = NULL;

    leveldb_iter_seek(c->it, &first, 1); /* behind the mark */
    while (status == VT_OK && leveldb_iter_valid(c->it)) {
        size_t key_len;
        size_t val_len;
        const char *key = leveldb_iter_key(c->it, &key_len);
        const char *val = leveldb_iter_value(c->it, &val_len);

        if (c->batch_bytes == 0) {
            put_mark(c, LDB_MF_UNFINISHED);
        }
        leveldb_writebatch_put(c->batch, key, key_len, val, val_len);
        c->batch_bytes += key_len + val_len;
        if (c->batch_bytes >= COPY_BYTES) {
            status = write_out(c, 0, err);
        }
        leveldb_iter_next(c->it);
    }
    leveldb_iter_get_error(c->it, &error);
    if (error != NULL) {
        return ldb_fail_with(c->from->dir, "read", error, err);
    }
    if (status == VT_OK && c->batch_bytes > 0) {
        status = write_out(c, 0, err);
    }
    return status;
}

static vt_status make_copy(struct copying *c, struct vt_err *err)
{
    vt_status status;

    put_mark(c, LDB_MF_UNFINISHED);
    status = write_out(c, 1, err); /* whatever a power cut takes, not this */
    if (status == VT_OK) {
        status = copy_keys(c, err);
    }
    if (status == VT_OK) {
        put_mark(c, 0);
        status = write_out(c, 1, err);
    }
    if (status == VT_OK && ldb_make_durable(&c->to) != 0) {
        status = ldb_fail(err, VT_E_IO,
                          "checkpoint %s: cannot sync: %s: check the disk",
                          ldb_short(c->to.dir), strerror(errno));
    }
    return status;
}

/* Opens and copies from a snapshot of this moment. */
static vt_status checkpoint(struct copying *c, struct vt_err *err)
{
    const leveldb_snapshot_t *snapshot = leveldb_create_snapshot(c->from->h.db);
    leveldb_readoptions_t *read = leveldb_readoptions_create();
    vt_status status = ldb_open(c->to.dir, &c->from->use, 1, &c->to.h, err);

    leveldb_readoptions_set_snapshot(read, snapshot);
    leveldb_readoptions_set_verify_checksums(read, 1);
    leveldb_readoptions_set_fill_cache(read, 0);
    if (status == VT_OK) {
        c->batch = leveldb_writebatch_create();
        c->it = leveldb_create_iterator(c->from->h.db, read);
        status = make_copy(c, err);
        leveldb_iter_destroy(c->it);
        leveldb_writebatch_destroy(c->batch);
        ldb_close(&c->to.h);
    }
    leveldb_readoptions_destroy(read);
    leveldb_release_snapshot(c->from->h.db, snapshot);
    return status;
}

/* The folder is held from here on, so that nobody opens half a copy. */
static vt_status hold_empty(struct copying *c, struct vt_err *err)
{
    vt_status status = ldb_hold(c->to.dir, &c->to.h, err);
    int empty;

    if (status != VT_OK) {
        return status;
    }
    empty = ldb_dir_is_empty(c->to.h.dir_fd);
    if (empty < 0) {
        status = ldb_file_failed(c->to.dir, "", "list it", err);
    } else if (!empty) {
        status = ldb_fail(err, VT_E_INVALID,
                          "checkpoint %s: the folder is not empty: give an "
                          "empty one",
                          ldb_short(c->to.dir));
    }
    if (status != VT_OK) {
        ldb_close(&c->to.h);
    }
    return status;
}

vt_status ldb_checkpoint(struct vt_db *db, const char *dir, struct vt_err *err)
{
    struct copying c = {.from = db};
    vt_status status;

    c.to.dir = strdup(dir);
    if (c.to.dir == NULL) {
        return ldb_fail(err, VT_E_NOMEM, "no memory for a checkpoint");
    }
    status = hold_empty(&c, err);
    if (status == VT_OK) {
        status = checkpoint(&c, err);
    }
    free(c.to.dir);
    return status;
}
