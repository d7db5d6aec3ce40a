/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_bench.c - how many transactions a network of real processes makes final,
 * how long that takes, and what it costs against bare verification in the same
 * run.
 */
#include "cli/bench.h"

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/plugins.h"
#include "net/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define READY_MS 30000u
#define ROWS_MAX 4096u
#define VOTE_SCHEME "schnorr"

static const char *const stage_names[6] = {
    "consensus", "verify", "execute", "log", "state store", "network and API"};

struct report {
    uint64_t offered, final_all, refused, lost;
    double seconds; /* from the first transaction to the last final one */
    double offered_tps, final_tps;
    double p50_ms, p99_ms, max_ms;
    double cpu_ms_per_1000, stage_ms_per_1000[6];
    double bare_us, efficiency;
    double wire_per_tx; /* bytes on all links */
    uint64_t rss_kib_max;
};

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static int fill_latency(const struct vt_bench *bench, struct report *r)
{
    uint64_t *ns = vt_alloc_array(bench->count + 1, sizeof *ns);
    size_t n = 0;

    if (ns == NULL) {
        return 0;
    }
    for (size_t i = 0; i < bench->count; i++) {
        const struct vt_bench_tx *tx = &bench->txs[i];

        if (tx->final_ns != 0) {
            ns[n++] = tx->final_ns - atomic_load(&tx->sent_ns);
        }
    }
    qsort(ns, n, sizeof *ns, by_value);
    r->final_all = n;
    if (n > 0) {
        r->p50_ms = (double)ns[n / 2] / 1e6;
        r->p99_ms = (double)ns[n - 1 - n / 100] / 1e6;
        r->max_ms = (double)ns[n - 1] / 1e6;
    }
    vt_free(ns);
    return 1;
}

static void fill_cost(const struct vt_bench *bench,
                      const struct vt_bench_cost *before,
                      const struct vt_bench_cost *after, struct report *r)
{
    double cpu_ns = 0;
    double thousands = (double)r->final_all / 1000.0;

    for (uint32_t i = 0; i < bench->net->node_count; i++) {
        cpu_ns += (double)(after->cpu_ns[i] - before->cpu_ns[i]);
        if (after->rss_kib[i] > r->rss_kib_max) {
            r->rss_kib_max = after->rss_kib[i];
        }
    }
    r->bare_us = (double)vt_bench_bare_ns(bench) / 1e3;
    if (r->final_all == 0) {
        return;
    }
    r->wire_per_tx =
        (double)(after->wire_bytes - before->wire_bytes) / (double)r->final_all;
    r->cpu_ms_per_1000 = cpu_ns / 1e6 / thousands;
    for (size_t i = 0; i < 6; i++) {
        r->stage_ms_per_1000[i] =
            (double)(after->stage_ns[i] - before->stage_ns[i]) / 1e6 /
            thousands;
    }
    r->efficiency = (double)r->final_all * r->bare_us * 1e3 *
                    (double)bench->net->node_count / cpu_ns;
}

/* All transfers are of one size. */
static uint32_t tx_bytes(const struct vt_bench *bench)
{
    return bench->count == 0 ? 0 : bench->txs[0].len;
}

static void print_report(const struct vt_bench *bench, const struct report *r)
{
    (void)printf("%u nodes, chain %s, %u s of load\n\n"
                 "offered        %10.0f tx/s  (%" PRIu64 ")\n"
                 "final on all   %10.0f tx/s  (%" PRIu64 ")\n"
                 "offered again  %10" PRIu64 "       lost %" PRIu64 "\n"
                 "latency        p50 %.1f ms, p99 %.1f ms, max %.1f ms, from "
                 "submission to final on all nodes\n\n"
                 "CPU of all nodes per 1,000 transactions  %.1f ms\n",
                 bench->net->node_count, bench->chain, bench->seconds,
                 r->offered_tps, r->offered, r->final_tps, r->final_all,
                 r->refused, r->lost, r->p50_ms, r->p99_ms, r->max_ms,
                 r->cpu_ms_per_1000);
    for (size_t i = 0; i < 6; i++) {
        (void)printf("  %-16s %8.1f ms\n", stage_names[i],
                     r->stage_ms_per_1000[i]);
    }
    (void)printf("bare verification  %.1f us a signature, efficiency %.2f "
                 "(nodes x bare / CPU spent)\n"
                 "on the wire        %.0f bytes a transaction of %u, all nodes "
                 "together, before encryption\n"
                 "memory             at most %.1f MiB a node\n",
                 r->bare_us, r->efficiency, r->wire_per_tx, tx_bytes(bench),
                 (double)r->rss_kib_max / 1024.0);
}

static int emit_report(struct vt_cli *cli, const struct vt_bench *bench,
                       const struct report *r)
{
    static const char *const keys[6] = {"consensus", "verify", "execute",
                                        "log",       "state",  "net"};
    struct vt_json_maker m;

    if (!cli->json) {
        print_report(bench, r);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_u64(&m, "nodes", bench->net->node_count);
    vt_json_put_text(&m, "chain", bench->chain);
    vt_json_put_u64(&m, "seconds", bench->seconds);
    vt_json_put_u64(&m, "offered", r->offered);
    vt_json_put_u64(&m, "final", r->final_all);
    vt_json_put_u64(&m, "refused", r->refused);
    vt_json_put_u64(&m, "lost", r->lost);
    vt_json_put_real(&m, "offered_tps", r->offered_tps);
    vt_json_put_real(&m, "final_tps", r->final_tps);
    vt_json_put_real(&m, "latency_p50_ms", r->p50_ms);
    vt_json_put_real(&m, "latency_p99_ms", r->p99_ms);
    vt_json_put_real(&m, "latency_max_ms", r->max_ms);
    vt_json_put_real(&m, "cpu_ms_per_1000", r->cpu_ms_per_1000);
    vt_json_open_object(&m, "stage_ms_per_1000");
    for (size_t i = 0; i < 6; i++) {
        vt_json_put_real(&m, keys[i], r->stage_ms_per_1000[i]);
    }
    vt_json_close(&m);
    vt_json_put_real(&m, "bare_verify_us", r->bare_us);
    vt_json_put_real(&m, "efficiency", r->efficiency);
    vt_json_put_u64(&m, "tx_bytes", tx_bytes(bench));
    vt_json_put_real(&m, "wire_bytes_per_tx", r->wire_per_tx);
    vt_json_put_u64(&m, "rss_kib_max", r->rss_kib_max);
    return vt_cli_emit_made(cli, &m);
}

/* ---- the run ------------------------------------------------------------- */

static vt_status measure(struct vt_cli *cli, struct vt_bench *bench,
                         struct report *r, struct vt_err *err)
{
    struct vt_bench_cost before;
    struct vt_bench_cost after;
    struct vt_progress progress;
    vt_status status = vt_bench_cost_read(bench, &before, err);

    if (status == VT_OK) {
        vt_progress_begin(&progress, cli, "load", 0, "final");
        status = vt_bench_run(bench, &progress, err);
        vt_progress_end(&progress);
    }
    if (status == VT_OK) {
        status = vt_bench_cost_read(bench, &after, err);
    }
    if (status != VT_OK) {
        return status;
    }
    r->offered = atomic_load(&bench->sent);
    r->refused = atomic_load(&bench->refused);
    r->lost = atomic_load(&bench->lost);
    if (!fill_latency(bench, r)) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the report");
    }
    r->seconds = (double)(bench->last_final_ns - bench->start_ns) / 1e9;
    r->offered_tps =
        (double)r->offered / ((double)(bench->end_ns - bench->start_ns) / 1e9);
    r->final_tps = r->seconds > 0 ? (double)r->final_all / r->seconds : 0;
    fill_cost(bench, &before, &after, r);
    return VT_OK;
}

static vt_status prepare(struct vt_cli *cli, struct vt_bench *bench,
                         struct vt_registry *registry, struct vt_err *err)
{
    struct vt_progress progress;
    char key[PATH_MAX];
    vt_status status = vt_devnet_start(bench->net, VT_DEVNET_NODES_MAX, err);

    if (status == VT_OK) {
        status = vt_devnet_wait_ready(bench->net, READY_MS, NULL, err);
    }
    if (status == VT_OK) {
        (void)snprintf(key, sizeof key, "%s/keys/alice.key", bench->net->dir);
        status = vt_bench_fund(bench, key, registry, err);
    }
    if (status == VT_OK) {
        vt_progress_begin(&progress, cli, "signing",
                          (uint64_t)bench->seconds * (bench->rate == 0
                                                          ? VT_BENCH_RATE_MAX
                                                          : bench->rate),
                          "transactions");
        status = vt_bench_sign(bench, &progress, err);
        vt_progress_end(&progress);
    }
    return status;
}

static int run(struct vt_cli *cli, struct vt_devnet *net,
               struct vt_registry *registry)
{
    struct vt_bench *bench = vt_alloc(sizeof *bench);
    struct report report = {0};
    struct vt_err err = VT_ERR_INIT;
    vt_status status;
    int code;

    if (bench == NULL) {
        return vt_cli_no_memory(cli);
    }
    bench->net = net;
    bench->chain = vt_cli_text(cli, "engine")[0] == '\0'
                       ? vt_cli_text(cli, "chain")
                       : vt_cli_text(cli, "engine");
    bench->stem = vt_cli_text(cli, "scheme")[0] == '\0'
                      ? VOTE_SCHEME
                      : vt_cli_text(cli, "scheme");
    bench->seconds = (uint32_t)vt_cli_u64(cli, "seconds");
    bench->rate = (uint32_t)vt_cli_u64(cli, "rate");
    bench->window = (uint32_t)vt_cli_u64(cli, "window");
    status = prepare(cli, bench, registry, &err);
    if (status == VT_OK) {
        status = measure(cli, bench, &report, &err);
    }
    code = status == VT_OK ? emit_report(cli, bench, &report)
                           : vt_cli_fail_err(cli, &err);
    vt_devnet_stop(net, VT_DEVNET_NODES_MAX);
    vt_bench_free(bench);
    vt_free(bench);
    return code;
}

/* Votes stay with the chain's first scheme; ours comes second. */
static int write_rows(struct vt_cli *cli, char out[ROWS_MAX])
{
    const char *scheme = vt_cli_text(cli, "scheme");
    const char *set = vt_cli_text(cli, "set");
    int first = scheme[0] == '\0' || strcmp(scheme, VOTE_SCHEME) == 0;
    int len = snprintf(out, ROWS_MAX, "%s%s%s%s",
                       first ? "" : "chain.signatures = " VOTE_SCHEME ", ",
                       first ? "" : scheme, first ? "" : "; ", set);

    if (scheme[0] + set[0] != 0 && vt_cli_text(cli, "engine")[0] == '\0') {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "--scheme and --set are for the subchain that "
                           "--engine names: give it as well");
    }
    if (len < 0 || len >= (int)ROWS_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--set is longer than %u bytes", ROWS_MAX - 100);
    }
    return 0;
}

int vt_cmd_bench(struct vt_cli *cli)
{
    char dir[PATH_MAX];
    char plugins[PATH_MAX];
    char more[2 * 33 + 2] = "";
    char rows[ROWS_MAX];
    struct vt_devnet_args args = {.dir = dir,
                                  .plugins = plugins,
                                  .chains = more,
                                  .rows = rows,
                                  .nodes = (uint32_t)vt_cli_u64(cli, "nodes"),
                                  .now_ms = vt_clock_wall_ms()};
    struct vt_devnet net;
    struct vt_err err = VT_ERR_INIT;
    const char *engine = vt_cli_text(cli, "engine");
    int code = write_rows(cli, rows);

    if (code == 0) {
        code = vt_cli_plugin_path(cli, plugins);
    }
    if (engine[0] != '\0') {
        (void)snprintf(more, sizeof more, "%.32s=%.32s", engine, engine);
    }
    if (code == 0) {
        code = vt_cli_registry(cli, &args.registry);
    }
    if (code == 0) {
        code = vt_cli_devnet_dir(cli, "vtchain-bench", dir);
    }
    if (code != 0) {
        vt_registry_free(args.registry);
        return code;
    }
    code = vt_devnet_make(&args, &net, &err) == VT_OK
               ? run(cli, &net, args.registry)
               : vt_cli_fail_err(cli, &err);
    if (vt_cli_text(cli, "keep")[0] == '\0') {
        vt_devnet_remove(&net);
    }
    vt_registry_free(args.registry);
    return code;
}
