/* SPDX-License-Identifier: Apache-2.0
 *
 * conn_read.c - bytes become frames. A frame's length is checked against the
 * limit of its kind before anything is allocated for it, and the memory of a
 * large one grows with what has arrived.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"

#include <event2/event.h>

#include <stdio.h>
#include <string.h>

#define PEEK_BYTES 5u        /* length and kind */
#define GRACE_NS 5000000000u /* late frames of a chain that left */

static int alive(const struct vt_conn *conn)
{
    return conn->state == VT_CONN_GREETING || conn->state == VT_CONN_UP;
}

/* The other side broke the protocol: there is no way to go on reading. */
static void malformed(struct vt_conn *conn, const char *text)
{
    if (!vt_peer_fault(conn->peer, VT_FAULT_FRAME, text)) {
        vt_conn_close(conn, text);
    }
}

/* ---- link frames --------------------------------------------------------- */

static void take_goodbye(struct vt_conn *conn, struct vt_view reason)
{
    char quoted[256];
    char text[VT_WHY_BYTES + 32];

    if (vt_view_eq(reason, vt_view_str(VT_GOODBYE_DUPLICATE))) {
        vt_conn_close(conn, NULL); /* both of us dialed: no error */
        return;
    }
    (void)snprintf(text, sizeof text, "it closed the link: %s",
                   vt_log_quote(reason, quoted));
    vt_peer_error(conn->peer, text);
    vt_conn_close(conn, NULL);
}

static void take_link_frame(struct vt_conn *conn, const struct vt_frame *frame)
{
    struct vt_peer *peer = conn->peer;

    if (++peer->link_frames > VT_LINK_FRAMES_MAX &&
        vt_peer_fault(peer, VT_FAULT_FLOOD, "it floods us with link frames")) {
        return;
    }
    switch (frame->kind) {
    case VT_FRAME_HELLO:
        vt_hello_take(conn, frame->payload);
        break;
    case VT_FRAME_PING:
        vt_conn_put(conn, VT_FRAME_PONG, frame->payload);
        vt_conn_push(conn);
        break;
    case VT_FRAME_GOODBYE:
        take_goodbye(conn, frame->payload);
        break;
    case VT_FRAME_PARAMS:
        vt_params_take(conn, frame->payload);
        break;
    default: /* PONG: that something came is all we want to know */
        break;
    }
}

static int is_link_kind(uint8_t kind)
{
    return kind < VT_FRAME_CONSENSUS;
}

static void take_chain_frame(struct vt_conn *conn, struct vt_view bytes,
                             struct vt_item_frame *big)
{
    struct vt_links *links = conn->links;

    if (vt_route_in(conn, bytes, big)) {
        return;
    }
    vt_free(big);
    vt_metric_add(links->metric_unknown_chain, 1);
    if (vt_clock_mono_ns() - links->removed_ns > GRACE_NS) {
        (void)vt_peer_fault(conn->peer, VT_FAULT_UNKNOWN,
                            "it sends frames of a chain we do not share");
    }
}

/* One whole frame; big is its memory when it has its own. */
static void take_frame(struct vt_conn *conn, struct vt_view bytes,
                       struct vt_item_frame *big)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_frame frame;

    atomic_fetch_add_explicit(&conn->peer->frames_in, 1, memory_order_relaxed);
    vt_metric_add(conn->peer->metric_frames_in, 1);
    if (vt_frame_decode(bytes, &frame, &err) != VT_OK) {
        vt_free(big);
        malformed(conn, err.text);
    } else if (!is_link_kind(frame.kind)) {
        take_chain_frame(conn, bytes, big);
    } else {
        if (vt_hash_is_zero(&frame.chain_id) && frame.epoch == 0) {
            take_link_frame(conn, &frame);
        } else {
            malformed(conn, "link frame with a chain id");
        }
        vt_free(big);
    }
}

/* ---- reading ------------------------------------------------------------- */

/* 0 and text when no frame may begin like this. */
static int check_head(const struct vt_conn *conn, const uint8_t *head,
                      size_t *out_total, char text[VT_WHY_BYTES])
{
    const uint8_t kind = head[4];
    const uint32_t max = vt_frame_max(kind);
    size_t total;

    if (vt_frame_length(head, &total) != VT_OK) {
        (void)snprintf(text, VT_WHY_BYTES, "frame length %lu is impossible",
                       (unsigned long)vt_get_u32(head));
        return 0;
    }
    if (max == 0) {
        (void)snprintf(text, VT_WHY_BYTES, "frame kind %u is not known",
                       (unsigned)kind);
        return 0;
    }
    if (total > (size_t)max + VT_FRAME_HEAD) {
        (void)snprintf(text, VT_WHY_BYTES,
                       "frame of kind %u claims %zu bytes, at most %u",
                       (unsigned)kind, total, max + VT_FRAME_HEAD);
        return 0;
    }
    if (total > conn->links->frame_max_bytes) {
        (void)snprintf(text, VT_WHY_BYTES,
                       "frame claims %zu bytes, [network] frame_max here is "
                       "%llu",
                       total, (unsigned long long)conn->links->frame_max_bytes);
        return 0;
    }
    if (conn->state == VT_CONN_GREETING && kind != VT_FRAME_HELLO &&
        kind != VT_FRAME_GOODBYE) {
        (void)snprintf(text, VT_WHY_BYTES, "frame kind %u before the greeting",
                       (unsigned)kind);
        return 0;
    }
    *out_total = total;
    return 1;
}

/* A large frame gets memory of its own, at first twice the buffer. */
static int start_big(struct vt_conn *conn, const uint8_t *from, size_t have,
                     size_t total)
{
    size_t cap = total < 2 * VT_IN_BYTES ? total : 2 * VT_IN_BYTES;

    conn->big = vt_realloc(NULL, sizeof *conn->big + cap);
    if (conn->big == NULL) {
        return 0;
    }
    memcpy(conn->big->bytes, from, have);
    conn->big_have = have;
    conn->big_cap = cap;
    conn->big_total = total;
    return 1;
}

/* Reserves at most as much again as has arrived. */
static int grow_big(struct vt_conn *conn)
{
    size_t cap = conn->big_cap * 2 < conn->big_total ? conn->big_cap * 2
                                                     : conn->big_total;
    struct vt_item_frame *big = vt_realloc(conn->big, sizeof *conn->big + cap);

    if (big == NULL) {
        return 0;
    }
    conn->big = big;
    conn->big_cap = cap;
    return 1;
}

static void no_memory(struct vt_conn *conn)
{
    vt_conn_fail(conn, "no memory for a frame");
}

static void digest_big(struct vt_conn *conn)
{
    struct vt_item_frame *big = conn->big;

    if (conn->big_have == conn->big_total) {
        conn->big = NULL;
        take_frame(conn, vt_view_of(big->bytes, conn->big_total), big);
    } else if (conn->big_have == conn->big_cap && !grow_big(conn)) {
        no_memory(conn);
    }
}

/* Acts on the frames in the buffer; keeps what is not whole yet. */
static void digest(struct vt_conn *conn)
{
    char text[VT_WHY_BYTES];
    size_t at = 0;
    size_t total;

    while (alive(conn) && conn->in_len - at >= PEEK_BYTES) {
        const size_t left = conn->in_len - at;

        if (!check_head(conn, conn->in + at, &total, text)) {
            malformed(conn, text);
            return;
        }
        if (left < total && total > VT_BIG_FRAME) {
            if (!start_big(conn, conn->in + at, left, total)) {
                no_memory(conn);
            }
            at += left;
        }
        if (left < total) {
            break;
        }
        take_frame(conn, vt_view_of(conn->in + at, total), NULL);
        at += total;
    }
    conn->in_len -= at;
    memmove(conn->in, conn->in + at, conn->in_len);
}

/* As much as the stream has and the place holds. */
static enum vt_io receive(struct vt_conn *conn, size_t *got,
                          char why[VT_WHY_BYTES])
{
    uint8_t *to = conn->big == NULL ? conn->in : conn->big->bytes;
    size_t *have = conn->big == NULL ? &conn->in_len : &conn->big_have;
    const size_t cap = conn->big == NULL ? VT_IN_BYTES : conn->big_cap;
    enum vt_io io;
    size_t n;

    *got = 0;
    vt_conn_lock(conn);
    do {
        io = conn->links->ops->read(conn->stream, to + *have, cap - *have, &n,
                                    why);
        if (io == VT_IO_OK) {
            *have += n;
            *got += n;
        }
    } while (io == VT_IO_OK && *have < cap);
    vt_conn_unlock(conn);
    return io;
}

static void heard(struct vt_conn *conn, size_t got)
{
    conn->heard_ns = vt_clock_mono_ns();
    conn->ping_ns = 0;
    atomic_fetch_add_explicit(&conn->peer->bytes_in, got, memory_order_relaxed);
    vt_metric_add(conn->peer->metric_bytes_in, got);
}

static void ended(struct vt_conn *conn, enum vt_io io, const char *why)
{
    if (!alive(conn)) {
        return;
    }
    if (io == VT_IO_CLOSED) {
        vt_conn_fail(conn, "it closed the link without a reason");
    } else if (io == VT_IO_FAILED) {
        vt_conn_fail(conn, why);
    }
}

void vt_conn_read(struct vt_conn *conn)
{
    char why[VT_WHY_BYTES] = "";
    enum vt_io io = VT_IO_OK;
    size_t total = 0;

    while (alive(conn) && io == VT_IO_OK && total < VT_READ_BUDGET) {
        size_t got;

        io = receive(conn, &got, why);
        total += got;
        if (got == 0) {
            break;
        }
        heard(conn, got);
        if (conn->big != NULL) {
            digest_big(conn);
        } else {
            digest(conn);
        }
    }
    vt_route_deliver(conn->links);
    if (io == VT_IO_OK && alive(conn)) {
        /* the stream may hold bytes the socket no longer shows */
        event_active(conn->read_event, EV_READ, 0);
    }
    ended(conn, io, why);
}
