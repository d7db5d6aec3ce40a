/* SPDX-License-Identifier: Apache-2.0
 *
 * election.c - R1, R2, R5: who leads.
 *
 * A member that heard no leader first asks whether a majority would vote for
 * it, and enters a new term only then. Who heard a leader within the election
 * timeout does not answer, unless that leader itself hands over.
 */
#include "inside.h"

/* ---- terms --------------------------------------------------------------- */

void raft_wait_for_leader(struct vt_cs *cs)
{
    cs->timers[RAFT_TIMER_ELECTION].wanted_ns =
        cs->box.now_ns + raft_draw_timeout(cs);
}

/* P1. */
static void enter_term(struct vt_cs *cs, uint64_t term, uint32_t voted)
{
    cs->term = term;
    cs->voted = voted;
    cs->acked = 0;
    for (uint64_t i = cs->chain.committed + 1; i <= cs->chain.tail; i++) {
        raft_entry(cs, i)->ask.state = CS_NOT_ASKED; /* of an older term */
    }
    raft_save_vote(cs);
}

/* A leader's open questions and blocks that never got into the log. */
static void stop_leading(struct vt_cs *cs)
{
    cs->target = RAFT_NOBODY;
    cs->acks.ask.state = CS_NOT_ASKED;
    for (uint32_t m = 0; m < cs->n; m++) {
        cs->peers[m].read = 0;
    }
}

void raft_follow(struct vt_cs *cs, uint64_t term, uint32_t leader)
{
    if (cs->role == RAFT_LEADER) {
        raft_log(cs, "no longer leading:");
        raft_trace(cs, "R1 stepdown", cs->chain.tail);
        stop_leading(cs);
    }
    cs->role = RAFT_FOLLOWER;
    cs->is_transferred = 0;
    cs->leader = leader;
    cs->leader_round = 0;
    raft_forget_wants(cs);
    if (term > cs->term) {
        enter_term(cs, term, RAFT_NOBODY);
    }
    if (leader != RAFT_NOBODY) {
        raft_trace(cs, "R1 follow", leader);
    }
    raft_wait_for_leader(cs);
}

/* ---- asking -------------------------------------------------------------- */

static void send_ask(struct vt_cs *cs, uint32_t to)
{
    int is_vote = cs->role == RAFT_CANDIDATE;
    struct raft_ask_msg m = {.is_vote = is_vote != 0,
                             .is_transfer = cs->is_transferred,
                             .term = is_vote ? cs->term : cs->term + 1,
                             .last_term = raft_last_term(cs),
                             .last_index = cs->chain.tail,
                             .committed = cs->chain.committed};
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
    raft_put_ask(&wr, &m);
    raft_send(cs, to, RAFT_ASK, cs_wr_view(&wr));
}

void raft_ask_again(struct vt_cs *cs)
{
    for (uint32_t m = 0; m < cs->n; m++) {
        if (m != cs->self && cs->peers[m].answer == 0) {
            send_ask(cs, m);
        }
    }
}

static void start_votes(struct vt_cs *cs, enum raft_role role)
{
    cs->role = role;
    cs->leader = RAFT_NOBODY;
    for (uint32_t m = 0; m < cs->n; m++) {
        cs->peers[m].answer = m == cs->self;
    }
    raft_wait_for_leader(cs);
}

static void start_campaign(struct vt_cs *cs)
{
    enter_term(cs, cs->term + 1, cs->self);
    cs->elections++;
    start_votes(cs, RAFT_CANDIDATE);
    raft_trace(cs, "R1 campaign", cs->chain.tail);
    if (cs->q == 1) {
        raft_lead(cs);
    } else {
        raft_ask_again(cs);
    }
}

/* Who lacks a body or the chain digest could not lead: it waits. */
static int may_lead(struct vt_cs *cs)
{
    return raft_is_member(cs) && cs->chain.has_link &&
           raft_is_whole(cs, cs->chain.tail);
}

void raft_start_asking(struct vt_cs *cs)
{
    raft_wait_for_leader(cs);
    cs->is_transferred = 0;
    if (!may_lead(cs)) {
        return;
    }
    if (cs->q == 1 || !raft_rule_asks_before()) {
        start_campaign(cs);
        return;
    }
    start_votes(cs, RAFT_ASKER);
    raft_trace(cs, "R1 ask", cs->chain.tail);
    raft_ask_again(cs);
}

static int heard_majority(const struct vt_cs *cs)
{
    uint32_t count = 1;

    for (uint32_t m = 0; m < cs->n; m++) {
        count += m != cs->self &&
                 cs->box.now_ns - cs->peers[m].heard_ns < cs->opt.election_ns;
    }
    return count >= cs->q;
}

void raft_on_election_timer(struct vt_cs *cs)
{
    if (!raft_is_member(cs)) {
        return;
    }
    if (cs->role != RAFT_LEADER) {
        raft_start_asking(cs);
    } else if (heard_majority(cs) || !raft_rule_checks_quorum()) {
        cs->timers[RAFT_TIMER_ELECTION].wanted_ns =
            cs->box.now_ns + cs->opt.election_ns;
    } else {
        raft_trace(cs, "R1 alone", cs->chain.tail);
        raft_follow(cs, cs->term, RAFT_NOBODY);
    }
}

/* ---- answering ----------------------------------------------------------- */

/* R1: the answer would only disturb who leads well. */
static int has_lease(const struct vt_cs *cs)
{
    return raft_rule_has_lease() &&
           (cs->role == RAFT_LEADER ||
            (cs->leader != RAFT_NOBODY &&
             cs->box.now_ns - cs->leader_ns < cs->opt.election_ns));
}

static void give_vote(struct vt_cs *cs, uint32_t to)
{
    cs->voted = to;
    raft_save_vote(cs);
    raft_wait_for_leader(cs);
    raft_trace(cs, "R1 vote", to);
}

/* R2: what its log lacks, if it was refused for that. */
static void add_run(struct vt_cs *cs, const struct raft_ask_msg *m)
{
    struct raft_answer *a = &cs->answer;

    a->has_run = raft_rule_copies() &&
                 raft_make_run(cs, m->committed, RAFT_ENTRIES_MAX, &a->run);
}

void raft_on_ask(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct raft_answer *a = &cs->answer;
    struct raft_ask_msg m;
    struct cs_wr wr;
    int is_good;

    if (!raft_get_ask(msg, &m)) {
        raft_penalize(cs, from, "malformed ASK");
        return;
    }
    if (!raft_is_member(cs) || from == cs->self ||
        (has_lease(cs) && !m.is_transfer)) {
        return;
    }
    if (m.is_vote && m.term > cs->term) {
        raft_follow(cs, m.term, RAFT_NOBODY);
    }
    is_good = raft_rule_is_good(m.last_term, m.last_index, raft_last_term(cs),
                                cs->chain.tail);
    memset(a, 0, sizeof *a);
    a->is_vote = m.is_vote;
    a->asked = m.term;
    if (!is_good) {
        add_run(cs, &m);
    } else if (!m.is_vote) {
        a->is_granted = m.term > cs->term;
    } else if (m.term == cs->term &&
               (cs->voted == RAFT_NOBODY || cs->voted == from)) {
        a->is_granted = 1;
        give_vote(cs, from);
    }
    a->term = cs->term;
    cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
    raft_put_answer(&wr, a);
    raft_send(cs, from, RAFT_ANSWER, cs_wr_view(&wr));
}

/* ---- being answered ------------------------------------------------------ */

/* R2: the voter's log is better. It is copied, without acknowledging any of
 * it, so that a member that reaches a majority can lead it. */
static void copy_log(struct vt_cs *cs, uint32_t from)
{
    const struct raft_run *run = &cs->answer.run;
    uint64_t index = run->index + run->count;
    uint64_t term =
        run->count > 0 ? run->names[run->count - 1].term : run->term;

    if (run->index > cs->chain.committed || cs->leader != RAFT_NOBODY ||
        cs->role == RAFT_LEADER || index <= cs->chain.committed ||
        raft_rule_is_good(raft_last_term(cs), cs->chain.tail, term, index) ||
        (cs->is_copying && cs->copy_index >= index)) {
        return;
    }
    raft_forget_wants(cs);
    cs->is_copying = 1;
    cs->copy_index = index;
    raft_trace(cs, "R2 copy", index);
    raft_take_run(cs, from, run);
    (void)raft_accept(cs);
}

static uint32_t count_votes(const struct vt_cs *cs)
{
    uint32_t count = 0;

    for (uint32_t m = 0; m < cs->n; m++) {
        count += cs->peers[m].answer == 1;
    }
    return count;
}

void raft_on_answer(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    const struct raft_answer *a = &cs->answer;
    uint64_t asked;

    if (!raft_get_answer(msg, &cs->answer)) {
        raft_penalize(cs, from, "malformed ANSWER");
        return;
    }
    if (!raft_is_member(cs) || from == cs->self) {
        return;
    }
    if (a->term > cs->term) {
        raft_follow(cs, a->term, RAFT_NOBODY);
    }
    if (a->has_run) {
        copy_log(cs, from);
    }
    asked = cs->role == RAFT_CANDIDATE ? cs->term : cs->term + 1;
    if ((cs->role != RAFT_ASKER && cs->role != RAFT_CANDIDATE) ||
        a->asked != asked || a->is_vote != (cs->role == RAFT_CANDIDATE)) {
        return;
    }
    cs->peers[from].answer = a->is_granted ? 1 : 2;
    if (count_votes(cs) < cs->q) {
        return;
    }
    if (cs->role == RAFT_ASKER) {
        start_campaign(cs);
    } else {
        raft_lead(cs);
    }
}

/* ---- R5 ------------------------------------------------------------------ */

void raft_on_go(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    uint64_t term;

    if (!raft_get_number(msg, &term)) {
        raft_penalize(cs, from, "malformed GO");
        return;
    }
    if (term == cs->term && cs->leader == from && from != cs->self &&
        may_lead(cs)) {
        raft_trace(cs, "R5 go", from);
        cs->is_transferred = 1;
        start_campaign(cs);
    }
}
