/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rules.c - each rule alone: one producer, the test speaks for the
 * others.
 */
#include "peers.h"

#include "common/bft.h"
#include "unit/suite.h"

#include <string.h>

static struct director d;

static uint64_t base(void)
{
    return box_epoch(d.box)->start_height - 1;
}

static uint32_t head(void)
{
    return box_head(d.box, PEERS_REAL);
}

/* A chain of count blocks of others on parent, from a slot on; the last one. */
static uint32_t grow(uint32_t parent, uint64_t *slot, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        *slot = peers_slot(&d, *slot, PEERS_REAL, 1);
        parent = peers_block(&d, parent, (*slot)++, BOX_TXS_MAX);
        peers_say(&d, peers_owner(&d, *slot - 1), parent);
    }
    return parent;
}

/* ---- P1, P2 -------------------------------------------------------------- */

START_TEST(it_makes_one_block_in_each_of_its_slots_and_in_no_other)
{
    uint32_t blocks[64];
    uint32_t count;

    peers_open(&d, "idle_blocks=yes");
    director_run_ms(&d, 1200);
    count = peers_heard_blocks(&d, blocks, 64);
    ck_assert_uint_ge(count, 2);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t slot = peers_slot_of(&d, blocks[i]);

        ck_assert_uint_eq(peers_owner(&d, slot), PEERS_REAL);
        for (uint32_t k = 0; k < i; k++) {
            ck_assert_uint_ne(peers_slot_of(&d, blocks[k]), slot);
        }
    }
    director_stop(&d);
}
END_TEST

START_TEST(it_makes_no_block_without_transactions)
{
    uint32_t block;

    peers_open(&d, "");
    director_run_ms(&d, 2000);
    ck_assert_uint_eq(director_heard(&d, DPOS_PROTO_BLOCK), 0);
    box_offer(d.box, PEERS_REAL, 1);
    director_run_ms(&d, 1000);
    ck_assert_uint_eq(peers_heard_blocks(&d, &block, 1), 1);
    director_stop(&d);
}
END_TEST

START_TEST(after_a_restart_it_says_the_same_block_and_makes_no_other)
{
    uint32_t before[8];
    uint32_t after[8];
    uint64_t slot;

    peers_open(&d, "");
    box_offer(d.box, PEERS_REAL, 1);
    slot = peers_slot(&d, 2, PEERS_REAL, 0);
    peers_run_to(&d, slot);
    director_run_ms(&d, 20); /* with the grace for the slot before */
    ck_assert_uint_eq(peers_heard_blocks(&d, before, 8), 1);
    box_crash(d.box, PEERS_REAL);
    box_restart(d.box, PEERS_REAL);
    director_forget(&d);
    box_offer(d.box, PEERS_REAL, 2);
    director_run_ms(&d, 60); /* the same slot lasts */
    ck_assert_uint_eq(head(), before[0]);
    ck_assert_uint_eq(peers_heard_blocks(&d, after, 8), 0);
    ck_assert_uint_gt(director_heard(&d, DPOS_PROTO_BLOCK), 0);
    director_stop(&d);
}
END_TEST

START_TEST(a_block_of_another_than_the_owner_or_out_of_its_slot_is_refused)
{
    uint64_t slot;
    uint32_t good;
    uint32_t late;

    peers_open(&d, "");
    slot = peers_slot(&d, 3, PEERS_REAL, 1);
    peers_run_to(&d, slot);
    good = peers_block(&d, BOX_NONE, slot, BOX_TXS_MAX);
    late = box_make_block_at(d.box, BOX_NONE, 5, box_block_payload(d.box, good),
                             peers_owner(&d, slot),
                             (int64_t)((slot + 1) * PEERS_SLOT_MS));
    peers_say(&d, 0, late);
    ck_assert_uint_eq(head(), BOX_NONE);
    late = box_make_block_at(d.box, BOX_NONE, 6, box_block_payload(d.box, good),
                             (peers_owner(&d, slot) + 1) % PEERS_N,
                             (int64_t)(slot * PEERS_SLOT_MS));
    peers_say(&d, 0, late);
    ck_assert_uint_eq(head(), BOX_NONE);
    ck_assert_uint_eq(box_traced(d.box, "P1 bad"), 2);
    director_stop(&d);
}
END_TEST

START_TEST(a_block_of_a_slot_to_come_waits)
{
    uint64_t slot;
    uint32_t block;

    peers_open(&d, "");
    peers_run_to(&d, 4);
    slot = peers_slot(&d, 6, PEERS_REAL, 1);
    block = peers_block(&d, BOX_NONE, slot, BOX_TXS_MAX);
    peers_say(&d, 0, block);
    ck_assert_uint_eq(head(), BOX_NONE);
    peers_run_to(&d, slot);
    peers_say(&d, 0, block);
    ck_assert_uint_eq(head(), block);
    director_stop(&d);
}
END_TEST

/* ---- P3 ------------------------------------------------------------------ */

START_TEST(the_word_under_an_ancestor_comes_inside_of_the_next_block)
{
    uint64_t slot = 3;
    uint32_t lower;
    uint32_t upper;

    peers_open(&d, "");
    peers_run_to(&d, 12);
    slot = peers_slot(&d, slot, PEERS_REAL, 1);
    lower = peers_block(&d, BOX_NONE, slot++, BOX_TXS_MAX);
    slot = peers_slot(&d, slot, PEERS_REAL, 1);
    upper = peers_block(&d, lower, slot++, BOX_TXS_MAX);
    peers_say(&d, 0, upper); /* the lower one is fetched, nobody announced it */
    box_send(d.box, 1, PEERS_REAL, DPOS_PROTO_BLOCK, cs_view("x", 1), lower);
    director_run_ms(&d, 200);
    ck_assert_uint_eq(head(), upper);
    director_stop(&d);
}
END_TEST

START_TEST(a_block_that_lies_about_the_word_below_is_refused)
{
    struct dpos_payload p;
    uint8_t bytes[DPOS_PAYLOAD_MAX];
    uint64_t slot = 3;
    uint32_t lower;
    uint32_t upper;
    struct cs_wr wr;

    peers_open(&d, "");
    peers_run_to(&d, 12);
    lower = grow(BOX_NONE, &slot, 1);
    slot = peers_slot(&d, slot, PEERS_REAL, 1);
    upper = peers_block(&d, lower, slot, BOX_TXS_MAX);
    ck_assert(dpos_get_payload(box_block_payload(d.box, upper), &p));
    p.below.bytes[3] ^= 1;
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_payload(&wr, &p);
    upper = box_make_block_at(d.box, lower, BOX_TXS_MAX, cs_wr_view(&wr),
                              peers_owner(&d, slot),
                              (int64_t)(slot * PEERS_SLOT_MS));
    peers_say(&d, 0, upper);
    ck_assert_uint_eq(head(), lower);
    ck_assert_uint_eq(box_traced(d.box, "P3 bad"), 1);
    director_stop(&d);
}
END_TEST

START_TEST(two_blocks_in_one_slot_convict_their_producer)
{
    uint64_t slot;
    uint32_t owner;

    peers_open(&d, "");
    slot = peers_slot(&d, 3, PEERS_REAL, 1);
    owner = peers_owner(&d, slot);
    peers_run_to(&d, slot);
    peers_say(&d, owner, peers_block(&d, BOX_NONE, slot, 1));
    ck_assert_uint_eq(box_evidence(d.box, owner), 0);
    peers_say(&d, owner, peers_block(&d, BOX_NONE, slot, 2));
    ck_assert_uint_eq(box_evidence(d.box, owner), 1u << DPOS_EV_DOUBLE);
    director_stop(&d);
}
END_TEST

/* ---- P4 ------------------------------------------------------------------ */

START_TEST(the_longest_chain_is_followed_then_the_earlier_slot)
{
    uint64_t slot;
    uint64_t later;
    uint32_t one;
    uint32_t two;
    uint32_t three;

    peers_open(&d, "");
    peers_run_to(&d, 20);
    slot = peers_slot(&d, 3, PEERS_REAL, 1);
    later = peers_slot(&d, slot + 1, PEERS_REAL, 1);
    one = peers_block(&d, BOX_NONE, later, BOX_TXS_MAX);
    peers_say(&d, 0, one);
    ck_assert_uint_eq(head(), one);
    two = peers_block(&d, BOX_NONE, slot, BOX_TXS_MAX);
    peers_say(&d, 0, two); /* of an earlier slot */
    ck_assert_uint_eq(head(), two);
    later++;
    three = grow(one, &later, 1); /* longer */
    ck_assert_uint_eq(head(), three);
    ck_assert_uint_eq(box_traced(d.box, "P4 other"), 2);
    director_stop(&d);
}
END_TEST

START_TEST(a_notarized_pointer_outweighs_length)
{
    uint64_t slot = 3;
    uint64_t other;
    uint32_t branch;
    uint32_t tall;

    peers_open(&d, "");
    peers_run_to(&d, 30);
    branch = grow(BOX_NONE, &slot, 1);
    other = slot;
    tall = grow(BOX_NONE, &other, 4);
    ck_assert_uint_eq(head(), tall);
    peers_cert(&d, 0, BFT_NOTARIZE, 1, branch, BOX_NONE);
    ck_assert_uint_eq(head(), branch);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base());
    director_stop(&d);
}
END_TEST

/* ---- P6, P8 -------------------------------------------------------------- */

START_TEST(a_final_pointer_makes_all_below_it_final_each_with_a_proof)
{
    uint64_t slot = 3;
    uint8_t id[32];
    uint32_t block;

    peers_open(&d, "");
    peers_run_to(&d, 40);
    block = grow(BOX_NONE, &slot, 5);
    peers_cert(&d, 0, BFT_FINALIZE, 1, block, BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base() + 5);
    for (uint64_t h = 1; h <= 5; h++) { /* the box checked it, bits flipped */
        ck_assert_uint_gt(box_proof(d.box, PEERS_REAL, base() + h, id).len, 0);
    }
    director_stop(&d);
}
END_TEST

START_TEST(a_branch_beside_the_final_block_is_forgotten)
{
    uint64_t slot = 3;
    uint64_t other;
    uint32_t branch;

    peers_open(&d, "");
    peers_run_to(&d, 40);
    branch = grow(BOX_NONE, &slot, 2);
    other = slot;
    (void)grow(BOX_NONE, &other, 5);
    peers_cert(&d, 0, BFT_FINALIZE, 1, branch, BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base() + 2);
    ck_assert_uint_eq(head(), branch);
    director_stop(&d);
}
END_TEST

START_TEST(what_was_final_comes_back_after_a_restart)
{
    uint64_t slot = 3;
    uint32_t block;
    uint32_t top;

    peers_open(&d, "");
    peers_run_to(&d, 40);
    block = grow(BOX_NONE, &slot, 3);
    peers_cert(&d, 0, BFT_FINALIZE, 1, block, BOX_NONE);
    director_run_ms(&d, 20);
    top = grow(block, &slot, 2);
    director_run_ms(&d, 20);
    box_crash(d.box, PEERS_REAL);
    box_restart(d.box, PEERS_REAL);
    director_run_ms(&d, 100);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base() + 3);
    ck_assert_uint_eq(head(), top); /* from its slots and its log */
    peers_cert(&d, 0, BFT_FINALIZE, 2, top, block);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base() + 5);
    director_stop(&d);
}
END_TEST

START_TEST(nothing_above_the_end_of_the_epoch_is_decided)
{
    uint64_t slot = 3;
    uint32_t block;

    peers_open(&d, "");
    peers_run_to(&d, 40);
    box_seal(d.box, base() + 3);
    director_run_ms(&d, 5);
    block = grow(BOX_NONE, &slot, 5); /* others did not know in time */
    peers_cert(&d, 0, BFT_FINALIZE, 1, block, BOX_NONE);
    director_run_ms(&d, 20);
    ck_assert_uint_eq(box_final_height(d.box, PEERS_REAL), base() + 3);
    ck_assert_uint_gt(box_handoff(d.box, PEERS_REAL).len, 0);
    director_stop(&d);
}
END_TEST

/* ---- P7 ------------------------------------------------------------------ */

START_TEST(far_above_the_final_block_no_transactions_are_taken_in)
{
    uint32_t blocks[64];
    uint32_t count;

    peers_open(&d, "max_unfinal=16 idle_blocks=yes");
    peers_run_to(&d, 100);
    director_forget(&d);
    box_offer(d.box, PEERS_REAL, 1);
    director_run_ms(&d, 1000);
    count = peers_heard_blocks(&d, blocks, 64);
    ck_assert_uint_ge(count, 1);
    ck_assert_uint_gt(box_traced(d.box, "P7 empty"), 0);
    ck_assert_int_eq(box_all_final(d.box), 0);
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const slots[] = {
        it_makes_one_block_in_each_of_its_slots_and_in_no_other,
        it_makes_no_block_without_transactions,
        after_a_restart_it_says_the_same_block_and_makes_no_other,
        a_block_of_another_than_the_owner_or_out_of_its_slot_is_refused,
        a_block_of_a_slot_to_come_waits};
    const TTest *const words[] = {
        the_word_under_an_ancestor_comes_inside_of_the_next_block,
        a_block_that_lies_about_the_word_below_is_refused,
        two_blocks_in_one_slot_convict_their_producer};
    const TTest *const choice[] = {
        the_longest_chain_is_followed_then_the_earlier_slot,
        a_notarized_pointer_outweighs_length};
    const TTest *const finality[] = {
        a_final_pointer_makes_all_below_it_final_each_with_a_proof,
        a_branch_beside_the_final_block_is_forgotten,
        what_was_final_comes_back_after_a_restart,
        nothing_above_the_end_of_the_epoch_is_decided,
        far_above_the_final_block_no_transactions_are_taken_in};
    Suite *suite = suite_create("dpos rules");

    VT_SUITE_ADD(suite, "slots", slots);
    VT_SUITE_ADD(suite, "words", words);
    VT_SUITE_ADD(suite, "choice", choice);
    VT_SUITE_ADD(suite, "finality", finality);
    return vt_suite_run(suite);
}
