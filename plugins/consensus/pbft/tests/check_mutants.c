/* SPDX-License-Identifier: Apache-2.0
 *
 * check_mutants.c - a test of the tests: with any rule of rules.h broken the
 * campaign finds a violation, and the same seed is clean with the rule.
 *
 * The engine in this program is built from the same sources with mutants.h in
 * the place of the rules.
 */
#include "config.h"

#include "mutants.h"

#include "plan.h"
#include "support/mutant_row.h"
#include "unit/suite.h"

#define SEEDS_MAX 3000u

const char *vt_mutant;

static const struct {
    const char *off, *rule;
    uint32_t members;
} mutants[] = {
    {"pbft-quorum", "quorum of 2f", 4},
    {"pbft-order", "P4, P10 view before height", 4},
    {"pbft-prepared", "P4 certificate durable before COMMIT", 4},
    {"pbft-votes", "D1, D4 votes durable", 4},
    {"pbft-body", "D2 body durable before PREPARE", 4},
    {"pbft-view", "D3, P9, P10 view durable", 4},
};

START_TEST(every_broken_rule_is_found)
{
    static struct campaign c;
    uint64_t seed = 1;

    memset(&c, 0, sizeof c);
    c.engine = &pbft_campaign;
    vt_mutant = mutants[_i].off;
    while (seed <= SEEDS_MAX && campaign_run(&c, seed, mutants[_i].members)) {
        seed++;
    }
    vt_mutant = NULL;
    mutant_row_seeds(mutants[_i].off, mutants[_i].rule, "pbft campaign", seed,
                     seed <= SEEDS_MAX ? c.violation : "NOT FOUND");
    ck_assert_msg(seed <= SEEDS_MAX, "not found: %s", mutants[_i].rule);
    ck_assert_int_eq(campaign_run(&c, seed, mutants[_i].members), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pbft mutants");
    TCase *tcase = tcase_create("broken rules");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, every_broken_rule_is_found, 0,
                        (int)(sizeof mutants / sizeof mutants[0]));
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
