/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c - block bodies: which are stored, which given back, and the way from
 * one down to the decided chain.
 */
#include "inside.h"

/* D2. */
void pbft_block_store(struct vt_cs *cs, struct cs_block *block)
{
    if (pbft_rule_stores_bodies()) {
        cs_block_store(&cs->blocks, block);
    }
}

void pbft_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    const struct cs_block *block = cs_block_validated(&cs->blocks, ev);

    if (block != NULL && block->valid == CS_LATER) {
        cs_timer_want(&cs->timers[PBFT_TIMER_TICK],
                      cs->box.now_ns + cs->opt.retransmit_ns);
    } else if (block != NULL) {
        pbft_trace(cs, block->valid == CS_VALID ? "BLOCK good" : "BLOCK bad",
                   block->height);
    }
}

/* ---- giving back -------------------------------------------------------- */

void pbft_requeue(struct vt_cs *cs, const uint8_t id[32])
{
    cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, id);
    pbft_trace(cs, "BLOCK requeue", cs->chain.committed);
}

/* Where the chain jumped by sync nothing is known: then nothing is said. */
static int has_lost(struct vt_cs *cs, const struct cs_block *block)
{
    const struct cs_link *at = cs_link_at(&cs->chain, block->height);

    return at != NULL && memcmp(at->id, block->id, 32) != 0;
}

void pbft_blocks_decided(struct vt_cs *cs)
{
    for (uint32_t i = cs->blocks.count; i-- > 0;) {
        struct cs_block *block = &cs->blocks.list[i];

        if (block->height > cs->chain.committed) {
            continue;
        }
        if (block->is_live && has_lost(cs, block)) {
            pbft_requeue(cs, block->id);
        }
        cs_block_drop(&cs->blocks, i);
    }
}

static int is_followed(struct vt_cs *cs, const struct cs_block *block)
{
    const struct cs_link *at = cs_link_at(&cs->chain, block->height);
    const struct pbft_slot *slot = pbft_slot_open(cs, block->height);

    if (block->height <= cs->chain.tail && at != NULL &&
        memcmp(at->id, block->id, 32) == 0) {
        return 1;
    }
    return slot != NULL && slot->pp_state != PBFT_NO_VOTE &&
           memcmp(slot->pp_id, block->id, 32) == 0;
}

void pbft_blocks_abandon(struct vt_cs *cs)
{
    for (uint32_t i = cs->blocks.count; i-- > 0;) {
        if (!is_followed(cs, &cs->blocks.list[i])) {
            if (cs->blocks.list[i].is_live) {
                pbft_requeue(cs, cs->blocks.list[i].id);
            }
            cs_block_drop(&cs->blocks, i);
        }
    }
}

void pbft_blocks_forget(struct vt_cs *cs)
{
    for (uint32_t i = cs->blocks.count; i-- > 0;) {
        if (!cs->blocks.list[i].is_live) {
            cs_block_drop(&cs->blocks, i);
        }
    }
}

/* ---- ancestors ---------------------------------------------------------- */

int pbft_walk(struct vt_cs *cs, uint64_t seq, const uint8_t id[32],
              uint64_t holders)
{
    const uint8_t *at = id;

    for (uint64_t height = seq; height > cs->chain.committed; height--) {
        const struct cs_block *block =
            cs_block_want(&cs->blocks, at, height, holders);

        if (block == NULL || !block->is_known || !block->is_held) {
            return 0; /* the first missing ancestor is on its way */
        }
        if (block->height != height) {
            return -1;
        }
        at = block->parent;
    }
    return memcmp(at, cs->chain.committed_id, 32) == 0 ? 1 : -1;
}
