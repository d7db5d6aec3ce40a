/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when dpos_mutant names it. Only for the test of the tests.
 */
#ifndef DPOS_TESTS_MUTANTS_H
#define DPOS_TESTS_MUTANTS_H

enum dpos_mutant { MUTANT_NONE = 0, MUTANT_SLOT, MUTANT_BRANCH };

extern enum dpos_mutant dpos_mutant;

static inline int dpos_rule_keeps_slot(void)
{
    return dpos_mutant != MUTANT_SLOT;
}

static inline int dpos_rule_keeps_branch(void)
{
    return dpos_mutant != MUTANT_BRANCH;
}

#endif
