/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc.c - JSON-RPC 2.0: a request is one call or a batch of them; each is
 * answered when its answer is there, the request when all are. Reading it is
 * in rpc_read.c.
 */
#include "api/inside.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "plugin/host.h"

#include <event2/event.h>

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MAX 512u
#define SHORT_ANSWER_MAX 4096u

/* ---- the answer to a request --------------------------------------------- */

void vt_batch_finish(struct vt_batch *batch)
{
    struct vt_api *api = batch->api;

    if (batch->is_reading || !vt_list_empty(&batch->calls)) {
        return;
    }
    vt_list_remove(&batch->list);
    api->held_bytes -= batch->out.len;
    if (batch->out.len == 0) { /* notifications only */
        vt_http_answer(batch->http, 204, "", &batch->out);
    } else {
        if (batch->is_array) {
            (void)vt_buf_put_u8(&batch->out, ']');
        }
        (void)vt_buf_put_u8(&batch->out, '\n');
        vt_http_answer(batch->http, 200, "application/json", &batch->out);
    }
    vt_free(batch);
}

static void batch_append(struct vt_batch *batch, struct vt_view answer)
{
    if (batch->is_array) {
        (void)vt_buf_put_u8(&batch->out, batch->out.len == 0 ? '[' : ',');
    }
    (void)vt_buf_put(&batch->out, answer.ptr, answer.len);
}

/* May an answer of that size be kept until its request is complete? */
static int has_room(const struct vt_batch *batch, size_t len)
{
    const struct vt_api *api = batch->api;

    if (batch->out.len + len + 8 > VT_API_ANSWER_MAX) {
        return 0;
    }
    return len <= SHORT_ANSWER_MAX ||
           api->held_bytes + vt_http_backlogs(api->http) + len <=
               VT_HTTP_BACKLOGS_MAX;
}

/* ---- calls --------------------------------------------------------------- */

static void call_free(struct vt_call *call)
{
    vt_list_remove(&call->list);
    vt_heap_remove(&call->api->deadlines, &call->deadline);
    if (call->hop != NULL) {
        vt_hop_forget(call->hop);
    }
    vt_json_free(call->id);
    vt_free(call);
}

static void put_head(const struct vt_call *call, struct vt_json_maker *m)
{
    vt_json_begin(m);
    vt_json_put_text(m, "jsonrpc", "2.0");
    if (call->id == NULL) {
        vt_json_put_null(m, "id");
    } else {
        vt_json_put(m, "id", call->id);
    }
}

void vt_call_begin(struct vt_call *call, struct vt_json_maker *m)
{
    put_head(call, m);
}

void vt_call_begin_fail(struct vt_call *call, struct vt_json_maker *m,
                        enum vt_rpc_code code, const char *message)
{
    put_head(call, m);
    vt_json_open_object(m, "error");
    vt_json_put_i64(m, "code", code);
    vt_json_put_text(m, "message", message);
    vt_json_open_object(m, "data");
    vt_metric_add(call->api->metric_errors, 1);
}

/* A notification is never answered, not even with an error. */
static int is_silent(const struct vt_call *call)
{
    return call->id == NULL;
}

/* Prints json and makes it the answer. Returns VT_OK, else nothing was done. */
static vt_status deliver(struct vt_call *call, const struct vt_json *json)
{
    struct vt_batch *batch = call->batch;
    struct vt_buf text = VT_BUF_INIT(VT_API_ANSWER_MAX);
    vt_status status = vt_json_print(json, 0, &text);

    if (status == VT_OK && !has_room(batch, text.len)) {
        status = VT_E_LIMIT;
    }
    if (status == VT_OK) {
        batch->api->held_bytes -= batch->out.len;
        batch_append(batch, vt_buf_view(&text));
        batch->api->held_bytes += batch->out.len;
    }
    vt_buf_fini(&text);
    return status;
}

/* Fits always: a few are kept free for it. */
static void deliver_trouble(struct vt_call *call, vt_status status)
{
    struct vt_json_maker m;
    struct vt_json *json = NULL;

    put_head(call, &m);
    vt_json_open_object(&m, "error");
    vt_json_put_i64(&m, "code",
                    status == VT_E_LIMIT ? VT_RPC_BUSY : VT_RPC_INTERNAL);
    vt_json_put_text(&m, "message",
                     status == VT_E_LIMIT
                         ? "the answer is too large, or too many large ones "
                           "wait for their clients: ask for less"
                         : "the answer cannot be made");
    vt_json_close(&m);
    if (vt_json_end(&m, &json) == VT_OK) {
        (void)deliver(call, json);
        vt_json_free(json);
    }
}

void vt_call_end(struct vt_call *call, struct vt_json_maker *m)
{
    struct vt_batch *batch = call->batch;
    struct vt_json *json = NULL;
    vt_status status = vt_json_end(m, &json);

    if (!is_silent(call)) {
        if (status == VT_OK) {
            status = deliver(call, json);
        }
        if (status != VT_OK) {
            deliver_trouble(call, status);
        }
    }
    vt_json_free(json);
    call_free(call);
    vt_batch_finish(batch);
}

void vt_call_end_fail(struct vt_call *call, struct vt_json_maker *m)
{
    vt_json_close(m);
    vt_json_close(m);
    vt_call_end(call, m);
}

void vt_call_fail(struct vt_call *call, enum vt_rpc_code code, const char *fmt,
                  ...)
{
    struct vt_json_maker m;
    char message[MESSAGE_MAX];
    va_list list;

    va_start(list, fmt);
    (void)vsnprintf(message, sizeof message, fmt, list);
    va_end(list);
    vt_call_begin_fail(call, &m, code, message);
    vt_call_end_fail(call, &m);
}

/* ---- waiting for a chain ------------------------------------------------- */

static void set_clock(struct vt_api *api)
{
    const struct vt_heap_item *top = vt_heap_top(&api->deadlines);
    uint64_t now = vt_clock_mono_ns();
    uint64_t left = top == NULL || top->at <= now ? 0 : top->at - now;
    struct timeval tv = {(time_t)(left / 1000000000u),
                         (suseconds_t)(left % 1000000000u / 1000u)};

    if (top != NULL) {
        (void)event_add(api->deadline, &tv);
    }
}

void vt_call_send(struct vt_call *call, struct vt_hop *hop,
                  struct vt_api_chain *chain, uint32_t timeout_ms)
{
    struct vt_api *api = call->api;
    uint64_t at = vt_clock_mono_ns() + (uint64_t)timeout_ms * 1000000;
    int is_first;

    hop->chain = chain;
    hop->call = call;
    hop->is_call = 1;
    if (vt_heap_put(&api->deadlines, &call->deadline, at) != VT_OK ||
        vt_hop_send(hop) != VT_OK) {
        hop->free(hop);
        vt_call_fail(call, VT_RPC_BUSY,
                     "this node is busy: too many questions to chain %s are "
                     "under way",
                     chain->name);
        return;
    }
    call->hop = hop;
    is_first = vt_heap_top(&api->deadlines) == &call->deadline;
    if (is_first) {
        set_clock(api);
    }
}

static void time_over(struct vt_call *call)
{
    const char *stage = "sent";
    const char *wanted = "final";
    int is_received = vt_call_is_received(call, &stage, &wanted);
    char why[64];
    struct vt_json_maker m;

    if (!call->has_stages) {
        vt_call_fail(call, VT_RPC_TIME_OVER,
                     "chain %s does not answer, it hangs or is busy",
                     call->hop->chain->name);
        return;
    }
    (void)snprintf(why, sizeof why, "not %s in time",
                   is_received ? wanted : "taken");
    vt_call_begin_fail(call, &m, VT_RPC_TIME_OVER, why);
    vt_json_put_text(&m, "stage", is_received ? stage : "sent");
    vt_call_end_fail(call, &m);
}

void vt_rpc_on_clock(struct vt_api *api)
{
    uint64_t now = vt_clock_mono_ns();
    struct vt_heap_item *top;

    while ((top = vt_heap_top(&api->deadlines)) != NULL && top->at <= now) {
        time_over(VT_CONTAINER(top, struct vt_call, deadline));
    }
    set_clock(api);
}

void vt_rpc_stop(struct vt_api *api)
{
    while (!vt_list_empty(&api->batches)) {
        struct vt_batch *batch =
            VT_CONTAINER(api->batches.next, struct vt_batch, list);

        vt_call_fail(VT_CONTAINER(batch->calls.next, struct vt_call, list),
                     VT_RPC_BUSY, "the node is stopping");
    }
}
