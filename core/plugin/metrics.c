/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.c - declared under a lock, touched without one, printed as
 * Prometheus text (exposition format 0.0.4).
 */
#include "plugin/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define METRICS_MAX 1024u

struct metric {
    char name[96];
    char labels[96];
    char help[160];
    int is_counter;
    _Atomic int64_t value;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric table[METRICS_MAX];
static _Atomic uint32_t count = 1; /* handle 0 is nobody's */

uint32_t vt_metric_declare(const char *full_name, const char *labels,
                           const char *help, int is_counter)
{
    uint32_t used;
    uint32_t handle = 0;

    labels = labels == NULL ? "" : labels;
    (void)pthread_mutex_lock(&lock);
    used = atomic_load(&count);
    for (uint32_t i = 1; i < used && handle == 0; i++) {
        if (strcmp(table[i].name, full_name) == 0 &&
            strcmp(table[i].labels, labels) == 0) {
            handle = i;
        }
    }
    if (handle == 0 && used < METRICS_MAX) {
        struct metric *m = &table[used];

        (void)snprintf(m->name, sizeof m->name, "%s", full_name);
        (void)snprintf(m->labels, sizeof m->labels, "%s", labels);
        (void)snprintf(m->help, sizeof m->help, "%s", help);
        m->is_counter = is_counter;
        handle = used;
        atomic_store(&count, used + 1);
    }
    (void)pthread_mutex_unlock(&lock);
    return handle;
}

uint32_t vt_metric_counter(const char *name, const char *labels,
                           const char *help)
{
    char full[96];

    (void)snprintf(full, sizeof full, "vtchain_%s", name);
    return vt_metric_declare(full, labels, help, 1);
}

uint32_t vt_metric_gauge(const char *name, const char *labels, const char *help)
{
    char full[96];

    (void)snprintf(full, sizeof full, "vtchain_%s", name);
    return vt_metric_declare(full, labels, help, 0);
}

void vt_metric_add(uint32_t handle, uint64_t delta)
{
    if (handle > 0 && handle < METRICS_MAX) {
        atomic_fetch_add_explicit(&table[handle].value, (int64_t)delta,
                                  memory_order_relaxed);
    }
}

void vt_metric_set(uint32_t handle, int64_t value)
{
    if (handle > 0 && handle < METRICS_MAX) {
        atomic_store_explicit(&table[handle].value, value,
                              memory_order_relaxed);
    }
}

void vt_metric_of_plugin(const char *stem, const char *chain,
                         void (*fn)(void *ctx, const char *name, int64_t value),
                         void *ctx)
{
    uint32_t used = atomic_load(&count);
    char prefix[96];
    char labels[96];
    size_t len;

    (void)snprintf(prefix, sizeof prefix, "vtchain_%.40s_", stem);
    (void)snprintf(labels, sizeof labels, "chain=\"%.40s\"", chain);
    len = strlen(prefix);
    for (uint32_t i = 1; i < used; i++) {
        if (strncmp(table[i].name, prefix, len) == 0 &&
            strcmp(table[i].labels, labels) == 0) {
            fn(ctx, table[i].name + len,
               atomic_load_explicit(&table[i].value, memory_order_relaxed));
        }
    }
}

static int named_before(uint32_t index)
{
    for (uint32_t i = 1; i < index; i++) {
        if (strcmp(table[i].name, table[index].name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Nanoseconds are counted and seconds shown, the unit Prometheus wants: the
 * name as it is shown. Returns 1 when it differs. */
static int shown_name(const struct metric *m, char out[96])
{
    static const char counted[] = "_nanoseconds";
    const char *at = strstr(m->name, counted);

    if (at == NULL) {
        (void)snprintf(out, 96, "%s", m->name);
        return 0;
    }
    (void)snprintf(out, 96, "%.*s_seconds%s", (int)(at - m->name), m->name,
                   at + strlen(counted));
    return 1;
}

static void print_one(const struct metric *m, struct vt_buf *out)
{
    int64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);
    char name[96];
    int in_seconds = shown_name(m, name);

    (void)vt_buf_printf(out, "%s%s%s%s ", name, m->labels[0] == '\0' ? "" : "{",
                        m->labels, m->labels[0] == '\0' ? "" : "}");
    if (in_seconds) {
        (void)vt_buf_printf(out, "%.9f\n", (double)value / 1e9);
    } else {
        (void)vt_buf_printf(out, "%" PRId64 "\n", value);
    }
}

/* All series of one name stand together, after its HELP and TYPE. */
vt_status vt_host_metrics_print(struct vt_buf *out)
{
    uint32_t used = atomic_load(&count);
    char name[96];

    for (uint32_t i = 1; i < used; i++) {
        if (named_before(i)) {
            continue;
        }
        (void)shown_name(&table[i], name);
        (void)vt_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name,
                            table[i].help, name,
                            table[i].is_counter ? "counter" : "gauge");
        for (uint32_t k = i; k < used; k++) {
            if (strcmp(table[k].name, table[i].name) == 0) {
                print_one(&table[k], out);
            }
        }
    }
    return out->failed;
}
