/* SPDX-License-Identifier: Apache-2.0
 *
 * heap.c - binary heap whose items know their place, so they can be moved.
 */
#include "base/heap.h"

#include "base/alloc.h"

void vt_heap_init(struct vt_heap *heap, size_t max)
{
    heap->items = NULL;
    heap->count = 0;
    heap->cap = 0;
    heap->max = max;
    heap->next_order = 0;
}

void vt_heap_fini(struct vt_heap *heap)
{
    vt_free(heap->items);
    vt_heap_init(heap, heap->max);
}

static int before(const struct vt_heap_item *a, const struct vt_heap_item *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void place(struct vt_heap *heap, size_t pos, struct vt_heap_item *item)
{
    heap->items[pos] = item;
    item->index = pos + 1;
}

static void sift_up(struct vt_heap *heap, size_t pos, struct vt_heap_item *item)
{
    while (pos > 0 && before(item, heap->items[(pos - 1) / 2])) {
        place(heap, pos, heap->items[(pos - 1) / 2]);
        pos = (pos - 1) / 2;
    }
    place(heap, pos, item);
}

static void sift_down(struct vt_heap *heap, size_t pos,
                      struct vt_heap_item *item)
{
    for (;;) {
        size_t child = 2 * pos + 1;

        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count &&
            before(heap->items[child + 1], heap->items[child])) {
            child++;
        }
        if (!before(heap->items[child], item)) {
            break;
        }
        place(heap, pos, heap->items[child]);
        pos = child;
    }
    place(heap, pos, item);
}

vt_status vt_heap_put(struct vt_heap *heap, struct vt_heap_item *item,
                      uint64_t at)
{
    if (item->index != 0) {
        vt_heap_remove(heap, item);
    }
    if (heap->count >= heap->max) {
        return VT_E_LIMIT;
    }
    if (heap->count == heap->cap) {
        size_t cap = heap->cap == 0 ? 32 : heap->cap * 2;
        struct vt_heap_item **more =
            vt_realloc(heap->items, cap * sizeof *more);

        if (more == NULL) {
            return VT_E_NOMEM;
        }
        heap->items = more;
        heap->cap = cap;
    }
    item->at = at;
    item->order = heap->next_order++;
    heap->count++;
    sift_up(heap, heap->count - 1, item);
    return VT_OK;
}

void vt_heap_remove(struct vt_heap *heap, struct vt_heap_item *item)
{
    size_t pos;
    struct vt_heap_item *last;

    if (item->index == 0) {
        return;
    }
    pos = item->index - 1;
    item->index = 0;
    last = heap->items[--heap->count];
    if (last == item) {
        return;
    }
    if (pos > 0 && before(last, heap->items[(pos - 1) / 2])) {
        sift_up(heap, pos, last);
    } else {
        sift_down(heap, pos, last);
    }
}

struct vt_heap_item *vt_heap_top(const struct vt_heap *heap)
{
    return heap->count == 0 ? NULL : heap->items[0];
}
