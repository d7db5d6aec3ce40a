/* SPDX-License-Identifier: Apache-2.0
 *
 * box_make.c - a box from its options, and its end.
 */
#include "support/box_inside.h"

#include <stdio.h>
#include <stdlib.h>

static const struct vt_consensus *find_table(const struct vt_plugin *plugin)
{
    for (uint32_t i = 0; i < plugin->ifaces.count; i++) {
        const struct vt_iface *iface =
            VT_AT(struct vt_iface, plugin->ifaces, i);

        if (strcmp(iface->id, VT_IF_CONSENSUS) == 0) {
            return iface->table;
        }
    }
    return NULL;
}

static vt_status read_settings(struct box *box, struct vt_err *err)
{
    char text[512];
    char *save = NULL;
    vt_status status = vt_options_new("engine", box->opt.plugin->keys, "/",
                                      &box->settings, err);

    if (status != VT_OK) {
        return status;
    }
    (void)snprintf(text, sizeof text, "%s",
                   box->opt.settings == NULL ? "" : box->opt.settings);
    for (char *word = strtok_r(text, " ", &save);
         word != NULL && status == VT_OK; word = strtok_r(NULL, " ", &save)) {
        char *value = strchr(word, '=');

        *value++ = '\0';
        status = vt_options_set(box->settings, word, value, "box", err);
    }
    vt_options_cfg(box->settings, &box->cfg);
    return status;
}

static void make_epoch(struct box *box)
{
    struct vt_cs_epoch *e = &box->epoch;

    e->size = VT_UPTO(struct vt_cs_epoch, cfg);
    e->cfg = &box->cfg;
    e->epoch = 3;
    e->start_height = 1 + box->opt.seed % 3 * 100;
    e->scheme = "fake";
    memset(e->chain_id, 0xc1, 32);
    memset(e->parent, 0x11, 32);
    memset(e->digest, 0xd1, 32);
    memset(e->beacon, 0xbe, 32);
    e->members.ptr = box->members;
    e->members.count = box->opt.members;
    e->members.stride = (uint32_t)sizeof box->members[0];
}

static struct box_node *add_node(struct box *box, uint32_t member)
{
    struct box_node *node = &box->nodes[box->node_count];
    uint64_t bit = member < 64 ? UINT64_C(1) << member : 0;

    node->index = box->node_count++;
    node->member = member;
    node->is_scripted = (box->opt.scripted & bit) != 0;
    node->is_honest = (box->opt.byzantine & bit) == 0;
    vt_list_init(&node->ops);
    box_disk_init(&node->disk);
    return node;
}

static vt_status start_node(struct box *box, struct box_node *node,
                            struct vt_err *err)
{
    vt_status status;

    node->is_up = 1;
    if (node->is_scripted) {
        box_event_put(
            box, box_event_new(box, BOX_EV_TICK, node->index, BOX_TICK_US, 0));
        return VT_OK;
    }
    status = box_node_create(box, node, err);
    if (status == VT_OK) {
        box_event_put(box,
                      box_event_new(box, BOX_EV_START, node->index, 10, 0));
    }
    if (node->member == VT_PEER_NONE) {
        box_event_put(box, box_event_new(box, BOX_EV_TICK, node->index,
                                         BOX_OBSERVE_US, 0));
    }
    return status;
}

static vt_status start_all(struct box *box, struct vt_err *err)
{
    vt_status status = VT_OK;

    for (uint32_t m = 0; m < box->opt.members; m++) {
        (void)add_node(box, m);
    }
    for (uint32_t m = 0; m < box->opt.members; m++) {
        if ((box->opt.twins >> m & 1) != 0) {
            (void)add_node(box, m);
        }
    }
    for (uint32_t i = 0; i < box->opt.observers; i++) {
        (void)add_node(box, VT_PEER_NONE);
    }
    for (uint32_t i = 0; i < box->node_count && status == VT_OK; i++) {
        status = start_node(box, &box->nodes[i], err);
    }
    return status;
}

struct box *box_new(const struct box_options *options, struct vt_err *err)
{
    struct box *box = calloc(1, sizeof *box);

    if (box == NULL) {
        return NULL;
    }
    box->opt = *options;
    box->table = find_table(options->plugin);
    vt_rng_init(&box->rng, options->seed);
    box->by_id = calloc(2 * BOX_BLOCKS_MAX, sizeof *box->by_id);
    box->truth = calloc(BOX_HEIGHTS_MAX, sizeof *box->truth);
    box->nodes = calloc(options->members + options->observers +
                            (uint32_t)__builtin_popcountll(options->twins),
                        sizeof *box->nodes);
    if (box->by_id == NULL || box->truth == NULL || box->nodes == NULL ||
        box->table == NULL) {
        box_free(box);
        return NULL;
    }
    box->out.size = VT_UPTO(struct vt_out, emit);
    box->out.ctx = box;
    box->out.emit = box_emit;
    make_epoch(box);
    box_crypto_init(box);
    if (read_settings(box, err) != VT_OK || start_all(box, err) != VT_OK) {
        box_free(box);
        return NULL;
    }
    return box;
}

void box_free(struct box *box)
{
    if (box == NULL) {
        return;
    }
    for (uint32_t i = 0; box->nodes != NULL && i < box->node_count; i++) {
        struct box_node *node = &box->nodes[i];

        if (node->cs != NULL) {
            box->table->destroy(node->cs);
        }
        box_ops_drop(node);
        box_disk_fini(&node->disk);
        box_disk_fini(&node->snapshot);
        free(node->handoff);
    }
    for (size_t i = 0; i < box->heap_count; i++) {
        free(box->heap[i]);
    }
    free(box->heap);
    free(box->blocks);
    free(box->by_id);
    free(box->truth);
    free(box->nodes);
    vt_options_free(box->settings);
    free(box);
}
