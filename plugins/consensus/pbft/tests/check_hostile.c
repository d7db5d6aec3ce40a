/* SPDX-License-Identifier: Apache-2.0
 *
 * check_hostile.c - members that cheat are reported with proof, garbage and
 * floods cost little: one replica, the test speaks for the others.
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

static void leave(uint32_t from, uint64_t view)
{
    struct pbft_viewchange vc;

    director_make_vc(&d, from, view, 0, BOX_NONE, &vc);
    director_leave(&d, &vc);
}

/* ---- evidence ----------------------------------------------------------- */

START_TEST(double_votes_are_reported_with_proof)
{
    uint32_t other;

    begin(3, QUIET);
    other = box_make_block(d.box, BOX_NONE, 0, 50, 0);
    director_vote(&d, 1, PBFT_PREPARE, 0, chain[0]);
    director_vote(&d, 1, PBFT_PREPARE, 0, other);
    director_vote(&d, 2, PBFT_COMMIT, 0, chain[0]);
    director_vote(&d, 2, PBFT_COMMIT, 0, other);
    director_checkpoint(&d, 0, chain[3], 1);
    director_checkpoint(&d, 0, chain[3], 2);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_evidence(d.box, 1), 1u << PBFT_EV_PREPARE);
    ck_assert_uint_eq(box_evidence(d.box, 2), 1u << PBFT_EV_COMMIT);
    ck_assert_uint_eq(box_evidence(d.box, 0), 1u << PBFT_EV_CHECKPOINT);
    director_stop(&d);
}
END_TEST

START_TEST(a_commit_denied_by_a_later_viewchange_is_reported)
{
    begin(3, QUIET);
    director_vote(&d, 1, PBFT_COMMIT, 0, chain[1]);
    director_run_ms(&d, 5);
    leave(1, 1); /* claims that nothing was prepared */
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_evidence(d.box, 1), 1u << PBFT_EV_HIDDEN);
    director_stop(&d);
}
END_TEST

START_TEST(a_prepare_above_what_a_viewchange_said_is_reported)
{
    begin(3, QUIET);
    leave(1, 1); /* claims that it never voted */
    director_run_ms(&d, 5);
    director_vote(&d, 1, PBFT_PREPARE, 0, chain[1]);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_evidence(d.box, 1), 1u << PBFT_EV_LATE);
    director_stop(&d);
}
END_TEST

START_TEST(two_viewchanges_for_one_view_are_reported)
{
    struct pbft_viewchange vc;

    begin(3, QUIET);
    leave(1, 1);
    director_run_ms(&d, 5);
    director_make_vc(&d, 1, 1, 0, chain[0], &vc);
    director_leave(&d, &vc);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_evidence(d.box, 1), 1u << PBFT_EV_VIEWCHANGE);
    director_stop(&d);
}
END_TEST

/* ---- garbage and strangers ---------------------------------------------- */

START_TEST(strangers_and_garbage_change_nothing)
{
    uint8_t before[32];
    uint8_t after[32];
    uint8_t bytes[200];
    struct vt_ev_recv ev = {
        .h = {.size = VT_UPTO(struct vt_ev_recv, msg), .type = VT_EV_RECV},
        .from = VT_PEER_NONE,
        .msg = {bytes, sizeof bytes}};

    begin(3, QUIET);
    box_digest(d.box, 3, before);
    for (uint32_t proto = 0; proto < 12; proto++) {
        ev.proto = proto;
        for (ev.msg.len = 0; ev.msg.len < sizeof bytes; ev.msg.len++) {
            memset(bytes, (int)(proto * 31 + ev.msg.len), sizeof bytes);
            (void)box_feed(d.box, 3, &ev.h);
        }
    }
    ev.from = 4; /* no such member */
    (void)box_feed(d.box, 3, &ev.h);
    box_digest(d.box, 3, after);
    ck_assert_mem_eq(before, after, 32);
    director_stop(&d);
}
END_TEST

START_TEST(unknown_events_are_ignored_unless_critical)
{
    struct vt_ev ev = {.size = VT_UPTO(struct vt_ev, wall_ms), .type = 99};

    begin(3, QUIET);
    (void)box_feed(d.box, 3, &ev);
    ck_assert_ptr_null(box_violation(d.box));
    ev.type = 99 | VT_EV_CRITICAL;
    (void)box_feed(d.box, 3, &ev);
    ck_assert_ptr_nonnull(strstr(box_violation(d.box), "returned -3"));
    box_free(d.box);
}
END_TEST

START_TEST(a_flood_is_checked_within_bounds)
{
    struct box_peaks peaks;
    struct pbft_viewchange vc;

    begin(3, QUIET);
    for (uint64_t view = 10; view < 3000; view++) {
        director_make_vc(&d, 0, view, 0, chain[0], &vc);
        director_leave(&d, &vc);
    }
    director_run_ms(&d, 30);
    /* 24 in an interval of 50 ms, the rest was not looked at */
    ck_assert_uint_le(box_traced(d.box, "P8 heard"), 24);
    box_peaks(d.box, &peaks);
    ck_assert_uint_le(peaks.effects_per_step, 40);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const evidence[] = {
        double_votes_are_reported_with_proof,
        a_commit_denied_by_a_later_viewchange_is_reported,
        a_prepare_above_what_a_viewchange_said_is_reported,
        two_viewchanges_for_one_view_are_reported};
    const TTest *const hostile[] = {strangers_and_garbage_change_nothing,
                                    unknown_events_are_ignored_unless_critical,
                                    a_flood_is_checked_within_bounds};
    Suite *suite = suite_create("pbft hostile");

    VT_SUITE_ADD(suite, "evidence", evidence);
    VT_SUITE_ADD(suite, "hostile input", hostile);
    return vt_suite_run(suite);
}
