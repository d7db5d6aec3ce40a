/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - what survives a restart, in slots.
 *
 *   16 + lane * 64 + seq mod 64   the word for a number of a lane: seq, id (W2)
 *   8192 + number                 the ordering core's
 *
 * Records are not deleted: a number that comes 64 later is written over it, by
 * then the first one is final.
 */
#include "inside.h"

#define SLOT_FORMAT 1u
#define SLOT_LEN (1u + 8u + 36u)

void uni_save_said(struct vt_cs *cs, uint32_t lane, const struct uni_said *s)
{
    uint8_t bytes[SLOT_LEN];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u8(&wr, SLOT_FORMAT);
    cs_put_u64(&wr, cs->epoch);
    uni_put_core(&wr, s->seq, s->id);
    uni_persist(cs, UNI_SLOT_SAID + lane * UNI_RING + s->seq % UNI_RING,
                cs_wr_view(&wr));
}

static int get_slot(struct vt_cs *cs, const struct vt_slot *slot)
{
    struct uni_said said;
    uint64_t place = slot->slot - UNI_SLOT_SAID;
    struct cs_rd rd;

    if (slot->slot >= UNI_SLOT_BFT) {
        return 1; /* read by the core itself */
    }
    if (slot->slot < UNI_SLOT_SAID || place >= (uint64_t)cs->n * UNI_RING) {
        return 0;
    }
    cs_rd_init(&rd, slot->bytes);
    if (cs_get_u8(&rd) != SLOT_FORMAT || cs_get_u64(&rd) != cs->epoch) {
        return 0;
    }
    said.seq = cs_get_u32(&rd);
    cs_get_bytes(&rd, said.id, 32);
    if (!cs_rd_end(&rd) || said.seq == 0 || said.seq > UNI_SEQ_MAX ||
        said.seq % UNI_RING != place % UNI_RING) {
        return 0;
    }
    cs->lanes[place / UNI_RING].said[place % UNI_RING] = said;
    return 1;
}

vt_status uni_restore(struct vt_cs *cs, const struct vt_cs_start *start,
                      struct vt_err *err)
{
    for (uint32_t i = 0; i < start->slots.count; i++) {
        if (!get_slot(cs, VT_AT(struct vt_slot, start->slots, i))) {
            return cs_fail(err, VT_E_CORRUPT,
                           "a stored consensus record is not of this engine "
                           "or epoch: the node's memory of its words is "
                           "damaged; restore the data folder or rejoin with a "
                           "new key");
        }
    }
    return VT_OK;
}

static void resume_one(struct vt_cs *cs, uint32_t lane,
                       const struct uni_said *said)
{
    struct uni_batch *batch;

    if (lane == cs->self && said->seq > cs->own_seq) {
        cs->own_seq = said->seq;
        memcpy(cs->own_id, said->id, 32);
    }
    batch = uni_batch_add(cs, said->id, lane, said->seq);
    if (batch != NULL) {
        batch->is_signed = 1; /* it was, when this member spoke */
        batch->is_asked = 1;
        uni_batch_fetch(cs, batch, cs_bit(lane));
    }
}

void uni_resume(struct vt_cs *cs)
{
    if (cs->is_resumed || uni_final_tips(cs) == NULL || !uni_is_member(cs)) {
        return;
    }
    cs->is_resumed = 1;
    cs->is_moved = 1;
    for (uint32_t lane = 0; lane < cs->n; lane++) {
        for (uint32_t i = 0; i < UNI_RING; i++) {
            const struct uni_said *said = &cs->lanes[lane].said[i];

            if (said->seq != 0) {
                resume_one(cs, lane, said);
            }
        }
    }
}
