/* SPDX-License-Identifier: Apache-2.0
 *
 * check_campaign.c - many random runs: safety while everything goes wrong,
 * liveness when it stops.
 *
 * `make check` takes a few thousand short ones; make check-raft-long
 * RAFT_SEEDS=N runs N seeds, see campaign_main().
 */
#include "config.h"

#include "plan.h"

#include "unit/suite.h"

#include <inttypes.h>
#include <string.h>

#ifdef VT_SANITIZER
#define SHARE 8u /* a sanitizer makes a run that much slower */
#else
#define SHARE 1u
#endif

static void run_seeds(uint32_t members, uint64_t first, uint64_t count)
{
    static struct campaign c;

    memset(&c, 0, sizeof c);
    c.engine = &raft_campaign;
    for (uint64_t seed = first; seed < first + count / SHARE; seed++) {
        (void)campaign_run(&c, seed, members);
    }
    ck_assert_msg(c.failures == 0, "%" PRIu64 " of %" PRIu64 " runs: %s",
                  c.failures, c.runs, c.violation);
    ck_assert_uint_gt(c.crashes, 0);
    ck_assert_uint_gt(c.splits, 0);
}

START_TEST(three_members)
{
    run_seeds(3, 1, 1500);
}
END_TEST

START_TEST(five_members)
{
    run_seeds(5, 1, 600);
}
END_TEST

START_TEST(committees_of_all_sizes)
{
    run_seeds(0, 1, 800);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
    static struct campaign c = {.engine = &raft_campaign};

    for (uint64_t seed = 1; seed <= 64 / SHARE; seed++) {
        ck_assert_msg(campaign_repeats(&c, seed, 0), "seed %" PRIu64, seed);
    }
}
END_TEST

START_TEST(every_rule_takes_part)
{
    static const char *const labels[] = {
        "R1 ask",        "R1 campaign",    "R1 vote",   "R1 lead",
        "R1 follow",     "R1 stepdown",    "R1 alone",  "R2 copy",
        "R2 copied",     "R3 committed",   "R4 append", "R4 truncate",
        "R4 repair",     "R3 certificate", "R9 build",  "P2 lost",
        "BLOCK requeue", "SYNC behind",    "D6 synced"};
    static struct campaign c = {.engine = &raft_campaign};

    for (uint64_t seed = 1; seed <= 160; seed++) {
        (void)campaign_run(&c, seed, 0);
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        ck_assert_msg(campaign_label(&c, labels[i]) > 0, "%s", labels[i]);
    }
}
END_TEST

static int suite(void)
{
    const TTest *const tests[] = {
        three_members, five_members, committees_of_all_sizes,
        the_same_seed_gives_the_same_run, every_rule_takes_part};
    Suite *s = suite_create("raft campaign");
    TCase *tcase = tcase_create("random runs");

    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(s, tcase);
    return vt_suite_run(s);
}

int main(void)
{
    return campaign_main(&raft_campaign, "RAFT", suite);
}
