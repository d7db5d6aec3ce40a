/* SPDX-License-Identifier: Apache-2.0
 *
 * scalar.h - numbers modulo the group's order n and sums of points, with the
 * zero and the point at infinity that the library's functions refuse.
 *
 * A scalar is 32 bytes, most significant first, less than n. The time that
 * add, mul and negate take does not depend on scalars that are not zero.
 */
#ifndef VT_SCHNORR_SCALAR_H
#define VT_SCHNORR_SCALAR_H

#include <secp256k1.h>

#include <stddef.h>
#include <stdint.h>

#define SCALAR_LEN 32u
#define POINT_LEN 33u

/* Returns 1 when x is less than n. */
int scalar_is_valid(const uint8_t x[SCALAR_LEN]);
int scalar_is_zero(const uint8_t x[SCALAR_LEN]);
/* Any 32 bytes modulo n, in place. */
void scalar_reduce(uint8_t x[SCALAR_LEN]);
/* x += y, x *= y, x = -x */
void scalar_add(uint8_t x[SCALAR_LEN], const uint8_t y[SCALAR_LEN]);
void scalar_mul(uint8_t x[SCALAR_LEN], const uint8_t y[SCALAR_LEN]);
void scalar_negate(uint8_t x[SCALAR_LEN]);

/* e of BIP340, from x of the nonce, the key and the message. */
void scalar_challenge(const uint8_t r[32], const uint8_t pk[32],
                      const uint8_t *msg, size_t msg_len,
                      uint8_t out[SCALAR_LEN]);

/* A point, or none: infinity. */
struct point {
    secp256k1_pubkey at;
    int is_finite;
};

/* 33 bytes, 02 or 03 in front. Returns 0 when that is no point. */
int point_parse(struct point *out, const uint8_t bytes[POINT_LEN]);
/* 33 bytes; infinity as zeros */
void point_bytes(const struct point *p, uint8_t out[POINT_LEN]);
/* p *= x, in variable time: no secret */
void point_mul(struct point *p, const uint8_t x[SCALAR_LEN]);
void point_add(struct point *p, const struct point *other);
void point_negate(struct point *p);
/* Returns 1 when p = x * G; in variable time. */
int point_is_base_times(const struct point *p, const uint8_t x[SCALAR_LEN]);
/* Returns 1 when p is finite and its y is odd. */
int point_is_odd(const struct point *p);

/* Overwrites with zeros, also where nobody reads them. */
void scalar_wipe(void *bytes, size_t len);

#endif
