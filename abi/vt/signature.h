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
#define VT_SIGF_AGGREGATE 2u     /* aggregate and verify_aggregate are there */
#define VT_SIGF_STATEFUL 4u      /* one-time keys: persist before release */
#define VT_SIGF_GROUP 8u         /* the group_ functions are there */

#define VT_AGGREGATE_MAX 65535u /* signatures in one aggregate */

/* Codes that go into addresses and transactions; 1..63 given out here,
 * 64..127 for vendors by agreement within one chain. */
enum vt_scheme_code {
    VT_SCHEME_SCHNORR = 1, /* BIP340 over secp256k1 */
    VT_SCHEME_ED25519 = 2,
    VT_SCHEME_LISTED = 3 /* k of n keys of another scheme; no plugin has it */
};

struct vt_sig_item {
    struct vt_view pk;
    const uint8_t *msg; /* 32 bytes */
    struct vt_view sig;
};

/* What all members of a group sign together; the same for each of them. */
struct vt_sig_group {
    struct vt_tab keys;   /* of struct vt_view: pk, in the group's order */
    const uint8_t *msg;   /* 32 bytes */
    struct vt_view nonce; /* from group_nonces */
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
 *
 * With VT_SIGF_AGGREGATE anybody makes one shorter value of n signatures of
 * different signers over different messages; it has aggregate_head + n *
 * aggregate_each bytes, and what it is made of cannot be had back from it.
 *
 * aggregate    items of struct vt_sig_item, at most VT_AGGREGATE_MAX, into out,
 *              which has out_max bytes of room; *out_len is set. It does not
 *              verify: give it signatures that were, or verify what it makes.
 *              Returns VT_OK, VT_E_INVALID for malformed items, VT_E_LIMIT for
 *              too many or too little room, VT_E_NOMEM. Thread: any.
 * verify_aggregate  *verdict GOOD when all items were signed, in this order;
 *              their sig is not looked at. BAD also for malformed keys and
 *              bytes and for too many items. Returns VT_OK, VT_E_NOMEM.
 *              Thread: any.
 *
 * With VT_SIGF_GROUP 1 to group_max signers make one ordinary signature: verify
 * takes it under the key that group_key gives. Each draws a nonce with
 * group_nonce and shows the public half; group_nonces makes one of all; each
 * signs its part with group_sign; group_finish makes the signature. blame, when
 * VT_E_INVALID is returned, is the index of the key, nonce or part that is
 * malformed, or UINT32_MAX.
 *
 * THE SECRET NONCE IS FOR ONE SIGNATURE. Whoever signs two messages with one,
 * or one message in two groups or with two nonces of the others, has given the
 * secret key away. So group_sign wipes it, whatever it returns; keep no copy,
 * put it into no backup, and where it must live in a file, delete that file
 * durably before the part leaves.
 *
 * group_key    the key of all the keys, of struct vt_view, in this order; pk
 *              has pk_len bytes of room. A key may stand there twice. Returns
 *              VT_OK, VT_E_INVALID with blame, VT_E_LIMIT for none or more than
 *              group_max. Thread: any.
 * group_nonce  one nonce for what->msg under the group's key what->pk; its sig
 *              is not looked at. random is 32 fresh secret random bytes, never
 *              used before. secret has nonce_secret_len bytes of room, nonce
 *              nonce_len. Returns VT_OK, VT_E_INVALID for a bad key,
 *              VT_E_NOMEM. Thread: any.
 * group_nonces  nonces, of struct vt_view, of all members, in any order; out
 *              has nonce_len bytes of room. Returns as group_key. Thread: any.
 * group_sign   this member's part, of part_len bytes. secret is wiped. Returns
 *              VT_OK, VT_E_INVALID for a secret that is used up or another
 *              key's, for a key outside the group and for a malformed group,
 *              VT_E_LIMIT, VT_E_NOMEM. Thread: any.
 * group_check  is part the one of the member with this index in the group and
 *              this public nonce? It tells who spoils a signature and proves
 *              nothing beyond that. Returns VT_OK, VT_E_LIMIT as above, with
 *              *verdict BAD for whatever is malformed. Thread: any.
 * group_finish  parts, of struct vt_view, of all members in any order; sig has
 *              sig_max bytes of room. It does not verify. Returns VT_OK,
 *              VT_E_INVALID with blame, VT_E_LIMIT as above. Thread: any.
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
    uint32_t aggregate_head, aggregate_each; /* bytes */
    vt_status (*aggregate)(struct vt_tab items, uint8_t *out, uint32_t out_max,
                           uint32_t *out_len) VT_ANY;
    vt_status (*verify_aggregate)(struct vt_tab items, struct vt_view aggregate,
                                  uint32_t *verdict) VT_ANY;
    uint32_t group_max;                             /* signers */
    uint32_t nonce_len, nonce_secret_len, part_len; /* bytes */
    vt_status (*group_key)(struct vt_tab keys, uint8_t *pk,
                           uint32_t *blame) VT_ANY;
    vt_status (*group_nonce)(const uint8_t *sk, const uint8_t random[32],
                             const struct vt_sig_item *what, uint8_t *secret,
                             uint8_t *nonce) VT_ANY;
    vt_status (*group_nonces)(struct vt_tab nonces, uint8_t *out,
                              uint32_t *blame) VT_ANY;
    vt_status (*group_sign)(const uint8_t *sk, uint8_t *secret,
                            const struct vt_sig_group *group,
                            uint8_t *part) VT_ANY;
    vt_status (*group_check)(const struct vt_sig_group *group, uint32_t index,
                             struct vt_view nonce, struct vt_view part,
                             uint32_t *verdict) VT_ANY;
    vt_status (*group_finish)(const struct vt_sig_group *group,
                              struct vt_tab parts, uint8_t *sig,
                              uint32_t *blame) VT_ANY;
};

VT_END_DECLS
#endif
