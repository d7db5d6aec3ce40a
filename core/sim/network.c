/* SPDX-License-Identifier: Apache-2.0
 *
 * network.c - the virtual network: delay, loss, duplicates, reordering,
 * partitions; and the queue all events wait in.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define DELAY_MIN_NS (UINT64_C(200) * 1000)
#define DELAY_SPAN_NS (3 * VT_SIM_MS)
#define LATE_SPAN_NS (80 * VT_SIM_MS)

struct sim_event *vt_sim_schedule(struct sim_cluster *c, enum sim_kind kind,
                                  uint32_t node, uint64_t at_ns,
                                  struct vt_view bytes)
{
    struct sim_event *ev = vt_alloc(sizeof *ev + bytes.len);

    if (ev == NULL) {
        c->failed = 1;
        return NULL;
    }
    ev->kind = kind;
    ev->node = node;
    ev->life = node < VT_SIM_NODES_MAX ? c->nodes[node].life : 0;
    ev->len = bytes.len;
    vt_list_init(&ev->jobs);
    if (bytes.len > 0) {
        memcpy(ev->bytes, bytes.ptr, bytes.len);
    }
    if (vt_heap_put(&c->queue, &ev->item,
                    at_ns < c->now_ns ? c->now_ns : at_ns) != VT_OK) {
        vt_free(ev);
        c->failed = 1;
        return NULL;
    }
    return ev;
}

static uint64_t delay_ns(struct sim_cluster *c)
{
    uint64_t delay = DELAY_MIN_NS + vt_rng_below(&c->net, DELAY_SPAN_NS);

    if (c->now_ns < c->heal_ns &&
        vt_rng_chance(&c->net, c->args->reorder, 1000)) {
        delay += vt_rng_below(&c->net, LATE_SPAN_NS);
    }
    return delay;
}

static void send_one(struct sim_node *from, uint32_t to, struct vt_view bytes)
{
    struct sim_cluster *c = from->cluster;
    uint32_t copies = 1;

    c->result->frames++;
    if (c->now_ns < c->heal_ns) {
        if (vt_rng_chance(&c->net, c->args->loss, 1000)) {
            copies = 0;
        } else if (vt_rng_chance(&c->net, c->args->duplicate, 1000)) {
            copies = 2;
        }
    }
    if (!c->nodes[to].up || (c->split && c->nodes[to].group != from->group)) {
        copies = 0;
    }
    if (copies == 0) {
        c->result->frames_lost++;
    }
    while (copies-- > 0) {
        struct sim_event *ev =
            vt_sim_schedule(c, SIM_FRAME, to, c->now_ns + delay_ns(c), bytes);

        if (ev != NULL) {
            ev->from = from->index;
        }
    }
}

/* A lying node garbles a byte, now and then, of what it says. */
static void garble(struct sim_node *from, struct vt_buf *bytes)
{
    struct sim_cluster *c = from->cluster;

    if (from->index < c->args->nodes - c->args->byzantine ||
        !vt_rng_chance(&c->fault, 1, 4) || bytes->len <= VT_FRAME_HEAD) {
        return;
    }
    size_t at = VT_FRAME_HEAD +
                (size_t)vt_rng_below(&c->fault, bytes->len - VT_FRAME_HEAD);

    bytes->data[at] ^= (uint8_t)(1u << vt_rng_below(&c->fault, 8));
}

vt_status vt_sim_send(struct sim_node *from, uint32_t peer,
                      const struct vt_frame *frame)
{
    struct sim_cluster *c = from->cluster;
    struct vt_buf bytes = VT_BUF_INIT(VT_FRAME_MAX + 4u);
    vt_status status = vt_frame_encode(frame, &bytes);

    if (status == VT_OK) {
        vt_sim_trace_mix(c, 0x100u | frame->kind, from->index,
                         vt_buf_view(&bytes));
        garble(from, &bytes);
        for (uint32_t to = 0; to < c->args->nodes; to++) {
            if (to != from->index && (peer == VT_PEER_ALL || peer == to)) {
                send_one(from, to, vt_buf_view(&bytes));
            }
        }
    }
    vt_buf_fini(&bytes);
    return status;
}

/* Both sides see the other appear or disappear. */
void vt_sim_link_all(struct sim_cluster *c, uint32_t node, int up)
{
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        if (i == node || !c->nodes[i].up) {
            continue;
        }
        struct sim_event *there = vt_sim_schedule(
            c, SIM_LINK, i, c->now_ns + DELAY_MIN_NS, vt_view_of(NULL, 0));
        if (there != NULL) {
            there->from = node;
            there->arg = (uint64_t)up;
        }
        if (up) {
            struct sim_event *here =
                vt_sim_schedule(c, SIM_LINK, node, c->now_ns + DELAY_MIN_NS,
                                vt_view_of(NULL, 0));
            if (here != NULL) {
                here->from = i;
                here->arg = 1;
            }
        }
    }
}

void vt_sim_split(struct sim_cluster *c)
{
    c->split = 1;
    c->result->partitions++;
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        c->nodes[i].group = (uint32_t)vt_rng_below(&c->fault, 2);
    }
}
