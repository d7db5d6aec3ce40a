/* SPDX-License-Identifier: Apache-2.0
 *
 * check_cluster.c - the installed file under the chain driver of a node, a
 * whole cluster in the simulator. Seeds that once found something stay here.
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
                               .loss = 50,
                               .duplicate = 20,
                               .reorder = 50,
                               .crashes = 2,
                               .partitions = 1,
                               .txs = 40};

    return args;
}

static void run(struct vt_sim_args *args, uint64_t seed,
                struct vt_sim_result *out)
{
    struct vt_err err = VT_ERR_INIT;

    args->seed = seed;
    ck_assert_msg(vt_sim_run(args, out, &err) == VT_OK, "%s", err.text);
    ck_assert_msg(out->violations == 0, "seed %llu: %s",
                  (unsigned long long)seed, out->violation);
    ck_assert_uint_eq(out->txs_final, args->txs);
}

static void run_seeds(struct vt_sim_args *args, const uint64_t *seeds,
                      size_t count)
{
    struct vt_sim_result result;

    for (size_t i = 0; i < count; i++) {
        run(args, seeds[i], &result);
    }
}

/* An empty place of the ring of ids was taken for height 0. */
START_TEST(a_view_from_the_epoch_s_start_is_no_alarm_after_a_restart)
{
    static const uint64_t seeds[] = {100, 131, 195, 277, 345, 433,
                                     470, 481, 622, 748, 808};
    struct vt_sim_args args = usual(4);

    run_seeds(&args, seeds, sizeof seeds / sizeof seeds[0]);
}
END_TEST

/* Alone, a member dies when a block is durable and not announced yet. */
START_TEST(a_lone_member_goes_on_from_what_it_decided_last)
{
    static const uint64_t seeds[] = {90, 216, 349};
    struct vt_sim_args args = usual(1);

    args.crashes = 6;
    run_seeds(&args, seeds, sizeof seeds / sizeof seeds[0]);
}
END_TEST

START_TEST(clusters_of_all_sizes_survive_crashes_partitions_and_liars)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 10};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct vt_sim_args args = usual(sizes[i]);
        struct vt_sim_result result;

        args.crashes = 6;
        args.partitions = 3;
        args.loss = 100;
        args.byzantine = (sizes[i] - 1) / 3;
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
    args.crashes = 6;
    args.partitions = 3;
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
