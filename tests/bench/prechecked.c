/* SPDX-License-Identifier: Apache-2.0
 *
 * prechecked.c - a signature scheme for measuring only: every signature of the
 * right length counts as one that was verified before. What a chain does with
 * it is all it does besides verifying. Never installed; who signs votes keeps
 * the chain's first scheme.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include <string.h>

/* As long as BIP340's, so that a transfer has the same size. */
#define KEY_LEN 32u
#define SIG_LEN 64u

static vt_status prechecked_keypair(const uint8_t *seed, uint8_t *sk,
                                    uint8_t *pk)
{
    memcpy(sk, seed, KEY_LEN);
    memcpy(pk, seed, KEY_LEN);
    pk[0] ^= 0xa5; /* so that nobody mistakes one for the other */
    return VT_OK;
}

static vt_status prechecked_sign(const uint8_t *sk, const uint8_t msg[32],
                                 uint8_t *sig, uint32_t *sig_len)
{
    (void)sk;
    memcpy(sig, msg, 32);
    memcpy(sig + 32, msg, 32);
    *sig_len = SIG_LEN;
    return VT_OK;
}

static vt_status prechecked_verify(struct vt_view pk, const uint8_t msg[32],
                                   struct vt_view sig, uint32_t *verdict)
{
    (void)msg;
    *verdict = pk.len == KEY_LEN && sig.len == SIG_LEN ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static vt_status prechecked_verify_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint32_t verdict;

        (void)prechecked_verify(item->pk, item->msg, item->sig, &verdict);
        verdicts[i] = (uint8_t)verdict;
    }
    return VT_OK;
}

static vt_status prechecked_pk_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == KEY_LEN ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static const struct vt_signature prechecked_table = {
    .size = VT_UPTO(struct vt_signature, pk_check),
    .flags = VT_SIGF_DETERMINISTIC,
    .scheme = "prechecked",
    .ruleset = "insecure-bench-only",
    .code = 126,
    .security_bits = 0,
    .seed_len = KEY_LEN,
    .sk_len = KEY_LEN,
    .pk_len = KEY_LEN,
    .sig_max = SIG_LEN,
    .keypair = prechecked_keypair,
    .sign = prechecked_sign,
    .verify = prechecked_verify,
    .verify_many = prechecked_verify_many,
    .pk_check = prechecked_pk_check,
};

static const struct vt_iface prechecked_ifaces[] = {
    {VT_IF_SIGNATURE, &prechecked_table}};

VT_PLUGIN_DEFINE(prechecked) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.prechecked",
    .name = "prechecked",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(prechecked_ifaces),
    .needs = VT_TAB_NONE,
    .keys = VT_TAB_NONE,
};
