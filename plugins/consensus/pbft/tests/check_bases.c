/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bases.c - where a view starts, and what is final already: a view that
 * is over must not be taken for one in which too many cheat.
 */
#include "base/bytes.h"
#include "director.h"
#include "unit/suite.h"

#include <string.h>

static struct director d; /* the replica is member 3 of 4 */

#define QUIET                                                                  \
    "window=4 view_timeout=10s retransmit=50ms checkpoint_interval=100 "       \
    "batch_delay=0ms settle=0ms"

static uint32_t ours[8];   /* the chain that was decided, heights 1..8 */
static uint32_t theirs[4]; /* another one, heights 1..4 */

static void begin(void)
{
    director_start(&d, 4, 3, QUIET);
    for (uint32_t i = 0; i < 8; i++) {
        ours[i] =
            box_make_block(d.box, i == 0 ? BOX_NONE : ours[i - 1], 0, i, 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        theirs[i] = box_make_block(d.box, i == 0 ? BOX_NONE : theirs[i - 1], 0,
                                   50 + i, 0);
    }
}

/* The replica gets to hold bodies from proposals it will never vote for. */
static void show(const uint32_t *blocks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        director_propose(&d, 0, 0, blocks[i]);
    }
    director_run_ms(&d, 20);
}

/* A view whose quorum of members prepared `tip` in view 0. */
static void enter(uint64_t view, uint32_t tip)
{
    struct pbft_viewchange vcs[3];
    struct pbft_newview nv;

    for (uint32_t m = 0; m < 3; m++) {
        director_make_vc(&d, m, view, 0, tip, &vcs[m]);
    }
    director_make_nv(&d, vcs, &nv);
    director_enter(&d, (uint32_t)(view % 4), &nv);
    director_run_ms(&d, 20);
}

static uint32_t prepares(uint64_t view, uint64_t seq)
{
    return director_heard_vote(&d, PBFT_PREPARE, view, seq, NULL);
}

static void final_at(uint64_t height)
{
    ck_assert_int_eq(box_has_halted(d.box, 3), 0);
    ck_assert_uint_eq(box_final_height(d.box, 3), height);
}

/* Heights 1..3 were decided in view 2 while the replica was in view 0; then an
 * old NEWVIEW of view 1 arrives, from a base on another chain. Nobody cheated.
 */
static void overtake(uint32_t height)
{
    uint32_t base;

    begin();
    base = theirs[height - 1];
    show(ours, 4);
    director_cert(&d, 2, 2, ours, 3);
    director_run_ms(&d, 20);
    final_at(3);
    /* any message brings the body along */
    box_send(d.box, 0, 3, PBFT_PREPREPARE, vt_view_of(NULL, 0), base);
    director_run_ms(&d, 20);
    director_forget(&d);
    enter(1, base);
    ck_assert_uint_eq(box_traced(d.box, "P10 enter"), 1);
    director_run_ms(&d, 500);
    ck_assert_uint_eq(box_traced(d.box, "P3 elsewhere"), 1);
    ck_assert_uint_eq(director_heard(&d, PBFT_PREPARE), 0);
    final_at(3);
}

static void goes_on_in_view_2(void)
{
    enter(2, ours[2]);
    director_propose(&d, 2, 2, ours[3]);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(2, 4), 3);
    director_votes(&d, PBFT_PREPARE, 2, ours[3], BOX_NONE);
    director_votes(&d, PBFT_COMMIT, 2, ours[3], BOX_NONE);
    director_run_ms(&d, 20);
    final_at(4);
}

START_TEST(an_overtaken_view_with_a_base_that_lost_is_no_alarm)
{
    overtake(2);
    goes_on_in_view_2();
    director_stop(&d);
}
END_TEST

START_TEST(an_overtaken_view_with_a_base_on_top_of_what_lost_is_no_alarm)
{
    overtake(4);
    goes_on_in_view_2();
    director_stop(&d);
}
END_TEST

/* The primary of view 1 sent two NEWVIEWs: the others decided after the one,
 * this replica had entered by the other. f members cheat, not more. */
START_TEST(a_view_decided_after_another_newview_of_it_is_no_alarm)
{
    begin();
    show(ours, 3);
    enter(1, theirs[3]); /* its body is nowhere to be had */
    director_cert(&d, 2, 1, ours, 3);
    director_run_ms(&d, 20);
    final_at(3);
    box_send(d.box, 0, 3, PBFT_PREPREPARE, vt_view_of(NULL, 0), theirs[3]);
    director_run_ms(&d, 500);
    final_at(3);
    ck_assert_uint_eq(box_traced(d.box, "P3 elsewhere"), 1);
    goes_on_in_view_2();
    director_stop(&d);
}
END_TEST

/* Decided in view 0; view 1 starts as if it had not been. */
static void too_many_cheat(uint32_t height)
{
    uint32_t base;

    begin();
    base = theirs[height - 1];
    show(ours, 3);
    director_votes(&d, PBFT_COMMIT, 0, ours[2], BOX_NONE);
    director_run_ms(&d, 20);
    final_at(3);
    box_send(d.box, 0, 3, PBFT_PREPREPARE, vt_view_of(NULL, 0), base);
    enter(1, base);
    director_run_ms(&d, 500);
    ck_assert_int_eq(box_has_halted(d.box, 3), 1);
    director_stop(&d);
}

START_TEST(a_view_that_forgets_what_a_lower_one_decided_stops_the_node)
{
    too_many_cheat(2);
    too_many_cheat(4);
}
END_TEST

static void restart(uint64_t height)
{
    box_crash(d.box, 3);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 20);
    final_at(height);
}

/* View 1 started from `base`; then heights up to 5 became final in it. What the
 * replica wrote down names a base far below the host's final height. */
static void base_below_after_restart(uint32_t height)
{
    begin();
    show(ours, 2);
    enter(1, height == 0 ? BOX_NONE : ours[height - 1]);
    for (uint32_t i = height; i < 5; i++) {
        director_propose(&d, 1, 1, ours[i]);
    }
    director_run_ms(&d, 20);
    director_votes(&d, PBFT_COMMIT, 1, ours[4], BOX_NONE);
    director_run_ms(&d, 20);
    final_at(5);
    restart(5);
    director_propose(&d, 1, 1, ours[5]);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(1, 6), 3);
    director_votes(&d, PBFT_PREPARE, 1, ours[5], BOX_NONE);
    director_votes(&d, PBFT_COMMIT, 1, ours[5], BOX_NONE);
    director_run_ms(&d, 20);
    final_at(6);
    restart(6);
    director_stop(&d);
}

START_TEST(a_base_below_the_final_height_is_taken_up_again_after_a_restart)
{
    base_below_after_restart(0); /* the epoch's start */
    base_below_after_restart(2);
}
END_TEST

/* ---- what reached the disk, and what did not ---------------------------- */

#define SLOT_VIEW 1u

static void leave(uint32_t from, uint64_t view)
{
    struct pbft_viewchange vc;

    director_make_vc(&d, from, view, 0, BOX_NONE, &vc);
    director_leave(&d, &vc);
}

/* The votes of view 1 are durable, the way into it is not. */
static void lose_the_view(void)
{
    begin();
    enter(1, BOX_NONE);
    for (uint32_t i = 0; i < 3; i++) {
        director_propose(&d, 1, 1, ours[i]);
        director_votes(&d, PBFT_PREPARE, 1, ours[i], BOX_NONE);
    }
    director_run_ms(&d, 20);
    ck_assert_uint_eq(director_heard_vote(&d, PBFT_COMMIT, 1, 3, NULL), 3);
    box_crash(d.box, 3);
    box_lose_slot(d.box, 3, SLOT_VIEW);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 20);
}

START_TEST(votes_whose_newview_was_lost_wait_for_it)
{
    lose_the_view();
    director_votes(&d, PBFT_PREPARE, 1, ours[1], BOX_NONE);
    director_votes(&d, PBFT_PREPARE, 0, ours[1], BOX_NONE);
    show(theirs, 3);
    ck_assert_uint_eq(director_heard(&d, PBFT_PREPARE), 0);
    enter(1, BOX_NONE);
    director_run_ms(&d, 100);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        ck_assert_uint_eq(prepares(1, seq), 3);
    }
    director_propose(&d, 1, 1, ours[3]);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(1, 4), 3);
    director_stop(&d);
}
END_TEST

START_TEST(votes_after_another_newview_of_the_view_are_never_said)
{
    lose_the_view();
    show(theirs, 4);
    enter(1, theirs[0]); /* its primary sent two */
    for (uint32_t i = 1; i < 4; i++) {
        director_propose(&d, 1, 1, theirs[i]);
    }
    director_run_ms(&d, 100);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        ck_assert_uint_eq(prepares(1, seq), 0);
    }
    ck_assert_uint_eq(prepares(1, 4), 3); /* above its word it may vote */
    box_crash(d.box, 3);
    director_forget(&d);
    box_restart(d.box, 3);
    director_propose(&d, 1, 1, theirs[1]);
    director_propose(&d, 1, 1, theirs[2]);
    director_run_ms(&d, 100);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        ck_assert_uint_eq(prepares(1, seq), 0);
    }
    ck_assert_uint_eq(prepares(1, 4), 3);
    director_stop(&d);
}
END_TEST

START_TEST(whoever_lost_the_way_into_a_view_leaves_for_a_higher_one)
{
    struct pbft_viewchange vc;

    lose_the_view();
    leave(0, 1);
    leave(1, 1);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_vc(&d, &vc), 1);
    ck_assert_uint_eq(vc.core.view, 2);
    ck_assert_uint_eq(vc.core.hp_view, 1);
    ck_assert_uint_eq(vc.core.hp_seq, 3);
    director_stop(&d);
}
END_TEST

START_TEST(a_vote_is_said_again_only_when_its_body_is_there_again)
{
    begin();
    show(ours, 1);
    ck_assert_uint_eq(prepares(0, 1), 3);
    box_crash(d.box, 3);
    box_lose_body(d.box, 3, ours[0]);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(prepares(0, 1), 0);
    show(ours, 1);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(prepares(0, 1), 3);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const bases[] = {
        an_overtaken_view_with_a_base_that_lost_is_no_alarm,
        an_overtaken_view_with_a_base_on_top_of_what_lost_is_no_alarm,
        a_view_decided_after_another_newview_of_it_is_no_alarm,
        a_view_that_forgets_what_a_lower_one_decided_stops_the_node,
        a_base_below_the_final_height_is_taken_up_again_after_a_restart};
    const TTest *const torn[] = {
        votes_whose_newview_was_lost_wait_for_it,
        votes_after_another_newview_of_the_view_are_never_said,
        whoever_lost_the_way_into_a_view_leaves_for_a_higher_one,
        a_vote_is_said_again_only_when_its_body_is_there_again};
    Suite *suite = suite_create("pbft bases");

    VT_SUITE_ADD(suite, "P3 P10 bases", bases);
    VT_SUITE_ADD(suite, "torn disks", torn);
    return vt_suite_run(suite);
}
