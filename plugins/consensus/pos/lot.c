/* SPDX-License-Identifier: Apache-2.0
 *
 * lot.c - the limit of the lottery in integers: no floats, the same on every
 * machine, and exact.
 *
 * Numbers are fixed point with 384 bits behind the point; one unit is 2^-384.
 * All divisions round down, so each error has one sign and a bound:
 *
 *   l = ln(1 / (1 - f)) = 2 (t + t^3/3 + t^5/5 + ...), t = f / (2 - f) <= 9/11.
 *       At most 700 terms before they vanish, each less than 5 units too small,
 *       what is cut off less than 20: l is less than 2^13 units too small.
 *   q = w / W, less than one unit too small.
 *   y = q l, 0 <= y < 2.31: less than 2^13 + 4 units too small.
 *   e = exp(-y) = 1 - y + y^2/2! - ...: at most 128 terms before they vanish,
 *       each less than 8 units too small, sums of both signs kept apart: within
 *       2^10 units; |de/dy| <= 1 adds the error of y.
 *
 * So e is within SLACK = 2^14 units. With F = floor(2^256 e) the limit is
 * 2^256 - F. F is exact unless 2^256 e lies within 2^-113 below an integer; for
 * an integer itself (w = W, say) the upper end of the interval is the right
 * one, so that is the one taken.
 */
#include "lot.h"

#include <string.h>

#define LIMBS 14u /* of 32 bits, least significant first */
#define POINT 12u /* of them behind the point */
#define SLACK 0x4000u
#define VALUE_LIMBS 8u

struct fixed {
    uint32_t limb[LIMBS];
};

static int is_zero(const struct fixed *a)
{
    for (size_t i = 0; i < LIMBS; i++) {
        if (a->limb[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static struct fixed one(void)
{
    struct fixed a = {{0}};

    a.limb[POINT] = 1;
    return a;
}

static void add(struct fixed *a, const struct fixed *b)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limb[i] + b->limb[i];
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* a >= b */
static void subtract(struct fixed *a, const struct fixed *b)
{
    uint64_t borrow = 0;

    for (size_t i = 0; i < LIMBS; i++) {
        uint64_t diff = (uint64_t)a->limb[i] - b->limb[i] - borrow;

        a->limb[i] = (uint32_t)diff;
        borrow = diff >> 63;
    }
}

static void times_small(struct fixed *a, uint32_t by)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limb[i] * by;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void divide_small(struct fixed *a, uint32_t by)
{
    uint64_t rest = 0;

    for (size_t i = LIMBS; i-- > 0;) {
        rest = rest << 32 | a->limb[i];
        a->limb[i] = (uint32_t)(rest / by);
        rest %= by;
    }
}

static void times(struct fixed *a, const struct fixed *b)
{
    uint32_t wide[2 * LIMBS] = {0};

    for (size_t i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;

        for (size_t k = 0; k < LIMBS; k++) {
            carry += (uint64_t)a->limb[i] * b->limb[k] + wide[i + k];
            wide[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        wide[i + LIMBS] = (uint32_t)carry;
    }
    memcpy(a->limb, wide + POINT, sizeof a->limb);
}

/* part / whole, bit by bit; part <= whole */
static struct fixed ratio(uint64_t part, uint64_t whole)
{
    struct fixed q = {{0}};

    if (part == whole) {
        return one();
    }
    for (size_t bit = 32u * POINT; bit-- > 0;) {
        uint64_t gap = whole - part;

        if (part >= gap) {
            q.limb[bit / 32] |= UINT32_C(1) << bit % 32;
            part -= gap;
        } else {
            part *= 2;
        }
    }
    return q;
}

/* ln(1 / (1 - f)) for f = share / 1000 */
static struct fixed rate(uint32_t share)
{
    uint32_t up = share * share;
    uint32_t down = (2000u - share) * (2000u - share);
    struct fixed power = one();
    struct fixed sum = {{0}};

    times_small(&power, share);
    divide_small(&power, 2000u - share);
    for (uint32_t k = 1; !is_zero(&power); k += 2) {
        struct fixed term = power;

        divide_small(&term, k);
        add(&sum, &term);
        times_small(&power, up);
        divide_small(&power, down);
    }
    times_small(&sum, 2);
    return sum;
}

/* exp(-y), SLACK units too large at most and at least not too small */
static struct fixed decay(const struct fixed *y)
{
    struct fixed plus = {{SLACK}};
    struct fixed minus = {{0}};
    struct fixed term = one();

    for (uint32_t k = 1; !is_zero(&term); k++) {
        add(k % 2 == 1 ? &plus : &minus, &term);
        times(&term, y);
        divide_small(&term, k);
    }
    subtract(&plus, &minus);
    return plus;
}

void pos_lot_limit(uint32_t share, uint64_t weight, uint64_t total,
                   uint8_t out[32])
{
    struct fixed y = rate(share);
    struct fixed q = ratio(weight, total);
    struct fixed e;
    uint64_t borrow = 0;

    times(&y, &q);
    e = decay(&y);
    for (size_t i = 0; i < VALUE_LIMBS; i++) {
        uint64_t limb = (uint64_t)0 - e.limb[POINT - VALUE_LIMBS + i] - borrow;

        borrow = limb >> 63;
        for (size_t k = 0; k < 4; k++) {
            out[31 - 4 * i - k] = (uint8_t)(limb >> 8 * k);
        }
    }
}

int pos_lot_wins(const uint8_t value[32], const uint8_t limit[32])
{
    return memcmp(value, limit, 32) < 0;
}
