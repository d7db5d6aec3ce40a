/* SPDX-License-Identifier: Apache-2.0
 *
 * check_scenarios.c - whole committees of all sizes, and the situations that
 * have hurt others, named as in the consensus design (S17 ...).
 */
#include "messages.h"

#include "stability.h"
#include "unit/suite.h"

#include <string.h>

#define TIMEOUTS(n) ((n)*STABILITY_ELECTION_US)

/* ---- sizes --------------------------------------------------------------- */

START_TEST(s35_committees_of_every_size_are_live_with_all_up)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 9, 16};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct box_options o = raft_usual(sizes[i]);
        struct box *box = scene_make(&o);

        scene_offer(box, 0, 0, 12);
        scene_all_final_within(box, SECOND);
        ck_assert_uint_eq(box_traced(box, "R1 stepdown"), 0);
        scene_finish(box);
    }
}
END_TEST

START_TEST(a_new_epoch_has_a_leader_before_anybody_loses_patience)
{
    struct box_options o = raft_usual(3);
    struct box *box;

    o.settings = "election_timeout=1h ping=20ms";
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(the_largest_committee_decides)
{
    struct box_options o = raft_usual(64);
    struct box_peaks peaks;
    struct box *box;

    o.settings = "election_timeout=200ms ping=20ms";
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, 5 * SECOND);
    box_peaks(box, &peaks);
    ck_assert_uint_le(peaks.message, RAFT_MESSAGE_MAX);
    scene_finish(box);
}
END_TEST

START_TEST(with_fewer_than_half_away_the_others_go_on)
{
    static const uint32_t sizes[] = {3, 4, 5, 7};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct box_options o = raft_usual(sizes[i]);
        struct box *box = scene_make(&o);

        for (uint32_t m = 0; m < (sizes[i] - 1) / 2; m++) {
            box_crash(box, m);
        }
        scene_offer(box, sizes[i] - 1, 0, 12);
        scene_all_final_within(box, SECOND);
        scene_finish(box);
    }
}
END_TEST

START_TEST(without_a_majority_nothing_is_decided)
{
    struct box_options o = raft_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height;

    scene_offer(box, 0, 0, 1);
    scene_all_final_within(box, SECOND);
    height = box_final_height(box, 2);
    box_crash(box, 0);
    box_crash(box, 1);
    scene_offer(box, 2, 1, 1);
    box_run(box, SECOND);
    ck_assert_uint_eq(box_final_height(box, 2), height);
    box_restart(box, 1);
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(unequal_weights_are_refused)
{
    struct box_options o = raft_usual(3);
    struct vt_err err = {.size = sizeof err};

    o.weights[2] = 5;
    ck_assert_ptr_null(box_new(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "weights"));
}
END_TEST

/* ---- S18 ----------------------------------------------------------------- */

START_TEST(s18_a_leader_that_one_member_does_not_hear_goes_on)
{
    ck_assert_int_eq(stable_chained(), 1);
}
END_TEST

START_TEST(s18_a_leader_without_a_majority_makes_room_for_one_with)
{
    ck_assert_int_eq(stable_quorum_loss(), 1);
}
END_TEST

START_TEST(s18_the_only_one_with_a_majority_leads_though_its_log_was_old)
{
    ck_assert_int_eq(stable_constrained(), 1);
}
END_TEST

START_TEST(a_member_that_was_cut_off_comes_back_unnoticed)
{
    ck_assert_int_eq(stable_return(), 1);
}
END_TEST

/* ---- leaders ------------------------------------------------------------- */

static struct box *begin_watched(uint32_t n)
{
    struct box_options o = raft_usual(n);
    struct box *box;

    o.say = story_watch;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, SECOND);
    return box;
}

START_TEST(a_killed_leader_is_replaced_within_four_timeouts)
{
    struct box *box = begin_watched(3);
    uint32_t other = (story_leader + 1) % 3;

    box_crash(box, story_leader);
    scene_offer(box, other, 3, 3);
    scene_all_final_within(box, TIMEOUTS(4));
    scene_finish(box);
}
END_TEST

/* A leader that was cut off proposes into the void; its blocks are given
 * back and their transactions decided by the next one. */
START_TEST(an_isolated_leader_gives_its_blocks_back)
{
    struct box *box = begin_watched(3);
    uint32_t old = story_leader;

    box_side(box, old, 1);
    scene_offer(box, old, 3, 4);
    box_run(box, TIMEOUTS(4));
    ck_assert_uint_gt(box_traced(box, "R1 alone"), 0);
    ck_assert_uint_ne(story_leader, old);
    box_side(box, old, 0);
    box_calm(box);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_gt(box_traced(box, "R4 truncate"), 0);
    ck_assert_uint_gt(box_traced(box, "BLOCK requeue"), 0);
    scene_finish(box);
}
END_TEST

static void tell(struct box *box, uint32_t node, const char *text)
{
    struct vt_ev_bytes ev = {
        .h = {.size = VT_UPTO(struct vt_ev_bytes, data), .type = VT_EV_ADMIN},
        .data = {(const uint8_t *)text, strlen(text)}};

    (void)box_feed(box, node, &ev.h);
}

START_TEST(the_operator_moves_the_lead)
{
    struct box *box = begin_watched(3);
    uint32_t old = story_leader;
    uint32_t other = (old + 2) % 3;
    char text[] = "transfer 0";
    uint64_t elected = box_traced(box, "R1 lead");

    text[9] = (char)('0' + other);
    tell(box, other, text); /* not the leader: nothing happens */
    tell(box, old, text);
    box_run(box, TIMEOUTS(1)); /* no timeout has to pass */
    ck_assert_uint_eq(story_leader, other);
    ck_assert_uint_eq(box_traced(box, "R1 lead"), elected + 1);
    tell(box, other, "transfer");
    box_run(box, TIMEOUTS(1));
    ck_assert_uint_ne(story_leader, other);
    scene_offer(box, 0, 3, 3);
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(a_transfer_to_one_that_is_down_is_given_up)
{
    struct box *box = begin_watched(3);
    uint32_t other = (story_leader + 1) % 3;
    char text[] = "transfer 0";

    box_crash(box, other);
    text[9] = (char)('0' + other);
    scene_offer(box, story_leader, 3, 1);
    box_run(box, 20000);
    tell(box, story_leader, text);
    scene_offer(box, story_leader, 4, 2);
    scene_all_final_within(box, TIMEOUTS(3));
    scene_finish(box);
}
END_TEST

START_TEST(a_read_is_confirmed_by_a_majority_from_any_member)
{
    struct box *box = begin_watched(3);

    for (uint32_t m = 0; m < 3; m++) {
        tell(box, m, "read");
        box_run(box, 30000);
        ck_assert_uint_eq(box_traced(box, "R7 read"), m + 1);
    }
    box_crash(box, (story_leader + 1) % 3);
    box_crash(box, (story_leader + 2) % 3);
    tell(box, story_leader, "read"); /* perhaps replaced long ago: no answer */
    box_run(box, TIMEOUTS(4));
    ck_assert_uint_eq(box_traced(box, "R7 read"), 3);
    box_calm(box);
    box_run(box, TIMEOUTS(6));
    ck_assert_uint_eq(box_traced(box, "R7 read"), 4);
    scene_finish(box);
}
END_TEST

START_TEST(one_empty_block_settles_the_last_transactions)
{
    struct box_options o = raft_usual(3);
    struct box *box;
    uint64_t height;

    o.settings = "settle=100ms election_timeout=40ms ping=5ms";
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, SECOND);
    height = box_final_height(box, 0);
    box_run(box, 50000);
    ck_assert_uint_eq(box_final_height(box, 0), height);
    box_run(box, SECOND);
    ck_assert_uint_eq(box_final_height(box, 0), height + 1);
    ck_assert_uint_eq(box_least_final(box), height + 1);
    scene_finish(box);
}
END_TEST

START_TEST(an_idle_chain_makes_blocks_only_with_a_heartbeat)
{
    struct box_options o = raft_usual(3);
    struct box *box = scene_make(&o);

    box_run(box, 2 * SECOND);
    ck_assert_uint_eq(box_final_height(box, 0),
                      box_epoch(box)->start_height); /* R3 */
    scene_finish(box);
    o.settings = "heartbeat=100ms election_timeout=40ms ping=5ms";
    box = scene_make(&o);
    box_run(box, 2 * SECOND);
    ck_assert_uint_ge(box_final_height(box, 0),
                      box_epoch(box)->start_height + 15);
    scene_finish(box);
}
END_TEST

/* ---- falling behind ------------------------------------------------------ */

START_TEST(all_die_at_once_again_and_again)
{
    struct box_options o = raft_usual(3);
    struct box *box = scene_make(&o);

    for (uint32_t round = 0; round < 20; round++) {
        scene_offer(box, round % 3, 2 * round, 2);
        box_run(box, 40000 + 3000 * round);
        for (uint32_t i = 0; i < 3; i++) {
            box_crash(box, i);
        }
        for (uint32_t i = 0; i < 3; i++) {
            box_restart(box, i);
        }
    }
    box_calm(box);
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_missed_a_few_is_repaired_by_the_leader)
{
    struct box *box = begin_watched(3);
    uint32_t other = (story_leader + 1) % 3;

    box_side(box, other, 1);
    scene_offer(box, story_leader, 3, 4);
    box_run(box, 30000);
    box_side(box, other, 0);
    box_calm(box);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_gt(box_traced(box, "R4 repair"), 0);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_was_long_away_catches_up_and_counts_again)
{
    struct box *box = begin_watched(3);
    uint32_t other = (story_leader + 1) % 3;

    box_crash(box, other);
    scene_offer(box, story_leader, 3, 60);
    scene_all_final_within(box, 2 * SECOND);
    box_restart(box, other);
    box_calm(box);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_gt(box_traced(box, "SYNC behind"), 0);
    scene_offer(box, story_leader, 70, 3);
    box_crash(box, (story_leader + 2) % 3); /* now the late one is needed */
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(learners_follow_and_count_for_nothing)
{
    struct box_options o = raft_usual(3);
    struct box *box;

    o.observers = 2;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 20);
    scene_all_final_within(box, SECOND);
    ck_assert_uint_eq(box_final_height(box, 3), box_final_height(box, 0));
    ck_assert_uint_eq(box_traced(box, "D6 synced"), 0);
    box_crash(box, 4);
    box_crash(box, 0);
    scene_offer(box, 1, 20, 5);
    box_run(box, SECOND);
    box_crash(box, 1); /* one member and a learner are no majority */
    scene_offer(box, 2, 25, 1);
    box_run(box, SECOND);
    box_calm(box);
    scene_all_final_within(box, SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(little_room_for_effects_loses_none)
{
    for (uint32_t room = 16; room < 20; room++) {
        struct box_options o = raft_usual(5);
        struct box *box;

        o.room = room;
        box = scene_make(&o);
        scene_offer(box, 0, 0, 40);
        scene_all_final_within(box, 2 * SECOND);
        box_crash(box, 0);
        scene_offer(box, 1, 40, 10);
        scene_all_final_within(box, 2 * SECOND);
        scene_finish(box);
    }
}
END_TEST

int main(void)
{
    const TTest *const sizes[] = {
        s35_committees_of_every_size_are_live_with_all_up,
        a_new_epoch_has_a_leader_before_anybody_loses_patience,
        the_largest_committee_decides,
        with_fewer_than_half_away_the_others_go_on,
        without_a_majority_nothing_is_decided,
        unequal_weights_are_refused};
    const TTest *const links[] = {
        s18_a_leader_that_one_member_does_not_hear_goes_on,
        s18_a_leader_without_a_majority_makes_room_for_one_with,
        s18_the_only_one_with_a_majority_leads_though_its_log_was_old,
        a_member_that_was_cut_off_comes_back_unnoticed};
    const TTest *const leaders[] = {
        a_killed_leader_is_replaced_within_four_timeouts,
        an_isolated_leader_gives_its_blocks_back,
        the_operator_moves_the_lead,
        a_transfer_to_one_that_is_down_is_given_up,
        a_read_is_confirmed_by_a_majority_from_any_member,
        one_empty_block_settles_the_last_transactions,
        an_idle_chain_makes_blocks_only_with_a_heartbeat};
    const TTest *const behind[] = {
        all_die_at_once_again_and_again,
        a_node_that_missed_a_few_is_repaired_by_the_leader,
        a_node_that_was_long_away_catches_up_and_counts_again,
        learners_follow_and_count_for_nothing,
        little_room_for_effects_loses_none};
    Suite *suite = suite_create("raft scenarios");

    VT_SUITE_ADD(suite, "committees", sizes);
    VT_SUITE_ADD(suite, "links", links);
    VT_SUITE_ADD(suite, "leaders", leaders);
    VT_SUITE_ADD(suite, "behind", behind);
    return vt_suite_run(suite);
}
