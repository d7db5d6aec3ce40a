/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - proposals, votes, certificates, proofs, evidence: bytes and
 * back.
 */
#include "messages.h"

#include "rules.h"

/* ---- members ------------------------------------------------------------ */

int bft_set_init(struct bft_set *set, const struct vt_cs_epoch *epoch)
{
    uint64_t total = 0;

    set->n = epoch->members.count;
    if (set->n == 0 || set->n > CS_MEMBERS_MAX) {
        return 0;
    }
    for (uint32_t i = 0; i < set->n; i++) {
        uint64_t w = VT_AT(struct vt_member, epoch->members, i)->weight;

        if (w == 0 || w > UINT64_MAX / CS_MEMBERS_MAX) {
            return 0;
        }
        set->weight[i] = w;
        total += w;
    }
    set->quorum = bft_rule_quorum(total);
    return 1;
}

uint64_t bft_set_weight(const struct bft_set *set, uint64_t signers)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < set->n; i++) {
        sum += cs_has(signers, i) ? set->weight[i] : 0;
    }
    return sum;
}

/* ---- links -------------------------------------------------------------- */

static void fold(const struct bft_set *set, const char *tag,
                 const uint8_t parent[32], uint64_t height,
                 const uint8_t value[32], uint8_t out[32])
{
    uint8_t le[8];
    struct cs_wr wr;
    struct vt_view parts[3];

    cs_wr_init(&wr, le, sizeof le);
    cs_put_u64(&wr, height);
    parts[0] = cs_view(le, 8);
    parts[1] = cs_view(value, 32);
    parts[2] = cs_view(parent, 32);
    if (set->crypto->hash(set->host, tag, parts, 3, out) != VT_OK) {
        memset(out, 0, 32); /* no block has it */
    }
}

void bft_link(const struct bft_set *set, struct bft_block *block)
{
    fold(set, "VTC/bft/link/1", block->parent, block->height, block->value,
         block->link);
}

void bft_root(const struct bft_set *set, uint64_t height,
              const uint8_t value[32], struct bft_block *out)
{
    memset(out, 0, sizeof *out);
    out->height = height;
    memcpy(out->value, value, 32);
    fold(set, "VTC/bft/root/1", out->parent, height, value, out->link);
}

/* ---- what is signed ----------------------------------------------------- */

void bft_core_proposal(struct cs_wr *wr, const struct bft_proposal *m)
{
    cs_put_u64(wr, m->block.view);
    cs_put_u64(wr, m->parent_view);
    cs_put(wr, m->block.link, 32);
}

void bft_core_vote(struct cs_wr *wr, uint64_t view, const uint8_t link[32])
{
    cs_put_u64(wr, view);
    cs_put(wr, link, 32);
}

/* ---- messages ----------------------------------------------------------- */

void bft_put_sig(struct cs_wr *wr, const struct bft_sig *sig)
{
    cs_put_u8(wr, sig->len);
    cs_put(wr, sig->bytes, sig->len);
}

void bft_get_sig(struct cs_rd *rd, struct bft_sig *sig)
{
    memset(sig, 0, sizeof *sig);
    sig->len = cs_get_u8(rd);
    if (sig->len == 0 || sig->len > BFT_SIG_MAX) {
        rd->is_bad = 1;
        sig->len = 0;
        return;
    }
    cs_get_bytes(rd, sig->bytes, sig->len);
}

static void put_block(struct cs_wr *wr, const struct bft_block *block)
{
    cs_put(wr, block->parent, 32);
    cs_put_u64(wr, block->height);
    cs_put(wr, block->value, 32);
}

static void get_block(const struct bft_set *set, struct cs_rd *rd,
                      struct bft_block *block)
{
    cs_get_bytes(rd, block->parent, 32);
    block->height = cs_get_u64(rd);
    cs_get_bytes(rd, block->value, 32);
    bft_link(set, block);
}

void bft_put_proposal(struct cs_wr *wr, const struct bft_proposal *m)
{
    cs_put_u64(wr, m->block.view);
    cs_put_u64(wr, m->parent_view);
    put_block(wr, &m->block);
    bft_put_sig(wr, &m->sig);
}

int bft_get_proposal(const struct bft_set *set, struct vt_view msg,
                     struct bft_proposal *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    out->block.view = cs_get_u64(&rd);
    out->parent_view = cs_get_u64(&rd);
    get_block(set, &rd, &out->block);
    bft_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd) && out->parent_view < out->block.view;
}

void bft_put_vote(struct cs_wr *wr, const struct bft_vote_msg *m)
{
    cs_put_u8(wr, m->kind);
    cs_put_u64(wr, m->view);
    if (m->kind != BFT_NULLIFY) {
        cs_put(wr, m->link, 32);
    }
    bft_put_sig(wr, &m->sig);
}

int bft_get_vote(struct vt_view msg, struct bft_vote_msg *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    out->kind = cs_get_u8(&rd);
    out->view = cs_get_u64(&rd);
    if (out->kind != BFT_NULLIFY) {
        cs_get_bytes(&rd, out->link, 32);
    }
    bft_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd) && out->kind >= BFT_NOTARIZE &&
           out->kind <= BFT_FINALIZE && out->view > 0;
}

static void put_signers(struct cs_wr *wr, const struct bft_cert *cert,
                        uint32_t n)
{
    cs_put_set(wr, cert->signers, n);
    for (uint32_t i = 0; i < cs_count(cert->signers); i++) {
        bft_put_sig(wr, &cert->sig[i]);
    }
}

static void get_signers(const struct bft_set *set, struct cs_rd *rd,
                        struct bft_cert *cert)
{
    cert->signers = cs_get_set(rd, set->n);
    if (bft_set_weight(set, cert->signers) < set->quorum) {
        rd->is_bad = 1;
        return;
    }
    for (uint32_t i = 0, at = 0; i < set->n; i++) {
        if (cs_has(cert->signers, i)) {
            bft_get_sig(rd, &cert->sig[at++]);
        }
    }
}

void bft_put_cert(struct cs_wr *wr, const struct bft_cert *cert, uint32_t n)
{
    cs_put_u8(wr, cert->kind);
    cs_put_u64(wr, cert->view);
    if (cert->kind != BFT_NULLIFY) {
        put_block(wr, &cert->block);
    }
    put_signers(wr, cert, n);
}

int bft_get_cert(const struct bft_set *set, struct vt_view msg,
                 struct bft_cert *out)
{
    struct cs_rd rd;

    memset(&out->block, 0, sizeof out->block);
    cs_rd_init(&rd, msg);
    out->kind = cs_get_u8(&rd);
    out->view = cs_get_u64(&rd);
    if (out->kind != BFT_NULLIFY) {
        out->block.view = out->view;
        get_block(set, &rd, &out->block);
    }
    get_signers(set, &rd, out);
    return cs_rd_end(&rd) && out->kind >= BFT_NOTARIZE &&
           out->kind <= BFT_FINALIZE && out->view > 0;
}

void bft_copy_cert(struct bft_cert *to, const struct bft_cert *from)
{
    struct bft_sig *sig = to->sig;

    *to = *from;
    to->sig = sig;
    memcpy(to->sig, from->sig, cs_count(from->signers) * sizeof *sig);
}

void bft_put_req(struct cs_wr *wr, const struct bft_req *m)
{
    cs_put_u64(wr, m->low);
    cs_put_u64(wr, m->high);
}

int bft_get_req(struct vt_view msg, struct bft_req *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->low = cs_get_u64(&rd);
    out->high = cs_get_u64(&rd);
    return cs_rd_end(&rd) && out->low > 0 && out->low <= out->high;
}

/* ---- proofs ------------------------------------------------------------- */

void bft_put_proof(struct cs_wr *wr, const struct bft_block *const *path,
                   uint32_t count, const struct bft_cert *fin, uint32_t n)
{
    cs_put_u8(wr, BFT_PROOF_LISTED);
    cs_put_u64(wr, fin->view);
    cs_put(wr, path[0]->parent, 32);
    cs_put_u16(wr, count - 1);
    for (uint32_t i = 1; i < count; i++) {
        cs_put_u64(wr, path[i]->height);
        cs_put(wr, path[i]->value, 32);
    }
    put_signers(wr, fin, n);
}

int bft_get_proof_head(const struct bft_set *set, uint64_t height,
                       const uint8_t value[32], struct vt_view proof,
                       uint32_t form, struct bft_cert *fin,
                       struct vt_view *rest)
{
    struct bft_block *at = &fin->block;
    struct cs_rd rd;
    uint32_t count;

    memset(at, 0, sizeof *at);
    cs_rd_init(&rd, proof);
    if (cs_get_u8(&rd) != form) {
        return 0;
    }
    fin->kind = BFT_FINALIZE;
    fin->view = cs_get_u64(&rd);
    at->view = fin->view;
    at->height = height;
    memcpy(at->value, value, 32);
    cs_get_bytes(&rd, at->parent, 32);
    bft_link(set, at);
    count = cs_get_u16(&rd);
    for (uint32_t i = 0; !rd.is_bad && i < count; i++) {
        uint64_t below = at->height;

        memcpy(at->parent, at->link, 32);
        at->height = cs_get_u64(&rd);
        cs_get_bytes(&rd, at->value, 32);
        bft_link(set, at);
        rd.is_bad |= at->height <= below;
    }
    fin->signers = cs_get_set(&rd, set->n);
    *rest = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && count < BFT_PATH_MAX && fin->view > 0 &&
           bft_set_weight(set, fin->signers) >= set->quorum;
}

int bft_get_proof(const struct bft_set *set, uint64_t height,
                  const uint8_t value[32], struct vt_view proof,
                  struct bft_cert *fin)
{
    struct vt_view rest;
    struct cs_rd rd;

    if (!bft_get_proof_head(set, height, value, proof, BFT_PROOF_LISTED, fin,
                            &rest)) {
        return 0;
    }
    cs_rd_init(&rd, rest);
    for (uint32_t i = 0; i < cs_count(fin->signers); i++) {
        bft_get_sig(&rd, &fin->sig[i]);
    }
    return cs_rd_end(&rd);
}

/* ---- evidence ----------------------------------------------------------- */

static void start_item(struct cs_wr *wr, uint8_t *out, uint32_t kind,
                       uint32_t member)
{
    cs_wr_init(wr, out, BFT_ITEM_MAX);
    cs_put_u8(wr, kind);
    cs_put_u8(wr, member);
}

size_t bft_item_of_proposal(uint32_t member, const struct bft_proposal *m,
                            uint8_t out[BFT_ITEM_MAX])
{
    struct cs_wr wr;

    start_item(&wr, out, BFT_PROPOSAL, member);
    bft_core_proposal(&wr, m);
    bft_put_sig(&wr, &m->sig);
    return wr.len;
}

size_t bft_item_of_vote(uint32_t member, const struct bft_vote_msg *m,
                        uint8_t out[BFT_ITEM_MAX])
{
    struct cs_wr wr;

    start_item(&wr, out, m->kind, member);
    bft_core_vote(&wr, m->view, m->link);
    bft_put_sig(&wr, &m->sig);
    return wr.len;
}

int bft_get_item(struct vt_view bytes, struct bft_item *out)
{
    struct cs_rd rd;
    size_t len;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    out->kind = cs_get_u8(&rd);
    out->member = cs_get_u8(&rd);
    len = out->kind == BFT_PROPOSAL ? 48 : 40;
    out->core = cs_view(rd.ptr, len);
    out->view = cs_get_u64(&rd);
    (void)cs_get(&rd, len - 8);
    bft_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd) && out->kind < BFT_KINDS;
}

static int is_double(uint32_t kind, const struct bft_item *a,
                     const struct bft_item *b)
{
    return a->kind == kind && b->kind == kind &&
           memcmp(a->core.ptr, b->core.ptr, a->core.len) != 0;
}

int bft_is_conflict(uint32_t kind, const struct bft_item *a,
                    const struct bft_item *b)
{
    if (a->member != b->member || a->view != b->view) {
        return 0;
    }
    switch (kind) {
    case BFT_E1:
        return is_double(BFT_PROPOSAL, a, b);
    case BFT_E2:
        return is_double(BFT_NOTARIZE, a, b);
    case BFT_E3:
        return a->kind == BFT_NULLIFY && b->kind == BFT_FINALIZE;
    case BFT_E4:
        return is_double(BFT_FINALIZE, a, b);
    default:
        return 0;
    }
}
