/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_cost.c - processor time, memory and traffic of the nodes, from the
 * system and from their own metrics; and the price of a bare verification,
 * measured here.
 */
#include "cli/bench.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "net/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPU_METRIC "vtchain_cpu_seconds_total{"
#define WIRE_METRIC "vtchain_net_bytes_total{"
#define METRICS_MAX (4u << 20)
#define BARE_COUNT 4096u

static const char *const stage_names[6] = {"consensus", "verify", "execute",
                                           "store",     "state",  "net"};

/* Ticks of user and system mode: fields 14 and 15 of /proc/<pid>/stat, counted
 * from the ')' behind a name that may hold anything. */
static int ticks_of(const char *line, uint64_t *out)
{
    const char *at = strrchr(line, ')');
    char *end = NULL;

    for (int field = 2; at != NULL && field < 14; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL) {
        return 0;
    }
    *out = strtoull(at, &end, 10);
    *out += strtoull(end, NULL, 10);
    return 1;
}

static vt_status process_cpu(pid_t pid, uint64_t *out_ns, struct vt_err *err)
{
    char path[64];
    char line[1024] = "";
    uint64_t ticks;
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (f == NULL || fgets(line, sizeof line, f) == NULL) {
        line[0] = '\0';
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    if (!ticks_of(line, &ticks)) {
        return vt_err_set(err, VT_E_IO, "%s: a node has gone", path);
    }
    *out_ns = ticks * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
    return VT_OK;
}

static uint64_t process_rss_kib(pid_t pid)
{
    char path[64];
    char line[256];
    uint64_t kib = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtoull(line + 6, NULL, 10);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return kib;
}

/* Has the line, which ends with its value, this label? */
static int has_label(const char *line, const char *value, const char *name,
                     const char *text)
{
    char label[64];
    const char *at;

    (void)snprintf(label, sizeof label, "%s=\"%s\"", name, text);
    at = strstr(line, label);
    return at != NULL && at < value;
}

/* Adds one line's value to what it counts. */
static void take_line(const char *line, struct vt_bench_cost *out)
{
    const char *value = strstr(line, "} ");

    if (value == NULL) {
        return;
    }
    if (strncmp(line, WIRE_METRIC, strlen(WIRE_METRIC)) == 0 &&
        has_label(line, value, "direction", "out")) {
        out->wire_bytes += strtoull(value + 2, NULL, 10);
    }
    if (strncmp(line, CPU_METRIC, strlen(CPU_METRIC)) != 0) {
        return;
    }
    for (size_t i = 0; i < 6; i++) {
        if (has_label(line, value, "stage", stage_names[i])) {
            out->stage_ns[i] += (uint64_t)(strtod(value + 2, NULL) * 1e9);
        }
    }
}

static vt_status read_metrics(const struct vt_devnet_node *node,
                              struct vt_bench_cost *out, struct vt_err *err)
{
    struct vt_client_args args = {.endpoint = node->api};
    struct vt_buf text = VT_BUF_INIT(METRICS_MAX);
    struct vt_client *client;
    vt_status status = vt_client_new(&args, &client, err);

    if (status != VT_OK) {
        return status;
    }
    status = vt_client_get(client, "/metrics", &text, err);
    if (status == VT_OK) {
        for (const char *line = vt_buf_text(&text); line != NULL;
             line = strchr(line, '\n')) {
            line += *line == '\n';
            take_line(line, out);
            if (*line == '\0') {
                break;
            }
        }
    }
    vt_buf_fini(&text);
    vt_client_free(client);
    return status;
}

vt_status vt_bench_cost_read(const struct vt_bench *bench,
                             struct vt_bench_cost *out, struct vt_err *err)
{
    vt_status status = VT_OK;

    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < bench->net->node_count && status == VT_OK; i++) {
        const struct vt_devnet_node *node = &bench->net->nodes[i];

        status = process_cpu(node->pid, &out->cpu_ns[i], err);
        out->rss_kib[i] = process_rss_kib(node->pid);
        if (status == VT_OK) {
            status = read_metrics(node, out, err);
        }
    }
    return status;
}

uint64_t vt_bench_bare_ns(const struct vt_bench *bench)
{
    size_t count = bench->count < BARE_COUNT ? bench->count : BARE_COUNT;
    struct vt_tx *txs = vt_alloc_array(count + 1, sizeof *txs);
    struct vt_sig_item *items = vt_alloc_array(count + 1, sizeof *items);
    uint8_t *verdicts = vt_alloc(count + 1);
    struct vt_tab tab = {items, (uint32_t)count, (uint32_t)sizeof *items};
    uint64_t spent = 0;

    if (txs != NULL && items != NULL && verdicts != NULL && count > 0) {
        for (size_t i = 0; i < count; i++) {
            (void)vt_tx_decode(vt_view_of(bench->txs[i].raw, bench->txs[i].len),
                               &txs[i], NULL);
            items[i].pk = txs[i].pk;
            items[i].msg = txs[i].id.b;
            items[i].sig = txs[i].sig;
        }
        spent = vt_clock_cpu_ns();
        (void)bench->scheme->verify_many(tab, verdicts);
        spent = (vt_clock_cpu_ns() - spent) / count;
    }
    vt_free(txs);
    vt_free(items);
    vt_free(verdicts);
    return spent;
}
