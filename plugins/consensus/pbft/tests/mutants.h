/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef PBFT_TESTS_MUTANTS_H
#define PBFT_TESTS_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>
#include <string.h>

static inline uint32_t pbft_rule_faulty(uint32_t n)
{
    return (n - 1) / 3;
}

/* Broken: of n = 3f + 1 two quorums may have nobody honest in common. */
static inline uint32_t pbft_rule_quorum(uint32_t n)
{
    return vt_is_off("pbft-quorum") && n > 1 ? 2 * pbft_rule_faulty(n)
                                             : n - pbft_rule_faulty(n);
}

static inline uint64_t pbft_rule_first_vote(uint64_t base, uint64_t committed)
{
    return base > committed && !vt_is_off("pbft-tip") ? base : committed + 1;
}

static inline int pbft_rule_is_higher(uint64_t view_a, uint64_t seq_a,
                                      uint64_t view_b, uint64_t seq_b)
{
    if (vt_is_off("pbft-order")) {
        return seq_a > seq_b;
    }
    return view_a != view_b ? view_a > view_b : seq_a > seq_b;
}

static inline int pbft_rule_extends(const uint8_t parent[32],
                                    const uint8_t tail[32])
{
    return memcmp(parent, tail, 32) == 0;
}

static inline int pbft_rule_may_vote(uint64_t view, uint64_t seq,
                                     uint64_t voted_view, uint64_t voted_seq)
{
    return view != voted_view ? view > voted_view : seq > voted_seq;
}

static inline int pbft_rule_keeps_prepared(void)
{
    return !vt_is_off("pbft-prepared");
}

static inline int pbft_rule_keeps_votes(void)
{
    return !vt_is_off("pbft-votes");
}

static inline int pbft_rule_stores_bodies(void)
{
    return !vt_is_off("pbft-body");
}

static inline int pbft_rule_keeps_view(void)
{
    return !vt_is_off("pbft-view");
}

static inline int pbft_rule_accuses(void)
{
    return !vt_is_off("pbft-accuse");
}

#endif
