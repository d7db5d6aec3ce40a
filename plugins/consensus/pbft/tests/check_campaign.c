/* SPDX-License-Identifier: Apache-2.0
 *
 * check_campaign.c - many random runs: safety while everything goes wrong,
 * liveness when it stops.
 *
 * `make check` takes a few thousand short ones. With PBFT_SEEDS=N in the
 * environment (make check-pbft-long PBFT_SEEDS=N) it runs N seeds from
 * PBFT_FIRST on and prints each one that fails; PBFT_SAY=1 tells what happens
 * in a run.
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
    c.engine = &pbft_campaign;
    for (uint64_t seed = first; seed < first + count / SHARE; seed++) {
        (void)campaign_run(&c, seed, members);
    }
    ck_assert_msg(c.failures == 0, "%" PRIu64 " of %" PRIu64 " runs: %s",
                  c.failures, c.runs, c.violation);
    ck_assert_uint_gt(c.crashes, 0);
    ck_assert_uint_gt(c.vices[VICE_LIES], 0);
    ck_assert_uint_gt(c.vices[VICE_TWIN], 0);
    ck_assert_uint_gt(c.vices[VICE_FORGETS], 0);
}

START_TEST(four_members_one_of_them_faulty)
{
    run_seeds(4, 1, 2000);
}
END_TEST

START_TEST(seven_members_two_of_them_faulty)
{
    run_seeds(7, 1, 240);
}
END_TEST

START_TEST(committees_of_all_sizes)
{
    run_seeds(0, 1, 400);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
    static struct campaign c = {.engine = &pbft_campaign};

    for (uint64_t seed = 1; seed <= 64 / SHARE; seed++) {
        ck_assert_msg(campaign_repeats(&c, seed, 0), "seed %" PRIu64, seed);
    }
}
END_TEST

START_TEST(every_rule_takes_part)
{
    static const char *const labels[] = {
        "P1 build",      "P2 proposal",    "P2 prepare",  "P2 refused",
        "P3 base",       "P4 prepared",    "P5 quorum",   "P5 committed",
        "P5 cert",       "P6 checkpoint",  "P6 stable",   "P6 rotate",
        "P7 timeout",    "P8 heard",       "P8 join",     "P9 viewchange",
        "P10 build",     "P10 enter",      "BLOCK good",  "BLOCK bad",
        "BLOCK requeue", "EVIDENCE found", "RECV badsig", "SYNC behind",
        "D6 synced"};
    static struct campaign c = {.engine = &pbft_campaign};

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
        four_members_one_of_them_faulty, seven_members_two_of_them_faulty,
        committees_of_all_sizes, the_same_seed_gives_the_same_run,
        every_rule_takes_part};
    Suite *s = suite_create("pbft campaign");
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
    return campaign_main(&pbft_campaign, "PBFT", suite);
}
