/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.c - transactions: a snapshot, and for the writer a batch.
 */
#include "tx.h"

#include "batch.h"
#include "commit.h"
#include "version.h"

#include <stdlib.h>

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

vt_status seg_tx_begin(struct vt_db *db, uint32_t flags, struct vt_db_tx **out,
                       struct vt_err *err)
{
    struct vt_db_tx *tx;

    if ((flags & ~VT_TX_RW) != 0) {
        return seg_fail(err, VT_E_INVALID, "begin: unknown flags");
    }
    tx = calloc(1, sizeof *tx);
    if (tx == NULL) {
        return seg_fail(err, VT_E_NOMEM, "no memory for a transaction");
    }
    if (flags == VT_TX_RW && !take_place(db)) {
        free(tx);
        return seg_fail(err, VT_E_STATE,
                        "a write transaction is open: end it first");
    }
    tx->db = db;
    tx->flags = flags;
    seg_snap_take(db, &tx->snap);
    *out = tx;
    return VT_OK;
}

static void end(struct vt_db_tx *tx)
{
    while (tx->values != NULL) {
        struct seg_value *v = tx->values;

        tx->values = v->next;
        free(v);
    }
    if (tx->flags == VT_TX_RW) {
        seg_batch_clear(&tx->db->batch);
    }
    seg_snap_drop(&tx->snap);
    if (tx->flags == VT_TX_RW) {
        leave_place(tx->db);
    }
    free(tx);
}

static int key_fits(uint32_t space, struct vt_view key)
{
    return space < SEG_SPACES && key.len > 0 && key.len <= SEG_KEY_MAX;
}

vt_status seg_tx_get(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view *val)
{
    struct seg_key k = seg_key_of(space, key.ptr, key.len);
    struct seg_value *value;
    struct seg_hit hit;
    vt_status status;

    if (!key_fits(space, key)) {
        return VT_E_NOTFOUND;
    }
    if (tx->flags == VT_TX_RW) {
        status = seg_batch_get(&tx->db->batch, k, val);
        if (status != VT_E_STATE) {
            return status;
        }
    }
    status = seg_find(&tx->snap, k, &hit);
    if (status != VT_OK || hit.slot.kind == SEG_DEL) {
        return status == VT_OK ? VT_E_NOTFOUND : status;
    }
    value = malloc(sizeof *value + hit.slot.klen + hit.slot.vlen);
    if (value == NULL) {
        return VT_E_NOMEM;
    }
    status = seg_read(tx->db, &hit, k, value->bytes);
    if (status != VT_OK) {
        free(value);
        return status;
    }
    value->next = tx->values;
    tx->values = value;
    val->ptr = value->bytes + hit.slot.klen;
    val->len = hit.slot.vlen;
    return VT_OK;
}

static vt_status add(struct vt_db_tx *tx, uint8_t kind, uint32_t space,
                     struct vt_view key, struct vt_view val)
{
    if (tx->flags != VT_TX_RW) {
        return VT_E_STATE;
    }
    if (!key_fits(space, key) || val.len > SEG_VALUE_MAX) {
        return VT_E_LIMIT;
    }
    return seg_batch_add(&tx->db->batch, tx->db->salt, kind,
                         seg_key_of(space, key.ptr, key.len), val);
}

vt_status seg_tx_put(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view val)
{
    return add(tx, SEG_PUT, space, key, val);
}

vt_status seg_tx_del(struct vt_db_tx *tx, uint32_t space, struct vt_view key)
{
    struct vt_view none = {NULL, 0};

    return add(tx, SEG_DEL, space, key, none);
}

vt_status seg_tx_commit(struct vt_db_tx *tx, uint32_t flags, struct vt_err *err)
{
    struct vt_db *db = tx->db;
    int sync = (flags & VT_COMMIT_SYNC) != 0;
    vt_status status = VT_OK;

    if (tx->flags != VT_TX_RW) {
        end(tx);
        return VT_OK;
    }
    if (db->batch.count > 0) {
        status = seg_commit(db, &db->batch, 0, sync, err);
        if (status == VT_OK) {
            seg_reclaim(db, db->batch.charged, db->batch.count);
        }
    } else if (sync) {
        status = seg_sync(db, err);
    }
    end(tx);
    return status;
}

void seg_tx_abort(struct vt_db_tx *tx)
{
    if (tx != NULL) {
        end(tx);
    }
}
