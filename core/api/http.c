/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - evhttp behind the gate.
 *
 * evhttp takes a filter's output for sent as soon as the socket's buffer has
 * it, so it must never close a connection itself: every request is shown to it
 * as one that keeps the connection, and the gate closes.
 */
#include "api/http.h"

#include "api/listen.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <stdlib.h>

#define RETRY_S 1

struct vt_http {
    struct vt_http_args args;
    struct vt_listen listen;
    struct vt_gate *gate;
    struct evhttp *server;
    struct evconnlistener *listener;
    struct event *retry; /* accepting again after a shortage */
};

struct vt_http_call {
    struct vt_http *http;
    struct evhttp_request *request; /* NULL: the client is gone */
    struct vt_gate_conn *conn;
    void (*on_gone)(void *ctx);
    void *ctx;
};

/* ---- requests ------------------------------------------------------------ */

/* The connection goes down while the call is open. */
static void on_connection_closed(struct evhttp_connection *connection,
                                 void *ctx)
{
    struct vt_http_call *call = ctx;

    (void)connection;
    /* without connection it was left to us, else evhttp frees it */
    if (evhttp_request_get_connection(call->request) == NULL) {
        evhttp_request_free(call->request);
    }
    call->request = NULL;
    call->conn = NULL;
    if (call->on_gone != NULL) {
        call->on_gone(call->ctx);
    }
}

static void on_answered(struct evhttp_request *request, void *ctx)
{
    (void)request;
    vt_gate_done(ctx);
}

static void on_request(struct evhttp_request *request, void *ctx)
{
    struct vt_http *http = ctx;
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    struct vt_gate_conn *conn =
        vt_gate_find(http->gate, evhttp_connection_get_bufferevent(connection));
    struct vt_http_call *call = vt_alloc(sizeof *call);

    evhttp_request_set_on_complete_cb(request, on_answered, conn);
    if (call == NULL) {
        evhttp_send_reply(request, 503, "Service Unavailable", NULL);
        vt_gate_push(conn);
        return;
    }
    call->http = http;
    call->request = request;
    call->conn = conn;
    evhttp_connection_set_closecb(connection, on_connection_closed, call);
    http->args.on_call(http->args.ctx, call);
}

enum vt_http_method vt_http_method(const struct vt_http_call *call)
{
    switch (evhttp_request_get_command(call->request)) {
    case EVHTTP_REQ_POST:
        return VT_HTTP_POST;
    case EVHTTP_REQ_OPTIONS:
        return VT_HTTP_OPTIONS;
    default:
        return VT_HTTP_GET;
    }
}

struct vt_view vt_http_path(const struct vt_http_call *call)
{
    const char *uri = evhttp_request_get_uri(call->request);

    return vt_view_of(uri, strcspn(uri, "?"));
}

/* One decoded half of key=value. */
static int decode(const char *text, size_t len, char *out, size_t size)
{
    char part[512];
    char *decoded;
    size_t decoded_len = 0;
    int fits;

    if (len >= sizeof part) {
        return 0;
    }
    memcpy(part, text, len);
    part[len] = '\0';
    decoded = evhttp_uridecode(part, 1, &decoded_len);
    fits = decoded != NULL && decoded_len < size;
    if (fits) {
        memcpy(out, decoded, decoded_len + 1);
    }
    free(decoded); /* discouraged: evhttp_uridecode gave it */
    return fits;
}

vt_status vt_http_query(const struct vt_http_call *call, size_t index,
                        char *key, char *value, size_t size)
{
    const char *at = strchr(evhttp_request_get_uri(call->request), '?');
    size_t key_len;
    size_t len;

    for (size_t i = 0; at != NULL && i < index; i++) {
        at = strchr(at + 1, '&');
    }
    if (at == NULL || (at[1] == '\0' && index == 0)) {
        return VT_E_NOTFOUND;
    }
    at++;
    len = strcspn(at, "&");
    key_len = strcspn(at, "=&");
    return key_len > 0 && key_len < len && decode(at, key_len, key, size) &&
                   decode(at + key_len + 1, len - key_len - 1, value, size)
               ? VT_OK
               : VT_E_INVALID;
}

struct vt_view vt_http_body(struct vt_http_call *call)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(call->request);
    size_t len = evbuffer_get_length(in);

    return vt_view_of(evbuffer_pullup(in, -1), len);
}

int vt_http_last_event(const struct vt_http_call *call, uint64_t *out_id)
{
    const char *text = evhttp_find_header(
        evhttp_request_get_input_headers(call->request), "Last-Event-ID");

    if (text == NULL) {
        return 0;
    }
    *out_id = strtoull(text, NULL, 10); /* the gate has seen digits */
    return 1;
}

void vt_http_on_gone(struct vt_http_call *call, void (*fn)(void *ctx),
                     void *ctx)
{
    call->on_gone = fn;
    call->ctx = ctx;
}

/* ---- answers ------------------------------------------------------------- */

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Internal Server Error";
    }
}

static void put_headers(struct vt_http_call *call, int status, const char *type)
{
    struct evkeyvalq *headers =
        evhttp_request_get_output_headers(call->request);

    (void)evhttp_add_header(headers, "Cache-Control", "no-store");
    if (status != 204) {
        (void)evhttp_add_header(headers, "Content-Type", type);
        (void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    }
    if (status == 405 || status == 204) {
        (void)evhttp_add_header(headers, "Allow", "GET, POST, OPTIONS");
    }
    if (status == 503) {
        (void)evhttp_add_header(headers, "Retry-After", "1");
    }
    if (vt_gate_wants_close(call->conn)) {
        /* a list, so that evhttp does not take it for its own business */
        (void)evhttp_add_header(headers, "Connection", "close, close");
    }
}

/* The client will not be waited for any more. */
static void let_go(struct vt_http_call *call)
{
    evhttp_connection_set_closecb(evhttp_request_get_connection(call->request),
                                  NULL, NULL);
}

static void free_bytes(const void *bytes, size_t len, void *ctx)
{
    (void)bytes;
    (void)len;
    vt_free(ctx);
}

/* Moves body into an evbuffer; NULL when out of memory. */
static struct evbuffer *wrap(struct vt_buf *body)
{
    struct evbuffer *out = evbuffer_new();

    if (out != NULL && body->len > 0 &&
        evbuffer_add_reference(out, body->data, body->len, free_bytes,
                               body->data) != 0) {
        evbuffer_free(out);
        return NULL;
    }
    if (out != NULL && body->len > 0) {
        vt_buf_init(body, body->max); /* the bytes are evbuffer's now */
    }
    return out;
}

static void send_answer(struct vt_http_call *call, int status, const char *type,
                        struct evbuffer *body)
{
    put_headers(call, status, type);
    let_go(call);
    evhttp_send_reply(call->request, status, reason_of(status), body);
    vt_gate_push(call->conn);
}

void vt_http_answer(struct vt_http_call *call, int status, const char *type,
                    struct vt_buf *body)
{
    struct evbuffer *out = NULL;

    if (call->request != NULL) {
        int fits = body->len <= VT_HTTP_SHORT_MAX ||
                   vt_gate_backlogs(call->http->gate) + body->len <=
                       VT_HTTP_BACKLOGS_MAX;

        out = fits && body->failed == VT_OK ? wrap(body) : NULL;
        send_answer(call, out == NULL ? 503 : status, type, out);
    }
    if (out != NULL) {
        evbuffer_free(out);
    }
    vt_buf_fini(body);
    vt_free(call);
}

void vt_http_answer_text(struct vt_http_call *call, int status,
                         const char *text)
{
    struct vt_buf body = VT_BUF_INIT(VT_HTTP_SHORT_MAX);

    (void)vt_buf_printf(&body, "%s\n", text);
    vt_http_answer(call, status, "text/plain; charset=utf-8", &body);
}

/* ---- streams ------------------------------------------------------------- */

vt_status vt_http_stream(struct vt_http_call *call, const char *type,
                         void (*on_drained)(void *ctx), void *ctx)
{
    if (call->request == NULL) {
        return VT_E_STATE;
    }
    if (vt_gate_is_http10(call->conn)) {
        return VT_E_UNSUPPORTED;
    }
    put_headers(call, 200, type);
    evhttp_send_reply_start(call->request, 200, reason_of(200));
    vt_gate_stream(call->conn, on_drained, ctx);
    vt_gate_push(call->conn);
    return VT_OK;
}

vt_status vt_http_put(struct vt_http_call *call, struct vt_view bytes)
{
    struct evbuffer *chunk;

    if (call->request == NULL) {
        return VT_E_STATE;
    }
    chunk = evbuffer_new();
    if (chunk == NULL || evbuffer_add(chunk, bytes.ptr, bytes.len) != 0) {
        if (chunk != NULL) {
            evbuffer_free(chunk);
        }
        return VT_E_NOMEM;
    }
    evhttp_send_reply_chunk(call->request, chunk);
    evbuffer_free(chunk);
    vt_gate_push(call->conn);
    return VT_OK;
}

size_t vt_http_backlog(const struct vt_http_call *call)
{
    return call->conn == NULL ? 0 : vt_gate_backlog(call->conn);
}

void vt_http_end(struct vt_http_call *call)
{
    if (call->request != NULL) {
        let_go(call);
        evhttp_send_reply_end(call->request);
        vt_gate_push(call->conn);
        vt_gate_close(call->conn);
    }
    vt_free(call);
}

/* ---- the server ---------------------------------------------------------- */

static struct bufferevent *on_connection(struct event_base *base, void *ctx)
{
    struct vt_http *http = ctx;

    (void)base;
    return vt_gate_take(http->gate);
}

static void on_accept(void *ctx, int may)
{
    struct vt_http *http = ctx;

    if (may) {
        (void)evconnlistener_enable(http->listener);
    } else {
        (void)evconnlistener_disable(http->listener);
    }
}

static void on_retry(evutil_socket_t fd, short what, void *ctx)
{
    struct vt_http *http = ctx;

    (void)fd;
    (void)what;
    if (vt_gate_has_room(http->gate)) {
        (void)evconnlistener_enable(http->listener);
    }
}

/* Out of file descriptors, most likely: on_retry tries again, instead of the
 * loop at once and for ever. */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
    (void)ctx;
    vt_log("api", VT_LOG_WARN,
           "cannot accept a client: %s; see ulimit -n and [api] clients",
           evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    (void)evconnlistener_disable(listener);
}

static vt_status bind_server(struct vt_http *http)
{
    struct timeval every = {RETRY_S, 0};

    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
                                                 EVHTTP_REQ_OPTIONS);
    evhttp_set_bevcb(http->server, on_connection, http);
    evhttp_set_gencb(http->server, on_request, http);
    http->listener = evconnlistener_new(
        http->args.base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, http->listen.fd);
    if (http->listener == NULL) {
        return VT_E_NOMEM;
    }
    if (evhttp_bind_listener(http->server, http->listener) == NULL) {
        evconnlistener_free(http->listener);
        return VT_E_NOMEM;
    }
    evconnlistener_set_error_cb(http->listener, on_accept_error);
    return event_add(http->retry, &every) == 0 ? VT_OK : VT_E_NOMEM;
}

static vt_status make_server(struct vt_http *http)
{
    struct vt_gate_args gate = {
        .base = http->args.base,
        .rules = {.host = http->listen.host,
                  .is_exposed = http->args.may_expose,
                  .body_max_bytes = http->args.body_max_bytes},
        .head_deadline_ns = http->args.head_deadline_ns,
        .clients_max = http->args.clients_max,
        .stall_ms = http->args.stall_ms,
        .on_accept = on_accept,
        .ctx = http};

    http->server = evhttp_new(http->args.base);
    http->retry = event_new(http->args.base, -1, EV_PERSIST, on_retry, http);
    if (http->server == NULL || http->retry == NULL ||
        vt_gate_new(&gate, &http->gate) != VT_OK) {
        return VT_E_NOMEM;
    }
    return bind_server(http);
}

vt_status vt_http_new(const struct vt_http_args *args, struct vt_http **out,
                      struct vt_err *err)
{
    struct vt_http *http = vt_alloc(sizeof *http);
    vt_status status;

    if (http == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the API");
    }
    http->args = *args;
    http->listen.fd = -1;
    status = vt_listen_open(args->listen, args->may_expose, &http->listen, err);
    if (status == VT_OK && make_server(http) != VT_OK) {
        status = vt_err_set(err, VT_E_NOMEM, "no memory for the API");
    }
    if (status != VT_OK) {
        vt_http_free(http);
        return status;
    }
    *out = http;
    return VT_OK;
}

void vt_http_free(struct vt_http *http)
{
    if (http == NULL) {
        return;
    }
    if (http->server != NULL) {
        evhttp_free(http->server);
    }
    vt_gate_free(http->gate);
    if (http->retry != NULL) {
        event_free(http->retry);
    }
    vt_listen_close(&http->listen);
    vt_free(http);
}

const char *vt_http_endpoint(const struct vt_http *http)
{
    return http->listen.endpoint;
}

size_t vt_http_backlogs(const struct vt_http *http)
{
    return vt_gate_backlogs(http->gate);
}
