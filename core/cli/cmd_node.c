/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_node.c - a node in the foreground: vtchaind by another name.
 */
#include "cli/commands.h"

#include "cli/plugins.h"
#include "node/node.h"

#include <limits.h>
#include <string.h>

int vt_cmd_node(struct vt_cli *cli)
{
    char plugins[PATH_MAX] = "";
    struct vt_node_run run = {.config_path = vt_cli_arg(cli, 0),
                              .host_name = "vtchaind",
                              .plugin_path = plugins,
                              .check_only = vt_cli_flag(cli, "check")};
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_plugin_path(cli, plugins);

    if (code != 0) {
        return code;
    }
    if (vt_node_main(&run, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    return VT_EXIT_OK;
}
