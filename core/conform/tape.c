/* SPDX-License-Identifier: Apache-2.0
 *
 * tape.c - structs of the contract as flat bytes: the struct with its pointers
 * blanked, then what the pointers pointed to.
 */
#include "conform/tape.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD 16u
#define NONE UINT32_MAX

/* A type: its size, and where its views are. */
struct shape {
    const char *name;
    uint32_t size, view, second;
};

#define PLAIN(name, T, last)                                                   \
    {                                                                          \
        name, VT_UPTO(T, last), NONE, NONE                                     \
    }
#define ONE(name, T, v)                                                        \
    {                                                                          \
        name, VT_UPTO(T, v), (uint32_t)offsetof(T, v), NONE                    \
    }

static const struct shape events[] = {
    {NULL, 0, NONE, NONE},
    PLAIN("START", struct vt_ev, wall_ms),
    PLAIN("TIMER", struct vt_ev_timer, timer),
    ONE("RECV", struct vt_ev_recv, msg),
    ONE("PERSISTED", struct vt_ev_done, data),
    ONE("SIGNED", struct vt_ev_done, data),
    ONE("VERIFIED", struct vt_ev_done, data),
    ONE("BUILT", struct vt_ev_block, payload),
    ONE("VALIDATED", struct vt_ev_block, payload),
    ONE("FETCHED", struct vt_ev_block, payload),
    PLAIN("APPLIED", struct vt_ev_applied, state_root),
    PLAIN("PEER", struct vt_ev_peer, up),
    PLAIN("TXS", struct vt_ev_txs, size_bytes),
    PLAIN("MORE", struct vt_ev, wall_ms),
    PLAIN("SEAL", struct vt_ev_seal, successor),
    ONE("ADMIN", struct vt_ev_bytes, data),
    ONE("WORKED", struct vt_ev_done, data),
    PLAIN("ANCHOR", struct vt_ev_anchor, id),
    ONE("PROVED", struct vt_ev_done, data)};

static const struct shape effects[] = {
    {NULL, 0, NONE, NONE},
    ONE("PERSIST", struct vt_eff_persist, bytes),
    ONE("SEND", struct vt_eff_send, msg),
    PLAIN("TIMER", struct vt_eff_timer, delay_ns),
    ONE("BUILD", struct vt_eff_build, payload),
    PLAIN("VALIDATE", struct vt_eff_block, id),
    ONE("SIGN", struct vt_eff_sign, msg),
    PLAIN("VERIFY", struct vt_eff_verify, items),
    PLAIN("STORE", struct vt_eff_block, id),
    ONE("COMMIT", struct vt_eff_commit, proof),
    ONE("FETCH", struct vt_eff_fetch, holders),
    ONE("PENALIZE", struct vt_eff_accuse, reason),
    {"EVIDENCE", VT_UPTO(struct vt_eff_evidence, b),
     (uint32_t)offsetof(struct vt_eff_evidence, a),
     (uint32_t)offsetof(struct vt_eff_evidence, b)},
    ONE("SEALED", struct vt_eff_commit, proof),
    ONE("HALT", struct vt_eff_text, text),
    PLAIN("HEAD", struct vt_eff_head, id),
    PLAIN("REQUEUE", struct vt_eff_block, id),
    PLAIN("SYNC", struct vt_eff_head, id),
    ONE("WORK", struct vt_eff_work, header),
    PLAIN("METRIC", struct vt_eff_metric, value),
    ONE("TRACE", struct vt_eff_text, text),
    ONE("PROVE", struct vt_eff_prove, msg),
    ONE("BATCH", struct vt_eff_batch, payload),
    {"JOIN", VT_UPTO(struct vt_eff_join, batches),
     (uint32_t)offsetof(struct vt_eff_join, payload),
     (uint32_t)offsetof(struct vt_eff_join, batches)},
    PLAIN("PLACE", struct vt_eff_block, id),
    ONE("STAGE", struct vt_eff_stage, proof)};

static const struct shape *shape_of(const struct shape *list, size_t count,
                                    uint32_t type)
{
    return type == 0 || type >= count ? NULL : &list[type];
}

static const struct shape *event_shape(uint32_t type)
{
    return shape_of(events, sizeof events / sizeof events[0],
                    type & ~VT_EV_CRITICAL);
}

static const struct shape *effect_shape(uint32_t type)
{
    return shape_of(effects, sizeof effects / sizeof effects[0], type);
}

const char *vt_effect_name(uint32_t type)
{
    const struct shape *s = effect_shape(type);

    return s == NULL ? "unknown" : s->name;
}

const char *vt_event_name(uint32_t type)
{
    const struct shape *s = event_shape(type);

    return s == NULL ? "unknown" : s->name;
}

uint32_t vt_effect_size(uint32_t type)
{
    const struct shape *s = effect_shape(type);

    return s == NULL ? 0 : s->size;
}

/* ---- writing ------------------------------------------------------------- */

void vt_tape_init(struct vt_tape *tape, void *memory, size_t size)
{
    memset(tape, 0, sizeof *tape);
    tape->bytes = memory;
    tape->cap = size;
}

static uint8_t *room(struct vt_trial *t, struct vt_tape *tape, size_t len)
{
    uint8_t *at = tape->bytes + tape->len;

    VT_EXPECT(t, len <= tape->cap - tape->len,
              "more effects than a tape of %zu MiB holds", tape->cap >> 20);
    tape->len += len;
    return at;
}

/* Opens a record; its length is set by close_record. */
static size_t open_record(struct vt_trial *t, struct vt_tape *tape,
                          uint32_t kind, uint32_t node, uint32_t type)
{
    size_t start = tape->len;
    uint8_t *head = room(t, tape, HEAD);

    vt_put_u32(head, kind);
    vt_put_u32(head + 4, node);
    vt_put_u32(head + 8, 0);
    vt_put_u32(head + 12, type);
    return start;
}

static void close_record(struct vt_tape *tape, size_t start)
{
    vt_put_u32(tape->bytes + start + 8, (uint32_t)(tape->len - start - HEAD));
}

static void put(struct vt_trial *t, struct vt_tape *tape, const void *bytes,
                size_t len)
{
    if (len > 0) {
        memcpy(room(t, tape, len), bytes, len);
    }
}

static void put_view(struct vt_trial *t, struct vt_tape *tape, size_t at,
                     const void *from, uint32_t offset)
{
    struct vt_view v;

    memcpy(&v, (const uint8_t *)from + offset, sizeof v);
    put(t, tape, v.ptr, v.len);
    memset(tape->bytes + at + offset + offsetof(struct vt_view, ptr), 0,
           sizeof v.ptr);
}

static void put_struct(struct vt_trial *t, struct vt_tape *tape,
                       const struct shape *s, const void *from)
{
    size_t at = tape->len;

    put(t, tape, from, s->size);
    if (s->view != NONE) {
        put_view(t, tape, at, from, s->view);
    }
    if (s->second != NONE) {
        put_view(t, tape, at, from, s->second);
    }
}

void vt_tape_event(struct vt_trial *t, struct vt_tape *tape, uint32_t node,
                   const struct vt_ev *ev)
{
    const struct shape *s = event_shape(ev->type);
    size_t start;

    if (tape == NULL || s == NULL) {
        return;
    }
    start = open_record(t, tape, VT_TAPE_EVENT, node, ev->type);
    put_struct(t, tape, s, ev);
    close_record(tape, start);
    tape->steps++;
}

static void put_items(struct vt_trial *t, struct vt_tape *tape, size_t at,
                      const struct vt_eff_verify *e)
{
    size_t tab = at + offsetof(struct vt_eff_verify, items);

    memset(tape->bytes + tab + offsetof(struct vt_tab, ptr), 0, sizeof(void *));
    for (uint32_t i = 0; i < e->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, e->items, i);
        uint8_t numbers[16];

        vt_put_u32(numbers, item->member);
        vt_put_u32(numbers + 4, item->role);
        vt_put_u32(numbers + 8, (uint32_t)item->msg.len);
        vt_put_u32(numbers + 12, (uint32_t)item->sig.len);
        put(t, tape, numbers, sizeof numbers);
        put(t, tape, item->msg.ptr, item->msg.len);
        put(t, tape, item->sig.ptr, item->sig.len);
    }
}

void vt_tape_effect(struct vt_trial *t, struct vt_tape *tape, uint32_t node,
                    const struct vt_eff *eff)
{
    const struct shape *s = effect_shape(eff->type);
    size_t start;

    if (tape == NULL || s == NULL) {
        return;
    }
    start = open_record(t, tape, VT_TAPE_EFFECT, node, eff->type);
    put_struct(t, tape, s, eff);
    if (eff->type == VT_EFF_VERIFY) {
        put_items(t, tape, start + HEAD,
                  (const struct vt_eff_verify *)(const void *)eff);
    }
    close_record(tape, start);
}

void vt_tape_put(struct vt_trial *t, struct vt_tape *tape, uint32_t kind,
                 uint32_t node, const void *bytes, size_t len)
{
    size_t start;

    if (tape != NULL) {
        start = open_record(t, tape, kind, node, 0);
        put(t, tape, bytes, len);
        close_record(tape, start);
    }
}

/* ---- reading ------------------------------------------------------------- */

int vt_tape_next(const struct vt_tape *tape, size_t *at,
                 struct vt_tape_record *out)
{
    const uint8_t *head = tape->bytes + *at;

    if (tape->len - *at < HEAD) {
        return 0;
    }
    out->kind = vt_get_u32(head);
    out->node = vt_get_u32(head + 4);
    out->len = vt_get_u32(head + 8);
    out->type = vt_get_u32(head + 12);
    out->bytes = head + HEAD;
    *at += HEAD + out->len;
    return 1;
}

struct vt_view *vt_event_view(union vt_any_event *ev)
{
    const struct shape *s = event_shape(ev->h.type);

    return s == NULL || s->view == NONE
               ? NULL
               : (struct vt_view *)(void *)((uint8_t *)ev + s->view);
}

void vt_tape_read(const struct vt_tape_record *record, union vt_any_event *out)
{
    const struct shape *s = event_shape(record->type);
    struct vt_view *view;

    memset(out, 0, sizeof *out);
    memcpy(out, record->bytes, s->size);
    view = vt_event_view(out);
    if (view != NULL) {
        view->ptr = view->len == 0 ? NULL : record->bytes + s->size;
    }
}

/* ---- comparing ----------------------------------------------------------- */

static int next_of(const struct vt_tape *tape, size_t *at, uint32_t node,
                   struct vt_tape_record *out, uint64_t *step)
{
    while (vt_tape_next(tape, at, out)) {
        if (node == UINT32_MAX || out->node == node) {
            *step += out->kind == VT_TAPE_EVENT;
            return 1;
        }
    }
    return 0;
}

static const char *name_of(const struct vt_tape_record *r)
{
    return r->kind == VT_TAPE_EVENT    ? vt_event_name(r->type)
           : r->kind == VT_TAPE_EFFECT ? vt_effect_name(r->type)
           : r->kind == VT_TAPE_STATUS ? "the status"
                                       : "the digest";
}

static uint32_t first_difference(const struct vt_tape_record *a,
                                 const struct vt_tape_record *b)
{
    uint32_t i = 0;

    while (i < a->len && i < b->len && a->bytes[i] == b->bytes[i]) {
        i++;
    }
    return i;
}

int vt_tape_equal(const struct vt_tape *a, const struct vt_tape *b,
                  uint32_t node, char *why, size_t why_size)
{
    struct vt_tape_record ra = {0};
    struct vt_tape_record rb = {0};
    const char *event = "START";
    size_t at_a = 0;
    size_t at_b = 0;
    uint64_t step = 0;
    uint64_t other = 0;

    for (;;) {
        int has_a = next_of(a, &at_a, node, &ra, &step);
        int has_b = next_of(b, &at_b, node, &rb, &other);

        if (!has_a && !has_b) {
            return 1;
        }
        if (has_a && ra.kind == VT_TAPE_EVENT) {
            event = name_of(&ra);
        }
        if (has_a != has_b || ra.kind != rb.kind || ra.type != rb.type ||
            ra.node != rb.node) {
            (void)snprintf(why, why_size,
                           "step %" PRIu64 " (%s): %s here, %s there", step,
                           event, has_a ? name_of(&ra) : "nothing more",
                           has_b ? name_of(&rb) : "nothing more");
            return 0;
        }
        if (ra.len != rb.len || memcmp(ra.bytes, rb.bytes, ra.len) != 0) {
            (void)snprintf(why, why_size,
                           "step %" PRIu64 " (%s): %s differs from byte %u of "
                           "%u on",
                           step, event, name_of(&ra),
                           first_difference(&ra, &rb), ra.len);
            return 0;
        }
    }
}
