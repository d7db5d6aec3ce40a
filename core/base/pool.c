/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c - workers that take one job at a time from a shared queue.
 */
#include "base/pool.h"

#include "base/alloc.h"
#include "base/queue.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define THREADS_MAX 64u

struct job {
    void (*fn)(void *arg);
    void *arg;
};

struct vt_pool {
    struct vt_queue *queue;
    pthread_t threads[THREADS_MAX];
    uint32_t count;
};

static void *work(void *arg)
{
    struct vt_pool *pool = arg;
    void *item;

    (void)pthread_setname_np(pthread_self(), "vt-pool");
    while (vt_queue_pop(pool->queue, &item, 1, UINT64_MAX) == 1) {
        struct job job = *(struct job *)item;

        vt_free(item);
        job.fn(job.arg);
    }
    return NULL;
}

struct vt_pool *vt_pool_new(uint32_t threads, uint32_t jobs_max)
{
    struct vt_pool *pool = vt_alloc(sizeof *pool);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    sigset_t all;
    sigset_t before;

    if (pool == NULL) {
        return NULL;
    }
    if (threads == 0) {
        threads = cores < 1 ? 1 : (uint32_t)cores;
    }
    if (threads > THREADS_MAX) {
        threads = THREADS_MAX;
    }
    pool->queue = vt_queue_new(jobs_max);
    if (pool->queue == NULL) {
        vt_free(pool);
        return NULL;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->count < threads &&
           pthread_create(&pool->threads[pool->count], NULL, work, pool) == 0) {
        pool->count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->count == 0) {
        vt_pool_free(pool);
        return NULL;
    }
    return pool;
}

vt_status vt_pool_submit(struct vt_pool *pool, void (*fn)(void *arg), void *arg)
{
    struct job *job = vt_alloc(sizeof *job);
    vt_status status;

    if (job == NULL) {
        return VT_E_NOMEM;
    }
    job->fn = fn;
    job->arg = arg;
    status = vt_queue_push(pool->queue, job);
    if (status != VT_OK) {
        vt_free(job);
    }
    return status;
}

void vt_pool_free(struct vt_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    vt_queue_close(pool->queue);
    for (uint32_t i = 0; i < pool->count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    vt_queue_free(pool->queue);
    vt_free(pool);
}
