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
#include "unit/suite.h"

#define SEEDS_MAX 3000u

enum dpos_mutant dpos_mutant;

static void is_found(enum dpos_mutant mutant)
{
    char why[200] = "";
    uint64_t seed = 0;

    dpos_mutant = mutant;
    while (seed < SEEDS_MAX && storm_run(seed, why)) {
        seed++;
    }
    dpos_mutant = MUTANT_NONE;
    ck_assert_msg(seed < SEEDS_MAX, "%u seeds find nothing", SEEDS_MAX);
    ck_assert_msg(storm_run(seed, why), "seed %u fails unbroken, too: %s",
                  (unsigned)seed, why);
}

START_TEST(a_slot_is_durable_before_its_block_is_signed)
{
    is_found(MUTANT_SLOT);
}
END_TEST

START_TEST(a_branch_is_durable_before_it_is_pointed_to)
{
    is_found(MUTANT_BRANCH);
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
