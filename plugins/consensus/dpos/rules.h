/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - rules on which safety and recovery hang, one function each.
 *
 * They stand apart from the code that uses them for a test of the tests:
 * tests/check_mutants.c is built from the same sources with -DDPOS_RULES_HEADER
 * naming a file that breaks one rule at a time, and a campaign must then find
 * it. The names are those of README.md.
 */
#ifndef DPOS_RULES_H
#define DPOS_RULES_H

#ifdef DPOS_RULES_HEADER
#include DPOS_RULES_HEADER
#else

/* D1: the slot and the block are durable before it is signed. */
static inline int dpos_rule_keeps_slot(void)
{
    return 1;
}

/* D2: a branch is durable before it is the head or pointed to. */
static inline int dpos_rule_keeps_branch(void)
{
    return 1;
}

/* P4: the best chain stands on the highest notarized pointer. */
static inline int dpos_rule_follows_pointer(void)
{
    return 1;
}

#endif
#endif
