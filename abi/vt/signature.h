/* SPDX-License-Identifier: Apache-2.0
 *
 * signature.h - interface "vt.signature/1": pure functions, no state.
 *
 * scheme and ruleset are consensus parameters: libraries disagree on edge
 * cases, so the ruleset names the exact acceptance rules. Messages are 32-byte
 * hashes that already carry their domain (tagged hash), so that no scheme can
 * confuse two uses.
 *
 * Who calls, when, how often: keypair and sign from the wallet and the node's
 * signer; verify_many from worker threads with every batch of transactions and
 * votes. All functions may be called at once from any thread.
 */
#ifndef VT_SIGNATURE_H
#define VT_SIGNATURE_H

#include <vt/host.h>

VT_BEGIN_DECLS

#define VT_IF_SIGNATURE "vt.signature/1"

#define VT_SIGF_DETERMINISTIC 1u /* same key and message, same signature */
#define VT_SIGF_AGGREGATE 2u
#define VT_SIGF_STATEFUL 4u /* one-time keys: persist before release */

/* Codes that go into addresses and transactions; 1..63 given out here,
 * 64..127 for vendors by agreement within one chain. */
enum vt_scheme_code {
    VT_SCHEME_SCHNORR = 1, /* BIP340 over secp256k1 */
    VT_SCHEME_ED25519 = 2
};

struct vt_sig_item {
    struct vt_view pk;
    const uint8_t *msg; /* 32 bytes */
    struct vt_view sig;
};

/*
 * keypair      sk and pk from a seed of seed_len bytes. Returns VT_OK,
 *              VT_E_INVALID for a seed that gives no key. Thread: any.
 * sign         sig has sig_max bytes of room; *sig_len is set. Returns VT_OK,
 *              VT_E_INVALID for a bad key. Thread: any.
 * verify       *verdict GOOD or BAD, also for malformed keys and signatures.
 *              Returns VT_OK, VT_E_NOMEM. Thread: any.
 * verify_many  items of struct vt_sig_item; verdicts[i] as verify would say,
 *              whatever the neighbours are. Returns VT_OK, VT_E_NOMEM.
 *              Thread: any.
 * pk_check     canonical, on the curve, in the right group? Returns VT_OK.
 *              Thread: any.
 *
 * A verifiable random function with the same keys, when vrf_len is not 0: for
 * each key and alpha there is exactly one out, which nobody can tell or choose
 * without sk, not even its owner; a signature is not that.
 *
 * vrf_prove    proof has vrf_len bytes of room and is filled; out is the value.
 *              Returns VT_OK, VT_E_INVALID for a bad key, VT_E_NOMEM.
 *              Thread: any.
 * vrf_verify   *verdict GOOD or BAD, also for malformed keys and proofs; out is
 *              set when GOOD. Returns VT_OK, VT_E_NOMEM. Thread: any.
 */
struct vt_signature {
    uint32_t size;
    uint32_t flags;      /* VT_SIGF_ */
    const char *scheme;  /* "schnorr" */
    const char *ruleset; /* "bip340" */
    uint32_t code;       /* enum vt_scheme_code */
    uint32_t security_bits;
    uint32_t seed_len, sk_len, pk_len, sig_max; /* bytes */
    vt_status (*keypair)(const uint8_t *seed, uint8_t *sk, uint8_t *pk) VT_ANY;
    vt_status (*sign)(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig,
                      uint32_t *sig_len) VT_ANY;
    vt_status (*verify)(struct vt_view pk, const uint8_t msg[32],
                        struct vt_view sig, uint32_t *verdict) VT_ANY;
    vt_status (*verify_many)(struct vt_tab items, uint8_t *verdicts) VT_ANY;
    vt_status (*pk_check)(struct vt_view pk, uint32_t *verdict) VT_ANY;
    uint32_t vrf_len; /* bytes of a proof; 0: no such function */
    uint32_t reserved;
    vt_status (*vrf_prove)(const uint8_t *sk, struct vt_view alpha,
                           uint8_t *proof, uint8_t out[32]) VT_ANY;
    vt_status (*vrf_verify)(struct vt_view pk, struct vt_view alpha,
                            struct vt_view proof, uint8_t out[32],
                            uint32_t *verdict) VT_ANY;
};

VT_END_DECLS
#endif
