/* SPDX-License-Identifier: Apache-2.0
 *
 * help.c - the table as help text and as JSON.
 */
#include "cli/help.h"

#include "cli/cli.h"

#include <string.h>

#define WIDTH 79u
#define LEFT_MAX 26u

/* Words of text from column `at` on, later lines indented. */
static void put_wrapped(struct vt_buf *out, const char *text, size_t at,
                        size_t indent)
{
    size_t column = at;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column > indent && column + 1 + len > WIDTH) {
            (void)vt_buf_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > at || column > indent) {
            (void)vt_buf_printf(out, " ");
            column++;
        }
        (void)vt_buf_put(out, text, len);
        column += len;
        text += len + strspn(text + len, " ");
    }
    (void)vt_buf_printf(out, "\n");
}

static void put_row(struct vt_buf *out, const char *left, size_t left_width,
                    const char *right)
{
    size_t indent = left_width + 4;
    size_t used = strlen(left) + 2;

    (void)vt_buf_printf(out, "  %s", left);
    if (used + 2 > indent) {
        (void)vt_buf_printf(out, "\n");
        used = 0;
    }
    (void)vt_buf_printf(out, "%*s", (int)(indent - used), "");
    put_wrapped(out, right, indent, indent);
}

static void put_heading(struct vt_buf *out, const char *text, int colour)
{
    (void)vt_buf_printf(out, "\n%s%s%s\n", colour ? "\x1b[1m" : "", text,
                        colour ? "\x1b[0m" : "");
}

void vt_help_option_left(const struct vt_cli_option *option, char out[80])
{
    char name[VT_CLI_WORD_SIZE];

    (void)snprintf(out, 80, "%s%s%s", vt_cli_option_name(option, name),
                   option->value == NULL ? "" : " ",
                   option->value == NULL ? "" : option->value);
}

void vt_help_option_right(const struct vt_cli_option *option, char *out,
                          size_t size)
{
    const struct vt_key *key = &option->key;
    int used = snprintf(out, size, "%s", key->doc);

    if (key->range != NULL && used > 0 && (size_t)used < size) {
        used += snprintf(out + used, size - (size_t)used, "; %s", key->range);
    }
    if ((key->flags & VT_KF_REQUIRED) != 0 && (size_t)used < size) {
        (void)snprintf(out + used, size - (size_t)used, " (required)");
    } else if (option->value != NULL && key->defval[0] != '\0' &&
               (size_t)used < size) {
        (void)snprintf(out + used, size - (size_t)used, " [%s]", key->defval);
    }
}

static void put_options(struct vt_buf *out, const char *title,
                        const struct vt_cli_option *options, int colour)
{
    char left[80];
    char right[400];
    size_t width = 0;

    if (options[0].key.name == NULL) {
        return;
    }
    put_heading(out, title, colour);
    for (size_t i = 0; options[i].key.name != NULL; i++) {
        vt_help_option_left(&options[i], left);
        width = strlen(left) > width ? strlen(left) : width;
    }
    width = width > LEFT_MAX ? LEFT_MAX : width;
    for (size_t i = 0; options[i].key.name != NULL; i++) {
        vt_help_option_left(&options[i], left);
        vt_help_option_right(&options[i], right, sizeof right);
        put_row(out, left, width, right);
    }
}

void vt_help_usage(const struct vt_cli_command *c, struct vt_buf *out)
{
    (void)vt_buf_printf(out, "vtchain %s", c->path);
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        unsigned flags = c->args[i].flags;

        (void)vt_buf_printf(
            out, " %s%s%s%s", (flags & VT_ARG_OPTIONAL) != 0 ? "[" : "",
            c->args[i].name, (flags & VT_ARG_MANY) != 0 ? "..." : "",
            (flags & VT_ARG_OPTIONAL) != 0 ? "]" : "");
    }
    if (c->options[0].key.name != NULL) {
        (void)vt_buf_printf(out, " [options]");
    }
}

static void put_command(struct vt_buf *out, const struct vt_cli_command *c,
                        int colour)
{
    size_t width = 0;

    (void)vt_buf_printf(out, "vtchain %s - %s\n\nusage: ", c->path, c->summary);
    vt_help_usage(c, out);
    (void)vt_buf_printf(out, "\n");
    if (c->details != NULL) {
        (void)vt_buf_printf(out, "\n");
        put_wrapped(out, c->details, 0, 0);
    }
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        width =
            strlen(c->args[i].name) > width ? strlen(c->args[i].name) : width;
    }
    if (width > 0) {
        put_heading(out, "arguments", colour);
    }
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        put_row(out, c->args[i].name, width, c->args[i].help);
    }
    put_options(out, "options", c->options, colour);
    put_heading(out, "example", colour);
    (void)vt_buf_printf(out,
                        "  %s\n\nGlobal options and exit codes: `vtchain "
                        "help`.\n",
                        c->example);
}

static int is_visible(const struct vt_cli_command *c, const char *const *words,
                      size_t count)
{
    const char *path = c->path;

    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]);

        if (strncmp(path, words[i], len) != 0 ||
            (path[len] != ' ' && path[len] != '\0')) {
            return 0;
        }
        path += len + strspn(path + len, " ");
    }
    return (c->flags & VT_CLI_HIDDEN) == 0;
}

static void put_group(struct vt_buf *out, const char *const *words,
                      size_t count)
{
    size_t width = 0;

    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if (is_visible(c, words, count) && strlen(c->path) > width) {
            width = strlen(c->path);
        }
    }
    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if (is_visible(c, words, count)) {
            put_row(out, c->path, width, c->summary);
        }
    }
}

const char *const vt_help_exit_codes[][2] = {
    {"0", "done"},
    {"1", "refused by the chain, or the operation failed"},
    {"2", "the command line is wrong"},
    {"3", "no node could be reached"},
    {"4", "a file, key, address or amount given is wrong"},
    {NULL, NULL}};

const char *const vt_help_environment[][2] = {
    {"VTCHAIN_NODE", "node to ask when --node is not given"},
    {"VTCHAIN_PASSWORD_FILE", "file whose first line opens key files"},
    {"VT_PLUGIN_PATH", "absolute folder of plugins, before the installed ones"},
    {"NO_COLOR", "not empty: no colour"},
    {NULL, NULL}};

static void put_all(struct vt_buf *out, int colour)
{
    (void)vt_buf_printf(out, "vtchain - make, run and use chains\n\n"
                             "usage: vtchain COMMAND [arguments] [options]\n");
    put_heading(out, "commands", colour);
    put_group(out, NULL, 0);
    put_options(out, "options of every command", vt_cli_globals, colour);
    put_heading(out, "exit codes", colour);
    for (size_t i = 0; vt_help_exit_codes[i][0] != NULL; i++) {
        put_row(out, vt_help_exit_codes[i][0], 1, vt_help_exit_codes[i][1]);
    }
    put_heading(out, "environment", colour);
    for (size_t i = 0; vt_help_environment[i][0] != NULL; i++) {
        put_row(out, vt_help_environment[i][0], 21, vt_help_environment[i][1]);
    }
    (void)vt_buf_printf(out, "\n`vtchain COMMAND --help` shows arguments, "
                             "options and an example.\n");
}

int vt_help_print(const char *const *words, size_t count, int colour,
                  struct vt_buf *out)
{
    const struct vt_cli_command *c = vt_cli_find(words, count);

    if (count == 0) {
        put_all(out, colour);
    } else if (c != NULL) {
        put_command(out, c, colour);
    } else if (vt_cli_is_group(words, count)) {
        (void)vt_buf_printf(out, "usage: vtchain %s COMMAND\n", words[0]);
        put_heading(out, "commands", colour);
        put_group(out, words, count);
        (void)vt_buf_printf(out, "\n`vtchain COMMAND --help` shows arguments, "
                                 "options and an example.\n");
    } else {
        return -1;
    }
    return 0;
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_options(struct vt_json_maker *m,
                         const struct vt_cli_option *options)
{
    char name[VT_CLI_WORD_SIZE];

    for (; options->key.name != NULL; options++) {
        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "name", vt_cli_option_name(options, name));
        if (options->value != NULL) {
            vt_json_put_text(m, "value", options->value);
        }
        if (options->key.defval != NULL && options->value != NULL) {
            vt_json_put_text(m, "default", options->key.defval);
        }
        if (options->key.range != NULL) {
            vt_json_put_text(m, "range", options->key.range);
        }
        vt_json_put_bool(m, "required",
                         (options->key.flags & VT_KF_REQUIRED) != 0);
        vt_json_put_text(m, "help", options->key.doc);
        vt_json_close(m);
    }
}

static void json_command(struct vt_json_maker *m,
                         const struct vt_cli_command *c)
{
    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "command", c->path);
    vt_json_put_text(m, "summary", c->summary);
    vt_json_open_array(m, "arguments");
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "name", c->args[i].name);
        vt_json_put_bool(m, "optional",
                         (c->args[i].flags & VT_ARG_OPTIONAL) != 0);
        vt_json_put_bool(m, "many", (c->args[i].flags & VT_ARG_MANY) != 0);
        vt_json_put_text(m, "help", c->args[i].help);
        vt_json_close(m);
    }
    vt_json_close(m);
    vt_json_open_array(m, "options");
    json_options(m, c->options);
    vt_json_close(m);
    vt_json_put_text(m, "example", c->example);
    vt_json_put_bool(m, "needs_node", (c->flags & VT_CLI_NEEDS_NODE) != 0);
    vt_json_close(m);
}

vt_status vt_help_json(const char *const *words, size_t count,
                       struct vt_json **out)
{
    struct vt_json_maker m;

    vt_json_begin(&m);
    vt_json_open_array(&m, "commands");
    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if (is_visible(c, words, count)) {
            json_command(&m, c);
        }
    }
    vt_json_close(&m);
    vt_json_open_array(&m, "options");
    json_options(&m, vt_cli_globals);
    vt_json_close(&m);
    vt_json_open_object(&m, "exit_codes");
    for (size_t i = 0; vt_help_exit_codes[i][0] != NULL; i++) {
        vt_json_put_text(&m, vt_help_exit_codes[i][0],
                         vt_help_exit_codes[i][1]);
    }
    vt_json_close(&m);
    return vt_json_end(&m, out);
}
