/* SPDX-License-Identifier: Apache-2.0
 *
 * check_scenarios.c - whole committees of all sizes, and the situations that
 * have hurt others, named as in the consensus design (S13 ...).
 */
#include "messages.h"

#include "scene.h"
#include "unit/suite.h"

#include <string.h>

/* ---- sizes -------------------------------------------------------------- */

START_TEST(s35_committees_of_every_size_are_live_with_all_up)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 10, 16};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct box_options o = scene_usual(sizes[i]);
        struct box *box = scene_make(&o);

        scene_offer(box, 0, 0, 12);
        scene_all_final_within(box, SECOND);
        ck_assert_uint_eq(box_traced(box, "P7 timeout"), 0);
        scene_finish(box);
    }
}
END_TEST

START_TEST(the_largest_committee_decides)
{
    struct box_options o = scene_usual(64);
    struct box_peaks peaks;
    struct box *box;

    o.settings = "view_timeout=2s";
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, SECOND);
    box_peaks(box, &peaks);
    ck_assert_uint_le(peaks.message, 65536);
    scene_finish(box);
}
END_TEST

START_TEST(one_empty_block_settles_the_last_transactions)
{
    struct box_options o = scene_usual(4);
    struct box *box;
    uint64_t height;

    o.settings = "settle=100ms";
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

START_TEST(with_f_members_away_the_others_go_on)
{
    static const uint32_t sizes[] = {4, 7, 10};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct box_options o = scene_usual(sizes[i]);
        struct box *box = scene_make(&o);

        for (uint32_t m = 0; m < (sizes[i] - 1) / 3; m++) {
            box_crash(box, m); /* the first primaries among them */
        }
        scene_offer(box, sizes[i] - 1, 0, 12);
        scene_all_final_within(box, 3 * SECOND);
        scene_finish(box);
    }
}
END_TEST

START_TEST(a_killed_primary_is_replaced_within_two_timeouts)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make(&o);

    scene_offer(box, 1, 0, 3);
    scene_all_final_within(box, SECOND);
    box_crash(box, 0);
    scene_offer(box, 1, 3, 3);
    scene_all_final_within(box, 120000);
    scene_finish(box);
}
END_TEST

START_TEST(unequal_weights_are_refused)
{
    struct box_options o = scene_usual(4);
    struct vt_err err = {.size = sizeof err};

    o.weights[2] = 5;
    ck_assert_ptr_null(box_new(&o, &err));
    ck_assert_int_eq(err.code, VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "weights"));
}
END_TEST

/* ---- S13 ---------------------------------------------------------------- */

/* go-ibft #94: the timer fired while the decided block was being executed. */
START_TEST(s13_slow_execution_of_a_decided_block_is_no_reason_to_leave)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.apply_us = 500000;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 1);
    scene_all_final_within(box, 2 * SECOND);
    ck_assert_uint_eq(box_traced(box, "P7 timeout"), 0);
    ck_assert_uint_eq(box_traced(box, "P9 viewchange"), 0);
    scene_finish(box);
}
END_TEST

/* ---- S14 ---------------------------------------------------------------- */

/* Members 4, 5, 6 hear no votes and leave; 0..3 are prepared, said COMMIT, and
 * are one short of a quorum (NEO's lock). */
static int drops_s14(void *ctx, const struct box_message *m)
{
    const int *phase = ctx;

    if (*phase != 0) {
        return 0;
    }
    return (m->proto == PBFT_PREPARE && m->to >= 4) ||
           (m->proto == PBFT_COMMIT && m->from >= 4) ||
           (m->proto == PBFT_COMMIT && m->to >= 4) ||
           (m->proto == PBFT_VIEWCHANGE && m->to <= 3);
}

START_TEST(s14_three_of_seven_left_and_four_committed)
{
    struct box_options o = scene_usual(7);
    struct box *box;

    o.settings = "window=4 view_timeout=40ms retransmit=15ms";
    box = scene_make_lossy(&o, drops_s14);
    scene_offer(box, 0, 0, 1);
    box_run(box, 35000);
    ck_assert_uint_ge(box_traced(box, "P4 prepared"), 4);
    ck_assert_uint_eq(box_traced(box, "P5 committed"), 0);
    scene_phase = 1;
    scene_all_final_within(box, 2 * SECOND);
    scene_finish(box);
}
END_TEST

/* ---- S15 ---------------------------------------------------------------- */

/* One member prepares X in view 0, another Y in view 1; IBFT 1 locks there. */
static int drops_s15(void *ctx, const struct box_message *m)
{
    const int *phase = ctx;

    switch (*phase) {
    case 0: /* only member 3 hears PREPAREs */
        return (m->proto == PBFT_PREPARE && m->to != 3) ||
               m->proto == PBFT_COMMIT || m->proto == PBFT_CERT;
    case 1: /* 3 is alone; only member 2 hears PREPAREs */
        return m->from == 3 || m->to == 3 ||
               (m->proto == PBFT_PREPARE && m->to != 2) ||
               m->proto == PBFT_COMMIT;
    default:
        return 0;
    }
}

static int one_prepared(const struct box *box)
{
    return box_traced(box, "P4 prepared") >= 1;
}

static int two_prepared(const struct box *box)
{
    return box_traced(box, "P4 prepared") >= 2;
}

START_TEST(s15_two_members_prepared_different_blocks)
{
    struct box_options o = scene_usual(4);
    struct box *box = scene_make_lossy(&o, drops_s15);

    scene_offer(box, 0, 0, 1);
    ck_assert_int_eq(box_run_until(box, one_prepared, SECOND), 1);
    scene_phase = 1;
    scene_offer(box, 1, 1, 1);
    ck_assert_int_eq(box_run_until(box, two_prepared, SECOND), 1);
    scene_phase = 2;
    scene_all_final_within(box, 3 * SECOND);
    scene_finish(box);
}
END_TEST

/* ---- S16 ---------------------------------------------------------------- */

/* A primary shows its PREPARE, and so the certificate, to member 1 only, and
 * its proposal not to member 3; then it is silent. */
static int drops_s16(void *ctx, const struct box_message *m)
{
    (void)ctx;
    if (m->from == 0) {
        return m->proto == PBFT_PREPREPARE ? m->to == 3
               : m->proto == PBFT_PREPARE  ? m->to != 1
                                           : 1;
    }
    return m->to == 0;
}

START_TEST(s16_a_certificate_shown_to_one_member_only)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.byzantine = 1;
    box = scene_make_lossy(&o, drops_s16);
    scene_offer(box, 1, 0, 2);
    scene_all_final_within(box, 3 * SECOND);
    ck_assert_uint_ge(box_traced(box, "P4 prepared"), 1);
    scene_finish(box);
}
END_TEST

/* ---- S36 ---------------------------------------------------------------- */

START_TEST(s36_a_node_that_computes_something_else_stops)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.settings = "window=4 view_timeout=60ms retransmit=15ms "
                 "checkpoint_interval=1 rotate_checkpoints=0";
    o.byzantine = 8; /* what node 3 does is not promised any more */
    box = scene_make(&o);
    scene_offer(box, 0, 0, 2);
    scene_all_final_within(box, SECOND);
    box_break_executor(box, 3);
    scene_offer(box, 0, 2, 4);
    scene_all_final_within(box, 3 * SECOND);
    box_run(box, SECOND);
    ck_assert_int_eq(box_has_halted(box, 3), 1);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(box_has_halted(box, i), 0);
    }
    scene_finish(box);
}
END_TEST

static int one_is_final(const struct box *box)
{
    return box_traced(box, "P5 committed") >= 4;
}

START_TEST(s36_f_plus_one_that_compute_something_else_stop_the_chain)
{
    struct box_options o = scene_usual(4);
    struct box *box;

    o.settings = "window=4 view_timeout=60ms retransmit=15ms "
                 "checkpoint_interval=1 rotate_checkpoints=0";
    o.apply_us = 20000; /* time to break between decided and executed */
    box = scene_make(&o);
    scene_offer(box, 0, 0, 1);
    ck_assert_int_eq(box_run_until(box, one_is_final, SECOND), 1);
    box_break_executor(box, 2);
    box_break_executor(box, 3);
    box_run(box, SECOND);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(box_has_halted(box, i), 1);
    }
    scene_finish(box); /* and no fork */
}
END_TEST

int main(void)
{
    const TTest *const sizes[] = {
        s35_committees_of_every_size_are_live_with_all_up,
        the_largest_committee_decides,
        with_f_members_away_the_others_go_on,
        a_killed_primary_is_replaced_within_two_timeouts,
        one_empty_block_settles_the_last_transactions,
        unequal_weights_are_refused};
    const TTest *const named[] = {
        s13_slow_execution_of_a_decided_block_is_no_reason_to_leave,
        s14_three_of_seven_left_and_four_committed,
        s15_two_members_prepared_different_blocks,
        s16_a_certificate_shown_to_one_member_only,
        s36_a_node_that_computes_something_else_stops,
        s36_f_plus_one_that_compute_something_else_stop_the_chain};
    Suite *suite = suite_create("pbft scenarios");

    VT_SUITE_ADD(suite, "committees", sizes);
    VT_SUITE_ADD(suite, "scenarios", named);
    return vt_suite_run(suite);
}
