/* SPDX-License-Identifier: Apache-2.0
 *
 * group.c - MuSig2 with the keys of this chain: 32 bytes, which mean the point
 * with an even y. So a secret key whose point has an odd one is negated.
 */
#include "musig.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>

#include <string.h>

#define PK_LEN 32u

static vt_status read_keys(struct vt_tab keys, struct musig_keys *out,
                           uint32_t *blame)
{
    *blame = UINT32_MAX;
    out->count = keys.count;
    for (uint32_t i = 0; i < keys.count && i < MUSIG_MAX; i++) {
        const struct vt_view *pk = VT_AT(struct vt_view, keys, i);

        if (pk->len != PK_LEN) {
            *blame = i;
            return VT_E_INVALID;
        }
        out->pk[i][0] = SECP256K1_TAG_PUBKEY_EVEN;
        memcpy(out->pk[i] + 1, pk->ptr, PK_LEN);
    }
    return musig_aggregate_keys(out, blame);
}

static vt_status open_group(const struct vt_sig_group *group,
                            struct musig_keys *keys, struct musig_session *s)
{
    const struct vt_view msg = {group->msg, 32};
    uint32_t blame;
    vt_status status = read_keys(group->keys, keys, &blame);

    return status == VT_OK ? musig_open(s, keys, group->nonce, msg) : status;
}

/* The secret of the point with an even y, and that point. */
static vt_status even_key(const uint8_t *sk, uint8_t x[32],
                          uint8_t pk[POINT_LEN])
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    struct point p = {.is_finite = 1};
    int ok;

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    ok = secp256k1_ec_pubkey_create(ctx, &p.at, sk);
    if (ok) {
        memcpy(x, sk, 32);
        if (point_is_odd(&p)) {
            scalar_negate(x);
        }
        point_bytes(&p, pk);
        pk[0] = SECP256K1_TAG_PUBKEY_EVEN;
    }
    secp256k1_context_destroy(ctx);
    return ok ? VT_OK : VT_E_INVALID;
}

vt_status musig_group_key(struct vt_tab keys, uint8_t *pk, uint32_t *blame)
{
    struct musig_keys read;
    vt_status status = read_keys(keys, &read, blame);

    if (status == VT_OK) {
        memcpy(pk, read.x, PK_LEN);
    }
    return status;
}

vt_status musig_group_nonce(const uint8_t *sk, const uint8_t random[32],
                            const struct vt_sig_item *what, uint8_t *secret,
                            uint8_t *nonce)
{
    uint8_t x[32], pk[POINT_LEN];
    struct musig_draw draw = {.random = random,
                              .pk = pk,
                              .sk = {x, sizeof x},
                              .group = what->pk,
                              .msg = {what->msg, 32}};
    vt_status status = even_key(sk, x, pk);

    if (status == VT_OK && what->pk.len != PK_LEN) {
        status = VT_E_INVALID;
    }
    if (status == VT_OK) {
        status = musig_draw_nonce(&draw, secret, nonce);
    }
    scalar_wipe(x, sizeof x);
    return status;
}

vt_status musig_group_nonces(struct vt_tab nonces, uint8_t *out,
                             uint32_t *blame)
{
    return musig_aggregate_nonces(nonces, out, blame);
}

vt_status musig_group_sign(const uint8_t *sk, uint8_t *secret,
                           const struct vt_sig_group *group, uint8_t *part)
{
    struct musig_keys keys;
    struct musig_session s;
    uint8_t x[32], pk[POINT_LEN];
    vt_status status = open_group(group, &keys, &s);

    if (status == VT_OK) {
        status = even_key(sk, x, pk);
    }
    if (status == VT_OK) {
        status = musig_sign(&s, secret, x, part);
    }
    scalar_wipe(x, sizeof x);
    scalar_wipe(secret, MUSIG_SECRET_LEN);
    return status;
}

vt_status musig_group_check(const struct vt_sig_group *group, uint32_t index,
                            struct vt_view nonce, struct vt_view part,
                            uint32_t *verdict)
{
    struct musig_keys keys;
    struct musig_session s;
    vt_status status = open_group(group, &keys, &s);

    if (status == VT_E_LIMIT) {
        return status;
    }
    *verdict = status == VT_OK && musig_check(&s, index, nonce, part) ? VT_GOOD
                                                                      : VT_BAD;
    return VT_OK;
}

vt_status musig_group_finish(const struct vt_sig_group *group,
                             struct vt_tab parts, uint8_t *sig, uint32_t *blame)
{
    struct musig_keys keys;
    struct musig_session s;
    vt_status status;

    *blame = UINT32_MAX;
    if (parts.count != group->keys.count) {
        return VT_E_LIMIT;
    }
    status = open_group(group, &keys, &s);
    return status == VT_OK ? musig_finish(&s, parts, sig, blame) : status;
}
