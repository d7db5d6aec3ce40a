/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - the rules with a switch each: takes the place of the bodies in
 * rules.h in the test build whose campaign must find what is switched off.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_MUTANTS_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>

static inline uint64_t bft_rule_quorum(uint64_t total)
{
    return vt_is_off("bft-quorum") ? total / 2
                                   : 2 * (total / 3) + 2 * (total % 3) / 3 + 1;
}

static inline int bft_rule_may_notarize(uint64_t view, uint64_t notarized,
                                        uint64_t nullified)
{
    return (view > notarized || vt_is_off("bft-twice")) && view > nullified;
}

static inline int bft_rule_checks_skipped(void)
{
    return !vt_is_off("bft-skipped");
}

static inline int bft_rule_may_nullify(uint64_t view, uint64_t finalized)
{
    return view > finalized && !vt_is_off("bft-nullify");
}

static inline int bft_rule_may_finalize(uint64_t view, uint64_t nullified)
{
    return view > nullified || vt_is_off("bft-after");
}

static inline int bft_rule_final_is_notarized(void)
{
    return !vt_is_off("bft-final");
}

static inline int bft_rule_keeps_proposal(void)
{
    return !vt_is_off("bft-proposal");
}

static inline int bft_rule_stores_body(void)
{
    return !vt_is_off("bft-body");
}

static inline int bft_rule_keeps_certs(void)
{
    return !vt_is_off("bft-certs");
}

static inline int bft_rule_keeps_votes(void)
{
    return !vt_is_off("bft-votes");
}

static inline int bft_rule_counts_own(void)
{
    return !vt_is_off("bft-own");
}

static inline int bft_rule_accuses(void)
{
    return !vt_is_off("bft-accuse");
}

#endif
