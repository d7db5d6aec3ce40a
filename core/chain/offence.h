/* SPDX-License-Identifier: Apache-2.0
 *
 * offence.h - evidence on its way from the book (evidence.h) into the ledger,
 * and who tells the ledger whether evidence convicts. Private to core/chain.
 *
 * Each member that has evidence says so in a transaction without a fee; the
 * ledger takes the first one and knows the others. The book is in the log, so a
 * node that was away says it when it is back.
 */
#ifndef VT_CHAIN_OFFENCE_H
#define VT_CHAIN_OFFENCE_H

#include "ledger/stake.h"

struct vt_chain;

struct vt_offences {
    struct vt_judge judge; /* any thread, while no epoch begins */
};

void vt_offences_init(struct vt_offences *offences, struct vt_chain *chain);
/* The state moved, or there is new evidence: says what the ledger does not know
 * yet. */
void vt_offences_follow(struct vt_chain *chain);

#endif
