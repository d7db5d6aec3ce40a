/* SPDX-License-Identifier: Apache-2.0
 *
 * enginebox.c - the box itself: events in time order, nodes, what tests ask.
 */
#include "support/enginebox.h"

#include "base/status.h"
#include "support/box_inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- chance and trace --------------------------------------------------- */

uint64_t box_between(struct box *box, uint64_t low, uint64_t high)
{
    return high <= low ? low : low + vt_rng_below(&box->rng, high - low + 1);
}

int box_chance(struct box *box, uint32_t per_mille)
{
    return per_mille > 0 && vt_rng_chance(&box->rng, per_mille, 1000);
}

uint64_t box_random(struct box *box, uint64_t n)
{
    return vt_rng_below(&box->rng, n);
}

void box_flip(struct box *box, uint8_t *bytes, size_t len)
{
    uint64_t bit = box_random(box, 8 * len);

    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void box_mix_number(struct box *box, uint64_t v)
{
    box->trace = box_fold(box->trace, &v, sizeof v);
}

void box_mix(struct box *box, const void *bytes, size_t len)
{
    box->trace = box_fold(box->trace, bytes, len);
}

void box_violate(struct box *box, const char *fmt, ...)
{
    va_list args;

    if (box->violation[0] != '\0') {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(box->violation, sizeof box->violation, fmt, args);
    va_end(args);
}

void box_say(struct box *box, const struct box_node *node, const char *fmt, ...)
{
    char text[400];
    va_list args;
    int used;

    if (box->opt.say == NULL) {
        return;
    }
    used = snprintf(text, sizeof text, "%9.3f ms n%u ",
                    (double)box->now_ns / 1e6, node->index);
    va_start(args, fmt);
    (void)vsnprintf(text + used, sizeof text - (size_t)used, fmt, args);
    va_end(args);
    box->opt.say(box->opt.say_ctx, text);
}

void box_note_label(struct box *box, struct vt_view text)
{
    char label[32] = {0};
    size_t spaces = 0;
    size_t len = 0;

    while (len < text.len && len < sizeof label - 1) {
        spaces += text.ptr[len] == ' ';
        if (spaces == 2) {
            break;
        }
        label[len] = (char)text.ptr[len];
        len++;
    }
    for (uint32_t i = 0; i < box->label_count; i++) {
        if (strcmp(box->labels[i].text, label) == 0) {
            box->labels[i].count++;
            return;
        }
    }
    if (box->label_count < BOX_LABELS_MAX) {
        memcpy(box->labels[box->label_count].text, label, sizeof label);
        box->labels[box->label_count++].count = 1;
    }
}

/* ---- the queue ---------------------------------------------------------- */

static int comes_before(const struct box_event *a, const struct box_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

struct box_event *box_event_new(struct box *box, enum box_kind kind,
                                uint32_t node, uint64_t delay_us, size_t len)
{
    struct box_event *ev = malloc(sizeof *ev + len + 1);

    if (ev == NULL) {
        abort();
    }
    memset(ev, 0, sizeof *ev);
    ev->at_ns = box->now_ns + delay_us * BOX_US;
    ev->order = box->next_order++;
    ev->kind = kind;
    ev->node = node;
    ev->life = box->nodes[node].life;
    ev->block = BOX_NONE;
    ev->len = len;
    return ev;
}

void box_event_put(struct box *box, struct box_event *event)
{
    size_t i = box->heap_count++;

    if (box->heap_count > box->heap_cap) {
        box->heap_cap = box->heap_cap == 0 ? 1024 : 2 * box->heap_cap;
        box->heap = realloc(box->heap, box->heap_cap * sizeof *box->heap);
        if (box->heap == NULL) {
            abort();
        }
    }
    while (i > 0 && comes_before(event, box->heap[(i - 1) / 2])) {
        box->heap[i] = box->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    box->heap[i] = event;
}

static struct box_event *take_event(struct box *box)
{
    struct box_event *top = box->heap[0];
    struct box_event *last = box->heap[--box->heap_count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= box->heap_count) {
            break;
        }
        if (child + 1 < box->heap_count &&
            comes_before(box->heap[child + 1], box->heap[child])) {
            child++;
        }
        if (!comes_before(box->heap[child], last)) {
            break;
        }
        box->heap[i] = box->heap[child];
        i = child;
    }
    box->heap[i] = last;
    return top;
}

/* ---- one step of one engine --------------------------------------------- */

void box_give(struct box *box, struct box_node *node, const struct vt_ev *ev)
{
    struct box_node *outer = box->stepping;
    struct vt_ev *clock = (struct vt_ev *)(uintptr_t)ev;
    vt_status status;

    if (!node->is_up || node->is_halted || node->cs == NULL) {
        return;
    }
    if (outer == node) {
        box_violate(box, "the box entered node %u twice", node->index);
        return;
    }
    clock->now_ns = box->now_ns + 1;
    clock->wall_ms = (int64_t)(box->now_ns / 1000000);
    box->stepping = node;
    node->effects = 0;
    node->is_full = 0;
    box->out.room = box->opt.room == 0 ? 256 : box->opt.room;
    box_mix_number(box, (uint64_t)node->index << 32 | ev->type);
    status = box->table->step(node->cs, ev, &box->out);
    box->stepping = outer;
    if (status != VT_OK) {
        box_violate(box, "node %u: step returned %d", node->index, status);
    }
    if (node->effects > box->peaks.effects_per_step) {
        box->peaks.effects_per_step = node->effects;
    }
    if (node->is_dying) {
        box_crash(box, node->index);
        return;
    }
    box_ops_release(box, node);
    if (node->is_full) {
        box_event_put(box, box_event_new(box, BOX_EV_MORE, node->index, 5, 0));
    }
}

vt_status box_feed(struct box *box, uint32_t node, const struct vt_ev *ev)
{
    box_give(box, &box->nodes[node], ev);
    return VT_OK;
}

static void plain(struct box *box, struct box_node *node, uint32_t type)
{
    struct vt_ev ev = {.size = VT_UPTO(struct vt_ev, wall_ms), .type = type};

    box_give(box, node, &ev);
}

static void on_message(struct box *box, struct box_node *node,
                       const struct box_event *e)
{
    struct vt_ev_recv ev = {
        .h = {.size = VT_UPTO(struct vt_ev_recv, msg), .type = VT_EV_RECV},
        .from = box->nodes[e->from].member,
        .proto = e->proto,
        .msg = {e->bytes, e->len}};
    struct box_message m = {e->from, node->index, e->proto, e->block,
                            vt_view_of(e->bytes, e->len)};

    if (node->is_scripted) {
        if (box->opt.attack != NULL) {
            box->opt.attack->on_message(box->opt.attack->ctx, box, node->index,
                                        &m);
        }
        return;
    }
    if (e->block != BOX_NONE && box->blocks[e->block].height > node->applied) {
        box_set_in(&node->held, e->block, 1);
        ev.has_attach = 1;
        memcpy(ev.attach, box->blocks[e->block].id, 32);
    }
    box_mix(box, e->bytes, e->len);
    box_say(box, node, "hears %u from n%u (%zu bytes)", e->proto, e->from,
            e->len);
    box_give(box, node, &ev.h);
    box_pending_try(box, node);
}

static void on_done(struct box *box, struct box_node *node,
                    const struct box_event *e)
{
    struct vt_ev_done ev = {
        .h = {.size = VT_UPTO(struct vt_ev_done, data), .type = e->type},
        .token = e->arg,
        .status = e->status,
        .data = {e->bytes, e->len}};

    box_give(box, node, &ev.h);
}

static void on_block(struct box *box, struct box_node *node,
                     const struct box_event *e)
{
    struct vt_ev_block ev = {
        .h = {.size = VT_UPTO(struct vt_ev_block, payload), .type = e->type},
        .token = e->arg,
        .status = e->status,
        .verdict = e->verdict};

    if (e->block != BOX_NONE) {
        const struct box_block *b = &box->blocks[e->block];

        ev.height = b->height;
        ev.time_ms = b->time_ms;
        ev.proposer = b->proposer;
        ev.txs = b->tx_count;
        ev.size_bytes = 200 + 100 * (uint64_t)b->tx_count;
        memcpy(ev.id, b->id, 32);
        memcpy(ev.parent, b->parent, 32);
        ev.payload = vt_view_of(b->payload, b->payload_len);
        if (e->type == VT_EV_FETCHED && e->status == VT_OK &&
            b->height > node->applied) {
            box_set_in(&node->held, e->block, 1);
        }
    }
    box_give(box, node, &ev.h);
    box_pending_try(box, node);
}

static void on_timer(struct box *box, struct box_node *node,
                     const struct box_event *e)
{
    struct vt_ev_timer ev = {
        .h = {.size = VT_UPTO(struct vt_ev_timer, timer), .type = VT_EV_TIMER},
        .timer = e->arg};

    if ((uint32_t)node->timers[e->arg] == e->from) {
        node->timers[e->arg] = 0;
        box_give(box, node, &ev.h);
    }
}

static void on_apply(struct box *box, struct box_node *node,
                     struct box_event *e)
{
    struct box_disk *disk = &node->disk;
    uint64_t at = e->arg - box->epoch.start_height;

    if (at != disk->final_count) {
        struct box_event *later =
            box_event_new(box, BOX_EV_APPLY, node->index, 100, e->len);

        later->arg = e->arg;
        later->block = e->block;
        memcpy(later->bytes, e->bytes, e->len);
        if (at > disk->final_count) {
            box_event_put(box, later);
        } else {
            free(later);
        }
        return;
    }
    disk->final[at].block = e->block;
    disk->final[at].len = e->len;
    disk->final[at].proof = malloc(e->len + 1);
    if (disk->final[at].proof == NULL) {
        abort();
    }
    memcpy(disk->final[at].proof, e->bytes, e->len);
    disk->final_count++;
    box_apply(box, node, e->arg);
}

static void on_gossip(struct box *box, struct box_node *node, uint32_t tx)
{
    node->known.w[tx / 64] |= UINT64_C(1) << (tx % 64);
    box_txs_changed(box, node);
}

static void on_tick(struct box *box, struct box_node *node)
{
    if (node->is_scripted && box->opt.attack != NULL &&
        box->opt.attack->on_tick != NULL) {
        box->opt.attack->on_tick(box->opt.attack->ctx, box, node->index);
        box_event_put(
            box, box_event_new(box, BOX_EV_TICK, node->index, BOX_TICK_US, 0));
    } else if (node->member == VT_PEER_NONE) {
        box_catch_up(box, node);
        box_event_put(box, box_event_new(box, BOX_EV_TICK, node->index,
                                         BOX_OBSERVE_US, 0));
    }
}

static void handle(struct box *box, struct box_event *e)
{
    struct box_node *node = &box->nodes[e->node];

    switch (e->kind) {
    case BOX_EV_MESSAGE:
        on_message(box, node, e);
        break;
    case BOX_EV_TIMER:
        on_timer(box, node, e);
        break;
    case BOX_EV_DONE:
        on_done(box, node, e);
        break;
    case BOX_EV_BLOCK:
        on_block(box, node, e);
        break;
    case BOX_EV_SYNCED:
        box_disk_reached(box, node, e->arg);
        break;
    case BOX_EV_APPLY:
        on_apply(box, node, e);
        break;
    case BOX_EV_CATCHUP:
        box_catch_up(box, node);
        break;
    case BOX_EV_GOSSIP:
        on_gossip(box, node, (uint32_t)e->arg);
        break;
    case BOX_EV_MORE:
        plain(box, node, VT_EV_MORE);
        break;
    case BOX_EV_TXS:
        box_tell_txs(box, node);
        break;
    case BOX_EV_TICK:
        on_tick(box, node);
        break;
    case BOX_EV_START:
        plain(box, node, VT_EV_START);
        break;
    }
}

int box_step(struct box *box)
{
    struct box_event *e;

    if (box->heap_count == 0 || box->violation[0] != '\0') {
        return 0;
    }
    e = take_event(box);
    box->now_ns = e->at_ns > box->now_ns ? e->at_ns : box->now_ns;
    if (e->life == box->nodes[e->node].life && box->nodes[e->node].is_up) {
        box->events++;
        handle(box, e);
    }
    free(e);
    return box->violation[0] == '\0';
}

void box_run(struct box *box, uint64_t us)
{
    uint64_t until = box->now_ns + us * BOX_US;

    while (box->heap_count > 0 && box->heap[0]->at_ns <= until &&
           box_step(box)) {
    }
    box->now_ns = until > box->now_ns ? until : box->now_ns;
}

int box_run_until(struct box *box, int (*done)(const struct box *box),
                  uint64_t us)
{
    uint64_t until = box->now_ns + us * BOX_US;

    while (!done(box)) {
        if (box->heap_count == 0 || box->heap[0]->at_ns > until ||
            !box_step(box)) {
            return done(box);
        }
    }
    return 1;
}
