/* SPDX-License-Identifier: Apache-2.0
 *
 * box_blocks.c - blocks, and how hosts build and check them.
 */
#include "support/box_inside.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- blocks ------------------------------------------------------------- */

static uint32_t bucket(const uint8_t id[32])
{
    return (uint32_t)(vt_get_u64(id) % (2 * BOX_BLOCKS_MAX));
}

uint32_t box_find_block(const struct box *box, const uint8_t id[32])
{
    for (uint32_t i = bucket(id);; i = (i + 1) % (2 * BOX_BLOCKS_MAX)) {
        uint32_t at = box->by_id[i];

        if (at == 0) {
            return BOX_NONE;
        }
        if (memcmp(box->blocks[at - 1].id, id, 32) == 0) {
            return at - 1;
        }
    }
}

static void block_hash(const struct box *box, struct box_block *b)
{
    uint8_t bytes[32 + 8 + 8 + 4 + 16 + 1];
    struct vt_view parts[2] = {{bytes, sizeof bytes},
                               {b->payload, b->payload_len}};

    memcpy(bytes, b->parent, 32);
    vt_put_u64(bytes + 32, b->height);
    vt_put_u64(bytes + 40, (uint64_t)b->time_ms);
    vt_put_u32(bytes + 48, b->proposer);
    vt_put_u64(bytes + 52, b->txs.w[0]);
    vt_put_u64(bytes + 60, b->txs.w[1]);
    bytes[68] = (uint8_t)b->is_bad;
    box_hash(box, "box/block", parts, b->payload_len == 0 ? 1 : 2, b->id);
}

uint32_t box_block_new(struct box *box, uint32_t parent, uint32_t proposer,
                       struct box_txs txs, int is_bad, struct vt_view payload)
{
    struct box_block *b;
    uint32_t index;
    uint32_t i;

    if (box->block_count == BOX_BLOCKS_MAX) {
        box_violate(box, "the box is full of blocks");
        return box->block_count - 1;
    }
    if (box->block_count == box->block_cap) {
        box->block_cap = box->block_cap == 0 ? 256 : 2 * box->block_cap;
        box->blocks =
            realloc(box->blocks, box->block_cap * sizeof *box->blocks);
        if (box->blocks == NULL) {
            abort();
        }
    }
    b = &box->blocks[box->block_count];
    memset(b, 0, sizeof *b);
    b->parent_index = parent;
    b->proposer = proposer;
    b->txs = txs;
    b->tx_count = box_count_txs(txs);
    b->is_bad = is_bad;
    b->payload_len = payload.len;
    if (payload.len > 0) {
        memcpy(b->payload, payload.ptr, payload.len);
    }
    b->time_ms = (int64_t)(box->now_ns / 1000000 +
                           (box->opt.is_clocked ? 0 : box->block_count));
    if (box->make_time_ms != 0) {
        b->time_ms = box->make_time_ms;
    }
    if (parent == BOX_NONE) {
        b->height = box->epoch.start_height;
        memcpy(b->parent, box->epoch.parent, 32);
    } else {
        b->height = box->blocks[parent].height + 1;
        memcpy(b->parent, box->blocks[parent].id, 32);
        b->below =
            box_or_txs(box->blocks[parent].below, box->blocks[parent].txs);
    }
    block_hash(box, b);
    index = box_find_block(box, b->id);
    if (index != BOX_NONE) {
        return index;
    }
    for (i = bucket(b->id); box->by_id[i] != 0;) {
        i = (i + 1) % (2 * BOX_BLOCKS_MAX);
    }
    box->by_id[i] = box->block_count + 1;
    return box->block_count++;
}

void box_block_event(struct box *box, struct box_node *node, uint32_t type,
                     uint64_t token, vt_status status, uint32_t verdict,
                     uint32_t block, uint64_t delay_us)
{
    struct box_event *ev =
        box_event_new(box, BOX_EV_BLOCK, node->index, delay_us, 0);

    ev->type = type;
    ev->arg = token;
    ev->status = status;
    ev->verdict = verdict;
    ev->block = block;
    box_event_put(box, ev);
}

/* ---- where a node's chain stands ---------------------------------------- */

static const uint8_t *head_id(const struct box *box,
                              const struct box_node *node)
{
    uint64_t count = node->applied + 1 - box->epoch.start_height;

    return count == 0 ? box->epoch.parent
                      : box->blocks[node->disk.final[count - 1].block].id;
}

/* Undecided ancestors of a block above the applied height. */
static int stands_on_head(const struct box *box, const struct box_node *node,
                          const uint8_t parent[32])
{
    return memcmp(parent, head_id(box, node), 32) == 0;
}

/* 1 executed or head, 0 not yet, -1 never */
static int parent_state(struct box *box, struct box_node *node,
                        const uint8_t parent[32])
{
    uint32_t index;

    if (stands_on_head(box, node, parent)) {
        return 1;
    }
    index = box_find_block(box, parent);
    if (index == BOX_NONE || !box_in(&node->held, index)) {
        return index == BOX_NONE ? -1 : 0;
    }
    if (box->blocks[index].height <= node->applied) {
        return -1;
    }
    return box_in(&node->executed, index);
}

/* ---- BUILD -------------------------------------------------------------- */

static struct box_txs choose(struct box *box, const struct box_node *node,
                             struct box_txs below, uint64_t max_bytes)
{
    uint32_t most = box->opt.block_txs == 0 ? 8 : box->opt.block_txs;
    struct box_txs left =
        box_minus_txs(box_minus_txs(node->known, below), node->final_txs);
    struct box_txs got = {{0, 0}};
    uint32_t count = 0;

    if (max_bytes != 0 && max_bytes / 100 < most) {
        most = (uint32_t)(max_bytes / 100);
    }
    for (uint32_t i = 0; i < BOX_TXS_MAX && count < most; i++) {
        uint64_t bit = UINT64_C(1) << (i % 64);

        if ((left.w[i / 64] & bit) != 0) {
            got.w[i / 64] |= bit;
            count++;
        }
    }
    return got;
}

static void build(struct box *box, struct box_node *node,
                  const struct box_pending *p)
{
    uint32_t parent = box_find_block(box, p->parent);
    struct box_txs below = {{0, 0}};
    struct box_txs txs;
    uint32_t block;

    if (parent != BOX_NONE) {
        below = box_or_txs(box->blocks[parent].below, box->blocks[parent].txs);
    }
    txs = choose(box, node, below, p->max_bytes);
    if (box_count_txs(txs) == 0 && !p->allow_empty) {
        box_block_event(box, node, VT_EV_BUILT, p->token, VT_E_NOTFOUND, 0,
                        BOX_NONE, 20);
        return;
    }
    block =
        box_block_new(box, parent, node->member, txs, node->has_bad_executor,
                      vt_view_of(p->payload, p->payload_len));
    if (box->blocks[block].height != p->height) {
        box_violate(box,
                    "node %u builds height %" PRIu64 " on a parent of %" PRIu64,
                    node->index, p->height, box->blocks[block].height - 1);
        return;
    }
    box_set_in(&node->held, block, 1);
    box_set_in(&node->live, block, 1);
    box_set_in(&node->executed, block, 1);
    box_block_event(box, node, VT_EV_BUILT, p->token, VT_OK, 0, block,
                    box_between(box, 20, 200));
    box_txs_changed(box, node);
    box_pending_try(box, node);
}

/* ---- VALIDATE ----------------------------------------------------------- */

static void header_of(const struct box *box, uint32_t block,
                      struct vt_cs_header *out)
{
    const struct box_block *b = &box->blocks[block];

    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cs_header, payload);
    out->proposer = b->proposer;
    out->epoch = box->epoch.epoch;
    out->height = b->height;
    out->time_ms = b->time_ms;
    memcpy(out->id, b->id, 32);
    memcpy(out->parent, b->parent, 32);
    out->payload = vt_view_of(b->payload, b->payload_len);
}

/* What the engine says about its own bytes in the header. */
static int has_good_header(const struct box *box, uint32_t block)
{
    uint32_t parent = box->blocks[block].parent_index;
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_header header;
    struct vt_cs_header below;
    uint32_t verdict = VT_BAD;

    if (box->table->check_header == NULL) {
        return 1;
    }
    header_of(box, block, &header);
    if (parent != BOX_NONE) {
        header_of(box, parent, &below);
    }
    return box->table->check_header(&box->host, &box->epoch,
                                    parent == BOX_NONE ? NULL : &below, &header,
                                    &verdict, &err) == VT_OK &&
           verdict == VT_GOOD;
}

/* A wrong executor takes right blocks for bad ones, and bad ones for right. */
static uint32_t judge(const struct box *box, const struct box_node *node,
                      uint32_t block)
{
    const struct box_block *b = &box->blocks[block];

    return !has_good_header(box, block) ||
                   b->is_bad != node->has_bad_executor ||
                   box_any_both(b->txs, b->below)
               ? VT_BAD
               : VT_GOOD;
}

/* 1 when it was answered or given up. */
static int try_validate(struct box *box, struct box_node *node,
                        struct box_pending *p)
{
    struct box_block *b = &box->blocks[p->block];
    int parent;
    uint32_t verdict;

    if (!box_in(&node->held, p->block)) {
        box_block_event(box, node, VT_EV_VALIDATED, p->token, VT_E_NOTFOUND, 0,
                        p->block, 20);
        return 1;
    }
    if (b->height <= node->applied) {
        int is_final =
            node->disk.final[b->height - box->epoch.start_height].block ==
            p->block;

        box_block_event(box, node, VT_EV_VALIDATED, p->token, VT_OK,
                        is_final ? VT_GOOD : VT_BAD, p->block, 20);
        return 1;
    }
    parent = parent_state(box, node, b->parent);
    if (parent == 0) {
        return 0;
    }
    if (parent > 0 && !box->is_calm && p->tries++ < 3 &&
        box_chance(box, box->opt.later)) {
        box_block_event(box, node, VT_EV_VALIDATED, p->token, VT_OK, VT_LATER,
                        p->block, 20);
        return 1;
    }
    verdict = parent < 0 ? VT_BAD : judge(box, node, p->block);
    box_block_event(box, node, VT_EV_VALIDATED, p->token, VT_OK, verdict,
                    p->block, box_between(box, 50, 400));
    if (verdict == VT_GOOD) {
        box_set_in(&node->live, p->block, 1);
        box_set_in(&node->executed, p->block, 1);
        box_txs_changed(box, node);
    }
    return 1;
}

static int try_build(struct box *box, struct box_node *node,
                     struct box_pending *p)
{
    int parent = parent_state(box, node, p->parent);
    uint32_t index = box_find_block(box, p->parent);

    if (parent > 0) {
        build(box, node, p);
        return 1;
    }
    if (parent < 0 || !box_in(&node->held, index)) {
        box_block_event(box, node, VT_EV_BUILT, p->token, VT_E_STATE, 0,
                        BOX_NONE, 20);
        return 1;
    }
    return 0;
}

void box_pending_add(struct box *box, struct box_node *node,
                     const struct box_pending *p)
{
    if (node->pending_count == BOX_PENDING_MAX) {
        box_violate(box, "I14 node %u asks too much", node->index);
        return;
    }
    if (!box->is_calm && box_chance(box, box->opt.silent)) {
        return; /* never answered */
    }
    node->pending[node->pending_count++] = *p;
    box_pending_try(box, node);
}

void box_pending_try(struct box *box, struct box_node *node)
{
    int moved = 1;

    while (moved) {
        moved = 0;
        for (uint32_t i = 0; i < node->pending_count; i++) {
            struct box_pending p = node->pending[i];
            uint32_t last = --node->pending_count;

            /* taken out first: trying may come back here */
            memmove(&node->pending[i], &node->pending[i + 1],
                    (last - i) * sizeof p);
            if (p.is_build
                    ? try_build(box, node, &p)
                    : !node->no_validate && try_validate(box, node, &p)) {
                moved = 1;
                break;
            }
            memmove(&node->pending[i + 1], &node->pending[i],
                    (node->pending_count - i) * sizeof p);
            node->pending[i] = p;
            node->pending_count++;
        }
    }
}
