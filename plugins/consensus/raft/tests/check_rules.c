/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rules.c - each rule alone: one member, the test speaks for the others.
 */
#include "peers.h"

#include "stability.h"
#include "unit/suite.h"

#include <string.h>

static struct director d; /* the member is number 2 of 3 */

#define FOLLOWS                                                                \
    "window=8 election_timeout=10s ping=50ms batch_delay=0ms settle=0ms"
#define LEADS                                                                  \
    "window=8 election_timeout=200ms ping=20ms batch_delay=0ms settle=0ms"

static struct raft_answer answer;
static struct raft_ack ack;

static void begin(const char *settings)
{
    director_open(&d, &raft_LTX_vt_plugin_v1, 3, 2, settings);
}

static uint64_t base(void)
{
    return box_epoch(d.box)->start_height - 1;
}

/* Asks for a vote, or whether there would be one; 1: granted. */
static int ask(uint32_t from, uint32_t is_vote, uint64_t term,
               uint64_t last_term, uint64_t last_index)
{
    struct raft_ask_msg m = {.is_vote = is_vote,
                             .term = term,
                             .last_term = last_term,
                             .last_index = last_index,
                             .committed = base()};

    director_forget(&d);
    peers_ask(&d, from, &m);
    director_run_ms(&d, 5);
    return peers_last_answer(&d, &answer) && answer.is_granted;
}

/* Member 2 is made leader by both others; its first block is in the log. */
static uint64_t lead(void)
{
    struct raft_ask_msg m = {.is_vote = 0};

    for (int i = 0; i < 2; i++) {
        uint32_t is_vote = (uint32_t)i;

        for (int k = 0; k < 1000; k++) {
            director_run_ms(&d, 1);
            if (peers_last_ask(&d, &m) && m.is_vote == is_vote) {
                break;
            }
        }
        ck_assert_uint_eq(m.is_vote, is_vote);
        peers_grant(&d, 0);
    }
    director_run_ms(&d, 5);
    ck_assert_uint_gt(box_traced(d.box, "R1 lead"), 0);
    return m.term;
}

/* ---- R1 ------------------------------------------------------------------ */

START_TEST(one_vote_in_a_term_also_after_a_restart)
{
    begin(FOLLOWS);
    ck_assert(ask(0, 1, 5, 0, base()));
    ck_assert(ask(0, 1, 5, 0, base())); /* the same again */
    ck_assert(!ask(1, 1, 5, 0, base()));
    box_crash(d.box, 2);
    box_restart(d.box, 2);
    director_run_ms(&d, 1);
    ck_assert(!ask(1, 1, 5, 0, base()));
    ck_assert(!ask(1, 1, 4, 0, base()));
    ck_assert(ask(0, 1, 5, 0, base()));
    ck_assert(ask(1, 1, 6, 0, base()));
    director_stop(&d);
}
END_TEST

START_TEST(being_asked_before_changes_nothing)
{
    begin(FOLLOWS);
    ck_assert(ask(0, 0, 9, 0, base()));
    ck_assert_uint_eq(answer.term, 0);
    ck_assert(ask(1, 0, 9, 0, base()));
    ck_assert(ask(1, 1, 3, 0, base()));
    director_stop(&d);
}
END_TEST

START_TEST(who_hears_a_leader_does_not_answer_others)
{
    begin(FOLLOWS);
    peers_append(&d, 0, 3, BOX_NONE, BOX_NONE);
    director_run_ms(&d, 5);
    ck_assert(!ask(1, 0, 4, 3, base() + 5));
    ck_assert(!ask(1, 1, 4, 3, base() + 5));
    ck_assert_uint_eq(director_heard(&d, RAFT_ANSWER), 0);
    director_stop(&d);
}
END_TEST

START_TEST(alone_it_asks_and_keeps_its_term)
{
    struct raft_ask_msg m;

    begin(LEADS);
    director_run_ms(&d, 3000);
    ck_assert_int_eq(peers_last_ask(&d, &m), 1);
    ck_assert_uint_eq(m.is_vote, 0);
    ck_assert_uint_eq(m.term, 1);
    director_stop(&d);
}
END_TEST

START_TEST(a_leader_that_hears_nobody_steps_down)
{
    begin(LEADS);
    (void)lead();
    ck_assert_uint_eq(box_traced(d.box, "R1 alone"), 0);
    director_run_ms(&d, 1000);
    ck_assert_uint_gt(box_traced(d.box, "R1 alone"), 0);
    director_stop(&d);
}
END_TEST

START_TEST(an_old_leader_is_told_the_new_term)
{
    begin(FOLLOWS);
    ck_assert(ask(0, 1, 7, 0, base()));
    peers_append(&d, 1, 6, BOX_NONE, BOX_NONE);
    director_run_ms(&d, 5);
    ck_assert_int_eq(peers_last_ack(&d, &ack), 1);
    ck_assert_uint_eq(ack.term, 7);
    ck_assert_uint_eq(ack.is_match, 0);
    director_stop(&d);
}
END_TEST

/* ---- R2 ------------------------------------------------------------------ */

START_TEST(no_vote_for_a_worse_log_but_what_it_lacks)
{
    uint32_t b1;
    uint32_t b2;

    begin(FOLLOWS);
    b1 = peers_block(&d, BOX_NONE, 1, 3);
    b2 = peers_block(&d, b1, 2, 3);
    peers_append(&d, 0, 3, BOX_NONE, b1);
    peers_append(&d, 0, 3, b1, b2);
    director_run_ms(&d, 11000);
    ck_assert(peers_has_signed(&d, b2));
    ck_assert(!ask(1, 1, 20, 2, base() + 9)); /* longer, but older */
    ck_assert_uint_eq(answer.has_run, 1);
    ck_assert_uint_eq(answer.run.index, base());
    ck_assert_uint_eq(answer.run.count, 2);
    ck_assert(!ask(1, 1, 21, 3, base() + 1)); /* shorter */
    ck_assert(ask(1, 1, 22, 3, base() + 2));
    ck_assert(ask(0, 1, 23, 4, base() + 1));
    director_stop(&d);
}
END_TEST

/* ---- R3 ------------------------------------------------------------------ */

/* Figure 8: an entry of an older term on a majority is not final; with the
 * first one of the leader's own term it is. */
START_TEST(s17_older_entries_are_final_only_with_one_of_this_term)
{
    uint64_t term;
    uint32_t old;
    uint32_t own;

    begin(LEADS);
    old = peers_block(&d, BOX_NONE, 1, 2);
    peers_append(&d, 0, 2, BOX_NONE, old);
    director_run_ms(&d, 10);
    ck_assert(peers_has_signed(&d, old));
    term = lead();
    ck_assert_uint_gt(term, 2);
    peers_ack(&d, 0, term, old, 0);
    peers_ack(&d, 1, term, old, 0);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, 2), base());
    own = peers_last_block(&d);
    ck_assert_uint_eq(box_parent(d.box, own), old);
    peers_ack(&d, 1, term, own, 0);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, 2), base() + 2);
    director_stop(&d);
}
END_TEST

/* ---- R4 ------------------------------------------------------------------ */

START_TEST(s19_old_and_short_messages_remove_nothing)
{
    uint32_t b[3];

    begin(FOLLOWS);
    for (uint32_t i = 0; i < 3; i++) {
        b[i] = peers_block(&d, i == 0 ? BOX_NONE : b[i - 1], i, 3);
    }
    peers_append(&d, 0, 3, b[1], b[2]); /* out of order */
    peers_append(&d, 0, 3, b[0], b[1]);
    peers_append(&d, 0, 3, BOX_NONE, b[0]);
    director_run_ms(&d, 10);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert(peers_has_signed(&d, b[i]));
    }
    peers_append(&d, 0, 3, BOX_NONE, b[0]); /* twice */
    peers_append(&d, 0, 3, BOX_NONE, BOX_NONE);
    peers_append(&d, 0, 3, b[0], BOX_NONE);
    peers_append(&d, 1, 2, BOX_NONE, BOX_NONE); /* of an older term */
    director_run_ms(&d, 10);
    ck_assert_uint_eq(box_traced(d.box, "R4 truncate"), 0);
    ck_assert_int_eq(peers_last_ack(&d, &ack), 1);
    box_crash(d.box, 2);
    box_restart(d.box, 2);
    director_run_ms(&d, 5);
    ck_assert(!ask(1, 1, 9, 3, base() + 2));
    ck_assert(ask(1, 1, 9, 3, base() + 3));
    director_stop(&d);
}
END_TEST

START_TEST(a_conflict_removes_what_follows_and_no_more)
{
    uint32_t a[3];
    uint32_t b;

    begin(FOLLOWS);
    for (uint32_t i = 0; i < 3; i++) {
        a[i] = peers_block(&d, i == 0 ? BOX_NONE : a[i - 1], i, 3);
        peers_append(&d, 0, 3, i == 0 ? BOX_NONE : a[i - 1], a[i]);
    }
    director_run_ms(&d, 10);
    b = peers_block(&d, a[0], 9, 4);
    peers_append(&d, 1, 4, a[0], b);
    director_run_ms(&d, 10);
    ck_assert(peers_has_signed(&d, b));
    ck_assert_uint_eq(box_traced(d.box, "R4 truncate"), 2);
    box_crash(d.box, 2); /* the removed ones do not come back */
    box_restart(d.box, 2);
    director_run_ms(&d, 5);
    ck_assert(ask(0, 1, 9, 4, base() + 2));
    director_stop(&d);
}
END_TEST

START_TEST(who_has_another_log_says_where_it_agrees)
{
    uint32_t a[3];
    uint32_t b[3];

    begin(FOLLOWS);
    for (uint32_t i = 0; i < 3; i++) {
        a[i] = peers_block(&d, i == 0 ? BOX_NONE : a[i - 1], i, 2 + i / 2);
        b[i] = peers_block(&d, i == 0 ? a[0] : b[i - 1], 10 + i, 4);
        peers_append(&d, 0, 3, i == 0 ? BOX_NONE : a[i - 1], a[i]);
    }
    director_run_ms(&d, 10);
    director_forget(&d);
    peers_append(&d, 1, 4, b[2], BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_int_eq(peers_last_ack(&d, &ack), 1);
    ck_assert_uint_eq(ack.is_match, 0);
    ck_assert_uint_eq(ack.index, base() + 3); /* its last; no higher term */
    director_forget(&d);
    peers_append(&d, 1, 4, a[0], BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_int_eq(peers_last_ack(&d, &ack), 1);
    ck_assert_uint_eq(ack.is_match, 1);
    ck_assert_uint_eq(ack.index, base() + 1);
    director_stop(&d);
}
END_TEST

START_TEST(a_block_of_another_term_than_named_is_not_taken)
{
    uint32_t wrong;

    begin(FOLLOWS);
    wrong = box_make_block(d.box, BOX_NONE, 0, 1, 0); /* no term at all */
    peers_append(&d, 0, 3, BOX_NONE, wrong);
    director_run_ms(&d, 50);
    ck_assert(!peers_has_signed(&d, wrong));
    ck_assert_uint_eq(box_traced(d.box, "R4 append"), 0);
    director_stop(&d);
}
END_TEST

/* ---- P1, P2 -------------------------------------------------------------- */

START_TEST(what_was_acknowledged_is_there_after_a_restart)
{
    uint32_t b;

    begin(FOLLOWS);
    b = peers_block(&d, BOX_NONE, 1, 3);
    peers_append(&d, 0, 3, BOX_NONE, b);
    director_run_ms(&d, 10);
    ck_assert(peers_has_signed(&d, b));
    box_crash(d.box, 2);
    director_forget(&d);
    box_restart(d.box, 2);
    director_run_ms(&d, 5);
    peers_append(&d, 0, 3, b, BOX_NONE); /* a ping brings the word again */
    director_run_ms(&d, 5);
    peers_append(&d, 0, 3, b, BOX_NONE);
    director_run_ms(&d, 5);
    ck_assert(peers_has_signed(&d, b));
    director_stop(&d);
}
END_TEST

/* The entry reached the disk and its body did not: it was never promised. */
START_TEST(an_entry_whose_body_nobody_has_goes)
{
    uint32_t b;

    begin(FOLLOWS);
    b = peers_block(&d, BOX_NONE, 1, 3);
    peers_append(&d, 0, 3, BOX_NONE, b);
    director_run_ms(&d, 10);
    box_crash(d.box, 2);
    box_lose_body(d.box, 2, b);
    box_restart(d.box, 2);
    director_run_ms(&d, 2000);
    ck_assert_uint_eq(box_traced(d.box, "P2 lost"), 1);
    ck_assert(ask(1, 1, 9, 0, base()));
    director_stop(&d);
}
END_TEST

/* ---- evidence ------------------------------------------------------------ */

START_TEST(who_signs_two_chains_in_one_term_is_convicted)
{
    uint64_t term;
    uint32_t own;

    begin(LEADS);
    term = lead();
    own = peers_last_block(&d);
    peers_ack(&d, 0, term, own, 1);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(box_evidence(d.box, 0), 0); /* one alone tells nothing */
    peers_ack(&d, 0, term, own, 0);
    peers_ack(&d, 0, term, own, 1);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(box_evidence(d.box, 0), 1u << RAFT_EV_DOUBLE);
    director_stop(&d);
}
END_TEST

START_TEST(garbage_is_refused_and_changes_nothing)
{
    static const uint8_t junk[40] = {1, 2, 3};
    uint8_t before[32];
    uint8_t after[32];

    begin("window=8 election_timeout=1h ping=1m");
    box_digest(d.box, 2, before);
    for (uint32_t proto = 0; proto < 12; proto++) {
        box_send(d.box, 0, 2, proto, cs_view(junk, proto * 3), BOX_NONE);
    }
    director_run_ms(&d, 5);
    box_digest(d.box, 2, after);
    ck_assert_mem_eq(before, after, 32);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const elections[] = {
        one_vote_in_a_term_also_after_a_restart,
        being_asked_before_changes_nothing,
        who_hears_a_leader_does_not_answer_others,
        alone_it_asks_and_keeps_its_term,
        a_leader_that_hears_nobody_steps_down,
        an_old_leader_is_told_the_new_term,
        no_vote_for_a_worse_log_but_what_it_lacks};
    const TTest *const logs[] = {
        s17_older_entries_are_final_only_with_one_of_this_term,
        s19_old_and_short_messages_remove_nothing,
        a_conflict_removes_what_follows_and_no_more,
        who_has_another_log_says_where_it_agrees,
        a_block_of_another_term_than_named_is_not_taken,
        what_was_acknowledged_is_there_after_a_restart,
        an_entry_whose_body_nobody_has_goes};
    const TTest *const hostile[] = {
        who_signs_two_chains_in_one_term_is_convicted,
        garbage_is_refused_and_changes_nothing};
    Suite *suite = suite_create("raft rules");

    VT_SUITE_ADD(suite, "elections", elections);
    VT_SUITE_ADD(suite, "logs", logs);
    VT_SUITE_ADD(suite, "hostile", hostile);
    return vt_suite_run(suite);
}
