/* SPDX-License-Identifier: Apache-2.0
 *
 * rig_effects.c - what an engine emits: its form is checked, outward effects
 * wait until what was written before is durable.
 */
#include "conform/rig.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cheap_sig.h"

#include <inttypes.h>
#include <string.h>

#define AS(T, eff) ((const T *)(const void *)(eff))
#define NOTHING ((struct vt_view){NULL, 0})

/* ---- form ---------------------------------------------------------------- */

static const char *need_id(uint32_t type)
{
    static const char *const ids[] = {[VT_EFF_PERSIST] = VT_NEED_PERSIST,
                                      [VT_EFF_SEND] = VT_NEED_SEND,
                                      [VT_EFF_TIMER] = VT_NEED_TIMER,
                                      [VT_EFF_BUILD] = VT_NEED_BUILD,
                                      [VT_EFF_VALIDATE] = VT_NEED_VALIDATE,
                                      [VT_EFF_SIGN] = VT_NEED_SIGN,
                                      [VT_EFF_VERIFY] = VT_NEED_VERIFY,
                                      [VT_EFF_STORE] = VT_NEED_STORE,
                                      [VT_EFF_COMMIT] = VT_NEED_COMMIT,
                                      [VT_EFF_FETCH] = VT_NEED_FETCH,
                                      [VT_EFF_PENALIZE] = VT_NEED_PENALIZE,
                                      [VT_EFF_EVIDENCE] = VT_NEED_EVIDENCE,
                                      [VT_EFF_SEALED] = VT_NEED_SEALED,
                                      [VT_EFF_HALT] = VT_NEED_HALT,
                                      [VT_EFF_HEAD] = VT_NEED_HEAD,
                                      [VT_EFF_REQUEUE] = VT_NEED_REQUEUE,
                                      [VT_EFF_SYNC] = VT_NEED_SYNC,
                                      [VT_EFF_WORK] = VT_NEED_WORK,
                                      [VT_EFF_METRIC] = VT_NEED_METRIC,
                                      [VT_EFF_TRACE] = VT_NEED_TRACE,
                                      [VT_EFF_PROVE] = VT_NEED_PROVE,
                                      [VT_EFF_BATCH] = VT_NEED_BATCH,
                                      [VT_EFF_JOIN] = VT_NEED_JOIN,
                                      [VT_EFF_PLACE] = VT_NEED_PLACE,
                                      [VT_EFF_STAGE] = VT_NEED_STAGE};

    return type < sizeof ids / sizeof ids[0] ? ids[type] : NULL;
}

static int is_listed(const struct vt_rig *rig, const char *id)
{
    const struct vt_tab *needs = &rig->args.trial->module->desc.needs;

    for (uint32_t i = 0; i < needs->count; i++) {
        if (strcmp(VT_AT(struct vt_need, *needs, i)->id, id) == 0) {
            return 1;
        }
    }
    return 0;
}

static void check_sizes(struct vt_rig_node *node, const struct vt_eff *eff)
{
    if (eff->type == VT_EFF_SEND &&
        AS(struct vt_eff_send, eff)->msg.len > VT_CS_MSG_MAX) {
        vt_rig_fail(node, "sends %zu bytes, at most %u",
                    AS(struct vt_eff_send, eff)->msg.len, VT_CS_MSG_MAX);
    }
    if (eff->type == VT_EFF_PERSIST &&
        AS(struct vt_eff_persist, eff)->bytes.len > VT_CS_SLOT_MAX) {
        vt_rig_fail(node, "a slot of %zu bytes, at most %u",
                    AS(struct vt_eff_persist, eff)->bytes.len, VT_CS_SLOT_MAX);
    }
    if (eff->type == VT_EFF_SEND &&
        AS(struct vt_eff_send, eff)->to != VT_PEER_ALL &&
        AS(struct vt_eff_send, eff)->to >= node->rig->args.members) {
        vt_rig_fail(node, "sends to member %u, there is none",
                    AS(struct vt_eff_send, eff)->to);
    }
}

static void check_form(struct vt_rig_node *node, const struct vt_eff *eff)
{
    const char *id = need_id(eff->type);

    if (id == NULL) {
        vt_rig_fail(node, "emits an effect of type %u, there is none",
                    eff->type);
    }
    if (eff->size < vt_effect_size(eff->type) || eff->size > 4096) {
        vt_rig_fail(node, "%s: size %u, at least %u", vt_effect_name(eff->type),
                    eff->size, vt_effect_size(eff->type));
    }
    if (eff->reserved != 0 || (eff->flags & ~VT_EFF_EARLY) != 0) {
        vt_rig_fail(node, "%s: unknown flags or a reserved member set",
                    vt_effect_name(eff->type));
    }
    if (!is_listed(node->rig, id)) {
        vt_rig_fail(node, "%s: %s is not in its needs",
                    vt_effect_name(eff->type), id);
    }
    check_sizes(node, eff);
}

/* ---- ops ----------------------------------------------------------------- */

static int is_write(uint32_t type)
{
    return type == VT_EFF_PERSIST || type == VT_EFF_STORE;
}

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

static void keep(struct vt_rig_node *node, struct vt_rig_op *op,
                 struct vt_view bytes)
{
    op->len = bytes.len;
    if (bytes.len > 0) {
        op->bytes = vt_memdup(bytes.ptr, bytes.len);
        VT_EXPECT(node->rig->args.trial, op->bytes != NULL,
                  "no memory for the test");
    }
}

static void op_of(struct vt_rig_node *node, const struct vt_eff *eff,
                  struct vt_rig_op *op)
{
    memset(op, 0, sizeof *op);
    op->type = eff->type;
    op->token = eff->token;
    op->block = VT_RIG_NOBODY;
    op->known = node->known;
    switch (eff->type) {
    case VT_EFF_PERSIST:
        op->slot = AS(struct vt_eff_persist, eff)->slot;
        keep(node, op, AS(struct vt_eff_persist, eff)->bytes);
        break;
    case VT_EFF_STORE:
    case VT_EFF_REQUEUE:
        memcpy(op->id, AS(struct vt_eff_block, eff)->id, 32);
        op->block = vt_rig_find(node->rig, op->id);
        break;
    case VT_EFF_SEND:
        op->to = AS(struct vt_eff_send, eff)->to;
        op->proto = AS(struct vt_eff_send, eff)->proto;
        op->has_attach = AS(struct vt_eff_send, eff)->has_attach;
        memcpy(op->id, AS(struct vt_eff_send, eff)->attach, 32);
        keep(node, op, AS(struct vt_eff_send, eff)->msg);
        break;
    case VT_EFF_SIGN:
        op->role = AS(struct vt_eff_sign, eff)->role;
        op->major = AS(struct vt_eff_sign, eff)->major;
        op->minor = AS(struct vt_eff_sign, eff)->minor;
        keep(node, op, AS(struct vt_eff_sign, eff)->msg);
        break;
    case VT_EFF_HEAD:
        op->height = AS(struct vt_eff_head, eff)->height;
        memcpy(op->id, AS(struct vt_eff_head, eff)->id, 32);
        op->block = vt_rig_find(node->rig, op->id);
        break;
    case VT_EFF_COMMIT:
    case VT_EFF_SEALED:
        op->height = AS(struct vt_eff_commit, eff)->height;
        memcpy(op->id, AS(struct vt_eff_commit, eff)->id, 32);
        op->block = vt_rig_find(node->rig, op->id);
        keep(node, op, AS(struct vt_eff_commit, eff)->proof);
        break;
    default:
        break;
    }
}

/* ---- doing them ---------------------------------------------------------- */

static void write_slot(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    struct vt_rig_slot *s = NULL;

    for (uint32_t i = 0; i < node->slot_count; i++) {
        if (node->slots[i].slot == op->slot) {
            s = &node->slots[i];
        }
    }
    if (s == NULL && op->len > 0) {
        if (node->slot_count == VT_RIG_SLOTS_MAX) {
            vt_rig_fail(node, "more than %u slots", VT_RIG_SLOTS_MAX);
        }
        s = &node->slots[node->slot_count++];
        memset(s, 0, sizeof *s);
        s->slot = op->slot;
    }
    if (s == NULL) {
        return;
    }
    vt_free(s->bytes);
    s->bytes = op->len == 0 ? NULL : vt_memdup(op->bytes, op->len);
    s->len = op->len;
    if (op->len == 0) {
        *s = node->slots[--node->slot_count];
    }
}

static void do_write(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    if (op->type == VT_EFF_PERSIST) {
        write_slot(node, op);
    } else if (op->block != VT_RIG_NOBODY) {
        vt_rig_put(&node->stored, op->block, 1);
    }
    vt_rig_answer(node, VT_EV_PERSISTED, op->token, VT_OK, NOTHING);
}

static void bend(struct vt_rig *rig, uint32_t from, uint8_t *bytes, size_t len)
{
    if (len > 0 && rig->now_ns < rig->calm_ns &&
        (rig->args.liar == VT_RIG_NOBODY || rig->args.liar == from) &&
        vt_rng_chance(&rig->rng, rig->args.mutate, 1000)) {
        uint64_t at = vt_rng_below(&rig->rng, len);

        bytes[at] ^= (uint8_t)(1u << vt_rng_below(&rig->rng, 8));
    }
}

static void send_one(struct vt_rig_node *from, struct vt_rig_node *to,
                     const struct vt_rig_op *op)
{
    struct vt_rig *rig = from->rig;
    union vt_any_event ev = {
        .recv = {
            .h = {.size = VT_UPTO(struct vt_ev_recv, msg), .type = VT_EV_RECV},
            .from = from->index,
            .proto = op->proto,
            .has_attach = op->has_attach != 0}};
    int is_rough = rig->now_ns < rig->calm_ns;
    uint32_t copies =
        is_rough && vt_rng_chance(&rig->rng, rig->args.duplicate, 1000) ? 2 : 1;

    if (is_rough && vt_rng_chance(&rig->rng, rig->args.loss, 1000)) {
        return;
    }
    if (op->has_attach) {
        memcpy(ev.recv.attach, op->id, 32);
    }
    for (uint32_t i = 0; i < copies; i++) {
        vt_rig_later(to, VT_RIG_EVENT, vt_rig_between(rig, 100000, 900000), &ev,
                     vt_view_of(op->bytes, op->len), 0);
    }
}

static void do_send(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    struct vt_rig *rig = node->rig;

    if (op->has_attach) {
        uint32_t block = vt_rig_find(rig, op->id);

        if (block == VT_RIG_NOBODY || (!vt_rig_in(&node->held, block) &&
                                       !vt_rig_in(&node->stored, block))) {
            vt_rig_fail(node, "SEND attaches a block the host does not hold");
        }
    }
    for (uint32_t i = 0; i < rig->args.members; i++) {
        if (i != node->index && (op->to == VT_PEER_ALL || op->to == i) &&
            rig->nodes[i].is_up) {
            bend(rig, node->index, op->bytes, op->len);
            send_one(node, &rig->nodes[i], op);
        }
    }
}

/* Returns 0 where a host refuses to sign: another message had this position.
 * The engine may come to that when it had nothing to write down; but not when
 * it had, and asked for the signature before that was durable. */
static int note_word(struct vt_rig_node *node, const struct vt_rig_op *op,
                     const uint8_t hash[32])
{
    struct vt_rig *rig = node->rig;
    struct vt_rig_word *w;

    for (uint32_t i = 0; i < rig->word_count; i++) {
        w = &rig->words[i];
        if (w->member != node->index || w->role != op->role ||
            w->major != op->major || w->minor != op->minor) {
            continue;
        }
        if (memcmp(w->hash, hash, 32) == 0) {
            return 1;
        }
        if (w->was_early) {
            vt_rig_fail(node,
                        "signs a second, other message of role %u at "
                        "(%" PRIu64 ", %" PRIu64 "): the first one was "
                        "out before it was durable",
                        op->role, op->major, op->minor);
        }
        return 0;
    }
    if (rig->word_count == VT_RIG_WORDS_MAX) {
        vt_rig_fail(node, "more than %u signatures", VT_RIG_WORDS_MAX);
    }
    w = &rig->words[rig->word_count++];
    *w = (struct vt_rig_word){.member = node->index,
                              .role = op->role,
                              .major = op->major,
                              .minor = op->minor,
                              .was_early = op->is_early};
    memcpy(w->hash, hash, 32);
    return 1;
}

static void do_sign(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    uint8_t hash[32];
    uint8_t sig[16];
    uint32_t len = 0;

    vt_rig_vote_hash(node->rig, op->role, vt_view_of(op->bytes, op->len), hash);
    if (!note_word(node, op, hash)) {
        vt_rig_answer(node, VT_EV_SIGNED, op->token, VT_E_DENIED, NOTHING);
        return;
    }
    (void)vt_sim_cheap_sig.sign(node->rig->sk[node->index], hash, sig, &len);
    vt_rig_answer(node, VT_EV_SIGNED, op->token, VT_OK, vt_view_of(sig, len));
}

static void perform(struct vt_rig_node *node, const struct vt_rig_op *op)
{
    switch (op->type) {
    case VT_EFF_SEND:
        do_send(node, op);
        break;
    case VT_EFF_SIGN:
        do_sign(node, op);
        break;
    case VT_EFF_COMMIT:
        vt_rig_commit(node, op);
        break;
    case VT_EFF_HEAD:
        vt_rig_move_head(node, op);
        break;
    case VT_EFF_REQUEUE:
        vt_rig_requeue(node, op->block);
        break;
    default:
        break;
    }
}

void vt_rig_disk(struct vt_rig_node *node)
{
    while (node->op_count > 0) {
        struct vt_rig_op *op = &node->ops[node->op_first];
        struct vt_rig_op now = *op;

        if (is_write(op->type) && op->ready_ns > node->rig->now_ns) {
            return;
        }
        node->op_first = (node->op_first + 1) % VT_RIG_OPS_MAX;
        node->op_count--;
        if (is_write(now.type)) {
            do_write(node, &now);
        } else {
            perform(node, &now);
        }
        vt_free(now.bytes);
    }
}

void vt_rig_forget_ops(struct vt_rig_node *node)
{
    while (node->op_count > 0) {
        vt_free(node->ops[node->op_first].bytes);
        node->op_first = (node->op_first + 1) % VT_RIG_OPS_MAX;
        node->op_count--;
    }
}

static void wait_in_line(struct vt_rig_node *node, struct vt_rig_op *op)
{
    struct vt_rig *rig = node->rig;
    uint64_t delay = vt_rig_between(rig, 200000, 2000000);

    if (node->op_count == VT_RIG_OPS_MAX) {
        vt_rig_fail(node, "more than %u effects wait for its disk",
                    VT_RIG_OPS_MAX);
    }
    if (is_write(op->type)) {
        op->ready_ns = rig->now_ns + delay;
        vt_rig_later(node, VT_RIG_DISK, delay, NULL, NOTHING, 0);
    }
    node->ops[(node->op_first + node->op_count++) % VT_RIG_OPS_MAX] = *op;
}

vt_status vt_rig_emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct vt_rig *rig = out->ctx;
    struct vt_rig_node *node = rig->stepping;
    struct vt_rig_op op;

    check_form(node, eff);
    if (node->is_dying) {
        return VT_OK; /* nobody will see it */
    }
    if (out->room == 0) {
        node->is_full = 1;
        return VT_E_LIMIT;
    }
    out->room--;
    node->effects++;
    vt_tape_effect(rig->args.trial, rig->args.tape, node->index, eff);
    if (!is_write(eff->type) && !is_outward(eff->type)) {
        vt_rig_request(node, eff);
    } else {
        op_of(node, eff, &op);
        if (is_outward(eff->type) && (eff->flags & VT_EFF_EARLY) != 0) {
            op.is_early = node->op_count > 0;
            perform(node, &op);
            vt_free(op.bytes);
        } else {
            wait_in_line(node, &op);
        }
    }
    if (node->index == rig->args.doomed && node->effects == rig->args.doom) {
        node->is_dying = 1;
    }
    return VT_OK;
}
