/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes_range.h - lanes of which only the smallest and the largest value are
 * known. What runs over them without a failed assertion cannot overflow for
 * any input in that range: the bounds are proved, not sampled.
 */
#ifndef VT_SCHNORR_TESTS_LANES_RANGE_H
#define VT_SCHNORR_TESTS_LANES_RANGE_H

#undef NDEBUG
#include <assert.h>
#include <stdint.h>

#define WIDTH 1u

__extension__ typedef unsigned __int128 range_u128;

typedef struct {
    uint64_t low, high;
} lanes;
typedef lanes lanes_mask;
typedef lanes lanes_factor;

static inline lanes lanes_all(uint64_t x)
{
    return (lanes){x, x};
}

static inline lanes lanes_add(lanes a, lanes b)
{
    assert(a.high <= UINT64_MAX - b.high);
    return (lanes){a.low + b.low, a.high + b.high};
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    assert(a.low >= b.high);
    return (lanes){a.low - b.high, a.high - b.low};
}

/* b is one mask of ones from bit 0 on. */
static inline lanes lanes_and(lanes a, lanes b)
{
    assert(b.low == b.high && (b.high & (b.high + 1)) == 0);
    return a.high <= b.high ? a : (lanes){0, b.high};
}

static inline lanes lanes_shl(lanes x, unsigned by)
{
    assert(x.high >> (64 - by) == 0);
    return (lanes){x.low << by, x.high << by};
}

static inline lanes lanes_shr(lanes x, unsigned by)
{
    return (lanes){x.low >> by, x.high >> by};
}

static inline lanes_mask lanes_mask_of(lanes flag)
{
    assert(flag.high <= 1);
    return flag;
}

static inline lanes lanes_choose(lanes_mask mask, lanes yes, lanes no)
{
    (void)mask;
    return (lanes){yes.low < no.low ? yes.low : no.low,
                   yes.high > no.high ? yes.high : no.high};
}

static inline lanes_factor lanes_factor_of(lanes x)
{
    assert(x.high >> 52 == 0);
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
    range_u128 least = (range_u128)a.low * b.low;
    range_u128 most = (range_u128)a.high * b.high;
    lanes l = {0, (UINT64_C(1) << 52) - 1};

    if (most >> 52 == 0) {
        l = (lanes){(uint64_t)least, (uint64_t)most};
    }
    *low = lanes_add(*low, l);
    *high = lanes_add(*high,
                      (lanes){(uint64_t)(least >> 52), (uint64_t)(most >> 52)});
}

static inline void lanes_check(lanes x, uint64_t limit)
{
    assert(x.high <= limit);
}
#endif
