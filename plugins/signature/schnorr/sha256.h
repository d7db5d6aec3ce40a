/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256.h - SHA-256 (FIPS 180-4). libsecp256k1 offers the tagged hash only,
 * and RFC 9381 asks for the plain one.
 */
#ifndef VT_SCHNORR_SHA256_H
#define VT_SCHNORR_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t len;
    uint8_t block[64];
};

extern const uint32_t sha256_round_constant[64];

/* The compression function over whole blocks, in C and with SHA-NI; the second
 * only where cpu_has_sha says so (x86-64). */
void sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count);
void sha256_blocks_ni(uint32_t state[8], const uint8_t *blocks, size_t count);

void sha256_init(struct sha256 *h);
/* Of BIP340: begins with SHA-256(tag), twice. */
void sha256_init_tagged(struct sha256 *h, const char *tag);
void sha256_add(struct sha256 *h, const void *bytes, size_t len);
void sha256_end(struct sha256 *h, uint8_t out[32]);

#endif
