/* SPDX-License-Identifier: Apache-2.0
 *
 * check_boundary.c - the end of an epoch: four engines, and a test that carries
 * their words, or does not (B1..B4, I18).
 */
#include "inside.h"

#include "solo.h"
#include "unit/suite.h"

#define DEPTH 6u
#define SEAL 13u

static const char agreed[] = "boundary = agreed\nmine = no\n";

struct four {
    struct solo *s[SOLO_MEMBERS];
    uint32_t deaf; /* bit per member */
};

static struct solo_tip a[64], b[64], c[64];

static void open_four(struct four *f)
{
    struct solo_tip root;

    memset(f, 0, sizeof *f);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        f->s[i] = solo_new(agreed, i);
    }
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        /* the same draws, so the same blocks */
        solo_start(f->s[i], &root);
        solo_grow(f->s[i], &root, 20, a);
        solo_grow(f->s[i], &a[1], 20, b); /* 13 is another one */
        solo_seal(f->s[i], SEAL);
    }
}

static void close_four(struct four *f)
{
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        solo_free(f->s[i]);
    }
}

static void give(struct solo *s, const struct solo_tip *tips, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        solo_tell(s, (s->self + 1) % SOLO_MEMBERS, &tips[i].h, 1, 1);
    }
}

static void give_all(struct four *f, const struct solo_tip *tips,
                     uint32_t count)
{
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        give(f->s[i], tips, count);
    }
}

static void carry_one(struct four *f, uint32_t from,
                      const struct solo_message *m)
{
    for (uint32_t to = 0; to < SOLO_MEMBERS; to++) {
        if (to != from && (m->to == VT_PEER_ALL || m->to == to) &&
            (f->deaf >> to & 1) == 0 && (f->deaf >> from & 1) == 0) {
            solo_send(f->s[to], from, m->proto, vt_view_of(m->bytes, m->len));
        }
    }
}

/* Until nobody has anything to say. */
static void carry(struct four *f)
{
    int is_quiet;

    do {
        is_quiet = 1;
        for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
            while (f->s[i]->message_count > 0) {
                struct solo_message m = f->s[i]->messages[0];

                f->s[i]->message_count--;
                memmove(f->s[i]->messages, f->s[i]->messages + 1,
                        f->s[i]->message_count * sizeof m);
                is_quiet = 0;
                carry_one(f, i, &m);
            }
        }
    } while (!is_quiet);
}

static int has_spoken(const struct solo *s)
{
    for (uint32_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].slot >= POW_SLOT_BOUNDARY) {
            return 1;
        }
    }
    return 0;
}

static void pass(struct four *f, uint32_t ticks)
{
    for (uint32_t k = 0; k < ticks; k++) {
        for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
            solo_pass(f->s[i], 500);
        }
        carry(f);
    }
}

static uint32_t verdict_of(const struct solo *s, uint64_t end, uint64_t height,
                           const uint8_t id[32], struct vt_view proof)
{
    struct vt_cs_epoch epoch = s->epoch;
    uint32_t verdict = VT_BAD;

    epoch.end_height = end;
    ck_assert_int_eq(s->table->check_proof(&s->host, &epoch, height, id, proof,
                                           &verdict, NULL),
                     VT_OK);
    return verdict;
}

/* All four ended the epoch with this block. */
static void all_sealed_with(const struct four *f, const struct solo_tip *tip)
{
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        const struct solo *s = f->s[i];

        ck_assert_uint_eq(s->sealed_height, SEAL);
        ck_assert_uint_eq(s->final_height, SEAL);
        ck_assert_mem_eq(s->final_id, tip->id, 32);
        ck_assert_uint_eq(s->halts, 0);
        ck_assert_uint_eq(s->evidence, 0);
        ck_assert_uint_eq(verdict_of(s, SEAL, SEAL, s->final_id,
                                     vt_view_of(s->proof, s->proof_len)),
                          VT_GOOD);
    }
}

/* ---- what makes it final --------------------------------------------------
 */

START_TEST(depth_alone_does_not_end_an_epoch)
{
    struct four f;

    open_four(&f);
    f.deaf = 0xe; /* they hear nothing */
    give_all(&f, a, 4);
    give_all(&f, a + 4, 12);
    pass(&f, 20);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        ck_assert_uint_eq(f.s[i]->final_height, SEAL - 1);
        ck_assert_uint_eq(f.s[i]->sealed_height, 0);
    }
    f.deaf = 0;
    pass(&f, 40);
    all_sealed_with(&f, &a[2]);
    close_four(&f);
}
END_TEST

START_TEST(nobody_names_a_boundary_that_is_not_deep)
{
    struct four f;

    open_four(&f);
    give_all(&f, a, 4);
    give_all(&f, a + 4, 3); /* one less than it takes */
    pass(&f, 40);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        ck_assert_uint_eq(f.s[i]->sealed_height, 0);
        ck_assert(!has_spoken(f.s[i]));
    }
    give_all(&f, a + 7, 1);
    pass(&f, 4);
    all_sealed_with(&f, &a[2]);
    close_four(&f);
}
END_TEST

START_TEST(three_of_four_are_enough_and_two_are_not)
{
    struct four f;

    open_four(&f);
    give_all(&f, a, 12);
    f.deaf = 0xc;
    pass(&f, 40);
    ck_assert_uint_eq(f.s[0]->sealed_height, 0);
    ck_assert_uint_eq(f.s[1]->sealed_height, 0);
    f.deaf = 0x8;
    pass(&f, 100);
    ck_assert_uint_eq(f.s[0]->sealed_height, SEAL);
    ck_assert_uint_eq(f.s[2]->sealed_height, SEAL);
    ck_assert_uint_eq(f.s[3]->sealed_height, 0);
    close_four(&f);
}
END_TEST

/* ---- two chains ------------------------------------------------------------
 */

/* Both are deep: by depth there would be two handoffs. */
START_TEST(two_deep_chains_end_in_one_boundary)
{
    struct four f;

    open_four(&f);
    give_all(&f, a, 2);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        give(f.s[i], i < 2 ? a + 2 : b, 9);
    }
    pass(&f, 20);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        ck_assert_uint_eq(f.s[i]->sealed_height, 0);
    }
    give_all(&f, a + 2, 9);
    give_all(&f, b, 12); /* more work */
    pass(&f, 100);
    all_sealed_with(&f,
                    memcmp(f.s[0]->final_id, a[2].id, 32) == 0 ? &a[2] : &b[0]);
    close_four(&f);
}
END_TEST

/* Three have named a, one of them nothing more is heard of; then b gets more
 * work. Who never saw a must follow it all the same (B4). */
START_TEST(what_was_notarized_is_followed_against_more_work)
{
    struct four f;

    open_four(&f);
    give_all(&f, a, 2);
    for (uint32_t i = 0; i < 3; i++) {
        give(f.s[i], a + 2, 9);
    }
    give(f.s[3], b, 12);
    f.deaf = 0x8;
    for (uint32_t k = 0;
         k < 4000 && bft_notarized(f.s[0]->cs->boundary.core)->height < SEAL;
         k++) { /* no further than the first certificate */
        uint32_t i = k % 3;

        if (k / 3 % 20 == 19) {
            solo_pass(f.s[i], 500);
        }
        if (f.s[i]->message_count > 0) {
            struct solo_message m = f.s[i]->messages[0];

            f.s[i]->message_count--;
            memmove(f.s[i]->messages, f.s[i]->messages + 1,
                    f.s[i]->message_count * sizeof m);
            carry_one(&f, i, &m);
        }
    }
    ck_assert_uint_eq(bft_notarized(f.s[0]->cs->boundary.core)->height, SEAL);
    ck_assert_uint_eq(f.s[0]->sealed_height, 0);
    f.deaf = 0x4; /* one goes, the other comes */
    give(f.s[0], b, 12);
    give(f.s[1], b, 12);
    pass(&f, 10);
    ck_assert(solo_is_head(f.s[0], &a[10]));
    ck_assert_uint_eq(f.s[3]->sealed_height, 0);
    give(f.s[3], a + 2, 9);
    pass(&f, 200);
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        if (i != 2) {
            ck_assert_uint_eq(f.s[i]->sealed_height, SEAL);
            ck_assert_mem_eq(f.s[i]->final_id, a[2].id, 32);
        }
    }
    close_four(&f);
}
END_TEST

START_TEST(nothing_reorganises_below_the_boundary)
{
    struct four f;

    open_four(&f);
    give_all(&f, a, 11);
    pass(&f, 10);
    all_sealed_with(&f, &a[2]);
    give_all(&f, b, 20);
    pass(&f, 4);
    all_sealed_with(&f, &a[2]);
    ck_assert(solo_is_head(f.s[0], &a[10]));
    close_four(&f);
}
END_TEST

/* ---- restarts --------------------------------------------------------------
 */

/* Votes and certificates are durable (D3, D4), own ones count again (D5). */
START_TEST(all_restart_at_any_moment)
{
    for (uint32_t moment = 0; moment < 60; moment++) {
        struct four f;
        uint32_t carried = 0;

        open_four(&f);
        give_all(&f, a, 11);
        for (uint32_t i = 0; carried < moment; i = (i + 1) % SOLO_MEMBERS) {
            if (f.s[i]->message_count > 0) {
                struct solo_message m = f.s[i]->messages[0];

                f.s[i]->message_count--;
                memmove(f.s[i]->messages, f.s[i]->messages + 1,
                        f.s[i]->message_count * sizeof m);
                carry_one(&f, i, &m);
            } else {
                solo_pass(f.s[i], 100);
            }
            carried++;
        }
        for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
            int was_sealed = f.s[i]->sealed_height != 0;

            solo_restart(f.s[i]);
            solo_seal(f.s[i], SEAL); /* as the host does after START */
            if (!was_sealed) {
                give(f.s[i], a, 11);
            }
        }
        pass(&f, 60);
        all_sealed_with(&f, &a[2]);
        close_four(&f);
    }
}
END_TEST

START_TEST(the_same_events_give_the_same_state)
{
    uint8_t first[32], again[32];

    for (int k = 0; k < 2; k++) {
        struct four f;

        open_four(&f);
        give_all(&f, a, 11);
        pass(&f, 1);
        solo_digest(f.s[1], k == 0 ? first : again);
        close_four(&f);
    }
    ck_assert_mem_eq(first, again, 32);
}
END_TEST

/* ---- what strangers check --------------------------------------------------
 */

START_TEST(only_the_agreed_proof_ends_an_epoch)
{
    struct four f;
    struct solo *deep = solo_new("mine = no\n", 0);
    struct solo_tip root;
    struct vt_view proof;

    open_four(&f);
    give_all(&f, a, 11);
    pass(&f, 10);
    all_sealed_with(&f, &a[2]);
    /* the same blocks where depth decides */
    solo_start(deep, &root);
    solo_grow(deep, &root, 20, c);
    give(deep, c, DEPTH + 2);
    ck_assert_uint_eq(deep->final_height, SEAL);
    ck_assert_mem_eq(deep->final_id, a[2].id, 32);
    proof = vt_view_of(deep->proof, deep->proof_len);
    ck_assert_uint_eq(verdict_of(deep, SEAL, SEAL, a[2].id, proof), VT_GOOD);
    ck_assert_uint_eq(verdict_of(f.s[0], SEAL, SEAL, a[2].id, proof), VT_BAD);
    ck_assert_uint_eq(verdict_of(f.s[0], SEAL + 1, SEAL, a[2].id, proof),
                      VT_GOOD);
    ck_assert_uint_eq(verdict_of(f.s[0], SEAL - 1, SEAL, a[2].id, proof),
                      VT_BAD);
    ck_assert_uint_eq(verdict_of(f.s[0], 0, SEAL, a[2].id, proof), VT_GOOD);
    /* and the agreed one there, at other heights, for other blocks */
    proof = vt_view_of(f.s[0]->proof, f.s[0]->proof_len);
    ck_assert_uint_eq(verdict_of(deep, SEAL, SEAL, a[2].id, proof), VT_BAD);
    ck_assert_uint_eq(verdict_of(f.s[0], SEAL + 1, SEAL, a[2].id, proof),
                      VT_BAD);
    ck_assert_uint_eq(verdict_of(f.s[0], 0, SEAL + 1, a[2].id, proof), VT_BAD);
    ck_assert_uint_eq(verdict_of(f.s[0], SEAL, SEAL, b[0].id, proof), VT_BAD);
    close_four(&f);
    solo_free(deep);
}
END_TEST

START_TEST(an_agreed_proof_with_any_bit_turned_is_none)
{
    struct four f;
    struct solo *s;

    open_four(&f);
    give_all(&f, a, 11);
    pass(&f, 10);
    s = f.s[2];
    for (size_t i = 0; i < 8 * s->proof_len; i++) {
        s->proof[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_uint_eq(verdict_of(s, SEAL, SEAL, a[2].id,
                                     vt_view_of(s->proof, s->proof_len)),
                          VT_BAD);
        s->proof[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < s->proof_len; len++) {
        ck_assert_uint_eq(
            verdict_of(s, SEAL, SEAL, a[2].id, vt_view_of(s->proof, len)),
            VT_BAD);
    }
    close_four(&f);
}
END_TEST

int main(void)
{
    const TTest *const agreement[] = {
        depth_alone_does_not_end_an_epoch,
        nobody_names_a_boundary_that_is_not_deep,
        three_of_four_are_enough_and_two_are_not,
        two_deep_chains_end_in_one_boundary,
        what_was_notarized_is_followed_against_more_work,
        nothing_reorganises_below_the_boundary,
        all_restart_at_any_moment,
        the_same_events_give_the_same_state};
    const TTest *const proofs[] = {only_the_agreed_proof_ends_an_epoch,
                                   an_agreed_proof_with_any_bit_turned_is_none};
    Suite *suite = suite_create("pow boundary");

    VT_SUITE_ADD(suite, "agreement", agreement);
    VT_SUITE_ADD(suite, "proofs", proofs);
    return vt_suite_run(suite);
}
