/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - headers in slots, one each, at their place in the table. A place
 * that was taken again overwrites what was there; what is not part of the tree
 * after a restart is forgotten. Bodies are the host's: they are fetched anew.
 */
#include "inside.h"

void pow_save(struct vt_cs *cs, uint32_t i)
{
    const struct pow_entry *e = &cs->list[i];
    uint8_t bytes[1 + 32 + 8 + POW_ITEM_LEN];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u8(&wr, 1);
    cs_put(&wr, e->h.prev, 32);
    cs_put(&wr, e->h.id, 32);
    cs_put_u64(&wr, e->h.height);
    cs_put_u64(&wr, e->h.time_ms);
    cs_put_u64(&wr, e->h.clock_ms);
    cs_put_u32(&wr, e->h.bits);
    cs_put_u64(&wr, e->h.nonce);
    cs_emit_persist(&cs->box, POW_SLOT_INDEX + i, cs_wr_view(&wr));
}

void pow_save_anchor(struct vt_cs *cs)
{
    uint8_t bytes[40];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u64(&wr, cs->anchor_height);
    cs_put(&wr, cs->anchor_id, 32);
    cs_emit_persist(&cs->box, POW_SLOT_ANCHOR, cs_wr_view(&wr));
}

/* Depth must not decide that height between a restart and the next SEAL. */
void pow_save_seal(struct vt_cs *cs)
{
    uint8_t bytes[8];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u64(&wr, cs->seal);
    cs_emit_persist(&cs->box, POW_SLOT_SEAL, cs_wr_view(&wr));
}

/* ---- back again ---------------------------------------------------------- */

static int read_anchor(struct vt_cs *cs, struct vt_view bytes)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    cs->anchor_height = cs_get_u64(&rd);
    cs_get_bytes(&rd, cs->anchor_id, 32);
    return cs_rd_end(&rd);
}

static int read_seal(struct vt_cs *cs, struct vt_view bytes)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    cs->seal = cs_get_u64(&rd);
    return cs_rd_end(&rd);
}

static int read_entry(struct vt_cs *cs, uint64_t i, struct vt_view bytes)
{
    struct pow_header h;
    struct cs_rd rd;
    uint8_t version;

    cs_rd_init(&rd, bytes);
    version = cs_get_u8(&rd);
    cs_get_bytes(&rd, h.prev, 32);
    cs_get_bytes(&rd, h.id, 32);
    h.height = cs_get_u64(&rd);
    h.time_ms = cs_get_u64(&rd);
    h.clock_ms = cs_get_u64(&rd);
    h.bits = cs_get_u32(&rd);
    h.nonce = cs_get_u64(&rd);
    if (!cs_rd_end(&rd) || version != 1 || i >= POW_INDEX) {
        return 0;
    }
    cs->list[i].h = h;
    cs->list[i].state = POW_HEADER;
    return pow_header_lone_fault(&cs->terms, &h, cs->list[i].hash) == NULL;
}

/* The block below the epoch, in place 0 unless that was taken since. */
static void add_start(struct vt_cs *cs)
{
    struct pow_entry *e = pow_at(cs, 0);

    if (e->state != POW_FREE) {
        return;
    }
    e->state = POW_GOOD;
    e->parent = POW_NONE;
    e->h.height = cs->terms.start_height - 1;
    memcpy(e->hash, cs->terms.digest, 32);
    memcpy(e->h.id, cs->start_id, 32);
}

static uint32_t free_place(const struct vt_cs *cs)
{
    uint32_t i = 1;

    while (i < POW_INDEX - 1 && cs->list[i].state != POW_FREE) {
        i++;
    }
    return i;
}

/* What proves the host's final block is part of the tree, come what may. */
static void add_proven(struct vt_cs *cs)
{
    for (uint32_t k = 0; k < cs->run->count; k++) {
        struct pow_entry e = {.state = POW_HEADER, .parent = POW_NONE};

        e.h = cs->run->list[k];
        pow_header_hash(&cs->terms, &e.h, e.hash);
        if (pow_find(cs, e.hash) == POW_NONE) {
            cs->list[free_place(cs)] = e;
            pow_relink(cs);
        }
    }
}

/* The epoch is over, and the proof of its last block has no headers: that block
 * may have come by the host's sync alone. */
static vt_status find_sealed(struct vt_cs *cs, const struct vt_cs_start *start)
{
    cs->is_sealed = 1;
    cs->final = pow_find_block(cs, start->final_id, start->final_height);
    if (cs->final == POW_NONE) {
        pow_index_clear(cs);
        add_start(cs);
        pow_relink(cs);
        cs->final = 0;
        cs->is_lost = 1;
        cs->lost_height = start->final_height;
        memcpy(cs->lost_id, start->final_id, 32);
    }
    return VT_OK;
}

static vt_status find_final(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    uint64_t height = start->final_height;
    struct pow_agreed agreed;
    uint8_t hash[32];

    cs->applied = height;
    if (height + 1 == cs->terms.start_height) {
        cs->final = pow_find(cs, cs->terms.digest);
        return VT_OK;
    }
    if (cs->terms.is_agreed && pow_get_agreed(start->final_proof, &agreed)) {
        return find_sealed(cs, start);
    }
    if (!pow_get_proof(&cs->terms, height, start->final_id, start->final_proof,
                       cs->run)) {
        return cs_fail(err, VT_E_CORRUPT,
                       "the proof of the last final block does not hold");
    }
    add_proven(cs);
    pow_header_hash(&cs->terms, &cs->run->list[height > cs->terms.start_height],
                    hash);
    cs->final = pow_find(cs, hash);
    return VT_OK;
}

vt_status pow_restore(struct vt_cs *cs, const struct vt_cs_start *start,
                      struct vt_err *err)
{
    vt_status status;

    for (uint32_t k = 0; k < start->slots.count; k++) {
        const struct vt_slot *s = VT_AT(struct vt_slot, start->slots, k);
        int is_good = 0;

        if (s->slot == POW_SLOT_ANCHOR) {
            is_good = read_anchor(cs, s->bytes);
        } else if (s->slot == POW_SLOT_SEAL) {
            is_good = read_seal(cs, s->bytes);
        } else if (s->slot >= POW_SLOT_BOUNDARY && cs->terms.is_agreed) {
            is_good = 1; /* the ordering core reads it */
        } else if (s->slot >= POW_SLOT_INDEX) {
            is_good = read_entry(cs, s->slot - POW_SLOT_INDEX, s->bytes);
        }
        if (!is_good) {
            return cs_fail(err, VT_E_CORRUPT, "a slot is damaged");
        }
    }
    add_start(cs);
    pow_relink(cs);
    status = find_final(cs, start, err);
    if (status == VT_OK && cs->final == POW_NONE) {
        status = cs_fail(err, VT_E_CORRUPT, "the final block has no header");
    }
    if (status != VT_OK) {
        return status;
    }
    cs->list[cs->final].state = POW_GOOD;
    cs->head = cs->final;
    pow_prune(cs);
    for (uint32_t i = 0; i < cs->top; i++) {
        cs->list[i].luck = pow_luck(cs, cs->list[i].hash);
    }
    return VT_OK;
}
