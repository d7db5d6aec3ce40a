/* SPDX-License-Identifier: Apache-2.0
 *
 * box_barrier.c - outward effects wait until what was to be made durable before
 * them is; a crash loses what still waits.
 */
#include "support/box_inside.h"

#include <stdlib.h>

void box_sync_start(struct box *box, struct box_node *node)
{
    struct box_event *ev;

    if (node->is_syncing_disk) {
        return;
    }
    node->is_syncing_disk = 1;
    ev = box_event_new(
        box, BOX_EV_SYNCED, node->index,
        box_between(box, box->opt.sync_min_us, box->opt.sync_max_us), 0);
    ev->arg = node->next_mark;
    box_event_put(box, ev);
}

static void write_down(struct box *box, struct box_node *node,
                       const struct box_op *op)
{
    if (op->type == VT_EFF_PERSIST) {
        box_disk_put(box, node, op->height, op->bytes, op->len);
    } else if (op->block != BOX_NONE) {
        if (box->blocks[op->block].height > node->applied) {
            box_set_in(&node->disk.bodies, op->block, 1);
        }
    }
}

/* Outward effects up to the first write that is not durable. */
void box_ops_release(struct box *box, struct box_node *node)
{
    while (!vt_list_empty(&node->ops)) {
        struct box_op *op = VT_CONTAINER(node->ops.next, struct box_op, list);

        if (box_is_write(op->type) && !op->is_durable) {
            return;
        }
        vt_list_remove(&op->list);
        if (!box_is_write(op->type)) {
            box_op_perform(box, node, op);
        }
        free(op);
    }
}

void box_disk_reached(struct box *box, struct box_node *node, uint64_t mark)
{
    int more = 0;

    node->is_syncing_disk = 0;
    VT_LIST_FOR (item, &node->ops) {
        struct box_op *op = VT_CONTAINER(item, struct box_op, list);

        if (!box_is_write(op->type) || op->is_durable) {
            continue;
        }
        if (op->mark >= mark) {
            more = 1;
            continue;
        }
        op->is_durable = 1;
        write_down(box, node, op);
        if (op->token != 0) {
            box_done_event(box, node, VT_EV_PERSISTED, op->token, VT_OK,
                           (struct vt_view){NULL, 0});
        }
    }
    box_ops_release(box, node);
    if (more) {
        box_sync_start(box, node);
    }
}

/* A crash: of what was on its way to the disk some is there, some is not; what
 * one slot lost, it lost from there on. */
void box_ops_drop(struct box_node *node)
{
    while (!vt_list_empty(&node->ops)) {
        struct box_op *op = VT_CONTAINER(node->ops.next, struct box_op, list);

        vt_list_remove(&op->list);
        free(op);
    }
    node->is_syncing_disk = 0;
}

static void lose_slot_from(struct box_node *node, const struct box_op *lost)
{
    for (struct vt_list *at = lost->list.next; at != &node->ops;
         at = at->next) {
        struct box_op *op = VT_CONTAINER(at, struct box_op, list);

        if (op->type == VT_EFF_PERSIST && op->height == lost->height) {
            op->is_durable = 1; /* skipped: never written */
        }
    }
}

static void tear(struct box *box, struct box_node *node)
{
    VT_LIST_FOR (item, &node->ops) {
        struct box_op *op = VT_CONTAINER(item, struct box_op, list);

        if (!box_is_write(op->type) || op->is_durable) {
            continue;
        }
        if (box_random(box, 2) == 0) {
            write_down(box, node, op);
        } else if (op->type == VT_EFF_PERSIST) {
            lose_slot_from(node, op);
        }
    }
}

void box_crash(struct box *box, uint32_t index)
{
    struct box_node *node = &box->nodes[index];

    if (!node->is_up || node->is_scripted) {
        return;
    }
    box_say(box, node, "crashes");
    tear(box, node);
    box_ops_drop(node);
    box->table->destroy(node->cs);
    node->cs = NULL;
    node->is_up = 0;
    node->life++;
    memset(&node->held, 0, sizeof node->held);
    memset(&node->live, 0, sizeof node->live);
    memset(&node->executed, 0, sizeof node->executed);
    memset(node->timers, 0, sizeof node->timers);
    node->pending_count = 0;
    node->is_catching_up = 0;
    node->has_txs_event = 0;
    node->told_count = 0;
    node->doom = 0;
    node->is_dying = 0;
    box_mix_number(box, 0xdead);
}
