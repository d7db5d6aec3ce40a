/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_mutants.c - a test of the tests: with any one rule switched off,
 * the campaign must find a seed that shows it, and with none the same seeds
 * must pass.
 */
#include "config.h"

#include "mutants.h"

#include "campaign.h"
#include "small.h"
#include "support/mutant_row.h"
#include "unit/suite.h"

#define SEEDS_MAX 500u

#ifdef VT_SANITIZER
#define IS_SLOW 1
#else
#define IS_SLOW 0
#endif

const char *vt_mutant;

static const struct {
    const char *off, *rule;
} mutants[] = {
    {"bft-twice", "R3 a second NOTARIZE in a view"},
    {"bft-skipped", "R2, R3 skipped views need no certificate"},
    {"bft-nullify", "R4 no view is given up"},
    {"bft-after", "R5 FINALIZE after NULLIFY"},
    {"bft-final", "R7 a FINALIZATION is no NOTARIZATION"},
    {"bft-quorum", "quorum of half the weight"},
    {"bft-proposal", "D1 own proposal not durable"},
    {"bft-body", "D2 body not durable"},
    {"bft-certs", "D3 certificates not durable"},
    {"bft-votes", "D4 votes not durable"},
    {"bft-own", "D5 own votes not counted again"},
};

#define MUTANTS (sizeof mutants / sizeof mutants[0])

START_TEST(every_broken_rule_is_found)
{
    static struct campaign c;
    uint64_t seed = 1;

    vt_mutant = mutants[_i].off;
    memset(&c, 0, sizeof c);
    while (seed <= SEEDS_MAX && campaign_run(&c, seed)) {
        seed++;
    }
    mutant_row_seeds(mutants[_i].off, mutants[_i].rule, "common/bft campaign",
                     seed, seed <= SEEDS_MAX ? c.violation : "NOT FOUND");
    ck_assert_msg(seed <= SEEDS_MAX, "not found: %s", mutants[_i].rule);
    vt_mutant = NULL;
    ck_assert_int_eq(campaign_run(&c, seed), 1);
}
END_TEST

START_TEST(the_small_scope_finds_what_needs_no_crash)
{
    static const char *const loud[] = {"bft-after", "bft-quorum"};
    const struct small_scope scope = {2, 1, 0};
    static struct small_result r;

    for (size_t i = 0; i < sizeof loud / sizeof loud[0]; i++) {
        vt_mutant = loud[i];
        small_explore(&scope, &r);
        ck_assert_msg(r.violation[0] != '\0', "not found: %s", loud[i]);
    }
    vt_mutant = NULL;
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
    tcase_add_loop_test(tcase, every_broken_rule_is_found, 0, (int)MUTANTS);
    tcase_add_test(tcase, the_small_scope_finds_what_needs_no_crash);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
