/* SPDX-License-Identifier: Apache-2.0
 *
 * runner.c - the chain's thread: rounds of entries, ticks and one flush.
 */
#include "net/runner.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links.h"
#include "net/loop.h"
#include "net/runner_int.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ROUND_MAX 1024u       /* entries between two looks at the clock */
#define UNSENT_MAX_NS 500000u /* a queued vote waits no longer than this */
#define THREAD_NAME_BYTES 16u

static const char *const stage_names[VT_STAGE_COUNT] = {
    "consensus", "verify", "execute", "store", "state", "net"};

static void declare_metrics(struct vt_runner *runner)
{
    char labels[96];

    for (uint32_t i = 0; i < VT_STAGE_COUNT; i++) {
        (void)snprintf(labels, sizeof labels, "chain=\"%s\",stage=\"%s\"",
                       runner->name, stage_names[i]);
        runner->cpu_metric[i] =
            vt_metric_counter("cpu_nanoseconds_total", labels,
                              "Processor time by chain and stage.");
    }
}

vt_status vt_runner_new(const struct vt_runner_args *args,
                        struct vt_runner **out, struct vt_err *err)
{
    struct vt_runner *runner = vt_alloc(sizeof *runner);

    if (runner == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory to run chain %.32s",
                          args->name);
    }
    runner->world.ops = &vt_runner_world_ops;
    (void)snprintf(runner->name, sizeof runner->name, "%s", args->name);
    (void)snprintf(runner->save_dir, sizeof runner->save_dir, "%s",
                   args->save_dir == NULL ? "" : args->save_dir);
    runner->pool = args->pool;
    runner->links = args->links;
    runner->miners = args->miners;
    runner->on_event = args->on_event;
    runner->ctx = args->ctx;
    runner->wake_ns = UINT64_MAX;
    runner->stop_item.kind = VT_ITEM_STOP;
    (void)pthread_mutex_init(&runner->start_lock, NULL);
    (void)pthread_cond_init(&runner->start_cond, NULL);
    if (vt_inbox_init(&runner->inbox, args->inbox_max, runner->name) != VT_OK) {
        vt_runner_free(runner);
        return vt_err_set(err, VT_E_NOMEM, "no memory to run chain %.32s",
                          args->name);
    }
    declare_metrics(runner);
    vt_validate_set_domain("init");
    *out = runner;
    return VT_OK;
}

void vt_runner_free(struct vt_runner *runner)
{
    if (runner == NULL) {
        return;
    }
    while (runner->spare_jobs != NULL) {
        struct vt_item *item = runner->spare_jobs;

        runner->spare_jobs = item->next;
        vt_free(item);
    }
    vt_inbox_fini(&runner->inbox);
    (void)pthread_cond_destroy(&runner->start_cond);
    (void)pthread_mutex_destroy(&runner->start_lock);
    vt_free(runner);
}

struct vt_world *vt_runner_world(struct vt_runner *runner)
{
    return &runner->world;
}

vt_status vt_runner_post(struct vt_runner *runner, void (*fn)(void *arg),
                         void *arg)
{
    return vt_inbox_put_call(&runner->inbox, fn, arg);
}

void vt_runner_frames(struct vt_runner *runner, struct vt_item *list)
{
    vt_inbox_put_frames(&runner->inbox, list);
}

void vt_runner_peer(struct vt_runner *runner, uint32_t peer, int up)
{
    vt_inbox_put_peer(&runner->inbox, peer, up);
}

/* ---- the chain's thread -------------------------------------------------- */

static void book(struct vt_runner *runner, enum vt_stage stage)
{
    uint64_t cpu_ns = vt_clock_cpu_ns();

    vt_metric_add(runner->cpu_metric[stage], cpu_ns - runner->booked_cpu_ns);
    runner->booked_cpu_ns = cpu_ns;
}

void vt_runner_flush(struct vt_runner *runner)
{
    if (runner->unsent_since_ns == 0) {
        return;
    }
    runner->unsent_since_ns = 0;
    book(runner, VT_STAGE_CONSENSUS);
    vt_links_flush(runner->links);
    book(runner, VT_STAGE_NET);
}

static void take_frame(struct vt_runner *runner, struct vt_item_frame *item)
{
    struct vt_frame frame;

    if (!runner->stopping && vt_frame_decode(vt_view_of(item->bytes, item->len),
                                             &frame, NULL) == VT_OK) {
        vt_chain_on_frame(runner->chain, item->peer, &frame);
    }
    vt_free(item);
}

static void take_peer(struct vt_runner *runner, struct vt_item_peer *peer)
{
    int down;
    int up;

    vt_inbox_peer_news(&runner->inbox, peer, &down, &up);
    if (down && !runner->stopping) {
        vt_chain_on_peer(runner->chain, peer->peer, 0);
    }
    if (up && !runner->stopping) {
        vt_chain_on_peer(runner->chain, peer->peer, 1);
    }
}

static void take_call(struct vt_item_call *item)
{
    struct vt_item_call call = *item;

    vt_free(item);
    call.fn(call.arg);
}

static void on_stopped(void *ctx)
{
    struct vt_runner *runner = ctx;

    runner->stopped = 1;
}

static void take(struct vt_runner *runner, struct vt_item *item)
{
    switch (item->kind) {
    case VT_ITEM_FRAME:
        take_frame(runner, (struct vt_item_frame *)(void *)item);
        break;
    case VT_ITEM_PEER:
        take_peer(runner, (struct vt_item_peer *)(void *)item);
        break;
    case VT_ITEM_CALL:
        take_call((struct vt_item_call *)(void *)item);
        break;
    case VT_ITEM_JOB:
        vt_runner_job_done(runner, (struct vt_item_job *)(void *)item);
        break;
    case VT_ITEM_STOP:
        if (!runner->stopping) { /* a chain that did not start has no stop */
            runner->stopping = 1;
            vt_chain_stop(runner->chain, on_stopped, runner);
        }
        break;
    }
}

static void take_all(struct vt_runner *runner, struct vt_item *item)
{
    while (item != NULL) {
        struct vt_item *next = item->next; /* item may be queued again */

        take(runner, item);
        item = next;
        if (runner->unsent_since_ns != 0 &&
            vt_clock_mono_ns() - runner->unsent_since_ns > UNSENT_MAX_NS) {
            vt_runner_flush(runner);
        }
    }
}

/* Waits, takes what is there, ticks when due, sends. */
static void run_round(struct vt_runner *runner)
{
    uint64_t deadline_ns = runner->wake_ns;

    for (uint32_t i = 0; i < ROUND_MAX; i += VT_INBOX_TAKE_MAX) {
        struct vt_item *items = vt_inbox_take(&runner->inbox, deadline_ns);

        if (items == NULL) {
            break;
        }
        take_all(runner, items);
        deadline_ns = 0;
    }
    if (runner->wake_ns != UINT64_MAX && !runner->stopped &&
        vt_clock_mono_ns() >= runner->wake_ns) {
        runner->wake_ns = UINT64_MAX;
        vt_chain_tick(runner->chain);
    }
    vt_runner_flush(runner);
    book(runner, VT_STAGE_CONSENSUS);
}

/* Nothing is taken any more: calls that got in before still run, jobs under way
 * come back. */
static void close_inbox(struct vt_runner *runner)
{
    struct vt_item *items;

    vt_inbox_close(&runner->inbox);
    runner->stopping = 1;
    do {
        items = vt_inbox_take(&runner->inbox,
                              runner->jobs_out > 0 ? UINT64_MAX : 0);
        take_all(runner, items);
    } while (items != NULL);
    vt_runner_flush(runner);
}

static void hand_over_start(struct vt_runner *runner, vt_status status,
                            const struct vt_err *err)
{
    (void)pthread_mutex_lock(&runner->start_lock);
    runner->start_status = status;
    runner->start_err = *err;
    runner->start_done = 1;
    (void)pthread_cond_signal(&runner->start_cond);
    (void)pthread_mutex_unlock(&runner->start_lock);
}

static void *chain_thread(void *arg)
{
    struct vt_runner *runner = arg;
    struct vt_err err = VT_ERR_INIT;
    char name[THREAD_NAME_BYTES];
    vt_status status;

    (void)snprintf(name, sizeof name, "vt-%s", runner->name);
    (void)pthread_setname_np(pthread_self(), name);
    vt_validate_set_domain("chain");
    runner->booked_cpu_ns = vt_clock_cpu_ns();
    status = vt_chain_start(runner->chain, &err);
    hand_over_start(runner, status, &err);
    while (status == VT_OK && !(runner->stopped && runner->jobs_out == 0)) {
        run_round(runner);
    }
    close_inbox(runner);
    book(runner, VT_STAGE_CONSENSUS);
    return NULL;
}

static vt_status start_thread(struct vt_runner *runner)
{
    sigset_t all;
    sigset_t before;
    int failed;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = vt_runner_lane_start(runner) != VT_OK ||
             pthread_create(&runner->thread, NULL, chain_thread, runner) != 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    runner->started = !failed;
    return failed ? VT_E_NOMEM : VT_OK;
}

vt_status vt_runner_start(struct vt_runner *runner, struct vt_chain *chain,
                          struct vt_err *err)
{
    vt_status status;

    runner->chain = chain;
    if (start_thread(runner) != VT_OK) {
        vt_runner_lane_stop(runner);
        return vt_err_set(err, VT_E_NOMEM,
                          "no thread for chain %s: too many processes (ulimit "
                          "-u) or out of memory",
                          runner->name);
    }
    (void)pthread_mutex_lock(&runner->start_lock);
    while (!runner->start_done) {
        (void)pthread_cond_wait(&runner->start_cond, &runner->start_lock);
    }
    status = runner->start_status;
    if (status != VT_OK && err != NULL) {
        *err = runner->start_err;
    }
    (void)pthread_mutex_unlock(&runner->start_lock);
    return status;
}

void vt_runner_stop(struct vt_runner *runner)
{
    if (!runner->started) {
        return;
    }
    /* after a failed start nobody takes it, which is fine */
    vt_inbox_put_item(&runner->inbox, &runner->stop_item);
    (void)pthread_join(runner->thread, NULL);
    runner->started = 0;
    vt_miner_free(runner->miner);
    runner->miner = NULL;
    vt_runner_lane_stop(runner);
    /* a worker whose job came back may not have let go of the inbox yet */
    while (atomic_load(&runner->touching) > 0) {
        (void)sched_yield();
    }
}
