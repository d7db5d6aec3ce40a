/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.c - connections, their clocks and their end. What comes in is in
 * gate_in.c.
 *
 * Closing a connection is telling evhttp, which owns it, that the client went
 * away.
 */
#include "api/gate.h"

#include "api/gate_conn.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "plugin/host.h"

#include <event2/buffer.h>
#include <event2/event.h>

#include <stdio.h>
#include <sys/socket.h>

#define REFUSAL_MAX 512u

static void gate_unref(struct vt_gate *gate)
{
    if (--gate->refs == 0) {
        vt_map_free(gate->by_filter);
        vt_free(gate);
    }
}

void vt_gate_timer(struct vt_gate_conn *conn, uint64_t ns)
{
    struct timeval tv = {(time_t)(ns / 1000000000u),
                         (suseconds_t)(ns % 1000000000u / 1000u)};

    (void)event_add(conn->timer, &tv);
}

void vt_gate_timer_ms(struct vt_gate_conn *conn, uint32_t ms)
{
    vt_gate_timer(conn, (uint64_t)ms * 1000000u);
}

static void stop_timer(struct vt_gate_conn *conn)
{
    (void)event_del(conn->timer);
}

static void release_body(struct vt_gate_conn *conn)
{
    conn->gate->body_bytes -= conn->body_len;
    conn->body_len = 0;
}

/* evhttp took its callbacks off: it freed the filter, which libevent finishes
 * a little later. */
static int is_freed(struct vt_gate_conn *conn)
{
    bufferevent_event_cb on_event = NULL;

    bufferevent_getcb(conn->filter, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

void vt_gate_cut(struct vt_gate_conn *conn)
{
    stop_timer(conn);
    bufferevent_trigger_event(conn->filter, BEV_EVENT_READING | BEV_EVENT_EOF,
                              BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- output -------------------------------------------------------------- */

void vt_gate_write(struct vt_gate_conn *conn)
{
    struct evbuffer *out = bufferevent_get_output(conn->socket);

    if (evbuffer_get_length(out) > 0) {
        (void)evbuffer_unfreeze(out, 1);
        (void)evbuffer_write(out, bufferevent_getfd(conn->socket));
        (void)evbuffer_freeze(out, 1);
    }
    if (evbuffer_get_length(out) > 0) {
        (void)bufferevent_enable(conn->socket, EV_WRITE);
    }
}

static void start_linger(struct vt_gate_conn *conn)
{
    conn->state = VT_CONN_LINGER;
    /* no more from us, but the client shall be able to read it: closing with
     * unread input would reset the connection */
    (void)shutdown(bufferevent_getfd(conn->socket), SHUT_WR);
    vt_gate_timer_ms(conn, VT_GATE_LINGER_MS);
}

static void on_flushed(struct vt_gate_conn *conn)
{
    (void)bufferevent_disable(conn->socket, EV_WRITE);
    switch (conn->state) {
    case VT_CONN_FLUSH:
        if (conn->must_close) {
            start_linger(conn);
        } else {
            conn->state = VT_CONN_IDLE;
            vt_gate_timer_ms(conn, VT_GATE_IDLE_MS);
        }
        break;
    case VT_CONN_LINGER:
        start_linger(conn);
        break;
    case VT_CONN_BUSY:
        if (conn->on_drained != NULL) {
            conn->on_drained(conn->ctx);
        }
        break;
    case VT_CONN_HEAD:
    case VT_CONN_BODY:
    case VT_CONN_IDLE:
    case VT_CONN_FULL:
        break;
    }
}

static void on_output(struct evbuffer *out, const struct evbuffer_cb_info *info,
                      void *ctx)
{
    struct vt_gate_conn *conn = ctx;

    conn->gate->backlogs += info->n_added;
    conn->gate->backlogs -= info->n_deleted;
    if (info->n_deleted > 0 && evbuffer_get_length(out) == 0) {
        on_flushed(conn);
    }
}

void vt_gate_refuse(struct vt_gate_conn *conn, int status, const char *text)
{
    static const struct {
        int status;
        const char *reason;
    } names[] = {
        {400, "Bad Request"},         {403, "Forbidden"},
        {405, "Method Not Allowed"},  {408, "Request Timeout"},
        {411, "Length Required"},     {413, "Content Too Large"},
        {414, "URI Too Long"},        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},  {431, "Request Header Fields Too Large"},
        {503, "Service Unavailable"}, {505, "HTTP Version Not Supported"}};
    struct vt_buf answer = VT_BUF_INIT(REFUSAL_MAX);
    const char *reason = "Refused";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        reason = names[i].status == status ? names[i].reason : reason;
    }
    (void)vt_buf_printf(&answer,
                        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; "
                        "charset=utf-8\r\nContent-Length: %zu\r\nConnection: "
                        "close\r\n%s\r\n%s\n",
                        status, reason, strlen(text) + 1,
                        status == 405   ? "Allow: GET, POST, OPTIONS\r\n"
                        : status == 503 ? "Retry-After: 1\r\n"
                                        : "",
                        text);
    vt_metric_add(conn->gate->metric_refused, 1);
    release_body(conn);
    conn->state = VT_CONN_LINGER;
    if (answer.failed != VT_OK ||
        bufferevent_write(conn->socket, answer.data, answer.len) != 0) {
        vt_gate_cut(conn);
    } else {
        vt_gate_timer_ms(conn, VT_GATE_FLUSH_MS);
        vt_gate_write(conn);
    }
    vt_buf_fini(&answer);
}

/* ---- clocks -------------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct vt_gate_conn *conn = ctx;

    (void)fd;
    (void)what;
    if (is_freed(conn)) {
        return;
    }
    switch (conn->state) {
    case VT_CONN_HEAD:
        if (conn->scan.done == 0) {
            vt_gate_cut(conn); /* connected, and never said a word */
        } else {
            vt_gate_refuse(conn, 408, "the head did not come in time");
        }
        break;
    case VT_CONN_BODY:
        vt_gate_refuse(conn, 408, "the body did not come in time");
        break;
    case VT_CONN_FULL:
        vt_gate_refuse(conn, 503, "too many clients at a time");
        break;
    case VT_CONN_BUSY:
    case VT_CONN_FLUSH:
    case VT_CONN_IDLE:
    case VT_CONN_LINGER:
        vt_gate_cut(conn);
        break;
    }
}

/* ---- connections --------------------------------------------------------- */

static void tell_room(struct vt_gate *gate)
{
    int may = gate->spare != NULL &&
              gate->clients < gate->args.clients_max + VT_GATE_TURNED_AWAY_MAX;

    if (may != gate->is_open) {
        gate->is_open = may;
        gate->args.on_accept(gate->args.ctx, may);
    }
}

static void conn_unmake(struct vt_gate_conn *conn)
{
    if (conn->timer != NULL) {
        event_free(conn->timer);
    }
    vt_buf_fini(&conn->canon);
    vt_free(conn);
}

/* libevent is done with the filter. */
static void conn_free(void *ctx)
{
    struct vt_gate_conn *conn = ctx;
    struct vt_gate *gate = conn->gate;

    release_body(conn);
    gate->backlogs -= evbuffer_get_length(bufferevent_get_output(conn->socket));
    (void)evbuffer_remove_cb(bufferevent_get_output(conn->socket), on_output,
                             conn);
    (void)vt_map_remove(gate->by_filter, &conn->filter);
    if (conn->is_client) {
        gate->clients--;
        vt_metric_set(gate->metric_clients, gate->clients);
    }
    conn_unmake(conn);
    if (gate->args.on_accept != NULL) {
        tell_room(gate);
    }
    gate_unref(gate);
}

/* From here on conn is freed by freeing its filter. */
static int make_buffers(struct vt_gate_conn *conn)
{
    uint32_t stall_ms = conn->gate->args.stall_ms;
    struct timeval stall = {(time_t)(stall_ms / 1000),
                            (suseconds_t)(stall_ms % 1000 * 1000)};
    struct event_base *base = conn->gate->args.base;

    conn->socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (conn->socket == NULL) {
        return 0;
    }
    conn->filter =
        bufferevent_filter_new(conn->socket, vt_gate_on_input, NULL,
                               BEV_OPT_CLOSE_ON_FREE, conn_free, conn);
    if (conn->filter == NULL) {
        bufferevent_free(conn->socket);
        return 0;
    }
    conn->gate->refs++;
    (void)bufferevent_set_timeouts(conn->socket, NULL, &stall);
    (void)bufferevent_disable(conn->socket, EV_WRITE);
    return 1;
}

static struct vt_gate_conn *conn_new(struct vt_gate *gate)
{
    struct vt_gate_conn *conn = vt_alloc(sizeof *conn);

    if (conn == NULL) {
        return NULL;
    }
    conn->gate = gate;
    vt_buf_init(&conn->canon, VT_GATE_CANON_MAX);
    conn->timer = evtimer_new(gate->args.base, on_timer, conn);
    if (conn->timer == NULL || !make_buffers(conn)) {
        conn_unmake(conn);
        return NULL;
    }
    if (evbuffer_add_cb(bufferevent_get_output(conn->socket), on_output,
                        conn) == NULL ||
        vt_map_put(gate->by_filter, &conn->filter, conn, NULL) != VT_OK) {
        bufferevent_free(conn->filter);
        return NULL;
    }
    return conn;
}

/* ---- the gate ------------------------------------------------------------ */

vt_status vt_gate_new(const struct vt_gate_args *args, struct vt_gate **out)
{
    static const uint8_t seed[16] = {0}; /* no client chooses a pointer */
    struct vt_gate *gate = vt_alloc(sizeof *gate);

    if (gate == NULL) {
        return VT_E_NOMEM;
    }
    gate->args = *args;
    if (args->stall_ms == 0) {
        gate->args.stall_ms = VT_GATE_STALL_MS;
    }
    gate->refs = 1;
    gate->by_filter = vt_map_new(
        sizeof(struct bufferevent *),
        (size_t)args->clients_max + VT_GATE_TURNED_AWAY_MAX + 2, seed);
    if (gate->by_filter != NULL) {
        gate->spare = conn_new(gate);
    }
    if (gate->spare == NULL) {
        gate_unref(gate);
        return VT_E_NOMEM;
    }
    gate->is_open = 1;
    gate->metric_clients =
        vt_metric_gauge("api_clients", NULL, "Connections to the API.");
    gate->metric_refused = vt_metric_counter(
        "api_refused_total", NULL, "Requests the gate of the API turned down.");
    *out = gate;
    return VT_OK;
}

void vt_gate_free(struct vt_gate *gate)
{
    if (gate == NULL) {
        return;
    }
    gate->args.on_accept = NULL;
    if (gate->spare != NULL) {
        bufferevent_free(gate->spare->filter);
    }
    gate_unref(gate);
}

struct bufferevent *vt_gate_take(struct vt_gate *gate)
{
    struct vt_gate_conn *conn = gate->spare;

    gate->spare = conn_new(gate);
    gate->clients++;
    vt_metric_set(gate->metric_clients, gate->clients);
    conn->is_client = 1;
    if (gate->clients > gate->args.clients_max) {
        conn->state = VT_CONN_FULL;
        vt_gate_timer(conn, 0); /* once the connection is made */
    } else {
        vt_gate_timer(conn, gate->args.head_deadline_ns);
    }
    tell_room(gate);
    return conn->filter;
}

int vt_gate_has_room(struct vt_gate *gate)
{
    if (gate->spare == NULL) {
        gate->spare = conn_new(gate);
        tell_room(gate);
    }
    return gate->is_open;
}

struct vt_gate_conn *vt_gate_find(struct vt_gate *gate,
                                  const struct bufferevent *bev)
{
    return vt_map_get(gate->by_filter, &bev);
}

void vt_gate_push(struct vt_gate_conn *conn)
{
    (void)bufferevent_flush(conn->filter, EV_WRITE, BEV_NORMAL);
    vt_gate_write(conn);
}

void vt_gate_done(struct vt_gate_conn *conn)
{
    release_body(conn);
    conn->on_drained = NULL;
    conn->state = VT_CONN_FLUSH;
    vt_gate_timer_ms(conn, VT_GATE_FLUSH_MS);
}

void vt_gate_stream(struct vt_gate_conn *conn, void (*on_drained)(void *ctx),
                    void *ctx)
{
    stop_timer(conn);
    conn->on_drained = on_drained;
    conn->ctx = ctx;
}

void vt_gate_close(struct vt_gate_conn *conn)
{
    conn->must_close = 1;
    conn->on_drained = NULL;
    conn->state = VT_CONN_FLUSH;
    vt_gate_timer_ms(conn, VT_GATE_FLUSH_MS);
    if (vt_gate_backlog(conn) == 0) {
        on_flushed(conn);
    }
}

int vt_gate_is_http10(const struct vt_gate_conn *conn)
{
    return conn->is_http10;
}

int vt_gate_wants_close(const struct vt_gate_conn *conn)
{
    return conn->must_close;
}

size_t vt_gate_backlog(const struct vt_gate_conn *conn)
{
    return evbuffer_get_length(bufferevent_get_output(conn->filter)) +
           evbuffer_get_length(bufferevent_get_output(conn->socket));
}

size_t vt_gate_backlogs(const struct vt_gate *gate)
{
    return gate->backlogs;
}
