/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_campaign.c - many random networks: safety while everything goes
 * wrong, liveness when it stops.
 *
 * `make check` takes some hundred. With BFT_SEEDS=N in the environment (make
 * check-bft-long BFT_SEEDS=N) it runs N seeds from BFT_FIRST on and prints each
 * one that fails.
 */
#include "config.h"

#include "campaign.h"

#include "unit/suite.h"

#include <inttypes.h>
#include <stdio.h>

#ifdef VT_SANITIZER
#define SEEDS 60u /* a sanitizer makes a run that much slower */
#else
#define SEEDS 600u
#endif

START_TEST(no_seed_breaks_it)
{
    static const char *const labels[] = {"R1 enter",
                                         "R2 propose",
                                         "R3 notarize",
                                         "R4 timeout",
                                         "R4 its leader gave up",
                                         "R4 its leader cheats",
                                         "R4 invalid",
                                         "R7 final",
                                         "R8 request"};
    static struct campaign c;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        (void)campaign_run(&c, seed);
    }
    ck_assert_msg(c.failures == 0, "%" PRIu64 " of %" PRIu64 " runs: %s",
                  c.failures, c.runs, c.violation);
    ck_assert_uint_gt(c.liars, 0);
    ck_assert_uint_gt(c.twins, 0);
    ck_assert_uint_gt(c.forgetful, 0);
    ck_assert_uint_gt(c.silent, 0);
    ck_assert_uint_gt(c.together, 0);
    ck_assert_uint_gt(c.counts.crashes, 0);
    for (uint32_t kind = BFT_E1; kind <= BFT_E4; kind++) {
        ck_assert_uint_gt(c.counts.evidence[kind], 0);
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        ck_assert_msg(campaign_label(&c, labels[i]) > 0, "%s", labels[i]);
    }
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct campaign c[2];

        memset(c, 0, sizeof c);
        (void)campaign_run(&c[0], seed);
        (void)campaign_run(&c[1], seed);
        ck_assert_uint_eq(c[0].trace, c[1].trace);
    }
}
END_TEST

/* ---- long runs ---------------------------------------------------------- */

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static int long_run(uint64_t count)
{
    static struct campaign c;
    uint64_t first = number("BFT_FIRST", 1);

    for (uint64_t seed = first; seed < first + count; seed++) {
        if (!campaign_run(&c, seed)) {
            (void)printf("seed %" PRIu64 " failed; first: %s\n", seed,
                         c.violation);
        }
        (void)fflush(stdout);
    }
    (void)printf("%" PRIu64 " runs, %" PRIu64 " failed; %" PRIu64
                 " events, %" PRIu64 " crashes, %" PRIu64 " views, %" PRIu64
                 " final blocks, traces %016" PRIx64 "\n",
                 c.runs, c.failures, c.counts.events, c.counts.crashes,
                 c.counts.views, c.counts.finals, c.trace);
    for (uint32_t i = 0; i < NET_LABELS && c.counts.labels[i].text; i++) {
        (void)printf("  %-36s %" PRIu64 "\n", c.counts.labels[i].text,
                     c.counts.labels[i].count);
    }
    return c.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    const TTest *const tests[] = {no_seed_breaks_it,
                                  the_same_seed_gives_the_same_run};
    uint64_t seeds = number("BFT_SEEDS", 0);
    Suite *suite;
    TCase *tcase;

    if (seeds > 0) {
        return long_run(seeds);
    }
    suite = suite_create("ordering core: campaign");
    tcase = tcase_create("random runs");
    tcase_set_timeout(tcase, 300);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
