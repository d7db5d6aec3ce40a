/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - see net.h. Time and events; what a node does is in node.c.
 */
#include "net.h"

#include "net_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- events ------------------------------------------------------------- */

static int is_before(const struct net_event *a, const struct net_event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct net_event *a, struct net_event *b)
{
    struct net_event t = *a;

    *a = *b;
    *b = t;
}

void net_post(struct net *net, uint64_t delay_us, struct net_event event)
{
    uint32_t at = net->count;

    if (net->count == net->room) {
        net->room = net->room * 2 + 64;
        net->heap = realloc(net->heap, net->room * sizeof *net->heap);
        if (net->heap == NULL) {
            abort();
        }
    }
    event.at = net->now + delay_us;
    event.order = net->order++;
    net->heap[net->count++] = event;
    while (at > 0 && is_before(&net->heap[at], &net->heap[(at - 1) / 2])) {
        swap(&net->heap[at], &net->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct net_event take(struct net *net)
{
    struct net_event first = net->heap[0];
    uint32_t at = 0;

    net->heap[0] = net->heap[--net->count];
    for (;;) {
        uint32_t least = 2 * at + 1;

        if (least >= net->count) {
            return first;
        }
        if (least + 1 < net->count &&
            is_before(&net->heap[least + 1], &net->heap[least])) {
            least++;
        }
        if (!is_before(&net->heap[least], &net->heap[at])) {
            return first;
        }
        swap(&net->heap[at], &net->heap[least]);
        at = least;
    }
}

uint8_t *net_copy(struct vt_view bytes)
{
    uint8_t *copy = malloc(bytes.len + 1);

    if (copy == NULL) {
        abort();
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    return copy;
}

uint64_t net_pick(struct net *net, uint64_t low, uint64_t high)
{
    return low + vt_rng_below(&net->rng, high - low + 1);
}

int net_maybe(struct net *net, uint32_t per_mille)
{
    return per_mille > 0 && vt_rng_chance(&net->rng, per_mille, 1000);
}

void net_note(struct net *net, uint64_t word)
{
    net->trace = (net->trace ^ word) * UINT64_C(0x100000001b3);
}

/* ---- messages ----------------------------------------------------------- */

static void post_message(struct net *net, uint32_t from, uint32_t to,
                         uint32_t proto, struct vt_view msg)
{
    struct net_event event = {.kind = NET_MESSAGE,
                              .node = to,
                              .a = from,
                              .b = proto,
                              .len = (uint32_t)msg.len};
    uint64_t delay = net_pick(net, net->o.delay_min_us, net->o.delay_max_us);

    if (net_maybe(net, net->o.loss / 4)) {
        delay *= 10; /* one that comes when nobody expects it any more */
    }
    event.bytes = net_copy(msg);
    net_post(net, delay, event);
}

void net_send(struct net *net, uint32_t from, uint32_t to_node, uint32_t proto,
              struct vt_view msg)
{
    if (net_maybe(net, net->o.loss)) {
        return;
    }
    post_message(net, from, to_node, proto, msg);
    if (net_maybe(net, net->o.duplicate)) {
        post_message(net, from, to_node, proto, msg);
    }
}

void net_node_send(struct net_node *node, uint32_t to, uint32_t proto,
                   struct vt_view msg)
{
    struct net *net = node->net;

    for (uint32_t i = 0; i < net->nodes; i++) {
        const struct net_node *other = &net->node[i];

        if (other->member != node->member && other->side == node->side &&
            (to == VT_PEER_ALL || to == other->member)) {
            net_send(net, node->member, i, proto, msg);
        }
    }
}

/* ---- life --------------------------------------------------------------- */

struct net *net_new(const struct net_options *options)
{
    struct net *net = calloc(1, sizeof *net);

    if (net == NULL) {
        abort();
    }
    net->o = *options;
    vt_rng_init(&net->rng, options->seed);
    fake_init(&net->fake, options->n, options->weights);
    for (uint32_t i = 0; i < options->n; i++) {
        net->order_of[i] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < options->n; i++) {
        net->node[net->nodes++].member = i;
    }
    for (uint32_t i = 0; i < options->n; i++) {
        if ((options->twins >> i & 1) != 0) {
            net->node[net->nodes++].member = i;
        }
    }
    for (uint32_t i = 0; i < net->nodes; i++) {
        struct net_node *node = &net->node[i];
        uint32_t bit = 1u << node->member;

        node->net = net;
        node->index = i;
        node->is_scripted = (options->liars & bit) != 0;
        node->is_gone = (options->silent & bit) != 0;
        node->is_honest = ((options->liars | options->silent | options->twins |
                            options->forgetful) &
                           bit) == 0;
        net_restart(net, i);
    }
    return net;
}

void net_free(struct net *net)
{
    for (uint32_t i = 0; i < net->nodes; i++) {
        net_stop(&net->node[i], 0);
        net_wipe(net, i);
    }
    for (uint32_t i = 0; i < net->count; i++) {
        free(net->heap[i].bytes);
    }
    free(net->heap);
    free(net);
}

static void handle(struct net *net, const struct net_event *event)
{
    struct net_node *node = &net->node[event->node];

    net->counts.events++;
    net_note(net, event->at << 8 ^ event->kind << 4 ^ event->node);
    if (event->kind == NET_MESSAGE && node->is_scripted) {
        net->o.attack->hear(net->o.attack, net, node->member, event->a,
                            event->b, cs_view(event->bytes, event->len));
    } else if (node->core != NULL &&
               (event->kind == NET_MESSAGE || event->life == node->life)) {
        net_node_event(node, event);
    }
}

void net_run(struct net *net, uint64_t us)
{
    uint64_t end = net->now + us;

    while (net->count > 0 && net->heap[0].at <= end &&
           net->violation[0] == '\0') {
        struct net_event event = take(net);

        net->now = event.at;
        handle(net, &event);
        free(event.bytes);
    }
    net->now = end;
}

void net_side(struct net *net, uint32_t node, uint32_t side)
{
    net->node[node].side = side;
}

void net_calm(struct net *net)
{
    net->o.loss = 0;
    net->o.duplicate = 0;
    net->o.later = 0;
    net->o.is_idle = 0;
    for (uint32_t i = 0; i < net->nodes; i++) {
        net->node[i].side = 0;
        net_restart(net, i);
        if (net->node[i].core != NULL) {
            bft_idle(net->node[i].core, 0);
        }
    }
}

/* ---- looking ------------------------------------------------------------ */

uint64_t net_now(const struct net *net)
{
    return net->now;
}

uint32_t net_nodes(const struct net *net)
{
    return net->nodes;
}

int net_is_honest(const struct net *net, uint32_t node)
{
    return net->node[node].is_honest;
}

int net_is_up(const struct net *net, uint32_t node)
{
    return net->node[node].core != NULL;
}

uint64_t net_least_final(const struct net *net)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t i = 0; i < net->nodes; i++) {
        const struct net_node *node = &net->node[i];

        if (node->is_honest && node->final_height < least) {
            least = node->final_height;
        }
    }
    return least;
}

uint64_t net_top_view(const struct net *net)
{
    uint64_t top = 0;

    for (uint32_t i = 0; i < net->nodes; i++) {
        const struct net_node *node = &net->node[i];

        if (node->is_honest && node->core != NULL &&
            bft_view(node->core) > top) {
            top = bft_view(node->core);
        }
    }
    return top;
}

const char *net_violation(const struct net *net)
{
    return net->violation[0] == '\0' ? NULL : net->violation;
}

void net_violate(struct net *net, const char *what, uint64_t number)
{
    if (net->violation[0] == '\0') {
        (void)snprintf(net->violation, sizeof net->violation,
                       "%s %" PRIu64 " at %" PRIu64 " us", what, number,
                       net->now);
    }
}

const struct net_counts *net_counts(const struct net *net)
{
    return &net->counts;
}

uint64_t net_trace(const struct net *net)
{
    return net->trace;
}

const struct fake *net_fake(const struct net *net)
{
    return &net->fake;
}

uint32_t net_leader(const struct net *net, uint64_t view)
{
    return net->order_of[view % net->o.n];
}
