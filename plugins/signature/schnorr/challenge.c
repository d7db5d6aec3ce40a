/* SPDX-License-Identifier: Apache-2.0
 *
 * challenge.c - two compressions per challenge: the tags are hashed once.
 */
#include "challenge.h"

#include "sha256.h"

#include <string.h>

void challenge_init(struct challenge *c, int with_sha)
{
    static const char tag[17] = "BIP0340/challenge";
    struct sha256 h;
    uint8_t hash[32];

    sha256_init(&h);
    sha256_add(&h, tag, sizeof tag);
    sha256_end(&h, hash);
    sha256_init(&h);
    sha256_add(&h, hash, sizeof hash);
    sha256_add(&h, hash, sizeof hash);
    memcpy(c->state, h.state, sizeof c->state);
    c->blocks = sha256_blocks;
#if defined(__x86_64__)
    if (with_sha) {
        c->blocks = sha256_blocks_ni;
    }
#else
    (void)with_sha;
#endif
}

void challenge_hash(const struct challenge *c, const uint8_t r[32],
                    const uint8_t key[32], const uint8_t msg[32],
                    uint8_t out[32])
{
    /* 160 bytes in all, the tags included, are 1,280 bits: 0x500 */
    uint8_t blocks[128] = {[96] = 0x80, [126] = 0x05};
    uint32_t state[8];

    memcpy(blocks, r, 32);
    memcpy(blocks + 32, key, 32);
    memcpy(blocks + 64, msg, 32);
    memcpy(state, c->state, sizeof state);
    c->blocks(state, blocks, 2);
    for (size_t i = 0; i < 32; i++) {
        out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
