/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.h - bounded queue of pointers between threads.
 */
#ifndef VT_BASE_QUEUE_H
#define VT_BASE_QUEUE_H

#include <vt/types.h>

struct vt_queue;

VT_MUST_USE struct vt_queue *vt_queue_new(size_t max);
/* Items left inside are the caller's. NULL is fine. */
void vt_queue_free(struct vt_queue *queue);
/* Returns VT_OK, VT_E_LIMIT when full, VT_E_STATE when closed. Thread: any. */
vt_status vt_queue_push(struct vt_queue *queue, void *item);
/* Up to max items into out, in order; waits until deadline_ns of the
 * monotonic clock (0: do not wait, UINT64_MAX: for ever) for the first one.
 * Returns how many; 0 = time over or closed and empty. Thread: any. */
size_t vt_queue_pop(struct vt_queue *queue, void **out, size_t max,
                    uint64_t deadline_ns);
/* No more pushes; waiters wake up. Thread: any. */
void vt_queue_close(struct vt_queue *queue);
int vt_queue_closed(struct vt_queue *queue);
size_t vt_queue_count(struct vt_queue *queue);

#endif
