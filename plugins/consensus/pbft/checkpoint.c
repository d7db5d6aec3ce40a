/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - P6: every K heights members sign what executing up to there
 * gave. A quorum makes the height stable; f + 1 that differ from us mean that
 * this node computes something else than the others.
 */
#include "evidence.h"

#include "inside.h"

/* ---- the own one -------------------------------------------------------- */

void pbft_sign_checkpoint(struct vt_cs *cs)
{
    struct cs_qc vote;
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    vote.role = PBFT_CHECKPOINT;
    vote.seq = cs->my_ckpt_seq;
    memcpy(vote.id, cs->my_ckpt_id, 32);
    memcpy(vote.extra, cs->my_ckpt_root, 32);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, &vote);
    pbft_ask_sign(cs, &cs->ask_ckpt, PBFT_CHECKPOINT, 0, vote.seq,
                  cs_wr_view(&core));
}

void pbft_send_checkpoint(struct vt_cs *cs)
{
    const struct pbft_peer *me = &cs->peers[cs->self];
    struct pbft_vote_msg m = {.seq = cs->my_ckpt_seq};
    struct cs_wr wr;

    for (uint32_t i = 0; i < PBFT_KEPT_CHECKPOINTS; i++) {
        if (me->ckpt_seq[i] == m.seq && me->ckpt[i].state == PBFT_GOOD) {
            memcpy(m.id, me->ckpt[i].id, 32);
            memcpy(m.extra, me->ckpt[i].extra, 32);
            m.sig = me->ckpt[i].sig;
            cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
            pbft_put_vote(&wr, PBFT_CHECKPOINT, &m);
            pbft_send(cs, VT_PEER_ALL, PBFT_CHECKPOINT, cs_wr_view(&wr));
        }
    }
}

int pbft_checkpoint_waiting(const struct vt_cs *cs)
{
    return cs->my_ckpt_seq > cs->stable.seq && pbft_is_member(cs);
}

/* ---- votes -------------------------------------------------------------- */

/* The place for a member's vote at seq: its own, or that of its oldest one
 * when seq is newer; -1 when there is none. */
static int place(struct pbft_peer *peer, uint64_t seq)
{
    uint32_t oldest = peer->ckpt_seq[0] <= peer->ckpt_seq[1] ? 0 : 1;

    for (uint32_t i = 0; i < PBFT_KEPT_CHECKPOINTS; i++) {
        if (peer->ckpt_seq[i] == seq) {
            return (int)i;
        }
    }
    if (seq < peer->ckpt_seq[oldest]) {
        return -1;
    }
    peer->ckpt_seq[oldest] = seq;
    memset(&peer->ckpt[oldest], 0, sizeof peer->ckpt[oldest]);
    return (int)oldest;
}

static struct pbft_vote *vote_at(struct vt_cs *cs, uint32_t member,
                                 uint64_t seq)
{
    struct pbft_peer *peer = &cs->peers[member];

    for (uint32_t i = 0; i < PBFT_KEPT_CHECKPOINTS; i++) {
        if (peer->ckpt_seq[i] == seq && peer->ckpt[i].state != PBFT_NO_VOTE) {
            return &peer->ckpt[i];
        }
    }
    return NULL;
}

static int is_like(const struct pbft_vote *a, const struct pbft_vote *b)
{
    return memcmp(a->id, b->id, 32) == 0 && memcmp(a->extra, b->extra, 32) == 0;
}

static void count_votes(struct vt_cs *cs, uint64_t seq,
                        const struct pbft_vote *like, uint32_t counts[4])
{
    memset(counts, 0, 4 * sizeof counts[0]);
    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_vote *vote = vote_at(cs, m, seq);

        if (vote != NULL && is_like(vote, like)) {
            counts[vote->state]++;
        }
    }
}

static void check_votes(struct vt_cs *cs, uint64_t seq,
                        const struct pbft_vote *like, uint32_t most)
{
    struct pbft_job *job = pbft_job_new(cs, PBFT_JOB_CHECKPOINT, 0);
    uint32_t count = 0;

    if (job == NULL) {
        return;
    }
    job->seq = seq;
    for (uint32_t m = 0; m < cs->n && count < most; m++) {
        struct pbft_vote *vote = vote_at(cs, m, seq);

        if (vote != NULL && vote->state == PBFT_FRESH && is_like(vote, like)) {
            vote->state = PBFT_CHECKING;
            job->who |= cs_bit(m);
            pbft_item_vote(cs, &count, m, PBFT_CHECKPOINT, 0, seq, vote);
        }
    }
    pbft_job_start(cs, job, count);
}

/* Does it say something else than this node computed? */
static int differs(const struct vt_cs *cs, uint64_t seq,
                   const struct pbft_vote *vote)
{
    return seq == cs->my_ckpt_seq &&
           (memcmp(vote->id, cs->my_ckpt_id, 32) != 0 ||
            memcmp(vote->extra, cs->my_ckpt_root, 32) != 0);
}

static void make_stable(struct vt_cs *cs, uint64_t seq,
                        const struct pbft_vote *like)
{
    struct cs_qc qc;
    uint32_t count = 0;

    memset(&qc, 0, sizeof qc);
    qc.role = PBFT_CHECKPOINT;
    qc.seq = seq;
    memcpy(qc.id, like->id, 32);
    memcpy(qc.extra, like->extra, 32);
    for (uint32_t m = 0; m < cs->n && count < cs->q; m++) {
        const struct pbft_vote *vote = vote_at(cs, m, seq);

        if (vote != NULL && vote->state == PBFT_GOOD && is_like(vote, like)) {
            qc.signers |= cs_bit(m);
            qc.sig[count++] = vote->sig;
        }
    }
    pbft_take_stable(cs, &qc);
}

static void tally(struct vt_cs *cs, uint64_t seq, const struct pbft_vote *like)
{
    struct pbft_vote kind = *like;
    int is_other = differs(cs, seq, &kind);
    uint32_t need = is_other ? cs->f + 1 : cs->q;
    uint32_t counts[4];
    uint32_t have;

    if (seq <= cs->stable.seq) {
        return;
    }
    count_votes(cs, seq, &kind, counts);
    if (counts[PBFT_GOOD] >= need) {
        if (is_other) {
            pbft_halt(cs,
                      "f + 1 members computed another state than this "
                      "node: its executor or its store is at fault, or "
                      "theirs",
                      seq);
        } else {
            make_stable(cs, seq, &kind);
        }
        return;
    }
    have = counts[PBFT_GOOD] + counts[PBFT_CHECKING];
    if (have < need && counts[PBFT_FRESH] >= need - have) {
        check_votes(cs, seq, &kind, need - have);
    }
}

void pbft_checkpoint_applied(struct vt_cs *cs, uint64_t seq,
                             const uint8_t id[32], const uint8_t root[32])
{
    if (seq % cs->opt.checkpoint != 0 || seq < cs->chain.start) {
        return;
    }
    cs->my_ckpt_seq = seq;
    memcpy(cs->my_ckpt_id, id, 32);
    memcpy(cs->my_ckpt_root, root, 32);
    memset(&cs->ask_ckpt, 0, sizeof cs->ask_ckpt); /* of an older one */
    if (seq == cs->stable.seq && (memcmp(cs->stable.id, id, 32) != 0 ||
                                  memcmp(cs->stable.extra, root, 32) != 0)) {
        pbft_halt(cs, "a quorum computed another state than this node", seq);
        return;
    }
    if (seq > cs->stable.seq && pbft_is_member(cs)) {
        pbft_sign_checkpoint(cs);
        pbft_trace(cs, "P6 checkpoint", seq);
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_vote *vote = vote_at(cs, m, seq);

        if (vote != NULL && !cs->is_halted) {
            tally(cs, seq, vote);
        }
    }
}

void pbft_checkpoint_signed(struct vt_cs *cs, const struct cs_sig *sig)
{
    struct pbft_peer *me = &cs->peers[cs->self];
    int at = place(me, cs->my_ckpt_seq);

    if (at < 0) {
        return;
    }
    me->ckpt[at].state = PBFT_GOOD;
    memcpy(me->ckpt[at].id, cs->my_ckpt_id, 32);
    memcpy(me->ckpt[at].extra, cs->my_ckpt_root, 32);
    me->ckpt[at].sig = *sig;
    pbft_send_checkpoint(cs);
    tally(cs, cs->my_ckpt_seq, &me->ckpt[at]);
}

static void accuse_double(struct vt_cs *cs, uint32_t from,
                          const struct pbft_vote *vote,
                          const struct pbft_vote_msg *other)
{
    struct pbft_vote_msg first = {.seq = other->seq};
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    memcpy(first.id, vote->id, 32);
    memcpy(first.extra, vote->extra, 32);
    first.sig = vote->sig;
    len_a = pbft_item_of_vote(PBFT_CHECKPOINT, from, &first, a);
    len_b = pbft_item_of_vote(PBFT_CHECKPOINT, from, other, b);
    pbft_accuse(cs, from, PBFT_EV_CHECKPOINT, cs_view(a, len_a),
                cs_view(b, len_b));
}

void pbft_on_checkpoint(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_vote_msg m;
    struct pbft_vote *vote;
    int at;

    if (!pbft_get_vote(msg, PBFT_CHECKPOINT, &m) ||
        m.seq % cs->opt.checkpoint != 0) {
        pbft_penalize(cs, from, "malformed CHECKPOINT");
        return;
    }
    pbft_seen_height(cs, from, m.seq);
    if (m.seq <= cs->stable.seq || from == cs->self ||
        cs->peers[from].bad >= PBFT_BAD_MAX) {
        return;
    }
    at = place(&cs->peers[from], m.seq);
    if (at < 0) {
        return;
    }
    vote = &cs->peers[from].ckpt[at];
    if (vote->state != PBFT_NO_VOTE) {
        accuse_double(cs, from, vote, &m);
        return;
    }
    vote->state = PBFT_FRESH;
    memcpy(vote->id, m.id, 32);
    memcpy(vote->extra, m.extra, 32);
    vote->sig = m.sig;
    tally(cs, m.seq, vote);
}

void pbft_on_checkpoint_checked(struct vt_cs *cs, const struct pbft_job *job,
                                struct vt_view verdicts)
{
    struct pbft_vote like;
    size_t i = 0;

    memset(&like, 0, sizeof like);
    for (uint32_t m = 0; m < cs->n; m++) {
        struct pbft_vote *vote;

        if (!cs_has(job->who, m)) {
            continue;
        }
        vote = vote_at(cs, m, job->seq);
        if (vote != NULL && vote->state == PBFT_CHECKING) {
            like = *vote;
            if (i >= verdicts.len) {
                vote->state = PBFT_FRESH;
            } else if (verdicts.ptr[i] == VT_GOOD) {
                vote->state = PBFT_GOOD;
            } else {
                memset(vote, 0, sizeof *vote);
                pbft_bad_signature(cs, m);
            }
        }
        i++;
    }
    if (like.state != PBFT_NO_VOTE) {
        tally(cs, job->seq, &like);
    }
}

/* ---- stable checkpoints ------------------------------------------------- */

/* After K_rot of them the next member leads: a slow primary does not last. */
static void rotate(struct vt_cs *cs)
{
    uint64_t seq = cs->stable.seq;

    if (cs->opt.rotate > 0 && cs->n > 1 && !cs->is_changing &&
        seq / cs->opt.checkpoint % cs->opt.rotate == 0 && cs->base.seq < seq &&
        seq <= cs->chain.committed) {
        pbft_trace(cs, "P6 rotate", seq);
        pbft_start_change(cs, cs->view + 1);
    }
}

/* qc is verified. */
void pbft_take_stable(struct vt_cs *cs, const struct cs_qc *qc)
{
    const struct cs_link *at = cs_link_at(&cs->chain, qc->seq);
    struct pbft_vote said;

    if (qc->seq <= cs->stable.seq) {
        return;
    }
    memset(&said, 0, sizeof said);
    memcpy(said.id, qc->id, 32);
    memcpy(said.extra, qc->extra, 32);
    if (differs(cs, qc->seq, &said) ||
        (qc->seq <= cs->chain.committed && at != NULL &&
         memcmp(at->id, qc->id, 32) != 0)) {
        pbft_halt(cs, "a quorum computed another state than this node",
                  qc->seq);
        return;
    }
    cs->stable = *qc;
    pbft_save_stable(cs);
    pbft_trace(cs, "P6 stable", qc->seq);
    if (qc->seq > cs->chain.committed + cs->opt.window) {
        pbft_emit_sync(cs, qc->seq);
    }
    rotate(cs);
}

void pbft_on_stable(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_peer *peer = &cs->peers[from];
    struct cs_qc qc;
    struct pbft_job *job;
    uint32_t count = 0;

    if (!pbft_get_stable(msg, cs->n, &qc) || qc.seq % cs->opt.checkpoint != 0 ||
        qc.seq < cs->chain.start) {
        pbft_penalize(cs, from, "malformed checkpoint certificate");
        return;
    }
    if (qc.seq <= cs->stable.seq || peer->stable_fresh != NULL ||
        from == cs->self || !pbft_may_check(cs, from)) {
        return;
    }
    job = pbft_job_new(cs, PBFT_JOB_STABLE, from);
    if (job == NULL) {
        return;
    }
    peer->stable_fresh = malloc(sizeof qc);
    if (peer->stable_fresh == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    *peer->stable_fresh = qc;
    pbft_item_qc(cs, &count, &qc);
    pbft_job_start(cs, job, count);
}

void pbft_on_stable_checked(struct vt_cs *cs, uint32_t member, int is_good)
{
    struct cs_qc *qc = cs->peers[member].stable_fresh;

    cs->peers[member].stable_fresh = NULL;
    if (qc != NULL && is_good) {
        pbft_take_stable(cs, qc);
    }
    free(qc);
}
