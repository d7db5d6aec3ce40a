/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_sim_soak.c - seeds for so many seconds: every run twice with equal trace
 * hashes, profiles and sizes preferred that lately showed rules of the engine
 * at work, or an order of them, that had not been seen.
 */
#include "base/bytes.h"
#include "base/rng.h"
#include "cli/commands.h"
#include "cli/sim_runs.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define PROFILES_MAX 16u
#define SIZES 8u
#define CHOICES_MAX (PROFILES_MAX * SIZES)
#define WEIGHT_MIN 4u /* nothing is ever left alone */
#define WEIGHT_MAX 4000u
#define LABEL_WORTH 200u
#define PAIR_WORTH 10u

static const uint32_t sizes[SIZES] = {4, 4, 4, 7, 5, 10, 2, 1};

struct soak {
    struct vt_cli *cli;
    struct vt_registry *registry;
    const char *rows; /* of the engine's section */
    struct vt_rng rng;
    uint32_t profiles;
    uint32_t weight[CHOICES_MAX]; /* profile x size */
    struct vt_sim_cover cover;
    struct vt_sim_totals totals;
    struct vt_err err;
};

static uint64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static uint32_t choose(struct soak *k)
{
    uint64_t sum = 0;
    uint32_t i = 0;
    uint64_t at;

    for (uint32_t c = 0; c < k->profiles * SIZES; c++) {
        sum += k->weight[c];
    }
    at = vt_rng_below(&k->rng, sum);
    while (at >= k->weight[i]) {
        at -= k->weight[i++];
    }
    return i;
}

/* What brought something new is tried more often, and forgotten slowly. */
static void reward(struct soak *k, uint32_t choice, uint32_t labels,
                   uint32_t pairs)
{
    uint32_t weight = k->weight[choice];

    weight = weight - weight / 8 + labels * LABEL_WORTH + pairs * PAIR_WORTH;
    weight = weight < WEIGHT_MIN ? WEIGHT_MIN : weight;
    k->weight[choice] = weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
}

static vt_status make_scenario(struct soak *k, uint32_t choice, uint64_t seed,
                               struct vt_sim_scenario *s)
{
    struct vt_sim_switches as_profile = {VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
                                         VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
                                         VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE};
    vt_status status = vt_sim_scenario_of(k->cli, k->rows, seed, s, &k->err);

    if (status != VT_OK || vt_cli_given(k->cli, "profile")) {
        return status;
    }
    vt_sim_plan_fini(&s->plan);
    if (!vt_cli_given(k->cli, "nodes")) {
        s->nodes = sizes[choice % SIZES];
    }
    return vt_sim_profile_plan(vt_sim_profile_name(choice / SIZES), &as_profile,
                               s->nodes, seed, &s->plan, &k->err);
}

/* Twice: with the story told and without, which must make no difference. */
static vt_status run_twice(struct soak *k, const struct vt_sim_scenario *s,
                           struct vt_sim_result *out)
{
    struct vt_sim_args args;
    struct vt_sim_result again;
    vt_status status;

    vt_sim_scenario_args(s, k->registry, &args);
    args.cover = &k->cover;
    status = vt_sim_run(&args, out, &k->err);
    args.cover = NULL;
    if (status == VT_OK) {
        status = vt_sim_run(&args, &again, &k->err);
    }
    if (status == VT_OK && !vt_hash_eq(&out->trace_hash, &again.trace_hash)) {
        out->violations++;
        (void)snprintf(out->violation, sizeof out->violation,
                       "determinism: the second run has another trace hash");
    }
    return status;
}

static vt_status soak_one(struct soak *k, uint64_t seed)
{
    uint32_t choice = choose(k);
    uint32_t labels = k->cover.count;
    uint32_t pairs = k->cover.pairs;
    uint64_t start = vt_sim_cpu_ns();
    struct vt_sim_scenario s;
    struct vt_sim_result result;
    vt_status status = make_scenario(k, choice, seed, &s);

    if (status == VT_OK) {
        status = run_twice(k, &s, &result);
    }
    if (status == VT_OK) {
        k->totals.cpu_ns += vt_sim_cpu_ns() - start;
        k->totals.events += result.events; /* of the second run */
        vt_sim_add_run(k->cli, k->registry, &k->totals, &s, &result);
        reward(k, choice, k->cover.count - labels, k->cover.pairs - pairs);
    }
    vt_sim_scenario_fini(&s);
    return status;
}

static void print_labels(const struct vt_sim_cover *cover)
{
    for (uint32_t i = 0; i < cover->count; i++) {
        (void)printf("%12" PRIu64 "  %s\n", cover->label[i].seen,
                     cover->label[i].text);
    }
}

static int emit(struct soak *k)
{
    const struct vt_sim_totals *t = &k->totals;
    uint64_t speed = vt_sim_per_second(t->events, t->cpu_ns);
    struct vt_json_maker m;

    if (!k->cli->json) {
        (void)printf("%" PRIu64 " seeds, each twice, %" PRIu64
                     " events (%" PRIu64 " a second), %" PRIu64
                     " s of virtual time, %" PRIu64 " crashes\n"
                     "%" PRIu32 " coverage labels, %" PRIu32
                     " pairs of them, %" PRIu64 " violations\n",
                     t->runs, t->events, speed, t->virtual_ms / 1000,
                     t->crashes, k->cover.count, k->cover.pairs, t->failed);
        print_labels(&k->cover);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_u64(&m, "seeds", t->runs);
    vt_json_put_u64(&m, "events", t->events);
    vt_json_put_u64(&m, "events_per_second", speed);
    vt_json_put_u64(&m, "virtual_ms", t->virtual_ms);
    vt_json_put_u64(&m, "crashes", t->crashes);
    vt_json_put_u64(&m, "labels", k->cover.count);
    vt_json_put_u64(&m, "pairs", k->cover.pairs);
    vt_json_put_u64(&m, "violations", t->failed);
    return vt_cli_emit_made(k->cli, &m);
}

int vt_cmd_sim_soak(struct vt_cli *cli, struct vt_registry *registry,
                    const char *rows)
{
    static struct soak k; /* too large for a stack */
    struct vt_progress progress;
    uint64_t seconds = vt_cli_u64(cli, "soak");
    uint64_t start = now_ns();
    uint64_t seed = vt_cli_u64(cli, "seed");
    vt_status status = VT_OK;
    int code;

    memset(&k, 0, sizeof k);
    k.cli = cli;
    k.registry = registry;
    k.rows = rows;
    k.err.size = sizeof k.err;
    vt_rng_init(&k.rng, seed);
    while (vt_sim_profile_name(k.profiles) != NULL) {
        k.profiles++;
    }
    for (uint32_t i = 0; i < k.profiles * SIZES; i++) {
        k.weight[i] = LABEL_WORTH;
    }
    vt_progress_begin(&progress, cli, "soaking", seconds, "s");
    while (status == VT_OK && now_ns() - start < seconds * NS_PER_S) {
        status = soak_one(&k, seed++);
        vt_sim_label(&k.totals, &progress);
        vt_progress_update(&progress, (now_ns() - start) / NS_PER_S);
    }
    vt_progress_end(&progress);
    if (status != VT_OK) {
        return vt_cli_fail_err(cli, &k.err);
    }
    if (k.totals.failed > 0 && cli->json) {
        return vt_sim_tell_failed(cli, &k.totals);
    }
    code = emit(&k);
    return k.totals.failed > 0 && code == VT_EXIT_OK
               ? vt_sim_tell_failed(cli, &k.totals)
               : code;
}
