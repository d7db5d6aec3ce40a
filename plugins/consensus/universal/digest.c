/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 */
#include "inside.h"

#include "common/fold.h"

static void put_tips(struct cs_folder *f, const struct uni_tip *tips,
                     uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        cs_fold_num(f, tips[i].seq);
        cs_fold_bytes(f, tips[i].id, 32);
    }
}

static void put_votes(struct cs_folder *f, const struct uni_votes *v,
                      uint32_t n)
{
    cs_fold_num(f, v != NULL);
    if (v == NULL) {
        return;
    }
    cs_fold_num(f, v->good);
    cs_fold_num(f, v->waiting);
    cs_fold_num(f, v->checking);
    cs_fold_num(f, v->born_ns);
    cs_fold_num(f, v->sent_ns);
    cs_fold_num(f, v->level);
    cs_fold_ask(f, &v->check);
    for (uint32_t m = 0; m < n; m++) {
        cs_fold_sig(f, &v->sig[m]);
    }
}

static void put_cert(struct cs_folder *f, const struct uni_cert *c)
{
    cs_fold_num(f, c != NULL);
    if (c == NULL) {
        return;
    }
    cs_fold_num(f, c->lane);
    cs_fold_num(f, c->seq);
    cs_fold_num(f, c->level);
    cs_fold_bytes(f, c->id, 32);
    cs_fold_num(f, c->signers);
    for (uint32_t i = 0; i < cs_count(c->signers); i++) {
        cs_fold_sig(f, &c->sig[i]);
    }
}

static void put_batch(struct cs_folder *f, const struct uni_batch *b,
                      uint32_t n)
{
    cs_fold_bytes(f, b->id, 32);
    cs_fold_bytes(f, b->parent, 32);
    cs_fold_num(f, b->lane);
    cs_fold_num(f, b->seq);
    cs_fold_num(f, b->is_signed | b->is_learned << 1 | b->is_held << 2 |
                       b->is_bad << 3 | b->is_valid << 4 | b->is_asked << 5 |
                       b->is_said << 6 | b->is_sure << 7 | b->is_placed << 8 |
                       b->is_told << 9 | b->level << 10);
    cs_fold_num(f, b->is_flawed);
    cs_fold_bytes(f, b->flaw, b->flaw == NULL ? 0 : b->flaw_len);
    cs_fold_num(f, b->size_bytes);
    cs_fold_num(f, b->holders);
    cs_fold_num(f, b->fetches);
    cs_fold_ask(f, &b->fetch);
    cs_fold_ask(f, &b->validate);
    cs_fold_ask(f, &b->check);
    cs_fold_ask(f, &b->sign);
    cs_fold_sig(f, &b->sig);
    cs_fold_sig(f, &b->word);
    cs_fold_ask(f, &b->approve);
    put_votes(f, b->audits, n);
    put_votes(f, b->votes, n);
    put_cert(f, b->cert);
}

static void put_lanes(struct cs_folder *f, const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        cs_fold_num(f, cs->batches[i].is_used);
        if (cs->batches[i].is_used) {
            put_batch(f, &cs->batches[i], cs->n);
        }
    }
    for (uint32_t lane = 0; lane < cs->n; lane++) {
        const struct uni_lane *l = &cs->lanes[lane];

        cs_fold_num(f, l->top);
        cs_fold_num(f, l->is_closed | l->is_shut << 1);
        cs_fold_num(f, (uint64_t)l->budget);
        cs_fold_num(f, l->budget_ns);
        for (uint32_t i = 0; i < UNI_RING; i++) {
            cs_fold_num(f, l->said[i].seq);
            cs_fold_bytes(f, l->said[i].id, l->said[i].seq == 0 ? 0 : 32);
        }
    }
    for (uint32_t i = 0; i < cs->n * UNI_CHECKS; i++) {
        put_cert(f, cs->candidates[i].cert);
        cs_fold_ask(f, &cs->candidates[i].check);
    }
}

static void put_draw(struct cs_folder *f, const struct uni_draw *draw)
{
    cs_fold_num(f, draw->len);
    cs_fold_bytes(f, draw->bytes, draw->len);
}

static void put_audit(struct cs_folder *f, const struct uni_audit *a,
                      uint32_t n)
{
    cs_fold_num(f, a != NULL);
    if (a == NULL) {
        return;
    }
    cs_fold_bytes(f, a->rho, 32);
    for (uint32_t i = 0; i < n; i++) {
        cs_fold_num(f, a->done[i]);
    }
    cs_fold_num(f, a->groups);
    for (uint32_t i = 0; i < a->groups; i++) {
        cs_fold_num(f, a->group[i].height);
        cs_fold_num(f, a->group[i].makers);
        cs_fold_num(f, a->group[i].drawn);
        cs_fold_bytes(f, a->group[i].seed, 32);
    }
    cs_fold_num(f, a->pends);
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];

        cs_fold_num(f, p->lane | p->seq << 8);
        cs_fold_num(f, p->group | p->fate << 8);
        cs_fold_num(f, p->approved);
        cs_fold_bytes(f, p->id, 32);
    }
}

static void put_cut(struct cs_folder *f, const struct uni_cut *c, uint32_t n)
{
    cs_fold_bytes(f, c->id, 32);
    cs_fold_bytes(f, c->parent, 32);
    cs_fold_num(f, c->height);
    cs_fold_num(f, (uint64_t)c->time_ms);
    cs_fold_num(f, c->proposer);
    cs_fold_num(f, c->is_told | c->is_true << 1 | c->is_held << 2 |
                       c->is_joined << 3 | c->is_good << 4 | c->is_bad << 5 |
                       c->is_stored << 6 | c->is_wanted << 7 |
                       c->is_empty << 8);
    cs_fold_num(f, c->teller);
    cs_fold_num(f, c->holders);
    cs_fold_num(f, c->fetches);
    cs_fold_num(f, c->asked_ns);
    cs_fold_ask(f, &c->fetch);
    cs_fold_ask(f, &c->join);
    cs_fold_ask(f, &c->validate);
    put_tips(f, c->tips, n);
    put_draw(f, &c->draw);
    cs_fold_num(f, c->luck);
    put_audit(f, c->audit, n);
}

static void put_cuts(struct cs_folder *f, const struct vt_cs *cs)
{
    const struct uni_mine *mine = &cs->mine;

    for (uint32_t i = 0; i < cs->cut_top; i++) {
        cs_fold_num(f, cs->cuts[i].is_used);
        if (cs->cuts[i].is_used) {
            put_cut(f, &cs->cuts[i], cs->n);
        }
    }
    cs_fold_num(f, cs->root);
    cs_fold_ask(f, &mine->join);
    cs_fold_num(f, mine->view);
    cs_fold_num(f, mine->is_ready);
    cs_fold_num(f, mine->height);
    cs_fold_num(f, (uint64_t)mine->time_ms);
    cs_fold_bytes(f, mine->parent, 32);
    cs_fold_bytes(f, mine->id, 32);
    put_tips(f, mine->tips, cs->n);
    cs_fold_ask(f, &mine->prove);
    cs_fold_num(f, mine->lot);
    put_draw(f, &mine->draw);
    cs_fold_bytes(f, mine->value, 32);
    put_audit(f, cs->auditors > 0 ? &mine->audit : NULL, cs->n);
}

static void put_final(struct cs_folder *f, const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < UNI_FINALS; i++) {
        cs_fold_num(f, cs->finals[i].height);
        cs_fold_bytes(f, cs->finals[i].id, 32);
        cs_fold_bytes(f, cs->finals[i].proof, cs->finals[i].proof_len);
    }
    for (uint32_t i = 0; i < UNI_HISTORY; i++) {
        if (cs->ring[i].next != 0) {
            cs_fold_num(f, cs->ring[i].next);
            cs_fold_bytes(f, cs->ring[i].id, 32);
        }
    }
    cs_fold_num(f, cs->applied);
    cs_fold_bytes(f, cs->applied_id, 32);
    cs_fold_num(f, cs->is_releasing);
    cs_fold_num(f, cs->is_resumed);
    cs_fold_num(f, cs->commit_ns);
    cs_fold_num(f, cs->notarized_ns);
    cs_fold_num(f, cs->notarized_view);
    cs_fold_num(f, cs->sync_ns);
    cs_fold_num(f, cs->seal);
    cs_fold_num(f, cs->is_sealed);
}

vt_status uni_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_hasher hasher = {cs->host, cs->crypto, "VTC/universal/state/1"};
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
    cs_fold_num(&f, cs->is_idle);
    put_lanes(&f, cs);
    put_cuts(&f, cs);
    put_final(&f, cs);
    cs_fold_pace(&f, &cs->pace);
    cs_fold_ask(&f, &cs->ask_batch);
    cs_fold_num(&f, cs->batch_seq);
    cs_fold_num(&f, cs->own_seq);
    cs_fold_bytes(&f, cs->own_id, 32);
    cs_fold_num(&f, cs->convicted);
    cs_fold_num(&f, cs->flawed);
    cs_fold_num(&f, cs->approvals);
    cs_fold_num(&f, cs->counted);
    cs_fold_num(&f, cs->witness_us);
    cs_fold_num(&f, cs->cut_us);
    for (uint32_t i = 0; i < UNI_GAUGES; i++) {
        cs_fold_num(&f, (uint64_t)cs->gauge_told[i]);
    }
    cs_fold_timers(&f, cs->timers, UNI_TIMERS);
    return cs_fold_finish(&f, &cs->box, out);
}
