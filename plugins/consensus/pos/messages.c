/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - bytes and back.
 */
#include "messages.h"

#define RECORD_FORM 1u
#define LABEL_LEADER 0x4cu /* 'L' */

void pos_put_core(struct cs_wr *wr, const struct pos_word *word)
{
    cs_put_u64(wr, word->slot);
    cs_put_u64(wr, word->height);
    cs_put(wr, word->id, 32);
}

void pos_put_word(struct cs_wr *wr, const struct pos_word *word)
{
    cs_put_u16(wr, word->proposer);
    pos_put_core(wr, word);
    cs_put_sig(wr, &word->sig);
}

static int get_word(struct cs_rd *rd, struct pos_word *out)
{
    out->proposer = cs_get_u16(rd);
    out->slot = cs_get_u64(rd);
    out->height = cs_get_u64(rd);
    cs_get_bytes(rd, out->id, 32);
    cs_get_sig(rd, &out->sig);
    return cs_rd_end(rd) && out->height > 0 && out->slot < UINT64_MAX / 2;
}

int pos_get_word(struct vt_view bytes, struct pos_word *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    return get_word(&rd, out);
}

void pos_put_spot(struct cs_wr *wr, const struct pos_spot *spot)
{
    cs_put_u64(wr, spot->height);
    cs_put(wr, spot->id, 32);
}

int pos_get_spot(struct vt_view bytes, struct pos_spot *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    out->height = cs_get_u64(&rd);
    cs_get_bytes(&rd, out->id, 32);
    return cs_rd_end(&rd);
}

void pos_put_payload(struct cs_wr *wr, const struct pos_payload *p)
{
    cs_put_u64(wr, p->slot);
    cs_put(wr, p->vrf.ptr, p->vrf.len);
}

int pos_get_payload(struct vt_view bytes, struct pos_payload *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    out->slot = cs_get_u64(&rd);
    out->vrf = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && rd.left > 0 && rd.left <= POS_VRF_MAX;
}

void pos_put_record(struct cs_wr *wr, uint64_t epoch,
                    const struct pos_word *word)
{
    cs_put_u8(wr, RECORD_FORM);
    cs_put_u64(wr, epoch);
    pos_put_word(wr, word);
}

int pos_get_record(struct vt_view bytes, uint64_t epoch, struct pos_word *out)
{
    struct cs_rd rd;
    uint8_t form;

    cs_rd_init(&rd, bytes);
    form = cs_get_u8(&rd);
    return cs_get_u64(&rd) == epoch && form == RECORD_FORM &&
           get_word(&rd, out);
}

void pos_put_lot(struct cs_wr *wr, const uint8_t beacon[32], uint64_t slot)
{
    cs_put_u8(wr, LABEL_LEADER);
    cs_put(wr, beacon, 32);
    cs_put_u64(wr, slot);
}
