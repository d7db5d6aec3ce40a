/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - members that signed what no honest member signs.
 *
 * Every kind is decided from the two items alone. "PREPARE after VIEWCHANGE"
 * cannot be told from a PREPARE that was on its way for long; therefore a
 * VIEWCHANGE names the highest PREPARE its sender ever signed, and what is
 * above that convicts (LATE).
 */
#include "evidence.h"

#include "inside.h"

/* ---- items -------------------------------------------------------------- */

static size_t finish(struct cs_wr *wr, const struct cs_sig *sig)
{
    cs_put_sig(wr, sig);
    return wr->len;
}

static void start(struct cs_wr *wr, uint8_t out[PBFT_ITEM_MAX], uint32_t role,
                  uint32_t member)
{
    cs_wr_init(wr, out, PBFT_ITEM_MAX);
    cs_put_u8(wr, role);
    cs_put_u8(wr, member);
}

size_t pbft_item_of_proposal(uint32_t member, const struct pbft_proposal *m,
                             uint8_t out[PBFT_ITEM_MAX])
{
    struct cs_wr wr;

    start(&wr, out, PBFT_PREPREPARE, member);
    pbft_core_proposal(&wr, m->view, m->seq, m->id);
    return finish(&wr, &m->sig);
}

size_t pbft_item_of_vote(uint32_t role, uint32_t member,
                         const struct pbft_vote_msg *m,
                         uint8_t out[PBFT_ITEM_MAX])
{
    struct cs_qc qc;
    struct cs_wr wr;

    qc.role = role;
    qc.view = m->view;
    qc.seq = m->seq;
    memcpy(qc.id, m->id, 32);
    memcpy(qc.extra, m->extra, 32);
    start(&wr, out, role, member);
    pbft_core_vote(&wr, &qc);
    return finish(&wr, &m->sig);
}

size_t pbft_item_of_viewchange(const struct pbft_vc_core *core,
                               uint8_t out[PBFT_ITEM_MAX])
{
    struct cs_wr wr;

    start(&wr, out, PBFT_VIEWCHANGE, core->member);
    pbft_core_viewchange(&wr, core);
    return finish(&wr, &core->sig);
}

size_t pbft_item_of_newview(uint32_t member, uint64_t view,
                            const uint8_t digest[32], const struct cs_sig *sig,
                            uint8_t out[PBFT_ITEM_MAX])
{
    struct cs_wr wr;

    start(&wr, out, PBFT_NEWVIEW, member);
    pbft_core_newview(&wr, view, digest);
    return finish(&wr, sig);
}

static void get_vc_core(struct cs_rd *rd, struct pbft_vc_core *core)
{
    core->view = cs_get_u64(rd);
    core->stable_seq = cs_get_u64(rd);
    cs_get_bytes(rd, core->stable_id, 32);
    cs_get_bytes(rd, core->stable_root, 32);
    core->hp_view = cs_get_u64(rd);
    core->hp_seq = cs_get_u64(rd);
    cs_get_bytes(rd, core->hp_id, 32);
    core->voted_view = cs_get_u64(rd);
    core->voted_seq = cs_get_u64(rd);
}

int pbft_get_item(struct vt_view bytes, struct pbft_item *out)
{
    struct cs_rd rd;
    const uint8_t *core;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    out->role = cs_get_u8(&rd);
    out->member = cs_get_u8(&rd);
    core = rd.ptr;
    if (out->role == PBFT_VIEWCHANGE) {
        get_vc_core(&rd, &out->vc);
        out->vc.member = out->member;
    } else if (out->role >= PBFT_PREPREPARE && out->role <= PBFT_NEWVIEW) {
        out->vote.role = out->role;
        if (out->role != PBFT_CHECKPOINT) {
            out->vote.view = cs_get_u64(&rd);
        }
        if (out->role != PBFT_NEWVIEW) {
            out->vote.seq = cs_get_u64(&rd);
        }
        cs_get_bytes(&rd, out->vote.id, 32);
        if (out->role == PBFT_COMMIT || out->role == PBFT_CHECKPOINT) {
            cs_get_bytes(&rd, out->vote.extra, 32);
        }
    } else {
        return 0;
    }
    out->core = cs_view(core, (size_t)(rd.ptr - core));
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

/* ---- what convicts ------------------------------------------------------ */

/* Two votes of one role at one position that say different things. */
static int is_double(uint32_t role, const struct pbft_item *a,
                     const struct pbft_item *b)
{
    return a->role == role && b->role == role && a->vote.view == b->vote.view &&
           a->vote.seq == b->vote.seq &&
           (memcmp(a->vote.id, b->vote.id, 32) != 0 ||
            memcmp(a->vote.extra, b->vote.extra, 32) != 0);
}

int pbft_is_conflict(uint32_t kind, const struct pbft_item *a,
                     const struct pbft_item *b)
{
    if (a->member != b->member) {
        return 0;
    }
    switch (kind) {
    case PBFT_EV_PREPREPARE:
        return is_double(PBFT_PREPREPARE, a, b);
    case PBFT_EV_PREPARE:
        return is_double(PBFT_PREPARE, a, b);
    case PBFT_EV_COMMIT:
        return is_double(PBFT_COMMIT, a, b);
    case PBFT_EV_CHECKPOINT:
        return is_double(PBFT_CHECKPOINT, a, b);
    case PBFT_EV_NEWVIEW:
        return is_double(PBFT_NEWVIEW, a, b);
    case PBFT_EV_VIEWCHANGE:
        return a->role == PBFT_VIEWCHANGE && b->role == PBFT_VIEWCHANGE &&
               a->vc.view == b->vc.view &&
               (a->core.len != b->core.len ||
                memcmp(a->core.ptr, b->core.ptr, a->core.len) != 0);
    case PBFT_EV_LATE:
        return a->role == PBFT_PREPARE && b->role == PBFT_VIEWCHANGE &&
               a->vote.view < b->vc.view &&
               pbft_rule_is_higher(a->vote.view, a->vote.seq, b->vc.voted_view,
                                   b->vc.voted_seq);
    case PBFT_EV_HIDDEN:
        return a->role == PBFT_COMMIT && b->role == PBFT_VIEWCHANGE &&
               a->vote.view < b->vc.view &&
               pbft_rule_is_higher(a->vote.view, a->vote.seq, b->vc.hp_view,
                                   b->vc.hp_seq);
    default:
        return 0;
    }
}

/* ---- found while running ------------------------------------------------ */

/* Each kind once per member, one at a time, and at the cost of who brings it:
 * a liar cannot keep us busy. */
void pbft_accuse(struct vt_cs *cs, uint32_t by, uint32_t kind, struct vt_view a,
                 struct vt_view b)
{
    uint32_t member = a.ptr[1]; /* of its own items: never out of range */
    struct pbft_peer *peer = &cs->peers[member];
    const struct vt_view views[2] = {a, b};
    struct pbft_job *job;
    struct pbft_item items[2];
    uint32_t count = 0;

    if (!pbft_rule_accuses() || (peer->convicted >> kind & 1u) != 0 ||
        peer->conflict.kind != 0 || !pbft_get_item(a, &items[0]) ||
        !pbft_get_item(b, &items[1]) ||
        !pbft_is_conflict(kind, &items[0], &items[1]) ||
        !pbft_may_check(cs, by)) {
        return;
    }
    job = pbft_job_new(cs, PBFT_JOB_EVIDENCE, member);
    if (job == NULL) {
        return;
    }
    peer->conflict.kind = kind;
    peer->conflict.len_a = (uint32_t)a.len;
    peer->conflict.len_b = (uint32_t)b.len;
    memcpy(peer->conflict.a, a.ptr, a.len);
    memcpy(peer->conflict.b, b.ptr, b.len);
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t copy[PBFT_CORE_MAX];
        struct cs_wr core;

        cs_wr_init(&core, copy, sizeof copy);
        cs_put(&core, views[i].ptr + 2, items[i].core.len);
        pbft_item_core(cs, &count, member, items[i].role, &core, &items[i].sig);
    }
    pbft_job_start(cs, job, count);
}

void pbft_on_evidence_checked(struct vt_cs *cs, uint32_t member, int is_good)
{
    struct pbft_peer *peer = &cs->peers[member];
    struct pbft_conflict *c = &peer->conflict;

    if (is_good) {
        peer->convicted |= 1u << c->kind;
        cs_emit_evidence(&cs->box, c->kind, member, cs_view(c->a, c->len_a),
                         cs_view(c->b, c->len_b));
        pbft_penalize(cs, member, "signed two things that exclude each other");
        pbft_trace(cs, "EVIDENCE found", c->kind);
    }
    c->kind = 0;
}

/* A PREPARE that its sender's later VIEWCHANGE denies. */
void pbft_check_late(struct vt_cs *cs, uint32_t from,
                     const struct pbft_vote_msg *m)
{
    const struct pbft_viewchange *vc = cs->peers[from].vc;
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    if (vc == NULL || m->view >= vc->core.view ||
        !pbft_rule_is_higher(m->view, m->seq, vc->core.voted_view,
                             vc->core.voted_seq)) {
        return;
    }
    len_a = pbft_item_of_vote(PBFT_PREPARE, from, m, a);
    len_b = pbft_item_of_viewchange(&vc->core, b);
    pbft_accuse(cs, from, PBFT_EV_LATE, cs_view(a, len_a), cs_view(b, len_b));
}

/* Votes of this view that a new VIEWCHANGE of the same member denies. */
void pbft_check_history(struct vt_cs *cs, const struct pbft_viewchange *vc)
{
    uint32_t from = vc->core.member;
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_b = pbft_item_of_viewchange(&vc->core, b);

    for (uint32_t i = 0; i < cs->slot_count; i++) {
        const struct pbft_slot *slot = &cs->slots[i];

        for (uint32_t phase = 0; slot->seq != 0 && phase < PBFT_PHASES;
             phase++) {
            const struct pbft_vote *vote = &slot->votes[phase][from];
            uint32_t role =
                phase == PBFT_PHASE_COMMIT ? PBFT_COMMIT : PBFT_PREPARE;
            struct pbft_vote_msg m = {.view = cs->view, .seq = slot->seq};

            if (vote->state == PBFT_NO_VOTE) {
                continue;
            }
            memcpy(m.id, vote->id, 32);
            memcpy(m.extra, vote->extra, 32);
            m.sig = vote->sig;
            pbft_accuse(cs, from,
                        role == PBFT_COMMIT ? PBFT_EV_HIDDEN : PBFT_EV_LATE,
                        cs_view(a, pbft_item_of_vote(role, from, &m, a)),
                        cs_view(b, len_b));
        }
    }
}
