/* SPDX-License-Identifier: Apache-2.0
 *
 * behind.h - the state stores, written behind the log without syncs: entries of
 * the four ledgers, an index of transactions and of blocks, and a mark that
 * says up to which height all of it is whole. Whatever is behind, torn or gone
 * after a crash is made again from the log.
 *
 * Keys and values are in README.md. Private to core/chain. One thread, except
 * where said; writes run on the POOL lane, one job at a time.
 */
#ifndef VT_CHAIN_BEHIND_H
#define VT_CHAIN_BEHIND_H

#include "chain/chain.h"

/* What is whole, and all that the next header needs of it. */
struct vt_mark {
    uint64_t height;
    struct vt_hash id;
    int64_t time_ms;
    uint64_t txs_total; /* in all blocks up to this one */
    struct vt_hash state_root, receipts_root;
    struct vt_hash ledger_root[VT_LEDGER_COUNT];
};

struct vt_behind;

struct vt_behind_args {
    struct vt_world *world;
    const struct vt_store *ledger; /* VT_LEDGER_COUNT; may name one store */
    void (*on_failure)(void *ctx, const struct vt_err *err);
    /* a write ended, well or not: there may be room again */
    void (*on_done)(void *ctx);
    void *ctx;
};

VT_MUST_USE struct vt_behind *vt_behind_new(const struct vt_behind_args *args);
/* No job may be running. */
void vt_behind_free(struct vt_behind *behind);

/* One executed final block. exec is given (the callee frees), block is
 * referenced. */
struct vt_behind_block {
    struct vt_block *block;
    struct vt_exec *exec;
    const struct vt_receipt *receipts; /* borrowed from exec */
    struct vt_state *state;
    struct vt_hash receipts_root;
    uint64_t txs_total;
};
/* Returns VT_OK, VT_E_NOMEM (exec is freed all the same). */
vt_status vt_behind_add(struct vt_behind *behind,
                        const struct vt_behind_block *done);
/* Start a write when something waits and none is under way. */
void vt_behind_flush(struct vt_behind *behind);
/* Write all that waits on the calling thread. Thread: init. */
vt_status vt_behind_write_now(struct vt_behind *behind, struct vt_err *err);
int vt_behind_busy(const struct vt_behind *behind);
/* Blocks not written yet; the chain proposes nothing above the limit. */
size_t vt_behind_backlog(const struct vt_behind *behind);
#define VT_BEHIND_MAX 256u

/* Where a final transaction is; looks at what is not written yet, too. Returns
 * VT_OK, VT_E_NOTFOUND, VT_E_CORRUPT, VT_E_IO. */
vt_status vt_behind_find_tx(const struct vt_behind *behind,
                            const struct vt_hash *id, struct vt_tx_status *out);
/* Height of a final block by id. Returns as vt_behind_find_tx. */
vt_status vt_behind_find_block(const struct vt_behind *behind,
                               const struct vt_hash *id, uint64_t *out_height);

/* The same from the stores alone. Thread: any. */
vt_status vt_behind_find_stored(const struct vt_store *ledger,
                                const struct vt_hash *id, uint64_t *out_height);

/* Read the stores back. Returns VT_OK with a version whose roots equal the
 * mark's; VT_E_NOTFOUND when nothing whole is there (the caller starts from
 * genesis); VT_E_NOMEM. Thread: init. */
vt_status vt_behind_load(const struct vt_store *ledger, struct vt_mark *mark,
                         struct vt_state **out, struct vt_err *err);
/* Empty the stores: what is there is of no use. Thread: init. */
vt_status vt_behind_wipe(const struct vt_store *ledger, struct vt_err *err);
/* The entries of the first state into stores that are empty. There is no mark
 * yet: the first block brings it. Thread: init. */
vt_status vt_behind_seed(const struct vt_store *ledger,
                         const struct vt_state *first, struct vt_err *err);

#endif
