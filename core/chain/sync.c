/* SPDX-License-Identifier: Apache-2.0
 *
 * sync.c - knowing where the others are, and catching up with final blocks and
 * their seals when this node is behind. Serving them is in serve.c.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define STATUS_LEN 41u
#define STATUS_NS (1000 * VT_MS)       /* after a change */
#define STATUS_IDLE_NS (10000 * VT_MS) /* without one */
#define STALL_NS (400 * VT_MS) /* this long behind without a step: ask */
#define FAR 16u                /* this far behind: ask at once */
#define RETRY_NS (2000 * VT_MS)
#define ASK_COUNT 64u
#define UNDONE_MAX 256u /* decided blocks that are not executed yet */

/* The highest block that can be judged: whether an epoch ends there is known
 * so many heights before. */
static uint64_t horizon(const struct vt_chain *chain)
{
    return chain->tip.height + chain->args.config->switch_freeze;
}

static void say_status(struct vt_chain *chain, uint32_t peer, int wants_answer)
{
    uint8_t bytes[STATUS_LEN];

    vt_put_u64(bytes, chain->tip.height);
    memcpy(bytes + 8, chain->tip.id.b, 32);
    bytes[40] = wants_answer != 0;
    (void)vt_chain_send(chain, peer, VT_FRAME_STATUS, VT_SEND_CERT,
                        vt_view_of(bytes, sizeof bytes));
}

void vt_sync_status(struct vt_chain *chain, uint32_t peer,
                    struct vt_view payload)
{
    struct vt_peer_state *state = vt_chain_peer(chain, peer);
    uint64_t height;

    if (payload.len != STATUS_LEN || payload.ptr[40] > 1) {
        vt_chain_penalize(chain, peer, "malformed status");
        return;
    }
    height = vt_get_u64(payload.ptr);
    if (state != NULL) {
        state->final_height = height;
    }
    if (payload.ptr[40] == 1) {
        say_status(chain, peer, 0);
    }
    vt_sync_want(chain, height, peer);
}

void vt_sync_want(struct vt_chain *chain, uint64_t height, uint32_t peer)
{
    struct vt_sync *sync = &chain->sync;

    if (height > sync->wanted && height < UINT64_MAX / 2) {
        sync->wanted = height;
        if (peer == VT_PEER_NONE) { /* the engine knows: others may, too */
            say_status(chain, VT_PEER_ALL, 1);
        }
        vt_chain_dirty(chain);
    }
}

void vt_sync_peer(struct vt_chain *chain, uint32_t peer, int up)
{
    struct vt_peer_state *state = vt_chain_peer(chain, peer);

    if (up) {
        say_status(chain, peer, 1);
    } else if (state != NULL) {
        state->final_height = 0;
    }
    if (!up && chain->sync.asked == peer) {
        chain->sync.asked = VT_PEER_NONE;
        vt_chain_dirty(chain);
    }
}

/* ---- asking -------------------------------------------------------------- */

/* A peer that says it is ahead; peers take turns. */
static struct vt_peer_state *choose_peer(struct vt_chain *chain)
{
    for (size_t k = 0; k < chain->peer_count; k++) {
        size_t at = (chain->sync.next_peer + k) % chain->peer_count;
        struct vt_peer_state *p = &chain->peers[at];

        if (p->up && p->final_height > chain->decided_height) {
            chain->sync.next_peer = at + 1;
            return p;
        }
    }
    return NULL;
}

static void ask(struct vt_chain *chain, uint64_t now_ns)
{
    struct vt_sync *sync = &chain->sync;
    struct vt_peer_state *peer = choose_peer(chain);
    uint8_t bytes[12];

    sync->retry_at_ns = now_ns + RETRY_NS;
    if (peer == NULL) {
        sync->wanted = chain->decided_height; /* nobody has it after all */
        return;
    }
    sync->asked = peer->id;
    sync->asked_first = chain->decided_height + 1;
    vt_put_u64(bytes, sync->asked_first);
    vt_put_u32(bytes + 8, ASK_COUNT);
    (void)vt_chain_send(chain, peer->id, VT_FRAME_GET_BLOCKS, VT_SEND_CERT,
                        vt_view_of(bytes, sizeof bytes));
}

/* The peer did not answer or not well: the next one, until it says again that
 * it is ahead. */
static void give_up_peer(struct vt_chain *chain)
{
    struct vt_peer_state *state = vt_chain_peer(chain, chain->sync.asked);

    if (state != NULL) {
        state->final_height = 0;
    }
    chain->sync.asked = VT_PEER_NONE;
}

static int is_due(struct vt_chain *chain, uint64_t now_ns)
{
    struct vt_sync *sync = &chain->sync;

    if (sync->stalled_height != chain->decided_height) {
        sync->stalled_height = chain->decided_height;
        sync->stalled_since_ns = now_ns;
    }
    if (sync->wanted <= chain->decided_height) {
        sync->stalled_since_ns = now_ns;
        return 0;
    }
    if (chain->decided_height - chain->tip.height > UNDONE_MAX ||
        chain->decided_height >= horizon(chain)) {
        return 0; /* executing comes first */
    }
    return sync->wanted >= chain->decided_height + FAR ||
           now_ns - sync->stalled_since_ns >= STALL_NS;
}

void vt_sync_tick(struct vt_chain *chain, uint64_t now_ns)
{
    struct vt_sync *sync = &chain->sync;

    if (now_ns >= sync->status_at_ns) {
        if (sync->told_height != chain->tip.height ||
            now_ns >= sync->status_at_ns + STATUS_IDLE_NS) {
            sync->told_height = chain->tip.height;
            say_status(chain, VT_PEER_ALL, 0);
            sync->status_at_ns = now_ns + STATUS_NS;
        }
    }
    if (sync->asked != VT_PEER_NONE && now_ns >= sync->retry_at_ns &&
        !sync->is_taking) {
        give_up_peer(chain);
    }
    if (sync->asked == VT_PEER_NONE && !sync->is_taking &&
        is_due(chain, now_ns)) {
        ask(chain, now_ns);
    }
}

uint64_t vt_sync_deadline(const struct vt_chain *chain)
{
    const struct vt_sync *sync = &chain->sync;
    uint64_t at = sync->status_at_ns + STATUS_IDLE_NS;

    if (sync->told_height != chain->tip.height) {
        at = sync->status_at_ns;
    }
    if (sync->asked != VT_PEER_NONE && sync->retry_at_ns < at) {
        at = sync->retry_at_ns;
    }
    if (sync->asked == VT_PEER_NONE && sync->wanted > chain->decided_height &&
        sync->stalled_since_ns + STALL_NS < at) {
        at = sync->stalled_since_ns + STALL_NS;
    }
    return at;
}

/* ---- taking blocks, checked on the pool ---------------------------------- */

struct taken {
    struct vt_block *block;
    struct vt_view seal; /* borrows from take.bytes */
};

struct take {
    struct vt_job job;
    struct vt_chain *chain;
    uint32_t peer;
    uint64_t first;
    struct vt_buf bytes;
    struct taken taken[ASK_COUNT];
    size_t count;
    uint64_t epoch; /* of this node, while the job runs */
    uint64_t end, horizon;
    int is_cut;
    vt_status status;
    struct vt_err err;
};

static void take_free(struct take *t)
{
    for (size_t i = 0; i < t->count; i++) {
        vt_block_unref(t->taken[i].block);
    }
    vt_buf_fini(&t->bytes);
    vt_free(t);
}

static vt_status take_one(struct take *t, struct vt_rd *rd)
{
    struct vt_view raw = vt_rd_var(rd, VT_BLOCK_MAX);
    struct vt_view seal = vt_rd_var(rd, VT_SEAL_MAX);
    struct taken *slot = &t->taken[t->count];
    vt_status status;

    if (rd->failed) {
        return vt_err_set(&t->err, VT_E_CORRUPT, "blocks are cut short");
    }
    status = vt_block_decode(raw, &slot->block, &t->err);
    if (status != VT_OK) {
        return status;
    }
    if (slot->block->header.epoch > t->epoch ||
        slot->block->header.height > t->horizon) {
        t->is_cut = 1; /* more than this node can judge: later */
        vt_block_unref(slot->block);
        return VT_OK;
    }
    slot->seal = seal;
    t->count++;
    if (slot->block->header.height != t->first + t->count - 1) {
        return vt_err_set(&t->err, VT_E_CORRUPT, "blocks are out of order");
    }
    return vt_seal_check(t->chain, t->end, &slot->block->header,
                         &slot->block->id, seal, &t->err);
}

static void take_run(struct vt_job *job)
{
    struct take *t = VT_CONTAINER(job, struct take, job);
    struct vt_rd rd;
    uint32_t count;

    vt_rd_init(&rd, vt_buf_view(&t->bytes));
    (void)vt_rd_u64(&rd);
    count = vt_rd_u32(&rd);
    if (rd.failed || count > ASK_COUNT) {
        t->status = vt_err_set(&t->err, VT_E_CORRUPT, "blocks are malformed");
        return;
    }
    for (uint32_t i = 0; i < count && t->status == VT_OK && !t->is_cut; i++) {
        t->status = take_one(t, &rd);
    }
    if (t->status == VT_OK && !t->is_cut && !vt_rd_end(&rd)) {
        t->status =
            vt_err_set(&t->err, VT_E_CORRUPT, "blocks have bytes left over");
    }
}

static void decide_taken(struct vt_chain *chain, struct take *t)
{
    for (size_t i = 0; i < t->count && !chain->is_halted; i++) {
        struct vt_block *block = t->taken[i].block;
        struct vt_candidate *c;

        if (block->header.height != chain->decided_height + 1) {
            continue; /* decided meanwhile by the engine */
        }
        c = vt_commit_have(chain, block, VT_PEER_NONE);
        if (c == NULL) {
            return; /* no room: asked again later */
        }
        c->is_synced = 1;
        vt_commit_decide(chain, block->header.height, &block->id,
                         t->taken[i].seal);
    }
}

static void take_done(struct vt_job *job)
{
    struct take *t = VT_CONTAINER(job, struct take, job);
    struct vt_chain *chain = t->chain;

    vt_chain_job_done(chain);
    chain->sync.is_taking = 0;
    if (!vt_chain_works(chain)) {
        take_free(t);
        vt_chain_leave(chain);
        return;
    }
    if (t->status == VT_E_CORRUPT) {
        vt_chain_penalize(chain, t->peer, t->err.text);
    }
    if (t->status != VT_OK || t->count == 0) {
        give_up_peer(chain);
    } else {
        decide_taken(chain, t);
        chain->sync.asked = VT_PEER_NONE;
        if (chain->sync.wanted > chain->decided_height) {
            vt_sync_tick(chain, vt_chain_now(chain));
        }
    }
    take_free(t);
    vt_chain_leave(chain);
}

void vt_sync_blocks(struct vt_chain *chain, uint32_t peer,
                    struct vt_view payload)
{
    struct vt_sync *sync = &chain->sync;
    struct take *t;

    if (peer != sync->asked || sync->is_taking || payload.len < 12 ||
        vt_get_u64(payload.ptr) != sync->asked_first) {
        return; /* late, or never asked for */
    }
    t = vt_alloc(sizeof *t);
    if (t == NULL) {
        return;
    }
    t->chain = chain;
    t->peer = peer;
    t->first = sync->asked_first;
    t->epoch = chain->epoch->cs.epoch;
    t->end = vt_handover_end(chain);
    t->horizon = horizon(chain);
    t->err.size = sizeof t->err;
    vt_buf_init(&t->bytes, VT_FRAME_MAX);
    (void)vt_buf_put(&t->bytes, payload.ptr, payload.len);
    t->job.fn = take_run;
    t->job.done = take_done;
    t->job.stage = VT_STAGE_VERIFY;
    sync->is_taking = 1;
    if (t->bytes.failed != VT_OK ||
        vt_chain_run(chain, VT_LANE_POOL, &t->job) != VT_OK) {
        sync->is_taking = 0;
        take_free(t);
    }
}
