/* SPDX-License-Identifier: Apache-2.0
 *
 * sums.c - a signature plugin that keeps the contract, and faults to break it
 * with, one at a time. A signature is a mixed sum that anybody can make: it
 * proves nothing.
 */
#include <vt/vt.h>

#include <string.h>

#define LEN 32u

static uint64_t mix(uint64_t a, uint64_t v)
{
    a = (a ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return a ^ a >> 29;
}

static void sum(const uint8_t *a, const uint8_t *b, uint8_t out[LEN])
{
    uint64_t state = 1;

    for (unsigned i = 0; i < LEN; i++) {
        state = mix(mix(state, a[i]), (uint64_t)b[i] << 8);
    }
    for (unsigned i = 0; i < LEN; i++) {
        state = mix(state, i);
        out[i] = (uint8_t)(state >> 32);
    }
}

static vt_status keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    static const uint8_t salt[LEN] = {1};

    sum(seed, salt, pk);
    pk[0] = 0x42; /* what pk_check looks for */
    memcpy(sk, pk, LEN);
    return VT_OK;
}

static vt_status sign(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig,
                      uint32_t *sig_len)
{
    sum(sk, msg, sig);
    *sig_len = LEN;
#ifdef FAULT_RANDOM
    {
        static uint8_t turn;

        sig[LEN - 1] = turn++;
    }
#endif
    return VT_OK;
}

static vt_status verify(struct vt_view pk, const uint8_t msg[32],
                        struct vt_view sig, uint32_t *verdict)
{
    uint8_t want[LEN];
    size_t len = LEN;

    *verdict = VT_BAD;
#ifdef FAULT_STATUS
    if (sig.len != LEN) {
        return VT_E_INVALID;
    }
#endif
    if (pk.len != LEN || sig.len != LEN || pk.ptr[0] != 0x42) {
        return VT_OK;
    }
#if defined(FAULT_LOOSE) || defined(FAULT_RANDOM)
    len--; /* the last byte may be anything */
#endif
    sum(pk.ptr, msg, want);
    *verdict = memcmp(want, sig.ptr, len) == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static vt_status verify_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint32_t verdict = VT_BAD;

        (void)verify(item->pk, item->msg, item->sig, &verdict);
#ifdef FAULT_BATCH
        verdict = i == 31 ? VT_GOOD : verdict;
#endif
        verdicts[i] = (uint8_t)verdict;
    }
    return VT_OK;
}

static vt_status pk_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == LEN && pk.ptr[0] == 0x42 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

/* ---- signatures of many: sums of what each should have signed ------------ */

static void add(uint8_t to[LEN], const uint8_t what[LEN], uint32_t place)
{
    for (unsigned i = 0; i < LEN; i++) {
        to[i] = (uint8_t)(to[i] * 3u + what[i] + place);
    }
}

static vt_status aggregate(struct vt_tab items, uint8_t *out, uint32_t out_max,
                           uint32_t *out_len)
{
    if (out_max < LEN) {
        return VT_E_LIMIT;
    }
    memset(out, 0, LEN);
    for (uint32_t i = 0; i < items.count; i++) {
        add(out, VT_AT(struct vt_sig_item, items, i)->sig.ptr, i);
    }
    *out_len = LEN;
    return VT_OK;
}

static vt_status verify_aggregate(struct vt_tab items, struct vt_view bytes,
                                  uint32_t *verdict)
{
    uint8_t want[LEN] = {0};
    size_t len = LEN;

    *verdict = VT_BAD;
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint8_t one[LEN];

        if (item->pk.len != LEN) {
            return VT_OK;
        }
        sum(item->pk.ptr, item->msg, one);
        add(want, one, i);
    }
#ifdef FAULT_AGGREGATE
    len--; /* the last byte may be anything */
#endif
    *verdict = bytes.len == LEN && memcmp(bytes.ptr, want, len) == 0 ? VT_GOOD
                                                                     : VT_BAD;
    return VT_OK;
}

static vt_status group_key(struct vt_tab keys, uint8_t *pk, uint32_t *blame)
{
    *blame = UINT32_MAX;
    memset(pk, 0, LEN);
    for (uint32_t i = 0; i < keys.count; i++) {
        add(pk, VT_AT(struct vt_view, keys, i)->ptr, i);
    }
    pk[0] = 0x42;
    return VT_OK;
}

static vt_status group_nonce(const uint8_t *sk, const uint8_t random[32],
                             const struct vt_sig_item *what, uint8_t *secret,
                             uint8_t *nonce)
{
    (void)what;
    sum(sk, random, nonce);
    memset(secret, 1, LEN);
    return VT_OK;
}

static vt_status group_nonces(struct vt_tab nonces, uint8_t *out,
                              uint32_t *blame)
{
    (void)nonces;
    *blame = UINT32_MAX;
    memset(out, 7, LEN);
    return VT_OK;
}

static vt_status group_sign(const uint8_t *sk, uint8_t *secret,
                            const struct vt_sig_group *group, uint8_t *part)
{
    if (secret[0] == 0) {
        return VT_E_INVALID;
    }
    sum(sk, group->msg, part);
#ifndef FAULT_NONCE
    memset(secret, 0, LEN);
#endif
    return VT_OK;
}

static vt_status group_check(const struct vt_sig_group *group, uint32_t index,
                             struct vt_view nonce, struct vt_view part,
                             uint32_t *verdict)
{
    (void)nonce;
#ifdef FAULT_PART
    *verdict = VT_GOOD;
    return VT_OK;
#endif
    return verify(*VT_AT(struct vt_view, group->keys, index), group->msg, part,
                  verdict);
}

/* What the group should sign, and whatever is wrong with the parts. */
static vt_status group_finish(const struct vt_sig_group *group,
                              struct vt_tab parts, uint8_t *sig,
                              uint32_t *blame)
{
    uint8_t pk[LEN];

    (void)group_key(group->keys, pk, blame);
    sum(pk, group->msg, sig);
    for (uint32_t i = 0; i < parts.count; i++) {
        uint8_t want[LEN];

        sum(VT_AT(struct vt_view, group->keys, i)->ptr, group->msg, want);
        for (unsigned k = 0; k < LEN; k++) {
            sig[k] ^= want[k] ^ VT_AT(struct vt_view, parts, i)->ptr[k];
        }
    }
    return VT_OK;
}

static const struct vt_signature table = {
    .size = VT_UPTO(struct vt_signature, group_finish),
    .flags = VT_SIGF_DETERMINISTIC | VT_SIGF_AGGREGATE | VT_SIGF_GROUP,
    .scheme = "sums",
    .ruleset = "sums",
    .code = 126,
    .seed_len = LEN,
    .sk_len = LEN,
    .pk_len = LEN,
    .sig_max = LEN,
    .keypair = keypair,
    .sign = sign,
    .verify = verify,
    .verify_many = verify_many,
    .pk_check = pk_check,
    .aggregate_head = LEN,
    .aggregate = aggregate,
    .verify_aggregate = verify_aggregate,
    .group_max = 16,
    .nonce_len = LEN,
    .nonce_secret_len = LEN,
    .part_len = LEN,
    .group_key = group_key,
    .group_nonce = group_nonce,
    .group_nonces = group_nonces,
    .group_sign = group_sign,
    .group_check = group_check,
    .group_finish = group_finish,
};
static const struct vt_iface ifaces[] = {{VT_IF_SIGNATURE, &table}};

VT_PLUGIN_DEFINE(sums) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.test.sums",
    .name = "sums",
    .version = "1",
    .vendor = "test",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
};
