/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rules on which safety, recovery and stability hang, one
 * function each.
 *
 * The names are those of README.md. They stand apart from the code that uses
 * them for a test of the tests: tests/check_mutants.c is built from the same
 * sources with -DRAFT_RULES_HEADER naming a file that breaks one rule at a
 * time, and the campaign must then find it.
 */
#ifndef RAFT_RULES_H
#define RAFT_RULES_H

#include <stdint.h>

#ifdef RAFT_RULES_HEADER
#include RAFT_RULES_HEADER
#else

/* Two majorities share a member. */
static inline uint32_t raft_rule_quorum(uint32_t n)
{
    return n / 2 + 1;
}

/* R2: a log is at least as good as another when its last entry has a higher
 * term, or the same term and no lower index. */
static inline int raft_rule_is_good(uint64_t term, uint64_t index,
                                    uint64_t my_term, uint64_t my_index)
{
    return term != my_term ? term > my_term : index >= my_index;
}

/* R3: acknowledgements count for entries of the current term only; older ones
 * become final with the first of them (Figure 8). */
static inline int raft_rule_counts(uint64_t entry_term, uint64_t term)
{
    return entry_term == term;
}

/* R4: what was appended goes only when the leader has another id there. */
static inline int raft_rule_conflicts(int is_same_id)
{
    return !is_same_id;
}

/* P1: term and vote are durable before anything is said in that term. */
static inline int raft_rule_keeps_vote(void)
{
    return 1;
}

/* P2: an entry is durable before it is acknowledged. */
static inline int raft_rule_keeps_entries(void)
{
    return 1;
}

/* P2: and so is its body. */
static inline int raft_rule_stores_bodies(void)
{
    return 1;
}

/* P3: a leader counts itself after its own disk has the entry. */
static inline int raft_rule_leader_waits(void)
{
    return 1;
}

/* R1: who heard its leader lately helps nobody else to lead. */
static inline int raft_rule_has_lease(void)
{
    return 1;
}

/* R1: a term is entered when a majority would vote. */
static inline int raft_rule_asks_before(void)
{
    return 1;
}

/* R1: a leader that hears no majority steps down. */
static inline int raft_rule_checks_quorum(void)
{
    return 1;
}

/* R10: who names a block the host finds bad is not followed. */
static inline int raft_rule_leaves_leader(void)
{
    return 1;
}

/* R2: a candidate refused for its log copies the better one. */
static inline int raft_rule_copies(void)
{
    return 1;
}

#endif
#endif
