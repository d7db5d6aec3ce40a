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

#include "campaign.h"

#include "unit/suite.h"

#include <inttypes.h>
#include <stdio.h>
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
    for (uint64_t seed = first; seed < first + count / SHARE; seed++) {
        (void)campaign_run(&c, seed, members);
    }
    ck_assert_msg(c.failures == 0, "%" PRIu64 " of %" PRIu64 " runs: %s",
                  c.failures, c.runs, c.violation);
    ck_assert_uint_gt(c.crashes, 0);
    ck_assert_uint_gt(c.with_liars, 0);
    ck_assert_uint_gt(c.with_twins, 0);
    ck_assert_uint_gt(c.with_rollback, 0);
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
    static struct campaign c;

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
    static struct campaign c;

    for (uint64_t seed = 1; seed <= 160; seed++) {
        (void)campaign_run(&c, seed, 0);
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        ck_assert_msg(campaign_label(&c, labels[i]) > 0, "%s", labels[i]);
    }
}
END_TEST

/* ---- long runs ---------------------------------------------------------- */

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    (void)puts(line);
}

static int long_run(uint64_t count)
{
    static struct campaign total;
    uint64_t first = number("PBFT_FIRST", 1);
    uint32_t members = (uint32_t)number("PBFT_MEMBERS", 0);

    if (number("PBFT_SAY", 0) != 0) {
        total.say = say;
    }
    for (uint64_t seed = first; seed < first + count; seed++) {
        uint64_t failures = total.failures;

        total.violation[0] = '\0';
        if (!campaign_run(&total, seed, members) && total.failures > failures) {
            (void)printf("seed %" PRIu64 " failed%s%s\n", seed,
                         total.violation[0] == '\0' ? "" : ": ",
                         total.violation);
            (void)fflush(stdout);
        }
        if ((seed - first + 1) % 10000 == 0) {
            (void)printf("%" PRIu64 " runs, %" PRIu64 " failed\n",
                         seed - first + 1, total.failures);
            (void)fflush(stdout);
        }
    }
    (void)printf("%" PRIu64 " runs, %" PRIu64 " failed; %" PRIu64
                 " events, %" PRIu64 " crashes, %" PRIu64
                 " splits, longest recovery %" PRIu64 " ms, traces %016" PRIx64
                 "\n",
                 total.runs, total.failures, total.events, total.crashes,
                 total.splits, total.longest_recovery_us / 1000, total.traces);
    for (uint32_t i = 0; i < total.label_count; i++) {
        (void)printf("  %-16s %" PRIu64 "\n", total.labels[i].text,
                     total.labels[i].count);
    }
    return total.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    const TTest *const tests[] = {
        four_members_one_of_them_faulty, seven_members_two_of_them_faulty,
        committees_of_all_sizes, the_same_seed_gives_the_same_run,
        every_rule_takes_part};
    uint64_t seeds = number("PBFT_SEEDS", 0);
    Suite *suite;
    TCase *tcase;

    if (seeds > 0) {
        return long_run(seeds);
    }
    suite = suite_create("pbft campaign");
    tcase = tcase_create("random runs");
    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
