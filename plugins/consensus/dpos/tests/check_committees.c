/* SPDX-License-Identifier: Apache-2.0
 *
 * check_committees.c - whole committees: of all sizes, with weights, with an
 * observer, with some of them away.
 */
#include "storm.h"

#include "unit/suite.h"

START_TEST(s35_committees_of_every_size_are_live_with_all_up)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 10, 21};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct box_options o = storm_usual(sizes[i]);
        struct box *box = scene_make(&o);

        scene_offer(box, 0, 0, 12);
        scene_all_final_within(box, 3 * SECOND);
        scene_finish(box);
    }
}
END_TEST

START_TEST(with_fewer_than_a_third_away_blocks_become_final)
{
    struct box_options o = storm_usual(7);
    struct box *box = scene_make(&o);

    box_crash(box, 2);
    box_crash(box, 5);
    scene_offer(box, 0, 0, 12);
    scene_all_final_within(box, 10 * SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(with_half_away_blocks_go_on_and_become_final_later)
{
    struct box_options o = storm_usual(4);
    struct box *box = scene_make(&o);
    uint64_t height;

    box_run(box, SECOND);
    box_crash(box, 2);
    box_crash(box, 3);
    height = box_final_height(box, 0);
    scene_offer(box, 0, 0, 8);
    box_run(box, 3 * SECOND);
    ck_assert_uint_eq(box_final_height(box, 0), height);
    ck_assert_uint_ge(box_block_height(box, box_head(box, 0)), height + 8);
    box_restart(box, 2);
    scene_all_final_within(box, 5 * SECOND);
    scene_finish(box);
}
END_TEST

/* Member 0 has more than two thirds of the weight. */
START_TEST(votes_have_weights)
{
    struct box_options o = storm_usual(4);
    struct box *box;

    o.weights[0] = 9;
    box = scene_make(&o);
    for (uint32_t m = 1; m < 4; m++) {
        box_crash(box, m);
    }
    scene_offer(box, 0, 0, 6);
    box_run(box, 5 * SECOND);
    ck_assert_uint_ge(box_final_height(box, 0),
                      box_epoch(box)->start_height + 5);
    scene_finish(box);
}
END_TEST

START_TEST(an_observer_follows_and_says_nothing)
{
    struct box_options o = storm_usual(4);
    struct box *box;

    o.observers = 1;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 12);
    scene_all_final_within(box, 5 * SECOND);
    ck_assert_uint_eq(box_final_height(box, 4), box_final_height(box, 0));
    scene_finish(box);
}
END_TEST

START_TEST(little_room_in_a_step_changes_nothing)
{
    struct box_options o = storm_usual(4);
    struct box *box;

    o.room = 16;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 12);
    scene_all_final_within(box, 5 * SECOND);
    scene_finish(box);
}
END_TEST

START_TEST(the_epoch_ends_at_its_height_and_at_no_other)
{
    struct box_options o = storm_usual(4);
    struct box *box = scene_make(&o);
    uint64_t end = box_epoch(box)->start_height + 5;

    box_seal(box, end);
    scene_offer(box, 0, 0, 24);
    ck_assert(box_run_until(box, box_all_sealed, 5 * SECOND));
    box_run(box, SECOND);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(box_final_height(box, i), end);
    }
    scene_finish(box);
}
END_TEST

START_TEST(faults_of_many_seeds_break_nothing)
{
    const char *env = getenv("DPOS_SEEDS");
    uint64_t seeds = env == NULL ? 200 : strtoull(env, NULL, 10);

    for (uint64_t seed = 0; seed < seeds; seed++) {
        char why[200] = "";

        ck_assert_msg(storm_run(seed, why), "seed %llu: %s",
                      (unsigned long long)seed, why);
    }
}
END_TEST

int main(void)
{
    const TTest *const committees[] = {
        s35_committees_of_every_size_are_live_with_all_up,
        with_fewer_than_a_third_away_blocks_become_final,
        with_half_away_blocks_go_on_and_become_final_later,
        votes_have_weights,
        an_observer_follows_and_says_nothing,
        little_room_in_a_step_changes_nothing,
        the_epoch_ends_at_its_height_and_at_no_other,
        faults_of_many_seeds_break_nothing};
    Suite *suite = suite_create("dpos committees");

    VT_SUITE_ADD(suite, "committees", committees);
    return vt_suite_run(suite);
}
