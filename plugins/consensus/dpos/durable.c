/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - what survives a restart, in slots.
 *
 *   1               the last own slot in which a block was made (D1)
 *   16 + place      a block of the best chain or an own one, at its place in
 *                   the table: slot, height, id, parent, word of its owner
 *   8192 + number   the ordering core's
 *
 * Records are not deleted: a place that is used again is written over, what is
 * below the final height is skipped.
 */
#include "inside.h"

#define SLOT_FORMAT 1u

static void start(struct vt_cs *cs, struct cs_wr *wr)
{
    cs_wr_init(wr, cs->buffer, DPOS_BUFFER);
    cs_put_u8(wr, SLOT_FORMAT);
    cs_put_u64(wr, cs->epoch);
}

void dpos_save_own(struct vt_cs *cs)
{
    struct cs_wr wr;

    start(cs, &wr);
    cs_put_u64(&wr, cs->own_slot);
    dpos_persist(cs, DPOS_SLOT_OWN, cs_wr_view(&wr));
}

void dpos_save_node(struct vt_cs *cs, const struct dpos_node *node)
{
    struct cs_wr wr;

    if (dpos_is_base(cs, node)) {
        return;
    }
    start(cs, &wr);
    cs_put_u64(&wr, node->slot);
    cs_put_u64(&wr, node->height);
    cs_put(&wr, node->id, 32);
    cs_put_u8(&wr, node->sig.len);
    cs_put(&wr, node->sig.bytes, node->sig.len);
    dpos_persist(cs, DPOS_SLOT_NODES + dpos_index(cs, node), cs_wr_view(&wr));
}

/* ---- reading back -------------------------------------------------------- */

static int get_word(struct cs_rd *rd, struct dpos_word *out)
{
    memset(out, 0, sizeof *out);
    out->slot = cs_get_u64(rd);
    out->height = cs_get_u64(rd);
    cs_get_bytes(rd, out->id, 32);
    out->sig.len = cs_get_u8(rd);
    if (out->sig.len > CS_SIG_MAX) {
        return 0;
    }
    cs_get_bytes(rd, out->sig.bytes, out->sig.len);
    return cs_rd_end(rd) && out->slot > 0 && out->slot <= DPOS_SLOT_MAX &&
           out->height >= 1;
}

static void fill(struct vt_cs *cs, struct dpos_node *node,
                 const struct dpos_word *word)
{
    node->is_told = 1;
    node->is_wanted = 1;
    node->is_stored = 1;
    node->is_recorded = 1;
    node->slot = word->slot;
    node->height = word->height;
    node->owner = dpos_schedule_owner(&cs->schedule, word->slot);
    node->payer = cs->n; /* our own */
    node->sig = word->sig;
    node->is_signed = word->sig.len > 0; /* it was checked before */
    if (node->owner == cs->self && word->slot > cs->own_slot) {
        cs->own_slot = word->slot; /* slots are durable in any order */
    }
}

static void take_node(struct vt_cs *cs, uint32_t place,
                      const struct dpos_word *word)
{
    struct dpos_node *root = dpos_root(cs);

    if (memcmp(word->id, root->id, 32) == 0) {
        if (!root->is_signed && word->sig.len > 0) {
            fill(cs, root, word);
            root->is_recorded = place == cs->root;
        }
    } else if (word->height > root->height &&
               dpos_add_at(cs, place, word->id)) {
        fill(cs, dpos_at(cs, place), word);
    }
}

static int get_slot(struct vt_cs *cs, const struct vt_slot *slot)
{
    struct dpos_word word;
    struct cs_rd rd;
    uint64_t own;

    if (slot->slot >= DPOS_SLOT_BFT) {
        return 1; /* read by the core itself */
    }
    cs_rd_init(&rd, slot->bytes);
    if (cs_get_u8(&rd) != SLOT_FORMAT || cs_get_u64(&rd) != cs->epoch ||
        rd.is_bad) {
        return 0;
    }
    if (slot->slot == DPOS_SLOT_OWN) {
        own = cs_get_u64(&rd);
        cs->own_slot = own > cs->own_slot ? own : cs->own_slot;
        return cs_rd_end(&rd) && own <= DPOS_SLOT_MAX;
    }
    if (slot->slot < DPOS_SLOT_NODES ||
        slot->slot >= DPOS_SLOT_NODES + DPOS_NODES || !get_word(&rd, &word)) {
        return 0;
    }
    take_node(cs, (uint32_t)(slot->slot - DPOS_SLOT_NODES), &word);
    return 1;
}

/* A place that no record uses, for the root: it is made first. */
static uint32_t free_place(struct vt_tab slots, const uint8_t id[32])
{
    uint32_t place = 0;

    for (uint32_t i = 0; i < slots.count; i++) {
        const struct vt_slot *s = VT_AT(struct vt_slot, slots, i);
        int is_node = s->slot >= DPOS_SLOT_NODES && s->slot < DPOS_SLOT_BFT;

        /* format, epoch, slot, height: then the id */
        if (is_node && s->bytes.len >= 57 &&
            memcmp(s->bytes.ptr + 25, id, 32) == 0) {
            return (uint32_t)(s->slot - DPOS_SLOT_NODES) % DPOS_NODES;
        }
        if (is_node && place <= s->slot - DPOS_SLOT_NODES) {
            place = (uint32_t)(s->slot - DPOS_SLOT_NODES) + 1u;
        }
    }
    return place % DPOS_NODES;
}

vt_status dpos_restore(struct vt_cs *cs, const struct vt_cs_start *start_args,
                       struct vt_err *err)
{
    struct dpos_node *root;
    int is_good = 1;

    cs->root = free_place(start_args->slots, start_args->final_id);
    cs->head = cs->root;
    (void)dpos_add_at(cs, cs->root, start_args->final_id);
    root = dpos_root(cs);
    root->height = start_args->final_height;
    root->is_attached = 1;
    if (dpos_is_base(cs, root)) {
        root->is_learned = 1;
        root->is_signed = 1;
    }
    for (uint32_t i = 0; i < start_args->slots.count && is_good; i++) {
        is_good = get_slot(cs, VT_AT(struct vt_slot, start_args->slots, i));
    }
    return is_good ? VT_OK
                   : cs_fail(err, VT_E_CORRUPT,
                             "a stored consensus record is not of this engine "
                             "or epoch: the node's memory of its slots is "
                             "damaged; restore the data folder or rejoin with "
                             "a new key");
}
