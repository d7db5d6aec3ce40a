/* SPDX-License-Identifier: Apache-2.0
 *
 * make.c - own slots: is a block due, is this member the slot's leader, make
 * it, sign it, tell it.
 */
#include "inside.h"

#define MS UINT64_C(1000000) /* nanoseconds */

/* ---- is a block due? ----------------------------------------------------- */

/* A header names the state before its block: one empty block makes it known
 * what the last transactions led to. And when the pointers stand at the head
 * without being final, only another block lets them go on. */
static uint64_t empty_due_ns(const struct vt_cs *cs)
{
    uint32_t txs =
        cs->head == POS_ROOT ? cs->root.txs : cs->blocks[cs->head].txs;
    uint64_t slow_ns =
        (4000u / cs->opt.share + POS_BRANCH) * cs->opt.slot_ms * MS;

    if (txs > 0 && cs->opt.settle_ms > 0) {
        return cs->head_ns + cs->opt.settle_ms * MS;
    }
    if (cs->head != POS_ROOT &&
        bft_notarized(cs->bft)->height >= pos_head_height(cs)) {
        return cs->head_ns + slow_ns;
    }
    return 0;
}

static int may_make(const struct vt_cs *cs)
{
    uint64_t height = pos_head_height(cs);

    return pos_is_member(cs) && cs->root.is_slot_known &&
           (cs->seal == 0 || height < cs->seal) &&
           height < cs->root.height + cs->opt.k;
}

int pos_wants_block(struct vt_cs *cs)
{
    uint64_t due_ns = empty_due_ns(cs);

    cs->is_empty_due = due_ns != 0 && cs->box.now_ns >= due_ns;
    return may_make(cs) && (cs->waiting > 0 || cs->is_empty_due);
}

static void wait_for_slot(struct vt_cs *cs)
{
    uint64_t slot_ms = cs->opt.slot_ms;
    uint64_t into_ms = cs->wall_ms <= 0 ? 0 : (uint64_t)cs->wall_ms % slot_ms;

    cs_timer_want(&cs->timers[POS_TIMER_SLOT],
                  cs->box.now_ns + (slot_ms - into_ms) * MS);
}

void pos_make_update(struct vt_cs *cs)
{
    uint64_t due_ns = empty_due_ns(cs);

    if (!may_make(cs)) {
        return;
    }
    if (pos_wants_block(cs)) {
        wait_for_slot(cs);
    } else if (due_ns > cs->box.now_ns) {
        cs_timer_want(&cs->timers[POS_TIMER_SLOT], due_ns);
    }
}

/* ---- the slot's leader? -------------------------------------------------- */

void pos_on_slot(struct vt_cs *cs)
{
    struct vt_eff_prove e = {.role = POS_ROLE_LOT};
    uint64_t slot = pos_now_slot(cs);
    uint8_t lot[POS_LOT_LEN];
    struct cs_wr wr;

    if (!pos_wants_block(cs) || slot <= cs->lot_slot ||
        !pos_rule_slot(slot, pos_head_slot(cs))) {
        return;
    }
    cs->lot_slot = slot;
    cs_wr_init(&wr, lot, sizeof lot);
    pos_put_lot(&wr, cs->beacon, slot);
    e.msg = cs_wr_view(&wr);
    e.h = CS_HEAD(struct vt_eff_prove, msg, VT_EFF_PROVE,
                  cs_ask(&cs->box, &cs->ask_lot));
    cs_outbox_put(&cs->box, &e.h);
}

void pos_on_proved(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct pos_payload p = {.slot = cs->lot_slot, .vrf = ev->data};
    struct vt_eff_build e = {.max_bytes = cs->opt.block_bytes,
                             .view = cs->lot_slot,
                             .allow_empty = 0};
    uint8_t value[32];
    uint8_t payload[POS_PAYLOAD_MAX];
    struct cs_wr wr;

    if (cs->ask_lot.state != CS_ASKED || cs->ask_lot.token != ev->token) {
        return;
    }
    cs->ask_lot.state = CS_DONE;
    if (ev->status == VT_E_UNSUPPORTED) {
        pos_halt(cs, "the members' signature scheme has no random function: "
                     "choose schnorr");
        return;
    }
    if (ev->status != VT_OK || ev->data.len > POS_VRF_MAX ||
        !pos_judge(cs, cs->self, &p, value) || !pos_wants_block(cs) ||
        pos_now_slot(cs) != p.slot ||
        !pos_rule_slot(p.slot, pos_head_slot(cs))) {
        return;
    }
    pos_trace(cs, "L1 leads", p.slot);
    cs->made_slot = p.slot;
    cs_wr_init(&wr, payload, sizeof payload);
    pos_put_payload(&wr, &p);
    e.payload = cs_wr_view(&wr);
    e.height = pos_head_height(cs) + 1;
    e.allow_empty = cs->is_empty_due;
    cs_emit_build(&cs->box, &cs->ask_build, &e, pos_head_id(cs));
}

/* ---- the block ----------------------------------------------------------- */

static void sign(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    struct vt_eff_sign e = {.role = POS_ROLE_BLOCK, .major = b->word.slot};
    uint8_t core[POS_CORE_LEN];
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    pos_put_core(&wr, &b->word);
    e.msg = cs_wr_view(&wr);
    cs_emit_sign(&cs->box, &b->ask, &e);
}

/* Made too late, or the head moved meanwhile: its slot goes by. */
static int is_stale(const struct vt_cs *cs, const struct vt_ev_block *ev)
{
    return !pos_rule_time(cs->made_slot, ev->time_ms, cs->opt.slot_ms) ||
           memcmp(ev->parent, pos_head_id(cs), 32) != 0;
}

void pos_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct pos_payload p;
    struct pos_block *b;
    uint32_t index;

    if (cs->ask_build.state != CS_ASKED || cs->ask_build.token != ev->token) {
        return;
    }
    cs->ask_build.state = CS_DONE;
    if (ev->status != VT_OK) {
        return; /* nothing to put into it after all; another slot comes */
    }
    index = is_stale(cs, ev) ? POS_NONE : pos_add(cs);
    if (index == POS_NONE || !pos_get_payload(ev->payload, &p) ||
        !pos_judge(cs, cs->self, &p, cs->blocks[index].value)) {
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
        return;
    }
    b = &cs->blocks[index];
    b->stage = POS_SIGNING;
    b->teller = cs->self;
    b->up = cs->head;
    b->txs = ev->txs;
    b->word.proposer = cs->self;
    b->word.slot = cs->made_slot;
    b->word.height = ev->height;
    memcpy(b->word.id, ev->id, 32);
    memcpy(b->parent, ev->parent, 32);
    pos_keep(cs, index); /* D1 */
    sign(cs, index);
}

/* Its record is durable before it is sent. Without a signature, after a
 * restart, nobody has heard of it. */
void pos_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct pos_block *b = &cs->blocks[i];

        if (b->stage != POS_SIGNING || b->ask.token != ev->token) {
            continue;
        }
        if (!cs_answered(&b->ask, ev)) {
            cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, b->word.id);
            pos_remove(cs, i);
            return;
        }
        b->word.sig.len = (uint8_t)ev->data.len;
        memcpy(b->word.sig.bytes, ev->data.ptr, ev->data.len);
        pos_trace(cs, "L2 made", b->word.height);
        pos_become_good(cs, i);
        pos_send_word(cs, VT_PEER_ALL, i);
        return;
    }
}
