/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers can check with the members' public keys alone:
 * proofs of finality, headers, evidence. Pure, any thread.
 */
#include "inside.h"

vt_status uni_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err)
{
    *verdict = VT_BAD;
    if (height < epoch->start_height || height > UINT64_MAX - BFT_PATH_MAX) {
        return VT_OK;
    }
    return bft_check_proof(host, epoch, UNI_ROLE_BFT, height, id, proof,
                           verdict, err);
}

vt_status uni_shorten_proof(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch, uint64_t height,
                            const uint8_t id[32], struct vt_view proof,
                            struct vt_sink *out, struct vt_err *err)
{
    struct bft_claim claim = {host, epoch, UNI_ROLE_BFT, height, {0}, proof};

    memcpy(claim.value, id, 32);
    return bft_shorten(&claim, out, err);
}

vt_status uni_check_short(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {host, epoch, UNI_ROLE_BFT, height, {0}, proof};

    *verdict = VT_BAD;
    if (height < epoch->start_height || height > UINT64_MAX - BFT_PATH_MAX) {
        return VT_OK;
    }
    memcpy(claim.value, id, 32);
    return bft_check_short(&claim, verdict, err);
}

/* Lanes never go back, nor further than a lane may be ahead; what the header
 * draws is its maker's (E8). */
vt_status uni_check_header(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *parent,
                           const struct vt_cs_header *header, uint32_t *verdict,
                           struct vt_err *err)
{
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct uni_tip below[CS_MEMBERS_MAX];
    struct uni_draw draw;
    struct uni_draw drawn_below;
    uint8_t value[32];
    uint32_t n = epoch->members.count;
    vt_status status;

    *verdict = VT_BAD;
    memset(below, 0, sizeof below);
    if (n == 0 || n > CS_MEMBERS_MAX || header->proposer >= n ||
        !uni_get_cut_payload(header->payload, n, tips, &draw) ||
        (parent != NULL && parent->height >= epoch->start_height &&
         !uni_get_cut_payload(parent->payload, n, below, &drawn_below))) {
        return VT_OK;
    }
    for (uint32_t i = 0; i < n; i++) {
        int is_same = tips[i].seq == below[i].seq;

        if (tips[i].seq < below[i].seq ||
            tips[i].seq - below[i].seq > UNI_RING ||
            (is_same && memcmp(tips[i].id, below[i].id, 32) != 0)) {
            return VT_OK;
        }
    }
    status = uni_check_draw(host, epoch, header, &draw, value, verdict);
    return status == VT_OK
               ? VT_OK
               : cs_fail(err, status,
                         "a random value cannot be checked: is the members' "
                         "scheme loaded, and has it such a function?");
}

/* ---- evidence ------------------------------------------------------------ */

static vt_status check_words(const struct cs_checker *c, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err)
{
    uint32_t n = c->epoch->members.count;
    struct vt_verify_item pair[2];
    struct uni_word words[2];
    uint8_t cores[2][UNI_CORE_LEN];
    uint32_t who[2];

    if (!uni_get_item(a, n, &who[0], &words[0]) ||
        !uni_get_item(b, n, &who[1], &words[1]) || who[0] != who[1] ||
        words[0].lane != words[1].lane || words[0].seq != words[1].seq ||
        memcmp(words[0].id, words[1].id, 32) == 0 ||
        (kind == UNI_EV_AUTHOR) != (who[0] == words[0].lane)) {
        return VT_OK;
    }
    for (int i = 0; i < 2; i++) {
        struct cs_wr wr;

        cs_wr_init(&wr, cores[i], sizeof cores[i]);
        uni_put_core(&wr, words[i].seq, words[i].id);
        pair[i].member = who[i];
        pair[i].role = UNI_ROLE_WITNESS + words[i].lane;
        pair[i].msg = cs_wr_view(&wr);
        pair[i].sig = cs_view(words[i].sig.bytes, words[i].sig.len);
    }
    *member = who[0];
    return cs_check_pair(c, pair, verdict, err);
}

/* E7: a word, and what is wrong with what it was given for. */
static vt_status check_flaw(const struct cs_checker *c, struct vt_view a,
                            struct vt_view b, uint32_t *member,
                            uint32_t *verdict, struct vt_err *err)
{
    const struct vt_svc_crypto *crypto = uni_crypto(c->host);
    struct vt_verify_item item = {.member = 0};
    uint8_t core[UNI_CORE_LEN];
    struct uni_word word;
    uint32_t flawed = VT_BAD;
    struct cs_wr wr;
    vt_status status;

    if (crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!uni_get_item(a, c->epoch->members.count, &item.member, &word)) {
        return VT_OK;
    }
    status = crypto->check_flaw(c->host, word.id, b, &flawed);
    if (status != VT_OK || flawed != VT_GOOD) {
        return status == VT_OK
                   ? VT_OK
                   : cs_fail(err, status, "a transaction cannot be checked");
    }
    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, word.seq, word.id);
    item.role = UNI_ROLE_WITNESS + word.lane;
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(word.sig.bytes, word.sig.len);
    *member = item.member;
    return cs_check_signature(c, &item, verdict, err);
}

vt_status uni_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err)
{
    struct cs_checker c;
    vt_status status;

    if (kind < UNI_EV_AUTHOR || kind > UNI_EV_FLAW) {
        return bft_check_evidence(host, epoch, UNI_ROLE_BFT, kind, a, b, member,
                                  verdict, err);
    }
    status = cs_checker_open(&c, host, epoch, err);
    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    return kind == UNI_EV_FLAW
               ? check_flaw(&c, a, b, member, verdict, err)
               : check_words(&c, kind, a, b, member, verdict, err);
}
