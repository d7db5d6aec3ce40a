/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.h - the block bodies an engine deals with: held, fetched, checked,
 * stored. The host owns them; here are ids and what is known.
 *
 * A request may stay unanswered for ever: cs_blocks_retry() asks again, each
 * at most once per interval. A body the host does not answer for is fetched
 * anew.
 */
#ifndef VT_CONSENSUS_COMMON_BLOCKS_H
#define VT_CONSENSUS_COMMON_BLOCKS_H

#include "common/effects.h"

enum cs_valid { CS_UNCHECKED = 0, CS_VALID, CS_BAD, CS_LATER };

#define CS_FETCH_BACKOFF_MAX 5u
#define CS_PAYLOAD_MAX 8u /* of a header, kept here */

/* A block of which the host may hold the body. */
struct cs_block {
    uint8_t id[32];
    uint32_t is_known;  /* height and parent come from the host */
    uint32_t is_held;   /* the host has the body */
    uint32_t is_stored; /* STORE was emitted */
    uint32_t is_live;   /* the host may count its transactions as placed */
    uint32_t valid;     /* enum cs_valid */
    uint32_t is_empty;  /* no transactions; 0 until is_held */
    uint64_t height;    /* as claimed until is_known */
    uint8_t parent[32];
    uint64_t size_bytes;
    uint64_t payload_len;
    uint8_t payload[CS_PAYLOAD_MAX]; /* its first bytes */
    uint64_t holders;
    struct cs_ask fetch, validate;
    uint32_t fetches; /* times asked */
};

struct cs_blocks {
    struct cs_outbox *box;
    struct cs_block *list;
    uint32_t count, cap;
    uint64_t others; /* members that may hold a body: all but self */
};

static inline struct cs_block *cs_block_find(struct cs_blocks *b,
                                             const uint8_t id[32])
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (memcmp(b->list[i].id, id, 32) == 0) {
            return &b->list[i];
        }
    }
    return NULL;
}

/* NULL when the table is full. */
static inline struct cs_block *cs_block_add(struct cs_blocks *b,
                                            const uint8_t id[32],
                                            uint64_t height)
{
    struct cs_block *block = cs_block_find(b, id);

    if (block != NULL || b->count == b->cap) {
        return block;
    }
    block = &b->list[b->count++];
    memset(block, 0, sizeof *block);
    memcpy(block->id, id, 32);
    block->height = height;
    return block;
}

static inline void cs_block_drop(struct cs_blocks *b, uint32_t index)
{
    b->list[index] = b->list[--b->count];
}

/* ---- asking the host ----------------------------------------------------- */

static inline void cs_block_fetch(struct cs_blocks *b, struct cs_block *block)
{
    block->fetches++;
    cs_emit_fetch(b->box, &block->fetch, block->id, block->holders & b->others);
}

/* Known and held, or on its way. NULL when the table is full. */
static inline struct cs_block *cs_block_want(struct cs_blocks *b,
                                             const uint8_t id[32],
                                             uint64_t height, uint64_t holders)
{
    struct cs_block *block = cs_block_add(b, id, height);

    if (block == NULL) {
        return NULL;
    }
    block->holders |= holders;
    if ((!block->is_held || !block->is_known) &&
        block->fetch.state == CS_NOT_ASKED) {
        cs_block_fetch(b, block);
    }
    return block;
}

static inline void cs_block_validate(struct cs_blocks *b,
                                     struct cs_block *block)
{
    /* the host says LATER at once, so who asked again at once would never end:
     * the tick does */
    if (block->valid == CS_VALID || block->valid == CS_BAD ||
        block->validate.state == CS_ASKED ||
        block->validate.state == CS_REFUSED) {
        return;
    }
    if (!block->is_held) {
        (void)cs_block_want(b, block->id, block->height, block->holders);
        return;
    }
    block->is_live = 1;
    cs_emit_block(b->box, VT_EFF_VALIDATE, cs_ask(b->box, &block->validate),
                  block->id);
}

/* D2. */
static inline void cs_block_store(struct cs_blocks *b, struct cs_block *block)
{
    if (!block->is_stored) {
        block->is_stored = 1;
        cs_emit_block(b->box, VT_EFF_STORE, 0, block->id);
    }
}

/* ---- answers ------------------------------------------------------------- */

static inline void cs_block_learn(struct cs_block *block,
                                  const struct vt_ev_block *ev)
{
    size_t keep = ev->payload.len;

    keep = keep < CS_PAYLOAD_MAX ? keep : CS_PAYLOAD_MAX;
    block->is_known = 1;
    block->is_held = 1;
    block->height = ev->height;
    block->is_empty = ev->txs == 0;
    block->size_bytes = ev->size_bytes;
    block->payload_len = ev->payload.len;
    if (keep > 0) {
        memcpy(block->payload, ev->payload.ptr, keep);
    }
    memcpy(block->parent, ev->parent, 32);
}

/* A block this node built itself: valid from birth. */
static inline void cs_block_built(struct cs_block *block,
                                  const struct vt_ev_block *ev)
{
    cs_block_learn(block, ev);
    block->is_live = 1;
    block->valid = CS_VALID;
}

static inline void cs_block_fetched(struct cs_blocks *b,
                                    const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct cs_block *block = &b->list[i];

        if (block->fetch.state != CS_ASKED || block->fetch.token != ev->token) {
            continue;
        }
        if (ev->status == VT_OK && memcmp(ev->id, block->id, 32) == 0) {
            block->fetch.state = CS_DONE;
            cs_block_learn(block, ev);
        } else {
            block->fetch.state = CS_REFUSED; /* the next tick tries again */
        }
        return;
    }
}

/* Returns the block whose verdict this is, or NULL. With CS_LATER the caller
 * sees to it that the next tick comes. */
static inline struct cs_block *cs_block_validated(struct cs_blocks *b,
                                                  const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct cs_block *block = &b->list[i];

        if (block->validate.state != CS_ASKED ||
            block->validate.token != ev->token) {
            continue;
        }
        block->validate.state = CS_NOT_ASKED;
        if (ev->status != VT_OK || memcmp(ev->id, block->id, 32) != 0) {
            block->is_held = 0; /* the host lost it */
            block->fetch.state = CS_NOT_ASKED;
            cs_block_validate(b, block);
            return NULL;
        }
        if (ev->verdict == VT_LATER) {
            block->valid = CS_LATER;
            block->validate.state = CS_REFUSED;
            return block;
        }
        cs_block_learn(block, ev);
        block->valid = ev->verdict == VT_GOOD ? CS_VALID : CS_BAD;
        return block;
    }
    return NULL;
}

/* A search among peers may take long: each next one is given twice the time. */
static inline int cs_is_fetch_due(const struct cs_blocks *b,
                                  const struct cs_block *block,
                                  uint64_t older_ns)
{
    uint64_t waited_ns = b->box->now_ns - block->fetch.since_ns;
    uint32_t more = block->fetches < CS_FETCH_BACKOFF_MAX
                        ? block->fetches
                        : CS_FETCH_BACKOFF_MAX;

    return (block->fetch.state == CS_REFUSED && waited_ns >= older_ns) ||
           (block->fetch.state == CS_ASKED && waited_ns >= older_ns << more);
}

static inline void cs_block_retry(struct cs_blocks *b, struct cs_block *block,
                                  uint64_t older_ns)
{
    if (cs_is_fetch_due(b, block, older_ns)) {
        cs_block_fetch(b, block);
    }
    if (block->validate.state == CS_REFUSED) {
        block->validate.state = CS_NOT_ASKED;
        cs_block_validate(b, block);
    } else if (cs_is_stale(b->box, &block->validate, older_ns)) {
        block->validate.state = CS_NOT_ASKED;
        block->is_held = 0;
        block->fetch.state = CS_NOT_ASKED;
        cs_block_validate(b, block);
    } else if (block->validate.state == CS_NOT_ASKED && block->is_live &&
               block->is_held && block->valid == CS_UNCHECKED) {
        cs_block_validate(b, block); /* it was being fetched anew */
    }
}

static inline void cs_blocks_retry(struct cs_blocks *b, uint64_t older_ns)
{
    for (uint32_t i = 0; i < b->count; i++) {
        cs_block_retry(b, &b->list[i], older_ns);
    }
}

static inline int cs_blocks_waiting(const struct cs_blocks *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        const struct cs_block *block = &b->list[i];

        if (block->fetch.state == CS_ASKED ||
            block->fetch.state == CS_REFUSED ||
            block->validate.state == CS_ASKED ||
            block->validate.state == CS_REFUSED) {
            return 1;
        }
    }
    return 0;
}

#endif
