/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.c - a transaction is a snapshot of LevelDB's and, for the writer, the
 * changes that become one batch.
 */
#include "changes.h"

#include "durable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A value handed out: LevelDB's own copy, until the transaction ends. */
struct ldb_values {
    struct ldb_values *next;
    char *bytes;
};

static vt_status refuse(const struct vt_db *db, struct vt_err *err)
{
    return ldb_fail(err, VT_E_IO,
                    "%s: an earlier write or sync failed, so what is on disk "
                    "is not known: check the disk and start again",
                    ldb_short(db->dir));
}

/* ---- begin and end ------------------------------------------------------ */

/* The one writer's place. Returns 1 when it was free. */
static int take_place(struct vt_db *db)
{
    int free_place;

    (void)pthread_mutex_lock(&db->lock);
    free_place = !db->writer_open;
    db->writer_open = 1;
    (void)pthread_mutex_unlock(&db->lock);
    return free_place;
}

static void leave_place(struct vt_db *db)
{
    (void)pthread_mutex_lock(&db->lock);
    db->writer_open = 0;
    (void)pthread_mutex_unlock(&db->lock);
}

vt_status ldb_tx_begin(struct vt_db *db, uint32_t flags, struct vt_db_tx **out,
                       struct vt_err *err)
{
    struct vt_db_tx *tx;

    if ((flags & ~VT_TX_RW) != 0) {
        return ldb_fail(err, VT_E_INVALID, "begin: unknown flags");
    }
    tx = calloc(1, sizeof *tx);
    if (tx != NULL && flags == VT_TX_RW) {
        tx->changes = ldb_changes_new();
    }
    if (tx == NULL || (flags == VT_TX_RW && tx->changes == NULL)) {
        free(tx);
        return ldb_fail(err, VT_E_NOMEM, "no memory for a transaction");
    }
    if (flags == VT_TX_RW && !take_place(db)) {
        ldb_changes_free(tx->changes);
        free(tx);
        return ldb_fail(err, VT_E_STATE,
                        "a write transaction is open: end it first");
    }
    tx->db = db;
    tx->flags = flags;
    tx->snapshot = leveldb_create_snapshot(db->h.db);
    tx->read = leveldb_readoptions_create();
    leveldb_readoptions_set_snapshot(tx->read, tx->snapshot);
    leveldb_readoptions_set_verify_checksums(tx->read, 1);
    *out = tx;
    return VT_OK;
}

static void end(struct vt_db_tx *tx)
{
    while (tx->values != NULL) {
        struct ldb_values *v = tx->values;

        tx->values = v->next;
        leveldb_free(v->bytes);
        free(v);
    }
    leveldb_readoptions_destroy(tx->read);
    leveldb_release_snapshot(tx->db->h.db, tx->snapshot);
    ldb_changes_free(tx->changes);
    if (tx->flags == VT_TX_RW) {
        leave_place(tx->db);
    }
    free(tx);
}

void ldb_tx_abort(struct vt_db_tx *tx)
{
    if (tx != NULL) {
        end(tx);
    }
}

/* ---- get, put, del ------------------------------------------------------ */

static vt_status read_failed(const struct vt_db *db, char *text)
{
    struct vt_err err = {.size = sizeof err};
    vt_status status = ldb_fail_with(db->dir, "read", text, &err);

    ldb_log(db, VT_LOG_ERROR, "%s", err.text);
    return status;
}

vt_status ldb_tx_get(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view *val)
{
    char name[LDB_KEY_MAX + 1];
    const struct ldb_change *change = NULL;
    struct ldb_values *value;
    char *error = NULL;
    size_t name_len;
    size_t len;

    if (!ldb_key_fits(space, key)) {
        return VT_E_NOTFOUND;
    }
    name_len = ldb_key(space, key, name);
    if (tx->changes != NULL) {
        change = ldb_changes_find(tx->changes, name, name_len);
    }
    if (change != NULL) {
        if (change->val != NULL) {
            val->ptr = change->val;
            val->len = change->val_len;
        }
        return change->val == NULL ? VT_E_NOTFOUND : VT_OK;
    }
    value = malloc(sizeof *value);
    if (value == NULL) {
        return VT_E_NOMEM;
    }
    value->bytes =
        leveldb_get(tx->db->h.db, tx->read, name, name_len, &len, &error);
    if (value->bytes == NULL) {
        free(value);
        return error == NULL ? VT_E_NOTFOUND : read_failed(tx->db, error);
    }
    value->next = tx->values;
    tx->values = value;
    val->ptr = (const uint8_t *)value->bytes;
    val->len = len;
    return VT_OK;
}

static vt_status change(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                        struct vt_view val)
{
    char name[LDB_KEY_MAX + 1];

    if (tx->changes == NULL) {
        return VT_E_STATE;
    }
    if (!ldb_key_fits(space, key) || val.len > LDB_VALUE_MAX) {
        return VT_E_LIMIT;
    }
    return ldb_changes_add(tx->changes, name, ldb_key(space, key, name), val);
}

vt_status ldb_tx_put(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view val)
{
    if (val.ptr == NULL) {
        val.ptr = (const uint8_t *)""; /* empty, not deleted */
    }
    return change(tx, space, key, val);
}

vt_status ldb_tx_del(struct vt_db_tx *tx, uint32_t space, struct vt_view key)
{
    struct vt_view none = {NULL, 0};

    return change(tx, space, key, none);
}

/* ---- commit ------------------------------------------------------------- */

/* The mark first: mend.c looks for it there. */
static void fill(leveldb_writebatch_t *batch, const struct ldb_mark *mark,
                 const struct ldb_changes *changes)
{
    uint8_t value[LDB_MARK_VALUE_LEN];
    const struct ldb_change *c =
        changes == NULL ? NULL : ldb_changes_first(changes);

    ldb_mark_encode(mark, value);
    leveldb_writebatch_put(batch, LDB_MARK, LDB_MARK_LEN, (const char *)value,
                           sizeof value);
    for (; c != NULL; c = c->next) {
        if (c->val == NULL) {
            leveldb_writebatch_delete(batch, c->key, c->key_len);
        } else {
            leveldb_writebatch_put(batch, c->key, c->key_len,
                                   (const char *)c->val, c->val_len);
        }
    }
}

/* Any failure is final: LevelDB's log may now end in half a record, and it
 * would write on behind that. */
static vt_status write_batch(struct vt_db *db,
                             const struct ldb_changes *changes, int sync,
                             struct vt_err *err)
{
    struct ldb_mark mark = {db->last.number + 1, db->last.synced, 0};
    leveldb_writebatch_t *batch = leveldb_writebatch_create();
    leveldb_writeoptions_t *options = leveldb_writeoptions_create();
    char *error = NULL;

    fill(batch, &mark, changes);
    leveldb_writeoptions_set_sync(options, (uint8_t)sync);
    leveldb_write(db->h.db, options, batch, &error);
    leveldb_writeoptions_destroy(options);
    leveldb_writebatch_destroy(batch);
    if (error != NULL) {
        db->failed = 1;
        return ldb_fail_with(db->dir, "write", error, err);
    }
    db->last.number++;
    if (sync && ldb_make_durable(db) != 0) {
        db->failed = 1;
        return ldb_fail(err, VT_E_IO, "%s: cannot sync: %s: check the disk",
                        ldb_short(db->dir), strerror(errno));
    }
    if (sync) {
        db->last.synced = db->last.number;
    }
    return VT_OK;
}

vt_status ldb_settle(struct vt_db *db, struct vt_err *err)
{
    if (db->failed) {
        return refuse(db, err);
    }
    return db->last.synced == db->last.number ? VT_OK
                                              : write_batch(db, NULL, 1, err);
}

vt_status ldb_finish(struct vt_db *db, struct vt_err *err)
{
    vt_status status;

    if (db->failed || db->last.number == db->opened) {
        return VT_OK;
    }
    status = ldb_settle(db, err);
    return status == VT_OK ? write_batch(db, NULL, 1, err) : status;
}

static vt_status commit(struct vt_db_tx *tx, int sync, struct vt_err *err)
{
    struct vt_db *db = tx->db;
    vt_status status;

    if (ldb_changes_first(tx->changes) == NULL) {
        return sync ? ldb_settle(db, err) : VT_OK;
    }
    if (db->failed) {
        return refuse(db, err);
    }
    status = write_batch(db, tx->changes, sync, err);
    if (status == VT_OK) {
        (void)pthread_mutex_lock(&db->lock);
        db->commits++;
        db->syncs += (uint64_t)sync;
        db->logical += ldb_changes_bytes(tx->changes);
        (void)pthread_mutex_unlock(&db->lock);
    }
    return status;
}

vt_status ldb_tx_commit(struct vt_db_tx *tx, uint32_t flags, struct vt_err *err)
{
    vt_status status = VT_OK;

    if (tx->flags == VT_TX_RW) {
        status = commit(tx, (flags & VT_COMMIT_SYNC) != 0, err);
    }
    end(tx);
    return status;
}
