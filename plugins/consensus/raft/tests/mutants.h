/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when raft_mutant names it. Only for the test of the tests.
 */
#ifndef RAFT_TESTS_MUTANTS_H
#define RAFT_TESTS_MUTANTS_H

#include <stdint.h>

enum raft_mutant {
    MUTANT_NONE = 0,
    MUTANT_QUORUM,
    MUTANT_GOOD,
    MUTANT_COUNTS,
    MUTANT_CONFLICTS,
    MUTANT_VOTE,
    MUTANT_ENTRIES,
    MUTANT_BODIES,
    MUTANT_LEADER,
    MUTANT_LEASE,
    MUTANT_ASKS,
    MUTANT_ALONE,
    MUTANT_COPIES,
    MUTANTS
};

extern enum raft_mutant raft_mutant;

static inline uint32_t raft_rule_quorum(uint32_t n)
{
    return raft_mutant == MUTANT_QUORUM ? (n + 1) / 2 - (n > 1 && n % 2)
                                        : n / 2 + 1;
}

static inline int raft_rule_is_good(uint64_t term, uint64_t index,
                                    uint64_t my_term, uint64_t my_index)
{
    if (raft_mutant == MUTANT_GOOD) {
        return 1;
    }
    return term != my_term ? term > my_term : index >= my_index;
}

static inline int raft_rule_counts(uint64_t entry_term, uint64_t term)
{
    return raft_mutant == MUTANT_COUNTS || entry_term == term;
}

static inline int raft_rule_conflicts(int is_same_id)
{
    return raft_mutant == MUTANT_CONFLICTS || !is_same_id;
}

static inline int raft_rule_keeps_vote(void)
{
    return raft_mutant != MUTANT_VOTE;
}

static inline int raft_rule_keeps_entries(void)
{
    return raft_mutant != MUTANT_ENTRIES;
}

static inline int raft_rule_stores_bodies(void)
{
    return raft_mutant != MUTANT_BODIES;
}

static inline int raft_rule_leader_waits(void)
{
    return raft_mutant != MUTANT_LEADER;
}

static inline int raft_rule_has_lease(void)
{
    return raft_mutant != MUTANT_LEASE;
}

static inline int raft_rule_asks_before(void)
{
    return raft_mutant != MUTANT_ASKS;
}

static inline int raft_rule_checks_quorum(void)
{
    return raft_mutant != MUTANT_ALONE;
}

static inline int raft_rule_copies(void)
{
    return raft_mutant != MUTANT_COPIES;
}

#endif
