/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.h - plugins by stem: loaded once, checked, never unloaded.
 *
 * Loading follows the nine steps of the plugin contract (built-in first,
 * absolute path only, owner and mode, private copy, RTLD_NOW pre-flight,
 * dladdr, descriptor copy, needs, self test). A refusal is one line: file,
 * step, reason, cure. Thread: init (the main thread), except where said.
 */
#ifndef VT_PLUGIN_REGISTRY_H
#define VT_PLUGIN_REGISTRY_H

#include "base/buf.h"
#include "base/hash.h"

#include <vt/consensus.h>
#include <vt/plugin.h>
#include <vt/signature.h>
#include <vt/storage.h>

enum vt_plugin_kind {
    VT_KIND_CONSENSUS = 0,
    VT_KIND_STORAGE = 1,
    VT_KIND_SIGNATURE = 2,
    VT_KIND_ENGINE = 3,
    VT_KIND_SETTLEMENT = 4,
    VT_KIND_COUNT = 5
};

/* "consensus" ...; the section prefix of the INI. */
const char *vt_plugin_kind_name(enum vt_plugin_kind kind);

struct vt_registry_policy {
    const char *path;      /* extra folder, "" = none; absolute */
    const char *cache_dir; /* private copies go here; NULL or "" = no copies */
    uint32_t signature;    /* 0 off, 1 warn, 2 enforce */
    uint32_t validate;     /* 1: every table goes through the validating host */
    uint32_t trust_any_owner; /* 1 in a build tree and for `plugin check` */
};

struct vt_registry;

/* One loaded plugin; lives as long as the process. All pointers inside are the
 * host's own checked copies: a tail function the plugin does not know is NULL.
 */
struct vt_module {
    struct vt_plugin desc; /* normalised copy */
    const char *stem;
    const char *file;    /* where it was found, "built in" */
    uint8_t sha256[32];  /* zero when built in */
    uint32_t is_builtin;
    const struct vt_consensus *consensus; /* NULL when not offered */
    const struct vt_storage *storage;
    const struct vt_signature *signature;
};

vt_status vt_registry_new(const struct vt_registry_policy *policy,
                          struct vt_registry **out, struct vt_err *err);
/* Frees bookkeeping; modules stay mapped. */
void vt_registry_free(struct vt_registry *registry);

/* Load by stem, or hand out what is loaded already. *out lives for ever.
 * kind: must offer that interface. Returns VT_OK; VT_E_NOTFOUND with the
 * folders searched; VT_E_DENIED (owner, mode, signature); VT_E_UNSUPPORTED
 * (ABI, needs); VT_E_CORRUPT (descriptor); VT_E_IO. */
vt_status vt_registry_load(struct vt_registry *registry, const char *stem,
                           enum vt_plugin_kind kind,
                           const struct vt_module **out, struct vt_err *err);
/* Load one file by path through the same steps (`plugin check FILE`). */
vt_status vt_registry_load_file(struct vt_registry *registry, const char *path,
                                const struct vt_module **out,
                                struct vt_err *err);
/* Loads a built-in object given directly, for tests. */
vt_status vt_registry_add(struct vt_registry *registry,
                          const struct vt_plugin *desc,
                          const struct vt_module **out, struct vt_err *err);

/* What the search folders hold. module is NULL for a refused file, then why
 * has step, reason and cure. Returning non-zero from fn ends the walk. */
typedef int (*vt_registry_list_fn)(void *ctx, const char *file,
                                   const struct vt_module *module,
                                   const struct vt_err *why);
vt_status vt_registry_list(struct vt_registry *registry,
                           vt_registry_list_fn fn, void *ctx,
                           struct vt_err *err);

/* The text of `vtchain plugin info`. */
vt_status vt_module_print(const struct vt_module *module, struct vt_buf *out);

#endif
