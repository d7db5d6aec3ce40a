/* SPDX-License-Identifier: Apache-2.0
 *
 * check_lanes.c - what lanes are made of, each part against libsecp256k1:
 * tables, challenges, sums of edge scalars; and how lanes are chosen.
 */
#include "../challenge.h"
#include "../constants.h"
#include "../cpu.h"
#include "../many.h"
#include "base/bytes.h"
#include "cases.h"
#include "probe.h"
#include "unit/suite.h"

#include <secp256k1.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables and hashes --------------------------------------------------- */

static secp256k1_context *context(void)
{
    static secp256k1_context *ctx;

    if (ctx == NULL) {
        ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    }
    ck_assert_ptr_nonnull(ctx);
    return ctx;
}

static void coordinates(const secp256k1_pubkey *pub, struct fp *x, struct fp *y)
{
    uint8_t bytes[65];
    size_t len = sizeof bytes;

    ck_assert(secp256k1_ec_pubkey_serialize(context(), bytes, &len, pub,
                                            SECP256K1_EC_UNCOMPRESSED));
    ck_assert(fp_from_bytes(bytes + 1, x) && fp_from_bytes(bytes + 33, y));
}

static void is_limbs(const uint64_t l[5], const struct fp *a)
{
    uint64_t w[4] = {l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40,
                     l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16};

    ck_assert_mem_eq(w, a->w, sizeof w);
    ck_assert_uint_eq((l[0] | l[1] | l[2] | l[3]) >> 52 | l[4] >> 48, 0);
}

START_TEST(tables_hold_what_the_library_computes)
{
    secp256k1_pubkey pub;
    uint8_t start[33] = {2};
    uint8_t power[32] = {[16] = 0x20}; /* 2^125 */
    struct fp x, y;

    task_table_make();
    for (uint32_t half = 0; half < 2; half++) {
        for (uint32_t i = 0; i < G_ENTRIES; i++) {
            uint8_t k[32] = {0};

            k[half == 0 ? 30 : 14] = (uint8_t)((i + 1) >> 8);
            k[half == 0 ? 31 : 15] = (uint8_t)(i + 1);
            ck_assert(secp256k1_ec_pubkey_create(context(), &pub, k));
            coordinates(&pub, &x, &y);
            is_limbs(task_table[half][i][0], &x);
            is_limbs(task_table[half][i][1], &y);
        }
    }
    for (int i = 0; i < 32; i++) {
        start[32 - i] = (uint8_t)(point_b_x[i / 8] >> i % 8 * 8);
    }
    ck_assert(secp256k1_ec_pubkey_parse(context(), &pub, start, 33));
    ck_assert(secp256k1_ec_pubkey_tweak_mul(context(), &pub, power));
    coordinates(&pub, &x, &y);
    is_limbs(task_rest[0], &x);
    is_limbs(task_rest[1], &y);
}
END_TEST

/* add_pairs inverts the differences of these. */
START_TEST(no_two_entries_of_g_share_an_x)
{
    task_table_make();
    for (size_t i = 0; i < G_ENTRIES; i++) {
        for (size_t j = 0; j < G_ENTRIES; j++) {
            ck_assert(memcmp(task_table[0][i][0], task_table[1][j][0],
                             sizeof task_table[0][i][0]) != 0);
        }
    }
}
END_TEST

START_TEST(a_challenge_is_the_tagged_hash)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 8);
    for (int i = 0; i < 400; i++) {
        struct challenge c;
        uint8_t bytes[96], want[32], got[32];

        vt_rng_fill(&rng, bytes, sizeof bytes);
        challenge_init(&c, i % 2 == 1 && cpu_has_sha());
        challenge_hash(&c, bytes, bytes + 32, bytes + 64, got);
        ck_assert(secp256k1_tagged_sha256(context(), want,
                                          (const uint8_t *)"BIP0340/challenge",
                                          17, bytes, sizeof bytes));
        ck_assert_mem_eq(got, want, 32);
    }
}
END_TEST
/* ---- signatures ---------------------------------------------------------- */

/* Scalars at the ends of halves, windows and ranges. */
static const char *const scalars[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "0000000000000000000000000000000000000000000000000000000000000010",
    "0000000000000000000000000000000000000000000000000000000000000400",
    "00000000000000000000000000000000ffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000100000000000000000000000000000000",
    "0000000000000000000000000000000100000000000000000000000000000001",
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
    "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72",
    "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd71",
    "ac9c52b33fa3cf1f5ad9e3fd77ed9ba4a880b9fc8ec739c2e0cfc810b51283ce",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "8421084210842108421084210842108421084210842108421084210842108421",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036413f",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
    /* only as e: n and above */
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
#define SCALARS (sizeof scalars / sizeof scalars[0])
#define BELOW_ORDER (SCALARS - 3)

/* e modulo n, for e below 2^256. */
static void less_order(const uint8_t e[32], uint8_t out[32])
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t word = vt_get_u64be(e + 24 - 8 * i);

        vt_put_u64be(out + 24 - 8 * i, word - order[i] - borrow);
        borrow = word < order[i] || (word == order[i] && borrow);
    }
    if (borrow) {
        memcpy(out, e, 32);
    }
}

/* x of s * G - e * P into r; returns whether it is a point with even y. */
static int sum_of(const uint8_t *s, const uint8_t *e, const uint8_t *key,
                  uint8_t r[32])
{
    static const uint8_t zero[32];
    uint8_t minus[32], bytes[33] = {2};
    secp256k1_pubkey part[2];
    const secp256k1_pubkey *parts[2] = {&part[0], &part[1]};
    secp256k1_pubkey sum;
    size_t count = 0;
    size_t len = sizeof bytes;

    memset(r, 0, 32);
    if (memcmp(s, zero, 32) != 0) {
        ck_assert(secp256k1_ec_pubkey_create(context(), &part[count++], s));
    }
    less_order(e, minus);
    if (memcmp(minus, zero, 32) != 0) {
        memcpy(bytes + 1, key, 32);
        ck_assert(
            secp256k1_ec_pubkey_parse(context(), &part[count], bytes, 33));
        ck_assert(secp256k1_ec_seckey_negate(context(), minus));
        ck_assert(
            secp256k1_ec_pubkey_tweak_mul(context(), &part[count++], minus));
    }
    if (count == 0 ||
        !secp256k1_ec_pubkey_combine(context(), &sum, parts, count)) {
        return 0;
    }
    ck_assert(secp256k1_ec_pubkey_serialize(context(), bytes, &len, &sum,
                                            SECP256K1_EC_COMPRESSED));
    memcpy(r, bytes + 1, 32);
    return bytes[0] == 2;
}

/* Any s, any e, any lane: the sum is what the library says. */
START_TEST(sums_of_edge_scalars_are_those_of_the_library)
{
    static struct task tasks[BELOW_ORDER * SCALARS];
    static uint8_t want[BELOW_ORDER * SCALARS];
    struct vt_rng rng;
    size_t count = 0;

    task_table_make();
    vt_rng_init(&rng, 17);
    for (size_t i = 0; i < BELOW_ORDER; i++) {
        for (size_t j = 0; j < SCALARS; j++, count++) {
            struct schnorr_case c;
            uint8_t e[32];

            schnorr_case_make(&rng, 0, &c);
            ck_assert_int_eq(vt_hex_decode(scalars[i], 64, c.sig + 32, 32), 0);
            ck_assert_int_eq(vt_hex_decode(scalars[j], 64, e, 32), 0);
            want[count] = (uint8_t)sum_of(c.sig + 32, e, c.pk, c.sig);
            ck_assert(task_make(&tasks[count], c.pk, c.sig, e));
            tasks[count].has_y = 0;
        }
    }
    for (size_t l = 0; l < PROBE_LANES; l++) {
        for (size_t at = 0; at < count && probe_can(l); at += 29) {
            size_t n = count - at < 29 ? count - at : 29;
            uint8_t got[TASKS_MAX];

            ck_assert(probe_lanes[l]->run(tasks + at, n, got));
            for (size_t k = 0; k < n; k++) {
                ck_assert_msg(got[k] == want[at + k] ||
                                  (got[k] == TASK_ASK && !want[at + k]),
                              "%s: pair %zu", probe_lanes[l]->name, at + k);
            }
        }
    }
}
END_TEST
/* ---- choosing ------------------------------------------------------------ */

START_TEST(an_unknown_implementation_is_refused_with_a_cure)
{
    struct vt_err err;

    ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", "fast", 1), 0);
    ck_assert_int_eq(many_choose(&err), VT_E_UNSUPPORTED);
    ck_assert_int_eq(err.code, VT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.text, "VT_SCHNORR_IMPL=fast"));
    ck_assert_ptr_nonnull(strstr(err.text, "portable, avx2 and ifma"));
    ck_assert_ptr_nonnull(strstr(err.text, "unset it"));
    if (strcmp(probe_best(), "ifma") != 0) {
        ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", "ifma", 1), 0);
        ck_assert_int_eq(many_choose(&err), VT_E_UNSUPPORTED);
    }
    ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", "portable", 1), 0);
    ck_assert_int_eq(many_choose(&err), VT_OK);
    ck_assert_str_eq(many_chosen(), "portable");
    ck_assert_int_eq(unsetenv("VT_SCHNORR_IMPL"), 0);
    ck_assert_int_eq(many_choose(&err), VT_OK);
    ck_assert_str_eq(many_chosen(), probe_best());
}
END_TEST
int main(void)
{
    const TTest *const tests[] = {
        tables_hold_what_the_library_computes, no_two_entries_of_g_share_an_x,
        a_challenge_is_the_tagged_hash,
        sums_of_edge_scalars_are_those_of_the_library,
        an_unknown_implementation_is_refused_with_a_cure};
    Suite *suite = suite_create("schnorr lanes");

    VT_SUITE_ADD(suite, "parts", tests);
    return vt_suite_run(suite);
}
