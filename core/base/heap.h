/* SPDX-License-Identifier: Apache-2.0
 *
 * heap.h - intrusive binary heap of deadlines.
 */
#ifndef VT_BASE_HEAP_H
#define VT_BASE_HEAP_H

#include <vt/types.h>

struct vt_heap_item {
    uint64_t at;    /* key: smallest first */
    uint64_t order; /* breaks ties: insertion order */
    size_t index;   /* position + 1, 0 = not in a heap */
};

struct vt_heap {
    struct vt_heap_item **items;
    size_t count, cap, max;
    uint64_t next_order;
};

void vt_heap_init(struct vt_heap *heap, size_t max);
void vt_heap_fini(struct vt_heap *heap);
/* Returns VT_OK, VT_E_LIMIT, VT_E_NOMEM. An item already inside moves. */
vt_status vt_heap_put(struct vt_heap *heap, struct vt_heap_item *item,
                      uint64_t at);
void vt_heap_remove(struct vt_heap *heap, struct vt_heap_item *item);
/* Smallest, or NULL. */
struct vt_heap_item *vt_heap_top(const struct vt_heap *heap);

#endif
