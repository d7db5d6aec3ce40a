/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256_ni.c - the compression function of SHA-256 with SHA-NI. In a file of
 * its own and without AVX: those instructions have only the old encoding, and
 * mixing it with the new one makes a hash a hundred times slower.
 */
#include "sha256.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sha,sse4.1,no-avx"))),     \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("sha,sse4.1,no-avx")
#endif

#include <immintrin.h>

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

static __m128i load(const void *at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

/* One block; state is in the order the instructions want: ABEF and CDGH. */
static void compress(__m128i state[2], const uint8_t block[64])
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4];
    __m128i ab = state[0];
    __m128i cd = state[1];

    for (int i = 0; i < 4; i++) {
        w[i] = _mm_shuffle_epi8(load(block + 16 * i), swap);
    }
    UNROLL for (int i = 0; i < 16; i++)
    {
        __m128i k = load(sha256_round_constant + 4 * i);
        __m128i sum = _mm_add_epi32(w[i % 4], k);

        cd = _mm_sha256rnds2_epu32(cd, ab, sum);
        ab = _mm_sha256rnds2_epu32(ab, cd, _mm_shuffle_epi32(sum, 0x0e));
        if (i < 12) {
            __m128i last = w[(i + 3) % 4];
            __m128i middle = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
            __m128i next = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);

            next = _mm_add_epi32(next, middle);
            w[i % 4] = _mm_sha256msg2_epu32(next, last);
        }
    }
    state[0] = _mm_add_epi32(state[0], ab);
    state[1] = _mm_add_epi32(state[1], cd);
}

void sha256_blocks_ni(uint32_t state[8], const uint8_t *blocks, size_t count)
{
    __m128i low = _mm_shuffle_epi32(load(state), 0xb1);      /* CDAB */
    __m128i high = _mm_shuffle_epi32(load(state + 4), 0x1b); /* EFGH */
    __m128i pair[2] = {_mm_alignr_epi8(low, high, 8),
                       _mm_blend_epi16(high, low, 0xf0)};

    for (size_t i = 0; i < count; i++) {
        compress(pair, blocks + 64 * i);
    }
    low = _mm_shuffle_epi32(pair[0], 0x1b);  /* FEBA */
    high = _mm_shuffle_epi32(pair[1], 0xb1); /* DCHG */
    _mm_storeu_si128((__m128i *)(void *)state,
                     _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4),
                     _mm_alignr_epi8(high, low, 8));
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
