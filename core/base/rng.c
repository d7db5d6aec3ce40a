/* SPDX-License-Identifier: Apache-2.0
 *
 * rng.c - xoshiro256** of Blackman and Vigna, seeded by splitmix64.
 */
#include "base/rng.h"

#include <string.h>

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

void vt_rng_init(struct vt_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        rng->s[i] = z ^ z >> 31;
    }
}

uint64_t vt_rng_u64(struct vt_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t vt_rng_below(struct vt_rng *rng, uint64_t n)
{
    /* Values under the remainder of 2^64 / n would make low results likelier.
     */
    uint64_t reject_below = (0 - n) % n;
    uint64_t v;

    do {
        v = vt_rng_u64(rng);
    } while (v < reject_below);
    return v % n;
}

int vt_rng_chance(struct vt_rng *rng, uint64_t num, uint64_t den)
{
    return vt_rng_below(rng, den) < num;
}

void vt_rng_fill(struct vt_rng *rng, void *out, size_t len)
{
    uint8_t *p = out;

    while (len > 0) {
        uint64_t word = vt_rng_u64(rng);
        size_t part = len < sizeof word ? len : sizeof word;

        for (size_t i = 0; i < part; i++) {
            p[i] = (uint8_t)(word >> (8 * i));
        }
        p += part;
        len -= part;
    }
}
