/* SPDX-License-Identifier: Apache-2.0
 *
 * acme.c - the smallest vendor plugin there can be, C and C++ alike: a
 * signature scheme without any security. Built by vendor.sh from the installed
 * headers alone.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include <string.h>

static vt_status keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    memcpy(sk, seed, 8);
    memcpy(pk, seed, 8);
    return VT_OK;
}

static vt_status sign(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig,
                      uint32_t *sig_len)
{
    for (int i = 0; i < 8; i++) {
        sig[i] = (uint8_t)(sk[i] ^ msg[i]);
    }
    *sig_len = 8;
    return VT_OK;
}

static vt_status verify(struct vt_view pk, const uint8_t msg[32],
                        struct vt_view sig, uint32_t *verdict)
{
    *verdict = pk.len == 8 && sig.len == 8 ? VT_GOOD : VT_BAD;
    for (size_t i = 0; *verdict == VT_GOOD && i < 8; i++) {
        *verdict = sig.ptr[i] == (pk.ptr[i] ^ msg[i]) ? VT_GOOD : VT_BAD;
    }
    return VT_OK;
}

static vt_status verify_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint32_t verdict;

        verify(item->pk, item->msg, item->sig, &verdict);
        verdicts[i] = (uint8_t)verdict;
    }
    return VT_OK;
}

static vt_status pk_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == 8 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static const struct vt_signature table = {
    VT_UPTO(struct vt_signature, pk_check),
    VT_SIGF_DETERMINISTIC,
    "acme",
    "acme-1",
    64, /* the first code vendors may take */
    0,
    8,
    8,
    8,
    8,
    keypair,
    sign,
    verify,
    verify_many,
    pk_check}; /* what later releases added is zero: not offered */

static const struct vt_iface ifaces[] = {{VT_IF_SIGNATURE, &table}};

VT_PLUGIN_DEFINE(acme) = {VT_PLUGIN_MAGIC,
                          VT_UPTO(struct vt_plugin, self_test),
                          VT_ABI_MAJOR,
                          VT_ABI_MINOR_WANTED,
                          VT_PF_DETERMINISTIC,
                          1,
                          "com.example.acme",
                          "acme",
                          "1.0.0",
                          "Acme",
                          "LicenseRef-Acme",
                          "https://example.com/",
                          "vendor test",
                          VT_TAB(ifaces),
                          VT_TAB_NONE,
                          VT_TAB_NONE,
                          NULL};
