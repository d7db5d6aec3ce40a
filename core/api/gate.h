/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.h - what stands between a client's socket and evhttp.
 *
 * A filter under each connection of evhttp. It holds back a request until it
 * is whole and its head has passed head.h, then hands evhttp a head that the
 * gate wrote itself: no foreign byte but path, host and body gets through.
 * What does not pass is answered here and the connection closed. All deadlines
 * are the gate's, and none can be put off by sending a little. Private to
 * core/api; thread: loop.
 */
#ifndef VT_API_GATE_H
#define VT_API_GATE_H

#include "api/head.h"

struct vt_gate;
struct vt_gate_conn;
struct bufferevent;
struct event_base;

#define VT_GATE_IDLE_MS 30000u   /* between two requests of a connection */
#define VT_GATE_BODY_RATE 65536u /* bytes a second a body must come with */
#define VT_GATE_BODIES 8u /* largest bodies that may be under way together */
#define VT_GATE_ANSWER_MS 90000u    /* from a whole request to its answer */
#define VT_GATE_FLUSH_MS 30000u     /* for the client to take an answer */
#define VT_GATE_STALL_MS 10000u     /* for it to take anything at all */
#define VT_GATE_LINGER_MS 1000u     /* to read our last words before we close */
#define VT_GATE_LINGER_MAX 262144u  /* bytes thrown away meanwhile */
#define VT_GATE_TURNED_AWAY_MAX 32u /* clients being told that it is full */

struct vt_gate_args {
    struct event_base *base;
    struct vt_head_rules rules; /* host is borrowed until vt_gate_free */
    uint64_t head_deadline_ns;
    uint32_t clients_max;
    uint32_t stall_ms; /* 0: VT_GATE_STALL_MS */
    /* Whether to accept connections: called when that changes. */
    void (*on_accept)(void *ctx, int may);
    void *ctx;
};

vt_status vt_gate_new(const struct vt_gate_args *args, struct vt_gate **out);
/* evhttp is gone, or never was; connections that libevent frees later keep the
 * inside alive. NULL is fine. */
void vt_gate_free(struct vt_gate *gate);

/* A bufferevent for the next connection, for evhttp_set_bevcb. Never NULL: one
 * is always made in advance. */
struct bufferevent *vt_gate_take(struct vt_gate *gate);
/* Tries to have one in advance again; 1 when there is room for a client. */
int vt_gate_has_room(struct vt_gate *gate);
struct vt_gate_conn *vt_gate_find(struct vt_gate *gate,
                                  const struct bufferevent *bev);

/* evhttp has output for the client: send it on. */
void vt_gate_push(struct vt_gate_conn *conn);
/* The answer is complete in the output. */
void vt_gate_done(struct vt_gate_conn *conn);
/* An answer without end: no deadline, and on_drained (may be NULL to stop)
 * whenever the client has taken everything. */
void vt_gate_stream(struct vt_gate_conn *conn, void (*on_drained)(void *ctx),
                    void *ctx);
/* Close once what was pushed has left. */
void vt_gate_close(struct vt_gate_conn *conn);
/* What the request said. */
int vt_gate_is_http10(const struct vt_gate_conn *conn);
int vt_gate_wants_close(const struct vt_gate_conn *conn);
/* Bytes this client has not taken yet; of all clients. */
size_t vt_gate_backlog(const struct vt_gate_conn *conn);
size_t vt_gate_backlogs(const struct vt_gate *gate);

#endif
