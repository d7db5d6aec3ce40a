/* SPDX-License-Identifier: Apache-2.0
 *
 * musig.c - MuSig2 as BIP327 says: KeyAgg, NonceGen, NonceAgg, Sign,
 * PartialSigVerify, PartialSigAgg. The names here are ours, the formulas the
 * BIP's. What touches a secret goes through the library's functions on secret
 * keys, which take the same time for all of them.
 */
#include "musig.h"

#include "sha256.h"

#include <secp256k1.h>

#include <stdlib.h>
#include <string.h>

/* ---- hashes -------------------------------------------------------------- */

static void hash_scalar(struct sha256 *h, uint8_t out[32])
{
    sha256_end(h, out);
    scalar_reduce(out);
}

/* ---- keys ---------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, POINT_LEN);
}

void musig_sort(uint8_t (*pk)[POINT_LEN], uint32_t count)
{
    qsort(pk, count, POINT_LEN, by_bytes);
}

static void find_second(struct musig_keys *keys)
{
    memset(keys->second, 0, POINT_LEN);
    for (uint32_t i = 1; i < keys->count; i++) {
        if (memcmp(keys->pk[i], keys->pk[0], POINT_LEN) != 0) {
            memcpy(keys->second, keys->pk[i], POINT_LEN);
            return;
        }
    }
}

/* a_i; the second distinct key has 1. */
static void coefficient(const struct musig_keys *keys, uint32_t i,
                        uint8_t out[32])
{
    struct sha256 h;

    if (memcmp(keys->pk[i], keys->second, POINT_LEN) == 0) {
        memset(out, 0, 32);
        out[31] = 1;
        return;
    }
    sha256_init_tagged(&h, "KeyAgg coefficient");
    sha256_add(&h, keys->list, 32);
    sha256_add(&h, keys->pk[i], POINT_LEN);
    hash_scalar(&h, out);
}

vt_status musig_aggregate_keys(struct musig_keys *keys, uint32_t *blame)
{
    uint8_t bytes[POINT_LEN];
    struct sha256 h;

    *blame = UINT32_MAX;
    if (keys->count == 0 || keys->count > MUSIG_MAX) {
        return VT_E_LIMIT;
    }
    sha256_init_tagged(&h, "KeyAgg list");
    sha256_add(&h, keys->pk, (size_t)keys->count * POINT_LEN);
    sha256_end(&h, keys->list);
    find_second(keys);
    keys->sum.is_finite = 0;
    for (uint32_t i = 0; i < keys->count; i++) {
        struct point p;
        uint8_t a[32];

        if (!point_parse(&p, keys->pk[i])) {
            *blame = i;
            return VT_E_INVALID;
        }
        coefficient(keys, i, a);
        point_mul(&p, a);
        point_add(&keys->sum, &p);
    }
    point_bytes(&keys->sum, bytes);
    memcpy(keys->x, bytes + 1, 32);
    return keys->sum.is_finite ? VT_OK : VT_E_INVALID;
}

/* ---- nonces -------------------------------------------------------------- */

static void add_u64_be(struct sha256 *h, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    sha256_add(h, bytes + 8 - len, len);
}

/* k_(index + 1) */
static void draw_one(const struct musig_draw *draw, const uint8_t random[32],
                     uint8_t index, uint8_t k[32])
{
    const uint8_t has_msg = draw->msg.ptr != NULL;
    struct sha256 h;

    sha256_init_tagged(&h, "MuSig/nonce");
    sha256_add(&h, random, 32);
    add_u64_be(&h, POINT_LEN, 1);
    sha256_add(&h, draw->pk, POINT_LEN);
    add_u64_be(&h, draw->group.len, 1);
    sha256_add(&h, draw->group.ptr, draw->group.len);
    sha256_add(&h, &has_msg, 1);
    if (has_msg) {
        add_u64_be(&h, draw->msg.len, 8);
        sha256_add(&h, draw->msg.ptr, draw->msg.len);
    }
    add_u64_be(&h, draw->extra.len, 4);
    sha256_add(&h, draw->extra.ptr, draw->extra.len);
    sha256_add(&h, &index, 1);
    hash_scalar(&h, k);
    scalar_wipe(&h, sizeof h);
}

/* Bad random bytes alone do not give the nonce away: the key is mixed in. */
static void mix_key(const struct musig_draw *draw, uint8_t random[32])
{
    struct sha256 h;

    if (draw->sk.ptr == NULL) {
        memcpy(random, draw->random, 32);
        return;
    }
    sha256_init_tagged(&h, "MuSig/aux");
    sha256_add(&h, draw->random, 32);
    sha256_end(&h, random);
    for (size_t i = 0; i < 32; i++) {
        random[i] ^= draw->sk.ptr[i];
    }
    scalar_wipe(&h, sizeof h);
}

vt_status musig_draw_nonce(const struct musig_draw *draw,
                           uint8_t secret[MUSIG_SECRET_LEN],
                           uint8_t nonce[MUSIG_NONCE_LEN])
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    uint8_t random[32];
    int ok = 1;

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    mix_key(draw, random);
    for (uint8_t i = 0; ok && i < 2; i++) {
        struct point half = {.is_finite = 1};

        draw_one(draw, random, i, secret + 32 * (size_t)i);
        ok = secp256k1_ec_pubkey_create(ctx, &half.at, secret + 32 * (size_t)i);
        if (ok) {
            point_bytes(&half, nonce + POINT_LEN * (size_t)i);
        }
    }
    memcpy(secret + 64, draw->pk, POINT_LEN);
    scalar_wipe(random, sizeof random);
    secp256k1_context_destroy(ctx);
    return ok ? VT_OK : VT_E_INVALID;
}

static int is_infinity(const uint8_t bytes[POINT_LEN])
{
    static const uint8_t zero[POINT_LEN];

    return memcmp(bytes, zero, POINT_LEN) == 0;
}

/* Of one signer: two points. Aggregated: a half may be infinity. */
static int parse_nonce(struct musig_nonce *out, struct vt_view bytes,
                       int is_aggregated)
{
    for (size_t i = 0; i < 2 && bytes.len == MUSIG_NONCE_LEN; i++) {
        const uint8_t *at = bytes.ptr + POINT_LEN * i;

        if (!point_parse(&out->half[i], at) &&
            !(is_aggregated && is_infinity(at))) {
            return 0;
        }
    }
    return bytes.len == MUSIG_NONCE_LEN;
}

vt_status musig_aggregate_nonces(struct vt_tab nonces,
                                 uint8_t out[MUSIG_NONCE_LEN], uint32_t *blame)
{
    struct musig_nonce sum = {{{.is_finite = 0}, {.is_finite = 0}}};

    *blame = UINT32_MAX;
    if (nonces.count == 0 || nonces.count > MUSIG_MAX) {
        return VT_E_LIMIT;
    }
    for (uint32_t i = 0; i < nonces.count; i++) {
        struct musig_nonce one;

        if (!parse_nonce(&one, *VT_AT(struct vt_view, nonces, i), 0)) {
            *blame = i;
            return VT_E_INVALID;
        }
        point_add(&sum.half[0], &one.half[0]);
        point_add(&sum.half[1], &one.half[1]);
    }
    point_bytes(&sum.half[0], out);
    point_bytes(&sum.half[1], out + POINT_LEN);
    return VT_OK;
}

/* ---- signing ------------------------------------------------------------- */

/* The final nonce is never infinity: G stands for it. */
static void set_base(struct point *p)
{
    static const uint8_t base[POINT_LEN] = {
        0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0,
        0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d,
        0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98};

    (void)point_parse(p, base);
}

vt_status musig_open(struct musig_session *s, const struct musig_keys *keys,
                     struct vt_view nonce, struct vt_view msg)
{
    struct musig_nonce all;
    uint8_t bytes[POINT_LEN];
    struct sha256 h;

    if (!parse_nonce(&all, nonce, 1)) {
        return VT_E_INVALID;
    }
    s->keys = keys;
    sha256_init_tagged(&h, "MuSig/noncecoef");
    sha256_add(&h, nonce.ptr, nonce.len);
    sha256_add(&h, keys->x, 32);
    sha256_add(&h, msg.ptr, msg.len);
    hash_scalar(&h, s->b);
    point_mul(&all.half[1], s->b);
    point_add(&all.half[0], &all.half[1]);
    if (!all.half[0].is_finite) {
        set_base(&all.half[0]);
    }
    point_bytes(&all.half[0], bytes);
    memcpy(s->r, bytes + 1, 32);
    s->r_is_odd = bytes[0] == SECP256K1_TAG_PUBKEY_ODD;
    scalar_challenge(s->r, keys->x, msg.ptr, msg.len, s->e);
    return VT_OK;
}

/* e * a_i, negated when the group's key has an odd y */
static void weight(const struct musig_session *s, uint32_t index,
                   uint8_t out[32])
{
    coefficient(s->keys, index, out);
    scalar_mul(out, s->e);
    if (point_is_odd(&s->keys->sum)) {
        scalar_negate(out);
    }
}

static uint32_t index_of(const struct musig_keys *keys,
                         const uint8_t pk[POINT_LEN])
{
    uint32_t i = 0;

    while (i < keys->count && memcmp(keys->pk[i], pk, POINT_LEN) != 0) {
        i++;
    }
    return i;
}

/* The public key of sk, when the nonce is for it and it is in the group. */
static int find_signer(const struct musig_session *s, const uint8_t *secret,
                       const uint8_t sk[32], uint32_t *index)
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    struct point own = {.is_finite = 1};
    uint8_t bytes[POINT_LEN];
    int ok = ctx != NULL && secp256k1_ec_pubkey_create(ctx, &own.at, sk);

    if (ok) {
        point_bytes(&own, bytes);
        *index = index_of(s->keys, bytes);
        ok = memcmp(bytes, secret + 64, POINT_LEN) == 0 &&
             *index < s->keys->count;
    }
    secp256k1_context_destroy(ctx);
    return ok;
}

/* k1 + b * k2 + e * a * x */
static void respond(const struct musig_session *s, uint32_t index,
                    const uint8_t *secret, const uint8_t sk[32],
                    uint8_t part[MUSIG_PART_LEN])
{
    uint8_t sum[32], term[32];

    memcpy(sum, secret + 32, 32);
    scalar_mul(sum, s->b);
    scalar_add(sum, secret);
    if (s->r_is_odd) {
        scalar_negate(sum);
    }
    weight(s, index, term);
    scalar_mul(term, sk);
    scalar_add(sum, term);
    memcpy(part, sum, 32);
    scalar_wipe(sum, sizeof sum);
    scalar_wipe(term, sizeof term);
}

vt_status musig_sign(const struct musig_session *s,
                     uint8_t secret[MUSIG_SECRET_LEN], const uint8_t sk[32],
                     uint8_t part[MUSIG_PART_LEN])
{
    const secp256k1_context *ctx = secp256k1_context_static;
    uint32_t index = 0;
    vt_status status = VT_E_INVALID;

    /* a wiped secret is two zeros, and those are no numbers to sign with */
    if (secp256k1_ec_seckey_verify(ctx, secret) &&
        secp256k1_ec_seckey_verify(ctx, secret + 32) &&
        find_signer(s, secret, sk, &index)) {
        respond(s, index, secret, sk, part);
        status = VT_OK;
    }
    scalar_wipe(secret, MUSIG_SECRET_LEN);
    return status;
}

int musig_check(const struct musig_session *s, uint32_t index,
                struct vt_view nonce, struct vt_view part)
{
    struct musig_nonce own;
    struct point p;
    uint8_t w[32];

    if (index >= s->keys->count || part.len != MUSIG_PART_LEN ||
        !scalar_is_valid(part.ptr) || !parse_nonce(&own, nonce, 0) ||
        !point_parse(&p, s->keys->pk[index])) {
        return 0;
    }
    point_mul(&own.half[1], s->b);
    point_add(&own.half[0], &own.half[1]);
    if (s->r_is_odd) {
        point_negate(&own.half[0]);
    }
    weight(s, index, w);
    point_mul(&p, w);
    point_add(&p, &own.half[0]);
    return point_is_base_times(&p, part.ptr);
}

vt_status musig_finish(const struct musig_session *s, struct vt_tab parts,
                       uint8_t sig[64], uint32_t *blame)
{
    uint8_t sum[32] = {0};

    *blame = UINT32_MAX;
    for (uint32_t i = 0; i < parts.count; i++) {
        const struct vt_view *part = VT_AT(struct vt_view, parts, i);

        if (part->len != MUSIG_PART_LEN || !scalar_is_valid(part->ptr)) {
            *blame = i;
            return VT_E_INVALID;
        }
        scalar_add(sum, part->ptr);
    }
    memcpy(sig, s->r, 32);
    memcpy(sig + 32, sum, 32);
    return VT_OK;
}
