/* SPDX-License-Identifier: Apache-2.0
 *
 * check_blocks.c - what must hold of every final block: I1 agreement, I2
 * prefix, I3 validity, I4 integrity, I5 certificate, I6 durability of what was
 * announced, I15 equal state.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SEAL_EVERY 8u /* heights: a seal costs as much as a block */

static struct sim_truth *truth_at(struct sim_cluster *c, uint64_t height)
{
    while (c->truth_cap <= height) {
        size_t cap = c->truth_cap == 0 ? 256 : c->truth_cap * 2;
        struct sim_truth *more = vt_realloc(c->truth, cap * sizeof *more);

        if (more == NULL) {
            c->failed = 1;
            return NULL;
        }
        memset(&more[c->truth_cap], 0, (cap - c->truth_cap) * sizeof *more);
        c->truth = more;
        c->truth_cap = cap;
    }
    return &c->truth[height];
}

/* The engine's own bytes, by its pure check: how far lanes are, what it
 * draws. */
static void check_header(struct sim_node *node, const struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;
    const struct sim_truth *below = truth_at(c, block->header.height - 1);
    const struct vt_block *parent = below == NULL ? NULL : below->block;
    struct vt_err err = {.size = sizeof err};
    vt_status status;

    if (parent != NULL && parent->header.epoch != block->header.epoch) {
        parent = NULL;
    }
    status = vt_chain_check_header(node->chain, parent, block, &err);
    if (status != VT_OK && status != VT_E_CORRUPT) {
        vt_sim_violation(c, "I17 header: %s height %" PRIu64 ": %s", node->name,
                         block->header.height, err.text);
    }
}

static void keep(struct sim_cluster *c, struct sim_truth *truth,
                 struct vt_block *block)
{
    struct sim_truth *old = block->header.height < 2
                                ? NULL
                                : truth_at(c, block->header.height - 2);

    truth->block = vt_block_ref(block);
    if (old != NULL) {
        vt_block_unref(old->block);
        old->block = NULL;
    }
}

static void check_agreement(struct sim_node *node, struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = block->header.height;
    struct sim_truth *truth = truth_at(c, height);

    if (truth == NULL) {
        return;
    }
    if (vt_hash_is_zero(&truth->id)) {
        truth->id = block->id;
        truth->maker = block->header.proposer_index;
        if (block->header.proposer_index < c->args->nodes) {
            c->result->made[block->header.proposer_index]++;
        }
        truth->term = block->header.payload.len == 8
                          ? vt_get_u64(block->header.payload.ptr)
                          : 0;
        if (height >= c->truth_count) {
            c->truth_count = height + 1;
        }
        check_header(node, block);
        keep(c, truth, block);
    } else if (!vt_hash_eq(&truth->id, &block->id)) {
        vt_sim_violation(c, "I1 agreement: %s height %" PRIu64 " differs",
                         node->name, height);
    }
}

static void check_prefix(struct sim_node *node, const struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = block->header.height;
    const struct sim_truth *below = height > 1 ? truth_at(c, height - 1) : NULL;

    if (height > node->final_height + 1) {
        vt_sim_violation(c, "I2 prefix: %s jumps from %" PRIu64 " to %" PRIu64,
                         node->name, node->final_height, height);
    }
    if (below != NULL && !vt_hash_eq(&below->id, &block->header.parent)) {
        vt_sim_violation(c,
                         "I2 prefix: %s height %" PRIu64 " has another parent",
                         node->name, height);
    }
}

/* With the scheme itself: the chain's own check may be what is wrong. */
static void check_signature(struct sim_node *node, const struct vt_block *block,
                            const struct vt_tx *tx)
{
    struct sim_cluster *c = node->cluster;
    uint32_t verdict = VT_BAD;

    if (c->scheme->verify(tx->pk, tx->id.b, tx->sig, &verdict) != VT_OK ||
        verdict != VT_GOOD) {
        vt_sim_violation(c,
                         "I3 validity: %s height %" PRIu64
                         " holds a transaction with a bad signature",
                         node->name, block->header.height);
    }
}

static void note_tx(struct sim_cluster *c, struct sim_tx *tx, uint64_t height)
{
    tx->final_height = height;
    if (tx->client < VT_SIM_CLIENTS) {
        c->txs_final++;
        c->result->txs_final++;
    }
}

/* A label for what became of what operators and members told the chain. */
static void note_outcome(struct sim_node *node, const struct vt_block *block,
                         uint32_t i, const struct vt_receipt *receipts)
{
    const struct vt_tx *tx = &block->txs[i];
    struct vt_tx_evidence evidence;
    const char *what = "switch";
    char text[64];

    if (receipts == NULL ||
        (tx->kind != VT_TX_SWITCH && tx->kind != VT_TX_EVIDENCE)) {
        return;
    }
    if (tx->kind == VT_TX_EVIDENCE) {
        what = vt_tx_evidence_decode(tx->payload, &evidence) == VT_OK &&
                       evidence.epoch < block->header.epoch
                   ? "late-offence"
                   : "offence";
    }
    (void)snprintf(text, sizeof text, "%s %s", what,
                   vt_tx_code_name(receipts[i].code));
    vt_sim_say(node->cluster, "%s %s", node->name, text);
    vt_sim_note(node, text);
}

/* receipts: one for each, or NULL. */
static void check_txs(struct sim_node *node, const struct vt_block *block,
                      const struct vt_receipt *receipts)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = block->header.height;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct sim_tx *tx = vt_map_get(c->tx_by_id, block->txs[i].id.b);

        if (block->txs[i].kind != VT_TX_TRANSFER) {
            note_outcome(node, block, i, receipts);
            continue; /* the operator's, and members that are ready */
        }
        if (tx == NULL) {
            vt_sim_violation(c,
                             "I3 validity: %s height %" PRIu64
                             " holds a transaction nobody sent",
                             node->name, height);
        } else if (tx->final_height == 0) {
            check_signature(node, block, &block->txs[i]);
            note_tx(c, tx, height);
        } else if (tx->final_height != height) {
            vt_sim_violation(c,
                             "I4 integrity: one transaction at heights "
                             "%" PRIu64 " and %" PRIu64,
                             tx->final_height, height);
        }
    }
}

/* Neither may its short form. */
static void check_short(struct sim_node *node,
                        const struct vt_chain_event *event)
{
    struct sim_cluster *c = node->cluster;
    const struct vt_block *block = event->block;
    const uint64_t height = block->header.height;
    struct vt_buf proof = VT_BUF_INIT(VT_SEAL_MAX);
    /* another one at each height and node, without drawing lots */
    const uint64_t bit = height * 37 + node->index;

    if (vt_chain_short_seal(node->chain, &block->header, &block->id,
                            event->seal, &proof) != VT_OK ||
        !vt_chain_convinces(node->chain, &block->header, &block->id,
                            vt_buf_view(&proof))) {
        vt_sim_violation(c,
                         "I5 certificate: %s height %" PRIu64
                         " has a short proof that convinces nobody",
                         node->name, height);
    } else if (proof.len > 0) {
        proof.data[bit / 8 % proof.len] ^= (uint8_t)(1u << bit % 8);
        if (vt_chain_convinces(node->chain, &block->header, &block->id,
                               vt_buf_view(&proof))) {
            vt_sim_violation(c,
                             "I5 certificate: %s height %" PRIu64
                             " accepts a flipped bit of a short proof",
                             node->name, height);
        }
    }
    vt_buf_fini(&proof);
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
        vt_sim_violation(c, "I5 certificate: %s height %" PRIu64 ": %s",
                         node->name, block->header.height, err.text);
        return;
    }
    copy = vt_memdup(event->seal.ptr, event->seal.len);
    if (copy == NULL || event->seal.len == 0) {
        vt_free(copy);
        return;
    }
    uint64_t at = vt_rng_below(&c->disk, event->seal.len);

    copy[at] ^= (uint8_t)(1u << vt_rng_below(&c->disk, 8));
    if (vt_chain_check_seal(node->chain, &block->header, &block->id,
                            vt_view_of(copy, event->seal.len), &err) == VT_OK) {
        vt_sim_violation(
            c, "I5 certificate: %s height %" PRIu64 " accepts a flipped bit",
            node->name, block->header.height);
    }
    vt_free(copy);
    check_short(node, event);
}

/* Of a node with a wrong executor: the state it had below this block. */
static void check_below(struct sim_node *node, uint64_t height,
                        const struct vt_hash *root)
{
    struct sim_cluster *c = node->cluster;
    const struct sim_truth *truth = truth_at(c, node->wrong_height);

    if (truth != NULL && node->wrong_height > 0 &&
        !vt_hash_is_zero(&truth->after) &&
        !vt_hash_eq(&truth->after, &node->wrong_root)) {
        vt_sim_violation(c,
                         "I15 state: %s goes on above height %" PRIu64
                         " with another state root",
                         node->name, node->wrong_height);
    }
    node->wrong_height = height;
    node->wrong_root = *root;
}

static void check_state(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = 0;
    struct vt_state *state = vt_chain_state(node->chain, &height);
    struct sim_truth *truth = truth_at(c, height);
    struct vt_hash root;

    vt_state_root(state, &root);
    vt_state_unref(state);
    if (truth == NULL) {
        return;
    }
    if (vt_sim_is_wrong(node)) {
        check_below(node, height, &root);
    } else if (vt_hash_is_zero(&truth->after)) {
        truth->after = root;
    } else if (!vt_hash_eq(&truth->after, &root)) {
        vt_sim_violation(
            c, "I15 state: %s height %" PRIu64 " led to another state root",
            node->name, height);
    }
}

void vt_sim_check_final(struct sim_node *node,
                        const struct vt_chain_event *event)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height = event->block->header.height;

    vt_sim_trace_mix(c, 0x200u, node->index,
                     vt_sim_digest(vt_view_of(event->block->id.b, 32)));
    vt_sim_say(c, "%s final height=%" PRIu64 " txs=%u", node->name, height,
               event->block->header.tx_count);
    if (!vt_sim_is_twin(node)) {
        check_agreement(node, event->block);
        check_prefix(node, event->block);
        check_txs(node, event->block, event->receipts);
        vt_sim_check_border(node, event->block);
        check_state(node);
        if (height % SEAL_EVERY == 1) {
            check_seal(node, event);
        }
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
                         "I6 durability: %s came back without its final block "
                         "%" PRIu64,
                         node->name, height);
        return;
    }
    check_agreement(node, block);
    check_txs(node, block, NULL);
    vt_block_unref(block);
}

void vt_sim_check_restart(struct sim_node *node)
{
    struct vt_chain_status status;

    vt_sim_check_epochs(node);
    vt_chain_get_status(node->chain, &status);
    if (status.final_height < node->final_height) {
        vt_sim_violation(node->cluster,
                         "I6 durability: %s announced height %" PRIu64
                         " and came back at %" PRIu64,
                         node->name, node->final_height, status.final_height);
    }
    for (uint64_t h = node->final_height + 1;
         h <= status.final_height && !vt_sim_is_twin(node); h++) {
        check_unannounced(node, h);
    }
    node->final_height = status.final_height;
}
