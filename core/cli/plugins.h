/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins.h - the plugins a command can see.
 */
#ifndef VT_CLI_PLUGINS_H
#define VT_CLI_PLUGINS_H

#include "cli/cli.h"
#include "plugin/registry.h"

#include <limits.h>

/*
 * The registry with the search path of this command: --plugins DIR, then
 * VT_PLUGIN_PATH, then the installed folder; a program run from its build tree
 * finds the plugins built beside it. Returns 0 or an exit code.
 */
int vt_cli_registry(struct vt_cli *cli, struct vt_registry **out);
/* The same, with every call between host and plugin checked. */
int vt_cli_registry_checked(struct vt_cli *cli, struct vt_registry **out);

/* The first folder of that path, "" when only the installed one is left.
 * Returns 0 or an exit code. */
int vt_cli_plugin_path(struct vt_cli *cli, char out[PATH_MAX]);
/* By stem, of whatever kind. Returns a status of vt_registry_load. */
vt_status vt_cli_load_any(struct vt_registry *registry, const char *stem,
                          const struct vt_module **out, struct vt_err *err);
/* A signature plugin by stem. Returns 0 or an exit code. *out lives for
 * ever. */
int vt_cli_scheme(struct vt_cli *cli, const char *stem,
                  const struct vt_signature **out);
/* "consensus" ...: the first kind the module offers. */
const char *vt_cli_module_kind(const struct vt_module *module);

#endif
