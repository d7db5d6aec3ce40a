/* SPDX-License-Identifier: Apache-2.0
 *
 * check_sealing.c - the end of an epoch: nothing above the seal, a handoff
 * everywhere.
 */
#include "messages.h"

#include "stability.h"
#include "unit/suite.h"

/* ---- S20 ----------------------------------------------------------------- */

static void check_sealed(struct box *box, uint64_t height)
{
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        ck_assert_uint_eq(box_final_height(box, i), height);
    }
}

START_TEST(nothing_is_final_above_the_seal_and_all_hand_over)
{
    struct box_options o = raft_usual(3);
    struct box *box = scene_make(&o);
    uint64_t height = box_epoch(box)->start_height + 9;

    box_seal(box, height);
    scene_offer(box, 0, 0, 30);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, SECOND), 1);
    box_run(box, SECOND);
    check_sealed(box, height);
    scene_finish(box);
}
END_TEST

START_TEST(a_node_that_reached_the_seal_by_sync_gets_the_certificate)
{
    struct box_options o = raft_usual(3);
    struct box *box = scene_make(&o);
    uint64_t height = box_epoch(box)->start_height + 29;

    box_crash(box, 2);
    box_seal(box, height);
    scene_offer(box, 0, 0, 40);
    box_run(box, SECOND);
    box_restart(box, 2);
    box_run(box, SECOND);
    box_seal(box, height);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, SECOND), 1);
    box_run(box, SECOND);
    check_sealed(box, height);
    scene_finish(box);
}
END_TEST

static int drops_acks(void *ctx, const struct box_message *m)
{
    const int *phase = ctx;

    return *phase == 1 && m->proto == RAFT_ACK;
}

/* The sealed height was written in an older term: one tail proves it. */
START_TEST(s20_a_seal_of_an_older_term_needs_one_tail)
{
    struct box_options o = raft_usual(3);
    uint64_t height;
    uint64_t appended;
    struct vt_view proof;
    struct box *box;

    o.say = story_watch;
    box = scene_make_lossy(&o, drops_acks);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, SECOND);
    height = box_final_height(box, 0) + 1;
    box_seal(box, height);
    scene_phase = 1;
    appended = box_traced(box, "R4 append");
    scene_offer(box, story_leader, 3, 1);
    while (box_traced(box, "R4 append") < appended + 2) {
        ck_assert_int_eq(box_step(box), 1);
    }
    box_run(box, 5000); /* to both disks */
    box_crash(box, story_leader);
    scene_phase = 0;
    box_run(box, 5 * STABILITY_ELECTION_US);
    box_calm(box);
    box_run(box, 1000);
    box_seal(box, height);
    ck_assert_int_eq(box_run_until(box, box_all_sealed, SECOND), 1);
    box_run(box, SECOND);
    check_sealed(box, height);
    proof = box_handoff(box, story_leader);
    ck_assert_uint_eq(proof.ptr[1 + 8 + 32], 2); /* ids: H and the tail */
    scene_finish(box);
}
END_TEST

int main(void)
{
    const TTest *const sealing[] = {
        nothing_is_final_above_the_seal_and_all_hand_over,
        a_node_that_reached_the_seal_by_sync_gets_the_certificate,
        s20_a_seal_of_an_older_term_needs_one_tail};
    Suite *suite = suite_create("raft sealing");

    VT_SUITE_ADD(suite, "sealing", sealing);
    return vt_suite_run(suite);
}
