/* SPDX-License-Identifier: Apache-2.0
 *
 * runner_int.h - the runner's inside, shared by its files. Private to core/net.
 */
#ifndef VT_NET_RUNNER_INT_H
#define VT_NET_RUNNER_INT_H

#include "net/inbox.h"
#include "net/miner.h"
#include "net/runner.h"

#include <stdatomic.h>

#define VT_STORE_JOBS_MAX 1024u

/* A job on its way: from run() to its done(). */
struct vt_item_job {
    struct vt_item item;
    struct vt_runner *runner;
    struct vt_job *job;
};

/* The lane whose jobs run one after the other. */
struct vt_store_lane {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct vt_item *head, **tail; /* of struct vt_item_job */
    uint32_t count;               /* waiting, the one under way not counted */
    int sleeping, closed, running;
};

struct vt_runner {
    struct vt_world world; /* first: a world is a runner */
    char name[33];
    char save_dir[4096]; /* "" = nowhere */
    struct vt_pool *pool;
    struct vt_links *links;
    void (*on_event)(void *ctx, const struct vt_chain_event *event);
    void *ctx;
    struct vt_chain *chain;
    uint32_t miners;        /* threads */
    struct vt_miner *miner; /* made with the first search */
    struct vt_inbox inbox;
    struct vt_store_lane store;
    struct vt_item stop_item;
    pthread_t thread;
    int started;               /* the thread is to be joined */
    _Atomic uint32_t touching; /* workers that still have the inbox in hand */

    /* start hands over its result */
    pthread_mutex_t start_lock;
    pthread_cond_t start_cond;
    int start_done;
    vt_status start_status;
    struct vt_err start_err;

    /* the chain's thread only */
    uint64_t wake_ns;
    uint64_t unsent_since_ns; /* 0 = nothing queued since the last flush */
    uint64_t booked_cpu_ns;
    uint32_t jobs_out;
    struct vt_item *spare_jobs; /* of struct vt_item_job, to use again */
    int stopping, stopped;

    uint32_t cpu_metric[VT_STAGE_COUNT];
};

extern const struct vt_world_ops vt_runner_world_ops;

/* runner_jobs.c */
vt_status vt_runner_lane_start(struct vt_runner *runner);
void vt_runner_lane_stop(struct vt_runner *runner);
vt_status vt_runner_run_job(struct vt_runner *runner, enum vt_lane lane,
                            struct vt_job *job);
/* On the chain's thread: a job came back. */
void vt_runner_job_done(struct vt_runner *runner, struct vt_item_job *item);

/* runner_save.c */
void vt_runner_save(const struct vt_runner *runner, const char *name,
                    struct vt_view bytes, char where[256]);

/* Send what the chain queued, on the chain's thread. */
void vt_runner_flush(struct vt_runner *runner);

/* For links: frames of the runner's chain, as for vt_inbox_put_frames, and
 * peers that came or went. Thread: any. */
void vt_runner_frames(struct vt_runner *runner, struct vt_item *list);
void vt_runner_peer(struct vt_runner *runner, uint32_t peer, int up);

#endif
