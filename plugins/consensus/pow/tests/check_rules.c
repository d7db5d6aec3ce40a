/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rules.c - one member, the test speaks for the others: which headers are
 * taken, which branch is the head, what is final, when there is work.
 */
#include "inside.h"

#include "solo.h"
#include "unit/suite.h"

#define DEPTH 6u

static struct solo_tip a[2048], b[2048];

static void give_all(struct solo *s, const struct solo_tip *tips,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        solo_give(s, &tips[i]);
    }
}

static void copy_headers(const struct solo_tip *tips, uint32_t count,
                         struct pow_header *out)
{
    for (uint32_t i = 0; i < count; i++) {
        out[i] = tips[i].h;
    }
}

/* ---- heads ----------------------------------------------------------------
 */

START_TEST(the_branch_with_more_work_is_the_head)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 4, a);
    solo_grow(s, &a[0], 4, b);
    give_all(s, a, 4);
    ck_assert(solo_is_head(s, &a[3]));
    give_all(s, b, 2);
    ck_assert(solo_is_head(s, &a[3]));
    give_all(s, b + 2, 2);
    ck_assert(solo_is_head(s, &b[3]));
    solo_free(s);
}
END_TEST

/* F2: half of the ties go either way. */
START_TEST(ties_are_tossed)
{
    struct solo *s = solo_new("depth = 200\nmax_reorg = 1000", SOLO_ME);
    struct solo_tip on;
    uint32_t second = 0;

    solo_start(s, &on);
    for (int i = 0; i < 180; i++) {
        solo_grow(s, &on, 1, a);
        solo_grow(s, &on, 1, b);
        solo_give(s, &a[0]);
        solo_give(s, &b[0]);
        second += (uint32_t)solo_is_head(s, &b[0]);
        on = a[0];
        solo_grow(s, &on, 1, a);
        solo_give(s, &a[0]);
        on = a[0];
        ck_assert(solo_is_head(s, &on));
        if (i % 90 == 89) {
            solo_free(s);
            s = solo_new("depth = 200\nmax_reorg = 1000", SOLO_ME);
            solo_start(s, &on);
        }
    }
    ck_assert_uint_ge(second, 60);
    ck_assert_uint_le(second, 120);
    solo_free(s);
}
END_TEST

START_TEST(a_bad_block_takes_its_branch_along)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    struct pow_header run[8];

    solo_start(s, &root);
    solo_grow(s, &root, 3, a);
    solo_grow(s, &a[0], 4, b);
    solo_find(s, b[1].id)->kind = SOLO_BAD_BODY;
    give_all(s, a, 3);
    copy_headers(b, 4, run);
    solo_tell(s, 2, run, 4, 0);
    ck_assert(solo_is_head(s, &a[2]));
    solo_grow(s, &b[3], 1, b + 4);
    solo_give(s, &b[4]);
    ck_assert(solo_is_head(s, &a[2]));
    solo_free(s);
}
END_TEST

START_TEST(a_header_must_name_the_block_in_its_place)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 2, a);
    solo_grow(s, &root, 2, b);
    solo_grow(s, &b[1], 1, b + 2);
    solo_find(s, b[1].id)->parent[0] ^= 1; /* stands elsewhere */
    solo_find(s, a[1].id)->payload_len = 3;
    give_all(s, b, 3);
    ck_assert(solo_is_head(s, &b[0]));
    give_all(s, a, 2);
    ck_assert_uint_eq(s->head_height, 11);
    solo_free(s);
}
END_TEST

/* A branch of which nobody gives the bodies holds up nothing, and is tried
 * again. */
START_TEST(withheld_bodies_are_waited_for_elsewhere)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    struct pow_header run[8];

    solo_start(s, &root);
    solo_grow(s, &root, 3, a);
    solo_grow(s, &root, 5, b);
    for (int i = 0; i < 5; i++) {
        solo_find(s, b[i].id)->kind = SOLO_WITHHELD;
    }
    copy_headers(b, 5, run);
    solo_tell(s, 2, run, 5, 0);
    copy_headers(a, 3, run);
    solo_tell(s, 1, run, 3, 0);
    solo_pass(s, 5000);
    ck_assert(solo_is_head(s, &a[2]));
    for (int i = 0; i < 5; i++) {
        solo_find(s, b[i].id)->kind = SOLO_GOOD;
    }
    solo_pass(s, 20000);
    ck_assert(solo_is_head(s, &b[4]));
    solo_free(s);
}
END_TEST

START_TEST(a_body_that_is_early_is_asked_for_again)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_make(s, &root, (uint64_t)s->wall_ms, a)->kind = SOLO_LATER;
    solo_give(s, &a[0]);
    ck_assert_uint_eq(s->heads, 0);
    solo_find(s, a[0].id)->kind = SOLO_GOOD;
    solo_pass(s, 3000);
    ck_assert(solo_is_head(s, &a[0]));
    solo_free(s);
}
END_TEST

/* ---- final --------------------------------------------------------------- */

START_TEST(a_block_is_final_when_it_is_deep)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 20, a);
    give_all(s, a, DEPTH - 1);
    ck_assert_uint_eq(s->final_height, 10);
    solo_give(s, &a[DEPTH - 1]);
    ck_assert_uint_eq(s->final_height, 11);
    give_all(s, a + DEPTH, 20 - DEPTH);
    ck_assert_uint_eq(s->final_height, 11 + 20 - DEPTH);
    ck_assert_mem_eq(s->final_id, a[20 - DEPTH].id, 32);
    solo_free(s);
}
END_TEST

/* I11 */
START_TEST(what_is_final_stays)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    struct pow_header run[40];

    solo_start(s, &root);
    solo_grow(s, &root, 10, a);
    solo_grow(s, &a[3], 40, b);
    give_all(s, a, 10);
    ck_assert_uint_eq(s->final_height, 15);
    copy_headers(b, 40, run);
    solo_count(s, "A1 alarm");
    solo_tell(s, 2, run, 5, 0);
    ck_assert_uint_eq(s->labels, 0);
    solo_tell(s, 2, run, 40, 0); /* somebody should look at this */
    ck_assert_uint_eq(s->labels, 1);
    solo_tell(s, 2, run + 5, 35, 0);
    ck_assert(solo_is_head(s, &a[9]));
    solo_free(s);
}
END_TEST

START_TEST(no_more_is_decided_than_the_host_executes)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    uint8_t id[32];

    solo_start(s, &root);
    solo_grow(s, &root, 40, a);
    s->keeps = 1;
    give_all(s, a, 40);
    ck_assert_uint_eq(s->final_height, 10 + POW_UNDONE);
    memcpy(id, s->final_id, 32);
    solo_applied(s, s->final_height, id);
    ck_assert_uint_eq(s->final_height, 10 + 2 * POW_UNDONE);
    solo_free(s);
}
END_TEST

/* S28: reorg at max_reorg and one more. */
START_TEST(a_reorg_deeper_than_allowed_is_refused)
{
    for (uint32_t depth = 3; depth <= 4; depth++) {
        struct solo *s = solo_new("depth = 20\nmax_reorg = 3", SOLO_ME);
        struct solo_tip root;

        solo_start(s, &root);
        solo_count(s, "A1 alarm");
        solo_grow(s, &root, 6, a);
        give_all(s, a, 6);
        solo_grow(s, &a[5 - depth], depth + 1, b);
        give_all(s, b, depth + 1);
        ck_assert_int_eq(solo_is_head(s, &b[depth]), depth == 3);
        ck_assert_uint_eq(s->labels, depth == 3 ? 0 : 1);
        solo_grow(s, &b[depth], 1, b + depth + 1);
        solo_give(s, &b[depth + 1]);
        ck_assert_int_eq(solo_is_head(s, &b[depth + 1]), depth == 3);
        solo_free(s);
    }
}
END_TEST

/* ---- anchors --------------------------------------------------------------
 */

START_TEST(with_anchors_depth_alone_is_not_enough)
{
    struct solo *s = solo_new("final_by = anchor", SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 12, a);
    give_all(s, a, 12);
    ck_assert_uint_eq(s->final_height, 10);
    solo_anchor(s, 13, a[2].id);
    ck_assert_uint_eq(s->final_height, 13);
    solo_anchor(s, 21, a[10].id); /* not deep enough but for 17 */
    ck_assert_uint_eq(s->final_height, 17);
    solo_free(s);
}
END_TEST

START_TEST(an_anchor_excludes_a_better_branch)
{
    struct solo *s = solo_new("final_by = anchor", SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 3, a);
    solo_grow(s, &a[0], 5, b);
    give_all(s, a, 3);
    give_all(s, b, 5);
    ck_assert(solo_is_head(s, &b[4]));
    solo_anchor(s, 12, a[1].id);
    ck_assert(solo_is_head(s, &a[2]));
    solo_restart(s);
    solo_pass(s, 1000);
    ck_assert(solo_is_head(s, &a[2]));
    solo_free(s);
}
END_TEST

START_TEST(an_anchor_against_a_final_block_halts)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 10, a);
    give_all(s, a, 10);
    solo_anchor(s, 13, a[2].id);
    ck_assert_uint_eq(s->halts, 0);
    solo_anchor(s, 14, a[2].id);
    ck_assert_uint_eq(s->halts, 1);
    solo_free(s);
}
END_TEST

/* ---- the end of the epoch --------------------------------------------------
 */

START_TEST(nothing_above_the_seal_is_final)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 12, a);
    give_all(s, a, 4);
    solo_seal(s, 13);
    ck_assert(s->has_work); /* for a tail: nothing waits */
    give_all(s, a + 4, 8);
    ck_assert_uint_eq(s->final_height, 13);
    ck_assert_uint_eq(s->sealed_height, 13);
    ck_assert(!s->has_work);
    solo_free(s);
}
END_TEST

/* ---- work ------------------------------------------------------------------
 */

START_TEST(there_is_work_only_while_there_is_something_to_do)
{
    struct solo *s = solo_new(NULL, SOLO_ME);

    solo_pass(s, 60000);
    ck_assert(!s->has_work);
    solo_txs(s, 2);
    ck_assert(s->has_work);
    s->build_txs = 0;
    solo_mine(s, NULL);
    ck_assert_uint_eq(s->head_height, 11);
    solo_txs(s, 0);
    for (uint32_t i = 1; i < DEPTH; i++) { /* until it is deep */
        ck_assert(s->has_work);
        solo_mine(s, NULL);
    }
    ck_assert_uint_eq(s->final_height, 11);
    solo_pass(s, 60000);
    ck_assert(!s->has_work);
    solo_free(s);
}
END_TEST

START_TEST(the_heartbeat_brings_empty_blocks)
{
    struct solo *s = solo_new("heartbeat = 10s", SOLO_ME);

    solo_pass(s, 9000);
    ck_assert(!s->has_work);
    solo_pass(s, 3000);
    ck_assert(s->has_work);
    solo_mine(s, NULL);
    ck_assert(!s->has_work);
    solo_free(s);
}
END_TEST

START_TEST(observers_and_those_told_not_to_never_mine)
{
    struct solo *s = solo_new(NULL, VT_PEER_NONE);

    solo_txs(s, 2);
    ck_assert_uint_eq(s->builds, 0);
    ck_assert_uint_eq(s->tells, 0);
    solo_free(s);
    s = solo_new("mine = no", SOLO_ME);
    solo_txs(s, 2);
    ck_assert_uint_eq(s->builds, 0);
    solo_free(s);
}
END_TEST

START_TEST(work_moves_with_the_head)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    struct solo_tip mined;

    solo_start(s, &root);
    solo_txs(s, 1);
    ck_assert_uint_eq(s->searches, 1);
    solo_make(s, &root, (uint64_t)s->wall_ms, a)->txs = 1;
    solo_give(s, &a[0]);
    ck_assert_uint_eq(s->requeues, 1);
    ck_assert(s->has_work);
    solo_mine(s, &mined);
    ck_assert_uint_eq(mined.h.height, 12);
    ck_assert_mem_eq(mined.h.prev, a[0].below.hash, 32);
    ck_assert(solo_is_head(s, &mined));
    solo_free(s);
}
END_TEST

START_TEST(the_template_is_made_anew_now_and_then)
{
    struct solo *s = solo_new(NULL, SOLO_ME);

    solo_txs(s, 1);
    ck_assert_uint_eq(s->builds, 1);
    solo_txs(s, 3);
    ck_assert_uint_eq(s->builds, 1);
    solo_pass(s, 7000);
    ck_assert_uint_eq(s->builds, 2); /* more transactions */
    ck_assert_uint_eq(s->requeues, 1);
    solo_pass(s, 7000);
    ck_assert_uint_eq(s->builds, 2); /* only a newer time */
    ck_assert_uint_eq(s->searches, 3);
    solo_free(s);
}
END_TEST

/* ---- after a restart --------------------------------------------------------
 */

START_TEST(a_restart_finds_the_branch_again)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    uint8_t one[32];
    uint8_t two[32];

    solo_start(s, &root);
    solo_grow(s, &root, 30, a);
    solo_grow(s, &a[27], 1, b);
    give_all(s, a, 30);
    solo_give(s, &b[0]);
    ck_assert_uint_eq(s->final_height, 35);
    solo_restart(s);
    ck_assert(solo_is_head(s, &a[29]));
    ck_assert_uint_eq(s->final_height, 35);
    solo_restart(s);
    solo_digest(s, one);
    solo_restart(s);
    solo_digest(s, two);
    ck_assert_mem_eq(one, two, 32);
    solo_free(s);
}
END_TEST

/* The index was lost, or never had what sync brought: the proof is enough. */
START_TEST(a_restart_needs_no_slots_but_the_proof)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 31, a);
    give_all(s, a, 30);
    s->slot_count = 0;
    solo_restart(s);
    ck_assert(solo_is_head(s, &a[29]));
    solo_give(s, &a[30]);
    ck_assert_uint_eq(s->final_height, 36);
    solo_free(s);
}
END_TEST

START_TEST(a_damaged_slot_is_refused)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct vt_cs_start start = {.size = VT_UPTO(struct vt_cs_start, handoff),
                                .epoch = &s->epoch,
                                .final_height = 10};
    struct vt_err err = VT_ERR_INIT;
    struct vt_slot slot = {.slot = POW_SLOT_INDEX + 1};
    struct vt_cs *cs = NULL;
    uint8_t bytes[101] = {2};

    slot.bytes = vt_view_of(bytes, sizeof bytes);
    start.slots.ptr = &slot;
    start.slots.count = 1;
    start.slots.stride = sizeof slot;
    ck_assert_int_eq(s->table->create(&s->host, &s->cfg, &start, &cs, &err),
                     VT_E_CORRUPT);
    ck_assert_ptr_null(cs);
    slot.slot = 3;
    ck_assert_int_eq(s->table->create(&s->host, &s->cfg, &start, &cs, &err),
                     VT_E_CORRUPT);
    solo_free(s);
}
END_TEST

/* Equal events, equal states: however the table was filled. */
START_TEST(equal_runs_have_equal_digests)
{
    uint8_t digest[2][32];

    for (int i = 0; i < 2; i++) {
        struct solo *s = solo_new(NULL, SOLO_ME);
        struct solo_tip root;

        solo_start(s, &root);
        solo_grow(s, &root, 20, a);
        give_all(s, a, 20);
        solo_txs(s, 1);
        solo_mine(s, NULL);
        solo_pass(s, 5000);
        solo_digest(s, digest[i]);
        solo_free(s);
    }
    ck_assert_mem_eq(digest[0], digest[1], 32);
}
END_TEST

int main(void)
{
    const TTest *const heads[] = {the_branch_with_more_work_is_the_head,
                                  ties_are_tossed,
                                  a_bad_block_takes_its_branch_along,
                                  a_header_must_name_the_block_in_its_place,
                                  withheld_bodies_are_waited_for_elsewhere,
                                  a_body_that_is_early_is_asked_for_again};
    const TTest *const final[] = {a_block_is_final_when_it_is_deep,
                                  what_is_final_stays,
                                  no_more_is_decided_than_the_host_executes,
                                  a_reorg_deeper_than_allowed_is_refused,
                                  with_anchors_depth_alone_is_not_enough,
                                  an_anchor_excludes_a_better_branch,
                                  an_anchor_against_a_final_block_halts,
                                  nothing_above_the_seal_is_final};
    const TTest *const work[] = {
        there_is_work_only_while_there_is_something_to_do,
        the_heartbeat_brings_empty_blocks,
        observers_and_those_told_not_to_never_mine,
        work_moves_with_the_head,
        the_template_is_made_anew_now_and_then,
        a_restart_finds_the_branch_again,
        a_restart_needs_no_slots_but_the_proof,
        a_damaged_slot_is_refused,
        equal_runs_have_equal_digests};
    Suite *suite = suite_create("pow rules");

    VT_SUITE_ADD(suite, "heads", heads);
    VT_SUITE_ADD(suite, "final", final);
    VT_SUITE_ADD(suite, "work", work);
    return vt_suite_run(suite);
}
