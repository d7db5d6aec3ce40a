/* SPDX-License-Identifier: Apache-2.0
 *
 * viewchange.c - P8, P9: leaving a view.
 */
#include "evidence.h"

#include "inside.h"

/* ---- P9 ----------------------------------------------------------------- */

static struct pbft_viewchange *make(const struct vt_cs *cs)
{
    struct pbft_viewchange *vc = calloc(1, sizeof *vc);
    struct pbft_vc_core *core;

    if (vc == NULL) {
        return NULL;
    }
    core = &vc->core;
    core->member = cs->self;
    core->view = cs->view;
    core->stable_seq = cs->chain.start - 1;
    if (cs->stable.seq != 0) {
        core->stable_seq = cs->stable.seq;
        memcpy(core->stable_id, cs->stable.id, 32);
        memcpy(core->stable_root, cs->stable.extra, 32);
        vc->stable = cs->stable;
    }
    if (cs->hp.seq != 0) {
        core->hp_view = cs->hp.view;
        core->hp_seq = cs->hp.seq;
        memcpy(core->hp_id, cs->hp.id, 32);
        vc->hp = cs->hp;
    }
    core->voted_view = cs->voted_view;
    core->voted_seq = cs->voted_seq;
    return vc;
}

/* Own words on the way to a view, once it is entered or given up. */
void pbft_forget_change(struct vt_cs *cs)
{
    free(cs->my_vc);
    cs->my_vc = NULL;
    memset(&cs->ask_vc, 0, sizeof cs->ask_vc);
    free(cs->my_nv);
    cs->my_nv = NULL;
    memset(&cs->ask_nv, 0, sizeof cs->ask_nv);
}

/* Nothing of the old view counts any more. */
void pbft_leave_view(struct vt_cs *cs, uint64_t view)
{
    pbft_jobs_drop_votes(cs);
    pbft_slots_reset(cs);
    pbft_blocks_forget(cs);
    cs->view = view;
    cs->chain.tail = cs->chain.committed;
    cs->prepared = cs->chain.committed;
    cs->is_recalling = 0;
    memset(&cs->base, 0, sizeof cs->base);
    cs->timers[PBFT_TIMER_PROGRESS].wanted_ns = 0;
    pbft_forget_change(cs);
    free(cs->nv_raw);
    cs->nv_raw = NULL;
    cs->nv_raw_len = 0;
    cs->views_changed++;
}

/* A crash may have lost the entry into a view and kept what was done in it:
 * there is no going to that view again. */
static uint64_t not_below_own_word(const struct vt_cs *cs, uint64_t view)
{
    view = view > cs->voted_view ? view : cs->voted_view + 1;
    return view > cs->hp.view ? view : cs->hp.view + 1;
}

void pbft_start_change(struct vt_cs *cs, uint64_t view)
{
    if (view <= cs->view || !pbft_is_member(cs) || cs->chain.is_sealed) {
        return;
    }
    pbft_leave_view(cs, not_below_own_word(cs, view));
    cs->is_changing = 1;
    cs->my_vc = make(cs);
    if (cs->my_vc == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    pbft_save_view(cs);
    pbft_sign_viewchange(cs);
    pbft_trace(cs, "P9 viewchange", cs->hp.seq);
    pbft_log(cs, "leaving for another view:", cs->chain.committed);
}

void pbft_sign_viewchange(struct vt_cs *cs)
{
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_viewchange(&core, &cs->my_vc->core);
    pbft_ask_sign(cs, &cs->ask_vc, PBFT_VIEWCHANGE, cs->view, 0,
                  cs_wr_view(&core));
}

/* D5: counts here as it does elsewhere. */
void pbft_viewchange_signed(struct vt_cs *cs, const struct cs_sig *sig)
{
    struct pbft_peer *me = &cs->peers[cs->self];
    struct pbft_viewchange *copy = malloc(sizeof *copy);

    if (copy == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    cs->my_vc->core.sig = *sig;
    *copy = *cs->my_vc;
    free(me->vc);
    me->vc = copy;
    pbft_send_viewchange(cs, VT_PEER_ALL);
}

void pbft_send_viewchange(struct vt_cs *cs, uint32_t to)
{
    struct cs_wr wr;

    if (cs->my_vc == NULL || cs->my_vc->core.sig.len == 0) {
        return;
    }
    cs_wr_init(&wr, cs->buffer, PBFT_MESSAGE_MAX);
    pbft_put_viewchange(&wr, cs->my_vc, cs->n, cs->chain.start);
    pbft_send(cs, to, PBFT_VIEWCHANGE, cs_wr_view(&wr));
}

/* ---- P8 ----------------------------------------------------------------- */

/* f + 1 members left for higher views: at least one of them is honest. Each
 * counts with its own highest view; views are never added up. */
int pbft_join(struct vt_cs *cs)
{
    uint64_t views[PBFT_MEMBERS_MAX];
    uint32_t count = 0;

    if (!pbft_is_member(cs) || cs->chain.is_sealed) {
        return 0;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_viewchange *vc = cs->peers[m].vc;
        uint32_t at = count;

        if (m == cs->self || vc == NULL || vc->core.view <= cs->view) {
            continue;
        }
        for (; at > 0 && views[at - 1] < vc->core.view; at--) {
            views[at] = views[at - 1];
        }
        views[at] = vc->core.view;
        count++;
    }
    if (count < cs->f + 1) {
        return 0;
    }
    pbft_trace(cs, "P8 join", cs->chain.committed);
    pbft_start_change(cs, views[cs->f]);
    return 1;
}

/* ---- what others say ---------------------------------------------------- */

static void accuse_double(struct vt_cs *cs, const struct pbft_vc_core *a,
                          const struct pbft_vc_core *b)
{
    uint8_t item_a[PBFT_ITEM_MAX];
    uint8_t item_b[PBFT_ITEM_MAX];
    size_t len_a = pbft_item_of_viewchange(a, item_a);
    size_t len_b = pbft_item_of_viewchange(b, item_b);

    pbft_accuse(cs, a->member, PBFT_EV_VIEWCHANGE, cs_view(item_a, len_a),
                cs_view(item_b, len_b));
}

/* A certificate for the same vote was verified before: use that one, so that
 * every certificate kept here is a verified one. */
static void reuse(struct vt_cs *cs, struct cs_qc *qc, uint32_t *count)
{
    const struct cs_qc *known;

    if (qc->seq == 0) {
        return;
    }
    known = pbft_qc_find(cs, qc);
    if (known != NULL) {
        *qc = *known;
    } else {
        pbft_item_qc(cs, count, qc);
    }
}

static void start_check(struct vt_cs *cs, struct pbft_peer *peer,
                        struct pbft_job *job)
{
    struct pbft_viewchange *vc = peer->vc_fresh;
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;
    uint32_t count = 0;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_viewchange(&core, &vc->core);
    pbft_item_core(cs, &count, vc->core.member, PBFT_VIEWCHANGE, &core,
                   &vc->core.sig);
    reuse(cs, &vc->stable, &count);
    reuse(cs, &vc->hp, &count);
    pbft_job_start(cs, job, count);
}

static int is_new(struct vt_cs *cs, uint32_t from,
                  const struct pbft_viewchange *vc)
{
    struct pbft_peer *peer = &cs->peers[from];

    if (peer->vc != NULL && vc->core.view <= peer->vc->core.view) {
        if (vc->core.view == peer->vc->core.view) {
            accuse_double(cs, &peer->vc->core, &vc->core);
        }
        if (vc->core.view < cs->view || !cs->is_changing) {
            pbft_help(cs, from, vc->core.view);
        }
        return 0;
    }
    if (vc->core.view < cs->view ||
        (vc->core.view == cs->view && !cs->is_changing)) {
        pbft_help(cs, from, vc->core.view);
        return vc->core.view == cs->view; /* kept for its evidence */
    }
    return peer->vc_fresh == NULL || vc->core.view > peer->vc_fresh->core.view;
}

void pbft_on_viewchange(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pbft_peer *peer = &cs->peers[from];
    struct pbft_viewchange *vc;
    struct pbft_job *job;

    if (from == cs->self || !pbft_is_member(cs)) {
        return;
    }
    vc = malloc(sizeof *vc);
    if (vc == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    if (!pbft_get_viewchange(msg, from, cs->n, cs->chain.start, vc)) {
        pbft_penalize(cs, from, "malformed VIEWCHANGE");
        free(vc);
        return;
    }
    if (!is_new(cs, from, vc) || !pbft_may_check(cs, from)) {
        free(vc);
        return;
    }
    pbft_job_drop(cs, PBFT_JOB_VIEWCHANGE, from);
    free(peer->vc_fresh);
    peer->vc_fresh = NULL;
    job = pbft_job_new(cs, PBFT_JOB_VIEWCHANGE, from);
    if (job == NULL) {
        free(vc);
        return;
    }
    peer->vc_fresh = vc;
    start_check(cs, peer, job);
}

void pbft_on_viewchange_checked(struct vt_cs *cs, uint32_t member, int is_good)
{
    struct pbft_peer *peer = &cs->peers[member];
    struct pbft_viewchange *vc = peer->vc_fresh;

    peer->vc_fresh = NULL;
    if (vc == NULL || !is_good ||
        (peer->vc != NULL && peer->vc->core.view >= vc->core.view)) {
        free(vc);
        return;
    }
    free(peer->vc);
    peer->vc = vc;
    pbft_check_history(cs, vc);
    if (vc->stable.seq != 0) {
        pbft_take_stable(cs, &vc->stable);
    }
    pbft_trace(cs, "P8 heard", vc->core.hp_seq);
}
