/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.c - the services of the contract, no more; a plugin that asks for
 * another, or for more of one than it listed, is noted.
 */
#include "conform/probe.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "plugin/host.h"
#include "sim/cheap_sig.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096u

static struct vt_probe *own(const struct vt_host *host)
{
    return host->ctx;
}

static void broke(struct vt_probe *p, const char *what, const char *id)
{
    if (p->broken[0] == '\0') {
        (void)snprintf(p->broken, sizeof p->broken, "%s %.80s", what, id);
    }
}

/* ---- services ------------------------------------------------------------ */

static void log_put(const struct vt_host *host, uint32_t level,
                    const char *line, size_t len)
{
    struct vt_probe *p = own(host);

    if (level > VT_LOG_PLUGIN_MISBEHAVING) {
        broke(p, "logs at a level that is none:", "vt.log/1");
    }
    if (len > LINE_MAX_BYTES || memchr(line, '\n', len) != NULL) {
        broke(p, "logs what is not one line:", "vt.log/1");
    }
    if (level >= VT_LOG_HOST_MISBEHAVING) {
        p->complaints++;
        (void)snprintf(p->complaint, sizeof p->complaint, "%.*s",
                       (int)(len < 110 ? len : 110), line);
    }
}

static uint32_t log_enabled(const struct vt_host *host, uint32_t level)
{
    (void)host;
    (void)level;
    return 1; /* so that the formatting is tested, too */
}

static uint32_t metric_new(const struct vt_host *host, const char *name,
                           const char *unit, const char *help)
{
    struct vt_probe *p = own(host);
    size_t len = strlen(name);

    if (len == 0 || name[0] < 'a' || name[0] > 'z' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != len) {
        broke(p, "names a metric", name);
    }
    if (unit == NULL || help == NULL || help[0] == '\0') {
        broke(p, "declares without unit or help the metric", name);
    }
    return ++p->metrics;
}

static void metric_add(const struct vt_host *host, uint32_t handle,
                       uint64_t delta)
{
    (void)delta;
    if (handle > own(host)->metrics) {
        broke(own(host), "uses a handle nobody gave it:", "vt.metrics/1");
    }
}

static void metric_set(const struct vt_host *host, uint32_t handle,
                       int64_t value)
{
    metric_add(host, handle, (uint64_t)value);
}

static vt_status crypto_hash(const struct vt_host *host, const char *tag,
                             const struct vt_view *parts, uint32_t count,
                             uint8_t out[32])
{
    struct vt_hash hash;

    (void)host;
    if (tag == NULL) {
        return VT_E_INVALID;
    }
    vt_hash_tagged(tag, parts, count, &hash);
    memcpy(out, hash.b, 32);
    return VT_OK;
}

static vt_status crypto_verify(const struct vt_host *host, const char *scheme,
                               struct vt_view pk, struct vt_view msg,
                               struct vt_view sig, uint32_t *verdict)
{
    own(host)->verifies++;
    if (strcmp(scheme, vt_sim_cheap_sig.scheme) != 0) {
        return VT_E_UNSUPPORTED;
    }
    return msg.len != 32 ? VT_E_INVALID
                         : vt_sim_cheap_sig.verify(pk, msg.ptr, sig, verdict);
}

static vt_status crypto_vrf_verify(const struct vt_host *host,
                                   const char *scheme, struct vt_view pk,
                                   struct vt_view alpha, struct vt_view proof,
                                   uint8_t out[32], uint32_t *verdict)
{
    (void)host;
    return strcmp(scheme, vt_sim_cheap_sig.scheme) != 0
               ? VT_E_UNSUPPORTED
               : vt_sim_cheap_sig.vrf_verify(pk, alpha, proof, out, verdict);
}

static vt_status crypto_aggregate(const struct vt_host *host,
                                  const char *scheme, struct vt_tab items,
                                  uint8_t *out, uint32_t out_max,
                                  uint32_t *out_len)
{
    (void)host;
    return strcmp(scheme, vt_sim_cheap_sig.scheme) != 0
               ? VT_E_UNSUPPORTED
               : vt_sim_cheap_sig.aggregate(items, out, out_max, out_len);
}

static vt_status crypto_verify_aggregate(const struct vt_host *host,
                                         const char *scheme,
                                         struct vt_tab items,
                                         struct vt_view aggregate,
                                         uint32_t *verdict)
{
    own(host)->verifies++;
    return strcmp(scheme, vt_sim_cheap_sig.scheme) != 0
               ? VT_E_UNSUPPORTED
               : vt_sim_cheap_sig.verify_aggregate(items, aggregate, verdict);
}

static vt_status crypto_check_flaw(const struct vt_host *host,
                                   const uint8_t id[32], struct vt_view flaw,
                                   uint32_t *verdict)
{
    const struct vt_schemes schemes = {.scheme = {&vt_sim_cheap_sig},
                                       .count = 1};

    (void)host;
    return vt_flaw_check(&schemes, id, flaw, verdict);
}

static uint64_t clock_mono(const struct vt_host *host)
{
    struct timespec now;

    (void)host;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int64_t clock_wall(const struct vt_host *host)
{
    return (int64_t)(clock_mono(host) / 1000000);
}

static const struct vt_svc_log log_service = {
    .size = VT_UPTO(struct vt_svc_log, enabled),
    .put = log_put,
    .enabled = log_enabled};
static const struct vt_svc_metrics metrics_service = {
    .size = VT_UPTO(struct vt_svc_metrics, set),
    .counter = metric_new,
    .gauge = metric_new,
    .add = metric_add,
    .set = metric_set};
static const struct vt_svc_crypto crypto_service = {
    .size = VT_UPTO(struct vt_svc_crypto, check_flaw),
    .hash = crypto_hash,
    .verify = crypto_verify,
    .vrf_verify = crypto_vrf_verify,
    .aggregate = crypto_aggregate,
    .verify_aggregate = crypto_verify_aggregate,
    .check_flaw = crypto_check_flaw};
static const struct vt_svc_clock clock_service = {
    .size = VT_UPTO(struct vt_svc_clock, wall_ms),
    .mono_ns = clock_mono,
    .wall_ms = clock_wall};

/* ---- the one door -------------------------------------------------------- */

static const struct vt_need *need_of(const struct vt_probe *p, const char *id)
{
    const struct vt_tab *needs = &p->t->module->desc.needs;

    for (uint32_t i = 0; i < needs->count; i++) {
        const struct vt_need *need = VT_AT(struct vt_need, *needs, i);

        if (strcmp(need->id, id) == 0) {
            return need;
        }
    }
    return NULL;
}

/* A copy whose last byte lies before a page that may not be touched. */
static const void *cut(struct vt_probe *p, const void *table, uint32_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint32_t room = (size + 7u) & ~7u;
    uint8_t *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *at;

    VT_EXPECT(p->t, two != MAP_FAILED && room <= page, "no memory for a table");
    at = two + page - room;
    memcpy(at, table, size);
    memcpy(at, &size, sizeof size);
    (void)mprotect(two, page, PROT_READ);
    (void)mprotect(two + page, page, PROT_NONE);
    return at;
}

static const void *find(const struct vt_probe *p, const char *id,
                        uint32_t *size)
{
    int is_timed = vt_trial_kind(p->t) == VT_KIND_STORAGE;

    if (strcmp(id, VT_SVC_LOG) == 0) {
        *size = log_service.size;
        return &log_service;
    }
    if (strcmp(id, VT_SVC_METRICS) == 0) {
        *size = metrics_service.size;
        return &metrics_service;
    }
    if (strcmp(id, VT_SVC_CRYPTO) == 0) {
        *size = crypto_service.size;
        return &crypto_service;
    }
    if (strcmp(id, VT_SVC_CLOCK) == 0 && is_timed) {
        *size = clock_service.size;
        return &clock_service;
    }
    return NULL;
}

static const void *service(const struct vt_host *host, const char *id,
                           uint32_t min_size)
{
    struct vt_probe *p = own(host);
    const struct vt_need *need = need_of(p, id);
    uint32_t size = 0;
    const void *table = find(p, id, &size);

    if (need == NULL) {
        broke(p, "asks for what is not in its needs:", id);
    } else if (min_size > need->min_size) {
        broke(p, "asks for a larger table than its needs say:", id);
    }
    if (table == NULL || min_size > size ||
        (p->denied != NULL && strcmp(p->denied, id) == 0) ||
        (p->denies_optional && (need == NULL || need->optional))) {
        return NULL;
    }
    return p->is_cut ? cut(p, table, min_size) : table;
}

void vt_probe_init(struct vt_probe *probe, struct vt_trial *t)
{
    memset(probe, 0, sizeof *probe);
    probe->t = t;
    probe->abi.size = VT_UPTO(struct vt_host, service);
    probe->abi.abi_major = VT_ABI_MAJOR;
    probe->abi.abi_minor = VT_ABI_MINOR;
    probe->abi.name = "vtchain plugin check";
    probe->abi.version = "1";
    probe->abi.ctx = probe;
    probe->abi.service = service;
}

const struct vt_host *vt_probe_host(const struct vt_probe *probe)
{
    return &probe->abi;
}

void vt_probe_judge(struct vt_probe *probe)
{
    VT_EXPECT(probe->t, probe->complaints == 0,
              "says that somebody misbehaves: %s", probe->complaint);
    VT_EXPECT(probe->t, probe->broken[0] == '\0', "%s", probe->broken);
}
