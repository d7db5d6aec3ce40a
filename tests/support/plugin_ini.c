/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_ini.c - INI file, module and options of one plugin.
 */
#include "support/plugin_ini.h"

#include "base/status.h"
#include "config/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vt_status take_section(void *ctx, const char *section, const char *key,
                              const char *value, const char *where,
                              struct vt_err *err)
{
    struct plugin_ini *p = ctx;

    (void)key;
    (void)value;
    if (p->section[0] == '\0') {
        (void)snprintf(p->section, sizeof p->section, "%s", section);
    }
    return strcmp(p->section, section) == 0
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID, "%s: a second section", where);
}

static vt_status take_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    struct plugin_ini *p = ctx;

    (void)section;
    return vt_options_set(p->options, key, value, where, err);
}

static vt_status find_kind(struct plugin_ini *p, const char *path,
                           struct vt_err *err)
{
    for (int kind = 0; kind < VT_KIND_COUNT; kind++) {
        const char *name = vt_plugin_kind_name((enum vt_plugin_kind)kind);
        size_t len = strlen(name);

        if (strncmp(p->section, name, len) == 0 && p->section[len] == '.') {
            p->kind = (enum vt_plugin_kind)kind;
            p->stem = p->section + len + 1;
            return VT_OK;
        }
    }
    return vt_err_set(err, VT_E_INVALID, "%s: no section [<kind>.<stem>]",
                      path);
}

static vt_status load_module(struct plugin_ini *p, struct vt_err *err)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_registry *registry;
    vt_status status;

    if (policy.path == NULL) {
        return vt_err_set(err, VT_E_INVALID,
                          "VT_TEST_PLUGIN_DIR is not set: run by `make check`");
    }
    status = vt_registry_new(&policy, &registry, err);
    if (status == VT_OK) {
        status = vt_registry_load(registry, p->stem, p->kind, &p->module, err);
        vt_registry_free(registry);
    }
    return status;
}

vt_status plugin_ini_load(const char *path, struct plugin_ini *out,
                          struct vt_err *err)
{
    vt_status status;

    memset(out, 0, sizeof *out);
    status = vt_ini_read(path, take_section, out, err);
    if (status == VT_OK) {
        status = find_kind(out, path, err);
    }
    if (status == VT_OK) {
        status = load_module(out, err);
    }
    if (status == VT_OK) {
        status = vt_options_new(out->section, out->module->desc.keys, "/",
                                &out->options, err);
    }
    if (status == VT_OK) {
        status = vt_ini_read(path, take_row, out, err);
    }
    if (status == VT_OK) {
        status = vt_options_check(out->options, err);
    }
    if (status == VT_OK) {
        vt_options_cfg(out->options, &out->cfg);
    }
    return status;
}

void plugin_ini_forget(struct plugin_ini *plugin)
{
    vt_options_free(plugin->options);
    plugin->options = NULL;
}
