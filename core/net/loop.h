/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.h - the node's one event loop thread (libevent).
 */
#ifndef VT_NET_LOOP_H
#define VT_NET_LOOP_H

#include <vt/types.h>

struct vt_loop;
struct event_base;

#define VT_LOOP_POSTS_MAX 4096u
#define VT_LOOP_SIGNALS_MAX 8u

/* Also makes the process ignore SIGPIPE: a peer that went away must be an
 * error code. */
vt_status vt_loop_new(struct vt_loop **out, struct vt_err *err);
/* For rooms that also hold an event2 door. */
struct event_base *vt_loop_base(struct vt_loop *loop);
/* Runs fn(arg) on the loop thread, bounded queue: VT_E_LIMIT when full,
 * VT_E_STATE once vt_loop_run has returned; fn is not called then. Thread: any.
 */
vt_status vt_loop_post(struct vt_loop *loop, void (*fn)(void *arg), void *arg);
/* Runs until vt_loop_stop, then what is still posted. Call from the thread that
 * is to be the loop, once. Its processor time is booked in the metric
 * vtchain_cpu_seconds_total{chain="",stage="net"}. */
void vt_loop_run(struct vt_loop *loop);
void vt_loop_stop(struct vt_loop *loop); /* thread: any */
/* fn runs on the loop thread when the process gets the signal. Returns
 * VT_E_LIMIT above VT_LOOP_SIGNALS_MAX. Before vt_loop_run. */
vt_status vt_loop_on_signal(struct vt_loop *loop, int signum,
                            void (*fn)(void *arg), void *arg);
/* Not while it runs. NULL is fine. */
void vt_loop_free(struct vt_loop *loop);
/* Real clocks, for the world and logs. Thread: any. */
uint64_t vt_clock_mono_ns(void);
int64_t vt_clock_wall_ms(void);
/* Processor time of the calling thread. Thread: any. */
uint64_t vt_clock_cpu_ns(void);

#endif
