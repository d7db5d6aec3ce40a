/* SPDX-License-Identifier: Apache-2.0
 *
 * asert.c - the constants and the order of roundings are those of the Bitcoin
 * Cash specification of aserti3-2d (2020-11-15), so that its vectors hold.
 */
#include "asert.h"

#define FAR (INT64_C(1) << 46) /* beyond it, all is at the limit or at 1 */

/* elapsed - interval * (heights + 1), cut at FAR either way. */
static int64_t lag_of(const struct pow_asert *a, int64_t elapsed,
                      uint64_t heights)
{
    uint64_t due;
    int64_t lag;

    if (heights >= (uint64_t)FAR ||
        (a->interval > 0 && heights + 1 > (uint64_t)FAR / a->interval)) {
        due = (uint64_t)FAR;
    } else {
        due = a->interval * (heights + 1);
    }
    elapsed = elapsed > FAR ? FAR : elapsed;
    elapsed = elapsed < -FAR ? -FAR : elapsed;
    lag = elapsed - (int64_t)due;
    lag = lag > FAR ? FAR : lag;
    return lag < -FAR ? -FAR : lag;
}

/* 2^(x / 65536) in 65536ths, by a cubic; the sum stays below 2^64. */
static uint64_t factor_of(uint64_t x)
{
    return 65536 +
           ((UINT64_C(195766423245049) * x + UINT64_C(971821376) * x * x +
             UINT64_C(5127) * x * x * x + (UINT64_C(1) << 47)) >>
            48);
}

struct wide {
    uint64_t w[5]; /* a target times a factor of 17 bits */
};

static struct wide times(const struct pow_u256 *a, uint64_t factor)
{
    struct wide out = {{0}};
    uint64_t carry = 0;

    for (int i = 0; i < 8; i++) {
        unsigned shift = i % 2 == 0 ? 0 : 32;
        uint64_t half = (a->w[i / 2] >> shift & UINT32_MAX) * factor + carry;

        out.w[i / 2] |= (half & UINT32_MAX) << shift;
        carry = half >> 32;
    }
    out.w[4] = carry;
    return out;
}

/* Word i of a number shifted by n bits, n above 0: up. */
static uint64_t word_of(const struct wide *a, int64_t i, int64_t n)
{
    int64_t words = n >= 0 ? n / 64 : -((-n + 63) / 64);
    unsigned bits = (unsigned)(n - words * 64);
    int64_t from = i - words;
    uint64_t high = from >= 0 && from < 5 ? a->w[from] : 0;
    uint64_t low = from >= 1 && from < 6 ? a->w[from - 1] : 0;

    return bits == 0 ? high : high << bits | low >> (64 - bits);
}

struct pow_u256 pow_asert(const struct pow_asert *a, int64_t elapsed,
                          uint64_t heights)
{
    int64_t exponent =
        lag_of(a, elapsed, heights) * 65536 / (int64_t)a->halflife;
    uint64_t x = (uint64_t)exponent & 0xffff;
    int64_t shift = (exponent - (int64_t)x) / 65536 - 16;
    struct wide product = times(&a->anchor, factor_of(x));
    uint64_t above = 0;
    struct pow_u256 next = {{0, 0, 0, 0}};

    if (shift > 256) {
        return a->limit;
    }
    if (shift < -320) {
        return pow_u256_of(1);
    }
    for (int i = 0; i < 4; i++) {
        next.w[i] = word_of(&product, i, shift);
    }
    for (int i = 4; i < 10; i++) {
        above |= word_of(&product, i, shift);
    }
    if (above != 0 || pow_u256_cmp(&next, &a->limit) > 0) {
        return a->limit;
    }
    return pow_u256_is_zero(&next) ? pow_u256_of(1) : next;
}
