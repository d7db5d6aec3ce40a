/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - what an epoch of a chain runs: a consensus plugin with its options
 * and its host table.
 */
#ifndef VT_CHAIN_PARTS_H
#define VT_CHAIN_PARTS_H

#include "config/option.h"
#include "plugin/host.h"
#include "plugin/registry.h"

struct vt_parts {
    const struct vt_module *module;
    const struct vt_consensus *consensus; /* perhaps wrapped by the validator */
    const struct vt_host *host;
    struct vt_options *options;
    struct vt_cfg cfg; /* of options */
};

/* Makes the parts of a later epoch; text has the rows of the engine's section.
 * Called on the chain's thread, so it must not wait for the network. Returns
 * VT_OK and *out; what the loader or the options say otherwise. */
struct vt_parts_maker {
    vt_status (*make)(void *ctx, const char *engine, struct vt_view text,
                      struct vt_parts **out, struct vt_err *err);
    void *ctx;
};

struct vt_parts_args {
    struct vt_registry *registry;
    const char *host_name, *chain_name;
    const struct vt_schemes *schemes;
    uint64_t (*mono_ns)(void *ctx);
    int64_t (*wall_ms)(void *ctx);
};

/* The usual maker: loads the plugin and types the rows. Thread: any; the
 * registry lets one thread in at a time. */
vt_status vt_parts_new(const struct vt_parts_args *args, const char *engine,
                       struct vt_view text, struct vt_parts **out,
                       struct vt_err *err);
/* The same with options that were typed already, which it takes. */
vt_status vt_parts_of(const struct vt_parts_args *args,
                      const struct vt_module *module,
                      struct vt_options *options, struct vt_parts **out,
                      struct vt_err *err);
/* NULL is fine. */
void vt_parts_free(struct vt_parts *parts);

#endif
