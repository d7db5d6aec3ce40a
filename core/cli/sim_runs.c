/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_runs.c - from options to a run, its outcome in words, and what is kept of
 * one that failed.
 */
#include "cli/sim_runs.h"

#include "base/bytes.h"
#include "conform/conform.h"
#include "plugin/registry.h"
#include "sim/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define SHRINK_RUNS 300u

uint64_t vt_sim_cpu_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t vt_sim_per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((double)count * 1e9 / (double)ns);
}

/* ---- options ------------------------------------------------------------- */

static uint32_t switch_of(const struct vt_cli *cli, const char *name)
{
    return vt_cli_given(cli, name) ? (uint32_t)vt_cli_u64(cli, name)
                                   : VT_SIM_AS_PROFILE;
}

vt_status vt_sim_engine_rows(const struct vt_cli *cli,
                             struct vt_registry *registry,
                             char out[VT_SIM_ROWS_MAX], struct vt_err *err)
{
    struct vt_buf rows = VT_BUF_INIT(VT_SIM_ROWS_MAX - 1);
    const struct vt_module *module;
    vt_status status;

    out[0] = '\0';
    if (vt_cli_given(cli, "options")) {
        (void)snprintf(out, VT_SIM_ROWS_MAX, "%s\n",
                       vt_cli_text(cli, "options"));
        return VT_OK;
    }
    status = vt_registry_load(registry, vt_cli_text(cli, "engine"),
                              VT_KIND_CONSENSUS, &module, err);
    if (status == VT_OK && !module->is_builtin) {
        status = vt_conform_options(module->file, &rows, err);
    }
    if (status == VT_OK && rows.len > 0) {
        memcpy(out, rows.data, rows.len);
        out[rows.len] = '\0';
    }
    vt_buf_fini(&rows);
    return status;
}

vt_status vt_sim_scenario_of(const struct vt_cli *cli, const char *rows,
                             uint64_t seed, struct vt_sim_scenario *out,
                             struct vt_err *err)
{
    struct vt_sim_switches switches = {
        .loss = switch_of(cli, "loss"),
        .duplicate = switch_of(cli, "duplicate"),
        .reorder = switch_of(cli, "reorder"),
        .crashes = switch_of(cli, "crashes"),
        .partitions = switch_of(cli, "partitions"),
        .byzantine = switch_of(cli, "byzantine"),
    };

    vt_sim_scenario_init(out);
    (void)snprintf(out->engine, sizeof out->engine, "%s",
                   vt_cli_text(cli, "engine"));
    (void)snprintf(out->options, sizeof out->options, "%s", rows);
    (void)snprintf(out->switches, sizeof out->switches, "%s",
                   vt_cli_text(cli, "switch"));
    out->nodes = (uint32_t)vt_cli_u64(cli, "nodes");
    out->txs = (uint32_t)vt_cli_u64(cli, "txs");
    out->steps = vt_cli_u64(cli, "steps");
    out->real_crypto = vt_cli_flag(cli, "real_crypto");
    out->seed = seed;
    return vt_sim_profile_plan(vt_cli_text(cli, "profile"), &switches,
                               out->nodes, seed, &out->plan, err);
}

/* ---- one run in words ---------------------------------------------------- */

static void print_run(const struct vt_sim_scenario *s,
                      const struct vt_sim_result *r, const char *hash,
                      uint64_t cpu_ns)
{
    (void)printf("seed %" PRIu64 "  trace %s\n"
                 "%" PRIu64 " events (%" PRIu64 " a second), %" PRIu64
                 " ms of virtual time, %" PRIu64 " frames (%" PRIu64
                 " lost), %" PRIu64 " crashes, %" PRIu64 " partitions\n"
                 "heights %" PRIu64 " to %" PRIu64 ", %" PRIu64 " of %" PRIu64
                 " transactions final, %s\n",
                 s->seed, hash, r->events, vt_sim_per_second(r->events, cpu_ns),
                 r->virtual_ms, r->frames, r->frames_lost, r->crashes,
                 r->partitions, r->height_min, r->height_max, r->txs_final,
                 r->txs_offered,
                 r->violations == 0 ? "no violation" : r->violation);
}

int vt_sim_emit_run(struct vt_cli *cli, const struct vt_sim_scenario *s,
                    const struct vt_sim_result *r, uint64_t cpu_ns)
{
    struct vt_json_maker m;
    char hash[65];

    vt_hex_encode(r->trace_hash.b, 32, hash);
    if (!cli->json) {
        print_run(s, r, hash, cpu_ns);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_text(&m, "engine", s->engine);
    vt_json_put_u64(&m, "nodes", s->nodes);
    vt_json_put_u64(&m, "seed", s->seed);
    vt_json_put_text(&m, "trace_hash", hash);
    vt_json_put_u64(&m, "events", r->events);
    vt_json_put_u64(&m, "events_per_second",
                    vt_sim_per_second(r->events, cpu_ns));
    vt_json_put_u64(&m, "virtual_ms", r->virtual_ms);
    vt_json_put_u64(&m, "frames", r->frames);
    vt_json_put_u64(&m, "frames_lost", r->frames_lost);
    vt_json_put_u64(&m, "crashes", r->crashes);
    vt_json_put_u64(&m, "partitions", r->partitions);
    vt_json_put_u64(&m, "height_min", r->height_min);
    vt_json_put_u64(&m, "height_max", r->height_max);
    vt_json_put_u64(&m, "txs_offered", r->txs_offered);
    vt_json_put_u64(&m, "txs_final", r->txs_final);
    if (s->share_most != 0) {
        uint64_t all;

        vt_json_put_u64(&m, "share_made", vt_sim_scenario_share(s, r, &all));
        vt_json_put_u64(&m, "share_all", all);
    }
    vt_json_put_u64(&m, "violations", r->violations);
    vt_json_put_text(&m, "violation", r->violation);
    return vt_cli_emit_made(cli, &m);
}

/* ---- a failing run ------------------------------------------------------- */

static vt_status write_text(const struct vt_buf *text, const char *path,
                            struct vt_err *err)
{
    FILE *f = text->failed == VT_OK ? fopen(path, "we") : NULL;
    int bad;

    if (text->failed != VT_OK) {
        return vt_err_set(err, text->failed, "%s would be too long", path);
    }
    if (f == NULL) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    bad = fwrite(text->data, 1, text->len, f) != text->len;
    bad |= fclose(f) != 0;
    return bad ? vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno))
               : VT_OK;
}

vt_status vt_sim_write(const struct vt_sim_scenario *s, const char *path,
                       struct vt_err *err)
{
    struct vt_buf text = VT_BUF_INIT(1u << 20);
    vt_status status;

    vt_sim_scenario_print(s, &text);
    status = write_text(&text, path, err);
    vt_buf_fini(&text);
    return status;
}

void vt_sim_print_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)printf("%s\n", line);
}

vt_status vt_sim_plot_begin(const struct vt_cli *cli, struct vt_sim_args *args,
                            struct vt_err *err)
{
    args->plot = NULL;
    if (vt_cli_text(cli, "plot")[0] == '\0') {
        return VT_OK;
    }
    args->plot = vt_sim_plot_new(vt_cli_u64(cli, "plot_from"),
                                 vt_cli_u64(cli, "plot_for"));
    return args->plot != NULL
               ? VT_OK
               : vt_err_set(err, VT_E_NOMEM, "no memory to draw");
}

vt_status vt_sim_plot_finish(const struct vt_cli *cli, struct vt_sim_args *args,
                             const struct vt_sim_result *result,
                             struct vt_err *err)
{
    struct vt_buf text = VT_BUF_INIT(VT_SIM_PLOT_BYTES_MAX);
    char title[160];
    vt_status status = VT_OK;

    if (args->plot != NULL) {
        (void)snprintf(title, sizeof title, "%s, seed %" PRIu64 ": %.100s",
                       args->engine, args->seed,
                       result->violations == 0 ? "no violation"
                                               : result->violation);
        (void)vt_sim_plot_svg(args->plot, title, &text);
        status = write_text(&text, vt_cli_text(cli, "plot"), err);
    }
    vt_buf_fini(&text);
    vt_sim_plot_free(args->plot);
    args->plot = NULL;
    return status;
}

static void show_shrinking(void *ctx, uint32_t runs, size_t faults)
{
    (void)faults;
    vt_progress_update(ctx, runs);
}

vt_status vt_sim_keep(struct vt_cli *cli, struct vt_registry *registry,
                      struct vt_sim_scenario *s, char path[512],
                      struct vt_err *err)
{
    struct vt_progress progress;
    vt_status status;

    vt_progress_begin(&progress, cli, "shrinking", SHRINK_RUNS, "runs");
    status =
        vt_sim_shrink(s, registry, SHRINK_RUNS, show_shrinking, &progress, err);
    vt_progress_end(&progress);
    if (status != VT_OK) {
        return status;
    }
    (void)snprintf(s->title, sizeof s->title, "seed %" PRIu64 " made small",
                   s->seed);
    (void)snprintf(path, 512, "%s/sim-%s-%" PRIu64 ".ini",
                   vt_cli_text(cli, "keep"), s->engine, s->seed);
    return vt_sim_write(s, path, err);
}

/* ---- many ---------------------------------------------------------------- */

static void add_failure(struct vt_cli *cli, struct vt_registry *registry,
                        struct vt_sim_totals *t, struct vt_sim_scenario *s,
                        const struct vt_sim_result *r)
{
    struct vt_err err = VT_ERR_INIT;

    if (t->failed < VT_SIM_SHOWN_MAX) {
        t->failed_seed[t->failed] = s->seed;
    }
    if (t->failed++ == 0) {
        (void)snprintf(t->first, sizeof t->first, "seed %" PRIu64 ": %s",
                       s->seed, r->violation);
    }
    if (t->kept_count < VT_SIM_KEPT_MAX) {
        if (vt_sim_keep(cli, registry, s, t->kept[t->kept_count], &err) ==
            VT_OK) {
            t->kept_count++;
        } else {
            vt_cli_note(cli, "no replay file: %s", err.text);
        }
    }
}

void vt_sim_add_run(struct vt_cli *cli, struct vt_registry *registry,
                    struct vt_sim_totals *t, struct vt_sim_scenario *s,
                    const struct vt_sim_result *r)
{
    t->runs++;
    t->events += r->events;
    t->virtual_ms += r->virtual_ms;
    t->frames += r->frames;
    t->crashes += r->crashes;
    t->txs_final += r->txs_final;
    t->heights += r->height_max;
    if (r->violations > 0) {
        add_failure(cli, registry, t, s, r);
    }
}

void vt_sim_label(struct vt_sim_totals *t, struct vt_progress *progress)
{
    (void)snprintf(t->label, sizeof t->label,
                   "%" PRIu64 " k events/s, %" PRIu64 " violations",
                   vt_sim_per_second(t->events, t->cpu_ns) / 1000, t->failed);
    progress->label = t->label;
}

int vt_sim_tell_failed(struct vt_cli *cli, const struct vt_sim_totals *t)
{
    char seeds[400] = "";
    size_t used = 0;

    for (uint64_t i = 0; i < t->failed && i < VT_SIM_SHOWN_MAX; i++) {
        int n = snprintf(seeds + used, sizeof seeds - used, " %" PRIu64,
                         t->failed_seed[i]);

        used += n > 0 ? (size_t)n : 0;
        used = used < sizeof seeds ? used : sizeof seeds - 1;
    }
    return vt_cli_fail(
        cli, VT_EXIT_FAILED, "violation",
        "%s; %" PRIu64 " failing seeds:%s; vtchain sim --replay %.300s --trace "
        "tells the story",
        t->first, t->failed, seeds, t->kept_count > 0 ? t->kept[0] : "FILE");
}
