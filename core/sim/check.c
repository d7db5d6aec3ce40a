/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - the invariants. Names follow the consensus design: I1 agreement,
 * I2 prefix, I4 integrity, I5 certificate soundness, I6 durability, I12
 * liveness after healing, I15 equal state.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vt_sim_violation(struct sim_cluster *c, const char *fmt, ...)
{
    va_list args;

    if (c->result->violations++ == 0) {
        va_start(args, fmt);
        (void)vsnprintf(c->result->violation, sizeof c->result->violation, fmt,
                        args);
        va_end(args);
    }
    vt_sim_say(c, "VIOLATION %s", c->result->violation);
}

static struct sim_truth *truth_at(struct sim_cluster *c, uint64_t height)
{
    static const struct vt_hash zero;

    while (c->truth_cap <= height) {
        size_t cap = c->truth_cap == 0 ? 256 : c->truth_cap * 2;
        struct sim_truth *more = vt_realloc(c->truth, cap * sizeof *more);

        if (more == NULL) {
            c->failed = 1;
            return NULL;
        }
        for (size_t i = c->truth_cap; i < cap; i++) {
            more[i].id = zero;
        }
        c->truth = more;
        c->truth_cap = cap;
    }
    return &c->truth[height];
}

static void check_agreement(struct sim_node *node, const struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = block->header.height;
    struct sim_truth *truth = truth_at(c, height);

    if (truth == NULL) {
        return;
    }
    if (vt_hash_is_zero(&truth->id)) {
        truth->id = block->id;
        truth->state_root = block->header.state_root;
        if (height >= c->truth_count) {
            c->truth_count = height + 1;
        }
    } else if (!vt_hash_eq(&truth->id, &block->id)) {
        vt_sim_violation(c,
                         "I1 agreement: node %u height %" PRIu64
                         " differs (event %" PRIu64 ")",
                         node->index, height, c->result->events);
    }
    if (height > 1 &&
        !vt_hash_eq(&truth_at(c, height - 1)->id, &block->header.parent)) {
        vt_sim_violation(
            c, "I2 prefix: node %u height %" PRIu64 " has another parent",
            node->index, height);
    }
}

static void check_txs(struct sim_node *node, const struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct sim_tx *tx = vt_map_get(c->tx_by_id, block->txs[i].id.b);

        if (tx == NULL) {
            vt_sim_violation(c,
                             "I3 validity: node %u height %" PRIu64
                             " holds a transaction nobody sent",
                             node->index, block->header.height);
        } else if (tx->final_height == 0) {
            tx->final_height = block->header.height;
            c->txs_final++;
            c->result->txs_final++;
        } else if (tx->final_height != block->header.height) {
            vt_sim_violation(c,
                             "I4 integrity: one transaction at heights "
                             "%" PRIu64 " and %" PRIu64,
                             tx->final_height, block->header.height);
        }
    }
}

/* The seal must convince a stranger, and no seal with a flipped bit may. */
static void check_seal(struct sim_node *node,
                       const struct vt_chain_event *event)
{
    struct sim_cluster *c = node->cluster;
    const struct vt_block *block = event->block;
    struct vt_err err = {.size = sizeof err};
    uint8_t *copy;

    if (vt_chain_check_seal(node->chain, &block->header, &block->id,
                            event->seal, &err) != VT_OK) {
        vt_sim_violation(c, "I5 certificate: node %u height %" PRIu64 ": %s",
                         node->index, block->header.height, err.text);
        return;
    }
    copy = vt_memdup(event->seal.ptr, event->seal.len);
    if (copy == NULL || event->seal.len == 0) {
        vt_free(copy);
        return;
    }
    copy[vt_rng_below(&c->disk, event->seal.len)] ^=
        (uint8_t)(1u << vt_rng_below(&c->disk, 8));
    if (vt_chain_check_seal(node->chain, &block->header, &block->id,
                            vt_view_of(copy, event->seal.len), &err) == VT_OK) {
        vt_sim_violation(c,
                         "I5 certificate: node %u height %" PRIu64
                         " accepts a flipped bit",
                         node->index, block->header.height);
    }
    vt_free(copy);
}

void vt_sim_check_final(struct sim_node *node,
                        const struct vt_chain_event *event)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = event->block->header.height;

    vt_sim_trace_mix(c, 0x200u, node->index,
                     vt_view_of(event->block->id.b, 32));
    vt_sim_say(c, "n%u final height=%" PRIu64 " txs=%u", node->index, height,
               event->block->header.tx_count);
    if (height > node->final_height + 1) {
        vt_sim_violation(c,
                         "I2 gap: node %u jumps from %" PRIu64 " to %" PRIu64,
                         node->index, node->final_height, height);
    }
    check_agreement(node, event->block);
    check_txs(node, event->block);
    if (height % 8 == 1) {
        check_seal(node, event);
    }
    if (height > node->final_height) {
        node->final_height = height;
    }
}

/* What was durable in the moment of a crash was decided, though nobody had
 * heard of it yet. */
static void check_unannounced(struct sim_node *node, uint64_t height)
{
    struct vt_block *block;

    if (vt_chain_block(node->chain, height, &block, NULL) != VT_OK) {
        vt_sim_violation(node->cluster,
                         "I6 durability: node %u came back without its final "
                         "block %" PRIu64,
                         node->index, height);
        return;
    }
    check_agreement(node, block);
    check_txs(node, block);
    vt_block_unref(block);
}

void vt_sim_check_restart(struct sim_node *node)
{
    struct vt_chain_status status;

    vt_chain_get_status(node->chain, &status);
    if (status.final_height < node->final_height) {
        vt_sim_violation(node->cluster,
                         "I6 durability: node %u announced height %" PRIu64
                         " and came back at %" PRIu64,
                         node->index, node->final_height, status.final_height);
    }
    for (uint64_t h = node->final_height + 1; h <= status.final_height; h++) {
        check_unannounced(node, h);
    }
    node->final_height = status.final_height;
}

int vt_sim_done(const struct sim_cluster *c)
{
    if (c->now_ns < c->heal_ns || c->txs_final < c->args->txs) {
        return 0;
    }
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        if (!c->nodes[i].up || c->nodes[i].final_height + 1 < c->truth_count) {
            return 0;
        }
    }
    return 1;
}

void vt_sim_check_end(struct sim_cluster *c)
{
    struct vt_chain_status first = {.executed_height = 0};

    c->result->height_min = UINT64_MAX;
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        struct vt_chain_status status;

        if (c->nodes[i].chain == NULL) {
            continue;
        }
        vt_chain_get_status(c->nodes[i].chain, &status);
        if (status.halted) {
            vt_sim_violation(c, "node %u halted: %s", i, status.halted_why);
        }
        if (status.final_height < c->result->height_min) {
            c->result->height_min = status.final_height;
        }
        if (status.final_height > c->result->height_max) {
            c->result->height_max = status.final_height;
        }
        if (first.executed_height == status.executed_height &&
            first.executed_height > 0 &&
            !vt_hash_eq(&first.state_root, &status.state_root)) {
            vt_sim_violation(c,
                             "I15 state: node %u height %" PRIu64
                             " has another state root",
                             i, status.executed_height);
        }
        first = status;
    }
    if (c->now_ns >= c->deadline_ns && !vt_sim_done(c)) {
        vt_sim_violation(c,
                         "I12 liveness: %zu of %u transactions final, "
                         "heights %" PRIu64 "..%" PRIu64 " at %" PRIu64 " ms",
                         c->txs_final, c->args->txs, c->result->height_min,
                         c->result->height_max, c->now_ns / VT_SIM_MS);
    }
}
