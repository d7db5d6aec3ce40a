/* SPDX-License-Identifier: Apache-2.0
 *
 * man.c - the table as a manual page, vtchain(1).
 */
#include "config.h"

#include "cli/help.h"

#include <string.h>

/* Text for roff: no control line by accident, hyphens that can be copied. */
static void put_text(struct vt_buf *out, const char *text)
{
    if (*text == '.' || *text == '\'') {
        (void)vt_buf_printf(out, "\\&");
    }
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\\':
            (void)vt_buf_printf(out, "\\e");
            break;
        case '-':
            (void)vt_buf_printf(out, "\\-");
            break;
        case '`':
            (void)vt_buf_printf(out, "\\(ga");
            break;
        case '\'':
            (void)vt_buf_printf(out, "\\(aq");
            break;
        case '"':
            (void)vt_buf_printf(out, "\\(dq");
            break;
        default:
            (void)vt_buf_put(out, text, 1);
            break;
        }
    }
    (void)vt_buf_printf(out, "\n");
}

static void put_term(struct vt_buf *out, const char *term, const char *text)
{
    (void)vt_buf_printf(out, ".TP\n.B ");
    put_text(out, term);
    put_text(out, text);
}

static void put_options(struct vt_buf *out, const struct vt_cli_option *options)
{
    char left[80];
    char right[400];

    for (; options->key.name != NULL; options++) {
        vt_help_option_left(options, left);
        vt_help_option_right(options, right, sizeof right);
        put_term(out, left, right);
    }
}

static void put_command(struct vt_buf *out, const struct vt_cli_command *c)
{
    struct vt_buf usage = VT_BUF_INIT(1024);

    vt_help_usage(c, &usage);
    (void)vt_buf_printf(out, ".SS ");
    put_text(out, vt_buf_text(&usage));
    vt_buf_fini(&usage);
    put_text(out, c->summary);
    if (c->details != NULL) {
        (void)vt_buf_printf(out, ".PP\n");
        put_text(out, c->details);
    }
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        put_term(out, c->args[i].name, c->args[i].help);
    }
    put_options(out, c->options);
    (void)vt_buf_printf(out, ".PP\nExample:\n.PP\n.in +4n\n.EX\n");
    put_text(out, c->example);
    (void)vt_buf_printf(out, ".EE\n.in\n");
}

vt_status vt_help_man(struct vt_buf *out)
{
    (void)vt_buf_printf(
        out,
        ".\\\" made by `vtchain help --man` from the table of commands\n"
        ".TH VTCHAIN 1 \"\" \"vtchain %s\" \"User Commands\"\n"
        ".SH NAME\nvtchain \\- make, run and use chains\n"
        ".SH SYNOPSIS\n.B vtchain\n.I COMMAND\n[arguments] [options]\n"
        ".SH DESCRIPTION\n"
        "Makes keys, checks plugins and configurations, asks nodes and sends\n"
        "transactions.\n"
        "With\n.B \\-\\-json\nstandard output holds exactly one JSON value,\n"
        "also when the command fails: {\\(dqerror\\(dq: {\\(dqcode\\(dq,\n"
        "\\(dqmessage\\(dq}}.\n"
        ".SH OPTIONS\nEvery command takes these.\n",
        PACKAGE_VERSION);
    put_options(out, vt_cli_globals);
    (void)vt_buf_printf(out, ".SH COMMANDS\n");
    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if ((c->flags & VT_CLI_HIDDEN) == 0) {
            put_command(out, c);
        }
    }
    (void)vt_buf_printf(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; vt_help_exit_codes[i][0] != NULL; i++) {
        put_term(out, vt_help_exit_codes[i][0], vt_help_exit_codes[i][1]);
    }
    (void)vt_buf_printf(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; vt_help_environment[i][0] != NULL; i++) {
        put_term(out, vt_help_environment[i][0], vt_help_environment[i][1]);
    }
    (void)vt_buf_printf(
        out, ".SH FILES\n"
             ".TP\n.I $XDG_DATA_HOME/vtchain/keys\nkey files, mode 0600; "
             "\\(ti/.local/share/vtchain/keys by default\n"
             ".TP\n.I $XDG_CONFIG_HOME/vtchain/contexts.ini\nnames of nodes, "
             "written by\n.BR \"vtchain dev\" ;\n\\(ti/.config/vtchain by "
             "default\n");
    return out->failed;
}
