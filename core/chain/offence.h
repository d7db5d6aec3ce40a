/* SPDX-License-Identifier: Apache-2.0
 *
 * offence.h - evidence on its way from an engine into the ledger. Private to
 * core/chain.
 *
 * Each member that finds evidence says so in a transaction without a fee; the
 * ledger takes the first one and knows the others. What is not in the ledger
 * yet is lost when this node stops: another member has it, or the engine finds
 * it again.
 */
#ifndef VT_CHAIN_OFFENCE_H
#define VT_CHAIN_OFFENCE_H

#include <vt/consensus.h>

#include "base/list.h"
#include "ledger/stake.h"

struct vt_chain;

#define VT_OFFENCES_MAX 64u /* not yet in the ledger; more are left to others  \
                             */

struct vt_offences {
    struct vt_judge judge; /* any thread, while no epoch begins */
    struct vt_list pending;
    size_t count;
};

void vt_offences_init(struct vt_offences *offences, struct vt_chain *chain);
void vt_offences_free(struct vt_offences *offences); /* zeroed is fine */
/* The engine of the present epoch found it. */
void vt_offences_note(struct vt_chain *chain, const struct vt_eff_evidence *e);
/* The state moved: says again what was not heard. */
void vt_offences_follow(struct vt_chain *chain);

#endif
