/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the command vtchain: parse, run the row's function, print.
 */
#include "cli/cli.h"

#include "cli/term.h"
#include "plugin/registry.h"

int main(int argc, char **argv)
{
    struct vt_cli cli;
    int code;

    vt_registry_set_builtins(vt_builtin_plugins);
    vt_term_init(1);
    code = vt_cli_parse(&cli, argc, argv);
    if (code == 0) {
        vt_term_init(vt_cli_flag(&cli, "no_color"));
        code = cli.command->run(&cli);
    }
    cli.exit_code = code;
    code = vt_cli_finish(&cli);
    vt_cli_fini(&cli);
    return code;
}
