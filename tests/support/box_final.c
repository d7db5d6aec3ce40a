/* SPDX-License-Identifier: Apache-2.0
 *
 * box_final.c - bodies from others, final blocks and the invariants on them,
 * catching up, waiting transactions.
 */
#include "support/box_inside.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- FETCH and REQUEUE -------------------------------------------------- */

static int has_body(const struct box *box, const struct box_node *node,
                    uint32_t block)
{
    const struct box_block *b = &box->blocks[block];
    uint64_t at = b->height - box->epoch.start_height;

    return box_in(&node->held, block) || box_in(&node->disk.bodies, block) ||
           (at < node->disk.final_count && node->disk.final[at].block == block);
}

/* A holder that is up, near and willing, chosen by chance. */
static struct box_node *find_holder(struct box *box, struct box_node *node,
                                    uint32_t block, struct vt_view holders)
{
    struct box_node *found = NULL;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < box->node_count; i++) {
        struct box_node *at = &box->nodes[i];
        int is_named = holders.len == 0 ||
                       (at->member < 8 * holders.len &&
                        (holders.ptr[at->member / 8] >> (at->member % 8) & 1));

        if (at != node && at->is_up && !at->is_scripted && is_named &&
            at->side == node->side && has_body(box, at, block)) {
            seen++;
            if (box_random(box, seen) == 0) {
                found = at;
            }
        }
    }
    return found;
}

void box_fetch(struct box *box, struct box_node *node, uint64_t token,
               const uint8_t id[32], struct vt_view holders)
{
    uint32_t block = box_find_block(box, id);
    int is_here = block != BOX_NONE && has_body(box, node, block);

    if (node->no_fetch || (!box->is_calm && box_chance(box, box->opt.silent))) {
        return;
    }
    if (is_here) {
        box_set_in(&node->held, block, 1);
        box_block_event(box, node, VT_EV_FETCHED, token, VT_OK, 0, block, 30);
        return;
    }
    if (block != BOX_NONE && find_holder(box, node, block, holders) != NULL &&
        (box->is_calm || !box_chance(box, box->opt.loss))) {
        box_block_event(
            box, node, VT_EV_FETCHED, token, VT_OK, 0, block,
            2 * box_between(box, box->opt.delay_min_us, box->opt.delay_max_us));
        return;
    }
    box_block_event(box, node, VT_EV_FETCHED, token, VT_E_NOTFOUND, 0, BOX_NONE,
                    4 * (uint64_t)box->opt.delay_max_us);
}

/* The transactions wait again. A body that was STOREd stays: others may rely
 * on it until its height is final. */
void box_requeue(struct box *box, struct box_node *node, uint32_t block)
{
    if (block == BOX_NONE) {
        return;
    }
    box_set_in(&node->live, block, 0);
    box_set_in(&node->executed, block, 0);
    if (!box_in(&node->disk.bodies, block)) {
        box_set_in(&node->held, block, 0);
    }
    box_txs_changed(box, node);
}

/* ---- final -------------------------------------------------------------- */

static void check_truth(struct box *box, struct box_node *node, uint64_t height,
                        uint32_t block)
{
    uint32_t *truth = &box->truth[height - box->epoch.start_height];
    struct box_block *b = &box->blocks[block];

    if (!node->is_honest) {
        return;
    }
    if (*truth == 0) {
        *truth = block + 1;
    } else if (*truth != block + 1) {
        box_violate(box,
                    "I1 agreement: node %u has another block at height "
                    "%" PRIu64,
                    node->index, height);
    }
    if (height > box->epoch.start_height &&
        b->parent_index + 1 !=
            box->truth[height - box->epoch.start_height - 1]) {
        box_violate(box,
                    "I2 prefix: node %u height %" PRIu64 " has another parent",
                    node->index, height);
    }
    if (b->is_bad || box_any_both(b->txs, b->below)) {
        box_violate(box, "I3 validity: node %u made a bad block final",
                    node->index);
    }
}

/* Good as it is, bad with any bit flipped. */
static void check_proof(struct box *box, struct box_node *node, uint64_t height,
                        const uint8_t id[32], struct vt_view proof)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = VT_BAD;
    uint8_t *bent;

    if (box->table->check_proof(&box->host, &box->epoch, height, id, proof,
                                &verdict, &err) != VT_OK ||
        verdict != VT_GOOD) {
        box_violate(box, "I5 proof: node %u height %" PRIu64 " is refused",
                    node->index, height);
        return;
    }
    bent = malloc(proof.len);
    if (bent == NULL) {
        abort();
    }
    memcpy(bent, proof.ptr, proof.len);
    box_flip(box, bent, proof.len);
    if (box->table->check_proof(&box->host, &box->epoch, height, id,
                                vt_view_of(bent, proof.len), &verdict,
                                &err) == VT_OK &&
        verdict == VT_GOOD) {
        box_violate(
            box, "I5 proof: node %u height %" PRIu64 " accepts a flipped bit",
            node->index, height);
    }
    free(bent);
}

/* Hands a decided block to the log. */
static void record(struct box *box, struct box_node *node, uint64_t height,
                   uint32_t block, struct vt_view proof)
{
    struct box_event *ev =
        box_event_new(box, BOX_EV_APPLY, node->index,
                      box->opt.apply_us + box_between(box, box->opt.sync_min_us,
                                                      box->opt.sync_max_us),
                      proof.len);

    node->decided = height;
    ev->arg = height;
    ev->block = block;
    memcpy(ev->bytes, proof.ptr, proof.len);
    box_event_put(box, ev);
}

void box_commit(struct box *box, struct box_node *node, uint64_t height,
                const uint8_t id[32], struct vt_view proof)
{
    uint32_t block = box_find_block(box, id);

    if (height >= box->epoch.start_height + BOX_HEIGHTS_MAX) {
        box_violate(box, "the box is full of heights");
        return;
    }
    if (block == BOX_NONE || box->blocks[block].height != height) {
        box_violate(box, "COMMIT of an unknown block by node %u", node->index);
        return;
    }
    check_truth(box, node, height, block);
    if (node->is_honest) {
        check_proof(box, node, height, id, proof);
    }
    if (height <= node->decided) {
        return;
    }
    if (height != node->decided + 1) {
        box_violate(box, "I2 gap: node %u commits %" PRIu64 " after %" PRIu64,
                    node->index, height, node->decided);
        return;
    }
    if (!box_in(&node->held, block)) {
        box_violate(box, "node %u commits a body it does not hold",
                    node->index);
        return;
    }
    if (box->blocks[block].is_bad != node->has_bad_executor) {
        node->is_halted = 1; /* the host stops: decided, but wrong here */
        return;
    }
    record(box, node, height, block, proof);
}

static void drop_losers(struct box *box, struct box_node *node)
{
    for (uint32_t i = 0; i < box->block_count; i++) {
        if (box->blocks[i].height <= node->applied) {
            box_set_in(&node->held, i, 0);
            box_set_in(&node->live, i, 0);
            box_set_in(&node->executed, i, 0);
            box_set_in(&node->disk.bodies, i, 0);
        }
    }
}

static void next_root(struct box *box, struct box_node *node, uint32_t block)
{
    uint8_t salt = (uint8_t)node->has_bad_executor;
    struct vt_view parts[3] = {
        {node->root, 32}, {box->blocks[block].id, 32}, {&salt, 1}};
    uint8_t next[32];

    box_hash(box, "box/root", parts, 3, next);
    memcpy(node->root, next, 32);
}

/* The log has it: durable, executed, told. */
void box_apply(struct box *box, struct box_node *node, uint64_t height)
{
    uint32_t block = node->disk.final[height - box->epoch.start_height].block;
    struct vt_ev_applied ev = {
        .h = {.size = VT_UPTO(struct vt_ev_applied, state_root),
              .type = VT_EV_APPLIED},
        .height = height};

    node->applied = height;
    if (height > node->highest_applied_ever) {
        node->highest_applied_ever = height;
    }
    node->final_txs = box_or_txs(node->final_txs, box->blocks[block].txs);
    next_root(box, node, block);
    drop_losers(box, node);
    memcpy(ev.id, box->blocks[block].id, 32);
    memcpy(ev.state_root, node->root, 32);
    box_txs_changed(box, node);
    box_give(box, node, &ev.h);
    box_pending_try(box, node);
}

/* ---- catching up -------------------------------------------------------- */

static struct box_node *find_ahead(struct box *box, struct box_node *node)
{
    struct box_node *found = NULL;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < box->node_count; i++) {
        struct box_node *at = &box->nodes[i];

        if (at != node && at->is_up && !at->is_scripted &&
            at->side == node->side &&
            at->disk.final_count + box->epoch.start_height - 1 >
                node->decided) {
            seen++;
            if (box_random(box, seen) == 0) {
                found = at;
            }
        }
    }
    return found;
}

/* Up to 16 final blocks with proofs from somebody ahead. */
void box_catch_up(struct box *box, struct box_node *node)
{
    struct box_node *from = find_ahead(box, node);
    struct vt_err err = {.size = sizeof err};

    node->is_catching_up = 0;
    if (from == NULL) {
        return;
    }
    for (int i = 0; i < 16; i++) {
        uint64_t height = node->decided + 1;
        uint64_t at = height - box->epoch.start_height;
        uint32_t verdict = VT_BAD;
        struct box_final *f = &from->disk.final[at];
        struct box_block *b;

        if (at >= from->disk.final_count) {
            return;
        }
        b = &box->blocks[f->block];
        if (box->table->check_proof(&box->host, &box->epoch, height, b->id,
                                    vt_view_of(f->proof, f->len), &verdict,
                                    &err) != VT_OK ||
            verdict != VT_GOOD) {
            return; /* a liar's log */
        }
        check_truth(box, node, height, f->block);
        box_set_in(&node->held, f->block, 1);
        record(box, node, height, f->block, vt_view_of(f->proof, f->len));
    }
}

/* ---- waiting transactions ----------------------------------------------- */

static struct box_txs waiting(const struct box *box,
                              const struct box_node *node)
{
    struct box_txs left = box_minus_txs(node->known, node->final_txs);

    for (uint32_t i = 0; i < box->block_count; i++) {
        if (box_in(&node->live, i) && box->blocks[i].height > node->applied) {
            left = box_minus_txs(left, box->blocks[i].txs);
        }
    }
    return left;
}

void box_txs_changed(struct box *box, struct box_node *node)
{
    if (!node->has_txs_event && node->is_up && !node->is_scripted) {
        node->has_txs_event = 1;
        box_event_put(box, box_event_new(box, BOX_EV_TXS, node->index, 50, 0));
    }
}

void box_tell_txs(struct box *box, struct box_node *node)
{
    uint64_t count = box_count_txs(waiting(box, node));
    struct vt_ev_txs ev = {
        .h = {.size = VT_UPTO(struct vt_ev_txs, size_bytes), .type = VT_EV_TXS},
        .count = count,
        .size_bytes = count * 100};

    node->has_txs_event = 0;
    if (count != node->told_count) {
        node->told_count = count;
        box_give(box, node, &ev.h);
    }
}
