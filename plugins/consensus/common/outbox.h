/* SPDX-License-Identifier: Apache-2.0
 *
 * outbox.h - effects leave in the order they were put, none is lost.
 *
 * While the host has room an effect goes straight to emit(). After VT_E_LIMIT
 * the rest is copied and kept; the next step (MORE, or any other event) starts
 * by sending what was kept. Two kinds are not kept: TRACE and METRIC, which
 * nobody waits for.
 *
 * The bound: an engine stops taking RECV while cs_outbox_is_busy(), and what
 * the answers to its own requests can make it emit is bounded by the number of
 * those requests.
 *
 * It also holds what every request needs: the step's time and the next token.
 */
#ifndef VT_CONSENSUS_COMMON_OUTBOX_H
#define VT_CONSENSUS_COMMON_OUTBOX_H

#include <vt/consensus.h>

#include <stdlib.h>
#include <string.h>

#define CS_OUTBOX_BUSY 256u  /* kept effects above which RECV is dropped */
#define CS_OUTBOX_MAX 16384u /* kept effects */

union cs_any_effect {
    struct vt_eff h;
    struct vt_eff_persist persist;
    struct vt_eff_send send;
    struct vt_eff_timer timer;
    struct vt_eff_build build;
    struct vt_eff_batch batch;
    struct vt_eff_join join;
    struct vt_eff_block block;
    struct vt_eff_sign sign;
    struct vt_eff_verify verify;
    struct vt_eff_commit commit;
    struct vt_eff_fetch fetch;
    struct vt_eff_accuse accuse;
    struct vt_eff_evidence evidence;
    struct vt_eff_head head;
    struct vt_eff_work work;
    struct vt_eff_prove prove;
    struct vt_eff_stage stage;
    struct vt_eff_metric metric;
    struct vt_eff_text text;
};

struct cs_kept {
    struct cs_kept *next;
    union cs_any_effect eff;
    uint8_t bytes[]; /* what its views point to */
};

struct cs_outbox {
    struct vt_out *out; /* of the step under way */
    struct cs_kept *head, *tail;
    size_t kept;
    int is_full;         /* this step's room is used up */
    vt_status failed;    /* first hard failure of this step */
    uint64_t now_ns;     /* of the step under way */
    uint64_t next_token; /* starts with 1 */
};

/* The views of an effect, at most three. */
static inline size_t cs_effect_views(union cs_any_effect *e,
                                     struct vt_view *views[3])
{
    switch (e->h.type) {
    case VT_EFF_PERSIST:
        views[0] = &e->persist.bytes;
        return 1;
    case VT_EFF_SEND:
        views[0] = &e->send.msg;
        return 1;
    case VT_EFF_BUILD:
        views[0] = &e->build.payload;
        return 1;
    case VT_EFF_BATCH:
        views[0] = &e->batch.payload;
        return 1;
    case VT_EFF_JOIN:
        views[0] = &e->join.payload;
        views[1] = &e->join.batches;
        return 2;
    case VT_EFF_SIGN:
        views[0] = &e->sign.msg;
        return 1;
    case VT_EFF_COMMIT:
    case VT_EFF_SEALED:
        views[0] = &e->commit.proof;
        return 1;
    case VT_EFF_FETCH:
        views[0] = &e->fetch.holders;
        return 1;
    case VT_EFF_PENALIZE:
        views[0] = &e->accuse.reason;
        return 1;
    case VT_EFF_EVIDENCE:
        views[0] = &e->evidence.a;
        views[1] = &e->evidence.b;
        return 2;
    case VT_EFF_WORK:
        views[0] = &e->work.header;
        return 1;
    case VT_EFF_PROVE:
        views[0] = &e->prove.msg;
        return 1;
    case VT_EFF_HALT:
        views[0] = &e->text.text;
        return 1;
    default:
        return 0;
    }
}

static inline size_t cs_verify_bytes(const struct vt_eff_verify *v)
{
    size_t total = (size_t)v->items.count * sizeof(struct vt_verify_item);

    for (uint32_t i = 0; i < v->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, v->items, i);

        total += item->msg.len + item->sig.len;
    }
    return total;
}

static inline void cs_move_view(struct vt_view *view, uint8_t **at)
{
    if (view->len > 0) {
        memcpy(*at, view->ptr, view->len);
    }
    view->ptr = *at;
    *at += view->len;
}

static inline void cs_move_items(struct vt_eff_verify *v, uint8_t *at)
{
    struct vt_verify_item *items = (struct vt_verify_item *)(void *)at;

    at += (size_t)v->items.count * sizeof *items;
    for (uint32_t i = 0; i < v->items.count; i++) {
        memcpy(&items[i], VT_AT(struct vt_verify_item, v->items, i),
               sizeof items[i]);
        cs_move_view(&items[i].msg, &at);
        cs_move_view(&items[i].sig, &at);
    }
    v->items.ptr = items;
    v->items.stride = (uint32_t)sizeof *items;
}

static inline struct cs_kept *cs_keep(const struct vt_eff *eff)
{
    union cs_any_effect any;
    struct vt_view *views[3];
    size_t total = 0;
    size_t count;
    struct cs_kept *kept;
    uint8_t *at;

    memset(&any, 0, sizeof any);
    memcpy(&any, eff, eff->size < sizeof any ? eff->size : sizeof any);
    count = cs_effect_views(&any, views);
    for (size_t i = 0; i < count; i++) {
        total += views[i]->len;
    }
    if (any.h.type == VT_EFF_VERIFY) {
        total += cs_verify_bytes(&any.verify);
    }
    kept = malloc(sizeof *kept + total);
    if (kept == NULL) {
        return NULL;
    }
    kept->next = NULL;
    kept->eff = any;
    at = kept->bytes;
    count = cs_effect_views(&kept->eff, views);
    for (size_t i = 0; i < count; i++) {
        cs_move_view(views[i], &at);
    }
    if (any.h.type == VT_EFF_VERIFY) {
        cs_move_items(&kept->eff.verify, at);
    }
    return kept;
}

static inline int cs_outbox_is_busy(const struct cs_outbox *box)
{
    return box->kept > CS_OUTBOX_BUSY;
}

/* 1 when the effect is out. */
static inline int cs_try_emit(struct cs_outbox *box, const struct vt_eff *eff)
{
    vt_status status;

    if (box->is_full) {
        return 0;
    }
    status = box->out->emit(box->out, eff);
    if (status == VT_E_LIMIT) {
        box->is_full = 1;
        return 0;
    }
    if (status != VT_OK && box->failed == VT_OK) {
        box->failed = status;
    }
    return 1;
}

static inline void cs_drop_head(struct cs_outbox *box)
{
    struct cs_kept *kept = box->head;

    box->head = kept->next;
    if (box->head == NULL) {
        box->tail = NULL;
    }
    box->kept--;
    free(kept);
}

/* Opens a step: what was kept goes first. */
static inline void cs_outbox_begin(struct cs_outbox *box, struct vt_out *out,
                                   uint64_t now_ns)
{
    box->out = out;
    box->now_ns = now_ns;
    box->is_full = 0;
    box->failed = VT_OK;
    while (box->head != NULL && cs_try_emit(box, &box->head->eff.h)) {
        cs_drop_head(box);
    }
}

static inline void cs_outbox_put(struct cs_outbox *box,
                                 const struct vt_eff *eff)
{
    struct cs_kept *kept;

    if (box->head == NULL && cs_try_emit(box, eff)) {
        return;
    }
    if (eff->type == VT_EFF_TRACE || eff->type == VT_EFF_METRIC) {
        return;
    }
    kept = box->kept >= CS_OUTBOX_MAX ? NULL : cs_keep(eff);
    if (kept == NULL) {
        box->failed = VT_E_NOMEM;
        return;
    }
    if (box->tail == NULL) {
        box->head = kept;
    } else {
        box->tail->next = kept;
    }
    box->tail = kept;
    box->kept++;
}

static inline void cs_outbox_init(struct cs_outbox *box)
{
    memset(box, 0, sizeof *box);
    box->next_token = 1;
}

static inline void cs_outbox_fini(struct cs_outbox *box)
{
    while (box->head != NULL) {
        cs_drop_head(box);
    }
}

#endif
