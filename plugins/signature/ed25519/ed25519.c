/* SPDX-License-Identifier: Apache-2.0
 *
 * ed25519.c - RFC 8032 through OpenSSL.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include <openssl/evp.h>

#include <string.h>

#define KEY_LEN 32u
#define SIG_LEN 64u

static vt_status ed_keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, KEY_LEN);
    size_t len = KEY_LEN;
    int ok = key != NULL && EVP_PKEY_get_raw_public_key(key, pk, &len) == 1;

    EVP_PKEY_free(key);
    if (!ok) {
        return VT_E_INVALID;
    }
    memcpy(sk, seed, KEY_LEN);
    return VT_OK;
}

static vt_status ed_sign(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig,
                         uint32_t *sig_len)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, sk, KEY_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = SIG_LEN;
    int ok = key != NULL && ctx != NULL &&
             EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
             EVP_DigestSign(ctx, sig, &len, msg, 32) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    *sig_len = ok ? (uint32_t)len : 0;
    return ok ? VT_OK : VT_E_INVALID;
}

/* y of the points whose order divides 8, both signs of x; little-endian
 * without the sign bit. Facts of the curve: y = 1, -1, 0 and the two roots of
 * the order-8 points (RFC 7748's curve25519 small-order points mapped over). */
static const uint8_t small_y[][KEY_LEN] = {
    {1},
    {0},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
};

static int y_reduced(const uint8_t *pk)
{
    if ((pk[31] & 0x7f) != 0x7f) {
        return 1;
    }
    for (int i = 30; i > 0; i--) {
        if (pk[i] != 0xff) {
            return 1;
        }
    }
    return pk[0] < 0xed;
}

static int pk_good(struct vt_view pk)
{
    uint8_t y[KEY_LEN];

    if (pk.len != KEY_LEN || !y_reduced(pk.ptr)) {
        return 0;
    }
    memcpy(y, pk.ptr, KEY_LEN);
    y[31] &= 0x7f;
    for (size_t i = 0; i < sizeof small_y / sizeof small_y[0]; i++) {
        if (memcmp(y, small_y[i], KEY_LEN) == 0) {
            return 0;
        }
    }
    return 1;
}

static int verify_with(EVP_MD_CTX *ctx, struct vt_view pk, const uint8_t *msg,
                       struct vt_view sig)
{
    EVP_PKEY *key;
    int ok;

    if (!pk_good(pk) || sig.len != SIG_LEN) {
        return 0;
    }
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pk.ptr, pk.len);
    ok = key != NULL && EVP_MD_CTX_reset(ctx) == 1 &&
         EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
         EVP_DigestVerify(ctx, sig.ptr, sig.len, msg, 32) == 1;
    EVP_PKEY_free(key);
    return ok;
}

static vt_status ed_verify_many(struct vt_tab items, uint8_t *verdicts)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

        verdicts[i] =
            verify_with(ctx, item->pk, item->msg, item->sig) ? VT_GOOD : VT_BAD;
    }
    EVP_MD_CTX_free(ctx);
    return VT_OK;
}

static vt_status ed_verify(struct vt_view pk, const uint8_t msg[32],
                           struct vt_view sig, uint32_t *verdict)
{
    struct vt_sig_item item = {pk, msg, sig};
    struct vt_tab items = {&item, 1, sizeof item};
    uint8_t answer = VT_BAD;
    vt_status status = ed_verify_many(items, &answer);

    if (status == VT_OK) {
        *verdict = answer;
    }
    return status;
}

static vt_status ed_pk_check(struct vt_view pk, uint32_t *verdict)
{
    EVP_PKEY *key = NULL;

    /* OpenSSL decompresses the point only when it verifies; length, range and
     * order are what can be said here without curve code of our own. */
    if (pk_good(pk)) {
        key =
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pk.ptr, pk.len);
    }
    *verdict = key != NULL ? VT_GOOD : VT_BAD;
    EVP_PKEY_free(key);
    return VT_OK;
}

/* RFC 8032 test 1's key pair; then a signature and a flipped bit. */
static vt_status ed_self_test(const struct vt_host *host, struct vt_err *err)
{
    static const uint8_t seed[8] = {0x9d, 0x61, 0xb1, 0x9d,
                                    0xef, 0xfd, 0x5a, 0x60};
    uint8_t sk[KEY_LEN] = {0};
    uint8_t pk[KEY_LEN];
    uint8_t sig[SIG_LEN];
    uint8_t msg[32] = {7};
    uint32_t len = 0;
    uint32_t good = VT_BAD;
    uint32_t bad = VT_GOOD;
    struct vt_view pk_view = {pk, sizeof pk};
    struct vt_view sig_view = {sig, sizeof sig};

    (void)host;
    memcpy(sk, seed, sizeof seed);
    if (ed_keypair(sk, sk, pk) == VT_OK &&
        ed_sign(sk, msg, sig, &len) == VT_OK) {
        (void)ed_verify(pk_view, msg, sig_view, &good);
        msg[5] ^= 4;
        (void)ed_verify(pk_view, msg, sig_view, &bad);
    }
    if (good == VT_GOOD && bad == VT_BAD) {
        return VT_OK;
    }
    err->code = VT_E_INTERNAL;
    (void)strncpy(err->text, "OpenSSL does not sign and verify Ed25519",
                  sizeof err->text - 1);
    return VT_E_INTERNAL;
}

static const struct vt_signature ed_table = {
    .size = VT_UPTO(struct vt_signature, pk_check),
    .flags = VT_SIGF_DETERMINISTIC,
    .scheme = "ed25519",
    .ruleset = "rfc8032-openssl3",
    .code = VT_SCHEME_ED25519,
    .security_bits = 128,
    .seed_len = KEY_LEN,
    .sk_len = KEY_LEN,
    .pk_len = KEY_LEN,
    .sig_max = SIG_LEN,
    .keypair = ed_keypair,
    .sign = ed_sign,
    .verify = ed_verify,
    .verify_many = ed_verify_many,
    .pk_check = ed_pk_check,
};

static const struct vt_iface ed_ifaces[] = {{VT_IF_SIGNATURE, &ed_table}};

VT_PLUGIN_DEFINE(ed25519) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.ed25519",
    .name = "ed25519",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ed_ifaces),
    .needs = VT_TAB_NONE,
    .keys = VT_TAB_NONE,
    .self_test = ed_self_test,
};
