/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - P5: a commit certificate makes its height and all below final.
 */
#include "inside.h"

/* ---- P5 ----------------------------------------------------------------- */

/* qc is verified. */
void pbft_on_commit_qc(struct vt_cs *cs, const struct cs_qc *qc)
{
    if (qc->seq <= cs->chain.committed ||
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

    for (uint64_t seq = cs->chain.committed + 1;
         fin->below != 0 && seq <= fin->qc.seq; seq++) {
        if (seq > fin->below) {
            (void)cs_block_want(&cs->blocks, fin->path[seq - fin->below - 1],
                                seq, fin->qc.signers);
        }
    }
}

/* Ids and digests of (C, seq] into the chain; 0 when the digest that was
 * signed is another one. `tail` may lie above and follows if it can. */
static int write_chain(struct vt_cs *cs, uint64_t seq, const uint8_t id[32])
{
    const struct cs_link *top = cs_link_at(&cs->chain, seq);
    int is_same =
        cs->chain.tail > seq && top != NULL && memcmp(top->id, id, 32) == 0;
    const uint8_t *ids[CS_PATH_MAX];
    uint64_t count = seq - cs->chain.committed;
    uint64_t tail = cs->chain.tail;

    for (uint64_t i = count; i-- > 0;) {
        ids[i] = id;
        id = cs_block_find(&cs->blocks, id)->parent;
    }
    cs->chain.tail = cs->chain.committed;
    for (uint64_t i = 0; i < count; i++) {
        cs_chain_append(&cs->chain, ids[i]);
    }
    if (memcmp(cs_link_at(&cs->chain, seq)->link, cs->fin.qc.extra, 32) != 0) {
        return 0;
    }
    cs->chain.tail = is_same ? tail : seq;
    return 1;
}

static void forget_decided(struct vt_cs *cs)
{
    if (cs->prepared < cs->chain.committed) {
        cs->prepared = cs->chain.committed;
    }
    pbft_slots_below(cs, cs->chain.committed + 1);
    pbft_recall(cs);
    pbft_blocks_decided(cs);
    pbft_progress_made(cs);
    if (cs->fin.is_set && cs->fin.qc.seq <= cs->chain.committed) {
        cs->fin.is_set = 0;
    }
}

static uint32_t is_empty(struct vt_cs *cs, const uint8_t id[32])
{
    const struct cs_block *block = cs_block_find(&cs->blocks, id);

    return block != NULL && block->is_empty;
}

static void commit_up_to(struct vt_cs *cs, uint64_t seq)
{
    uint64_t first = cs->chain.committed + 1;

    cs->chain.last = cs->fin.qc;
    cs->fin.is_set = 0;
    for (uint64_t h = first; h <= seq; h++) {
        const struct cs_link *at = cs_link_at(&cs->chain, h);
        size_t len =
            cs_chain_proof(&cs->chain, h, cs->buffer, PBFT_MESSAGE_MAX);

        cs_emit_commit(&cs->box, VT_EFF_COMMIT, h, at->id,
                       cs_view(cs->buffer, len));
        cs_chain_commit(&cs->chain, h);
        cs->pace.is_settled = is_empty(cs, at->id);
        pbft_trace(cs, "P5 committed", h);
    }
    cs->commit_view = cs->chain.last.view;
    forget_decided(cs);
}

/* Where the chain digest at C is not known, a CERT may have brought it. */
static int find_link(struct vt_cs *cs)
{
    if (!cs->chain.has_link && cs->fin.below == cs->chain.committed) {
        memcpy(cs->chain.committed_link, cs->fin.link, 32);
        cs->chain.has_link = 1;
    }
    return cs->chain.has_link != 0;
}

int pbft_finalize(struct vt_cs *cs)
{
    const struct cs_qc *qc = &cs->fin.qc;
    uint64_t upto = qc->seq;
    int linked;

    if (!cs->fin.is_set) {
        return 0;
    }
    if (qc->seq - cs->chain.committed > cs->opt.window) {
        pbft_emit_sync(cs, qc->seq); /* the host brings many at once */
    }
    if (qc->seq - cs->chain.committed > 2 * cs->opt.window || !find_link(cs)) {
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
    if (cs->chain.seal != 0 && upto > cs->chain.seal) {
        upto = cs->chain.seal;
    }
    commit_up_to(cs, upto);
    return 1;
}

/* ---- what the host made final ------------------------------------------- */

/* A height learned by sync. */
static void jump_to(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    cs_chain_jump(&cs->chain, height, id);
    cs->pace.is_settled = 0;
    if (!cs->is_changing) {
        cs->commit_view = cs->view;
    }
    forget_decided(cs);
    pbft_trace(cs, "D6 synced", height);
}

void pbft_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    const struct cs_link *at;

    if (ev->height <= cs->chain.applied) {
        return;
    }
    cs->chain.applied = ev->height;
    if (ev->height > cs->chain.committed) {
        jump_to(cs, ev->height, ev->id);
    } else {
        at = cs_link_at(&cs->chain, ev->height);
        if (at != NULL && memcmp(at->id, ev->id, 32) != 0) {
            pbft_halt(cs, "the host made another block final than this engine",
                      ev->height);
            return;
        }
    }
    pbft_checkpoint_applied(cs, ev->height, ev->id, ev->state_root);
    pbft_try_sealed(cs);
}

/* ---- sealing ------------------------------------------------------------ */

void pbft_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    cs_chain_seal(&cs->chain, ev);
    pbft_trace(cs, "SEAL set", cs->chain.seal);
    pbft_try_sealed(cs);
}

void pbft_try_sealed(struct vt_cs *cs)
{
    if (cs_chain_hand_over(&cs->chain, &cs->box, cs->buffer,
                           PBFT_MESSAGE_MAX)) {
        pbft_trace(cs, "SEAL done", cs->chain.seal);
    }
}
