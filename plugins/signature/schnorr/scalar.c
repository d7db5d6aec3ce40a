/* SPDX-License-Identifier: Apache-2.0
 *
 * scalar.c - arithmetic over the library's public functions on secret keys and
 * public keys, which are numbers modulo n and points.
 */
#include "scalar.h"

#include "sha256.h"

#include <string.h>

static const uint8_t order[SCALAR_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
    0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

int scalar_is_valid(const uint8_t x[SCALAR_LEN])
{
    return memcmp(x, order, SCALAR_LEN) < 0;
}

int scalar_is_zero(const uint8_t x[SCALAR_LEN])
{
    uint8_t any = 0;

    for (size_t i = 0; i < SCALAR_LEN; i++) {
        any |= x[i];
    }
    return any == 0;
}

/* n is above half of 2^256: once is enough. Only hashes come here, and one in
 * 2^128 of them is that large. */
void scalar_reduce(uint8_t x[SCALAR_LEN])
{
    int borrow = 0;

    if (scalar_is_valid(x)) {
        return;
    }
    for (size_t i = SCALAR_LEN; i-- > 0;) {
        int digit = x[i] - order[i] - borrow;

        borrow = digit < 0;
        x[i] = (uint8_t)(digit & 0xff);
    }
}

void scalar_add(uint8_t x[SCALAR_LEN], const uint8_t y[SCALAR_LEN])
{
    if (scalar_is_zero(x)) {
        memcpy(x, y, SCALAR_LEN);
        return;
    }
    /* refuses a sum of zero, and leaves zero */
    (void)!secp256k1_ec_seckey_tweak_add(secp256k1_context_static, x, y);
}

void scalar_mul(uint8_t x[SCALAR_LEN], const uint8_t y[SCALAR_LEN])
{
    /* refuses a factor of zero, and leaves zero */
    (void)!secp256k1_ec_seckey_tweak_mul(secp256k1_context_static, x, y);
}

void scalar_negate(uint8_t x[SCALAR_LEN])
{
    (void)!secp256k1_ec_seckey_negate(secp256k1_context_static,
                                      x); /* zero stays zero */
}

void scalar_challenge(const uint8_t r[32], const uint8_t pk[32],
                      const uint8_t *msg, size_t msg_len,
                      uint8_t out[SCALAR_LEN])
{
    struct sha256 h;

    sha256_init_tagged(&h, "BIP0340/challenge");
    sha256_add(&h, r, 32);
    sha256_add(&h, pk, 32);
    sha256_add(&h, msg, msg_len);
    sha256_end(&h, out);
    scalar_reduce(out);
}

int point_parse(struct point *out, const uint8_t bytes[POINT_LEN])
{
    out->is_finite = secp256k1_ec_pubkey_parse(secp256k1_context_static,
                                               &out->at, bytes, POINT_LEN);
    return out->is_finite;
}

void point_bytes(const struct point *p, uint8_t out[POINT_LEN])
{
    size_t len = POINT_LEN;

    memset(out, 0, POINT_LEN);
    if (p->is_finite) {
        (void)secp256k1_ec_pubkey_serialize(secp256k1_context_static, out, &len,
                                            &p->at, SECP256K1_EC_COMPRESSED);
    }
}

void point_mul(struct point *p, const uint8_t x[SCALAR_LEN])
{
    p->is_finite = p->is_finite && secp256k1_ec_pubkey_tweak_mul(
                                       secp256k1_context_static, &p->at, x);
}

void point_add(struct point *p, const struct point *other)
{
    const secp256k1_pubkey *both[2] = {&p->at, &other->at};
    secp256k1_pubkey sum;

    if (!p->is_finite) {
        *p = *other;
    } else if (other->is_finite) {
        p->is_finite = secp256k1_ec_pubkey_combine(secp256k1_context_static,
                                                   &sum, both, 2);
        p->at = sum;
    }
}

void point_negate(struct point *p)
{
    if (p->is_finite) {
        (void)!secp256k1_ec_pubkey_negate(secp256k1_context_static, &p->at);
    }
}

/* The library adds x * G to a point without a context for signing, and refuses
 * when infinity comes out. */
int point_is_base_times(const struct point *p, const uint8_t x[SCALAR_LEN])
{
    secp256k1_pubkey difference;
    uint8_t minus[SCALAR_LEN];

    if (!p->is_finite || scalar_is_zero(x)) {
        return !p->is_finite && scalar_is_zero(x);
    }
    memcpy(minus, x, SCALAR_LEN);
    scalar_negate(minus);
    difference = p->at;
    return !secp256k1_ec_pubkey_tweak_add(secp256k1_context_static, &difference,
                                          minus);
}

int point_is_odd(const struct point *p)
{
    uint8_t bytes[POINT_LEN];

    point_bytes(p, bytes);
    return bytes[0] == SECP256K1_TAG_PUBKEY_ODD;
}

void scalar_wipe(void *bytes, size_t len)
{
    volatile uint8_t *at = bytes;

    while (len-- > 0) {
        *at++ = 0;
    }
}
