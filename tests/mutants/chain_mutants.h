/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_mutants.h - takes the place of the bodies in core/chain/rules.h and
 * core/ledger/switch_rules.h: each rule as it is, or broken when
 * support/mutant.h says so.
 */
#ifndef VT_TESTS_MUTANTS_CHAIN_MUTANTS_H
#define VT_TESTS_MUTANTS_CHAIN_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>

static inline int vt_chain_rule_guards(void)
{
    return !vt_is_off("guard");
}

static inline int vt_chain_rule_waits(void)
{
    return !vt_is_off("wait");
}

static inline int vt_chain_rule_seals(void)
{
    return !vt_is_off("seal");
}

static inline int vt_chain_rule_compares(void)
{
    return !vt_is_off("state");
}

static inline int vt_switch_rule_is_ready(uint64_t ready, uint64_t total)
{
    return vt_is_off("ready") || ready / 2 > total - ready ||
           ready > (total - ready) * 2;
}

#endif
