/* SPDX-License-Identifier: Apache-2.0
 *
 * produce.c - P2: one block in an own slot, on the head. The slot is written
 * down before the block is signed (D1), so there is never a second one.
 */
#include "inside.h"

#define MS UINT64_C(1000000)
#define SIGN_TICKS 8u /* ticks a signature may take */
#define GRACE 8u      /* part of a slot a late block before it is waited for */
#define STUCK 2u      /* slots a notarized head may stay without being final */

enum want { NOTHING = 0, EMPTY, FULL };

/* The last block was notarized in a view that some gave up: it becomes final
 * with a pointer above it, for which there must be a block. */
static int is_stuck(const struct vt_cs *cs)
{
    return cs->head != cs->root && cs->notarized == dpos_head(cs)->height &&
           cs->box.now_ns - cs->head_ns >= STUCK * cs->schedule.slot_ms * MS;
}

/* A header names the state before its block: one empty block more puts what
 * the last transactions led to into a header. 0: never. */
static uint64_t settle_at(const struct vt_cs *cs)
{
    return cs->opt.settle_ns == 0 || dpos_root(cs)->is_empty ||
                   cs->head != cs->root
               ? 0
               : cs->commit_ns + cs->opt.settle_ns;
}

static enum want wanted(const struct vt_cs *cs)
{
    uint64_t above = dpos_head(cs)->height - dpos_root(cs)->height;
    uint64_t at = settle_at(cs);

    if (above >= DPOS_UNFINAL_MAX) {
        return NOTHING;
    }
    if (is_stuck(cs)) {
        return EMPTY;
    }
    if (cs->seal != 0 && dpos_head(cs)->height >= cs->seal) {
        return NOTHING; /* P8 */
    }
    if (above >= cs->opt.max_unfinal) {
        return cs->opt.idle_blocks ? EMPTY : NOTHING; /* P7 */
    }
    if (cs->waiting > 0) {
        return FULL;
    }
    return cs->opt.idle_blocks || (at != 0 && cs->box.now_ns >= at) ? EMPTY
                                                                    : NOTHING;
}

/* ---- when ---------------------------------------------------------------- */

/* Nanoseconds from now to a moment of Unix time, 0 when it is past. */
static uint64_t until(const struct vt_cs *cs, uint64_t at_ms)
{
    uint64_t now_ms = cs->wall_ms < 0 ? 0 : (uint64_t)cs->wall_ms;

    return at_ms > now_ms ? (at_ms - now_ms) * MS : 0;
}

/* The producer before may just have made one. */
static uint64_t grace_ms(struct vt_cs *cs, uint64_t slot)
{
    int is_seen = dpos_head(cs)->slot + 1 >= slot;

    return is_seen || dpos_schedule_owner(&cs->schedule, slot - 1) == cs->self
               ? 0
               : cs->schedule.slot_ms / GRACE;
}

static void wake_in(struct vt_cs *cs, uint64_t delay_ns)
{
    cs_timer_want(&cs->timers[DPOS_TIMER_SLOT], cs->box.now_ns + delay_ns);
}

/* First slot in which this member may still make a block. */
static uint64_t first_slot(const struct vt_cs *cs)
{
    uint64_t slot = dpos_schedule_slot(&cs->schedule, cs->wall_ms);

    slot = slot > cs->own_slot ? slot : cs->own_slot + 1;
    return slot > dpos_head(cs)->slot ? slot : dpos_head(cs)->slot + 1;
}

/* ---- building ------------------------------------------------------------ */

static void build(struct vt_cs *cs, uint64_t slot, enum want want)
{
    const struct dpos_node *head = dpos_head(cs);
    uint64_t above = head->height - dpos_root(cs)->height;
    uint8_t bytes[DPOS_PAYLOAD_MAX];
    struct dpos_payload p = {.slot = slot,
                             .slot_ms = (uint32_t)cs->schedule.slot_ms,
                             .run = cs->schedule.run,
                             .below = head->sig};
    struct vt_eff_build e = {.height = head->height + 1,
                             .max_bytes = cs->opt.block_bytes,
                             .view = slot,
                             .allow_empty = want == EMPTY};
    struct cs_wr wr;

    if (above >= cs->opt.max_unfinal) {
        e.max_bytes = 1; /* no transactions */
        dpos_trace(cs, "P7 empty block", e.height);
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_payload(&wr, &p);
    e.payload = cs_wr_view(&wr);
    cs->build_slot = slot;
    cs_emit_build(&cs->box, &cs->ask_build, &e, head->id);
}

void dpos_produce(struct vt_cs *cs)
{
    uint64_t settle_ns = settle_at(cs);
    enum want want = wanted(cs);
    uint64_t slot;
    uint64_t start_ms;

    if (!dpos_is_member(cs) || cs->is_sealed ||
        cs->ask_build.state != CS_NOT_ASKED || !dpos_head(cs)->is_signed) {
        return;
    }
    if (want == NOTHING) {
        if (settle_ns > cs->box.now_ns) {
            wake_in(cs, settle_ns - cs->box.now_ns);
        }
        return;
    }
    slot = dpos_schedule_next(&cs->schedule, first_slot(cs), cs->self);
    start_ms = slot * cs->schedule.slot_ms + grace_ms(cs, slot);
    if (until(cs, start_ms) == 0) {
        build(cs, slot, want);
    } else {
        wake_in(cs, until(cs, start_ms));
    }
}

/* ---- built, signed ------------------------------------------------------- */

static void sign(struct vt_cs *cs, struct dpos_node *node)
{
    uint8_t core[DPOS_CORE_LEN];
    struct vt_eff_sign e = {.role = DPOS_ROLE_BLOCK, .major = node->slot};
    struct dpos_word word = {.slot = node->slot, .height = node->height};
    struct cs_wr wr;

    memcpy(word.id, node->id, 32);
    cs_wr_init(&wr, core, sizeof core);
    dpos_put_core(&wr, &word);
    e.msg = cs_wr_view(&wr);
    cs_emit_sign(&cs->box, &node->sign, &e);
}

/* The host took its time: the slot may be over, its parent lost, or another
 * chain be better. */
static int is_fit(const struct vt_cs *cs, const struct vt_ev_block *ev,
                  const struct dpos_node *parent)
{
    return parent != NULL && parent->is_attached &&
           cs->build_slot > cs->own_slot && cs->build_slot > parent->slot &&
           dpos_schedule_slot(&cs->schedule, ev->time_ms) == cs->build_slot;
}

static struct dpos_node *take_built(struct vt_cs *cs,
                                    const struct vt_ev_block *ev,
                                    const struct dpos_node *parent)
{
    struct dpos_node *node = dpos_add(cs, ev->id);

    if (node == NULL) {
        return NULL;
    }
    memcpy(node->above, ev->parent, 32);
    node->height = ev->height;
    node->slot = cs->build_slot;
    node->owner = cs->self;
    node->is_told = 1;
    node->is_learned = 1;
    node->is_held = 1;
    node->is_below_good = 1;
    node->is_empty = ev->txs == 0;
    node->below = parent->sig;
    node->valid = DPOS_VALID;
    return node;
}

void dpos_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct dpos_node *parent;
    struct dpos_node *node = NULL;

    if (cs->ask_build.state != CS_ASKED || cs->ask_build.token != ev->token) {
        return;
    }
    if (ev->status != VT_OK) {
        cs_pace_refused(&cs->box, &cs->ask_build);
        return;
    }
    cs->ask_build.state = CS_NOT_ASKED;
    parent = dpos_find(cs, ev->parent);
    if (is_fit(cs, ev, parent)) {
        node = take_built(cs, ev, parent);
    }
    if (node == NULL) {
        dpos_trace(cs, "P2 missed slot", ev->height);
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
        return;
    }
    cs->own_slot = node->slot;
    if (dpos_rule_keeps_slot()) {
        node->is_stored = 1;
        dpos_save_own(cs);
        dpos_save_node(cs, node);
        cs_emit_block(&cs->box, VT_EFF_STORE, 0, node->id);
    }
    sign(cs, node);
    dpos_trace(cs, "P2 built", node->height);
}

void dpos_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (!node->is_used || !cs_answered(&node->sign, ev)) {
            continue;
        }
        cs_take_sig(ev, &node->sig);
        node->is_signed = 1;
        node->is_recorded = 1;
        dpos_save_node(cs, node);
        dpos_say_block(cs, node, 1);
        cs->is_moved = 1;
        return;
    }
}

void dpos_resign(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (node->is_used && !node->is_signed && node->is_held &&
            node->slot == cs->own_slot && node->owner == cs->self &&
            (node->sign.state == CS_NOT_ASKED ||
             cs_is_stale(&cs->box, &node->sign,
                         SIGN_TICKS * cs->opt.tick_ns))) {
            dpos_save_own(cs); /* it may be known from the record alone */
            sign(cs, node);
        }
    }
}

void dpos_on_txs(struct vt_cs *cs, const struct vt_ev_txs *ev)
{
    cs->waiting = ev->count;
    if (cs->ask_build.state == CS_REFUSED) {
        cs->ask_build.state = CS_NOT_ASKED;
    }
}
