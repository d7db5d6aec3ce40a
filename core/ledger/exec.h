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

#endif
