/* SPDX-License-Identifier: Apache-2.0
 *
 * slots.c - the heights above C that can be voted on in the current view.
 */
#include "inside.h"

static struct pbft_slot *place(struct vt_cs *cs, uint64_t seq)
{
    return &cs->slots[seq % cs->slot_count];
}

static void clear(struct vt_cs *cs, struct pbft_slot *slot)
{
    struct pbft_vote *prepare = slot->votes[PBFT_PHASE_PREPARE];
    struct pbft_vote *commit = slot->votes[PBFT_PHASE_COMMIT];

    if (slot->seq == 0) {
        return;
    }
    memset(slot, 0, sizeof *slot);
    memset(prepare, 0, cs->n * sizeof *prepare);
    memset(commit, 0, cs->n * sizeof *commit);
    slot->votes[PBFT_PHASE_PREPARE] = prepare;
    slot->votes[PBFT_PHASE_COMMIT] = commit;
}

/* After a restart: what was voted for here before is the vote, D1, D4. It is
 * said again when the block is accepted again: its body may not have reached
 * the disk (D2). */
static void recall(struct vt_cs *cs, struct pbft_slot *slot)
{
    const struct pbft_record *record = pbft_record(cs, slot->seq);

    if (record == NULL || !pbft_is_member(cs)) {
        return;
    }
    slot->is_voted = 1;
    memcpy(slot->voted_id, record->id, 32);
    slot->is_mine = record->is_mine;
    if (cs->base.seq != slot->seq || cs->base.is_final) {
        slot->pp_state = PBFT_GOOD;
        memcpy(slot->pp_id, record->id, 32);
        memcpy(slot->pp_parent, record->parent, 32);
        (void)cs_block_want(&cs->blocks, record->id, slot->seq, 0);
    }
}

struct pbft_slot *pbft_slot_open(struct vt_cs *cs, uint64_t seq)
{
    struct pbft_slot *slot = place(cs, seq);

    return slot->seq == seq && seq > cs->chain.committed ? slot : NULL;
}

struct pbft_slot *pbft_slot(struct vt_cs *cs, uint64_t seq)
{
    struct pbft_slot *slot = place(cs, seq);

    if (seq <= cs->chain.committed ||
        seq - cs->chain.committed > cs->slot_count) {
        return NULL;
    }
    if (slot->seq != seq) {
        clear(cs, slot);
        slot->seq = seq;
        recall(cs, slot);
    }
    return slot;
}

void pbft_slots_reset(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        clear(cs, &cs->slots[i]);
    }
}

void pbft_slots_below(struct vt_cs *cs, uint64_t seq)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        if (cs->slots[i].seq != 0 && cs->slots[i].seq < seq) {
            clear(cs, &cs->slots[i]);
        }
    }
}

void pbft_slots_retry(struct vt_cs *cs, uint64_t older_ns)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        struct pbft_slot *slot = &cs->slots[i];

        for (uint32_t phase = 0; phase < PBFT_PHASES; phase++) {
            if (slot->ask[phase].state == CS_ASKED &&
                cs->box.now_ns - slot->ask[phase].since_ns >= older_ns) {
                pbft_ask_vote(cs, slot, phase);
            }
        }
        if (slot->ask_pp.state == CS_ASKED &&
            cs->box.now_ns - slot->ask_pp.since_ns >= older_ns) {
            pbft_ask_proposal(cs, slot);
        }
    }
}

static int signed_vote(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase,
                       const struct vt_ev_done *ev, const struct cs_sig *sig)
{
    if (!cs_answered(&slot->ask[phase], ev)) {
        return 0;
    }
    slot->votes[phase][cs->self].sig = *sig;
    pbft_send_vote(cs, VT_PEER_ALL, slot, phase);
    pbft_own_vote(cs, slot, phase, sig);
    return 1;
}

int pbft_slots_signed(struct vt_cs *cs, const struct vt_ev_done *ev,
                      const struct cs_sig *sig)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        struct pbft_slot *slot = &cs->slots[i];

        if (slot->seq == 0) {
            continue;
        }
        if (cs_answered(&slot->ask_pp, ev)) {
            slot->pp_sig = *sig;
            pbft_send_proposal(cs, VT_PEER_ALL, slot);
            return 1;
        }
        if (signed_vote(cs, slot, PBFT_PHASE_PREPARE, ev, sig) ||
            signed_vote(cs, slot, PBFT_PHASE_COMMIT, ev, sig)) {
            return 1;
        }
    }
    return 0;
}
