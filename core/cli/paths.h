/* SPDX-License-Identifier: Apache-2.0
 *
 * paths.h - where this user's files are, and the folders they need.
 */
#ifndef VT_CLI_PATHS_H
#define VT_CLI_PATHS_H

#include "cli/cli.h"

#include <limits.h>

/* $<variable>/vtchain/<tail>, or $HOME/<fallback>/vtchain/<tail>. Returns
 * VT_OK; VT_E_NOTFOUND when neither is set; VT_E_LIMIT. */
vt_status vt_path_user(const char *variable, const char *fallback,
                       const char *tail, char out[PATH_MAX],
                       struct vt_err *err);
/* The folders above path, mode 0700 where they are new. */
vt_status vt_path_make_parent(const char *path, struct vt_err *err);

/* The folder of keys: --keys, the current context's, the user's own. */
vt_status vt_path_keys(const struct vt_cli *cli, char out[PATH_MAX],
                       struct vt_err *err);
/* A key's file: NAME -> <folder of keys>/NAME.key; with a slash it is a path
 * already. VT_E_INVALID for a name that cannot be one. */
vt_status vt_path_key(const struct vt_cli *cli, const char *name,
                      char out[PATH_MAX], struct vt_err *err);

#endif
