/* SPDX-License-Identifier: Apache-2.0
 *
 * setup.h - what a chain's INI says, ready for use: parameters, rules, the
 * plugins of its signatures and its first epoch. Everything but the stores,
 * which only who keeps the chain needs.
 */
#ifndef VT_CHAIN_SETUP_H
#define VT_CHAIN_SETUP_H

#include "base/buf.h"
#include "chain/parts.h"
#include "config/chain_config.h"
#include "ledger/ledger.h"

struct vt_setup_args {
    const char *config_path;
    const char *host_name; /* "vtchaind", for plugins */
    struct vt_registry *registry;
    uint64_t (*mono_ns)(void *ctx);
    int64_t (*wall_ms)(void *ctx);
};

struct vt_setup {
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_schemes schemes;
    struct vt_parts_args parts_args;
    struct vt_parts *parts; /* of the first epoch */
    struct vt_parts_maker maker;
    struct vt_buf canonical; /* text of the parameters (params.h) */
};

/* The registry is borrowed. Returns VT_OK and *out; the error names file, line
 * or plugin, and the cure. Thread: any. */
vt_status vt_setup_new(const struct vt_setup_args *args, struct vt_setup **out,
                       struct vt_err *err);
/* NULL is fine. */
void vt_setup_free(struct vt_setup *setup);

/* The typed options of a plugin of this chain, from the section "kind.stem".
 * Returns as vt_chain_config_options. */
vt_status vt_setup_options(const struct vt_setup *setup,
                           enum vt_plugin_kind kind, const char *stem,
                           const struct vt_module *module,
                           struct vt_options **out, struct vt_err *err);

#endif
