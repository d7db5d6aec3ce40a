/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - the blocks above the root, and which of them is the head.
 */
#include "inside.h"

uint32_t pos_find(const struct vt_cs *cs, const uint8_t id[32])
{
    if (memcmp(id, cs->root.id, 32) == 0) {
        return POS_ROOT;
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->blocks[i].stage != POS_FREE &&
            memcmp(cs->blocks[i].word.id, id, 32) == 0) {
            return i;
        }
    }
    return POS_NONE;
}

uint32_t pos_find_link(const struct vt_cs *cs, uint64_t height,
                       const uint8_t link[32])
{
    if (height == cs->root.height) {
        return memcmp(link, cs->root.link, 32) == 0 ? POS_ROOT : POS_NONE;
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pos_block *b = &cs->blocks[i];

        if (b->stage == POS_GOOD && b->word.height == height &&
            memcmp(b->link, link, 32) == 0) {
            return i;
        }
    }
    return POS_NONE;
}

static int is_leaf(const struct vt_cs *cs, uint32_t index)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->blocks[i].stage != POS_FREE && cs->blocks[i].up == index) {
            return 0;
        }
    }
    return 1;
}

/* Room in a full tree: first what is not good, then a good block that nothing
 * stands on and that is not on the head's branch. */
static uint32_t make_room(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        uint32_t stage = cs->blocks[i].stage;

        if (stage != POS_GOOD && stage != POS_SIGNING && is_leaf(cs, i)) {
            return i;
        }
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->blocks[i].stage == POS_GOOD && is_leaf(cs, i) &&
            !pos_descends(cs, cs->head, i)) {
            return i;
        }
    }
    return POS_NONE;
}

uint32_t pos_add(struct vt_cs *cs)
{
    uint32_t i = 0;

    while (i < cs->top && cs->blocks[i].stage != POS_FREE) {
        i++;
    }
    if (i == POS_BLOCKS) {
        i = make_room(cs);
        if (i == POS_NONE) {
            return POS_NONE;
        }
        pos_remove(cs, i);
        i = i < cs->top ? i : cs->top;
    }
    if (i == cs->top) {
        cs->top++;
    }
    memset(&cs->blocks[i], 0, sizeof cs->blocks[i]);
    cs->blocks[i].up = POS_NONE;
    cs->blocks[i].teller = VT_PEER_NONE;
    return i;
}

void pos_remove(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];

    if (b->is_kept) {
        cs_emit_persist(&cs->box, POS_SLOT_BLOCKS + index, cs_view(NULL, 0));
    }
    b->stage = POS_FREE;
    while (cs->top > 0 && cs->blocks[cs->top - 1].stage == POS_FREE) {
        cs->top--;
    }
}

uint32_t pos_ancestor(const struct vt_cs *cs, uint32_t index, uint64_t height)
{
    while (index < POS_BLOCKS && cs->blocks[index].word.height > height) {
        index = cs->blocks[index].up;
    }
    if (index == POS_ROOT) {
        return height == cs->root.height ? POS_ROOT : POS_NONE;
    }
    return index < POS_BLOCKS && cs->blocks[index].word.height == height
               ? index
               : POS_NONE;
}

int pos_descends(const struct vt_cs *cs, uint32_t index, uint32_t from)
{
    uint64_t height =
        from == POS_ROOT ? cs->root.height : cs->blocks[from].word.height;

    return pos_ancestor(cs, index, height) == from;
}

/* ---- the root ------------------------------------------------------------ */

/* What stands on nothing goes, in as many rounds as it is high. */
static void drop_lost(struct vt_cs *cs)
{
    int moved = 1;

    while (moved) {
        moved = 0;
        for (uint32_t i = cs->top; i-- > 0;) {
            const struct pos_block *b = &cs->blocks[i];
            int is_lost =
                b->up < POS_BLOCKS && cs->blocks[b->up].stage == POS_FREE;

            if (b->stage != POS_FREE && b->stage != POS_ASKED &&
                (b->word.height <= cs->root.height || is_lost)) {
                pos_remove(cs, i);
                moved = 1;
            }
        }
    }
}

/* index: a child of the root that becomes it, or POS_NONE. */
static void take_root(struct vt_cs *cs, uint32_t index)
{
    for (uint32_t i = cs->top; i-- > 0;) {
        if (cs->blocks[i].stage != POS_FREE && cs->blocks[i].up == POS_ROOT &&
            i != index) {
            pos_remove(cs, i);
        }
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        if (index != POS_NONE && cs->blocks[i].stage != POS_FREE &&
            cs->blocks[i].up == index) {
            cs->blocks[i].up = POS_ROOT;
        }
    }
}

/* After the root moved: is the head still there? */
static void look_for_head(struct vt_cs *cs)
{
    if (cs->head != POS_ROOT &&
        (cs->head >= cs->top || cs->blocks[cs->head].stage != POS_GOOD)) {
        cs->head = POS_ROOT;
        cs->is_head_lost = 1;
    }
}

void pos_advance_root(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    struct pos_root *r = &cs->root;

    take_root(cs, index);
    b->up = POS_NONE;
    r->height = b->word.height;
    r->slot = b->word.slot;
    r->txs = b->txs;
    r->is_slot_known = 1;
    memcpy(r->id, b->word.id, 32);
    memcpy(r->link, b->link, 32);
    memset(&r->ask, 0, sizeof r->ask);
    if (cs->head == index) {
        cs->head = POS_ROOT;
    }
    drop_lost(cs);
    look_for_head(cs);
}

void pos_jump_root(struct vt_cs *cs, uint64_t height, const uint8_t id[32])
{
    uint32_t index = pos_find(cs, id);
    struct pos_root *r = &cs->root;
    uint8_t link[32];

    if (index < POS_BLOCKS && cs->blocks[index].stage == POS_GOOD &&
        cs->blocks[index].up == POS_ROOT) {
        pos_advance_root(cs, index);
        return;
    }
    cs_link_next(&cs->hasher, r->link, id, link);
    take_root(cs, POS_NONE);
    memset(r, 0, sizeof *r);
    r->height = height;
    memcpy(r->id, id, 32);
    memcpy(r->link, link, 32);
    drop_lost(cs);
    cs->is_head_lost |= cs->head != POS_ROOT;
    cs->head = POS_ROOT;
    pos_ask_root(cs);
}

/* ---- fork choice --------------------------------------------------------- */

/* (1) and (2): what the head must stand on. */
static uint32_t anchor_of(const struct vt_cs *cs)
{
    const struct bft_block *top = bft_notarized(cs->bft);
    uint32_t fin = pos_find_link(cs, cs->fin.height, cs->fin.value);
    uint32_t notarized = pos_find_link(cs, top->height, top->value);

    if (fin == POS_NONE) {
        fin = POS_ROOT;
    }
    if (pos_rule_follows_pointer() && notarized != POS_NONE &&
        pos_descends(cs, notarized, fin)) {
        return notarized;
    }
    return fin;
}

static int is_better(const struct vt_cs *cs, uint32_t index, uint32_t than)
{
    const struct pos_block *a = &cs->blocks[index];
    const struct pos_block *b;

    if (than == POS_ROOT) {
        return 1;
    }
    b = &cs->blocks[than];
    return pos_rule_better(a->word.height, a->value, b->word.height, b->value);
}

void pos_choose(struct vt_cs *cs)
{
    uint32_t anchor = anchor_of(cs);
    uint32_t best = pos_descends(cs, cs->head, anchor) ? cs->head : anchor;
    struct vt_eff_head e = {
        .h = CS_HEAD(struct vt_eff_head, id, VT_EFF_HEAD, 0)};

    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->blocks[i].stage == POS_GOOD && is_better(cs, i, best) &&
            pos_descends(cs, i, anchor)) {
            best = i;
        }
    }
    if (best == cs->head && !cs->is_head_lost) {
        return;
    }
    cs->is_head_lost = 0;
    if (!pos_descends(cs, best, cs->head)) {
        cs->reorgs++;
        pos_trace(cs, "F3 reorg", pos_head_height(cs));
    }
    cs->head = best;
    cs->head_ns = cs->box.now_ns;
    e.h.flags = VT_EFF_EARLY; /* it promises nothing */
    e.height = pos_head_height(cs);
    memcpy(e.id, pos_head_id(cs), 32);
    cs_outbox_put(&cs->box, &e.h);
    bft_poke(cs->bft);
}
