/* SPDX-License-Identifier: Apache-2.0
 *
 * challenge.h - e of BIP340: SHA-256 over the tag twice, r, key and message.
 */
#ifndef VT_SCHNORR_CHALLENGE_H
#define VT_SCHNORR_CHALLENGE_H

#include <stddef.h>
#include <stdint.h>

struct challenge {
    uint32_t state[8]; /* after the two tags */
    void (*blocks)(uint32_t state[8], const uint8_t *blocks, size_t count);
};

/* with_sha: use SHA-NI, which the caller has asked cpu.h for. */
void challenge_init(struct challenge *c, int with_sha);
void challenge_hash(const struct challenge *c, const uint8_t r[32],
                    const uint8_t key[32], const uint8_t msg[32],
                    uint8_t out[32]);

#endif
