/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_read.c - the methods there are, and a request from its bytes to the
 * functions of its calls.
 */
#include "api/inside.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "plugin/host.h"

#include <stdio.h>

static const struct vt_method methods[] = {
    {"node.status", vt_rpc_node_status, {NULL}, {NULL}},
    {"peer.list", vt_rpc_peer_list, {NULL}, {NULL}},
    {"chain.list", vt_rpc_chain_list, {NULL}, {NULL}},
    {"chain.status", vt_rpc_chain_status, {&vt_param_chain}, {NULL}},
    {"chain.epochs", vt_rpc_chain_epochs, {&vt_param_chain}, {NULL}},
    {"chain.borders",
     vt_rpc_chain_borders,
     {&vt_param_chain},
     {&vt_param_first, &vt_param_count}},
    {"chain.offences", vt_rpc_chain_offences, {&vt_param_chain}, {NULL}},
    {"stake.get",
     vt_rpc_stake_get,
     {&vt_param_chain, &vt_param_address},
     {NULL}},
    {"stake.candidates", vt_rpc_stake_candidates, {&vt_param_chain}, {NULL}},
    {"chain.evidence", vt_rpc_chain_evidence, {&vt_param_chain}, {NULL}},
    {"block.get",
     vt_rpc_block_get,
     {&vt_param_chain},
     {&vt_param_height, &vt_param_id, &vt_param_txs, &vt_param_first,
      &vt_param_count}},
    {"tx.submit",
     vt_rpc_tx_submit,
     {&vt_param_chain, &vt_param_raw},
     {&vt_param_wait, &vt_param_timeout, &vt_param_proof}},
    {"tx.get", vt_rpc_tx_get, {&vt_param_chain, &vt_param_id}, {NULL}},
    {"tx.proof", vt_rpc_tx_proof, {&vt_param_chain, &vt_param_id}, {NULL}},
    {"account.get",
     vt_rpc_account_get,
     {&vt_param_chain, &vt_param_address},
     {&vt_param_proof}},
    {"balance.get",
     vt_rpc_balance_get,
     {&vt_param_chain, &vt_param_address, &vt_param_asset},
     {&vt_param_proof}},
    {"asset.get", vt_rpc_asset_get, {&vt_param_chain, &vt_param_asset}, {NULL}},
};
#define METHOD_COUNT (sizeof methods / sizeof methods[0])
_Static_assert(METHOD_COUNT <= VT_API_METHODS_MAX, "a counter for each");

void vt_rpc_metrics(struct vt_api *api)
{
    char labels[64];

    for (size_t i = 0; i < METHOD_COUNT; i++) {
        (void)snprintf(labels, sizeof labels, "method=\"%s\"", methods[i].name);
        api->metric_calls[i] =
            vt_metric_counter("api_calls_total", labels, "Calls of JSON-RPC.");
    }
    api->metric_errors = vt_metric_counter(
        "api_errors_total", NULL, "Calls that were answered with an error.");
}

static struct vt_call *call_new(struct vt_batch *batch,
                                const struct vt_json *id)
{
    struct vt_call *call = vt_alloc(sizeof *call);

    if (call != NULL) {
        call->batch = batch;
        call->api = batch->api;
        call->id = vt_json_hold(id);
        vt_list_append(&batch->calls, &call->list);
    }
    return call;
}

static const struct vt_method *find_method(const char *name, size_t *out_index)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            *out_index = i;
            return &methods[i];
        }
    }
    return NULL;
}

/* Text, whole number or null, and short: it is kept until the answer. */
static int is_good_id(const struct vt_json *id)
{
    const char *text = NULL;
    int64_t number = 0;

    if (vt_json_get_text(id, "", &text, NULL) == VT_OK) {
        return strlen(text) <= VT_API_ID_MAX;
    }
    return vt_json_is_null(id) ||
           vt_json_get_i64(id, "", &number, NULL) == VT_OK;
}

static const char *bad_request(const struct vt_json *request)
{
    const char *text = NULL;

    if (!vt_json_is_object(request)) {
        return "a request is an object";
    }
    if (strcmp(vt_json_text_or(request, "jsonrpc", ""), "2.0") != 0) {
        return "'jsonrpc' must be \"2.0\"";
    }
    if (!is_good_id(vt_json_at(request, "id"))) {
        return "'id' must be a text of at most 128 bytes, a whole number or "
               "null";
    }
    if (vt_json_get_text(request, "method", &text, NULL) != VT_OK) {
        return "'method' must be a text";
    }
    return NULL;
}

static void run_call(struct vt_call *call, const struct vt_json *request)
{
    const char *name = vt_json_text_or(request, "method", "");
    size_t index = 0;
    const struct vt_method *method = find_method(name, &index);
    struct vt_args args;

    if (method == NULL) {
        vt_call_fail(call, VT_RPC_METHOD, "there is no method '%.60s'", name);
        return;
    }
    vt_metric_add(call->api->metric_calls[index], 1);
    memset(&args, 0, sizeof args);
    vt_buf_init(&args.raw, VT_TX_MAX);
    if (vt_params_read(call, method, vt_json_at(request, "params"), &args) ==
        VT_OK) {
        method->fn(call, &args);
    }
    vt_buf_fini(&args.raw);
}

/* A broken request is answered with id null, as nobody knows its own. */
static void answer_broken(struct vt_batch *batch, enum vt_rpc_code code,
                          const char *why)
{
    struct vt_json_maker m;
    struct vt_json *null_id = NULL;
    struct vt_call *call;

    vt_json_begin_array(&m);
    vt_json_put_null(&m, NULL);
    if (vt_json_end(&m, &null_id) != VT_OK) {
        return;
    }
    call = call_new(batch, vt_json_item(null_id, 0));
    vt_json_free(null_id);
    if (call != NULL) {
        vt_call_fail(call, code, "%s", why);
    }
}

static void read_request(struct vt_batch *batch, const struct vt_json *request)
{
    const char *why = bad_request(request);
    struct vt_call *call;

    if (why != NULL) {
        answer_broken(batch, VT_RPC_REQUEST, why);
        return;
    }
    call = call_new(batch, vt_json_at(request, "id"));
    if (call != NULL) {
        run_call(call, request);
    }
}

static void read_requests(struct vt_batch *batch, const struct vt_json *body)
{
    size_t count = vt_json_count(body);

    if (!vt_json_is_array(body)) {
        read_request(batch, body);
        return;
    }
    if (count == 0 || count > VT_API_BATCH_MAX) {
        answer_broken(batch, VT_RPC_REQUEST,
                      count == 0 ? "an empty batch"
                                 : "a batch has at most 64 requests");
        return;
    }
    batch->is_array = 1;
    for (size_t i = 0; i < count; i++) {
        read_request(batch, vt_json_item(body, i));
    }
}

/* Values take much more room parsed than written. */
static int has_too_many_values(struct vt_view text)
{
    size_t count = 0;
    int in_text = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (in_text) {
            i += c == '\\';
            in_text = c != '"';
        } else {
            in_text = c == '"';
            count += c == ',' || c == '[' || c == '{' || c == ':';
        }
    }
    return count > VT_API_VALUES_MAX;
}

static void read_body(struct vt_batch *batch)
{
    struct vt_view text = vt_http_body(batch->http);
    struct vt_json *body = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (has_too_many_values(text)) {
        answer_broken(batch, VT_RPC_REQUEST, "more than 8192 JSON values");
    } else if (vt_json_parse(text, text.len, &body, &err) != VT_OK) {
        answer_broken(batch, VT_RPC_PARSE, err.text);
    } else {
        read_requests(batch, body);
    }
    vt_json_free(body);
}

static void on_gone(void *ctx)
{
    struct vt_batch *batch = ctx;

    batch->is_reading = 1; /* keep it until the last call is gone */
    while (!vt_list_empty(&batch->calls)) {
        struct vt_call *call =
            VT_CONTAINER(batch->calls.next, struct vt_call, list);

        vt_call_fail(call, VT_RPC_INTERNAL, "the client is gone");
    }
    batch->is_reading = 0;
    vt_batch_finish(batch);
}

void vt_rpc_on_call(struct vt_api *api, struct vt_http_call *http)
{
    struct vt_batch *batch = vt_alloc(sizeof *batch);

    if (batch == NULL) {
        vt_http_answer_text(http, 503, "no memory for a request");
        return;
    }
    batch->api = api;
    batch->http = http;
    batch->is_reading = 1;
    vt_list_init(&batch->calls);
    vt_buf_init(&batch->out, VT_API_ANSWER_MAX);
    vt_list_append(&api->batches, &batch->list);
    vt_http_on_gone(http, on_gone, batch);
    read_body(batch);
    batch->is_reading = 0;
    vt_batch_finish(batch);
}
