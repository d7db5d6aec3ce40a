/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef DPOS_TESTS_MUTANTS_H
#define DPOS_TESTS_MUTANTS_H

#include "support/mutant.h"

static inline int dpos_rule_keeps_slot(void)
{
    return !vt_is_off("dpos-slot");
}

static inline int dpos_rule_keeps_branch(void)
{
    return !vt_is_off("dpos-branch");
}

static inline int dpos_rule_follows_pointer(void)
{
    return !vt_is_off("dpos-follow");
}

#endif
