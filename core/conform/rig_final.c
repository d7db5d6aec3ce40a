/* SPDX-License-Identifier: Apache-2.0
 *
 * rig_final.c - what becomes final: one block a height, on the one before,
 * each transaction once; the head before that, and which transactions wait.
 */
#include "conform/rig.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>

uint32_t vt_rig_head(const struct vt_rig_node *node)
{
    const struct vt_rig *rig = node->rig;

    return node->applied < rig->epoch.start_height
               ? VT_RIG_NOBODY
               : rig->truth[node->applied - rig->epoch.start_height] - 1;
}

/* ---- transactions ---------------------------------------------------------
 */

/* Transactions of blocks that are executed, or, with an engine that has a head
 * before it decides, of the blocks below that. */
uint64_t vt_rig_placed(const struct vt_rig_node *node)
{
    const struct vt_rig *rig = node->rig;
    uint32_t head = vt_rig_head(node);
    uint64_t taken;

    if (node->tentative != VT_RIG_NOBODY &&
        rig->blocks[node->tentative].height > node->applied) {
        head = node->tentative;
    }
    taken = head == VT_RIG_NOBODY
                ? 0
                : rig->blocks[head].below | rig->blocks[head].txs;
    for (uint32_t i = 0;
         i < rig->block_count && rig->table->finality == VT_FIN_INSTANT; i++) {
        if (vt_rig_in(&node->executed, i) &&
            (rig->blocks[i].is_batch ||
             rig->blocks[i].height > node->applied)) {
            taken |= rig->blocks[i].txs;
        }
    }
    return taken;
}

/* Soon, once for all that changes until then. */
void vt_rig_txs_changed(struct vt_rig_node *node)
{
    if (node->is_up && !node->has_txs_event) {
        node->has_txs_event = 1;
        vt_rig_later(node, VT_RIG_TXS, 50000, NULL, (struct vt_view){NULL, 0},
                     0);
    }
}

void vt_rig_tell_txs(struct vt_rig_node *node)
{
    uint64_t count = (uint64_t)__builtin_popcountll(node->rig->offered &
                                                    ~vt_rig_placed(node));
    union vt_any_event ev = {
        .txs = {.h = {.size = VT_UPTO(struct vt_ev_txs, size_bytes),
                      .type = VT_EV_TXS},
                .count = count,
                .size_bytes = 100 * count}};

    node->has_txs_event = 0;
    if (count != node->told_count) {
        node->told_count = count;
        vt_rig_later(node, VT_RIG_EVENT, 0, &ev, (struct vt_view){NULL, 0}, 0);
    }
}

/* ---- HEAD ---------------------------------------------------------------- */

static int stands_on_final(const struct vt_rig_node *node, uint32_t block)
{
    const struct vt_rig *rig = node->rig;
    uint32_t final = vt_rig_head(node);

    while (block != VT_RIG_NOBODY && block != final) {
        block = rig->blocks[block].parent_index;
    }
    return block == final;
}

void vt_rig_move_head(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    const struct vt_rig *rig = node->rig;

    if (rig->table->finality == VT_FIN_INSTANT) {
        vt_rig_fail(node, "HEAD: an engine that decides at once has none");
    }
    if (op->height <= node->applied) {
        node->tentative = VT_RIG_NOBODY; /* others were faster to decide */
        vt_rig_txs_changed(node);
        return;
    }
    if (op->block == VT_RIG_NOBODY ||
        rig->blocks[op->block].height != op->height ||
        !vt_rig_in(&node->held, op->block)) {
        vt_rig_fail(node,
                    "HEAD at height %" PRIu64 " is a block its host does not "
                    "hold",
                    op->height);
    }
    if (!stands_on_final(node, op->block)) {
        if (node->applied <= op->known) {
            vt_rig_fail(node,
                        "HEAD at height %" PRIu64 " does not stand on the "
                        "final block of height %" PRIu64,
                        op->height, node->applied);
        }
        return;
    }
    node->tentative = op->block;
    vt_rig_txs_changed(node);
}

/* ---- COMMIT -------------------------------------------------------------- */

static void check_truth(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    struct vt_rig *rig = node->rig;
    const struct vt_rig_block *b = &rig->blocks[op->block];
    uint64_t at = op->height - rig->epoch.start_height;
    uint32_t *truth = &rig->truth[at];

    if (*truth != 0 && *truth != op->block + 1) {
        vt_rig_fail(node,
                    "COMMIT of another block at height %" PRIu64
                    " than the other members (agreement)",
                    op->height);
    }
    *truth = op->block + 1;
    if (at > 0 && b->parent_index + 1 != rig->truth[at - 1]) {
        vt_rig_fail(node,
                    "COMMIT at height %" PRIu64 " of a block that does "
                    "not stand on the final one below",
                    op->height);
    }
    if ((b->txs & b->below) != 0) {
        vt_rig_fail(node,
                    "COMMIT at height %" PRIu64
                    " of a transaction that was final already",
                    op->height);
    }
}

static void check_proof(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    struct vt_rig *rig = node->rig;
    uint64_t at = op->height - rig->epoch.start_height;
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = VT_BAD;
    vt_status status =
        rig->table->check_proof(rig->args.host, &rig->epoch, op->height, op->id,
                                vt_view_of(op->bytes, op->len), &verdict, &err);

    if (status != VT_OK || verdict != VT_GOOD) {
        vt_rig_fail(node,
                    "COMMIT at height %" PRIu64
                    ": its own check_proof says %s %s",
                    op->height, status != VT_OK ? "nothing:" : "BAD", err.text);
    }
    if (rig->proofs[at].bytes == NULL && op->len > 0) {
        rig->proofs[at].bytes = vt_memdup(op->bytes, op->len);
        rig->proofs[at].len = op->len;
    }
}

void vt_rig_commit(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    struct vt_rig *rig = node->rig;

    if (op->block == VT_RIG_NOBODY || rig->blocks[op->block].is_batch ||
        rig->blocks[op->block].height != op->height) {
        vt_rig_fail(node, "COMMIT of a block nobody built for height %" PRIu64,
                    op->height);
    }
    VT_EXPECT(rig->args.trial,
              op->height < rig->epoch.start_height + VT_RIG_HEIGHTS_MAX,
              "more than %u heights", VT_RIG_HEIGHTS_MAX);
    check_truth(node, op);
    check_proof(node, op);
    if (op->height <= node->decided) {
        return;
    }
    if (op->height != node->decided + 1) {
        vt_rig_fail(node, "COMMIT of height %" PRIu64 " after %" PRIu64,
                    op->height, node->decided);
    }
    if (!vt_rig_in(&node->held, op->block) &&
        !vt_rig_in(&node->stored, op->block)) {
        vt_rig_fail(node, "COMMIT of a block the host does not hold");
    }
    node->decided = op->height;
    node->known = op->height;
    vt_rig_later(node, VT_RIG_APPLY, vt_rig_between(rig, 100000, 1500000), NULL,
                 (struct vt_view){NULL, 0}, op->height);
}

static void tell_applied(struct vt_rig_node *node)
{
    const struct vt_rig_block *b = &node->rig->blocks[vt_rig_head(node)];
    union vt_any_event ev = {
        .applied = {.h = {.size = VT_UPTO(struct vt_ev_applied, state_root),
                          .type = VT_EV_APPLIED},
                    .height = node->applied}};

    memcpy(ev.applied.id, b->id, 32);
    memcpy(ev.applied.state_root, b->id, 32);
    vt_rig_later(node, VT_RIG_EVENT, 1000, &ev, (struct vt_view){NULL, 0}, 0);
    vt_rig_txs_changed(node);
}

void vt_rig_apply(struct vt_rig_node *node, uint64_t height)
{
    if (height == node->applied + 1) {
        node->applied = height;
        tell_applied(node);
    } else if (height > node->applied) {
        vt_rig_later(node, VT_RIG_APPLY, 100000, NULL,
                     (struct vt_view){NULL, 0}, height);
    }
    vt_rig_try_asks(node);
}

/* What core/chain does with SYNC: blocks and proofs come from others. */
void vt_rig_catch_up(struct vt_rig_node *node)
{
    struct vt_rig *rig = node->rig;
    uint64_t most = node->applied;

    for (uint32_t i = 0; i < rig->args.members; i++) {
        if (rig->nodes[i].is_up && rig->nodes[i].applied > most) {
            most = rig->nodes[i].applied;
        }
    }
    while (node->applied < most) {
        node->applied++;
        if (node->decided < node->applied) {
            node->decided = node->applied;
        }
        tell_applied(node);
    }
    vt_rig_try_asks(node);
}
