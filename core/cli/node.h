/* SPDX-License-Identifier: Apache-2.0
 *
 * node.h - asking the node a command is meant for, and what its refusals mean
 * here.
 */
#ifndef VT_CLI_NODE_H
#define VT_CLI_NODE_H

#include "api/client.h"
#include "cli/cli.h"

/* The endpoint: --node (an address, or a context's name), VTCHAIN_NODE, the
 * current context, 127.0.0.1:7201. Returns 0 or an exit code. */
int vt_cli_endpoint(struct vt_cli *cli, char out[VT_ENDPOINT_MAX]);

/* Made at the first call; freed by vt_cli_fini. *out is borrowed. */
int vt_cli_client(struct vt_cli *cli, struct vt_client **out);

/*
 * One call. params may be NULL; it is ended here. Returns 0 and *out
 * (vt_json_free it), or an exit code with code and message of the failure:
 * code is the stable name the node gave for a refusal.
 */
int vt_cli_call(struct vt_cli *cli, const char *method,
                struct vt_json_maker *params, uint32_t wait_ms,
                struct vt_json **out);
/* The answer lacks something or has it in another form. Returns the exit
 * code. */
int vt_cli_bad_answer(struct vt_cli *cli, const char *method,
                      const struct vt_err *err);

struct vt_column;
/* Asks a method whose result is an array and prints it, as a table or with
 * --json as it is; `none` when it has no rows. params as in vt_cli_call.
 * Returns the exit code. */
int vt_cli_show_list(struct vt_cli *cli, const char *method,
                     struct vt_json_maker *params,
                     const struct vt_column *columns, size_t count,
                     const char *none);

/* --chain, or cli->chain where the chain is an argument. */
const char *vt_cli_chain(const struct vt_cli *cli);
/* Params {chain: that}, open for more. */
void vt_cli_chain_params(const struct vt_cli *cli, struct vt_json_maker *m);

#endif
