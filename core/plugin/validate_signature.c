/* SPDX-License-Identifier: Apache-2.0
 *
 * validate_signature.c - a batch says what single checks say, lengths hold.
 * The functions have no handle, so each wrapped table has a set of its own.
 */
#include "base/bytes.h"
#include "plugin/validate.h"

#include <string.h>

#define SLOTS 4u

static const struct vt_signature *inner[SLOTS];
static struct vt_signature outer[SLOTS];
static char stems[SLOTS][40];
static uint32_t used;

static vt_status check_keypair(uint32_t i, const uint8_t *seed, uint8_t *sk,
                               uint8_t *pk)
{
    return inner[i]->keypair(seed, sk, pk);
}

static vt_status check_sign(uint32_t i, const uint8_t *sk,
                            const uint8_t msg[32], uint8_t *sig,
                            uint32_t *sig_len)
{
    vt_status status = inner[i]->sign(sk, msg, sig, sig_len);

    if (status == VT_OK && *sig_len > inner[i]->sig_max) {
        vt_violation(stems[i], 0, "sign: %u bytes, at most %u declared",
                     *sig_len, inner[i]->sig_max);
    }
    return status;
}

static vt_status check_verify(uint32_t i, struct vt_view pk,
                              const uint8_t msg[32], struct vt_view sig,
                              uint32_t *verdict)
{
    vt_status status = inner[i]->verify(pk, msg, sig, verdict);

    if (status == VT_OK && *verdict > VT_GOOD) {
        vt_violation(stems[i], 0, "verify: verdict %u", *verdict);
    }
    return status;
}

static vt_status check_verify_many(uint32_t i, struct vt_tab items,
                                   uint8_t *verdicts)
{
    vt_status status = inner[i]->verify_many(items, verdicts);

    for (uint32_t k = 0; status == VT_OK && k < items.count; k++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, k);
        uint32_t verdict = VT_BAD;

        if (inner[i]->verify(item->pk, item->msg, item->sig, &verdict) ==
                VT_OK &&
            verdict != verdicts[k]) {
            vt_violation(stems[i], 0,
                         "verify_many: item %u differs from verify", k);
        }
    }
    return status;
}

static vt_status check_pk(uint32_t i, struct vt_view pk, uint32_t *verdict)
{
    return inner[i]->pk_check(pk, verdict);
}

static vt_status check_prove(uint32_t i, const uint8_t *sk,
                             struct vt_view alpha, uint8_t *proof,
                             uint8_t out[32])
{
    return inner[i]->vrf_prove(sk, alpha, proof, out);
}

/* Whoever takes a proof for good takes the value that goes with it. */
static vt_status check_vrf(uint32_t i, struct vt_view pk, struct vt_view alpha,
                           struct vt_view proof, uint8_t out[32],
                           uint32_t *verdict)
{
    vt_status status = inner[i]->vrf_verify(pk, alpha, proof, out, verdict);

    if (status == VT_OK && *verdict > VT_GOOD) {
        vt_violation(stems[i], 0, "vrf_verify: verdict %u", *verdict);
    }
    if (status == VT_OK && *verdict == VT_GOOD &&
        proof.len != inner[i]->vrf_len) {
        vt_violation(stems[i], 0, "vrf_verify: %zu bytes are good, not %u",
                     proof.len, inner[i]->vrf_len);
    }
    return status;
}

static vt_status check_aggregate(uint32_t i, struct vt_tab items, uint8_t *out,
                                 uint32_t out_max, uint32_t *out_len)
{
    vt_status status = inner[i]->aggregate(items, out, out_max, out_len);

    if (status == VT_OK &&
        *out_len !=
            inner[i]->aggregate_head + inner[i]->aggregate_each * items.count) {
        vt_violation(stems[i], 0, "aggregate: %u bytes of %u signatures",
                     *out_len, items.count);
    }
    return status;
}

static vt_status check_aggregated(uint32_t i, struct vt_tab items,
                                  struct vt_view aggregate, uint32_t *verdict)
{
    vt_status status = inner[i]->verify_aggregate(items, aggregate, verdict);

    if (status == VT_OK && *verdict > VT_GOOD) {
        vt_violation(stems[i], 0, "verify_aggregate: verdict %u", *verdict);
    }
    return status;
}

/* A secret nonce that is left behind is one that can be used twice. */
static vt_status check_group_sign(uint32_t i, const uint8_t *sk,
                                  uint8_t *secret,
                                  const struct vt_sig_group *group,
                                  uint8_t *part)
{
    vt_status status = inner[i]->group_sign(sk, secret, group, part);
    uint8_t left = 0;

    for (uint32_t k = 0; k < inner[i]->nonce_secret_len; k++) {
        left |= secret[k];
    }
    if (left != 0) {
        vt_violation(stems[i], 0, "group_sign: the secret nonce is not wiped");
    }
    return status;
}

#define SLOT(n)                                                                \
    static vt_status keypair_##n(const uint8_t *seed, uint8_t *sk,             \
                                 uint8_t *pk)                                  \
    {                                                                          \
        return check_keypair(n, seed, sk, pk);                                 \
    }                                                                          \
    static vt_status sign_##n(const uint8_t *sk, const uint8_t msg[32],        \
                              uint8_t *sig, uint32_t *sig_len)                 \
    {                                                                          \
        return check_sign(n, sk, msg, sig, sig_len);                           \
    }                                                                          \
    static vt_status verify_##n(struct vt_view pk, const uint8_t msg[32],      \
                                struct vt_view sig, uint32_t *verdict)         \
    {                                                                          \
        return check_verify(n, pk, msg, sig, verdict);                         \
    }                                                                          \
    static vt_status verify_many_##n(struct vt_tab items, uint8_t *verdicts)   \
    {                                                                          \
        return check_verify_many(n, items, verdicts);                          \
    }                                                                          \
    static vt_status pk_check_##n(struct vt_view pk, uint32_t *verdict)        \
    {                                                                          \
        return check_pk(n, pk, verdict);                                       \
    }                                                                          \
    static vt_status prove_##n(const uint8_t *sk, struct vt_view alpha,        \
                               uint8_t *proof, uint8_t out[32])                \
    {                                                                          \
        return check_prove(n, sk, alpha, proof, out);                          \
    }                                                                          \
    static vt_status vrf_##n(struct vt_view pk, struct vt_view alpha,          \
                             struct vt_view proof, uint8_t out[32],            \
                             uint32_t *verdict)                                \
    {                                                                          \
        return check_vrf(n, pk, alpha, proof, out, verdict);                   \
    }                                                                          \
    static vt_status aggregate_##n(struct vt_tab items, uint8_t *out,          \
                                   uint32_t out_max, uint32_t *out_len)        \
    {                                                                          \
        return check_aggregate(n, items, out, out_max, out_len);               \
    }                                                                          \
    static vt_status aggregated_##n(                                           \
        struct vt_tab items, struct vt_view aggregate, uint32_t *verdict)      \
    {                                                                          \
        return check_aggregated(n, items, aggregate, verdict);                 \
    }                                                                          \
    static vt_status group_sign_##n(const uint8_t *sk, uint8_t *secret,        \
                                    const struct vt_sig_group *group,          \
                                    uint8_t *part)                             \
    {                                                                          \
        return check_group_sign(n, sk, secret, group, part);                   \
    }                                                                          \
    static void fill_##n(struct vt_signature *t)                               \
    {                                                                          \
        t->keypair = keypair_##n;                                              \
        t->sign = sign_##n;                                                    \
        t->verify = verify_##n;                                                \
        t->verify_many = verify_many_##n;                                      \
        t->pk_check = pk_check_##n;                                            \
        if (t->vrf_len > 0) {                                                  \
            t->vrf_prove = prove_##n;                                          \
            t->vrf_verify = vrf_##n;                                           \
        }                                                                      \
        if ((t->flags & VT_SIGF_AGGREGATE) != 0) {                             \
            t->aggregate = aggregate_##n;                                      \
            t->verify_aggregate = aggregated_##n;                              \
        }                                                                      \
        if ((t->flags & VT_SIGF_GROUP) != 0) {                                 \
            t->group_sign = group_sign_##n;                                    \
        }                                                                      \
    }

SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)

const struct vt_signature *vt_validate_signature(
    const struct vt_signature *table, const char *stem)
{
    static void (*const fill[SLOTS])(struct vt_signature *) = {fill_0, fill_1,
                                                               fill_2, fill_3};
    uint32_t i = used;

    if (i == SLOTS) {
        return table;
    }
    used++;
    inner[i] = table;
    /* whole, zero beyond what the plugin has: the loader copied it */
    outer[i] = *table;
    (void)strncpy(stems[i], stem, sizeof stems[i] - 1);
    fill[i](&outer[i]);
    return &outer[i];
}
