/* SPDX-License-Identifier: Apache-2.0
 *
 * u256.c - arithmetic in four words; division bit by bit, which is fast enough
 * for one header at a time.
 */
#include "u256.h"

#include <string.h>

static const struct pow_u256 highest = {
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

struct pow_u256 pow_u256_of(uint64_t v)
{
    struct pow_u256 a = {{v, 0, 0, 0}};

    return a;
}

struct pow_u256 pow_u256_from_be(const uint8_t bytes[32])
{
    struct pow_u256 a = {{0, 0, 0, 0}};

    for (int i = 0; i < 32; i++) {
        a.w[3 - i / 8] = a.w[3 - i / 8] << 8 | bytes[i];
    }
    return a;
}

void pow_u256_to_be(const struct pow_u256 *a, uint8_t out[32])
{
    for (int i = 0; i < 32; i++) {
        out[i] = (uint8_t)(a->w[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

int pow_u256_cmp(const struct pow_u256 *a, const struct pow_u256 *b)
{
    for (int i = 3; i >= 0; i--) {
        if (a->w[i] != b->w[i]) {
            return a->w[i] < b->w[i] ? -1 : 1;
        }
    }
    return 0;
}

int pow_u256_is_zero(const struct pow_u256 *a)
{
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

struct pow_u256 pow_u256_add(const struct pow_u256 *a, const struct pow_u256 *b)
{
    struct pow_u256 sum = {{0, 0, 0, 0}};
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t half = a->w[i] + carry;

        carry = half < carry;
        sum.w[i] = half + b->w[i];
        carry += sum.w[i] < half;
    }
    return carry == 0 ? sum : highest;
}

static struct pow_u256 sub_wrapping(const struct pow_u256 *a,
                                    const struct pow_u256 *b)
{
    struct pow_u256 out = {{0, 0, 0, 0}};
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t half = a->w[i] - borrow;
        uint64_t more = half > a->w[i];

        out.w[i] = half - b->w[i];
        borrow = more + (out.w[i] > half);
    }
    return out;
}

struct pow_u256 pow_u256_sub(const struct pow_u256 *a, const struct pow_u256 *b)
{
    return pow_u256_cmp(a, b) <= 0 ? pow_u256_of(0) : sub_wrapping(a, b);
}

/* The two words of x * y. */
static uint64_t mul_word(uint64_t x, uint64_t y, uint64_t *high)
{
    uint64_t x0 = x & UINT32_MAX, x1 = x >> 32;
    uint64_t y0 = y & UINT32_MAX, y1 = y >> 32;
    uint64_t low = x0 * y0;
    uint64_t mid = x1 * y0 + (low >> 32);
    uint64_t mid2 = x0 * y1 + (mid & UINT32_MAX);

    *high = x1 * y1 + (mid >> 32) + (mid2 >> 32);
    return mid2 << 32 | (low & UINT32_MAX);
}

struct pow_u256 pow_u256_mul(const struct pow_u256 *a, uint64_t b)
{
    struct pow_u256 out = {{0, 0, 0, 0}};
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t high;
        uint64_t low = mul_word(a->w[i], b, &high);

        out.w[i] = low + carry;
        carry = high + (out.w[i] < low);
    }
    return carry == 0 ? out : highest;
}

/* a = 2a + bit; returns what falls out above. */
static uint64_t shift_in(struct pow_u256 *a, uint64_t bit)
{
    for (int i = 0; i < 4; i++) {
        uint64_t out = a->w[i] >> 63;

        a->w[i] = a->w[i] << 1 | bit;
        bit = out;
    }
    return bit;
}

struct pow_u256 pow_u256_div(const struct pow_u256 *a, const struct pow_u256 *b)
{
    struct pow_u256 quotient = *a; /* its bits leave above, ours come below */
    struct pow_u256 rest = {{0, 0, 0, 0}};

    for (int i = 0; i < 256; i++) {
        uint64_t above = shift_in(&rest, shift_in(&quotient, 0));

        if (above != 0 || pow_u256_cmp(&rest, b) >= 0) {
            rest = sub_wrapping(&rest, b);
            quotient.w[0] |= 1;
        }
    }
    return quotient;
}

/* ---- targets ------------------------------------------------------------- */

struct pow_u256 pow_work_of(const struct pow_u256 *target)
{
    struct pow_u256 one = pow_u256_of(1);
    struct pow_u256 next;
    struct pow_u256 rest;

    if (pow_u256_cmp(target, &highest) == 0) {
        return one;
    }
    /* 2^256 / n is (2^256 - n) / n + 1, and 2^256 - n fits */
    next = pow_u256_add(target, &one);
    rest = pow_u256_sub(&highest, target);
    rest = pow_u256_div(&rest, &next);
    return pow_u256_add(&rest, &one);
}

struct pow_u256 pow_target_for(uint64_t hashes)
{
    struct pow_u256 n = pow_u256_of(hashes);
    struct pow_u256 one = pow_u256_of(1);
    struct pow_u256 rest = sub_wrapping(&highest, &n);
    struct pow_u256 target;

    /* 2^256 / n - 1, as above */
    if (hashes == 1) {
        return highest;
    }
    rest = pow_u256_add(&rest, &one);
    target = pow_u256_div(&rest, &n);
    return target;
}

uint32_t pow_bits_of(const struct pow_u256 *target)
{
    uint8_t bytes[32];
    uint32_t size = 32;
    uint32_t top = 0;

    pow_u256_to_be(target, bytes);
    while (size > 0 && bytes[32 - size] == 0) {
        size--;
    }
    for (uint32_t i = 0; i < 3; i++) {
        top = top << 8 | (size > i ? bytes[32 - size + i] : 0);
    }
    if ((top & 0x800000) != 0) {
        top >>= 8;
        size++;
    }
    return size << 24 | top;
}

int pow_target_of(uint32_t bits, struct pow_u256 *out)
{
    uint32_t size = bits >> 24;
    uint8_t bytes[35] = {0}; /* three more than the highest has */
    struct pow_u256 target;

    if (size > 33) {
        return 0;
    }
    for (uint32_t i = 0; i < 3 && i < size; i++) {
        bytes[35 - size + i] = (uint8_t)(bits >> (16 - 8 * i));
    }
    if ((bytes[0] | bytes[1] | bytes[2]) != 0) {
        return 0;
    }
    target = pow_u256_from_be(bytes + 3);
    if (pow_u256_is_zero(&target) || pow_bits_of(&target) != bits) {
        return 0;
    }
    *out = target;
    return 1;
}
