/* SPDX-License-Identifier: Apache-2.0
 *
 * views.c - through the views: enter, propose, notarize, give up. R1 to R4.
 */
#include "state.h"

uint32_t bft_leader(const struct bft *core, uint64_t view)
{
    return core->order[view % core->order_count];
}

/* ---- R1 ----------------------------------------------------------------- */

/*
 * T_v doubles once per rotation without a notarized block, 64 times at most;
 * and once per two rotations without a final one, for a T0 so short that every
 * view is notarized in time and none is finalized. In the second half of the
 * window it goes on doubling, so that certificates of a chain that cannot agree
 * for weeks still fit. Known certificates decide, so that members agree.
 */
static uint64_t timeout(const struct bft *core)
{
    uint64_t failed = core->view - 1 - bft_notarized(core)->view;
    uint64_t open = core->view - 1 - core->fin.view;
    uint64_t power = failed / core->set.n;

    if (power < open / (2 * core->set.n + 4)) {
        power = open / (2 * core->set.n + 4);
    }
    power = power < BFT_BACKOFF_MAX ? power : BFT_BACKOFF_MAX;
    if (failed > BFT_WINDOW / 2) {
        power += (failed - BFT_WINDOW / 2) / 8;
    }
    return core->timeout_ns << (power < 22 ? power : 22);
}

/* An idle chain waits for nothing, unless something is on its way. */
static int is_busy(struct bft *core)
{
    const struct bft_tally *tally = bft_tally(core, core->view);

    return !core->is_idle || bft_notarized(core)->view > core->fin.view ||
           (tally != NULL && tally->prop_state == BFT_CHECKED);
}

void bft_arm(struct bft *core, int is_new_view)
{
    int wants = bft_is_member(core) && !core->is_done && is_busy(core);

    if (wants && (is_new_view || !core->is_armed)) {
        core->ops->timer(core->ctx, BFT_TIMER_VIEW, timeout(core));
    } else if (!wants && core->is_armed) {
        core->ops->timer(core->ctx, BFT_TIMER_VIEW, 0);
    }
    core->is_armed = wants != 0 ? 1 : 0;
}

void bft_enter(struct bft *core, uint64_t view, const struct bft_cert *cert)
{
    core->view = view;
    bft_copy_cert(&core->entered, cert);
    if (cert->kind != BFT_FINALIZE) {
        bft_save_cert(core, cert); /* D3 */
    }
    bft_save_state(core); /* D3, D4 */
    bft_send_cert(core, VT_PEER_ALL, cert);
    bft_arm(core, 1);
    bft_trace(core, "R1 enter", view);
}

/* ---- R2 ----------------------------------------------------------------- */

/* The highest notarized view all views above which are nullified. Else 0 with
 * the first view that is neither. */
static int find_parent(const struct bft *core, uint64_t *view)
{
    uint64_t at = core->view - 1;

    while (bft_notarized_in(core, at) == NULL) {
        if (bft_rule_checks_skipped() && !bft_is_nullified(core, at)) {
            *view = at;
            return 0;
        }
        at--;
    }
    *view = at;
    return 1;
}

void bft_propose(struct bft *core)
{
    const struct bft_block *parent;
    struct bft_proposal *mine = &core->voted;
    struct bft_block block;
    uint64_t at;

    if (core->words[BFT_PROPOSAL].view >= core->view ||
        core->words[BFT_NULLIFY].view >= core->view) {
        return;
    }
    if (!find_parent(core, &at)) {
        bft_ask_once(core, VT_PEER_ALL);
        return;
    }
    parent = bft_notarized_in(core, at);
    memset(&block, 0, sizeof block);
    block.view = core->view;
    memcpy(block.parent, parent->link, 32);
    if (core->is_waiting ||
        !core->ops->value(core->ctx, core->view, parent, &block.height,
                          block.value) ||
        block.height <= parent->height) {
        core->is_waiting = 1;
        return;
    }
    bft_link(&core->set, &block);
    if (bft_rule_stores_body()) {
        core->ops->store(core->ctx, &block); /* D2 */
    }
    memset(mine, 0, sizeof *mine);
    mine->block = block;
    mine->parent_view = at;
    bft_set_word(core, BFT_PROPOSAL, core->view, block.link); /* D1 */
    if (bft_rule_may_notarize(core->view, core->words[BFT_NOTARIZE].view,
                              core->words[BFT_NULLIFY].view)) {
        bft_set_word(core, BFT_NOTARIZE, core->view, block.link);
    }
    bft_save_state(core); /* D1, D4 */
    bft_ask_word(core, BFT_PROPOSAL);
    bft_ask_word(core, BFT_NOTARIZE);
    bft_trace(core, "R2 propose", core->view);
}

/* ---- R3 ----------------------------------------------------------------- */

/* Is R2's condition met by this proposal, by the certificates known here? */
static enum vt_verdict judge_parent(const struct bft *core,
                                    const struct bft_proposal *m)
{
    const struct bft_block *parent = bft_notarized_in(core, m->parent_view);

    if (m->parent_view < core->fin.view ||
        (parent != NULL && (memcmp(parent->link, m->block.parent, 32) != 0 ||
                            parent->height >= m->block.height))) {
        return VT_BAD; /* no certificates can ever make it right */
    }
    if (parent == NULL) {
        return VT_LATER;
    }
    for (uint64_t at = m->parent_view + 1;
         bft_rule_checks_skipped() && at < core->view; at++) {
        if (!bft_is_nullified(core, at)) {
            return VT_LATER;
        }
    }
    return VT_GOOD;
}

void bft_notarize(struct bft *core)
{
    struct bft_tally *tally = bft_tally(core, core->view);
    const struct bft_word *word = &core->words[BFT_NOTARIZE];
    struct bft_proposal *m;
    uint32_t verdict;

    if (tally == NULL || tally->prop_state != BFT_CHECKED ||
        (word->view == core->view &&
         memcmp(word->link, tally->prop.block.link, 32) == 0) || /* said */
        !bft_rule_may_notarize(core->view, word->view,
                               core->words[BFT_NULLIFY].view)) {
        return;
    }
    m = &tally->prop;
    verdict = judge_parent(core, m);
    if (verdict == VT_LATER) {
        bft_ask_once(core, bft_leader(core, core->view));
        return;
    }
    if (verdict == VT_GOOD) {
        verdict =
            core->is_waiting
                ? VT_LATER
                : core->ops->check(core->ctx, &m->block,
                                   bft_notarized_in(core, m->parent_view));
    }
    if (verdict == VT_BAD) {
        bft_nullify(core, "R4 invalid proposal"); /* R4 */
    }
    if (verdict != VT_GOOD) {
        core->is_waiting = 1;
        return;
    }
    if (bft_rule_stores_body()) {
        core->ops->store(core->ctx, &m->block); /* D2 */
    }
    core->voted = *m;
    bft_set_word(core, BFT_NOTARIZE, core->view, m->block.link);
    bft_save_state(core); /* D4 */
    bft_ask_word(core, BFT_NOTARIZE);
    bft_trace(core, "R3 notarize", core->view);
}

/* ---- R4 ----------------------------------------------------------------- */

void bft_nullify(struct bft *core, const char *why)
{
    static const uint8_t none[32];

    if (!bft_is_member(core) || core->is_done ||
        core->words[BFT_NULLIFY].view >= core->view ||
        !bft_rule_may_nullify(core->view, core->words[BFT_FINALIZE].view) ||
        core->view - bft_notarized(core)->view >= BFT_WINDOW) {
        return;
    }
    bft_set_word(core, BFT_NULLIFY, core->view, none);
    bft_save_state(core); /* D4 */
    bft_ask_word(core, BFT_NULLIFY);
    bft_trace(core, why, core->view);
}

int bft_may_finalize(const struct bft *core, uint64_t view)
{
    return bft_is_member(core) && view > core->words[BFT_FINALIZE].view &&
           bft_rule_may_finalize(view, core->words[BFT_NULLIFY].view);
}

/* ---- what is missing, R2, R3 -------------------------------------------- */

static int find_missing(struct bft *core, struct bft_req *req)
{
    struct bft_tally *tally = bft_tally(core, core->view);

    if (bft_leader(core, core->view) == core->self) {
        if (find_parent(core, &req->high)) {
            return 0;
        }
        req->low = req->high >= core->fin.view + BFT_WINDOW
                       ? req->high - BFT_WINDOW + 1
                       : core->fin.view;
        req->low = req->low > 0 ? req->low : 1;
        for (uint64_t at = req->high; at > req->low; at--) {
            if (bft_notarized_in(core, at - 1) != NULL) {
                req->low = at;
            }
        }
        return 1;
    }
    if (tally == NULL || tally->prop_state != BFT_CHECKED ||
        judge_parent(core, &tally->prop) != VT_LATER) {
        return 0;
    }
    req->low = tally->prop.parent_view;
    req->high = core->view - 1;
    while (req->high > req->low && bft_is_nullified(core, req->high)) {
        req->high--;
    }
    req->low = req->low > 0 ? req->low : 1; /* nobody voted in view 0 */
    return 1;
}

void bft_ask_missing(struct bft *core, uint32_t to)
{
    struct bft_req req;
    uint8_t bytes[16];
    struct cs_wr wr;

    if (find_missing(core, &req)) {
        cs_wr_init(&wr, bytes, sizeof bytes);
        bft_put_req(&wr, &req);
        core->ops->send(core->ctx, to, BFT_REQ, cs_wr_view(&wr));
        bft_trace(core, "R8 request", req.high);
    }
}

void bft_ask_once(struct bft *core, uint32_t to)
{
    if (core->asked_view != core->view) {
        core->asked_view = core->view;
        bft_ask_missing(core, to);
    }
}
