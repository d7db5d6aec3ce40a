/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.c - conform FILE.ini runs the suites of core/conform on the plugin
 * the file's one section names, [<kind>.<stem>], with the options in it. A
 * shipped <stem>.ini must be the table of options; when the plugin ships a
 * <stem>.conform.ini, too, that one's are used.
 *
 * VT_CONFORM_LEVEL (5) and VT_CONFORM_SEED (1) choose more.
 */
#include "base/bytes.h"
#include "base/status.h"
#include "config/ini.h"
#include "conform/conform.h"
#include "support/plugin_ini.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INI_MAX ((size_t)64 << 10)

static uint64_t number_of(const char *name, uint64_t usual)
{
    const char *text = getenv(name);

    return text == NULL || text[0] == '\0' ? usual : strtoull(text, NULL, 10);
}

static void tell(void *ctx, const struct vt_conform_result *r)
{
    if (r->outcome == VT_CONFORM_FAIL) {
        (void)printf("FAIL %s (%s, seed %" PRIu64 "): %s\n", r->name, r->rule,
                     r->seed, r->text);
    } else if (*(const int *)ctx) {
        (void)printf("%s %s, %" PRIu64 " ms %s\n",
                     r->outcome == VT_CONFORM_PASS ? "pass" : "skip", r->name,
                     r->took_ms, r->text);
    }
}

static vt_status add_row(void *ctx, const char *section, const char *key,
                         const char *value, const char *where,
                         struct vt_err *err)
{
    (void)section;
    (void)where;
    (void)err;
    return vt_buf_printf(ctx, "%s = %s\n", key, value);
}

/* Is it the plugin's <stem>.ini? */
static int is_shipped(const char *ini, const struct plugin_ini *plugin)
{
    char name[64];
    size_t len = (size_t)snprintf(name, sizeof name, "/%s.ini", plugin->stem);
    size_t path_len = strlen(ini);

    return path_len > len && strcmp(ini + path_len - len, name) == 0;
}

static int is_as_printed(const char *ini, const struct plugin_ini *plugin)
{
    static char have[INI_MAX];
    struct vt_buf want = VT_BUF_INIT(INI_MAX);
    int equal = 0;
    FILE *f;

    f = fopen(ini, "r");
    if (f != NULL) {
        have[fread(have, 1, sizeof have - 1, f)] = '\0';
        (void)fclose(f);
        equal = vt_options_print(plugin->section, plugin->module->desc.keys,
                                 &want) == VT_OK &&
                strcmp(have, vt_buf_text(&want)) == 0;
    }
    vt_buf_fini(&want);
    if (!equal) {
        (void)printf("FAIL %s is not the plugin's table of options\n", ini);
    }
    return equal;
}

int main(int argc, char **argv)
{
    struct vt_buf rows = VT_BUF_INIT(VT_CONFORM_OPTIONS_MAX);
    struct vt_buf beside = VT_BUF_INIT(VT_CONFORM_OPTIONS_MAX);
    struct vt_err err = VT_ERR_INIT;
    struct vt_conform_total total = {0};
    struct plugin_ini plugin;
    int is_verbose = getenv("VT_CONFORM_VERBOSE") != NULL;
    struct vt_conform_args args = {
        .level = (uint32_t)number_of("VT_CONFORM_LEVEL", VT_CONFORM_WORKS),
        .seed = number_of("VT_CONFORM_SEED", 1),
        .on_result = tell,
        .ctx = &is_verbose};
    int good = 1;

    if (argc != 2 || plugin_ini_load(argv[1], &plugin, &err) != VT_OK ||
        vt_ini_read(argv[1], add_row, &rows, &err) != VT_OK) {
        (void)fprintf(stderr, "conform: %s\n",
                      argc != 2 ? "usage: conform FILE.ini" : err.text);
        return 2;
    }
    args.file = plugin.module->file;
    args.options = vt_buf_text(&rows);
    if (is_shipped(argv[1], &plugin)) {
        good = is_as_printed(argv[1], &plugin) &&
               vt_conform_options(args.file, &beside, &err) == VT_OK;
        (void)printf("%s%s", err.text, err.text[0] == '\0' ? "" : "\n");
        args.options = beside.len > 0 ? vt_buf_text(&beside) : args.options;
    }
    if (vt_conform_run(&args, &total, &err) != VT_OK) {
        (void)fprintf(stderr, "conform: %s\n", err.text);
        return 2;
    }
    (void)printf("%s at level %u: %u passed, %u failed, %u skipped\n",
                 plugin.section, args.level, total.passed, total.failed,
                 total.skipped);
    plugin_ini_forget(&plugin);
    vt_buf_fini(&rows);
    vt_buf_fini(&beside);
    return good && total.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
