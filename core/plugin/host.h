/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h - the host side of struct vt_host: services granted per kind.
 *
 * One instance per (module, chain). Consensus and signature plugins get log,
 * metrics, crypto; storage and settlement get the clock as well.
 */
#ifndef VT_PLUGIN_HOST_H
#define VT_PLUGIN_HOST_H

#include "plugin/registry.h"

/* Signature schemes a chain has loaded, for vt.crypto/1 verify. */
struct vt_schemes {
    const struct vt_signature *scheme[8];
    uint32_t count;
};

/* By name or code; NULL when not loaded. */
const struct vt_signature *vt_schemes_by_name(const struct vt_schemes *schemes,
                                              const char *name);
const struct vt_signature *vt_schemes_by_code(const struct vt_schemes *schemes,
                                              uint32_t code);

/* Returns 1 when the scheme has a verifiable random function. */
int vt_scheme_has_vrf(const struct vt_signature *scheme);
/* Returns 1 when the scheme aggregates signatures. */
int vt_scheme_aggregates(const struct vt_signature *scheme);
/* Returns 1 when several keys can make one signature. */
int vt_scheme_has_groups(const struct vt_signature *scheme);

struct vt_tx;
/* Signatures of transactions: verdicts[i] for txs[i]. Returns VT_OK,
 * VT_E_NOMEM, what a scheme could not do. Thread: any. */
vt_status vt_txs_verify(const struct vt_schemes *schemes,
                        const struct vt_tx *const *txs, size_t count,
                        uint8_t *verdicts);
/* Does flaw show that the batch holds a transaction without a good signature of
 * one of these schemes? Returns VT_OK with VT_GOOD (it does) or VT_BAD, or what
 * the scheme could not do. Thread: any. */
vt_status vt_flaw_check(const struct vt_schemes *schemes, const uint8_t id[32],
                        struct vt_view flaw, uint32_t *verdict);

struct vt_host_args {
    const struct vt_module *module;
    enum vt_plugin_kind kind;
    const char *host_name;            /* "vtchaind", "vtchain sim" */
    const char *chain_name;           /* for log lines and metrics; copied */
    const struct vt_schemes *schemes; /* borrowed until free; may be NULL */
    uint64_t (*mono_ns)(void *ctx);   /* for vt.clock/1; may be NULL */
    int64_t (*wall_ms)(void *ctx);
    void *clock_ctx;
};

/* The returned host lives until vt_host_free. */
VT_MUST_USE const struct vt_host *vt_host_new(const struct vt_host_args *args);
void vt_host_free(const struct vt_host *host);

/* Prometheus text of all metrics of all live hosts, appended to out.
 * Thread: any. */
vt_status vt_host_metrics_print(struct vt_buf *out);

/* The core's own metrics, same exposition: name without prefix, labels as
 * `chain="main"` text or NULL. Handles are valid for ever. One named
 * x_nanoseconds_total is shown as x_seconds_total, in seconds. Thread: any. */
uint32_t vt_metric_counter(const char *name, const char *labels,
                           const char *help);
uint32_t vt_metric_gauge(const char *name, const char *labels,
                         const char *help);
void vt_metric_add(uint32_t handle, uint64_t delta);
void vt_metric_set(uint32_t handle, int64_t value);
/* Those a plugin (its stem) declared for a chain, in order: the name it gave,
 * with its unit, and the value now. Thread: any. */
void vt_metric_of_plugin(const char *stem, const char *chain,
                         void (*fn)(void *ctx, const char *name, int64_t value),
                         void *ctx);

/*
 * Validating host: a table with the same interface whose functions check
 * domains, re-entry, sizes, reserved fields, room and the life of views around
 * each call, and report through log level PLUGIN_MISBEHAVING. Views in events
 * are placed in guard pages unmapped on return. The result lives for ever.
 * Returns the table itself when memory is out.
 */
const struct vt_consensus *vt_validate_consensus(
    const struct vt_consensus *table, const char *stem);
const struct vt_storage *vt_validate_storage(const struct vt_storage *table,
                                             const char *stem);
const struct vt_signature *vt_validate_signature(
    const struct vt_signature *table, const char *stem);
/* Violations seen so far in this process. Thread: any. */
uint64_t vt_validate_violations(void);
/* The calling thread runs in this domain now ("init", "chain", "pool", NULL =
 * unknown: not checked). Set by whoever owns the thread. */
void vt_validate_set_domain(const char *domain);

#endif
