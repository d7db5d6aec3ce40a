/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - finality: blocks deep enough (and fixed by the main chain, when it
 * is asked for that), blocks the host learned elsewhere, and the end of the
 * epoch, which boundary.c decides.
 */
#include "inside.h"

/* Does the head stand on the block the main chain has fixed? */
static int is_anchored(const struct vt_cs *cs, uint64_t height)
{
    uint32_t i;

    if (cs->opt.final_by == POW_BY_DEPTH) {
        return 1;
    }
    if (height > cs->anchor_height) {
        return 0;
    }
    i = pow_ancestor(cs, cs->head, cs->anchor_height);
    return i != POW_NONE && memcmp(cs->list[i].h.id, cs->anchor_id, 32) == 0;
}

/* The heaviest chain with a block the host found bad. */
static uint32_t heaviest_refused(const struct vt_cs *cs)
{
    uint32_t best = POW_NONE;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pow_entry *e = &cs->list[i];

        if (e->state == POW_BAD && e->is_refused &&
            (best == POW_NONE ||
             pow_u256_cmp(&e->work, &cs->list[best].work) > 0)) {
            best = i;
        }
    }
    return best;
}

/* F6: others work, with power not far from ours, on a chain that this node
 * finds bad: what is not in it, too, is contested. */
static uint64_t contested_above(struct vt_cs *cs)
{
    uint32_t other = cs->has_refused ? heaviest_refused(cs) : POW_NONE;
    struct pow_u256 theirs;
    struct pow_u256 ours;
    uint32_t fork;

    if (other == POW_NONE) {
        cs->has_refused = 0;
        return UINT64_MAX;
    }
    fork = pow_common(cs, cs->head, other);
    if (fork == POW_NONE) {
        return UINT64_MAX;
    }
    ours = pow_u256_sub(&cs->list[cs->head].work, &cs->list[fork].work);
    theirs = pow_u256_sub(&cs->list[other].work, &cs->list[fork].work);
    return pow_rule_is_contested(&ours, &theirs) ? cs->list[fork].h.height
                                                 : UINT64_MAX;
}

int pow_is_settled(const struct vt_cs *cs, uint64_t height)
{
    return pow_rule_is_deep(height, cs->list[cs->head].h.height,
                            cs->terms.depth) &&
           is_anchored(cs, height) && height <= cs->contested_above;
}

/* Deep enough, and yet not final: people must hear why. */
static void tell_contested(struct vt_cs *cs, uint64_t height)
{
    if (height > cs->contested_above && cs->contested != height &&
        !cs->is_sealed &&
        pow_rule_is_deep(height, cs->list[cs->head].h.height,
                         cs->terms.depth)) {
        cs->contested = height;
        pow_alarm(cs,
                  "others work on a chain with a block that this node finds "
                  "bad: one side is wrong, nothing is final until it is clear "
                  "which has the power",
                  height);
    }
}

/* B3: the last block of the epoch is what the members agreed on. */
static int is_boundary(const struct vt_cs *cs, uint64_t height)
{
    return cs->boundary.core != NULL && height == cs->seal;
}

static int may_commit(const struct vt_cs *cs, uint64_t height)
{
    if (cs->is_lost || cs->is_sealed || cs_outbox_is_busy(&cs->box) ||
        height > cs->applied + POW_UNDONE ||
        (cs->seal != 0 && height > cs->seal)) {
        return 0;
    }
    return is_boundary(cs, height)
               ? cs->boundary.is_final && pow_stands_on_pick(cs, cs->head)
               : pow_is_settled(cs, height);
}

static struct vt_view make_proof(struct vt_cs *cs, uint64_t height)
{
    uint32_t below = height > cs->terms.start_height;
    uint32_t count = (uint32_t)cs->terms.depth + below;
    uint32_t at;

    if (is_boundary(cs, height)) {
        return cs_view(cs->boundary.proof, cs->boundary.len);
    }
    at = pow_ancestor(cs, cs->head, height + cs->terms.depth - 1);
    for (uint32_t i = count; i > 0; i--) {
        cs->chain[i - 1] = cs->list[at].h;
        at = cs->list[at].parent;
    }
    return cs_view(cs->buffer,
                   pow_put_proof(&cs->terms, cs->chain, count, cs->buffer));
}

static void commit_next(struct vt_cs *cs, uint64_t height)
{
    uint32_t i = pow_ancestor(cs, cs->head, height);
    struct vt_view proof = make_proof(cs, height);

    cs_emit_commit(&cs->box, VT_EFF_COMMIT, height, cs->list[i].h.id, proof);
    cs->final = i;
    if (height == cs->seal) {
        cs_emit_commit(&cs->box, VT_EFF_SEALED, height, cs->list[i].h.id,
                       proof);
        cs->is_sealed = 1;
        pow_trace(cs, "S1 sealed", height);
    }
}

void pow_commit(struct vt_cs *cs)
{
    uint64_t height = cs->list[cs->final].h.height + 1;
    int moved = 0;

    cs->contested_above = contested_above(cs);
    for (; may_commit(cs, height); height++) {
        commit_next(cs, height);
        moved = 1;
    }
    if (moved) {
        pow_prune(cs);
    }
    tell_contested(cs, height);
}

/* ---- what the host knows ------------------------------------------------- */

static void take_final(struct vt_cs *cs, uint32_t i)
{
    int stays = pow_descends(cs, cs->head, i);

    cs->final = i;
    cs->is_lost = 0;
    cs->list[i].state = POW_GOOD;
    if (!stays) {
        cs->head = i;
    }
    pow_prune(cs);
    if (!stays) {
        pow_leave_head(cs);
    }
}

void pow_find_back(struct vt_cs *cs)
{
    uint32_t i;

    if (!cs->is_lost) {
        return;
    }
    i = pow_find_block(cs, cs->lost_id, cs->lost_height);
    if (i != POW_NONE) {
        pow_trace(cs, "N3 found back", cs->lost_height);
        take_final(cs, i);
    }
}

void pow_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    if (ev->height > cs->applied) {
        cs->applied = ev->height;
    }
    if (cs->seal != 0 && ev->height >= cs->seal) {
        cs->is_sealed = 1;
    }
    if (ev->height <= cs->list[cs->final].h.height) {
        return; /* our own COMMIT; another id the host would not bear */
    }
    cs->is_lost = 1;
    cs->lost_height = ev->height;
    memcpy(cs->lost_id, ev->id, 32);
    pow_find_back(cs);
    if (cs->is_lost) {
        pow_trace(cs, "N2 lost", ev->height);
    }
}

/* ---- the main chain ------------------------------------------------------ */

static void pin(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    for (uint32_t i = 0; i < cs->top && height != 0; i++) {
        const struct pow_entry *e = &cs->list[i];

        if (e->state != POW_FREE && e->state != POW_BAD &&
            e->h.height == height && height > cs->list[cs->final].h.height &&
            memcmp(e->h.id, id, 32) != 0) {
            pow_mark_branch(cs, i, POW_BAD);
        }
    }
}

void pow_apply_anchor(struct vt_cs *cs)
{
    pin(cs, cs->anchor_height, cs->anchor_id);
    if (cs->boundary.is_final) {
        pin(cs, cs->seal, cs->boundary.id);
    }
    if (cs->list[cs->head].state == POW_BAD) {
        pow_leave_head(cs);
    }
}

void pow_on_anchor(struct vt_cs *cs, const struct vt_ev_anchor *ev)
{
    uint32_t i = pow_ancestor(cs, cs->final, ev->height);

    if (i != POW_NONE && memcmp(cs->list[i].h.id, ev->id, 32) != 0) {
        struct cs_text t;

        cs_text_start(&t);
        cs_text_str(&t, "the main chain has fixed another block than the one "
                        "final here:");
        cs_text_num(&t, "height", ev->height);
        cs_emit_text(&cs->box, VT_EFF_HALT, &t);
        return;
    }
    if (ev->height <= cs->anchor_height) {
        return; /* the first one that was fixed there stays */
    }
    cs->anchor_height = ev->height;
    memcpy(cs->anchor_id, ev->id, 32);
    pow_save_anchor(cs);
    pow_trace(cs, "F5 anchor", ev->height);
    pow_apply_anchor(cs);
}

/* ---- the end of the epoch ------------------------------------------------ */

void pow_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    if (cs->seal != ev->height) {
        cs->seal = ev->height;
        pow_save_seal(cs);
    }
    if (cs->list[cs->final].h.height >= ev->height) {
        cs->is_sealed = 1;
    }
    pow_trace(cs, "S0 seal", ev->height);
    pow_boundary_start(cs);
}
