/* SPDX-License-Identifier: Apache-2.0
 *
 * anchors.c - see anchors.h. A note that finds the other chain's inbox full is
 * lost; the next anchor, or the next start, makes up for it.
 */
#include "node/anchors.h"

#include "base/alloc.h"
#include "base/status.h"

#include <string.h>

#define REPLAY_MAX 10000u /* blocks of the parent read at a start */

/* What goes from one chain's thread to the other's. */
struct note {
    struct vt_chain *to;
    struct vt_tx_anchor anchor;
    struct vt_address sender;
};

static struct vt_unit *find_chain(struct vt_unit *const *units, size_t count,
                                  const struct vt_chain *chain)
{
    for (size_t i = 0; i < count; i++) {
        if (vt_unit_chain(units[i]) == chain) {
            return units[i];
        }
    }
    return NULL;
}

static struct vt_unit *find_parent(struct vt_unit *const *units, size_t count,
                                   const struct vt_unit *child)
{
    const char *name = vt_unit_parent(child);

    for (size_t i = 0; i < count && name[0] != '\0'; i++) {
        /* a main chain: the parent of a parent would run before it is read */
        if (strcmp(vt_unit_name(units[i]), name) == 0 &&
            vt_unit_parent(units[i])[0] == '\0') {
            return units[i];
        }
    }
    return NULL;
}

static void post(const struct vt_unit *unit, void (*fn)(void *arg),
                 const struct note *note)
{
    struct note *copy = vt_memdup(note, sizeof *note);

    if (copy != NULL) {
        copy->to = vt_unit_chain(unit);
        if (vt_runner_post(vt_unit_runner(unit), fn, copy) == VT_OK) {
            return;
        }
        vt_free(copy);
    }
}

/* ---- on the other chain's thread ----------------------------------------- */

static void go_up(void *arg)
{
    struct note *note = arg;

    vt_chain_post_anchor(note->to, &note->anchor);
    vt_free(note);
}

static void come_down(void *arg)
{
    struct note *note = arg;

    vt_chain_anchored(note->to, &note->sender, &note->anchor);
    vt_free(note);
}

/* ---- events -------------------------------------------------------------- */

/* What this block of the parent says of the child's chain. Receipts are not
 * looked at: the log has none, and a start must count as a running node does.
 */
static void tell(const struct vt_unit *child, const struct vt_block *block)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        const struct vt_tx *tx = &block->txs[i];
        struct note note = {.sender = tx->sender};

        if (tx->kind == VT_TX_ANCHOR &&
            vt_tx_anchor_decode(tx->payload, &note.anchor) == VT_OK &&
            vt_hash_eq(vt_chain_id(vt_unit_chain(child)), &note.anchor.chain)) {
            post(child, come_down, &note);
        }
    }
}

static void on_final(struct vt_unit *const *units, size_t count,
                     const struct vt_unit *parent,
                     const struct vt_chain_event *event)
{
    for (size_t i = 0; i < count; i++) {
        if (find_parent(units, count, units[i]) == parent) {
            tell(units[i], event->block);
        }
    }
}

void vt_anchors_event(struct vt_unit *const *units, size_t count,
                      const struct vt_chain_event *event)
{
    struct vt_unit *unit;
    struct vt_unit *parent;
    struct note note = {.anchor = event->anchor};

    if (event->type != VT_CHAIN_FINAL && event->type != VT_CHAIN_ANCHOR) {
        return;
    }
    unit = find_chain(units, count, event->chain);
    if (unit == NULL) {
        return;
    }
    if (event->type == VT_CHAIN_FINAL) {
        on_final(units, count, unit, event);
        return;
    }
    parent = find_parent(units, count, unit);
    if (parent != NULL) {
        post(parent, go_up, &note);
    }
}

/* ---- the start ----------------------------------------------------------- */

static void replay(struct vt_unit *child, const struct vt_unit *parent)
{
    struct vt_chain_status status;
    uint64_t from = 1;

    vt_chain_get_status(vt_unit_chain(parent), &status);
    if (status.final_height > REPLAY_MAX) {
        from = status.final_height - REPLAY_MAX;
    }
    for (uint64_t h = from; h <= status.final_height; h++) {
        struct vt_block *block;

        if (vt_chain_block(vt_unit_chain(parent), h, &block, NULL) == VT_OK) {
            tell(child, block);
            vt_block_unref(block);
        }
    }
}

void vt_anchors_replay(struct vt_unit *const *units, size_t count,
                       struct vt_unit *child)
{
    const struct vt_unit *parent = find_parent(units, count, child);

    if (parent != NULL) {
        replay(child, parent);
    }
}
