/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_sim.c - a whole cluster in this process, from one seed or from many.
 */
#include "base/bytes.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/plugins.h"
#include "cli/sim_runs.h"
#include "plugin/host.h"
#include "sim/plot.h"

#include <inttypes.h>
#include <string.h>

/* ---- one seed ------------------------------------------------------------ */

static int tell_violation(struct vt_cli *cli, struct vt_registry *registry,
                          struct vt_sim_scenario *s,
                          const struct vt_sim_result *result)
{
    struct vt_err err = VT_ERR_INIT;
    char path[512];

    if (vt_sim_keep(cli, registry, s, path, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "violation",
                           "seed %" PRIu64 ": %s; no replay file: %s", s->seed,
                           result->violation, err.text);
    }
    return vt_cli_fail(cli, VT_EXIT_FAILED, "violation",
                       "seed %" PRIu64 ": %s; vtchain sim --replay %s --trace "
                       "tells the story",
                       s->seed, result->violation, path);
}

static int run_scenario(struct vt_cli *cli, struct vt_registry *registry,
                        struct vt_sim_scenario *s)
{
    struct vt_sim_args args;
    struct vt_sim_result result;
    struct vt_err err = VT_ERR_INIT;
    uint64_t start = vt_sim_cpu_ns();
    vt_status status;
    int code = VT_EXIT_OK;

    vt_sim_scenario_args(s, registry, &args);
    args.trace = vt_cli_flag(cli, "trace") ? vt_sim_print_line : NULL;
    status = vt_sim_plot_begin(cli, &args, &err);
    if (status == VT_OK) {
        status = vt_sim_run(&args, &result, &err);
    }
    if (status == VT_OK) {
        status = vt_sim_plot_finish(cli, &args, &result, &err);
    }
    if (status != VT_OK) {
        vt_sim_plot_free(args.plot);
        return vt_cli_fail_err(cli, &err);
    }
    if (result.violations == 0 || !cli->json) {
        code = vt_sim_emit_run(cli, s, &result, vt_sim_cpu_ns() - start);
    }
    return code == VT_EXIT_OK && result.violations > 0
               ? tell_violation(cli, registry, s, &result)
               : code;
}

static int run_one(struct vt_cli *cli, struct vt_registry *registry,
                   const char *rows)
{
    struct vt_sim_scenario s;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (vt_sim_scenario_of(cli, rows, vt_cli_u64(cli, "seed"), &s, &err) !=
        VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else {
        code = run_scenario(cli, registry, &s);
    }
    vt_sim_scenario_fini(&s);
    return code;
}

/* ---- many seeds ---------------------------------------------------------- */

static int emit_totals(struct vt_cli *cli, const struct vt_sim_totals *t)
{
    uint64_t speed = vt_sim_per_second(t->events, t->cpu_ns);
    struct vt_json_maker m;

    if (!cli->json) {
        (void)printf("%" PRIu64 " runs, %" PRIu64 " events (%" PRIu64
                     " a second), %" PRIu64 " s of virtual time, %" PRIu64
                     " frames, %" PRIu64 " crashes\n"
                     "%" PRIu64 " blocks, %" PRIu64
                     " transactions final, %" PRIu64 " violations\n",
                     t->runs, t->events, speed, t->virtual_ms / 1000, t->frames,
                     t->crashes, t->heights, t->txs_final, t->failed);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_u64(&m, "runs", t->runs);
    vt_json_put_u64(&m, "events", t->events);
    vt_json_put_u64(&m, "events_per_second", speed);
    vt_json_put_u64(&m, "virtual_ms", t->virtual_ms);
    vt_json_put_u64(&m, "frames", t->frames);
    vt_json_put_u64(&m, "crashes", t->crashes);
    vt_json_put_u64(&m, "blocks", t->heights);
    vt_json_put_u64(&m, "txs_final", t->txs_final);
    vt_json_put_u64(&m, "violations", t->failed);
    return vt_cli_emit_made(cli, &m);
}

static vt_status add_seed(struct vt_cli *cli, struct vt_registry *registry,
                          const char *rows, struct vt_sim_totals *totals,
                          uint64_t seed, struct vt_err *err)
{
    struct vt_sim_scenario s;
    struct vt_sim_args args;
    struct vt_sim_result result;
    uint64_t start = vt_sim_cpu_ns();
    vt_status status = vt_sim_scenario_of(cli, rows, seed, &s, err);

    if (status == VT_OK) {
        vt_sim_scenario_args(&s, registry, &args);
        status = vt_sim_run(&args, &result, err);
    }
    if (status == VT_OK) {
        totals->cpu_ns += vt_sim_cpu_ns() - start;
        vt_sim_add_run(cli, registry, totals, &s, &result);
    }
    vt_sim_scenario_fini(&s);
    return status;
}

static int run_many(struct vt_cli *cli, struct vt_registry *registry,
                    const char *rows, uint64_t count)
{
    struct vt_sim_totals totals = {0};
    struct vt_progress progress;
    struct vt_err err = VT_ERR_INIT;
    uint64_t seed = vt_cli_u64(cli, "seed");
    vt_status status = VT_OK;
    int code;

    vt_progress_begin(&progress, cli, "simulating", count, "seeds");
    for (uint64_t i = 0; i < count && status == VT_OK; i++) {
        status = add_seed(cli, registry, rows, &totals, seed + i, &err);
        vt_sim_label(&totals, &progress);
        vt_progress_update(&progress, i + 1);
    }
    vt_progress_end(&progress);
    if (status != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (totals.failed > 0 && cli->json) {
        return vt_sim_tell_failed(cli, &totals);
    }
    code = emit_totals(cli, &totals);
    return totals.failed > 0 && code == VT_EXIT_OK
               ? vt_sim_tell_failed(cli, &totals)
               : code;
}

static int run_as_asked(struct vt_cli *cli, struct vt_registry *registry)
{
    uint64_t seeds = vt_cli_u64(cli, "seeds");
    struct vt_err err = VT_ERR_INIT;
    char rows[VT_SIM_ROWS_MAX];

    if (vt_cli_text(cli, "replay")[0] != '\0') {
        return vt_cmd_sim_replay(cli, registry);
    }
    if (vt_cli_flag(cli, "shrink")) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "--shrink makes a run of a file smaller: give one "
                           "with --replay");
    }
    if (vt_sim_engine_rows(cli, registry, rows, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (vt_cli_u64(cli, "soak") > 0) {
        return vt_cmd_sim_soak(cli, registry, rows);
    }
    return seeds > 1 ? run_many(cli, registry, rows, seeds)
                     : run_one(cli, registry, rows);
}

int vt_cmd_sim(struct vt_cli *cli)
{
    struct vt_registry *registry = NULL;
    int code = vt_cli_flag(cli, "validate")
                   ? vt_cli_registry_checked(cli, &registry)
                   : vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    /* a chain that halts is a violation, or what the faults meant to do */
    (void)vt_log_set_levels(cli->verbose ? "info" : "fatal", NULL);
    code = run_as_asked(cli, registry);
    if (code == VT_EXIT_OK && vt_validate_violations() > 0) {
        code = vt_cli_fail(cli, VT_EXIT_FAILED, "contract",
                           "%" PRIu64 " breaches of the plugin contract; "
                           "--verbose shows them",
                           vt_validate_violations());
    }
    vt_registry_free(registry);
    return code;
}
