/* SPDX-License-Identifier: Apache-2.0
 *
 * events.c - events wait in a list and are given to the engine one at a time;
 * its effects are gathered during the step and done after it, in order, so that
 * nothing re-enters the engine.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"

#include <string.h>

/* Events handled before the world is looked at again. The whole queue fits in
 * several times; an engine that needs more never stops. */
#define PUMP_MAX (4u * VT_ENGINE_EVENTS_MAX)

struct timer {
    struct vt_heap_item item;
    uint64_t id;
};

/* An event that waits; the bytes its views point to follow it. */
struct queued {
    struct vt_list list;
    union {
        struct vt_ev h;
        struct vt_ev_timer timer;
        struct vt_ev_recv recv;
        struct vt_ev_done done;
        struct vt_ev_block block;
        struct vt_ev_applied applied;
        struct vt_ev_peer peer;
        struct vt_ev_txs txs;
        struct vt_ev_seal seal;
        struct vt_ev_anchor anchor;
        struct vt_ev_bytes bytes;
    } u;
    uint8_t bytes[];
};

vt_status vt_engine_emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct vt_engine *engine = out->ctx;
    struct vt_effect *copy;
    vt_status status;

    if (out->room == 0) {
        engine->is_full = 1;
        return VT_E_LIMIT;
    }
    status = vt_effect_copy(eff, &copy);
    if (status == VT_OK) {
        out->room--;
        copy->chain = engine->chain;
        vt_list_append(&engine->effects, &copy->list);
    }
    return status;
}

void vt_engine_forget(struct vt_engine *engine)
{
    size_t pos = 0;
    void *value;

    while (!vt_list_empty(&engine->events)) {
        struct vt_list *item = engine->events.next;

        vt_list_remove(item);
        vt_free(VT_CONTAINER(item, struct queued, list));
    }
    while (engine->timers != NULL &&
           vt_map_next(engine->timers, &pos, NULL, &value)) {
        vt_free(value);
    }
}

/* ---- queueing events ----------------------------------------------------- */

static struct queued *queue_event(struct vt_engine *engine, uint32_t type,
                                  size_t size, size_t more)
{
    struct queued *q = NULL;

    if (engine->cs == NULL || engine->chain->is_halted) {
        return NULL;
    }
    if (engine->event_count < VT_ENGINE_EVENTS_MAX) {
        q = vt_alloc(sizeof *q + more);
    } else if (type == VT_EV_RECV) {
        return NULL; /* as good as lost on the way */
    }
    if (q == NULL) {
        vt_chain_fail(engine->chain, "no room for an event of the engine");
        return NULL;
    }
    q->u.h.size = (uint32_t)size;
    q->u.h.type = type;
    vt_list_append(&engine->events, &q->list);
    engine->event_count++;
    return q;
}

static struct vt_view keep(struct queued *q, struct vt_view bytes)
{
    if (bytes.len > 0) {
        memcpy(q->bytes, bytes.ptr, bytes.len);
    }
    return vt_view_of(q->bytes, bytes.len);
}

void vt_engine_start(struct vt_engine *engine)
{
    (void)queue_event(engine, VT_EV_START, VT_UPTO(struct vt_ev, wall_ms), 0);
}

void vt_engine_recv(struct vt_engine *engine, uint32_t from, uint32_t proto,
                    struct vt_view msg, const struct vt_hash *attach)
{
    struct queued *q = queue_event(engine, VT_EV_RECV,
                                   VT_UPTO(struct vt_ev_recv, msg), msg.len);

    if (q != NULL) {
        q->u.recv.from = from;
        q->u.recv.proto = proto;
        q->u.recv.msg = keep(q, msg);
        if (attach != NULL) {
            q->u.recv.has_attach = 1;
            memcpy(q->u.recv.attach, attach->b, 32);
        }
    }
}

void vt_engine_done(struct vt_engine *engine, uint32_t type, uint64_t token,
                    vt_status status, struct vt_view data)
{
    struct queued *q =
        queue_event(engine, type, VT_UPTO(struct vt_ev_done, data), data.len);

    if (q != NULL) {
        q->u.done.token = token;
        q->u.done.status = status;
        q->u.done.data = keep(q, data);
    }
}

static struct queued *queue_block(struct vt_engine *engine, uint32_t type,
                                  uint64_t token, vt_status status,
                                  uint32_t verdict,
                                  const struct vt_block *block, size_t flaw_len)
{
    size_t more = block == NULL ? 0 : block->header.payload.len;
    struct queued *q = queue_event(
        engine, type, VT_UPTO(struct vt_ev_block, flaw), more + flaw_len);

    if (q == NULL) {
        return NULL;
    }
    q->u.block.token = token;
    q->u.block.status = status;
    q->u.block.verdict = verdict;
    if (block != NULL) {
        q->u.block.height = block->header.height;
        q->u.block.time_ms = block->header.time_ms;
        memcpy(q->u.block.id, block->id.b, 32);
        memcpy(q->u.block.parent, block->header.parent.b, 32);
        q->u.block.proposer = block->header.proposer_index;
        q->u.block.txs = block->header.tx_count;
        q->u.block.size_bytes = block->raw.len;
        q->u.block.payload = keep(q, block->header.payload);
    }
    return q;
}

void vt_engine_block(struct vt_engine *engine, uint32_t type, uint64_t token,
                     vt_status status, uint32_t verdict,
                     const struct vt_block *block)
{
    (void)queue_block(engine, type, token, status, verdict, block, 0);
}

void vt_engine_validated(struct vt_engine *engine, uint64_t token,
                         uint32_t verdict, const struct vt_block *block,
                         struct vt_view flaw)
{
    struct queued *q = queue_block(engine, VT_EV_VALIDATED, token, VT_OK,
                                   verdict, block, flaw.len);

    if (q != NULL && flaw.len > 0) {
        uint8_t *at = q->bytes + block->header.payload.len;

        memcpy(at, flaw.ptr, flaw.len);
        q->u.block.flaw = vt_view_of(at, flaw.len);
    }
}

void vt_engine_applied(struct vt_engine *engine, uint64_t height,
                       const struct vt_hash *id,
                       const struct vt_hash *state_root)
{
    struct queued *q = queue_event(
        engine, VT_EV_APPLIED, VT_UPTO(struct vt_ev_applied, state_root), 0);

    if (q != NULL) {
        q->u.applied.height = height;
        memcpy(q->u.applied.id, id->b, 32);
        memcpy(q->u.applied.state_root, state_root->b, 32);
    }
}

void vt_engine_peer(struct vt_engine *engine, uint32_t peer, int up)
{
    struct queued *q =
        queue_event(engine, VT_EV_PEER, VT_UPTO(struct vt_ev_peer, up), 0);

    if (q != NULL) {
        q->u.peer.peer = peer;
        q->u.peer.up = up != 0;
    }
}

void vt_engine_admin(struct vt_engine *engine, struct vt_view bytes)
{
    struct queued *q = queue_event(
        engine, VT_EV_ADMIN, VT_UPTO(struct vt_ev_bytes, data), bytes.len);

    if (q != NULL) {
        q->u.bytes.data = keep(q, bytes);
    }
}

void vt_engine_seal(struct vt_engine *engine, uint64_t height,
                    const struct vt_hash *successor)
{
    struct queued *q = queue_event(engine, VT_EV_SEAL,
                                   VT_UPTO(struct vt_ev_seal, successor), 0);

    if (q != NULL) {
        q->u.seal.height = height;
        memcpy(q->u.seal.successor, successor->b, 32);
    }
}

void vt_engine_anchor(struct vt_engine *engine, uint64_t height,
                      const struct vt_hash *id)
{
    struct queued *q =
        queue_event(engine, VT_EV_ANCHOR, VT_UPTO(struct vt_ev_anchor, id), 0);

    if (q != NULL) {
        q->u.anchor.height = height;
        memcpy(q->u.anchor.id, id->b, 32);
    }
}

void vt_engine_txs(struct vt_engine *engine, uint64_t count, uint64_t bytes)
{
    struct queued *q;

    if (count == engine->told_txs && bytes == engine->told_bytes) {
        return;
    }
    q = queue_event(engine, VT_EV_TXS, VT_UPTO(struct vt_ev_txs, size_bytes),
                    0);
    if (q != NULL) {
        engine->told_txs = count;
        engine->told_bytes = bytes;
        q->u.txs.count = count;
        q->u.txs.size_bytes = bytes;
    }
}

/* ---- stepping ------------------------------------------------------------ */

static void do_effects(struct vt_engine *engine)
{
    while (!vt_list_empty(&engine->effects)) {
        struct vt_effect *effect =
            VT_CONTAINER(engine->effects.next, struct vt_effect, list);

        vt_list_remove(&effect->list);
        if (engine->chain->is_halted) {
            vt_free(effect);
        } else {
            vt_effect_do(engine->chain, effect);
        }
    }
}

static void step(struct vt_engine *engine, struct vt_ev *ev)
{
    struct vt_chain *chain = engine->chain;
    struct vt_world *world = chain->args.world;
    vt_status status;

    ev->now_ns = world->ops->now_ns(world);
    ev->wall_ms = world->ops->wall_ms(world);
    vt_recorder_note(&chain->recorder, ev);
    engine->out.room = VT_ENGINE_ROOM;
    engine->is_full = 0;
    status = engine->table->step(engine->cs, ev, &engine->out);
    if (status < 0) {
        vt_chain_fail(chain, "the engine cannot go on: %s",
                      vt_status_text(status));
    }
    do_effects(engine);
}

static void step_more(struct vt_engine *engine)
{
    while (engine->is_full && !engine->chain->is_halted) {
        struct vt_ev more = {.size = VT_UPTO(struct vt_ev, wall_ms),
                             .type = VT_EV_MORE};

        step(engine, &more);
    }
}

void vt_engine_pump(struct vt_engine *engine)
{
    uint32_t steps = 0;

    if (engine->is_pumping) {
        return; /* called from inside of an effect: the loop below goes on */
    }
    engine->is_pumping = 1;
    while (!vt_list_empty(&engine->events) && !engine->chain->is_halted &&
           !engine->chain->handover.is_on) {
        struct queued *q =
            VT_CONTAINER(engine->events.next, struct queued, list);

        vt_list_remove(&q->list);
        engine->event_count--;
        step(engine, &q->u.h);
        vt_free(q);
        step_more(engine);
        if (++steps == PUMP_MAX) {
            vt_chain_fail(engine->chain,
                          "the engine took %u events without a pause: it asks "
                          "for ever what is answered at once",
                          PUMP_MAX);
        }
    }
    engine->is_pumping = 0;
}

/* ---- timers -------------------------------------------------------------- */

void vt_engine_timer(struct vt_engine *engine, uint64_t id, uint64_t delay_ns)
{
    uint64_t now = vt_chain_now(engine->chain);
    uint8_t key[8];
    struct timer *t;

    vt_put_u64(key, id);
    t = vt_map_get(engine->timers, key);
    if (delay_ns == 0) {
        if (t != NULL) {
            (void)vt_map_remove(engine->timers, key);
            vt_heap_remove(&engine->deadlines, &t->item);
            vt_free(t);
        }
        return;
    }
    if (t == NULL) {
        t = vt_alloc(sizeof *t);
        if (t == NULL || vt_map_put(engine->timers, key, t, NULL) != VT_OK) {
            vt_free(t);
            vt_chain_fail(engine->chain, "the engine sets more than %u timers",
                          VT_ENGINE_TIMERS_MAX);
            return;
        }
        t->id = id;
    }
    delay_ns = delay_ns > UINT64_MAX - now ? UINT64_MAX - now : delay_ns;
    /* cannot fail: as many places as timers */
    (void)vt_heap_put(&engine->deadlines, &t->item, now + delay_ns);
}

void vt_engine_tick(struct vt_engine *engine, uint64_t now_ns)
{
    struct vt_heap_item *top;

    while ((top = vt_heap_top(&engine->deadlines)) != NULL &&
           top->at <= now_ns && !engine->chain->is_halted) {
        struct timer *t = VT_CONTAINER(top, struct timer, item);
        uint64_t id = t->id;
        struct queued *q;

        vt_engine_timer(engine, id, 0);
        q = queue_event(engine, VT_EV_TIMER, VT_UPTO(struct vt_ev_timer, timer),
                        0);
        if (q != NULL) {
            q->u.timer.timer = id;
        }
    }
}

uint64_t vt_engine_deadline(const struct vt_engine *engine)
{
    const struct vt_heap_item *top = vt_heap_top(&engine->deadlines);

    return top == NULL ? UINT64_MAX : top->at;
}
