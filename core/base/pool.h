/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.h - worker threads with a bounded queue.
 */
#ifndef VT_BASE_POOL_H
#define VT_BASE_POOL_H

#include <vt/types.h>

struct vt_pool;

/* Workers block all signals. threads 0 = one per core. */
VT_MUST_USE struct vt_pool *vt_pool_new(uint32_t threads, uint32_t jobs_max);
/* Returns VT_OK, VT_E_LIMIT when the queue is full, VT_E_STATE when closing.
 * Thread: any. */
vt_status vt_pool_submit(struct vt_pool *pool, void (*fn)(void *arg),
                         void *arg);
/* Finishes what is queued, joins. NULL is fine. */
void vt_pool_free(struct vt_pool *pool);

#endif
