/* SPDX-License-Identifier: Apache-2.0
 *
 * files.c - the options a plugin's vendor wants it checked with, which lie
 * beside it, and the file a failure leaves for whoever repeats it.
 */
#include "base/status.h"
#include "config/ini.h"
#include "conform/conform.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- options ------------------------------------------------------------- */

#define SUFFIX ".conform.ini"

struct beside {
    struct vt_buf *rows;
    const char *stem;
};

static vt_status take_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    const struct beside *b = ctx;
    const char *dot = strchr(section, '.');

    if (dot == NULL || strcmp(dot + 1, b->stem) != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: the section is [<kind>.%s], not [%s]", where,
                          b->stem, section);
    }
    return vt_buf_printf(b->rows, "%s = %s\n", key, value) == VT_OK
               ? VT_OK
               : vt_err_set(err, VT_E_LIMIT,
                            "%s: more than %u bytes of options", where,
                            VT_CONFORM_OPTIONS_MAX);
}

vt_status vt_conform_options(const char *file, struct vt_buf *out,
                             struct vt_err *err)
{
    char path[PATH_MAX + sizeof SUFFIX];
    char stem[NAME_MAX + 1];
    struct beside b = {.rows = out, .stem = stem};
    char *name;

    if (realpath(file, path) == NULL) {
        return vt_err_set(err, VT_E_NOTFOUND, "%s: %s", file, strerror(errno));
    }
    name = strrchr(path, '/') + 1;
    name[strcspn(name, ".")] = '\0';
    (void)snprintf(stem, sizeof stem, "%s", name);
    (void)snprintf(name + strlen(name), sizeof SUFFIX, SUFFIX);
    return access(path, F_OK) == 0 ? vt_ini_read(path, take_row, &b, err)
                                   : VT_OK;
}

/* ---- cases --------------------------------------------------------------- */

vt_status vt_conform_case_print(const struct vt_conform_case *c,
                                struct vt_buf *out)
{
    const char *row = c->options;

    (void)vt_buf_printf(out,
                        "; vtchain plugin check --reproduce THIS_FILE\n"
                        "[conform]\nfile = %s\ntest = %s\nlevel = %u\n"
                        "seed = %" PRIu64 "\n\n[options]\n",
                        c->file, c->test, c->level, c->seed);
    (void)vt_buf_printf(out, "%s\n", row);
    return out->failed;
}

static vt_status case_number(const char *value, const char *where,
                             uint64_t *out, struct vt_err *err)
{
    char *end;

    errno = 0;
    *out = strtoull(value, &end, 10);
    return errno == 0 && end != value && *end == '\0'
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID, "%s: \"%s\" is no number", where,
                            value);
}

static vt_status case_text(char *to, size_t size, const char *value,
                           const char *where, struct vt_err *err)
{
    return (size_t)snprintf(to, size, "%s", value) < size
               ? VT_OK
               : vt_err_set(err, VT_E_LIMIT, "%s: too long", where);
}

static vt_status case_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    struct vt_conform_case *c = ctx;
    size_t used = strlen(c->options);
    uint64_t number = 0;
    vt_status status;

    if (strcmp(section, "options") == 0) {
        return (size_t)snprintf(c->options + used, sizeof c->options - used,
                                "%s = %s\n", key,
                                value) < sizeof c->options - used
                   ? VT_OK
                   : vt_err_set(err, VT_E_LIMIT, "%s: too long", where);
    }
    if (strcmp(section, "conform") != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: sections are [conform] and [options]", where);
    }
    if (strcmp(key, "file") == 0) {
        return case_text(c->file, sizeof c->file, value, where, err);
    }
    if (strcmp(key, "test") == 0) {
        return case_text(c->test, sizeof c->test, value, where, err);
    }
    if (strcmp(key, "seed") == 0) {
        return case_number(value, where, &c->seed, err);
    }
    if (strcmp(key, "level") == 0) {
        status = case_number(value, where, &number, err);
        c->level = (uint32_t)(number < 1 ? 1 : number > 10 ? 10 : number);
        return status;
    }
    return vt_err_set(err, VT_E_INVALID,
                      "%s: keys are file, test, level and seed, not %s", where,
                      key);
}

vt_status vt_conform_case_read(const char *path, struct vt_conform_case *out,
                               struct vt_err *err)
{
    vt_status status;

    memset(out, 0, sizeof *out);
    out->level = VT_CONFORM_WORKS;
    out->seed = 1;
    status = vt_ini_read(path, case_row, out, err);
    if (status == VT_OK && (out->file[0] == '\0' || out->test[0] == '\0')) {
        status = vt_err_set(err, VT_E_INVALID,
                            "%s: file and test are missing in [conform]", path);
    }
    return status;
}
