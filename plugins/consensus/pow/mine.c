/* SPDX-License-Identifier: Apache-2.0
 *
 * mine.c - a block on the head, a pow header for it, a search for its nonce.
 * Only while there is something to do: transactions wait, some are not deep
 * enough yet, the epoch ends, or the heartbeat is due.
 */
#include "inside.h"

#define ASK_AGAIN 8u /* ticks */

/* ---- is there anything to do? -------------------------------------------- */

/* A block with transactions on the head's branch that is not deep enough, or
 * waits for an anchor above it. */
static int has_shallow(const struct vt_cs *cs)
{
    uint32_t i = cs->head;

    while (i != cs->final && i != POW_NONE &&
           !pow_is_settled(cs, cs->list[i].h.height)) {
        if (cs->list[i].has_txs) {
            return 1;
        }
        i = cs->list[i].parent;
    }
    return 0;
}

static int is_beat_due(const struct vt_cs *cs)
{
    return cs->opt.heartbeat_ns != 0 &&
           cs->box.now_ns - cs->moved_ns >= cs->opt.heartbeat_ns;
}

static int wants_empty(const struct vt_cs *cs)
{
    return cs->seal != 0 || has_shallow(cs) || is_beat_due(cs);
}

static int wants_block(const struct vt_cs *cs)
{
    if (!pow_is_member(cs) || !cs->opt.may_mine || cs->is_lost ||
        cs->is_sealed ||
        cs->list[cs->head].h.height - cs->list[cs->final].h.height >=
            POW_AHEAD) {
        return 0;
    }
    return cs->waiting > 0 || wants_empty(cs);
}

/* ---- the template -------------------------------------------------------- */

static void give_back(struct vt_cs *cs, const uint8_t id[32], uint64_t height)
{
    if (pow_find_block(cs, id, height) == POW_NONE) {
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, id);
    }
}

static void drop_block(struct vt_cs *cs)
{
    struct pow_mining *m = &cs->mining;

    if (m->has_block) {
        m->has_block = 0;
        give_back(cs, m->id, m->height);
    }
}

static void stop_search(struct vt_cs *cs)
{
    struct vt_eff_work e = {
        .h = CS_HEAD(struct vt_eff_work, header, VT_EFF_WORK, 0)};

    if (cs->mining.work.state == CS_ASKED) {
        cs->mining.work.state = CS_NOT_ASKED;
        cs_outbox_put(&cs->box, &e.h);
    }
}

static void ask_block(struct vt_cs *cs)
{
    const struct pow_entry *head = &cs->list[cs->head];
    struct vt_eff_build e = {.height = head->h.height + 1,
                             .allow_empty = (uint32_t)wants_empty(cs)};

    memcpy(cs->mining.build_on, head->hash, 32);
    cs_emit_build(&cs->box, &cs->mining.build, &e, head->h.id);
}

static void search(struct vt_cs *cs)
{
    struct pow_mining *m = &cs->mining;
    uint8_t bytes[POW_HEADER_LEN];
    struct vt_eff_work e = {.header = cs_view(bytes, sizeof bytes)};
    struct pow_below below;
    struct pow_u256 target;

    memset(&m->h, 0, sizeof m->h);
    pow_below_at(cs, cs->head, &below);
    pow_header_next(&cs->terms, &below,
                    cs->wall_ms > 0 ? (uint64_t)cs->wall_ms : 0, &m->h);
    memcpy(m->h.id, m->id, 32);
    if (!pow_target_of(m->h.bits, &target)) {
        return;
    }
    pow_header_bytes(&cs->terms, &m->h, bytes);
    pow_u256_to_be(&target, e.target);
    e.h = CS_HEAD(struct vt_eff_work, header, VT_EFF_WORK,
                  cs_ask(&cs->box, &m->work));
    cs_outbox_put(&cs->box, &e.h);
}

static int is_on_head(const struct vt_cs *cs, const uint8_t hash[32])
{
    return memcmp(cs->list[cs->head].hash, hash, 32) == 0;
}

/* M2: transactions that came meanwhile, and a time that is not old. */
static void refresh(struct vt_cs *cs)
{
    struct pow_mining *m = &cs->mining;

    if (m->build.state == CS_ASKED ||
        cs->box.now_ns - m->built_ns < cs->opt.refresh_ns) {
        return;
    }
    m->built_ns = cs->box.now_ns;
    if (cs->waiting > m->txs) {
        ask_block(cs);
    } else {
        search(cs);
    }
}

void pow_mine(struct vt_cs *cs)
{
    struct pow_mining *m = &cs->mining;

    if (m->has_block && !is_on_head(cs, m->on)) {
        stop_search(cs);
        drop_block(cs);
    }
    if (!wants_block(cs)) {
        stop_search(cs);
        drop_block(cs);
    } else if (m->has_block) {
        refresh(cs);
    } else if (m->build.state == CS_NOT_ASKED ||
               (m->build.state == CS_ASKED && !is_on_head(cs, m->build_on))) {
        ask_block(cs);
    }
}

/* ---- answers ------------------------------------------------------------- */

void pow_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct pow_mining *m = &cs->mining;
    int is_ours = m->build.state == CS_ASKED && m->build.token == ev->token;

    if (ev->status != VT_OK) {
        if (is_ours) {
            m->build.state = CS_REFUSED; /* until the tick, or a transaction */
        }
        return;
    }
    if (!is_ours || !is_on_head(cs, m->build_on) || !wants_block(cs)) {
        m->build.state = is_ours ? CS_NOT_ASKED : m->build.state;
        give_back(cs, ev->id, ev->height);
        return;
    }
    m->build.state = CS_NOT_ASKED;
    drop_block(cs);
    m->has_block = 1;
    m->txs = ev->txs;
    m->height = ev->height;
    m->built_ns = cs->box.now_ns;
    memcpy(m->id, ev->id, 32);
    memcpy(m->on, m->build_on, 32);
    search(cs);
}

static void take_own(struct vt_cs *cs, const struct pow_header *h,
                     const uint8_t hash[32])
{
    uint32_t i = pow_insert(cs, cs->head, h, hash);

    if (i == POW_NONE) {
        return;
    }
    cs->list[i].state = POW_GOOD;
    cs->list[i].has_txs = cs->mining.txs > 0;
    cs->mining.has_block = 0;
    pow_save(cs, i);
    pow_trace(cs, "M1 mined", h->height);
    pow_move_head(cs, i);
    pow_tell(cs, VT_PEER_ALL, i, 1);
}

void pow_on_worked(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct pow_mining *m = &cs->mining;
    struct pow_below below;
    uint8_t hash[32];
    struct cs_rd rd;

    if (m->work.state != CS_ASKED || m->work.token != ev->token) {
        return;
    }
    m->work.state = CS_NOT_ASKED;
    if (!m->has_block || !is_on_head(cs, m->on)) {
        return;
    }
    cs_rd_init(&rd, ev->data);
    m->h.nonce = cs_get_u64(&rd);
    pow_below_at(cs, cs->head, &below);
    if (ev->status == VT_OK && cs_rd_end(&rd) &&
        pow_header_fault(&cs->terms, &below, &m->h, hash) == NULL) {
        take_own(cs, &m->h, hash);
    }
}

void pow_retry_mining(struct vt_cs *cs)
{
    struct pow_mining *m = &cs->mining;

    if (m->build.state == CS_REFUSED ||
        cs_is_stale(&cs->box, &m->build, ASK_AGAIN * cs->tick_ns)) {
        m->build.state = CS_NOT_ASKED;
    }
    if (m->has_block && m->work.state != CS_ASKED && is_on_head(cs, m->on)) {
        search(cs); /* the host could not, before */
    }
}
