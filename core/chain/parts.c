/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.c - a consensus plugin made ready for an epoch.
 */
#include "chain/parts.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/status.h"
#include "config/ini.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 20000u

vt_status vt_parts_of(const struct vt_parts_args *args,
                      const struct vt_module *module,
                      struct vt_options *options, struct vt_parts **out,
                      struct vt_err *err)
{
    struct vt_host_args host = {.module = module,
                                .kind = VT_KIND_CONSENSUS,
                                .host_name = args->host_name,
                                .chain_name = args->chain_name,
                                .schemes = args->schemes,
                                .mono_ns = args->mono_ns,
                                .wall_ms = args->wall_ms};
    struct vt_parts *parts = vt_alloc(sizeof *parts);

    *out = NULL;
    if (parts != NULL) {
        parts->module = module;
        parts->consensus = module->consensus;
        parts->host = vt_host_new(&host);
    }
    if (parts == NULL || parts->host == NULL) {
        vt_free(parts);
        vt_options_free(options);
        return vt_err_set(err, VT_E_NOMEM, "no memory for a plugin");
    }
    parts->options = options;
    vt_options_cfg(options, &parts->cfg);
    *out = parts;
    return VT_OK;
}

struct typing {
    struct vt_options *options;
    char section[96];
};

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    const struct typing *t = ctx;

    if (strcmp(section, t->section) != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: only rows of [%s] can come with a switch", where,
                          t->section);
    }
    return vt_options_set(t->options, key, value, where, err);
}

static vt_status type_rows(const struct vt_module *module, const char *engine,
                           struct vt_view text, struct vt_options **out,
                           struct vt_err *err)
{
    struct vt_buf ini = VT_BUF_INIT(TEXT_MAX);
    struct typing t;
    vt_status status;

    (void)snprintf(t.section, sizeof t.section, "consensus.%.64s", engine);
    status = vt_options_new(t.section, module->desc.keys, "/", &t.options, err);
    if (status != VT_OK) {
        return status;
    }
    (void)vt_buf_printf(&ini, "[%s]\n", t.section);
    (void)vt_buf_put(&ini, text.ptr, text.len);
    status = ini.failed != VT_OK
                 ? vt_err_set(err, ini.failed, "[%s] is too long", t.section)
                 : vt_ini_read_text("the switch", vt_buf_text(&ini), ini.len,
                                    on_row, &t, err);
    if (status == VT_OK) {
        status = vt_options_check(t.options, err);
    }
    vt_buf_fini(&ini);
    if (status != VT_OK) {
        vt_options_free(t.options);
        return status;
    }
    *out = t.options;
    return VT_OK;
}

vt_status vt_parts_new(const struct vt_parts_args *args, const char *engine,
                       struct vt_view text, struct vt_parts **out,
                       struct vt_err *err)
{
    const struct vt_module *module = NULL;
    struct vt_options *options = NULL;
    vt_status status = vt_registry_load(args->registry, engine,
                                        VT_KIND_CONSENSUS, &module, err);

    *out = NULL;
    if (status == VT_OK) {
        status = type_rows(module, engine, text, &options, err);
    }
    return status == VT_OK ? vt_parts_of(args, module, options, out, err)
                           : status;
}

void vt_parts_free(struct vt_parts *parts)
{
    if (parts != NULL) {
        vt_host_free(parts->host);
        vt_options_free(parts->options);
        vt_free(parts);
    }
}
