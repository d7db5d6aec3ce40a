/* SPDX-License-Identifier: Apache-2.0
 *
 * pages.c - /metrics for Prometheus, /health and /ready for whoever starts and
 * restarts nodes, and the list of what there is.
 */
#include "config.h"

#include "api/show.h"

#include "base/bytes.h"
#include "plugin/host.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define METRICS_MAX 1048576u

/* ---- the process --------------------------------------------------------- */

static uint64_t resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128] = "";
    char *pages = NULL;

    if (f == NULL) {
        return 0;
    }
    if (fgets(line, sizeof line, f) != NULL) {
        pages = strchr(line, ' ');
    }
    (void)fclose(f);
    return pages == NULL
               ? 0
               : strtoull(pages, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    uint64_t count = 0;

    if (dir == NULL) {
        return 0;
    }
    while ((entry = readdir(dir)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(dir);
    return count - 1; /* not the one that reads the folder */
}

static void put(struct vt_buf *out, const char *name, const char *type,
                const char *help, double value)
{
    (void)vt_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name,
                        help, name, type, name, value);
}

static void put_process(const struct vt_api *api, struct vt_buf *out)
{
    struct timespec cpu = {0, 0};
    struct rlimit files = {0, 0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    put(out, "process_resident_memory_bytes", "gauge",
        "Memory of the process that is in RAM.", (double)resident_bytes());
    put(out, "process_cpu_seconds_total", "counter",
        "Processor time of the process.",
        (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    put(out, "process_open_fds", "gauge", "Open file descriptors.",
        (double)open_files());
    put(out, "process_max_fds", "gauge", "Most file descriptors it may open.",
        (double)files.rlim_cur);
    put(out, "process_start_time_seconds", "gauge",
        "When the process started, Unix time.", (double)api->started_ms / 1000);
    put(out, "vtchain_uptime_seconds", "gauge", "Time since it started.",
        (double)(vt_clock_mono_ns() - api->started_ns) / 1e9);
    (void)vt_buf_printf(out,
                        "# HELP vtchain_build_info Release of this node.\n"
                        "# TYPE vtchain_build_info gauge\n"
                        "vtchain_build_info{version=\"%s\"} 1\n",
                        PACKAGE_VERSION);
}

/* ---- chains -------------------------------------------------------------- */

struct row {
    const char *name, *type, *help;
    uint64_t (*value)(const struct vt_chain_status *s);
};

static uint64_t final_height(const struct vt_chain_status *s)
{
    return s->final_height;
}

static uint64_t executed_height(const struct vt_chain_status *s)
{
    return s->executed_height;
}

static uint64_t best_peer_height(const struct vt_chain_status *s)
{
    return s->best_peer_height;
}

static uint64_t txs_total(const struct vt_chain_status *s)
{
    return s->txs_total;
}

static uint64_t evidence_count(const struct vt_chain_status *s)
{
    return s->evidence_count;
}

static uint64_t mempool_count(const struct vt_chain_status *s)
{
    return s->mempool_count;
}

static uint64_t mempool_bytes(const struct vt_chain_status *s)
{
    return s->mempool_bytes;
}

static uint64_t peers_up(const struct vt_chain_status *s)
{
    return s->peers_up;
}

static uint64_t members(const struct vt_chain_status *s)
{
    return s->member_count;
}

static uint64_t epoch(const struct vt_chain_status *s)
{
    return s->epoch;
}

static uint64_t is_syncing(const struct vt_chain_status *s)
{
    return s->syncing != 0;
}

static uint64_t is_halted(const struct vt_chain_status *s)
{
    return s->halted != 0;
}

static const struct row rows[] = {
    {"final_height", "gauge", "Height of the last decided block.",
     final_height},
    {"executed_height", "gauge", "Height the state is at.", executed_height},
    {"best_peer_height", "gauge", "Highest height a peer claims.",
     best_peer_height},
    {"txs_total", "counter", "Transactions in final blocks.", txs_total},
    {"evidence", "gauge", "Evidence against members who lied.", evidence_count},
    {"mempool_transactions", "gauge", "Transactions that wait.", mempool_count},
    {"mempool_bytes", "gauge", "Bytes of transactions that wait.",
     mempool_bytes},
    {"peers_up", "gauge", "Peers of the chain that are connected.", peers_up},
    {"members", "gauge", "Members of the current epoch.", members},
    {"epoch", "gauge", "The current epoch.", epoch},
    {"syncing", "gauge", "1 while it catches up.", is_syncing},
    {"halted", "gauge", "1 when it is halted.", is_halted},
};

static void put_chains(struct vt_api *api, struct vt_buf *out)
{
    uint32_t count = atomic_load(&api->chain_count);

    for (size_t r = 0; r < sizeof rows / sizeof rows[0] && count > 0; r++) {
        (void)vt_buf_printf(out,
                            "# HELP vtchain_chain_%s %s\n"
                            "# TYPE vtchain_chain_%s %s\n",
                            rows[r].name, rows[r].help, rows[r].name,
                            rows[r].type);
        for (uint32_t i = 0; i < count; i++) {
            struct vt_snap snap;

            vt_api_snap(api->chains[i], &snap);
            (void)vt_buf_printf(out,
                                "vtchain_chain_%s{chain=\"%s\"} %" PRIu64 "\n",
                                rows[r].name, api->chains[i]->name,
                                rows[r].value(&snap.status));
            vt_api_snap_fini(&snap);
        }
    }
}

void vt_page_metrics(struct vt_api *api, struct vt_http_call *http)
{
    struct vt_buf out = VT_BUF_INIT(METRICS_MAX);

    (void)vt_host_metrics_print(&out);
    put_process(api, &out);
    put_chains(api, &out);
    vt_http_answer(http, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}

/* ---- health -------------------------------------------------------------- */

static void answer_json(struct vt_http_call *http, int status,
                        struct vt_json_maker *m)
{
    struct vt_buf out = VT_BUF_INIT(METRICS_MAX);
    struct vt_json *json = NULL;

    if (vt_json_end(m, &json) != VT_OK ||
        vt_json_print(json, 0, &out) != VT_OK ||
        vt_buf_put_u8(&out, '\n') != VT_OK) {
        vt_http_answer_text(http, 503, "no memory for an answer");
        vt_buf_fini(&out);
    } else {
        vt_http_answer(http, status, "application/json", &out);
    }
    vt_json_free(json);
}

static void put_head(struct vt_api *api, struct vt_json_maker *m)
{
    vt_json_put_text(m, "version", PACKAGE_VERSION);
    vt_json_put_u64(m, "uptime_ms",
                    (vt_clock_mono_ns() - api->started_ns) / 1000000);
}

void vt_page_health(struct vt_api *api, struct vt_http_call *http)
{
    struct vt_json_maker m;

    vt_json_begin(&m);
    vt_json_put_bool(&m, "healthy", 1);
    put_head(api, &m);
    answer_json(http, 200, &m);
}

static void put_reason(struct vt_json_maker *m, const char *trouble)
{
    vt_json_put_bool(m, "ready", trouble[0] == '\0');
    if (trouble[0] == '\0') {
        vt_json_put_null(m, "reason");
    } else {
        vt_show_words(m, "reason", "reason_hex", vt_view_str(trouble));
    }
}

void vt_page_ready(struct vt_api *api, struct vt_http_call *http)
{
    uint32_t count = atomic_load(&api->chain_count);
    struct vt_json_maker m;
    char trouble[400];
    char of_chain[320];

    vt_api_trouble(api, trouble);
    vt_json_begin(&m);
    put_reason(&m, trouble);
    put_head(api, &m);
    vt_json_open_array(&m, "chains");
    for (uint32_t i = 0; i < count; i++) {
        vt_json_open_object(&m, NULL);
        vt_json_put_text(&m, "name", api->chains[i]->name);
        vt_api_chain_trouble(api->chains[i], of_chain);
        put_reason(&m, of_chain);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    answer_json(http, trouble[0] == '\0' ? 200 : 503, &m);
}

void vt_page_index(struct vt_http_call *http, int status)
{
    vt_http_answer_text(http, status,
                        "vtchain node\n"
                        "POST /rpc                  JSON-RPC 2.0\n"
                        "GET  /events?chain=NAME    server-sent events\n"
                        "GET  /metrics              Prometheus text\n"
                        "GET  /health               the process works\n"
                        "GET  /ready                the chains do, too");
}
