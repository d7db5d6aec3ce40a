/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_config.c - check INI files, print defaults, show effective values.
 */
#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/plugins.h"
#include "cli/term.h"
#include "config/node_config.h"
#include "config/value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 128u
#define TEXT_MAX 1048576u

/* ---- check --------------------------------------------------------------- */

struct checking {
    struct vt_cli *cli;
    struct vt_registry *registry;
    struct vt_json_maker m;
    char *done[FILES_MAX]; /* real paths, so that a file is checked once */
    size_t done_count, file_count;
    unsigned problems;
};

static int seen_before(struct checking *c, const char *path)
{
    char real[PATH_MAX];

    if (realpath(path, real) == NULL || c->done_count == FILES_MAX) {
        return 0;
    }
    for (size_t i = 0; i < c->done_count; i++) {
        if (strcmp(c->done[i], real) == 0) {
            return 1;
        }
    }
    c->done[c->done_count] = vt_strdup(real);
    c->done_count += c->done[c->done_count] != NULL;
    return 0;
}

static void report(struct checking *c, const struct vt_config_file *file)
{
    vt_json_open_object(&c->m, NULL);
    vt_json_put_text(&c->m, "file", file->path);
    vt_json_put_text(&c->m, "kind", file->is_chain ? "chain" : "node");
    vt_json_open_array(&c->m, "problems");
    for (size_t i = 0; i < file->problem_count; i++) {
        char clean[700];

        (void)vt_text_clean(file->problems[i], clean, sizeof clean);
        vt_json_put_text(&c->m, NULL, clean);
        if (!c->cli->json) {
            (void)fprintf(stderr, "%s\n", clean);
        }
    }
    vt_json_close(&c->m);
    vt_json_close(&c->m);
    if (file->problem_count == 0 && !c->cli->json) {
        (void)printf("%s: ok, a %s's configuration\n", file->path,
                     file->is_chain ? "chain" : "node");
    }
    c->problems += (unsigned)file->problem_count;
    c->file_count++;
}

/* The plugins of a node's chains are looked for where the node would: in its
 * [plugins] path, if --plugins names no other. NULL: as everywhere else. */
static struct vt_registry *node_registry(const struct checking *c,
                                         struct vt_config_file *file)
{
    const struct vt_config_section *s = vt_config_section(file, "plugins");
    struct vt_registry_policy policy = {.path = ""};
    struct vt_registry *registry = NULL;

    if (s == NULL || vt_cli_given(c->cli, "plugins")) {
        return NULL;
    }
    policy.path = vt_options_text(
        s->options, (uint32_t)vt_options_index(s->options, "path"));
    if (policy.path[0] == '\0' ||
        vt_registry_new(&policy, &registry, NULL) != VT_OK) {
        return NULL;
    }
    return registry;
}

static int check_chains(struct checking *c, struct vt_config_file *file,
                        const char *path);

/* A node's INI brings the chains it names; `named` is set for these. Returns
 * 0, or -1: no memory. */
static int check_one(struct checking *c, const char *path, int named)
{
    struct vt_config_file *file;
    int bad = 0;

    if (seen_before(c, path)) {
        return 0;
    }
    file = vt_config_file_read(c->registry, path);
    if (file == NULL) {
        return -1;
    }
    if (named && !file->is_chain && file->problem_count == 0) {
        vt_config_problem(file,
                          "%s: a node's INI, but a node's [chains] names it: "
                          "name a chain's",
                          path);
    }
    report(c, file);
    if (!named && !file->is_chain) {
        bad = check_chains(c, file, path);
    }
    vt_config_file_free(file);
    return bad;
}

static int check_chains(struct checking *c, struct vt_config_file *file,
                        const char *path)
{
    const char *slash = strrchr(path, '/');
    struct vt_registry *outer = c->registry;
    struct vt_registry *own = node_registry(c, file);
    int bad = 0;

    c->registry = own == NULL ? outer : own;
    for (const struct vt_config_row *row = file->rows; row != NULL && bad == 0;
         row = row->next) {
        char chain[2 * PATH_MAX];

        if (strcmp(row->section, "chains") != 0) {
            continue;
        }
        (void)snprintf(
            chain, sizeof chain, "%.*s%s",
            row->value[0] == '/' || slash == NULL ? 0 : (int)(slash - path) + 1,
            path, row->value);
        if (access(chain, R_OK) == 0) { /* if not, that is told */
            bad = check_one(c, chain, 1);
        }
    }
    c->registry = outer;
    vt_registry_free(own);
    return bad;
}

int vt_cmd_config_check(struct vt_cli *cli)
{
    struct checking c = {.cli = cli};
    int code = vt_cli_registry(cli, &c.registry);

    if (code != 0) {
        return code;
    }
    vt_json_begin(&c.m);
    vt_json_open_array(&c.m, "files");
    for (size_t i = 0; i < cli->arg_count && code == 0; i++) {
        code = check_one(&c, cli->args[i], 0);
    }
    vt_json_close(&c.m);
    vt_registry_free(c.registry);
    for (size_t i = 0; i < c.done_count; i++) {
        vt_free(c.done[i]);
    }
    if (code == 0 && c.problems == 0 && cli->json) {
        return vt_cli_emit_made(cli, &c.m);
    }
    (void)vt_json_end(&c.m, &cli->details);
    if (code != 0) {
        return vt_cli_no_memory(cli);
    }
    return c.problems == 0
               ? VT_EXIT_OK
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "%u problem%s in %zu file%s", c.problems,
                             c.problems == 1 ? "" : "s", c.file_count,
                             c.file_count == 1 ? "" : "s");
}

/* ---- defaults ------------------------------------------------------------ */

/* The table of a section of the core, or of a plugin: STEM or KIND.STEM. */
static vt_status find_table(struct vt_registry *registry, const char *name,
                            char section[80], struct vt_tab *table,
                            struct vt_err *err)
{
    const struct vt_module *module = NULL;
    const char *known;
    const char *dot = strrchr(name, '.');
    vt_status status;

    (void)snprintf(section, 80, "%s", name);
    for (uint32_t i = 0; (known = vt_node_config_table(i, table)) != NULL;
         i++) {
        if (strcmp(known, name) == 0) {
            return VT_OK;
        }
    }
    for (uint32_t i = 0; (known = vt_chain_config_table(i, table)) != NULL;
         i++) {
        if (strcmp(known, name) == 0) {
            return VT_OK;
        }
    }
    status =
        vt_cli_load_any(registry, dot == NULL ? name : dot + 1, &module, err);
    if (status == VT_OK) {
        (void)snprintf(section, 80, "%s.%s", vt_cli_module_kind(module),
                       module->stem);
        *table = module->desc.keys;
        if (dot != NULL && strcmp(section, name) != 0) {
            return vt_err_set(err, VT_E_NOTFOUND,
                              "no section [%.40s], did you mean '%s'?", name,
                              section);
        }
    }
    return status;
}

/* A stem that is no plugin's may be a section's name with a typo. */
static int no_table(struct vt_cli *cli, const char *name,
                    const struct vt_err *err)
{
    struct vt_cli_words among = {.count = 0};
    struct vt_tab table;
    const char *known;
    const char *nearest;

    for (uint32_t i = 0; (known = vt_node_config_table(i, &table)) != NULL;
         i++) {
        (void)snprintf(among.word[among.count++], VT_CLI_WORD_SIZE, "%s",
                       known);
    }
    for (uint32_t i = 0; (known = vt_chain_config_table(i, &table)) != NULL;
         i++) {
        (void)snprintf(among.word[among.count++], VT_CLI_WORD_SIZE, "%s",
                       known);
    }
    nearest = vt_cli_nearest(name, &among);
    if (nearest != NULL && err->code == VT_E_NOTFOUND) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "'%.40s' is neither a section nor a plugin, did you "
                           "mean '%s'?",
                           name, nearest);
    }
    return vt_cli_fail_err(cli, err);
}

static void put_table(struct vt_json_maker *m, const char *section,
                      struct vt_tab table)
{
    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "section", section);
    vt_json_open_array(m, "keys");
    for (uint32_t i = 0; i < table.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, table, i);

        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "name", key->name);
        vt_json_put_text(m, "type", vt_value_type_name(key->type));
        if (key->defval != NULL) {
            vt_json_put_text(m, "default", key->defval);
        }
        if (key->range != NULL) {
            vt_json_put_text(m, "range", key->range);
        }
        vt_json_put_bool(m, "required", (key->flags & VT_KF_REQUIRED) != 0);
        vt_json_put_bool(m, "consensus", (key->flags & VT_KF_CONSENSUS) != 0);
        vt_json_put_text(m, "help", key->doc);
        vt_json_close(m);
    }
    vt_json_close(m);
    vt_json_close(m);
}

static int print_defaults(struct vt_cli *cli, struct vt_registry *registry,
                          struct vt_json_maker *m, struct vt_buf *text)
{
    for (size_t i = 0; i < cli->arg_count; i++) {
        struct vt_err err = VT_ERR_INIT;
        struct vt_tab table;
        char section[80];

        if (find_table(registry, cli->args[i], section, &table, &err) !=
            VT_OK) {
            return no_table(cli, cli->args[i], &err);
        }
        put_table(m, section, table);
        (void)vt_buf_printf(text, "%s", i == 0 ? "" : "\n");
        if (vt_options_print(section, table, text) != VT_OK) {
            return vt_cli_no_memory(cli);
        }
    }
    return 0;
}

int vt_cmd_config_defaults(struct vt_cli *cli)
{
    struct vt_buf text = VT_BUF_INIT(TEXT_MAX);
    struct vt_registry *registry = NULL;
    struct vt_json_maker m;
    struct vt_json *made = NULL;
    int code = vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    vt_json_begin_array(&m);
    code = print_defaults(cli, registry, &m, &text);
    vt_registry_free(registry);
    (void)vt_json_end(&m, &made);
    if (code == 0 && cli->json) {
        code = vt_cli_emit(cli, made);
        made = NULL;
    } else if (code == 0) {
        (void)fwrite(text.data, 1, text.len, stdout);
    }
    vt_json_free(made);
    vt_buf_fini(&text);
    return code;
}

/* ---- dump ---------------------------------------------------------------- */

static const char *shown(const struct vt_config_section *s, uint32_t i)
{
    const struct vt_key *key = VT_AT(struct vt_key, s->table, i);

    return (key->flags & VT_KF_SECRET) != 0 ? "(secret)"
                                            : vt_options_text(s->options, i);
}

static void put_section(struct vt_json_maker *m,
                        const struct vt_config_section *s)
{
    for (uint32_t i = 0; i < s->table.count; i++) {
        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "section", s->name);
        vt_json_put_text(m, "key", VT_AT(struct vt_key, s->table, i)->name);
        vt_json_put_text(m, "value", shown(s, i));
        vt_json_put_text(m, "origin", vt_options_origin(s->options, i));
        vt_json_close(m);
    }
}

static void print_section(const struct vt_config_section *s)
{
    (void)printf("[%s]\n", s->name);
    for (uint32_t i = 0; i < s->table.count; i++) {
        char line[256];

        (void)snprintf(line, sizeof line, "%s = %s",
                       VT_AT(struct vt_key, s->table, i)->name, shown(s, i));
        (void)printf("%-40s ; %s\n", line, vt_options_origin(s->options, i));
    }
    (void)printf("\n");
}

/* Rows of the sections without a table: chains, validators ... */
static void dump_lists(const struct vt_config_file *file,
                       struct vt_json_maker *m, int json)
{
    const char *last = "";

    for (const struct vt_config_row *row = file->rows; row != NULL;
         row = row->next) {
        if (strcmp(row->section, "chains") != 0 &&
            strcmp(row->section, "peers") != 0 &&
            strcmp(row->section, "validators") != 0 &&
            strcmp(row->section, "genesis") != 0) {
            continue;
        }
        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "section", row->section);
        vt_json_put_text(m, "key", row->key);
        vt_json_put_text(m, "value", row->value);
        vt_json_put_text(m, "origin", row->where);
        vt_json_close(m);
        if (!json) {
            (void)printf("%s%s%s", strcmp(last, row->section) == 0 ? "" : "[",
                         strcmp(last, row->section) == 0 ? "" : row->section,
                         strcmp(last, row->section) == 0 ? "" : "]\n");
            (void)printf("%s = %s ; %s\n", row->key, row->value, row->where);
        }
        last = row->section;
    }
}

static int dump_file(struct vt_cli *cli, const struct vt_config_file *file)
{
    struct vt_json_maker m;

    vt_json_begin_array(&m);
    for (size_t i = 0; i < file->section_count; i++) {
        put_section(&m, &file->sections[i]);
        if (!cli->json) {
            print_section(&file->sections[i]);
        }
    }
    dump_lists(file, &m, cli->json);
    if (cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    return vt_json_end(&m, &cli->details) == VT_OK ? VT_EXIT_OK
                                                   : vt_cli_no_memory(cli);
}

int vt_cmd_config_dump(struct vt_cli *cli)
{
    const char *path = vt_cli_arg(cli, 0);
    struct vt_registry *registry = NULL;
    struct vt_config_file *file = NULL;
    int code = vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    file = vt_config_file_read(registry, path);
    vt_registry_free(registry);
    if (file == NULL) {
        return vt_cli_no_memory(cli);
    }
    if (file->problem_count > 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s (`vtchain config check %s` tells all)",
                           file->problems[0], path);
    } else {
        code = dump_file(cli, file);
    }
    vt_config_file_free(file);
    return code;
}
