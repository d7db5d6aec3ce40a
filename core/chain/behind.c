/* SPDX-License-Identifier: Apache-2.0
 *
 * behind.c - executed blocks wait in a list; one job at a time writes all that
 * waits in one unsynced transaction per store, the mark last.
 */
#include "chain/behind.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/map.h"
#include "base/status.h"
#include "chain/behind_space.h"

#include <string.h>

#define JOB_BLOCKS_MAX 32u
#define RECENT_MAX 4000000u

struct pending {
    struct vt_list list;
    struct vt_behind_block done;
};

/* A transaction that the stores do not know yet. */
struct recent {
    uint64_t height;
    uint32_t index;
    struct vt_receipt receipt;
};

struct vt_behind {
    struct vt_job job;
    struct vt_behind_args args;
    struct vt_list pending; /* oldest first */
    size_t count;
    struct pending *flight[JOB_BLOCKS_MAX]; /* being written: the oldest */
    size_t flying;
    struct vt_map *recent; /* id -> recent */
    vt_status status;
    struct vt_err err;
    int failed;
};

static const uint8_t map_seed[16] = "recent txs";

struct vt_behind *vt_behind_new(const struct vt_behind_args *args)
{
    struct vt_behind *behind = vt_alloc(sizeof *behind);

    if (behind == NULL) {
        return NULL;
    }
    behind->args = *args;
    vt_list_init(&behind->pending);
    behind->recent = vt_map_new(32, RECENT_MAX, map_seed);
    if (behind->recent == NULL) {
        vt_free(behind);
        return NULL;
    }
    return behind;
}

static void forget_txs(struct vt_behind *behind, const struct vt_block *block)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        vt_free(vt_map_remove(behind->recent, block->txs[i].id.b));
    }
}

static void pending_free(struct vt_behind *behind, struct pending *p)
{
    vt_list_remove(&p->list);
    behind->count--;
    forget_txs(behind, p->done.block);
    vt_exec_free(p->done.exec);
    vt_state_unref(p->done.state);
    vt_block_unref(p->done.block);
    vt_free(p);
}

void vt_behind_free(struct vt_behind *behind)
{
    if (behind == NULL) {
        return;
    }
    while (!vt_list_empty(&behind->pending)) {
        pending_free(behind,
                     VT_CONTAINER(behind->pending.next, struct pending, list));
    }
    vt_map_free(behind->recent);
    vt_free(behind);
}

static vt_status remember_txs(struct vt_behind *behind,
                              const struct vt_behind_block *done)
{
    for (uint32_t i = 0; i < done->block->header.tx_count; i++) {
        struct recent *r = vt_alloc(sizeof *r);
        void *old;

        if (r == NULL) {
            return VT_E_NOMEM;
        }
        r->height = done->block->header.height;
        r->index = i;
        r->receipt = done->receipts[i];
        if (vt_map_put(behind->recent, done->block->txs[i].id.b, r, &old) !=
            VT_OK) {
            vt_free(r);
            return VT_E_NOMEM;
        }
        vt_free(old);
    }
    return VT_OK;
}

vt_status vt_behind_add(struct vt_behind *behind,
                        const struct vt_behind_block *done)
{
    struct pending *p = vt_alloc(sizeof *p);

    if (p == NULL || remember_txs(behind, done) != VT_OK) {
        vt_exec_free(done->exec);
        vt_free(p);
        return VT_E_NOMEM;
    }
    p->done = *done;
    (void)vt_block_ref(done->block);
    (void)vt_state_ref(done->state);
    vt_list_append(&behind->pending, &p->list);
    behind->count++;
    return VT_OK;
}

/* ---- the write, on the POOL lane ----------------------------------------- */

static vt_status put_entries(const struct vt_store *store, struct vt_db_tx *tx,
                             enum vt_ledger_kind ledger,
                             const struct pending *p)
{
    const struct vt_state_change *changes;
    uint32_t space = STATE_ENTRY + (uint32_t)ledger;
    size_t count;
    vt_status status = VT_OK;

    vt_exec_changes(p->done.exec, ledger, &changes, &count);
    for (size_t i = 0; i < count && status == VT_OK; i++) {
        struct vt_view key = vt_view_of(changes[i].key.b, 32);

        status = changes[i].value.len == 0
                     ? store->table->del(tx, space, key)
                     : store->table->put(tx, space, key, changes[i].value);
    }
    return status;
}

/* Ledgers of one store in one transaction. */
static vt_status put_ledgers(struct vt_behind *behind,
                             const struct vt_store *store, struct vt_db_tx *tx)
{
    vt_status status = VT_OK;

    for (size_t i = 0; i < behind->flying; i++) {
        for (int k = 0; k < VT_LEDGER_COUNT && status == VT_OK; k++) {
            if (behind->args.ledger[k].db == store->db) {
                status = put_entries(store, tx, (enum vt_ledger_kind)k,
                                     behind->flight[i]);
            }
        }
    }
    return status;
}

static vt_status put_index(const struct vt_store *store, struct vt_db_tx *tx,
                           const struct pending *p)
{
    const struct vt_block *block = p->done.block;
    uint8_t value[TX_VALUE_LEN];
    vt_status status;

    vt_put_u64(value, block->header.height);
    status = store->table->put(tx, STATE_BLOCK, vt_view_of(block->id.b, 32),
                               vt_view_of(value, 8));
    for (uint32_t i = 0; i < block->header.tx_count && status == VT_OK; i++) {
        const struct vt_receipt *r = &p->done.receipts[i];

        vt_put_u32(value + 8, i);
        vt_put_u32(value + 12, r->code);
        vt_amount_put(r->fee, value + 16);
        vt_amount_put(r->burned, value + 32);
        status =
            store->table->put(tx, STATE_TX, vt_view_of(block->txs[i].id.b, 32),
                              vt_view_of(value, sizeof value));
    }
    return status;
}

static vt_status put_mark(const struct vt_store *store, struct vt_db_tx *tx,
                          const struct pending *last)
{
    struct vt_mark mark = {.height = last->done.block->header.height,
                           .id = last->done.block->id,
                           .time_ms = last->done.block->header.time_ms,
                           .txs_total = last->done.txs_total,
                           .receipts_root = last->done.receipts_root};
    uint8_t bytes[MARK_LEN];

    vt_state_root(last->done.state, &mark.state_root);
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_state_ledger_root(last->done.state, (enum vt_ledger_kind)i,
                             &mark.ledger_root[i]);
    }
    vt_mark_encode(&mark, bytes);
    return store->table->put(tx, STATE_META, vt_view_str(MARK_KEY),
                             vt_view_of(bytes, sizeof bytes));
}

static vt_status put_indexes(struct vt_behind *behind,
                             const struct vt_store *store, struct vt_db_tx *tx)
{
    vt_status status = VT_OK;

    for (size_t i = 0; i < behind->flying && status == VT_OK; i++) {
        status = put_index(store, tx, behind->flight[i]);
    }
    return status == VT_OK
               ? put_mark(store, tx, behind->flight[behind->flying - 1])
               : status;
}

static vt_status write_store(struct vt_behind *behind,
                             const struct vt_store *store)
{
    struct vt_db_tx *tx;
    vt_status status =
        store->table->begin(store->db, VT_TX_RW, &tx, &behind->err);

    if (status != VT_OK) {
        return status;
    }
    status = put_ledgers(behind, store, tx);
    if (status == VT_OK && store->db == behind->args.ledger[0].db) {
        status = put_indexes(behind, store, tx);
    }
    if (status != VT_OK) {
        store->table->abort(tx);
        return vt_err_set(&behind->err, status,
                          "the state store does not take a record: %s",
                          vt_status_text(status));
    }
    return store->table->commit(tx, 0, &behind->err);
}

/* The store of the asset ledger comes last: it has the mark. */
static vt_status write_flight(struct vt_behind *behind)
{
    vt_status status = VT_OK;

    for (int i = VT_LEDGER_COUNT - 1; i >= 0 && status == VT_OK; i--) {
        if (is_first_store(behind->args.ledger, i)) {
            status = write_store(behind, &behind->args.ledger[i]);
        }
    }
    return status;
}

static void job_run(struct vt_job *job)
{
    struct vt_behind *behind = VT_CONTAINER(job, struct vt_behind, job);

    behind->status = write_flight(behind);
}

/* The oldest ones that wait, into flight. */
static void gather(struct vt_behind *behind)
{
    behind->err.size = sizeof behind->err;
    VT_LIST_FOR (item, &behind->pending) {
        if (behind->flying == JOB_BLOCKS_MAX) {
            break;
        }
        behind->flight[behind->flying++] =
            VT_CONTAINER(item, struct pending, list);
    }
}

static void land(struct vt_behind *behind)
{
    size_t written = behind->flying;

    behind->flying = 0;
    for (size_t i = 0; i < written && behind->status == VT_OK; i++) {
        pending_free(behind, behind->flight[i]);
    }
}

static void job_done(struct vt_job *job)
{
    struct vt_behind *behind = VT_CONTAINER(job, struct vt_behind, job);

    land(behind);
    if (behind->status == VT_OK) {
        vt_behind_flush(behind);
    } else if (!behind->failed) {
        behind->failed = 1;
        behind->err.code = behind->status;
        behind->args.on_failure(behind->args.ctx, &behind->err);
    }
    behind->args.on_done(behind->args.ctx);
}

void vt_behind_flush(struct vt_behind *behind)
{
    if (behind->flying > 0 || behind->count == 0 || behind->failed) {
        return;
    }
    gather(behind);
    behind->job.fn = job_run;
    behind->job.done = job_done;
    behind->job.stage = VT_STAGE_STATE;
    if (behind->args.world->ops->run(behind->args.world, VT_LANE_POOL,
                                     &behind->job) != VT_OK) {
        behind->flying = 0; /* the pool is full: the next flush tries */
    }
}

vt_status vt_behind_write_now(struct vt_behind *behind, struct vt_err *err)
{
    while (behind->count > 0) {
        gather(behind);
        behind->status = write_flight(behind);
        land(behind);
        if (behind->status != VT_OK) {
            *err = behind->err;
            return behind->status;
        }
    }
    return VT_OK;
}

int vt_behind_busy(const struct vt_behind *behind)
{
    return behind->flying > 0;
}

size_t vt_behind_backlog(const struct vt_behind *behind)
{
    return behind->count;
}

/* ---- lookups ------------------------------------------------------------- */

static vt_status read_value(const struct vt_store *store, uint32_t space,
                            const struct vt_hash *id, uint8_t *out, size_t want)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *tx;
    struct vt_view value;
    vt_status status = store->table->begin(store->db, VT_TX_RO, &tx, &err);

    if (status != VT_OK) {
        return status;
    }
    status = store->table->get(tx, space, vt_view_of(id->b, 32), &value);
    if (status == VT_OK && value.len != want) {
        status = VT_E_CORRUPT;
    }
    if (status == VT_OK) {
        memcpy(out, value.ptr, want);
    }
    store->table->abort(tx);
    return status;
}

vt_status vt_behind_find_tx(const struct vt_behind *behind,
                            const struct vt_hash *id, struct vt_tx_status *out)
{
    const struct recent *r = vt_map_get(behind->recent, id->b);
    uint8_t value[TX_VALUE_LEN];
    vt_status status;

    if (r != NULL) {
        out->height = r->height;
        out->index = r->index;
        out->receipt = r->receipt;
        return VT_OK;
    }
    status = read_value(&behind->args.ledger[VT_LEDGER_ASSET], STATE_TX, id,
                        value, sizeof value);
    if (status == VT_OK) {
        out->height = vt_get_u64(value);
        out->index = vt_get_u32(value + 8);
        out->receipt.tx = *id;
        out->receipt.code = vt_get_u32(value + 12);
        out->receipt.fee = vt_amount_get(value + 16);
        out->receipt.burned = vt_amount_get(value + 32);
    }
    return status;
}

vt_status vt_behind_find_block(const struct vt_behind *behind,
                               const struct vt_hash *id, uint64_t *out_height)
{
    VT_LIST_FOR (item, &behind->pending) {
        const struct pending *p = VT_CONTAINER(item, struct pending, list);

        if (vt_hash_eq(&p->done.block->id, id)) {
            *out_height = p->done.block->header.height;
            return VT_OK;
        }
    }
    return vt_behind_find_stored(behind->args.ledger, id, out_height);
}

vt_status vt_behind_find_stored(const struct vt_store *ledger,
                                const struct vt_hash *id, uint64_t *out_height)
{
    uint8_t value[8];
    vt_status status = read_value(&ledger[VT_LEDGER_ASSET], STATE_BLOCK, id,
                                  value, sizeof value);

    if (status == VT_OK) {
        *out_height = vt_get_u64(value);
    }
    return status;
}
