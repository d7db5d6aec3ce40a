/* SPDX-License-Identifier: Apache-2.0
 *
 * schnorr.c - BIP340 through libsecp256k1.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include "ecvrf.h"
#include "halfagg.h"
#include "many.h"
#include "musig.h"
#include "single.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include <string.h>

#define SEED_LEN 32u
#define SK_LEN 32u
#define PK_LEN 32u
#define SIG_LEN 64u

static vt_status schnorr_keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_keypair pair;
    secp256k1_xonly_pubkey xonly;
    int ok;

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    ok = secp256k1_keypair_create(ctx, &pair, seed) &&
         secp256k1_keypair_xonly_pub(ctx, &xonly, NULL, &pair) &&
         secp256k1_xonly_pubkey_serialize(ctx, pk, &xonly);
    if (ok) {
        memcpy(sk, seed, SK_LEN);
    }
    memset(&pair, 0, sizeof pair);
    secp256k1_context_destroy(ctx);
    return ok ? VT_OK : VT_E_INVALID;
}

static vt_status schnorr_sign(const uint8_t *sk, const uint8_t msg[32],
                              uint8_t *sig, uint32_t *sig_len)
{
    static const uint8_t no_aux[32]; /* the same bytes after a restart */
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_keypair pair;
    int ok;

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    ok = secp256k1_keypair_create(ctx, &pair, sk) &&
         secp256k1_schnorrsig_sign32(ctx, sig, msg, &pair, no_aux);
    memset(&pair, 0, sizeof pair);
    secp256k1_context_destroy(ctx);
    *sig_len = ok ? SIG_LEN : 0;
    return ok ? VT_OK : VT_E_INVALID;
}

static vt_status schnorr_verify(struct vt_view pk, const uint8_t msg[32],
                                struct vt_view sig, uint32_t *verdict)
{
    *verdict = single_verify(pk, msg, sig) ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static vt_status schnorr_verify_many(struct vt_tab items, uint8_t *verdicts)
{
    many_verify(items, verdicts);
    return VT_OK;
}

static vt_status schnorr_pk_check(struct vt_view pk, uint32_t *verdict)
{
    secp256k1_xonly_pubkey key;

    *verdict = pk.len == PK_LEN && secp256k1_xonly_pubkey_parse(
                                       secp256k1_context_static, &key, pk.ptr)
                   ? VT_GOOD
                   : VT_BAD;
    return VT_OK;
}

/* Key 1 over "sample": the first bytes of what others publish. */
static int vrf_works(void)
{
    static const uint8_t sk[32] = {[31] = 1};
    static const uint8_t text[6] = {'s', 'a', 'm', 'p', 'l', 'e'};
    static const uint8_t start[4] = {0x01, 0x63, 0x14, 0x74};
    struct vt_view alpha = {text, sizeof text};
    uint8_t key[32];
    uint8_t pk[32];
    uint8_t proof[ECVRF_PROOF_LEN];
    uint8_t out[32];
    uint32_t good = VT_BAD;
    uint32_t bad = VT_GOOD;
    struct vt_view pk_view = {pk, sizeof pk};
    struct vt_view proof_view = {proof, sizeof proof};

    if (schnorr_keypair(sk, key, pk) != VT_OK ||
        ecvrf_prove(key, alpha, proof, out) != VT_OK) {
        return 0;
    }
    (void)ecvrf_verify(pk_view, alpha, proof_view, out, &good);
    proof[40] ^= 1;
    (void)ecvrf_verify(pk_view, alpha, proof_view, out, &bad);
    return good == VT_GOOD && bad == VT_BAD &&
           memcmp(out, start, sizeof start) == 0;
}

/* One good and one bad in each lane, and as many more as one lane less. */
static int many_works(const uint8_t *pk, const uint8_t *msg, const uint8_t *sig)
{
    uint8_t bad[SIG_LEN];
    struct vt_sig_item items[31];
    uint8_t verdicts[31];
    struct vt_tab tab = {items, 31, sizeof items[0]};
    uint32_t i;

    memcpy(bad, sig, sizeof bad);
    bad[40] ^= 1;
    for (i = 0; i < 31; i++) {
        items[i].pk = (struct vt_view){pk, PK_LEN};
        items[i].msg = msg;
        items[i].sig = (struct vt_view){i % 3 == 1 ? bad : sig, SIG_LEN};
    }
    many_verify(tab, verdicts);
    for (i = 0; i < 31; i++) {
        if (verdicts[i] != (i % 3 == 1 ? VT_BAD : VT_GOOD)) {
            return 0;
        }
    }
    return 1;
}

/* BIP340 vector 0: secret key 3, message and auxiliary randomness zero. */
static vt_status schnorr_self_test(const struct vt_host *host,
                                   struct vt_err *err)
{
    static const uint8_t sk[32] = {[31] = 3};
    static const uint8_t msg[32];
    static const uint8_t sig_start[8] = {0xe9, 0x07, 0x83, 0x1f,
                                         0x80, 0x84, 0x8d, 0x10};
    uint8_t key[32];
    uint8_t pk[32];
    uint8_t sig[64];
    uint32_t len = 0;
    uint32_t good = VT_BAD;
    uint32_t bad = VT_GOOD;
    struct vt_view pk_view = {pk, sizeof pk};
    struct vt_view sig_view = {sig, sizeof sig};

    int many = 0;

    (void)host;
    if (many_choose(err) != VT_OK) {
        return VT_E_UNSUPPORTED;
    }
    if (schnorr_keypair(sk, key, pk) == VT_OK &&
        schnorr_sign(key, msg, sig, &len) == VT_OK) {
        (void)schnorr_verify(pk_view, msg, sig_view, &good);
        many = many_works(pk, msg, sig);
        sig[40] ^= 1;
        (void)schnorr_verify(pk_view, msg, sig_view, &bad);
    }
    if (good == VT_GOOD && bad == VT_BAD && many &&
        memcmp(sig, sig_start, sizeof sig_start) == 0 && vrf_works()) {
        return VT_OK;
    }
    err->code = VT_E_INTERNAL;
    (void)strncpy(err->text,
                  "libsecp256k1 does not pass the vectors of BIP340 and ECVRF",
                  sizeof err->text - 1);
    return VT_E_INTERNAL;
}

static const struct vt_signature schnorr_table = {
    .size = VT_UPTO(struct vt_signature, group_finish),
    .flags = VT_SIGF_DETERMINISTIC | VT_SIGF_AGGREGATE | VT_SIGF_GROUP,
    .scheme = "schnorr",
    .ruleset = "bip340",
    .code = VT_SCHEME_SCHNORR,
    .security_bits = 128,
    .seed_len = SEED_LEN,
    .sk_len = SK_LEN,
    .pk_len = PK_LEN,
    .sig_max = SIG_LEN,
    .keypair = schnorr_keypair,
    .sign = schnorr_sign,
    .verify = schnorr_verify,
    .verify_many = schnorr_verify_many,
    .pk_check = schnorr_pk_check,
    .vrf_len = ECVRF_PROOF_LEN,
    .vrf_prove = ecvrf_prove,
    .vrf_verify = ecvrf_verify,
    .aggregate_head = HALFAGG_HEAD,
    .aggregate_each = HALFAGG_EACH,
    .aggregate = halfagg_aggregate,
    .verify_aggregate = halfagg_verify,
    .group_max = MUSIG_MAX,
    .nonce_len = MUSIG_NONCE_LEN,
    .nonce_secret_len = MUSIG_SECRET_LEN,
    .part_len = MUSIG_PART_LEN,
    .group_key = musig_group_key,
    .group_nonce = musig_group_nonce,
    .group_nonces = musig_group_nonces,
    .group_sign = musig_group_sign,
    .group_check = musig_group_check,
    .group_finish = musig_group_finish,
};

static const struct vt_iface schnorr_ifaces[] = {
    {VT_IF_SIGNATURE, &schnorr_table}};

VT_PLUGIN_DEFINE(schnorr) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.schnorr",
    .name = "schnorr",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(schnorr_ifaces),
    .needs = VT_TAB_NONE,
    .keys = VT_TAB_NONE,
    .self_test = schnorr_self_test,
};
