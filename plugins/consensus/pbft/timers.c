/* SPDX-License-Identifier: Apache-2.0
 *
 * timers.c - P7, P11: how long to wait for the primary, and when to say things
 * again.
 */
#include "inside.h"

/* ---- the view's timer --------------------------------------------------- */

/* T * 2^k, k = views since the last commit: the same at all who saw the same
 * commits. */
uint64_t pbft_timeout(const struct vt_cs *cs)
{
    uint64_t k = cs->view > cs->commit_view ? cs->view - cs->commit_view : 0;

    return cs->opt.timeout_ns
           << (k < PBFT_VIEW_BACKOFF_MAX ? k : PBFT_VIEW_BACKOFF_MAX);
}

static int has_open_proposal(const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        const struct pbft_slot *slot = &cs->slots[i];

        if (slot->seq > cs->chain.committed && slot->pp_state != PBFT_NO_VOTE) {
            return 1;
        }
    }
    return 0;
}

static int has_open_slot(const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        if (cs->slots[i].seq > cs->chain.committed) {
            return 1;
        }
    }
    return 0;
}

int pbft_has_work(const struct vt_cs *cs)
{
    if (cs->chain.seal != 0 && cs->chain.committed >= cs->chain.seal) {
        return 0;
    }
    return cs->pace.waiting > 0 || cs->chain.tail > cs->chain.committed ||
           cs->base.seq > cs->chain.committed || cs->fin.is_set ||
           has_open_proposal(cs);
}

/* P11: the wait for a NEWVIEW starts when a quorum has left for this view or
 * a higher one; alone a replica runs nowhere. */
static int quorum_has_left(const struct vt_cs *cs)
{
    uint32_t count = 0;

    for (uint32_t m = 0; m < cs->n; m++) {
        const struct pbft_viewchange *vc = cs->peers[m].vc;

        count += vc != NULL && vc->core.view >= cs->view;
    }
    return count >= cs->q;
}

static void want_progress(struct vt_cs *cs)
{
    struct cs_timer *timer = &cs->timers[PBFT_TIMER_PROGRESS];
    int is_due;

    if (!pbft_is_member(cs) || cs->chain.is_sealed) {
        timer->wanted_ns = 0;
        return;
    }
    is_due = cs->is_changing ? quorum_has_left(cs) : pbft_has_work(cs);
    if (is_due) {
        if (timer->wanted_ns == 0 || !cs->is_work_timed) {
            timer->wanted_ns = cs->box.now_ns + pbft_timeout(cs);
        }
    } else if (cs->pace.heartbeat_ns > 0 && !cs->is_changing &&
               (cs->chain.seal == 0 || cs->chain.committed < cs->chain.seal)) {
        /* a block is due even without work */
        timer->wanted_ns =
            cs->pace.commit_ns + cs->pace.heartbeat_ns + pbft_timeout(cs);
    } else {
        timer->wanted_ns = 0;
    }
    cs->is_work_timed = (uint32_t)is_due;
}

/* P5: at once when a height is decided, not when it is executed. */
void pbft_progress_made(struct vt_cs *cs)
{
    cs->pace.commit_ns = cs->box.now_ns;
    if (!cs->is_changing) {
        cs->timers[PBFT_TIMER_PROGRESS].wanted_ns = 0;
    }
}

static void on_progress_timer(struct vt_cs *cs)
{
    if (!cs->is_changing) {
        const struct pbft_slot *next = pbft_slot_open(cs, cs->chain.tail + 1);

        if (next != NULL && next->is_bad) {
            pbft_penalize(cs, pbft_primary(cs, cs->view),
                          "proposed a block that is not valid");
        }
    }
    pbft_trace(cs, "P7 timeout", cs->chain.committed);
    pbft_start_change(cs, cs->view + 1);
}

/* ---- the tick ----------------------------------------------------------- */

static int is_unsettled(const struct vt_cs *cs)
{
    return cs->is_changing || cs->fin.is_set || cs->job_count > 0 ||
           cs->base.seq > cs->chain.committed ||
           cs->chain.tail > cs->chain.committed ||
           cs->ask_build.state != CS_NOT_ASKED || pbft_checkpoint_waiting(cs) ||
           (cs->chain.seal != 0 && cs->chain.committed >= cs->chain.seal &&
            !cs->chain.is_sealed) ||
           has_open_slot(cs) || cs_blocks_waiting(&cs->blocks);
}

static int is_behind(const struct vt_cs *cs)
{
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs->peers[m].claimed > cs->chain.committed) {
            return 1;
        }
    }
    return !cs->chain.has_link || cs->stable.seq > cs->chain.committed;
}

static void retry_sign(struct vt_cs *cs, const struct cs_ask *ask,
                       uint64_t older_ns, void (*again)(struct vt_cs *cs))
{
    if (cs_is_stale(&cs->box, ask, older_ns)) {
        again(cs);
    }
}

static void retry_requests(struct vt_cs *cs, uint64_t older_ns)
{
    if (cs->my_vc != NULL) {
        retry_sign(cs, &cs->ask_vc, older_ns, pbft_sign_viewchange);
    }
    if (cs->my_nv != NULL) {
        retry_sign(cs, &cs->ask_nv, older_ns, pbft_sign_newview);
    }
    retry_sign(cs, &cs->ask_ckpt, older_ns, pbft_sign_checkpoint);
    cs_pace_retry(&cs->box, &cs->ask_build, older_ns);
    pbft_slots_retry(cs, older_ns);
    pbft_jobs_retry(cs, older_ns);
    cs_blocks_retry(&cs->blocks, older_ns);
}

static void on_tick(struct vt_cs *cs)
{
    int has_moved =
        cs->tick_committed != cs->chain.committed || cs->tick_view != cs->view;

    cs->tick_committed = cs->chain.committed;
    cs->tick_view = cs->view;
    retry_requests(cs, cs->opt.retransmit_ns);
    if (has_moved) {
        cs->tick_backoff = 0;
        return;
    }
    pbft_resend(cs);
    pbft_follow_claims(cs, 1);
    if (cs->fin.is_set) {
        pbft_emit_sync(cs, cs->fin.qc.seq);
    }
    if (cs->stable.seq > cs->chain.committed) {
        pbft_emit_sync(cs, cs->stable.seq);
    }
    if (cs->tick_backoff < PBFT_BACKOFF_MAX) {
        cs->tick_backoff++;
    }
}

void pbft_timers_update(struct vt_cs *cs)
{
    want_progress(cs);
    if (!cs->is_halted && (is_unsettled(cs) || is_behind(cs))) {
        if (cs->timers[PBFT_TIMER_TICK].wanted_ns == 0) {
            cs->timers[PBFT_TIMER_TICK].wanted_ns =
                cs->box.now_ns + (cs->opt.retransmit_ns << cs->tick_backoff);
        }
    } else {
        cs->timers[PBFT_TIMER_TICK].wanted_ns = 0;
        cs->tick_backoff = 0;
    }
    for (uint32_t id = PBFT_TIMER_PROGRESS; id < PBFT_TIMERS; id++) {
        cs_timer_arm(&cs->box, &cs->timers[id], id);
    }
}

void pbft_on_timer(struct vt_cs *cs, uint64_t id)
{
    if (id < PBFT_TIMER_PROGRESS || id >= PBFT_TIMERS ||
        !cs_timer_fired(&cs->box, &cs->timers[id])) {
        return;
    }
    if (id == PBFT_TIMER_PROGRESS) {
        on_progress_timer(cs);
    } else if (id == PBFT_TIMER_TICK) {
        on_tick(cs);
    } /* BATCH: proposing is tried after every event */
}
