/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.c - ring behind one mutex; consumers take many at a time, so the lock
 * is taken once per batch under load.
 */
#include "base/queue.h"

#include "base/alloc.h"

#include <pthread.h>
#include <time.h>

struct vt_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    void **ring;
    size_t head, count, cap, max;
    int closed;
};

struct vt_queue *vt_queue_new(size_t max)
{
    struct vt_queue *queue = vt_alloc(sizeof *queue);
    pthread_condattr_t attr;

    if (queue == NULL) {
        return NULL;
    }
    queue->max = max;
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&queue->filled, &attr);
    (void)pthread_condattr_destroy(&attr);
    return queue;
}

void vt_queue_free(struct vt_queue *queue)
{
    if (queue != NULL) {
        (void)pthread_cond_destroy(&queue->filled);
        (void)pthread_mutex_destroy(&queue->lock);
        vt_free(queue->ring);
        vt_free(queue);
    }
}

static vt_status grow(struct vt_queue *queue)
{
    size_t cap = queue->cap == 0 ? 64 : queue->cap * 2;
    void **ring = vt_alloc_array(cap, sizeof *ring);

    if (ring == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < queue->count; i++) {
        ring[i] = queue->ring[(queue->head + i) % queue->cap];
    }
    vt_free(queue->ring);
    queue->ring = ring;
    queue->cap = cap;
    queue->head = 0;
    return VT_OK;
}

vt_status vt_queue_push(struct vt_queue *queue, void *item)
{
    vt_status status = VT_OK;

    (void)pthread_mutex_lock(&queue->lock);
    if (queue->closed) {
        status = VT_E_STATE;
    } else if (queue->count >= queue->max) {
        status = VT_E_LIMIT;
    } else if (queue->count == queue->cap) {
        status = grow(queue);
    }
    if (status == VT_OK) {
        queue->ring[(queue->head + queue->count) % queue->cap] = item;
        queue->count++;
        if (queue->count == 1) {
            (void)pthread_cond_signal(&queue->filled);
        }
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return status;
}

/* Returns 0 when the deadline has passed. */
static int wait_filled(struct vt_queue *queue, uint64_t deadline_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(deadline_ns / 1000000000u),
        .tv_nsec = (long)(deadline_ns % 1000000000u),
    };

    if (deadline_ns == 0) {
        return 0;
    }
    if (deadline_ns == UINT64_MAX) {
        return pthread_cond_wait(&queue->filled, &queue->lock) == 0;
    }
    return pthread_cond_timedwait(&queue->filled, &queue->lock, &until) == 0;
}

size_t vt_queue_pop(struct vt_queue *queue, void **out, size_t max,
                    uint64_t deadline_ns)
{
    size_t got = 0;

    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed) {
        if (!wait_filled(queue, deadline_ns)) {
            break;
        }
    }
    while (got < max && queue->count > 0) {
        out[got++] = queue->ring[queue->head];
        queue->head = (queue->head + 1) % queue->cap;
        queue->count--;
    }
    if (queue->count > 0) {
        (void)pthread_cond_signal(&queue->filled); /* for another consumer */
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return got;
}

void vt_queue_close(struct vt_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = 1;
    (void)pthread_cond_broadcast(&queue->filled);
    (void)pthread_mutex_unlock(&queue->lock);
}

int vt_queue_closed(struct vt_queue *queue)
{
    int closed;

    (void)pthread_mutex_lock(&queue->lock);
    closed = queue->closed;
    (void)pthread_mutex_unlock(&queue->lock);
    return closed;
}

size_t vt_queue_count(struct vt_queue *queue)
{
    size_t count;

    (void)pthread_mutex_lock(&queue->lock);
    count = queue->count;
    (void)pthread_mutex_unlock(&queue->lock);
    return count;
}
