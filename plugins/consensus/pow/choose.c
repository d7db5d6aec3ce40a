/* SPDX-License-Identifier: Apache-2.0
 *
 * choose.c - from headers to a head: bodies of the best branch are fetched and
 * checked from below, and the best branch that is wholly good is the head.
 */
#include "inside.h"

#define ASK_AGAIN 4u /* ticks without an answer */

/* B4 before F1. */
static int is_better(const struct vt_cs *cs, uint32_t i, uint32_t than)
{
    if (cs->boundary.has_pick) {
        int stands = pow_stands_on_pick(cs, i);

        if (stands != pow_stands_on_pick(cs, than)) {
            return stands;
        }
    }
    return pow_is_better(cs, i, than);
}

uint32_t pow_best_header(const struct vt_cs *cs)
{
    uint32_t best = cs->head;

    for (uint32_t i = 0; i < cs->top; i++) {
        enum pow_state state = (enum pow_state)cs->list[i].state;

        if ((state == POW_HEADER || state == POW_HELD || state == POW_GOOD) &&
            is_better(cs, i, best)) {
            best = i;
        }
    }
    return best;
}

/* ---- bodies -------------------------------------------------------------- */

static void fetch(struct vt_cs *cs, struct pow_entry *e)
{
    uint64_t others = pow_is_member(cs) ? ~cs_bit(cs->self) : UINT64_MAX;

    cs_emit_fetch(&cs->box, &e->fetch, e->h.id, e->holders & others);
}

static void validate(struct vt_cs *cs, struct pow_entry *e)
{
    cs_emit_block(&cs->box, VT_EFF_VALIDATE, cs_ask(&cs->box, &e->validate),
                  e->h.id);
}

static void ask(struct vt_cs *cs, struct pow_entry *e)
{
    uint64_t older_ns = ASK_AGAIN * cs->tick_ns;

    if (e->state == POW_HEADER &&
        (e->fetch.state == CS_NOT_ASKED ||
         cs_is_stale(&cs->box, &e->fetch, older_ns))) {
        fetch(cs, e);
    }
    if (e->state == POW_HELD &&
        (e->validate.state == CS_NOT_ASKED ||
         cs_is_stale(&cs->box, &e->validate, older_ns))) {
        validate(cs, e);
    }
}

/* Of the branch of entry i, the lowest bodies not known to be good. */
static void want_bodies(struct vt_cs *cs, uint32_t i)
{
    uint32_t depth = 0;

    while (i != POW_NONE && cs->list[i].state != POW_GOOD) {
        cs->path[depth++] = i;
        i = cs->list[i].parent;
    }
    for (uint32_t k = 0; k < POW_WINDOW && depth > 0; k++) {
        ask(cs, pow_at(cs, cs->path[--depth]));
    }
}

static uint32_t find_ask(const struct vt_cs *cs, uint64_t token, int is_fetch)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pow_entry *e = &cs->list[i];
        const struct cs_ask *a = is_fetch ? &e->fetch : &e->validate;

        if (e->state != POW_FREE && a->state == CS_ASKED && a->token == token) {
            return i;
        }
    }
    return POW_NONE;
}

static void refuse(struct vt_cs *cs, uint32_t i)
{
    pow_trace(cs, "V1 bad", cs->list[i].h.height);
    pow_refuse_branch(cs, i);
}

void pow_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    uint32_t i = find_ask(cs, ev->token, 1);
    struct pow_entry *e;

    if (i == POW_NONE) {
        return;
    }
    e = pow_at(cs, i);
    e->fetch.state = CS_NOT_ASKED;
    if (ev->status == VT_OK) {
        e->state = e->state == POW_HEADER ? POW_HELD : e->state;
    } else if (++e->refusals >= POW_REFUSALS) {
        pow_trace(cs, "V2 missing", e->h.height);
        pow_mark_branch(cs, i, POW_MISSING);
    }
}

/* V1: the header names this block, in this place, and it carries no bytes of
 * ours. */
static int fits(const struct vt_cs *cs, const struct pow_entry *e,
                const struct vt_ev_block *ev)
{
    return ev->height == e->h.height && memcmp(ev->id, e->h.id, 32) == 0 &&
           memcmp(ev->parent, cs->list[e->parent].h.id, 32) == 0 &&
           ev->payload.len == 0;
}

void pow_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    uint32_t i = find_ask(cs, ev->token, 0);
    struct pow_entry *e;

    if (i == POW_NONE || cs->list[i].parent == POW_NONE) {
        return;
    }
    e = pow_at(cs, i);
    e->validate.state = CS_NOT_ASKED;
    if (ev->status != VT_OK) {
        e->state = e->state == POW_HELD ? POW_HEADER : e->state;
    } else if (ev->verdict == VT_BAD || !fits(cs, e, ev)) {
        refuse(cs, i);
    } else if (ev->verdict == VT_LATER) {
        e->validate.state = CS_REFUSED; /* until the tick */
    } else if (e->state == POW_HELD && cs->list[e->parent].state == POW_GOOD) {
        e->state = POW_GOOD;
        e->has_txs = ev->txs > 0;
    }
}

void pow_retry_bodies(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct pow_entry *e = pow_at(cs, i);

        if (e->validate.state == CS_REFUSED) {
            e->validate.state = CS_NOT_ASKED;
        }
        if (e->state == POW_MISSING && cs->ticks % POW_REST == 0) {
            e->state = POW_HEADER;
            e->refusals = 0;
        }
    }
}

/* ---- the head ------------------------------------------------------------ */

/* D2: what the head stands on is durable before anybody hears of it. */
void pow_store_branch(struct vt_cs *cs, uint32_t to, uint32_t fork)
{
    uint32_t depth = 0;

    for (; to != fork; to = cs->list[to].parent) {
        cs->path[depth++] = to;
    }
    while (depth > 0) {
        struct pow_entry *e = pow_at(cs, cs->path[--depth]);

        if (!e->is_stored) {
            e->is_stored = 1;
            cs_emit_block(&cs->box, VT_EFF_STORE, 0, e->h.id);
        }
    }
}

static void tell_head(struct vt_cs *cs)
{
    const struct pow_entry *e = &cs->list[cs->head];
    struct vt_eff_head eff = {
        .h = CS_HEAD(struct vt_eff_head, id, VT_EFF_HEAD, 0),
        .height = e->h.height};

    memcpy(eff.id, e->h.id, 32);
    cs_outbox_put(&cs->box, &eff.h);
}

/* F4: a branch that would undo too much is refused, and somebody told. */
static int refuse_deep(struct vt_cs *cs, uint32_t to, uint32_t fork)
{
    uint64_t depth = cs->list[cs->head].h.height - cs->list[fork].h.height;

    if (pow_rule_may_reorg(depth, cs->opt.max_reorg)) {
        return 0;
    }
    pow_alarm(cs,
              "a chain with more work would undo more blocks than max_reorg "
              "allows: it is refused, and this node may be on the wrong side",
              cs->list[fork].h.height);
    pow_mark_branch(cs, pow_ancestor(cs, to, cs->list[fork].h.height + 1),
                    POW_BAD);
    return 1;
}

void pow_move_head(struct vt_cs *cs, uint32_t to)
{
    uint32_t fork = pow_common(cs, cs->head, to);
    uint64_t depth = cs->list[cs->head].h.height - cs->list[fork].h.height;

    if (refuse_deep(cs, to, fork)) {
        return;
    }
    if (depth > 0) {
        cs->reorgs++;
        cs->deepest = depth > cs->deepest ? depth : cs->deepest;
        pow_trace(cs, "F1 reorg", cs->list[fork].h.height);
    }
    pow_store_branch(cs, to, fork);
    cs->head = to;
    cs->moved_ns = cs->box.now_ns;
    tell_head(cs);
}

void pow_leave_head(struct vt_cs *cs)
{
    cs->head = cs->final;
    tell_head(cs);
}

static uint32_t best_good(const struct vt_cs *cs)
{
    uint32_t best = cs->head;

    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->list[i].state == POW_GOOD && is_better(cs, i, best)) {
            best = i;
        }
    }
    return best;
}

void pow_choose(struct vt_cs *cs)
{
    uint32_t to;

    if (cs->is_lost) {
        return;
    }
    want_bodies(cs, pow_best_header(cs));
    to = best_good(cs);
    if (to != cs->head) {
        pow_move_head(cs, to);
        if (cs->head == to) {
            pow_tell(cs, VT_PEER_ALL, to, 0);
        }
    }
}
