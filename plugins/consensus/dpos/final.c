/* SPDX-License-Identifier: Apache-2.0
 *
 * final.c - P6: what a final pointer covers is decided, height by height, each
 * with its proof; P8: up to the end of the epoch and no further. What the host
 * learned from others becomes the root, too.
 */
#include "inside.h"

/* ---- what is remembered -------------------------------------------------- */

void dpos_remember_final(struct vt_cs *cs, uint64_t height,
                         const uint8_t id[32], const uint8_t link[32])
{
    struct cs_link *at = &cs->ring[height % DPOS_RING];

    at->seq = height + 1; /* the parent of the first epoch has height 0 */
    memcpy(at->id, id, 32);
    memcpy(at->link, link, 32);
}

const uint8_t *dpos_final_link(const struct vt_cs *cs, uint64_t height)
{
    const struct cs_link *at = &cs->ring[height % DPOS_RING];

    return at->seq == height + 1 ? at->link : NULL;
}

void dpos_take_final(struct vt_cs *cs, uint64_t height, const uint8_t link[32],
                     struct vt_view proof)
{
    const uint8_t *known = dpos_final_link(cs, height);

    if (height <= dpos_root(cs)->height) {
        if (known != NULL && memcmp(known, link, 32) != 0) {
            dpos_halt(cs, "a final pointer contradicts a final block", height);
        }
        return;
    }
    if (height > cs->fin.height && proof.len <= BFT_MESSAGE_MAX) {
        cs->fin.height = height;
        memcpy(cs->fin.link, link, 32);
        memcpy(cs->fin.proof, proof.ptr, proof.len);
        cs->fin.proof_len = proof.len;
    }
}

/* ---- deciding ------------------------------------------------------------ */

/* Proof of path[0], with the ids up to the pointer's block. */
static struct vt_view make_proof(struct vt_cs *cs, const uint8_t below[32],
                                 const uint32_t *path, uint32_t count)
{
    uint8_t ids[DPOS_PATH_MAX * 32u];
    struct dpos_proof p = {.count = count,
                           .bft = cs_view(cs->fin.proof, cs->fin.proof_len)};
    struct cs_wr wr;

    memcpy(p.link, below, 32);
    for (uint32_t i = 1; i < count; i++) {
        memcpy(ids + 32u * (i - 1u), dpos_at(cs, path[i])->id, 32);
    }
    p.path = cs_view(ids, 32u * (size_t)(count - 1u));
    cs_wr_init(&wr, cs->buffer, DPOS_BUFFER);
    dpos_put_proof(&wr, &p);
    return cs_wr_view(&wr);
}

static void be_root(struct vt_cs *cs, struct dpos_node *node)
{
    uint32_t index = dpos_index(cs, node);

    if (cs->head == cs->root) {
        cs->head = index;
    }
    cs->root = index;
    dpos_remember_final(cs, node->height, node->id, node->link);
    cs->commit_ns = cs->box.now_ns;
}

/* The branch from above the root to node, lowest first. */
static uint32_t path_to(const struct vt_cs *cs, const struct dpos_node *node,
                        uint32_t path[DPOS_PATH_MAX])
{
    uint32_t count = (uint32_t)(node->height - dpos_root(cs)->height);

    for (uint32_t i = count; i-- > 0;) {
        path[i] = dpos_index(cs, node);
        node = dpos_at(cs, node->parent);
    }
    return count;
}

/* How far may be decided now. SEAL comes with an applied block, so decisions
 * do not run far ahead of those. */
static uint64_t upper(const struct vt_cs *cs)
{
    uint64_t most = cs->applied + DPOS_LEAD;

    most = most < cs->fin.height ? most : cs->fin.height;
    return cs->seal != 0 && most > cs->seal ? cs->seal : most;
}

static void decide(struct vt_cs *cs, const uint32_t *path, uint32_t count)
{
    uint64_t upto = upper(cs);

    for (uint32_t i = 0; i < count; i++) {
        struct dpos_node *node = dpos_at(cs, path[i]);
        struct vt_view proof;

        if (node->height > upto) {
            break;
        }
        proof = make_proof(cs, dpos_root(cs)->link, path + i, count - i);
        cs_emit_commit(&cs->box, VT_EFF_COMMIT, node->height, node->id, proof);
        if (node->height == cs->seal) {
            cs_emit_commit(&cs->box, VT_EFF_SEALED, node->height, node->id,
                           proof);
            cs->is_sealed = 1;
        }
        be_root(cs, node);
        dpos_trace(cs, "P6 final", node->height);
    }
    dpos_prune(cs);
}

int dpos_finalize(struct vt_cs *cs)
{
    uint32_t path[DPOS_PATH_MAX];
    struct dpos_node *node;

    if (cs->fin.height <= dpos_root(cs)->height ||
        (cs->seal != 0 && dpos_root(cs)->height >= cs->seal)) {
        cs->fin.height = 0;
        return 0;
    }
    node = dpos_find_link(cs, cs->fin.height, cs->fin.link);
    if (cs->fin.height - dpos_root(cs)->height > DPOS_PATH_MAX) {
        dpos_sync(cs, cs->fin.height); /* others have proofs of those */
        return 0;
    }
    if (node == NULL || upper(cs) <= dpos_root(cs)->height) {
        return 0;
    }
    decide(cs, path, path_to(cs, node, path));
    return 1;
}

/* ---- what the host made final -------------------------------------------- */

/* Somebody else decided this height: it becomes the root, known or not. */
static int jump(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    struct dpos_node *below = dpos_root(cs);
    struct dpos_node *node = dpos_find(cs, id);
    uint8_t link[32];

    if (node == NULL) {
        node = dpos_add(cs, id);
    }
    if (node == NULL) {
        return 0; /* a full tree: the next prune makes room */
    }
    cs_link_next(&cs->hasher, below->link, id, link);
    memcpy(node->link, link, 32);
    node->height = height;
    node->is_bad = 0;
    node->is_attached = 1;
    be_root(cs, node);
    dpos_prune(cs);
    dpos_trace(cs, "P6 synced", height);
    return 1;
}

/* Makes room: any one that is not attached. */
static void drop_one(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        if (dpos_at(cs, i)->is_used && i != cs->root && i != cs->head &&
            dpos_at(cs, i)->children == 0) {
            dpos_drop(cs, dpos_at(cs, i));
            return;
        }
    }
}

void dpos_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    const struct cs_link *at = &cs->ring[ev->height % DPOS_RING];

    if (ev->height <= cs->applied) {
        return;
    }
    cs->applied = ev->height;
    if (ev->height > dpos_root(cs)->height + 1) {
        dpos_halt(cs, "the host skipped a final height", ev->height);
    } else if (ev->height == dpos_root(cs)->height + 1) {
        if (!jump(cs, ev->height, ev->id)) {
            drop_one(cs);
            (void)jump(cs, ev->height, ev->id);
        }
    } else if (at->seq == ev->height + 1 && memcmp(at->id, ev->id, 32) != 0) {
        dpos_halt(cs, "the host made another block final than this engine",
                  ev->height);
    }
}

void dpos_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    if (cs->seal == 0) {
        cs->seal = ev->height;
        cs->is_new = 1;
        dpos_trace(cs, "P8 seal", ev->height);
    }
}
