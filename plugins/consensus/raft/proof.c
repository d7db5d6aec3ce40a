/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers can check with the members' public keys alone:
 * proofs of finality, header payloads, evidence. Pure, any thread.
 */
#include "inside.h"

#include "common/check.h"

static const struct cs_proof_rule rule = {raft_rule_quorum, RAFT_ROLE_ACK,
                                          RAFT_CHAIN_TAG};

vt_status raft_check_proof(const struct vt_host *host,
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

vt_status raft_shorten_proof(const struct vt_host *host,
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

vt_status raft_check_short(const struct vt_host *host,
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

uint64_t raft_payload_term(struct vt_view payload)
{
    struct cs_rd rd;
    uint64_t term;

    cs_rd_init(&rd, payload);
    term = cs_get_u64(&rd);
    return cs_rd_end(&rd) && term <= RAFT_TERM_MAX ? term : 0;
}

/* The payload is the term, which never falls along a chain. */
vt_status raft_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err)
{
    uint64_t term = raft_payload_term(header->payload);

    (void)host;
    (void)err;
    *verdict = term > 0 ? VT_GOOD : VT_BAD;
    if (parent != NULL && parent->height >= epoch->start_height &&
        raft_payload_term(parent->payload) > term) {
        *verdict = VT_BAD;
    }
    return VT_OK;
}

vt_status raft_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err)
{
    struct vt_verify_item pair[2];
    struct raft_item items[2];
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    if (kind != RAFT_EV_DOUBLE || !raft_get_item(a, &items[0]) ||
        !raft_get_item(b, &items[1]) ||
        items[0].member >= epoch->members.count ||
        !raft_is_double(&items[0], &items[1])) {
        return VT_OK;
    }
    for (int i = 0; i < 2; i++) {
        pair[i].member = items[i].member;
        pair[i].role = RAFT_ROLE_ACK;
        pair[i].msg = items[i].core;
        pair[i].sig = cs_view(items[i].sig.bytes, items[i].sig.len);
    }
    *member = items[0].member;
    return cs_check_pair(&c, pair, verdict, err);
}
