/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.c - rows first, then each row against its table.
 */
#include "cli/config_file.h"

#include "base/alloc.h"
#include "config/ini.h"
#include "config/node_config.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS_MAX 20000u

/* Sections without a table: free names on the left. */
static const char *const node_lists[] = {"chains", "peers", NULL};
static const char *const chain_lists[] = {"validators", "genesis", NULL};

void vt_config_problem(struct vt_config_file *file, const char *fmt, ...)
{
    char text[600];
    va_list args;

    if (file->problem_count == VT_CONFIG_PROBLEMS_MAX) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    file->problems[file->problem_count] = vt_strdup(text);
    if (file->problems[file->problem_count] == NULL) {
        file->out_of_memory = 1;
    } else {
        file->problem_count++;
    }
}

struct vt_config_section *vt_config_section(struct vt_config_file *file,
                                            const char *name)
{
    for (size_t i = 0; i < file->section_count; i++) {
        if (strcmp(file->sections[i].name, name) == 0) {
            return &file->sections[i];
        }
    }
    return NULL;
}

void vt_config_add_section(struct vt_config_file *file, const char *name,
                           struct vt_tab table)
{
    struct vt_config_section *s = &file->sections[file->section_count];
    struct vt_err err = VT_ERR_INIT;

    if (file->section_count == VT_CONFIG_SECTIONS_MAX) {
        vt_config_problem(file, "%s: more than %u sections", file->path,
                          VT_CONFIG_SECTIONS_MAX);
        return;
    }
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->table = table;
    if (vt_options_new(name, table, file->dir, &s->options, &err) != VT_OK) {
        vt_config_problem(file, "%s: [%s]: %s", file->path, name, err.text);
        return;
    }
    file->section_count++;
}

/* ---- rows ---------------------------------------------------------------- */

struct reading {
    struct vt_config_file *file;
    struct vt_config_row **tail;
    size_t count;
};

static vt_status keep_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    struct reading *r = ctx;
    struct vt_config_row *row;

    if (r->count++ == ROWS_MAX) {
        return vt_err_set(err, VT_E_LIMIT, "%s: more than %u lines", where,
                          ROWS_MAX);
    }
    row = vt_alloc(sizeof *row);
    if (row == NULL) {
        return VT_E_NOMEM;
    }
    *r->tail = row;
    r->tail = &row->next;
    row->section = vt_strdup(section);
    row->key = vt_strdup(key);
    row->value = vt_strdup(value);
    row->where = vt_strdup(where);
    return row->section != NULL && row->key != NULL && row->value != NULL &&
                   row->where != NULL
               ? VT_OK
               : VT_E_NOMEM;
}

/* A line that cannot be read ends the reading; what came before is kept. */
static void read_rows(struct vt_config_file *file)
{
    struct reading r = {.file = file, .tail = &file->rows};
    struct vt_err err = VT_ERR_INIT;
    vt_status status = vt_ini_read(file->path, keep_row, &r, &err);

    if (status == VT_E_NOMEM) {
        file->out_of_memory = 1;
    } else if (status != VT_OK) {
        vt_config_problem(file, "%s", err.text);
    }
}

/* ---- tables -------------------------------------------------------------- */

static const char *table_of(int is_chain, uint32_t index, struct vt_tab *table)
{
    return is_chain ? vt_chain_config_table(index, table)
                    : vt_node_config_table(index, table);
}

static int has_section(int is_chain, const char *name)
{
    const char *const *lists = is_chain ? chain_lists : node_lists;
    struct vt_tab table;
    const char *known;

    for (uint32_t i = 0; (known = table_of(is_chain, i, &table)) != NULL; i++) {
        if (strcmp(known, name) == 0) {
            return 1;
        }
    }
    for (size_t i = 0; lists[i] != NULL; i++) {
        if (strcmp(lists[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The first section only one of the two has decides. */
static int guess_kind(struct vt_config_file *file)
{
    for (const struct vt_config_row *row = file->rows; row != NULL;
         row = row->next) {
        if (has_section(1, row->section)) {
            file->is_chain = 1;
            return 1;
        }
        if (has_section(0, row->section)) {
            return 1;
        }
    }
    if (file->problem_count == 0) {
        vt_config_problem(file,
                          "%s: neither a node's INI (it has [node]) nor a "
                          "chain's (it has [chain])",
                          file->path);
    }
    return 0;
}

static void unknown_section(struct vt_config_file *file,
                            const struct vt_config_row *row)
{
    struct vt_cli_words among = {.count = 0};
    const char *nearest;

    for (size_t i = 0; i < file->section_count; i++) {
        (void)snprintf(among.word[among.count++], VT_CLI_WORD_SIZE, "%.47s",
                       file->sections[i].name);
    }
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(among.word[among.count++], VT_CLI_WORD_SIZE, "%s",
                       (file->is_chain ? chain_lists : node_lists)[i]);
    }
    nearest = vt_cli_nearest(row->section, &among);
    vt_config_problem(
        file, "%s: unknown section [%.60s]%s%s%s", row->where, row->section,
        nearest == NULL ? "; `vtchain config defaults --help` "
                          "tells which there are"
                        : ", did you mean [",
        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "]?");
}

int vt_config_is_plugin_section(const char *name)
{
    for (int kind = 0; kind < VT_KIND_COUNT; kind++) {
        const char *word = vt_plugin_kind_name((enum vt_plugin_kind)kind);
        size_t len = strlen(word);

        if (strncmp(name, word, len) == 0 && name[len] == '.') {
            return 1;
        }
    }
    return 0;
}

static void check_rows(struct vt_config_file *file)
{
    const char *unknown = "";

    for (const struct vt_config_row *row = file->rows; row != NULL;
         row = row->next) {
        struct vt_config_section *s = vt_config_section(file, row->section);
        struct vt_err err = VT_ERR_INIT;

        if (s != NULL) {
            if (vt_options_set(s->options, row->key, row->value, row->where,
                               &err) != VT_OK) {
                vt_config_problem(file, "%s", err.text);
            }
        } else if (!has_section(file->is_chain, row->section) &&
                   !(file->is_chain &&
                     vt_config_is_plugin_section(row->section)) &&
                   strcmp(unknown, row->section) != 0) {
            unknown_section(file, row);
            unknown = row->section;
        }
    }
}

static void check_required(struct vt_config_file *file,
                           const struct vt_config_section *s)
{
    for (uint32_t i = 0; i < s->table.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, s->table, i);

        if ((key->flags & VT_KF_REQUIRED) != 0 &&
            strcmp(vt_options_origin(s->options, i), "default") == 0) {
            int tried = 0;

            for (const struct vt_config_row *row = file->rows; row != NULL;
                 row = row->next) {
                tried |= strcmp(row->section, s->name) == 0 &&
                         strcmp(row->key, key->name) == 0;
            }
            if (!tried) { /* a bad value was told already */
                vt_config_problem(file, "%s: [%s] needs the option '%s': %s",
                                  file->path, s->name, key->name, key->doc);
            }
        }
    }
}

/* ---- the node's lists ---------------------------------------------------- */

static void check_node_lists(struct vt_config_file *file)
{
    const char *slash = strrchr(file->path, '/');

    for (const struct vt_config_row *row = file->rows; row != NULL;
         row = row->next) {
        char path[2 * PATH_MAX];

        if (strcmp(row->section, "chains") != 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%.*s%s",
                       row->value[0] == '/' || slash == NULL
                           ? 0
                           : (int)(slash - file->path) + 1,
                       file->path, row->value);
        if (access(path, R_OK) != 0) {
            vt_config_problem(file, "%s: chain '%s': cannot read %s",
                              row->where, row->key, path);
        }
    }
}

static void check_node_whole(struct vt_config_file *file)
{
    struct vt_node_config *config = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (file->problem_count == 0 &&
        vt_node_config_load(file->path, &config, &err) != VT_OK) {
        vt_config_problem(file, "%s", err.text);
    }
    vt_node_config_free(config);
}

/* ---- the whole ----------------------------------------------------------- */

static void check(struct vt_config_file *file, struct vt_registry *registry)
{
    struct vt_tab table;
    const char *name;

    for (uint32_t i = 0; (name = table_of(file->is_chain, i, &table)) != NULL;
         i++) {
        vt_config_add_section(file, name, table);
    }
    check_rows(file);
    for (size_t i = 0; i < file->section_count; i++) {
        check_required(file, &file->sections[i]);
    }
    if (file->is_chain) {
        size_t core = file->section_count;

        vt_config_chain_plugins(file, registry);
        for (size_t i = core; i < file->section_count; i++) {
            check_required(file, &file->sections[i]);
        }
        vt_config_chain_whole(file, registry);
    } else {
        check_node_lists(file);
        check_node_whole(file);
    }
}

static char *folder_of(const char *path)
{
    char real[PATH_MAX];
    char *slash;

    if (realpath(path, real) == NULL) {
        return vt_strdup("/"); /* that it cannot be read is told later */
    }
    slash = strrchr(real, '/');
    slash[slash == real ? 1 : 0] = '\0';
    return vt_strdup(real);
}

/* The line a problem is at; those of the whole file come last. */
static unsigned long line_of(const struct vt_config_file *file,
                             const char *problem)
{
    size_t len = strlen(file->path);
    unsigned long line = 0;

    if (strncmp(problem, file->path, len) == 0 && problem[len] == ':') {
        line = strtoul(problem + len + 1, NULL, 10);
    }
    return line == 0 ? ULONG_MAX : line;
}

/* Insertion sort: stable, and there are few. */
static void sort_problems(struct vt_config_file *file)
{
    for (size_t i = 1; i < file->problem_count; i++) {
        char *moving = file->problems[i];
        size_t k = i;

        while (k > 0 &&
               line_of(file, file->problems[k - 1]) > line_of(file, moving)) {
            file->problems[k] = file->problems[k - 1];
            k--;
        }
        file->problems[k] = moving;
    }
}

struct vt_config_file *vt_config_file_read(struct vt_registry *registry,
                                           const char *path)
{
    struct vt_config_file *file = vt_alloc(sizeof *file);

    if (file != NULL) {
        file->path = vt_strdup(path);
        file->dir = folder_of(path);
    }
    if (file == NULL || file->path == NULL || file->dir == NULL) {
        vt_config_file_free(file);
        return NULL;
    }
    read_rows(file);
    if (guess_kind(file)) {
        check(file, registry);
    }
    sort_problems(file);
    if (file->out_of_memory) {
        vt_config_file_free(file);
        return NULL;
    }
    return file;
}

static void free_rows(struct vt_config_row *row)
{
    while (row != NULL) {
        struct vt_config_row *next = row->next;

        vt_free(row->section);
        vt_free(row->key);
        vt_free(row->value);
        vt_free(row->where);
        vt_free(row);
        row = next;
    }
}

void vt_config_file_free(struct vt_config_file *file)
{
    if (file == NULL) {
        return;
    }
    for (size_t i = 0; i < file->section_count; i++) {
        vt_options_free(file->sections[i].options);
    }
    for (size_t i = 0; i < file->problem_count; i++) {
        vt_free(file->problems[i]);
    }
    free_rows(file->rows);
    vt_free(file->path);
    vt_free(file->dir);
    vt_free(file);
}
