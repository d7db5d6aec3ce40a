/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin.h - the one object a plugin exports.
 *
 * A plugin file is <stem>.so; its only dynamic symbol is the const object
 * <stem>_LTX_vt_plugin_v1, and .name in it is the same stem. The host judges
 * the object without running any plugin code: no constructors, no init
 * function. Everything the descriptor points to lives as long as the file is
 * mapped, which is until the process ends.
 *
 * Lifecycle of what a descriptor offers:
 *
 *   loaded -> self_test -> create/open -> calls ... -> destroy/close
 *   once      once         per chain                   per chain
 */
#ifndef VT_PLUGIN_H
#define VT_PLUGIN_H

#include <vt/host.h>

VT_BEGIN_DECLS

/* Types of option values; the INI text of each in brackets. */
enum vt_key_type {
    VT_T_BOOL = 1,        /* yes no on off true false */
    VT_T_INT = 2,         /* -7 */
    VT_T_UINT = 3,        /* 42 */
    VT_T_BYTES = 4,       /* 64MiB, 512KiB, 4096 */
    VT_T_DURATION_NS = 5, /* 250ms, 5s, 10m, 1h, 100us */
    VT_T_ENUM = 6,        /* one of range "off|warn|enforce" */
    VT_T_STRING = 7,
    VT_T_PATH = 8, /* relative to the INI file */
    VT_T_HEX = 9   /* 00ff */
};

#define VT_KF_REQUIRED 1u  /* no default */
#define VT_KF_RELOAD 2u    /* may change while running */
#define VT_KF_SECRET 4u    /* never logged or printed */
#define VT_KF_CONSENSUS 8u /* equal on all nodes: hashed into the chain */
#define VT_KF_DEPRECATED 16u

/* One option. The host parses, ranges, defaults, documents and completes from
 * this table alone. */
struct vt_key {
    const char *name;   /* "round_timeout", ^[a-z][a-z0-9_]*$ */
    uint32_t type;      /* enum vt_key_type */
    uint32_t flags;     /* VT_KF_ */
    const char *defval; /* INI text; NULL only with VT_KF_REQUIRED */
    const char *range;  /* "1ms..10m", "0..100", "off|warn"; NULL = any */
    const char *doc;    /* one sentence */
    const char *since;  /* plugin release that added it */
};

/* What it offers: {"vt.consensus/1", &table}. */
struct vt_iface {
    const char *id;
    const void *table;
};

/* What it wants: a service id ("vt.log/1") or an effect ("vt.eff/send") with
 * the smallest struct it can live with, VT_UPTO(T, last member used). */
struct vt_need {
    const char *id;
    uint32_t min_size;
    uint32_t optional; /* 1: works without */
};

#define VT_PLUGIN_MAGIC "VTCPLUG"
#define VT_PF_DETERMINISTIC 1u /* same input, same output, on every machine */

/*
 * self_test  known answers, may be NULL. Returns VT_OK, or a failure with text
 *            in err; the host then refuses the plugin. Thread: init.
 */
struct vt_plugin {
    char magic[8]; /* VT_PLUGIN_MAGIC and a NUL */
    uint32_t size;
    uint16_t abi_major, abi_minor; /* minor: the smallest it can live with */
    uint32_t flags;                /* VT_PF_ */
    uint32_t protocol; /* version of what it puts on the wire and in blocks */
    const char *id;    /* "org.vtchain.pbft": reverse DNS, never changes */
    const char *name;  /* the stem, ^[a-z][a-z0-9_]{0,31}$ */
    const char *version;
    const char *vendor;
    const char *license; /* SPDX expression */
    const char *url;
    const char *build;    /* free text: commit, compiler */
    struct vt_tab ifaces; /* of struct vt_iface */
    struct vt_tab needs;  /* of struct vt_need */
    struct vt_tab keys;   /* of struct vt_key */
    vt_status (*self_test)(const struct vt_host *host,
                           struct vt_err *err) VT_INIT;
};

#define VT_CAT_(a, b) a##b
#define VT_CAT(a, b) VT_CAT_(a, b)
#define VT_PLUGIN_SYMBOL(stem) VT_CAT(stem, _LTX_vt_plugin_v1)

#if defined(__cplusplus)
#define VT_PLUGIN_EXTERN extern "C"
#else
#define VT_PLUGIN_EXTERN extern
#endif

/* Opens the definition: VT_PLUGIN_DEFINE(ring) = { ... }; The declaration
 * alone says that it is seen outside: C++ takes that only once. */
#define VT_PLUGIN_DEFINE(stem)                                                 \
    VT_PLUGIN_EXTERN VT_EXPORT const struct vt_plugin VT_PLUGIN_SYMBOL(stem);  \
    const struct vt_plugin VT_PLUGIN_SYMBOL(stem)

VT_END_DECLS
#endif
