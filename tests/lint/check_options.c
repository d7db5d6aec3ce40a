/* SPDX-License-Identifier: Apache-2.0
 *
 * check_options.c - is every option described once, and the same everywhere?
 * A plugin's table is compared with its <stem>.ini and its README, the core's
 * tables with core/config/README.md, and each INI in configs/ must load.
 * `check_options --fix` writes what differs.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/chain_config.h"
#include "config/node_config.h"
#include "plugin/registry.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 1048576u
#define TABLE_START "| option | type |"

static const char *src;
static int fix;
static unsigned findings;

static void finding(const char *path, const char *text)
{
    (void)printf("%s:1: %s\n", path, text);
    findings++;
}

/* The file's text in out, empty when there is none. */
static int read_file(const char *path, struct vt_buf *out)
{
    FILE *file = fopen(path, "re");
    uint8_t *room;

    vt_buf_init(out, FILE_MAX);
    if (file == NULL) {
        return 0;
    }
    room = vt_buf_grow(out, FILE_MAX);
    if (room != NULL) {
        out->len = fread(room, 1, FILE_MAX, file);
    }
    (void)fclose(file);
    (void)vt_buf_text(out);
    return 1;
}

static void write_file(const char *path, const char *before, size_t before_len,
                       struct vt_buf *middle, const char *after)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || fwrite(before, 1, before_len, file) != before_len ||
        fputs(vt_buf_text(middle), file) < 0 || fputs(after, file) < 0 ||
        fclose(file) != 0) {
        (void)fprintf(stderr, "%s: cannot be written\n", path);
        exit(2);
    }
    (void)printf("%s: written\n", path);
}

/* Comments and blank lines before the first section. */
static size_t preamble_len(const char *text)
{
    const char *p = text;

    while (*p == ';' || *p == '\n') {
        const char *end = strchr(p, '\n');

        p = end == NULL ? p + strlen(p) : end + 1;
    }
    return (size_t)(p - text);
}

static void check_ini(const char *path, const char *section,
                      struct vt_tab table)
{
    struct vt_buf have;
    struct vt_buf want = VT_BUF_INIT(FILE_MAX);
    const char *text;
    size_t skip;

    (void)read_file(path, &have);
    (void)vt_options_print(section, table, &want);
    text = vt_buf_text(&have);
    skip = preamble_len(text);
    if (strcmp(text + skip, vt_buf_text(&want)) != 0) {
        if (fix) {
            write_file(path, text, skip, &want, "");
        } else {
            finding(path, "does not say what the option table says; "
                          "tests/lint/check_options --fix writes it");
        }
    }
    vt_buf_fini(&have);
    vt_buf_fini(&want);
}

/* The Markdown table after `heading` ("" = the first) is that of `table`. */
static void check_markdown(const char *path, const char *heading,
                           struct vt_tab table)
{
    struct vt_buf have;
    struct vt_buf want = VT_BUF_INIT(FILE_MAX);
    const char *text;
    const char *start;
    const char *end;

    (void)read_file(path, &have);
    (void)vt_options_markdown(table, &want);
    text = vt_buf_text(&have);
    start = strstr(text, heading);
    start = start == NULL ? NULL : strstr(start, TABLE_START);
    if (start == NULL) {
        finding(path, "has no option table: put a line '" TABLE_START
                      "' where it belongs and run check_options --fix");
    } else if (strncmp(start, vt_buf_text(&want), want.len) != 0 ||
               start[want.len] == '|') {
        end = start;
        while (*end == '|') {
            end = strchr(end, '\n') == NULL ? end + strlen(end)
                                            : strchr(end, '\n') + 1;
        }
        if (fix) {
            write_file(path, text, (size_t)(start - text), &want, end);
        } else {
            (void)printf("%s:1: %s%sis not what the option table says; "
                         "tests/lint/check_options --fix writes it\n",
                         path, heading, heading[0] == '\0' ? "" : " ");
            findings++;
        }
    }
    vt_buf_fini(&have);
    vt_buf_fini(&want);
}

/* "<src>/plugins/<kind>/<stem>", or 0 when there is no such folder. */
static int folder_of(const char *stem, char *out, size_t room)
{
    glob_t found;
    char pattern[512];
    int ok;

    (void)snprintf(pattern, sizeof pattern, "%s/plugins/*/%s", src, stem);
    ok = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1;
    if (ok) {
        (void)snprintf(out, room, "%s", found.gl_pathv[0]);
    }
    globfree(&found);
    return ok;
}

static void check_without_options(const char *ini, const char *readme)
{
    struct vt_buf text;

    if (read_file(ini, &text)) {
        finding(ini, "belongs to a plugin without options: remove it");
    }
    vt_buf_fini(&text);
    (void)read_file(readme, &text);
    if (strstr(vt_buf_text(&text), "No options") == NULL) {
        finding(readme, "does not say 'No options'");
    }
    vt_buf_fini(&text);
}

static void check_shipped(const char *fragment, const char *stem)
{
    struct vt_buf text;
    char name[64];

    (void)snprintf(name, sizeof name, "/%s.ini", stem);
    (void)read_file(fragment, &text);
    if (strstr(vt_buf_text(&text), name) == NULL) {
        finding(fragment, "does not ship the plugin's INI");
    }
    vt_buf_fini(&text);
}

static void check_module(const struct vt_module *module)
{
    struct vt_tab keys = module->desc.keys;
    char dir[400];
    char ini[512];
    char readme[512];
    char fragment[512];
    char section[128];
    const char *kind;

    if (!folder_of(module->stem, dir, sizeof dir)) {
        finding(module->file, "has no folder plugins/<kind>/<stem>");
        return;
    }
    *strrchr(dir, '/') = '\0';
    kind = strrchr(dir, '/') + 1;
    (void)snprintf(section, sizeof section, "%.60s.%.60s", kind, module->stem);
    (void)snprintf(ini, sizeof ini, "%s/%s/%s.ini", dir, module->stem,
                   module->stem);
    (void)snprintf(readme, sizeof readme, "%s/%s/README.md", dir, module->stem);
    (void)snprintf(fragment, sizeof fragment, "%s/%s/plugin.am", dir,
                   module->stem);
    if (keys.count == 0) {
        check_without_options(ini, readme);
        return;
    }
    check_ini(ini, section, keys);
    check_markdown(readme, "", keys);
    check_shipped(fragment, module->stem);
}

struct walk {
    const char *dir; /* installed plugins are not ours to judge */
    unsigned count;
};

static int on_module(void *ctx, const char *file,
                     const struct vt_module *module, const struct vt_err *why)
{
    struct walk *walk = ctx;

    if (strncmp(file, walk->dir, strlen(walk->dir)) != 0) {
        return 0;
    }
    if (module == NULL) {
        finding(file, why->text);
    } else {
        check_module(module);
        walk->count++;
    }
    return 0;
}

static void check_core(void)
{
    char path[512];
    char heading[64];
    struct vt_tab table;
    const char *name;
    int seen_ledger = 0;

    (void)snprintf(path, sizeof path, "%s/core/config/README.md", src);
    for (uint32_t i = 0; (name = vt_node_config_table(i, &table)) != NULL;
         i++) {
        (void)snprintf(heading, sizeof heading, "### [%.40s]", name);
        check_markdown(path, heading, table);
    }
    for (uint32_t i = 0; (name = vt_chain_config_table(i, &table)) != NULL;
         i++) {
        if (strncmp(name, "ledger.", 7) == 0) {
            if (seen_ledger++) {
                continue; /* four times the same table */
            }
            name = "ledger.<name>";
        }
        (void)snprintf(heading, sizeof heading, "### [%.40s]", name);
        check_markdown(path, heading, table);
    }
}

/* Type every plugin section of a chain's INI with the plugin's own table. */
static vt_status check_sections(struct vt_registry *registry,
                                struct vt_chain_config *config,
                                struct vt_err *err)
{
    for (const struct vt_config_row *row = config->rows; row != NULL;
         row = row->next) {
        const char *stem = strchr(row->section, '.') + 1;
        const struct vt_module *module = NULL;
        struct vt_options *options = NULL;
        vt_status status = VT_E_NOTFOUND;

        for (int kind = 0; kind < VT_KIND_COUNT && status != VT_OK; kind++) {
            status = vt_registry_load(registry, stem, (enum vt_plugin_kind)kind,
                                      &module, err);
        }
        if (status == VT_OK && !row->taken) {
            status = vt_chain_config_options(config, row->section,
                                             module->desc.keys, &options, err);
            vt_options_free(options);
        }
        if (status != VT_OK) {
            return status;
        }
    }
    return VT_OK;
}

static void check_config(struct vt_registry *registry, const char *path)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_chain_config *chain = NULL;
    struct vt_node_config *node = NULL;
    struct vt_buf text;
    vt_status status;

    (void)read_file(path, &text);
    if (strstr(vt_buf_text(&text), "[node]") != NULL) {
        status = vt_node_config_load(path, &node, &err);
        vt_node_config_free(node);
    } else {
        status = vt_chain_config_load(path, &chain, &err);
        if (status == VT_OK) {
            status = check_sections(registry, chain, &err);
        }
        vt_chain_config_free(chain);
    }
    if (status != VT_OK) {
        finding(path, err.text);
    }
    vt_buf_fini(&text);
}

static void check_configs(struct vt_registry *registry)
{
    static const char *const places[] = {"*.ini", "*/*.ini"};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char pattern[512];
        glob_t found;

        (void)snprintf(pattern, sizeof pattern, "%s/configs/%s", src,
                       places[i]);
        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t k = 0; k < found.gl_pathc; k++) {
                check_config(registry, found.gl_pathv[k]);
            }
        }
        globfree(&found);
    }
}

int main(int argc, char **argv)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_registry *registry;
    struct vt_err err = VT_ERR_INIT;
    struct walk walk = {.dir = policy.path};

    src = getenv("VT_TEST_SRC_DIR");
    fix = argc > 1 && strcmp(argv[1], "--fix") == 0;
    if (src == NULL || policy.path == NULL) {
        (void)fprintf(stderr, "set VT_TEST_SRC_DIR and VT_TEST_PLUGIN_DIR\n");
        return 2;
    }
    if (vt_registry_new(&policy, &registry, &err) != VT_OK ||
        vt_registry_list(registry, on_module, &walk, &err) != VT_OK) {
        finding(policy.path, err.text);
    } else {
        check_core();
        check_configs(registry);
    }
    vt_registry_free(registry);
    (void)printf("%u plugins, %u findings\n", walk.count, findings);
    return findings == 0 ? 0 : 1;
}
