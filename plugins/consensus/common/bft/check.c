/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - what strangers can check with the members' public keys alone:
 * proofs of finality and evidence. Pure, any thread.
 */
#include "state.h"

#include "common/short.h"

#include <stdlib.h>

struct context {
    struct bft_set set;
    const struct vt_cs_epoch *epoch;
};

static vt_status open_context(struct context *c, const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              uint32_t role_base, struct vt_err *err)
{
    c->epoch = epoch;
    c->set.host = host;
    c->set.role_base = role_base;
    c->set.crypto = host->service(host, VT_SVC_CRYPTO,
                                  VT_UPTO(struct vt_svc_crypto, verify));
    if (c->set.crypto == NULL) {
        return bft_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!bft_set_init(&c->set, epoch)) {
        return bft_fail(err, VT_E_INVALID,
                        "members: 1 to 64 with weights can run this engine");
    }
    return VT_OK;
}

static vt_status check_signature(const struct context *c, uint32_t member,
                                 uint32_t kind, struct vt_view core,
                                 const struct bft_sig *sig, uint32_t *verdict,
                                 struct vt_err *err)
{
    const struct vt_member *m =
        VT_AT(struct vt_member, c->epoch->members, member);
    const struct bft_set *set = &c->set;
    struct cs_vote vote = {set->host, set->crypto, c->epoch,
                           set->role_base + kind, core};
    uint8_t hash[32];
    vt_status status = cs_vote_hash(&vote, hash);

    if (status == VT_OK) {
        status = set->crypto->verify(set->host, c->epoch->scheme, m->pk,
                                     cs_view(hash, 32),
                                     cs_view(sig->bytes, sig->len), verdict);
    }
    return status == VT_OK
               ? VT_OK
               : bft_fail(err, status,
                          "a signature cannot be checked: is the members' "
                          "scheme loaded?");
}

static vt_status check_cert(const struct context *c,
                            const struct bft_cert *cert, uint32_t *verdict,
                            struct vt_err *err)
{
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_vote(&wr, cert->view, cert->block.link);
    for (uint32_t m = 0, at = 0; m < c->set.n; m++) {
        uint32_t one = VT_BAD;
        vt_status status;

        if (!cs_has(cert->signers, m)) {
            continue;
        }
        status = check_signature(c, m, cert->kind, cs_wr_view(&wr),
                                 &cert->sig[at++], &one, err);
        if (status != VT_OK || one != VT_GOOD) {
            return status;
        }
    }
    *verdict = VT_GOOD;
    return VT_OK;
}

static vt_status check_listed(const struct bft_claim *claim, uint32_t kind,
                              uint32_t *verdict, struct vt_err *err)
{
    struct bft_cert cert;
    struct context c;
    vt_status status =
        open_context(&c, claim->host, claim->epoch, claim->role_base, err);

    if (status != VT_OK) {
        return status;
    }
    memset(&cert, 0, sizeof cert);
    cert.sig = malloc(CS_MEMBERS_MAX * sizeof *cert.sig);
    if (cert.sig == NULL) {
        return bft_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = VT_BAD;
    if (bft_get_proof(&c.set, claim->height, claim->value, claim->proof,
                      &cert)) {
        cert.kind = kind;
        status = check_cert(&c, &cert, verdict, err);
    }
    free(cert.sig);
    return status;
}

vt_status bft_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint32_t role_base,
                          uint64_t height, const uint8_t value[32],
                          struct vt_view proof, uint32_t *verdict,
                          struct vt_err *err)
{
    struct bft_claim claim = {.host = host,
                              .epoch = epoch,
                              .role_base = role_base,
                              .height = height,
                              .proof = proof};

    memcpy(claim.value, value, 32);
    return check_listed(&claim, BFT_FINALIZE, verdict, err);
}

vt_status bft_check_notarized(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              uint32_t role_base, uint64_t height,
                              const uint8_t value[32], struct vt_view proof,
                              uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {.host = host,
                              .epoch = epoch,
                              .role_base = role_base,
                              .height = height,
                              .proof = proof};

    memcpy(claim.value, value, 32);
    return check_listed(&claim, BFT_NOTARIZE, verdict, err);
}

/* ---- short proofs -------------------------------------------------------- */

/* What a claim's signatures are under; *cert without them. 0: it has another
 * form, or none. */
static int open_claim(const struct context *c, const struct bft_claim *claim,
                      uint32_t form, struct bft_cert *cert,
                      struct vt_view *rest, struct cs_wr *core)
{
    memset(cert, 0, sizeof *cert);
    if (!bft_get_proof_head(&c->set, claim->height, claim->value, claim->proof,
                            form, cert, rest)) {
        return 0;
    }
    bft_core_vote(core, cert->view, cert->block.link);
    return 1;
}

vt_status bft_check_short(const struct bft_claim *claim, uint32_t *verdict,
                          struct vt_err *err)
{
    struct cs_vote vote = {.host = claim->host,
                           .epoch = claim->epoch,
                           .role = claim->role_base + BFT_FINALIZE};
    uint8_t core[BFT_CORE_MAX];
    struct bft_cert cert;
    struct context c;
    struct vt_view rest;
    struct cs_wr wr;
    vt_status status =
        open_context(&c, claim->host, claim->epoch, claim->role_base, err);

    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    cs_wr_init(&wr, core, sizeof core);
    if (!open_claim(&c, claim, CS_SHORT_FORM, &cert, &rest, &wr)) {
        return VT_OK;
    }
    vote.core = cs_wr_view(&wr);
    status = cs_check_aggregate(&vote, cert.signers, rest, verdict);
    return status == VT_OK
               ? VT_OK
               : bft_fail(err, status, "an aggregate cannot be checked");
}

vt_status bft_shorten(const struct bft_claim *claim, struct vt_sink *out,
                      struct vt_err *err)
{
    struct cs_vote vote = {.host = claim->host,
                           .epoch = claim->epoch,
                           .role = claim->role_base + BFT_FINALIZE};
    struct vt_view sigs[CS_MEMBERS_MAX];
    uint8_t core[BFT_CORE_MAX];
    struct bft_cert cert;
    struct context c;
    struct vt_view rest;
    struct cs_wr wr;
    struct cs_rd rd;
    vt_status status =
        open_context(&c, claim->host, claim->epoch, claim->role_base, err);

    if (status != VT_OK) {
        return status;
    }
    cs_wr_init(&wr, core, sizeof core);
    if (!open_claim(&c, claim, BFT_PROOF_LISTED, &cert, &rest, &wr)) {
        return bft_fail(err, VT_E_CORRUPT, "this is no proof of that");
    }
    cs_rd_init(&rd, rest);
    for (uint32_t i = 0; i < cs_count(cert.signers); i++) {
        sigs[i].len = cs_get_u8(&rd);
        sigs[i].ptr = cs_get(&rd, sigs[i].len);
    }
    if (!cs_rd_end(&rd)) {
        return bft_fail(err, VT_E_CORRUPT, "this is no proof of that");
    }
    vote.core = cs_wr_view(&wr);
    status = cs_put_short(
        &vote, cert.signers, sigs,
        cs_view(claim->proof.ptr, claim->proof.len - rest.len), out);
    return status == VT_OK ? VT_OK
                           : bft_fail(err, status, "it cannot be shortened");
}

vt_status bft_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch,
                             uint32_t role_base, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err)
{
    struct bft_item items[2];
    struct context c;
    vt_status status = open_context(&c, host, epoch, role_base, err);

    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    if (!bft_get_item(a, &items[0]) || !bft_get_item(b, &items[1]) ||
        items[0].member >= c.set.n ||
        !bft_is_conflict(kind, &items[0], &items[1])) {
        return VT_OK;
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t one = VT_BAD;

        status = check_signature(&c, items[i].member, items[i].kind,
                                 items[i].core, &items[i].sig, &one, err);
        if (status != VT_OK || one != VT_GOOD) {
            return status;
        }
    }
    *member = items[0].member;
    *verdict = VT_GOOD;
    return VT_OK;
}
