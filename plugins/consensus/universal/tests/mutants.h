/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef UNIVERSAL_TESTS_MUTANTS_H
#define UNIVERSAL_TESTS_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>

static inline int uni_rule_needs_parent(void)
{
    return !vt_is_off("uni-parent");
}

static inline uint32_t uni_rule_quorum(uint32_t m)
{
    return vt_is_off("uni-quorum") ? 2 * m / 3 : 2 * m / 3 + 1;
}

static inline int uni_rule_keeps_batch(void)
{
    return !vt_is_off("uni-batch");
}

static inline int uni_rule_needs_certs(void)
{
    return !vt_is_off("uni-certs");
}

static inline int uni_rule_validates(void)
{
    return !vt_is_off("uni-validate");
}

static inline int uni_rule_draws(void)
{
    return !vt_is_off("uni-draw");
}

static inline int uni_rule_audits(void)
{
    return !vt_is_off("uni-gate");
}

static inline int uni_rule_audit_looks(void)
{
    return !vt_is_off("uni-look");
}

static inline int uni_rule_turns(void)
{
    return !vt_is_off("uni-turns");
}

#endif
