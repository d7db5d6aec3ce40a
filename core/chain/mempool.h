/* SPDX-License-Identifier: Apache-2.0
 *
 * mempool.h - verified transactions that wait for a block: per sender in nonce
 * order, between senders by fee, bounded in count and bytes.
 *
 * Knows no state and no clock: the caller says what an account's next nonce is.
 * A transaction is ready when every nonce from the account's next one up to its
 * own is here or in a live tentative block, and it is in no such block itself.
 * Private to core/chain. One thread.
 */
#ifndef VT_CHAIN_MEMPOOL_H
#define VT_CHAIN_MEMPOOL_H

#include "ledger/ledger.h"

struct vt_mempool;

struct vt_mempool_limits {
    uint64_t bytes_max, count_max, per_sender_max;
};

/* A waiting transaction; tx borrows from raw. Owned by the pool. */
struct vt_pooled {
    struct vt_tx tx;
    uint32_t in_blocks;   /* live tentative blocks that hold it */
    uint64_t received_ns; /* when it came here */
    uint64_t gossip_ns;   /* when it was last sent to peers */
    size_t len;
    uint8_t raw[];
};

/* Returns NULL when out of memory. */
VT_MUST_USE struct vt_mempool *vt_mempool_new(
    const struct vt_mempool_limits *limits, const uint8_t seed[16]);
void vt_mempool_free(struct vt_mempool *pool);

/* A verified transaction that comes in. */
struct vt_mempool_arrival {
    const struct vt_tx *tx; /* raw is copied */
    uint64_t base; /* its sender's next nonce after the last executed block */
    uint64_t now_ns;
    uint64_t height;    /* of the next block */
    uint32_t in_blocks; /* live tentative blocks that hold it already */
};

/*
 * Add a transaction. A transaction with the same sender and nonce is replaced
 * when the new fee is higher or the old one has expired; when the pool is full,
 * the cheapest sender's last transaction makes room if the new fee is higher.
 *
 * Returns VT_TX_DONE with *out, or why not: VT_TX_POOL_KNOWN,
 * VT_TX_POOL_UNDERPRICED, VT_TX_POOL_SENDER_FULL, VT_TX_POOL_FULL,
 * VT_TX_REPLAY.
 */
uint32_t vt_mempool_add(struct vt_mempool *pool,
                        const struct vt_mempool_arrival *arrival,
                        struct vt_pooled **out);
/* By id, or NULL. */
struct vt_pooled *vt_mempool_get(const struct vt_mempool *pool,
                                 const struct vt_hash *id);

/*
 * Up to count_max ready transactions of at most bytes_max in all into out, best
 * fee first, each sender in nonce order. They stay in the pool and count as
 * ready until vt_mempool_block_add marks them. Returns how many.
 */
size_t vt_mempool_select(struct vt_mempool *pool, size_t count_max,
                         size_t bytes_max, struct vt_pooled **out);
/* The same of those senders whose next transaction is taken. */
struct vt_mempool_wish {
    size_t count_max, bytes_max;
    int (*takes)(const void *ctx, const struct vt_pooled *p); /* NULL: all */
    const void *ctx;
};
size_t vt_mempool_select_of(struct vt_mempool *pool,
                            const struct vt_mempool_wish *wish,
                            struct vt_pooled **out);

/* A live tentative block holds these transactions, or no longer does. */
void vt_mempool_block_add(struct vt_mempool *pool,
                          const struct vt_block *block);
void vt_mempool_block_drop(struct vt_mempool *pool,
                           const struct vt_block *block);
/* The block was executed for good: what it used up leaves the pool. */
void vt_mempool_block_final(struct vt_mempool *pool,
                            const struct vt_block *block);
/* Can never be in a block any more. */
void vt_mempool_remove(struct vt_mempool *pool, const struct vt_hash *id);
/* Those that can be in no block from this height on leave the pool. */
void vt_mempool_expire(struct vt_mempool *pool, uint64_t height);

size_t vt_mempool_count(const struct vt_mempool *pool);
size_t vt_mempool_bytes(const struct vt_mempool *pool);
size_t vt_mempool_ready(const struct vt_mempool *pool);
size_t vt_mempool_ready_bytes(const struct vt_mempool *pool);
/* Nonce after the last one that follows without gap from base. */
uint64_t vt_mempool_next_nonce(const struct vt_mempool *pool,
                               const struct vt_address *sender, uint64_t base);
/* Fee a newcomer must pass while the pool is full; zero when it is not. */
struct vt_amount vt_mempool_floor(const struct vt_mempool *pool);
/* Waiting transactions in the order they came; start with *pos = 0, NULL at
 * the end. The pool must not change meanwhile. */
struct vt_pooled *vt_mempool_next(const struct vt_mempool *pool, size_t *pos);

#endif
