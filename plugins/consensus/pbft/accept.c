/* SPDX-License-Identifier: Apache-2.0
 *
 * accept.c - from a proposal to an own PREPARE, from PREPAREs to an own COMMIT.
 */
#include "inside.h"

/* ---- saying a vote ------------------------------------------------------ */

void pbft_ask_vote(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase)
{
    struct pbft_vote *own = &slot->votes[phase][cs->self];
    struct cs_qc vote;
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    if (phase == PBFT_PHASE_PREPARE) {
        memcpy(own->id, slot->voted_id, 32);
    }
    vote.role = phase == PBFT_PHASE_COMMIT ? PBFT_COMMIT : PBFT_PREPARE;
    vote.view = cs->view;
    vote.seq = slot->seq;
    memcpy(vote.id, own->id, 32);
    memcpy(vote.extra, own->extra, 32);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, &vote);
    pbft_ask_sign(cs, &slot->ask[phase], vote.role, cs->view, slot->seq,
                  cs_wr_view(&core));
}

void pbft_ask_proposal(struct vt_cs *cs, struct pbft_slot *slot)
{
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_proposal(&core, cs->view, slot->seq, slot->pp_id);
    pbft_ask_sign(cs, &slot->ask_pp, PBFT_PREPREPARE, cs->view, slot->seq,
                  cs_wr_view(&core));
}

void pbft_send_vote(struct vt_cs *cs, uint32_t to, struct pbft_slot *slot,
                    uint32_t phase)
{
    const struct pbft_vote *own = &slot->votes[phase][cs->self];
    struct pbft_vote_msg m = {.view = cs->view, .seq = slot->seq};
    uint32_t role = phase == PBFT_PHASE_COMMIT ? PBFT_COMMIT : PBFT_PREPARE;
    struct cs_wr wr;

    memcpy(m.id, own->id, 32);
    memcpy(m.extra, own->extra, 32);
    m.sig = own->sig;
    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_vote(&wr, role, &m);
    pbft_send(cs, to, role, cs_wr_view(&wr));
}

void pbft_send_proposal(struct vt_cs *cs, uint32_t to, struct pbft_slot *slot)
{
    struct pbft_proposal m = {.view = cs->view, .seq = slot->seq};
    struct cs_wr wr;

    memcpy(m.id, slot->pp_id, 32);
    memcpy(m.parent, slot->pp_parent, 32);
    m.sig = slot->pp_sig;
    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_proposal(&wr, &m);
    pbft_send_block(cs, to, slot->pp_id, cs_wr_view(&wr));
}

/* P2, D1, D2, D4: the promise is durable before it is signed. A height at or
 * below one voted for already (after a restart) is followed, not voted on; a
 * vote from before the restart is said again. */
static void cast_prepare(struct vt_cs *cs, struct pbft_slot *slot,
                         const uint8_t id[32], const uint8_t parent[32])
{
    struct pbft_record record = {
        .view = cs->view, .seq = slot->seq, .is_mine = slot->is_mine};

    if (!pbft_is_member(cs)) {
        return;
    }
    if (!slot->is_voted) {
        if (!pbft_rule_may_vote(cs->view, slot->seq, cs->voted_view,
                                cs->voted_seq)) {
            return;
        }
        memcpy(record.id, id, 32);
        memcpy(record.parent, parent, 32);
        memcpy(record.newview, cs->nv_digest, 32);
        pbft_save_record(cs, &record);
        cs->voted_view = cs->view;
        cs->voted_seq = slot->seq;
        slot->is_voted = 1;
        memcpy(slot->voted_id, id, 32);
        pbft_trace(cs, "P2 prepare", slot->seq);
    }
    if (slot->ask[PBFT_PHASE_PREPARE].state == CS_NOT_ASKED &&
        memcmp(slot->voted_id, id, 32) == 0) {
        pbft_ask_vote(cs, slot, PBFT_PHASE_PREPARE);
    }
}

/* ---- proposals on top of the tail --------------------------------------- */

/* Checking may run ahead of voting: the host executes in order anyway. */
void pbft_validate_ahead(struct vt_cs *cs)
{
    const uint8_t *below;

    if (cs->is_changing || cs->base.is_pending || !pbft_is_member(cs)) {
        return;
    }
    below = cs_tail_id(&cs->chain);
    for (uint64_t seq = cs->chain.tail + 1;; seq++) {
        struct pbft_slot *slot = pbft_slot_open(cs, seq);
        struct cs_block *block;

        if (slot == NULL || slot->pp_state == PBFT_NO_VOTE ||
            !pbft_rule_extends(slot->pp_parent, below)) {
            return;
        }
        block = cs_block_want(&cs->blocks, slot->pp_id, seq, 0);
        if (block == NULL || block->valid == CS_BAD) {
            return;
        }
        cs_block_validate(&cs->blocks, block);
        below = slot->pp_id;
    }
}

/* The block of a proposal when it is ready to be voted on, else NULL. */
static struct cs_block *ready_block(struct vt_cs *cs, struct pbft_slot *slot)
{
    struct cs_block *block;

    if (slot == NULL || slot->pp_state != PBFT_GOOD || slot->is_bad ||
        !pbft_rule_extends(slot->pp_parent, cs_tail_id(&cs->chain))) {
        return NULL;
    }
    block = cs_block_find(&cs->blocks, slot->pp_id);
    if (block == NULL || !block->is_known) {
        return NULL;
    }
    if (block->valid == CS_BAD || block->height != slot->seq ||
        block->payload_len > 0 ||
        memcmp(block->parent, slot->pp_parent, 32) != 0) {
        slot->is_bad = 1; /* no vote; P7 does the rest */
        pbft_trace(cs, "P2 refused", slot->seq);
        return NULL;
    }
    return block->valid == CS_VALID && block->is_held ? block : NULL;
}

int pbft_accept(struct vt_cs *cs)
{
    uint64_t seq = cs->chain.tail + 1;
    struct pbft_slot *slot = pbft_slot_open(cs, seq);
    struct cs_block *block;

    if (cs->is_changing || cs->base.is_pending || !pbft_is_member(cs) ||
        !cs->chain.has_link || (cs->chain.seal != 0 && seq > cs->chain.seal) ||
        seq - cs->chain.applied > cs->record_count) {
        return 0; /* the last: a record not yet final would be overwritten */
    }
    block = ready_block(cs, slot);
    if (block == NULL) {
        return 0;
    }
    cs_chain_append(&cs->chain, slot->pp_id);
    pbft_block_store(cs, block);
    cast_prepare(cs, slot, slot->pp_id, slot->pp_parent);
    if (slot->is_mine && slot->is_voted && slot->ask_pp.state == CS_NOT_ASKED) {
        pbft_ask_proposal(cs, slot);
    }
    return 1;
}

/* ---- the base of a view, P3, P10 ---------------------------------------- */

static void base_done(struct vt_cs *cs)
{
    cs->base.is_pending = 0;
    pbft_blocks_abandon(cs);
    pbft_trace(cs, "P3 base", cs->base.seq);
}

/* The base is not on the decided chain. P10 binds a view to what was decided in
 * lower ones: then more than f members cheat. What was decided in this view or
 * a higher one only means that the view is over, or that its primary sent two
 * NEWVIEWs: nothing is said in it any more. */
static void base_is_elsewhere(struct vt_cs *cs)
{
    if (cs->chain.last.seq >= cs->chain.committed &&
        cs->chain.last.view < cs->view) {
        pbft_halt(cs,
                  "a new view starts from a block that lost against a "
                  "final one: more than f members cheat",
                  cs->base.seq);
        return;
    }
    cs->base.is_elsewhere = 1;
    pbft_trace(cs, "P3 elsewhere", cs->base.seq);
}

/* The base is final here: voting starts above C. */
static int base_is_decided(struct vt_cs *cs)
{
    const struct cs_link *at = cs_link_at(&cs->chain, cs->base.seq);

    if (at != NULL && memcmp(at->id, cs->base.id, 32) != 0) {
        base_is_elsewhere(cs);
        return 0;
    }
    base_done(cs);
    return 1;
}

/* The suffix (C, base] as blocks in `suffix`, all held and linked to C. */
static int suffix_is_valid(struct vt_cs *cs, struct cs_block **suffix,
                           uint64_t count)
{
    const uint8_t *id = cs->base.id;
    int is_valid = 1;

    for (uint64_t i = count; i-- > 0;) {
        suffix[i] = cs_block_find(&cs->blocks, id);
        id = suffix[i]->parent;
    }
    for (uint64_t i = 0; i < count; i++) {
        cs_block_validate(&cs->blocks, suffix[i]);
        is_valid &= suffix[i]->valid == CS_VALID;
    }
    return is_valid;
}

/* D2 for the suffix: the one vote covers all of it. */
static void vote_on_base(struct vt_cs *cs, struct cs_block **suffix,
                         uint64_t count)
{
    uint64_t first = pbft_rule_first_vote(cs->base.seq, cs->chain.committed);

    for (uint64_t i = 0; i < count; i++) {
        cs_chain_append(&cs->chain, suffix[i]->id);
        pbft_block_store(cs, suffix[i]);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t seq = cs->base.seq - count + 1 + i;
        struct pbft_slot *slot = pbft_slot(cs, seq);

        if (seq >= first && slot != NULL) {
            slot->is_mine = 0;
            cast_prepare(cs, slot, suffix[i]->id, suffix[i]->parent);
        }
    }
}

int pbft_base_link(struct vt_cs *cs)
{
    struct cs_block *suffix[2 * PBFT_WINDOW_MAX];
    uint64_t count = cs->base.seq - cs->chain.committed;
    int linked;

    if (cs->is_changing || !cs->base.is_pending || cs->base.is_elsewhere) {
        return 0;
    }
    if (cs->base.seq <= cs->chain.committed) {
        return base_is_decided(cs);
    }
    if (!pbft_is_member(cs)) {
        base_done(cs);
        return 1;
    }
    if (cs->base.is_final || count > cs->slot_count) {
        pbft_emit_sync(cs, cs->base.is_final ? cs->base.seq
                                             : cs->chain.committed + 1);
        return 0;
    }
    if (!cs->chain.has_link) {
        return 0; /* a CERT will tell the digest */
    }
    linked = pbft_walk(cs, cs->base.seq, cs->base.id, cs->base.holders);
    if (linked < 0) {
        base_is_elsewhere(cs);
        return 0;
    }
    if (linked == 0 || !suffix_is_valid(cs, suffix, count)) {
        return 0;
    }
    vote_on_base(cs, suffix, count);
    base_done(cs);
    return 1;
}

/* ---- P4 ----------------------------------------------------------------- */

static void cast_commit(struct vt_cs *cs, uint64_t seq)
{
    struct pbft_slot *slot = pbft_slot_open(cs, seq);
    const struct cs_link *at = cs_link_at(&cs->chain, seq);
    struct pbft_vote *own;

    if (slot == NULL || at == NULL ||
        slot->ask[PBFT_PHASE_COMMIT].state != CS_NOT_ASKED ||
        !pbft_rule_is_higher(cs->view, seq, cs->commits_view,
                             cs->commits_seq)) {
        return;
    }
    cs->commits_view = cs->view;
    cs->commits_seq = seq;
    own = &slot->votes[PBFT_PHASE_COMMIT][cs->self];
    memcpy(own->id, at->id, 32);
    memcpy(own->extra, at->link, 32);
    pbft_ask_vote(cs, slot, PBFT_PHASE_COMMIT);
}

int pbft_prepare_done(struct vt_cs *cs)
{
    uint64_t from = cs->prepared + 1;

    if (cs->is_changing || cs->base.is_pending || !pbft_is_member(cs)) {
        return 0;
    }
    while (cs->prepared < cs->chain.tail) {
        uint64_t seq = cs->prepared + 1;
        struct pbft_slot *slot = pbft_slot_open(cs, seq);
        struct cs_link *at = cs_link_at(&cs->chain, seq);
        struct cs_qc qc;

        if (slot == NULL || !slot->has_qc[PBFT_PHASE_PREPARE] ||
            !pbft_prepare_qc(cs, slot, at->id, &qc)) {
            break;
        }
        cs->prepared = seq;
        if (cs->hp.seq == 0 ||
            pbft_rule_is_higher(cs->view, seq, cs->hp.view, cs->hp.seq)) {
            cs->hp = qc;
            memcpy(cs->hp_link, at->link, 32);
        }
        pbft_trace(cs, "P4 prepared", seq);
    }
    if (cs->prepared < from) {
        return 0;
    }
    pbft_save_prepared(cs);
    for (uint64_t seq = from; seq <= cs->prepared; seq++) {
        cast_commit(cs, seq);
    }
    return 1;
}
