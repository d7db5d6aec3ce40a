/* SPDX-License-Identifier: Apache-2.0
 *
 * box_effects.c - what a step emits and when it is done: inner requests at
 * once, outward effects when all that was to be made durable before is.
 */
#include "support/box_inside.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- form --------------------------------------------------------------- */

static int is_outward(uint32_t type)
{
    switch (type) {
    case VT_EFF_SEND:
    case VT_EFF_SIGN:
    case VT_EFF_COMMIT:
    case VT_EFF_HEAD:
    case VT_EFF_EVIDENCE:
    case VT_EFF_PENALIZE:
    case VT_EFF_REQUEUE:
    case VT_EFF_SEALED:
        return 1;
    default:
        return 0;
    }
}

static void check_form(struct box *box, const struct box_node *node,
                       const struct vt_eff *eff)
{
    if (eff->size < sizeof *eff || eff->size > 4096 || eff->reserved != 0 ||
        (eff->flags & ~VT_EFF_EARLY) != 0) {
        box_violate(box, "node %u emits a malformed effect of type %u",
                    node->index, eff->type);
    }
}

#define AS(T, eff) ((const T *)(const void *)(eff))

/* ---- copies that wait --------------------------------------------------- */

static struct box_op *op_new(const struct vt_eff *eff, size_t len)
{
    struct box_op *op = calloc(1, sizeof *op + len + 1);

    if (op == NULL) {
        abort();
    }
    vt_list_init(&op->list);
    op->type = eff->type;
    op->token = eff->token;
    op->block = BOX_NONE;
    op->len = len;
    return op;
}

static struct box_op *with_bytes(const struct vt_eff *eff, struct vt_view v)
{
    struct box_op *op = op_new(eff, v.len);

    if (v.len > 0) {
        memcpy(op->bytes, v.ptr, v.len);
    }
    return op;
}

static struct box_op *copy_send(struct box *box, struct box_node *node,
                                const struct vt_eff_send *e)
{
    struct box_op *op = with_bytes(&e->h, e->msg);

    op->to = e->to;
    op->proto = e->proto;
    if (e->has_attach) {
        op->block = box_find_block(box, e->attach);
        if (op->block == BOX_NONE || (!box_in(&node->held, op->block) &&
                                      !box_in(&node->disk.bodies, op->block))) {
            box_violate(box, "node %u attaches a body it does not hold",
                        node->index);
        }
    }
    if (e->msg.len > VT_CS_MSG_MAX) {
        box_violate(box, "I14 node %u sends %zu bytes", node->index,
                    e->msg.len);
    }
    return op;
}

static struct box_op *copy_accusation(const struct vt_eff_evidence *e)
{
    struct box_op *op = op_new(&e->h, e->a.len + e->b.len);

    memcpy(op->bytes, e->a.ptr, e->a.len);
    memcpy(op->bytes + e->a.len, e->b.ptr, e->b.len);
    op->len = e->a.len;
    op->len_b = e->b.len;
    op->role = e->kind;
    op->to = e->member;
    return op;
}

static struct box_op *copy_op(struct box *box, struct box_node *node,
                              const struct vt_eff *eff)
{
    struct box_op *op;

    switch (eff->type) {
    case VT_EFF_PERSIST:
        op = with_bytes(eff, AS(struct vt_eff_persist, eff)->bytes);
        op->height = AS(struct vt_eff_persist, eff)->slot;
        return op;
    case VT_EFF_SEND:
        return copy_send(box, node, AS(struct vt_eff_send, eff));
    case VT_EFF_SIGN:
        op = with_bytes(eff, AS(struct vt_eff_sign, eff)->msg);
        op->role = AS(struct vt_eff_sign, eff)->role;
        op->major = AS(struct vt_eff_sign, eff)->major;
        op->minor = AS(struct vt_eff_sign, eff)->minor;
        return op;
    case VT_EFF_COMMIT:
    case VT_EFF_SEALED:
        op = with_bytes(eff, AS(struct vt_eff_commit, eff)->proof);
        op->height = AS(struct vt_eff_commit, eff)->height;
        op->block = box_find_block(box, AS(struct vt_eff_commit, eff)->id);
        return op;
    case VT_EFF_HEAD:
        op = op_new(eff, 0);
        op->height = AS(struct vt_eff_head, eff)->height;
        op->block = box_find_block(box, AS(struct vt_eff_head, eff)->id);
        return op;
    case VT_EFF_STORE:
    case VT_EFF_REQUEUE:
        op = op_new(eff, 0);
        op->block = box_find_block(box, AS(struct vt_eff_block, eff)->id);
        return op;
    case VT_EFF_EVIDENCE:
        return copy_accusation(AS(struct vt_eff_evidence, eff));
    case VT_EFF_PENALIZE:
        op = with_bytes(eff, AS(struct vt_eff_accuse, eff)->reason);
        op->to = AS(struct vt_eff_accuse, eff)->peer;
        return op;
    default:
        return op_new(eff, 0);
    }
}

/* ---- doing them --------------------------------------------------------- */

void box_done_event(struct box *box, struct box_node *node, uint32_t type,
                    uint64_t token, vt_status status, struct vt_view data)
{
    struct box_event *ev = box_event_new(box, BOX_EV_DONE, node->index,
                                         box_between(box, 10, 120), data.len);

    ev->type = type;
    ev->arg = token;
    ev->status = status;
    if (data.len > 0) {
        memcpy(ev->bytes, data.ptr, data.len);
    }
    box_event_put(box, ev);
}

static void do_sign(struct box *box, struct box_node *node,
                    const struct box_op *op)
{
    struct vt_view msg = {op->bytes, op->len};
    uint8_t sig[64];
    int guarded =
        node->member >= 64 || (box->opt.no_guard >> node->member & 1) == 0;

    if (node->member == VT_PEER_NONE) {
        box_violate(box, "observer %u signs", node->index);
        return;
    }
    if (guarded &&
        !box_guard_allows(box, node, op->role, op->major, op->minor, msg)) {
        if (node->is_honest) {
            box_violate(box,
                        "I7 node %u wants to sign role %u at (%" PRIu64
                        ", %" PRIu64 ") against its earlier word",
                        node->index, op->role, op->major, op->minor);
        }
        box_done_event(box, node, VT_EV_SIGNED, op->token, VT_E_DENIED,
                       (struct vt_view){NULL, 0});
        return;
    }
    if (!box->is_calm && box_chance(box, box->opt.silent)) {
        return;
    }
    (void)box_sign(box, node->member, op->role, msg, sig);
    box_done_event(box, node, VT_EV_SIGNED, op->token, VT_OK,
                   vt_view_of(sig, sizeof sig));
}

static void do_evidence(struct box *box, struct box_node *node,
                        const struct box_op *op)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t member = BOX_NONE;
    uint32_t verdict = VT_BAD;

    if (box->table->check_evidence(&box->host, &box->epoch, op->role,
                                   vt_view_of(op->bytes, op->len),
                                   vt_view_of(op->bytes + op->len, op->len_b),
                                   &member, &verdict, &err) != VT_OK ||
        verdict != VT_GOOD || member != op->to) {
        box_violate(box, "I8 node %u: evidence of kind %u does not convict",
                    node->index, op->role);
        return;
    }
    if ((box->opt.byzantine >> member & 1) == 0) {
        box_violate(box, "I8 honest member %u is convicted of kind %u", member,
                    op->role);
    }
    box->evidence[member] |= 1u << op->role;
}

static void do_sealed(struct box *box, struct box_node *node,
                      const struct box_op *op)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = VT_BAD;

    if (op->block == BOX_NONE ||
        box->table->check_proof(
            &box->host, &box->epoch, op->height, box->blocks[op->block].id,
            vt_view_of(op->bytes, op->len), &verdict, &err) != VT_OK ||
        verdict != VT_GOOD) {
        box_violate(box, "I18 node %u: the handoff does not hold", node->index);
        return;
    }
    node->has_sealed = 1;
    free(node->handoff);
    node->handoff = malloc(op->len + 1);
    if (node->handoff == NULL) {
        abort();
    }
    memcpy(node->handoff, op->bytes, op->len);
    node->handoff_len = op->len;
}

/* I11: a head is a block found good that stands on what was decided. */
static void do_head(struct box *box, struct box_node *node,
                    const struct box_op *op)
{
    uint64_t start = box->epoch.start_height;
    uint32_t at = op->block;

    if (op->block == BOX_NONE) {
        box_violate(box, "I11 node %u: its head is no block", node->index);
        return;
    }
    node->head = op->block + 1;
    if (box->blocks[at].height > node->applied &&
        !box_in(&node->executed, at)) {
        box_violate(box, "I11 node %u: its head was not checked", node->index);
    }
    while (at != BOX_NONE && box->blocks[at].height > node->own_final) {
        at = box->blocks[at].parent_index;
    }
    if (node->own_final >= start &&
        node->own_final - start < node->disk.final_count &&
        (at == BOX_NONE ||
         at != node->disk.final[node->own_final - start].block)) {
        box_violate(box,
                    "I11 node %u: its head leaves the final block %" PRIu64,
                    node->index, node->own_final);
    }
}

static void check_penalty(struct box *box, const struct box_node *node,
                          const struct box_op *op)
{
    if (node->is_honest && box->opt.corrupt == 0 &&
        (box->opt.byzantine >> op->to & 1) == 0) {
        box_violate(box, "I8 node %u penalizes honest member %u: %.*s",
                    node->index, op->to, (int)op->len, (const char *)op->bytes);
    }
}

void box_op_perform(struct box *box, struct box_node *node,
                    const struct box_op *op)
{
    static const uint8_t none[32];
    const uint8_t *id =
        op->block == BOX_NONE ? none : box->blocks[op->block].id;

    switch (op->type) {
    case VT_EFF_SEND:
        box_transmit(box, node, op->to, op->proto,
                     vt_view_of(op->bytes, op->len), op->block);
        break;
    case VT_EFF_SIGN:
        do_sign(box, node, op);
        break;
    case VT_EFF_HEAD:
        do_head(box, node, op);
        break;
    case VT_EFF_COMMIT:
        if (op->height > node->own_final) {
            node->own_final = op->height;
        }
        box_commit(box, node, op->height, id, vt_view_of(op->bytes, op->len));
        break;
    case VT_EFF_SEALED:
        do_sealed(box, node, op);
        break;
    case VT_EFF_EVIDENCE:
        do_evidence(box, node, op);
        break;
    case VT_EFF_PENALIZE:
        check_penalty(box, node, op);
        break;
    case VT_EFF_REQUEUE:
        box_requeue(box, node, op->block);
        break;
    default:
        break;
    }
}

/* ---- emit --------------------------------------------------------------- */

static void start_timer(struct box *box, struct box_node *node,
                        const struct vt_eff_timer *e)
{
    struct box_event *ev;

    if (e->timer >= BOX_TIMERS_MAX) {
        box_violate(box, "I14 node %u uses timer %" PRIu64, node->index,
                    e->timer);
        return;
    }
    node->timers[e->timer] = ++node->timer_generation;
    if (e->delay_ns == 0) {
        node->timers[e->timer] = 0;
        return;
    }
    ev = box_event_new(box, BOX_EV_TIMER, node->index, 0, 0);
    ev->at_ns = box->now_ns + e->delay_ns;
    ev->arg = e->timer;
    ev->from = (uint32_t)node->timer_generation;
    box_event_put(box, ev);
}

static void verify(struct box *box, struct box_node *node,
                   const struct vt_eff_verify *e)
{
    uint8_t verdicts[512];

    if (e->items.count > sizeof verdicts || e->items.count == 0) {
        box_violate(box, "node %u has %u signatures checked at once",
                    node->index, e->items.count);
        return;
    }
    if (!box->is_calm && box_chance(box, box->opt.silent)) {
        return;
    }
    for (uint32_t i = 0; i < e->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, e->items, i);

        verdicts[i] =
            box_verify(box, item->member, item->role, item->msg, item->sig)
                ? VT_GOOD
                : VT_BAD;
    }
    box_done_event(box, node, VT_EV_VERIFIED, e->h.token, VT_OK,
                   vt_view_of(verdicts, e->items.count));
}

static void catch_up_soon(struct box *box, struct box_node *node)
{
    if (!node->is_catching_up) {
        node->is_catching_up = 1;
        box_event_put(box,
                      box_event_new(box, BOX_EV_CATCHUP, node->index,
                                    4 * (uint64_t)box->opt.delay_max_us, 0));
    }
}

static void ask(struct box *box, struct box_node *node,
                const struct vt_eff *eff)
{
    struct box_pending p = {.token = eff->token, .block = BOX_NONE};

    if (eff->type == VT_EFF_BUILD) {
        const struct vt_eff_build *e = AS(struct vt_eff_build, eff);

        p.is_build = 1;
        p.height = e->height;
        p.allow_empty = e->allow_empty;
        p.max_bytes = e->max_bytes;
        memcpy(p.parent, e->parent, 32);
        if (e->payload.len > sizeof p.payload) {
            box_violate(box, "I14 node %u puts %zu bytes into a header",
                        node->index, e->payload.len);
        } else if (e->payload.len > 0) {
            memcpy(p.payload, e->payload.ptr, e->payload.len);
            p.payload_len = e->payload.len;
        }
    } else {
        p.block = box_find_block(box, AS(struct vt_eff_block, eff)->id);
        if (p.block == BOX_NONE) {
            box_block_event(box, node, VT_EV_VALIDATED, eff->token,
                            VT_E_NOTFOUND, 0, BOX_NONE, 20);
            return;
        }
    }
    box_pending_add(box, node, &p);
}

static void say_text(struct box *box, const struct box_node *node,
                     const struct vt_eff_text *e)
{
    box_say(box, node, "%.*s", (int)e->text.len, (const char *)e->text.ptr);
}

static void do_inner(struct box *box, struct box_node *node,
                     const struct vt_eff *eff)
{
    switch (eff->type) {
    case VT_EFF_TIMER:
        start_timer(box, node, AS(struct vt_eff_timer, eff));
        break;
    case VT_EFF_BUILD:
    case VT_EFF_VALIDATE:
        ask(box, node, eff);
        break;
    case VT_EFF_FETCH:
        box_fetch(box, node, eff->token, AS(struct vt_eff_fetch, eff)->id,
                  AS(struct vt_eff_fetch, eff)->holders);
        break;
    case VT_EFF_VERIFY:
        verify(box, node, AS(struct vt_eff_verify, eff));
        break;
    case VT_EFF_SYNC:
        catch_up_soon(box, node);
        break;
    case VT_EFF_TRACE:
        box_note_label(box, AS(struct vt_eff_text, eff)->text);
        say_text(box, node, AS(struct vt_eff_text, eff));
        break;
    case VT_EFF_HALT:
        node->is_halted = 1;
        say_text(box, node, AS(struct vt_eff_text, eff));
        break;
    default:
        break;
    }
}

static void mix_effect(struct box *box, const struct vt_eff *eff,
                       const struct box_op *op)
{
    box_mix_number(box, (uint64_t)eff->type << 32 | eff->flags);
    box_mix_number(box, eff->token);
    if (op != NULL) {
        box_mix(box, op->bytes, op->len + op->len_b);
        box_mix_number(box, op->height ^ (uint64_t)op->to << 32);
    } else if (eff->type == VT_EFF_TRACE) {
        const struct vt_eff_text *e = AS(struct vt_eff_text, eff);

        box_mix(box, e->text.ptr, e->text.len);
    } else if (eff->type == VT_EFF_TIMER) {
        box_mix_number(box, AS(struct vt_eff_timer, eff)->delay_ns);
    }
}

vt_status box_emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct box *box = out->ctx;
    struct box_node *node = box->stepping;
    struct box_op *op = NULL;

    check_form(box, node, eff);
    if (node->doom > 0 && --node->doom == 0) {
        node->is_dying = 1;
    }
    if (node->is_dying) {
        return VT_OK; /* nobody will see it */
    }
    if (out->room == 0) {
        node->is_full = 1;
        return VT_E_LIMIT;
    }
    out->room--;
    node->effects++;
    if (box_is_write(eff->type) || is_outward(eff->type)) {
        op = copy_op(box, node, eff);
    }
    mix_effect(box, eff, op);
    if (op == NULL) {
        do_inner(box, node, eff);
        return VT_OK;
    }
    if ((eff->flags & VT_EFF_EARLY) != 0) {
        box_op_perform(box, node, op);
        free(op);
        return VT_OK;
    }
    op->mark = node->next_mark++;
    vt_list_append(&node->ops, &op->list);
    if (box_is_write(op->type)) {
        box_sync_start(box, node);
    }
    return VT_OK;
}
