/* SPDX-License-Identifier: Apache-2.0
 *
 * ifma.h - eight lanes of 64 bits in an AVX-512 register, with the
 * multiplier of 52 by 52 bits (IFMA). The includer has switched the target on;
 * tests/lanes_model.h says the same in plain C.
 */
#ifndef VT_SCHNORR_IFMA_H
#define VT_SCHNORR_IFMA_H

#include <immintrin.h>
#include <stdint.h>

#define WIDTH 8u

typedef __m512i lanes;
typedef __mmask8 lanes_mask;
typedef __m512i lanes_factor;

static inline unsigned lanes_begin(void)
{
    return 0;
}

static inline void lanes_end(unsigned before)
{
    (void)before;
}

static inline lanes lanes_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline lanes lanes_load(const uint64_t at[WIDTH])
{
    return _mm512_loadu_si512((const void *)at);
}

static inline void lanes_store(uint64_t at[WIDTH], lanes x)
{
    _mm512_storeu_si512((void *)at, x);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm512_add_epi64(a, b);
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    return _mm512_sub_epi64(a, b);
}

static inline lanes lanes_and(lanes a, lanes b)
{
    return _mm512_and_si512(a, b);
}

/* Shifts want a constant. */
#define lanes_shl(x, by) _mm512_slli_epi64(x, by)
#define lanes_shr(x, by) _mm512_srli_epi64(x, by)

/* The word at base + at[i] for lane i. */
static inline lanes lanes_pick(const uint64_t *base, const uint32_t at[WIDTH])
{
    __m256i index = _mm256_loadu_si256((const __m256i *)(const void *)at);

    return _mm512_i32gather_epi64(index, (const void *)base, 8);
}

/* flag is 0 or 1 in each lane. */
static inline lanes_mask lanes_mask_of(lanes flag)
{
    return _mm512_test_epi64_mask(flag, flag);
}

static inline lanes lanes_choose(lanes_mask mask, lanes yes, lanes no)
{
    return _mm512_mask_blend_epi64(mask, no, yes);
}

static inline lanes_factor lanes_factor_of(lanes x)
{
    return x;
}

/* Where a sum begins that gets so many lower and upper halves. */
static inline lanes lanes_start(int lows, int highs)
{
    (void)lows;
    (void)highs;
    return _mm512_setzero_si512();
}

/* low += a * b modulo 2^52, high += a * b / 2^52. */
static inline void lanes_madd(lanes *low, lanes *high, lanes_factor a,
                              lanes_factor b)
{
    *high = _mm512_madd52hi_epu64(*high, a, b);
    *low = _mm512_madd52lo_epu64(*low, a, b);
}

/* The models check here what the field promises. */
#define lanes_check(x, limit) ((void)0)

#endif
