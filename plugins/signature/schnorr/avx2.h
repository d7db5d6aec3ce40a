/* SPDX-License-Identifier: Apache-2.0
 *
 * avx2.h - four lanes of 64 bits in an AVX2 register. Products of 52 by
 * 52 bits come from the multiplier of floating point numbers: with rounding
 * towards zero, a * b + 2^104 keeps the upper half of a * b in its mantissa,
 * and a second, exact step gives the lower half. The includer has switched the
 * target on; tests/lanes_model.h says the same in plain C.
 */
#ifndef VT_SCHNORR_AVX2_H
#define VT_SCHNORR_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#define WIDTH 4u

typedef __m256i lanes;
typedef __m256i lanes_mask;
typedef __m256d lanes_factor;

/* Bits of 2^52, of 2^104. */
#define LOW_BITS (UINT64_C(0x433) << 52)
#define HIGH_BITS (UINT64_C(0x467) << 52)

/* From here to lanes_end numbers round towards zero. */
static inline unsigned lanes_begin(void)
{
    unsigned before = _mm_getcsr();

    _mm_setcsr(0x1f80u | _MM_ROUND_TOWARD_ZERO);
    return before;
}

static inline void lanes_end(unsigned before)
{
    _mm_setcsr(before);
}

static inline lanes lanes_all(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline lanes lanes_load(const uint64_t at[WIDTH])
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

static inline void lanes_store(uint64_t at[WIDTH], lanes x)
{
    _mm256_storeu_si256((__m256i *)(void *)at, x);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm256_add_epi64(a, b);
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    return _mm256_sub_epi64(a, b);
}

static inline lanes lanes_and(lanes a, lanes b)
{
    return _mm256_and_si256(a, b);
}

/* Shifts want a constant. */
#define lanes_shl(x, by) _mm256_slli_epi64(x, by)
#define lanes_shr(x, by) _mm256_srli_epi64(x, by)

/* The word at base + at[i] for lane i. */
static inline lanes lanes_pick(const uint64_t *base, const uint32_t at[WIDTH])
{
    return _mm256_set_epi64x((long long)base[at[3]], (long long)base[at[2]],
                             (long long)base[at[1]], (long long)base[at[0]]);
}

/* flag is 0 or 1 in each lane. */
static inline lanes_mask lanes_mask_of(lanes flag)
{
    return _mm256_sub_epi64(_mm256_setzero_si256(), flag);
}

static inline lanes lanes_choose(lanes_mask mask, lanes yes, lanes no)
{
    return _mm256_blendv_epi8(no, yes, mask);
}

/* x < 2^52 as a factor of lanes_madd. */
static inline lanes_factor lanes_factor_of(lanes x)
{
    lanes bits = _mm256_or_si256(x, lanes_all(LOW_BITS));

    return _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(0x1p52));
}

/* Where a sum begins that gets so many lower and upper halves. */
static inline lanes lanes_start(int lows, int highs)
{
    return lanes_all(0 - (uint64_t)lows * LOW_BITS -
                     (uint64_t)highs * HIGH_BITS);
}

/* low += a * b modulo 2^52, high += a * b / 2^52. */
static inline void lanes_madd(lanes *low, lanes *high, lanes_factor a,
                              lanes_factor b)
{
    const lanes_factor split = _mm256_set1_pd(0x1p104);
    const lanes_factor rest = _mm256_set1_pd(0x1p104 + 0x1p52);
    lanes_factor h = _mm256_fmadd_pd(a, b, split);
    lanes_factor l = _mm256_fmadd_pd(a, b, _mm256_sub_pd(rest, h));

    *high = lanes_add(*high, _mm256_castpd_si256(h));
    *low = lanes_add(*low, _mm256_castpd_si256(l));
}

/* The models check here what the field promises. */
#define lanes_check(x, limit) ((void)0)

#endif
