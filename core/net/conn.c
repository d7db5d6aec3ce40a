/* SPDX-License-Identifier: Apache-2.0
 *
 * conn.c - one connection from its socket to its end: handshake, writing,
 * closing with a reason. What is read is in conn_read.c.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"

#include <event2/event.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_MAX (1u << 20) /* bytes thrown away so that a close is clean */

static void on_read(evutil_socket_t fd, short what, void *arg);
static void on_write(evutil_socket_t fd, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);

/* ---- making and ending --------------------------------------------------- */

static void arm_timer(struct vt_conn *conn, uint32_t ms)
{
    struct timeval tv = {.tv_sec = ms / 1000,
                         .tv_usec = (suseconds_t)(ms % 1000) * 1000};

    (void)event_add(conn->timer, &tv);
}

static void free_conn(struct vt_conn *conn)
{
    struct event *const events[] = {conn->read_event, conn->write_event,
                                    conn->timer};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (conn->stream != NULL) {
        conn->links->ops->close(conn->stream);
    }
    (void)close(conn->fd);
    vt_blob_unref(conn->current);
    vt_outq_fini(&conn->outq);
    vt_free(conn->out.bytes);
    vt_free(conn->in);
    vt_free(conn->big);
    vt_free(conn);
}

struct vt_conn *vt_conn_new(struct vt_links *links, int fd,
                            struct vt_peer *peer)
{
    struct event_base *base = vt_loop_base(links->loop);
    struct vt_conn *conn = vt_alloc(sizeof *conn);
    int one = 1;

    if (conn == NULL) {
        (void)close(fd);
        return NULL;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    conn->links = links;
    conn->fd = fd;
    conn->peer = peer;
    conn->dialed = peer != NULL;
    conn->state = peer != NULL ? VT_CONN_DIALING : VT_CONN_HANDSHAKE;
    conn->read_event = event_new(base, fd, EV_READ | EV_PERSIST, on_read, conn);
    conn->write_event = event_new(base, fd, EV_WRITE, on_write, conn);
    conn->timer = event_new(base, -1, 0, on_timer, conn);
    if (conn->read_event == NULL || conn->write_event == NULL ||
        conn->timer == NULL) {
        free_conn(conn);
        return NULL;
    }
    vt_list_append(&links->conns, &conn->entry);
    if (peer == NULL) {
        conn->stranger = 1;
        links->strangers++;
    } else {
        peer->dialing = conn;
        (void)snprintf(conn->remote, sizeof conn->remote, "%.63s",
                       peer->address);
        (void)event_add(conn->write_event, NULL);
    }
    arm_timer(conn, links->tune.handshake_ms);
    return conn;
}

void vt_conn_no_stranger(struct vt_conn *conn)
{
    conn->links->strangers -= conn->stranger != 0;
    conn->stranger = 0;
}

void vt_conn_kill(struct vt_conn *conn)
{
    if (conn->state == VT_CONN_DEAD) {
        return;
    }
    vt_conn_no_stranger(conn);
    conn->state = VT_CONN_DEAD;
    (void)event_del(conn->read_event);
    (void)event_del(conn->write_event);
    (void)event_del(conn->timer);
    vt_list_remove(&conn->entry);
    vt_list_append(&conn->links->dead, &conn->entry);
}

void vt_conn_reap(struct vt_links *links)
{
    while (!vt_list_empty(&links->dead)) {
        struct vt_conn *conn =
            VT_CONTAINER(links->dead.next, struct vt_conn, entry);

        vt_list_remove(&conn->entry);
        free_conn(conn);
    }
}

/* ---- closing ------------------------------------------------------------- */

/* Nothing unread may be left when the socket closes: the kernel would reset
 * the connection and with it what we said last. Returns 0 at its end. */
static int drain(struct vt_conn *conn)
{
    uint8_t sink[4096];
    size_t total = 0;

    while (total < DRAIN_MAX) {
        ssize_t got = recv(conn->fd, sink, sizeof sink, 0);

        if (got <= 0) {
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        }
        total += (size_t)got;
    }
    return 0;
}

/* What the other side should still hear: GOODBYE, or the alert that lies in
 * the output already. */
static void last_words(struct vt_conn *conn, const char *reason)
{
    if (conn->state == VT_CONN_GREETING && !conn->failed) {
        vt_outq_fini(&conn->outq);
        if (reason != NULL) {
            vt_conn_put(conn, VT_FRAME_GOODBYE,
                        vt_view_of(reason, strnlen(reason, 512)));
        }
        if (vt_conn_write(conn) == VT_IO_OK) {
            conn->links->ops->finish(conn->stream);
        }
    }
    if (conn->stream != NULL) {
        (void)vt_conn_write(conn);
    }
    (void)shutdown(conn->fd, SHUT_WR);
}

static void after_link(struct vt_conn *conn)
{
    struct vt_peer *peer = conn->peer;
    struct vt_links *links = conn->links;
    uint64_t now_ns = vt_clock_mono_ns();

    vt_metric_set(peer->metric_up, 0);
    vt_share_end(peer);
    peer->used_ns = now_ns;
    /* a link that held is dialed again at once, one that did not ever later */
    if (now_ns - peer->up_since_ns >= (uint64_t)links->tune.dead_ms * 1000000) {
        peer->backoff_ms = links->tune.backoff_ms;
    }
}

void vt_conn_close(struct vt_conn *conn, const char *reason)
{
    struct vt_peer *peer = conn->peer;
    const int was_up = vt_conn_is_up(conn);

    if (conn->state == VT_CONN_DEAD || conn->state == VT_CONN_LINGER) {
        return;
    }
    if (was_up) {
        vt_conn_detach(conn);
    }
    if (peer != NULL && peer->dialing == conn) {
        peer->dialing = NULL;
    }
    if (conn->state == VT_CONN_DIALING) {
        vt_conn_kill(conn);
    } else {
        last_words(conn, reason);
        (void)event_del(conn->write_event);
        conn->state = VT_CONN_LINGER;
        if (!drain(conn) || conn->links->stopping) {
            vt_conn_kill(conn);
        } else {
            arm_timer(conn, conn->links->tune.linger_ms);
        }
    }
    if (was_up) {
        after_link(conn);
    }
    if (peer != NULL) {
        vt_dial_schedule(peer);
    }
}

void vt_conn_fail(struct vt_conn *conn, const char *why)
{
    struct vt_links *links = conn->links;
    char text[VT_WHY_BYTES];

    (void)snprintf(text, sizeof text, "%s", why); /* may be the stream's */
    if (conn->peer != NULL) {
        vt_peer_error(conn->peer, text);
    } else {
        const char *claimed =
            conn->stream == NULL ? "" : links->ops->claimed(conn->stream);
        struct vt_peer *peer = vt_peer_find(links, claimed);

        if (peer != NULL && peer->conn == NULL) {
            vt_peer_error(peer, text);
        } else {
            vt_links_refused(links, conn->remote, text);
        }
        vt_metric_add(links->metric_refused, 1);
    }
    vt_conn_close(conn, NULL);
}

void vt_conn_object(struct vt_conn *conn, const char *why)
{
    if (conn->peer != NULL) {
        vt_peer_error(conn->peer, why);
    } else {
        vt_links_refused(conn->links, conn->remote, why);
    }
    vt_metric_add(conn->links->metric_refused, 1);
    vt_conn_close(conn, why);
}

/* ---- events -------------------------------------------------------------- */

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    struct vt_conn *conn = arg;
    struct vt_links *links = conn->links;

    (void)fd;
    (void)what;
    if (conn->state == VT_CONN_HANDSHAKE) {
        vt_conn_shake(conn);
    } else if (conn->state == VT_CONN_LINGER) {
        if (!drain(conn)) {
            vt_conn_kill(conn);
        }
    } else if (conn->state != VT_CONN_DEAD) {
        vt_conn_read(conn);
    }
    vt_conn_reap(links);
}

static void connected(struct vt_conn *conn)
{
    int error = 0;
    socklen_t len = sizeof error;
    char text[VT_WHY_BYTES];

    (void)getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error == 0) {
        vt_conn_begin(conn);
        return;
    }
    (void)snprintf(text, sizeof text, "cannot reach %s: %s%s",
                   conn->peer->address, strerror(error),
                   error == ECONNREFUSED ? ": is the node running?" : "");
    vt_conn_fail(conn, text);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
    struct vt_conn *conn = arg;
    struct vt_links *links = conn->links;

    (void)fd;
    (void)what;
    if (conn->state == VT_CONN_DIALING) {
        connected(conn);
    } else {
        vt_conn_push(conn);
    }
    vt_conn_reap(links);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct vt_conn *conn = arg;
    struct vt_links *links = conn->links;
    char text[VT_WHY_BYTES];

    (void)fd;
    (void)what;
    if (conn->state == VT_CONN_LINGER) {
        vt_conn_kill(conn);
    } else if (conn->state != VT_CONN_DEAD) {
        (void)snprintf(
            text, sizeof text,
            conn->state == VT_CONN_DIALING
                ? "no answer from %s for %u ms: is it running, is there a "
                  "firewall?"
                : "handshake with %s not finished after %u ms",
            conn->remote, (unsigned)links->tune.handshake_ms);
        vt_conn_fail(conn, text);
    }
    vt_conn_reap(links);
}
