/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers check with the members' public keys alone. Pure, any
 * thread.
 */
#include "inside.h"

#define NS_IN_MS UINT64_C(1000000)

vt_status pos_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {.host = host,
                              .epoch = epoch,
                              .role_base = POS_ROLE_BFT,
                              .height = height};

    return cs_check_pointed(&claim, POS_CHAIN_TAG, id, proof, verdict, err);
}

vt_status pos_shorten_proof(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch, uint64_t height,
                            const uint8_t id[32], struct vt_view proof,
                            struct vt_sink *out, struct vt_err *err)
{
    struct bft_claim claim = {.host = host,
                              .epoch = epoch,
                              .role_base = POS_ROLE_BFT,
                              .height = height};

    return cs_shorten_pointed(&claim, POS_CHAIN_TAG, id, proof, out, err);
}

vt_status pos_check_short(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {.host = host,
                              .epoch = epoch,
                              .role_base = POS_ROLE_BFT,
                              .height = height};

    return cs_check_short_pointed(&claim, POS_CHAIN_TAG, id, proof, verdict,
                                  err);
}

/* The random value of a header; BAD when its payload is none. */
static vt_status header_value(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              const struct vt_cs_header *h, uint8_t value[32],
                              uint32_t *verdict)
{
    struct pos_lottery l = {.host = host,
                            .chain_id = epoch->chain_id,
                            .epoch_digest = epoch->digest,
                            .beacon = epoch->beacon,
                            .scheme = epoch->scheme};
    struct pos_payload p;

    l.crypto = host->service(host, VT_SVC_CRYPTO,
                             VT_UPTO(struct vt_svc_crypto, vrf_verify));
    if (l.crypto == NULL) {
        return VT_E_UNSUPPORTED;
    }
    *verdict = VT_BAD;
    if (h->proposer >= epoch->members.count ||
        !pos_get_payload(h->payload, &p)) {
        return VT_OK;
    }
    return pos_value(&l,
                     VT_AT(struct vt_member, epoch->members, h->proposer)->pk,
                     &p, value, verdict);
}

/* The length of slots and the share of them that has a leader are options of
 * the epoch: with them, the time lies in the slot and the value wins it. A host
 * that knows none still learns that the value is the right one. */
static int wins(const struct vt_cs_epoch *epoch, const struct vt_cs_header *h,
                const struct pos_payload *p, const uint8_t value[32])
{
    const struct vt_cfg *cfg =
        VT_HAS(struct vt_cs_epoch, epoch, cfg) ? epoch->cfg : NULL;
    uint8_t limit[32];
    uint64_t total = 0;

    if (cfg == NULL) {
        return 1;
    }
    for (uint32_t i = 0; i < epoch->members.count; i++) {
        total += VT_AT(struct vt_member, epoch->members, i)->weight;
    }
    pos_lot_limit((uint32_t)cfg->u64(cfg, POS_KEY_SHARE),
                  VT_AT(struct vt_member, epoch->members, h->proposer)->weight,
                  total, limit);
    return pos_rule_time(p->slot, h->time_ms,
                         cfg->u64(cfg, POS_KEY_SLOT) / NS_IN_MS) &&
           pos_lot_wins(value, limit);
}

vt_status pos_check_header(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *parent,
                           const struct vt_cs_header *header, uint32_t *verdict,
                           struct vt_err *err)
{
    struct pos_payload mine;
    struct pos_payload below;
    uint8_t value[32];
    uint32_t good = VT_BAD;
    vt_status status = header_value(host, epoch, header, value, &good);

    if (status != VT_OK) {
        return cs_fail(err, status,
                       "a random value cannot be checked: is the members' "
                       "scheme loaded, and has it such a function?");
    }
    if (good == VT_GOOD && (!pos_get_payload(header->payload, &mine) ||
                            !wins(epoch, header, &mine, value))) {
        good = VT_BAD;
    }
    if (good == VT_GOOD && parent != NULL && parent->epoch == header->epoch &&
        (!pos_get_payload(parent->payload, &below) ||
         !pos_rule_slot(mine.slot, below.slot))) {
        good = VT_BAD;
    }
    *verdict = good;
    return VT_OK;
}

vt_status pos_random(const struct vt_host *host,
                     const struct vt_cs_epoch *epoch,
                     const struct vt_cs_header *header, uint8_t out[32],
                     uint32_t *has)
{
    uint32_t good = VT_BAD;
    vt_status status = header_value(host, epoch, header, out, &good);

    *has = status == VT_OK && good == VT_GOOD;
    return status;
}

static vt_status check_word(const struct cs_checker *c,
                            const struct pos_word *word, uint32_t *verdict,
                            struct vt_err *err)
{
    struct vt_verify_item item = {.member = word->proposer,
                                  .role = POS_ROLE_BLOCK};
    uint8_t core[POS_CORE_LEN];
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    pos_put_core(&wr, word);
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(word->sig.bytes, word->sig.len);
    return cs_check_signature(c, &item, verdict, err);
}

static vt_status check_two_blocks(const struct vt_host *host,
                                  const struct vt_cs_epoch *epoch,
                                  struct vt_view a, struct vt_view b,
                                  uint32_t *member, uint32_t *verdict,
                                  struct vt_err *err)
{
    struct cs_checker c;
    struct pos_word one;
    struct pos_word two;
    uint32_t first = VT_BAD;
    uint32_t second = VT_BAD;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    *verdict = VT_BAD;
    if (status != VT_OK || !pos_get_word(a, &one) || !pos_get_word(b, &two) ||
        one.proposer != two.proposer || one.slot != two.slot ||
        one.proposer >= epoch->members.count ||
        memcmp(one.id, two.id, 32) == 0) {
        return status;
    }
    status = check_word(&c, &one, &first, err);
    if (status == VT_OK && first == VT_GOOD) {
        status = check_word(&c, &two, &second, err);
    }
    if (status == VT_OK && second == VT_GOOD) {
        *member = one.proposer;
        *verdict = VT_GOOD;
    }
    return status;
}

vt_status pos_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err)
{
    if (kind == POS_EV_TWO_BLOCKS) {
        return check_two_blocks(host, epoch, a, b, member, verdict, err);
    }
    return bft_check_evidence(host, epoch, POS_ROLE_BFT, kind, a, b, member,
                              verdict, err);
}

/* Fork choice (3) and (4); a header without a right value is the worse. */
vt_status pos_compare(const struct vt_host *host,
                      const struct vt_cs_epoch *epoch,
                      const struct vt_cs_header *a,
                      const struct vt_cs_header *b, int32_t *order)
{
    uint8_t value[2][32];
    uint32_t good[2] = {VT_BAD, VT_BAD};
    vt_status status = VT_OK;

    if (a->height == b->height) {
        status = header_value(host, epoch, a, value[0], &good[0]);
        if (status == VT_OK) {
            status = header_value(host, epoch, b, value[1], &good[1]);
        }
    }
    if (status != VT_OK) {
        return status;
    }
    if (a->height != b->height) {
        *order = a->height > b->height ? 1 : -1;
    } else if (good[0] != good[1]) {
        *order = good[0] == VT_GOOD ? 1 : -1;
    } else if (good[0] == VT_GOOD) {
        int less = memcmp(value[0], value[1], 32);

        *order = less < 0 ? 1 : less > 0 ? -1 : 0;
    } else {
        *order = 0;
    }
    return VT_OK;
}
