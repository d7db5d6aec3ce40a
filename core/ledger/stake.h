/* SPDX-License-Identifier: Apache-2.0
 *
 * stake.h - who may become a member of a chain, and what members answer for:
 * stake, votes, candidates, offences, each as its ledger has it.
 *
 *   STAKE      tokens -> stake       -> counts for whom the staker votes for
 *   VOTE       stake  -> candidate   -> every `every` heights the first `seats`
 *   CANDIDATE  node   -> candidate      become members of the next epoch
 *   EVIDENCE   offence -> part of the offender's own stake is burnt, no seat
 *                         for `jail` epochs
 *   UNSTAKE    stake  -> `unbond` heights later free; an offence takes its
 *                         part of what is on its way out, too
 *
 * A staker votes for one candidate with all of its stake; a candidate's own
 * stake counts for itself. Only the offender's own stake burns: who votes for
 * it loses nothing but a seat to vote for. Pure.
 */
#ifndef VT_LEDGER_STAKE_H
#define VT_LEDGER_STAKE_H

#include "ledger/state.h"
#include "wire/tx.h"

#define VT_LEAVING_MAX 8u     /* withdrawals of one account under way */
#define VT_NOMINEES_MAX 1000u /* who stand at the same time */

struct vt_leaving {
    uint64_t free_at; /* height */
    struct vt_amount amount;
};
struct vt_stake {
    struct vt_amount staked;
    struct vt_address vote;                    /* the black hole: nobody */
    struct vt_leaving leaving[VT_LEAVING_MAX]; /* earliest first */
    uint32_t leaving_count;
};
/* In the asset ledger; zero stake and no vote when absent. Returns VT_OK,
 * VT_E_CORRUPT. */
vt_status vt_stake_get(const struct vt_state *state,
                       const struct vt_address *address, struct vt_stake *out);
void vt_stake_key(const struct vt_address *address, struct vt_hash *out);
/* A value there, as a proof shows it. Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_stake_decode(struct vt_view bytes, struct vt_stake *out);

/* All of it, what is leaving included; amounts of one token fit together. */
struct vt_amount vt_stake_sum(const struct vt_stake *stake);

/* Without name and key: a member that never stood, of whom only an offence is
 * known. */
struct vt_nominee {
    int stands;
    struct vt_amount votes, slashed;
    uint64_t jailed_until; /* last epoch without a seat; 0: none */
    uint64_t offences;
    char name[VT_MEMBER_NAME_MAX + 1];
    uint8_t pk[VT_TX_PK_MAX];
    uint32_t pk_len;
};
/* In the log ledger. Returns VT_OK, VT_E_NOTFOUND, VT_E_CORRUPT. */
vt_status vt_nominee_get(const struct vt_state *state,
                         const struct vt_address *address,
                         struct vt_nominee *out);
/* Those who stand, in the order they came. *out borrows from state. Returns
 * VT_OK, VT_E_CORRUPT. */
vt_status vt_nominees_get(const struct vt_state *state,
                          const struct vt_address **out, uint32_t *count);

/* An offence, in the log ledger, numbered from 0. */
struct vt_offence {
    uint64_t height; /* of the proof */
    uint64_t epoch;  /* of the offence */
    uint32_t kind, member;
    struct vt_address offender, reporter;
    struct vt_amount slashed;
    struct vt_hash evidence; /* of the payload that proves it */
};
/* Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_offence_count(const struct vt_state *state, uint64_t *out);
/* Returns VT_OK, VT_E_NOTFOUND, VT_E_CORRUPT. */
vt_status vt_offence_get(const struct vt_state *state, uint64_t number,
                         struct vt_offence *out);

struct vt_electorate;
/* VT_TX_DONE when the payload of an EVIDENCE transaction convicts somebody who
 * was not punished for it yet, else the code it would get. Thread: the judge's.
 */
uint32_t vt_offence_admit(const struct vt_electorate *now,
                          const struct vt_state *state, const struct vt_tx *tx);

/* Who says whether evidence convicts: the chain's epochs know their engines.
 * Pure, any thread. */
struct vt_tx_evidence;
struct vt_judge {
    void *ctx;
    /* Returns VT_OK with *is_good, and the member when it is; VT_E_NOTFOUND
     * when there was no such epoch; else this node's trouble. */
    vt_status (*judge)(void *ctx, const struct vt_tx_evidence *evidence,
                       int *is_good, uint32_t *member,
                       struct vt_address *offender);
};

#endif
