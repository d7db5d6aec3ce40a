/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - bytes of words, header payloads, evidence and proofs.
 */
#include "messages.h"

#define PROOF_FORMAT 1u

/* ---- the word of a slot's owner ------------------------------------------ */

void dpos_put_core(struct cs_wr *wr, const struct dpos_word *word)
{
    cs_put_u64(wr, word->slot);
    cs_put_u64(wr, word->height);
    cs_put(wr, word->id, 32);
}

static void get_core(struct cs_rd *rd, struct dpos_word *out)
{
    out->slot = cs_get_u64(rd);
    out->height = cs_get_u64(rd);
    cs_get_bytes(rd, out->id, 32);
    if (out->slot == 0 || out->slot > DPOS_SLOT_MAX || out->height == 0) {
        rd->is_bad = 1;
    }
}

void dpos_put_word(struct cs_wr *wr, const struct dpos_word *word)
{
    dpos_put_core(wr, word);
    cs_put_sig(wr, &word->sig);
}

int dpos_get_word(struct vt_view msg, struct dpos_word *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    get_core(&rd, out);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

/* ---- in a header --------------------------------------------------------- */

void dpos_put_payload(struct cs_wr *wr, const struct dpos_payload *p)
{
    cs_put_u64(wr, p->slot);
    cs_put_u32(wr, p->slot_ms);
    cs_put_u16(wr, p->run);
    cs_put_sig(wr, &p->below);
}

int dpos_get_payload(struct vt_view bytes, struct dpos_payload *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    out->slot = cs_get_u64(&rd);
    out->slot_ms = cs_get_u32(&rd);
    out->run = cs_get_u16(&rd);
    out->below.len = cs_get_u8(&rd);
    if (out->below.len > CS_SIG_MAX) {
        return 0;
    }
    cs_get_bytes(&rd, out->below.bytes, out->below.len);
    return cs_rd_end(&rd) && out->slot > 0 && out->slot <= DPOS_SLOT_MAX &&
           out->slot_ms > 0 && out->run > 0;
}

/* ---- evidence ------------------------------------------------------------ */

void dpos_put_item(struct cs_wr *wr, uint32_t member,
                   const struct dpos_word *word)
{
    cs_put_u8(wr, member);
    dpos_put_word(wr, word);
}

int dpos_get_item(struct vt_view bytes, uint32_t *member, struct dpos_word *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    *member = cs_get_u8(&rd);
    get_core(&rd, out);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

/* ---- proofs -------------------------------------------------------------- */

void dpos_put_proof(struct cs_wr *wr, const struct dpos_proof *p)
{
    cs_put_u8(wr, PROOF_FORMAT);
    cs_put(wr, p->link, 32);
    cs_put_u16(wr, p->count);
    cs_put(wr, p->path.ptr, p->path.len);
    cs_put(wr, p->bft.ptr, p->bft.len);
}

int dpos_get_proof(struct vt_view bytes, struct dpos_proof *out)
{
    struct cs_rd rd;
    size_t len;

    cs_rd_init(&rd, bytes);
    if (cs_get_u8(&rd) != PROOF_FORMAT) {
        return 0;
    }
    cs_get_bytes(&rd, out->link, 32);
    out->count = cs_get_u16(&rd);
    if (out->count == 0 || out->count > DPOS_PATH_MAX) {
        return 0;
    }
    len = (size_t)(out->count - 1u) * 32u;
    out->path = cs_view(cs_get(&rd, len), len);
    out->bft = cs_view(rd.ptr, rd.left);
    return !rd.is_bad;
}

void dpos_fold(const struct cs_hasher *h, const struct dpos_proof *p,
               const uint8_t id[32], uint8_t out[32])
{
    uint8_t link[32];

    cs_link_next(h, p->link, id, link);
    for (size_t at = 0; at < p->path.len; at += 32) {
        uint8_t next[32];

        cs_link_next(h, link, p->path.ptr + at, next);
        memcpy(link, next, 32);
    }
    memcpy(out, link, 32);
}
