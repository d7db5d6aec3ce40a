/* SPDX-License-Identifier: Apache-2.0
 *
 * params.c - parameters of methods, by name: read once for all methods, with
 * an error that names the parameter and what it may be.
 */
#include "api/inside.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>

#define LIST_MAX 256u
#define DEFAULT_WAIT_MS 10000u

static vt_status wrong(const char *name, const char *why, struct vt_err *err)
{
    return vt_err_set(err, VT_E_INVALID, "'%s' %s", name, why);
}

/* The chain is found later: not there is another error than not a text. */
static vt_status read_chain(const struct vt_json *params, const char *name,
                            struct vt_args *out, struct vt_err *err)
{
    const char *text = NULL;

    (void)out;
    return vt_json_get_text(params, name, &text, err);
}

static vt_status read_height(const struct vt_json *params, const char *name,
                             struct vt_args *out, struct vt_err *err)
{
    out->has_height = 1;
    return vt_json_get_u64(params, name, &out->height, err);
}

static vt_status read_id(const struct vt_json *params, const char *name,
                         struct vt_args *out, struct vt_err *err)
{
    out->has_id = 1;
    return vt_json_get_hash(params, name, &out->id, err);
}

static vt_status read_txs(const struct vt_json *params, const char *name,
                          struct vt_args *out, struct vt_err *err)
{
    return vt_json_get_bool(params, name, &out->wants_txs, err);
}

static vt_status read_first(const struct vt_json *params, const char *name,
                            struct vt_args *out, struct vt_err *err)
{
    return vt_json_get_u64(params, name, &out->first, err);
}

static vt_status read_count(const struct vt_json *params, const char *name,
                            struct vt_args *out, struct vt_err *err)
{
    vt_status status = vt_json_get_u64(params, name, &out->count, err);

    if (status == VT_OK && out->count > VT_API_IDS_MAX) {
        status = wrong(name, "is above 10000", err);
    }
    out->has_count = 1;
    return status;
}

static vt_status read_raw(const struct vt_json *params, const char *name,
                          struct vt_args *out, struct vt_err *err)
{
    vt_status status = vt_json_get_hex(params, name, &out->raw, err);

    if (status == VT_OK && out->raw.len == 0) {
        status = wrong(name, "is empty", err);
    }
    return status;
}

const char *const vt_api_stage_names[VT_API_STAGES] = {
    "received", "witnessed", "notarized", "final", "executed"};

static vt_status read_wait(const struct vt_json *params, const char *name,
                           struct vt_args *out, struct vt_err *err)
{
    const char *text = NULL;
    vt_status status = vt_json_get_text(params, name, &text, err);

    if (status != VT_OK) {
        return status;
    }
    for (uint32_t i = 0; i < VT_API_STAGES; i++) {
        if (strcmp(text, vt_api_stage_names[i]) == 0) {
            out->wait = (enum vt_api_stage)i;
            return VT_OK;
        }
    }
    return wrong(name, "is none of the stages", err);
}

static vt_status read_timeout(const struct vt_json *params, const char *name,
                              struct vt_args *out, struct vt_err *err)
{
    vt_status status = vt_json_get_u64(params, name, &out->timeout_ms, err);

    if (status == VT_OK &&
        (out->timeout_ms == 0 || out->timeout_ms > VT_API_WAIT_MAX_MS)) {
        status = wrong(name, "is out of range", err);
    }
    return status;
}

static vt_status read_address(const struct vt_json *params, const char *name,
                              struct vt_args *out, struct vt_err *err)
{
    const char *text = NULL;
    vt_status status = vt_json_get_text(params, name, &text, err);

    return status == VT_OK ? vt_address_parse(text, &out->address, err)
                           : status;
}

static vt_status read_asset(const struct vt_json *params, const char *name,
                            struct vt_args *out, struct vt_err *err)
{
    return vt_json_get_text(params, name, &out->asset, err);
}

static vt_status read_proof(const struct vt_json *params, const char *name,
                            struct vt_args *out, struct vt_err *err)
{
    return vt_json_get_bool(params, name, &out->wants_proof, err);
}

#define BOOL_FORM "true or false"
const struct vt_param vt_param_chain = {
    "chain", "the name of a chain of this node, see chain.list", read_chain};
const struct vt_param vt_param_height = {
    "height", "a whole number, zero or more", read_height};
const struct vt_param vt_param_id = {"id", "64 hexadecimal digits", read_id};
const struct vt_param vt_param_txs = {"txs", BOOL_FORM, read_txs};
const struct vt_param vt_param_first = {"first", "a whole number, zero or more",
                                        read_first};
const struct vt_param vt_param_count = {
    "count", "a whole number, 0 to 10000, with txs to 1000", read_count};
const struct vt_param vt_param_raw = {
    "raw", "a signed transaction in hexadecimal, at most 65536 bytes",
    read_raw};
const struct vt_param vt_param_wait = {"wait",
                                       "\"received\", \"witnessed\", "
                                       "\"notarized\", \"final\" or "
                                       "\"executed\"",
                                       read_wait};
const struct vt_param vt_param_timeout = {
    "timeout_ms", "a whole number, 1 to 60000", read_timeout};
const struct vt_param vt_param_address = {
    "address", "an address such as vt1...", read_address};
const struct vt_param vt_param_asset = {
    "asset",
    "the symbol of the token or the gas asset, or the 64 hexadecimal digits of "
    "an asset's id",
    read_asset};
const struct vt_param vt_param_proof = {"proof", BOOL_FORM, read_proof};

/* ---- one method's -------------------------------------------------------- */

static void fail(struct vt_call *call, const char *name, const char *form,
                 const char *message)
{
    struct vt_json_maker m;
    char path[96];

    (void)snprintf(path, sizeof path, "params%s%.60s",
                   name[0] == '\0' ? "" : ".", name);
    vt_call_begin_fail(call, &m, VT_RPC_PARAMS, message);
    vt_json_put_text(&m, "path", path);
    vt_json_put_text(&m, "allowed", form);
    vt_call_end_fail(call, &m);
}

static vt_status read_rows(struct vt_call *call,
                           const struct vt_param *const *rows, int required,
                           const struct vt_json *params, struct vt_args *out)
{
    for (size_t i = 0; i < VT_METHOD_PARAMS_MAX && rows[i] != NULL; i++) {
        const struct vt_param *p = rows[i];
        struct vt_err err = VT_ERR_INIT;
        char message[420];
        vt_status status;

        if (!required && vt_json_at(params, p->name) == NULL) {
            continue;
        }
        status = p->read(params, p->name, out, &err);
        if (status != VT_OK) {
            (void)snprintf(message, sizeof message, "%s; '%s' is %s", err.text,
                           p->name, p->form);
            fail(call, p->name, p->form, message);
            return status;
        }
    }
    return VT_OK;
}

static int is_row(const struct vt_param *const *rows, const char *name)
{
    for (size_t i = 0; i < VT_METHOD_PARAMS_MAX && rows[i] != NULL; i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static void list_rows(const struct vt_param *const *rows, char list[LIST_MAX])
{
    for (size_t i = 0; i < VT_METHOD_PARAMS_MAX && rows[i] != NULL; i++) {
        size_t len = strlen(list);

        (void)snprintf(list + len, LIST_MAX - len, "%s%s", len == 0 ? "" : ", ",
                       rows[i]->name);
    }
}

/* A misspelt optional parameter must not be taken for one not given. */
static vt_status check_names(struct vt_call *call,
                             const struct vt_method *method,
                             const struct vt_json *params)
{
    char list[LIST_MAX] = "";
    char message[LIST_MAX + 160];
    const char *name = NULL;

    for (size_t i = 0; vt_json_member(params, i, &name) != NULL; i++) {
        if (is_row(method->required, name) || is_row(method->optional, name)) {
            continue;
        }
        list_rows(method->required, list);
        list_rows(method->optional, list);
        (void)snprintf(message, sizeof message,
                       "%s has no parameter '%.60s'; "
                       "it has: %s",
                       method->name, name, list[0] == '\0' ? "none" : list);
        fail(call, name, list, message);
        return VT_E_INVALID;
    }
    return VT_OK;
}

static vt_status find_chain(struct vt_call *call, const struct vt_json *params,
                            struct vt_args *out)
{
    const char *name = vt_json_text_or(params, "chain", "");

    out->chain = vt_api_chain_find(call->api, name);
    if (out->chain == NULL) {
        vt_call_fail(call, VT_RPC_NOT_FOUND,
                     "this node has no chain '%.40s'; chain.list names those "
                     "it has",
                     name);
        return VT_E_NOTFOUND;
    }
    return VT_OK;
}

vt_status vt_params_read(struct vt_call *call, const struct vt_method *method,
                         const struct vt_json *params, struct vt_args *out)
{
    vt_status status;

    out->timeout_ms = DEFAULT_WAIT_MS;
    if (params != NULL && !vt_json_is_object(params) &&
        !(vt_json_is_array(params) && vt_json_count(params) == 0)) {
        fail(call, "", "an object",
             "parameters are given by name: 'params' "
             "must be an object");
        return VT_E_INVALID;
    }
    status = check_names(call, method, params);
    if (status == VT_OK) {
        status = read_rows(call, method->required, 1, params, out);
    }
    if (status == VT_OK) {
        status = read_rows(call, method->optional, 0, params, out);
    }
    if (status == VT_OK && method->required[0] == &vt_param_chain) {
        status = find_chain(call, params, out);
    }
    return status;
}
