/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - the table of blocks above the final one, found by id, and the ways
 * through it.
 */
#include "inside.h"

static uint32_t *bucket(const struct vt_cs *cs, const uint8_t id[32])
{
    return &cs->buckets[(id[0] | (uint32_t)id[1] << 8) % DPOS_BUCKETS];
}

struct dpos_node *dpos_find(const struct vt_cs *cs, const uint8_t id[32])
{
    uint32_t at = *bucket(cs, id);

    while (at != DPOS_NONE && memcmp(dpos_at(cs, at)->id, id, 32) != 0) {
        at = dpos_at(cs, at)->next;
    }
    return at == DPOS_NONE ? NULL : dpos_at(cs, at);
}

int dpos_add_at(struct vt_cs *cs, uint32_t index, const uint8_t id[32])
{
    struct dpos_node *node = dpos_at(cs, index);
    uint32_t *first = bucket(cs, id);

    if (node->is_used || dpos_find(cs, id) != NULL) {
        return 0;
    }
    memset(node, 0, sizeof *node);
    node->is_used = 1;
    node->parent = DPOS_NONE;
    node->teller = VT_PEER_NONE;
    memcpy(node->id, id, 32);
    node->next = *first;
    *first = index;
    if (index >= cs->top) {
        cs->top = index + 1;
    }
    cs->is_moved = 1;
    return 1;
}

struct dpos_node *dpos_add(struct vt_cs *cs, const uint8_t id[32])
{
    uint32_t index = 0;

    while (index < cs->top && dpos_at(cs, index)->is_used) {
        index++;
    }
    if (index == DPOS_NODES || !dpos_add_at(cs, index, id)) {
        return NULL;
    }
    return dpos_at(cs, index);
}

void dpos_drop(struct vt_cs *cs, struct dpos_node *node)
{
    uint32_t index = dpos_index(cs, node);
    uint32_t *at = bucket(cs, node->id);

    while (*at != index) {
        at = &dpos_at(cs, *at)->next;
    }
    *at = node->next;
    memset(node, 0, sizeof *node);
    while (cs->top > 0 && !dpos_at(cs, cs->top - 1)->is_used) {
        cs->top--;
    }
    cs->is_moved = 1;
}

struct dpos_node *dpos_find_link(const struct vt_cs *cs, uint64_t height,
                                 const uint8_t link[32])
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (node->is_attached && node->height == height &&
            memcmp(node->link, link, 32) == 0) {
            return node;
        }
    }
    return NULL;
}

struct dpos_node *dpos_ancestor(const struct vt_cs *cs, struct dpos_node *node,
                                uint64_t height)
{
    while (node->height > height && node->parent != DPOS_NONE) {
        node = dpos_at(cs, node->parent);
    }
    return node;
}

int dpos_stands_on(const struct vt_cs *cs, const struct dpos_node *node,
                   const struct dpos_node *below)
{
    while (node->height > below->height && node->parent != DPOS_NONE) {
        node = dpos_at(cs, node->parent);
    }
    return node == below;
}

/* ---- what lost ----------------------------------------------------------- */

enum mark { UNMARKED = 0, KEPT, LOST };

/* Twice up to what is marked already: each node is visited a few times. */
static void mark_branch(struct vt_cs *cs, struct dpos_node *from)
{
    struct dpos_node *node = from;
    uint32_t mark;

    while (node->mark == UNMARKED && node->parent != DPOS_NONE) {
        node = dpos_at(cs, node->parent);
    }
    mark = node->mark == UNMARKED ? LOST : node->mark;
    for (node = from; node->mark == UNMARKED;
         node = dpos_at(cs, node->parent)) {
        node->mark = mark;
        if (node->parent == DPOS_NONE) {
            return;
        }
    }
}

static void lose(struct vt_cs *cs, struct dpos_node *node)
{
    struct vt_eff_block e = {
        .h = CS_HEAD(struct vt_eff_block, id, VT_EFF_REQUEUE, 0)};

    if (node->is_held && node->height > dpos_root(cs)->height) {
        memcpy(e.id, node->id, 32);
        cs_outbox_put(&cs->box, &e.h); /* behind a HEAD that names it */
    }
    dpos_drop(cs, node);
}

void dpos_prune(struct vt_cs *cs)
{
    uint32_t top = cs->top;

    for (uint32_t i = 0; i < top; i++) {
        dpos_at(cs, i)->mark = UNMARKED;
    }
    dpos_root(cs)->mark = KEPT;
    dpos_root(cs)->parent = DPOS_NONE;
    for (uint32_t i = 0; i < top; i++) {
        if (dpos_at(cs, i)->is_attached) {
            mark_branch(cs, dpos_at(cs, i));
        }
    }
    if (dpos_head(cs)->mark == LOST) {
        cs->head = cs->root;
    }
    for (uint32_t i = 0; i < top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (node->is_used && i != cs->root &&
            (node->mark == LOST || node->height <= dpos_root(cs)->height)) {
            lose(cs, node);
        }
    }
    cs->is_new = 1;
}
