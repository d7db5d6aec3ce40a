/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - asks a node: blocking JSON-RPC calls and the stream of events.
 *
 * The only door to libcurl. Methods and their results are in README.md. One
 * client by one thread at a time. Proxies of the environment and redirects are
 * not followed: a node is asked directly or not at all.
 */
#ifndef VT_API_CLIENT_H
#define VT_API_CLIENT_H

#include "api/json.h"

#define VT_ENDPOINT_MAX 160u

struct vt_client;

struct vt_client_args {
    const char *endpoint;        /* host:port, http://host:port, unix:/path */
    uint32_t connect_timeout_ms; /* 0 = 3000 */
    uint32_t total_timeout_ms;   /* of one call; 0 = 10000 */
    size_t answer_max_bytes;     /* 0 = 64 MiB */
};

/* Connects nothing yet. Returns VT_OK; VT_E_INVALID for an endpoint that is
 * none, with its three forms; VT_E_NOMEM. */
vt_status vt_client_new(const struct vt_client_args *args,
                        struct vt_client **out, struct vt_err *err);
void vt_client_free(struct vt_client *client);
const char *vt_client_endpoint(const struct vt_client *client);

/*
 * One call. params is an object or NULL, borrowed until return. wait_ms is
 * added to the total timeout, for methods that wait on the node.
 *
 * Returns VT_OK and *out (vt_json_free it); VT_E_IO when no answer came: err
 * names endpoint, cause and what to do; VT_E_CORRUPT when the answer is no
 * JSON-RPC; VT_E_DENIED when the node says no: err has its words and
 * vt_client_error() all of it; VT_E_NOMEM.
 */
vt_status vt_client_call(struct vt_client *client, const char *method,
                         const struct vt_json *params, uint32_t wait_ms,
                         struct vt_json **out, struct vt_err *err);
/*
 * Up to VT_CLIENT_BATCH_MAX calls of one method in one request. params has
 * count of them, borrowed until return. Returns VT_OK and *out, an array with
 * the node's answers ({id result} or {id error}, ids 0..count-1 in any order;
 * vt_json_free it); else as vt_client_call.
 */
#define VT_CLIENT_BATCH_MAX 64u
vt_status vt_client_batch(struct vt_client *client, const char *method,
                          struct vt_json *const *params, size_t count,
                          struct vt_json **out, struct vt_err *err);
/* The body at a path such as "/metrics", appended to out. Returns VT_OK,
 * VT_E_IO, VT_E_CORRUPT when the answer is not HTTP 200. */
vt_status vt_client_get(struct vt_client *client, const char *path,
                        struct vt_buf *out, struct vt_err *err);
/* {code message data} of the last call's VT_E_DENIED, NULL otherwise. Borrowed
 * until the next call. */
const struct vt_json *vt_client_error(const struct vt_client *client);

/* One event: its name ("final"), id (height as text), JSON. Non-zero from it
 * ends the stream. */
typedef int (*vt_client_event_fn)(void *ctx, const char *name, const char *id,
                                  const struct vt_json *data);

/*
 * Follow the events of a chain (types such as "final,halted"; NULL or "" =
 * all). Blocks until fn or *stop (may be NULL; set by any thread or a signal
 * handler) says so: VT_OK; or until the
 * stream breaks: VT_E_IO, VT_E_CORRUPT, VT_E_LIMIT.
 */
vt_status vt_client_events(struct vt_client *client, const char *chain,
                           const char *types, vt_client_event_fn fn, void *ctx,
                           const _Atomic int *stop, struct vt_err *err);

#endif
