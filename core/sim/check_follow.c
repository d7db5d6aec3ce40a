/* SPDX-License-Identifier: Apache-2.0
 *
 * check_follow.c - I18 as a stranger sees it: who knows the genesis parameters
 * and nothing else follows headers and seals from one epoch to the next, and
 * finds what the nodes call final to be so.
 */
#include "base/status.h"
#include "chain/follow.h"
#include "sim/cluster.h"

#include <inttypes.h>

#define ASKED 8u /* headers, those at borders apart */

static void fail(struct sim_node *node, uint64_t height,
                 const struct vt_err *err)
{
    vt_sim_violation(node->cluster,
                     "I18 stranger: height %" PRIu64 " of %s: %s", height,
                     node->name, err->text);
}

/* The header of a height, checked by its seal. Returns 1 when it is fine. */
static int check_one(struct sim_node *node, struct vt_follow *follow,
                     uint64_t height)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf seal = VT_BUF_INIT(VT_SEAL_MAX);
    struct vt_block *block = NULL;
    struct vt_header header;
    struct vt_hash id;
    vt_status status = vt_chain_block(node->chain, height, &block, &seal);

    if (status == VT_OK) {
        status = vt_follow_header(follow, block->raw_header, vt_buf_view(&seal),
                                  &header, &id, &err);
        if (status != VT_OK) {
            fail(node, height, &err);
        }
    }
    vt_block_unref(block);
    vt_buf_fini(&seal);
    return status == VT_OK;
}

static int cross(struct sim_node *node, struct vt_follow *follow,
                 uint64_t first)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_block *above = NULL;
    struct vt_block *below = NULL;
    vt_status status = vt_chain_block(node->chain, first, &above, NULL);

    if (status == VT_OK) {
        status = vt_chain_block(node->chain, first - 1, &below, NULL);
    }
    if (status == VT_OK) {
        status = vt_follow_next(follow, below->raw_header,
                                above->header.handoff, &err);
        if (status != VT_OK) {
            fail(node, first, &err);
        }
    }
    vt_block_unref(above);
    vt_block_unref(below);
    return status == VT_OK;
}

static void walk(struct sim_node *node, struct vt_follow *follow)
{
    uint64_t step = node->final_height / ASKED + 1;
    struct vt_epoch_info info;

    for (uint64_t h = 1; h <= node->final_height; h++) {
        uint64_t epoch = vt_follow_epoch(follow);
        int begins = vt_chain_epoch(node->chain, epoch + 1, &info) == VT_OK &&
                     info.start_height == h;

        if ((begins && !cross(node, follow, h)) ||
            ((begins || h % step == 0) && !check_one(node, follow, h))) {
            return;
        }
    }
}

void vt_sim_check_stage(struct sim_node *node,
                        const struct vt_chain_event *event)
{
    struct vt_err err = VT_ERR_INIT;

    if (vt_chain_check_stage(node->chain, event->stage, event->block,
                             event->seal, &err) != VT_OK) {
        vt_sim_violation(node->cluster,
                         "I18 stranger: %s tells stage %" PRIu32
                         " of a block: %s",
                         node->name, event->stage, err.text);
    }
}

void vt_sim_check_follow(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    struct vt_chain_args args = {.config = c->config,
                                 .rules = c->rules,
                                 .parts = c->parts,
                                 .maker = &node->maker,
                                 .schemes = &c->schemes,
                                 .canonical = vt_buf_view(&c->canonical)};
    struct vt_follow *follow = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (vt_follow_new(&args, &follow, &err) != VT_OK) {
        c->failed = 1;
        return;
    }
    walk(node, follow);
    vt_follow_free(follow);
}
