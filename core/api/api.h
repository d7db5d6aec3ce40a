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
    struct vt_links *links; /* may be NULL */
    const struct vt_node_config *config;
};
vt_status vt_api_new(const struct vt_api_args *args, struct vt_api **out,
                     struct vt_err *err);
/* name is how clients call the chain. Thread: loop or before it runs. */
vt_status vt_api_add_chain(struct vt_api *api, const char *name,
                           struct vt_runner *runner, struct vt_chain *chain);
/* Called on the chain's thread for each event; copies what it needs. */
void vt_api_on_event(struct vt_api *api, const struct vt_chain_event *event);
vt_status vt_api_start(struct vt_api *api, struct vt_err *err);
void vt_api_stop(struct vt_api *api);
void vt_api_free(struct vt_api *api);

#endif
