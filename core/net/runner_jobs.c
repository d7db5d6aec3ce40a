/* SPDX-License-Identifier: Apache-2.0
 *
 * runner_jobs.c - work a chain hands to other threads, and its way back.
 */
#include "base/alloc.h"
#include "net/loop.h"
#include "net/runner_int.h"

#include <string.h>

/* On a worker or the store thread. */
static void work(struct vt_item_job *item)
{
    struct vt_runner *runner = item->runner;
    uint64_t from_ns = vt_clock_cpu_ns();

    item->job->fn(item->job);
    vt_metric_add(runner->cpu_metric[item->job->stage],
                  vt_clock_cpu_ns() - from_ns);
    vt_inbox_put_item(&runner->inbox, &item->item);
}

static void work_in_pool(void *arg)
{
    struct vt_item_job *item = arg;
    struct vt_runner *runner = item->runner;

    vt_validate_set_domain("pool");
    atomic_fetch_add(&runner->touching, 1);
    work(item);
    atomic_fetch_sub(&runner->touching, 1);
}

/* ---- the store lane ------------------------------------------------------ */

/* All that waits, in order; NULL when the lane is closed and empty. */
static struct vt_item *store_take(struct vt_store_lane *lane)
{
    struct vt_item *items;

    (void)pthread_mutex_lock(&lane->lock);
    while (lane->head == NULL && !lane->closed) {
        lane->sleeping = 1;
        (void)pthread_cond_wait(&lane->filled, &lane->lock);
        lane->sleeping = 0;
    }
    items = lane->head;
    lane->head = NULL;
    lane->tail = &lane->head;
    lane->count = 0;
    (void)pthread_mutex_unlock(&lane->lock);
    return items;
}

static void *store_thread(void *arg)
{
    struct vt_runner *runner = arg;
    struct vt_item *items;

    (void)pthread_setname_np(pthread_self(), "vt-store");
    vt_validate_set_domain("pool");
    while ((items = store_take(&runner->store)) != NULL) {
        while (items != NULL) {
            struct vt_item_job *job = (struct vt_item_job *)(void *)items;

            items = items->next; /* the entry goes into the inbox */
            work(job);
        }
    }
    return NULL;
}

static vt_status store_put(struct vt_store_lane *lane, struct vt_item *item)
{
    int wake;

    (void)pthread_mutex_lock(&lane->lock);
    if (lane->count == VT_STORE_JOBS_MAX) {
        (void)pthread_mutex_unlock(&lane->lock);
        return VT_E_LIMIT;
    }
    item->next = NULL;
    *lane->tail = item;
    lane->tail = &item->next;
    lane->count++;
    wake = lane->sleeping;
    lane->sleeping = 0; /* one wake-up is enough */
    (void)pthread_mutex_unlock(&lane->lock);
    if (wake) {
        (void)pthread_cond_signal(&lane->filled);
    }
    return VT_OK;
}

vt_status vt_runner_lane_start(struct vt_runner *runner)
{
    struct vt_store_lane *lane = &runner->store;

    lane->tail = &lane->head;
    (void)pthread_mutex_init(&lane->lock, NULL);
    (void)pthread_cond_init(&lane->filled, NULL);
    if (pthread_create(&lane->thread, NULL, store_thread, runner) != 0) {
        (void)pthread_cond_destroy(&lane->filled);
        (void)pthread_mutex_destroy(&lane->lock);
        return VT_E_NOMEM;
    }
    lane->running = 1;
    return VT_OK;
}

void vt_runner_lane_stop(struct vt_runner *runner)
{
    struct vt_store_lane *lane = &runner->store;

    if (!lane->running) {
        return;
    }
    (void)pthread_mutex_lock(&lane->lock);
    lane->closed = 1;
    (void)pthread_cond_signal(&lane->filled);
    (void)pthread_mutex_unlock(&lane->lock);
    (void)pthread_join(lane->thread, NULL);
    (void)pthread_cond_destroy(&lane->filled);
    (void)pthread_mutex_destroy(&lane->lock);
    lane->running = 0;
}

/* ---- there and back ------------------------------------------------------ */

vt_status vt_runner_run_job(struct vt_runner *runner, enum vt_lane lane,
                            struct vt_job *job)
{
    struct vt_item *spare = runner->spare_jobs;
    struct vt_item_job *item = (struct vt_item_job *)(void *)spare;
    vt_status status;

    if (spare != NULL) {
        runner->spare_jobs = spare->next;
    } else if ((item = vt_alloc(sizeof *item)) == NULL) {
        return VT_E_NOMEM;
    }
    item->item.kind = VT_ITEM_JOB;
    item->runner = runner;
    item->job = job;
    status = lane == VT_LANE_STORE
                 ? store_put(&runner->store, &item->item)
                 : vt_pool_submit(runner->pool, work_in_pool, item);
    if (status != VT_OK) {
        item->item.next = runner->spare_jobs;
        runner->spare_jobs = &item->item;
        return status;
    }
    runner->jobs_out++;
    return VT_OK;
}

void vt_runner_job_done(struct vt_runner *runner, struct vt_item_job *item)
{
    struct vt_job *job = item->job;

    item->item.next = runner->spare_jobs;
    runner->spare_jobs = &item->item;
    runner->jobs_out--;
    job->done(job);
}
