/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c - a map by id with a bound on count and bytes; what no engine asked
 * for goes first.
 */
#include "chain/blocks.h"

#include <vt/consensus.h>

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define FILTER_BITS 262144u /* 2 % wrong guesses at 5,000 transactions */
#define FILTER_WORTH 32u    /* transactions; fewer are compared as quickly */

vt_status vt_blocks_init(struct vt_blocks *blocks, const uint8_t seed[16])
{
    vt_list_init(&blocks->all);
    blocks->bytes = 0;
    blocks->by_id = vt_map_new(32, VT_CANDIDATES_MAX, seed);
    return blocks->by_id == NULL ? VT_E_NOMEM : VT_OK;
}

static void drop_waits(struct vt_candidate *c)
{
    VT_LIST_FOR_SAFE (item, next, &c->waits) {
        vt_free(VT_CONTAINER(item, struct vt_wait, list));
    }
    vt_list_init(&c->waits);
}

static void candidate_free(struct vt_candidate *c)
{
    drop_waits(c);
    vt_exec_free(c->exec);
    vt_state_unref(c->state);
    vt_block_unref(c->block);
    vt_free(c->tx_filter);
    vt_free((void *)(uintptr_t)c->reached_by.ptr);
    vt_buf_fini(&c->flaw);
    vt_free(c);
}

void vt_blocks_fini(struct vt_blocks *blocks)
{
    if (blocks->by_id == NULL) {
        return;
    }
    while (!vt_list_empty(&blocks->all)) {
        vt_blocks_remove(
            blocks, VT_CONTAINER(blocks->all.next, struct vt_candidate, all));
    }
    vt_map_free(blocks->by_id);
    blocks->by_id = NULL;
}

struct vt_candidate *vt_blocks_get(const struct vt_blocks *blocks,
                                   const struct vt_hash *id)
{
    return vt_map_get(blocks->by_id, id->b);
}

static int is_unasked(const struct vt_candidate *c)
{
    return !c->is_wanted && !c->is_stored && !c->is_final && c->jobs == 0 &&
           c->from != VT_PEER_NONE;
}

/* The oldest unasked one, of one peer or of anybody (VT_PEER_ALL). */
static struct vt_candidate *oldest_unasked(const struct vt_blocks *blocks,
                                           uint32_t from, size_t *count)
{
    struct vt_candidate *found = NULL;

    *count = 0;
    VT_LIST_FOR (item, &blocks->all) {
        struct vt_candidate *c = VT_CONTAINER(item, struct vt_candidate, all);

        if (is_unasked(c) && (from == VT_PEER_ALL || c->from == from)) {
            found = found == NULL ? c : found;
            (*count)++;
        }
    }
    return found;
}

static void make_room(struct vt_blocks *blocks, uint32_t from, uint64_t more)
{
    size_t count;
    struct vt_candidate *c = oldest_unasked(blocks, from, &count);

    if (from != VT_PEER_NONE && c != NULL && count >= VT_UNASKED_PER_PEER_MAX) {
        vt_blocks_remove(blocks, c);
    }
    while (vt_map_count(blocks->by_id) >= VT_CANDIDATES_MAX ||
           blocks->bytes + more > VT_CANDIDATE_BYTES_MAX) {
        c = oldest_unasked(blocks, VT_PEER_ALL, &count);
        if (c == NULL) {
            return;
        }
        vt_blocks_remove(blocks, c);
    }
}

vt_status vt_blocks_add(struct vt_blocks *blocks, struct vt_block *block,
                        uint32_t from, struct vt_candidate **out)
{
    struct vt_candidate *c = vt_blocks_get(blocks, &block->id);
    vt_status status;

    if (c != NULL) {
        *out = c;
        return VT_OK;
    }
    make_room(blocks, from, block->raw.len);
    if (blocks->bytes + block->raw.len > VT_CANDIDATE_BYTES_MAX) {
        return VT_E_LIMIT;
    }
    c = vt_alloc(sizeof *c);
    if (c == NULL) {
        return VT_E_NOMEM;
    }
    c->from = from;
    vt_buf_init(&c->flaw, VT_FLAW_MAX);
    vt_list_init(&c->waits);
    status = vt_map_put(blocks->by_id, block->id.b, c, NULL);
    if (status != VT_OK) {
        vt_free(c);
        return status;
    }
    c->block = vt_block_ref(block);
    vt_list_append(&blocks->all, &c->all);
    blocks->bytes += block->raw.len;
    *out = c;
    return VT_OK;
}

void vt_blocks_remove(struct vt_blocks *blocks, struct vt_candidate *c)
{
    (void)vt_map_remove(blocks->by_id, c->block->id.b);
    vt_list_remove(&c->all);
    blocks->bytes -= c->block->raw.len;
    c->is_gone = 1;
    if (c->jobs == 0) {
        candidate_free(c);
    }
}

int vt_candidate_release(struct vt_candidate *c)
{
    c->jobs--;
    if (c->is_gone && c->jobs == 0) {
        candidate_free(c);
        return 1;
    }
    return 0;
}

static size_t filter_bit(const struct vt_hash *tx)
{
    return (size_t)(vt_get_u32(tx->b) % FILTER_BITS);
}

void vt_candidate_filter(struct vt_candidate *c)
{
    if (c->tx_filter == NULL && c->block->header.tx_count >= FILTER_WORTH) {
        c->tx_filter = vt_alloc(FILTER_BITS / 8);
    }
    for (uint32_t i = 0; c->tx_filter != NULL && i < c->block->header.tx_count;
         i++) {
        size_t bit = filter_bit(&c->block->txs[i].id);

        c->tx_filter[bit / 8] |= (uint8_t)(1u << (bit % 8));
    }
}

int vt_candidate_has_tx(const struct vt_candidate *c, const struct vt_hash *tx)
{
    size_t bit = filter_bit(tx);

    if (c->tx_filter != NULL && (c->tx_filter[bit / 8] >> (bit % 8) & 1) == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < c->block->header.tx_count; i++) {
        if (vt_hash_eq(&c->block->txs[i].id, tx)) {
            return 1;
        }
    }
    return 0;
}

int vt_candidate_reach(struct vt_candidate *c, uint32_t stage,
                       struct vt_view proof)
{
    uint8_t *copy = vt_memdup(proof.ptr, proof.len);

    if (copy == NULL) {
        return 0;
    }
    vt_free((void *)(uintptr_t)c->reached_by.ptr);
    c->reached_by = vt_view_of(copy, proof.len);
    c->reached = stage;
    return 1;
}

vt_status vt_candidate_wait(struct vt_candidate *c, uint64_t token)
{
    struct vt_wait *wait = vt_alloc(sizeof *wait);

    if (wait == NULL) {
        return VT_E_NOMEM;
    }
    wait->token = token;
    vt_list_append(&c->waits, &wait->list);
    return VT_OK;
}
