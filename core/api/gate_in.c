/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_in.c - a request from its first byte to evhttp: held back until it is
 * whole, read, and handed over with a head written here.
 */
#include "api/gate_conn.h"

#include "base/bytes.h"

#include <event2/buffer.h>

#include <inttypes.h>

static enum bufferevent_filter_result throw_away(struct vt_gate_conn *conn,
                                                 struct evbuffer *in)
{
    size_t len = evbuffer_get_length(in);

    (void)evbuffer_drain(in, len);
    conn->thrown_away += len;
    if (conn->thrown_away > VT_GATE_LINGER_MAX) {
        vt_gate_cut(conn);
    }
    return BEV_NEED_MORE;
}

static enum bufferevent_filter_result turn_down(struct vt_gate_conn *conn,
                                                struct evbuffer *in, int status,
                                                const char *text)
{
    vt_gate_refuse(conn, status, text);
    return throw_away(conn, in);
}

static vt_status write_canon(struct vt_gate_conn *conn,
                             const struct vt_head *head)
{
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};
    struct vt_buf *canon = &conn->canon;

    vt_buf_clear(canon);
    (void)vt_buf_printf(canon, "%s %.*s HTTP/1.1\r\nHost: %.*s\r\n",
                        methods[head->method], (int)head->target.len,
                        (const char *)head->target.ptr, (int)head->host.len,
                        (const char *)head->host.ptr);
    if (head->method == VT_HTTP_POST) {
        (void)vt_buf_printf(canon, "Content-Length: %" PRIu64 "\r\n",
                            head->content_length);
    }
    if (head->last_event_id.len > 0) {
        (void)vt_buf_printf(canon, "Last-Event-ID: %.*s\r\n",
                            (int)head->last_event_id.len,
                            (const char *)head->last_event_id.ptr);
    }
    return vt_buf_put(canon, "\r\n", 2);
}

static enum bufferevent_filter_result hand_over(struct vt_gate_conn *conn,
                                                struct evbuffer *in,
                                                struct evbuffer *out)
{
    if (evbuffer_add(out, conn->canon.data, conn->canon.len) != 0 ||
        evbuffer_drain(in, conn->head_len) != 0 ||
        (conn->body_len > 0 &&
         evbuffer_remove_buffer(in, out, (size_t)conn->body_len) < 0)) {
        return turn_down(conn, in, 503, "no memory for a request");
    }
    vt_buf_fini(&conn->canon);
    conn->state = VT_CONN_BUSY;
    vt_gate_timer_ms(conn, VT_GATE_ANSWER_MS);
    return BEV_OK;
}

static enum bufferevent_filter_result on_body(struct vt_gate_conn *conn,
                                              struct evbuffer *in,
                                              struct evbuffer *out)
{
    uint64_t whole = conn->head_len + conn->body_len;
    uint64_t have = evbuffer_get_length(in);

    if (have > whole) {
        return turn_down(conn, in, 400,
                         "more bytes than the request has: send one request "
                         "at a time");
    }
    return have < whole ? BEV_NEED_MORE : hand_over(conn, in, out);
}

static enum bufferevent_filter_result on_whole_head(struct vt_gate_conn *conn,
                                                    struct evbuffer *in,
                                                    struct evbuffer *out,
                                                    struct vt_view bytes)
{
    struct vt_gate *gate = conn->gate;
    struct vt_head_fault fault = {400, ""};
    struct vt_head head;

    if (vt_head_parse(bytes, &gate->args.rules, &head, &fault) != VT_OK) {
        return turn_down(conn, in, fault.status, fault.text);
    }
    if (gate->body_bytes + head.content_length >
        gate->args.rules.body_max_bytes * VT_GATE_BODIES) {
        return turn_down(conn, in, 503, "too many requests at a time");
    }
    if (write_canon(conn, &head) != VT_OK) {
        return turn_down(conn, in, 503, "no memory for a request");
    }
    conn->head_len = bytes.len;
    conn->body_len = head.content_length;
    gate->body_bytes += conn->body_len;
    conn->is_http10 = head.is_http10;
    conn->must_close = head.wants_close;
    conn->state = VT_CONN_BODY;
    vt_gate_timer(conn, gate->args.head_deadline_ns +
                            conn->body_len * 1000000000u / VT_GATE_BODY_RATE);
    if (head.wants_continue &&
        evbuffer_get_length(in) < conn->head_len + conn->body_len) {
        (void)bufferevent_write(conn->socket, "HTTP/1.1 100 Continue\r\n\r\n",
                                25);
        vt_gate_write(conn);
    }
    return on_body(conn, in, out);
}

static enum bufferevent_filter_result on_head(struct vt_gate_conn *conn,
                                              struct evbuffer *in,
                                              struct evbuffer *out)
{
    struct vt_head_fault fault = {400, ""};
    size_t have = evbuffer_get_length(in);
    size_t head_len = 0;
    const uint8_t *bytes;
    vt_status status;

    have = have > VT_HEAD_MAX + 1 ? VT_HEAD_MAX + 1 : have;
    bytes = evbuffer_pullup(in, (ev_ssize_t)have);
    if (bytes == NULL) {
        return turn_down(conn, in, 503, "no memory for a request");
    }
    status =
        vt_head_scan(&conn->scan, vt_view_of(bytes, have), &head_len, &fault);
    if (status == VT_OK) {
        return on_whole_head(conn, in, out, vt_view_of(bytes, head_len));
    }
    return status == VT_E_STATE ? BEV_NEED_MORE
                                : turn_down(conn, in, fault.status, fault.text);
}

enum bufferevent_filter_result vt_gate_on_input(
    struct evbuffer *in, struct evbuffer *out, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *ctx)
{
    struct vt_gate_conn *conn = ctx;

    (void)limit;
    (void)mode;
    if (evbuffer_get_length(in) == 0) {
        return BEV_NEED_MORE;
    }
    switch (conn->state) {
    case VT_CONN_IDLE:
        conn->state = VT_CONN_HEAD;
        memset(&conn->scan, 0, sizeof conn->scan);
        vt_gate_timer(conn, conn->gate->args.head_deadline_ns);
        return on_head(conn, in, out);
    case VT_CONN_HEAD:
        return on_head(conn, in, out);
    case VT_CONN_BODY:
        return on_body(conn, in, out);
    case VT_CONN_BUSY:
    case VT_CONN_FLUSH:
        /* who does not wait for an answer gets no second one */
        conn->must_close = 1;
        break;
    case VT_CONN_FULL:
    case VT_CONN_LINGER:
        break;
    }
    return throw_away(conn, in);
}
