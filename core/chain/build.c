/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - a block for the engine: choose ready transactions, execute them on
 * the parent's version (what turns out not to fit is left out), make the block.
 * It is GOOD from birth: nobody needs to check it again here. The transactions
 * come from the mempool, or from batches that members put together before: then
 * everybody who joins the same ones gets the same block.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define BUILDS_MAX 64u
#define HEADER_ROOM 1024u /* header without the engine's payload */
#define TX_PREFIX 4u      /* its length in a body */

struct chosen {
    struct vt_tx tx; /* borrows from build.bytes, or from a batch */
    uint32_t code;   /* VT_TX_DONE: it is in the block */
};

struct build {
    struct vt_list list; /* in chain->builds while it waits */
    struct vt_job job;
    struct vt_chain *chain;
    uint64_t token, height, max_bytes;
    struct vt_hash parent_id;
    int allow_empty, is_tail;
    int is_join;             /* of batches */
    int64_t time_ms;         /* of a join */
    uint32_t proposer;       /* of a join */
    struct vt_block **batch; /* of a join, in order */
    size_t batch_count;
    struct vt_buf handoff; /* at the ends of an epoch */
    uint8_t *payload;
    size_t payload_len;
    struct vt_state *parent; /* referenced while the job runs */
    int64_t parent_time_ms;
    struct vt_header header;
    struct chosen *chosen;
    size_t chosen_count;
    uint8_t *bytes; /* the chosen transactions, one after the other */
    struct vt_exec *exec;
    struct vt_block *block;
    vt_status status;
};

static void build_free(struct build *b)
{
    vt_list_remove(&b->list);
    vt_state_unref(b->parent);
    vt_exec_free(b->exec);
    vt_block_unref(b->block);
    for (size_t i = 0; i < b->batch_count; i++) {
        vt_block_unref(b->batch[i]);
    }
    vt_free(b->batch);
    vt_buf_fini(&b->handoff);
    vt_free(b->payload);
    vt_free(b->chosen);
    vt_free(b->bytes);
    vt_free(b);
}

static void fail(struct build *b, vt_status status)
{
    vt_engine_block(&b->chain->engine, VT_EV_BUILT, b->token, status, 0, NULL);
    build_free(b);
}

/* ---- on the pool --------------------------------------------------------- */

static vt_status execute(struct build *b)
{
    struct vt_exec_block args = {.chain_id = b->header.chain_id,
                                 .height = b->header.height,
                                 .time_ms = b->header.time_ms,
                                 .parent_time_ms = b->parent_time_ms,
                                 .proposer = b->header.proposer,
                                 .now = b->chain->epoch->electorate};
    vt_status status = vt_epoch_random(b->chain->epoch, &b->header, args.random,
                                       &args.has_random);

    if (status == VT_OK) {
        status = vt_exec_new(b->chain->args.rules, b->parent, &args, &b->exec);
    }
    for (size_t i = 0; i < b->chosen_count && status == VT_OK; i++) {
        struct chosen *c = &b->chosen[i];

        status = vt_exec_tx(b->exec, &c->tx, &c->code);
        if (c->code >= VT_TX_NO_FUNDS) {
            c->code = VT_TX_DONE; /* refused by the rules, but in the block */
        }
    }
    return status;
}

static void build_run(struct vt_job *job)
{
    struct build *b = VT_CONTAINER(job, struct build, job);
    struct vt_view *raws = vt_alloc_array(b->chosen_count + 1, sizeof *raws);
    uint32_t count = 0;

    b->status = raws == NULL ? VT_E_NOMEM : execute(b);
    for (size_t i = 0; i < b->chosen_count && b->status == VT_OK; i++) {
        if (b->chosen[i].code == VT_TX_DONE) {
            raws[count++] = b->chosen[i].tx.raw;
        }
    }
    if (b->status == VT_OK && count == 0 && !b->allow_empty) {
        b->status = VT_E_NOTFOUND;
    }
    if (b->status == VT_OK) {
        b->status = vt_block_make(&b->header, raws, count, &b->block, NULL);
    }
    vt_free(raws);
}

/* ---- back on the chain's thread ------------------------------------------ */

/* What did not fit the parent's state can never fit, a nonce gap excepted. */
static void drop_unfit(struct build *b)
{
    for (size_t i = 0; i < b->chosen_count; i++) {
        const struct chosen *c = &b->chosen[i];

        if (c->code != VT_TX_DONE && c->code != VT_TX_NONCE_GAP &&
            c->code != VT_TX_REPLAY) {
            vt_mempool_remove(b->chain->pool, &c->tx.id);
        }
    }
}

/* Somebody made or sent the same block before. */
static int is_known(struct build *b, struct vt_candidate *c)
{
    if (!b->is_join || c == NULL || c->stage == VT_BLOCK_HAVE) {
        return 0;
    }
    vt_engine_block(&b->chain->engine, VT_EV_BUILT, b->token,
                    c->stage == VT_BLOCK_BAD ? VT_E_INVALID : VT_OK, VT_GOOD,
                    c->block);
    c->is_wanted = 1;
    build_free(b);
    return 1;
}

static void build_done(struct vt_job *job)
{
    struct build *b = VT_CONTAINER(job, struct build, job);
    struct vt_chain *chain = b->chain;
    struct vt_candidate *c;

    vt_chain_job_done(chain);
    if (b->status == VT_OK || b->status == VT_E_NOTFOUND) {
        drop_unfit(b);
    }
    if (b->status != VT_OK || !vt_chain_works(chain)) {
        fail(b, b->status == VT_OK ? VT_E_STATE : b->status);
        vt_chain_leave(chain);
        return;
    }
    c = vt_commit_have(chain, b->block, VT_PEER_NONE);
    if (is_known(b, c)) {
        vt_chain_leave(chain);
        return;
    }
    if (c == NULL || c->stage != VT_BLOCK_HAVE) {
        fail(b, VT_E_LIMIT);
        vt_chain_leave(chain);
        return;
    }
    c->is_wanted = 1;
    c->stage = VT_BLOCK_GOOD;
    c->exec = b->exec;
    b->exec = NULL;
    vt_check_good(chain, c);
    vt_engine_block(&chain->engine, VT_EV_BUILT, b->token, VT_OK, VT_GOOD,
                    c->block);
    build_free(b);
    vt_check_finish(chain, c);
    vt_chain_leave(chain);
}

/* ---- choosing ------------------------------------------------------------ */

static vt_status copy_chosen(struct build *b, struct vt_pooled *const *picked,
                             size_t count)
{
    size_t total = 0;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        total += picked[i]->len;
    }
    b->bytes = vt_alloc(total);
    b->chosen = vt_alloc_array(count + 1, sizeof *b->chosen);
    if (b->bytes == NULL || b->chosen == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(b->bytes + at, picked[i]->raw, picked[i]->len);
        vt_tx_rebase(&picked[i]->tx, b->bytes + at, &b->chosen[i].tx);
        at += picked[i]->len;
    }
    b->chosen_count = count;
    return VT_OK;
}

static uint64_t body_room(const struct build *b)
{
    uint64_t max = b->chain->args.config->block_max_bytes;
    uint64_t used = HEADER_ROOM + b->payload_len;

    if (b->max_bytes > 0 && b->max_bytes < max) {
        max = b->max_bytes;
    }
    return max > used ? max - used : 0;
}

/* All that the batches hold, up to the limits of a block: what does not fit the
 * state is left out when it is executed. */
static vt_status choose_joined(struct build *b)
{
    uint64_t room = body_room(b);
    size_t most = 0;

    for (size_t i = 0; i < b->batch_count; i++) {
        most += b->batch[i]->header.tx_count;
    }
    most = most < VT_BLOCK_TXS_MAX ? most : VT_BLOCK_TXS_MAX;
    b->chosen = vt_alloc_array(most + 1, sizeof *b->chosen);
    if (b->chosen == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < b->batch_count; i++) {
        for (uint32_t k = 0; k < b->batch[i]->header.tx_count; k++) {
            const struct vt_tx *tx = &b->batch[i]->txs[k];

            if (b->chosen_count == most || tx->raw.len + TX_PREFIX > room) {
                return VT_OK;
            }
            room -= tx->raw.len + TX_PREFIX;
            b->chosen[b->chosen_count++].tx = *tx;
        }
    }
    return VT_OK;
}

static vt_status choose(struct build *b)
{
    struct vt_mempool *pool = b->chain->pool;
    size_t most = b->is_tail ? 0 : vt_mempool_ready(pool);
    struct vt_pooled **picked;
    vt_status status;
    size_t count;

    most = most < VT_BLOCK_TXS_MAX ? most : VT_BLOCK_TXS_MAX;
    picked = vt_alloc_array(most + 1, sizeof *picked);
    if (picked == NULL) {
        return VT_E_NOMEM;
    }
    count = vt_mempool_select(pool, most, (size_t)body_room(b), picked);
    status = count == 0 && !b->allow_empty ? VT_E_NOTFOUND
                                           : copy_chosen(b, picked, count);
    vt_free(picked);
    return status;
}

static vt_status fill_header(struct build *b, const struct vt_parent *parent)
{
    struct vt_chain *chain = b->chain;
    struct vt_world *world = chain->args.world;
    struct vt_header *h = &b->header;

    h->version = VT_HEADER_VERSION;
    h->chain_id = chain->chain_id;
    h->height = b->height;
    h->epoch = chain->engine.epoch.epoch;
    h->parent = b->parent_id;
    if (b->is_join) {
        h->time_ms = b->time_ms;
        h->proposer_index = b->proposer;
    } else {
        h->time_ms = world->ops->wall_ms(world);
        if (h->time_ms <= parent->time_ms) {
            h->time_ms = parent->time_ms + 1;
        }
        h->proposer_index = chain->engine.self;
    }
    h->exec_height = parent->height;
    vt_header_set_state(h, parent->state, &parent->receipts_root);
    h->params = chain->epoch->params;
    h->payload = vt_view_of(b->payload, b->payload_len);
    h->handoff = vt_buf_view(&b->handoff);
    return vt_member_address(chain, h->proposer_index, &h->proposer)
               ? VT_OK
               : VT_E_STATE;
}

/* Can there be such a block on this parent? */
static vt_status fits(const struct build *b, const struct vt_parent *parent)
{
    struct vt_world *world = b->chain->args.world;
    uint64_t drift_ms = b->chain->args.config->time_drift_ns / VT_MS;

    if (b->height != parent->height + 1) {
        return VT_E_INVALID;
    }
    if (!b->is_join) {
        return VT_OK;
    }
    if (b->time_ms <= parent->time_ms ||
        b->proposer >= b->chain->epoch->cs.members.count ||
        (b->is_tail && b->batch_count > 0)) {
        return VT_E_INVALID;
    }
    return b->time_ms - world->ops->wall_ms(world) > (int64_t)drift_ms
               ? VT_E_STATE
               : VT_OK;
}

static void start(struct build *b, const struct vt_parent *parent)
{
    vt_status status;

    b->is_tail = vt_handover_is_tail(b->chain, parent->state, b->height);
    status = fits(b, parent);
    b->allow_empty = b->allow_empty || b->chain->handover.wants_blocks;
    if (status == VT_OK) {
        status = vt_handover_handoff(b->chain, parent->state, b->height,
                                     &b->handoff);
    }
    if (status == VT_OK) {
        status = b->is_join ? choose_joined(b) : choose(b);
    }
    if (status == VT_OK) {
        status = fill_header(b, parent);
    }
    if (status != VT_OK) {
        fail(b, status);
        return;
    }
    b->parent = vt_state_ref(parent->state);
    b->parent_time_ms = parent->time_ms;
    b->job.fn = build_run;
    b->job.done = build_done;
    b->job.stage = VT_STAGE_EXECUTE;
    vt_list_remove(&b->list);
    if (vt_chain_run(b->chain, VT_LANE_POOL, &b->job) != VT_OK) {
        fail(b, VT_E_LIMIT);
    }
}

/* Start it when its parent is executed and the stores keep up. */
static void try_start(struct build *b)
{
    struct vt_chain *chain = b->chain;
    struct vt_parent parent;

    if (vt_behind_backlog(chain->behind) > VT_BEHIND_MAX) {
        return;
    }
    if (vt_check_parent(chain, &b->parent_id, &parent)) {
        chain->build_count--;
        start(b, &parent);
    } else if (!parent.is_known || parent.bad != NULL) {
        chain->build_count--;
        fail(b, VT_E_STATE);
    }
}

/* NULL: the engine was told that there is no room. */
static struct build *build_new(struct vt_chain *chain, uint64_t token,
                               uint64_t height, const uint8_t parent[32],
                               struct vt_view payload)
{
    struct build *b = NULL;

    if (chain->build_count < BUILDS_MAX && vt_chain_works(chain) &&
        payload.len <= VT_HEADER_PAYLOAD_MAX) {
        b = vt_alloc(sizeof *b);
    }
    if (b != NULL) {
        vt_list_init(&b->list);
        vt_buf_init(&b->handoff, VT_HANDOFF_MAX);
        b->payload = vt_memdup(payload.ptr, payload.len);
    }
    if (b == NULL || b->payload == NULL) {
        vt_free(b);
        vt_engine_block(&chain->engine, VT_EV_BUILT, token, VT_E_LIMIT, 0,
                        NULL);
        return NULL;
    }
    b->chain = chain;
    b->token = token;
    b->height = height;
    memcpy(b->parent_id.b, parent, 32);
    b->payload_len = payload.len;
    return b;
}

static void enqueue(struct build *b)
{
    vt_list_append(&b->chain->builds, &b->list);
    b->chain->build_count++;
    try_start(b);
}

void vt_build_want(struct vt_chain *chain, const struct vt_eff_build *want)
{
    struct build *b = build_new(chain, want->h.token, want->height,
                                want->parent, want->payload);

    if (b != NULL) {
        b->max_bytes = want->max_bytes;
        b->allow_empty = want->allow_empty != 0;
        enqueue(b);
    }
}

/* The batches of a join, referenced. */
static vt_status take_batches(struct build *b, struct vt_view ids)
{
    size_t count = ids.len / 32;

    b->batch = vt_alloc_array(count + 1, sizeof(struct vt_block *));
    if (b->batch == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const struct vt_candidate *c;
        struct vt_hash id;

        memcpy(id.b, ids.ptr + 32 * i, 32);
        c = vt_blocks_get(&b->chain->blocks, &id);
        if (c == NULL || !vt_header_is_batch(&c->block->header)) {
            return VT_E_NOTFOUND;
        }
        b->batch[b->batch_count++] = vt_block_ref(c->block);
    }
    return VT_OK;
}

void vt_build_join(struct vt_chain *chain, const struct vt_eff_join *join)
{
    struct build *b = build_new(chain, join->h.token, join->height,
                                join->parent, join->payload);
    vt_status status;

    if (b == NULL) {
        return;
    }
    b->is_join = 1;
    b->allow_empty = 1;
    b->time_ms = join->time_ms;
    b->proposer = join->proposer;
    status = take_batches(b, join->batches);
    if (status != VT_OK) {
        fail(b, status);
        return;
    }
    enqueue(b);
}

void vt_build_retry(struct vt_chain *chain)
{
    VT_LIST_FOR_SAFE (item, next, &chain->builds) {
        try_start(VT_CONTAINER(item, struct build, list));
    }
}

void vt_build_drop_all(struct vt_chain *chain)
{
    while (!vt_list_empty(&chain->builds)) {
        build_free(VT_CONTAINER(chain->builds.next, struct build, list));
    }
    chain->build_count = 0;
}
