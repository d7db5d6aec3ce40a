/* SPDX-License-Identifier: Apache-2.0
 *
 * u256.h - whole numbers of 256 bits: targets, and the work behind a chain.
 * Private to the plugin. Any thread.
 */
#ifndef POW_U256_H
#define POW_U256_H

#include <stdint.h>

struct pow_u256 {
    uint64_t w[4]; /* w[0] is the lowest */
};

struct pow_u256 pow_u256_of(uint64_t v);
struct pow_u256 pow_u256_from_be(const uint8_t bytes[32]);
void pow_u256_to_be(const struct pow_u256 *a, uint8_t out[32]);
int pow_u256_cmp(const struct pow_u256 *a, const struct pow_u256 *b);
int pow_u256_is_zero(const struct pow_u256 *a);
/* The highest number instead of one that does not fit. */
struct pow_u256 pow_u256_add(const struct pow_u256 *a,
                             const struct pow_u256 *b);
struct pow_u256 pow_u256_mul(const struct pow_u256 *a, uint64_t b);
/* 0 instead of a negative number. */
struct pow_u256 pow_u256_sub(const struct pow_u256 *a,
                             const struct pow_u256 *b);
/* Rounded down; b is not 0. */
struct pow_u256 pow_u256_div(const struct pow_u256 *a,
                             const struct pow_u256 *b);

/* ---- targets ------------------------------------------------------------- */

/* Hashes that are tried on average: floor(2^256 / (target + 1)). */
struct pow_u256 pow_work_of(const struct pow_u256 *target);
/* The highest target at which that many hashes, 1 or more, are tried. */
struct pow_u256 pow_target_for(uint64_t hashes);
/* Bitcoin's four bytes for a target, rounded down: size in bytes, then the
 * three highest of them, with 0 for a sign. */
uint32_t pow_bits_of(const struct pow_u256 *target);
/* 1 with the target; 0 for bits that pow_bits_of() does not make. */
int pow_target_of(uint32_t bits, struct pow_u256 *out);

#endif
