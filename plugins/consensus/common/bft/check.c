/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - what strangers can check with the members' public keys alone:
 * proofs of finality and evidence. Pure, any thread.
 */
#include "state.h"

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

/* The same hash the host signs and verifies. */
static vt_status check_signature(const struct context *c, uint32_t member,
                                 uint32_t kind, struct vt_view core,
                                 const struct bft_sig *sig, uint32_t *verdict,
                                 struct vt_err *err)
{
    const struct vt_member *m =
        VT_AT(struct vt_member, c->epoch->members, member);
    const struct bft_set *set = &c->set;
    uint8_t hash[32];
    uint8_t role[4];
    struct cs_wr wr;
    struct vt_view parts[4];
    vt_status status;

    cs_wr_init(&wr, role, sizeof role);
    cs_put_u32(&wr, set->role_base + kind);
    parts[0] = cs_view(c->epoch->chain_id, 32);
    parts[1] = cs_view(c->epoch->digest, 32);
    parts[2] = cs_view(role, 4);
    parts[3] = core;
    status = set->crypto->hash(set->host, VT_VOTE_TAG, parts, 4, hash);
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

vt_status bft_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint32_t role_base,
                          uint64_t height, const uint8_t value[32],
                          struct vt_view proof, uint32_t *verdict,
                          struct vt_err *err)
{
    struct bft_cert cert;
    struct context c;
    vt_status status = open_context(&c, host, epoch, role_base, err);

    if (status != VT_OK) {
        return status;
    }
    memset(&cert, 0, sizeof cert);
    cert.sig = malloc(CS_MEMBERS_MAX * sizeof *cert.sig);
    if (cert.sig == NULL) {
        return bft_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = VT_BAD;
    if (bft_get_proof(&c.set, height, value, proof, &cert)) {
        status = check_cert(&c, &cert, verdict, err);
    }
    free(cert.sig);
    return status;
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
