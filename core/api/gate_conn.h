/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_conn.h - the inside of a gate's connection, for gate.c and gate_in.c.
 *
 *   HEAD -> BODY -> BUSY -> FLUSH -> IDLE -> HEAD ...
 *      any of them -> LINGER -> closed
 */
#ifndef VT_API_GATE_CONN_H
#define VT_API_GATE_CONN_H

#include "api/gate.h"
#include "base/buf.h"
#include "base/map.h"

#include <event2/bufferevent.h>

#define VT_GATE_CANON_MAX 4096u /* bytes of a head for evhttp */

enum vt_gate_state {
    VT_CONN_HEAD,
    VT_CONN_BODY,
    VT_CONN_BUSY,
    VT_CONN_FLUSH,
    VT_CONN_IDLE,
    VT_CONN_FULL, /* accepted only to be turned away */
    VT_CONN_LINGER
};

struct vt_gate_conn {
    struct vt_gate *gate;
    struct bufferevent *filter; /* evhttp's */
    struct bufferevent *socket; /* the filter's */
    struct event *timer;
    enum vt_gate_state state;
    struct vt_head_scan scan;
    size_t head_len;
    uint64_t body_len;   /* counted in gate->body_bytes while not 0 */
    struct vt_buf canon; /* the head for evhttp */
    size_t thrown_away;
    int is_http10;
    int must_close;
    int is_client; /* counted, not the spare one */
    void (*on_drained)(void *ctx);
    void *ctx;
};

struct vt_gate {
    struct vt_gate_args args;
    struct vt_map *by_filter;
    struct vt_gate_conn *spare;
    uint32_t refs; /* connections, and the owner */
    uint32_t clients;
    int is_open; /* accepting, as told to the owner */
    uint64_t body_bytes;
    size_t backlogs;
    uint32_t metric_clients, metric_refused;
};

/* gate_in.c: libevent's filter, for bytes on their way to evhttp. */
enum bufferevent_filter_result vt_gate_on_input(
    struct evbuffer *in, struct evbuffer *out, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *ctx);

/* gate.c */
void vt_gate_timer(struct vt_gate_conn *conn, uint64_t ns);
void vt_gate_timer_ms(struct vt_gate_conn *conn, uint32_t ms);
/* Writes without waiting for the socket to say that it can; what it does not
 * take goes the usual way. */
void vt_gate_write(struct vt_gate_conn *conn);
/* The last words on this connection. */
void vt_gate_refuse(struct vt_gate_conn *conn, int status, const char *text);
/* Close, as soon as libevent is not in the middle of it. */
void vt_gate_cut(struct vt_gate_conn *conn);

#endif
