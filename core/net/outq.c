/* SPDX-License-Identifier: Apache-2.0
 *
 * outq.c - rings of shared frames with a cap in bytes each.
 */
#include "net/outq.h"

#include "base/alloc.h"

#include <string.h>

#define RING_FIRST 16u

static const uint64_t class_max[VT_OUT_CLASSES] = {
    VT_OUT_LINK_MAX, VT_OUT_VOTE_MAX, VT_OUT_CERT_MAX, VT_OUT_PROP_MAX,
    VT_OUT_BULK_MAX};

struct vt_blob *vt_blob_new(const struct vt_frame *frame)
{
    size_t len = VT_FRAME_HEAD + frame->payload.len;
    /* not zeroed: every byte is written below */
    struct vt_blob *blob = vt_realloc(NULL, sizeof *blob + len);

    if (blob == NULL) {
        return NULL;
    }
    atomic_init(&blob->refs, 1);
    blob->len = (uint32_t)len;
    vt_frame_head(frame, blob->bytes);
    if (frame->payload.len > 0) {
        memcpy(blob->bytes + VT_FRAME_HEAD, frame->payload.ptr,
               frame->payload.len);
    }
    return blob;
}

struct vt_blob *vt_blob_ref(struct vt_blob *blob)
{
    atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void vt_blob_unref(struct vt_blob *blob)
{
    if (blob != NULL &&
        atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1) {
        vt_free(blob);
    }
}

static uint64_t cost(const struct vt_blob *blob)
{
    return (uint64_t)blob->len + VT_OUT_ENTRY_COST;
}

static struct vt_blob *take(struct vt_outq *q, struct vt_out_ring *ring)
{
    struct vt_blob *blob = ring->at[ring->head];

    ring->head = (ring->head + 1) & (ring->cap - 1);
    ring->count--;
    ring->bytes -= cost(blob);
    q->bytes -= cost(blob);
    return blob;
}

static int grow(struct vt_out_ring *ring)
{
    uint32_t cap = ring->cap == 0 ? RING_FIRST : ring->cap * 2;
    struct vt_blob **at = vt_alloc_array(cap, sizeof(struct vt_blob *));

    if (at == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < ring->count; i++) {
        at[i] = ring->at[(ring->head + i) & (ring->cap - 1)];
    }
    vt_free(ring->at);
    ring->at = at;
    ring->cap = cap;
    ring->head = 0;
    return 1;
}

uint32_t vt_outq_put(struct vt_outq *q, uint32_t klass, struct vt_blob *blob)
{
    struct vt_out_ring *ring = &q->rings[klass];
    const int keep_old =
        klass == VT_OUT_OF(VT_SEND_BULK) || klass == VT_OUT_LINK;
    uint32_t dropped = 0;

    while (ring->count > 0 && ring->bytes + cost(blob) > class_max[klass]) {
        if (keep_old) {
            return 1;
        }
        vt_blob_unref(take(q, ring));
        dropped++;
    }
    if (ring->count == ring->cap && !grow(ring)) {
        return dropped + 1;
    }
    ring->at[(ring->head + ring->count) & (ring->cap - 1)] = vt_blob_ref(blob);
    ring->count++;
    ring->bytes += cost(blob);
    q->bytes += cost(blob);
    return dropped;
}

struct vt_blob *vt_outq_pop(struct vt_outq *q)
{
    for (uint32_t i = 0; i < VT_OUT_CLASSES; i++) {
        if (q->rings[i].count > 0) {
            return take(q, &q->rings[i]);
        }
    }
    return NULL;
}

void vt_outq_fini(struct vt_outq *q)
{
    struct vt_blob *blob;

    while ((blob = vt_outq_pop(q)) != NULL) {
        vt_blob_unref(blob);
    }
    for (uint32_t i = 0; i < VT_OUT_CLASSES; i++) {
        vt_free(q->rings[i].at);
    }
    memset(q, 0, sizeof *q);
}
