/* SPDX-License-Identifier: Apache-2.0
 *
 * rig.c - time, the life of the instances, and steps.
 */
#include "conform/rig.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "sim/cheap_sig.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUEUE_MAX 1000000u
#define OFFER_EVERY_MS 10u
#define OFFER_SLOWLY_MS 200u /* to engines whose blocks have their time */
#define JUMP_MS 7
#define AWAY_MS 40u
#define ROOM 256u
#define STACK_BYTES 32768u

/* ---- chance and failure -------------------------------------------------- */

uint64_t vt_rig_between(struct vt_rig *rig, uint64_t low, uint64_t high)
{
    return low + vt_rng_below(&rig->rng, high - low + 1);
}

int64_t vt_rig_wall_ms(const struct vt_rig *rig)
{
    return VT_RIG_WALL_MS + (int64_t)(rig->now_ns / VT_RIG_MS) -
           (rig->now_ns / (200 * VT_RIG_MS) % 2 == 1 ? JUMP_MS : 0);
}

void vt_rig_fail(struct vt_rig_node *node, const char *fmt, ...)
{
    char text[VT_TRIAL_TEXT - 80];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    vt_trial_fail(node->rig->args.trial,
                  "member %u, its step %" PRIu64 ": %s%s", node->index,
                  node->steps, text,
                  node->rig->args.doom > 0 ? " (after a crash)" : "");
}

__attribute__((noinline)) void vt_rig_scribble(uint8_t pattern)
{
    uint8_t bytes[STACK_BYTES];

    memset(bytes, pattern, sizeof bytes);
    __asm__ volatile("" : : "r"(bytes) : "memory"); /* keeps the memset */
}

/* ---- the queue ----------------------------------------------------------- */

void vt_rig_later(struct vt_rig_node *node, enum vt_rig_kind kind,
                  uint64_t delay_ns, union vt_any_event *ev,
                  struct vt_view bytes, uint64_t arg)
{
    struct vt_rig *rig = node->rig;
    struct vt_rig_event *e = vt_alloc(sizeof *e + bytes.len);

    VT_EXPECT(rig->args.trial, e != NULL, "no memory for the test");
    e->kind = kind;
    e->node = node->index;
    e->life = node->life;
    e->arg = arg;
    e->len = bytes.len;
    if (ev != NULL) {
        e->ev = *ev;
    }
    if (bytes.len > 0) {
        memcpy(e->bytes, bytes.ptr, bytes.len);
    }
    VT_EXPECT(
        rig->args.trial,
        vt_heap_put(&rig->queue, &e->item, rig->now_ns + delay_ns) == VT_OK,
        "more than %u events wait: the engine floods its host", QUEUE_MAX);
}

/* ---- steps --------------------------------------------------------------- */

vt_status vt_rig_give(struct vt_rig_node *node, union vt_any_event *ev)
{
    struct vt_rig *rig = node->rig;
    union vt_any_event more = {
        .h = {.size = VT_UPTO(struct vt_ev, wall_ms), .type = VT_EV_MORE}};
    uint8_t digest[32];
    vt_status status;

    ev->h.now_ns = rig->now_ns + 1;
    ev->h.wall_ms = vt_rig_wall_ms(rig);
    node->steps++;
    rig->steps++;
    vt_trial_note(
        rig->args.trial, "seed %" PRIu64 ", member %u, step %" PRIu64 " (%s)",
        rig->args.seed, node->index, node->steps, vt_event_name(ev->h.type));
    vt_tape_event(rig->args.trial, rig->args.tape, node->index, &ev->h);
    rig->stepping = node;
    node->is_full = 0;
    rig->out.room = rig->args.room == 0 ? ROOM : rig->args.room;
    vt_rig_scribble(rig->args.pattern);
    status = rig->table->step(node->cs, &ev->h, &rig->out);
    rig->stepping = NULL;
    vt_tape_put(rig->args.trial, rig->args.tape, VT_TAPE_STATUS, node->index,
                &status, sizeof status);
    if (rig->args.tape != NULL &&
        rig->table->digest(node->cs, digest) == VT_OK) {
        vt_tape_put(rig->args.trial, rig->args.tape, VT_TAPE_DIGEST,
                    node->index, digest, sizeof digest);
    }
    if (node->is_dying) {
        vt_rig_die(node);
        return status;
    }
    vt_rig_disk(node);
    if (node->is_full) {
        vt_rig_later(node, VT_RIG_EVENT, 5000, &more, (struct vt_view){0}, 0);
    }
    return status;
}

/* Blocks the host has from now on, and heights the engine knows of. */
static void note_what_comes(struct vt_rig_node *node,
                            const union vt_any_event *ev)
{
    uint32_t block = VT_RIG_NOBODY;

    if (ev->h.type == VT_EV_RECV && ev->recv.has_attach) {
        block = vt_rig_find(node->rig, ev->recv.attach);
    } else if (ev->h.type == VT_EV_FETCHED && ev->block.status == VT_OK) {
        block = vt_rig_find(node->rig, ev->block.id);
    } else if (ev->h.type == VT_EV_APPLIED &&
               ev->applied.height > node->known) {
        node->known = ev->applied.height;
    }
    if (block != VT_RIG_NOBODY) {
        vt_rig_put(&node->held, block, 1);
    }
}

static void deliver(struct vt_rig_node *node, struct vt_rig_event *e)
{
    struct vt_view *view = vt_event_view(&e->ev);
    vt_status status;

    if (view != NULL) {
        *view = vt_view_of(e->len == 0 ? NULL : e->bytes, e->len);
    }
    if (e->ev.h.type == VT_EV_WORKED && e->arg != node->work_turn) {
        return; /* another search has replaced it */
    }
    if (e->ev.h.type == VT_EV_TIMER) {
        for (size_t i = 0; i < VT_RIG_TIMERS_MAX; i++) {
            if (node->timers[i].turn == e->arg) {
                node->timers[i].turn = 0;
                goto due;
            }
        }
        return; /* it was armed anew or cancelled */
    }
due:
    note_what_comes(node, &e->ev);
    status = vt_rig_give(node, &e->ev);
    if (status != VT_OK) {
        vt_rig_fail(node, "step(%s) returned %d, which halts the chain",
                    vt_event_name(e->ev.h.type), status);
    }
    if (node->is_up) {
        vt_rig_try_asks(node);
    }
}

/* ---- life ---------------------------------------------------------------- */

void vt_rig_start_of(struct vt_rig *rig, uint32_t node, struct vt_cs_start *out)
{
    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cs_start, handoff);
    out->self = node;
    out->epoch = &rig->epoch;
    memset(out->seed, (int)(0x10 + node), sizeof out->seed);
    out->final_height = rig->epoch.start_height - 1;
    memcpy(out->final_id, rig->epoch.parent, 32);
    out->slots.stride = sizeof(struct vt_slot);
}

static void create(struct vt_rig_node *node)
{
    struct vt_rig *rig = node->rig;
    struct vt_slot slots[VT_RIG_SLOTS_MAX];
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_start start;
    vt_status status;
    uint32_t head = vt_rig_head(node);

    vt_rig_start_of(rig, node->index, &start);
    for (uint32_t i = 0; i < node->slot_count; i++) {
        slots[i].slot = node->slots[i].slot;
        slots[i].bytes = vt_view_of(node->slots[i].bytes, node->slots[i].len);
    }
    start.slots.ptr = slots;
    start.slots.count = node->slot_count;
    start.final_height = node->applied;
    if (head != VT_RIG_NOBODY) {
        uint64_t at = node->applied - rig->epoch.start_height;

        memcpy(start.final_id, rig->blocks[head].id, 32);
        start.final_proof =
            vt_view_of(rig->proofs[at].bytes, rig->proofs[at].len);
    }
    vt_trial_note(rig->args.trial, "create of member %u, seed %" PRIu64,
                  node->index, rig->args.seed);
    vt_rig_scribble(rig->args.pattern);
    status = rig->table->create(rig->args.host, &rig->args.trial->cfg, &start,
                                &node->cs, &err);
    if (status != VT_OK || node->cs == NULL) {
        vt_rig_fail(node, "create returned %d: %s", status, err.text);
    }
}

static void be_born(struct vt_rig_node *node)
{
    union vt_any_event ev = {
        .h = {.size = VT_UPTO(struct vt_ev, wall_ms), .type = VT_EV_START}};

    node->decided = node->applied;
    node->known = node->applied;
    node->tentative = VT_RIG_NOBODY;
    node->held = node->stored;
    create(node);
    node->is_up = 1;
    vt_rig_later(node, VT_RIG_EVENT, 1000, &ev, (struct vt_view){0}, 0);
    vt_rig_txs_changed(node);
}

void vt_rig_die(struct vt_rig_node *node)
{
    node->rig->table->destroy(node->cs);
    node->cs = NULL;
    node->is_up = 0;
    node->is_dying = 0;
    node->life++;
    node->ask_count = 0;
    node->has_txs_event = 0;
    node->told_count = 0;
    memset(node->timers, 0, sizeof node->timers);
    memset(&node->held, 0, sizeof node->held);
    memset(&node->executed, 0, sizeof node->executed);
    vt_rig_forget_ops(node);
    vt_rig_later(node, VT_RIG_BIRTH,
                 node->rig->args.reborn_each_step ? VT_RIG_MS
                                                  : AWAY_MS * VT_RIG_MS,
                 NULL, (struct vt_view){0}, 0);
}

static void offer(struct vt_rig *rig)
{
    rig->offered_ns[(uint32_t)__builtin_popcountll(rig->offered) %
                    VT_RIG_TXS_MAX] = rig->now_ns;
    rig->offered = rig->offered << 1 | 1;
    for (uint32_t i = 0; i < rig->args.members; i++) {
        vt_rig_txs_changed(&rig->nodes[i]);
    }
}

static void handle(struct vt_rig *rig, struct vt_rig_event *e)
{
    struct vt_rig_node *node = &rig->nodes[e->node];

    if (e->kind == VT_RIG_OFFER) {
        offer(rig);
        return;
    }
    if (e->life != node->life) {
        return;
    }
    switch (e->kind) {
    case VT_RIG_EVENT:
        deliver(node, e);
        break;
    case VT_RIG_DISK:
        vt_rig_disk(node);
        break;
    case VT_RIG_APPLY:
        vt_rig_apply(node, e->arg);
        break;
    case VT_RIG_TXS:
        vt_rig_tell_txs(node);
        break;
    case VT_RIG_CATCH_UP:
        vt_rig_catch_up(node);
        break;
    case VT_RIG_BIRTH:
        be_born(node);
        break;
    default:
        break;
    }
}

int vt_rig_step(struct vt_rig *rig)
{
    struct vt_heap_item *top = vt_heap_top(&rig->queue);
    struct vt_rig_event *e = (struct vt_rig_event *)(void *)top;

    if (top == NULL) {
        return 0;
    }
    if (top->at > rig->now_ns) {
        rig->now_ns = top->at;
    }
    vt_heap_remove(&rig->queue, top);
    handle(rig, e);
    if (rig->args.reborn_each_step && e->node == rig->args.doomed &&
        e->kind == VT_RIG_EVENT && rig->nodes[e->node].is_up &&
        rig->now_ns < rig->calm_ns) {
        vt_rig_die(&rig->nodes[e->node]);
    }
    vt_free(e);
    return 1;
}

int vt_rig_is_done(const struct vt_rig *rig)
{
    uint64_t all =
        rig->args.txs >= 64 ? UINT64_MAX : (UINT64_C(1) << rig->args.txs) - 1;

    if (rig->offered != all) {
        return 0;
    }
    for (uint32_t i = 0; i < rig->args.members; i++) {
        const struct vt_rig_node *node = &rig->nodes[i];
        uint32_t head = vt_rig_head(node);

        if (!node->is_up || head == VT_RIG_NOBODY ||
            (rig->blocks[head].below | rig->blocks[head].txs) != all) {
            return 0;
        }
    }
    return 1;
}

int vt_rig_run(struct vt_rig *rig, uint64_t limit_ms)
{
    while (rig->now_ns < limit_ms * VT_RIG_MS) {
        if (vt_rig_is_done(rig)) {
            return 1;
        }
        if (!vt_rig_step(rig)) {
            return 0;
        }
    }
    return 0;
}

/* ---- making one ---------------------------------------------------------- */

void vt_rig_epoch(struct vt_rig *rig)
{
    struct vt_cs_epoch *e = &rig->epoch;

    e->size = VT_UPTO(struct vt_cs_epoch, cfg);
    e->cfg = &rig->args.trial->cfg;
    e->epoch = 2;
    e->start_height = 11;
    e->scheme = vt_sim_cheap_sig.scheme;
    memset(e->chain_id, 0xc1, 32);
    memset(e->parent, 0x11, 32);
    memset(e->digest, 0xd1, 32);
    memset(e->beacon, 0xbe, 32);
    e->members.ptr = rig->members;
    e->members.count = rig->args.members;
    e->members.stride = sizeof rig->members[0];
    for (uint32_t i = 0; i < rig->args.members; i++) {
        uint8_t seed[32] = {0};

        vt_put_u32(seed, i + 1);
        (void)vt_sim_cheap_sig.keypair(seed, rig->sk[i], rig->pk[i]);
        rig->members[i].index = i;
        rig->members[i].weight = 1;
        rig->members[i].pk = vt_view_of(rig->pk[i], 32);
    }
}

static void *room_for(struct vt_trial *t, size_t count, size_t size)
{
    void *p = vt_alloc_array(count, size);

    VT_EXPECT(t, p != NULL, "no memory for the test");
    return p;
}

struct vt_rig *vt_rig_new(const struct vt_rig_args *args)
{
    struct vt_trial *t = args->trial;
    struct vt_rig *rig = room_for(t, 1, sizeof *rig);
    uint64_t pace_ns =
        VT_RIG_MS * (t->module->consensus->finality == VT_FIN_INSTANT
                         ? OFFER_EVERY_MS
                         : OFFER_SLOWLY_MS);

    rig->args = *args;
    rig->table = t->module->consensus;
    rig->blocks = room_for(t, VT_RIG_BLOCKS_MAX, sizeof *rig->blocks);
    rig->words = room_for(t, VT_RIG_WORDS_MAX, sizeof *rig->words);
    rig->out.size = VT_UPTO(struct vt_out, emit);
    rig->out.ctx = rig;
    rig->out.emit = vt_rig_emit;
    vt_rng_init(&rig->rng, args->seed);
    vt_heap_init(&rig->queue, QUEUE_MAX);
    vt_rig_epoch(rig);
    for (uint32_t i = 0; i < args->members; i++) {
        struct vt_rig_node *node = &rig->nodes[i];

        node->rig = rig;
        node->index = i;
        node->applied = rig->epoch.start_height - 1;
        node->ops = room_for(t, VT_RIG_OPS_MAX, sizeof *node->ops);
        node->asks = room_for(t, VT_RIG_ASKS_MAX, sizeof *node->asks);
        be_born(node);
    }
    for (uint32_t i = 0; i < args->txs; i++) {
        vt_rig_later(&rig->nodes[0], VT_RIG_OFFER, (i + 1) * pace_ns, NULL,
                     (struct vt_view){0}, 0);
    }
    rig->calm_ns = (args->txs + 1) * pace_ns;
    return rig;
}

void vt_rig_free(struct vt_rig *rig)
{
    struct vt_heap_item *top;

    for (uint32_t i = 0; i < rig->args.members; i++) {
        struct vt_rig_node *node = &rig->nodes[i];

        rig->table->destroy(node->cs);
        vt_rig_forget_ops(node);
        vt_free(node->ops);
        vt_free(node->asks);
        for (uint32_t k = 0; k < node->slot_count; k++) {
            vt_free(node->slots[k].bytes);
        }
    }
    while ((top = vt_heap_top(&rig->queue)) != NULL) {
        vt_heap_remove(&rig->queue, top);
        vt_free(top);
    }
    vt_heap_fini(&rig->queue);
    for (size_t i = 0; i < VT_RIG_HEIGHTS_MAX; i++) {
        vt_free(rig->proofs[i].bytes);
    }
    vt_free(rig->blocks);
    vt_free(rig->words);
    vt_free(rig);
}
