/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - a certificate makes its entry and all below final; what the host
 * made final itself; the end of the epoch.
 */
#include "inside.h"

/* What lies above the seal is a tail: never final itself, but its certificate
 * may be the one that proves the sealed height. */
static void try_sealed(struct vt_cs *cs)
{
    if (cs_chain_hand_over(&cs->chain, &cs->box, cs->buffer,
                           RAFT_MESSAGE_MAX)) {
        raft_trace(cs, "SEAL done", cs->chain.seal);
    }
}

void raft_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    cs_chain_seal(&cs->chain, ev);
    raft_trace(cs, "SEAL set", cs->chain.seal);
    try_sealed(cs);
}

/* ---- certificates -------------------------------------------------------- */

/* Two certificates of one height would mean that members signed both: not a
 * crash any more. */
static void compare_with_final(struct vt_cs *cs, const struct cs_qc *qc)
{
    const struct cs_link *at = cs_link_at(&cs->chain, qc->seq);

    if (at == NULL) {
        return;
    }
    if (memcmp(at->id, qc->id, 32) != 0) {
        raft_halt(cs,
                  "a certificate contradicts a final block: members signed "
                  "what they do not have",
                  qc->seq);
    } else if (qc->seq > cs->chain.last.seq) {
        cs->chain.last = *qc; /* learned by sync, now with its proof */
        try_sealed(cs);
    }
}

void raft_take_cert(struct vt_cs *cs, const struct cs_qc *qc)
{
    if (qc->seq <= cs->chain.committed) {
        compare_with_final(cs, qc);
    } else if (qc->seq > cs->fin.seq) {
        cs->fin = *qc;
        raft_trace(cs, "R3 certificate", qc->seq);
    }
}

static int is_useful(const struct vt_cs *cs, const struct cs_qc *qc)
{
    return qc->seq > cs_chain_told(&cs->chain) && qc->seq > cs->fin.seq;
}

void raft_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct cs_qc qc;

    memset(&qc, 0, sizeof qc);
    if (!raft_get_cert(msg, cs->chain.who, &qc)) {
        raft_penalize(cs, from, "malformed CERT");
        return;
    }
    if (qc.seq > cs->heard_commit) {
        cs->heard_commit = qc.seq;
    }
    if (is_useful(cs, &qc) && qc.seq > cs->cert_next.seq &&
        qc.seq > cs->cert_fresh.seq) {
        cs->cert_next = qc;
        raft_verify_cert(cs);
    }
}

/* ---- final --------------------------------------------------------------- */

static void forget_decided(struct vt_cs *cs)
{
    for (uint32_t i = cs->blocks.count; i-- > 0;) {
        struct cs_block *block = &cs->blocks.list[i];

        if (block->height > cs->chain.committed) {
            continue;
        }
        if (cs_chain_has(&cs->chain, block->height, block->id)) {
            cs_block_drop(&cs->blocks, i);
        } else {
            raft_drop_block(cs, block->id);
        }
    }
    for (uint32_t i = 0; i < RAFT_SLOTS; i++) {
        if (cs->wants[i].index <= cs->chain.committed) {
            cs->wants[i].index = 0;
        }
    }
    if (cs->fin.seq <= cs->chain.committed ||
        (cs->chain.seal != 0 && cs->chain.committed >= cs->chain.seal)) {
        cs->fin.seq = 0;
    }
    cs->pace.commit_ns = cs->box.now_ns;
}

static void commit_next(struct vt_cs *cs)
{
    uint64_t h = cs->chain.committed + 1;
    const struct cs_link *at = cs_link_at(&cs->chain, h);
    const struct raft_entry *e = raft_entry(cs, h);
    const struct cs_block *block = cs_block_find(&cs->blocks, at->id);
    size_t len = cs_chain_proof(&cs->chain, h, cs->buffer, RAFT_MESSAGE_MAX);

    cs_emit_commit(&cs->box, VT_EFF_COMMIT, h, at->id,
                   cs_view(cs->buffer, len));
    cs_chain_commit(&cs->chain, h);
    cs->committed_term = e->term;
    cs->tail_bytes -= e->size_bytes;
    cs->pace.is_settled = block->is_empty;
    raft_trace(cs, "R3 committed", h);
}

int raft_finalize(struct vt_cs *cs)
{
    const struct cs_qc *fin = &cs->fin;
    uint64_t upto = fin->seq;

    if (upto == 0) {
        return 0;
    }
    if (upto - cs->chain.committed > CS_PATH_MAX ||
        !cs_chain_has(&cs->chain, upto, fin->id)) {
        if (upto - cs->chain.committed > cs->opt.window) {
            raft_sync(cs, upto);
        }
        return 0;
    }
    if (memcmp(cs_link_at(&cs->chain, upto)->link, fin->extra, 32) != 0) {
        raft_halt(cs, "a certificate is of another chain", upto);
        return 0;
    }
    if (cs->chain.seal != 0 && upto > cs->chain.seal) {
        upto = cs->chain.seal;
    }
    if (!raft_is_whole(cs, upto)) {
        return 0;
    }
    cs->chain.last = *fin;
    while (cs->chain.committed < upto) {
        commit_next(cs);
    }
    forget_decided(cs);
    try_sealed(cs);
    if (cs->role == RAFT_LEADER) {
        raft_send_cert(cs, VT_PEER_ALL);
    }
    return 1;
}

/* ---- what the host made final -------------------------------------------- */

/* No entry is of a higher term than a certificate above it: what was in our
 * log at or below a final height tells the least its term can be. */
static void raise_committed_term(struct vt_cs *cs, uint64_t height)
{
    for (uint64_t i = cs->chain.committed + 1;
         i <= cs->chain.tail && i <= height; i++) {
        if (raft_entry(cs, i)->term > cs->committed_term) {
            cs->committed_term = raft_entry(cs, i)->term;
        }
    }
}

static void jump_to(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    int is_followed = cs->chain.has_link && height <= cs->chain.tail &&
                      cs_chain_has(&cs->chain, height, id);

    raise_committed_term(cs, height);
    if (is_followed) {
        for (uint64_t i = cs->chain.committed + 1; i <= height; i++) {
            cs->tail_bytes -= raft_entry(cs, i)->size_bytes;
        }
        cs_chain_commit(&cs->chain, height);
    } else {
        raft_truncate(cs, cs->chain.committed);
        cs_chain_jump(&cs->chain, height, id);
    }
    cs->pace.is_settled = 0;
    forget_decided(cs);
    raft_trace(cs, "D6 synced", height);
}

void raft_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
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
            raft_halt(cs, "the host made another block final than this engine",
                      ev->height);
            return;
        }
    }
    try_sealed(cs);
}
