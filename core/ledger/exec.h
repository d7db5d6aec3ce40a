/* SPDX-License-Identifier: Apache-2.0
 *
 * exec.h - inside of a block's execution. Private to core/ledger.
 */
#ifndef VT_LEDGER_EXEC_H
#define VT_LEDGER_EXEC_H

#include "base/arena.h"
#include "base/map.h"
#include "ledger/rules.h"

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

/* The switch under way, read when it is first asked for. */
struct exec_switch {
    struct vt_switch record; /* spec lies in the parent version or the arena */
    int is_read, exists, is_dirty;
};

/* A block changes at most the switch, its outcome and one epoch. */
#define VT_LOG_CHANGES_MAX 4u

struct vt_exec {
    const struct vt_rules *rules;
    struct vt_state *parent;
    struct vt_exec_block block;
    struct vt_arena arena;
    struct vt_map *accounts; /* address -> cached_account */
    struct vt_map *balances; /* balance key -> cached_balance */
    struct vt_map *assets;   /* asset id -> cached_asset */
    struct vt_amount fees;
    struct vt_receipt *receipts;
    size_t receipt_count, receipt_cap;
    struct vt_state_change *changes;
    size_t change_count;
    struct exec_switch sw;
    struct vt_state_change log_changes[VT_LOG_CHANGES_MAX];
    size_t log_change_count;
};

/* exec_cache.c: entries of the parent version, read once per block. NULL =
 * out of memory or a corrupt entry. */
struct cached_account *vt_exec_account(struct vt_exec *x,
                                       const struct vt_address *address);
struct cached_balance *vt_exec_balance(struct vt_exec *x,
                                       const struct vt_address *address,
                                       const struct vt_hash *asset);
struct cached_asset *vt_exec_asset(struct vt_exec *x, const struct vt_hash *id);
/* All dirty entries as changes, in the order first touched. */
vt_status vt_exec_collect(struct vt_exec *x);

/* exec_tx.c: the effect of one transaction. All or nothing. Returns VT_OK with
 * *code and *burned. */
vt_status vt_exec_effect(struct vt_exec *x, const struct vt_tx *tx,
                         uint32_t *code, struct vt_amount *burned);

/* exec_switch.c: NULL when none is under way. */
struct vt_switch *vt_exec_switch(struct vt_exec *x);
/* The code, UINT32_MAX for no memory. */
uint32_t vt_exec_do_switch(struct vt_exec *x, const struct vt_tx *tx);
uint32_t vt_exec_do_ready(struct vt_exec *x, const struct vt_tx *tx);
/* After the block's last transaction: log_changes. */
vt_status vt_exec_switch_end(struct vt_exec *x);

#endif
