/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.c - makes signatures with the public functions of libsecp256k1 only.
 */
#include "cases.h"

#include "../single.h"
#include "base/bytes.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 61u

static const uint8_t order[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
    0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
static const uint8_t prime[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x2f};
/* The point that sums start with: as a key it makes additions without answer.
 */
static const uint8_t start[32] = {
    0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b,
    0x60, 0x35, 0xe9, 0x7a, 0x5e, 0x07, 0x8a, 0x5a, 0x0f, 0x28, 0xec,
    0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0};

static void must(int ok)
{
    if (!ok) {
        abort();
    }
}

static secp256k1_context *context(void)
{
    static secp256k1_context *ctx;

    if (ctx == NULL) {
        ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
        must(ctx != NULL);
    }
    return ctx;
}

/* Secret number i: 1, 2, 3, n - 1, then hashes. */
static void secret(uint64_t i, uint8_t out[32])
{
    uint8_t number[8];

    memset(out, 0, 32);
    if (i < 3) {
        out[31] = (uint8_t)(i + 1);
        return;
    }
    if (i == 3) {
        memcpy(out, order, 32);
        out[31]--;
        return;
    }
    vt_put_u64(number, i);
    must(secp256k1_tagged_sha256(context(), out, (const uint8_t *)"case", 4,
                                 number, sizeof number));
}

static void challenge(const uint8_t *r, const struct schnorr_case *c,
                      uint8_t e[32])
{
    uint8_t bytes[96];

    memcpy(bytes, r, 32);
    memcpy(bytes + 32, c->pk, 32);
    memcpy(bytes + 64, c->msg, 32);
    must(secp256k1_tagged_sha256(context(), e,
                                 (const uint8_t *)"BIP0340/challenge", 17,
                                 bytes, sizeof bytes));
}

/* x of secret * G; secret is negated when y is odd and even is wanted. */
static void point(uint8_t sk[32], uint8_t x[32], int odd)
{
    secp256k1_pubkey pub;
    uint8_t bytes[33];
    size_t len = sizeof bytes;

    must(secp256k1_ec_pubkey_create(context(), &pub, sk));
    must(secp256k1_ec_pubkey_serialize(context(), bytes, &len, &pub,
                                       SECP256K1_EC_COMPRESSED));
    if (bytes[0] != (odd ? 3 : 2)) {
        must(secp256k1_ec_seckey_negate(context(), sk));
    }
    memcpy(x, bytes + 1, 32);
}

/* s = k + e * d, with R of even or of odd y. k NULL: s = e * d, R infinity. */
static void sign(struct schnorr_case *c, uint8_t d[32], uint8_t *k, int odd)
{
    point(d, c->pk, 0);
    if (k != NULL) {
        point(k, c->sig, odd);
    }
    challenge(c->sig, c, c->sig + 32);
    must(secp256k1_ec_seckey_tweak_mul(context(), c->sig + 32, d));
    if (k != NULL) {
        must(secp256k1_ec_seckey_tweak_add(context(), c->sig + 32, k));
    }
}

static void flip(struct vt_rng *rng, uint8_t *bytes, size_t len)
{
    size_t bit = (size_t)vt_rng_below(rng, len * 8);

    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* limit, or a little above it, or all ones. */
static void at_least(struct vt_rng *rng, const uint8_t limit[32], uint8_t *out)
{
    uint64_t how = vt_rng_below(rng, 8);

    memcpy(out, limit, 32);
    if (how == 7) {
        memset(out, 0xff, 32);
    }
    out[31] = (uint8_t)(out[31] + (how < 7 ? how : 0));
}

void schnorr_case_spoil(struct vt_rng *rng, unsigned kind,
                        struct schnorr_case *c)
{
    static const uint32_t lengths[4] = {0, 1, 31, 33};

    switch (kind) {
    case 2:
        flip(rng, c->sig, 64);
        break;
    case 3:
        flip(rng, c->pk, 32);
        break;
    case 4:
        flip(rng, c->msg, 32);
        break;
    case 5:
        at_least(rng, order, c->sig + 32);
        break;
    case 6:
        at_least(rng, prime, c->sig);
        break;
    case 7:
        at_least(rng, prime, c->pk);
        break;
    case 8:
        must(secp256k1_ec_seckey_negate(context(), c->sig + 32));
        break;
    case 9: /* a small x: half of them are on no curve */
        memset(c->pk, 0, 32);
        c->pk[31] = (uint8_t)vt_rng_below(rng, 256);
        break;
    case 10:
        memset(c->sig, 0, 32);
        c->sig[31] = (uint8_t)vt_rng_below(rng, 4);
        break;
    case 11:
        memset(c->sig + 32, 0, 32);
        c->sig[63] = (uint8_t)vt_rng_below(rng, 4);
        break;
    case 12:
        memcpy(c->pk, start, 32);
        if (vt_rng_below(rng, 2) == 0) {
            memcpy(c->sig, start, 32);
        }
        break;
    case 13:
        c->pk_len = lengths[vt_rng_below(rng, 4)];
        break;
    case 14:
        c->sig_len = lengths[vt_rng_below(rng, 4)] * 2;
        break;
    case 15:
        vt_rng_fill(rng, c->pk, 32);
        break;
    default:
        break;
    }
}

void schnorr_case_make(struct vt_rng *rng, unsigned kind,
                       struct schnorr_case *out)
{
    uint8_t d[32];
    uint8_t k[32];

    memset(out, 0, sizeof *out);
    out->pk_len = 32;
    out->sig_len = 64;
    vt_rng_fill(rng, out->msg, 32);
    /* small secrets make R a small multiple of the key */
    secret(vt_rng_below(rng, KEYS), d);
    secret(vt_rng_below(rng, 4) == 0 ? vt_rng_below(rng, 4) : vt_rng_u64(rng),
           k);
    if (kind == 17) { /* R is infinity, r is anybody's x */
        point(k, out->sig, 0);
        sign(out, d, NULL, 0);
    } else {
        sign(out, d, k, kind == 16);
    }
    schnorr_case_spoil(rng, kind, out);
}

struct vt_sig_item schnorr_case_item(const struct schnorr_case *c)
{
    return (struct vt_sig_item){
        {c->pk, c->pk_len}, c->msg, {c->sig, c->sig_len}};
}

uint8_t schnorr_case_verdict(const struct schnorr_case *c)
{
    struct vt_sig_item item = schnorr_case_item(c);

    return single_ask(item.pk, item.msg, item.sig) ? VT_GOOD : VT_BAD;
}

/* Field n of a line of CSV, when it is so many bytes in hex. */
static int read_field(const char *line, int n, uint8_t *out, size_t len)
{
    for (; n > 0 && line != NULL; n--) {
        line = strchr(line, ',');
        line = line == NULL ? NULL : line + 1;
    }
    return line != NULL && strcspn(line, ",") == 2 * len &&
           vt_hex_decode(line, 2 * len, out, len) == 0;
}

uint32_t schnorr_case_vectors(const char *path, struct schnorr_case *out,
                              uint8_t *want, uint32_t max)
{
    FILE *f = fopen(path, "r");
    char line[1024];
    uint32_t count = 0;

    if (f == NULL) {
        return 0;
    }
    while (count < max && fgets(line, sizeof line, f) != NULL) {
        struct schnorr_case c = {.pk_len = 32, .sig_len = 64};

        if (read_field(line, 2, c.pk, 32) && read_field(line, 4, c.msg, 32) &&
            read_field(line, 5, c.sig, 64)) {
            out[count] = c;
            want[count++] = strstr(line, ",TRUE") != NULL ? VT_GOOD : VT_BAD;
        }
    }
    (void)fclose(f);
    return count;
}
