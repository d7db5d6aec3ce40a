/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - P5: a commit certificate makes its height and all below final.
 */
#include "inside.h"

/* ---- proofs ------------------------------------------------------------- */

static const uint8_t *link_below(struct vt_cs *cs, uint64_t height)
{
    const struct pbft_link *at = pbft_link_at(cs, height - 1);

    if (height == cs->start_height) {
        return cs->epoch_parent;
    }
    if (at == NULL && height == cs->floor) {
        return cs->floor_below;
    }
    return at == NULL ? NULL : at->link;
}

/* The certificate at last.seq and the ids from height up to it. */
size_t pbft_proof_of(struct vt_cs *cs, uint64_t height, uint8_t *out,
                     size_t cap)
{
    const uint8_t *link = link_below(cs, height);
    struct pbft_proof *proof = &cs->proof;
    struct cs_wr wr;

    if (cs->last.seq == 0 || height > cs->last.seq || link == NULL ||
        cs->last.seq - height >= PBFT_PATH_MAX) {
        return 0;
    }
    proof->qc = cs->last;
    proof->path_len = (uint32_t)(cs->last.seq - height + 1);
    memcpy(proof->link, link, 32);
    for (uint32_t i = 0; i < proof->path_len; i++) {
        const struct pbft_link *at = pbft_link_at(cs, height + i);

        if (at == NULL) {
            return 0;
        }
        memcpy(proof->path[i], at->id, 32);
    }
    cs_wr_init(&wr, out, cap);
    pbft_put_proof(&wr, proof, cs->n);
    return wr.is_full ? 0 : wr.len;
}

/* ---- P5 ----------------------------------------------------------------- */

/* qc is verified. */
void pbft_on_commit_qc(struct vt_cs *cs, const struct pbft_qc *qc)
{
    if (qc->seq <= cs->committed ||
        (cs->fin.is_set && cs->fin.qc.seq >= qc->seq)) {
        return;
    }
    cs->fin.is_set = 1;
    cs->fin.qc = *qc;
    cs->fin.below = 0;
    pbft_trace(cs, "P5 quorum", qc->seq);
}

/* The ids a CERT named are proven by its signatures: fetch all at once. */
static void want_path(struct vt_cs *cs)
{
    const struct pbft_final *fin = &cs->fin;

    for (uint64_t seq = cs->committed + 1;
         fin->below != 0 && seq <= fin->qc.seq; seq++) {
        if (seq > fin->below) {
            (void)pbft_block_want(cs, fin->path[seq - fin->below - 1], seq,
                                  fin->qc.signers);
        }
    }
}

/* Ids and digests of (C, seq] into the chain; 0 when the digest that was
 * signed is another one. `tail` may lie above and follows if it can. */
static int write_chain(struct vt_cs *cs, uint64_t seq, const uint8_t id[32])
{
    const struct pbft_link *top = pbft_link_at(cs, seq);
    int is_same = cs->tail > seq && top != NULL && memcmp(top->id, id, 32) == 0;
    const uint8_t *ids[PBFT_PATH_MAX];
    uint64_t count = seq - cs->committed;
    uint64_t tail = cs->tail;

    for (uint64_t i = count; i-- > 0;) {
        ids[i] = id;
        id = pbft_block(cs, id)->parent;
    }
    cs->tail = cs->committed;
    for (uint64_t i = 0; i < count; i++) {
        pbft_chain_append(cs, ids[i]);
    }
    if (memcmp(pbft_link_at(cs, seq)->link, cs->fin.qc.extra, 32) != 0) {
        return 0;
    }
    cs->tail = is_same ? tail : seq;
    return 1;
}

static void forget_decided(struct vt_cs *cs)
{
    if (cs->prepared < cs->committed) {
        cs->prepared = cs->committed;
    }
    pbft_slots_below(cs, cs->committed + 1);
    pbft_recall(cs);
    pbft_blocks_decided(cs);
    pbft_progress_made(cs);
    if (cs->fin.is_set && cs->fin.qc.seq <= cs->committed) {
        cs->fin.is_set = 0;
    }
}

static uint32_t is_empty(struct vt_cs *cs, const uint8_t id[32])
{
    const struct pbft_block *block = pbft_block(cs, id);

    return block != NULL && block->is_empty;
}

static void commit_up_to(struct vt_cs *cs, uint64_t seq)
{
    uint64_t first = cs->committed + 1;

    cs->last = cs->fin.qc;
    cs->fin.is_set = 0;
    for (uint64_t h = first; h <= seq; h++) {
        const struct pbft_link *at = pbft_link_at(cs, h);
        size_t len = pbft_proof_of(cs, h, cs->buffer, PBFT_MESSAGE_MAX);

        pbft_emit_commit(cs, VT_EFF_COMMIT, h, at->id,
                         cs_view(cs->buffer, len));
        cs->committed = h;
        cs->is_settled = is_empty(cs, at->id);
        memcpy(cs->committed_id, at->id, 32);
        memcpy(cs->committed_link, at->link, 32);
        pbft_trace(cs, "P5 committed", h);
    }
    cs->commit_view = cs->last.view;
    forget_decided(cs);
}

/* Where the chain digest at C is not known, a CERT may have brought it. */
static int find_link(struct vt_cs *cs)
{
    if (!cs->has_link && cs->fin.below == cs->committed) {
        memcpy(cs->committed_link, cs->fin.link, 32);
        cs->has_link = 1;
    }
    return cs->has_link != 0;
}

int pbft_finalize(struct vt_cs *cs)
{
    const struct pbft_qc *qc = &cs->fin.qc;
    uint64_t upto = qc->seq;
    int linked;

    if (!cs->fin.is_set) {
        return 0;
    }
    if (qc->seq - cs->committed > cs->opt.window) {
        pbft_emit_sync(cs, qc->seq); /* the host brings many at once */
    }
    if (qc->seq - cs->committed > 2 * cs->opt.window || !find_link(cs)) {
        return 0;
    }
    want_path(cs);
    linked = pbft_walk(cs, qc->seq, qc->id, qc->signers);
    if (linked == 0) {
        return 0;
    }
    if (linked < 0 || !write_chain(cs, qc->seq, qc->id)) {
        pbft_halt(cs,
                  "a commit certificate does not extend the final block: "
                  "more than f members cheat",
                  qc->seq);
        return 0;
    }
    if (cs->seal != 0 && upto > cs->seal) {
        upto = cs->seal;
    }
    commit_up_to(cs, upto);
    return 1;
}

/* ---- what the host made final ------------------------------------------- */

/* A height learned by sync. */
static void jump_to(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    const struct pbft_link *at = pbft_link_at(cs, height);
    int is_followed =
        cs->tail >= height && at != NULL && memcmp(at->id, id, 32) == 0;
    uint64_t tail = cs->tail;

    if (height == cs->committed + 1 && cs->has_link) {
        cs->tail = cs->committed;
        pbft_chain_append(cs, id);
        memcpy(cs->committed_link, pbft_link_at(cs, height)->link, 32);
    } else {
        cs->has_link = 0;
        cs->chain[height % PBFT_CHAIN_RING].seq = 0;
    }
    cs->tail = is_followed && cs->has_link ? tail : height;
    cs->committed = height;
    cs->is_settled = 0;
    memcpy(cs->committed_id, id, 32);
    if (!cs->is_changing) {
        cs->commit_view = cs->view;
    }
    forget_decided(cs);
    pbft_trace(cs, "D6 synced", height);
}

void pbft_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    const struct pbft_link *at;

    if (ev->height <= cs->applied) {
        return;
    }
    cs->applied = ev->height;
    if (ev->height > cs->committed) {
        jump_to(cs, ev->height, ev->id);
    } else {
        at = pbft_link_at(cs, ev->height);
        if (at != NULL && memcmp(at->id, ev->id, 32) != 0) {
            pbft_halt(cs, "the host made another block final than this engine",
                      ev->height);
            return;
        }
    }
    pbft_checkpoint_applied(cs, ev->height, ev->id, ev->state_root);
    pbft_try_sealed(cs);
}

/* ---- sealing, one direction --------------------------------------------- */

void pbft_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    if (cs->seal != 0 && ev->height != cs->seal) {
        return; /* the host says it once; a restart says the same */
    }
    cs->seal = ev->height;
    pbft_trace(cs, "SEAL set", ev->height);
    pbft_try_sealed(cs);
}

void pbft_try_sealed(struct vt_cs *cs)
{
    const struct pbft_link *at;
    size_t len;

    if (cs->seal == 0 || cs->is_sealed || cs->committed < cs->seal) {
        return;
    }
    at = pbft_link_at(cs, cs->seal);
    len = pbft_proof_of(cs, cs->seal, cs->buffer, PBFT_MESSAGE_MAX);
    if (at == NULL || len == 0) {
        return; /* learned by sync: another member has the certificate */
    }
    cs->is_sealed = 1;
    pbft_emit_commit(cs, VT_EFF_SEALED, cs->seal, at->id,
                     cs_view(cs->buffer, len));
    pbft_trace(cs, "SEAL done", cs->seal);
}
