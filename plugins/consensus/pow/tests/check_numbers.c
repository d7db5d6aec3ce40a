/* SPDX-License-Identifier: Apache-2.0
 *
 * check_numbers.c - 256 bits, SHA-256, targets, aserti3-2d and the pace it
 * keeps; the documents.
 */
#include "base/bytes.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/work.h"
#include "header.h"
#include "sha256.h"
#include "support/documents.h"
#include "unit/suite.h"

#include <string.h>

extern const struct vt_plugin pow_LTX_vt_plugin_v1;

struct asert_case {
    uint32_t anchor, limit, interval, halflife;
    int64_t elapsed;
    uint32_t heights;
    const char *target;
    uint32_t bits;
};

struct work_case {
    const char *target, *work;
};

#include "vectors.h"

static struct pow_u256 from_hex(const char *text)
{
    uint8_t bytes[32];

    ck_assert_int_eq(vt_hex_decode(text, 64, bytes, 32), 0);
    return pow_u256_from_be(bytes);
}

static void same(const struct pow_u256 *a, const struct pow_u256 *b)
{
    ck_assert_int_eq(pow_u256_cmp(a, b), 0);
}

static struct pow_u256 target(uint32_t bits)
{
    struct pow_u256 out;

    ck_assert(pow_target_of(bits, &out));
    return out;
}

/* ---- 256 bits ------------------------------------------------------------ */

static struct pow_u256 any(struct vt_rng *rng)
{
    struct pow_u256 a = {{0, 0, 0, 0}};

    for (int i = 0; i < 4; i++) {
        switch (vt_rng_below(rng, 4)) {
        case 0:
            a.w[i] = 0;
            break;
        case 1:
            a.w[i] = UINT64_MAX;
            break;
        default:
            a.w[i] = vt_rng_u64(rng);
        }
    }
    return a;
}

/* q * b + r = a with r < b, word by word of b at most one: b is small here,
 * and large ones are in the vectors. */
START_TEST(division_undoes_multiplication)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        struct pow_u256 a = any(&rng);
        uint64_t n = vt_rng_u64(&rng) >> vt_rng_below(&rng, 64) | 1;
        struct pow_u256 b = pow_u256_of(n);
        struct pow_u256 q = pow_u256_div(&a, &b);
        struct pow_u256 back = pow_u256_mul(&q, n);
        struct pow_u256 rest = pow_u256_sub(&a, &back);

        ck_assert(pow_u256_cmp(&back, &a) <= 0);
        ck_assert(pow_u256_cmp(&rest, &b) < 0);
    }
}
END_TEST

START_TEST(sums_and_differences_stop_at_the_ends)
{
    struct vt_rng rng;
    struct pow_u256 top = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

    vt_rng_init(&rng, 2);
    for (int i = 0; i < 20000; i++) {
        struct pow_u256 a = any(&rng);
        struct pow_u256 b = any(&rng);
        struct pow_u256 left = pow_u256_sub(&top, &b);
        struct pow_u256 sum = pow_u256_add(&a, &b);
        struct pow_u256 back = pow_u256_sub(&sum, &b);

        if (pow_u256_cmp(&a, &left) > 0) {
            same(&sum, &top);
        } else {
            same(&back, &a);
        }
        if (pow_u256_cmp(&a, &b) <= 0) {
            back = pow_u256_sub(&a, &b);
            ck_assert(pow_u256_is_zero(&back));
        }
    }
    top = pow_u256_mul(&top, 2);
    ck_assert_uint_eq(top.w[0] & top.w[1] & top.w[2] & top.w[3], UINT64_MAX);
}
END_TEST

START_TEST(work_is_two_to_the_256_by_target_plus_one)
{
    for (size_t i = 0; i < sizeof work_cases / sizeof work_cases[0]; i++) {
        struct pow_u256 t = from_hex(work_cases[i].target);
        struct pow_u256 expected = from_hex(work_cases[i].work);
        struct pow_u256 work = pow_work_of(&t);

        same(&work, &expected);
    }
}
END_TEST

START_TEST(a_target_for_hashes_takes_that_many)
{
    for (uint64_t n = 1; n < 3000; n++) {
        struct pow_u256 t = pow_target_for(n);
        struct pow_u256 work = pow_work_of(&t);

        ck_assert_uint_eq(work.w[0], n);
        ck_assert_uint_eq(work.w[1] | work.w[2] | work.w[3], 0);
    }
}
END_TEST

/* All sizes, all edges of the three bytes: only what pow_bits_of() makes is
 * taken. */
START_TEST(bits_have_one_form)
{
    static const uint32_t tops[] = {0,        1,        0x7f,     0x80,
                                    0xff,     0x100,    0x7fff,   0x8000,
                                    0xffff,   0x10000,  0x7fffff, 0x800000,
                                    0x800001, 0xffffff, 0x008000, 0x123456};

    for (uint32_t size = 0; size < 256; size++) {
        for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
            uint32_t bits = size << 24 | tops[i];
            struct pow_u256 t;

            if (pow_target_of(bits, &t)) {
                ck_assert_uint_eq(pow_bits_of(&t), bits);
                ck_assert_uint_eq(bits & 0x800000, 0);
                ck_assert_uint_le(size, 33);
            }
        }
    }
    ck_assert(!pow_target_of(0, NULL));
    ck_assert(!pow_target_of(0x01000000, NULL));
    ck_assert(!pow_target_of(0x1d80ffff, NULL));
    ck_assert(!pow_target_of(0x22000001, NULL));
}
END_TEST

START_TEST(bits_round_down)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 3);
    for (int i = 0; i < 20000; i++) {
        struct pow_u256 a = any(&rng);
        struct pow_u256 t;

        if (pow_u256_is_zero(&a)) {
            continue;
        }
        t = target(pow_bits_of(&a));
        ck_assert(pow_u256_cmp(&t, &a) <= 0);
        a = pow_u256_sub(&a, &t);
        t = pow_u256_div(&t, &(struct pow_u256){{0x8000, 0, 0, 0}});
        ck_assert(pow_u256_cmp(&a, &t) <= 0);
    }
}
END_TEST

/* ---- SHA-256 ------------------------------------------------------------- */

START_TEST(every_length_hashes_as_the_library_does)
{
    uint8_t bytes[300];
    struct vt_hash expected;
    uint8_t hash[32];

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + 1);
    }
    for (size_t len = 0; len <= sizeof bytes; len++) {
        pow_sha256(bytes, len, hash);
        vt_hash_plain(bytes, len, &expected);
        ck_assert_mem_eq(hash, expected.b, 32);
    }
}
END_TEST

START_TEST(what_the_host_finds_is_what_is_checked)
{
    struct pow_u256 t = pow_target_for(300);
    uint8_t bytes[POW_BLOCK_LEN] = {1, 2, 3};
    uint8_t limit[32];
    uint8_t hash[32];
    uint64_t nonce;

    pow_u256_to_be(&t, limit);
    ck_assert(vt_work_search(vt_view_of(bytes, POW_HEADER_LEN), limit, 5, 9000,
                             &nonce));
    vt_put_u64(bytes + POW_HEADER_LEN, nonce);
    pow_sha256d(bytes, sizeof bytes, hash);
    ck_assert_int_le(memcmp(hash, limit, 32), 0);
}
END_TEST

/* ---- aserti3-2d ---------------------------------------------------------- */

START_TEST(targets_are_those_of_an_independent_computation)
{
    for (size_t i = 0; i < sizeof asert_cases / sizeof asert_cases[0]; i++) {
        const struct asert_case *c = &asert_cases[i];
        struct pow_asert a = {.anchor = target(c->anchor),
                              .limit = target(c->limit),
                              .interval = c->interval,
                              .halflife = c->halflife};
        struct pow_u256 next = pow_asert(&a, c->elapsed, c->heights);
        struct pow_u256 expected = from_hex(c->target);

        same(&next, &expected);
        ck_assert_uint_eq(pow_bits_of(&next), c->bits);
    }
}
END_TEST

/* From the vectors that come with the specification of Bitcoin Cash
 * (2020-11-15-asert, runs 1, 3, 5, 7 and 10): 600 seconds, two days. */
START_TEST(the_published_vectors_hold)
{
    static const struct {
        uint32_t anchor;
        uint64_t heights; /* above the anchor */
        int64_t elapsed;
        uint32_t bits;
    } runs[] = {
        {0x1d00ffff, 1, 1200, 0x1d00ffff},
        {0x1d00ffff, 10, 6600, 0x1d00ffff},
        {0x01010000, 1, 1200, 0x01010000},
        {0x1d00ffff, 1, 0, 0x1d00fec5},
        {0x1d00ffff, 289, 0, 0x1c7f62c0},
        {0x1d00ffff, 577, 0, 0x1c3fb160},
        {0x1d00ffff, 28225, 0, 0x103fb160},
        {0x1d00ffff, 60193, 0, 0x027f6200},
        {0x1d00ffff, 62209, 0, 0x0200fe00},
        {0x1d00ffff, 62497, 0, 0x017f0000},
        {0x1d00ffff, 64225, 0, 0x01010000},
        {0x1d00ffff, 64513, 0, 0x01010000},
        {0x1802aee8, 2, 1310, 0x1802ad91},
        {0x1802aee8, 8, 7099, 0x1802b39c},
        {0x1802aee8, 63, 17965, 0x180278ea},
        {0x1802aee8, 99, 20363, 0x180249fb},
        {0x1802aee8, 457, 29033, 0x1801004a},
        {0x1802aee8, 458, 29064, 0x1800ffb4},
        {0x1802aee8, 637, 31020, 0x1800a788},
        {0x1802aee8, 1, 1500, 0x1802afbb},
        {0x1802aee8, 10, 9600, 0x1802b73d},
    };

    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct pow_asert a = {.anchor = target(runs[i].anchor),
                              .limit = target(0x1d00ffff),
                              .interval = 600,
                              .halflife = 172800};
        struct pow_u256 next = pow_asert(&a, runs[i].elapsed, runs[i].heights);

        ck_assert_uint_eq(pow_bits_of(&next), runs[i].bits);
    }
}
END_TEST

START_TEST(extreme_times_give_the_limit_or_one)
{
    struct pow_asert a = {.anchor = target(0x1d00ffff),
                          .limit = target(0x1d00ffff),
                          .interval = 600,
                          .halflife = 1};
    struct pow_u256 one = pow_u256_of(1);
    struct pow_u256 next = pow_asert(&a, INT64_MAX, 0);

    same(&next, &a.limit);
    next = pow_asert(&a, INT64_MIN, UINT64_MAX);
    same(&next, &one);
    a.halflife = 172800;
    next = pow_asert(&a, 0, UINT64_MAX);
    same(&next, &one);
}
END_TEST

/* ---- the pace ------------------------------------------------------------ */

#define T 5000u
#define HALFLIFE (288u * T)

static void terms(struct pow_terms *t, uint64_t hashes)
{
    struct pow_u256 first = pow_target_for(hashes);

    memset(t, 0, sizeof *t);
    t->first_bits = pow_bits_of(&first);
    t->asert.anchor = target(t->first_bits);
    t->asert.limit = pow_target_for(16);
    t->asert.interval = T;
    t->asert.halflife = HALFLIFE;
    t->start_height = 1;
}

static uint64_t work_in(uint32_t bits)
{
    struct pow_u256 t = target(bits);

    return pow_work_of(&t).w[0];
}

/* Blocks as a rate of hashes a second brings them; returns the mean interval of
 * the last hundred after a while. */
static uint64_t pace_of(const struct pow_terms *t, struct pow_below *below,
                        uint64_t rate, uint64_t for_ms, struct vt_rng *rng)
{
    uint64_t end = below->time_ms + for_ms;
    uint64_t ring[100] = {0};
    uint64_t n = 0;
    struct pow_header h;

    while (below->time_ms < end || n < 100) {
        uint64_t ms;
        uint64_t halvings = 0;

        pow_header_next(t, below, below->time_ms + 1, &h);
        while (vt_rng_chance(rng, 1, 2)) {
            halvings++;
        }
        ms = work_in(h.bits) * (halvings * 1000 + vt_rng_below(rng, 1000)) /
             1000 * 693 / rate;
        pow_header_next(t, below, below->time_ms + 1 + ms, &h);
        pow_below_of(&h, below->hash, below);
        ring[n++ % 100] = h.time_ms;
    }
    return (ring[(n - 1) % 100] - ring[n % 100]) / 99;
}

/* I20. With a tenth of the hashes it takes longer than with ten times as many:
 * there are fewer blocks to learn from. A mean of a hundred blocks is a tenth
 * off now and then. */
START_TEST(the_pace_returns_after_ten_times_the_hashes)
{
    struct pow_below below;
    struct pow_terms t;
    struct vt_rng rng;

    vt_rng_init(&rng, 4);
    terms(&t, 5000000);
    pow_below_start(&t, &below);
    for (int i = 0; i < 6; i++) {
        static const uint64_t rates[] = {1000000, 10000000, 1000000};
        uint64_t pace = 0;

        for (int k = 0; k < 8; k++) { /* of the last one */
            pace +=
                pace_of(&t, &below, rates[i % 3], HALFLIFE, &rng) * (k == 7);
        }
        ck_assert_uint_ge(pace, T * 7 / 10);
        ck_assert_uint_le(pace, T * 13 / 10);
    }
}
END_TEST

/* A chain that rests while nobody needs it does not become cheap. */
START_TEST(a_rest_counts_as_ten_intervals)
{
    struct pow_header h = {0};
    struct pow_below below;
    struct pow_terms t;

    terms(&t, 5000000);
    pow_below_start(&t, &below);
    pow_header_next(&t, &below, 1000, &h);
    ck_assert_uint_eq(h.clock_ms, T);
    pow_below_of(&h, below.hash, &below);
    pow_header_next(&t, &below, 1000 + 3600000, &h);
    ck_assert_uint_eq(h.clock_ms, T + POW_GAP * T);
    pow_below_of(&h, below.hash, &below);
    pow_header_next(&t, &below, 0, &h); /* clocks may stand, not go back */
    ck_assert_uint_eq(h.time_ms, 1000 + 3600000 + 1);
    ck_assert_uint_eq(h.clock_ms, T + POW_GAP * T + 1);
}
END_TEST

/* S29: whatever times members choose within the rules, the chain's clock is
 * never ahead of the real one by more than what a header may lie in the
 * future; so no target is easier than by 2^(future / halflife). */
START_TEST(no_choice_of_times_runs_ahead_of_the_clock)
{
    const uint64_t future = 12 * T;
    struct vt_rng rng;

    vt_rng_init(&rng, 5);
    for (int run = 0; run < 50; run++) {
        struct pow_below below;
        struct pow_terms t;
        struct pow_header h;
        uint64_t now = 1000000;

        terms(&t, 5000000);
        pow_below_start(&t, &below);
        pow_header_next(&t, &below, now, &h);
        pow_below_of(&h, below.hash, &below);
        for (int i = 0; i < 2000; i++) {
            uint64_t at = below.time_ms + 1;

            now += vt_rng_below(&rng, 2 * T);
            switch (vt_rng_below(&rng, (uint64_t)(2 + run % 3))) {
            case 0:
                at = now + future;
                break;
            case 1:
                break; /* as old as may be */
            default:
                at = now;
            }
            if (at > now + future || below.time_ms + 1 > now + future) {
                continue;
            }
            pow_header_next(&t, &below, at, &h);
            pow_below_of(&h, below.hash, &below);
            ck_assert_uint_le(h.clock_ms, now - 1000000 + future + T);
        }
    }
}
END_TEST

/* ---- documents ----------------------------------------------------------- */

START_TEST(the_shipped_ini_is_what_the_table_prints)
{
    check_plugin_ini(&pow_LTX_vt_plugin_v1, "consensus");
}
END_TEST

START_TEST(the_readme_lists_the_options)
{
    check_plugin_readme(&pow_LTX_vt_plugin_v1, "consensus");
}
END_TEST

int main(void)
{
    const TTest *const words[] = {division_undoes_multiplication,
                                  sums_and_differences_stop_at_the_ends,
                                  work_is_two_to_the_256_by_target_plus_one,
                                  a_target_for_hashes_takes_that_many,
                                  bits_have_one_form,
                                  bits_round_down,
                                  every_length_hashes_as_the_library_does,
                                  what_the_host_finds_is_what_is_checked};
    const TTest *const pace[] = {
        targets_are_those_of_an_independent_computation,
        the_published_vectors_hold,
        extreme_times_give_the_limit_or_one,
        the_pace_returns_after_ten_times_the_hashes,
        a_rest_counts_as_ten_intervals,
        no_choice_of_times_runs_ahead_of_the_clock,
        the_shipped_ini_is_what_the_table_prints,
        the_readme_lists_the_options};
    Suite *suite = suite_create("pow numbers");

    VT_SUITE_ADD(suite, "words", words);
    VT_SUITE_ADD(suite, "pace", pace);
    return vt_suite_run(suite);
}
