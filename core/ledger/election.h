/* SPDX-License-Identifier: Apache-2.0
 *
 * election.h - who gets the seats of the next epoch. Pure; private to
 * core/ledger.
 */
#ifndef VT_LEDGER_ELECTION_H
#define VT_LEDGER_ELECTION_H

#include "ledger/stake.h"

/* In the order in which seats are given. */
enum contender_class {
    CONTENDER_CANDIDATE = 0, /* stands, with enough stake of its own */
    CONTENDER_SITTING = 1,   /* a member that does not, or has too little */
    CONTENDER_ABSENT = 2     /* a member that made too few blocks */
};

struct contender {
    struct vt_address address;
    struct vt_view name, pk; /* borrowed */
    struct vt_amount votes;
    uint64_t weight; /* in the next epoch */
    enum contender_class rank;
    int sits;
};

/* At most this many members come new at a time, so that those who stay can
 * bring them up to date. */
uint32_t vt_election_newcomers_max(uint32_t sitting);

/*
 * Sorts list by class, votes, address, and moves those who get one of `seats`
 * to its front. sitting: members there are now. A newcomer whose name is taken
 * gets none. Returns how many have a seat.
 */
uint32_t vt_election_run(struct contender *list, uint32_t count,
                         uint32_t sitting, uint32_t seats);

#endif
