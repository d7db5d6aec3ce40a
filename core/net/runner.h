/* SPDX-License-Identifier: Apache-2.0
 *
 * runner.h - gives a chain its own thread: the real world behind
 * chain/world.h.
 *
 * One chain thread with a bounded inbox, one store thread for its STORE lane,
 * the node's shared worker pool for POOL jobs. The chain's thread takes all
 * that is in the inbox (at most 1024 entries, so that a flood cannot keep time
 * from passing), then ticks if a tick is due: a wake-up wish for "now" runs
 * after what has already arrived, which is how a chain coalesces. What the
 * chain sends leaves when the burst is over, written by the chain's thread
 * itself. The processor time of each job and of the chain's thread is booked
 * under its stage in the metric
 * vtchain_cpu_seconds_total{chain,stage}.
 */
#ifndef VT_NET_RUNNER_H
#define VT_NET_RUNNER_H

#include "base/pool.h"
#include "chain/chain.h"

struct vt_runner;
struct vt_links;

struct vt_runner_args {
    const char *name; /* the chain's: thread name, log, metrics; copied */
    struct vt_pool *pool;
    struct vt_links *links; /* may be NULL: no network */
    uint32_t inbox_max;     /* entries, 0 = 65536 */
    uint32_t miners;        /* threads for proof of work, 0 = none */
    const char *save_dir;   /* where world.save puts files; NULL: nowhere */
    /* subscriber hook, on the chain's thread */
    void (*on_event)(void *ctx, const struct vt_chain_event *event);
    void *ctx;
};

/* The calling thread becomes the init domain of the validating host: the
 * chain is opened on it. Returns VT_OK, VT_E_NOMEM. */
vt_status vt_runner_new(const struct vt_runner_args *args,
                        struct vt_runner **out, struct vt_err *err);
/* The world to put into vt_chain_args. */
struct vt_world *vt_runner_world(struct vt_runner *runner);
/* Chain is open; start its threads and, on its own thread, the chain. Returns
 * when vt_chain_start has, with its status; after a failure the runner can
 * only be stopped and freed. */
vt_status vt_runner_start(struct vt_runner *runner, struct vt_chain *chain,
                          struct vt_err *err);
/* Run fn(arg) on the chain's thread. VT_E_LIMIT when the inbox is nearly full,
 * VT_E_STATE when the runner is stopping (fn is not called in both cases).
 * Thread: any. */
vt_status vt_runner_post(struct vt_runner *runner, void (*fn)(void *arg),
                         void *arg);
/* Stops the chain, runs what was posted, waits for its jobs, joins the
 * threads. Take the chain out of the links first. Once; not on the chain's
 * thread. */
void vt_runner_stop(struct vt_runner *runner);
/* Stopped or never started. NULL is fine. */
void vt_runner_free(struct vt_runner *runner);

#endif
