/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rules.c - each rule alone: one replica, the test speaks for the others.
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

/* ---- P1 ----------------------------------------------------------------- */

START_TEST(a_primary_proposes_up_to_the_window_without_commits)
{
    begin(0, QUIET " batch_bytes=1KiB");
    for (uint32_t tx = 0; tx < 100; tx++) {
        box_offer(d.box, 0, tx);
    }
    director_run_ms(&d, 40);
    ck_assert_uint_eq(box_traced(d.box, "P1 build"), 4);
    ck_assert_uint_eq(prepares(0, 4), 3);
    ck_assert_uint_eq(prepares(0, 5), 0);
    director_stop(&d);
}
END_TEST

START_TEST(an_idle_primary_proposes_nothing)
{
    begin(0, QUIET);
    director_run_ms(&d, 2000);
    ck_assert_uint_eq(director_heard(&d, PBFT_PREPREPARE), 0);
    director_stop(&d);
}
END_TEST

START_TEST(with_a_heartbeat_an_idle_primary_proposes_empty_blocks)
{
    begin(0, QUIET " heartbeat=100ms");
    director_run_ms(&d, 90);
    ck_assert_uint_eq(prepares(0, 1), 0);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(prepares(0, 1), 3);
    director_stop(&d);
}
END_TEST

START_TEST(a_restarted_primary_says_the_same_again)
{
    struct pbft_proposal before;
    struct pbft_proposal after;

    begin(0, QUIET);
    box_offer(d.box, 0, 1);
    director_run_ms(&d, 10);
    ck_assert_int_eq(director_last_proposal(&d, 1, &before), 1);
    box_crash(d.box, 0);
    director_forget(&d);
    box_offer(d.box, 0, 2); /* another block would hold this one as well */
    box_restart(d.box, 0);
    director_run_ms(&d, 20);
    ck_assert_int_eq(director_last_proposal(&d, 1, &after), 1);
    ck_assert_mem_eq(before.id, after.id, 32);
    ck_assert_mem_eq(&before.sig, &after.sig, sizeof before.sig);
    ck_assert_uint_eq(director_heard_vote(&d, PBFT_PREPARE, 0, 1, before.id),
                      3);
    director_stop(&d);
}
END_TEST

/* ---- P2 ----------------------------------------------------------------- */

START_TEST(the_first_proposal_of_the_primary_is_prepared_once)
{
    uint32_t other;

    begin(3, QUIET);
    other = box_make_block(d.box, BOX_NONE, 0, 50, 0);
    director_propose(&d, 0, 0, chain[0]);
    director_propose(&d, 0, 0, other);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(
        director_heard_vote(&d, PBFT_PREPARE, 0, 1, id_of(chain[0])), 3);
    ck_assert_uint_eq(director_heard_vote(&d, PBFT_PREPARE, 0, 1, id_of(other)),
                      0);
    ck_assert_uint_eq(box_evidence(d.box, 0), 1u << PBFT_EV_PREPREPARE);
    director_stop(&d);
}
END_TEST

START_TEST(a_proposal_of_somebody_else_is_not_prepared)
{
    begin(3, QUIET);
    director_propose(&d, 1, 0, chain[0]);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(prepares(0, 1), 0);
    director_stop(&d);
}
END_TEST

START_TEST(proposals_out_of_order_are_kept_and_voted_in_order)
{
    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[2]);
    director_propose(&d, 0, 0, chain[1]);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(director_heard(&d, PBFT_PREPARE), 0);
    director_propose(&d, 0, 0, chain[0]);
    director_run_ms(&d, 10);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        ck_assert_uint_eq(prepares(0, seq), 3);
    }
    director_stop(&d);
}
END_TEST

START_TEST(a_block_on_another_parent_is_not_prepared)
{
    uint32_t other;
    uint32_t child;

    begin(3, QUIET);
    other = box_make_block(d.box, BOX_NONE, 0, 50, 0);
    child = box_make_block(d.box, other, 0, 51, 0);
    director_propose(&d, 0, 0, chain[0]);
    director_propose(&d, 0, 0, child);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(prepares(0, 1), 3);
    ck_assert_uint_eq(prepares(0, 2), 0);
    director_stop(&d);
}
END_TEST

START_TEST(an_invalid_block_is_not_prepared)
{
    uint32_t bad;

    begin(3, QUIET);
    bad = box_make_block(d.box, BOX_NONE, 0, 50, 1);
    director_propose(&d, 0, 0, bad);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(prepares(0, 1), 0);
    ck_assert_uint_eq(box_traced(d.box, "P2 refused"), 1);
    director_stop(&d);
}
END_TEST

START_TEST(a_block_that_is_too_early_is_asked_about_again)
{
    begin(3, QUIET);
    box_deaf(d.box, 3, 1, 0);
    director_propose(&d, 0, 0, chain[0]);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(prepares(0, 1), 0);
    box_deaf(d.box, 3, 0, 0);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(prepares(0, 1), 3);
    director_stop(&d);
}
END_TEST

START_TEST(a_vote_is_said_again_after_a_restart_and_no_other)
{
    uint32_t other;

    begin(3, QUIET);
    other = box_make_block(d.box, BOX_NONE, 0, 50, 0);
    director_propose(&d, 0, 0, chain[0]);
    director_run_ms(&d, 10);
    box_crash(d.box, 3);
    director_forget(&d);
    box_restart(d.box, 3);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(
        director_heard_vote(&d, PBFT_PREPARE, 0, 1, id_of(chain[0])), 3);
    director_propose(&d, 0, 0, other);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(director_heard_vote(&d, PBFT_PREPARE, 0, 1, id_of(other)),
                      0);
    director_stop(&d);
}
END_TEST

/* ---- P4, P5 ------------------------------------------------------------- */

START_TEST(a_quorum_of_prepares_and_no_fewer_gives_a_commit)
{
    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[0]);
    director_vote(&d, 0, PBFT_PREPARE, 0, chain[0]);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 1), 0);
    director_vote(&d, 1, PBFT_PREPARE, 0, chain[0]);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 1), 3);
    director_stop(&d);
}
END_TEST

START_TEST(a_height_is_prepared_only_after_the_one_below)
{
    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[0]);
    director_propose(&d, 0, 0, chain[1]);
    director_votes(&d, PBFT_PREPARE, 0, chain[1], BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 2), 0);
    director_votes(&d, PBFT_PREPARE, 0, chain[0], BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 1), 3);
    ck_assert_uint_eq(commits(0, 2), 3);
    director_stop(&d);
}
END_TEST

START_TEST(one_certificate_makes_its_ancestors_final)
{
    begin(3, QUIET);
    for (uint32_t i = 0; i < 3; i++) {
        director_propose(&d, 0, 0, chain[i]);
    }
    director_run_ms(&d, 10);
    director_votes(&d, PBFT_COMMIT, 0, chain[2], BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(box_final_height(d.box, 3), 3);
    director_stop(&d);
}
END_TEST

START_TEST(commits_for_another_chain_digest_do_not_add_up)
{
    struct pbft_vote_msg m = {.seq = 1};
    uint8_t bytes[512];
    struct cs_qc core;
    struct cs_wr wr;

    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[0]);
    director_vote(&d, 0, PBFT_COMMIT, 0, chain[0]);
    director_vote(&d, 1, PBFT_COMMIT, 0, chain[0]);
    memset(&core, 0, sizeof core);
    core.role = PBFT_COMMIT;
    core.seq = 1;
    box_block_id(d.box, chain[0], core.id);
    memcpy(m.id, core.id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_vote(&wr, &core);
    m.sig.len =
        (uint8_t)box_sign(d.box, 2, PBFT_COMMIT, cs_wr_view(&wr), m.sig.bytes);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_vote(&wr, PBFT_COMMIT, &m);
    box_send(d.box, 2, 3, PBFT_COMMIT, cs_wr_view(&wr), BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(box_final_height(d.box, 3), 0);
    director_stop(&d);
}
END_TEST

START_TEST(a_missing_body_is_fetched_by_walking_to_the_first_missing)
{
    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[2]);
    director_votes(&d, PBFT_COMMIT, 0, chain[2], BOX_NONE);
    director_run_ms(&d, 100);
    ck_assert_uint_eq(box_final_height(d.box, 3), 0); /* nobody has 1 and 2 */
    director_propose(&d, 0, 0, chain[1]);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(box_final_height(d.box, 3), 0);
    director_propose(&d, 0, 0, chain[0]);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(box_final_height(d.box, 3), 3);
    director_stop(&d);
}
END_TEST

START_TEST(bad_signatures_count_for_nothing_and_cost_their_sender)
{
    uint8_t bytes[512];
    struct pbft_vote_msg m = {.seq = 1, .sig = {.len = 64}};
    struct cs_wr wr;

    begin(3, QUIET);
    director_propose(&d, 0, 0, chain[0]);
    director_vote(&d, 0, PBFT_PREPARE, 0, chain[0]);
    box_block_id(d.box, chain[0], m.id);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_vote(&wr, PBFT_PREPARE, &m);
    box_send(d.box, 1, 3, PBFT_PREPARE, cs_wr_view(&wr), BOX_NONE);
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 1), 0);
    ck_assert_uint_eq(box_traced(d.box, "RECV badsig"), 1);
    director_vote(&d, 1, PBFT_PREPARE, 0, chain[0]); /* the right one counts */
    director_run_ms(&d, 10);
    ck_assert_uint_eq(commits(0, 1), 3);
    director_stop(&d);
}
END_TEST

/* ---- P6 ----------------------------------------------------------------- */

static void make_final(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        director_propose(&d, 0, 0, chain[i]);
        director_votes(&d, PBFT_PREPARE, 0, chain[i], BOX_NONE);
        director_votes(&d, PBFT_COMMIT, 0, chain[i], BOX_NONE);
    }
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, 3), count);
}

START_TEST(a_checkpoint_is_signed_every_interval)
{
    begin(3, QUIET);
    make_final(7);
    ck_assert_uint_eq(director_heard(&d, PBFT_CHECKPOINT), 3);
    director_stop(&d);
}
END_TEST

START_TEST(f_plus_one_other_roots_stop_this_node)
{
    begin(3, QUIET);
    make_final(4);
    director_checkpoint(&d, 0, chain[3], 0xaa);
    director_run_ms(&d, 10);
    ck_assert_int_eq(box_has_halted(d.box, 3), 0);
    director_checkpoint(&d, 1, chain[3], 0xaa);
    director_run_ms(&d, 10);
    ck_assert_int_eq(box_has_halted(d.box, 3), 1);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const proposing[] = {
        a_primary_proposes_up_to_the_window_without_commits,
        an_idle_primary_proposes_nothing,
        with_a_heartbeat_an_idle_primary_proposes_empty_blocks,
        a_restarted_primary_says_the_same_again};
    const TTest *const preparing[] = {
        the_first_proposal_of_the_primary_is_prepared_once,
        a_proposal_of_somebody_else_is_not_prepared,
        proposals_out_of_order_are_kept_and_voted_in_order,
        a_block_on_another_parent_is_not_prepared,
        an_invalid_block_is_not_prepared,
        a_block_that_is_too_early_is_asked_about_again,
        a_vote_is_said_again_after_a_restart_and_no_other};
    const TTest *const deciding[] = {
        a_quorum_of_prepares_and_no_fewer_gives_a_commit,
        a_height_is_prepared_only_after_the_one_below,
        one_certificate_makes_its_ancestors_final,
        commits_for_another_chain_digest_do_not_add_up,
        a_missing_body_is_fetched_by_walking_to_the_first_missing,
        bad_signatures_count_for_nothing_and_cost_their_sender};
    const TTest *const checkpoints[] = {a_checkpoint_is_signed_every_interval,
                                        f_plus_one_other_roots_stop_this_node};
    Suite *suite = suite_create("pbft rules");

    VT_SUITE_ADD(suite, "P1 proposing", proposing);
    VT_SUITE_ADD(suite, "P2 preparing", preparing);
    VT_SUITE_ADD(suite, "P4 P5 deciding", deciding);
    VT_SUITE_ADD(suite, "P6 checkpoints", checkpoints);
    return vt_suite_run(suite);
}
