/* SPDX-License-Identifier: Apache-2.0
 *
 * newview.c - P10: entering a view.
 */
#include "evidence.h"

#include "inside.h"

/* ---- the new primary ---------------------------------------------------- */

static int is_usable(const struct vt_cs *cs, uint32_t member)
{
    const struct pbft_viewchange *vc = cs->peers[member].vc;

    return vc != NULL && vc->core.view == cs->view;
}

/* A quorum of VIEWCHANGEs for this view, the own one among them, and the
 * highest certificates they brought. */
static void choose(const struct vt_cs *cs, struct pbft_newview *nv)
{
    uint32_t others = cs->q - 1;

    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_viewchange *vc = cs->peers[m].vc;

        if (!is_usable(cs, m) || (m != cs->self && others == 0)) {
            continue;
        }
        others -= m != cs->self;
        nv->vcs[nv->count++] = vc->core;
        if (vc->stable.seq > nv->stable.seq) {
            nv->stable = vc->stable;
        }
        if (vc->hp.seq != 0 &&
            (nv->hp.seq == 0 || pbft_rule_is_higher(vc->hp.view, vc->hp.seq,
                                                    nv->hp.view, nv->hp.seq))) {
            nv->hp = vc->hp;
        }
    }
    nv->stable.role = PBFT_CHECKPOINT;
    nv->hp.role = PBFT_PREPARE;
}

/* Ids from C up to the tip as far as they are known here: a hint. */
static void add_path(struct vt_cs *cs, struct pbft_newview *nv)
{
    const uint8_t *id = nv->hp.id;
    uint64_t count =
        nv->hp.seq > cs->chain.committed ? nv->hp.seq - cs->chain.committed : 0;

    if (count > CS_PATH_MAX) {
        return;
    }
    for (uint64_t i = count; i-- > 0;) {
        const struct cs_block *block = cs_block_find(&cs->blocks, id);

        memcpy(nv->path[i], id, 32);
        if (i > 0 && (block == NULL || !block->is_known)) {
            return;
        }
        id = i > 0 ? block->parent : id;
    }
    nv->path_len = (uint32_t)count;
}

static void body_digest(struct vt_cs *cs, const struct pbft_newview *nv,
                        uint8_t out[32])
{
    struct vt_view part;
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_newview_body(&wr, nv, cs->n, cs->chain.start);
    part = cs_wr_view(&wr);
    (void)cs->crypto->hash(cs->host, "VTC/pbft/newview/1", &part, 1, out);
}

int pbft_build_newview(struct vt_cs *cs)
{
    uint32_t count = 0;

    if (!cs->is_changing || !pbft_is_primary(cs) || cs->my_nv != NULL ||
        !is_usable(cs, cs->self)) {
        return 0;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        count += (uint32_t)is_usable(cs, m);
    }
    if (count < cs->q) {
        return 0;
    }
    cs->my_nv = calloc(1, sizeof *cs->my_nv);
    if (cs->my_nv == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return 0;
    }
    cs->my_nv->view = cs->view;
    choose(cs, cs->my_nv);
    add_path(cs, cs->my_nv);
    pbft_save_newview(cs); /* after a restart it must be this one again */
    pbft_sign_newview(cs);
    pbft_trace(cs, "P10 build", cs->my_nv->hp.seq);
    return 1;
}

void pbft_sign_newview(struct vt_cs *cs)
{
    uint8_t digest[32];
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    body_digest(cs, cs->my_nv, digest);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_newview(&core, cs->view, digest);
    pbft_ask_sign(cs, &cs->ask_nv, PBFT_NEWVIEW, cs->view, 0,
                  cs_wr_view(&core));
}

/* ---- entering ----------------------------------------------------------- */

/* P10: the highest prepared certificate is the tip, unless a stable checkpoint
 * lies at or above it. */
void pbft_set_base(struct vt_cs *cs, const struct pbft_newview *nv)
{
    struct pbft_base *base = &cs->base;

    memset(base, 0, sizeof *base);
    base->is_pending = 1;
    if (nv->hp.seq > nv->stable.seq) {
        base->seq = nv->hp.seq;
        memcpy(base->id, nv->hp.id, 32);
        base->holders = nv->hp.signers;
    } else if (nv->stable.seq != 0) {
        base->seq = nv->stable.seq;
        memcpy(base->id, nv->stable.id, 32);
        base->is_final = 1;
    } else {
        base->seq = cs->chain.start - 1;
        memcpy(base->id, cs->chain.epoch_parent, 32);
        base->is_final = 1;
    }
    cs->chain.tail = cs->chain.committed;
    cs->prepared = pbft_rule_first_vote(base->seq, cs->chain.committed) - 1;
    for (uint32_t i = 0; i < nv->path_len && !base->is_final; i++) {
        uint64_t seq = nv->hp.seq - nv->path_len + 1 + i;

        if (seq > cs->chain.committed &&
            seq - cs->chain.committed <= cs->slot_count) {
            (void)cs_block_want(&cs->blocks, nv->path[i], seq, base->holders);
        }
    }
}

/* The first NEWVIEW of a view is the one; it is durable before any vote. */
static void enter(struct vt_cs *cs, const struct pbft_newview *nv)
{
    uint8_t *raw;
    struct cs_wr wr;

    body_digest(cs, nv, cs->nv_digest);
    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_newview(&wr, nv, cs->n, cs->chain.start);
    raw = malloc(wr.len);
    if (raw == NULL || wr.is_full) {
        free(raw);
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    memcpy(raw, wr.ptr, wr.len);
    free(cs->nv_raw);
    cs->nv_raw = raw;
    cs->nv_raw_len = wr.len;
    cs->is_changing = 0;
    cs->timers[PBFT_TIMER_PROGRESS].wanted_ns = 0;
    pbft_forget_change(cs);
    pbft_set_base(cs, nv);
    pbft_save_view(cs);
    cs->is_recalling = 1; /* after a crash in the moment of entering */
    pbft_recall(cs);
    if (nv->stable.seq != 0) {
        pbft_take_stable(cs, &nv->stable);
    }
    pbft_trace(cs, "P10 enter", cs->base.seq);
    pbft_log(cs, "entered a view:", cs->base.seq);
}

void pbft_send_newview(struct vt_cs *cs, uint32_t to)
{
    if (cs->nv_raw != NULL && !cs->is_changing) {
        pbft_send(cs, to, PBFT_NEWVIEW, cs_view(cs->nv_raw, cs->nv_raw_len));
    }
}

void pbft_newview_signed(struct vt_cs *cs, const struct cs_sig *sig)
{
    struct pbft_newview *nv = cs->my_nv;

    cs->my_nv = NULL;
    memset(&cs->ask_nv, 0, sizeof cs->ask_nv);
    nv->sig = *sig;
    enter(cs, nv);
    free(nv);
    pbft_send_newview(cs, VT_PEER_ALL);
}

/* ---- the others --------------------------------------------------------- */

static void accuse_double(struct vt_cs *cs, uint32_t by,
                          const struct pbft_newview *other)
{
    uint32_t primary = pbft_primary(cs, cs->view);
    struct cs_sig sig;
    uint8_t digest[32];
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    struct cs_rd rd;
    size_t len_a;
    size_t len_b;

    if (cs->nv_raw == NULL) {
        return;
    }
    cs_rd_init(&rd, cs_view(cs->nv_raw, cs->nv_raw_len));
    (void)cs_get_u64(&rd);
    cs_get_sig(&rd, &sig);
    body_digest(cs, other, digest);
    len_a = pbft_item_of_newview(primary, cs->view, cs->nv_digest, &sig, a);
    len_b = pbft_item_of_newview(primary, cs->view, digest, &other->sig, b);
    pbft_accuse(cs, by, PBFT_EV_NEWVIEW, cs_view(a, len_a), cs_view(b, len_b));
}

static int is_same_core(const struct pbft_vc_core *a,
                        const struct pbft_vc_core *b)
{
    uint8_t bytes_a[PBFT_ITEM_MAX];
    uint8_t bytes_b[PBFT_ITEM_MAX];
    size_t len = pbft_item_of_viewchange(a, bytes_a);

    return len == pbft_item_of_viewchange(b, bytes_b) &&
           memcmp(bytes_a, bytes_b, len) == 0;
}

/* VIEWCHANGEs and certificates verified before need no second look. */
static void start_check(struct vt_cs *cs, const struct pbft_newview *nv,
                        struct pbft_job *job)
{
    uint8_t bytes[PBFT_CORE_MAX];
    uint8_t digest[32];
    struct cs_wr core;
    uint32_t count = 0;

    body_digest(cs, nv, digest);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_newview(&core, nv->view, digest);
    pbft_item_core(cs, &count, pbft_primary(cs, nv->view), PBFT_NEWVIEW, &core,
                   &nv->sig);
    for (uint32_t i = 0; i < nv->count; i++) {
        const struct pbft_vc_core *vc = &nv->vcs[i];
        const struct pbft_viewchange *known = cs->peers[vc->member].vc;

        if (known != NULL && is_same_core(&known->core, vc)) {
            continue;
        }
        cs_wr_init(&core, bytes, sizeof bytes);
        pbft_core_viewchange(&core, vc);
        pbft_item_core(cs, &count, vc->member, PBFT_VIEWCHANGE, &core,
                       &vc->sig);
    }
    if (nv->stable.seq != 0 && !pbft_qc_is_known(cs, &nv->stable)) {
        pbft_item_qc(cs, &count, &nv->stable);
    }
    if (nv->hp.seq != 0 && !pbft_qc_is_known(cs, &nv->hp)) {
        pbft_item_qc(cs, &count, &nv->hp);
    }
    pbft_job_start(cs, job, count);
}

static int is_needed(const struct vt_cs *cs, uint64_t view)
{
    return view > cs->view || (view == cs->view && cs->is_changing);
}

void pbft_on_newview(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_peer *peer = &cs->peers[from];
    struct pbft_newview *nv;
    struct pbft_job *job;
    struct vt_view body;

    if (from == cs->self) {
        return;
    }
    nv = malloc(sizeof *nv);
    if (nv == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    if (!pbft_get_newview(msg, cs->n, cs->chain.start, nv, &body)) {
        pbft_penalize(cs, from, "malformed NEWVIEW");
        free(nv);
        return;
    }
    if (nv->view == cs->view && !cs->is_changing) {
        accuse_double(cs, from, nv);
    }
    if (!is_needed(cs, nv->view) ||
        (peer->nv_fresh != NULL && peer->nv_fresh->view >= nv->view) ||
        !pbft_may_check(cs, from)) {
        free(nv);
        return;
    }
    pbft_job_drop(cs, PBFT_JOB_NEWVIEW, from);
    free(peer->nv_fresh);
    peer->nv_fresh = NULL;
    job = pbft_job_new(cs, PBFT_JOB_NEWVIEW, from);
    if (job == NULL) {
        free(nv);
        return;
    }
    peer->nv_fresh = nv;
    start_check(cs, nv, job);
}

void pbft_on_newview_checked(struct vt_cs *cs, uint32_t member, int is_good)
{
    struct pbft_newview *nv = cs->peers[member].nv_fresh;

    cs->peers[member].nv_fresh = NULL;
    if (nv == NULL || !is_good || !is_needed(cs, nv->view)) {
        free(nv);
        return;
    }
    if (nv->view != cs->view) {
        pbft_leave_view(cs, nv->view);
    }
    enter(cs, nv);
    free(nv);
}
