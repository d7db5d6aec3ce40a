/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef RAFT_TESTS_MUTANTS_H
#define RAFT_TESTS_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>

static inline uint32_t raft_rule_quorum(uint32_t n)
{
    return vt_is_off("raft-quorum") ? (n + 1) / 2 - (n > 1 && n % 2)
                                    : n / 2 + 1;
}

static inline int raft_rule_is_good(uint64_t term, uint64_t index,
                                    uint64_t my_term, uint64_t my_index)
{
    if (vt_is_off("raft-log")) {
        return 1;
    }
    return term != my_term ? term > my_term : index >= my_index;
}

static inline int raft_rule_counts(uint64_t entry_term, uint64_t term)
{
    return vt_is_off("raft-term") || entry_term == term;
}

static inline int raft_rule_conflicts(int is_same_id)
{
    return vt_is_off("raft-conflict") || !is_same_id;
}

static inline int raft_rule_keeps_vote(void)
{
    return !vt_is_off("raft-vote");
}

static inline int raft_rule_keeps_entries(void)
{
    return !vt_is_off("raft-entry");
}

static inline int raft_rule_stores_bodies(void)
{
    return !vt_is_off("raft-body");
}

static inline int raft_rule_leader_waits(void)
{
    return !vt_is_off("raft-leader");
}

static inline int raft_rule_has_lease(void)
{
    return !vt_is_off("raft-lease");
}

static inline int raft_rule_asks_before(void)
{
    return !vt_is_off("raft-prevote");
}

static inline int raft_rule_checks_quorum(void)
{
    return !vt_is_off("raft-alone");
}

static inline int raft_rule_leaves_leader(void)
{
    return !vt_is_off("raft-leave");
}

static inline int raft_rule_copies(void)
{
    return !vt_is_off("raft-copy");
}

#endif
