/* SPDX-License-Identifier: Apache-2.0
 *
 * box_nodes.c - what befalls nodes: starting, dying, being cut off, breaking.
 */
#include "support/box_inside.h"

#include <inttypes.h>

/* ---- nodes -------------------------------------------------------------- */

vt_status box_node_create(struct box *box, struct box_node *node,
                          struct vt_err *err)
{
    struct box_disk *disk = &node->disk;
    struct vt_slot slots[BOX_SLOTS_MAX];
    struct vt_cs_start start = {
        .size = VT_UPTO(struct vt_cs_start, handoff),
        .self = node->member,
        .epoch = &box->epoch,
        .slots = {slots, disk->slot_count, (uint32_t)sizeof slots[0]},
        .final_height = box->epoch.start_height - 1 + disk->final_count};

    for (uint32_t i = 0; i < disk->slot_count; i++) {
        slots[i].slot = disk->slots[i].slot;
        slots[i].bytes = vt_view_of(disk->slots[i].bytes, disk->slots[i].len);
    }
    memcpy(start.seed, &node->index, sizeof node->index);
    memcpy(start.final_id, box->epoch.parent, 32);
    if (disk->final_count > 0) {
        const struct box_final *last = &disk->final[disk->final_count - 1];

        memcpy(start.final_id, box->blocks[last->block].id, 32);
        start.final_proof = vt_view_of(last->proof, last->len);
    }
    node->decided = start.final_height;
    node->applied = start.final_height;
    node->own_final = 0;
    node->head = 0;
    return box->table->create(&box->host, &box->cfg, &start, &node->cs, err);
}

void box_restart(struct box *box, uint32_t index)
{
    struct box_node *node = &box->nodes[index];
    struct vt_err err = {.size = sizeof err};

    if (node->is_up) {
        return;
    }
    if (box_node_create(box, node, &err) != VT_OK) {
        box_violate(box, "I6 node %u does not start again: %s", index,
                    err.text);
        return;
    }
    box_say(box, node, "restarts at height %" PRIu64, node->applied);
    node->is_up = 1;
    node->is_halted = 0;
    box_event_put(box, box_event_new(box, BOX_EV_START, index, 0, 0));
    if (node->member == VT_PEER_NONE) {
        box_event_put(
            box, box_event_new(box, BOX_EV_TICK, index, BOX_OBSERVE_US, 0));
    }
    box_txs_changed(box, node);
}

void box_doom(struct box *box, uint32_t index, uint32_t effects)
{
    if (box->nodes[index].is_up && !box->nodes[index].is_scripted) {
        box->nodes[index].doom = effects;
    }
}

void box_snapshot(struct box *box, uint32_t index)
{
    struct box_node *node = &box->nodes[index];

    box_disk_copy(&node->snapshot, &node->disk);
    node->has_snapshot = 1;
}

void box_rollback(struct box *box, uint32_t index)
{
    struct box_node *node = &box->nodes[index];

    box_crash(box, index);
    if (node->has_snapshot) {
        box_disk_copy(&node->disk, &node->snapshot);
        node->final_txs = (struct box_txs){{0, 0}};
        for (uint64_t i = 0; i < node->disk.final_count; i++) {
            const struct box_block *b = &box->blocks[node->disk.final[i].block];

            node->final_txs.w[0] |= b->txs.w[0];
            node->final_txs.w[1] |= b->txs.w[1];
        }
    }
    box_restart(box, index);
}

void box_lose_slot(struct box *box, uint32_t node, uint64_t slot)
{
    box_disk_put(box, &box->nodes[node], slot, NULL, 0);
}

void box_lose_body(struct box *box, uint32_t node, uint32_t block)
{
    box_set_in(&box->nodes[node].disk.bodies, block, 0);
}

void box_side(struct box *box, uint32_t node, uint32_t side)
{
    box->nodes[node].side = side;
}

void box_break_executor(struct box *box, uint32_t node)
{
    box->nodes[node].has_bad_executor = 1;
}

void box_deaf(struct box *box, uint32_t index, int validate, int fetch)
{
    struct box_node *node = &box->nodes[index];

    node->no_validate = validate;
    node->no_fetch = fetch;
    box_pending_try(box, node);
}

void box_offer(struct box *box, uint32_t index, uint32_t tx)
{
    box->offered.w[tx / 64] |= UINT64_C(1) << (tx % 64);
    for (uint32_t i = 0; i < box->node_count; i++) {
        struct box_node *node = &box->nodes[i];
        struct box_event *ev;

        if (node->is_scripted || (i != index && !node->is_up)) {
            continue;
        }
        if (i != index && (node->side != box->nodes[index].side ||
                           (!box->is_calm && box_chance(box, box->opt.loss)))) {
            continue;
        }
        ev = box_event_new(box, BOX_EV_GOSSIP, i,
                           i == index ? 1
                                      : box_between(box, box->opt.delay_min_us,
                                                    box->opt.delay_max_us),
                           0);
        ev->arg = tx;
        box_event_put(box, ev);
    }
}

void box_calm(struct box *box)
{
    box->is_calm = 1;
    for (uint32_t i = 0; i < box->node_count; i++) {
        struct box_node *node = &box->nodes[i];

        node->doom = 0;
        node->side = 0;
        node->no_validate = 0;
        node->no_fetch = 0;
        node->known = box->offered;
        if (!node->is_scripted) {
            box_restart(box, i);
            box_txs_changed(box, node);
            box_pending_try(box, node);
        }
    }
}

void box_seal(struct box *box, uint64_t height)
{
    struct vt_ev_seal ev = {.h = {.size = VT_UPTO(struct vt_ev_seal, successor),
                                  .type = VT_EV_SEAL},
                            .height = height};

    for (uint32_t i = 0; i < box->node_count; i++) {
        if (!box->nodes[i].is_scripted) {
            box_give(box, &box->nodes[i], &ev.h);
        }
    }
}

void box_peer_event(struct box *box, uint32_t node, uint32_t peer, int up)
{
    struct vt_ev_peer ev = {
        .h = {.size = VT_UPTO(struct vt_ev_peer, up), .type = VT_EV_PEER},
        .peer = peer,
        .up = up != 0};

    box_give(box, &box->nodes[node], &ev.h);
}
