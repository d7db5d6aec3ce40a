/* SPDX-License-Identifier: Apache-2.0
 *
 * check_views.c - the rules of changing views, each alone: one replica, the
 * test speaks for the others.
 */
#include "base/bytes.h"
#include "director.h"
#include "unit/suite.h"

#include <string.h>

static struct director d; /* the replica is member 3 of 4 unless said */

#define QUIET                                                                  \
    "window=4 view_timeout=10s retransmit=50ms checkpoint_interval=4 "         \
    "batch_delay=0ms settle=0ms"

static uint32_t chain[8]; /* blocks at heights 1..8, proposed by member 0 */

static void begin(uint32_t real, const char *settings)
{
    director_start(&d, 4, real, settings);
    for (uint32_t i = 0; i < 8; i++) {
        chain[i] =
            box_make_block(d.box, i == 0 ? BOX_NONE : chain[i - 1], 0, i, 0);
    }
}

static const uint8_t *id_of(uint32_t block)
{
    static uint8_t id[32];

    box_block_id(d.box, block, id);
    return id;
}

static uint32_t prepares(uint64_t view, uint64_t seq)
{
    return director_heard_vote(&d, PBFT_PREPARE, view, seq, NULL);
}

static uint32_t commits(uint64_t view, uint64_t seq)
{
    return director_heard_vote(&d, PBFT_COMMIT, view, seq, NULL);
}

/* ---- P7, P11 ------------------------------------------------------------ */

#define HASTY "window=4 view_timeout=100ms retransmit=1s checkpoint_interval=4"

START_TEST(an_idle_replica_waits_for_ever)
{
    begin(3, HASTY);
    director_run_ms(&d, 5000);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 0);
    director_stop(&d);
}
END_TEST

START_TEST(a_waiting_transaction_lets_the_timer_run)
{
    begin(3, HASTY);
    box_offer(d.box, 3, 7);
    director_run_ms(&d, 90);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 0);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 3);
    director_stop(&d);
}
END_TEST

START_TEST(an_open_proposal_lets_the_timer_run)
{
    begin(3, HASTY);
    director_propose(&d, 0, 0, chain[0]);
    director_run_ms(&d, 120);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 3);
    director_stop(&d);
}
END_TEST

START_TEST(each_commit_restarts_the_timer)
{
    begin(3, HASTY);
    for (uint32_t i = 0; i < 4; i++) {
        director_propose(&d, 0, 0, chain[i]);
    }
    for (uint32_t i = 0; i < 4; i++) {
        director_run_ms(&d, 80);
        director_votes(&d, PBFT_COMMIT, 0, chain[i], BOX_NONE);
    }
    director_run_ms(&d, 500);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 0);
    director_stop(&d);
}
END_TEST

static void leave(uint32_t from, uint64_t view)
{
    struct pbft_viewchange vc;

    director_make_vc(&d, from, view, 0, BOX_NONE, &vc);
    director_leave(&d, &vc);
}

static uint64_t its_view(void)
{
    struct pbft_viewchange vc;

    return director_last_vc(&d, &vc) ? vc.core.view : 0;
}

START_TEST(alone_a_replica_does_not_run_away)
{
    begin(3, HASTY);
    box_offer(d.box, 3, 7);
    director_run_ms(&d, 20000);
    ck_assert_uint_eq(its_view(), 1);
    director_stop(&d);
}
END_TEST

START_TEST(with_a_quorum_the_wait_doubles_from_view_to_view)
{
    begin(3, HASTY);
    box_offer(d.box, 3, 7);
    director_run_ms(&d, 110);
    ck_assert_uint_eq(its_view(), 1);
    leave(0, 1);
    leave(2, 1);
    director_run_ms(&d, 195); /* 2 T */
    ck_assert_uint_eq(its_view(), 1);
    director_run_ms(&d, 15);
    ck_assert_uint_eq(its_view(), 2);
    leave(0, 2);
    leave(2, 2);
    director_run_ms(&d, 390); /* 4 T */
    ck_assert_uint_eq(its_view(), 2);
    director_run_ms(&d, 30);
    ck_assert_uint_eq(its_view(), 3);
    director_stop(&d);
}
END_TEST

/* ---- P8 ----------------------------------------------------------------- */

START_TEST(one_member_that_leaves_is_not_followed)
{
    begin(3, QUIET);
    leave(0, 5);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 0);
    director_stop(&d);
}
END_TEST

/* S12: electroneum #36 added up the words of different rounds. */
START_TEST(s12_two_leave_for_different_views_the_lower_one_is_joined)
{
    begin(3, QUIET);
    leave(0, 9);
    leave(1, 5);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(its_view(), 5);
    leave(0, 9);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(its_view(), 5);
    leave(1, 7);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(its_view(), 7);
    director_stop(&d);
}
END_TEST

START_TEST(the_same_member_twice_is_one_member)
{
    begin(3, QUIET);
    leave(0, 5);
    leave(0, 6);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(director_heard(&d, PBFT_VIEWCHANGE), 0);
    director_stop(&d);
}
END_TEST

/* ---- P9, P10, P3 -------------------------------------------------------- */

static void prepare_all(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        director_propose(&d, 0, 0, chain[i]);
        director_votes(&d, PBFT_PREPARE, 0, chain[i], BOX_NONE);
    }
    director_run_ms(&d, 20);
    ck_assert_uint_eq(commits(0, count), 3);
}

START_TEST(whoever_leaves_stops_voting_and_tells_what_it_prepared)
{
    struct pbft_viewchange vc;

    begin(3, QUIET);
    prepare_all(2);
    leave(0, 1);
    leave(1, 1);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &vc), 1);
    ck_assert_uint_eq(vc.core.view, 1);
    ck_assert_uint_eq(vc.core.hp_view, 0);
    ck_assert_uint_eq(vc.core.hp_seq, 2);
    ck_assert_uint_eq(vc.core.voted_seq, 2);
    director_forget(&d);
    director_propose(&d, 0, 0, chain[2]);
    director_votes(&d, PBFT_PREPARE, 0, chain[2], BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(0, 3), 0);
    ck_assert_uint_eq(commits(0, 3), 0);
    director_stop(&d);
}
END_TEST

START_TEST(what_was_prepared_is_remembered_after_a_restart)
{
    struct pbft_viewchange vc;

    begin(3, QUIET);
    prepare_all(2);
    box_crash(d.box, 3);
    box_restart(d.box, 3);
    director_run_ms(&d, 20);
    leave(0, 1);
    leave(1, 1);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &vc), 1);
    ck_assert_uint_eq(vc.core.view, 1);
    ck_assert_uint_eq(vc.core.hp_seq, 2);
    ck_assert_uint_eq(vc.core.voted_seq, 2);
    director_stop(&d);
}
END_TEST

START_TEST(after_a_restart_the_same_viewchange_is_said)
{
    struct pbft_viewchange before;
    struct pbft_viewchange after;

    begin(3, QUIET);
    prepare_all(2);
    leave(0, 1);
    leave(1, 1);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &before), 1);
    box_crash(d.box, 3);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &after), 1);
    ck_assert_mem_eq(&before.core.sig, &after.core.sig, sizeof before.core.sig);
    director_stop(&d);
}
END_TEST

/* VIEWCHANGEs of members 0, 1, 2 for a view, prepared up to `tip`. */
static void three_leave(uint64_t view, uint32_t tip,
                        struct pbft_viewchange vcs[3])
{
    for (uint32_t m = 0; m < 3; m++) {
        director_make_vc(&d, m, view, 0, tip, &vcs[m]);
    }
}

static void enter_view_1(uint32_t tip)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview nv;

    three_leave(1, tip, vcs);
    director_make_nv(&d, vcs, &nv);
    director_enter(&d, 1, &nv);
    director_run_ms(&d, 20);
}

/* S10: the trap of preparing an inherited suffix in sequence order. */
START_TEST(s10_the_first_prepare_of_a_view_is_for_its_tip)
{
    struct pbft_viewchange vc;

    begin(3, QUIET);
    prepare_all(4);
    director_forget(&d);
    enter_view_1(chain[3]);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        ck_assert_uint_eq(prepares(1, seq), 0);
    }
    ck_assert_uint_eq(
        director_heard_vote(&d, PBFT_PREPARE, 1, 4, id_of(chain[3])), 3);
    /* others that prepare in sequence order lead nowhere */
    director_votes(&d, PBFT_PREPARE, 1, chain[0], BOX_NONE);
    director_run_ms(&d, 20);
    leave(0, 2);
    leave(1, 2);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &vc), 1);
    ck_assert_uint_eq(vc.core.view, 2);
    ck_assert_uint_eq(vc.core.hp_view, 0);
    ck_assert_uint_eq(vc.core.hp_seq, 4);
    director_stop(&d);
}
END_TEST

START_TEST(the_tip_s_commit_makes_the_inherited_suffix_final)
{
    begin(3, QUIET);
    prepare_all(3);
    enter_view_1(chain[2]);
    director_votes(&d, PBFT_PREPARE, 1, chain[2], BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(commits(1, 3), 3);
    director_votes(&d, PBFT_COMMIT, 1, chain[2], BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, 3), 3);
    director_stop(&d);
}
END_TEST

START_TEST(the_highest_prepared_by_view_then_height_is_the_tip)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview nv;

    begin(3, QUIET);
    prepare_all(4);
    director_make_vc(&d, 0, 5, 0, chain[3], &vcs[0]);
    director_make_vc(&d, 1, 5, 2, chain[1], &vcs[1]); /* higher view */
    director_make_vc(&d, 2, 5, 0, chain[2], &vcs[2]);
    director_make_nv(&d, vcs, &nv);
    director_enter(&d, 1, &nv);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(5, 2), 3);
    ck_assert_uint_eq(prepares(5, 4), 0);
    director_stop(&d);
}
END_TEST

START_TEST(a_newview_that_hides_the_highest_claim_is_refused)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview nv;

    begin(3, QUIET);
    prepare_all(2);
    three_leave(1, chain[1], vcs);
    director_make_vc(&d, 2, 1, 0, BOX_NONE, &vcs[2]);
    director_make_nv(&d, vcs, &nv);
    memset(&nv.hp, 0, sizeof nv.hp);
    nv.hp.role = PBFT_PREPARE;
    director_enter(&d, 1, &nv);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_traced(d.box, "P10 enter"), 0);
    director_stop(&d);
}
END_TEST

/* S11 */
START_TEST(s11_of_two_newviews_the_first_counts_also_after_a_restart)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview first;
    struct pbft_newview second;

    begin(3, QUIET);
    prepare_all(2);
    three_leave(1, chain[1], vcs);
    director_make_nv(&d, vcs, &first);
    three_leave(1, chain[0], vcs);
    director_make_nv(&d, vcs, &second);
    director_enter(&d, 1, &first);
    director_run_ms(&d, 20);
    director_enter(&d, 1, &second);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(1, 2), 3);
    ck_assert_uint_eq(prepares(1, 1), 0);
    ck_assert_uint_ne(box_evidence(d.box, 1) & 1u << PBFT_EV_NEWVIEW, 0);
    box_crash(d.box, 3);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 20);
    director_enter(&d, 1, &second);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(1, 2), 3);
    ck_assert_uint_eq(prepares(1, 1), 0);
    director_stop(&d);
}
END_TEST

/* Member 2 brings a NEWVIEW "of" member 1 that 1 never signed. */
START_TEST(a_forged_newview_is_not_held_against_the_primary)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview nv;

    begin(3, QUIET);
    prepare_all(2);
    enter_view_1(chain[1]);
    three_leave(1, chain[0], vcs);
    director_make_nv(&d, vcs, &nv);
    nv.sig.bytes[0] ^= 1;
    director_enter(&d, 2, &nv);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_evidence(d.box, 1), 0);
    ck_assert_uint_eq(box_traced(d.box, "RECV badsig"), 0);
    director_stop(&d);
}
END_TEST

START_TEST(a_new_primary_builds_from_a_quorum_and_reuses_it_after_a_restart)
{
    struct pbft_newview before;
    struct pbft_newview after;
    struct vt_view body;
    uint32_t at = BOX_NONE;

    begin(1, QUIET);
    leave(0, 1);
    leave(2, 1);
    director_run_ms(&d, 20);
    for (uint32_t i = 0; i < d.heard_count; i++) {
        at = d.heard[i].proto == PBFT_NEWVIEW ? i : at;
    }
    ck_assert_uint_ne(at, BOX_NONE);
    ck_assert_int_eq(
        pbft_get_newview(vt_view_of(d.heard[at].bytes, d.heard[at].len), 4, 1,
                         &before, &body),
        1);
    box_crash(d.box, 1);
    director_forget(&d);
    box_restart(d.box, 1);
    director_run_ms(&d, 20);
    leave(0, 1); /* a member that missed it */
    director_run_ms(&d, 20);
    at = BOX_NONE;
    for (uint32_t i = 0; i < d.heard_count; i++) {
        at = d.heard[i].proto == PBFT_NEWVIEW ? i : at;
    }
    ck_assert_uint_ne(at, BOX_NONE);
    ck_assert_int_eq(
        pbft_get_newview(vt_view_of(d.heard[at].bytes, d.heard[at].len), 4, 1,
                         &after, &body),
        1);
    ck_assert_mem_eq(&before.sig, &after.sig, sizeof before.sig);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const timers[] = {
        an_idle_replica_waits_for_ever,
        a_waiting_transaction_lets_the_timer_run,
        an_open_proposal_lets_the_timer_run,
        each_commit_restarts_the_timer,
        alone_a_replica_does_not_run_away,
        with_a_quorum_the_wait_doubles_from_view_to_view};
    const TTest *const joining[] = {
        one_member_that_leaves_is_not_followed,
        s12_two_leave_for_different_views_the_lower_one_is_joined,
        the_same_member_twice_is_one_member};
    const TTest *const views[] = {
        whoever_leaves_stops_voting_and_tells_what_it_prepared,
        what_was_prepared_is_remembered_after_a_restart,
        after_a_restart_the_same_viewchange_is_said,
        s10_the_first_prepare_of_a_view_is_for_its_tip,
        the_tip_s_commit_makes_the_inherited_suffix_final,
        the_highest_prepared_by_view_then_height_is_the_tip,
        a_newview_that_hides_the_highest_claim_is_refused,
        a_forged_newview_is_not_held_against_the_primary,
        s11_of_two_newviews_the_first_counts_also_after_a_restart,
        a_new_primary_builds_from_a_quorum_and_reuses_it_after_a_restart};
    Suite *suite = suite_create("pbft views");

    VT_SUITE_ADD(suite, "P7 P11 timers", timers);
    VT_SUITE_ADD(suite, "P8 joining", joining);
    VT_SUITE_ADD(suite, "P3 P9 P10 views", views);
    return vt_suite_run(suite);
}
