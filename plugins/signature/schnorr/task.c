/* SPDX-License-Identifier: Apache-2.0
 *
 * task.c - scalars of a signature into digits, and the tables of G. The half
 * length is that of Gallant, Lambert and Vanstone: everything is a plain
 * integer below 2^192, nothing is reduced modulo n but e once.
 */
#include "task.h"

#include "constants.h"

#include <pthread.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

uint64_t task_table[2][G_ENTRIES][2][5];
uint64_t task_rest[2][5];

/* ---- scalars ------------------------------------------------------------- */

static void words_of(const uint8_t bytes[32], uint64_t out[4])
{
    for (int i = 0; i < 4; i++) {
        const uint8_t *at = bytes + 8 * (3 - i);

        out[i] = 0;
        for (int k = 0; k < 8; k++) {
            out[i] = out[i] << 8 | at[k];
        }
    }
}

/* out = a - b; returns the borrow. */
static uint64_t words_sub(uint64_t *out, const uint64_t *a, const uint64_t *b,
                          int count)
{
    uint64_t borrow = 0;

    for (int i = 0; i < count; i++) {
        u128 diff = (u128)a[i] - b[i] - borrow;

        out[i] = (uint64_t)diff;
        borrow = (uint64_t)(diff >> 64) & 1;
    }
    return borrow;
}

/* k * g / 2^384, rounded: below 2^128, because k and g are below 2^256. */
static void quotient(const uint64_t k[4], const uint64_t g[4], uint64_t out[2])
{
    uint64_t t[8] = {0};
    u128 sum;

    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < 4; j++) {
            sum = (u128)k[i] * g[j] + t[i + j] + carry;
            t[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        t[i + 4] = carry;
    }
    sum = (u128)t[6] + (t[5] >> 63);
    out[0] = (uint64_t)sum;
    out[1] = t[7] + (uint64_t)(sum >> 64);
}

/* r -= c * v modulo 2^192. */
static void take_multiple(uint64_t r[3], const uint64_t c[2],
                          const uint64_t v[3])
{
    uint64_t t[3] = {0};

    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;

        for (int j = 0; i + j < 3; j++) {
            u128 sum = (u128)c[i] * v[j] + t[i + j] + carry;

            t[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
    }
    (void)words_sub(r, r, t, 3);
}

/* |r| for r in the two's complement of 192 bits; returns 1 for negative. */
static int magnitude(uint64_t r[3])
{
    static const uint64_t zero[3];

    if (r[2] >> 63 == 0) {
        return 0;
    }
    (void)words_sub(r, zero, r, 3);
    return 1;
}

/* k = low + high * lambda modulo n with both below 2^128 in size. */
static void split(const uint64_t k[4], uint64_t low[3], uint64_t high[3])
{
    uint64_t c1[2];
    uint64_t c2[2];
    uint64_t minus[3] = {0};
    static const uint64_t zero[3];

    quotient(k, split_1, c1);
    quotient(k, split_2, c2);
    memcpy(low, k, 3 * sizeof low[0]);
    take_multiple(low, c1, split_a1);
    take_multiple(low, c2, split_a2);
    /* high = c1 * -b1 - c2 * b2 */
    take_multiple(minus, c1, split_minus_b1);
    (void)words_sub(high, zero, minus, 3);
    take_multiple(high, c2, split_b2);
}

/* ---- digits -------------------------------------------------------------- */

/* Bits at-1 .. at+window-1 of k, which has 128; below bit 0 there is 0. */
static uint32_t bits_at(const uint64_t k[2], unsigned at, unsigned window)
{
    u128 whole = (u128)k[1] << 64 | k[0];
    uint64_t bits =
        at == 0 ? (uint64_t)whole << 1 : (uint64_t)(whole >> (at - 1));

    return (uint32_t)bits & ((2u << window) - 1);
}

/* Digit of Booth at bit at: -2^(window-1) .. 2^(window-1). */
static int32_t digit_at(const uint64_t k[2], unsigned at, unsigned window)
{
    uint32_t bits = bits_at(k, at, window);

    return (int32_t)((bits + 1) >> 1) - (int32_t)(bits >> window << window);
}

static void digits_p(int8_t out[P_DIGITS], uint64_t half[3])
{
    int negative = magnitude(half);

    for (unsigned i = 0; i < P_DIGITS; i++) {
        int32_t digit = digit_at(half, P_WINDOW * i, P_WINDOW);

        /* minus, for the sum has -e */
        out[i] = (int8_t)(negative ? digit : -digit);
    }
}

static void digits_g(int16_t out[G_DIGITS], const uint64_t half[2])
{
    for (unsigned i = 0; i < G_DIGITS; i++) {
        out[i] = (int16_t)digit_at(half, G_WINDOW * i, G_WINDOW);
    }
}

int task_make(struct task *task, const uint8_t key[32], const uint8_t sig[64],
              const uint8_t challenge[32])
{
    uint64_t s[4];
    uint64_t e[4];
    uint64_t below[4];
    uint64_t half[2][3];

    words_of(sig + 32, s);
    if (!fp_from_bytes(sig, &task->r) || !fp_from_bytes(key, &task->x) ||
        words_sub(below, s, order, 4) == 0) {
        return 0;
    }
    words_of(challenge, e);
    if (words_sub(below, e, order, 4) == 0) {
        memcpy(e, below, sizeof e);
    }
    split(e, half[0], half[1]);
    for (int i = 0; i < 2; i++) {
        digits_p(task->p[i], half[i]);
        digits_g(task->g[i], s + 2 * i);
    }
    return 1;
}

/* ---- tables -------------------------------------------------------------- */

struct affine {
    struct fp x, y;
};

static void limbs_of(uint64_t out[5], const struct fp *a)
{
    const uint64_t mask = (UINT64_C(1) << 52) - 1;

    out[0] = a->w[0] & mask;
    out[1] = (a->w[0] >> 52 | a->w[1] << 12) & mask;
    out[2] = (a->w[1] >> 40 | a->w[2] << 24) & mask;
    out[3] = (a->w[2] >> 28 | a->w[3] << 36) & mask;
    out[4] = a->w[3] >> 16;
}

/* The difference that a + b divides by. */
static void divisor(struct fp *r, const struct affine *a,
                    const struct affine *b)
{
    if (fp_equal(&a->x, &b->x)) {
        fp_add(r, &a->y, &a->y);
    } else {
        fp_sub(r, &b->x, &a->x);
    }
}

/* a + b, given the inverse of divisor(a, b); b is a or has another x. */
static struct affine affine_add(const struct affine *a, const struct affine *b,
                                const struct fp *inverse)
{
    struct fp slope;
    struct fp t;
    struct affine r;

    if (fp_equal(&a->x, &b->x)) {
        fp_mul(&t, &a->x, &a->x);
        fp_add(&slope, &t, &t);
        fp_add(&slope, &slope, &t);
    } else {
        fp_sub(&slope, &b->y, &a->y);
    }
    fp_mul(&slope, &slope, inverse);
    fp_mul(&r.x, &slope, &slope);
    fp_sub(&r.x, &r.x, &a->x);
    fp_sub(&r.x, &r.x, &b->x);
    fp_sub(&t, &a->x, &r.x);
    fp_mul(&r.y, &slope, &t);
    fp_sub(&r.y, &r.y, &a->y);
    return r;
}

static void affine_double(struct affine *a, unsigned times)
{
    struct fp inverse;

    for (unsigned i = 0; i < times; i++) {
        divisor(&inverse, a, a);
        fp_inv(&inverse, &inverse);
        *a = affine_add(a, a, &inverse);
    }
}

/* 1..G_ENTRIES times base: from the first m to 2m, with one inversion for up
 * to 16 of them. */
static void table_of(uint64_t out[G_ENTRIES][2][5], const struct affine *base)
{
    static struct affine all[G_ENTRIES]; /* one thread makes tables */

    all[0] = *base;
    for (unsigned m = 1; m < G_ENTRIES; m *= 2) {
        for (unsigned first = 0; first < m; first += 16) {
            struct fp inverse[16];
            unsigned count = m - first < 16 ? m - first : 16;

            for (unsigned i = 0; i < count; i++) {
                divisor(&inverse[i], &all[first + i], &all[m - 1]);
            }
            fp_inv_all(inverse, count);
            for (unsigned i = 0; i < count; i++) {
                all[m + first + i] =
                    affine_add(&all[first + i], &all[m - 1], &inverse[i]);
            }
        }
    }
    for (unsigned i = 0; i < G_ENTRIES; i++) {
        limbs_of(out[i][0], &all[i].x);
        limbs_of(out[i][1], &all[i].y);
    }
}

static struct affine point_of(const uint64_t x[4], const uint64_t y[4])
{
    struct affine a;

    memcpy(a.x.w, x, sizeof a.x.w);
    memcpy(a.y.w, y, sizeof a.y.w);
    return a;
}

static void make(void)
{
    struct affine point = point_of(point_g_x, point_g_y);
    struct affine start = point_of(point_b_x, point_b_y);

    table_of(task_table[0], &point);
    affine_double(&point, 128);
    table_of(task_table[1], &point);
    affine_double(&start, P_WINDOW * (P_DIGITS - 1));
    limbs_of(task_rest[0], &start.x);
    limbs_of(task_rest[1], &start.y);
}

void task_table_make(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, make);
}
