/* SPDX-License-Identifier: Apache-2.0
 *
 * check_mutants.c - a test of the tests: with any rule of table.c broken the
 * simulator finds a violation, and the same run is clean with the rule.
 *
 * The engines and some files of the chain are linked into this program with a
 * switch on each rule. Without arguments those that few seeds show; with
 * --all every one, printed as the table of tests/scenario/README.md; with names
 * just those.
 */
#include "base/log.h"
#include "base/status.h"
#include "mutants.h"
#include "sim/scenario.h"
#include "support/mutant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS_MAX 400u
#define QUICK_MAX 100u

extern const struct vt_plugin dpos_LTX_vt_plugin_v1;
extern const struct vt_plugin pbft_LTX_vt_plugin_v1;
extern const struct vt_plugin pos_LTX_vt_plugin_v1;
extern const struct vt_plugin pow_LTX_vt_plugin_v1;
extern const struct vt_plugin raft_LTX_vt_plugin_v1;
extern const struct vt_plugin universal_LTX_vt_plugin_v1;

static const struct vt_builtin engines[] = {
    {"dpos_LTX_vt_plugin_v1", &dpos_LTX_vt_plugin_v1},
    {"pbft_LTX_vt_plugin_v1", &pbft_LTX_vt_plugin_v1},
    {"pos_LTX_vt_plugin_v1", &pos_LTX_vt_plugin_v1},
    {"pow_LTX_vt_plugin_v1", &pow_LTX_vt_plugin_v1},
    {"raft_LTX_vt_plugin_v1", &raft_LTX_vt_plugin_v1},
    {"universal_LTX_vt_plugin_v1", &universal_LTX_vt_plugin_v1},
    {NULL, NULL}};

const char *vt_mutant;

struct finding {
    uint64_t seed;
    uint64_t runs;
    char what[200];
};

static vt_status add_faults(const struct mutant *m, struct vt_sim_plan *plan,
                            struct vt_err *err)
{
    const char *at = m->faults == NULL ? "" : m->faults;
    vt_status status = VT_OK;

    while (*at != '\0' && status == VT_OK) {
        struct vt_sim_fault fault = {0};
        char line[200];
        size_t len = strcspn(at, "\n");

        (void)snprintf(line, sizeof line, "%.*s", (int)len, at);
        status = vt_sim_fault_parse("at", line, m->nodes, &fault, err);
        if (status == VT_OK) {
            status = vt_sim_plan_add(plan, &fault);
        }
        at += len + (at[len] == '\n');
    }
    return status;
}

static vt_status scenario_of(const struct mutant *m, uint64_t seed,
                             struct vt_sim_scenario *out, struct vt_err *err)
{
    const struct vt_sim_switches numbers = {
        VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
        VT_SIM_AS_PROFILE, m->crashes > 0 ? m->crashes : VT_SIM_AS_PROFILE,
        VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE};
    vt_status status;
    char path[512];

    if (m->file != NULL) {
        (void)snprintf(path, sizeof path, "%s/tests/scenario/%s",
                       getenv("VT_TEST_SRC_DIR"), m->file);
        return vt_sim_scenario_read(path, out, err);
    }
    vt_sim_scenario_init(out);
    (void)snprintf(out->engine, sizeof out->engine, "%s", m->engine);
    (void)snprintf(out->options, sizeof out->options, "%s",
                   m->options == NULL ? "" : m->options);
    (void)snprintf(out->switches, sizeof out->switches, "%s",
                   m->switches == NULL ? "" : m->switches);
    out->nodes = m->nodes;
    out->txs = m->txs > 0 ? m->txs : out->txs;
    out->seed = seed;
    status = vt_sim_profile_plan(m->profile, &numbers, m->nodes, seed,
                                 &out->plan, err);
    return status == VT_OK ? add_faults(m, &out->plan, err) : status;
}

/* Returns 1 when all is as it should be, 0 with what when not; a run that
 * cannot be made ends the program. */
static int run_is_clean(struct vt_registry *registry, const struct mutant *m,
                        uint64_t seed, char what[200])
{
    static struct vt_sim_cover cover; /* too large for a stack */
    struct vt_sim_scenario s;
    struct vt_sim_args args;
    struct vt_sim_result result;
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf text = VT_BUF_INIT(16384);
    vt_status status = scenario_of(m, seed, &s, &err);
    uint32_t wrong = 0;

    memset(&cover, 0, sizeof cover);
    if (status == VT_OK) {
        vt_sim_scenario_args(&s, registry, &args);
        args.cover = m->file != NULL ? &cover : NULL;
        status = vt_sim_run(&args, &result, &err);
    }
    if (status != VT_OK) {
        (void)fprintf(stderr, "%s: seed %" PRIu64 ": %s\n", m->off, seed,
                      err.text);
        exit(EXIT_FAILURE);
    }
    wrong = vt_sim_scenario_judge(&s, &result, &cover, &text);
    if (wrong > 0) {
        const char *why =
            result.violations > 0 ? result.violation : vt_buf_text(&text);

        (void)snprintf(what, 200, "%.*s", (int)strcspn(why, ":;"), why);
    }
    vt_buf_fini(&text);
    vt_sim_scenario_fini(&s);
    return wrong == 0;
}

static int find(struct vt_registry *registry, const struct mutant *m,
                uint64_t count, struct finding *out)
{
    out->runs = 0;
    vt_mutant = m->off;
    while (out->runs < count) {
        out->seed = ++out->runs;
        if (!run_is_clean(registry, m, out->seed, out->what)) {
            vt_mutant = NULL;
            return 1;
        }
    }
    vt_mutant = NULL;
    return 0;
}

static uint64_t seeds_of(const struct mutant *m)
{
    if (m->file != NULL) {
        return 1;
    }
    return m->seeds == 0 ? SEEDS_MAX : m->seeds;
}

/* Returns 1 when it was found, and its absence is clean. */
static int judge(struct vt_registry *registry, const struct mutant *m,
                 int is_quick)
{
    struct finding f = {0};
    char what[200];

    if (!find(registry, m,
              is_quick && m->file == NULL ? QUICK_MAX : seeds_of(m), &f)) {
        (void)printf("| `%s` | %s | %s | more than %" PRIu64 " | NOT FOUND |\n",
                     m->off, m->rule, m->engine, f.runs);
        return 0;
    }
    if (!run_is_clean(registry, m, f.seed, what)) {
        (void)printf("| `%s` | %s | %s | %" PRIu64 " | UNBROKEN FAILS: %s |\n",
                     m->off, m->rule, m->engine, f.seed, what);
        return 0;
    }
    if (m->file != NULL) {
        (void)printf("| `%s` | %s | %s | `%.3s` | %s |\n", m->off, m->rule,
                     m->engine, m->file, f.what);
    } else {
        (void)printf("| `%s` | %s | %s | %" PRIu64 " | %s |\n", m->off, m->rule,
                     m->engine, f.seed, f.what);
    }
    (void)fflush(stdout);
    return 1;
}

static int is_wanted(const struct mutant *m, int argc, char **argv)
{
    if (argc == 1) {
        return m->is_quick != 0;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0 || strcmp(argv[i], m->off) == 0 ||
            strcmp(argv[i], m->engine) == 0) {
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct vt_registry_policy policy = {.path = ""};
    struct vt_registry *registry = NULL;
    struct vt_err err = VT_ERR_INIT;
    uint32_t missed = 0;

    vt_registry_set_builtins(engines);
    if (getenv("VT_TEST_SRC_DIR") == NULL ||
        vt_registry_new(&policy, &registry, &err) != VT_OK) {
        (void)fprintf(stderr, "run by make check or make check-mutants: %s\n",
                      err.text);
        return EXIT_FAILURE;
    }
    (void)vt_log_set_levels("fatal", NULL);
    (void)printf("| off | rule | engine | seeds | found as |\n"
                 "|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < mutant_count; i++) {
        if (is_wanted(&mutants[i], argc, argv) &&
            !judge(registry, &mutants[i], argc == 1)) {
            missed++;
        }
    }
    vt_registry_free(registry);
    if (missed > 0) {
        (void)printf("%" PRIu32 " broken rules were not found\n", missed);
    }
    return missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
