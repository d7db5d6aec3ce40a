/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_durable.c - D1 to D7: what is durable before what is said, and
 * what a member does after a restart. One core, member 3 of four.
 */
#include "solo.h"

#include "state.h"
#include "unit/suite.h"

#include <stdlib.h>

static struct solo s;
static struct bft_block root, one, two;

static void begin(void)
{
    solo_start(&s, 4, 3);
    root = solo_root(&s);
    one = solo_block(&s, 1, &root, 1);
    two = solo_block(&s, 2, &one, 1);
}

static void end(void)
{
    solo_stop(&s);
}

static void restart(void)
{
    ck_assert_int_eq(solo_restart(&s), VT_OK);
}

/* To view 3, which is ours. */
static void lead(void)
{
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_cert(&s, 0, BFT_NOTARIZE, 2, &two);
}

START_TEST(d1_the_same_proposal_comes_again)
{
    struct bft_block mine;
    uint32_t mark;

    lead();
    mine = s.core->voted.block;
    s.salt = 99; /* value() would say something else now */
    mark = s.outs;
    restart();
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_VALUE, 0), 0);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_PROPOSE), 1);
    ck_assert_mem_eq(s.core->voted.block.link, mine.link, 32);
    ck_assert_uint_eq(s.core->voted.parent_view, 2);
}
END_TEST

START_TEST(d1_d2_d4_body_and_record_come_before_the_signature)
{
    uint32_t mark = s.outs;
    uint32_t at;

    solo_propose(&s, 1, &one, 0);
    at = solo_find(&s, mark, SOLO_SIGN, BFT_NOTARIZE);
    ck_assert_uint_lt(at, SOLO_OUTS);
    ck_assert_uint_lt(solo_find(&s, mark, SOLO_STORE, 0), at);
    ck_assert_uint_lt(solo_find(&s, mark, SOLO_PERSIST, BFT_SLOT_STATE), at);
    mark = s.outs;
    lead();
    at = solo_find(&s, mark, SOLO_SIGN, BFT_PROPOSAL);
    ck_assert_uint_lt(at, SOLO_OUTS);
    ck_assert_uint_lt(solo_find(&s, mark, SOLO_STORE, 0), at);
}
END_TEST

START_TEST(d3_the_way_into_a_view_is_durable_before_a_word_in_it)
{
    uint32_t mark = s.outs;
    uint32_t at;

    lead();
    at = solo_find(&s, mark, SOLO_SIGN, BFT_PROPOSAL);
    ck_assert_uint_lt(solo_find(&s, mark, SOLO_PERSIST, BFT_SLOT_CERTS + 2 * 2),
                      at);
    mark = s.outs;
    restart();
    ck_assert_uint_eq(bft_view(s.core), 3);
    ck_assert_mem_eq(bft_notarized(s.core)->link, two.link, 32);
    solo_timer(&s, BFT_TIMER_TICK);
    ck_assert_uint_gt(solo_count(&s, mark, SOLO_SEND, BFT_CERT), 0);
}
END_TEST

START_TEST(d4_no_other_vote_after_a_restart)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);
    uint32_t mark;

    solo_propose(&s, 1, &one, 0);
    restart();
    mark = s.outs;
    solo_propose(&s, 1, &other, 0);
    solo_propose(&s, 1, &one, 0);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SIGN, BFT_NOTARIZE), 0);
}
END_TEST

START_TEST(d4_no_finalize_after_a_nullify_before_the_restart)
{
    uint32_t mark;

    solo_timer(&s, BFT_TIMER_VIEW);
    restart();
    mark = s.outs;
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 2);
    ck_assert_int_eq(solo_said(&s, mark, BFT_FINALIZE, 1), 0);
}
END_TEST

START_TEST(d4_the_highest_record_wins_whatever_the_order)
{
    struct solo_slot old = s.slots[BFT_SLOT_STATE];

    solo_cert(&s, 0, BFT_NULLIFY, 1, NULL);
    old = s.slots[BFT_SLOT_STATE]; /* says view 2 */
    solo_cert(&s, 0, BFT_NULLIFY, 2, NULL);
    s.slots[BFT_SLOT_STATE] = old; /* the last write was lost */
    restart();
    ck_assert_uint_eq(bft_view(s.core), 3);
}
END_TEST

START_TEST(d5_own_votes_count_again_after_a_restart)
{
    solo_timer(&s, BFT_TIMER_VIEW);
    restart();
    solo_vote(&s, 0, BFT_NULLIFY, 1, NULL);
    solo_vote(&s, 2, BFT_NULLIFY, 1, NULL);
    ck_assert_uint_eq(bft_view(s.core), 2);
}
END_TEST

START_TEST(d5_own_finalize_is_said_and_counted_again)
{
    uint32_t mark;

    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    mark = s.outs;
    restart();
    ck_assert_int_eq(solo_said(&s, mark, BFT_FINALIZE, 1), 1);
    solo_vote(&s, 0, BFT_FINALIZE, 1, &one);
    solo_vote(&s, 1, BFT_FINALIZE, 1, &one);
    ck_assert_uint_eq(bft_final(s.core)->height, 1);
}
END_TEST

START_TEST(d6_what_is_final_is_told_again_when_the_host_lost_it)
{
    uint32_t mark;

    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_cert(&s, 0, BFT_FINALIZE, 2, &two);
    mark = s.outs;
    restart(); /* the host has nothing final */
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_FINAL, 0), 2);
    s.config.final_height = 2;
    memcpy(s.config.final_value, two.value, 32);
    s.config.final_proof = cs_view(s.proof, s.proof_len);
    mark = s.outs;
    restart();
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_FINAL, 0), 0);
    ck_assert_uint_eq(bft_final(s.core)->height, 2);
}
END_TEST

START_TEST(d6_a_host_that_is_ahead_is_followed)
{
    solo_cert(&s, 0, BFT_FINALIZE, 1, &one);
    solo_cert(&s, 0, BFT_FINALIZE, 2, &two);
    memset(s.slots, 0, BFT_SLOTS * sizeof *s.slots);
    s.config.final_height = 2;
    memcpy(s.config.final_value, two.value, 32);
    s.config.final_proof = cs_view(s.proof, s.proof_len);
    restart();
    ck_assert_uint_eq(bft_view(s.core), 3);
    ck_assert_uint_eq(bft_final(s.core)->height, 2);
    ck_assert_mem_eq(bft_final(s.core)->link, two.link, 32);
}
END_TEST

START_TEST(d7_a_damaged_slot_is_refused)
{
    solo_cert(&s, 0, BFT_NULLIFY, 1, NULL);
    solo_propose(&s, 2, &two, 1);
    for (uint32_t slot = 0; slot < BFT_SLOTS; slot++) {
        struct solo_slot *at = &s.slots[slot];

        if (at->len == 0) {
            continue;
        }
        at->len--;
        ck_assert_int_eq(solo_restart(&s), VT_E_CORRUPT);
        at->len++;
        at->bytes[0] ^= 1; /* format */
        ck_assert_int_eq(solo_restart(&s), VT_E_CORRUPT);
        at->bytes[0] ^= 1;
        at->bytes[1] ^= 1; /* epoch */
        ck_assert_int_eq(solo_restart(&s), VT_E_CORRUPT);
        at->bytes[1] ^= 1;
    }
    restart();
}
END_TEST

START_TEST(a_certificate_in_the_slot_of_another_view_is_refused)
{
    solo_cert(&s, 0, BFT_NULLIFY, 1, NULL);
    s.slots[BFT_SLOT_CERTS + 2 * 5 + 1] = s.slots[BFT_SLOT_CERTS + 2 * 1 + 1];
    ck_assert_int_eq(solo_restart(&s), VT_E_CORRUPT);
}
END_TEST

START_TEST(nothing_is_sent_before_it_is_signed)
{
    s.is_holding = 1; /* as if the disk were not ready */
    solo_propose(&s, 1, &one, 0);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SEND, BFT_VOTE), 0);
    s.is_holding = 0;
    solo_settle(&s);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SEND, BFT_VOTE), 2);
}
END_TEST

START_TEST(records_stay_below_their_bound)
{
    end();
    solo_start(&s, CS_MEMBERS_MAX, 3);
    root = solo_root(&s);
    one = solo_block(&s, 1, &root, 1);
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    for (uint32_t i = 0; i < BFT_SLOTS; i++) {
        ck_assert_uint_le(s.slots[i].len, BFT_MESSAGE_MAX);
    }
    ck_assert_uint_le(200 + CS_MEMBERS_MAX * (BFT_SIG_MAX + 1) +
                          BFT_PATH_MAX * 40,
                      BFT_MESSAGE_MAX);
}
END_TEST

/* The same inputs to two instances: the same state after each. */
START_TEST(the_same_inputs_give_the_same_digests)
{
    static struct solo other;
    uint8_t a[32];
    uint8_t b[32];
    uint8_t first[32];

    solo_start(&other, 4, 3);
    ck_assert_int_eq(bft_digest(s.core, first), VT_OK);
    for (uint64_t v = 1; v <= 12; v++) {
        struct bft_block block = solo_block(&s, v, &root, 1);
        struct solo *both[2] = {&s, &other};

        for (uint32_t i = 0; i < 2; i++) {
            solo_propose(both[i], (uint32_t)(v % 4), &block, 0);
            solo_vote(both[i], 0, BFT_NULLIFY, v, NULL);
            solo_timer(both[i], v % 3 == 0 ? BFT_TIMER_TICK : BFT_TIMER_VIEW);
            solo_vote(both[i], 1, BFT_NULLIFY, v, NULL);
            solo_cert(both[i], 2, BFT_NULLIFY, v, NULL);
        }
        ck_assert_int_eq(bft_digest(s.core, a), VT_OK);
        ck_assert_int_eq(bft_digest(other.core, b), VT_OK);
        ck_assert_mem_eq(a, b, 32);
        ck_assert_mem_ne(a, first, 32);
        ck_assert_uint_eq(s.outs, other.outs);
        ck_assert_mem_eq(s.out, other.out, s.outs * sizeof s.out[0]);
    }
    solo_stop(&other);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        d1_the_same_proposal_comes_again,
        d1_d2_d4_body_and_record_come_before_the_signature,
        d3_the_way_into_a_view_is_durable_before_a_word_in_it,
        d4_no_other_vote_after_a_restart,
        d4_no_finalize_after_a_nullify_before_the_restart,
        d4_the_highest_record_wins_whatever_the_order,
        d5_own_votes_count_again_after_a_restart,
        d5_own_finalize_is_said_and_counted_again,
        d6_what_is_final_is_told_again_when_the_host_lost_it,
        d6_a_host_that_is_ahead_is_followed,
        d7_a_damaged_slot_is_refused,
        a_certificate_in_the_slot_of_another_view_is_refused,
        nothing_is_sent_before_it_is_signed,
        records_stay_below_their_bound,
        the_same_inputs_give_the_same_digests};
    Suite *suite = suite_create("ordering core: restart");
    TCase *tcase = tcase_create("restart");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
