/* SPDX-License-Identifier: Apache-2.0
 *
 * order.c - the shared core orders cuts: its value is the id of the block that
 * a cut makes. C1 what a leader proposes, C2 to C5 what a member agrees to.
 */
#include "inside.h"

#include "common/ordering.h"

static struct vt_cs *of(void *ctx)
{
    return ctx;
}

/* ---- is there work? ------------------------------------------------------ */

static int is_tail(const struct vt_cs *cs, uint64_t parent_height)
{
    return cs->seal != 0 && parent_height >= cs->seal;
}

/* A notarized block that some gave up becomes final with one above it. */
static uint64_t stuck_at(const struct vt_cs *cs)
{
    if (bft_notarized(cs->bft)->height <= bft_final(cs->bft)->height) {
        return 0;
    }
    return cs->notarized_ns + UNI_STUCK * cs->opt.timeout_ns;
}

static int is_due(struct vt_cs *cs, uint64_t at_ns)
{
    if (at_ns == 0) {
        return 0;
    }
    if (cs->box.now_ns < at_ns) {
        cs_timer_want(&cs->timers[UNI_TIMER_PACE], at_ns);
        return 0;
    }
    return 1;
}

/* An empty block is due: to finalise, or to show the last state. */
static int empty_due(struct vt_cs *cs)
{
    const struct bft_block *head = bft_notarized(cs->bft);
    int in_flight = head->height > uni_root(cs)->height;

    if (is_due(cs, stuck_at(cs))) {
        return 1;
    }
    if (!in_flight && cs->pace.waiting > 0 && cs->pace.waiting_bytes == 0) {
        return !is_tail(cs, head->height); /* the host wants blocks */
    }
    return !is_tail(cs, head->height) &&
           is_due(cs, cs_pace_empty_ns(&cs->pace, in_flight));
}

static int has_tips(const struct vt_cs *cs, const struct uni_cut *parent)
{
    if (is_tail(cs, parent->height) ||
        parent->height >= cs->applied + UNI_LAG) {
        return 0;
    }
    for (uint32_t lane = 0; lane < cs->n; lane++) {
        if (!cs->lanes[lane].is_shut &&
            cs->lanes[lane].top > parent->tips[lane].seq) {
            return 1;
        }
    }
    return 0;
}

static int has_work(struct vt_cs *cs)
{
    const struct bft_block *head = bft_notarized(cs->bft);
    const struct uni_cut *parent = uni_cut_find(cs, head->value);

    return parent == NULL || !parent->is_told || has_tips(cs, parent) ||
           empty_due(cs) || uni_gate_is_due(cs, parent);
}

void uni_order_poke(struct vt_cs *cs)
{
    uint64_t view = bft_notarized(cs->bft)->view;

    if (view != cs->notarized_view) {
        cs->notarized_view = view;
        cs->notarized_ns = cs->box.now_ns;
    }
    cs->is_idle = !has_work(cs);
    bft_idle(cs->bft, (int)cs->is_idle);
    bft_poke(cs->bft);
}

/* ---- C1: proposing ------------------------------------------------------- */

/* What it adds, in order. */
static int order(struct vt_cs *cs, const struct uni_cut *parent, size_t *count)
{
    struct uni_mine *mine = &cs->mine;

    mine->height = parent->height + 1;
    return cs->auditors > 0 ? uni_gate_propose(cs, parent, count)
                            : uni_linearise(cs, parent->tips, mine->tips,
                                            mine->height, count) == 1;
}

static void propose(struct vt_cs *cs, uint64_t view,
                    const struct uni_cut *parent)
{
    struct uni_mine *mine = &cs->mine;
    struct vt_eff_join e = {.height = parent->height + 1,
                            .time_ms = cs->wall_ms,
                            .proposer = cs->self};
    struct cs_wr wr;
    size_t count;
    int is_first = uni_is_first(cs, e.height);
    int moves = !is_first && has_tips(cs, parent) &&
                uni_choose_tips(cs, parent->tips, uni_gate_room(cs, parent),
                                mine->tips);

    if (!moves) {
        memcpy(mine->tips, parent->tips, cs->n * sizeof mine->tips[0]);
    }
    if ((!moves && !(is_first && has_tips(cs, parent)) && !empty_due(cs) &&
         !uni_gate_is_due(cs, parent)) ||
        !uni_draw_for(cs, e.height) || !order(cs, parent, &count)) {
        return;
    }
    if (e.time_ms <= parent->time_ms) {
        e.time_ms = parent->time_ms + 1;
    }
    mine->is_ready = 0;
    mine->view = view;
    mine->time_ms = e.time_ms;
    memcpy(mine->parent, parent->id, 32);
    memcpy(e.parent, parent->id, 32);
    cs_wr_init(&wr, cs->buffer, UNI_BUFFER);
    uni_put_cut_payload(&wr, mine->tips, cs->n, &mine->draw);
    if (cs->auditors > 0) {
        uni_put_audit(&wr, &mine->audit, cs->n);
    }
    e.payload = cs_wr_view(&wr);
    e.batches = cs_view(cs->joined, 32 * count);
    e.h = CS_HEAD(struct vt_eff_join, batches, VT_EFF_JOIN,
                  cs_ask(&cs->box, &mine->join));
    cs_outbox_put(&cs->box, &e.h);
}

int uni_order_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct uni_mine *mine = &cs->mine;
    struct uni_cut *cut = NULL;

    if (mine->join.state != CS_ASKED || mine->join.token != ev->token) {
        return 0;
    }
    mine->join.state = CS_REFUSED; /* the tick tries again */
    if (ev->status == VT_OK) {
        cut = uni_cut_add(cs, ev->id);
    }
    if (cut == NULL) {
        if (ev->status == VT_E_NOTFOUND && cs->auditors > 0) {
            uni_refetch_audited(cs, &mine->audit);
        } else if (ev->status == VT_E_NOTFOUND) {
            uni_refetch(cs,
                        uni_final_tips(cs) == NULL ? mine->tips
                                                   : uni_final_tips(cs),
                        mine->tips);
        }
        return 1;
    }
    mine->join.state = CS_NOT_ASKED;
    mine->is_ready = 1;
    memcpy(mine->id, ev->id, 32);
    memcpy(cut->parent, mine->parent, 32);
    memcpy(cut->tips, mine->tips, cs->n * sizeof cut->tips[0]);
    cut->draw = mine->draw;
    cut->luck = UNI_LUCK_GOOD;
    memcpy(cut->value, mine->value, 32);
    if (cut->audit != NULL) {
        *cut->audit = mine->audit;
    }
    cut->height = mine->height;
    cut->time_ms = mine->time_ms;
    cut->proposer = cs->self;
    cut->teller = cs->self;
    cut->is_told = 1;
    cut->is_true = 1;
    cut->is_held = 1;
    cut->is_joined = 1;
    cut->is_good = 1;
    cut->is_empty = ev->txs == 0;
    cs->is_moved = 1;
    return 1;
}

static int on_value(void *ctx, uint64_t view, const struct bft_block *parent,
                    uint64_t *height, uint8_t value[32])
{
    struct vt_cs *cs = of(ctx);
    struct uni_mine *mine = &cs->mine;
    const struct uni_cut *below;
    const struct uni_cut *cut;

    if (parent->height < uni_root(cs)->height ||
        !uni_cut_need(cs, parent->value)) {
        return 0;
    }
    cut = mine->is_ready ? uni_cut_find(cs, mine->id) : NULL;
    if (cut != NULL && memcmp(mine->parent, parent->value, 32) == 0) {
        *height = cut->height;
        memcpy(value, cut->id, 32);
        uni_say_cut(cs, VT_PEER_ALL, cut, 1);
        uni_trace(cs, "C1 propose", cut->height);
        return 1;
    }
    below = uni_cut_find(cs, parent->value);
    if (mine->join.state == CS_NOT_ASKED) {
        propose(cs, view, below);
    }
    return 0;
}

void uni_order_tick(struct vt_cs *cs)
{
    struct uni_mine *mine = &cs->mine;
    const struct uni_cut *cut =
        mine->is_ready ? uni_cut_find(cs, mine->id) : NULL;

    if (mine->prove.state == CS_REFUSED ||
        cs_is_stale(&cs->box, &mine->prove, UNI_RETRY * cs->opt.tick_ns)) {
        mine->prove.state = CS_NOT_ASKED;
    }
    if (mine->join.state == CS_REFUSED ||
        cs_is_stale(&cs->box, &mine->join, 4 * UNI_RETRY * cs->opt.tick_ns)) {
        mine->join.state = CS_NOT_ASKED;
    }
    if (cut != NULL && cut->height > uni_root(cs)->height &&
        bft_leader(cs->bft, bft_view(cs->bft)) == cs->self) {
        uni_say_cut(cs, VT_PEER_ALL, cut, 0);
    }
}

/* ---- C2 to C5: agreeing ---------------------------------------------------
 */

/* C2: the tips are certified. */
static int tips_are_sure(struct vt_cs *cs, const struct uni_cut *cut,
                         const struct uni_cut *parent, uint32_t leader)
{
    int is_sure = 1;

    for (uint32_t lane = 0; lane < cs->n; lane++) {
        const struct uni_tip *tip = &cut->tips[lane];
        const struct uni_batch *batch;
        struct uni_ask m = {
            .what = UNI_WANT_CERT, .lane = lane, .seq = tip->seq};
        uint8_t bytes[64];
        struct cs_wr wr;

        if (tip->seq == parent->tips[lane].seq) {
            continue;
        }
        batch = uni_batch_find(cs, tip->id);
        if ((batch != NULL && batch->is_sure) || !uni_rule_needs_certs()) {
            continue;
        }
        is_sure = 0;
        memcpy(m.id, tip->id, 32);
        cs_wr_init(&wr, bytes, sizeof bytes);
        uni_put_ask(&wr, &m);
        if (cut->asked_ns == 0 ||
            cs->box.now_ns - cut->asked_ns >= cs->opt.tick_ns) {
            uni_send(cs, leader, UNI_PROTO_ASK, VT_SEND_CERT, cs_wr_view(&wr),
                     NULL);
        }
    }
    return is_sure;
}

static uint32_t judge_audited(struct vt_cs *cs, struct uni_cut *cut,
                              const struct uni_cut *parent)
{
    size_t count;
    uint32_t verdict = uni_gate_judge(cs, cut, parent, &count);

    if (verdict == VT_GOOD) {
        uni_cut_join(cs, cut, count);
    } else if (verdict == VT_BAD) {
        uni_cut_be_other(cs, cut);
        return cut->is_true ? VT_BAD : VT_LATER;
    }
    return VT_LATER;
}

static uint32_t judge(struct vt_cs *cs, struct uni_cut *cut,
                      const struct uni_cut *parent, uint32_t leader)
{
    size_t count;
    int found;

    if (cut->proposer != leader || cut->height != parent->height + 1 ||
        memcmp(cut->parent, parent->id, 32) != 0) {
        return cut->is_true ? VT_BAD : VT_LATER;
    }
    if (!uni_cut_is_lucky(cs, cut)) {
        uni_cut_be_other(cs, cut);
        return cut->is_true ? VT_BAD : VT_LATER;
    }
    if (!tips_are_sure(cs, cut, parent, leader)) {
        cut->asked_ns = cs->box.now_ns;
        return VT_LATER;
    }
    if (cs->auditors > 0) {
        return judge_audited(cs, cut, parent);
    }
    found = uni_linearise(cs, parent->tips, cut->tips, cut->height, &count);
    if (found < 0) {
        return cut->is_true ? VT_BAD : VT_LATER;
    }
    if (found > 0) {
        uni_cut_join(cs, cut, count);
    }
    return VT_LATER;
}

/* C8: see uni_is_first(). */
static uint32_t judge_first(struct vt_cs *cs, struct uni_cut *cut,
                            const struct uni_cut *parent, uint32_t leader)
{
    size_t count;

    if (!uni_cut_need(cs, cut->id)) {
        return VT_LATER;
    }
    return cut->is_empty && cut->proposer == leader &&
                   uni_cut_is_lucky(cs, cut) &&
                   (cs->auditors == 0 ||
                    uni_gate_judge(cs, cut, parent, &count) == VT_GOOD) &&
                   memcmp(cut->parent, parent->id, 32) == 0 &&
                   memcmp(cut->tips, parent->tips,
                          cs->n * sizeof cut->tips[0]) == 0
               ? VT_GOOD
               : VT_BAD;
}

static uint32_t on_check(void *ctx, const struct bft_block *block,
                         const struct bft_block *parent)
{
    struct vt_cs *cs = of(ctx);
    uint32_t leader = bft_leader(cs->bft, block->view);
    const uint8_t *final = uni_final_id(cs, block->height);
    struct uni_cut *cut;

    if (block->height != parent->height + 1) {
        return VT_BAD;
    }
    if (block->height <= uni_root(cs)->height) {
        return final != NULL && memcmp(final, block->value, 32) == 0 ? VT_GOOD
                                                                     : VT_LATER;
    }
    cut = uni_cut_want(cs, block->value, cs_bit(leader));
    if (cut == NULL || !uni_cut_need(cs, parent->value)) {
        return VT_LATER;
    }
    if (cut->is_bad) {
        return VT_BAD;
    }
    if (uni_is_first(cs, block->height)) {
        return judge_first(cs, cut, uni_cut_find(cs, parent->value), leader);
    }
    if (!cut->is_told) {
        return VT_LATER;
    }
    if (cut->is_joined) {
        return memcmp(cut->parent, parent->value, 32) == 0 &&
                       cut->proposer == leader
                   ? VT_GOOD
                   : VT_BAD;
    }
    return judge(cs, cut, uni_cut_find(cs, parent->value), leader);
}

/* D2. */
static void on_store(void *ctx, const struct bft_block *block)
{
    struct vt_cs *cs = of(ctx);
    struct uni_cut *cut = uni_cut_find(cs, block->value);

    if (cut != NULL && !cut->is_stored) { /* else final: the host has it */
        cut->is_stored = 1;
        cs_emit_block(&cs->box, VT_EFF_STORE, 0, cut->id);
    }
}

static void on_final(void *ctx, const struct bft_block *block,
                     struct vt_view proof)
{
    uni_on_final(of(ctx), block, proof);
}

static void on_notarized(void *ctx, const struct bft_block *block,
                         struct vt_view proof)
{
    struct vt_cs *cs = of(ctx);
    const struct uni_cut *cut = uni_cut_find(cs, block->value);

    if (cut != NULL && cut->is_held) { /* else nobody here has its contents */
        cs_emit_stage(&cs->box, VT_CS_NOTARIZED, block->value, proof);
    }
}

/* ---- to effects ---------------------------------------------------------- */

static void on_persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    uni_persist(of(ctx), UNI_SLOT_BFT + slot, bytes);
}

static void on_sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                    struct vt_view msg)
{
    cs_bft_sign(&of(ctx)->box, token | UNI_TOKEN_BFT, role, major, msg);
}

static void on_verify(void *ctx, uint64_t token,
                      const struct vt_verify_item *items, uint32_t count)
{
    cs_bft_verify(&of(ctx)->box, token | UNI_TOKEN_BFT, items, count);
}

static void on_send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    uni_send(of(ctx), to, UNI_PROTO_BFT + proto, cs_bft_class(proto), msg,
             NULL);
}

static void on_timer(void *ctx, uint32_t timer, uint64_t delay_ns)
{
    cs_bft_timer(&of(ctx)->box, UNI_TIMER_BFT + timer, delay_ns);
}

static void on_evidence(void *ctx, uint32_t kind, uint32_t member,
                        struct vt_view a, struct vt_view b)
{
    cs_emit_evidence(&of(ctx)->box, kind, member, a, b);
}

static void on_penalize(void *ctx, uint32_t peer, const char *why)
{
    uni_penalize(of(ctx), peer, why);
}

static void on_trace(void *ctx, const char *what, uint64_t view)
{
    cs_bft_trace(&of(ctx)->box, what, view);
}

static const struct bft_ops ops = {
    .persist = on_persist,
    .store = on_store,
    .sign = on_sign,
    .verify = on_verify,
    .send = on_send,
    .timer = on_timer,
    .value = on_value,
    .check = on_check,
    .final = on_final,
    .notarized = on_notarized,
    .evidence = on_evidence,
    .penalize = on_penalize,
    .trace = on_trace,
};

/* ---- its life ------------------------------------------------------------ */

vt_status uni_order_new(struct vt_cs *cs, const struct vt_cs_start *start,
                        struct vt_err *err)
{
    struct bft_config config = {.host = cs->host,
                                .crypto = cs->crypto,
                                .ops = &ops,
                                .ctx = cs,
                                .epoch = start->epoch,
                                .self = cs->self,
                                .role_base = UNI_ROLE_BFT,
                                .order = cs->seats.order,
                                .order_count = cs->n,
                                .timeout_ns = cs->opt.timeout_ns,
                                .retransmit_ns = cs->opt.tick_ns,
                                .root_height = cs->start - 1};

    memcpy(config.root_value, cs->epoch_parent, 32);
    if (start->final_height >= cs->start) {
        config.final_proof = start->final_proof;
        config.final_height = start->final_height;
        memcpy(config.final_value, start->final_id, 32);
    } else {
        config.final_height = cs->start - 1;
        memcpy(config.final_value, cs->epoch_parent, 32);
    }
    return cs_bft_open(&config, start->slots, UNI_SLOT_BFT, &cs->bft, err);
}
