/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - from a command to a node and back to an exit code.
 */
#include "cli/node.h"

#include "cli/contexts.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_NODE "127.0.0.1:7201"

/* Codes of core/api/README.md. */
enum {
    RPC_METHOD = -32601,
    RPC_PARAMS = -32602,
    RPC_REFUSED = -32000,
    RPC_NOT_FOUND = -32001,
    RPC_BUSY = -32002,
    RPC_TIME_OVER = -32003,
    RPC_HALTED = -32004
};

static int copy_endpoint(struct vt_cli *cli, const char *text,
                         char out[VT_ENDPOINT_MAX])
{
    if (strlen(text) >= VT_ENDPOINT_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "node '%.60s...': too long, give host:port, "
                           "http://host:port or unix:/path",
                           text);
    }
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

int vt_cli_endpoint(struct vt_cli *cli, char out[VT_ENDPOINT_MAX])
{
    const char *given = vt_cli_text(cli, "node");
    const char *env = secure_getenv("VTCHAIN_NODE");
    struct vt_context context;
    struct vt_err err = VT_ERR_INIT;
    vt_status status;

    if (given[0] == '\0' && env != NULL) {
        given = env;
    }
    if (given[0] != '\0' && strchr(given, ':') != NULL) {
        return copy_endpoint(cli, given, out);
    }
    status = vt_context_load(given[0] == '\0' ? NULL : given, &context, &err);
    if (status == VT_OK && context.node[0] != '\0') {
        return copy_endpoint(cli, context.node, out);
    }
    if (given[0] != '\0' && status == VT_E_NOTFOUND) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "node '%.60s' is neither a context nor host:port, "
                           "http://host:port or unix:/path",
                           given);
    }
    if (status != VT_OK && status != VT_E_NOTFOUND) {
        return vt_cli_fail_err(cli, &err);
    }
    return copy_endpoint(cli, DEFAULT_NODE, out);
}

int vt_cli_client(struct vt_cli *cli, struct vt_client **out)
{
    char endpoint[VT_ENDPOINT_MAX];
    struct vt_client_args args = {.endpoint = endpoint};
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (cli->client == NULL) {
        code = vt_cli_endpoint(cli, endpoint);
        if (code != 0) {
            return code;
        }
        if (vt_client_new(&args, &cli->client, &err) != VT_OK) {
            return vt_cli_fail_err(cli, &err);
        }
    }
    *out = cli->client;
    return 0;
}

/* Everything the node said goes into the JSON error as "node". */
static void keep_details(struct vt_cli *cli, const struct vt_json *error)
{
    struct vt_json_maker m;

    vt_json_free(cli->details);
    cli->details = NULL;
    vt_json_begin(&m);
    vt_json_put(&m, "node", error);
    (void)vt_json_end(&m, &cli->details);
}

static int refused_tx(struct vt_cli *cli, const struct vt_json *error)
{
    const char *code = vt_json_text_or(error, "data.code", "refused");
    const char *text = vt_json_text_or(error, "message", "no reason given");
    const char *have = vt_json_text_or(error, "data.have", NULL);
    const char *need = vt_json_text_or(error, "data.need", NULL);

    if (have != NULL && need != NULL) {
        const char *asset = vt_json_text_or(error, "data.asset", "");

        return vt_cli_fail(cli, VT_EXIT_FAILED, code,
                           "refused: %s (%s): have %s %s, need %s %s", text,
                           code, have, asset, need, asset);
    }
    return vt_cli_fail(cli, VT_EXIT_FAILED, code, "refused: %s (%s)", text,
                       code);
}

static int refused(struct vt_cli *cli, const char *method,
                   const struct vt_json *error)
{
    const char *text = vt_json_text_or(error, "message", "no reason given");
    int64_t code = 0;

    (void)vt_json_get_i64(error, "code", &code, NULL);
    keep_details(cli, error);
    switch (code) {
    case RPC_REFUSED:
        return refused_tx(cli, error);
    case RPC_NOT_FOUND:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "not_found", "%s", text);
    case RPC_BUSY:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "busy",
                           "%s; the node is busy, try again", text);
    case RPC_TIME_OVER:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "time_over", "%s", text);
    case RPC_HALTED:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "halted",
                           "%s; `vtchain chain status` tells why", text);
    case RPC_PARAMS:
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s", text);
    case RPC_METHOD:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "this node does not know %s: its release differs "
                           "from this command's",
                           method);
    default:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s: %s", method,
                           text);
    }
}

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int failed_call(struct vt_cli *cli, const char *method,
                       const struct vt_client *client, const struct vt_err *err)
{
    switch (err->code) {
    case VT_E_DENIED:
        return refused(cli, method, vt_client_error(client));
    case VT_E_IO:
    case VT_E_CORRUPT:
        return vt_cli_fail(cli, VT_EXIT_UNREACHABLE, "unreachable", "%s",
                           err->text);
    default:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s", err->text);
    }
}

int vt_cli_call(struct vt_cli *cli, const char *method,
                struct vt_json_maker *params, uint32_t wait_ms,
                struct vt_json **out)
{
    struct vt_client *client = NULL;
    struct vt_json *made = NULL;
    struct vt_err err = VT_ERR_INIT;
    double start = now_ms();
    vt_status status = params == NULL ? VT_OK : vt_json_end(params, &made);
    int code;

    if (status == VT_E_NOMEM) {
        return vt_cli_no_memory(cli);
    }
    if (status != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "an argument is no UTF-8 text or too large");
    }
    code = vt_cli_client(cli, &client);
    if (code == 0) {
        status = vt_client_call(client, method, made, wait_ms, out, &err);
        vt_cli_trace(cli, "%s %s: %s in %.1f ms", vt_client_endpoint(client),
                     method, vt_status_text(status), now_ms() - start);
        code = status == VT_OK ? 0 : failed_call(cli, method, client, &err);
    }
    vt_json_free(made);
    return code;
}

int vt_cli_bad_answer(struct vt_cli *cli, const char *method,
                      const struct vt_err *err)
{
    return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                       "the node's answer to %s is not as expected: %s; its "
                       "release may differ from this command's",
                       method, err->text);
}

const char *vt_cli_chain(const struct vt_cli *cli)
{
    return cli->chain != NULL ? cli->chain : vt_cli_text(cli, "chain");
}

void vt_cli_chain_params(const struct vt_cli *cli, struct vt_json_maker *m)
{
    vt_json_begin(m);
    vt_json_put_text(m, "chain", vt_cli_chain(cli));
}

int vt_cli_show_list(struct vt_cli *cli, const char *method,
                     struct vt_json_maker *params,
                     const struct vt_column *columns, size_t count,
                     const char *none)
{
    struct vt_json *rows = NULL;
    struct vt_err err = VT_ERR_INIT;
    const struct vt_json *array = NULL;
    int code = vt_cli_call(cli, method, params, 0, &rows);

    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, rows);
    }
    if (vt_json_get_array(rows, "", &array, &err) != VT_OK) {
        code = vt_cli_bad_answer(cli, method, &err);
    } else {
        (void)vt_table_array(array, columns, count, none, stdout);
    }
    vt_json_free(rows);
    return code;
}
