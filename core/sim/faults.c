/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.c - the plan as it happens: faults begin, end, wait for labels; at the
 * moment of calm all but the liars' are over and who is down comes back.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"
#include "sim/plot.h"

#include <stdio.h>
#include <string.h>

#define LIVE_SPAN_NS (120000 * VT_SIM_MS)
#define OPERATOR_NS (30 * VT_SIM_MS) /* until somebody starts a node again */
#define NOISE_NS (40 * VT_SIM_MS)

static const struct vt_view none = {NULL, 0};

static const struct vt_sim_fault *fault_at(const struct sim_cluster *c,
                                           size_t i)
{
    return &c->args->plan->faults[i];
}

static int is_lie(const struct vt_sim_fault *f)
{
    return f->verb >= VT_SIM_BLIND;
}

/* Crash, restart, heal, pause and flood are of a moment, and so is the one from
 * which on an executor is wrong. */
static int is_lasting(const struct vt_sim_fault *f)
{
    switch (f->verb) {
    case VT_SIM_CRASH:
    case VT_SIM_RESTART:
    case VT_SIM_HEAL:
    case VT_SIM_PAUSE:
    case VT_SIM_FLOOD:
    case VT_SIM_WRONG_STATE:
        return 0;
    default:
        return 1;
    }
}

static void schedule(struct sim_cluster *c, enum sim_kind kind, uint64_t at_ns,
                     uint64_t arg)
{
    struct sim_event *ev = vt_sim_schedule(c, kind, VT_SIM_NOBODY, at_ns, none);

    if (ev != NULL) {
        ev->arg = arg;
    }
}

vt_status vt_sim_faults_begin(struct sim_cluster *c)
{
    const struct vt_sim_plan *plan = c->args->plan;

    /* a hundred heights lie between two switches */
    c->deadline_ns =
        plan->calm_ns + LIVE_SPAN_NS * (1 + vt_sim_switch_count(c));
    c->underway = vt_alloc_array(plan->count + 1, sizeof *c->underway);
    if (c->underway == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->faults[i].label[0] == '\0') {
            schedule(c, SIM_FAULT, plan->faults[i].at_ns, i);
        }
    }
    c->is_watched = vt_sim_plan_watches(plan);
    c->is_traced = c->args->trace != NULL || c->args->cover != NULL ||
                   c->is_watched || vt_sim_plan_selfish(plan) != 0 ||
                   vt_sim_runs_raft(c, 0) ||
                   (c->args->switches != NULL &&
                    strstr(c->args->switches, "raft") != NULL);
    schedule(c, SIM_CALM, plan->calm_ns, 0);
    vt_sim_weather_update(c);
    return VT_OK;
}

/* ---- of a moment --------------------------------------------------------- */

static void light_fuse(struct sim_node *node, const struct vt_sim_fault *f)
{
    node->away_ns = f->for_ns;
    if (f->after_effect == 0) {
        vt_sim_node_die(node);
    } else {
        node->fuse = f->after_effect;
    }
}

/* Members it is about. */
static uint64_t set_of(const struct sim_cluster *c, size_t i)
{
    return fault_at(c, i)->is_it ? UINT64_C(1) << c->underway[i].who
                                 : fault_at(c, i)->set[0];
}

static void crash(struct sim_cluster *c, size_t index)
{
    const struct vt_sim_fault *f = fault_at(c, index);
    uint64_t set = set_of(c, index);
    uint32_t hit = 0;

    for (uint32_t i = 0; i < c->args->nodes; i++) {
        if ((set >> i & 1) != 0) {
            hit++;
            if (c->nodes[i].up) {
                light_fuse(&c->nodes[i], f);
            }
        }
    }
    c->all_crashed |= hit == c->args->nodes;
}

static void restart(struct sim_cluster *c, uint64_t set)
{
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        struct sim_node *node = &c->nodes[i];
        struct sim_event *ev;

        if ((set >> i & 1) == 0 || node->up) {
            continue;
        }
        ev = vt_sim_schedule(c, SIM_RESTART, i, c->now_ns, none);
        if (ev != NULL) {
            ev->arg = node->life;
        }
    }
}

static void pause_nodes(struct sim_cluster *c, size_t index)
{
    const struct vt_sim_fault *f = fault_at(c, index);
    uint64_t set = set_of(c, index);
    uint64_t until =
        f->for_ns == 0 ? c->args->plan->calm_ns : c->now_ns + f->for_ns;

    for (uint32_t i = 0; i < c->args->nodes; i++) {
        if ((set >> i & 1) != 0 && c->nodes[i].paused_until < until) {
            c->nodes[i].paused_until = until;
        }
    }
}

static void heal(struct sim_cluster *c)
{
    for (size_t i = 0; i < c->args->plan->count; i++) {
        switch (fault_at(c, i)->verb) {
        case VT_SIM_PARTITION:
        case VT_SIM_FLAP:
        case VT_SIM_CUT:
        case VT_SIM_GRAPH:
            c->underway[i].on = 0;
            break;
        default:
            break;
        }
    }
    vt_sim_weather_update(c);
}

static void happen(struct sim_cluster *c, size_t i)
{
    const struct vt_sim_fault *f = fault_at(c, i);

    switch (f->verb) {
    case VT_SIM_CRASH:
        crash(c, i);
        break;
    case VT_SIM_RESTART:
        restart(c, f->set[0]);
        break;
    case VT_SIM_PAUSE:
        pause_nodes(c, i);
        break;
    case VT_SIM_FLOOD:
        vt_sim_flood(c, f->set[0], (uint64_t)f->by);
        break;
    case VT_SIM_HEAL:
        heal(c);
        break;
    case VT_SIM_WRONG_STATE:
        vt_sim_executors_spoil(c, f->set[0]);
        break;
    default:
        break;
    }
}

/* ---- lasting ------------------------------------------------------------- */

static void say_fault(struct sim_cluster *c, size_t i, const char *how)
{
    struct vt_buf text = VT_BUF_INIT(512);
    const char *line;

    if (c->args->trace == NULL && c->args->plot == NULL) {
        return;
    }
    vt_sim_fault_print(fault_at(c, i), &text);
    line = vt_buf_text(&text);
    vt_sim_say(c, "%s: %s", how, line);
    if (c->underway[i].on) {
        vt_sim_plot_span(c->args->plot, c->now_ns, c->underway[i].ends_ns,
                         line);
    }
    vt_buf_fini(&text);
}

static void begin_noise(struct sim_cluster *c, const struct vt_sim_fault *f)
{
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        if ((f->set[0] >> i & 1) != 0 &&
            (f->verb == VT_SIM_OVERSIZE || f->verb == VT_SIM_STALE ||
             f->verb == VT_SIM_HOARD)) {
            (void)vt_sim_schedule(c, SIM_NOISE, i, c->now_ns + NOISE_NS, none);
        }
    }
}

static void begin(struct sim_cluster *c, size_t i)
{
    const struct vt_sim_fault *f = fault_at(c, i);
    struct sim_underway *u = &c->underway[i];
    uint64_t ends = f->for_ns != 0 ? c->now_ns + f->for_ns
                    : is_lie(f)    ? UINT64_MAX
                                   : c->args->plan->calm_ns;

    u->on = 1;
    u->begun = 1;
    u->ends_ns = ends;
    u->turn = 0;
    if (f->verb == VT_SIM_PARTITION || f->verb == VT_SIM_FLAP) {
        c->result->partitions++;
    }
    if (f->verb == VT_SIM_FLAP) {
        schedule(c, SIM_FAULT, c->now_ns + (uint64_t)f->by, i);
    }
    if (ends != UINT64_MAX) {
        schedule(c, SIM_FAULT_END, ends, i);
    }
    begin_noise(c, f);
}

void vt_sim_fault_start(struct sim_cluster *c, size_t i)
{
    const struct vt_sim_fault *f = fault_at(c, i);
    struct sim_underway *u = &c->underway[i];

    if (c->is_calm && !is_lie(f)) {
        return; /* too late */
    }
    if (u->begun && f->verb == VT_SIM_FLAP) {
        if (u->on) {
            u->turn++;
            schedule(c, SIM_FAULT, c->now_ns + (uint64_t)f->by, i);
            vt_sim_weather_update(c);
        }
        return;
    }
    if (is_lasting(f)) {
        begin(c, i);
        say_fault(c, i, "fault");
        vt_sim_weather_update(c);
    } else {
        say_fault(c, i, "fault");
        happen(c, i);
    }
}

/* A chain that could not write stopped by itself; with room on the disk again
 * its operator starts it anew. */
static void revive_halted(struct sim_cluster *c, uint64_t set)
{
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        struct sim_node *node = &c->nodes[i];
        struct vt_chain_status status;

        if ((set >> i & 1) == 0 || !node->up) {
            continue;
        }
        vt_chain_get_status(node->chain, &status);
        if (status.halted) {
            node->away_ns = OPERATOR_NS;
            vt_sim_node_die(node);
        }
    }
}

void vt_sim_fault_end(struct sim_cluster *c, size_t i)
{
    const struct vt_sim_fault *f = fault_at(c, i);

    if (!c->underway[i].on || c->underway[i].ends_ns > c->now_ns) {
        return;
    }
    c->underway[i].on = 0;
    say_fault(c, i, "over");
    vt_sim_weather_update(c);
    if (f->verb == VT_SIM_DISK_FULL) {
        revive_halted(c, f->set[0]);
    }
}

void vt_sim_calm(struct sim_cluster *c)
{
    const struct vt_sim_plan *plan = c->args->plan;
    uint64_t starved = 0;

    c->is_calm = 1;
    vt_sim_say(c, "the faults are over");
    for (size_t i = 0; i < plan->count; i++) {
        if (!is_lie(&plan->faults[i])) {
            c->underway[i].on = 0;
            starved |= plan->faults[i].verb == VT_SIM_DISK_FULL
                           ? plan->faults[i].set[0]
                           : 0;
        }
    }
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        c->nodes[i].fuse = 0;
        if (c->nodes[i].paused_until > c->now_ns) {
            c->nodes[i].paused_until = c->now_ns;
        }
    }
    vt_sim_weather_update(c);
    revive_halted(c, starved);
    restart(c, VT_SIM_ALL);
}

/* ---- waiting for labels -------------------------------------------------- */

void vt_sim_on_label(struct sim_node *node, const char *text)
{
    struct sim_cluster *c = node->cluster;

    for (size_t i = 0; c->is_watched && i < c->args->plan->count; i++) {
        const struct vt_sim_fault *f = fault_at(c, i);
        size_t len = strlen(f->label);

        if (len > 0 && (f->watch >> node->member & 1) != 0 &&
            strncmp(text, f->label, len) == 0 &&
            (text[len] == ' ' || text[len] == '\0') &&
            ++c->underway[i].seen == f->nth) {
            c->underway[i].who = node->member;
            schedule(c, SIM_FAULT, c->now_ns, i);
        }
    }
}
