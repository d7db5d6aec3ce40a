/* SPDX-License-Identifier: Apache-2.0
 *
 * votes.c - PREPREPARE, PREPARE and COMMIT as they come in: at most one of
 * each per member and height; no signature is checked before it can matter.
 */
#include "inside.h"

#include "evidence.h"

static uint32_t role_of(uint32_t phase)
{
    return phase == PBFT_PHASE_COMMIT ? PBFT_COMMIT : PBFT_PREPARE;
}

/* ---- PREPREPARE --------------------------------------------------------- */

static void start_check(struct vt_cs *cs, struct pbft_slot *slot, uint32_t from)
{
    struct pbft_job *job = pbft_job_new(cs, PBFT_JOB_PROPOSAL, from);
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;
    uint32_t count = 0;

    if (job == NULL) {
        slot->pp_state = PBFT_NO_VOTE; /* it will be sent again */
        return;
    }
    job->view = cs->view;
    job->seq = slot->seq;
    slot->pp_state = PBFT_CHECKING;
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_proposal(&core, cs->view, slot->seq, slot->pp_id);
    pbft_item_core(cs, &count, from, PBFT_PREPREPARE, &core, &slot->pp_sig);
    pbft_job_start(cs, job, count);
}

static void accuse_primary(struct vt_cs *cs, const struct pbft_slot *slot,
                           const struct pbft_proposal *other, uint32_t from)
{
    struct pbft_proposal first = {.view = cs->view, .seq = slot->seq};
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    if (slot->pp_sig.len == 0) {
        return; /* known from a record only */
    }
    memcpy(first.id, slot->pp_id, 32);
    first.sig = slot->pp_sig;
    len_a = pbft_item_of_proposal(from, &first, a);
    len_b = pbft_item_of_proposal(from, other, b);
    pbft_accuse(cs, from, PBFT_EV_PREPREPARE, cs_view(a, len_a),
                cs_view(b, len_b));
}

/* Is this a height the primary may propose for in the current view? */
static int is_proposable(const struct vt_cs *cs, uint64_t seq)
{
    if (cs->chain.seal != 0 && seq > cs->chain.seal) {
        return 0;
    }
    return cs->is_changing || seq > cs->base.seq;
}

void pbft_on_preprepare(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct pbft_proposal m;
    struct pbft_slot *slot;
    struct cs_block *block;

    if (!pbft_get_proposal(ev->msg, &m)) {
        pbft_penalize(cs, ev->from, "malformed PREPREPARE");
        return;
    }
    pbft_seen_view(cs, ev->from, m.view);
    if (m.view != cs->view || ev->from != pbft_primary(cs, m.view) ||
        ev->from == cs->self || !is_proposable(cs, m.seq) ||
        cs->peers[ev->from].bad >= PBFT_BAD_MAX) {
        return;
    }
    slot = pbft_slot(cs, m.seq);
    if (slot == NULL) {
        pbft_seen_height(cs, ev->from, m.seq);
        return;
    }
    if (slot->pp_state != PBFT_NO_VOTE) {
        if (memcmp(slot->pp_id, m.id, 32) != 0) {
            accuse_primary(cs, slot, &m, ev->from);
        }
        return;
    }
    memcpy(slot->pp_id, m.id, 32);
    memcpy(slot->pp_parent, m.parent, 32);
    slot->pp_sig = m.sig;
    start_check(cs, slot, ev->from);
    block = cs_block_add(&cs->blocks, m.id, m.seq);
    if (block != NULL) {
        block->holders |= cs_bit(ev->from);
        if (ev->has_attach && memcmp(ev->attach, m.id, 32) == 0) {
            block->is_held = 1;
        }
    }
    pbft_trace(cs, "P2 proposal", m.seq);
}

void pbft_on_proposal_checked(struct vt_cs *cs, const struct pbft_job *job,
                              int is_good)
{
    struct pbft_slot *slot = pbft_slot_open(cs, job->seq);

    if (slot != NULL && job->view == cs->view &&
        slot->pp_state == PBFT_CHECKING) {
        slot->pp_state = is_good ? PBFT_GOOD : PBFT_NO_VOTE;
    }
}

/* ---- PREPARE and COMMIT ------------------------------------------------- */

static void accuse_voter(struct vt_cs *cs, const struct pbft_slot *slot,
                         uint32_t phase, uint32_t from,
                         const struct pbft_vote_msg *other)
{
    const struct pbft_vote *vote = &slot->votes[phase][from];
    struct pbft_vote_msg first = {.view = cs->view, .seq = slot->seq};
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    memcpy(first.id, vote->id, 32);
    memcpy(first.extra, vote->extra, 32);
    first.sig = vote->sig;
    len_a = pbft_item_of_vote(role_of(phase), from, &first, a);
    len_b = pbft_item_of_vote(role_of(phase), from, other, b);
    pbft_accuse(cs, from,
                phase == PBFT_PHASE_COMMIT ? PBFT_EV_COMMIT : PBFT_EV_PREPARE,
                cs_view(a, len_a), cs_view(b, len_b));
}

static void check_votes(struct vt_cs *cs, struct pbft_slot *slot,
                        uint32_t phase, const struct pbft_vote *like,
                        uint32_t most)
{
    struct pbft_job *job = pbft_job_new(cs, PBFT_JOB_VOTES, 0);
    uint32_t count = 0;

    if (job == NULL) {
        return; /* the next vote or tick tries again */
    }
    job->phase = phase;
    job->view = cs->view;
    job->seq = slot->seq;
    for (uint32_t m = 0; m < cs->n && count < most; m++) {
        struct pbft_vote *vote = &slot->votes[phase][m];

        if (vote->state == PBFT_FRESH && memcmp(vote->id, like->id, 32) == 0 &&
            memcmp(vote->extra, like->extra, 32) == 0) {
            vote->state = PBFT_CHECKING;
            job->who |= cs_bit(m);
            pbft_item_vote(cs, &count, m, role_of(phase), cs->view, slot->seq,
                           vote);
        }
    }
    pbft_job_start(cs, job, count);
}

/* Signatures of `like`'s kind that are good, under way, not looked at. */
static void count_votes(const struct vt_cs *cs, const struct pbft_slot *slot,
                        uint32_t phase, const struct pbft_vote *like,
                        uint32_t counts[4])
{
    memset(counts, 0, 4 * sizeof counts[0]);
    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_vote *vote = &slot->votes[phase][m];

        if (vote->state != PBFT_NO_VOTE &&
            memcmp(vote->id, like->id, 32) == 0 &&
            memcmp(vote->extra, like->extra, 32) == 0) {
            counts[vote->state]++;
        }
    }
}

/* The certificate of votes like this one; there are enough good ones. */
static void make_qc(const struct vt_cs *cs, const struct pbft_slot *slot,
                    uint32_t phase, const struct pbft_vote *like,
                    struct cs_qc *qc)
{
    uint32_t count = 0;

    memset(qc, 0, sizeof *qc);
    qc->role = role_of(phase);
    qc->view = cs->view;
    qc->seq = slot->seq;
    memcpy(qc->id, like->id, 32);
    memcpy(qc->extra, like->extra, 32);
    for (uint32_t m = 0; m < cs->n && count < cs->q; m++) {
        const struct pbft_vote *vote = &slot->votes[phase][m];

        if (vote->state == PBFT_GOOD && memcmp(vote->id, like->id, 32) == 0 &&
            memcmp(vote->extra, like->extra, 32) == 0) {
            qc->signers |= cs_bit(m);
            qc->sig[count++] = vote->sig;
        }
    }
}

/* Does this kind of vote make a certificate, now or after a check? */
static void tally(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase,
                  const struct pbft_vote *like)
{
    uint32_t counts[4];
    uint32_t have;

    if (slot->has_qc[phase]) {
        return;
    }
    count_votes(cs, slot, phase, like, counts);
    if (counts[PBFT_GOOD] >= cs->q) {
        slot->has_qc[phase] = 1;
        if (phase == PBFT_PHASE_COMMIT) {
            struct cs_qc qc;

            make_qc(cs, slot, phase, like, &qc);
            pbft_on_commit_qc(cs, &qc);
        }
        return;
    }
    have = counts[PBFT_GOOD] + counts[PBFT_CHECKING];
    if (have < cs->q && (counts[PBFT_FRESH] >= cs->q - have ||
                         counts[PBFT_FRESH] >= PBFT_VERIFY_CHUNK)) {
        check_votes(cs, slot, phase, like, cs->q - have);
    }
}

/* Certificate of the PREPAREs for id at an open height; 0 when there is none
 * yet. */
int pbft_prepare_qc(struct vt_cs *cs, const struct pbft_slot *slot,
                    const uint8_t id[32], struct cs_qc *out)
{
    struct pbft_vote like;
    uint32_t counts[4];

    memset(&like, 0, sizeof like);
    memcpy(like.id, id, 32);
    count_votes(cs, slot, PBFT_PHASE_PREPARE, &like, counts);
    if (counts[PBFT_GOOD] < cs->q) {
        return 0;
    }
    make_qc(cs, slot, PBFT_PHASE_PREPARE, &like, out);
    return 1;
}

void pbft_on_vote(struct vt_cs *cs, uint32_t from, uint32_t phase,
                  struct vt_view msg)
{
    struct pbft_vote_msg m;
    struct pbft_slot *slot;
    struct pbft_vote *vote;

    if (!pbft_get_vote(msg, role_of(phase), &m)) {
        pbft_penalize(cs, from, "malformed vote");
        return;
    }
    pbft_seen_view(cs, from, m.view);
    if (phase == PBFT_PHASE_PREPARE) {
        pbft_check_late(cs, from, &m);
    }
    if (m.view != cs->view || from == cs->self ||
        cs->peers[from].bad >= PBFT_BAD_MAX) {
        return;
    }
    slot = pbft_slot(cs, m.seq);
    if (slot == NULL) {
        pbft_seen_height(cs, from, m.seq);
        return;
    }
    vote = &slot->votes[phase][from];
    if (vote->state != PBFT_NO_VOTE) {
        if (memcmp(vote->id, m.id, 32) != 0 ||
            memcmp(vote->extra, m.extra, 32) != 0) {
            accuse_voter(cs, slot, phase, from, &m);
        }
        return;
    }
    vote->state = PBFT_FRESH;
    memcpy(vote->id, m.id, 32);
    memcpy(vote->extra, m.extra, 32);
    vote->sig = m.sig;
    tally(cs, slot, phase, vote);
}

void pbft_on_votes_checked(struct vt_cs *cs, const struct pbft_job *job,
                           struct vt_view verdicts)
{
    struct pbft_slot *slot = pbft_slot_open(cs, job->seq);
    struct pbft_vote like;
    size_t i = 0;

    if (slot == NULL || job->view != cs->view || job->who == 0) {
        return;
    }
    like = slot->votes[job->phase][cs_first(job->who)];
    for (uint32_t m = 0; m < cs->n; m++) {
        struct pbft_vote *vote = &slot->votes[job->phase][m];

        if (!cs_has(job->who, m)) {
            continue;
        }
        if (i >= verdicts.len) {
            vote->state = PBFT_FRESH;
        } else if (verdicts.ptr[i] == VT_GOOD) {
            vote->state = PBFT_GOOD;
        } else {
            memset(vote, 0, sizeof *vote);
            pbft_bad_signature(cs, m);
        }
        i++;
    }
    tally(cs, slot, job->phase, &like);
}

/* D5: an own vote counts when it is signed, which is when it is durable. */
void pbft_own_vote(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase,
                   const struct cs_sig *sig)
{
    struct pbft_vote *vote = &slot->votes[phase][cs->self];

    vote->state = PBFT_GOOD;
    vote->sig = *sig;
    tally(cs, slot, phase, vote);
}
