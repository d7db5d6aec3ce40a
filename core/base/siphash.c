/* SPDX-License-Identifier: Apache-2.0
 *
 * siphash.c - SipHash-1-3 of Aumasson and Bernstein (2012), 64-bit result: for
 * a table whose hashes nobody sees, one round a word is what its authors (and
 * the hash tables of CPython, Ruby and Rust) find enough.
 */
#include "base/bytes.h"

#include "base/map.h"

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t vt_siphash(const void *bytes, size_t len, const uint8_t seed[16])
{
    const uint8_t *in = bytes;
    uint64_t k0 = vt_get_u64(seed);
    uint64_t k1 = vt_get_u64(seed + 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                     k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    uint64_t last = (uint64_t)len << 56;
    size_t whole = len / 8;

    for (size_t i = 0; i < whole; i++) {
        sip_word(v, vt_get_u64(in + 8 * i));
    }
    for (size_t i = 8 * whole; i < len; i++) {
        last |= (uint64_t)in[i] << (8 * (i % 8));
    }
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
