/* SPDX-License-Identifier: Apache-2.0
 *
 * switch.h - the end of an epoch as the log ledger sees it: a proposal, its
 * approvals, who is ready for what comes next, and every epoch there was.
 *
 *   PROPOSED -> SCHEDULED -> SEALING -> epoch entry
 *        approvals     readiness   height `at`
 *
 * Governors approve; with enough approvals the switch is scheduled, and the
 * next epoch's members say READY. At height `at` - freeze more than two thirds
 * of their weight must have done so, or the switch is off. Pure.
 */
#ifndef VT_LEDGER_SWITCH_H
#define VT_LEDGER_SWITCH_H

#include "ledger/state.h"
#include "wire/tx.h"

enum vt_switch_phase {
    VT_SWITCH_PROPOSED = 1,
    VT_SWITCH_SCHEDULED = 2,
    VT_SWITCH_SEALING = 3 /* nothing can stop it any more */
};

/* Who the members are in the epoch a block belongs to. */
struct vt_judge;
struct vt_electorate {
    const struct vt_address *members; /* borrowed, as all here */
    const uint64_t *weights;
    const char *const *names;
    const struct vt_view *keys;
    uint32_t count;
    uint8_t scheme; /* code of the scheme of their keys */
    uint64_t epoch;
    uint64_t start_height;
    const struct vt_judge *judge; /* NULL: evidence convicts nobody */
};

#define VT_SWITCH_BITS 50u /* bytes: a bit per governor or member */
struct vt_switch {
    enum vt_switch_phase phase;
    uint64_t at, since; /* last height of the old epoch; proposed in */
    struct vt_hash digest;
    uint8_t approved[VT_SWITCH_BITS]; /* by governor */
    uint8_t ready[VT_SWITCH_BITS];    /* by member of the next epoch */
    struct vt_view spec; /* payload of the SWITCH transaction, borrowed */
};

/* The one that is under way. spec borrows from state. Returns VT_OK,
 * VT_E_NOTFOUND, VT_E_CORRUPT. */
vt_status vt_switch_get(const struct vt_state *state, struct vt_switch *out);
/* Index of an address among the next epoch's members, UINT32_MAX when it is
 * none of them. */
uint32_t vt_switch_member(const struct vt_switch *sw,
                          const struct vt_electorate *now,
                          const struct vt_address *address);
/* Is a READY of this sender for this digest still missing? Such a transaction
 * needs no fee. sw may be NULL. */
int vt_switch_awaits(const struct vt_switch *sw,
                     const struct vt_electorate *now,
                     const struct vt_address *sender,
                     const struct vt_hash *digest);
/* Weight that is ready and all weight of the next epoch; enough is ready * 3 >
 * total * 2. */
void vt_switch_count(const struct vt_switch *sw,
                     const struct vt_electorate *now, uint64_t *out_ready,
                     uint64_t *out_total);

/* What became of the last one. */
enum vt_switch_outcome {
    VT_SWITCH_DONE = 1,
    VT_SWITCH_NOT_APPROVED = 2,
    VT_SWITCH_NOT_READY = 3
};
struct vt_switch_last {
    uint64_t at;
    enum vt_switch_outcome outcome;
    uint64_t ready, total; /* weights, NOT_READY only */
    struct vt_hash digest;
};
vt_status vt_switch_last_get(const struct vt_state *state,
                             struct vt_switch_last *out);
/* Epochs from 1 on: first height, and the payload that described it (borrowed
 * from state). Returns as vt_switch_get. */
struct vt_epoch_entry {
    uint64_t start_height;
    uint8_t random[32]; /* what the epoch before drew; zero: nothing */
    struct vt_view spec;
};
vt_status vt_epoch_entry_get(const struct vt_state *state, uint64_t epoch,
                             struct vt_epoch_entry *out);

#endif
