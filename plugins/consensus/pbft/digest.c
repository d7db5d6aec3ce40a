/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 *
 * Parts are folded into a running hash, so that the size of the state does not
 * ask for a buffer.
 */
#include "inside.h"

struct fold {
    const struct vt_cs *cs;
    uint8_t hash[32];
    uint8_t bytes[1024];
    struct cs_wr wr;
    vt_status status;
};

static void flush(struct fold *f)
{
    struct vt_view parts[2] = {{f->hash, 32}, cs_wr_view(&f->wr)};
    uint8_t next[32];
    vt_status status =
        f->cs->crypto->hash(f->cs->host, "VTC/pbft/state/1", parts, 2, next);

    if (status != VT_OK) {
        f->status = status;
    } else {
        memcpy(f->hash, next, 32);
    }
    cs_wr_init(&f->wr, f->bytes, sizeof f->bytes);
}

static void bytes(struct fold *f, const void *ptr, size_t len)
{
    const uint8_t *at = ptr;

    while (len > 0) {
        size_t room = f->wr.cap - f->wr.len;
        size_t n = len < room ? len : room;

        cs_put(&f->wr, at, n);
        at += n;
        len -= n;
        if (f->wr.len == f->wr.cap) {
            flush(f);
        }
    }
}

static void num(struct fold *f, uint64_t v)
{
    uint8_t le[8];
    struct cs_wr wr;

    cs_wr_init(&wr, le, sizeof le);
    cs_put_u64(&wr, v);
    bytes(f, le, sizeof le);
}

static void sig(struct fold *f, const struct pbft_sig *s)
{
    num(f, s->len);
    bytes(f, s->bytes, s->len);
}

static void ask(struct fold *f, const struct pbft_ask *a)
{
    num(f, a->state);
    num(f, a->token);
    num(f, a->since_ns);
}

static void qc(struct fold *f, const struct pbft_qc *q)
{
    uint32_t count = cs_count(q->signers);

    num(f, q->seq);
    if (q->seq == 0) {
        return;
    }
    num(f, q->role);
    num(f, q->view);
    bytes(f, q->id, 32);
    bytes(f, q->extra, 32);
    num(f, q->signers);
    for (uint32_t i = 0; i < count; i++) {
        sig(f, &q->sig[i]);
    }
}

static void core(struct fold *f, const struct pbft_vc_core *c)
{
    uint8_t out[PBFT_CORE_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, out, sizeof out);
    pbft_core_viewchange(&wr, c);
    num(f, c->member);
    bytes(f, out, wr.len);
    sig(f, &c->sig);
}

static void viewchange(struct fold *f, const struct pbft_viewchange *vc)
{
    num(f, vc != NULL);
    if (vc != NULL) {
        core(f, &vc->core);
        qc(f, &vc->stable);
        qc(f, &vc->hp);
    }
}

static void newview(struct fold *f, const struct pbft_newview *nv)
{
    num(f, nv != NULL);
    if (nv == NULL) {
        return;
    }
    num(f, nv->view);
    sig(f, &nv->sig);
    for (uint32_t i = 0; i < nv->count; i++) {
        core(f, &nv->vcs[i]);
    }
    qc(f, &nv->stable);
    qc(f, &nv->hp);
    num(f, nv->path_len);
    bytes(f, nv->path, (size_t)nv->path_len * 32u);
}

static void vote(struct fold *f, const struct pbft_vote *v)
{
    num(f, v->state);
    bytes(f, v->id, 32);
    bytes(f, v->extra, 32);
    sig(f, &v->sig);
}

/* ---- parts of the instance ---------------------------------------------- */

static void put_chain(struct fold *f)
{
    const struct vt_cs *cs = f->cs;

    num(f, cs->floor);
    bytes(f, cs->floor_below, 32);
    num(f, cs->committed);
    num(f, cs->applied);
    bytes(f, cs->committed_id, 32);
    bytes(f, cs->committed_link, 32);
    num(f, cs->has_link);
    num(f, cs->commit_view);
    num(f, cs->commit_ns);
    num(f, cs->is_settled);
    num(f, cs->tail);
    for (uint32_t i = 0; i < PBFT_CHAIN_RING; i++) {
        const struct pbft_link *at = &cs->chain[i];

        if (at->seq != 0) {
            num(f, at->seq);
            bytes(f, at->id, 32);
            bytes(f, at->link, 32);
        }
    }
    num(f, cs->fin.is_set);
    if (cs->fin.is_set) {
        qc(f, &cs->fin.qc);
        num(f, cs->fin.below);
        bytes(f, cs->fin.link, cs->fin.below != 0 ? 32 : 0);
        for (uint64_t s = cs->fin.below + 1;
             cs->fin.below != 0 && s <= cs->fin.qc.seq; s++) {
            bytes(f, cs->fin.path[s - cs->fin.below - 1], 32);
        }
    }
    qc(f, &cs->last);
    num(f, cs->sync_ns);
}

static void put_slot(struct fold *f, const struct pbft_slot *slot)
{
    num(f, slot->seq);
    if (slot->seq == 0) {
        return;
    }
    num(f, slot->pp_state);
    num(f, slot->is_mine);
    num(f, slot->is_voted);
    num(f, slot->is_bad);
    bytes(f, slot->pp_id, 32);
    bytes(f, slot->pp_parent, 32);
    bytes(f, slot->voted_id, 32);
    sig(f, &slot->pp_sig);
    ask(f, &slot->ask_pp);
    for (uint32_t phase = 0; phase < PBFT_PHASES; phase++) {
        ask(f, &slot->ask[phase]);
        num(f, slot->has_qc[phase]);
        for (uint32_t m = 0; m < f->cs->n; m++) {
            vote(f, &slot->votes[phase][m]);
        }
    }
}

static void put_view(struct fold *f)
{
    const struct vt_cs *cs = f->cs;

    num(f, cs->view);
    num(f, cs->is_changing);
    num(f, cs->base.seq);
    bytes(f, cs->base.id, 32);
    num(f, cs->base.is_final);
    num(f, cs->base.is_pending);
    num(f, cs->base.is_elsewhere);
    num(f, cs->base.holders);
    num(f, cs->prepared);
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        put_slot(f, &cs->slots[i]);
    }
    qc(f, &cs->hp);
    bytes(f, cs->hp_link, 32);
    num(f, cs->is_recalling);
    num(f, cs->voted_view);
    num(f, cs->voted_seq);
    num(f, cs->commits_view);
    num(f, cs->commits_seq);
    for (uint32_t i = 0; i < cs->record_count; i++) {
        const struct pbft_record *r = &cs->records[i];

        num(f, r->seq);
        if (r->seq != 0) {
            num(f, r->view);
            num(f, r->is_mine);
            bytes(f, r->id, 32);
            bytes(f, r->parent, 32);
            bytes(f, r->newview, 32);
        }
    }
    viewchange(f, cs->my_vc);
    ask(f, &cs->ask_vc);
    newview(f, cs->my_nv);
    newview(f, cs->saved_nv);
    ask(f, &cs->ask_nv);
    num(f, cs->nv_raw_len);
    bytes(f, cs->nv_raw, cs->nv_raw_len);
}

static void put_rest(struct fold *f)
{
    const struct vt_cs *cs = f->cs;

    num(f, cs->next_token);
    num(f, cs->is_started);
    num(f, cs->is_halted);
    qc(f, &cs->stable);
    num(f, cs->my_ckpt_seq);
    bytes(f, cs->my_ckpt_id, 32);
    bytes(f, cs->my_ckpt_root, 32);
    ask(f, &cs->ask_ckpt);
    num(f, cs->waiting);
    num(f, cs->waiting_bytes);
    num(f, cs->proposed_ns);
    ask(f, &cs->ask_build);
    num(f, cs->build_seq);
    num(f, cs->seal);
    num(f, cs->is_sealed);
    for (uint32_t i = 0; i < PBFT_TIMERS; i++) {
        num(f, cs->timers[i].wanted_ns);
        num(f, cs->timers[i].armed_ns);
    }
    num(f, cs->is_work_timed);
    num(f, cs->tick_backoff);
    num(f, cs->tick_committed);
    num(f, cs->tick_view);
    num(f, cs->views_changed);
    for (uint32_t i = 0; i < 4; i++) {
        num(f, (uint64_t)cs->gauge_told[i]);
    }
}

static void put_proof(struct fold *f, const struct pbft_peer *peer)
{
    const struct pbft_proof *p = peer->cert_fresh;

    num(f, p != NULL);
    if (p != NULL) {
        num(f, peer->cert_height);
        qc(f, &p->qc);
        bytes(f, p->link, 32);
        num(f, p->path_len);
        bytes(f, p->path, (size_t)p->path_len * 32u);
    }
}

static void put_peer(struct fold *f, const struct pbft_peer *peer)
{
    viewchange(f, peer->vc);
    viewchange(f, peer->vc_fresh);
    newview(f, peer->nv_fresh);
    put_proof(f, peer);
    num(f, peer->stable_fresh != NULL);
    if (peer->stable_fresh != NULL) {
        qc(f, peer->stable_fresh);
    }
    num(f, peer->conflict.kind);
    if (peer->conflict.kind != 0) {
        bytes(f, peer->conflict.a, peer->conflict.len_a);
        bytes(f, peer->conflict.b, peer->conflict.len_b);
    }
    num(f, peer->convicted);
    for (uint32_t i = 0; i < PBFT_KEPT_CHECKPOINTS; i++) {
        num(f, peer->ckpt_seq[i]);
        vote(f, &peer->ckpt[i]);
    }
    num(f, peer->claimed);
    num(f, peer->view_seen);
    num(f, peer->asked_ns);
    num(f, peer->answered_ns);
    num(f, peer->helped_ns);
    num(f, peer->budget_ns);
    num(f, peer->heavy);
    num(f, peer->bad);
}

static void put_block(struct fold *f, const struct pbft_block *b)
{
    bytes(f, b->id, 32);
    num(f, b->is_known | b->is_held << 1 | b->is_stored << 2 | b->is_live << 3 |
               b->has_payload << 4 | b->is_empty << 5 | b->valid << 6);
    num(f, b->height);
    bytes(f, b->parent, 32);
    num(f, b->holders);
    ask(f, &b->fetch);
    ask(f, &b->validate);
}

static void put_job(struct fold *f, const struct pbft_job *j)
{
    num(f, j->token);
    num(f, j->since_ns);
    num(f, j->kind);
    num(f, j->member);
    num(f, j->phase);
    num(f, j->view);
    num(f, j->seq);
    num(f, j->who);
}

/* Effects that wait for room: they come out before anything else. */
static void put_kept(struct fold *f, struct cs_kept *kept)
{
    struct vt_view *views[3];
    size_t count = cs_effect_views(&kept->eff, views);

    num(f, kept->eff.h.type);
    num(f, kept->eff.h.token);
    num(f, kept->eff.h.flags);
    if (kept->eff.h.type == VT_EFF_SEND) {
        num(f, kept->eff.send.to);
        num(f, kept->eff.send.proto);
        bytes(f, kept->eff.send.attach, kept->eff.send.has_attach ? 32 : 0);
    } else if (kept->eff.h.type == VT_EFF_TIMER) {
        num(f, kept->eff.timer.timer);
        num(f, kept->eff.timer.delay_ns);
    } else if (kept->eff.h.type == VT_EFF_PERSIST) {
        num(f, kept->eff.persist.slot);
    }
    for (size_t i = 0; i < count; i++) {
        num(f, views[i]->len);
        bytes(f, views[i]->ptr, views[i]->len);
    }
}

vt_status pbft_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct fold f;

    memset(f.hash, 0, sizeof f.hash);
    f.cs = cs;
    f.status = VT_OK;
    cs_wr_init(&f.wr, f.bytes, sizeof f.bytes);
    num(&f, cs->epoch);
    num(&f, cs->self);
    put_chain(&f);
    put_view(&f);
    put_rest(&f);
    for (uint32_t m = 0; m < cs->n; m++) {
        put_peer(&f, &cs->peers[m]);
    }
    num(&f, cs->block_count);
    for (uint32_t i = 0; i < cs->block_count; i++) {
        put_block(&f, &cs->blocks[i]);
    }
    num(&f, cs->job_count);
    for (uint32_t i = 0; i < cs->job_count; i++) {
        put_job(&f, &cs->jobs[i]);
    }
    for (struct cs_kept *kept = cs->box.head; kept != NULL; kept = kept->next) {
        put_kept(&f, kept);
    }
    flush(&f);
    memcpy(out, f.hash, 32);
    return f.status;
}
