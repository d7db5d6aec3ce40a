/* SPDX-License-Identifier: Apache-2.0
 *
 * check_recovery.c - whole committees that die, fall behind, run out of room
 * and hand over to the next epoch.
 */
#include "messages.h"

#include "scene.h"
#include "unit/suite.h"

/* ---- recovery ----------------------------------------------------------- */

START_TEST(all_die_at_once_again_and_again)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    for (uint32_t round = 0; round < 20; round++) {
        scene_offer(box, round % 4, 2 * round, 2);
        box_run(box, 500 + 700 * round);
        for (uint32_t i = 0; i < 4; i++) {
            box_crash(box, i);
        }
        for (uint32_t i = 0; i < 4; i++) {
            box_restart(box, i);
        }
    }
    box_calm(box);
    scene_all_final_within(box, 3 * SECOND);
    scene_finish(box);
}
END_TEST

/* commonware #4275: all die with the decisive vote durable and unsent. */
static int drops_commits(void *ctx, const struct box_message *m)
{
    const int *phase = ctx;

    return *phase == 0 && m->proto == PBFT_COMMIT;
}

static int all_prepared(const struct box *box)
{
    return box_traced(box, "P4 prepared") >= 4;
}

START_TEST(votes_that_were_durable_and_never_sent_count_after_a_restart)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.settings = "window=4 view_timeout=10s retransmit=5s";
    box = scene_make_lossy(&o, drops_commits);
    scene_offer(box, 0, 0, 1);
    ck_assert_int_eq(box_run_until(box, all_prepared, SECOND), 1);
    box_run(box, 3000);
    scene_phase = 1;
    for (uint32_t i = 0; i < 4; i++) {
        box_crash(box, i);
        box_restart(box, i);
    }
    scene_all_final_within(box, SECOND); /* long before any timer */
    ck_assert_uint_eq(box_traced(box, "P9 viewchange"), 0);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_was_away_catches_up_by_sync)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    box_crash(box, 3);
    scene_offer(box, 0, 0, 40);
    scene_all_final_within(box, 2 * SECOND);
    box_restart(box, 3);
    box_calm(box);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_gt(box_traced(box, "SYNC behind"), 0);
    ck_assert_uint_gt(box_traced(box, "D6 synced"), 0);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_missed_a_few_catches_up_by_certificates)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    scene_offer(box, 0, 0, 2);
    scene_all_final_within(box, SECOND);
    box_side(box, 3, 1);
    scene_offer(box, 0, 2, 3);
    box_run(box, 40000);
    box_side(box, 3, 0);
    box_peer_event(box, 3, 0, 1); /* the link is up again */
    box_calm(box);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_gt(box_traced(box, "P5 cert"), 0);
    ck_assert_uint_eq(box_traced(box, "D6 synced"), 0);
    scene_finish(box);
}
END_TEST

/* Found by the campaign: its VIEWCHANGE, sent just before, used up the answer
 * that its STATUS was entitled to. */
START_TEST(a_replica_alone_in_a_higher_view_still_follows)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    box_side(box, 3, 1);
    scene_offer(box, 3, 0, 1); /* known to node 3 alone: it leaves, alone */
    box_run(box, 200000);
    ck_assert_uint_eq(box_traced(box, "P9 viewchange"), 1);
    scene_offer(box, 0, 1, 6);
    box_run(box, 50000);
    box_side(box, 3, 0);
    box_calm(box);
    scene_all_final_within(box, 2 * SECOND);
    scene_finish(box);
}
END_TEST

/* Found by the campaign: height 0 looked like an empty place of the ring. */
START_TEST(a_single_member_that_left_a_view_starts_again)
{
    struct box_options o = scene_usual(1);
    struct box *box;

    o.seed = 3; /* the epoch starts at height 1 */
    o.settings = "window=4 view_timeout=10ms retransmit=5ms";
    o.sync_min_us = 14000;
    o.sync_max_us = 15000;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 1);
    scene_all_final_within(box, 20 * SECOND);
    ck_assert_uint_gt(box_traced(box, "P10 enter"), 0);
    box_crash(box, 0);
    box_restart(box, 0);
    scene_offer(box, 0, 1, 1);
    scene_all_final_within(box, 20 * SECOND);
    ck_assert_int_eq(box_has_halted(box, 0), 0);
    scene_finish(box);
}
END_TEST

START_TEST(abandoned_transactions_wait_again)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    box_side(box, 0, 1); /* the primary proposes into the void */
    scene_offer(box, 0, 0, 3);
    box_run(box, 20000);
    box_side(box, 0, 0);
    box_calm(box);
    scene_all_final_within(box, 2 * SECOND);
    ck_assert_uint_gt(
        box_traced(box, "P10 enter") + box_traced(box, "P5 committed"), 0);
    scene_finish(box);
}
END_TEST

START_TEST(little_room_for_effects_loses_none)
{
    for (uint32_t room = 16; room < 20; room++) {
        struct box_options o = scene_usual(7);
        struct box *box;

        o.room = room;
        box = scene_make(&o);
        scene_offer(box, 0, 0, 40);
        scene_all_final_within(box, 3 * SECOND);
        box_crash(box, 0);
        scene_offer(box, 1, 40, 10);
        scene_all_final_within(box, 3 * SECOND);
        scene_finish(box);
    }
}
END_TEST

START_TEST(the_primary_rotates_with_the_checkpoints)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.settings = "window=4 view_timeout=200ms retransmit=50ms "
                 "checkpoint_interval=2 rotate_checkpoints=2";
    box = scene_make(&o);
    scene_offer(box, 0, 0, 30);
    scene_all_final_within(box, 3 * SECOND);
    ck_assert_uint_gt(box_traced(box, "P6 rotate"), 8);
    ck_assert_uint_eq(box_traced(box, "P7 timeout"), 0);
    scene_finish(box);
}
END_TEST

/* ---- observers ---------------------------------------------------------- */

START_TEST(observers_follow_and_sign_nothing)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.observers = 2;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 20);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_eq(box_final_height(box, 4), box_final_height(box, 0));
    box_crash(box, 0); /* through a view change */
    box_crash(box, 5);
    scene_offer(box, 1, 20, 5);
    box_run(box, 300000);
    box_restart(box, 5);
    box_calm(box);
    scene_all_final_within(box, 2 * SECOND);
    scene_finish(box);
}
END_TEST

/* ---- sealing ------------------------------------------------------------ */

static void check_sealed(struct box *box, uint64_t height)
{
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        ck_assert_uint_eq(box_final_height(box, i), height);
    }
}

START_TEST(nothing_is_decided_above_the_seal_and_all_hand_over)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height = box_epoch(box)->start_height + 9;

    box_seal(box, height);
    scene_offer(box, 0, 0, 30);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, 2 * SECOND), 1);
    box_run(box, SECOND);
    check_sealed(box, height);
    ck_assert_uint_eq(box_traced(box, "P7 timeout"), 0);
    scene_finish(box);
}
END_TEST

START_TEST(a_seal_at_a_final_height_hands_over_at_once_also_after_a_restart)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height;

    scene_offer(box, 0, 0, 6);
    scene_all_final_within(box, SECOND);
    height = box_final_height(box, 0);
    for (uint32_t i = 0; i < 4; i++) {
        box_crash(box, i);
        box_restart(box, i);
    }
    box_run(box, 1000);
    box_seal(box, height);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, SECOND), 1);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_reached_the_seal_by_sync_asks_for_the_certificate)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height = box_epoch(box)->start_height + 29;

    box_crash(box, 3);
    box_seal(box, height);
    scene_offer(box, 0, 0, 40);
    box_run(box, SECOND);
    box_restart(box, 3);
    box_run(box, SECOND);
    box_seal(box, height);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, 2 * SECOND), 1);
    check_sealed(box, height);
    scene_finish(box);
}
END_TEST

START_TEST(a_primary_that_dies_at_the_seal_does_not_stop_it)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height = box_epoch(box)->start_height + 9;

    box_seal(box, height);
    scene_offer(box, 1, 0, 30);
    while (box_final_height(box, 1) + 2 < height) {
        ck_assert_int_eq(box_step(box), 1);
    }
    box_crash(box, 0);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, 2 * SECOND), 1);
    scene_finish(box);
}
END_TEST

int main(void)
{
    const TTest *const recovery[] = {
        all_die_at_once_again_and_again,
        votes_that_were_durable_and_never_sent_count_after_a_restart,
        a_node_that_was_away_catches_up_by_sync,
        a_node_that_missed_a_few_catches_up_by_certificates,
        a_replica_alone_in_a_higher_view_still_follows,
        a_single_member_that_left_a_view_starts_again,
        abandoned_transactions_wait_again,
        little_room_for_effects_loses_none,
        the_primary_rotates_with_the_checkpoints};
    const TTest *const sealing[] = {
        nothing_is_decided_above_the_seal_and_all_hand_over,
        a_seal_at_a_final_height_hands_over_at_once_also_after_a_restart,
        a_node_that_reached_the_seal_by_sync_asks_for_the_certificate,
        a_primary_that_dies_at_the_seal_does_not_stop_it};
    const TTest *const observers[] = {observers_follow_and_sign_nothing};
    Suite *suite = suite_create("pbft recovery");

    VT_SUITE_ADD(suite, "recovery", recovery);
    VT_SUITE_ADD(suite, "sealing", sealing);
    VT_SUITE_ADD(suite, "observers", observers);
    return vt_suite_run(suite);
}
