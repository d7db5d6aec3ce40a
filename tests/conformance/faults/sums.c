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

static const struct vt_signature table = {
    .size = VT_UPTO(struct vt_signature, pk_check),
    .flags = VT_SIGF_DETERMINISTIC,
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
