/* SPDX-License-Identifier: Apache-2.0
 *
 * host.c - the services of struct vt_host. What a kind may not have is not
 * there.
 */
#include "config.h"

#include "plugin/host.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "plugin/metrics.h"
#include "plugin/validate.h"

#include <stdio.h>
#include <string.h>

#define TAG_MAX 64u

struct host {
    struct vt_host abi; /* first: the plugin's pointer is ours */
    struct vt_host_args args;
    char chain[64];
    char subsystem[96];
};

static const struct host *own(const struct vt_host *host)
{
    return (const struct host *)(const void *)host;
}

const struct vt_module *vt_host_module(const struct vt_host *host)
{
    return own(host)->args.module;
}

static void log_put(const struct vt_host *host, uint32_t level,
                    const char *line, size_t len)
{
    char quoted[256];

    if (level > VT_LOG_PLUGIN_MISBEHAVING) {
        level = VT_LOG_PLUGIN_MISBEHAVING;
    }
    if (memchr(line, '\n', len) != NULL || len > 4096) {
        vt_log(own(host)->subsystem, level, "%s",
               vt_log_quote(vt_view_of(line, len), quoted));
        return;
    }
    vt_log(own(host)->subsystem, level, "%.*s", (int)len, line);
}

static uint32_t log_enabled(const struct vt_host *host, uint32_t level)
{
    return vt_log_enabled(own(host)->subsystem, level) != 0;
}

static const struct vt_svc_log log_service = {
    .size = VT_UPTO(struct vt_svc_log, enabled),
    .put = log_put,
    .enabled = log_enabled,
};

static int metric_name_ok(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < 48 && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static uint32_t declare(const struct vt_host *host, const char *name,
                        const char *unit, const char *help, int is_counter)
{
    char full[96];
    char labels[96];

    if (!metric_name_ok(name)) {
        return 0;
    }
    (void)snprintf(full, sizeof full, "vtchain_%s_%s%s%s",
                   own(host)->args.module == NULL
                       ? "plugin"
                       : own(host)->args.module->stem,
                   name, unit[0] == '\0' ? "" : "_", unit);
    (void)snprintf(labels, sizeof labels, "chain=\"%s\"", own(host)->chain);
    return vt_metric_declare(full, labels, help, is_counter);
}

static uint32_t metrics_counter(const struct vt_host *host, const char *name,
                                const char *unit, const char *help)
{
    return declare(host, name, unit, help, 1);
}

static uint32_t metrics_gauge(const struct vt_host *host, const char *name,
                              const char *unit, const char *help)
{
    return declare(host, name, unit, help, 0);
}

static void metrics_add(const struct vt_host *host, uint32_t handle,
                        uint64_t delta)
{
    (void)host;
    vt_metric_add(handle, delta);
}

static void metrics_set(const struct vt_host *host, uint32_t handle,
                        int64_t value)
{
    (void)host;
    vt_metric_set(handle, value);
}

static const struct vt_svc_metrics metrics_service = {
    .size = VT_UPTO(struct vt_svc_metrics, set),
    .counter = metrics_counter,
    .gauge = metrics_gauge,
    .add = metrics_add,
    .set = metrics_set,
};

static vt_status crypto_hash(const struct vt_host *host, const char *tag,
                             const struct vt_view *parts, uint32_t count,
                             uint8_t out[32])
{
    struct vt_hash hash;

    (void)host;
    if (tag == NULL || strnlen(tag, TAG_MAX) == TAG_MAX) {
        return VT_E_INVALID;
    }
    vt_hash_tagged(tag, parts, count, &hash);
    memcpy(out, hash.b, 32);
    return VT_OK;
}

static const struct vt_signature *scheme_of(const struct vt_host *host,
                                            const char *scheme)
{
    const struct vt_schemes *schemes = own(host)->args.schemes;

    return schemes == NULL ? NULL : vt_schemes_by_name(schemes, scheme);
}

static vt_status crypto_verify(const struct vt_host *host, const char *scheme,
                               struct vt_view pk, struct vt_view msg,
                               struct vt_view sig, uint32_t *verdict)
{
    const struct vt_signature *table = scheme_of(host, scheme);

    if (table == NULL) {
        return VT_E_UNSUPPORTED;
    }
    if (msg.len != VT_HASH_LEN) {
        return VT_E_INVALID;
    }
    return table->verify(pk, msg.ptr, sig, verdict);
}

static vt_status crypto_vrf_verify(const struct vt_host *host,
                                   const char *scheme, struct vt_view pk,
                                   struct vt_view alpha, struct vt_view proof,
                                   uint8_t out[32], uint32_t *verdict)
{
    const struct vt_signature *table = scheme_of(host, scheme);

    if (table == NULL || !vt_scheme_has_vrf(table)) {
        return VT_E_UNSUPPORTED;
    }
    return table->vrf_verify(pk, alpha, proof, out, verdict);
}

static vt_status crypto_aggregate(const struct vt_host *host,
                                  const char *scheme, struct vt_tab items,
                                  uint8_t *out, uint32_t out_max,
                                  uint32_t *out_len)
{
    const struct vt_signature *table = scheme_of(host, scheme);

    return table == NULL || !vt_scheme_aggregates(table)
               ? VT_E_UNSUPPORTED
               : table->aggregate(items, out, out_max, out_len);
}

static vt_status crypto_verify_aggregate(const struct vt_host *host,
                                         const char *scheme,
                                         struct vt_tab items,
                                         struct vt_view aggregate,
                                         uint32_t *verdict)
{
    const struct vt_signature *table = scheme_of(host, scheme);

    return table == NULL || !vt_scheme_aggregates(table)
               ? VT_E_UNSUPPORTED
               : table->verify_aggregate(items, aggregate, verdict);
}

static vt_status crypto_check_flaw(const struct vt_host *host,
                                   const uint8_t id[32], struct vt_view flaw,
                                   uint32_t *verdict)
{
    const struct vt_schemes *schemes = own(host)->args.schemes;

    return schemes == NULL ? VT_E_UNSUPPORTED
                           : vt_flaw_check(schemes, id, flaw, verdict);
}

static const struct vt_svc_crypto crypto_service = {
    .size = VT_UPTO(struct vt_svc_crypto, check_flaw),
    .hash = crypto_hash,
    .verify = crypto_verify,
    .vrf_verify = crypto_vrf_verify,
    .aggregate = crypto_aggregate,
    .verify_aggregate = crypto_verify_aggregate,
    .check_flaw = crypto_check_flaw,
};

static uint64_t clock_mono(const struct vt_host *host)
{
    return own(host)->args.mono_ns(own(host)->args.clock_ctx);
}

static int64_t clock_wall(const struct vt_host *host)
{
    return own(host)->args.wall_ms(own(host)->args.clock_ctx);
}

static const struct vt_svc_clock clock_service = {
    .size = VT_UPTO(struct vt_svc_clock, wall_ms),
    .mono_ns = clock_mono,
    .wall_ms = clock_wall,
};

static const void *grant(const void *table, uint32_t size, uint32_t min_size)
{
    return min_size <= size ? table : NULL;
}

static const void *find_service(const struct vt_host *host, const char *id,
                                uint32_t min_size)
{
    const struct vt_host_args *args = &own(host)->args;
    int timed =
        (args->kind == VT_KIND_STORAGE || args->kind == VT_KIND_SETTLEMENT) &&
        args->mono_ns != NULL && args->wall_ms != NULL;

    if (strcmp(id, VT_SVC_LOG) == 0) {
        return grant(&log_service, log_service.size, min_size);
    }
    if (strcmp(id, VT_SVC_METRICS) == 0) {
        return grant(&metrics_service, metrics_service.size, min_size);
    }
    if (strcmp(id, VT_SVC_CRYPTO) == 0) {
        return grant(&crypto_service, crypto_service.size, min_size);
    }
    if (strcmp(id, VT_SVC_CLOCK) == 0 && timed) {
        return grant(&clock_service, clock_service.size, min_size);
    }
    return NULL;
}

const struct vt_host *vt_host_new(const struct vt_host_args *args)
{
    struct host *h = vt_alloc(sizeof *h);

    if (h == NULL) {
        return NULL;
    }
    h->args = *args;
    (void)snprintf(h->chain, sizeof h->chain, "%s",
                   args->chain_name == NULL ? "" : args->chain_name);
    (void)snprintf(h->subsystem, sizeof h->subsystem, "%s",
                   args->module == NULL ? "plugin" : args->module->stem);
    h->abi.size = VT_UPTO(struct vt_host, service);
    h->abi.abi_major = VT_ABI_MAJOR;
    h->abi.abi_minor = VT_ABI_MINOR;
    h->abi.name = args->host_name;
    h->abi.version = PACKAGE_VERSION;
    h->abi.service = find_service;
    return &h->abi;
}

void vt_host_free(const struct vt_host *host)
{
    if (host != NULL) {
        vt_free((void *)(uintptr_t)host);
    }
}

int vt_scheme_has_vrf(const struct vt_signature *scheme)
{
    return VT_HAS(struct vt_signature, scheme, vrf_verify) &&
           scheme->vrf_len > 0;
}

int vt_scheme_aggregates(const struct vt_signature *scheme)
{
    return VT_HAS(struct vt_signature, scheme, verify_aggregate) &&
           (scheme->flags & VT_SIGF_AGGREGATE) != 0;
}

int vt_scheme_has_groups(const struct vt_signature *scheme)
{
    return VT_HAS(struct vt_signature, scheme, group_finish) &&
           (scheme->flags & VT_SIGF_GROUP) != 0;
}

const struct vt_signature *vt_schemes_by_name(const struct vt_schemes *schemes,
                                              const char *name)
{
    for (uint32_t i = 0; i < schemes->count; i++) {
        if (strcmp(schemes->scheme[i]->scheme, name) == 0) {
            return schemes->scheme[i];
        }
    }
    return NULL;
}

const struct vt_signature *vt_schemes_by_code(const struct vt_schemes *schemes,
                                              uint32_t code)
{
    for (uint32_t i = 0; i < schemes->count; i++) {
        if (schemes->scheme[i]->code == code) {
            return schemes->scheme[i];
        }
    }
    return NULL;
}
