/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - how this engine's effects leave, and its words for people: trace,
 * gauges.
 */
#include "inside.h"

void dpos_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes)
{
    if (dpos_is_member(cs)) { /* an observer promises nothing */
        cs_emit_persist(&cs->box, slot, bytes);
    }
}

static void word_of(const struct dpos_node *node, struct dpos_word *out)
{
    memset(out, 0, sizeof *out);
    out->slot = node->slot;
    out->height = node->height;
    memcpy(out->id, node->id, 32);
    out->sig = node->sig;
}

void dpos_say_block(struct vt_cs *cs, const struct dpos_node *node, int attach)
{
    uint8_t msg[DPOS_CORE_LEN + 1 + CS_SIG_MAX];
    struct vt_eff_send e = {.to = VT_PEER_ALL,
                            .proto = DPOS_PROTO_BLOCK,
                            .klass = attach ? VT_SEND_PROP : VT_SEND_CERT};
    struct dpos_word word;
    struct cs_wr wr;

    if (!dpos_is_member(cs) || node->sig.len == 0) {
        return;
    }
    word_of(node, &word);
    cs_wr_init(&wr, msg, sizeof msg);
    dpos_put_word(&wr, &word);
    e.msg = cs_wr_view(&wr);
    cs_emit_send(&cs->box, &e, attach ? node->id : NULL);
}

void dpos_verify(struct vt_cs *cs, struct cs_ask *ask,
                 const struct dpos_node *node, const struct cs_sig *sig)
{
    uint8_t core[DPOS_CORE_LEN];
    struct vt_verify_item item = {.member = node->owner,
                                  .role = DPOS_ROLE_BLOCK};
    struct vt_eff_verify e = {.h =
                                  CS_HEAD(struct vt_eff_verify, items,
                                          VT_EFF_VERIFY, cs_ask(&cs->box, ask)),
                              .items = {&item, 1, (uint32_t)sizeof item}};
    struct dpos_word word;
    struct cs_wr wr;

    word_of(node, &word);
    cs_wr_init(&wr, core, sizeof core);
    dpos_put_core(&wr, &word);
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(sig->bytes, sig->len);
    cs_outbox_put(&cs->box, &e.h);
}

void dpos_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer < cs->n) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

void dpos_sync(struct vt_cs *cs, uint64_t height)
{
    if (height <= dpos_root(cs)->height ||
        (cs->sync_ns != 0 &&
         cs->box.now_ns - cs->sync_ns < DPOS_RETRY * cs->opt.tick_ns)) {
        return;
    }
    cs->sync_ns = cs->box.now_ns;
    cs_emit_sync(&cs->box, height);
    dpos_trace(cs, "P6 behind", height);
}

void dpos_trace(struct vt_cs *cs, const char *what, uint64_t height)
{
    struct cs_text t;

    if (!cs_is_short(&cs->box)) {
        cs_text_start(&t);
        cs_text_str(&t, what);
        cs_text_num(&t, "height", height);
        cs_text_num(&t, "head", dpos_head(cs)->height);
        cs_text_num(&t, "final", dpos_root(cs)->height);
        cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
    }
}

void dpos_halt(struct vt_cs *cs, const char *why, uint64_t height)
{
    struct cs_text t;

    if (!cs->is_halted) {
        cs->is_halted = 1;
        cs_text_start(&t);
        cs_text_str(&t, why);
        cs_text_num(&t, "height", height);
        cs_emit_text(&cs->box, VT_EFF_HALT, &t);
    }
}

/* Wallets may show a block as "soft" when this many built on it. */
static uint64_t soft_height(const struct vt_cs *cs)
{
    const struct dpos_node *node = dpos_head(cs);
    uint64_t who = 0;

    while (node->parent != DPOS_NONE) {
        who |= cs_bit(node->owner);
        if (cs_count(who) >= 2 * cs->n / 3 + 1) {
            return node->height;
        }
        node = dpos_at(cs, node->parent);
    }
    return node->height;
}

void dpos_gauges(struct vt_cs *cs)
{
    const int64_t now[DPOS_GAUGES] = {
        (int64_t)dpos_head(cs)->height, (int64_t)dpos_root(cs)->height,
        (int64_t)soft_height(cs), (int64_t)bft_view(cs->bft),
        (int64_t)cs->reorgs};

    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, DPOS_GAUGES);
}
