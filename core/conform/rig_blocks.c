/* SPDX-License-Identifier: Apache-2.0
 *
 * rig_blocks.c - blocks and the requests about them.
 */
#include "conform/rig.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK_TXS 4

uint32_t vt_rig_find(const struct vt_rig *rig, const uint8_t id[32])
{
    for (uint32_t i = rig->block_count; i > 0; i--) {
        if (memcmp(rig->blocks[i - 1].id, id, 32) == 0) {
            return i - 1;
        }
    }
    return VT_RIG_NOBODY;
}

/* ---- events about blocks ------------------------------------------------- */

void vt_rig_tell(struct vt_rig_node *node, uint32_t type, uint64_t token,
                 vt_status status, uint32_t verdict, uint32_t block)
{
    union vt_any_event ev = {
        .block = {
            .h = {.size = VT_UPTO(struct vt_ev_block, payload), .type = type},
            .token = token,
            .status = status,
            .verdict = verdict}};
    struct vt_view payload = {NULL, 0};

    if (block != VT_RIG_NOBODY) {
        const struct vt_rig_block *b = &node->rig->blocks[block];

        ev.block.height = b->height;
        ev.block.time_ms = b->time_ms;
        ev.block.proposer = b->proposer;
        ev.block.txs = (uint32_t)__builtin_popcountll(b->txs);
        ev.block.size_bytes = 200 + 100 * (uint64_t)ev.block.txs;
        memcpy(ev.block.id, b->id, 32);
        memcpy(ev.block.parent, b->parent, 32);
        payload = vt_view_of(b->payload, b->payload_len);
    }
    vt_rig_later(node, VT_RIG_EVENT, vt_rig_between(node->rig, 20000, 200000),
                 &ev, payload, 0);
}

/* ---- BUILD and VALIDATE -------------------------------------------------- */

int vt_rig_parent_state(struct vt_rig_node *node, const uint8_t parent[32])
{
    struct vt_rig *rig = node->rig;
    uint32_t head = vt_rig_head(node);
    uint32_t index;

    if (memcmp(parent,
               head == VT_RIG_NOBODY ? rig->epoch.parent : rig->blocks[head].id,
               32) == 0) {
        return 1;
    }
    index = vt_rig_find(rig, parent);
    if (index == VT_RIG_NOBODY || rig->blocks[index].height <= node->applied) {
        return -1;
    }
    return vt_rig_in(&node->held, index) && vt_rig_in(&node->executed, index);
}

static uint64_t choose(const struct vt_rig *rig, uint64_t below,
                       uint64_t max_bytes)
{
    uint64_t left = rig->offered & ~below;
    uint64_t got = 0;
    uint64_t most = BLOCK_TXS;

    if (max_bytes != 0 && max_bytes / 100 < most) {
        most = max_bytes / 100;
    }
    for (; left != 0 && most > 0; most--) {
        got |= left & (~left + 1);
        left &= left - 1;
    }
    return got;
}

static void block_hash(struct vt_rig_block *b, uint64_t salt)
{
    uint8_t numbers[40];
    struct vt_view parts[3] = {{b->parent, 32},
                               {numbers, sizeof numbers},
                               {b->payload, b->payload_len}};
    struct vt_hash hash;

    vt_put_u64(numbers, b->height);
    vt_put_u64(numbers + 8, (uint64_t)b->time_ms);
    vt_put_u64(numbers + 16, b->txs);
    vt_put_u64(numbers + 24, salt);
    vt_put_u32(numbers + 32, b->proposer);
    vt_put_u32(numbers + 36, b->is_batch);
    vt_hash_tagged("VTC/conform/block", parts, 3, &hash);
    memcpy(b->id, hash.b, 32);
}

struct vt_rig_block *vt_rig_new_block(struct vt_rig *rig)
{
    struct vt_rig_block *b = &rig->blocks[rig->block_count];

    VT_EXPECT(rig->args.trial, rig->block_count < VT_RIG_BLOCKS_MAX,
              "has more than %u blocks built", VT_RIG_BLOCKS_MAX);
    memset(b, 0, sizeof *b);
    return b;
}

/* With salt 0 the same content is the same block. */
void vt_rig_built(struct vt_rig_node *node, uint64_t token, uint64_t salt)
{
    struct vt_rig *rig = node->rig;
    uint32_t index;

    block_hash(&rig->blocks[rig->block_count], salt);
    index = vt_rig_find(rig, rig->blocks[rig->block_count].id);
    if (index == VT_RIG_NOBODY) {
        index = rig->block_count++;
    }
    vt_rig_put(&node->held, index, 1);
    vt_rig_put(&node->executed, index, 1);
    vt_rig_tell(node, VT_EV_BUILT, token, VT_OK, 0, index);
    vt_rig_txs_changed(node);
}

static int build(struct vt_rig_node *node, const struct vt_rig_ask *ask)
{
    struct vt_rig *rig = node->rig;
    int state = vt_rig_parent_state(node, ask->parent);
    uint32_t parent = vt_rig_find(rig, ask->parent);
    struct vt_rig_block *b;
    uint64_t below;
    uint64_t txs;

    if (state <= 0) {
        int waits = state == 0 && parent != VT_RIG_NOBODY &&
                    vt_rig_in(&node->held, parent);

        if (!waits) {
            vt_rig_tell(node, VT_EV_BUILT, ask->token, VT_E_STATE, 0,
                        VT_RIG_NOBODY);
        }
        return !waits;
    }
    below = parent == VT_RIG_NOBODY
                ? 0
                : rig->blocks[parent].below | rig->blocks[parent].txs;
    txs = choose(rig, below, ask->max_bytes);
    if (txs == 0 && !ask->allow_empty) {
        vt_rig_tell(node, VT_EV_BUILT, ask->token, VT_E_NOTFOUND, 0,
                    VT_RIG_NOBODY);
        return 1;
    }
    b = vt_rig_new_block(rig);
    memcpy(b->parent, ask->parent, 32);
    b->parent_index = parent;
    b->proposer = node->index;
    b->height = parent == VT_RIG_NOBODY ? rig->epoch.start_height
                                        : rig->blocks[parent].height + 1;
    b->txs = txs;
    b->below = below;
    b->time_ms = vt_rig_wall_ms(rig);
    b->payload_len = ask->payload_len;
    memcpy(b->payload, ask->payload, ask->payload_len);
    if (b->height != ask->height) {
        vt_rig_fail(
            node, "BUILD of height %" PRIu64 " on a parent of height %" PRIu64,
            ask->height, b->height - 1);
    }
    vt_rig_built(node, ask->token, rig->block_count);
    return 1;
}

static void header_of(const struct vt_rig *rig, uint32_t block,
                      struct vt_cs_header *out)
{
    const struct vt_rig_block *b = &rig->blocks[block];

    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cs_header, payload);
    out->proposer = b->proposer;
    out->epoch = rig->epoch.epoch;
    out->height = b->height;
    out->time_ms = b->time_ms;
    memcpy(out->id, b->id, 32);
    memcpy(out->parent, b->parent, 32);
    out->payload = vt_view_of(b->payload, b->payload_len);
}

static uint32_t judge(struct vt_rig_node *node, uint32_t block)
{
    const struct vt_rig *rig = node->rig;
    uint32_t parent = rig->blocks[block].parent_index;
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_header below;
    struct vt_cs_header header;
    uint32_t verdict = VT_BAD;
    vt_status status;

    if (rig->table->check_header == NULL) {
        return VT_GOOD;
    }
    header_of(rig, block, &header);
    if (parent != VT_RIG_NOBODY) {
        header_of(rig, parent, &below);
    }
    status = rig->table->check_header(rig->args.host, &rig->epoch,
                                      parent == VT_RIG_NOBODY ? NULL : &below,
                                      &header, &verdict, &err);
    if (status != VT_OK) {
        vt_rig_fail(node, "check_header returned %d: %s", status, err.text);
    }
    return verdict;
}

static int validate(struct vt_rig_node *node, const struct vt_rig_ask *ask)
{
    struct vt_rig *rig = node->rig;
    const struct vt_rig_block *b;
    uint32_t verdict;
    int state;

    if (ask->block == VT_RIG_NOBODY || !vt_rig_in(&node->held, ask->block)) {
        vt_rig_tell(node, VT_EV_VALIDATED, ask->token, VT_E_NOTFOUND, 0,
                    ask->block);
        return 1;
    }
    b = &rig->blocks[ask->block];
    if (b->is_batch) {
        vt_rig_tell(node, VT_EV_VALIDATED, ask->token, VT_OK, VT_GOOD,
                    ask->block);
        return 1;
    }
    if (b->height <= node->applied) {
        verdict =
            rig->truth[b->height - rig->epoch.start_height] - 1 == ask->block
                ? VT_GOOD
                : VT_BAD;
        vt_rig_tell(node, VT_EV_VALIDATED, ask->token, VT_OK, verdict,
                    ask->block);
        return 1;
    }
    state = vt_rig_parent_state(node, b->parent);
    if (state == 0) {
        return 0;
    }
    verdict = state < 0 ? VT_BAD : judge(node, ask->block);
    if (verdict == VT_GOOD) {
        vt_rig_put(&node->executed, ask->block, 1);
        vt_rig_txs_changed(node);
    }
    vt_rig_tell(node, VT_EV_VALIDATED, ask->token, VT_OK, verdict, ask->block);
    return 1;
}

void vt_rig_ask(struct vt_rig_node *node, const struct vt_rig_ask *ask)
{
    if (node->ask_count == VT_RIG_ASKS_MAX) {
        vt_rig_fail(node, "more than %u BUILD and VALIDATE at once",
                    VT_RIG_ASKS_MAX);
    }
    node->asks[node->ask_count++] = *ask;
}

void vt_rig_try_asks(struct vt_rig_node *node)
{
    int again = 1;

    while (again) {
        again = 0;
        for (uint32_t i = 0; i < node->ask_count; i++) {
            struct vt_rig_ask ask = node->asks[i];

            if (ask.is_join    ? vt_rig_do_join(node, &ask)
                : ask.is_build ? build(node, &ask)
                               : validate(node, &ask)) {
                memmove(&node->asks[i], &node->asks[i + 1],
                        (--node->ask_count - i) * sizeof ask);
                again = 1;
                break;
            }
        }
    }
}

/* ---- FETCH and REQUEUE --------------------------------------------------- */

/* The last block of the epoch before, which every host has. */
static void tell_parent(struct vt_rig_node *node, uint64_t token)
{
    const struct vt_rig *rig = node->rig;
    union vt_any_event ev = {
        .block = {.h = {.size = VT_UPTO(struct vt_ev_block, payload),
                        .type = VT_EV_FETCHED},
                  .token = token,
                  .status = VT_OK,
                  .height = rig->epoch.start_height - 1,
                  .time_ms = VT_RIG_WALL_MS - 1000,
                  .size_bytes = 200}};

    memcpy(ev.block.id, rig->epoch.parent, 32);
    vt_rig_later(node, VT_RIG_EVENT, 30000, &ev, (struct vt_view){NULL, 0}, 0);
}

void vt_rig_fetch(struct vt_rig_node *node, uint64_t token,
                  const uint8_t id[32])
{
    struct vt_rig *rig = node->rig;
    uint32_t block = vt_rig_find(rig, id);

    if (memcmp(id, rig->epoch.parent, 32) == 0) {
        tell_parent(node, token);
        return;
    }
    for (uint32_t i = 0; block != VT_RIG_NOBODY && i < rig->args.members; i++) {
        const struct vt_rig_node *at = &rig->nodes[i];
        uint64_t height = rig->blocks[block].height;

        if (at->is_up &&
            (vt_rig_in(&at->held, block) || vt_rig_in(&at->stored, block) ||
             (!rig->blocks[block].is_batch && height <= at->applied &&
              rig->truth[height - rig->epoch.start_height] == block + 1))) {
            vt_rig_tell(node, VT_EV_FETCHED, token, VT_OK, 0, block);
            return;
        }
    }
    vt_rig_tell(node, VT_EV_FETCHED, token, VT_E_NOTFOUND, 0, VT_RIG_NOBODY);
}

void vt_rig_requeue(struct vt_rig_node *node, uint32_t block)
{
    if (block != VT_RIG_NOBODY) {
        vt_rig_put(&node->executed, block, 0);
        if (node->rig->blocks[block].is_batch) {
            vt_rig_put(&node->stored, block, 0); /* still served, not kept */
        } else if (!vt_rig_in(&node->stored, block)) {
            vt_rig_put(&node->held, block, 0);
        }
        vt_rig_txs_changed(node);
    }
}
