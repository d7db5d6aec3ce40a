/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - the life of one simulated node: start, the things that happen to it,
 * death at any moment, burial, restart.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"
#include "sim/plot.h"

#include <string.h>

#define AWAY_NS (20 * VT_SIM_MS) /* a disk that is full: try again then */

vt_status vt_sim_node_start(struct sim_node *node, struct vt_err *err)
{
    struct sim_cluster *c = node->cluster;
    struct vt_chain_args args = {
        .world = &node->world,
        .config = c->config,
        .rules = node->rules != NULL ? node->rules : c->rules,
        .parts = c->parts,
        .maker = &node->maker,
        .schemes = (c->blind >> node->member & 1) != 0 ? &c->blind_schemes
                                                       : &c->schemes,
        .signer = &node->signer,
        .log = {&vt_sim_disk_table, vt_sim_disk_db(node->log)},
        .canonical = vt_buf_view(&c->canonical),
    };
    vt_status status;

    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        args.ledger[i].table = &vt_sim_disk_table;
        args.ledger[i].db = vt_sim_disk_db(node->state);
    }
    node->world.ops = &vt_sim_world_ops;
    node->life++;
    node->tick_at = UINT64_MAX;
    node->store_free_at = 0;
    node->link_free_at = 0;
    node->last_label = 0;
    node->fuse = 0;
    node->is_buried = 0;
    vt_put_u64(args.seed, c->args->seed);
    vt_put_u32(args.seed + 8, node->index);
    vt_put_u32(args.seed + 12, node->life);
    node->up = 1;
    status = vt_chain_new(&args, &node->chain, err);
    if (status == VT_OK) {
        status = vt_chain_open(node->chain, NULL, NULL, err);
    }
    if (status != VT_OK) {
        return status;
    }
    vt_sim_check_restart(node);
    vt_chain_set_trace(node->chain, c->is_traced);
    return vt_chain_start(node->chain, err);
}

/* ---- death --------------------------------------------------------------- */

void vt_sim_finish_jobs(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;

    while (!vt_list_empty(&node->jobs)) {
        struct sim_event *ev =
            VT_CONTAINER(node->jobs.next, struct sim_event, jobs);

        vt_list_remove(&ev->jobs);
        vt_heap_remove(&c->queue, &ev->item);
        if (!ev->job_ran) {
            ev->job->fn(ev->job);
        }
        ev->job->done(ev->job);
        vt_free(ev);
    }
}

static void on_stopped(void *ctx)
{
    *(int *)ctx = 1;
}

void vt_sim_node_stop(struct sim_node *node)
{
    int stopped = 0;

    if (node->chain == NULL) {
        return;
    }
    node->up = 0;
    vt_chain_stop(node->chain, on_stopped, &stopped);
    vt_sim_finish_jobs(node); /* what they write is lost */
    if (!stopped) {
        vt_sim_violation(node->cluster, "I13 recovery: %s did not stop",
                         node->name);
    }
    vt_chain_free(node->chain);
    node->chain = NULL;
}

/* Of the work under way in the moment of a crash a prefix was done, though
 * nobody heard of it any more. */
static void run_prefix(struct sim_node *node)
{
    VT_LIST_FOR (item, &node->jobs) {
        struct sim_event *ev = VT_CONTAINER(item, struct sim_event, jobs);

        if (!vt_rng_chance(&node->cluster->disk, 1, 2)) {
            return;
        }
        ev->job->fn(ev->job);
        ev->job_ran = 1;
    }
}

/* The chain may be in the middle of a step: it goes on, unheard, and is taken
 * down as the next thing that happens. */
void vt_sim_node_die(struct sim_node *node)
{
    if (!node->up) {
        return;
    }
    node->up = 0;
    node->fuse = 0;
    if (!node->in_job) {
        run_prefix(node);
    }
    vt_sim_disk_freeze(node->log);
    vt_sim_disk_freeze(node->state);
    vt_sim_say(node->cluster, "%s crashes", node->name);
    vt_sim_cover_note(node, "node crashes");
    vt_sim_plot_mark(node->cluster->args->plot, VT_SIM_MARK_CRASH, node->index,
                     node->cluster->now_ns, 0);
    (void)vt_sim_schedule(node->cluster, SIM_BURY, node->index,
                          node->cluster->now_ns, vt_view_of(NULL, 0));
}

static void schedule_restart(struct sim_node *node, uint64_t at_ns)
{
    struct sim_event *ev = vt_sim_schedule(
        node->cluster, SIM_RESTART, node->index, at_ns, vt_view_of(NULL, 0));

    if (ev != NULL) {
        ev->arg = node->life;
    }
}

static void on_bury(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;

    vt_sim_node_stop(node);
    vt_sim_disk_cut(node->log, &c->disk);
    vt_sim_disk_cut(node->state, &c->disk);
    node->is_buried = 1;
    c->result->crashes++;
    vt_sim_link_all(c, node->index, 0);
    if (c->is_calm && node->away_ns == 0) {
        node->away_ns = AWAY_NS;
    }
    if (node->away_ns > 0) { /* else when the faults end, or when told */
        schedule_restart(node, c->now_ns + node->away_ns);
    }
}

static void on_restart(struct sim_node *node, const struct sim_event *ev)
{
    struct sim_cluster *c = node->cluster;
    struct vt_err err = {.size = sizeof err};

    if (node->up || ev->arg != node->life) {
        return;
    }
    if (!node->is_buried || node->lot.disk_full) {
        schedule_restart(node, c->now_ns + AWAY_NS);
        return;
    }
    vt_sim_say(c, "%s restarts", node->name);
    vt_sim_plot_mark(c->args->plot, VT_SIM_MARK_RESTART, node->index, c->now_ns,
                     0);
    if (vt_sim_node_start(node, &err) != VT_OK) {
        vt_sim_violation(c, "I13 recovery: %s does not restart: %s", node->name,
                         err.text);
        node->up = 0;
        return;
    }
    vt_sim_link_all(c, node->index, 1);
}

/* ---- what happens to it -------------------------------------------------- */

static const char *const kinds[] = {
    "consensus", "txs", "status", "get-blocks", "blocks", "get-body", "body"};

static void say_frame(struct sim_node *node, const struct sim_event *ev,
                      const struct vt_frame *frame)
{
    size_t kind = (size_t)frame->kind - VT_FRAME_CONSENSUS;
    struct sim_cluster *c = node->cluster;

    if (c->args->trace != NULL && kind < sizeof kinds / sizeof kinds[0]) {
        vt_sim_say(c, "%s <- %s %s, %zu bytes", node->name,
                   c->nodes[ev->from].name, kinds[kind], ev->len);
    }
}

static void on_frame(struct sim_node *node, const struct sim_event *ev)
{
    struct sim_cluster *c = node->cluster;
    struct vt_frame frame;

    if (vt_frame_decode(vt_view_of(ev->bytes, ev->len), &frame, NULL) !=
            VT_OK ||
        !vt_hash_eq(&frame.chain_id, &c->chain_id)) {
        return; /* the link would be closed, or it is for another chain */
    }
    if (node->lot.no_fetch &&
        (frame.kind == VT_FRAME_BODY || frame.kind == VT_FRAME_GET_BODY)) {
        return;
    }
    if (c->is_taped && frame.kind == VT_FRAME_CONSENSUS) {
        vt_sim_tape(node, ev);
    }
    if (node->lot.hoards && frame.kind == VT_FRAME_CONSENSUS) {
        vt_sim_hoard(node, vt_view_of(ev->bytes, ev->len));
    }
    if (frame.kind == VT_FRAME_CONSENSUS && vt_sim_selfish_ignores(node, ev)) {
        return;
    }
    say_frame(node, ev, &frame);
    vt_chain_on_frame(node->chain, c->nodes[ev->from].member, &frame);
}

static void on_tick(struct sim_node *node)
{
    if (node->tick_at > vt_sim_clock(node)) {
        return; /* it wished for something else since */
    }
    node->tick_at = UINT64_MAX;
    vt_chain_tick(node->chain);
}

static void on_job(struct sim_node *node, struct sim_event *ev)
{
    vt_list_remove(&ev->jobs);
    node->in_job = 1;
    ev->job->fn(ev->job);
    node->in_job = 0;
    ev->job->done(ev->job);
}

static void on_node_event(struct sim_node *node, struct sim_event *ev)
{
    int is_alive = node->up && ev->life == node->life;

    switch (ev->kind) {
    case SIM_TICK:
        if (is_alive) {
            on_tick(node);
        }
        break;
    case SIM_FRAME:
        if (is_alive) {
            on_frame(node, ev);
        }
        break;
    case SIM_LINK:
        if (is_alive) {
            vt_chain_on_peer(node->chain, ev->from, (int)ev->arg);
        }
        break;
    case SIM_JOB:
        on_job(node, ev);
        break;
    case SIM_BURY:
        on_bury(node);
        break;
    case SIM_RESTART:
        on_restart(node, ev);
        break;
    case SIM_NOISE:
        vt_sim_noise(node);
        break;
    case SIM_WORK:
        if (is_alive) {
            vt_sim_worked(node, ev);
        }
        break;
    case SIM_SUBMIT:
    case SIM_SWITCH:
    case SIM_FAULT:
    case SIM_FAULT_END:
    case SIM_CALM:
        break; /* nobody's */
    }
}

void vt_sim_on_event(struct sim_cluster *c, struct sim_event *ev)
{
    vt_sim_trace_mix(c, (uint32_t)ev->kind, ev->node, ev->arg);
    switch (ev->kind) {
    case SIM_SUBMIT:
        vt_sim_offer(c, ev->arg);
        break;
    case SIM_SWITCH:
        vt_sim_switch_look(c);
        break;
    case SIM_FAULT:
        vt_sim_fault_start(c, ev->arg);
        break;
    case SIM_FAULT_END:
        vt_sim_fault_end(c, ev->arg);
        break;
    case SIM_CALM:
        vt_sim_calm(c);
        break;
    default:
        on_node_event(&c->nodes[ev->node], ev);
        break;
    }
}
