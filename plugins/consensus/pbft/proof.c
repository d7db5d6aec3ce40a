/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers can check with the members' public keys alone:
 * proofs of finality, header payloads, evidence. Pure, any thread.
 */
#include "evidence.h"

#include "inside.h"

const struct vt_svc_crypto *pbft_crypto(const struct vt_host *host)
{
    return host->service(host, VT_SVC_CRYPTO,
                         VT_UPTO(struct vt_svc_crypto, verify));
}

vt_status pbft_fail(struct vt_err *err, vt_status status, const char *text)
{
    if (err != NULL) {
        size_t len = strlen(text);

        len = len < sizeof err->text ? len : sizeof err->text - 1;
        err->code = status;
        memcpy(err->text, text, len);
        err->text[len] = '\0';
    }
    return status;
}

void pbft_fold(const struct vt_host *host, const struct vt_svc_crypto *crypto,
               struct pbft_proof *proof)
{
    uint8_t link[32];

    memcpy(link, proof->link, 32);
    for (uint32_t i = 0; i < proof->path_len; i++) {
        struct vt_view parts[2] = {{link, 32}, {proof->path[i], 32}};
        uint8_t next[32];

        (void)crypto->hash(host, "VTC/pbft/chain/1", parts, 2, next);
        memcpy(link, next, 32);
    }
    memcpy(proof->qc.extra, link, 32);
}

struct context {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const struct vt_cs_epoch *epoch;
};

/* The same hash the host signs and verifies. */
static vt_status check_signature(const struct context *c, uint32_t member,
                                 uint32_t role, struct vt_view core,
                                 const struct pbft_sig *sig, uint32_t *verdict)
{
    const struct vt_member *m =
        VT_AT(struct vt_member, c->epoch->members, member);
    uint8_t hash[32];
    uint8_t role_bytes[4];
    struct cs_wr wr;
    struct vt_view parts[4];
    vt_status status;

    cs_wr_init(&wr, role_bytes, sizeof role_bytes);
    cs_put_u32(&wr, role);
    parts[0] = cs_view(c->epoch->chain_id, 32);
    parts[1] = cs_view(c->epoch->digest, 32);
    parts[2] = cs_view(role_bytes, 4);
    parts[3] = core;
    status = c->crypto->hash(c->host, VT_VOTE_TAG, parts, 4, hash);
    if (status != VT_OK) {
        return status;
    }
    return c->crypto->verify(c->host, c->epoch->scheme, m->pk,
                             cs_view(hash, 32), cs_view(sig->bytes, sig->len),
                             verdict);
}

static vt_status open_context(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              struct context *out, struct vt_err *err)
{
    out->host = host;
    out->epoch = epoch;
    out->crypto = pbft_crypto(host);
    if (out->crypto == NULL) {
        return pbft_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (epoch->members.count == 0 || epoch->members.count > PBFT_MEMBERS_MAX) {
        return pbft_fail(err, VT_E_INVALID,
                         "members: 1 to 64 can run this engine");
    }
    return VT_OK;
}

static vt_status check_qc(const struct context *c, const struct pbft_qc *qc,
                          uint32_t *verdict, struct vt_err *err)
{
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;
    uint32_t next = 0;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, qc);
    for (uint32_t m = 0; m < c->epoch->members.count; m++) {
        vt_status status;

        if (!cs_has(qc->signers, m)) {
            continue;
        }
        status = check_signature(c, m, qc->role, cs_wr_view(&core),
                                 &qc->sig[next++], verdict);
        if (status != VT_OK) {
            return pbft_fail(err, status,
                             "a signature cannot be checked: is "
                             "the members' scheme loaded?");
        }
        if (*verdict != VT_GOOD) {
            return VT_OK;
        }
    }
    *verdict = VT_GOOD;
    return VT_OK;
}

vt_status pbft_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct context c;
    struct pbft_proof *p;
    vt_status status = open_context(host, epoch, &c, err);

    if (status != VT_OK) {
        return status;
    }
    p = malloc(sizeof *p);
    if (p == NULL) {
        return pbft_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = VT_BAD;
    if (height >= epoch->start_height &&
        pbft_get_proof(proof, epoch->members.count, height, id, p)) {
        pbft_fold(host, c.crypto, p);
        status = check_qc(&c, &p->qc, verdict, err);
    }
    free(p);
    return status;
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
    struct context c;
    vt_status status = open_context(host, epoch, &c, err);

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
        uint32_t good = VT_BAD;

        status = check_signature(&c, items[i].member, items[i].role,
                                 items[i].core, &items[i].sig, &good);
        if (status != VT_OK) {
            return pbft_fail(err, status,
                             "a signature cannot be checked: is "
                             "the members' scheme loaded?");
        }
        if (good != VT_GOOD) {
            return VT_OK;
        }
    }
    *member = items[0].member;
    *verdict = VT_GOOD;
    return VT_OK;
}
