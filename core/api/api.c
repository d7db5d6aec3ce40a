/* SPDX-License-Identifier: Apache-2.0
 *
 * api.c - the API's life, and which path goes where.
 */
#include "api/api.h"

#include "api/inside.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "plugin/host.h"

#include <event2/event.h>

#include <stdio.h>

/* ---- paths --------------------------------------------------------------- */

static void on_rpc(struct vt_api *api, struct vt_http_call *http)
{
    vt_rpc_on_call(api, http);
}

static void on_events(struct vt_api *api, struct vt_http_call *http)
{
    vt_events_on_call(api->events, http);
}

static void on_index(struct vt_api *api, struct vt_http_call *http)
{
    (void)api;
    vt_page_index(http, 200);
}

static const struct {
    const char *path;
    enum vt_http_method method;
    void (*fn)(struct vt_api *api, struct vt_http_call *http);
} paths[] = {{"/rpc", VT_HTTP_POST, on_rpc},
             {"/events", VT_HTTP_GET, on_events},
             {"/metrics", VT_HTTP_GET, vt_page_metrics},
             {"/health", VT_HTTP_GET, vt_page_health},
             {"/ready", VT_HTTP_GET, vt_page_ready},
             {"/", VT_HTTP_GET, on_index}};

static void on_call(void *ctx, struct vt_http_call *http)
{
    struct vt_view path = vt_http_path(http);
    enum vt_http_method method = vt_http_method(http);
    struct vt_buf nothing = VT_BUF_INIT(0);

    if (method == VT_HTTP_OPTIONS) {
        vt_http_answer(http, 204, "", &nothing);
        return;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (!vt_view_eq(path, vt_view_str(paths[i].path))) {
            continue;
        }
        if (method == paths[i].method) {
            paths[i].fn(ctx, http);
        } else {
            vt_http_answer_text(http, 405,
                                paths[i].method == VT_HTTP_POST
                                    ? "this path is for POST"
                                    : "this path is for GET");
        }
        return;
    }
    vt_page_index(http, 404);
}

/* ---- clocks -------------------------------------------------------------- */

static void on_clock(evutil_socket_t fd, short what, void *ctx)
{
    struct vt_api *api = ctx;

    (void)fd;
    (void)what;
    vt_hops_drain(api);
    vt_api_refresh(api);
    vt_events_on_clock(api->events);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    vt_rpc_on_clock(ctx);
}

/* ---- life ---------------------------------------------------------------- */

static vt_status make_parts(struct vt_api *api)
{
    struct event_base *base = vt_loop_base(api->args.loop);

    api->clock = event_new(base, -1, EV_PERSIST, on_clock, api);
    api->deadline = evtimer_new(base, on_deadline, api);
    if (api->clock == NULL || api->deadline == NULL) {
        return VT_E_NOMEM;
    }
    return vt_events_new(api, &api->events);
}

vt_status vt_api_new(const struct vt_api_args *args, struct vt_api **out,
                     struct vt_err *err)
{
    struct vt_api *api = vt_alloc(sizeof *api);

    if (api == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the API");
    }
    api->args = *args;
    api->started_ns = vt_clock_mono_ns();
    api->started_ms = vt_clock_wall_ms();
    vt_list_init(&api->batches);
    vt_list_init(&api->returned);
    vt_heap_init(&api->deadlines, VT_API_HOPS_MAX);
    (void)pthread_mutex_init(&api->lock, NULL);
    vt_rpc_metrics(api);
    if (make_parts(api) != VT_OK) {
        vt_api_free(api);
        return vt_err_set(err, VT_E_NOMEM, "no memory for the API");
    }
    *out = api;
    return VT_OK;
}

void vt_api_on_event(struct vt_api *api, const struct vt_chain_event *event)
{
    uint32_t count = atomic_load(&api->chain_count);

    for (uint32_t i = 0; i < count; i++) {
        struct vt_api_chain *chain = api->chains[i];

        if (chain->chain == event->chain &&
            (event->type == VT_CHAIN_FINAL || event->type == VT_CHAIN_HALTED)) {
            /* looked first: who is told that a block is final finds it in the
             * answer to the next question */
            vt_api_look(chain, event);
            vt_api_waiters_on_event(chain, event);
            vt_events_on_event(api->events, chain, event);
        } else if (chain->chain == event->chain &&
                   event->type == VT_CHAIN_STAGE) {
            vt_api_waiters_on_event(chain, event);
        }
    }
}

vt_status vt_api_start(struct vt_api *api, struct vt_err *err)
{
    const struct vt_node_config *config = api->args.config;
    struct vt_http_args http = {.base = vt_loop_base(api->args.loop),
                                .listen = config->api_listen,
                                .may_expose = config->api_expose != 0,
                                .body_max_bytes = config->api_body_max_bytes,
                                .head_deadline_ns = config->api_deadline_ns,
                                .clients_max = config->api_clients_max,
                                .on_call = on_call,
                                .ctx = api};
    struct timeval every = {VT_API_REFRESH_MS / 1000, 0};
    vt_status status;

    if (config->api_listen[0] == '\0') {
        return VT_OK;
    }
    status = vt_http_new(&http, &api->http, err);
    if (status != VT_OK) {
        return status;
    }
    if (event_add(api->clock, &every) != 0) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the API");
    }
    vt_api_refresh(api);
    vt_log("api", VT_LOG_INFO, "listening on %s%s", vt_http_endpoint(api->http),
           http.may_expose ? " for everybody who can reach it" : "");
    return VT_OK;
}

const char *vt_api_endpoint(const struct vt_api *api)
{
    return api->http == NULL ? "" : vt_http_endpoint(api->http);
}

/* Submitters that are still waiting come back now, or never. */
static void close_waiters(struct vt_api_chain *chain)
{
    (void)pthread_mutex_lock(&chain->lock);
    chain->is_closed = 1;
    (void)pthread_mutex_unlock(&chain->lock);
}

void vt_api_stop(struct vt_api *api)
{
    uint32_t count = atomic_load(&api->chain_count);

    for (uint32_t i = 0; i < count; i++) {
        close_waiters(api->chains[i]);
    }
    api->is_stopping = 1;
    vt_rpc_stop(api);
    vt_events_stop(api->events);
    (void)event_del(api->clock);
    (void)event_del(api->deadline);
    vt_http_free(api->http);
    api->http = NULL;
}

void vt_api_free(struct vt_api *api)
{
    if (api == NULL) {
        return;
    }
    api->is_stopping = 1;
    vt_http_free(api->http);
    vt_hops_drain(api);
    vt_events_free(api->events);
    if (api->clock != NULL) {
        event_free(api->clock);
    }
    if (api->deadline != NULL) {
        event_free(api->deadline);
    }
    for (uint32_t i = 0; i < VT_CHAINS_MAX; i++) {
        vt_api_chain_free(api->chains[i]);
    }
    vt_heap_fini(&api->deadlines);
    (void)pthread_mutex_destroy(&api->lock);
    vt_free(api);
}
