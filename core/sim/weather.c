/* SPDX-License-Identifier: Apache-2.0
 *
 * weather.c - what all faults under way add up to, for the network and for each
 * node. Made anew whenever one begins or ends, so that none has to undo
 * another's work.
 */
#include "sim/cluster.h"

#include <string.h>

static uint64_t everybody(const struct sim_cluster *c)
{
    return c->args->nodes == 64 ? UINT64_MAX
                                : (UINT64_C(1) << c->args->nodes) - 1;
}

static int has(uint64_t set, uint32_t member)
{
    return (set >> member & 1) != 0;
}

/* ---- who reaches whom ---------------------------------------------------- */

static void cut(struct sim_cluster *c, uint32_t from, uint64_t to,
                uint32_t klass)
{
    uint64_t others = to & ~(UINT64_C(1) << from);

    for (uint32_t slot = 0; slot < c->slots; slot++) {
        struct sim_node *node = &c->nodes[slot];

        for (uint32_t k = 0; node->member == from && k < VT_SIM_CLASSES; k++) {
            if (klass == k || klass == VT_SIM_ANY_CLASS) {
                node->lot.cut_from[k] |= others;
            }
        }
    }
}

/* Whoever is on no side is alone. */
static void part(struct sim_cluster *c, const struct vt_sim_fault *f)
{
    for (uint32_t member = 0; member < c->args->nodes; member++) {
        uint64_t with = 0;

        for (uint32_t i = 0; i < f->set_count; i++) {
            with |= has(f->set[i], member) ? f->set[i] : 0;
        }
        cut(c, member, everybody(c) & ~with, VT_SIM_ANY_CLASS);
    }
}

static void cut_links(struct sim_cluster *c, const struct vt_sim_fault *f)
{
    for (uint32_t member = 0; member < c->args->nodes; member++) {
        if (has(f->set[0], member)) {
            cut(c, member, f->set[1], f->kind);
        }
    }
}

/* Whom the member at place i of the graph sees, of n members. The first is the
 * middle of a star and the bridge between two halves. */
static int sees(uint32_t graph, uint32_t i, uint32_t k, uint32_t n)
{
    switch ((enum vt_sim_graph)graph) {
    case VT_SIM_CHAIN:
        return i + 1 == k || k + 1 == i;
    case VT_SIM_STAR:
        return i == 0 || k == 0;
    case VT_SIM_BRIDGE:
        return i == 0 || k == 0 || (i <= n / 2) == (k <= n / 2);
    }
    return 1;
}

static void shape(struct sim_cluster *c, const struct vt_sim_fault *f)
{
    uint32_t n = c->args->nodes;
    uint32_t first = 0;

    while (f->set_count > 0 && first + 1 < n && !has(f->set[0], first)) {
        first++;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint64_t unseen = 0;

        for (uint32_t k = 0; k < n; k++) {
            if (!sees(f->kind, i, k, n)) {
                unseen |= UINT64_C(1) << ((k + first) % n);
            }
        }
        cut(c, (i + first) % n, unseen, VT_SIM_ANY_CLASS);
    }
}

/* ---- one node ------------------------------------------------------------ */

static void add_to_node(struct sim_lot *lot, const struct vt_sim_fault *f)
{
    switch (f->verb) {
    case VT_SIM_SLOW:
        lot->slow *= (uint64_t)f->by;
        break;
    case VT_SIM_BANDWIDTH:
        lot->bandwidth = (uint64_t)f->by;
        break;
    case VT_SIM_DISK_FULL:
        lot->disk_full = 1;
        break;
    case VT_SIM_SYNC_STALL:
        lot->sync_ns += (uint64_t)f->by;
        break;
    case VT_SIM_CLOCK:
        lot->skew_ms += f->by / (int64_t)VT_SIM_MS;
        break;
    case VT_SIM_DRIFT:
        lot->drift += f->by;
        break;
    case VT_SIM_EXECUTOR:
        /* the slower of two: their product makes a job outlast the run */
        if (lot->executor < (uint64_t)f->by) {
            lot->executor = (uint64_t)f->by;
        }
        break;
    case VT_SIM_HASHRATE:
        lot->hashrate = lot->hashrate * (uint64_t)f->by / 1000;
        break;
    case VT_SIM_NO_FETCH:
        lot->no_fetch = 1;
        break;
    case VT_SIM_UNABLE:
        lot->is_unable = 1;
        break;
    case VT_SIM_SILENT:
        lot->silent = 1;
        break;
    case VT_SIM_LATE:
        lot->late_ns += (uint64_t)f->by;
        break;
    case VT_SIM_GARBAGE:
        lot->garbage = (uint32_t)f->by;
        break;
    case VT_SIM_OVERSIZE:
        lot->is_noisy = 1;
        break;
    case VT_SIM_STALE:
        lot->says_stale = 1;
        break;
    case VT_SIM_SELFISH:
        lot->selfish = f->kind + 1;
        break;
    case VT_SIM_HOARD:
        lot->hoards = 1;
        break;
    case VT_SIM_TWIN:
    case VT_SIM_EQUIVOCATE:
    case VT_SIM_DOUBLE_VOTE:
    case VT_SIM_TWO_FACED:
        lot->twin = f->verb;
        break;
    default:
        break; /* of the network, or of a moment */
    }
}

static void add_to_nodes(struct sim_cluster *c, const struct vt_sim_fault *f)
{
    for (uint32_t slot = 0; slot < c->slots && f->set_count > 0; slot++) {
        struct sim_node *node = &c->nodes[slot];

        if (has(f->set[0], node->member)) {
            add_to_node(&node->lot, f);
        }
    }
}

/* ---- the network --------------------------------------------------------- */

static uint32_t more(uint32_t a, int64_t b)
{
    return a + (uint32_t)b > 1000 ? 1000 : a + (uint32_t)b;
}

static void add_to_network(struct sim_cluster *c, size_t i)
{
    const struct vt_sim_fault *f = &c->args->plan->faults[i];
    struct sim_weather *w = &c->weather;

    switch (f->verb) {
    case VT_SIM_PARTITION:
        part(c, f);
        break;
    case VT_SIM_FLAP:
        if (c->underway[i].turn % 2 == 0) {
            part(c, f);
        }
        break;
    case VT_SIM_CUT:
        cut_links(c, f);
        break;
    case VT_SIM_GRAPH:
        shape(c, f);
        break;
    case VT_SIM_HOLD:
        for (uint32_t k = 0; k < VT_SIM_CLASSES; k++) {
            if (f->kind == k || f->kind == VT_SIM_ANY_CLASS) {
                w->held_until[k] = c->underway[i].ends_ns;
            }
        }
        break;
    case VT_SIM_DELAY:
        w->delay_kind = f->kind;
        w->delay_ns = (uint64_t)f->by;
        break;
    case VT_SIM_LOSS:
        w->loss = more(w->loss, f->by);
        break;
    case VT_SIM_DUPLICATE:
        w->duplicate = more(w->duplicate, f->by);
        break;
    case VT_SIM_REORDER:
        w->reorder = more(w->reorder, f->by);
        break;
    case VT_SIM_CORRUPT:
        w->corrupt = more(w->corrupt, f->by);
        break;
    default:
        break;
    }
}

static void apply_lot(struct sim_node *node, int64_t drift_before)
{
    vt_sim_disk_set_full(node->log, node->lot.disk_full);
    vt_sim_disk_set_full(node->state, node->lot.disk_full);
    if (node->lot.drift != drift_before) {
        vt_sim_wake(node); /* its moment comes earlier or later now */
    }
}

void vt_sim_weather_update(struct sim_cluster *c)
{
    int64_t drift_before[VT_SIM_SLOTS_MAX];

    memset(&c->weather, 0, sizeof c->weather);
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        struct sim_node *node = &c->nodes[slot];

        vt_sim_clock_rebase(node);
        drift_before[slot] = node->lot.drift;
        memset(&node->lot, 0, sizeof node->lot);
        node->lot.slow = 1;
        node->lot.executor = 1;
        node->lot.hashrate = 1000;
    }
    for (size_t i = 0; i < c->args->plan->count; i++) {
        if (c->underway[i].on) {
            add_to_network(c, i);
            add_to_nodes(c, &c->args->plan->faults[i]);
        }
    }
    for (uint32_t slot = 0; slot < c->args->nodes; slot++) {
        if (c->nodes[slot].lot.selfish != 0) {
            c->selfish.miner = &c->nodes[slot]; /* the last one named */
        }
    }
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        apply_lot(&c->nodes[slot], drift_before[slot]);
    }
}
