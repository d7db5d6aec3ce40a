/* SPDX-License-Identifier: Apache-2.0
 *
 * setup.c - from a chain's INI to its rules and plugins.
 */
#include "chain/setup.h"

#include "base/alloc.h"
#include "base/status.h"
#include "chain/params.h"

#include <stdio.h>
#include <string.h>

vt_status vt_setup_options(const struct vt_setup *setup,
                           enum vt_plugin_kind kind, const char *stem,
                           const struct vt_module *module,
                           struct vt_options **out, struct vt_err *err)
{
    char section[96];

    (void)snprintf(section, sizeof section, "%s.%s", vt_plugin_kind_name(kind),
                   stem);
    return vt_chain_config_options(setup->config, section, module->desc.keys,
                                   out, err);
}

static vt_status load_schemes(struct vt_setup *s, struct vt_err *err)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < s->config->scheme_count && status == VT_OK; i++) {
        const struct vt_module *module = NULL;
        struct vt_options *options = NULL;
        const char *stem = s->config->schemes[i];

        status = vt_registry_load(s->parts_args.registry, stem,
                                  VT_KIND_SIGNATURE, &module, err);
        if (status == VT_OK) {
            status = vt_setup_options(s, VT_KIND_SIGNATURE, stem, module,
                                      &options, err);
            vt_options_free(options);
        }
        if (status == VT_OK) {
            s->schemes.scheme[i] = module->signature;
            s->schemes.count = i + 1;
        }
    }
    return status;
}

static vt_status make_parts(void *ctx, const char *engine, struct vt_view text,
                            struct vt_parts **out, struct vt_err *err)
{
    const struct vt_setup *s = ctx;

    return vt_parts_new(&s->parts_args, engine, text, out, err);
}

static vt_status load_consensus(struct vt_setup *s, struct vt_err *err)
{
    const char *stem = s->config->consensus;
    const struct vt_module *module = NULL;
    struct vt_options *options = NULL;
    vt_status status = vt_registry_load(s->parts_args.registry, stem,
                                        VT_KIND_CONSENSUS, &module, err);

    if (status == VT_OK) {
        status =
            vt_setup_options(s, VT_KIND_CONSENSUS, stem, module, &options, err);
    }
    return status == VT_OK
               ? vt_parts_of(&s->parts_args, module, options, &s->parts, err)
               : status;
}

static vt_status make_canonical(struct vt_setup *s, const char *path,
                                struct vt_err *err)
{
    struct vt_params_args args = {.config = s->config,
                                  .consensus = s->parts->module,
                                  .consensus_options = s->parts->options,
                                  .schemes = s->schemes.scheme};
    vt_status status = vt_params_text(&args, &s->canonical);

    return status == VT_OK
               ? status
               : vt_err_set(err, status, "%s: the parameters are too long",
                            path);
}

static vt_status load(struct vt_setup *s, const struct vt_setup_args *args,
                      struct vt_err *err)
{
    vt_status status = vt_chain_config_load(args->config_path, &s->config, err);

    if (status == VT_OK) {
        s->parts_args.chain_name = s->config->name;
        status = vt_rules_new(s->config, &s->rules, err);
    }
    if (status == VT_OK) {
        status = load_schemes(s, err);
    }
    if (status == VT_OK) {
        status = load_consensus(s, err);
    }
    return status == VT_OK ? make_canonical(s, args->config_path, err) : status;
}

vt_status vt_setup_new(const struct vt_setup_args *args, struct vt_setup **out,
                       struct vt_err *err)
{
    struct vt_setup *s = vt_alloc(sizeof *s);
    vt_status status;

    *out = NULL;
    if (s == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a chain");
    }
    s->parts_args.registry = args->registry;
    s->parts_args.host_name = args->host_name;
    s->parts_args.schemes = &s->schemes;
    s->parts_args.mono_ns = args->mono_ns;
    s->parts_args.wall_ms = args->wall_ms;
    s->maker.make = make_parts;
    s->maker.ctx = s;
    vt_buf_init(&s->canonical, VT_PARAMS_MAX);
    status = load(s, args, err);
    if (status != VT_OK) {
        vt_setup_free(s);
        return status;
    }
    *out = s;
    return VT_OK;
}

void vt_setup_free(struct vt_setup *s)
{
    if (s != NULL) {
        vt_parts_free(s->parts);
        vt_buf_fini(&s->canonical);
        vt_rules_free(s->rules);
        vt_chain_config_free(s->config);
        vt_free(s);
    }
}
