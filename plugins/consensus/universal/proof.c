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

/* ---- headers ------------------------------------------------------------- */

/* All that a header and the one below say; too large for a stack. */
struct headers {
    struct uni_tip tips[CS_MEMBERS_MAX], below[CS_MEMBERS_MAX];
    struct uni_draw draw, drawn_below;
    struct vt_view rest, rest_below;
    uint8_t value[32];
    struct uni_seats seats;
    struct uni_audit claim, from, want;
    struct uni_pend more[UNI_PEND_MAX];
};

static int read_headers(const struct vt_cs_epoch *epoch,
                        const struct vt_cs_header *parent,
                        const struct vt_cs_header *header, struct headers *h)
{
    uint32_t n = epoch->members.count;

    return n > 0 && n <= CS_MEMBERS_MAX && header->proposer < n &&
           uni_get_cut_payload(header->payload, n, h->tips, &h->draw,
                               &h->rest) &&
           (parent == NULL || parent->height < epoch->start_height ||
            uni_get_cut_payload(parent->payload, n, h->below, &h->drawn_below,
                                &h->rest_below));
}

/* Lanes never go back, nor further than a lane may be ahead. */
static int lanes_grow(const struct headers *h, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct uni_tip *tip = &h->tips[i];
        const struct uni_tip *below = &h->below[i];

        if (tip->seq < below->seq || tip->seq - below->seq > UNI_RING ||
            (tip->seq == below->seq && memcmp(tip->id, below->id, 32) != 0)) {
            return 0;
        }
    }
    return 1;
}

static int read_state(struct vt_view bytes, uint32_t n, struct uni_audit *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    return uni_read_audit(&rd, out, n) && cs_rd_end(&rd);
}

/* What is new in a claim, in its order. Whether the links are right and the
 * words were given is the word of those who made the block final. */
static uint32_t list_more(struct headers *h)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < h->claim.pends; i++) {
        const struct uni_pend *p = &h->claim.pend[i];

        if (p->seq > h->below[p->lane].seq && p->seq <= h->tips[p->lane].seq) {
            h->more[count++] = *p;
        }
    }
    return count;
}

/* The audit level: does the state follow from the one below? */
static int state_follows(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch, uint32_t auditors,
                         const struct vt_cs_header *parent,
                         const struct vt_cs_header *header, struct headers *h)
{
    const struct cs_hasher hasher = {host, uni_crypto(host), UNI_AUDIT_TAG};
    uint32_t n = epoch->members.count;
    struct uni_audit_step step = {.hasher = &hasher,
                                  .seats = &h->seats,
                                  .auditors = auditors,
                                  .height = header->height,
                                  .maker = header->proposer,
                                  .value = h->value,
                                  .more = h->more,
                                  .news = h->claim.pend};

    if (parent == NULL || parent->height < epoch->start_height) {
        uni_audit_init(&h->from, epoch->beacon);
    } else if (!read_state(h->rest_below, n, &h->from)) {
        return 0;
    }
    if (!read_state(h->rest, n, &h->claim)) {
        return 0;
    }
    uni_audit_stay(&h->from, &h->want);
    if ((epoch->end_height == 0 || header->height > epoch->end_height) &&
        uni_audit_eq(&h->want, &h->claim, n)) {
        return 1;
    }
    uni_seats_init(&h->seats, host, hasher.crypto, epoch, uni_shards_of(epoch));
    step.more_count = list_more(h);
    step.news_count = h->claim.pends;
    return uni_audit_next(&step, &h->from, &h->want) &&
           uni_audit_eq(&h->want, &h->claim, n);
}

static vt_status judge_header(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              const struct vt_cs_header *parent,
                              const struct vt_cs_header *header,
                              struct headers *h, uint32_t *verdict)
{
    const struct vt_cfg *cfg =
        VT_HAS(struct vt_cs_epoch, epoch, cfg) ? epoch->cfg : NULL;
    uint32_t auditors =
        cfg == NULL ? 0 : (uint32_t)cfg->u64(cfg, UNI_KEY_AUDIT);
    vt_status status;

    if (!read_headers(epoch, parent, header, h) ||
        !lanes_grow(h, epoch->members.count)) {
        return VT_OK;
    }
    status = uni_check_draw(host, epoch, header, &h->draw, h->value, verdict);
    if (status == VT_OK && *verdict == VT_GOOD && cfg != NULL &&
        (auditors == 0
             ? h->rest.len > 0
             : !state_follows(host, epoch, auditors, parent, header, h))) {
        *verdict = VT_BAD;
    }
    return status;
}

/* Lanes, what the header draws (E8), and the audit level where the epoch's
 * options are known. */
vt_status uni_check_header(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *parent,
                           const struct vt_cs_header *header, uint32_t *verdict,
                           struct vt_err *err)
{
    struct headers *h = calloc(1, sizeof *h);
    vt_status status;

    *verdict = VT_BAD;
    if (h == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for a header");
    }
    status = judge_header(host, epoch, parent, header, h, verdict);
    free(h);
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
static vt_status check_flaw(const struct cs_checker *c, uint32_t kind,
                            struct vt_view a, struct vt_view b,
                            uint32_t *member, uint32_t *verdict,
                            struct vt_err *err)
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
    item.role =
        kind == UNI_EV_FLAW ? UNI_ROLE_WITNESS + word.lane : UNI_ROLE_APPROVE;
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

    if (kind < UNI_EV_AUTHOR || kind > UNI_EV_APPROVER) {
        return bft_check_evidence(host, epoch, UNI_ROLE_BFT, kind, a, b, member,
                                  verdict, err);
    }
    status = cs_checker_open(&c, host, epoch, err);
    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    if (kind >= UNI_EV_FLAW) {
        return check_flaw(&c, kind, a, b, member, verdict, err);
    }
    return check_words(&c, kind, a, b, member, verdict, err);
}
