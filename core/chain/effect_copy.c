/* SPDX-License-Identifier: Apache-2.0
 *
 * effect_copy.c - an effect is copied whole while the engine emits it: one
 * allocation for the struct and all it points to. Sizes an engine may use are
 * checked here.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define VIEWS_MAX 2u
#define ITEMS_MAX 4096u
#define TEXT_MAX 4096u

/* Bytes of the struct that belongs to a type; 0 for unknown types. */
static uint32_t size_of(uint32_t type)
{
    switch (type) {
    case VT_EFF_PERSIST:
        return VT_UPTO(struct vt_eff_persist, bytes);
    case VT_EFF_SEND:
        return VT_UPTO(struct vt_eff_send, msg);
    case VT_EFF_TIMER:
        return VT_UPTO(struct vt_eff_timer, delay_ns);
    case VT_EFF_BUILD:
        return VT_UPTO(struct vt_eff_build, payload);
    case VT_EFF_VALIDATE:
    case VT_EFF_STORE:
    case VT_EFF_REQUEUE:
    case VT_EFF_PLACE:
        return VT_UPTO(struct vt_eff_block, id);
    case VT_EFF_SIGN:
        return VT_UPTO(struct vt_eff_sign, msg);
    case VT_EFF_VERIFY:
        return VT_UPTO(struct vt_eff_verify, items);
    case VT_EFF_COMMIT:
    case VT_EFF_SEALED:
        return VT_UPTO(struct vt_eff_commit, proof);
    case VT_EFF_FETCH:
        return VT_UPTO(struct vt_eff_fetch, holders);
    case VT_EFF_PENALIZE:
        return VT_UPTO(struct vt_eff_accuse, reason);
    case VT_EFF_EVIDENCE:
        return VT_UPTO(struct vt_eff_evidence, b);
    case VT_EFF_HEAD:
    case VT_EFF_SYNC:
        return VT_UPTO(struct vt_eff_head, id);
    case VT_EFF_WORK:
        return VT_UPTO(struct vt_eff_work, header);
    case VT_EFF_PROVE:
        return VT_UPTO(struct vt_eff_prove, msg);
    case VT_EFF_BATCH:
        return VT_UPTO(struct vt_eff_batch, payload);
    case VT_EFF_JOIN:
        return VT_UPTO(struct vt_eff_join, batches);
    case VT_EFF_STAGE:
        return VT_UPTO(struct vt_eff_stage, proof);
    case VT_EFF_METRIC:
        return VT_UPTO(struct vt_eff_metric, value);
    case VT_EFF_HALT:
    case VT_EFF_TRACE:
        return VT_UPTO(struct vt_eff_text, text);
    default:
        return 0;
    }
}

/* The views of an effect and the most bytes each may have. */
struct part {
    struct vt_view *view;
    size_t max;
};

static size_t parts_of(struct vt_effect *e, struct part out[VIEWS_MAX])
{
    switch (e->u.h.type) {
    case VT_EFF_PERSIST:
        out[0] = (struct part){&e->u.persist.bytes, VT_CS_SLOT_MAX};
        return 1;
    case VT_EFF_SEND:
        out[0] = (struct part){&e->u.send.msg, VT_CS_MSG_MAX};
        return 1;
    case VT_EFF_BUILD:
        out[0] = (struct part){&e->u.build.payload, VT_HEADER_PAYLOAD_MAX};
        return 1;
    case VT_EFF_BATCH:
        out[0] = (struct part){&e->u.batch.payload, VT_HEADER_PAYLOAD_MAX};
        return 1;
    case VT_EFF_JOIN:
        out[0] = (struct part){&e->u.join.payload, VT_HEADER_PAYLOAD_MAX};
        out[1] = (struct part){&e->u.join.batches, 32u * VT_JOINED_MAX};
        return 2;
    case VT_EFF_SIGN:
        out[0] = (struct part){&e->u.sign.msg, VT_CS_MSG_MAX};
        return 1;
    case VT_EFF_COMMIT:
    case VT_EFF_SEALED:
        out[0] = (struct part){&e->u.commit.proof, VT_SEAL_MAX};
        return 1;
    case VT_EFF_FETCH:
        out[0] = (struct part){&e->u.fetch.holders, VT_MEMBERS_MAX / 8u + 1u};
        return 1;
    case VT_EFF_PENALIZE:
        out[0] = (struct part){&e->u.accuse.reason, TEXT_MAX};
        return 1;
    case VT_EFF_EVIDENCE:
        out[0] = (struct part){&e->u.evidence.a, VT_CS_MSG_MAX};
        out[1] = (struct part){&e->u.evidence.b, VT_CS_MSG_MAX};
        return 2;
    case VT_EFF_WORK:
        out[0] = (struct part){&e->u.work.header, VT_CS_MSG_MAX};
        return 1;
    case VT_EFF_PROVE:
        out[0] = (struct part){&e->u.prove.msg, VT_CS_MSG_MAX};
        return 1;
    case VT_EFF_STAGE:
        out[0] = (struct part){&e->u.stage.proof, VT_SEAL_MAX};
        return 1;
    case VT_EFF_HALT:
    case VT_EFF_TRACE:
        out[0] = (struct part){&e->u.text.text, TEXT_MAX};
        return 1;
    default:
        return 0;
    }
}

/* VERIFY points to an array of structs that point further. */
static vt_status items_size(const struct vt_eff_verify *v, size_t *out)
{
    size_t total = 0;

    if (v->items.count > ITEMS_MAX ||
        v->items.stride < VT_UPTO(struct vt_verify_item, sig)) {
        return VT_E_INVALID;
    }
    for (uint32_t i = 0; i < v->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, v->items, i);

        if (item->msg.len > VT_CS_MSG_MAX || item->sig.len > VT_CS_MSG_MAX) {
            return VT_E_LIMIT;
        }
        total += sizeof *item + item->msg.len + item->sig.len;
    }
    *out = total;
    return VT_OK;
}

static uint8_t *take_view(struct vt_view *view, uint8_t *to)
{
    if (view->len > 0) {
        memcpy(to, view->ptr, view->len);
    }
    view->ptr = to;
    return to + view->len;
}

static void take_items(struct vt_effect *e)
{
    struct vt_tab from = e->u.verify.items;
    struct vt_verify_item *items = (struct vt_verify_item *)(void *)e->bytes;
    uint8_t *to = (uint8_t *)(items + from.count);

    for (uint32_t i = 0; i < from.count; i++) {
        items[i] = *VT_AT(struct vt_verify_item, from, i);
        to = take_view(&items[i].msg, to);
        to = take_view(&items[i].sig, to);
    }
    e->u.verify.items.ptr = items;
    e->u.verify.items.stride = (uint32_t)sizeof items[0];
}

vt_status vt_effect_copy(const struct vt_eff *eff, struct vt_effect **out)
{
    struct vt_effect shape;
    struct part parts[VIEWS_MAX];
    uint32_t size = size_of(eff->type);
    size_t total = 0;
    size_t count;
    vt_status status = VT_OK;
    uint8_t *to;

    if (size == 0 || eff->size < size || eff->reserved != 0) {
        return VT_E_INVALID;
    }
    memset(&shape, 0, sizeof shape);
    memcpy(&shape.u, eff, size);
    count = parts_of(&shape, parts);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].view->len > parts[i].max) {
            return VT_E_LIMIT;
        }
        total += parts[i].view->len;
    }
    if (eff->type == VT_EFF_VERIFY) {
        status = items_size(&shape.u.verify, &total);
    }
    if (status != VT_OK) {
        return status;
    }
    *out = vt_alloc(sizeof **out + total);
    if (*out == NULL) {
        return VT_E_NOMEM;
    }
    (*out)->u = shape.u;
    vt_list_init(&(*out)->list);
    to = (*out)->bytes;
    count = parts_of(*out, parts);
    for (size_t i = 0; i < count; i++) {
        to = take_view(parts[i].view, to);
    }
    if (eff->type == VT_EFF_VERIFY) {
        take_items(*out);
    }
    return VT_OK;
}
