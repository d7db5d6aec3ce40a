/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - how this engine's effects leave, and its words for people.
 */
#include "inside.h"

void pos_trace(struct vt_cs *cs, const char *what, uint64_t number)
{
    struct cs_text t;

    cs_text_start(&t);
    cs_text_str(&t, what);
    cs_text_num(&t, "at", number);
    cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
}

void pos_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer < cs->n) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

void pos_halt(struct vt_cs *cs, const char *why)
{
    struct cs_text t;

    cs->is_halted = 1;
    cs_text_start(&t);
    cs_text_str(&t, why);
    cs_emit_text(&cs->box, VT_EFF_HALT, &t);
}

static void send(struct vt_cs *cs, struct vt_eff_send *e, const uint8_t *attach)
{
    if (pos_is_member(cs)) {
        e->klass = attach != NULL ? VT_SEND_PROP : VT_SEND_CERT;
        cs_emit_send(&cs->box, e, attach);
    }
}

/* Waits until what it speaks of is durable. */
void pos_send_word(struct vt_cs *cs, uint32_t to, uint32_t index)
{
    const struct pos_block *b = &cs->blocks[index];
    struct vt_eff_send e = {.to = to, .proto = POS_PROTO_BLOCK};
    uint8_t bytes[POS_WORD_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pos_put_word(&wr, &b->word);
    e.msg = cs_wr_view(&wr);
    send(cs, &e, b->word.id);
}

void pos_send_spot(struct vt_cs *cs, uint32_t to, uint32_t proto,
                   const struct pos_spot *spot)
{
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY, .to = to, .proto = proto};
    uint8_t bytes[40];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pos_put_spot(&wr, spot);
    e.msg = cs_wr_view(&wr);
    send(cs, &e, NULL);
}

void pos_sync(struct vt_cs *cs, uint64_t height)
{
    if (height <= cs->applied ||
        (cs->sync_ns != 0 &&
         cs->box.now_ns - cs->sync_ns < 2 * cs->opt.tick_ns)) {
        return;
    }
    cs->sync_ns = cs->box.now_ns;
    cs_emit_sync(&cs->box, height);
    pos_trace(cs, "SYNC behind", height);
}

void pos_gauges(struct vt_cs *cs)
{
    const int64_t now[POS_GAUGES] = {
        (int64_t)cs->root.height, (int64_t)pos_head_height(cs),
        (int64_t)cs->reorgs, (int64_t)bft_view(cs->bft)};

    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, POS_GAUGES);
}
