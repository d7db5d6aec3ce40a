/* SPDX-License-Identifier: Apache-2.0
 *
 * check_field.c - the field, one element at a time and in lanes: the first
 * against bits added one by one, the second against the first.
 */
#include "base/rng.h"
#include "probe.h"
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
int main(void)
{
    const TTest *const tests[] = {
        one_element_is_what_bits_say, an_inverse_times_its_number_is_one,
        edges_of_the_field_are_exact_in_lanes, roots_in_lanes_are_roots};
    Suite *suite = suite_create("schnorr field");

    VT_SUITE_ADD(suite, "field", tests);
    return vt_suite_run(suite);
}
