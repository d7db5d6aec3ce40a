/* SPDX-License-Identifier: Apache-2.0
 *
 * check_epochs.c - what must hold where one epoch ends and the next begins:
 * I18, all nodes agree on the border, on the engine behind it and on the block
 * below it, the first block above carries the handoff, the one below names what
 * comes, no other does, and each block is final in the one epoch its height
 * belongs to.
 */
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Its blocks need not be decided yet: what is above a border stands on it. */
static void check_one(struct sim_node *node, uint64_t epoch,
                      const struct vt_epoch_info *info)
{
    struct sim_cluster *c = node->cluster;
    struct sim_epoch *truth = &c->epochs[epoch];

    if (truth->start_height == 0) {
        truth->start_height = info->start_height;
        truth->engine = info->engine;
        return;
    }
    if (truth->start_height != info->start_height ||
        strcmp(truth->engine, info->engine) != 0) {
        vt_sim_violation(c,
                         "I18 switch: %s begins epoch %" PRIu64
                         " with %s at height %" PRIu64 ", others with %s at "
                         "%" PRIu64,
                         node->name, epoch, info->engine, info->start_height,
                         truth->engine, truth->start_height);
    }
}

void vt_sim_check_epochs(struct sim_node *node)
{
    struct vt_epoch_info info;

    for (uint64_t e = 0; e < VT_SIM_EPOCHS_MAX && !vt_sim_is_twin(node) &&
                         vt_chain_epoch(node->chain, e, &info) == VT_OK;
         e++) {
        check_one(node, e, &info);
    }
}

void vt_sim_check_border(struct sim_node *node, const struct vt_block *block)
{
    struct sim_cluster *c = node->cluster;
    const struct vt_header *h = &block->header;
    struct vt_handoff handoff;
    uint64_t epoch = 0;
    int begins = 0;
    int is_whole;

    for (uint32_t e = 1; e < VT_SIM_EPOCHS_MAX; e++) {
        begins |= c->epochs[e].start_height == h->height;
        if (c->epochs[e].start_height > 0 &&
            c->epochs[e].start_height <= h->height) {
            epoch = e;
        }
    }
    if (h->epoch != epoch) {
        vt_sim_violation(c,
                         "I18 switch: %s height %" PRIu64
                         " is final in epoch %" PRIu64 ", not in %" PRIu64,
                         node->name, h->height, h->epoch, epoch);
    }
    is_whole = vt_handoff_decode(h->handoff, &handoff) == VT_OK;
    if (begins != is_whole || (!is_whole && h->handoff.len > 0 &&
                               h->handoff.len != sizeof(struct vt_hash))) {
        vt_sim_violation(c, "I18 switch: %s height %" PRIu64 " %s", node->name,
                         h->height,
                         begins ? "begins an epoch without a handoff"
                                : "has a handoff inside of an epoch");
    }
}

void vt_sim_check_epochs_known(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    struct vt_epoch_info info;

    for (uint32_t e = 1; e < VT_SIM_EPOCHS_MAX; e++) {
        uint64_t start = c->epochs[e].start_height;

        if (start > 0 && start <= node->final_height &&
            vt_chain_epoch(node->chain, e, &info) != VT_OK) {
            vt_sim_violation(c,
                             "I18 switch: %s is at height %" PRIu64
                             " and does not know epoch %" PRIu32,
                             node->name, node->final_height, e);
        }
    }
}

void vt_sim_tell_epochs(struct sim_cluster *c)
{
    char *out = c->result->epochs;
    size_t size = sizeof c->result->epochs;
    size_t used = 0;

    for (uint32_t e = 1; e < VT_SIM_EPOCHS_MAX; e++) {
        const struct sim_epoch *epoch = &c->epochs[e];
        const char *stem;
        int n;

        if (epoch->start_height == 0) {
            return;
        }
        stem = strrchr(epoch->engine, '.');
        n = snprintf(
            out + used, size - used, "%s%s@%" PRIu64, e == 1 ? "" : ", ",
            stem == NULL ? epoch->engine : stem + 1, epoch->start_height - 1);
        if (n < 0 || (size_t)n >= size - used) {
            return;
        }
        used += (size_t)n;
    }
}
