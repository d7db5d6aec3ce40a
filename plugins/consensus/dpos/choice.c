/* SPDX-License-Identifier: Apache-2.0
 *
 * choice.c - P4: the best chain. It stands on the final block (the tree holds
 * nothing else), on the highest notarized pointer, is the longest, and ends in
 * the smaller slot.
 */
#include "inside.h"

/* What the best chain must stand on. A pointer to a block that is not here yet
 * cannot be followed yet. */
static struct dpos_node *anchor(const struct vt_cs *cs)
{
    const struct bft_block *pointer = bft_notarized(cs->bft);
    struct dpos_node *node = NULL;

    if (pointer->height > dpos_root(cs)->height &&
        dpos_rule_follows_pointer()) {
        node = dpos_find_link(cs, pointer->height, pointer->value);
    }
    return node == NULL ? dpos_root(cs) : node;
}

static int is_better(const struct dpos_node *a, const struct dpos_node *b)
{
    struct dpos_rank ra = {a->height, a->slot, a->id};
    struct dpos_rank rb = {b->height, b->slot, b->id};

    return dpos_compare(&ra, &rb) > 0;
}

static struct dpos_node *best(const struct vt_cs *cs)
{
    struct dpos_node *from = anchor(cs);
    struct dpos_node *found = from;

    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (node->is_attached && node->children == 0 &&
            node->height > from->height && is_better(node, found) &&
            dpos_stands_on(cs, node, from)) {
            found = node;
        }
    }
    return found;
}

/* A block is on disk before anybody hears that it is the head, and what the
 * root's owner said is, too: the next block carries it. */
void dpos_keep_branch(struct vt_cs *cs, struct dpos_node *node)
{
    while (dpos_rule_keeps_branch() && !node->is_recorded &&
           node->is_signed) { /* a root learned by sync has no word yet */
        if (!node->is_stored && dpos_index(cs, node) != cs->root) {
            node->is_stored = 1;
            if (dpos_is_member(cs)) {
                cs_emit_block(&cs->box, VT_EFF_STORE, 0, node->id);
            }
        }
        node->is_recorded = 1;
        dpos_save_node(cs, node);
        if (node->parent == DPOS_NONE) {
            return;
        }
        node = dpos_at(cs, node->parent);
    }
}

static void tell_head(struct vt_cs *cs, const struct dpos_node *node)
{
    struct vt_eff_head e = {.h =
                                CS_HEAD(struct vt_eff_head, id, VT_EFF_HEAD, 0),
                            .height = node->height};

    memcpy(e.id, node->id, 32);
    cs_outbox_put(&cs->box, &e.h);
}

static int has_pointer_moved(struct vt_cs *cs)
{
    const struct bft_block *pointer = bft_notarized(cs->bft);

    if (pointer->height == cs->notarized &&
        memcmp(pointer->value, cs->notarized_link, 32) == 0) {
        return 0;
    }
    cs->notarized = pointer->height;
    memcpy(cs->notarized_link, pointer->value, 32);
    return 1;
}

int dpos_choose(struct vt_cs *cs)
{
    struct dpos_node *old = dpos_head(cs);
    struct dpos_node *node;
    int is_due = cs->is_new != 0;

    is_due |= has_pointer_moved(cs);
    if (!is_due) {
        return 0;
    }
    cs->is_new = 0;
    if (dpos_root(cs)->is_signed) {
        dpos_keep_branch(cs, dpos_root(cs));
    }
    node = best(cs);
    if (memcmp(node->id, cs->told_head, 32) == 0) {
        return 0;
    }
    if (node == old || !dpos_stands_on(cs, node, old)) {
        cs->reorgs++; /* the old one may be gone already */
        dpos_trace(cs, "P4 other branch", node->height);
    }
    cs->head = dpos_index(cs, node);
    cs->head_ns = cs->box.now_ns;
    memcpy(cs->told_head, node->id, 32);
    dpos_keep_branch(cs, node);
    tell_head(cs, node);
    dpos_trace(cs, "P4 head", node->height);
    return 1;
}
