/* SPDX-License-Identifier: Apache-2.0
 *
 * fp.h - the field of secp256k1 one element at a time: four words, lowest
 * first, always below p. For tables, for the one inversion that many lanes
 * share, and for taking lanes apart. Nothing here is secret: time varies.
 */
#ifndef VT_SCHNORR_FP_H
#define VT_SCHNORR_FP_H

#include <stdint.h>

#define FP_FOLD UINT64_C(0x1000003d1) /* 2^256 modulo p */

struct fp {
    uint64_t w[4];
};

/* 1 when bytes (32, highest first) are below p; out is set then. */
int fp_from_bytes(const uint8_t *bytes, struct fp *out);
/* 32 bytes, highest first. */
void fp_to_bytes(const struct fp *a, uint8_t *out);
/* words + top * 2^256, for top < 2^32, below p. */
void fp_from_words(const uint64_t words[4], uint64_t top, struct fp *out);
int fp_is_zero(const struct fp *a);
int fp_equal(const struct fp *a, const struct fp *b);
void fp_add(struct fp *r, const struct fp *a, const struct fp *b);
void fp_sub(struct fp *r, const struct fp *a, const struct fp *b);
void fp_mul(struct fp *r, const struct fp *a, const struct fp *b);
/* 0 for 0. */
void fp_inv(struct fp *r, const struct fp *a);
/* Each of a[0..count) into its inverse; none may be 0. count <= 16. */
void fp_inv_all(struct fp *a, unsigned count);

#endif
