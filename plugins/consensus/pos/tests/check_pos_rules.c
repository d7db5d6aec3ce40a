/* SPDX-License-Identifier: Apache-2.0
 *
 * check_pos_rules.c - each rule alone: one member of four, the test speaks for
 * the others.
 */
#include "solo.h"

#include "base/bytes.h"
#include "base/status.h"
#include "unit/suite.h"

#include <string.h>

#define SETTINGS                                                               \
    "slot=100ms active_permille=900 pointer_timeout=200ms retransmit=50ms "    \
    "settle=100ms max_unfinal=16"

static struct solo s;

/* Returns a slot of the recent past. */
static uint64_t begin(void)
{
    solo_open(&s, 4, 1, SETTINGS);
    solo_run_ms(&s, 1000);
    return solo_now_slot(&s) - 9;
}

/* ---- L: lots ------------------------------------------------------------- */

START_TEST(a_block_that_won_its_slot_becomes_the_head)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t b = solo_make(&s, SOLO_PARENT, 1, slot, 1);

    solo_run_ms(&s, 1000);
    solo_word(&s, 2, b);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    ck_assert_uint_eq(s.seen.of[VT_EFF_STORE], 1);
    ck_assert_uint_eq(s.seen.of[VT_EFF_PENALIZE], 0);
    solo_close(&s);
}
END_TEST

START_TEST(a_block_that_did_not_win_is_refused)
{
    uint64_t slot = begin();
    uint8_t value[32];
    uint32_t b;

    while (solo_wins(&s, 1, slot, value)) {
        slot++;
    }
    solo_run_ms(&s, 1000);
    b = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    solo_word(&s, 2, b);
    ck_assert_uint_eq(s.seen.of[VT_EFF_HEAD], 0);
    ck_assert_uint_eq(s.seen.of[VT_EFF_VALIDATE], 0);
    ck_assert_uint_eq(s.seen.of[VT_EFF_PENALIZE], 1);
    solo_close(&s);
}
END_TEST

START_TEST(a_proof_of_somebody_else_wins_nothing)
{
    uint64_t slot = solo_led(&s, 2, begin());
    uint32_t b = solo_make(&s, SOLO_PARENT, 1, slot, 2);

    solo_run_ms(&s, 1000);
    solo_word(&s, 2, b);
    ck_assert_uint_eq(s.seen.of[VT_EFF_HEAD], 0);
    ck_assert_uint_eq(s.seen.of[VT_EFF_PENALIZE], 1);
    solo_close(&s);
}
END_TEST

START_TEST(the_time_of_a_block_lies_in_its_slot)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t late = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint32_t last = solo_make(&s, SOLO_PARENT, 1, slot, 1);

    solo_run_ms(&s, 1000);
    s.blocks[late].time_ms += SOLO_SLOT_MS;
    solo_word(&s, 1, late);
    ck_assert_uint_eq(s.seen.of[VT_EFF_HEAD], 0);
    s.blocks[last].time_ms += SOLO_SLOT_MS - 1;
    solo_word(&s, 1, last);
    ck_assert_int_eq(solo_is_head(&s, last), 1);
    solo_close(&s);
}
END_TEST

/* cfg NULL: a host that knows no options. */
static uint32_t header_verdict(const struct solo_block *b,
                               const struct vt_cfg *cfg)
{
    struct vt_cs_epoch epoch = s.epoch;
    struct vt_cs_header h = {.size = VT_UPTO(struct vt_cs_header, payload),
                             .proposer = b->proposer,
                             .height = b->height,
                             .time_ms = b->time_ms,
                             .payload = {b->payload, b->payload_len}};
    struct vt_err err = VT_ERR_INIT;
    uint32_t verdict = VT_BAD;

    epoch.size = VT_UPTO(struct vt_cs_epoch, end_height);
    epoch.cfg = cfg;
    ck_assert_int_eq(
        s.table->check_header(s.host, &epoch, NULL, &h, &verdict, &err), VT_OK);
    return verdict;
}

START_TEST(a_stranger_with_the_options_checks_slot_and_lot)
{
    uint64_t slot = begin();
    uint64_t lost = slot;
    uint8_t value[32];
    struct vt_cfg cfg;
    struct solo_block *b;

    vt_options_cfg(s.options, &cfg);
    while (solo_wins(&s, 1, lost, value)) {
        lost++;
    }
    b = &s.blocks[solo_make(&s, SOLO_PARENT, 1, lost, 1)];
    ck_assert_uint_eq(header_verdict(b, &cfg), VT_BAD);
    ck_assert_uint_eq(header_verdict(b, NULL), VT_GOOD); /* as far as it goes */
    b = &s.blocks[solo_make(&s, SOLO_PARENT, 1, solo_led(&s, 1, slot), 1)];
    ck_assert_uint_eq(header_verdict(b, &cfg), VT_GOOD);
    b->time_ms += SOLO_SLOT_MS;
    ck_assert_uint_eq(header_verdict(b, &cfg), VT_BAD);
    ck_assert_uint_eq(header_verdict(b, NULL), VT_GOOD);
    solo_close(&s);
}
END_TEST

START_TEST(a_word_with_a_wrong_signature_is_refused)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t b = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint8_t bytes[POS_WORD_MAX];
    size_t len = solo_word_bytes(&s, b, bytes, sizeof bytes);

    solo_run_ms(&s, 1000);
    bytes[len - 1] ^= 1;
    solo_send(&s, 3, POS_PROTO_BLOCK, vt_view_of(bytes, len));
    ck_assert_uint_eq(s.seen.of[VT_EFF_PENALIZE], 1);
    ck_assert_uint_eq(s.seen.of[VT_EFF_FETCH], 1); /* the epoch's parent */
    bytes[len - 1] ^= 1;
    solo_send(&s, 3, POS_PROTO_BLOCK, vt_view_of(bytes, len));
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    solo_close(&s);
}
END_TEST

START_TEST(a_block_of_the_future_waits)
{
    uint64_t slot = solo_led(&s, 1, begin() + 13);
    uint32_t b = solo_make(&s, SOLO_PARENT, 1, slot, 1);

    solo_word(&s, 1, b);
    ck_assert_uint_eq(s.seen.of[VT_EFF_VERIFY], 0);
    while (solo_now_slot(&s) + 1 < slot) {
        solo_run_ms(&s, 1);
    }
    solo_word(&s, 1, b);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    solo_close(&s);
}
END_TEST

/* ---- B: the tree --------------------------------------------------------- */

START_TEST(slots_grow_from_parent_to_child)
{
    uint64_t slot = begin();
    uint32_t a, same;
    uint8_t value[32];

    while (!solo_wins(&s, 2, slot, value) || !solo_wins(&s, 1, slot, value)) {
        slot++;
    }
    solo_run_ms(&s, 3000);
    a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    same = solo_make(&s, a, 2, slot, 2);
    solo_word(&s, 1, a);
    solo_word(&s, 2, same);
    ck_assert_int_eq(solo_is_head(&s, a), 1);
    ck_assert_uint_eq(s.seen.of[VT_EFF_VALIDATE], 1);
    solo_close(&s);
}
END_TEST

START_TEST(a_missing_parent_is_asked_for)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint32_t b = solo_make(&s, a, 2, solo_led(&s, 2, slot + 1), 2);

    solo_run_ms(&s, 3000);
    solo_word(&s, 2, b);
    ck_assert_uint_eq(s.seen.wants, 1);
    ck_assert_mem_eq(s.seen.wanted, s.blocks[a].id, 32);
    solo_run_ms(&s, 200);
    ck_assert_uint_gt(s.seen.wants, 1);
    solo_word(&s, 3, a);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    solo_close(&s);
}
END_TEST

START_TEST(a_block_on_a_bad_one_is_bad)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint32_t b = solo_make(&s, a, 2, solo_led(&s, 2, slot + 1), 2);

    s.blocks[a].verdict = VT_BAD;
    solo_run_ms(&s, 3000);
    solo_word(&s, 1, a);
    solo_word(&s, 2, b);
    ck_assert_uint_eq(s.seen.of[VT_EFF_HEAD], 0);
    ck_assert_uint_eq(s.seen.of[VT_EFF_VALIDATE], 1);
    solo_close(&s);
}
END_TEST

START_TEST(the_longer_branch_wins_then_the_smaller_value)
{
    uint64_t slot = begin();
    uint8_t one[32], two[32];
    uint32_t a, b, c;

    while (!solo_wins(&s, 1, slot, one) || !solo_wins(&s, 2, slot, two) ||
           memcmp(one, two, 32) < 0) {
        slot++;
    }
    solo_run_ms(&s, 5000);
    a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    b = solo_make(&s, SOLO_PARENT, 2, slot, 2); /* the smaller value */
    c = solo_make(&s, a, 3, solo_led(&s, 3, slot + 1), 3);
    solo_word(&s, 1, a);
    ck_assert_int_eq(solo_is_head(&s, a), 1);
    solo_word(&s, 2, b);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    solo_word(&s, 3, c);
    ck_assert_int_eq(solo_is_head(&s, c), 1);
    solo_close(&s);
}
END_TEST

START_TEST(two_blocks_in_one_slot_convict)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint32_t b = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    struct vt_err err = VT_ERR_INIT;
    uint32_t member = 99, verdict = VT_BAD;

    solo_run_ms(&s, 3000);
    solo_word(&s, 1, a);
    solo_word(&s, 2, b);
    ck_assert_uint_eq(s.seen.of[VT_EFF_EVIDENCE], 1);
    ck_assert_uint_eq(s.seen.evidence_member, 1);
    ck_assert_int_eq(s.table->check_evidence(s.host, &s.epoch,
                                             s.seen.evidence_kind,
                                             vt_view_of(s.seen.a, s.seen.a_len),
                                             vt_view_of(s.seen.b, s.seen.b_len),
                                             &member, &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    ck_assert_uint_eq(member, 1);
    ck_assert_int_eq(s.table->check_evidence(s.host, &s.epoch,
                                             s.seen.evidence_kind,
                                             vt_view_of(s.seen.a, s.seen.a_len),
                                             vt_view_of(s.seen.a, s.seen.a_len),
                                             &member, &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD); /* one word twice */
    for (size_t bit = 0; bit < 8 * s.seen.b_len; bit++) {
        s.seen.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(
            s.table->check_evidence(s.host, &s.epoch, s.seen.evidence_kind,
                                    vt_view_of(s.seen.a, s.seen.a_len),
                                    vt_view_of(s.seen.b, s.seen.b_len), &member,
                                    &verdict, &err),
            VT_OK);
        ck_assert_uint_eq(verdict, VT_BAD);
        s.seen.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    solo_close(&s);
}
END_TEST

/* ---- making -------------------------------------------------------------- */

START_TEST(an_idle_chain_draws_no_lots)
{
    (void)begin();
    solo_run_ms(&s, 5000);
    ck_assert_uint_eq(s.seen.of[VT_EFF_PROVE], 0);
    ck_assert_uint_eq(s.seen.tips, 0);
    solo_txs(&s, 1);
    solo_run_ms(&s, 2000);
    ck_assert_uint_gt(s.seen.of[VT_EFF_PROVE], 0);
    ck_assert_uint_gt(s.seen.of[VT_EFF_BUILD], 0);
    ck_assert_uint_gt(s.seen.words, 0);
    ck_assert_uint_le(s.seen.sign_major, solo_now_slot(&s));
    solo_close(&s);
}
END_TEST

/* Nobody else is there, so no pointer is final: it stops at max_unfinal. */
START_TEST(no_more_than_max_unfinal_blocks_stand_above_the_final_one)
{
    (void)begin();
    solo_txs(&s, 1);
    solo_run_ms(&s, 20000);
    ck_assert_uint_eq(s.seen.head_height, 16);
    ck_assert_uint_eq(s.final_height, 0);
    solo_close(&s);
}
END_TEST

START_TEST(what_was_good_before_a_restart_is_good_after_it)
{
    uint64_t slot = solo_led(&s, 1, begin());
    uint32_t a = solo_make(&s, SOLO_PARENT, 1, slot, 1);
    uint32_t b = solo_make(&s, a, 2, solo_led(&s, 2, slot + 1), 2);

    solo_run_ms(&s, 3000);
    solo_word(&s, 1, a);
    solo_word(&s, 2, b);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    memset(&s.seen, 0, sizeof s.seen);
    solo_restart(&s);
    ck_assert_int_eq(solo_is_head(&s, b), 1);
    ck_assert_uint_eq(s.seen.words, 0);
    solo_close(&s);
}
END_TEST

/* ---- pointers, alone in the committee ------------------------------------ */

START_TEST(proofs_convince_and_no_flipped_bit_does)
{
    struct vt_err err = VT_ERR_INIT;
    uint32_t verdict = VT_BAD;

    solo_open(&s, 1, 1, SETTINGS);
    solo_txs(&s, 1);
    solo_run_ms(&s, 3000);
    ck_assert_uint_gt(s.final_height, 5);
    for (size_t bit = 0; bit < 8 * s.proof_len; bit++) {
        s.proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(s.table->check_proof(
                             s.host, &s.epoch, s.final_height, s.final_id,
                             vt_view_of(s.proof, s.proof_len), &verdict, &err),
                         VT_OK);
        ck_assert_uint_eq(verdict, VT_BAD);
        s.proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_int_eq(
        s.table->check_proof(s.host, &s.epoch, s.final_height + 1, s.final_id,
                             vt_view_of(s.proof, s.proof_len), &verdict, &err),
        VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    solo_close(&s);
}
END_TEST

START_TEST(it_goes_on_from_where_the_host_is_after_a_restart)
{
    uint64_t before;

    solo_open(&s, 1, 1, SETTINGS);
    solo_txs(&s, 1);
    solo_run_ms(&s, 3000);
    before = s.final_height;
    for (int i = 0; i < 5; i++) {
        solo_restart(&s);
        solo_txs(&s, 1);
        solo_run_ms(&s, 1000);
    }
    ck_assert_uint_gt(s.final_height, before);
    solo_close(&s);
}
END_TEST

/* Seven of ten are more than two thirds, six of nine are not. */
START_TEST(stake_decides)
{
    solo_open(&s, 4, 7, SETTINGS);
    solo_txs(&s, 1);
    solo_run_ms(&s, 3000);
    ck_assert_uint_gt(s.final_height, 5);
    solo_close(&s);
    solo_open(&s, 4, 6, SETTINGS);
    solo_txs(&s, 1);
    solo_run_ms(&s, 3000);
    ck_assert_uint_eq(s.final_height, 0);
    ck_assert_uint_gt(s.seen.head_height, 5);
    solo_close(&s);
}
END_TEST

START_TEST(nothing_above_the_seal_is_decided)
{
    uint64_t height;

    solo_open(&s, 1, 1, SETTINGS);
    solo_txs(&s, 1);
    solo_run_ms(&s, 1000);
    height = s.final_height + 4;
    solo_seal(&s, height);
    solo_run_ms(&s, 5000);
    ck_assert_uint_eq(s.final_height, height);
    ck_assert_uint_eq(s.seen.of[VT_EFF_SEALED], 1);
    solo_run_ms(&s, 1000);
    ck_assert_uint_eq(s.final_height, height);
    ck_assert_uint_le(s.seen.head_height, height);
    solo_close(&s);
}
END_TEST

/* ---- what anybody may send ----------------------------------------------- */

START_TEST(malformed_messages_are_penalized_and_change_nothing)
{
    uint8_t bytes[64];
    uint8_t before[32], after[32];

    (void)begin();
    solo_run_ms(&s, 500);
    ck_assert_int_eq(s.table->digest(s.cs, before), VT_OK);
    memset(bytes, 0xff, sizeof bytes);
    for (uint32_t proto = POS_PROTO_BLOCK; proto < POS_PROTO_TIP + 2; proto++) {
        for (size_t len = 0; len < sizeof bytes; len++) {
            if (proto < POS_PROTO_WANT || proto > POS_PROTO_TIP || len != 40) {
                solo_send(&s, 1, proto, vt_view_of(bytes, len));
            }
        }
    }
    ck_assert_uint_ge(s.seen.of[VT_EFF_PENALIZE], 4 * 63);
    ck_assert_int_eq(s.table->digest(s.cs, after), VT_OK);
    ck_assert_mem_eq(before, after, 32);
    solo_close(&s);
}
END_TEST

START_TEST(rumours_and_answers_are_counted)
{
    uint8_t bytes[40];

    (void)begin();
    for (uint32_t i = 0; i < 1000; i++) {
        memset(bytes, 0x77, sizeof bytes);
        vt_put_u64(bytes, 5);
        vt_put_u32(bytes + 8, i);
        solo_send(&s, 1, POS_PROTO_TIP, vt_view_of(bytes, sizeof bytes));
    }
    ck_assert_uint_eq(s.seen.wants, 8);
    solo_close(&s);
}
END_TEST

int main(void)
{
    const TTest *const lots[] = {
        a_block_that_won_its_slot_becomes_the_head,
        a_block_that_did_not_win_is_refused,
        a_proof_of_somebody_else_wins_nothing,
        the_time_of_a_block_lies_in_its_slot,
        a_stranger_with_the_options_checks_slot_and_lot,
        a_word_with_a_wrong_signature_is_refused,
        a_block_of_the_future_waits};
    const TTest *const tree[] = {slots_grow_from_parent_to_child,
                                 a_missing_parent_is_asked_for,
                                 a_block_on_a_bad_one_is_bad,
                                 the_longer_branch_wins_then_the_smaller_value,
                                 two_blocks_in_one_slot_convict};
    const TTest *const making[] = {
        an_idle_chain_draws_no_lots,
        no_more_than_max_unfinal_blocks_stand_above_the_final_one,
        what_was_good_before_a_restart_is_good_after_it};
    const TTest *const pointers[] = {
        proofs_convince_and_no_flipped_bit_does,
        it_goes_on_from_where_the_host_is_after_a_restart, stake_decides,
        nothing_above_the_seal_is_decided};
    const TTest *const hostile[] = {
        malformed_messages_are_penalized_and_change_nothing,
        rumours_and_answers_are_counted};
    Suite *suite = suite_create("pos rules");

    VT_SUITE_ADD(suite, "lots", lots);
    VT_SUITE_ADD(suite, "tree", tree);
    VT_SUITE_ADD(suite, "making", making);
    VT_SUITE_ADD(suite, "pointers", pointers);
    VT_SUITE_ADD(suite, "hostile", hostile);
    return vt_suite_run(suite);
}
