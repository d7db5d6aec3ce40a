/* SPDX-License-Identifier: Apache-2.0
 *
 * world.c - what a chain sees of the outside, and the point behind every effect
 * of a node at which it may die.
 */
#include "base/bytes.h"
#include "sim/cluster.h"
#include "sim/plot.h"

#include <string.h>

#define POOL_NS (UINT64_C(150) * 1000)  /* a batch of signatures */
#define STORE_NS (UINT64_C(300) * 1000) /* a synced write */
/* 2026-01-01, any fixed moment */
#define WALL_START_MS INT64_C(1767225600000)

static struct sim_node *node_of(struct vt_world *world)
{
    return (struct sim_node *)(void *)world;
}

int vt_sim_escapes(struct sim_node *node)
{
    if (!node->up) {
        return 0;
    }
    if (node->fuse > 0 && --node->fuse == 0) {
        vt_sim_node_die(node);
    }
    return 1;
}

/* ---- clocks -------------------------------------------------------------- */

uint64_t vt_sim_clock(const struct sim_node *node)
{
    uint64_t passed = node->cluster->now_ns - node->clock_since;

    if (node->lot.drift == 0) {
        return node->clock_base + passed;
    }
    return node->clock_base +
           passed / 1000 * (uint64_t)(1000 + node->lot.drift) +
           passed % 1000 * (uint64_t)(1000 + node->lot.drift) / 1000;
}

void vt_sim_clock_rebase(struct sim_node *node)
{
    node->clock_base = vt_sim_clock(node);
    node->clock_since = node->cluster->now_ns;
}

/* When, by the true clock, does its clock show at_ns at the earliest? */
static uint64_t true_time(const struct sim_node *node, uint64_t at_ns)
{
    uint64_t ahead = at_ns > node->clock_base ? at_ns - node->clock_base : 0;
    uint64_t rate = (uint64_t)(1000 + node->lot.drift);

    if (node->lot.drift == 0) {
        return node->clock_since + ahead;
    }
    return node->clock_since + ahead / rate * 1000 +
           (ahead % rate * 1000 + rate - 1) / rate + 1;
}

static uint64_t world_now(struct vt_world *world)
{
    return vt_sim_clock(node_of(world));
}

static int64_t world_wall(struct vt_world *world)
{
    const struct sim_node *node = node_of(world);

    /* Every node's wall clock is off by a little of its own. */
    return WALL_START_MS + (int64_t)(node->cluster->now_ns / VT_SIM_MS) +
           (int64_t)(node->index % 5) * 3 + node->lot.skew_ms;
}

void vt_sim_wake(struct sim_node *node)
{
    if (node->up && node->tick_at != UINT64_MAX) {
        (void)vt_sim_schedule(node->cluster, SIM_TICK, node->index,
                              true_time(node, node->tick_at),
                              vt_view_of(NULL, 0));
    }
}

static void world_wake_at(struct vt_world *world, uint64_t at_ns)
{
    struct sim_node *node = node_of(world);

    if (node->tick_at != at_ns) {
        node->tick_at = at_ns;
        vt_sim_wake(node);
    }
}

/* ---- work and words ------------------------------------------------------ */

static vt_status world_send(struct vt_world *world, uint32_t peer,
                            uint32_t klass, const struct vt_frame *frame)
{
    struct sim_node *node = node_of(world);

    return node->up ? vt_sim_send(node, peer, klass, frame) : VT_OK;
}

static uint64_t job_ends(struct sim_node *node, enum vt_lane lane)
{
    struct sim_cluster *c = node->cluster;
    uint64_t span = POOL_NS + vt_rng_below(&c->disk, POOL_NS);

    if (lane == VT_LANE_POOL) {
        return c->now_ns + span * node->lot.executor;
    }
    if (node->store_free_at < c->now_ns) {
        node->store_free_at = c->now_ns;
    }
    node->store_free_at +=
        STORE_NS + vt_rng_below(&c->disk, STORE_NS * 4) + node->lot.sync_ns;
    return node->store_free_at;
}

static vt_status world_run(struct vt_world *world, enum vt_lane lane,
                           struct vt_job *job)
{
    struct sim_node *node = node_of(world);
    struct sim_event *ev =
        vt_sim_schedule(node->cluster, SIM_JOB, node->index,
                        job_ends(node, lane), vt_view_of(NULL, 0));

    if (ev == NULL) {
        return VT_E_LIMIT;
    }
    ev->job = job;
    vt_list_append(&node->jobs, &ev->jobs);
    (void)vt_sim_escapes(node);
    return VT_OK;
}

static vt_status world_work(struct vt_world *world, uint64_t token,
                            struct vt_view header, const uint8_t target[32])
{
    return vt_sim_work(node_of(world), token, header, target);
}

static void world_publish(struct vt_world *world,
                          const struct vt_chain_event *event)
{
    struct sim_node *node = node_of(world);
    struct sim_cluster *c = node->cluster;

    if (!node->up) {
        return; /* being torn down: nobody hears it */
    }
    switch (event->type) {
    case VT_CHAIN_FINAL:
        vt_sim_check_final(node, event);
        vt_sim_plot_mark(c->args->plot, VT_SIM_MARK_FINAL, node->index,
                         c->now_ns, event->block->header.height);
        vt_sim_on_label(node, "final");
        (void)vt_sim_escapes(node);
        break;
    case VT_CHAIN_TRACE:
        vt_sim_say(c, "%s %s", node->name, event->text);
        vt_sim_check_lead(node, event->text);
        vt_sim_selfish_hear(node, event->text);
        vt_sim_note(node, event->text);
        break;
    case VT_CHAIN_EPOCH:
        vt_sim_check_epochs(node);
        vt_sim_say(c, "%s %s", node->name, event->text);
        vt_sim_note(node, event->text); /* "epoch 1" */
        break;
    case VT_CHAIN_STAGE:
        vt_sim_check_stage(node, event);
        break;
    case VT_CHAIN_ANCHOR:
        break; /* a cluster here is one chain */
    case VT_CHAIN_ALARM:
        vt_sim_say(c, "%s ALARM %s", node->name, event->text);
        vt_sim_note(node, "chain alarm");
        break;
    case VT_CHAIN_HALTED:
        vt_sim_say(c, "%s HALTED %s", node->name, event->text);
        vt_sim_note(node, "chain halted");
        break;
    case VT_CHAIN_EVIDENCE:
        vt_sim_say(c, "%s EVIDENCE %s", node->name, event->text);
        vt_sim_check_evidence(node, event->member, event->is_verified);
        (void)vt_sim_escapes(node);
        break;
    }
}

static void world_penalize(struct vt_world *world, uint32_t peer,
                           const char *reason)
{
    struct sim_node *node = node_of(world);

    vt_sim_say(node->cluster, "%s blames node%u: %s", node->name, peer + 1,
               reason);
}

static void world_save(struct vt_world *world, const char *name,
                       struct vt_view bytes, char where[256])
{
    struct sim_node *node = node_of(world);

    where[0] = '\0';
    vt_sim_say(node->cluster, "%s keeps %s (%zu bytes)", node->name, name,
               bytes.len);
}

const struct vt_world_ops vt_sim_world_ops = {
    .now_ns = world_now,
    .wall_ms = world_wall,
    .wake_at = world_wake_at,
    .send = world_send,
    .run = world_run,
    .work = world_work,
    .publish = world_publish,
    .penalize = world_penalize,
    .save = world_save,
};
