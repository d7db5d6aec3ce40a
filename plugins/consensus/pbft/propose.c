/* SPDX-License-Identifier: Apache-2.0
 *
 * propose.c - P1: when the primary builds the next block.
 */
#include "inside.h"

/* Room for one more height, whatever waits? */
static int may_propose(struct vt_cs *cs)
{
    uint64_t seq = cs->chain.tail + 1;
    struct pbft_slot *slot;

    if (!pbft_is_primary(cs) || cs->is_changing || cs->base.is_pending ||
        cs->chain.is_sealed || !cs->chain.has_link ||
        cs->ask_build.state != CS_NOT_ASKED) {
        return 0;
    }
    if ((cs->chain.seal != 0 && seq > cs->chain.seal) ||
        seq - cs->chain.committed > cs->opt.window ||
        seq - cs->chain.applied > cs->slot_count) {
        return 0;
    }
    slot = pbft_slot_open(cs, seq);
    if (slot != NULL && slot->pp_state != PBFT_NO_VOTE) {
        return 0; /* D1: proposed before a restart, comes again as it was */
    }
    return pbft_rule_may_vote(cs->view, seq, cs->voted_view, cs->voted_seq);
}

void pbft_propose(struct vt_cs *cs)
{
    enum cs_pace_choice choice;

    if (!may_propose(cs)) {
        return;
    }
    choice = cs_pace_choose(&cs->pace, cs->box.now_ns,
                            cs->chain.tail > cs->chain.committed,
                            &cs->timers[PBFT_TIMER_BATCH]);
    if (choice != CS_PACE_WAIT) {
        cs->build_seq = cs->chain.tail + 1;
        pbft_ask_build(cs, cs->build_seq, cs_tail_id(&cs->chain),
                       choice == CS_PACE_EMPTY);
        pbft_trace(cs, "P1 build", cs->build_seq);
    }
}

/* What was built still stands on the tail of a view this replica leads. */
static int is_current(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    return pbft_is_primary(cs) && !cs->is_changing && !cs->base.is_pending &&
           ev->height == cs->chain.tail + 1 && ev->height == cs->build_seq &&
           ev->payload.len == 0 &&
           memcmp(ev->parent, cs_tail_id(&cs->chain), 32) == 0;
}

static void take_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct pbft_slot *slot = pbft_slot(cs, ev->height);
    struct cs_block *block = cs_block_add(&cs->blocks, ev->id, ev->height);

    if (slot == NULL || block == NULL || slot->pp_state != PBFT_NO_VOTE) {
        pbft_requeue(cs, ev->id);
        return;
    }
    cs_block_built(block, ev);
    slot->pp_state = PBFT_GOOD;
    slot->is_mine = 1;
    memcpy(slot->pp_id, ev->id, 32);
    memcpy(slot->pp_parent, ev->parent, 32);
    cs->pace.proposed_ns = cs->box.now_ns;
}

void pbft_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    int is_ours =
        cs->ask_build.state == CS_ASKED && cs->ask_build.token == ev->token;

    if (is_ours) {
        cs->ask_build.state = CS_NOT_ASKED;
    }
    if (ev->status == VT_OK) {
        if (is_ours && is_current(cs, ev)) {
            take_built(cs, ev);
        } else {
            pbft_requeue(cs, ev->id);
        }
    } else if (is_ours) {
        cs_pace_refused(&cs->box, &cs->ask_build);
    }
}
