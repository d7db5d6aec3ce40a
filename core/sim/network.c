/* SPDX-License-Identifier: Apache-2.0
 *
 * network.c - the virtual network: who reaches whom, delay, loss, copies,
 * queues; and the queue all events wait in.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"
#include "sim/plot.h"

#include <string.h>

#define DELAY_MIN_NS (UINT64_C(200) * 1000)
#define DELAY_SPAN_NS (3 * VT_SIM_MS)
#define LATE_SPAN_NS (80 * VT_SIM_MS)
#define BACKLOG_NS (2000 * VT_SIM_MS) /* a full queue drops what comes */
#define DOUBLINGS_MAX 10u             /* of a heavy tail */

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
    ev->life = node < c->slots ? c->nodes[node].life : 0;
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

/* ---- delay --------------------------------------------------------------- */

/* How many coins in a row fall on heads. */
static uint32_t heads(struct sim_cluster *c)
{
    uint64_t coins = vt_rng_u64(&c->net);
    uint32_t n = 0;

    while (n < 40 && (coins >> n & 1) != 0) {
        n++;
    }
    return n;
}

/* In whole numbers, because a run must not depend on a compiler's idea of
 * logarithms: -ln of a uniform number is ln 2 for every head, and about
 * linear between. */
static uint64_t exponential(struct sim_cluster *c, uint64_t mean_ns)
{
    uint64_t halves = heads(c);

    return (halves * 1000 + vt_rng_below(&c->net, 1000)) * (mean_ns / 1000) *
           693 / 1000;
}

/* Half of all within the mean, each doubling half as likely as the last. */
static uint64_t heavy(struct sim_cluster *c, uint64_t mean_ns)
{
    uint32_t doublings = heads(c);

    if (doublings > DOUBLINGS_MAX) {
        doublings = DOUBLINGS_MAX;
    }
    return vt_rng_below(&c->net, mean_ns << doublings);
}

static uint64_t usual_delay(struct sim_cluster *c)
{
    const struct sim_weather *w = &c->weather;
    uint64_t delay = DELAY_MIN_NS;

    if (w->delay_ns == 0) {
        delay += vt_rng_below(&c->net, DELAY_SPAN_NS);
    } else if (w->delay_kind == VT_SIM_CONSTANT) {
        delay = w->delay_ns;
    } else if (w->delay_kind == VT_SIM_EXPONENTIAL) {
        delay += exponential(c, w->delay_ns);
    } else {
        delay += heavy(c, w->delay_ns);
    }
    if (w->reorder > 0 && vt_rng_chance(&c->net, w->reorder, 1000)) {
        delay += vt_rng_below(&c->net, LATE_SPAN_NS);
    }
    return delay;
}

/* Moment at which the last byte has left; UINT64_MAX when the queue is full. */
static uint64_t leaves_at(struct sim_node *from, size_t len)
{
    struct sim_cluster *c = from->cluster;

    if (from->lot.bandwidth == 0) {
        return c->now_ns;
    }
    if (from->link_free_at < c->now_ns) {
        from->link_free_at = c->now_ns;
    }
    if (from->link_free_at - c->now_ns > BACKLOG_NS) {
        return UINT64_MAX;
    }
    from->link_free_at +=
        (uint64_t)len * (1000 * VT_SIM_MS / from->lot.bandwidth);
    return from->link_free_at;
}

static uint64_t arrives_at(struct sim_node *from, const struct sim_node *to,
                           uint32_t klass, size_t len)
{
    struct sim_cluster *c = from->cluster;
    uint64_t slower =
        from->lot.slow > to->lot.slow ? from->lot.slow : to->lot.slow;
    uint64_t at = leaves_at(from, len);
    uint64_t delay = usual_delay(c) * slower + from->lot.late_ns;

    if (at == UINT64_MAX) {
        return at;
    }
    if (c->weather.held_until[klass] > at) {
        at = c->weather.held_until[klass];
    }
    return at + delay;
}

/* ---- sending ------------------------------------------------------------- */

static void flip_bit(struct sim_cluster *c, struct sim_event *ev, size_t first)
{
    size_t at = first + (size_t)vt_rng_below(&c->net, ev->len - first);

    ev->bytes[at] ^= (uint8_t)(1u << vt_rng_below(&c->net, 8));
}

/* Bits fall over on the way, or a liar sees to it. Returns whether they did. */
static int garble(struct sim_node *from, struct sim_event *ev)
{
    struct sim_cluster *c = from->cluster;
    int is_changed = 0;

    if (c->weather.corrupt > 0 &&
        vt_rng_chance(&c->net, c->weather.corrupt, 1000)) {
        flip_bit(c, ev, 0);
        is_changed = 1;
    }
    if (from->lot.garbage > 0 && ev->len > VT_FRAME_HEAD &&
        vt_rng_chance(&c->net, from->lot.garbage, 1000)) {
        flip_bit(c, ev, VT_FRAME_HEAD);
        is_changed = 1;
    }
    return is_changed;
}

/* digest is that of the bytes as they were meant. */
static void deliver(struct sim_node *from, uint32_t to, uint32_t klass,
                    struct vt_view bytes, uint64_t digest)
{
    struct sim_cluster *c = from->cluster;
    uint64_t at = arrives_at(from, &c->nodes[to], klass, bytes.len);
    struct sim_event *ev;

    vt_sim_plot_frame(c->args->plot, from->index, to, klass, c->now_ns,
                      at == UINT64_MAX ? 0 : at);
    if (at == UINT64_MAX) {
        c->result->frames_lost++;
        return;
    }
    ev = vt_sim_schedule(c, SIM_FRAME, to, at, bytes);
    if (ev == NULL) {
        return;
    }
    ev->from = from->index;
    ev->klass = klass;
    ev->arg = garble(from, ev) ? vt_sim_digest(vt_view_of(ev->bytes, ev->len))
                               : digest;
}

void vt_sim_send_raw(struct sim_node *from, uint32_t to, uint32_t klass,
                     struct vt_view bytes, uint64_t digest)
{
    struct sim_cluster *c = from->cluster;
    const struct sim_weather *w = &c->weather;
    uint32_t copies = 1;

    klass = klass < VT_SIM_CLASSES ? klass : VT_SIM_CLASSES - 1;
    c->result->frames++;
    if (w->loss > 0 && vt_rng_chance(&c->net, w->loss, 1000)) {
        copies = 0;
    } else if (w->duplicate > 0 && vt_rng_chance(&c->net, w->duplicate, 1000)) {
        copies = 2;
    }
    if (!c->nodes[to].up ||
        (from->lot.cut_from[klass] >> c->nodes[to].member & 1) != 0) {
        copies = 0;
    }
    if (copies == 0) {
        c->result->frames_lost++;
        vt_sim_plot_frame(c->args->plot, from->index, to, klass, c->now_ns, 0);
    }
    while (copies-- > 0) {
        deliver(from, to, klass, bytes, digest);
    }
}

static void send_encoded(struct sim_node *from, uint32_t peer, uint32_t klass,
                         uint64_t digest)
{
    struct sim_cluster *c = from->cluster;
    int lies = vt_sim_is_liar(from);

    for (uint32_t to = 0; to < c->slots; to++) {
        uint32_t member = c->nodes[to].member;

        if (member == from->member || (peer != VT_PEER_ALL && peer != member)) {
            continue;
        }
        if ((!lies || vt_sim_lies(from, to)) &&
            vt_sim_hears(&c->nodes[to], from->index)) {
            vt_sim_send_raw(from, to, klass, vt_buf_view(&c->scratch), digest);
        }
        (void)vt_sim_escapes(from);
        if (!from->up) {
            return; /* it died with some of them sent */
        }
    }
}

vt_status vt_sim_send(struct sim_node *from, uint32_t peer, uint32_t klass,
                      const struct vt_frame *frame)
{
    struct sim_cluster *c = from->cluster;
    uint64_t digest;
    vt_status status;

    vt_buf_clear(&c->scratch);
    status = vt_frame_encode(frame, &c->scratch);
    if (status != VT_OK) {
        return status;
    }
    digest = vt_sim_digest(vt_buf_view(&c->scratch));
    vt_sim_trace_mix(c, 0x100u | frame->kind, from->index, digest);
    if (from->lot.says_stale) {
        vt_sim_keep_heard(from, vt_buf_view(&c->scratch));
    }
    if (from->lot.hoards && frame->kind == VT_FRAME_CONSENSUS) {
        vt_sim_hoard(from, vt_buf_view(&c->scratch));
    }
    if (!vt_sim_selfish_keeps(from, frame, vt_buf_view(&c->scratch))) {
        send_encoded(from, peer, klass, digest);
    }
    return VT_OK;
}

/* ---- links --------------------------------------------------------------- */

static void tell_link(struct sim_cluster *c, uint32_t slot, uint32_t peer,
                      int up)
{
    struct sim_event *ev = vt_sim_schedule(
        c, SIM_LINK, slot, c->now_ns + DELAY_MIN_NS, vt_view_of(NULL, 0));

    if (ev != NULL) {
        ev->from = peer;
        ev->arg = (uint64_t)up;
    }
}

/* Both sides see the other appear or disappear. A member of whom there are two
 * does not: the other one is still there. */
void vt_sim_link_all(struct sim_cluster *c, uint32_t node, int up)
{
    uint32_t member = c->nodes[node].member;

    for (uint32_t i = 0; i < c->slots; i++) {
        if (c->nodes[i].member == member || !c->nodes[i].up) {
            continue;
        }
        if (!vt_sim_is_twin(&c->nodes[node])) {
            tell_link(c, i, member, up);
        }
        if (up && i < c->args->nodes) {
            tell_link(c, node, i, 1);
        }
    }
}
