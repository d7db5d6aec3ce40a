/* SPDX-License-Identifier: Apache-2.0
 *
 * conn_write.c - writing to a connection, from the loop and from senders:
 * frames are gathered into records, records into one system call.
 */
#include "base/bytes.h"
#include "net/links_int.h"

#include <event2/event.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- the two locks of a link that is up ---------------------------------- */

int vt_conn_is_up(const struct vt_conn *conn)
{
    return conn->state == VT_CONN_UP;
}

static void lock_queue(struct vt_conn *conn)
{
    if (vt_conn_is_up(conn)) {
        (void)pthread_mutex_lock(&conn->peer->queue);
    }
}

static void unlock_queue(struct vt_conn *conn)
{
    if (vt_conn_is_up(conn)) {
        (void)pthread_mutex_unlock(&conn->peer->queue);
    }
}

void vt_conn_lock(struct vt_conn *conn)
{
    if (vt_conn_is_up(conn)) {
        (void)pthread_mutex_lock(&conn->peer->io);
    }
}

void vt_conn_unlock(struct vt_conn *conn)
{
    if (vt_conn_is_up(conn)) {
        (void)pthread_mutex_unlock(&conn->peer->io);
        vt_peer_flush(conn->peer); /* a sender may have found it locked */
    }
}

void vt_conn_attach(struct vt_conn *conn)
{
    struct vt_peer *peer = conn->peer;

    vt_conn_no_stranger(conn);
    (void)event_del(conn->timer);
    if (peer->dialing == conn) {
        peer->dialing = NULL;
    }
    (void)pthread_mutex_lock(&peer->io);
    (void)pthread_mutex_lock(&peer->queue);
    conn->state = VT_CONN_UP;
    peer->conn = conn;
    (void)pthread_mutex_unlock(&peer->queue);
    (void)pthread_mutex_unlock(&peer->io);
}

/* From here on no other thread sees the connection. */
void vt_conn_detach(struct vt_conn *conn)
{
    struct vt_peer *peer = conn->peer;

    (void)pthread_mutex_lock(&peer->io);
    (void)pthread_mutex_lock(&peer->queue);
    peer->conn = NULL;
    (void)pthread_mutex_unlock(&peer->queue);
    (void)pthread_mutex_unlock(&peer->io);
    conn->state = VT_CONN_GREETING;
}

/* ---- writing ------------------------------------------------------------- */

/* The next frame to write becomes current; 0 when there is none. */
static int next_frame(struct vt_conn *conn)
{
    lock_queue(conn);
    conn->current = vt_outq_pop(&conn->outq);
    unlock_queue(conn);
    conn->current_at = 0;
    return conn->current != NULL;
}

static void frame_written(struct vt_conn *conn)
{
    struct vt_peer *peer = conn->peer;

    if (peer != NULL) { /* a stranger hears only why we refuse it */
        atomic_fetch_add_explicit(&peer->frames_out, 1, memory_order_relaxed);
        vt_metric_add(peer->metric_frames_out, 1);
    }
    vt_blob_unref(conn->current);
    conn->current = NULL;
}

static void count_out(struct vt_peer *peer, size_t len)
{
    if (peer != NULL) {
        atomic_fetch_add_explicit(&peer->bytes_out, len, memory_order_relaxed);
        vt_metric_add(peer->metric_bytes_out, len);
    }
}

/* Collect up to one record: many small frames in `room`, or a piece of a large
 * one where it lies. */
static size_t gather(struct vt_conn *conn, uint8_t *room, const uint8_t **from)
{
    size_t len = 0;

    *from = room;
    while (len < VT_RECORD_MAX) {
        size_t left;
        size_t part;

        if (conn->current == NULL && !next_frame(conn)) {
            break;
        }
        left = conn->current->len - conn->current_at;
        if (len == 0 && left > VT_RECORD_MAX) {
            *from = conn->current->bytes + conn->current_at;
            conn->current_at += VT_RECORD_MAX;
            return VT_RECORD_MAX;
        }
        part = left < VT_RECORD_MAX - len ? left : VT_RECORD_MAX - len;
        memcpy(room + len, conn->current->bytes + conn->current_at, part);
        conn->current_at += part;
        len += part;
        if (part == left) {
            frame_written(conn);
        }
    }
    return len;
}

/* Frames become records in the output buffer. */
static enum vt_io fill(struct vt_conn *conn)
{
    uint8_t room[VT_RECORD_MAX];
    const uint8_t *from;
    enum vt_io io = VT_IO_OK;

    while (io == VT_IO_OK && vt_outbuf_has_room(&conn->out)) {
        size_t len = gather(conn, room, &from);

        if (len == 0) {
            break;
        }
        count_out(conn->peer, len);
        io = conn->links->ops->write(conn->stream, from, len, conn->failure);
    }
    return io == VT_IO_OK ? VT_IO_OK : VT_IO_FAILED;
}

static enum vt_io go_on_later(struct vt_conn *conn)
{
    conn->blocked = 1;
    (void)event_add(conn->write_event, NULL);
    return VT_IO_AGAIN;
}

enum vt_io vt_conn_write(struct vt_conn *conn)
{
    const int greeted =
        conn->state == VT_CONN_GREETING || conn->state == VT_CONN_UP;
    struct vt_outbuf *out = &conn->out;
    size_t written = 0;

    for (;;) {
        ssize_t n;

        if (greeted && fill(conn) != VT_IO_OK) {
            return VT_IO_FAILED;
        }
        if (out->at == out->len) {
            return VT_IO_OK;
        }
        n = send(conn->fd, out->bytes + out->at, out->len - out->at,
                 MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            if (errno == EAGAIN) {
                return go_on_later(conn);
            }
            (void)snprintf(conn->failure, sizeof conn->failure,
                           "connection lost: %s", strerror(errno));
            return VT_IO_FAILED;
        }
        out->at += n < 0 ? 0 : (size_t)n;
        written += n < 0 ? 0 : (size_t)n;
        if (out->at == out->len) {
            out->at = out->len = 0;
        }
        if (written >= VT_WRITE_BUDGET) {
            return go_on_later(conn); /* the other links have a turn */
        }
    }
}

void vt_conn_put(struct vt_conn *conn, uint8_t kind, struct vt_view payload)
{
    struct vt_frame frame = {.kind = kind, .payload = payload};
    struct vt_blob *blob = vt_blob_new(&frame);
    uint32_t dropped = 1;

    if (blob != NULL) {
        lock_queue(conn);
        dropped = vt_outq_put(&conn->outq, VT_OUT_LINK, blob);
        unlock_queue(conn);
    }
    vt_blob_unref(blob);
    vt_metric_add(conn->links->metric_dropped[VT_OUT_LINK], dropped);
}

void vt_conn_push(struct vt_conn *conn)
{
    enum vt_io io;

    if (conn->state == VT_CONN_DEAD) {
        return;
    }
    vt_conn_lock(conn);
    conn->blocked = 0;
    io = conn->failed ? VT_IO_FAILED : vt_conn_write(conn);
    conn->failed = io == VT_IO_FAILED; /* senders leave it alone */
    vt_conn_unlock(conn);
    if (io == VT_IO_FAILED) {
        vt_conn_fail(conn, conn->failure);
    }
}

void vt_conn_ping(struct vt_conn *conn)
{
    static const uint8_t ping[8];

    conn->ping_ns = vt_clock_mono_ns();
    vt_conn_put(conn, VT_FRAME_PING, vt_view_of(ping, sizeof ping));
    vt_conn_push(conn);
}
