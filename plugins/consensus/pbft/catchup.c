/* SPDX-License-Identifier: Apache-2.0
 *
 * catchup.c - who is behind asks, who is ahead answers, within bounds; lost
 * messages are sent again.
 */
#include "inside.h"

/* ---- bounds per member -------------------------------------------------- */

static void refill(struct vt_cs *cs, struct pbft_peer *peer)
{
    if (cs->box.now_ns - peer->budget_ns >= cs->opt.retransmit_ns) {
        peer->budget_ns = cs->box.now_ns;
        peer->heavy = 0;
        peer->bad = 0;
    }
}

int pbft_may_check(struct vt_cs *cs, uint32_t from)
{
    struct pbft_peer *peer = &cs->peers[from];

    refill(cs, peer);
    if (peer->heavy >= PBFT_HEAVY_MAX || peer->bad >= PBFT_BAD_MAX) {
        return 0;
    }
    peer->heavy++;
    return 1;
}

void pbft_bad_signature(struct vt_cs *cs, uint32_t from)
{
    struct pbft_peer *peer = &cs->peers[from];

    refill(cs, peer);
    peer->bad++;
    pbft_penalize(cs, from, "a signature that does not fit");
    pbft_trace(cs, "RECV badsig", from);
}

/* ---- STATUS ------------------------------------------------------------- */

static void send_status(struct vt_cs *cs, uint32_t to)
{
    struct pbft_status m = {.view = cs->view,
                            .committed = cs_chain_told(&cs->chain),
                            .tail = cs->chain.tail,
                            .stable = cs->stable.seq,
                            .is_changing = cs->is_changing};
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_status(&wr, &m);
    pbft_send(cs, to, PBFT_STATUS, cs_wr_view(&wr));
}

void pbft_greet(struct vt_cs *cs)
{
    send_status(cs, VT_PEER_ALL);
}

void pbft_ask_status(struct vt_cs *cs, uint32_t to)
{
    struct pbft_peer *peer = &cs->peers[to];

    if (to == cs->self || !pbft_is_member(cs) ||
        (peer->asked_ns != 0 &&
         cs->box.now_ns - peer->asked_ns < cs->opt.retransmit_ns)) {
        return;
    }
    peer->asked_ns = cs->box.now_ns;
    send_status(cs, to);
}

/* At most one answer of a sort per member and half an interval. */
static int may_answer(struct vt_cs *cs, uint64_t *last_ns)
{
    if (!pbft_is_member(cs) ||
        (*last_ns != 0 &&
         cs->box.now_ns - *last_ns < cs->opt.retransmit_ns / 2)) {
        return 0;
    }
    *last_ns = cs->box.now_ns;
    return 1;
}

static void send_cert(struct vt_cs *cs, uint32_t to, uint64_t height)
{
    uint8_t *proof = cs->buffer + 64;
    size_t len =
        cs_chain_proof(&cs->chain, height, proof, PBFT_MESSAGE_MAX - 64);
    const struct cs_link *at;
    struct cs_wr wr;

    if (len == 0 && cs->chain.last.seq != 0) {
        height = cs->chain.last.seq; /* too far behind: shows how far */
        len = cs_chain_proof(&cs->chain, height, proof, PBFT_MESSAGE_MAX - 64);
    }
    at = cs_link_at(&cs->chain, height);
    if (len == 0 || at == NULL) {
        return;
    }
    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    cs_put_u64(&wr, height);
    cs_put(&wr, at->id, 32);
    memmove(cs->buffer + wr.len, proof, len);
    wr.len += len;
    pbft_send(cs, to, PBFT_CERT, cs_wr_view(&wr));
}

static void send_stable(struct vt_cs *cs, uint32_t to)
{
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_stable(&wr, &cs->stable, cs->n);
    pbft_send(cs, to, PBFT_STABLE, cs_wr_view(&wr));
}

static void bring_to_view(struct vt_cs *cs, uint32_t to, uint64_t its_view,
                          int is_changing)
{
    if (its_view < cs->view || (its_view == cs->view && is_changing)) {
        if (cs->is_changing) {
            pbft_send_viewchange(cs, to);
        } else {
            pbft_send_newview(cs, to);
        }
    }
}

void pbft_help(struct vt_cs *cs, uint32_t to, uint64_t its_view)
{
    if (its_view <= cs->view && may_answer(cs, &cs->peers[to].helped_ns)) {
        bring_to_view(cs, to, its_view, 1);
    }
}

/* Own votes at the lowest heights that `to` has not committed. */
static void send_votes(struct vt_cs *cs, uint32_t to, uint64_t committed)
{
    for (uint64_t i = 1; i <= PBFT_RESEND_MAX; i++) {
        struct pbft_slot *slot = pbft_slot_open(cs, committed + i);

        for (uint32_t phase = 0; slot != NULL && phase < PBFT_PHASES; phase++) {
            if (slot->votes[phase][cs->self].state == PBFT_GOOD) {
                pbft_send_vote(cs, to, slot, phase);
            }
        }
    }
}

static void send_proposals(struct vt_cs *cs, uint32_t to, uint64_t tail)
{
    for (uint64_t i = 1; i <= PBFT_RESEND_PP; i++) {
        struct pbft_slot *slot = pbft_slot_open(cs, tail + i);

        if (slot != NULL && slot->is_mine && slot->ask_pp.state == CS_DONE) {
            pbft_send_proposal(cs, to, slot);
        }
    }
}

void pbft_on_status(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_peer *peer = &cs->peers[from];
    struct pbft_status m;

    if (!pbft_get_status(msg, &m)) {
        pbft_penalize(cs, from, "malformed STATUS");
        return;
    }
    if (from == cs->self) {
        return;
    }
    peer->claimed = m.committed > peer->claimed ? m.committed : peer->claimed;
    pbft_seen_view(cs, from, m.view);
    pbft_follow_claims(cs, 0);
    if (m.committed > cs->chain.committed) {
        pbft_ask_status(cs, from);
    }
    if (!may_answer(cs, &peer->answered_ns)) {
        return;
    }
    if (m.committed < cs->chain.committed &&
        m.committed >= cs->chain.start - 1) {
        send_cert(cs, from, m.committed + 1);
        if (cs->chain.last.seq < cs->chain.committed) {
            pbft_ask_status(cs, from); /* tells it where we are */
        }
    }
    bring_to_view(cs, from, m.view, (int)m.is_changing);
    if (m.stable < cs->stable.seq) {
        send_stable(cs, from);
    }
    if (m.view == cs->view && !cs->is_changing && !m.is_changing) {
        send_votes(cs, from,
                   m.committed > cs->chain.committed ? m.committed
                                                     : cs->chain.committed);
        if (pbft_is_primary(cs)) {
            send_proposals(cs, from,
                           m.tail > cs->chain.committed ? m.tail
                                                        : cs->chain.committed);
        }
    }
}

/* ---- CERT --------------------------------------------------------------- */

static int is_useful(const struct vt_cs *cs, const struct cs_proof *proof,
                     uint64_t height)
{
    if (cs->chain.seal != 0 && !cs->chain.is_sealed &&
        proof->qc.seq >= cs->chain.seal &&
        cs->chain.last.seq < cs->chain.seal) {
        return 1;
    }
    if (proof->qc.seq <= cs->chain.committed) {
        return 0;
    }
    if (!cs->fin.is_set || proof->qc.seq > cs->fin.qc.seq) {
        return 1;
    }
    return cs->fin.below == 0 && height - 1 <= cs->chain.committed &&
           proof->qc.seq == cs->fin.qc.seq;
}

void pbft_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_peer *peer = &cs->peers[from];
    struct cs_proof *proof;
    struct pbft_job *job;
    struct cs_rd rd;
    uint64_t height;
    uint8_t id[32];
    uint32_t count = 0;

    cs_rd_init(&rd, msg);
    height = cs_get_u64(&rd);
    cs_get_bytes(&rd, id, 32);
    if (from == cs->self || peer->cert_fresh != NULL) {
        return;
    }
    proof = malloc(sizeof *proof);
    if (proof == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    if (rd.is_bad || height < cs->chain.start ||
        !cs_get_proof(cs_view(rd.ptr, rd.left), pbft_committee(cs->n), height,
                      id, proof)) {
        pbft_penalize(cs, from, "malformed CERT");
        free(proof);
        return;
    }
    job = is_useful(cs, proof, height) && pbft_may_check(cs, from)
              ? pbft_job_new(cs, PBFT_JOB_CERT, from)
              : NULL;
    if (job == NULL) {
        free(proof);
        return;
    }
    proof->qc.role = PBFT_COMMIT;
    cs_fold(&cs->chain.hasher, proof);
    peer->cert_fresh = proof;
    peer->cert_height = height;
    pbft_item_qc(cs, &count, &proof->qc);
    pbft_job_start(cs, job, count);
}

/* Sealed by sync: the certificate is all that is missing. */
static void take_for_seal(struct vt_cs *cs, const struct cs_proof *proof)
{
    const struct cs_link *at = cs_link_at(&cs->chain, proof->qc.seq);

    if (cs->chain.seal != 0 && !cs->chain.is_sealed && at != NULL &&
        proof->qc.seq <= cs->chain.committed &&
        proof->qc.seq >= cs->chain.seal &&
        memcmp(at->id, proof->qc.id, 32) == 0) {
        cs->chain.last = proof->qc;
        pbft_try_sealed(cs);
    }
}

void pbft_on_cert_checked(struct vt_cs *cs, uint32_t member, int is_good)
{
    struct cs_proof *proof = cs->peers[member].cert_fresh;
    uint64_t height = cs->peers[member].cert_height;

    cs->peers[member].cert_fresh = NULL;
    if (proof == NULL || !is_good || !is_useful(cs, proof, height)) {
        free(proof);
        return;
    }
    take_for_seal(cs, proof);
    if (proof->qc.seq > cs->chain.committed) {
        cs->fin.is_set = 1;
        cs->fin.qc = proof->qc;
        cs->fin.below = height - 1;
        memcpy(cs->fin.link, proof->link, 32);
        memcpy(cs->fin.path, proof->path, sizeof cs->fin.path);
        pbft_trace(cs, "P5 cert", proof->qc.seq);
    }
    free(proof);
}

/* ---- noticing ----------------------------------------------------------- */

/* (f + 1)-th highest of what the others claim: an honest one is there. */
static uint64_t safe_claim(const struct vt_cs *cs, int is_view)
{
    uint64_t top[PBFT_MEMBERS_MAX];
    uint32_t count = 0;

    for (uint32_t m = 0; m < cs->n; m++) {
        uint64_t v = is_view ? cs->peers[m].view_seen : cs->peers[m].claimed;
        uint32_t at = count;

        if (m == cs->self) {
            continue;
        }
        for (; at > 0 && top[at - 1] < v; at--) {
            top[at] = top[at - 1];
        }
        top[at] = v;
        count++;
    }
    return count > cs->f ? top[cs->f] : 0;
}

void pbft_seen_view(struct vt_cs *cs, uint32_t from, uint64_t view)
{
    struct pbft_peer *peer = &cs->peers[from];

    if (view <= peer->view_seen || from == cs->self) {
        return;
    }
    peer->view_seen = view;
    if (view <= cs->view) {
        return;
    }
    if (pbft_is_member(cs)) {
        pbft_ask_status(cs, from);
    } else if (safe_claim(cs, 1) > cs->view) {
        /* an observer votes for nothing: it may follow without a NEWVIEW */
        pbft_leave_view(cs, safe_claim(cs, 1));
    }
}

void pbft_seen_height(struct vt_cs *cs, uint32_t from, uint64_t seq)
{
    struct pbft_peer *peer = &cs->peers[from];
    uint64_t least = seq > cs->slot_count ? seq - cs->slot_count : 0;

    if (seq <= cs->chain.committed + cs->slot_count) {
        return;
    }
    if (least > peer->claimed) {
        peer->claimed = least;
    }
    pbft_ask_status(cs, from);
    pbft_follow_claims(cs, 0);
}

void pbft_follow_claims(struct vt_cs *cs, int is_stuck)
{
    uint64_t safe = safe_claim(cs, 0);

    if (safe > cs->chain.committed &&
        (is_stuck || !pbft_is_member(cs) ||
         safe - cs->chain.committed > cs->opt.window)) {
        pbft_emit_sync(cs, safe);
        return;
    }
    for (uint32_t m = 0; is_stuck && m < cs->n; m++) {
        if (cs->peers[m].claimed > cs->chain.committed) {
            pbft_emit_sync(cs,
                           cs->chain.committed + 1); /* one word: one block */
            return;
        }
    }
}

/* ---- again -------------------------------------------------------------- */

static void resend_proposals(struct vt_cs *cs)
{
    for (uint64_t i = 1; i <= PBFT_RESEND_PP; i++) {
        struct pbft_slot *slot = pbft_slot_open(cs, cs->chain.committed + i);

        if (slot == NULL || !slot->is_mine || slot->ask_pp.state != CS_DONE) {
            continue;
        }
        for (uint32_t m = 0; m < cs->n; m++) {
            if (m != cs->self &&
                slot->votes[PBFT_PHASE_PREPARE][m].state == PBFT_NO_VOTE) {
                pbft_send_proposal(cs, m, slot);
            }
        }
    }
}

/* Nothing moved since the last tick. */
void pbft_resend(struct vt_cs *cs)
{
    if (!pbft_is_member(cs)) {
        return;
    }
    if (cs->is_changing) {
        pbft_send_viewchange(cs, VT_PEER_ALL);
    } else {
        send_votes(cs, VT_PEER_ALL, cs->chain.committed);
        resend_proposals(cs);
    }
    if (pbft_checkpoint_waiting(cs)) {
        pbft_send_checkpoint(cs);
    }
    send_status(cs, VT_PEER_ALL);
}
