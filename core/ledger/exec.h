/* SPDX-License-Identifier: Apache-2.0
 *
 * exec.h - inside of a block's execution. Private to core/ledger.
 */
#ifndef VT_LEDGER_EXEC_H
#define VT_LEDGER_EXEC_H

#include "base/arena.h"
#include "base/map.h"
#include "ledger/rules.h"
#include "ledger/stake.h"

struct cached_account {
    struct vt_hash key;
    struct vt_account a;
    int dirty;
};

struct cached_balance {
    struct vt_hash key;
    struct vt_hash asset;
    struct vt_amount amount;
    int existed, dirty;
};

struct cached_asset {
    struct vt_hash key;
    struct vt_asset asset;
    int exists, dirty;
};

struct cached_stake {
    struct vt_hash key;
    struct vt_stake s;
    int existed, dirty;
};

struct cached_nominee {
    struct vt_hash key;
    struct vt_nominee n;
    int dirty;
};

/* Any other entry of the log ledger; an empty value deletes it. */
struct cached_entry {
    struct vt_hash key;
    struct vt_view value; /* lies in the parent version or the arena */
    int dirty;
};

/* Addresses of those who stand, read when they are first asked for. */
struct exec_nominees {
    struct vt_address *list; /* VT_NOMINEES_MAX places in the arena */
    uint32_t count;
    int is_read, is_dirty;
};

/* What the judge said about the last evidence it was asked about. */
struct exec_verdict {
    struct vt_hash tx;
    uint32_t code;
    uint32_t member;
    struct vt_address offender;
};

/* The switch under way, read when it is first asked for. */
struct exec_switch {
    struct vt_switch record; /* spec lies in the parent version or the arena */
    int is_read, exists, is_dirty;
};

struct vt_exec {
    const struct vt_rules *rules;
    struct vt_state *parent;
    struct vt_exec_block block;
    struct vt_arena arena;
    struct vt_map *accounts; /* address -> cached_account */
    struct vt_map *balances; /* balance key -> cached_balance */
    struct vt_map *assets;   /* asset id -> cached_asset */
    struct vt_map *stakes;   /* address -> cached_stake */
    struct vt_map *nominees; /* address -> cached_nominee */
    struct vt_map *log;      /* key -> cached_entry */
    struct vt_amount fees;
    struct vt_receipt *receipts;
    size_t receipt_count, receipt_cap;
    struct vt_state_change *changes;
    size_t change_count;
    struct exec_switch sw;
    struct exec_nominees standing;
    struct exec_verdict verdict;
    struct vt_state_change *log_changes;
    size_t log_change_count;
};

/* exec_cache.c: a fresh entry under key in map, or NULL. */
void *vt_exec_new_entry(struct vt_exec *x, struct vt_map *map, const void *key,
                        size_t size);
/* Entries of the parent version, read once per block. NULL =
 * out of memory or a corrupt entry. */
struct cached_account *vt_exec_account(struct vt_exec *x,
                                       const struct vt_address *address);
struct cached_balance *vt_exec_balance(struct vt_exec *x,
                                       const struct vt_address *address,
                                       const struct vt_hash *asset);
struct cached_asset *vt_exec_asset(struct vt_exec *x, const struct vt_hash *id);
/* All dirty entries of the asset ledger as changes, in the order first
 * touched. */
vt_status vt_exec_collect(struct vt_exec *x);

/* exec_log.c: the same for stake and the log ledger. */
struct cached_stake *vt_exec_stake(struct vt_exec *x,
                                   const struct vt_address *address);
struct cached_nominee *vt_exec_nominee(struct vt_exec *x,
                                       const struct vt_address *address);
struct exec_nominees *vt_exec_standing(struct vt_exec *x);
struct cached_entry *vt_exec_log(struct vt_exec *x, const struct vt_hash *key);
/* Copies head and tail, one after the other, as the entry's new value. */
vt_status vt_exec_log_put(struct vt_exec *x, const struct vt_hash *key,
                          struct vt_view head, struct vt_view tail);
/* Adds stakes to x->changes, which has room. */
vt_status vt_exec_collect_stakes(struct vt_exec *x);
vt_status vt_exec_collect_log(struct vt_exec *x);
int vt_exec_add_change(struct vt_exec *x, struct vt_state_change *change,
                       const struct vt_hash *key, const uint8_t *bytes,
                       size_t len);

/* exec_tx.c: the effect of one transaction. All or nothing. Returns VT_OK with
 * *code and *burned. */
vt_status vt_exec_effect(struct vt_exec *x, const struct vt_tx *tx,
                         uint32_t *code, struct vt_amount *burned);

/* exec_switch.c: what a SWITCH would come to in a block at this height, so that
 * nobody pays for one that cannot be. */
uint32_t vt_switch_admit(const struct vt_rules *rules,
                         const struct vt_electorate *now,
                         const struct vt_state *state, uint64_t height,
                         const struct vt_tx *tx);
/* NULL when none is under way. */
struct vt_switch *vt_exec_switch(struct vt_exec *x);
/* The code, UINT32_MAX for no memory. */
uint32_t vt_exec_do_switch(struct vt_exec *x, const struct vt_tx *tx);
uint32_t vt_exec_do_ready(struct vt_exec *x, const struct vt_tx *tx);
/* After the block's last transaction. */
vt_status vt_exec_switch_end(struct vt_exec *x);
/* A switch without a vote: it is scheduled at once, in place of a proposal. */
vt_status vt_exec_schedule(struct vt_exec *x, uint64_t at, struct vt_view spec);

/* exec_stake.c: moves weight to (sign > 0) or from the candidate a stake votes
 * for, who may be nobody. Returns 0 for no memory. Sums of stake are below the
 * supply. */
int vt_exec_count_vote(struct vt_exec *x, const struct vt_address *candidate,
                       struct vt_amount amount, int sign);
/* The code, UINT32_MAX for no memory. */
uint32_t vt_exec_do_stake(struct vt_exec *x, const struct vt_tx *tx);
uint32_t vt_exec_do_unstake(struct vt_exec *x, const struct vt_tx *tx);
uint32_t vt_exec_do_vote(struct vt_exec *x, const struct vt_tx *tx);
uint32_t vt_exec_do_candidate(struct vt_exec *x, const struct vt_tx *tx);

/* exec_offence.c: does evidence convict somebody who was not punished for it
 * yet? Returns VT_OK with *code, or what the judge could not do. */
vt_status vt_exec_judge(struct vt_exec *x, const struct vt_tx *tx,
                        uint32_t *code);
uint32_t vt_exec_do_evidence(struct vt_exec *x, const struct vt_tx *tx);

/* exec_election.c: counts who made the block; elects when it is time. */
vt_status vt_exec_election_end(struct vt_exec *x);

/* exec_anchor.c: as those above. */
uint32_t vt_exec_do_anchor(struct vt_exec *x, const struct vt_tx *tx);

#endif
