/* SPDX-License-Identifier: Apache-2.0
 *
 * propose.c - P1: when the primary builds the next block.
 *
 * With nothing in flight a waiting transaction is proposed at once. While
 * blocks are in flight the next one waits until it is worth it (batch_bytes)
 * or batch_delay has passed: load forms the batches, none waits for load.
 */
#include "inside.h"

/* Room for one more height, whatever waits? */
static int may_propose(struct vt_cs *cs)
{
    uint64_t seq = cs->tail + 1;
    struct pbft_slot *slot;

    if (!pbft_is_primary(cs) || cs->is_changing || cs->base.is_pending ||
        cs->is_sealed || !cs->has_link ||
        cs->ask_build.state != PBFT_NOT_ASKED) {
        return 0;
    }
    if ((cs->seal != 0 && seq > cs->seal) ||
        seq - cs->committed > cs->opt.window ||
        seq - cs->applied > cs->slot_count) {
        return 0;
    }
    slot = pbft_slot_open(cs, seq);
    if (slot != NULL && slot->pp_state != PBFT_NO_VOTE) {
        return 0; /* D1: proposed before a restart, comes again as it was */
    }
    return pbft_rule_may_vote(cs->view, seq, cs->voted_view, cs->voted_seq);
}

static int in_flight(const struct vt_cs *cs)
{
    return cs->tail > cs->committed;
}

/* A header names the state before its block. So after the last transactions
 * one more block is due, or nobody could prove what they led to. 0: never. */
static uint64_t empty_due_ns(const struct vt_cs *cs)
{
    uint64_t wait_ns = cs->opt.heartbeat_ns;

    if (in_flight(cs)) {
        return 0;
    }
    if (cs->opt.settle_ns > 0 && !cs->is_settled &&
        (wait_ns == 0 || cs->opt.settle_ns < wait_ns)) {
        wait_ns = cs->opt.settle_ns;
    }
    return wait_ns == 0 ? 0 : cs->commit_ns + wait_ns;
}

static int is_batch_due(const struct vt_cs *cs)
{
    if (cs->waiting == 0) {
        return 0;
    }
    return !in_flight(cs) || cs->waiting_bytes >= cs->opt.batch_bytes ||
           cs->now_ns - cs->proposed_ns >= cs->opt.batch_delay_ns;
}

void pbft_propose(struct vt_cs *cs)
{
    uint64_t due_ns = empty_due_ns(cs);
    int may_be_empty = due_ns != 0 && cs->now_ns >= due_ns;

    if (!may_propose(cs)) {
        return;
    }
    if (is_batch_due(cs) || may_be_empty) {
        cs->build_seq = cs->tail + 1;
        cs->ask_build.since_ns = cs->now_ns;
        cs->ask_build.state = PBFT_ASKED;
        cs->ask_build.token =
            pbft_ask_build(cs, cs->build_seq, pbft_tail_id(cs), may_be_empty);
        pbft_trace(cs, "P1 build", cs->build_seq);
    } else if (cs->waiting > 0) {
        pbft_want_timer(cs, PBFT_TIMER_BATCH,
                        cs->proposed_ns + cs->opt.batch_delay_ns);
    } else if (due_ns != 0) {
        pbft_want_timer(cs, PBFT_TIMER_BATCH, due_ns);
    }
}

/* What was built still stands on the tail of a view this replica leads. */
static int is_current(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    return pbft_is_primary(cs) && !cs->is_changing && !cs->base.is_pending &&
           ev->height == cs->tail + 1 && ev->height == cs->build_seq &&
           ev->payload.len == 0 &&
           memcmp(ev->parent, pbft_tail_id(cs), 32) == 0;
}

static void take_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct pbft_slot *slot = pbft_slot(cs, ev->height);
    struct pbft_block *block = pbft_block_add(cs, ev->id, ev->height);

    if (slot == NULL || block == NULL || slot->pp_state != PBFT_NO_VOTE) {
        pbft_requeue(cs, ev->id);
        return;
    }
    block->is_known = 1;
    block->is_held = 1;
    block->is_live = 1;
    block->is_empty = ev->txs == 0;
    block->valid = PBFT_VALID;
    memcpy(block->parent, ev->parent, 32);
    slot->pp_state = PBFT_GOOD;
    slot->is_mine = 1;
    memcpy(slot->pp_id, ev->id, 32);
    memcpy(slot->pp_parent, ev->parent, 32);
    cs->proposed_ns = cs->now_ns;
}

void pbft_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    int is_ours =
        cs->ask_build.state == PBFT_ASKED && cs->ask_build.token == ev->token;

    if (is_ours) {
        cs->ask_build.state = PBFT_NOT_ASKED;
    }
    if (ev->status == VT_OK) {
        if (is_ours && is_current(cs, ev)) {
            take_built(cs, ev);
        } else {
            pbft_requeue(cs, ev->id);
        }
    } else if (is_ours) {
        /* what the host said waits is in blocks already, or the parent is not
         * ready: the next tick tries again */
        cs->ask_build.state = PBFT_REFUSED;
        cs->ask_build.since_ns = cs->now_ns;
    }
}

void pbft_on_txs(struct vt_cs *cs, const struct vt_ev_txs *ev)
{
    cs->waiting = ev->count;
    cs->waiting_bytes = ev->size_bytes;
    if (cs->ask_build.state == PBFT_REFUSED) {
        cs->ask_build.state = PBFT_NOT_ASKED;
    }
}
