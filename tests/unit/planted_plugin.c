/* SPDX-License-Identifier: Apache-2.0
 *
 * planted_plugin.c - a signature plugin with one fault, chosen when compiled:
 * the loader's tests build it again and again.
 */
#include <vt/vt.h>

#ifndef STEM
#define STEM planted
#endif
#ifndef NAME
#define NAME "planted"
#endif
#ifndef MAGIC
#define MAGIC VT_PLUGIN_MAGIC
#endif
#ifndef SIZE
#define SIZE VT_UPTO(struct vt_plugin, self_test)
#endif
#ifndef MAJOR
#define MAJOR VT_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR 0
#endif
#ifndef NEED
#define NEED "vt.log/1"
#endif
#ifndef RESULT
#define RESULT VT_OK
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE VT_UPTO(struct vt_signature, pk_check)
#endif
#ifndef VENDOR
#define VENDOR "test"
#endif
#ifndef PREFIX
#define PREFIX STEM
#endif

static vt_status p_keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    sk[0] = pk[0] = seed[0];
    return VT_OK;
}

static vt_status p_sign(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig,
                        uint32_t *len)
{
    sig[0] = sk[0] ^ msg[0];
    *len = 1;
    return VT_OK;
}

static vt_status p_verify(struct vt_view pk, const uint8_t msg[32],
                          struct vt_view sig, uint32_t *verdict)
{
    *verdict = sig.ptr[0] == (pk.ptr[0] ^ msg[0]);
    return VT_OK;
}

static vt_status p_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        verdicts[i] = VT_GOOD; /* wrong for bad ones */
    }
    return VT_OK;
}

static vt_status p_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == 1;
    return VT_OK;
}

#ifdef MISSING_SYMBOL
extern vt_status somewhere_else(void);
#endif

static vt_status p_self_test(const struct vt_host *host, struct vt_err *err)
{
    (void)host;
    (void)err;
#ifdef MISSING_SYMBOL
    return somewhere_else();
#else
    return RESULT;
#endif
}

static const struct vt_signature table = {
    .size = TABLE_SIZE,
    .scheme = "planted",
    .ruleset = "none",
    .code = 99,
    .seed_len = 1,
    .sk_len = 1,
    .pk_len = 1,
    .sig_max = 1,
    .keypair = p_keypair,
    .sign = p_sign,
    .verify = p_verify,
    .verify_many = p_many,
    .pk_check = p_check,
};
static const struct vt_iface ifaces[] = {{VT_IF_SIGNATURE, &table}};
static const struct vt_need needs[] = {{NEED, 8, 0}};
static const struct vt_key keys[] = {
    {"size", VT_T_UINT, 0, "4", "1..9", "A number.", "0.1"},
#ifdef BAD_KEY
    {"wide", VT_T_UINT, 0, "40", "1..9", "Default outside its range.", "0.1"},
#endif
};

#ifndef NO_SYMBOL
VT_PLUGIN_DEFINE(PREFIX) = {
    .magic = MAGIC,
    .size = SIZE,
    .abi_major = MAJOR,
    .abi_minor = MINOR,
    .protocol = 1,
    .id = "org.vtchain.test.planted",
    .name = NAME,
    .version = "1",
    .vendor = VENDOR,
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
    .self_test = p_self_test,
};
#else
const void *planted_keep(void);
VT_EXPORT const void *planted_keep(void)
{
    (void)keys;
    (void)needs;
    (void)ifaces;
    (void)p_self_test;
    return &table;
}
#endif
