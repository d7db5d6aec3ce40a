/* SPDX-License-Identifier: Apache-2.0
 *
 * check_end.c - what must hold when a run is over: I10 availability,
 * I12 and I13 liveness, I14 bounds, I19 fairness.
 */
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>

#define SLOT_SPACE 3u /* of the log, see core/chain/README.md */
#define FAIR_LEAST 2u /* of four blocks in turn */
#define ASKED 8u      /* blocks each node is asked for */

static int must_live(const struct sim_node *node)
{
    return node->index < node->cluster->args->nodes && !vt_sim_is_liar(node) &&
           !vt_sim_is_wrong(node);
}

int vt_sim_done(const struct sim_cluster *c)
{
    if (!c->is_calm || c->txs_final < c->txs_wanted ||
        (c->args->switches != NULL && !c->is_switched)) {
        return 0;
    }
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        const struct sim_node *node = &c->nodes[i];

        if (must_live(node) &&
            (!node->up || node->final_height + 1 < c->truth_count)) {
            return 0;
        }
    }
    return 1;
}

static void note_heights(struct sim_cluster *c, uint64_t height)
{
    if (height < c->result->height_min) {
        c->result->height_min = height;
    }
    if (height > c->result->height_max) {
        c->result->height_max = height;
    }
}

static void check_available(struct sim_node *node, uint64_t height)
{
    uint64_t step = height / ASKED + 1;

    for (uint64_t h = 1; h <= height; h += step) {
        struct vt_block *block;

        if (vt_chain_block(node->chain, h, &block, NULL) != VT_OK) {
            vt_sim_violation(node->cluster,
                             "I10 availability: %s has no block %" PRIu64,
                             node->name, h);
            return;
        }
        vt_block_unref(block);
    }
}

static void check_bounds(struct sim_node *node,
                         const struct vt_chain_status *status)
{
    struct sim_cluster *c = node->cluster;
    uint64_t slots = vt_sim_disk_bytes(node->log, SLOT_SPACE);

    if (slots > VT_CS_SLOTS_MAX) {
        vt_sim_violation(c, "I14 bounds: %s keeps %" PRIu64 " bytes in slots",
                         node->name, slots);
    }
    if (status->mempool_count > c->config->mempool_max_count ||
        status->mempool_bytes > c->config->mempool_max_bytes) {
        vt_sim_violation(c,
                         "I14 bounds: %s has %" PRIu64
                         " transactions of %" PRIu64 " bytes waiting",
                         node->name, status->mempool_count,
                         status->mempool_bytes);
    }
}

static void check_node(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    struct vt_chain_status status;

    if (!node->up || vt_sim_is_twin(node)) {
        return;
    }
    vt_chain_get_status(node->chain, &status);
    if (status.halted && must_live(node)) {
        vt_sim_violation(c, "I12 halt: %s: %s", node->name, status.halted_why);
    }
    note_heights(c, status.final_height);
    check_available(node, node->final_height);
    check_bounds(node, &status);
    vt_sim_check_epochs_known(node);
}

/* One node's chain is enough: I1 says that all have the same. */
static void check_stranger(struct sim_cluster *c)
{
    struct sim_node *best = NULL;

    for (uint32_t i = 0; i < c->args->nodes; i++) {
        struct sim_node *node = &c->nodes[i];

        if (node->up && must_live(node) &&
            (best == NULL || node->final_height > best->final_height)) {
            best = node;
        }
    }
    if (best != NULL && c->result->violations == 0) {
        vt_sim_check_follow(best);
    }
}

static void check_live(struct sim_cluster *c)
{
    if (c->now_ns < c->deadline_ns || vt_sim_done(c)) {
        return;
    }
    vt_sim_violation(c,
                     "%s liveness: %zu of %zu transactions final, heights "
                     "%" PRIu64 "..%" PRIu64 " at %" PRIu64 " ms",
                     c->all_crashed ? "I13" : "I12", c->txs_final,
                     c->txs_wanted, c->result->height_min,
                     c->result->height_max, c->now_ns / VT_SIM_MS);
}

/* I19: in any 4n heights each of these made at least half of an even share,
 * which is two. */
static void check_fair(struct sim_cluster *c)
{
    uint64_t window = UINT64_C(4) * c->args->nodes;
    uint32_t made[VT_SIM_NODES_MAX] = {0};

    for (uint64_t h = 1; h < c->truth_count; h++) {
        made[c->truth[h].maker % VT_SIM_NODES_MAX]++;
        if (h > window) {
            made[c->truth[h - window].maker % VT_SIM_NODES_MAX]--;
        }
        for (uint32_t i = 0; i < c->args->nodes && h >= window; i++) {
            if ((c->args->fair >> i & 1) != 0 && made[i] < FAIR_LEAST) {
                vt_sim_violation(c,
                                 "I19 fairness: %s made %" PRIu32 " of %" PRIu64
                                 " blocks up to height %" PRIu64,
                                 c->nodes[i].name, made[i], window, h);
                return;
            }
        }
    }
}

void vt_sim_check_end(struct sim_cluster *c)
{
    c->result->height_min = UINT64_MAX;
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        check_node(&c->nodes[i]);
    }
    if (c->result->height_min == UINT64_MAX) {
        c->result->height_min = 0;
    }
    check_stranger(c);
    check_live(c);
    check_fair(c);
    vt_sim_tell_epochs(c);
}
