/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state.
 */
#include "inside.h"

static void fold_block(struct cs_folder *f, const struct pos_block *b)
{
    cs_fold_num(f, b->stage);
    if (b->stage == POS_FREE) {
        return;
    }
    cs_fold_num(f, b->up);
    cs_fold_num(f, b->teller);
    cs_fold_num(f, b->is_kept);
    cs_fold_num(f, b->tries);
    cs_fold_num(f, b->txs);
    cs_fold_num(f, b->word.proposer);
    cs_fold_num(f, b->word.slot);
    cs_fold_num(f, b->word.height);
    cs_fold_bytes(f, b->word.id, 32);
    cs_fold_sig(f, &b->word.sig);
    cs_fold_bytes(f, b->parent, 32);
    cs_fold_bytes(f, b->value, 32);
    cs_fold_bytes(f, b->link, 32);
    cs_fold_ask(f, &b->ask);
}

static void fold_root(struct cs_folder *f, const struct pos_root *r)
{
    cs_fold_num(f, r->height);
    cs_fold_num(f, r->slot);
    cs_fold_num(f, r->is_slot_known);
    cs_fold_num(f, r->txs);
    cs_fold_bytes(f, r->id, 32);
    cs_fold_bytes(f, r->link, 32);
    cs_fold_ask(f, &r->ask);
}

vt_status pos_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_folder f;
    uint8_t core[32];
    vt_status status = bft_digest(cs->bft, core);

    if (status != VT_OK) {
        return status;
    }
    cs_fold_start(&f, &cs->hasher);
    cs_fold_bytes(&f, core, 32);
    cs_fold_num(&f, cs->is_started | cs->is_halted << 1 | cs->is_sealed << 2 |
                        cs->is_idle << 3 | cs->is_head_lost << 4);
    fold_root(&f, &cs->root);
    for (uint32_t i = 0; i < cs->top; i++) {
        fold_block(&f, &cs->blocks[i]);
    }
    cs_fold_num(&f, cs->top);
    cs_fold_num(&f, cs->head);
    cs_fold_num(&f, cs->head_ns);
    for (uint32_t i = 0; i < cs->n; i++) {
        cs_fold_num(&f, cs->answers[i]);
    }
    cs_fold_num(&f, cs->answers_ns);
    cs_fold_num(&f, cs->fin.height);
    cs_fold_bytes(&f, cs->fin.value, 32);
    cs_fold_bytes(&f, cs->fin.proof, cs->fin.len);
    cs_fold_num(&f, cs->applied);
    cs_fold_num(&f, cs->seal);
    cs_fold_num(&f, cs->sync_ns);
    cs_fold_num(&f, cs->convicted);
    cs_fold_num(&f, cs->waiting);
    cs_fold_num(&f, cs->lot_slot);
    cs_fold_num(&f, cs->made_slot);
    cs_fold_ask(&f, &cs->ask_lot);
    cs_fold_ask(&f, &cs->ask_build);
    cs_fold_timers(&f, cs->timers, POS_TIMERS);
    return cs_fold_finish(&f, &cs->box, out);
}
