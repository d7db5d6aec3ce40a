/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes_model.h - what ifma.h and avx2.h do, in plain C and for
 * any machine, with every promise about sizes checked: no sum passes 2^64, no
 * difference goes below zero, no factor has more than 52 bits.
 */
#ifndef VT_SCHNORR_TESTS_LANES_MODEL_H
#define VT_SCHNORR_TESTS_LANES_MODEL_H

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <string.h>

#ifndef WIDTH
#define WIDTH 8u
#endif

__extension__ typedef unsigned __int128 model_u128;

typedef struct {
    uint64_t v[WIDTH];
} lanes;
typedef lanes lanes_mask;
typedef lanes lanes_factor;

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
    lanes r = {0};

    for (unsigned i = 0; i < WIDTH; i++) {
        r.v[i] = x;
    }
    return r;
}

static inline lanes lanes_load(const uint64_t at[WIDTH])
{
    lanes r = {0};

    memcpy(&r, at, sizeof r);
    return r;
}

static inline void lanes_store(uint64_t at[WIDTH], lanes x)
{
    memcpy(at, &x, sizeof x);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        a.v[i] += b.v[i];
        assert(a.v[i] >= b.v[i]);
    }
    return a;
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        assert(a.v[i] >= b.v[i]);
        a.v[i] -= b.v[i];
    }
    return a;
}

static inline lanes lanes_and(lanes a, lanes b)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        a.v[i] &= b.v[i];
    }
    return a;
}

static inline lanes lanes_shl(lanes x, unsigned by)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        assert(x.v[i] >> (64 - by) == 0);
        x.v[i] <<= by;
    }
    return x;
}

static inline lanes lanes_shr(lanes x, unsigned by)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        x.v[i] >>= by;
    }
    return x;
}

static inline lanes lanes_pick(const uint64_t *base, const uint32_t at[WIDTH])
{
    lanes r = {0};

    for (unsigned i = 0; i < WIDTH; i++) {
        r.v[i] = base[at[i]];
    }
    return r;
}

static inline lanes_mask lanes_mask_of(lanes flag)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        assert(flag.v[i] <= 1);
        flag.v[i] = 0 - flag.v[i];
    }
    return flag;
}

static inline lanes lanes_choose(lanes_mask mask, lanes yes, lanes no)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        no.v[i] ^= (no.v[i] ^ yes.v[i]) & mask.v[i];
    }
    return no;
}

static inline lanes_factor lanes_factor_of(lanes x)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        assert(x.v[i] >> 52 == 0);
    }
    return x;
}

static inline lanes lanes_start(int lows, int highs)
{
    (void)lows;
    (void)highs;
    return lanes_all(0);
}

static inline void lanes_madd(lanes *low, lanes *high, lanes_factor a,
                              lanes_factor b)
{
    lanes l = {0};
    lanes h = {0};

    for (unsigned i = 0; i < WIDTH; i++) {
        model_u128 product = (model_u128)a.v[i] * b.v[i];

        l.v[i] = (uint64_t)product & ((UINT64_C(1) << 52) - 1);
        h.v[i] = (uint64_t)(product >> 52);
    }
    *low = lanes_add(*low, l);
    *high = lanes_add(*high, h);
}

static inline void lanes_check(lanes x, uint64_t limit)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        assert(x.v[i] <= limit);
    }
}
#endif
