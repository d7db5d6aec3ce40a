/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - the rules with a switch each: takes the place of the bodies in
 * rules.h in the test build whose campaign must find what is switched off.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_MUTANTS_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_MUTANTS_H

#include <stdint.h>

enum bft_mutant {
    MUTANT_NONE = 0,
    MUTANT_R3_TWICE,   /* a second NOTARIZE in one view */
    MUTANT_R3_SKIPPED, /* skipped views need no NULLIFICATION */
    MUTANT_R4_NEVER,   /* a view is not given up */
    MUTANT_R5_AFTER,   /* FINALIZE after NULLIFY */
    MUTANT_R7_ONLY,    /* a FINALIZATION is no NOTARIZATION */
    MUTANT_QUORUM,     /* a quorum is half */
    MUTANT_D1,
    MUTANT_D2,
    MUTANT_D3,
    MUTANT_D4,
    MUTANT_D5,
    MUTANT_COUNT
};

extern enum bft_mutant bft_mutant; /* which rule is off */

static inline uint64_t bft_rule_quorum(uint64_t total)
{
    return bft_mutant == MUTANT_QUORUM
               ? total / 2
               : 2 * (total / 3) + 2 * (total % 3) / 3 + 1;
}

static inline int bft_rule_may_notarize(uint64_t view, uint64_t notarized,
                                        uint64_t nullified)
{
    return (view > notarized || bft_mutant == MUTANT_R3_TWICE) &&
           view > nullified;
}

static inline int bft_rule_checks_skipped(void)
{
    return bft_mutant != MUTANT_R3_SKIPPED;
}

static inline int bft_rule_may_nullify(uint64_t view, uint64_t finalized)
{
    return view > finalized && bft_mutant != MUTANT_R4_NEVER;
}

static inline int bft_rule_may_finalize(uint64_t view, uint64_t nullified)
{
    return view > nullified || bft_mutant == MUTANT_R5_AFTER;
}

static inline int bft_rule_final_is_notarized(void)
{
    return bft_mutant != MUTANT_R7_ONLY;
}

static inline int bft_rule_keeps_proposal(void)
{
    return bft_mutant != MUTANT_D1;
}

static inline int bft_rule_stores_body(void)
{
    return bft_mutant != MUTANT_D2;
}

static inline int bft_rule_keeps_certs(void)
{
    return bft_mutant != MUTANT_D3;
}

static inline int bft_rule_keeps_votes(void)
{
    return bft_mutant != MUTANT_D4;
}

static inline int bft_rule_counts_own(void)
{
    return bft_mutant != MUTANT_D5;
}

#endif
