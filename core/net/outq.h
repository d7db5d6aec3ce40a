/* SPDX-License-Identifier: Apache-2.0
 *
 * outq.h - frames that wait to be written to one link. Private to core/net.
 *
 * Five classes, the first is served first: the link's own frames, then those
 * of enum vt_send_class. A frame is encoded once and shared by all links it
 * goes to. Not locked: the owner is.
 */
#ifndef VT_NET_OUTQ_H
#define VT_NET_OUTQ_H

#include "wire/frame.h"

#include <stdatomic.h>

#define VT_OUT_LINK 0u                  /* class of link frames */
#define VT_OUT_OF(klass) ((klass) + 1u) /* class of enum vt_send_class */
#define VT_OUT_CLASSES 5u

/* Bytes that may wait per class; an empty class takes any one frame. */
#define VT_OUT_LINK_MAX (4u << 20)
#define VT_OUT_VOTE_MAX (2u << 20)
#define VT_OUT_CERT_MAX (4u << 20)
#define VT_OUT_PROP_MAX (16u << 20)
#define VT_OUT_BULK_MAX (8u << 20)
#define VT_OUT_ENTRY_COST 64u /* counted per frame for its bookkeeping */

struct vt_blob {
    _Atomic uint32_t refs;
    uint32_t len;
    uint8_t bytes[];
};

/* An encoded frame with one reference, NULL when out of memory. The payload
 * must fit its kind. */
struct vt_blob *vt_blob_new(const struct vt_frame *frame);
struct vt_blob *vt_blob_ref(struct vt_blob *blob);
void vt_blob_unref(struct vt_blob *blob); /* NULL is fine */

struct vt_out_ring {
    struct vt_blob **at;
    uint32_t head, count, cap;
    uint64_t bytes;
};

struct vt_outq {
    struct vt_out_ring rings[VT_OUT_CLASSES];
    uint64_t bytes;
};

/* Takes a reference of its own. A full BULK or link class refuses the frame;
 * the others drop their oldest. Returns how many frames were dropped, this one
 * included. */
uint32_t vt_outq_put(struct vt_outq *q, uint32_t klass, struct vt_blob *blob);
/* The next frame with the queue's reference, NULL when empty. */
struct vt_blob *vt_outq_pop(struct vt_outq *q);
/* Drops all; may be used again. */
void vt_outq_fini(struct vt_outq *q);

#endif
