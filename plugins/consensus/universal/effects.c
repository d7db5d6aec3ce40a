/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - how this engine's effects leave, and its trace for people.
 */
#include "inside.h"

void uni_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes)
{
    if (uni_is_member(cs)) { /* an observer promises nothing */
        cs_emit_persist(&cs->box, slot, bytes);
    }
}

void uni_send(struct vt_cs *cs, uint32_t to, uint32_t proto, uint32_t klass,
              struct vt_view msg, const uint8_t *attach)
{
    /* what is said was signed after its records were durable */
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY,
                            .to = to,
                            .proto = proto,
                            .klass = klass,
                            .msg = msg};

    if (uni_is_member(cs) && to != cs->self) {
        cs_emit_send(&cs->box, &e, attach);
    }
}

void uni_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer < cs->n) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

void uni_sync(struct vt_cs *cs, uint64_t height)
{
    if (height <= uni_root(cs)->height ||
        (cs->sync_ns != 0 &&
         cs->box.now_ns - cs->sync_ns < UNI_RETRY * cs->opt.tick_ns)) {
        return;
    }
    cs->sync_ns = cs->box.now_ns;
    cs_emit_sync(&cs->box, height);
    uni_trace(cs, "C6 behind", height);
}

void uni_sign(struct vt_cs *cs, struct uni_batch *batch)
{
    uint8_t core[UNI_CORE_LEN];
    struct vt_eff_sign e = {.role = UNI_ROLE_WITNESS + batch->lane,
                            .major = batch->seq};
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, batch->seq, batch->id);
    e.msg = cs_wr_view(&wr);
    cs_emit_sign(&cs->box, &batch->sign, &e);
}

void uni_verify_word(struct vt_cs *cs, struct cs_ask *ask, uint32_t member,
                     const struct uni_word *word)
{
    uint8_t core[UNI_CORE_LEN];
    struct vt_verify_item item = {.member = member,
                                  .role = UNI_ROLE_WITNESS + word->lane};
    struct vt_eff_verify e = {.h =
                                  CS_HEAD(struct vt_eff_verify, items,
                                          VT_EFF_VERIFY, cs_ask(&cs->box, ask)),
                              .items = {&item, 1, (uint32_t)sizeof item}};
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, word->seq, word->id);
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(word->sig.bytes, word->sig.len);
    cs_outbox_put(&cs->box, &e.h);
}

/* ---- for people ---------------------------------------------------------- */

void uni_trace(struct vt_cs *cs, const char *what, uint64_t number)
{
    struct cs_text t;

    if (!cs_is_short(&cs->box)) {
        cs_text_start(&t);
        cs_text_str(&t, what);
        cs_text_num(&t, "height", number);
        cs_text_num(&t, "final", uni_root(cs)->height);
        cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
    }
}

void uni_trace_lane(struct vt_cs *cs, const char *what, uint32_t lane,
                    uint32_t seq)
{
    struct cs_text t;

    if (!cs_is_short(&cs->box)) {
        cs_text_start(&t);
        cs_text_str(&t, what);
        cs_text_num(&t, "lane", lane);
        cs_text_num(&t, "seq", seq);
        cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
    }
}

void uni_trace_seat(struct vt_cs *cs)
{
    struct cs_text t;

    if (uni_is_member(cs) && !cs_is_short(&cs->box)) {
        cs_text_start(&t);
        cs_text_str(&t, "S1 seat");
        cs_text_num(&t, "shard", cs->seats.shard_of[cs->self]);
        cs_text_num(&t, "of", cs->seats.shards);
        cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
    }
}

void uni_halt(struct vt_cs *cs, const char *why, uint64_t height)
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
