/* SPDX-License-Identifier: Apache-2.0
 *
 * single.c - libsecp256k1 verifies. Its static context serves everything that
 * needs no secret.
 */
#include "single.h"

#include "keys.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include <string.h>

#define PK_LEN 32u
#define SIG_LEN 64u

/* A key as bytes: a mark, x, and y or not. */
#define EVEN_LEN 33u
#define FULL_LEN 65u
#define EVEN 2u
#define FULL 4u

int single_ask(struct vt_view pk, const uint8_t *msg, struct vt_view sig)
{
    secp256k1_xonly_pubkey key;

    return pk.len == PK_LEN && sig.len == SIG_LEN &&
           secp256k1_xonly_pubkey_parse(secp256k1_context_static, &key,
                                        pk.ptr) &&
           secp256k1_schnorrsig_verify(secp256k1_context_static, sig.ptr, msg,
                                       32, &key);
}

static int parse(secp256k1_pubkey *key, const uint8_t *bytes, size_t len)
{
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, key, bytes, len);
}

/* The key with both coordinates; the library checks that it is on the curve. */
static int parse_known(secp256k1_pubkey *key, const uint8_t *x,
                       const struct fp *y)
{
    uint8_t bytes[FULL_LEN] = {FULL};

    memcpy(bytes + 1, x, PK_LEN);
    fp_to_bytes(y, bytes + EVEN_LEN);
    return parse(key, bytes, FULL_LEN);
}

/* The key with this x and an even y, as xonly_pubkey_parse finds it. */
static int parse_new(secp256k1_pubkey *key, const uint8_t *x)
{
    uint8_t bytes[EVEN_LEN] = {EVEN};

    memcpy(bytes + 1, x, PK_LEN);
    return parse(key, bytes, EVEN_LEN);
}

static void remember(const struct fp *x, const secp256k1_pubkey *key)
{
    uint8_t bytes[FULL_LEN];
    size_t len = sizeof bytes;
    struct fp y;

    if (secp256k1_ec_pubkey_serialize(secp256k1_context_static, bytes, &len,
                                      key, SECP256K1_EC_UNCOMPRESSED) &&
        fp_from_bytes(bytes + EVEN_LEN, &y)) {
        keys_put(x, &y);
    }
}

int single_verify(struct vt_view pk, const uint8_t *msg, struct vt_view sig)
{
    secp256k1_xonly_pubkey even;
    secp256k1_pubkey key;
    struct fp x;
    struct fp y;
    int known;
    int good;

    if (pk.len != PK_LEN || sig.len != SIG_LEN || !fp_from_bytes(pk.ptr, &x)) {
        return 0;
    }
    known = keys_get(&x, &y) && parse_known(&key, pk.ptr, &y);
    if (!known && !parse_new(&key, pk.ptr)) {
        return 0;
    }
    good = secp256k1_xonly_pubkey_from_pubkey(secp256k1_context_static, &even,
                                              NULL, &key) &&
           secp256k1_schnorrsig_verify(secp256k1_context_static, sig.ptr, msg,
                                       32, &even);
    if (good && !known) {
        remember(&x, &key);
    }
    return good;
}
