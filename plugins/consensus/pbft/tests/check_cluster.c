/* SPDX-License-Identifier: Apache-2.0
 *
 * check_cluster.c - the installed file under the chain driver of a node, a
 * whole cluster in the simulator. What once found something is tried again.
 */
#include "base/status.h"
#include "plugin/registry.h"
#include "sim/sim.h"
#include "unit/suite.h"

#include <string.h>

#ifdef VT_SANITIZER
#define SHARE 8u /* a sanitizer makes a run that much slower */
#else
#define SHARE 1u
#endif

static struct vt_registry *registry;
static struct vt_sim_switches switches;

static void open_registry(void)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(vt_registry_new(&policy, &registry, &err) == VT_OK, "%s",
                  err.text);
}

static void close_registry(void)
{
    vt_registry_free(registry);
}

/* What `vtchain sim` does when nothing else is said. */
static struct vt_sim_args usual(uint32_t nodes)
{
    struct vt_sim_args args = {.registry = registry,
                               .engine = "pbft",
                               .options = "",
                               .nodes = nodes,
                               .steps = 2000000,
                               .txs = 40};

    switches.loss = 50;
    switches.duplicate = 20;
    switches.reorder = 50;
    switches.crashes = 2;
    switches.partitions = 1;
    switches.byzantine = 0;
    return args;
}

static void run(struct vt_sim_args *args, uint64_t seed,
                struct vt_sim_result *out)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_sim_plan plan;

    args->seed = seed;
    args->plan = &plan;
    ck_assert_msg(vt_sim_profile_plan("usual", &switches, args->nodes, seed,
                                      &plan, &err) == VT_OK,
                  "%s", err.text);
    ck_assert_msg(vt_sim_run(args, out, &err) == VT_OK, "%s", err.text);
    vt_sim_plan_fini(&plan);
    ck_assert_msg(out->violations == 0, "seed %llu: %s",
                  (unsigned long long)seed, out->violation);
    ck_assert_uint_eq(out->txs_final, args->txs);
}

static void run_seeds(struct vt_sim_args *args, uint64_t first, uint64_t count)
{
    struct vt_sim_result result;

    for (uint64_t seed = first; seed < first + count; seed++) {
        run(args, seed, &result);
    }
}

/* An empty place of the ring of ids was taken for height 0. */
START_TEST(a_view_from_the_epoch_s_start_is_no_alarm_after_a_restart)
{
    struct vt_sim_args args = usual(4);

    run_seeds(&args, 100, 80 / SHARE);
}
END_TEST

/* Alone, a member dies when a block is durable and not announced yet. */
START_TEST(a_lone_member_goes_on_from_what_it_decided_last)
{
    struct vt_sim_args args = usual(1);

    switches.crashes = 6;
    run_seeds(&args, 90, 80 / SHARE);
}
END_TEST

START_TEST(clusters_of_all_sizes_survive_crashes_partitions_and_liars)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 10};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct vt_sim_args args = usual(sizes[i]);
        struct vt_sim_result result;

        switches.crashes = 6;
        switches.partitions = 3;
        switches.loss = 100;
        switches.byzantine = (sizes[i] - 1) / 3;
        for (uint64_t seed = 1; seed <= 8 / SHARE; seed++) {
            run(&args, seed, &result);
        }
    }
}
END_TEST

START_TEST(small_windows_and_frequent_checkpoints_hold)
{
    struct vt_sim_args args = usual(4);
    struct vt_sim_result result;

    args.options = "window = 2\ncheckpoint_interval = 2\n"
                   "rotate_checkpoints = 2\nview_timeout = 100ms\n"
                   "retransmit = 20ms";
    switches.crashes = 6;
    switches.partitions = 3;
    for (uint64_t seed = 1; seed <= 16 / SHARE; seed++) {
        run(&args, seed, &result);
    }
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
    struct vt_sim_args args = usual(4);
    struct vt_sim_result first;
    struct vt_sim_result second;

    run(&args, 7, &first);
    run(&args, 7, &second);
    ck_assert_mem_eq(first.trace_hash.b, second.trace_hash.b, 32);
    ck_assert_uint_eq(first.events, second.events);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_view_from_the_epoch_s_start_is_no_alarm_after_a_restart,
        a_lone_member_goes_on_from_what_it_decided_last,
        clusters_of_all_sizes_survive_crashes_partitions_and_liars,
        small_windows_and_frequent_checkpoints_hold,
        the_same_seed_gives_the_same_run};
    Suite *suite = suite_create("pbft cluster");
    TCase *tcase = tcase_create("simulated");

    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, open_registry, close_registry);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
