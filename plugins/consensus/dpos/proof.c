/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - what strangers can check with the members' public keys alone:
 * proofs of finality, headers, evidence, which head is better. Pure, any
 * thread.
 */
#include "inside.h"

#include "common/check.h"

/* The proof inside, and what it must make final. VT_E_CORRUPT: none. */
static vt_status open_proof(struct bft_claim *claim, const uint8_t id[32],
                            struct vt_view proof, struct vt_err *err)
{
    struct dpos_proof p;
    struct cs_checker c;
    struct cs_hasher hasher;
    vt_status status = cs_checker_open(&c, claim->host, claim->epoch, err);

    if (status != VT_OK) {
        return status;
    }
    if (claim->height < claim->epoch->start_height ||
        claim->height > UINT64_MAX - DPOS_PATH_MAX ||
        !dpos_get_proof(proof, &p)) {
        return cs_fail(err, VT_E_CORRUPT, "this is no proof of that");
    }
    hasher.host = claim->host;
    hasher.crypto = c.crypto;
    hasher.tag = DPOS_CHAIN_TAG;
    dpos_fold(&hasher, &p, id, claim->value);
    claim->role_base = DPOS_ROLE_BFT;
    claim->height += p.count - 1u;
    claim->proof = p.bft;
    return VT_OK;
}

vt_status dpos_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {.host = host, .epoch = epoch, .height = height};
    vt_status status = open_proof(&claim, id, proof, err);

    *verdict = VT_BAD;
    if (status != VT_OK) {
        return status == VT_E_CORRUPT ? VT_OK : status;
    }
    return bft_check_proof(host, epoch, DPOS_ROLE_BFT, claim.height,
                           claim.value, claim.proof, verdict, err);
}

vt_status dpos_shorten_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err)
{
    struct bft_claim claim = {.host = host, .epoch = epoch, .height = height};
    vt_status status = open_proof(&claim, id, proof, err);

    if (status == VT_OK) {
        status = out->write(out, proof.ptr, proof.len - claim.proof.len);
    }
    return status == VT_OK ? bft_shorten(&claim, out, err) : status;
}

vt_status dpos_check_short(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct bft_claim claim = {.host = host, .epoch = epoch, .height = height};
    vt_status status = open_proof(&claim, id, proof, err);

    *verdict = VT_BAD;
    if (status != VT_OK) {
        return status == VT_E_CORRUPT ? VT_OK : status;
    }
    return bft_check_short(&claim, verdict, err);
}

/* ---- headers ------------------------------------------------------------- */

/* The slot is the owner's and the block's time lies in it. */
static int is_in_slot(const struct cs_checker *c, const struct dpos_payload *p,
                      const struct vt_cs_header *h)
{
    struct dpos_schedule s;

    dpos_schedule_init(&s, c->host, c->crypto, c->epoch);
    s.run = p->run;
    s.slot_ms = p->slot_ms;
    return dpos_schedule_slot(&s, h->time_ms) == p->slot &&
           dpos_schedule_owner(&s, p->slot) == h->proposer;
}

static vt_status check_below(const struct cs_checker *c,
                             const struct dpos_payload *mine,
                             const struct vt_cs_header *parent,
                             uint32_t *verdict, struct vt_err *err)
{
    struct dpos_payload p;
    struct dpos_word word;
    uint8_t core[DPOS_CORE_LEN];
    struct vt_verify_item item = {.member = parent->proposer,
                                  .role = DPOS_ROLE_BLOCK};
    struct cs_wr wr;

    if (!dpos_get_payload(parent->payload, &p) || p.slot >= mine->slot ||
        p.slot_ms != mine->slot_ms || p.run != mine->run ||
        mine->below.len == 0 || parent->proposer >= c->epoch->members.count) {
        *verdict = VT_BAD;
        return VT_OK;
    }
    word.slot = p.slot;
    word.height = parent->height;
    memcpy(word.id, parent->id, 32);
    cs_wr_init(&wr, core, sizeof core);
    dpos_put_core(&wr, &word);
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(mine->below.bytes, mine->below.len);
    return cs_check_signature(c, &item, verdict, err);
}

/* Slot, owner, time, and the word of the parent's owner under the parent. */
vt_status dpos_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err)
{
    struct dpos_payload p;
    struct cs_checker c;
    vt_status status = cs_checker_open(&c, host, epoch, err);

    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    if (!dpos_get_payload(header->payload, &p) || !is_in_slot(&c, &p, header)) {
        return VT_OK;
    }
    if (parent != NULL && parent->height >= epoch->start_height) {
        return check_below(&c, &p, parent, verdict, err);
    }
    *verdict = p.below.len == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

/* ---- evidence ------------------------------------------------------------ */

static vt_status check_double(const struct cs_checker *c, struct vt_view a,
                              struct vt_view b, uint32_t *member,
                              uint32_t *verdict, struct vt_err *err)
{
    struct vt_verify_item pair[2];
    struct dpos_word words[2];
    uint8_t cores[2][DPOS_CORE_LEN];
    uint32_t who[2];

    if (!dpos_get_item(a, &who[0], &words[0]) ||
        !dpos_get_item(b, &who[1], &words[1]) || who[0] != who[1] ||
        who[0] >= c->epoch->members.count || words[0].slot != words[1].slot ||
        memcmp(words[0].id, words[1].id, 32) == 0) {
        return VT_OK;
    }
    for (int i = 0; i < 2; i++) {
        struct cs_wr wr;

        cs_wr_init(&wr, cores[i], sizeof cores[i]);
        dpos_put_core(&wr, &words[i]);
        pair[i].member = who[i];
        pair[i].role = DPOS_ROLE_BLOCK;
        pair[i].msg = cs_wr_view(&wr);
        pair[i].sig = cs_view(words[i].sig.bytes, words[i].sig.len);
    }
    *member = who[0];
    return cs_check_pair(c, pair, verdict, err);
}

vt_status dpos_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err)
{
    struct cs_checker c;
    vt_status status;

    if (kind != DPOS_EV_DOUBLE) {
        return bft_check_evidence(host, epoch, DPOS_ROLE_BFT, kind, a, b,
                                  member, verdict, err);
    }
    status = cs_checker_open(&c, host, epoch, err);
    if (status != VT_OK) {
        return status;
    }
    *verdict = VT_BAD;
    return check_double(&c, a, b, member, verdict, err);
}

/* ---- heads --------------------------------------------------------------- */

int dpos_compare(const struct dpos_rank *a, const struct dpos_rank *b)
{
    if (a->height != b->height) {
        return a->height > b->height ? 1 : -1;
    }
    if (a->slot != b->slot) {
        return a->slot < b->slot ? 1 : -1;
    }
    return memcmp(b->id, a->id, 32);
}

vt_status dpos_compare_headers(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch,
                               const struct vt_cs_header *a,
                               const struct vt_cs_header *b, int32_t *order)
{
    struct dpos_payload pa;
    struct dpos_payload pb;
    struct dpos_rank ra = {.height = a->height, .id = a->id};
    struct dpos_rank rb = {.height = b->height, .id = b->id};
    int way;

    (void)host;
    (void)epoch;
    ra.slot = dpos_get_payload(a->payload, &pa) ? pa.slot : UINT64_MAX;
    rb.slot = dpos_get_payload(b->payload, &pb) ? pb.slot : UINT64_MAX;
    way = dpos_compare(&ra, &rb);
    *order = (way > 0) - (way < 0);
    return VT_OK;
}
