/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.c - a batch for the engine: transactions that wait here and belong to
 * its lane, put together outside of the chain. Nothing is executed: what fits
 * is seen when batches are joined to a block.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define BATCH_ROOM 1024u /* header without the engine's payload */

struct batch {
    struct vt_job job;
    struct vt_chain *chain;
    uint64_t token;
    struct vt_header header;
    struct vt_view *raws; /* borrow from bytes */
    size_t count;
    uint8_t *bytes;
    uint8_t *payload;
    struct vt_block *block;
    vt_status status;
};

static void batch_free(struct batch *b)
{
    vt_block_unref(b->block);
    vt_free(b->raws);
    vt_free(b->bytes);
    vt_free(b->payload);
    vt_free(b);
}

static void refuse(struct vt_chain *chain, uint64_t token, vt_status status)
{
    vt_engine_block(&chain->engine, VT_EV_BUILT, token, status, 0, NULL);
}

/* ---- whose transaction it is --------------------------------------------- */

struct lane {
    const struct vt_eff_batch *want;
    uint64_t now_ns;
};

static int is_of_lane(const void *ctx, const struct vt_pooled *p)
{
    const struct lane *lane = ctx;
    const struct vt_eff_batch *want = lane->want;
    struct vt_hash hash;
    uint64_t key;
    uint64_t turns = 0;
    uint64_t away; /* lanes whose turn comes first */

    if (p->len > vt_batch_tx_max(&p->tx)) {
        return 0;
    }
    vt_hash_bytes("VTC/lane/1", &p->tx.sender, sizeof p->tx.sender, &hash);
    key = vt_get_u64(hash.b);
    away = (want->shard + want->shards - key % want->shards) % want->shards;
    if (want->lane_wait_ns > 0 && lane->now_ns > p->received_ns) {
        turns = (lane->now_ns - p->received_ns) / want->lane_wait_ns;
    }
    key = key / want->shards % want->lanes;
    away *= want->lanes;
    away += (want->lane + want->lanes - key) % want->lanes;
    return away <= turns;
}

/* ---- choosing ------------------------------------------------------------ */

static vt_status copy_picked(struct batch *b, struct vt_pooled *const *picked)
{
    size_t total = 0;

    for (size_t i = 0; i < b->count; i++) {
        total += picked[i]->len;
    }
    b->bytes = vt_alloc(total);
    b->raws = vt_alloc_array(b->count + 1, sizeof *b->raws);
    if (b->bytes == NULL || b->raws == NULL) {
        return VT_E_NOMEM;
    }
    total = 0;
    for (size_t i = 0; i < b->count; i++) {
        memcpy(b->bytes + total, picked[i]->raw, picked[i]->len);
        b->raws[i] = vt_view_of(b->bytes + total, picked[i]->len);
        total += picked[i]->len;
    }
    return VT_OK;
}

static vt_status choose(struct batch *b, const struct vt_eff_batch *want)
{
    struct vt_chain *chain = b->chain;
    struct lane lane = {want, vt_chain_now(chain)};
    size_t most = vt_mempool_ready(chain->pool);
    uint64_t max = chain->args.config->block_max_bytes;
    uint64_t used = BATCH_ROOM + want->payload.len;
    struct vt_mempool_wish wish = {.takes = is_of_lane, .ctx = &lane};
    struct vt_pooled **picked;
    vt_status status = VT_E_NOTFOUND;

    max = want->max_bytes > 0 && want->max_bytes < max ? want->max_bytes : max;
    wish.bytes_max = max > used ? (size_t)(max - used) : 0;
    wish.count_max = most < VT_BLOCK_TXS_MAX ? most : VT_BLOCK_TXS_MAX;
    picked = vt_alloc_array(wish.count_max + 1, sizeof *picked);
    if (picked == NULL) {
        return VT_E_NOMEM;
    }
    b->count = vt_mempool_select_of(chain->pool, &wish, picked);
    if (b->count > 0) {
        status = copy_picked(b, picked);
    }
    vt_free(picked);
    return status;
}

/* ---- making -------------------------------------------------------------- */

static vt_status fill_header(struct batch *b, const struct vt_eff_batch *want)
{
    struct vt_chain *chain = b->chain;
    struct vt_world *world = chain->args.world;
    struct vt_header *h = &b->header;

    b->payload = vt_memdup(want->payload.ptr, want->payload.len);
    if (b->payload == NULL) {
        return VT_E_NOMEM;
    }
    h->version = VT_HEADER_BATCH;
    h->chain_id = chain->chain_id;
    h->height = want->height;
    h->epoch = chain->engine.epoch.epoch;
    memcpy(h->parent.b, want->parent, 32);
    h->time_ms = world->ops->wall_ms(world);
    h->proposer_index = chain->engine.self;
    h->params = chain->epoch->params;
    h->payload = vt_view_of(b->payload, want->payload.len);
    return vt_member_address(chain, h->proposer_index, &h->proposer)
               ? VT_OK
               : VT_E_STATE;
}

static void batch_run(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);

    b->status =
        vt_block_make(&b->header, b->raws, (uint32_t)b->count, &b->block, NULL);
}

static void batch_done(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);
    struct vt_chain *chain = b->chain;
    struct vt_candidate *c = NULL;

    vt_chain_job_done(chain);
    if (b->status == VT_OK && vt_chain_works(chain)) {
        c = vt_commit_have(chain, b->block, VT_PEER_NONE);
    }
    if (c == NULL) {
        refuse(chain, b->token, b->status == VT_OK ? VT_E_LIMIT : b->status);
    } else {
        c->is_wanted = 1;
        c->stage = VT_BLOCK_GOOD; /* checked on their way into the pool */
        vt_commit_mark(chain, c);
        vt_engine_block(&chain->engine, VT_EV_BUILT, b->token, VT_OK, VT_GOOD,
                        c->block);
    }
    batch_free(b);
    vt_chain_leave(chain);
}

void vt_batch_want(struct vt_chain *chain, const struct vt_eff_batch *want)
{
    struct batch *b = NULL;
    vt_status status = VT_E_INVALID;

    if (want->shards > 0 && want->lanes > 0 && want->shard < want->shards &&
        want->lane < want->lanes) {
        status = vt_chain_works(chain) ? VT_E_NOMEM : VT_E_STATE;
        b = vt_chain_works(chain) ? vt_alloc(sizeof *b) : NULL;
    }
    if (b != NULL) {
        b->chain = chain;
        b->token = want->h.token;
        status = choose(b, want);
    }
    if (b != NULL && status == VT_OK) {
        status = fill_header(b, want);
    }
    if (b != NULL && status == VT_OK) {
        b->job.fn = batch_run;
        b->job.done = batch_done;
        b->job.stage = VT_STAGE_EXECUTE;
        status = vt_chain_run(chain, VT_LANE_POOL, &b->job);
    }
    if (status != VT_OK) {
        if (b != NULL) {
            batch_free(b);
        }
        refuse(chain, want->h.token, status);
    }
}
