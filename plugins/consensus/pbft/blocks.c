/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c - the block bodies this replica deals with: held, fetched, checked,
 * stored, given back. The host owns them; here are ids and what is known.
 */
#include "inside.h"

struct pbft_block *pbft_block(struct vt_cs *cs, const uint8_t id[32])
{
    for (uint32_t i = 0; i < cs->block_count; i++) {
        if (memcmp(cs->blocks[i].id, id, 32) == 0) {
            return &cs->blocks[i];
        }
    }
    return NULL;
}

struct pbft_block *pbft_block_add(struct vt_cs *cs, const uint8_t id[32],
                                  uint64_t height)
{
    struct pbft_block *block = pbft_block(cs, id);

    if (block != NULL || cs->block_count == PBFT_BLOCKS_MAX) {
        return block;
    }
    block = &cs->blocks[cs->block_count++];
    memset(block, 0, sizeof *block);
    memcpy(block->id, id, 32);
    block->height = height;
    return block;
}

static void drop(struct vt_cs *cs, uint32_t index)
{
    cs->blocks[index] = cs->blocks[--cs->block_count];
}

/* ---- asking the host ---------------------------------------------------- */

static void fetch(struct vt_cs *cs, struct pbft_block *block)
{
    block->fetch.token = pbft_ask_fetch(cs, block->id, block->holders);
    block->fetch.since_ns = cs->now_ns;
    block->fetch.state = PBFT_ASKED;
}

struct pbft_block *pbft_block_want(struct vt_cs *cs, const uint8_t id[32],
                                   uint64_t height, uint64_t holders)
{
    struct pbft_block *block = pbft_block_add(cs, id, height);

    if (block == NULL) {
        return NULL;
    }
    block->holders |= holders;
    if ((!block->is_held || !block->is_known) &&
        block->fetch.state == PBFT_NOT_ASKED) {
        fetch(cs, block);
    }
    return block;
}

void pbft_block_validate(struct vt_cs *cs, struct pbft_block *block)
{
    if (block->valid == PBFT_VALID || block->valid == PBFT_BAD ||
        block->validate.state == PBFT_ASKED) {
        return;
    }
    if (!block->is_held) {
        (void)pbft_block_want(cs, block->id, block->height, block->holders);
        return;
    }
    block->is_live = 1;
    block->validate.token = pbft_ask_block(cs, VT_EFF_VALIDATE, block->id);
    block->validate.since_ns = cs->now_ns;
    block->validate.state = PBFT_ASKED;
}

/* D2. */
void pbft_block_store(struct vt_cs *cs, struct pbft_block *block)
{
    if (!block->is_stored && pbft_rule_stores_bodies()) {
        block->is_stored = 1;
        (void)pbft_ask_block(cs, VT_EFF_STORE, block->id);
    }
}

/* ---- answers ------------------------------------------------------------ */

static void learn(struct pbft_block *block, const struct vt_ev_block *ev)
{
    block->is_known = 1;
    block->is_held = 1;
    block->height = ev->height;
    block->has_payload = ev->payload.len > 0;
    block->is_empty = ev->txs == 0;
    memcpy(block->parent, ev->parent, 32);
}

void pbft_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->block_count; i++) {
        struct pbft_block *block = &cs->blocks[i];

        if (block->fetch.state != PBFT_ASKED ||
            block->fetch.token != ev->token) {
            continue;
        }
        if (ev->status == VT_OK && memcmp(ev->id, block->id, 32) == 0) {
            block->fetch.state = PBFT_DONE;
            learn(block, ev);
        } else {
            block->fetch.state = PBFT_REFUSED; /* the next tick tries again */
        }
        return;
    }
}

void pbft_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->block_count; i++) {
        struct pbft_block *block = &cs->blocks[i];

        if (block->validate.state != PBFT_ASKED ||
            block->validate.token != ev->token) {
            continue;
        }
        block->validate.state = PBFT_NOT_ASKED;
        if (ev->status != VT_OK || memcmp(ev->id, block->id, 32) != 0) {
            block->is_held = 0; /* the host lost it */
            block->fetch.state = PBFT_NOT_ASKED;
            pbft_block_validate(cs, block);
            return;
        }
        if (ev->verdict == VT_LATER) {
            block->valid = PBFT_LATER;
            block->validate.state = PBFT_REFUSED;
            pbft_want_timer(cs, PBFT_TIMER_TICK,
                            cs->now_ns + cs->opt.retransmit_ns);
            return;
        }
        learn(block, ev);
        block->valid = ev->verdict == VT_GOOD ? PBFT_VALID : PBFT_BAD;
        pbft_trace(cs, block->valid == PBFT_VALID ? "BLOCK good" : "BLOCK bad",
                   block->height);
        return;
    }
}

/* Requests may stay unanswered for ever: ask again, each at most once per
 * interval. A body the host does not answer for is fetched anew. */
void pbft_blocks_retry(struct vt_cs *cs, uint64_t older_ns)
{
    for (uint32_t i = 0; i < cs->block_count; i++) {
        struct pbft_block *block = &cs->blocks[i];

        if ((block->fetch.state == PBFT_ASKED ||
             block->fetch.state == PBFT_REFUSED) &&
            cs->now_ns - block->fetch.since_ns >= older_ns) {
            fetch(cs, block);
        }
        if (block->validate.state == PBFT_REFUSED) {
            block->validate.state = PBFT_NOT_ASKED;
            pbft_block_validate(cs, block);
        } else if (block->validate.state == PBFT_ASKED &&
                   cs->now_ns - block->validate.since_ns >= older_ns) {
            block->validate.state = PBFT_NOT_ASKED;
            block->is_held = 0;
            block->fetch.state = PBFT_NOT_ASKED;
            pbft_block_validate(cs, block);
        } else if (block->validate.state == PBFT_NOT_ASKED && block->is_live &&
                   block->is_held && block->valid == PBFT_UNCHECKED) {
            pbft_block_validate(cs, block); /* it was being fetched anew */
        }
    }
}

int pbft_blocks_waiting(const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->block_count; i++) {
        const struct pbft_block *block = &cs->blocks[i];

        if (block->fetch.state == PBFT_ASKED ||
            block->fetch.state == PBFT_REFUSED ||
            block->validate.state == PBFT_ASKED ||
            block->validate.state == PBFT_REFUSED) {
            return 1;
        }
    }
    return 0;
}

/* ---- giving back -------------------------------------------------------- */

void pbft_requeue(struct vt_cs *cs, const uint8_t id[32])
{
    (void)pbft_ask_block(cs, VT_EFF_REQUEUE, id);
    pbft_trace(cs, "BLOCK requeue", cs->committed);
}

/* Where the chain jumped by sync nothing is known: then nothing is said. */
static int has_lost(struct vt_cs *cs, const struct pbft_block *block)
{
    const struct pbft_link *at = pbft_link_at(cs, block->height);

    return at != NULL && memcmp(at->id, block->id, 32) != 0;
}

void pbft_blocks_decided(struct vt_cs *cs)
{
    for (uint32_t i = cs->block_count; i-- > 0;) {
        struct pbft_block *block = &cs->blocks[i];

        if (block->height > cs->committed) {
            continue;
        }
        if (block->is_live && has_lost(cs, block)) {
            pbft_requeue(cs, block->id);
        }
        drop(cs, i);
    }
}

static int is_followed(struct vt_cs *cs, const struct pbft_block *block)
{
    const struct pbft_link *at = pbft_link_at(cs, block->height);
    const struct pbft_slot *slot = pbft_slot_open(cs, block->height);

    if (block->height <= cs->tail && at != NULL &&
        memcmp(at->id, block->id, 32) == 0) {
        return 1;
    }
    return slot != NULL && slot->pp_state != PBFT_NO_VOTE &&
           memcmp(slot->pp_id, block->id, 32) == 0;
}

void pbft_blocks_abandon(struct vt_cs *cs)
{
    for (uint32_t i = cs->block_count; i-- > 0;) {
        if (!is_followed(cs, &cs->blocks[i])) {
            if (cs->blocks[i].is_live) {
                pbft_requeue(cs, cs->blocks[i].id);
            }
            drop(cs, i);
        }
    }
}

void pbft_blocks_forget(struct vt_cs *cs)
{
    for (uint32_t i = cs->block_count; i-- > 0;) {
        if (!cs->blocks[i].is_live) {
            drop(cs, i);
        }
    }
}

/* ---- ancestors ---------------------------------------------------------- */

int pbft_walk(struct vt_cs *cs, uint64_t seq, const uint8_t id[32],
              uint64_t holders)
{
    const uint8_t *at = id;

    for (uint64_t height = seq; height > cs->committed; height--) {
        const struct pbft_block *block =
            pbft_block_want(cs, at, height, holders);

        if (block == NULL || !block->is_known || !block->is_held) {
            return 0; /* the first missing ancestor is on its way */
        }
        if (block->height != height) {
            return -1;
        }
        at = block->parent;
    }
    return memcmp(at, cs->committed_id, 32) == 0 ? 1 : -1;
}
