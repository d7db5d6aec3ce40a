/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_mutants.c - a test of the tests: with any one rule switched off,
 * the campaign must find a seed that shows it, and with none the same seeds
 * must pass. The table in the README is what BFT_SAY=1 prints.
 */
#include "config.h"

#include "mutants.h"

#include "campaign.h"
#include "small.h"
#include "unit/suite.h"

#include <inttypes.h>
#include <stdio.h>

#define SEEDS_MAX 500u

#ifdef VT_SANITIZER
#define IS_SLOW 1
#else
#define IS_SLOW 0
#endif

enum bft_mutant bft_mutant;

static const char *const names[MUTANT_COUNT] = {
    [MUTANT_NONE] = "none",
    [MUTANT_R3_TWICE] = "R3 a second NOTARIZE in a view",
    [MUTANT_R3_SKIPPED] = "R2, R3 skipped views need no certificate",
    [MUTANT_R4_NEVER] = "R4 no view is given up",
    [MUTANT_R5_AFTER] = "R5 FINALIZE after NULLIFY",
    [MUTANT_R7_ONLY] = "R7 a FINALIZATION is no NOTARIZATION",
    [MUTANT_QUORUM] = "quorum of half the weight",
    [MUTANT_D1] = "D1 own proposal not durable",
    [MUTANT_D2] = "D2 body not durable",
    [MUTANT_D3] = "D3 certificates not durable",
    [MUTANT_D4] = "D4 votes not durable",
    [MUTANT_D5] = "D5 own votes not counted again"};

START_TEST(every_broken_rule_is_found)
{
    enum bft_mutant mutant = (enum bft_mutant)_i;
    static struct campaign c;
    uint64_t seed = 1;

    bft_mutant = mutant;
    memset(&c, 0, sizeof c);
    while (seed <= SEEDS_MAX && campaign_run(&c, seed)) {
        seed++;
    }
    if (getenv("BFT_SAY") != NULL) {
        (void)printf("| %s | %" PRIu64 " | %s |\n", names[mutant], seed,
                     c.violation);
        (void)fflush(stdout);
    }
    ck_assert_msg(seed <= SEEDS_MAX, "not found: %s", names[mutant]);
    bft_mutant = MUTANT_NONE;
    ck_assert_int_eq(campaign_run(&c, seed), 1);
}
END_TEST

START_TEST(the_small_scope_finds_what_needs_no_crash)
{
    static const enum bft_mutant mutants[] = {MUTANT_R5_AFTER, MUTANT_QUORUM};
    const struct small_scope scope = {2, 1, 0};
    static struct small_result r;

    for (size_t i = 0; i < sizeof mutants / sizeof mutants[0]; i++) {
        bft_mutant = mutants[i];
        small_explore(&scope, &r);
        ck_assert_msg(r.violation[0] != '\0', "not found: %s",
                      names[mutants[i]]);
    }
    bft_mutant = MUTANT_NONE;
}
END_TEST

int main(void)
{
    Suite *suite;
    TCase *tcase;

    if (IS_SLOW) {
        (void)puts("searching is slow under a sanitizer, and finds the same");
        return 77;
    }
    suite = suite_create("ordering core: mutants");
    tcase = tcase_create("mutants");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, every_broken_rule_is_found, MUTANT_NONE + 1,
                        MUTANT_COUNT);
    tcase_add_test(tcase, the_small_scope_finds_what_needs_no_crash);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
