/* SPDX-License-Identifier: Apache-2.0
 *
 * final.c - C6: what the core made final is decided, height by height, once its
 * block is here; C7: up to the end of the epoch and no further. What the host
 * learned from others becomes the root, too.
 */
#include "inside.h"

/* ---- what is remembered -------------------------------------------------- */

const uint8_t *uni_final_id(const struct vt_cs *cs, uint64_t height)
{
    const struct uni_known *at = &cs->ring[height % UNI_HISTORY];

    return at->next == height + 1 ? at->id : NULL;
}

void uni_remember_final(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    struct uni_known *at = &cs->ring[height % UNI_HISTORY];

    at->next = height + 1; /* the parent of the first epoch has height 0 */
    memcpy(at->id, id, 32);
}

static void forget(struct uni_final *f)
{
    free(f->proof);
    memset(f, 0, sizeof *f);
}

void uni_on_final(struct vt_cs *cs, const struct bft_block *block,
                  struct vt_view proof)
{
    struct uni_final *f = &cs->finals[block->height % UNI_FINALS];
    const uint8_t *known = uni_final_id(cs, block->height);

    cs->is_moved = 1;
    if (block->height <= uni_root(cs)->height) {
        if (known != NULL && memcmp(known, block->value, 32) != 0) {
            uni_halt(cs, "a finalization contradicts a final block",
                     block->height);
        }
        return;
    }
    if (block->height > uni_root(cs)->height + UNI_FINALS) {
        uni_sync(cs, block->height);
        return;
    }
    if (f->height == block->height) {
        return;
    }
    forget(f);
    f->proof = malloc(proof.len + 1);
    if (f->proof == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    memcpy(f->proof, proof.ptr, proof.len);
    f->proof_len = proof.len;
    f->height = block->height;
    memcpy(f->id, block->value, 32);
}

/* ---- deciding ------------------------------------------------------------ */

static void be_root(struct vt_cs *cs, struct uni_cut *cut)
{
    cs->root = (uint32_t)(cut - cs->cuts);
    if (cs->commit_ns != 0 && !cut->is_empty) {
        uni_average(&cs->cut_us, cs->commit_ns, cs->box.now_ns);
    }
    cs->commit_ns = cs->box.now_ns;
    cs->pace.commit_ns = cs->box.now_ns;
    cs->pace.is_settled = cut->is_empty;
    cs->is_moved = 1;
    uni_remember_final(cs, cut->height, cut->id);
}

/* How far may be decided now. SEAL comes with an applied block, so decisions
 * do not run far ahead of those. */
static uint64_t upper(const struct vt_cs *cs)
{
    uint64_t most = cs->applied + UNI_LEAD;

    return cs->seal != 0 && most > cs->seal ? cs->seal : most;
}

/* The block of a final height, when the host has it. */
static struct uni_cut *body_of(struct vt_cs *cs, const struct uni_final *f)
{
    struct uni_cut *cut = uni_cut_add(cs, f->id);

    if (cut == NULL) {
        return NULL;
    }
    cut->is_wanted = 1;
    if (!cut->is_held && cut->join.state != CS_ASKED &&
        cut->fetch.state == CS_NOT_ASKED) {
        cut->fetches++;
        cs_emit_fetch(&cs->box, &cut->fetch, cut->id, cut->holders);
    }
    if (!cut->is_held && cut->fetches > UNI_RETRY) {
        uni_sync(cs, f->height); /* it may be too old for that */
    }
    return cut->is_held ? cut : NULL;
}

static void decide(struct vt_cs *cs, struct uni_final *f, struct uni_cut *cut)
{
    struct vt_view proof = cs_view(f->proof, f->proof_len);

    cs_emit_commit(&cs->box, VT_EFF_COMMIT, f->height, f->id, proof);
    if (f->height == cs->seal) {
        cs_emit_commit(&cs->box, VT_EFF_SEALED, f->height, f->id, proof);
        cs->is_sealed = 1;
    }
    be_root(cs, cut);
    uni_trace(cs, "C6 final", f->height);
    forget(f);
}

/* Heights the core jumped over come from others. */
static void close_gap(struct vt_cs *cs, uint64_t next)
{
    for (uint32_t i = 0; i < UNI_FINALS; i++) {
        if (cs->finals[i].height > next) {
            uni_sync(cs, cs->finals[i].height);
        }
    }
}

int uni_finalize(struct vt_cs *cs)
{
    int moved = 0;

    while (!cs->is_halted) {
        uint64_t next = uni_root(cs)->height + 1;
        struct uni_final *f = &cs->finals[next % UNI_FINALS];
        struct uni_cut *cut;

        if (next > upper(cs)) {
            break;
        }
        if (f->height != next) {
            close_gap(cs, next);
            break;
        }
        cut = body_of(cs, f);
        if (cut == NULL) {
            break;
        }
        if (cut->height != next ||
            memcmp(cut->parent, uni_root(cs)->id, 32) != 0) {
            uni_halt(cs, "a final block does not stand on the final one below",
                     next);
            break;
        }
        decide(cs, f, cut);
        moved = 1;
    }
    if (moved) {
        uni_cuts_prune(cs);
    }
    return moved;
}

/* ---- what the host made final -------------------------------------------- */

/* Somebody else decided this height. */
static void jump(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    struct uni_cut *cut = uni_cut_add(cs, id);

    if (cut == NULL) {
        uni_halt(cs, "no room for a final block", height);
        return;
    }
    cut->height = height;
    cut->is_good = 1;
    cut->is_bad = 0;
    if (!cut->is_true) { /* it tells how far the lanes are */
        cut->is_held = 0;
        cut->fetch.state = CS_NOT_ASKED;
        cs_emit_fetch(&cs->box, &cut->fetch, cut->id, 0);
    }
    be_root(cs, cut);
    uni_trace(cs, "C6 synced", height);
}

void uni_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    const uint8_t *known = uni_final_id(cs, ev->height);

    if (ev->height <= cs->applied) {
        return;
    }
    if (ev->height > uni_root(cs)->height + 1) {
        uni_halt(cs, "the host skipped a final height", ev->height);
        return;
    }
    if (ev->height == uni_root(cs)->height + 1) {
        jump(cs, ev->height, ev->id);
    } else if (known != NULL && memcmp(known, ev->id, 32) != 0) {
        uni_halt(cs, "the host made another block final than this engine",
                 ev->height);
    }
    cs->applied = ev->height;
    memcpy(cs->applied_id, ev->id, 32);
    cs->is_releasing = 1;
    cs->is_moved = 1;
    uni_cuts_prune(cs);
}

void uni_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev)
{
    if (cs->seal == 0) {
        cs->seal = ev->height;
        cs->is_moved = 1;
        uni_trace(cs, "C7 seal", ev->height);
    }
}
