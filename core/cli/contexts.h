/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts.h - names for nodes, one of them current: a small INI that `vtchain
 * dev` writes, so that the commands after it need no --node.
 *
 *   [current]                 [dev]
 *   name = dev                node = 127.0.0.1:7201
 *                             keys = /srv/devnet/keys
 */
#ifndef VT_CLI_CONTEXTS_H
#define VT_CLI_CONTEXTS_H

#include "api/client.h"

#include <limits.h>

#define VT_CONTEXT_NAME_MAX 32u
#define VT_CONTEXTS_MAX 64u

struct vt_context {
    char name[VT_CONTEXT_NAME_MAX + 1]; /* small letters, digits, hyphens */
    char node[VT_ENDPOINT_MAX];
    char keys[PATH_MAX]; /* folder of keys, "" = the user's */
};

/* $XDG_CONFIG_HOME/vtchain/contexts.ini, or below ~/.config; VT_E_NOTFOUND
 * when neither variable is set. */
vt_status vt_contexts_path(char out[PATH_MAX], struct vt_err *err);
/* name NULL: the current one. Returns VT_OK; VT_E_NOTFOUND when there is no
 * such context or file; VT_E_INVALID with file:line; VT_E_IO. */
vt_status vt_context_load(const char *name, struct vt_context *out,
                          struct vt_err *err);
/* Adds or replaces it and makes it the current one. */
vt_status vt_context_save(const struct vt_context *context, struct vt_err *err);
/* Takes it out; unknown names are fine. The first of the others becomes
 * current. */
vt_status vt_context_remove(const char *name, struct vt_err *err);

#endif
