/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers can check with the members' public keys alone:
 * proofs of finality, header payloads, evidence. Pure, any thread.
 */
#include "evidence.h"

#include "common/check.h"
#include "inside.h"

static const struct cs_proof_rule rule = {pbft_rule_quorum, PBFT_COMMIT,
                                          PBFT_CHAIN_TAG};

vt_status pbft_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    return status != VT_OK
               ? status
               : cs_check_proof(&c, &rule, height, id, proof, verdict, err);
}

vt_status pbft_shorten_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err)
{
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    return status != VT_OK
               ? status
               : cs_shorten_proof(&c, &rule, height, id, proof, out, err);
}

vt_status pbft_check_short(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    return status != VT_OK
               ? status
               : cs_check_short(&c, &rule, height, id, proof, verdict, err);
}

/* This engine puts nothing into headers. */
vt_status pbft_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err)
{
    (void)host;
    (void)epoch;
    (void)parent;
    (void)err;
    *verdict = header->payload.len == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

vt_status pbft_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err)
{
    struct pbft_item items[2];
    struct vt_verify_item pair[2];
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    if (!pbft_get_item(a, &items[0]) || !pbft_get_item(b, &items[1]) ||
        items[0].member >= epoch->members.count ||
        !pbft_is_conflict(kind, &items[0], &items[1])) {
        return VT_OK;
    }
    for (int i = 0; i < 2; i++) {
        pair[i].member = items[i].member;
        pair[i].role = items[i].role;
        pair[i].msg = items[i].core;
        pair[i].sig = cs_view(items[i].sig.bytes, items[i].sig.len);
    }
    status = cs_check_pair(&c, pair, verdict, err);
    *member = items[0].member;
    return status;
}
