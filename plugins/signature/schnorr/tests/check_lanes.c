/* SPDX-License-Identifier: Apache-2.0
 *
 * check_lanes.c - signatures side by side say what libsecp256k1 says one by
 * one; and the arithmetic below, each part against something else: the field
 * against bits added one by one, tables and sums against the library.
 *
 * VT_SCHNORR_CASES sets how many answers are compared; a million otherwise.
 */
#include "../challenge.h"
#include "../constants.h"
#include "../cpu.h"
#include "../keys.h"
#include "../many.h"
#include "../sha256.h"
#include "base/bytes.h"
#include "cases.h"
#include "config.h"
#include "probe.h"
#include "unit/suite.h"

#include <secp256k1.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* ---- one element at a time ----------------------------------------------- */

static const struct fp prime_less_1 = {
    {UINT64_C(0xfffffffefffffc2e), UINT64_MAX, UINT64_MAX, UINT64_MAX}};

static int is_below(const struct fp *a, const struct fp *b)
{
    for (int i = 3; i >= 0; i--) {
        if (a->w[i] != b->w[i]) {
            return a->w[i] < b->w[i];
        }
    }
    return 0;
}

/* a + b modulo p with nothing but comparing and subtracting: a - (p - b). */
static void plain_add(struct fp *r, const struct fp *a, const struct fp *b)
{
    struct fp rest = prime_less_1; /* p - 1 - b */
    struct fp big = *a;
    unsigned borrow = 0;
    int wraps;

    for (int i = 0; i < 4; i++) {
        uint64_t old = rest.w[i];

        rest.w[i] = old - b->w[i] - borrow;
        borrow = old < b->w[i] || (old == b->w[i] && borrow);
    }
    wraps = is_below(&rest, a); /* a > p - 1 - b */
    borrow = 0;
    for (int i = 0; i < 4; i++) { /* a + b, as it is */
        uint64_t sum = big.w[i] + b->w[i];
        unsigned carry = sum < b->w[i];

        r->w[i] = sum + borrow;
        borrow = carry | (r->w[i] < sum);
    }
    if (wraps) { /* + 2^256 - p; the carry falls off */
        uint64_t more = UINT64_C(0x1000003d1);

        for (int i = 0; i < 4; i++) {
            r->w[i] += more;
            more = r->w[i] < more;
        }
    }
}

static void plain_mul(struct fp *r, const struct fp *a, const struct fp *b)
{
    struct fp sum = {{0}};

    for (int bit = 255; bit >= 0; bit--) {
        plain_add(&sum, &sum, &sum);
        if (b->w[bit / 64] >> bit % 64 & 1) {
            plain_add(&sum, &sum, a);
        }
    }
    *r = sum;
}

/* Limbs of elements at the ends of what limbs can be; ready, m = 1. */
#define EDGES 344u

static uint64_t edge[EDGES][5];
static struct fp edge_value[EDGES];

static void make_edges(void)
{
    static const uint64_t low[3] = {0, 1, (UINT64_C(1) << 52) - 1};
    static const uint64_t top[4] = {0, 1, (UINT64_C(1) << 48) - 1,
                                    (UINT64_C(1) << 48) + 63};
    size_t n = 0;

    for (unsigned i = 0; i < 324; i++, n++) {
        edge[n][0] = low[i % 3];
        edge[n][1] = low[i / 3 % 3];
        edge[n][2] = low[i / 9 % 3];
        edge[n][3] = low[i / 27 % 3];
        edge[n][4] = top[i / 81];
    }
    for (uint64_t i = 0; i < 20; i++, n++) { /* p - 10 .. p + 9 */
        edge[n][0] = UINT64_C(0xffffefffffc2f) - 10 + i;
        edge[n][1] = edge[n][2] = edge[n][3] = low[2];
        edge[n][4] = top[2];
    }
    ck_assert_uint_eq(n, EDGES);
    for (n = 0; n < EDGES; n++) {
        const uint64_t *l = edge[n];
        uint64_t w[4] = {l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40,
                         l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16};

        fp_from_words(w, l[4] >> 48, &edge_value[n]);
    }
}

START_TEST(one_element_is_what_bits_say)
{
    make_edges();
    for (size_t i = 0; i < EDGES; i++) {
        struct fp want, got;
        const struct fp *a = &edge_value[i];

        ck_assert(!is_below(&prime_less_1, a));
        for (size_t j = i % 7; j < EDGES; j += 7) {
            const struct fp *b = &edge_value[j];

            plain_mul(&want, a, b);
            fp_mul(&got, a, b);
            ck_assert(fp_equal(&want, &got));
            plain_add(&want, a, b);
            fp_add(&got, a, b);
            ck_assert(fp_equal(&want, &got));
            fp_sub(&got, &got, b);
            ck_assert(fp_equal(a, &got));
        }
    }
}
END_TEST

START_TEST(an_inverse_times_its_number_is_one)
{
    static const struct fp one = {{1}};
    struct vt_rng rng;
    struct fp product, inverse;

    make_edges();
    vt_rng_init(&rng, 5);
    for (size_t i = 0; i < EDGES + 2000; i++) {
        struct fp a;

        if (i < EDGES) {
            a = edge_value[i];
        } else {
            vt_rng_fill(&rng, &a, sizeof a);
            fp_from_words(a.w, 0, &a);
        }
        fp_inv(&inverse, &a);
        fp_mul(&product, &inverse, &a);
        ck_assert(fp_is_zero(&a) ? fp_is_zero(&inverse)
                                 : fp_equal(&product, &one));
    }
}
END_TEST

/* ---- elements in lanes --------------------------------------------------- */

static const struct probe *const probes[] = {&probe_model,
#if defined(__x86_64__)
                                             &probe_avx2, &probe_ifma
#endif
};

static void half_of(struct fp *r)
{
    struct fp half = {{UINT64_C(0xffffffff7ffffe18), UINT64_MAX, UINT64_MAX,
                       UINT64_MAX >> 1}}; /* (p + 1) / 2 */

    fp_mul(r, r, &half);
}

static void expected(enum probe_op op, const struct fp *a, const struct fp *b,
                     const struct fp *c, struct fp *out)
{
    static const struct fp zero;
    struct fp t;

    switch (op) {
    case PROBE_MUL:
    case PROBE_MUL_2:
        fp_mul(out, a, b);
        break;
    case PROBE_SQR:
    case PROBE_SQR_2:
        fp_mul(out, a, a);
        break;
    case PROBE_MUL_ADD:
        fp_mul(&t, a, b);
        fp_add(out, &t, c);
        break;
    case PROBE_SQR_ADD:
        fp_mul(&t, a, a);
        fp_add(out, &t, c);
        break;
    case PROBE_MUL_MUL:
        fp_add(&t, b, c);
        fp_mul(out, a, &t);
        break;
    case PROBE_MUL_SQR:
        fp_mul(&t, c, c);
        fp_mul(out, a, b);
        fp_add(out, out, &t);
        break;
    case PROBE_ADD:
        fp_add(out, a, b);
        break;
    case PROBE_SUB:
        fp_sub(out, a, b);
        break;
    case PROBE_NEG:
        fp_sub(out, &zero, a);
        break;
    case PROBE_HALF:
        fp_add(&t, a, a);
        fp_add(out, &t, a);
        half_of(out);
        break;
    default:
        ck_abort();
    }
}

static void compare(const struct probe *probe, enum probe_op op,
                    size_t index[3][8])
{
    struct probe_in in;
    struct fp got[8];

    for (size_t k = 0; k < 8; k++) {
        for (int i = 0; i < 5; i++) {
            in.a[i][k] = edge[index[0][k]][i];
            in.b[i][k] = edge[index[1][k]][i];
            in.c[i][k] = edge[index[2][k]][i];
        }
    }
    probe->run(op, &in, got);
    for (size_t k = 0; k < 8; k++) {
        struct fp want;

        expected(op, &edge_value[index[0][k]], &edge_value[index[1][k]],
                 &edge_value[index[2][k]], &want);
        ck_assert_msg(fp_equal(&want, &got[k]), "%s: operation %d, lane %zu",
                      probe->name, (int)op, k);
    }
}

/* Every pair of edges in every operation, and some third beside them. */
START_TEST(edges_of_the_field_are_exact_in_lanes)
{
    make_edges();
    for (size_t p = 0; p < sizeof probes / sizeof probes[0]; p++) {
        if (!probes[p]->is_here()) {
            continue;
        }
        for (size_t pair = 0; pair < (size_t)EDGES * EDGES; pair += 8) {
            size_t index[3][8];

            for (size_t k = 0; k < 8; k++) {
                index[0][k] = (pair + k) / EDGES;
                index[1][k] = (pair + k) % EDGES;
                index[2][k] = (pair * 7 + k * 5) % EDGES;
            }
            for (int op = 0; op < PROBE_ROOT; op++) {
                compare(probes[p], (enum probe_op)op, index);
            }
        }
    }
}
END_TEST

/* A root squared is the number or its negative. */
START_TEST(roots_in_lanes_are_roots)
{
    static const struct fp zero;

    make_edges();
    for (size_t p = 0; p < sizeof probes / sizeof probes[0]; p++) {
        for (size_t i = 0; i < EDGES && probes[p]->is_here(); i += 8) {
            struct probe_in in = {0};
            struct fp got[8];

            for (size_t k = 0; k < 8; k++) {
                for (int j = 0; j < 5; j++) {
                    in.a[j][k] = edge[i + k][j];
                }
            }
            probes[p]->run(PROBE_ROOT, &in, got);
            for (size_t k = 0; k < 8; k++) {
                struct fp square, negative;

                fp_mul(&square, &got[k], &got[k]);
                fp_sub(&negative, &zero, &square);
                ck_assert(fp_equal(&square, &edge_value[i + k]) ||
                          fp_equal(&negative, &edge_value[i + k]));
            }
        }
    }
}
END_TEST

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

static const struct task_lanes *const all_lanes[] = {&task_lanes_model,
#if defined(__x86_64__)
                                                     &task_lanes_avx2,
                                                     &task_lanes_ifma
#endif
};

static int can(const struct task_lanes *lanes)
{
    return lanes == &task_lanes_model ||
           (strcmp(lanes->name, "avx2") == 0 ? cpu_has_avx2() && lanes->works()
                                             : cpu_has_ifma());
}

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
    for (size_t l = 0; l < sizeof all_lanes / sizeof all_lanes[0]; l++) {
        for (size_t at = 0; at < count && can(all_lanes[l]); at += 29) {
            size_t n = count - at < 29 ? count - at : 29;
            uint8_t got[TASKS_MAX];

            ck_assert(all_lanes[l]->run(tasks + at, n, got));
            for (size_t k = 0; k < n; k++) {
                ck_assert_msg(got[k] == want[at + k] ||
                                  (got[k] == TASK_ASK && !want[at + k]),
                              "%s: pair %zu", all_lanes[l]->name, at + k);
            }
        }
    }
}
END_TEST

/* ---- many ---------------------------------------------------------------- */

#define DISTINCT 8192u
#define BATCH_MAX 4096u

static struct schnorr_case cases[DISTINCT];
static uint8_t answers[DISTINCT];

static void make_cases(void)
{
    struct vt_rng rng;
    uint32_t good = 0;

    vt_rng_init(&rng, 340);
    for (uint32_t i = 0; i < DISTINCT; i++) {
        schnorr_case_make(&rng, i % CASE_KINDS, &cases[i]);
        answers[i] = schnorr_case_verdict(&cases[i]);
        good += answers[i] == VT_GOOD;
        ck_assert(answers[i] == VT_GOOD || i % CASE_KINDS > 1);
    }
    ck_assert_uint_lt(good, DISTINCT / 4);
}

static void use(const char *name)
{
    struct vt_err err;

    ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", name, 1), 0);
    ck_assert_int_eq(many_choose(&err), VT_OK);
    ck_assert_str_eq(many_chosen(), name);
}

static uint64_t cases_wanted(void)
{
    const char *text = getenv("VT_SCHNORR_CASES");

#ifdef VT_SANITIZER
    return text == NULL ? 30000 : strtoull(text, NULL, 10);
#else
    return text == NULL ? 1000000 : strtoull(text, NULL, 10);
#endif
}

/* Batches of 1 to 64, then of any size to 4096, of cases in any order. */
static uint64_t compare_many(struct vt_rng *rng, uint64_t wanted)
{
    static struct vt_sig_item items[BATCH_MAX];
    static uint8_t verdicts[BATCH_MAX + 1];
    static uint32_t index[BATCH_MAX];
    uint64_t done = 0;

    for (uint32_t round = 1; done < wanted; round++) {
        uint32_t n = round <= 64   ? round
                     : round == 65 ? BATCH_MAX
                                   : 1 + (uint32_t)vt_rng_below(rng, BATCH_MAX);
        struct vt_tab tab = {items, n, sizeof items[0]};

        for (uint32_t i = 0; i < n; i++) {
            index[i] = (uint32_t)vt_rng_below(rng, DISTINCT);
            items[i] = schnorr_case_item(&cases[index[i]]);
        }
        verdicts[n] = 77;
        if (round % 16 == 0) {
            keys_forget();
        }
        many_verify(tab, verdicts);
        ck_assert_uint_eq(verdicts[n], 77);
        for (uint32_t i = 0; i < n; i++) {
            ck_assert_msg(verdicts[i] == answers[index[i]],
                          "%s: case %u at %u of %u", many_chosen(), index[i], i,
                          n);
        }
        done += n;
    }
    return done;
}

START_TEST(a_million_answers_are_those_of_the_library)
{
    struct vt_rng rng;
    uint64_t done = 0;

    make_cases();
    vt_rng_init(&rng, cases_wanted());
    use("portable");
    (void)compare_many(&rng, 4000);
#if defined(__x86_64__)
    if (can(&task_lanes_ifma)) {
        use("ifma");
        done += compare_many(&rng, cases_wanted());
    }
    if (can(&task_lanes_avx2)) {
        use("avx2");
        done += compare_many(&rng, done > 0 ? 30000 : cases_wanted());
    }
#endif
    (void)printf("%llu answers of lanes compared\n", (unsigned long long)done);
}
END_TEST

/* The same cases over the model, where every bound is an assertion. */
START_TEST(the_model_answers_and_keeps_its_bounds)
{
    struct vt_rng rng;
    struct challenge c;
    uint64_t wanted = cases_wanted() / 250;
    uint64_t done = 0;
    uint32_t asked = 0;

    make_cases();
    task_table_make();
    vt_rng_init(&rng, 4);
    challenge_init(&c, 0);
    while (done < wanted) {
        struct task tasks[TASKS_MAX];
        uint32_t index[TASKS_MAX];
        uint8_t got[TASKS_MAX];
        size_t want = 1 + (size_t)vt_rng_below(&rng, TASKS_MAX);
        size_t n = 0;

        while (n < want) {
            uint32_t i = (uint32_t)vt_rng_below(&rng, DISTINCT);
            const struct schnorr_case *k = &cases[i];
            uint8_t e[32];

            challenge_hash(&c, k->sig, k->pk, k->msg, e);
            if (k->pk_len == 32 && k->sig_len == 64 &&
                task_make(&tasks[n], k->pk, k->sig, e)) {
                tasks[n].has_y = 0;
                index[n++] = i;
            } else {
                ck_assert_uint_eq(answers[i], VT_BAD);
            }
        }
        ck_assert(task_lanes_model.run(tasks, n, got));
        for (size_t i = 0; i < n; i++) {
            asked += got[i] == TASK_ASK;
            ck_assert(got[i] == TASK_ASK || got[i] == answers[index[i]]);
        }
        done += n;
    }
    ck_assert_uint_gt(asked, 0);
    ck_assert_uint_lt(asked, done / 4);
}
END_TEST

/* What libFuzzer found worth keeping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

START_TEST(kept_seeds_are_answered_alike)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    struct dirent *entry;
    DIR *dir;
    int count = 0;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path,
                   "%s/plugins/signature/schnorr/tests/seeds", src);
    dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        uint8_t bytes[4096];
        char name[8192];
        FILE *f;

        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        f = fopen(name, "rb");
        ck_assert_ptr_nonnull(f);
        (void)LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof bytes, f));
        (void)fclose(f);
        count++;
    }
    (void)closedir(dir);
    ck_assert_int_gt(count, 10);
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
    if (!cpu_has_ifma()) {
        ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", "ifma", 1), 0);
        ck_assert_int_eq(many_choose(&err), VT_E_UNSUPPORTED);
    }
    use("portable");
    ck_assert_int_eq(unsetenv("VT_SCHNORR_IMPL"), 0);
    ck_assert_int_eq(many_choose(&err), VT_OK);
    ck_assert_str_eq(many_chosen(), can(all_lanes[0]) && cpu_has_ifma() ? "ifma"
                                    : cpu_has_avx2()                    ? "avx2"
                                                     : "portable");
}
END_TEST

int main(void)
{
    const TTest *const field[] = {
        one_element_is_what_bits_say, an_inverse_times_its_number_is_one,
        edges_of_the_field_are_exact_in_lanes, roots_in_lanes_are_roots};
    const TTest *const parts[] = {
        tables_hold_what_the_library_computes, no_two_entries_of_g_share_an_x,
        a_challenge_is_the_tagged_hash,
        sums_of_edge_scalars_are_those_of_the_library,
        an_unknown_implementation_is_refused_with_a_cure};
    Suite *suite = suite_create("schnorr lanes");
    TCase *many = tcase_create("many");

    VT_SUITE_ADD(suite, "field", field);
    VT_SUITE_ADD(suite, "parts", parts);
    tcase_set_timeout(many, 600);
    tcase_add_test(many, a_million_answers_are_those_of_the_library);
    tcase_add_test(many, kept_seeds_are_answered_alike);
    tcase_add_test(many, the_model_answers_and_keeps_its_bounds);
    suite_add_tcase(suite, many);
    return vt_suite_run(suite);
}
