/* SPDX-License-Identifier: Apache-2.0
 *
 * cheap_sig.c - sig = a few multiplications of (pk, msg): anybody could forge
 * it, so it proves nothing outside a simulation.
 */
#include "sim/cheap_sig.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <string.h>

#define KEY_LEN 32u
#define SIG_LEN 16u

static vt_status cheap_keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    memcpy(sk, seed, KEY_LEN);
    memcpy(pk, seed, KEY_LEN);
    pk[0] ^= 0xa5; /* so that nobody mistakes one for the other */
    return VT_OK;
}

static void cheap_tag(const uint8_t pk[KEY_LEN], const uint8_t msg[32],
                      uint8_t sig[SIG_LEN])
{
    uint64_t a = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t b = UINT64_C(0xd6e8feb86659fd93);

    for (size_t i = 0; i < 4; i++) {
        a = (a ^ vt_get_u64(pk + 8 * i)) * UINT64_C(0xff51afd7ed558ccd);
        b = (b ^ vt_get_u64(msg + 8 * i)) * UINT64_C(0xc4ceb9fe1a85ec53);
        a ^= b >> 29;
        b ^= a >> 32;
    }
    vt_put_u64(sig, a);
    vt_put_u64(sig + 8, b);
}

static vt_status cheap_sign(const uint8_t *sk, const uint8_t msg[32],
                            uint8_t *sig, uint32_t *sig_len)
{
    uint8_t pk[KEY_LEN];

    memcpy(pk, sk, KEY_LEN);
    pk[0] ^= 0xa5;
    cheap_tag(pk, msg, sig);
    *sig_len = SIG_LEN;
    return VT_OK;
}

static vt_status cheap_verify(struct vt_view pk, const uint8_t msg[32],
                              struct vt_view sig, uint32_t *verdict)
{
    uint8_t want[SIG_LEN];

    *verdict = VT_BAD;
    if (pk.len == KEY_LEN && sig.len == SIG_LEN) {
        cheap_tag(pk.ptr, msg, want);
        *verdict = memcmp(want, sig.ptr, SIG_LEN) == 0 ? VT_GOOD : VT_BAD;
    }
    return VT_OK;
}

static vt_status cheap_verify_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint32_t verdict;

        (void)cheap_verify(item->pk, item->msg, item->sig, &verdict);
        verdicts[i] = (uint8_t)verdict;
    }
    return VT_OK;
}

static vt_status cheap_pk_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == KEY_LEN ? VT_GOOD : VT_BAD;
    return VT_OK;
}

/* ---- a random value nobody has to keep a key for --------------------------
 */

static void cheap_value(const uint8_t *pk, struct vt_view alpha,
                        uint8_t proof[SIG_LEN], uint8_t out[32])
{
    struct vt_view parts[2] = {vt_view_of(pk, KEY_LEN), alpha};
    struct vt_hash hash;

    vt_hash_tagged("VTC/sim/vrf/1", parts, 2, &hash);
    memcpy(out, hash.b, 32);
    for (size_t i = 0; i < SIG_LEN; i++) {
        proof[i] = (uint8_t)~hash.b[i];
    }
}

static vt_status cheap_vrf_prove(const uint8_t *sk, struct vt_view alpha,
                                 uint8_t *proof, uint8_t out[32])
{
    uint8_t pk[KEY_LEN];

    memcpy(pk, sk, KEY_LEN);
    pk[0] ^= 0xa5;
    cheap_value(pk, alpha, proof, out);
    return VT_OK;
}

static vt_status cheap_vrf_verify(struct vt_view pk, struct vt_view alpha,
                                  struct vt_view proof, uint8_t out[32],
                                  uint32_t *verdict)
{
    uint8_t want[SIG_LEN];
    uint8_t value[32];

    *verdict = VT_BAD;
    if (pk.len != KEY_LEN || proof.len != SIG_LEN) {
        return VT_OK;
    }
    cheap_value(pk.ptr, alpha, want, value);
    if (memcmp(want, proof.ptr, SIG_LEN) == 0) {
        memcpy(out, value, 32);
        *verdict = VT_GOOD;
    }
    return VT_OK;
}

/* ---- aggregates -----------------------------------------------------------
 */

/* One more signature of an aggregate, whose order counts. */
static void cheap_fold(uint8_t sum[SIG_LEN], const uint8_t sig[SIG_LEN])
{
    for (size_t i = 0; i < SIG_LEN; i += 8) {
        uint64_t word = vt_get_u64(sum + i) ^ vt_get_u64(sig + i);

        vt_put_u64(sum + i,
                   (word << 7 | word >> 57) * UINT64_C(0xff51afd7ed558ccd));
    }
}

static vt_status cheap_aggregate(struct vt_tab items, uint8_t *out,
                                 uint32_t out_max, uint32_t *out_len)
{
    uint8_t sum[SIG_LEN] = {0};

    if (items.count > VT_AGGREGATE_MAX || out_max < SIG_LEN) {
        return VT_E_LIMIT;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

        if (item->sig.len != SIG_LEN || item->pk.len != KEY_LEN) {
            return VT_E_INVALID;
        }
        cheap_fold(sum, item->sig.ptr);
    }
    memcpy(out, sum, SIG_LEN);
    *out_len = SIG_LEN;
    return VT_OK;
}

static vt_status cheap_verify_aggregate(struct vt_tab items,
                                        struct vt_view aggregate,
                                        uint32_t *verdict)
{
    uint8_t sum[SIG_LEN] = {0};

    *verdict = VT_BAD;
    if (items.count > VT_AGGREGATE_MAX || aggregate.len != SIG_LEN) {
        return VT_OK;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint8_t sig[SIG_LEN];

        if (item->pk.len != KEY_LEN) {
            return VT_OK;
        }
        cheap_tag(item->pk.ptr, item->msg, sig);
        cheap_fold(sum, sig);
    }
    *verdict = memcmp(sum, aggregate.ptr, SIG_LEN) == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

const struct vt_signature vt_sim_cheap_sig = {
    .size = VT_UPTO(struct vt_signature, verify_aggregate),
    .flags = VT_SIGF_DETERMINISTIC | VT_SIGF_AGGREGATE,
    .scheme = "simcheap",
    .ruleset = "insecure-simulation-only",
    .code = 127,
    .security_bits = 0,
    .seed_len = KEY_LEN,
    .sk_len = KEY_LEN,
    .pk_len = KEY_LEN,
    .sig_max = SIG_LEN,
    .keypair = cheap_keypair,
    .sign = cheap_sign,
    .verify = cheap_verify,
    .verify_many = cheap_verify_many,
    .pk_check = cheap_pk_check,
    .vrf_len = SIG_LEN,
    .vrf_prove = cheap_vrf_prove,
    .vrf_verify = cheap_vrf_verify,
    .aggregate_head = SIG_LEN,
    .aggregate = cheap_aggregate,
    .verify_aggregate = cheap_verify_aggregate,
};
