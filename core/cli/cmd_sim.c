/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_sim.c - a whole cluster in this process, from one seed or from many.
 */
#include "base/bytes.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/plugins.h"
#include "cli/progress.h"
#include "plugin/host.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_MAX 20u /* failing seeds listed by number */

/* What all runs of a campaign add up to. */
struct totals {
    uint64_t runs, events, virtual_ms, frames, crashes, txs_final, heights;
    uint64_t failed;
    uint64_t failed_seed[SHOWN_MAX];
    char first[300]; /* first violation */
};

static void print_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)printf("%s\n", line);
}

static uint32_t switch_of(const struct vt_cli *cli, const char *name)
{
    return vt_cli_given(cli, name) ? (uint32_t)vt_cli_u64(cli, name)
                                   : VT_SIM_AS_PROFILE;
}

/* One run: the plan this seed means, then the run itself. */
static vt_status run_seed(struct vt_cli *cli, struct vt_sim_args *args,
                          struct vt_sim_result *result, struct vt_err *err)
{
    struct vt_sim_switches switches = {
        .loss = switch_of(cli, "loss"),
        .duplicate = switch_of(cli, "duplicate"),
        .reorder = switch_of(cli, "reorder"),
        .crashes = switch_of(cli, "crashes"),
        .partitions = switch_of(cli, "partitions"),
        .byzantine = switch_of(cli, "byzantine"),
    };
    struct vt_sim_plan plan;
    vt_status status =
        vt_sim_profile_plan(vt_cli_text(cli, "profile"), &switches, args->nodes,
                            args->seed, &plan, err);

    if (status == VT_OK) {
        args->plan = &plan;
        status = vt_sim_run(args, result, err);
        args->plan = NULL;
        vt_sim_plan_fini(&plan);
    }
    return status;
}

static void fill_args(struct vt_cli *cli, struct vt_registry *registry,
                      struct vt_sim_args *args)
{
    args->registry = registry;
    args->engine = vt_cli_text(cli, "engine");
    args->options = vt_cli_text(cli, "options");
    args->nodes = (uint32_t)vt_cli_u64(cli, "nodes");
    args->seed = vt_cli_u64(cli, "seed");
    args->steps = vt_cli_u64(cli, "steps");
    args->txs = (uint32_t)vt_cli_u64(cli, "txs");
    args->real_crypto = vt_cli_flag(cli, "real_crypto");
    args->trace = vt_cli_flag(cli, "trace") ? print_line : NULL;
}

static int emit_one(struct vt_cli *cli, const struct vt_sim_args *args,
                    const struct vt_sim_result *r)
{
    struct vt_json_maker m;
    char hash[65];

    vt_hex_encode(r->trace_hash.b, 32, hash);
    if (!cli->json) {
        (void)printf("seed %" PRIu64 "  trace %s\n"
                     "%" PRIu64 " events, %" PRIu64 " ms of virtual time, "
                     "%" PRIu64 " frames (%" PRIu64 " lost), %" PRIu64
                     " crashes, %" PRIu64 " partitions\n"
                     "heights %" PRIu64 " to %" PRIu64 ", %" PRIu64
                     " of %" PRIu64 " transactions final, %s\n",
                     args->seed, hash, r->events, r->virtual_ms, r->frames,
                     r->frames_lost, r->crashes, r->partitions, r->height_min,
                     r->height_max, r->txs_final, r->txs_offered,
                     r->violations == 0 ? "no violation" : r->violation);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_text(&m, "engine", args->engine);
    vt_json_put_u64(&m, "nodes", args->nodes);
    vt_json_put_u64(&m, "seed", args->seed);
    vt_json_put_text(&m, "trace_hash", hash);
    vt_json_put_u64(&m, "events", r->events);
    vt_json_put_u64(&m, "virtual_ms", r->virtual_ms);
    vt_json_put_u64(&m, "frames", r->frames);
    vt_json_put_u64(&m, "frames_lost", r->frames_lost);
    vt_json_put_u64(&m, "crashes", r->crashes);
    vt_json_put_u64(&m, "partitions", r->partitions);
    vt_json_put_u64(&m, "height_min", r->height_min);
    vt_json_put_u64(&m, "height_max", r->height_max);
    vt_json_put_u64(&m, "txs_offered", r->txs_offered);
    vt_json_put_u64(&m, "txs_final", r->txs_final);
    vt_json_put_u64(&m, "violations", r->violations);
    vt_json_put_text(&m, "violation", r->violation);
    return vt_cli_emit_made(cli, &m);
}

static int run_one(struct vt_cli *cli, struct vt_sim_args *args)
{
    struct vt_sim_result result;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (run_seed(cli, args, &result, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (result.violations > 0 && cli->json) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "violation",
                           "seed %" PRIu64 ": %s", args->seed,
                           result.violation);
    }
    code = emit_one(cli, args, &result);
    if (code == VT_EXIT_OK && result.violations > 0) {
        code =
            vt_cli_fail(cli, VT_EXIT_FAILED, "violation",
                        "seed %" PRIu64 ": %s", args->seed, result.violation);
    }
    return code;
}

/* ---- many seeds ---------------------------------------------------------- */

static void add_result(struct totals *t, uint64_t seed,
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
        if (t->failed < SHOWN_MAX) {
            t->failed_seed[t->failed] = seed;
        }
        if (t->failed++ == 0) {
            (void)snprintf(t->first, sizeof t->first, "seed %" PRIu64 ": %s",
                           seed, r->violation);
        }
    }
}

static int emit_totals(struct vt_cli *cli, const struct totals *t)
{
    struct vt_json_maker m;

    if (!cli->json) {
        (void)printf("%" PRIu64 " runs, %" PRIu64 " events, %" PRIu64
                     " s of virtual time, %" PRIu64 " frames, %" PRIu64
                     " crashes\n"
                     "%" PRIu64 " blocks, %" PRIu64
                     " transactions final, %" PRIu64 " violations\n",
                     t->runs, t->events, t->virtual_ms / 1000, t->frames,
                     t->crashes, t->heights, t->txs_final, t->failed);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_u64(&m, "runs", t->runs);
    vt_json_put_u64(&m, "events", t->events);
    vt_json_put_u64(&m, "virtual_ms", t->virtual_ms);
    vt_json_put_u64(&m, "frames", t->frames);
    vt_json_put_u64(&m, "crashes", t->crashes);
    vt_json_put_u64(&m, "blocks", t->heights);
    vt_json_put_u64(&m, "txs_final", t->txs_final);
    vt_json_put_u64(&m, "violations", t->failed);
    return vt_cli_emit_made(cli, &m);
}

static int tell_failed(struct vt_cli *cli, const struct totals *t)
{
    char seeds[400] = "";
    size_t used = 0;

    for (uint64_t i = 0; i < t->failed && i < SHOWN_MAX; i++) {
        int n = snprintf(seeds + used, sizeof seeds - used, " %" PRIu64,
                         t->failed_seed[i]);

        used += n > 0 ? (size_t)n : 0;
        used = used < sizeof seeds ? used : sizeof seeds - 1;
    }
    return vt_cli_fail(cli, VT_EXIT_FAILED, "violation",
                       "%s; %" PRIu64 " failing seeds:%s; replay one with "
                       "--seed and --trace",
                       t->first, t->failed, seeds);
}

static int run_many(struct vt_cli *cli, struct vt_sim_args *args,
                    uint64_t count)
{
    struct totals totals = {0};
    struct vt_progress progress;
    struct vt_err err = VT_ERR_INIT;
    vt_status status = VT_OK;
    int code;

    vt_progress_begin(&progress, cli, "simulating", count, "seeds");
    for (uint64_t i = 0; i < count && status == VT_OK; i++) {
        struct vt_sim_result result;

        status = run_seed(cli, args, &result, &err);
        if (status == VT_OK) {
            add_result(&totals, args->seed, &result);
        }
        args->seed++;
        vt_progress_update(&progress, i + 1);
    }
    vt_progress_end(&progress);
    if (status != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (totals.failed > 0 && cli->json) {
        return tell_failed(cli, &totals);
    }
    code = emit_totals(cli, &totals);
    return totals.failed > 0 && code == VT_EXIT_OK ? tell_failed(cli, &totals)
                                                   : code;
}

int vt_cmd_sim(struct vt_cli *cli)
{
    struct vt_registry *registry = NULL;
    struct vt_sim_args args = {0};
    int code = vt_cli_flag(cli, "validate")
                   ? vt_cli_registry_checked(cli, &registry)
                   : vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    (void)vt_log_set_levels(cli->verbose ? "info" : "fatal", NULL);
    fill_args(cli, registry, &args);
    code = vt_cli_u64(cli, "seeds") > 1
               ? run_many(cli, &args, vt_cli_u64(cli, "seeds"))
               : run_one(cli, &args);
    if (code == VT_EXIT_OK && vt_validate_violations() > 0) {
        code = vt_cli_fail(cli, VT_EXIT_FAILED, "contract",
                           "%" PRIu64 " breaches of the plugin contract; "
                           "--verbose shows them",
                           vt_validate_violations());
    }
    vt_registry_free(registry);
    return code;
}
