/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_help.c - help and version.
 */
#include "config.h"

#include "cli/commands.h"

#include "cli/help.h"
#include "cli/term.h"

#define HELP_MAX 262144u

static int no_such_help(struct vt_cli *cli)
{
    struct vt_cli_words among;
    const char *nearest;
    size_t known = 0;

    while (known < cli->arg_count && vt_cli_is_group(cli->args, known + 1)) {
        known++;
    }
    vt_cli_next_words(cli->args, known, &among);
    nearest = known < cli->arg_count ? vt_cli_nearest(cli->args[known], &among)
                                     : NULL;
    if (nearest != NULL) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "no command '%.60s', did you mean '%s'?",
                           cli->args[known], nearest);
    }
    return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                       "no such command; `vtchain help` lists them");
}

static int print_man(struct vt_cli *cli, struct vt_buf *text)
{
    struct vt_json_maker m;

    if (vt_help_man(text) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    if (cli->json) {
        vt_json_begin(&m);
        vt_json_put_view(&m, "man", vt_buf_view(text));
        return vt_cli_emit_made(cli, &m);
    }
    (void)fwrite(text->data, 1, text->len, stdout);
    return VT_EXIT_OK;
}

int vt_cmd_help(struct vt_cli *cli)
{
    struct vt_buf text = VT_BUF_INIT(HELP_MAX);
    struct vt_json *json = NULL;
    int code = VT_EXIT_OK;

    if (vt_cli_flag(cli, "man")) {
        code = print_man(cli, &text);
    } else if (vt_help_print(cli->args, cli->arg_count,
                             vt_term_has_colour(stdout), &text) != 0) {
        code = no_such_help(cli);
    } else if (cli->json) {
        (void)vt_help_json(cli->args, cli->arg_count, &json);
        code = vt_cli_emit(cli, json);
    } else if (text.failed != VT_OK) {
        code = vt_cli_no_memory(cli);
    } else {
        (void)fwrite(text.data, 1, text.len, stdout);
    }
    vt_buf_fini(&text);
    return code;
}

int vt_cmd_version(struct vt_cli *cli)
{
    struct vt_json_maker m;
    char abi[16];

    (void)snprintf(abi, sizeof abi, "%d.%d", VT_ABI_MAJOR, VT_ABI_MINOR);
    if (cli->json) {
        vt_json_begin(&m);
        vt_json_put_text(&m, "version", PACKAGE_VERSION);
        vt_json_put_text(&m, "abi", abi);
        vt_json_put_text(&m, "plugins", VT_PLUGINDIR);
        return vt_cli_emit_made(cli, &m);
    }
    (void)printf("vtchain %s (plugin ABI %s)\n", PACKAGE_VERSION, abi);
    return VT_EXIT_OK;
}
