/* SPDX-License-Identifier: Apache-2.0
 *
 * mempool.c - a map by id, a map of senders, and two heaps of senders: by the
 * fee of their next ready transaction and by the fee of their last one.
 */
#include "chain/mempool.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"

#include <string.h>

#define TX_PREFIX 4u /* length word before a transaction in a block */

/* One account with waiting transactions, ordered by nonce. */
struct sender {
    struct vt_heap_item by_ready; /* best fee first; inside when ready_count */
    struct vt_heap_item by_tail;  /* cheapest last transaction first */
    struct vt_address address;
    uint64_t base;          /* next nonce of the account */
    struct vt_pooled **txs; /* ascending nonces */
    size_t count, cap;
    size_t ready_first, ready_count, ready_bytes;
    size_t taken; /* of the ready ones, while a selection runs */
    uint64_t new_base;
    struct sender *next_touched;
    int is_touched;
};

struct vt_mempool {
    struct vt_mempool_limits limits;
    struct vt_map *by_id;   /* id -> vt_pooled */
    struct vt_map *senders; /* address -> sender */
    struct vt_heap ready, tails;
    size_t bytes, ready_count, ready_bytes;
};

struct vt_mempool *vt_mempool_new(const struct vt_mempool_limits *limits,
                                  const uint8_t seed[16])
{
    struct vt_mempool *pool = vt_alloc(sizeof *pool);
    size_t max = (size_t)limits->count_max;

    if (pool == NULL) {
        return NULL;
    }
    pool->limits = *limits;
    vt_heap_init(&pool->ready, max);
    vt_heap_init(&pool->tails, max);
    pool->by_id = vt_map_new(32, max, seed);
    pool->senders = vt_map_new(VT_ADDRESS_LEN, max, seed);
    if (pool->by_id == NULL || pool->senders == NULL) {
        vt_mempool_free(pool);
        return NULL;
    }
    return pool;
}

static void sender_free(struct vt_mempool *pool, struct sender *s)
{
    vt_heap_remove(&pool->ready, &s->by_ready);
    vt_heap_remove(&pool->tails, &s->by_tail);
    vt_free(s->txs);
    vt_free(s);
}

void vt_mempool_free(struct vt_mempool *pool)
{
    size_t pos = 0;
    void *value;

    if (pool == NULL) {
        return;
    }
    while (pool->by_id != NULL &&
           vt_map_next(pool->by_id, &pos, NULL, &value)) {
        vt_free(value);
    }
    pos = 0;
    while (pool->senders != NULL &&
           vt_map_next(pool->senders, &pos, NULL, &value)) {
        sender_free(pool, value);
    }
    vt_map_free(pool->by_id);
    vt_map_free(pool->senders);
    vt_heap_fini(&pool->ready);
    vt_heap_fini(&pool->tails);
    vt_free(pool);
}

/* Fees above 2^64 - 1 smallest units all count as equally good. */
static uint64_t fee_key(const struct vt_pooled *p)
{
    return p->tx.fee.hi != 0 ? UINT64_MAX : p->tx.fee.lo;
}

/* Count of transactions from `first` on whose nonces follow each other. */
static size_t run_length(const struct sender *s, size_t first, uint64_t nonce)
{
    size_t n = 0;

    while (first + n < s->count && s->txs[first + n]->tx.nonce == nonce + n &&
           s->txs[first + n]->in_blocks == 0) {
        n++;
    }
    return n;
}

/* Work out anew which of a sender's transactions are ready, and its places in
 * the heaps. */
static void refresh(struct vt_mempool *pool, struct sender *s)
{
    size_t first = 0;
    size_t bytes = 0;
    uint64_t nonce = s->base;

    while (first < s->count && s->txs[first]->in_blocks > 0 &&
           s->txs[first]->tx.nonce == nonce) {
        first++;
        nonce++;
    }
    pool->ready_count -= s->ready_count;
    pool->ready_bytes -= s->ready_bytes;
    s->ready_first = first;
    s->ready_count = run_length(s, first, nonce);
    for (size_t i = 0; i < s->ready_count; i++) {
        bytes += s->txs[first + i]->len;
    }
    s->ready_bytes = bytes;
    pool->ready_count += s->ready_count;
    pool->ready_bytes += s->ready_bytes;
    if (s->ready_count > 0) {
        /* cannot fail: as many places as transactions */
        (void)vt_heap_put(&pool->ready, &s->by_ready,
                          UINT64_MAX - fee_key(s->txs[first]));
    } else {
        vt_heap_remove(&pool->ready, &s->by_ready);
    }
    if (s->count > 0) {
        (void)vt_heap_put(&pool->tails, &s->by_tail,
                          fee_key(s->txs[s->count - 1]));
    }
}

/* The common case of refresh: one more at the end of a run. */
static int extend_run(struct vt_mempool *pool, struct sender *s)
{
    size_t last = s->count - 1;

    if (s->ready_count == 0 || s->txs[last]->in_blocks > 0 ||
        s->ready_first + s->ready_count != last ||
        s->txs[last]->tx.nonce != s->txs[last - 1]->tx.nonce + 1) {
        return 0;
    }
    s->ready_count++;
    s->ready_bytes += s->txs[last]->len;
    pool->ready_count++;
    pool->ready_bytes += s->txs[last]->len;
    (void)vt_heap_put(&pool->tails, &s->by_tail, fee_key(s->txs[last]));
    return 1;
}

/* First place whose nonce is not below `nonce`. */
static size_t place_of(const struct sender *s, uint64_t nonce)
{
    size_t lo = 0;
    size_t hi = s->count;

    if (hi > 0 && s->txs[hi - 1]->tx.nonce < nonce) {
        return hi;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->txs[mid]->tx.nonce < nonce) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void pooled_free(struct vt_mempool *pool, struct vt_pooled *p)
{
    (void)vt_map_remove(pool->by_id, p->tx.id.b);
    pool->bytes -= p->len;
    vt_free(p);
}

static void drop_empty(struct vt_mempool *pool, struct sender *s)
{
    if (s->count == 0) {
        (void)vt_map_remove(pool->senders, s->address.b);
        sender_free(pool, s);
    }
}

/* Takes txs[at .. at+n) out and frees them. */
static void cut(struct vt_mempool *pool, struct sender *s, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pooled_free(pool, s->txs[at + i]);
    }
    memmove(s->txs + at, s->txs + at + n,
            (s->count - at - n) * sizeof s->txs[0]);
    s->count -= n;
    refresh(pool, s);
    drop_empty(pool, s);
}

static struct sender *sender_of(struct vt_mempool *pool,
                                const struct vt_address *address)
{
    return vt_map_get(pool->senders, address->b);
}

static struct sender *sender_new(struct vt_mempool *pool,
                                 const struct vt_address *address)
{
    struct sender *s = vt_alloc(sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    s->address = *address;
    if (vt_map_put(pool->senders, address->b, s, NULL) != VT_OK) {
        vt_free(s);
        return NULL;
    }
    return s;
}

/* Room for one more in the array. */
static int sender_grow(struct sender *s)
{
    size_t cap = s->cap == 0 ? 4 : s->cap * 2;
    struct vt_pooled **more;

    if (s->count < s->cap) {
        return 1;
    }
    more = vt_realloc(s->txs, cap * sizeof *more);
    if (more == NULL) {
        return 0;
    }
    s->txs = more;
    s->cap = cap;
    return 1;
}

static struct vt_pooled *pooled_new(const struct vt_mempool_arrival *arrival)
{
    const struct vt_tx *tx = arrival->tx;
    struct vt_pooled *p = vt_alloc(sizeof *p + tx->raw.len);

    if (p == NULL) {
        return NULL;
    }
    p->len = tx->raw.len;
    p->received_ns = arrival->now_ns;
    p->gossip_ns = arrival->now_ns;
    p->in_blocks = arrival->in_blocks;
    memcpy(p->raw, tx->raw.ptr, tx->raw.len);
    vt_tx_rebase(tx, p->raw, &p->tx);
    return p;
}

static int is_full(const struct vt_mempool *pool, size_t more)
{
    return vt_map_count(pool->by_id) >= pool->limits.count_max ||
           pool->bytes + more > pool->limits.bytes_max;
}

/* Cheapest last transactions go until there is room; a sender's own run is
 * never cut to make room for its own next one. Returns 1 when there is room. */
static int make_room(struct vt_mempool *pool, const struct vt_tx *tx)
{
    while (is_full(pool, tx->raw.len)) {
        struct vt_heap_item *top = vt_heap_top(&pool->tails);
        struct sender *s;

        if (top == NULL) {
            return 0;
        }
        s = VT_CONTAINER(top, struct sender, by_tail);
        if (vt_amount_cmp(tx->fee, s->txs[s->count - 1]->tx.fee) <= 0 ||
            memcmp(&s->address, &tx->sender, sizeof tx->sender) == 0) {
            return 0;
        }
        cut(pool, s, s->count - 1, 1);
    }
    return 1;
}

static int is_expired(const struct vt_pooled *p, uint64_t height)
{
    return p->tx.valid_until != 0 && p->tx.valid_until < height;
}

static uint32_t replace(struct vt_mempool *pool, struct sender *s, size_t at,
                        const struct vt_mempool_arrival *arrival,
                        struct vt_pooled **out)
{
    const struct vt_tx *tx = arrival->tx;
    struct vt_pooled *old = s->txs[at];
    struct vt_pooled *fresh;

    if (vt_hash_eq(&old->tx.id, &tx->id)) {
        return VT_TX_POOL_KNOWN;
    }
    if (vt_amount_cmp(tx->fee, old->tx.fee) <= 0 &&
        !is_expired(old, arrival->height)) {
        return VT_TX_POOL_UNDERPRICED;
    }
    if (pool->bytes - old->len + tx->raw.len > pool->limits.bytes_max) {
        return VT_TX_POOL_FULL;
    }
    fresh = pooled_new(arrival);
    if (fresh == NULL) {
        return VT_TX_POOL_FULL;
    }
    pooled_free(pool, old);
    s->txs[at] = fresh;
    pool->bytes += fresh->len;
    /* cannot fail: one entry left just now */
    (void)vt_map_put(pool->by_id, fresh->tx.id.b, fresh, NULL);
    refresh(pool, s);
    *out = fresh;
    return VT_TX_DONE;
}

static uint32_t insert(struct vt_mempool *pool, struct sender *s, size_t at,
                       struct vt_pooled *fresh)
{
    if (!sender_grow(s) ||
        vt_map_put(pool->by_id, fresh->tx.id.b, fresh, NULL) != VT_OK) {
        vt_free(fresh);
        drop_empty(pool, s);
        return VT_TX_POOL_FULL;
    }
    memmove(s->txs + at + 1, s->txs + at, (s->count - at) * sizeof s->txs[0]);
    s->txs[at] = fresh;
    s->count++;
    pool->bytes += fresh->len;
    if (at + 1 != s->count || !extend_run(pool, s)) {
        refresh(pool, s);
    }
    return VT_TX_DONE;
}

/* What is below the account's next nonce can never be in a block again. */
static struct sender *set_base(struct vt_mempool *pool, struct sender *s,
                               uint64_t base)
{
    size_t used;
    int last;

    if (s == NULL || base <= s->base) {
        return s;
    }
    s->base = base;
    used = place_of(s, base);
    last = used == s->count;
    cut(pool, s, 0, used);
    return last ? NULL : s;
}

static uint32_t add_new(struct vt_mempool *pool, struct sender *s, size_t at,
                        const struct vt_mempool_arrival *arrival,
                        struct vt_pooled **out)
{
    struct vt_pooled *fresh = pooled_new(arrival);
    uint32_t code;

    if (s == NULL) {
        s = sender_new(pool, &arrival->tx->sender);
        if (s != NULL) {
            s->base = arrival->base;
        }
    }
    if (s == NULL || fresh == NULL) {
        vt_free(fresh);
        if (s != NULL) {
            drop_empty(pool, s);
        }
        return VT_TX_POOL_FULL;
    }
    code = insert(pool, s, at, fresh);
    if (code == VT_TX_DONE) {
        *out = fresh;
    }
    return code;
}

uint32_t vt_mempool_add(struct vt_mempool *pool,
                        const struct vt_mempool_arrival *arrival,
                        struct vt_pooled **out)
{
    const struct vt_tx *tx = arrival->tx;
    struct sender *s =
        set_base(pool, sender_of(pool, &tx->sender), arrival->base);
    size_t at;

    if (tx->nonce < arrival->base) {
        return VT_TX_REPLAY;
    }
    at = s == NULL ? 0 : place_of(s, tx->nonce);
    if (s != NULL && at < s->count && s->txs[at]->tx.nonce == tx->nonce) {
        return replace(pool, s, at, arrival, out);
    }
    if (s != NULL && s->count >= pool->limits.per_sender_max) {
        return VT_TX_POOL_SENDER_FULL;
    }
    if (!make_room(pool, tx)) {
        return VT_TX_POOL_FULL;
    }
    return add_new(pool, s, at, arrival, out);
}

struct vt_pooled *vt_mempool_get(const struct vt_mempool *pool,
                                 const struct vt_hash *id)
{
    return vt_map_get(pool->by_id, id->b);
}

/* While a selection runs, a sender stands in the heap with its next one not yet
 * taken; afterwards all are put back as they were. */
static void put_back(struct vt_mempool *pool, struct sender *touched)
{
    while (touched != NULL) {
        struct sender *next = touched->next_touched;

        touched->taken = 0;
        touched->next_touched = NULL;
        (void)vt_heap_put(&pool->ready, &touched->by_ready,
                          UINT64_MAX -
                              fee_key(touched->txs[touched->ready_first]));
        touched = next;
    }
}

size_t vt_mempool_select(struct vt_mempool *pool, size_t count_max,
                         size_t bytes_max, struct vt_pooled **out)
{
    struct vt_mempool_wish wish = {.count_max = count_max,
                                   .bytes_max = bytes_max};

    return vt_mempool_select_of(pool, &wish, out);
}

size_t vt_mempool_select_of(struct vt_mempool *pool,
                            const struct vt_mempool_wish *wish,
                            struct vt_pooled **out)
{
    struct sender *touched = NULL;
    size_t chosen = 0;
    size_t bytes = 0;

    while (chosen < wish->count_max && vt_heap_top(&pool->ready) != NULL) {
        struct sender *s =
            VT_CONTAINER(vt_heap_top(&pool->ready), struct sender, by_ready);
        struct vt_pooled *p = s->txs[s->ready_first + s->taken];

        vt_heap_remove(&pool->ready, &s->by_ready);
        if (s->taken == 0) {
            s->next_touched = touched;
            touched = s;
        }
        if ((wish->takes != NULL && !wish->takes(wish->ctx, p)) ||
            p->len + TX_PREFIX > wish->bytes_max - bytes) {
            continue; /* a smaller one of another sender may still fit */
        }
        out[chosen++] = p;
        bytes += p->len + TX_PREFIX;
        if (++s->taken < s->ready_count) {
            p = s->txs[s->ready_first + s->taken];
            (void)vt_heap_put(&pool->ready, &s->by_ready,
                              UINT64_MAX - fee_key(p));
        }
    }
    put_back(pool, touched);
    return chosen;
}

/* Senders of a block's transactions, each once, in `touched`. */
static void touch(struct sender *s, struct sender **touched)
{
    if (s != NULL && !s->is_touched) {
        s->is_touched = 1;
        s->next_touched = *touched;
        *touched = s;
    }
}

static struct sender *next_touched(struct sender **touched)
{
    struct sender *s = *touched;

    if (s != NULL) {
        *touched = s->next_touched;
        s->next_touched = NULL;
        s->is_touched = 0;
    }
    return s;
}

static void mark(struct vt_mempool *pool, const struct vt_block *block, int add)
{
    struct sender *touched = NULL;
    struct sender *s;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_pooled *p = vt_mempool_get(pool, &block->txs[i].id);

        if (p != NULL && (add || p->in_blocks > 0)) {
            p->in_blocks = add ? p->in_blocks + 1 : p->in_blocks - 1;
            touch(sender_of(pool, &p->tx.sender), &touched);
        }
    }
    while ((s = next_touched(&touched)) != NULL) {
        refresh(pool, s);
    }
}

void vt_mempool_block_add(struct vt_mempool *pool, const struct vt_block *block)
{
    mark(pool, block, 1);
}

void vt_mempool_block_drop(struct vt_mempool *pool,
                           const struct vt_block *block)
{
    mark(pool, block, 0);
}

void vt_mempool_block_final(struct vt_mempool *pool,
                            const struct vt_block *block)
{
    struct sender *touched = NULL;
    struct sender *s;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        const struct vt_tx *tx = &block->txs[i];

        s = sender_of(pool, &tx->sender);
        if (s != NULL && s->new_base <= tx->nonce) {
            s->new_base = tx->nonce + 1;
            touch(s, &touched);
        }
    }
    while ((s = next_touched(&touched)) != NULL) {
        (void)set_base(pool, s, s->new_base);
    }
}

void vt_mempool_remove(struct vt_mempool *pool, const struct vt_hash *id)
{
    struct vt_pooled *p = vt_mempool_get(pool, id);
    struct sender *s = p == NULL ? NULL : sender_of(pool, &p->tx.sender);

    if (s != NULL) {
        cut(pool, s, place_of(s, p->tx.nonce), 1);
    }
}

/* By id, because removing one may cut others. */
void vt_mempool_expire(struct vt_mempool *pool, uint64_t height)
{
    size_t count = vt_map_count(pool->by_id);
    struct vt_hash *ids = vt_alloc_array(count + 1, sizeof *ids);
    struct vt_pooled *p;
    size_t expired = 0;
    size_t pos = 0;

    while (ids != NULL && (p = vt_mempool_next(pool, &pos)) != NULL) {
        if (is_expired(p, height) && p->in_blocks == 0) {
            ids[expired++] = p->tx.id;
        }
    }
    for (size_t i = 0; i < expired; i++) {
        vt_mempool_remove(pool, &ids[i]);
    }
    vt_free(ids);
}

size_t vt_mempool_count(const struct vt_mempool *pool)
{
    return vt_map_count(pool->by_id);
}

size_t vt_mempool_bytes(const struct vt_mempool *pool)
{
    return pool->bytes;
}

size_t vt_mempool_ready(const struct vt_mempool *pool)
{
    return pool->ready_count;
}

size_t vt_mempool_ready_bytes(const struct vt_mempool *pool)
{
    return pool->ready_bytes;
}

uint64_t vt_mempool_next_nonce(const struct vt_mempool *pool,
                               const struct vt_address *sender, uint64_t base)
{
    const struct sender *s = vt_map_get(pool->senders, sender->b);
    uint64_t nonce = base;

    for (size_t i = s == NULL ? 0 : place_of(s, base);
         s != NULL && i < s->count && s->txs[i]->tx.nonce == nonce; i++) {
        nonce++;
    }
    return nonce;
}

struct vt_amount vt_mempool_floor(const struct vt_mempool *pool)
{
    const struct vt_heap_item *top = vt_heap_top(&pool->tails);
    const struct sender *s;

    if (top == NULL || !is_full(pool, 0)) {
        return vt_amount_u64(0);
    }
    s = VT_CONTAINER((uintptr_t)top, struct sender, by_tail);
    return s->txs[s->count - 1]->tx.fee;
}

struct vt_pooled *vt_mempool_next(const struct vt_mempool *pool, size_t *pos)
{
    void *value;

    return vt_map_next(pool->by_id, pos, NULL, &value) ? value : NULL;
}
