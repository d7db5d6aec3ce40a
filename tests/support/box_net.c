/* SPDX-License-Identifier: Apache-2.0
 *
 * box_net.c - messages on their way: late, lost, doubled, out of order, bent.
 */
#include "support/box_inside.h"

#include <stdlib.h>

static uint64_t delay_us(struct box *box)
{
    uint64_t us =
        box_between(box, box->opt.delay_min_us, box->opt.delay_max_us);

    if (!box->is_calm && box_chance(box, box->opt.slow)) {
        us += box_between(box, us, 40 * us + 1);
    }
    return us;
}

static void deliver(struct box *box, struct box_node *from, struct box_node *to,
                    uint32_t proto, struct vt_view bytes, uint32_t block)
{
    struct box_event *ev =
        box_event_new(box, BOX_EV_MESSAGE, to->index, delay_us(box), bytes.len);
    uint64_t *free_at = &box->link_free[from->index][to->index];

    ev->from = from->index;
    ev->proto = proto;
    ev->block = block;
    if (bytes.len > 0) { /* ptr may be NULL for none */
        memcpy(ev->bytes, bytes.ptr, bytes.len);
    }
    if (!box->is_calm && bytes.len > 0 && box_chance(box, box->opt.corrupt)) {
        box_flip(box, ev->bytes, bytes.len);
    }
    if (box->opt.is_fifo) {
        ev->at_ns = ev->at_ns > *free_at ? ev->at_ns : *free_at + 1;
        *free_at = ev->at_ns;
    }
    box_event_put(box, ev);
}

static void send_to(struct box *box, struct box_node *from, struct box_node *to,
                    uint32_t proto, struct vt_view bytes, uint32_t block)
{
    struct box_message m = {from->index, to->index, proto, block, bytes};
    int copies = 1;

    if (!to->is_up || to == from || from->side != to->side) {
        return;
    }
    if (box->opt.drops != NULL && box->opt.drops(box->opt.drops_ctx, &m)) {
        return;
    }
    if (!box->is_calm) {
        if (box_chance(box, box->opt.loss) ||
            ((box->opt.starved >> (proto % 32) & 1u) != 0 &&
             box_chance(box, box->opt.starve))) {
            return;
        }
        copies += box_chance(box, box->opt.duplicate);
    }
    for (int i = 0; i < copies; i++) {
        deliver(box, from, to, proto, bytes, block);
    }
}

/* to: a member, or VT_PEER_ALL, which observers hear as well. Twins of a
 * member all hear what is meant for it. */
void box_transmit(struct box *box, struct box_node *from, uint32_t to,
                  uint32_t proto, struct vt_view bytes, uint32_t block)
{
    if (bytes.len > box->peaks.message) {
        box->peaks.message = bytes.len;
    }
    for (uint32_t i = 0; i < box->node_count; i++) {
        struct box_node *node = &box->nodes[i];

        if (to == VT_PEER_ALL
                ? node->member != from->member || from->member == VT_PEER_NONE
                : node->member == to) {
            send_to(box, from, node, proto, bytes, block);
        }
    }
}

void box_starve(struct box *box, uint32_t numbers, uint32_t per_mille)
{
    box->opt.starved = numbers;
    box->opt.starve = per_mille;
}

void box_send(struct box *box, uint32_t from, uint32_t to, uint32_t proto,
              struct vt_view bytes, uint32_t block)
{
    send_to(box, &box->nodes[from], &box->nodes[to], proto, bytes, block);
}
