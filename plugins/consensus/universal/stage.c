/* SPDX-License-Identifier: Apache-2.0
 *
 * stage.c - what clients hear before final: a batch is witnessed when its
 * certificate is here, and the certificate proves it to anybody. A cut's
 * NOTARIZATION is told by order.c.
 */
#include "inside.h"

void uni_tell_witnessed(struct vt_cs *cs, struct uni_batch *batch)
{
    uint8_t bytes[UNI_CERT_MAX];
    struct cs_wr wr;

    if (batch->cert == NULL || !batch->is_learned || batch->is_told) {
        return;
    }
    batch->is_told = 1;
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_cert(&wr, &cs->seats, batch->cert);
    cs_emit_stage(&cs->box, VT_CS_WITNESSED, batch->id, cs_wr_view(&wr));
}

/* ---- for strangers, any thread ------------------------------------------- */

static int is_of(const struct uni_cert *cert, const struct vt_cs_header *h)
{
    uint32_t lane;
    uint32_t shard;

    return uni_get_batch_payload(h->payload, &lane, &shard) &&
           lane == cert->lane && h->proposer == lane &&
           h->height == cert->seq && memcmp(h->id, cert->id, 32) == 0;
}

static vt_status check_signers(const struct cs_checker *c,
                               const struct uni_cert *cert, uint32_t *verdict,
                               struct vt_err *err)
{
    uint8_t core[UNI_CORE_LEN];
    uint32_t at = 0;
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, cert->seq, cert->id);
    for (uint32_t m = 0; m < c->epoch->members.count; m++) {
        struct vt_verify_item item = {.member = m,
                                      .role = UNI_ROLE_WITNESS + cert->lane,
                                      .msg = cs_wr_view(&wr)};
        uint32_t good = VT_BAD;
        vt_status status;

        if (!cs_has(cert->signers, m)) {
            continue;
        }
        item.sig = cs_view(cert->sig[at].bytes, cert->sig[at].len);
        at++;
        status = cs_check_signature(c, &item, &good, err);
        if (status != VT_OK || good != VT_GOOD) {
            return status;
        }
    }
    *verdict = VT_GOOD;
    return VT_OK;
}

static vt_status check_notarized(const struct vt_host *host,
                                 const struct vt_cs_epoch *epoch,
                                 const struct vt_cs_header *header,
                                 struct vt_view proof, uint32_t *verdict,
                                 struct vt_err *err)
{
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct uni_draw draw;
    struct vt_view rest;

    if (header->height < epoch->start_height ||
        !uni_get_cut_payload(header->payload, epoch->members.count, tips, &draw,
                             &rest)) {
        return VT_OK; /* a batch has no place in the chain */
    }
    return bft_check_notarized(host, epoch, UNI_ROLE_BFT, header->height,
                               header->id, proof, verdict, err);
}

vt_status uni_check_stage(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint32_t stage,
                          const struct vt_cs_header *header,
                          struct vt_view proof, uint32_t *verdict,
                          struct vt_err *err)
{
    struct uni_seats seats;
    struct cs_checker c;
    struct uni_cert cert;
    struct cs_rd rd;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    *verdict = VT_BAD;
    if (status == VT_OK && stage == VT_CS_NOTARIZED) {
        return check_notarized(host, epoch, header, proof, verdict, err);
    }
    if (status != VT_OK || stage != VT_CS_WITNESSED) {
        return status;
    }
    uni_seats_init(&seats, host, c.crypto, epoch, uni_shards_of(epoch));
    cs_rd_init(&rd, proof);
    if (!uni_read_cert(&seats, &rd, &cert) || rd.left > 0 ||
        !is_of(&cert, header)) {
        return VT_OK;
    }
    return check_signers(&c, &cert, verdict, err);
}
