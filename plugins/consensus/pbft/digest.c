/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 */
#include "common/fold.h"
#include "inside.h"

static void core(struct cs_folder *f, const struct pbft_vc_core *c)
{
    uint8_t out[PBFT_CORE_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, out, sizeof out);
    pbft_core_viewchange(&wr, c);
    cs_fold_num(f, c->member);
    cs_fold_bytes(f, out, wr.len);
    cs_fold_sig(f, &c->sig);
}

static void viewchange(struct cs_folder *f, const struct pbft_viewchange *vc)
{
    cs_fold_num(f, vc != NULL);
    if (vc != NULL) {
        core(f, &vc->core);
        cs_fold_qc(f, &vc->stable);
        cs_fold_qc(f, &vc->hp);
    }
}

static void newview(struct cs_folder *f, const struct pbft_newview *nv)
{
    cs_fold_num(f, nv != NULL);
    if (nv == NULL) {
        return;
    }
    cs_fold_num(f, nv->view);
    cs_fold_sig(f, &nv->sig);
    for (uint32_t i = 0; i < nv->count; i++) {
        core(f, &nv->vcs[i]);
    }
    cs_fold_qc(f, &nv->stable);
    cs_fold_qc(f, &nv->hp);
    cs_fold_num(f, nv->path_len);
    cs_fold_bytes(f, nv->path, (size_t)nv->path_len * 32u);
}

static void vote(struct cs_folder *f, const struct pbft_vote *v)
{
    cs_fold_num(f, v->state);
    cs_fold_bytes(f, v->id, 32);
    cs_fold_bytes(f, v->extra, 32);
    cs_fold_sig(f, &v->sig);
}

/* ---- parts of the instance ---------------------------------------------- */

static void put_chain(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_chain(f, &cs->chain);
    cs_fold_pace(f, &cs->pace);
    cs_fold_num(f, cs->commit_view);
    cs_fold_num(f, cs->fin.is_set);
    if (cs->fin.is_set) {
        cs_fold_qc(f, &cs->fin.qc);
        cs_fold_num(f, cs->fin.below);
        cs_fold_bytes(f, cs->fin.link, cs->fin.below != 0 ? 32 : 0);
        for (uint64_t s = cs->fin.below + 1;
             cs->fin.below != 0 && s <= cs->fin.qc.seq; s++) {
            cs_fold_bytes(f, cs->fin.path[s - cs->fin.below - 1], 32);
        }
    }
    cs_fold_num(f, cs->sync_ns);
}

static void put_slot(struct cs_folder *f, const struct pbft_slot *slot,
                     uint32_t n)
{
    cs_fold_num(f, slot->seq);
    if (slot->seq == 0) {
        return;
    }
    cs_fold_num(f, slot->pp_state);
    cs_fold_num(f, slot->is_mine);
    cs_fold_num(f, slot->is_voted);
    cs_fold_num(f, slot->is_bad);
    cs_fold_bytes(f, slot->pp_id, 32);
    cs_fold_bytes(f, slot->pp_parent, 32);
    cs_fold_bytes(f, slot->voted_id, 32);
    cs_fold_sig(f, &slot->pp_sig);
    cs_fold_ask(f, &slot->ask_pp);
    for (uint32_t phase = 0; phase < PBFT_PHASES; phase++) {
        cs_fold_ask(f, &slot->ask[phase]);
        cs_fold_num(f, slot->has_qc[phase]);
        for (uint32_t m = 0; m < n; m++) {
            vote(f, &slot->votes[phase][m]);
        }
    }
}

static void put_view(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_num(f, cs->view);
    cs_fold_num(f, cs->is_changing);
    cs_fold_num(f, cs->base.seq);
    cs_fold_bytes(f, cs->base.id, 32);
    cs_fold_num(f, cs->base.is_final);
    cs_fold_num(f, cs->base.is_pending);
    cs_fold_num(f, cs->base.is_elsewhere);
    cs_fold_num(f, cs->base.holders);
    cs_fold_num(f, cs->prepared);
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        put_slot(f, &cs->slots[i], cs->n);
    }
    cs_fold_qc(f, &cs->hp);
    cs_fold_bytes(f, cs->hp_link, 32);
    cs_fold_num(f, cs->is_recalling);
    cs_fold_num(f, cs->voted_view);
    cs_fold_num(f, cs->voted_seq);
    cs_fold_num(f, cs->commits_view);
    cs_fold_num(f, cs->commits_seq);
    for (uint32_t i = 0; i < cs->record_count; i++) {
        const struct pbft_record *r = &cs->records[i];

        cs_fold_num(f, r->seq);
        if (r->seq != 0) {
            cs_fold_num(f, r->view);
            cs_fold_num(f, r->is_mine);
            cs_fold_bytes(f, r->id, 32);
            cs_fold_bytes(f, r->parent, 32);
            cs_fold_bytes(f, r->newview, 32);
        }
    }
    viewchange(f, cs->my_vc);
    cs_fold_ask(f, &cs->ask_vc);
    newview(f, cs->my_nv);
    newview(f, cs->saved_nv);
    cs_fold_ask(f, &cs->ask_nv);
    cs_fold_num(f, cs->nv_raw_len);
    cs_fold_bytes(f, cs->nv_raw, cs->nv_raw_len);
}

static void put_rest(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_num(f, cs->is_started);
    cs_fold_num(f, cs->is_halted);
    cs_fold_qc(f, &cs->stable);
    cs_fold_num(f, cs->my_ckpt_seq);
    cs_fold_bytes(f, cs->my_ckpt_id, 32);
    cs_fold_bytes(f, cs->my_ckpt_root, 32);
    cs_fold_ask(f, &cs->ask_ckpt);
    cs_fold_ask(f, &cs->ask_build);
    cs_fold_num(f, cs->build_seq);
    cs_fold_timers(f, cs->timers, PBFT_TIMERS);
    cs_fold_num(f, cs->is_work_timed);
    cs_fold_num(f, cs->tick_backoff);
    cs_fold_num(f, cs->tick_committed);
    cs_fold_num(f, cs->tick_view);
    cs_fold_num(f, cs->views_changed);
    for (uint32_t i = 0; i < 4; i++) {
        cs_fold_num(f, (uint64_t)cs->gauge_told[i]);
    }
}

static void put_peer(struct cs_folder *f, const struct pbft_peer *peer)
{
    viewchange(f, peer->vc);
    viewchange(f, peer->vc_fresh);
    newview(f, peer->nv_fresh);
    cs_fold_proof(f, peer->cert_fresh);
    cs_fold_num(f, peer->cert_height);
    cs_fold_num(f, peer->stable_fresh != NULL);
    if (peer->stable_fresh != NULL) {
        cs_fold_qc(f, peer->stable_fresh);
    }
    cs_fold_num(f, peer->conflict.kind);
    if (peer->conflict.kind != 0) {
        cs_fold_bytes(f, peer->conflict.a, peer->conflict.len_a);
        cs_fold_bytes(f, peer->conflict.b, peer->conflict.len_b);
    }
    cs_fold_num(f, peer->convicted);
    for (uint32_t i = 0; i < PBFT_KEPT_CHECKPOINTS; i++) {
        cs_fold_num(f, peer->ckpt_seq[i]);
        vote(f, &peer->ckpt[i]);
    }
    cs_fold_num(f, peer->claimed);
    cs_fold_num(f, peer->view_seen);
    cs_fold_num(f, peer->asked_ns);
    cs_fold_num(f, peer->answered_ns);
    cs_fold_num(f, peer->helped_ns);
    cs_fold_num(f, peer->budget_ns);
    cs_fold_num(f, peer->heavy);
    cs_fold_num(f, peer->bad);
}

static void put_job(struct cs_folder *f, const struct pbft_job *j)
{
    cs_fold_num(f, j->token);
    cs_fold_num(f, j->since_ns);
    cs_fold_num(f, j->kind);
    cs_fold_num(f, j->member);
    cs_fold_num(f, j->phase);
    cs_fold_num(f, j->view);
    cs_fold_num(f, j->seq);
    cs_fold_num(f, j->who);
}

vt_status pbft_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_hasher hasher = {cs->host, cs->crypto, "VTC/pbft/state/1"};
    struct cs_folder f;

    cs_fold_start(&f, &hasher);
    cs_fold_num(&f, cs->epoch);
    cs_fold_num(&f, cs->self);
    put_chain(&f, cs);
    put_view(&f, cs);
    put_rest(&f, cs);
    for (uint32_t m = 0; m < cs->n; m++) {
        put_peer(&f, &cs->peers[m]);
    }
    cs_fold_blocks(&f, &cs->blocks);
    cs_fold_num(&f, cs->job_count);
    for (uint32_t i = 0; i < cs->job_count; i++) {
        put_job(&f, &cs->jobs[i]);
    }
    return cs_fold_finish(&f, &cs->box, out);
}
