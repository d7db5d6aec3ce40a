/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - one simulated node: the virtual world of a chain, crash, restart.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

#define POOL_NS (UINT64_C(150) * 1000)  /* a batch of signatures */
#define STORE_NS (UINT64_C(300) * 1000) /* a synced write */
#define WALL_START_MS                                                          \
    INT64_C(1767225600000) /* 2026-01-01, any fixed moment                     \
                            */

static struct sim_node *node_of(struct vt_world *world)
{
    return (struct sim_node *)(void *)world;
}

static uint64_t world_now(struct vt_world *world)
{
    return node_of(world)->cluster->now_ns;
}

static int64_t world_wall(struct vt_world *world)
{
    const struct sim_node *node = node_of(world);

    /* Every node's wall clock is off by a little of its own. */
    return WALL_START_MS + (int64_t)(node->cluster->now_ns / VT_SIM_MS) +
           (int64_t)(node->index % 5) * 3;
}

static void world_wake_at(struct vt_world *world, uint64_t at_ns)
{
    struct sim_node *node = node_of(world);

    if (node->tick_at == at_ns) {
        return;
    }
    node->tick_at = at_ns;
    if (at_ns != UINT64_MAX) {
        (void)vt_sim_schedule(node->cluster, SIM_TICK, node->index, at_ns,
                              vt_view_of(NULL, 0));
    }
}

static vt_status world_send(struct vt_world *world, uint32_t peer,
                            uint32_t klass, const struct vt_frame *frame)
{
    struct sim_node *node = node_of(world);

    (void)klass;
    return node->up ? vt_sim_send(node, peer, frame) : VT_OK;
}

static vt_status world_run(struct vt_world *world, enum vt_lane lane,
                           struct vt_job *job)
{
    struct sim_node *node = node_of(world);
    struct sim_cluster *c = node->cluster;
    struct sim_event *ev;
    uint64_t at = c->now_ns + POOL_NS + vt_rng_below(&c->disk, POOL_NS);

    if (lane == VT_LANE_STORE) {
        if (node->store_free_at < c->now_ns) {
            node->store_free_at = c->now_ns;
        }
        node->store_free_at += STORE_NS + vt_rng_below(&c->disk, STORE_NS * 4);
        at = node->store_free_at;
    }
    ev = vt_sim_schedule(c, SIM_JOB, node->index, at, vt_view_of(NULL, 0));
    if (ev == NULL) {
        return VT_E_LIMIT;
    }
    ev->job = job;
    vt_list_append(&node->jobs, &ev->jobs);
    return VT_OK;
}

static void world_publish(struct vt_world *world,
                          const struct vt_chain_event *event)
{
    struct sim_node *node = node_of(world);

    if (!node->up) {
        return; /* being torn down: nobody hears it */
    }
    if (event->type == VT_CHAIN_FINAL) {
        vt_sim_check_final(node, event);
    } else if (event->type == VT_CHAIN_TRACE) {
        vt_sim_say(node->cluster, "n%u %s", node->index, event->text);
    } else if (event->type == VT_CHAIN_HALTED) {
        vt_sim_say(node->cluster, "n%u HALTED %s", node->index, event->text);
    }
}

static void world_penalize(struct vt_world *world, uint32_t peer,
                           const char *reason)
{
    struct sim_node *node = node_of(world);

    vt_sim_say(node->cluster, "n%u blames n%u: %s", node->index, peer, reason);
}

static void world_save(struct vt_world *world, const char *name,
                       struct vt_view bytes, char where[256])
{
    struct sim_node *node = node_of(world);

    where[0] = '\0';
    vt_sim_say(node->cluster, "n%u keeps %s (%zu bytes)", node->index, name,
               bytes.len);
}

static const struct vt_world_ops world_ops = {
    .now_ns = world_now,
    .wall_ms = world_wall,
    .wake_at = world_wake_at,
    .send = world_send,
    .run = world_run,
    .publish = world_publish,
    .penalize = world_penalize,
    .save = world_save,
};

vt_status vt_sim_node_start(struct sim_node *node, struct vt_err *err)
{
    struct sim_cluster *c = node->cluster;
    struct vt_chain_args args = {
        .world = &node->world,
        .config = c->config,
        .rules = c->rules,
        .consensus = c->module->consensus,
        .consensus_module = c->module,
        .consensus_host = c->host,
        .consensus_cfg = &c->cfg,
        .schemes = &c->schemes,
        .signer = &node->signer,
        .log = {&vt_sim_disk_table, vt_sim_disk_db(node->log)},
        .canonical = vt_buf_view(&c->canonical),
    };
    vt_status status;

    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        args.ledger[i].table = &vt_sim_disk_table;
        args.ledger[i].db = vt_sim_disk_db(node->state);
    }
    node->world.ops = &world_ops;
    node->life++;
    node->tick_at = UINT64_MAX;
    node->store_free_at = 0;
    vt_sim_disk_revive(node->log);
    vt_sim_disk_revive(node->state);
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
    vt_chain_set_trace(node->chain, c->args->trace != NULL);
    return vt_chain_start(node->chain, err);
}

/* Jobs that were under way end now; their disk is gone or they are harmless. */
static void finish_jobs(struct sim_node *node)
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
    finish_jobs(node);
    if (!stopped) {
        vt_sim_violation(node->cluster, "node %u did not stop", node->index);
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

void vt_sim_node_crash(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;

    run_prefix(node);
    vt_sim_disk_cut(node->log, &c->disk);
    vt_sim_disk_cut(node->state, &c->disk);
    vt_sim_node_stop(node);
    c->result->crashes++;
}

static void on_crash(struct sim_cluster *c, struct sim_node *node)
{
    uint64_t away = 20 * VT_SIM_MS + vt_rng_below(&c->fault, 1500 * VT_SIM_MS);

    if (!node->up) {
        return;
    }
    vt_sim_say(c, "n%u crashes", node->index);
    vt_sim_node_crash(node);
    vt_sim_link_all(c, node->index, 0);
    (void)vt_sim_schedule(c, SIM_RESTART, node->index, c->now_ns + away,
                          vt_view_of(NULL, 0));
}

static void on_restart(struct sim_cluster *c, struct sim_node *node)
{
    struct vt_err err = {.size = sizeof err};

    vt_sim_say(c, "n%u restarts", node->index);
    if (vt_sim_node_start(node, &err) != VT_OK) {
        vt_sim_violation(c, "I13 recovery: node %u does not restart: %s",
                         node->index, err.text);
        node->up = 0;
        return;
    }
    vt_sim_link_all(c, node->index, 1);
}

static void on_frame(struct sim_node *node, const struct sim_event *ev)
{
    struct vt_frame frame;

    if (!node->up || ev->life != node->life ||
        vt_frame_decode(vt_view_of(ev->bytes, ev->len), &frame, NULL) !=
            VT_OK) {
        return;
    }
    vt_sim_say(node->cluster, "n%u <- n%u kind=%u %zu B", node->index, ev->from,
               frame.kind, ev->len);
    vt_chain_on_frame(node->chain, ev->from, &frame);
}

static void on_job(struct sim_event *ev)
{
    vt_list_remove(&ev->jobs);
    ev->job->fn(ev->job);
    ev->job->done(ev->job);
}

void vt_sim_on_event(struct sim_cluster *c, struct sim_event *ev)
{
    struct sim_node *node =
        ev->node < VT_SIM_NODES_MAX ? &c->nodes[ev->node] : NULL;
    int alive = node != NULL && node->up && ev->life == node->life;

    vt_sim_trace_mix(c, ev->kind, ev->node, vt_view_of(ev->bytes, ev->len));
    switch (ev->kind) {
    case SIM_TICK:
        if (alive && node->tick_at <= c->now_ns) {
            node->tick_at = UINT64_MAX;
            vt_chain_tick(node->chain);
        }
        break;
    case SIM_FRAME:
        on_frame(node, ev);
        break;
    case SIM_JOB:
        on_job(ev);
        break;
    case SIM_SUBMIT:
        vt_sim_offer(c, ev->arg);
        break;
    case SIM_CRASH:
        on_crash(c, node);
        break;
    case SIM_RESTART:
        on_restart(c, node);
        break;
    case SIM_SPLIT:
        vt_sim_split(c);
        vt_sim_say(c, "partition");
        break;
    case SIM_HEAL:
        c->split = 0;
        vt_sim_say(c, "partition heals");
        break;
    case SIM_LINK:
        if (alive) {
            vt_chain_on_peer(node->chain, ev->from, (int)ev->arg);
        }
        break;
    }
}
