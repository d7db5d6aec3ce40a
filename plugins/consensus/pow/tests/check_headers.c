/* SPDX-License-Identifier: Apache-2.0
 *
 * check_headers.c - headers of strangers: floods, lies, long chains in two
 * passes, and the way back for who is far behind; proofs.
 */
#include "inside.h"

#include "solo.h"
#include "unit/suite.h"

static struct solo_tip a[4096], b[4096];
static struct pow_header run[4096];

static void copy_headers(const struct solo_tip *tips, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        run[i] = tips[i].h;
    }
}

static void give_all(struct solo *s, const struct solo_tip *tips,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        solo_give(s, &tips[i]);
    }
}

/* ---- lies -------------------------------------------------------------------
 */

static void mine_again(struct solo *s, const struct solo_tip *on,
                       struct pow_header *h)
{
    uint8_t hash[32];

    (void)on;
    while (pow_header_lone_fault(&s->terms, h, hash) != NULL) {
        h->nonce++;
    }
}

START_TEST(each_rule_of_a_header_is_kept)
{
    /* high enough that a wrong nonce shows */
    struct solo *s = solo_new("first = 64\nlimit = 64", SOLO_ME);
    struct solo_tip root;
    uint32_t lies = 0;

    solo_start(s, &root);
    solo_grow(s, &root, 3, a);
    give_all(s, a, 2);
    ck_assert_uint_eq(s->penalties, 0);
    for (int i = 0; i < 6; i++) {
        struct pow_header h = a[2].h;

        switch (i) {
        case 0:
            h.nonce += 1;
            break;
        case 1:
            h.time_ms = a[1].h.time_ms;
            mine_again(s, &a[1], &h);
            break;
        case 2:
            h.clock_ms += 1;
            mine_again(s, &a[1], &h);
            break;
        case 3:
            h.bits -= 1;
            mine_again(s, &a[1], &h);
            break;
        case 4:
            h.height += 1;
            mine_again(s, &a[1], &h);
            break;
        default:
            h.bits = 0x22000001;
            break;
        }
        solo_tell(s, 3, &h, 1, 0);
        lies += s->penalties > 0;
        ck_assert_uint_eq(s->penalties, lies);
        ck_assert(solo_is_head(s, &a[1]));
        s->penalties = 0;
        lies = 0;
        ck_assert_msg(s->last_penalty[0] != '\0', "lie %d", i);
        s->last_penalty[0] = '\0';
    }
    solo_free(s);
}
END_TEST

/* S28: the edge of the future, to the millisecond. */
START_TEST(a_header_from_the_future_waits)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    uint64_t edge = (uint64_t)s->wall_ms + 12000;

    solo_start(s, &root);
    (void)solo_make(s, &root, edge, a);
    (void)solo_make(s, &root, edge + 1, b);
    solo_give(s, &b[0]);
    ck_assert_uint_eq(s->heads, 0);
    solo_give(s, &a[0]);
    ck_assert(solo_is_head(s, &a[0]));
    ck_assert_uint_eq(s->penalties, 0);
    solo_free(s);
}
END_TEST

/* The miner's own time is never refused by others with the same clock. */
START_TEST(a_miner_on_top_of_the_future_is_not_in_it)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    struct solo_tip mined;

    solo_start(s, &root);
    (void)solo_make(s, &root, (uint64_t)s->wall_ms + 11999, a);
    solo_give(s, &a[0]);
    solo_txs(s, 1);
    solo_mine(s, &mined);
    ck_assert_uint_eq(mined.h.time_ms, a[0].h.time_ms + 1);
    ck_assert_uint_le(mined.h.time_ms, (uint64_t)s->wall_ms + 12000);
    solo_free(s);
}
END_TEST

START_TEST(garbage_is_punished_and_harmless)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    uint8_t bytes[300];

    for (uint32_t i = 0; i < 20000; i++) {
        size_t len = vt_rng_below(&s->rng, sizeof bytes);

        vt_rng_fill(&s->rng, bytes, len);
        if (len > 42) {
            bytes[40] = (uint8_t)(1 + (len - 42) / POW_ITEM_LEN);
            bytes[41] = 0;
        }
        solo_send(s, i % 5, i % 4, vt_view_of(bytes, len));
    }
    ck_assert_uint_gt(s->penalties, 10000);
    ck_assert_uint_eq(s->heads, 0);
    solo_free(s);
}
END_TEST

/* ---- floods -------------------------------------------------------------- */

static uint32_t index_count(const struct solo *s)
{
    return s->cs->count;
}

START_TEST(headers_without_enough_work_are_not_kept)
{
    struct solo *s = solo_new("depth = 250\nmax_reorg = 1000", SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 200, a);
    give_all(s, a, 200);
    solo_grow(s, &root, 100, b);
    copy_headers(b, 55);
    solo_count(s, "H4");
    solo_tell(s, 2, run, 55, 0);
    ck_assert_uint_eq(s->labels, 1);
    ck_assert_uint_eq(index_count(s), 201);
    copy_headers(b, 57);
    solo_tell(s, 2, run, 57, 0);
    ck_assert_uint_eq(index_count(s), 258);
    solo_free(s);
}
END_TEST

/* More headers than fit, all worth it: those with least work go, the head's
 * branch stays. */
START_TEST(the_index_never_grows_over_its_table)
{
    struct solo *s = solo_new("depth = 250\nmax_reorg = 1000", SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 3, a);
    give_all(s, a, 3);
    for (uint32_t i = 0; i < POW_INDEX + 3000; i++) {
        solo_grow(s, &a[i % 2], 1, b);
        solo_tell(s, 2, &b[0].h, 1, 0);
    }
    ck_assert_uint_le(index_count(s), POW_INDEX);
    ck_assert_uint_eq(s->head_height, 13);
    solo_grow(s, &a[2], 4, a + 3);
    give_all(s, a + 3, 4);
    ck_assert(solo_is_head(s, &a[6]));
    solo_free(s);
}
END_TEST

/* ---- two passes ---------------------------------------------------------- */

static const char demanding[] = "min_work = 1200\ndepth = 250";

/* Answers GET as an honest member with these headers would. */
static void serve(struct solo *s, const struct solo_tip *tips, uint32_t count)
{
    for (uint32_t gets = UINT32_MAX; gets != s->gets;) {
        uint32_t from = 0;

        gets = s->gets;
        for (uint32_t i = 0; i < count; i++) {
            if (memcmp(tips[i].below.hash, s->last_get + 1, 32) == 0) {
                from = i + 1;
            }
        }
        if (from < count) {
            uint32_t n = count - from;

            n = n < POW_RUN_MAX ? n : POW_RUN_MAX;
            copy_headers(tips + from, n);
            solo_tell(s, 1, run, n, 0);
        }
    }
}

START_TEST(a_long_chain_is_kept_in_the_second_pass)
{
    struct solo *s = solo_new(demanding, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 1600, a);
    copy_headers(a, POW_RUN_MAX);
    solo_count(s, "H6");
    solo_tell(s, 1, run, POW_RUN_MAX, 0);
    ck_assert_uint_eq(index_count(s), 1);
    serve(s, a, 1600);
    ck_assert_uint_eq(s->labels, 1);
    ck_assert_uint_ge(index_count(s), POW_KEEP + 250);
    for (int i = 0; i < 400 && !solo_is_head(s, &a[1599]); i++) {
        solo_pass(s, 1000);
    }
    ck_assert(solo_is_head(s, &a[1599]));
    ck_assert_uint_eq(s->penalties, 0);
    solo_free(s);
}
END_TEST

START_TEST(a_long_chain_that_is_not_worth_it_costs_no_memory)
{
    struct solo *s = solo_new(demanding, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 1100, a);
    copy_headers(a, POW_RUN_MAX);
    solo_tell(s, 1, run, POW_RUN_MAX, 0);
    serve(s, a, 1100);
    ck_assert_uint_eq(index_count(s), 1);
    ck_assert_uint_eq(s->cs->presync.pass, 0);
    solo_free(s);
}
END_TEST

START_TEST(another_chain_in_the_second_pass_is_noticed)
{
    struct solo *s = solo_new(demanding, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 1600, a);
    solo_grow(s, &root, 1600, b);
    copy_headers(a, POW_RUN_MAX);
    solo_tell(s, 1, run, POW_RUN_MAX, 0);
    for (uint32_t i = 1; i < 3; i++) {
        copy_headers(a + i * POW_RUN_MAX, POW_RUN_MAX);
        solo_tell(s, 1, run, POW_RUN_MAX, 0);
    }
    ck_assert_uint_eq(s->cs->presync.pass, 2);
    copy_headers(b, POW_RUN_MAX);
    solo_tell(s, 1, run, POW_RUN_MAX, 0);
    ck_assert_uint_eq(s->penalties, 1);
    ck_assert_uint_eq(index_count(s), 1);
    solo_free(s);
}
END_TEST

/* ---- far behind ---------------------------------------------------------- */

START_TEST(a_gap_is_asked_for)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    uint32_t gets;

    solo_start(s, &root);
    solo_grow(s, &root, 40, a);
    give_all(s, a, 2);
    gets = s->gets;
    solo_pass(s, 2000);
    solo_give(s, &a[39]);
    ck_assert_uint_eq(s->gets, gets + 1);
    ck_assert_mem_eq(s->last_get + 1, a[1].below.hash, 32);
    serve(s, a, 40);
    solo_pass(s, 5000);
    ck_assert(solo_is_head(s, &a[39]));
    solo_free(s);
}
END_TEST

START_TEST(what_sync_brought_is_found_back)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 40, a);
    give_all(s, a, 2);
    solo_txs(s, 1);
    ck_assert(s->has_work);
    solo_applied(s, 30, a[19].id);
    ck_assert(!s->has_work); /* where to? */
    solo_pass(s, 3000);
    ck_assert_uint_gt(s->gets, 3);
    copy_headers(a + 2, 38);
    solo_tell(s, 1, run, 38, 0);
    solo_pass(s, 5000);
    ck_assert(solo_is_head(s, &a[39]));
    ck_assert_uint_eq(s->final_height, 45);
    ck_assert(s->has_work);
    solo_free(s);
}
END_TEST

/* So far that the others' oldest headers are above ours. */
START_TEST(a_new_root_is_taken_with_a_proof_of_work_on_top)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 300, a);
    give_all(s, a, 2);
    solo_applied(s, 210, a[199].id);
    copy_headers(a + 195, 9); /* four on top: not as much as a proof */
    solo_tell(s, 1, run, 9, 0);
    ck_assert_uint_eq(s->cs->is_lost, 1);
    copy_headers(a + 195, 105);
    solo_tell(s, 1, run, 105, 0);
    ck_assert_uint_eq(s->cs->is_lost, 0);
    solo_pass(s, 5000);
    ck_assert(solo_is_head(s, &a[299]));
    solo_free(s);
}
END_TEST

START_TEST(whoever_asks_gets_what_lies_between)
{
    struct solo *s = solo_new(NULL, SOLO_ME);
    struct solo_tip root;
    uint8_t ask[1 + 64];

    solo_start(s, &root);
    solo_grow(s, &root, 30, a);
    give_all(s, a, 30);
    ask[0] = 2;
    memset(ask + 1, 0xee, 32);
    memcpy(ask + 33, a[9].below.hash, 32);
    solo_send(s, 2, POW_GET, vt_view_of(ask, sizeof ask));
    ck_assert_uint_eq(s->last_to, 2);
    ck_assert_uint_eq(s->last_run->count, 20);
    ck_assert_mem_eq(s->last_run->list[0].id, a[10].id, 32);
    ask[0] = 1;
    solo_send(s, 2, POW_GET, vt_view_of(ask, 33));
    ck_assert_uint_eq(s->last_run->count, 30);
    ck_assert_uint_eq(s->penalties, 0);
    solo_send(s, 2, POW_GET, vt_view_of(ask, 34));
    ck_assert_uint_eq(s->penalties, 1);
    solo_free(s);
}
END_TEST

/* ---- proofs -------------------------------------------------------------- */

static uint32_t judge(struct solo *s, uint64_t height, const uint8_t *id,
                      struct vt_view proof)
{
    uint32_t verdict = 77;

    ck_assert_int_eq(s->table->check_proof(&s->host, &s->epoch, height, id,
                                           proof, &verdict, NULL),
                     VT_OK);
    return verdict;
}

/* I5: every bit of it counts. */
START_TEST(a_proof_holds_and_no_bit_may_change)
{
    struct solo *s = solo_new("first = 8\nlimit = 8\ndepth = 3", SOLO_ME);
    struct solo_tip root;

    solo_start(s, &root);
    solo_grow(s, &root, 5, a);
    for (uint32_t n = 3; n <= 5; n++) {
        give_all(s, a, n);
        for (size_t bit = 0; bit < s->proof_len * 8; bit++) {
            s->proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_uint_eq(judge(s, s->final_height, s->final_id,
                                    vt_view_of(s->proof, s->proof_len)),
                              VT_BAD);
            s->proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t len = 0; len < s->proof_len; len++) {
            ck_assert_uint_eq(judge(s, s->final_height, s->final_id,
                                    vt_view_of(s->proof, len)),
                              VT_BAD);
        }
        ck_assert_uint_eq(judge(s, s->final_height + 1, s->final_id,
                                vt_view_of(s->proof, s->proof_len)),
                          VT_BAD);
        ck_assert_uint_eq(judge(s, s->final_height, a[4].id,
                                vt_view_of(s->proof, s->proof_len)),
                          VT_BAD);
    }
    solo_free(s);
}
END_TEST

START_TEST(a_proof_of_another_epoch_or_without_options_says_nothing)
{
    struct solo *s = solo_new("first = 8\nlimit = 8\ndepth = 3", SOLO_ME);
    struct vt_err err = VT_ERR_INIT;
    struct solo_tip root;
    uint32_t verdict = 77;
    struct vt_view proof;

    solo_start(s, &root);
    solo_grow(s, &root, 5, a);
    give_all(s, a, 5);
    proof = vt_view_of(s->proof, s->proof_len);
    s->epoch.digest[3] ^= 1;
    ck_assert_uint_eq(judge(s, s->final_height, s->final_id, proof), VT_BAD);
    s->epoch.digest[3] ^= 1;
    ck_assert_uint_eq(judge(s, s->final_height, s->final_id, proof), VT_GOOD);
    s->epoch.cfg = NULL;
    ck_assert_int_eq(s->table->check_proof(&s->host, &s->epoch, s->final_height,
                                           s->final_id, proof, &verdict, &err),
                     VT_E_UNSUPPORTED);
    ck_assert_uint_eq(verdict, 77);
    solo_free(s);
}
END_TEST

int main(void)
{
    const TTest *const lies[] = {each_rule_of_a_header_is_kept,
                                 a_header_from_the_future_waits,
                                 a_miner_on_top_of_the_future_is_not_in_it,
                                 garbage_is_punished_and_harmless,
                                 headers_without_enough_work_are_not_kept,
                                 the_index_never_grows_over_its_table};
    const TTest *const passes[] = {
        a_long_chain_is_kept_in_the_second_pass,
        a_long_chain_that_is_not_worth_it_costs_no_memory,
        another_chain_in_the_second_pass_is_noticed};
    const TTest *const behind[] = {
        a_gap_is_asked_for, what_sync_brought_is_found_back,
        a_new_root_is_taken_with_a_proof_of_work_on_top,
        whoever_asks_gets_what_lies_between};
    const TTest *const proofs[] = {
        a_proof_holds_and_no_bit_may_change,
        a_proof_of_another_epoch_or_without_options_says_nothing};
    Suite *suite = suite_create("pow headers");

    VT_SUITE_ADD(suite, "lies", lies);
    VT_SUITE_ADD(suite, "passes", passes);
    VT_SUITE_ADD(suite, "behind", behind);
    VT_SUITE_ADD(suite, "proofs", proofs);
    return vt_suite_run(suite);
}
