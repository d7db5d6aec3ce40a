/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - the only door to evhttp: calls that come in, answers and streams
 * that go out. Private to core/api; thread: loop.
 */
#ifndef VT_API_HTTP_H
#define VT_API_HTTP_H

#include "api/gate.h"
#include "base/buf.h"

struct vt_http;
/* One request, until it is answered. */
struct vt_http_call;

/* Answers that wait for their clients, all together; beyond it the long ones
 * are replaced by 503. */
#define VT_HTTP_BACKLOGS_MAX 67108864u
#define VT_HTTP_SHORT_MAX 65536u

struct vt_http_args {
    struct event_base *base;
    const char *listen; /* see listen.h */
    int may_expose;
    uint64_t body_max_bytes, head_deadline_ns;
    uint32_t clients_max;
    uint32_t stall_ms; /* a client takes nothing, 0: VT_GATE_STALL_MS */
    /* Takes the call over: answer it now or later, exactly once. */
    void (*on_call)(void *ctx, struct vt_http_call *call);
    void *ctx;
};

/* Listens; calls come once the loop runs. Returns VT_OK, or what vt_listen_open
 * does, VT_E_NOMEM. */
vt_status vt_http_new(const struct vt_http_args *args, struct vt_http **out,
                      struct vt_err *err);
/* Closes all connections; calls that are open are gone. NULL is fine. */
void vt_http_free(struct vt_http *http);
const char *vt_http_endpoint(const struct vt_http *http);
size_t vt_http_backlogs(const struct vt_http *http);

enum vt_http_method vt_http_method(const struct vt_http_call *call);
/* Path as it came, without the query. Valid until the answer. */
struct vt_view vt_http_path(const struct vt_http_call *call);
/* Parameter `index` of the query, decoded, into key and value of size bytes
 * each. Returns VT_OK, VT_E_NOTFOUND behind the last one, VT_E_INVALID when it
 * is not of the form key=value or too long. */
vt_status vt_http_query(const struct vt_http_call *call, size_t index,
                        char *key, char *value, size_t size);
struct vt_view vt_http_body(struct vt_http_call *call);
/* The Last-Event-ID; 1 when there is one. */
int vt_http_last_event(const struct vt_http_call *call, uint64_t *out_id);

/* fn when the client goes away before the answer, which must still be given.
 */
void vt_http_on_gone(struct vt_http_call *call, void (*fn)(void *ctx),
                     void *ctx);
/* Answers and ends the call; body is emptied. */
void vt_http_answer(struct vt_http_call *call, int status, const char *type,
                    struct vt_buf *body);
/* The same with a line of text. */
void vt_http_answer_text(struct vt_http_call *call, int status,
                         const char *text);

/* Starts an answer without end. Returns VT_OK; VT_E_UNSUPPORTED when the client
 * speaks HTTP/1.0, the call is still to be answered then. */
vt_status vt_http_stream(struct vt_http_call *call, const char *type,
                         void (*on_drained)(void *ctx), void *ctx);
vt_status vt_http_put(struct vt_http_call *call, struct vt_view bytes);
size_t vt_http_backlog(const struct vt_http_call *call);
/* Ends the stream and the call. */
void vt_http_end(struct vt_http_call *call);

#endif
