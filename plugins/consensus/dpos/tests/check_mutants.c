/* SPDX-License-Identifier: Apache-2.0
 *
 * check_mutants.c - a test of the tests: with any rule of rules.h broken some
 * seed of the storm finds a violation, or that the chain stands still.
 *
 * The engine in this program is built from the same sources with mutants.h in
 * the place of the rules.
 */
#include "mutants.h"

#include "storm.h"
#include "support/mutant_row.h"
#include "unit/suite.h"

#define SEEDS_MAX 3000u

const char *vt_mutant;

static void is_found(const char *mutant, const char *rule)
{
    char why[200] = "";
    uint64_t seed = 0;

    vt_mutant = mutant;
    while (seed < SEEDS_MAX && storm_run(seed, why)) {
        seed++;
    }
    vt_mutant = NULL;
    mutant_row_seeds(mutant, rule, "dpos campaign", seed + 1,
                     seed < SEEDS_MAX ? why : "NOT FOUND");
    ck_assert_msg(seed < SEEDS_MAX, "%u seeds find nothing", SEEDS_MAX);
    ck_assert_msg(storm_run(seed, why), "seed %u fails unbroken, too: %s",
                  (unsigned)seed, why);
}

START_TEST(a_slot_is_durable_before_its_block_is_signed)
{
    is_found("dpos-slot", "D1 slot durable before its block");
}
END_TEST

START_TEST(a_branch_is_durable_before_it_is_pointed_to)
{
    is_found("dpos-branch", "D2 branch durable before it is pointed to");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_slot_is_durable_before_its_block_is_signed,
                                  a_branch_is_durable_before_it_is_pointed_to};
    Suite *suite = suite_create("dpos mutants");
    TCase *tcase = tcase_create("broken rules");

    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
