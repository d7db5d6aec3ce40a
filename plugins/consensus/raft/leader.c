/* SPDX-License-Identifier: Apache-2.0
 *
 * leader.c - what a leader does besides proposing: tell all what is in its log,
 * repair the logs of those who lack something, count acknowledgements, hand
 * over.
 *
 * New entries go to everybody at once, learners included. Who missed some says
 * so in its answer and gets the names of what it lacks; bodies it fetches.
 */
#include "inside.h"

/* ---- becoming one -------------------------------------------------------- */

void raft_lead(struct vt_cs *cs)
{
    raft_forget_wants(cs);
    cs->role = RAFT_LEADER;
    cs->leader = cs->self;
    cs->round = 0;
    cs->first = cs->chain.tail + 1;
    cs->is_transferred = 0;
    cs->target = RAFT_NOBODY;
    cs->ask_build.state = CS_NOT_ASKED;
    cs->acks.ask.state = CS_NOT_ASKED;
    for (uint32_t i = 0; i < RAFT_SLOTS * cs->n; i++) {
        cs->votes[i].index = 0;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        struct raft_peer *peer = &cs->peers[m];

        peer->heard_ns = cs->box.now_ns;
        peer->round = 0;
        peer->match = 0;
        peer->committed = 0;
        peer->repaired_ns = 0;
        peer->read = 0;
    }
    cs->timers[RAFT_TIMER_ELECTION].wanted_ns =
        cs->box.now_ns + cs->opt.election_ns;
    raft_trace(cs, "R1 lead", cs->first);
    raft_log(cs, "leading:");
    raft_ping(cs);
}

/* ---- telling ------------------------------------------------------------- */

static void send_append(struct vt_cs *cs, uint32_t to, uint64_t index,
                        uint32_t most)
{
    struct raft_append *m = &cs->append;
    const uint8_t *attach = NULL;
    struct cs_wr wr;

    m->term = cs->term;
    m->round = cs->round;
    m->committed = cs->chain.committed;
    if (!raft_make_run(cs, index, most, &m->run)) {
        return; /* the ring forgot it: final, and the member's host has sync */
    }
    if (m->run.count > 0 && index + 1 > cs->chain.applied) {
        attach = m->run.names[0].id; /* the host still has the body at hand */
    }
    cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
    raft_put_append(&wr, m);
    /* P3: while its own disk works; it leads, so its term is durable */
    raft_send_early(cs, to, RAFT_APPEND, attach, cs_wr_view(&wr));
}

void raft_ping(struct vt_cs *cs)
{
    cs->round++;
    send_append(cs, VT_PEER_ALL, cs->chain.tail, 0);
}

void raft_send_entry(struct vt_cs *cs, uint64_t index)
{
    raft_entry(cs, index)->sent_ns = cs->box.now_ns;
    send_append(cs, VT_PEER_ALL, index - 1, 1);
}

void raft_send_cert(struct vt_cs *cs, uint32_t to)
{
    struct cs_wr wr;

    if (cs->chain.last.seq != 0) {
        cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
        raft_put_cert(&wr, &cs->chain.last, cs->n);
        raft_send_early(cs, to, RAFT_CERT, NULL, cs_wr_view(&wr));
    }
}

/* ---- repairing ----------------------------------------------------------- */

/* From index on, at most once per ping unless the guess is a new one. */
static void repair(struct vt_cs *cs, uint32_t to, uint64_t index)
{
    struct raft_peer *peer = &cs->peers[to];

    if (peer->repaired_ns != 0 && peer->probe <= index &&
        cs->box.now_ns - peer->repaired_ns < cs->opt.ping_ns) {
        return;
    }
    peer->repaired_ns = cs->box.now_ns;
    peer->probe = index;
    send_append(cs, to, index, RAFT_RUN_MAX);
    raft_trace(cs, "R4 repair", index);
}

static void check_match(struct vt_cs *cs, uint32_t from,
                        const struct raft_ack *m)
{
    struct raft_peer *peer = &cs->peers[from];
    const struct raft_entry *next;

    if (!m->is_match) {
        repair(cs, from, m->index);
        return;
    }
    if (m->index > peer->match && m->index <= cs->chain.tail) {
        peer->match = m->index;
    }
    next = raft_entry(cs, peer->match + 1);
    if (peer->match < cs->chain.tail &&
        (next == NULL || cs->box.now_ns - next->sent_ns >= cs->opt.ping_ns)) {
        repair(cs, from, peer->match);
    }
}

/* ---- counting ------------------------------------------------------------ */

static void count_ack(struct vt_cs *cs, uint32_t from, const struct raft_ack *m)
{
    const struct raft_entry *e = raft_entry(cs, m->index);
    struct raft_vote *vote = raft_vote(cs, m->index, from);
    struct cs_qc theirs = {
        .role = RAFT_ROLE_ACK, .view = m->term, .seq = m->index};
    struct cs_qc ours;

    if (e == NULL || m->index <= cs->chain.committed ||
        cs->peers[from].bad >= RAFT_BAD_MAX ||
        !raft_rule_counts(e->term, cs->term)) {
        return;
    }
    raft_vote_of(cs, e, &ours);
    memcpy(theirs.id, m->id, 32);
    memcpy(theirs.extra, m->link, 32);
    if (memcmp(ours.id, theirs.id, 32) != 0 ||
        memcmp(ours.extra, theirs.extra, 32) != 0) {
        if (vote->index == m->index) {
            raft_accuse(cs, from, &ours, &vote->sig, &theirs, &m->sig);
        }
        return;
    }
    if (vote->index != m->index) {
        vote->index = m->index;
        vote->state = RAFT_FRESH;
        vote->sig = m->sig;
        raft_verify_acks(cs);
    }
}

void raft_count_own(struct vt_cs *cs, const struct raft_entry *e)
{
    struct raft_vote *vote = raft_vote(cs, e->index, cs->self);

    vote->index = e->index;
    vote->state = RAFT_GOOD;
    vote->sig = e->sig;
    raft_verify_acks(cs);
}

void raft_on_ack(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct raft_peer *peer = &cs->peers[from];
    struct raft_ack m;

    if (!raft_get_ack(msg, &m)) {
        raft_penalize(cs, from, "malformed ACK");
        return;
    }
    if (m.term > cs->term) {
        raft_follow(cs, m.term, RAFT_NOBODY);
    }
    if (cs->role != RAFT_LEADER || m.term < cs->term || from == cs->self) {
        return;
    }
    peer->heard_ns = cs->box.now_ns;
    peer->round = m.round > peer->round ? m.round : peer->round;
    peer->committed = m.committed;
    check_match(cs, from, &m);
    if (m.has_sig) {
        count_ack(cs, from, &m);
    }
    if (peer->committed < cs_chain_told(&cs->chain) &&
        cs->box.now_ns - peer->cert_ns >= cs->opt.ping_ns) {
        peer->cert_ns = cs->box.now_ns;
        raft_send_cert(cs, from);
    }
    raft_answer_reads(cs);
    raft_check_transfer(cs);
}

uint32_t raft_heard_round(const struct vt_cs *cs, uint64_t round)
{
    uint32_t count = 0;

    for (uint32_t m = 0; m < cs->n; m++) {
        count += m == cs->self || cs->peers[m].round >= round;
    }
    return count;
}

/* ---- R5 ------------------------------------------------------------------ */

/* The one that agrees furthest. */
static uint32_t best_follower(const struct vt_cs *cs)
{
    uint32_t best = RAFT_NOBODY;

    for (uint32_t m = 0; m < cs->n; m++) {
        if (m != cs->self && (best == RAFT_NOBODY ||
                              cs->peers[m].match > cs->peers[best].match)) {
            best = m;
        }
    }
    return best;
}

void raft_start_transfer(struct vt_cs *cs, uint32_t to)
{
    if (cs->role != RAFT_LEADER) {
        return;
    }
    cs->target = to < cs->n && to != cs->self ? to : best_follower(cs);
    cs->target_ns = cs->box.now_ns;
    raft_trace(cs, "R5 transfer", cs->target);
    raft_check_transfer(cs);
}

/* While it lasts nothing is proposed, so that the other can catch up; it ends
 * with a new leader or after an election timeout. */
void raft_check_transfer(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (cs->role != RAFT_LEADER || cs->target == RAFT_NOBODY) {
        return;
    }
    if (cs->box.now_ns - cs->target_ns >= cs->opt.election_ns) {
        cs->target = RAFT_NOBODY;
    } else if (cs->peers[cs->target].match == cs->chain.tail) {
        cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
        raft_put_number(&wr, cs->term);
        raft_send(cs, cs->target, RAFT_GO, cs_wr_view(&wr));
    }
}
