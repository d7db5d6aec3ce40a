/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - libcurl, and what its failures mean to a person.
 */
#include "api/client.h"

#include "api/endpoint.h"
#include "api/sse.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <curl/curl.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 3000u
#define TOTAL_TIMEOUT_MS 10000u
#define ANSWER_MAX (UINT32_C(64) << 20)
#define REQUEST_MAX (UINT32_C(4) << 20)
#define REFUSAL_MAX                                                            \
    4096u /* bytes kept of an answer that is no event stream                   \
           */
#define URL_MAX 512u

struct vt_client {
    CURL *curl;
    struct vt_endpoint where;
    char endpoint[VT_ENDPOINT_MAX];
    uint32_t connect_timeout_ms, total_timeout_ms;
    size_t answer_max;
    uint64_t last_id;
    struct vt_json *answer; /* of the last refused call */
};

static CURLcode global_status;

static void init_curl(void)
{
    global_status = curl_global_init(CURL_GLOBAL_DEFAULT);
}

vt_status vt_client_new(const struct vt_client_args *args,
                        struct vt_client **out, struct vt_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct vt_endpoint where;
    struct vt_client *c;
    vt_status status = vt_endpoint_parse(args->endpoint, &where, err);

    if (status != VT_OK) {
        return status;
    }
    (void)pthread_once(&once, init_curl);
    c = vt_alloc(sizeof *c);
    if (c != NULL && global_status == CURLE_OK) {
        c->curl = curl_easy_init();
    }
    if (c == NULL || c->curl == NULL) {
        vt_free(c);
        return vt_err_set(err, VT_E_NOMEM, "no memory for a connection");
    }
    c->where = where;
    (void)snprintf(c->endpoint, sizeof c->endpoint, "%s", args->endpoint);
    c->connect_timeout_ms = args->connect_timeout_ms == 0
                                ? CONNECT_TIMEOUT_MS
                                : args->connect_timeout_ms;
    c->total_timeout_ms =
        args->total_timeout_ms == 0 ? TOTAL_TIMEOUT_MS : args->total_timeout_ms;
    c->answer_max =
        args->answer_max_bytes == 0 ? ANSWER_MAX : args->answer_max_bytes;
    *out = c;
    return VT_OK;
}

void vt_client_free(struct vt_client *c)
{
    if (c == NULL) {
        return;
    }
    curl_easy_cleanup(c->curl);
    vt_json_free(c->answer);
    vt_free(c);
}

const char *vt_client_endpoint(const struct vt_client *c)
{
    return c->endpoint;
}

const struct vt_json *vt_client_error(const struct vt_client *c)
{
    return vt_json_at(c->answer, "error");
}

/* What the operating system said about the attempt to connect. */
static const char *connect_cause(const struct vt_client *c)
{
    long why = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &why);
    switch (why) {
    case ECONNREFUSED:
        return "connection refused, nothing listens there";
    case ENOENT:
        return "no such socket";
    case EACCES:
        return "this user may not use that socket";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "no route to that host";
    case 0:
        return "cannot connect";
    default:
        return strerror((int)why);
    }
}

static const char *timeout_cause(const struct vt_client *c, char *text,
                                 size_t size)
{
    curl_off_t connected_us = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_CONNECT_TIME_T, &connected_us);
    if (connected_us == 0) {
        (void)snprintf(text, size, "no connection within %u ms",
                       c->connect_timeout_ms);
    } else {
        (void)snprintf(text, size,
                       "it did not answer in time, the node hangs or is busy");
    }
    return text;
}

static vt_status unreachable(const struct vt_client *c, CURLcode code,
                             struct vt_err *err)
{
    char text[80];
    const char *cause;

    switch (code) {
    case CURLE_COULDNT_CONNECT:
        cause = connect_cause(c);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        cause = "this host name is not known";
        break;
    case CURLE_OPERATION_TIMEDOUT:
        cause = timeout_cause(c, text, sizeof text);
        break;
    case CURLE_OUT_OF_MEMORY:
        return vt_err_set(err, VT_E_NOMEM, "no memory for a connection");
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        cause = "it closed the connection without an answer";
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return vt_err_set(err, VT_E_CORRUPT,
                          "%s does not speak HTTP: is it a node's API? See "
                          "[api] listen in its INI",
                          c->endpoint);
    default:
        cause = curl_easy_strerror(code);
        break;
    }
    return vt_err_set(err, VT_E_IO,
                      "cannot reach a node at %s: %s; start one with `vtchain "
                      "dev` or name another with --node",
                      c->endpoint, cause);
}

static void prepare(struct vt_client *c, const char *url)
{
    CURL *curl = c->curl;

    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "vtchain");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)c->connect_timeout_ms);
    if (c->where.socket[0] != '\0') {
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->where.socket);
    }
}

/* ---- calls --------------------------------------------------------------- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *ctx)
{
    return vt_buf_put(ctx, bytes, size * count) == VT_OK ? size * count : 0;
}

static vt_status make_request(struct vt_client *c, const char *method,
                              const struct vt_json *params, struct vt_buf *out)
{
    struct vt_json_maker m;
    struct vt_json *request = NULL;
    vt_status status;

    vt_json_begin(&m);
    vt_json_put_text(&m, "jsonrpc", "2.0");
    vt_json_put_u64(&m, "id", ++c->last_id);
    vt_json_put_text(&m, "method", method);
    if (params != NULL) {
        vt_json_put(&m, "params", params);
    }
    status = vt_json_end(&m, &request);
    if (status == VT_OK) {
        status = vt_json_print(request, 0, out);
    }
    vt_json_free(request);
    return status;
}

static vt_status post(struct vt_client *c, struct vt_buf *request,
                      uint32_t wait_ms, struct vt_buf *answer,
                      struct vt_err *err)
{
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json");
    char url[URL_MAX];
    CURLcode code;

    (void)snprintf(url, sizeof url, "%s/rpc", c->where.url);
    prepare(c, url);
    (void)curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS,
                           (long)c->total_timeout_ms + (long)wait_ms);
    (void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)request->len);
    (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, vt_buf_text(request));
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_answer);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, answer);
    code = curl_easy_perform(c->curl);
    curl_slist_free_all(headers);
    if (answer->failed == VT_E_LIMIT) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "%s answered more than %zu bytes: ask for less",
                          c->endpoint, answer->max);
    }
    if (answer->failed != VT_OK) {
        return vt_err_set(err, answer->failed, "no memory for an answer");
    }
    return code == CURLE_OK ? VT_OK : unreachable(c, code, err);
}

static vt_status not_rpc(const struct vt_client *c, const char *why,
                         struct vt_err *err)
{
    long http = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &http);
    return vt_err_set(err, VT_E_CORRUPT,
                      "%s answered HTTP %ld, but no JSON-RPC (%.60s): is it a "
                      "node's API? See [api] listen in its INI",
                      c->endpoint, http, why);
}

/* The node says no: keep its words. */
static vt_status refused(struct vt_client *c, struct vt_json *answer,
                         struct vt_err *err)
{
    const char *message =
        vt_json_text_or(answer, "error.message", "refused without a reason");

    c->answer = answer;
    return vt_err_set(err, VT_E_DENIED, "%s", message);
}

static vt_status read_answer(struct vt_client *c, struct vt_view bytes,
                             struct vt_json **out, struct vt_err *err)
{
    struct vt_json *answer = NULL;
    struct vt_err why = VT_ERR_INIT;
    vt_status status = vt_json_parse(bytes, c->answer_max, &answer, &why);

    if (status == VT_E_NOMEM) {
        return vt_err_set(err, status, "no memory for an answer");
    }
    if (status != VT_OK) {
        return not_rpc(c, why.text, err);
    }
    if (vt_json_is_object(vt_json_at(answer, "error"))) {
        return refused(c, answer, err);
    }
    if (vt_json_at(answer, "result") == NULL ||
        vt_json_u64_or(answer, "id", 0) != c->last_id) {
        vt_json_free(answer);
        return not_rpc(c, "neither a result nor an error for this call", err);
    }
    *out = vt_json_hold(vt_json_at(answer, "result"));
    vt_json_free(answer);
    return VT_OK;
}

vt_status vt_client_call(struct vt_client *c, const char *method,
                         const struct vt_json *params, uint32_t wait_ms,
                         struct vt_json **out, struct vt_err *err)
{
    struct vt_buf request = VT_BUF_INIT(REQUEST_MAX);
    struct vt_buf answer;
    vt_status status = make_request(c, method, params, &request);

    vt_buf_init(&answer, c->answer_max);
    vt_json_free(c->answer);
    c->answer = NULL;
    if (status != VT_OK) {
        status = vt_err_set(err, status, "%s: cannot make the request: %s",
                            method, vt_status_text(status));
    } else {
        status = post(c, &request, wait_ms, &answer, err);
    }
    if (status == VT_OK) {
        status = read_answer(c, vt_buf_view(&answer), out, err);
    }
    vt_buf_fini(&request);
    vt_buf_fini(&answer);
    return status;
}

static vt_status make_batch(const char *method, struct vt_json *const *params,
                            size_t count, struct vt_buf *out)
{
    struct vt_json_maker m;
    struct vt_json *request = NULL;
    vt_status status;

    vt_json_begin_array(&m);
    for (size_t i = 0; i < count; i++) {
        vt_json_open_object(&m, NULL);
        vt_json_put_text(&m, "jsonrpc", "2.0");
        vt_json_put_u64(&m, "id", i);
        vt_json_put_text(&m, "method", method);
        vt_json_put(&m, "params", params[i]);
        vt_json_close(&m);
    }
    status = vt_json_end(&m, &request);
    if (status == VT_OK) {
        status = vt_json_print(request, 0, out);
    }
    vt_json_free(request);
    return status;
}

vt_status vt_client_batch(struct vt_client *c, const char *method,
                          struct vt_json *const *params, size_t count,
                          struct vt_json **out, struct vt_err *err)
{
    struct vt_buf request = VT_BUF_INIT(REQUEST_MAX);
    struct vt_buf answer;
    struct vt_err why = VT_ERR_INIT;
    vt_status status = make_batch(method, params, count, &request);

    vt_buf_init(&answer, c->answer_max);
    status = status != VT_OK
                 ? vt_err_set(err, status, "%s: cannot make the request: %s",
                              method, vt_status_text(status))
                 : post(c, &request, 0, &answer, err);
    if (status == VT_OK) {
        status = vt_json_parse(vt_buf_view(&answer), c->answer_max, out, &why);
        if (status != VT_OK) {
            status = not_rpc(c, why.text, err);
        } else if (!vt_json_is_array(*out)) {
            vt_json_free(*out);
            status = not_rpc(c, "a batch was asked for", err);
        }
    }
    vt_buf_fini(&request);
    vt_buf_fini(&answer);
    return status;
}

vt_status vt_client_get(struct vt_client *c, const char *path,
                        struct vt_buf *out, struct vt_err *err)
{
    char url[URL_MAX];
    long http = 0;
    CURLcode code;

    (void)snprintf(url, sizeof url, "%s%s", c->where.url, path);
    prepare(c, url);
    (void)curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS,
                           (long)c->total_timeout_ms);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_answer);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, out);
    code = curl_easy_perform(c->curl);
    if (code != CURLE_OK) {
        return unreachable(c, code, err);
    }
    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &http);
    return http == 200 ? VT_OK
                       : vt_err_set(err, VT_E_CORRUPT, "%s%s answered HTTP %ld",
                                    c->endpoint, path, http);
}

/* ---- events -------------------------------------------------------------- */

struct stream {
    struct vt_client *client;
    struct vt_sse sse;
    vt_client_event_fn fn;
    void *ctx;
    const _Atomic int *stop;
    struct vt_buf refusal; /* body of an answer that is not HTTP 200 */
    vt_status failed;
    struct vt_err *err;
};

static int on_event(void *ctx, const char *name, const char *id,
                    struct vt_view data)
{
    struct stream *s = ctx;
    struct vt_json *json = NULL;
    int stop;

    s->failed = vt_json_parse(data, VT_SSE_LINE_MAX, &json, s->err);
    if (s->failed != VT_OK) {
        (void)vt_err_wrap(s->err, "%s: event '%s'", s->client->endpoint, name);
        s->failed = s->failed == VT_E_NOMEM ? VT_E_NOMEM : VT_E_CORRUPT;
        return 1;
    }
    stop = s->fn(s->ctx, name, id, json);
    vt_json_free(json);
    return stop;
}

static size_t on_stream(char *bytes, size_t size, size_t count, void *ctx)
{
    struct stream *s = ctx;
    struct vt_view view = vt_view_of(bytes, size * count);
    long http = 0;

    (void)curl_easy_getinfo(s->client->curl, CURLINFO_RESPONSE_CODE, &http);
    if (http != 200) {
        return vt_buf_put(&s->refusal, bytes, view.len) == VT_OK ? view.len : 0;
    }
    if (s->failed == VT_OK) {
        vt_status status = vt_sse_feed(&s->sse, view);

        if (status != VT_OK) {
            s->failed = vt_err_set(s->err, status, "%s: an event is too large",
                                   s->client->endpoint);
        }
    }
    return s->failed == VT_OK && !s->sse.stopped ? view.len : 0;
}

static int on_progress(void *ctx, curl_off_t down_total, curl_off_t down,
                       curl_off_t up_total, curl_off_t up)
{
    const struct stream *s = ctx;

    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return s->stop != NULL && *s->stop != 0;
}

static vt_status make_url(const struct vt_client *c, const char *chain,
                          const char *types, char url[URL_MAX],
                          struct vt_err *err)
{
    char *name = curl_easy_escape(c->curl, chain, 0);
    char *kinds = curl_easy_escape(c->curl, types == NULL ? "" : types, 0);
    int len = -1;

    if (name != NULL && kinds != NULL) {
        len = snprintf(url, URL_MAX, "%s/events?chain=%s%s%s", c->where.url,
                       name, kinds[0] == '\0' ? "" : "&types=", kinds);
    }
    curl_free(name);
    curl_free(kinds);
    return len > 0 && (size_t)len < URL_MAX
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID,
                            "chain '%.40s': name is too long", chain);
}

static vt_status end_of_stream(struct stream *s, CURLcode code)
{
    const struct vt_client *c = s->client;
    long http = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &http);
    if (s->failed != VT_OK) {
        return s->failed;
    }
    if (s->sse.stopped || code == CURLE_ABORTED_BY_CALLBACK) {
        return VT_OK;
    }
    if (http != 0 && http != 200) {
        return vt_err_set(s->err, http == 404 ? VT_E_NOTFOUND : VT_E_CORRUPT,
                          "%s answered HTTP %ld to /events: %.100s",
                          c->endpoint, http, vt_buf_text(&s->refusal));
    }
    if (http == 200) {
        return vt_err_set(s->err, VT_E_IO,
                          "%s closed the stream of events; call again to go on "
                          "from now",
                          c->endpoint);
    }
    return unreachable(c, code, s->err);
}

vt_status vt_client_events(struct vt_client *c, const char *chain,
                           const char *types, vt_client_event_fn fn, void *ctx,
                           const _Atomic int *stop, struct vt_err *err)
{
    struct stream s = {.client = c,
                       .fn = fn,
                       .ctx = ctx,
                       .stop = stop,
                       .failed = VT_OK,
                       .err = err};
    char url[URL_MAX];
    vt_status status = make_url(c, chain, types, url, err);

    if (status != VT_OK) {
        return status;
    }
    vt_sse_init(&s.sse, on_event, &s);
    vt_buf_init(&s.refusal, REFUSAL_MAX);
    prepare(c, url);
    (void)curl_easy_setopt(c->curl, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_stream);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &s);
    (void)curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, &s);
    status = end_of_stream(&s, curl_easy_perform(c->curl));
    vt_sse_fini(&s.sse);
    vt_buf_fini(&s.refusal);
    return status;
}
