/* SPDX-License-Identifier: Apache-2.0
 *
 * rig_batch.c - batches, and the blocks that are joined from them. Each
 * transaction has a sender of its own: its number.
 */
#include "conform/rig.h"

#include <string.h>

#define NOTHING VT_RIG_NOBODY

/* ---- BATCH --------------------------------------------------------------- */

static int is_of_lane(const struct vt_rig *rig, const struct vt_eff_batch *e,
                      uint32_t tx)
{
    uint64_t waited_ns = rig->now_ns - rig->offered_ns[tx];
    uint64_t turns = e->lane_wait_ns == 0 ? 0 : waited_ns / e->lane_wait_ns;
    uint32_t lane = tx / e->shards % e->lanes;
    uint32_t away = (e->shard + e->shards - tx % e->shards) % e->shards;

    away = away * e->lanes + (e->lane + e->lanes - lane) % e->lanes;
    return away <= turns;
}

static uint64_t choose(const struct vt_rig_node *node,
                       const struct vt_eff_batch *e)
{
    const struct vt_rig *rig = node->rig;
    uint64_t left = rig->offered & ~vt_rig_placed(node);
    uint64_t most = e->max_bytes == 0 ? VT_RIG_TXS_MAX : e->max_bytes / 100;
    uint64_t got = 0;

    for (uint32_t tx = 0; tx < VT_RIG_TXS_MAX && most > 0; tx++) {
        uint64_t bit = UINT64_C(1) << tx;

        if ((left & bit) != 0 && is_of_lane(rig, e, tx)) {
            got |= bit;
            most--;
        }
    }
    return got;
}

void vt_rig_batch(struct vt_rig_node *node, const struct vt_eff_batch *e)
{
    struct vt_rig *rig = node->rig;
    struct vt_rig_block *b;
    uint64_t txs;

    if (e->shards == 0 || e->lanes == 0 || e->shard >= e->shards ||
        e->lane >= e->lanes || e->payload.len > sizeof b->payload) {
        vt_rig_fail(node, "BATCH for a lane there is not");
    }
    txs = choose(node, e);
    if (txs == 0) {
        vt_rig_tell(node, VT_EV_BUILT, e->h.token, VT_E_NOTFOUND, 0, NOTHING);
        return;
    }
    b = vt_rig_new_block(rig);
    b->is_batch = 1;
    memcpy(b->parent, e->parent, 32);
    b->parent_index = NOTHING;
    b->proposer = node->index;
    b->height = e->height;
    b->txs = txs;
    b->time_ms = vt_rig_wall_ms(rig);
    b->payload_len = e->payload.len;
    if (e->payload.len > 0) {
        memcpy(b->payload, e->payload.ptr, e->payload.len);
    }
    vt_rig_built(node, e->h.token, rig->block_count + 1u);
}

void vt_rig_place(struct vt_rig_node *node, const uint8_t id[32])
{
    uint32_t index = vt_rig_find(node->rig, id);

    if (index == NOTHING || !node->rig->blocks[index].is_batch) {
        vt_rig_fail(node, "PLACE of what is no batch");
    }
    vt_rig_put(&node->executed, index, 1);
    vt_rig_txs_changed(node);
}

/* ---- JOIN ---------------------------------------------------------------- */

void vt_rig_join(struct vt_rig_node *node, const struct vt_eff_join *e)
{
    struct vt_rig_ask ask = {.token = e->h.token,
                             .height = e->height,
                             .is_join = 1,
                             .time_ms = e->time_ms,
                             .proposer = e->proposer,
                             .payload_len = e->payload.len};

    if (e->payload.len > sizeof ask.payload || e->batches.len % 32 != 0 ||
        e->batches.len > 32 * (size_t)VT_RIG_JOINED_MAX || e->reserved != 0) {
        vt_rig_fail(node, "JOIN is malformed or too large");
    }
    memcpy(ask.parent, e->parent, 32);
    if (e->payload.len > 0) {
        memcpy(ask.payload, e->payload.ptr, e->payload.len);
    }
    for (size_t at = 0; at < e->batches.len; at += 32) {
        uint32_t index = vt_rig_find(node->rig, e->batches.ptr + at);

        if (index == NOTHING || !node->rig->blocks[index].is_batch ||
            !vt_rig_in(&node->held, index)) {
            vt_rig_tell(node, VT_EV_BUILT, e->h.token, VT_E_NOTFOUND, 0,
                        NOTHING);
            return;
        }
        ask.batches[ask.batch_count++] = index;
    }
    vt_rig_ask(node, &ask);
}

int vt_rig_do_join(struct vt_rig_node *node, const struct vt_rig_ask *ask)
{
    struct vt_rig *rig = node->rig;
    int state = vt_rig_parent_state(node, ask->parent);
    uint32_t parent = vt_rig_find(rig, ask->parent);
    struct vt_rig_block *b;
    uint64_t height;

    if (state <= 0) {
        int waits =
            state == 0 && parent != NOTHING && vt_rig_in(&node->held, parent);

        if (!waits) {
            vt_rig_tell(node, VT_EV_BUILT, ask->token, VT_E_STATE, 0, NOTHING);
        }
        return !waits;
    }
    height = parent == NOTHING ? rig->epoch.start_height
                               : rig->blocks[parent].height + 1;
    if (ask->height != height || ask->proposer >= rig->args.members ||
        (parent != NOTHING && ask->time_ms <= rig->blocks[parent].time_ms)) {
        vt_rig_tell(node, VT_EV_BUILT, ask->token, VT_E_INVALID, 0, NOTHING);
        return 1;
    }
    b = vt_rig_new_block(rig);
    memcpy(b->parent, ask->parent, 32);
    b->parent_index = parent;
    b->proposer = ask->proposer;
    b->height = height;
    b->time_ms = ask->time_ms;
    if (parent != NOTHING) {
        b->below = rig->blocks[parent].below | rig->blocks[parent].txs;
    }
    for (uint32_t i = 0; i < ask->batch_count; i++) {
        b->txs |= rig->blocks[ask->batches[i]].txs & ~b->below;
    }
    b->payload_len = ask->payload_len;
    memcpy(b->payload, ask->payload, ask->payload_len);
    vt_rig_built(node, ask->token, 0);
    return 1;
}
