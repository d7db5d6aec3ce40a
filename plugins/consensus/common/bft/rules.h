/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rules on which safety and recovery hang, one function each.
 *
 * The names R1..R8 and D1..D7 are those of README.md. They stand apart from
 * the code that uses them so that a test of the tests can be built: with
 * -DBFT_RULES_HEADER='"file.h"' another file takes the place of the bodies
 * below, and the campaign must then find the broken rule.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_RULES_H
#define VT_CONSENSUS_COMMON_BFT_RULES_H

#include <stdint.h>

#ifdef BFT_RULES_HEADER
#include BFT_RULES_HEADER
#else

/* Smallest weight above two thirds: two quorums share an honest member. */
static inline uint64_t bft_rule_quorum(uint64_t total)
{
    return 2 * (total / 3) + 2 * (total % 3) / 3 + 1;
}

/* R3: at most one NOTARIZE per view, ever, and none after NULLIFY. */
static inline int bft_rule_may_notarize(uint64_t view, uint64_t notarized,
                                        uint64_t nullified)
{
    return view > notarized && view > nullified;
}

/* R2, R3: every view between parent and proposal is known to be nullified. */
static inline int bft_rule_checks_skipped(void)
{
    return 1;
}

/* R4: a view that does not end is given up, never after FINALIZE in it. */
static inline int bft_rule_may_nullify(uint64_t view, uint64_t finalized)
{
    return view > finalized;
}

/* R5: no FINALIZE in a view after NULLIFY in it. */
static inline int bft_rule_may_finalize(uint64_t view, uint64_t nullified)
{
    return view > nullified;
}

/* R7: who knows only the FINALIZATION of a block can build on it. */
static inline int bft_rule_final_is_notarized(void)
{
    return 1;
}

/* D1: the own proposal is durable before it is signed. */
static inline int bft_rule_keeps_proposal(void)
{
    return 1;
}

/* D2: the body is durable before the NOTARIZE that promises it. */
static inline int bft_rule_stores_body(void)
{
    return 1;
}

/* D3: what lets one into a view is durable before a word in it. */
static inline int bft_rule_keeps_certs(void)
{
    return 1;
}

/* D4: an own vote is durable before it is signed. */
static inline int bft_rule_keeps_votes(void)
{
    return 1;
}

/* D5: own votes from before a restart count here as they count elsewhere. */
static inline int bft_rule_counts_own(void)
{
    return 1;
}

/* E1 to E4: two words that exclude each other are told of. */
static inline int bft_rule_accuses(void)
{
    return 1;
}

#endif
#endif
