/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 */
#include "inside.h"

#include "common/fold.h"

static void put_node(struct cs_folder *f, const struct dpos_node *n)
{
    cs_fold_bytes(f, n->id, 32);
    cs_fold_bytes(f, n->above, 32);
    cs_fold_bytes(f, n->link, 32);
    cs_fold_num(f, n->height);
    cs_fold_num(f, n->slot);
    cs_fold_num(f, n->owner);
    cs_fold_num(
        f, n->is_told | n->is_wanted << 1 | n->is_learned << 2 |
               n->is_held << 3 | n->is_signed << 4 | n->is_below_good << 5 |
               n->is_bad << 6 | n->is_attached << 7 | n->is_stored << 8 |
               n->is_recorded << 9 | n->is_empty << 10 | n->valid << 11);
    cs_fold_num(f, n->parent);
    cs_fold_num(f, n->children);
    cs_fold_num(f, n->payer);
    cs_fold_num(f, n->teller);
    cs_fold_sig(f, &n->sig);
    cs_fold_sig(f, &n->below);
    cs_fold_ask(f, &n->fetch);
    cs_fold_ask(f, &n->check);
    cs_fold_ask(f, &n->check_below);
    cs_fold_ask(f, &n->validate);
    cs_fold_ask(f, &n->sign);
    cs_fold_num(f, n->fetches);
    cs_fold_num(f, n->holders);
}

static void put_tree(struct cs_folder *f, const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        cs_fold_num(f, cs->nodes[i].is_used);
        if (cs->nodes[i].is_used) {
            put_node(f, &cs->nodes[i]);
        }
    }
    cs_fold_num(f, cs->root);
    cs_fold_num(f, cs->head);
    cs_fold_bytes(f, cs->told_head, 32);
    cs_fold_num(f, cs->head_ns);
    cs_fold_num(f, cs->is_moved);
    cs_fold_num(f, cs->is_new);
    cs_fold_num(f, cs->reorgs);
}

static void put_final(struct cs_folder *f, const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < DPOS_RING; i++) {
        const struct cs_link *at = &cs->ring[i];

        if (at->seq != 0) {
            cs_fold_num(f, at->seq);
            cs_fold_bytes(f, at->id, 32);
            cs_fold_bytes(f, at->link, 32);
        }
    }
    cs_fold_num(f, cs->applied);
    cs_fold_num(f, cs->fin.height);
    if (cs->fin.height != 0) {
        cs_fold_bytes(f, cs->fin.link, 32);
        cs_fold_num(f, cs->fin.proof_len);
        cs_fold_bytes(f, cs->fin.proof, cs->fin.proof_len);
    }
    cs_fold_num(f, cs->seal);
    cs_fold_num(f, cs->is_sealed);
    cs_fold_num(f, cs->sync_ns);
    cs_fold_num(f, cs->commit_ns);
}

vt_status dpos_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_hasher hasher = {cs->host, cs->crypto, "VTC/dpos/state/1"};
    struct cs_folder f;
    uint8_t core[32];
    vt_status status = bft_digest(cs->bft, core);

    if (status != VT_OK) {
        return status;
    }
    cs_fold_start(&f, &hasher);
    cs_fold_bytes(&f, core, 32);
    cs_fold_num(&f, cs->epoch);
    cs_fold_num(&f, cs->self);
    cs_fold_num(&f, cs->is_started);
    cs_fold_num(&f, cs->is_halted);
    put_tree(&f, cs);
    put_final(&f, cs);
    cs_fold_num(&f, cs->notarized);
    cs_fold_bytes(&f, cs->notarized_link, 32);
    cs_fold_num(&f, cs->is_idle);
    cs_fold_num(&f, cs->waiting);
    cs_fold_num(&f, cs->own_slot);
    cs_fold_ask(&f, &cs->ask_build);
    cs_fold_num(&f, cs->build_slot);
    cs_fold_num(&f, cs->convicted);
    for (uint32_t i = 0; i < DPOS_GAUGES; i++) {
        cs_fold_num(&f, (uint64_t)cs->gauge_told[i]);
    }
    cs_fold_timers(&f, cs->timers, DPOS_TIMERS);
    return cs_fold_finish(&f, &cs->box, out);
}
