/* SPDX-License-Identifier: Apache-2.0
 *
 * api.h - JSON-RPC 2.0, server-sent events, /metrics, /health, /ready over
 * HTTP on loopback or a unix socket.
 *
 * Runs on the loop thread; asks chains through their runners and answers when
 * they did. Methods are in README.md.
 */
#ifndef VT_API_API_H
#define VT_API_API_H

#include "net/links.h"

struct vt_api;

struct vt_api_args {
    struct vt_loop *loop;
    struct vt_links *links;              /* may be NULL */
    const struct vt_node_config *config; /* borrowed until vt_api_free */
};
/* Returns VT_OK, VT_E_NOMEM. Before the loop runs. */
vt_status vt_api_new(const struct vt_api_args *args, struct vt_api **out,
                     struct vt_err *err);
/* name is how clients call the chain. runner and chain stay until vt_api_stop.
 * Returns VT_OK; VT_E_STATE when the name is taken; VT_E_LIMIT above
 * VT_CHAINS_MAX; VT_E_NOMEM. Thread: loop or before it runs. */
vt_status vt_api_add_chain(struct vt_api *api, const char *name,
                           struct vt_runner *runner, struct vt_chain *chain);
/* Called on the chain's thread for each event; copies what it needs. Events of
 * chains that were not added are ignored. Up to vt_api_free. */
void vt_api_on_event(struct vt_api *api, const struct vt_chain_event *event);
/* Listens where [api] listen says; with "" it does nothing. Returns VT_OK;
 * VT_E_INVALID, VT_E_DENIED, VT_E_IO with the cure; VT_E_NOMEM. Before the loop
 * runs or on its thread. */
vt_status vt_api_start(struct vt_api *api, struct vt_err *err);
/* Where it listens, as clients write it; "" when it does not. */
const char *vt_api_endpoint(const struct vt_api *api);
/* Answers all that is open, closes all connections. On the loop thread, before
 * the loop ends, or when it does not run. Once; may be left out. */
void vt_api_stop(struct vt_api *api);
/* After the runners were stopped and the loop has ended, for questions under
 * way come back that far; before vt_loop_free. NULL is fine. */
void vt_api_free(struct vt_api *api);

#endif
