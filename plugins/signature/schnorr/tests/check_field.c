/* SPDX-License-Identifier: Apache-2.0
 *
 * check_field.c - the field, one element at a time and in lanes: the first
 * against bits added one by one, the second against the first.
 */
#include "base/rng.h"
#include "edges.h"
#include "unit/suite.h"

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

START_TEST(one_element_is_what_bits_say)
{
    edges_make();
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

    edges_make();
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

/* As probe_lanes has them. */
static const struct probe *const probes[PROBE_LANES] = {
#if defined(__x86_64__)
    &probe_ifma, &probe_avx2,
#endif
    &probe_model};

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

        edges_expected(op, &edge_value[index[0][k]], &edge_value[index[1][k]],
                       &edge_value[index[2][k]], &want);
        ck_assert_msg(fp_equal(&want, &got[k]), "%s: operation %d, lane %zu",
                      probe->name, (int)op, k);
    }
}

/* Every pair of edges in every operation, and some third beside them. */
START_TEST(edges_of_the_field_are_exact_in_lanes)
{
    edges_make();
    for (size_t p = 0; p < PROBE_LANES; p++) {
        if (!probe_can(p)) {
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

    edges_make();
    for (size_t p = 0; p < PROBE_LANES; p++) {
        for (size_t i = 0; i < EDGES && probe_can(p); i += 8) {
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
int main(void)
{
    const TTest *const tests[] = {
        one_element_is_what_bits_say, an_inverse_times_its_number_is_one,
        edges_of_the_field_are_exact_in_lanes, roots_in_lanes_are_roots};
    Suite *suite = suite_create("schnorr field");

    VT_SUITE_ADD(suite, "field", tests);
    return vt_suite_run(suite);
}
