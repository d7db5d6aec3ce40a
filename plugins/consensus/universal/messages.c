/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - bytes of messages, headers and evidence.
 */
#include "messages.h"

#define TAG_CUT 1u
#define TAG_BATCH 2u

void uni_put_core(struct cs_wr *wr, uint32_t seq, const uint8_t id[32])
{
    cs_put_u32(wr, seq);
    cs_put(wr, id, 32);
}

static int is_seq(uint32_t seq)
{
    return seq > 0 && seq <= UNI_SEQ_MAX;
}

void uni_put_word(struct cs_wr *wr, const struct uni_word *m)
{
    cs_put_u8(wr, m->lane);
    cs_put_u8(wr, m->level);
    uni_put_core(wr, m->seq, m->id);
    cs_put_sig(wr, &m->sig);
}

int uni_get_word(const struct uni_seats *seats, struct vt_view bytes,
                 struct uni_word *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    out->lane = cs_get_u8(&rd);
    out->level = cs_get_u8(&rd);
    out->seq = cs_get_u32(&rd);
    cs_get_bytes(&rd, out->id, 32);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd) && out->lane < seats->n &&
           out->level <= seats->levels && is_seq(out->seq);
}

/* ---- certificates -------------------------------------------------------- */

void uni_put_cert(struct cs_wr *wr, const struct uni_seats *seats,
                  const struct uni_cert *m)
{
    uint32_t count = cs_count(m->signers);

    cs_put_u8(wr, m->lane);
    cs_put_u8(wr, m->level);
    uni_put_core(wr, m->seq, m->id);
    cs_put_set(wr, m->signers, seats->n);
    for (uint32_t i = 0; i < count; i++) {
        cs_put_sig(wr, &m->sig[i]);
    }
}

int uni_read_cert(const struct uni_seats *seats, struct cs_rd *rd,
                  struct uni_cert *out)
{
    uint64_t who;
    uint32_t count;

    memset(out, 0, sizeof *out);
    out->lane = cs_get_u8(rd);
    out->level = cs_get_u8(rd);
    out->seq = cs_get_u32(rd);
    cs_get_bytes(rd, out->id, 32);
    out->signers = cs_get_set(rd, seats->n);
    if (rd->is_bad || out->lane >= seats->n || out->level > seats->levels ||
        !is_seq(out->seq)) {
        return 0;
    }
    who = uni_witnesses(seats, out->lane, out->level);
    count = cs_count(out->signers);
    if ((out->signers & ~who) != 0 || count != uni_quorum(who)) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        cs_get_sig(rd, &out->sig[i]);
    }
    return !rd->is_bad;
}

/* ---- cuts ---------------------------------------------------------------- */

void uni_put_tips(struct cs_wr *wr, const struct uni_tip *tips, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        cs_put_u32(wr, tips[i].seq);
        cs_put(wr, tips[i].id, tips[i].seq == 0 ? 0 : 32);
    }
}

static void get_tips(struct cs_rd *rd, struct uni_tip *tips, uint32_t n)
{
    memset(tips, 0, CS_MEMBERS_MAX * sizeof *tips);
    for (uint32_t i = 0; i < n; i++) {
        tips[i].seq = cs_get_u32(rd);
        if (tips[i].seq > UNI_SEQ_MAX) {
            rd->is_bad = 1;
        } else if (tips[i].seq > 0) {
            cs_get_bytes(rd, tips[i].id, 32);
        }
    }
}

static void put_draw(struct cs_wr *wr, const struct uni_draw *draw)
{
    cs_put_u8(wr, draw->len);
    cs_put(wr, draw->bytes, draw->len);
}

static void get_draw(struct cs_rd *rd, struct uni_draw *draw)
{
    memset(draw, 0, sizeof *draw);
    draw->len = cs_get_u8(rd);
    cs_get_bytes(rd, draw->bytes, draw->len);
}

static struct vt_view get_var(struct cs_rd *rd)
{
    uint32_t len = cs_get_u32(rd);
    struct vt_view out = {rd->ptr, len};

    if (rd->is_bad || len > rd->left) {
        rd->is_bad = 1;
        return cs_view(NULL, 0);
    }
    rd->ptr += len;
    rd->left -= len;
    return out;
}

void uni_put_cut(struct cs_wr *wr, const struct uni_cut_msg *m, uint32_t n)
{
    cs_put(wr, m->id, 32);
    cs_put(wr, m->parent, 32);
    cs_put_u64(wr, m->height);
    cs_put_u64(wr, (uint64_t)m->time_ms);
    cs_put_u8(wr, m->proposer);
    uni_put_tips(wr, m->tips, n);
    put_draw(wr, &m->draw);
    cs_put_u32(wr, (uint32_t)m->audit.len);
    cs_put(wr, m->audit.ptr, m->audit.len);
    cs_put_u32(wr, (uint32_t)m->words.len);
    cs_put(wr, m->words.ptr, m->words.len);
    cs_put(wr, m->certs.ptr, m->certs.len);
}

int uni_get_cut(struct vt_view bytes, uint32_t n, struct uni_cut_msg *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    cs_get_bytes(&rd, out->id, 32);
    cs_get_bytes(&rd, out->parent, 32);
    out->height = cs_get_u64(&rd);
    out->time_ms = (int64_t)cs_get_u64(&rd);
    out->proposer = cs_get_u8(&rd);
    get_tips(&rd, out->tips, n);
    get_draw(&rd, &out->draw);
    out->audit = get_var(&rd);
    out->words = get_var(&rd);
    out->certs = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && out->proposer < n && out->height > 0;
}

void uni_put_ask(struct cs_wr *wr, const struct uni_ask *m)
{
    cs_put_u8(wr, m->what);
    cs_put_u8(wr, m->lane);
    cs_put_u32(wr, m->seq);
    cs_put(wr, m->id, 32);
}

int uni_get_ask(struct vt_view bytes, uint32_t n, struct uni_ask *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    out->what = cs_get_u8(&rd);
    out->lane = cs_get_u8(&rd);
    out->seq = cs_get_u32(&rd);
    cs_get_bytes(&rd, out->id, 32);
    return cs_rd_end(&rd) && out->lane < n && out->what >= UNI_WANT_CUT &&
           out->what <= UNI_WANT_CERT;
}

/* ---- headers ------------------------------------------------------------- */

void uni_put_cut_payload(struct cs_wr *wr, const struct uni_tip *tips,
                         uint32_t n, const struct uni_draw *draw)
{
    cs_put_u8(wr, TAG_CUT);
    uni_put_tips(wr, tips, n);
    put_draw(wr, draw);
}

int uni_get_cut_payload(struct vt_view bytes, uint32_t n,
                        struct uni_tip tips[CS_MEMBERS_MAX],
                        struct uni_draw *draw, struct vt_view *rest)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    if (cs_get_u8(&rd) != TAG_CUT) {
        return 0;
    }
    get_tips(&rd, tips, n);
    get_draw(&rd, draw);
    *rest = cs_view(rd.ptr, rd.left);
    return !rd.is_bad;
}

void uni_put_lot(struct cs_wr *wr, uint64_t height)
{
    cs_put_u64(wr, height);
}

void uni_put_batch_payload(struct cs_wr *wr, uint32_t lane, uint32_t shard)
{
    cs_put_u8(wr, TAG_BATCH);
    cs_put_u8(wr, lane);
    cs_put_u16(wr, shard);
}

int uni_get_batch_payload(struct vt_view bytes, uint32_t *lane, uint32_t *shard)
{
    struct cs_rd rd;
    uint32_t tag;

    cs_rd_init(&rd, bytes);
    tag = cs_get_u8(&rd);
    *lane = cs_get_u8(&rd);
    *shard = (uint32_t)cs_get_number(&rd, 2);
    return cs_rd_end(&rd) && tag == TAG_BATCH;
}

/* ---- evidence ------------------------------------------------------------ */

void uni_put_item(struct cs_wr *wr, uint32_t member, const struct uni_word *m)
{
    cs_put_u8(wr, member);
    cs_put_u8(wr, m->lane);
    uni_put_core(wr, m->seq, m->id);
    cs_put_sig(wr, &m->sig);
}

int uni_get_item(struct vt_view bytes, uint32_t n, uint32_t *member,
                 struct uni_word *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    *member = cs_get_u8(&rd);
    out->lane = cs_get_u8(&rd);
    out->seq = cs_get_u32(&rd);
    cs_get_bytes(&rd, out->id, 32);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd) && *member < n && out->lane < n && is_seq(out->seq);
}
