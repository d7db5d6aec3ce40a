/* SPDX-License-Identifier: Apache-2.0
 *
 * shake.c - from a connected socket to a peer whose name is known.
 */
#include "base/alloc.h"
#include "base/status.h"
#include "net/links_int.h"

#include <event2/event.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The certificate is good; is the node one we want a link with? */
static const char *objection(struct vt_conn *conn, char text[VT_WHY_BYTES])
{
    struct vt_links *links = conn->links;
    const char *name = conn->cert.subject;

    if (strcmp(name, links->name) == 0) {
        return "it carries our own name: two nodes with one certificate, or "
               "[peers] has this node's own address";
    }
    if (conn->peer == NULL) {
        conn->peer = vt_peer_admit(links, name);
        if (conn->peer == NULL) {
            return "too many nodes are connected: try later";
        }
    } else if (strcmp(name, conn->peer->name) != 0) {
        (void)snprintf(text, VT_WHY_BYTES,
                       "it is '%s', not '%s': correct [peers] or its "
                       "certificate",
                       name, conn->peer->name);
        return text;
    }
    if (vt_peer_banned(conn->peer)) {
        return "paused after too many errors: see the other node's log";
    }
    return NULL;
}

static void shaken(struct vt_conn *conn)
{
    struct vt_err err = VT_ERR_INIT;
    char text[VT_WHY_BYTES];
    const char *no;

    conn->state = VT_CONN_GREETING;
    if (conn->links->ops->peer(conn->stream, &conn->cert, &err) != VT_OK) {
        no = err.text;
    } else {
        no = objection(conn, text);
    }
    if (no != NULL) {
        vt_conn_object(conn, no);
        return;
    }
    conn->peer->cert_expires_ms = conn->cert.not_after_ms;
    if (!vt_hello_we_decide(conn->peer)) {
        vt_hello_send(conn);
    }
    vt_conn_push(conn); /* the end of the handshake, too */
    if (conn->state == VT_CONN_GREETING) {
        vt_conn_read(conn); /* may have come with the handshake */
    }
}

void vt_conn_shake(struct vt_conn *conn)
{
    char why[VT_WHY_BYTES];
    enum vt_io io = conn->links->ops->handshake(conn->stream, why);

    if (io == VT_IO_OK) {
        shaken(conn);
    } else if (io == VT_IO_AGAIN) {
        vt_conn_push(conn);
    } else if (io == VT_IO_CLOSED) {
        vt_conn_fail(conn, "it closed the connection during the handshake");
    } else {
        vt_conn_fail(conn, why);
    }
}

static void set_remote(struct vt_conn *conn)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    char host[48] = "";
    uint16_t port = 0;

    if (getpeername(conn->fd, (struct sockaddr *)&addr, &len) != 0) {
        return;
    }
    if (addr.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)&addr;

        (void)evutil_inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        port = ntohs(in->sin_port);
    } else if (addr.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)&addr;

        (void)evutil_inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        port = ntohs(in6->sin6_port);
    }
    (void)snprintf(conn->remote, sizeof conn->remote,
                   addr.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
                   (unsigned)port);
}

void vt_conn_begin(struct vt_conn *conn)
{
    struct vt_links *links = conn->links;

    set_remote(conn);
    conn->state = VT_CONN_HANDSHAKE;
    conn->out.bytes = vt_realloc(NULL, VT_OUT_BYTES);
    conn->in = vt_realloc(NULL, VT_IN_BYTES);
    if (conn->out.bytes != NULL && conn->in != NULL) {
        conn->stream = links->ops->open(links->ops_ctx, conn->fd,
                                        conn->dialed ? conn->peer->name : NULL,
                                        &conn->out);
    }
    if (conn->stream == NULL || event_add(conn->read_event, NULL) != 0) {
        vt_conn_fail(conn, "no memory for a connection");
        return;
    }
    vt_conn_shake(conn);
}
