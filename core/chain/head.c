/* SPDX-License-Identifier: Apache-2.0
 *
 * head.c - the tentative head of engines that announce before they decide.
 * Versions of the state are kept per block, so moving the head undoes nothing:
 * it only changes whose transactions count as placed.
 */
#include "base/log.h"
#include "chain/inside.h"

#include <inttypes.h>

int vt_head_is_used(const struct vt_chain *chain)
{
    return chain->epoch->parts->consensus->finality != VT_FIN_INSTANT;
}

/* Flags the branch from c down to the tip. Returns 0 when it ends elsewhere. */
static int flag_branch(struct vt_chain *chain, struct vt_candidate *c)
{
    VT_LIST_FOR (item, &chain->blocks.all) {
        VT_CONTAINER(item, struct vt_candidate, all)->is_on_head = 0;
    }
    while (c != NULL) {
        c->is_on_head = 1;
        if (vt_hash_eq(&c->block->header.parent, &chain->tip.id)) {
            return 1;
        }
        c = vt_blocks_get(&chain->blocks, &c->block->header.parent);
    }
    return 0;
}

static void mark_branch(struct vt_chain *chain)
{
    VT_LIST_FOR (item, &chain->blocks.all) {
        struct vt_candidate *c = VT_CONTAINER(item, struct vt_candidate, all);

        if (c->is_marked && !c->is_on_head) {
            vt_commit_unmark(chain, c);
        } else if (!c->is_marked && c->is_on_head) {
            vt_commit_mark(chain, c);
        }
    }
}

void vt_head_move(struct vt_chain *chain, uint64_t height,
                  const struct vt_hash *id, uint64_t decided)
{
    struct vt_candidate *c = vt_blocks_get(&chain->blocks, id);
    int is_tip = vt_hash_eq(id, &chain->tip.id);

    if (!vt_head_is_used(chain)) {
        vt_chain_fail(chain, "an engine that decides at once moved a head");
        return;
    }
    if (c == NULL && height <= chain->tip.height && !is_tip) {
        return; /* what was decided meanwhile is ahead of it */
    }
    if (!is_tip && (c == NULL || c->block->header.height != height)) {
        vt_chain_fail(chain,
                      "the engine's head at height %" PRIu64
                      " is a block nobody holds",
                      height);
        return;
    }
    if (!flag_branch(chain, c) && !is_tip) {
        if (chain->tip.height <= decided) {
            vt_chain_fail(chain,
                          "the engine's head at height %" PRIu64
                          " does not stand on the final block %" PRIu64
                          " it decided (I11)",
                          height, chain->tip.height);
        }
        return; /* the final block was learned from others meanwhile */
    }
    mark_branch(chain);
    chain->head_height = height;
    chain->head_id = *id;
    vt_anchors_follow(chain);
    vt_chain_dirty(chain);
}
