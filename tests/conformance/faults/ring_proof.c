/* SPDX-License-Identifier: Apache-2.0
 *
 * ring_proof.c - the proofs of the engine with faults.
 */
#include "ring.h"

static vt_status vote_hash(const struct vt_host *host,
                           const struct vt_svc_crypto *crypto,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], uint8_t out[32])
{
    uint8_t role[4] = {ROLE, 0, 0, 0};
    uint8_t msg[VOTE_LEN];
    struct vt_view parts[4] = {{epoch->chain_id, 32},
                               {epoch->digest, 32},
                               {role, 4},
                               {msg, sizeof msg}};

    vote_bytes(height, id, msg);
    return crypto->hash(host, VT_VOTE_TAG, parts, 4, out);
}

static vt_status check_entry(const struct vt_host *host,
                             const struct vt_svc_crypto *crypto,
                             const struct vt_cs_epoch *epoch,
                             const uint8_t *entry, const uint8_t hash[32],
                             uint32_t *verdict)
{
    struct vt_view msg = {hash, 32};
    struct vt_view sig = {entry + 4, entry[1]};

    *verdict = VT_BAD;
    if (entry[0] >= epoch->members.count || sig.len > SIG_MAX ||
        entry[2] != 0 || entry[3] != 0) {
        return VT_OK;
    }
#ifndef FAULT_PROOF
    for (size_t i = sig.len; i < SIG_MAX; i++) {
        if (entry[4 + i] != 0) {
            return VT_OK;
        }
    }
#endif
    return crypto->verify(host, epoch->scheme,
                          VT_AT(struct vt_member, epoch->members, entry[0])->pk,
                          msg, sig, verdict);
}

vt_status ring_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    const struct vt_svc_crypto *crypto = host->service(
        host, VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify));
    uint32_t count = epoch->members.count / 2 + 1;
    uint8_t hash[32];
    int last = -1;

    (void)err;
    *verdict = VT_BAD;
    if (proof.len != count * ENTRY_LEN) {
        return VT_OK;
    }
    (void)vote_hash(host, crypto, epoch, height, id, hash);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = proof.ptr + (size_t)i * ENTRY_LEN;
        uint32_t good = VT_BAD;

        if (entry[0] <= last ||
            check_entry(host, crypto, epoch, entry, hash, &good) != VT_OK ||
            good != VT_GOOD) {
            return VT_OK;
        }
        last = entry[0];
    }
    *verdict = VT_GOOD;
    return VT_OK;
}
