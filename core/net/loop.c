/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.c - libevent's loop with a bounded queue of posted calls; one wake-up
 * serves all that is posted until the loop gets to it.
 */
#include "net/loop.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "plugin/host.h"

#include <event2/event.h>
#include <event2/thread.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BOOK_EVERY_NS 100000000u

struct post {
    void (*fn)(void *arg);
    void *arg;
};

struct signal_hook {
    struct event *event;
    void (*fn)(void *arg);
    void *arg;
};

struct vt_loop {
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    _Atomic int stopping;
    pthread_mutex_t lock; /* of the four below */
    struct post *posts;   /* ring of VT_LOOP_POSTS_MAX */
    uint32_t head, count;
    int ended;
    struct signal_hook signals[VT_LOOP_SIGNALS_MAX];
    uint32_t signal_count;
    uint32_t cpu_metric;
    uint64_t booked_cpu_ns, booked_at_ns;
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t vt_clock_mono_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t vt_clock_wall_ms(void)
{
    return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000u);
}

uint64_t vt_clock_cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int take_post(struct vt_loop *loop, struct post *out)
{
    int found;

    (void)pthread_mutex_lock(&loop->lock);
    found = loop->count > 0;
    if (found) {
        *out = loop->posts[loop->head];
        loop->head = (loop->head + 1) % VT_LOOP_POSTS_MAX;
        loop->count--;
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return found;
}

/* At most as many as the queue holds: calls that post again do not keep the
 * links waiting. */
static void run_posts(struct vt_loop *loop)
{
    struct post post;

    for (uint32_t i = 0; i < VT_LOOP_POSTS_MAX && take_post(loop, &post); i++) {
        post.fn(post.arg);
    }
}

static void wake_up(struct vt_loop *loop)
{
    uint64_t one = 1;

    /* fails only when the counter is full: then the loop is awake */
    if (write(loop->wake_fd, &one, sizeof one) < 0) {
        return;
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct vt_loop *loop = arg;
    uint64_t sum;

    (void)what;
    if (read(fd, &sum, sizeof sum) == (ssize_t)sizeof sum) {
        run_posts(loop);
    }
    (void)pthread_mutex_lock(&loop->lock);
    if (loop->count > 0) {
        wake_up(loop);
    }
    (void)pthread_mutex_unlock(&loop->lock);
}

static void prepare_process(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)evthread_use_pthreads();
}

vt_status vt_loop_new(struct vt_loop **out, struct vt_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct vt_loop *loop = vt_alloc(sizeof *loop);

    if (loop == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the event loop");
    }
    (void)pthread_once(&once, prepare_process);
    (void)pthread_mutex_init(&loop->lock, NULL);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->posts = vt_alloc_array(VT_LOOP_POSTS_MAX, sizeof *loop->posts);
    loop->base = event_base_new();
    if (loop->base != NULL) {
        loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST,
                               on_wake, loop);
    }
    if (loop->wake_fd < 0 || loop->posts == NULL || loop->wake == NULL ||
        event_add(loop->wake, NULL) != 0) {
        vt_loop_free(loop);
        return vt_err_set(err, VT_E_IO,
                          "the event loop cannot start: out of memory or file "
                          "descriptors (ulimit -n)");
    }
    loop->cpu_metric =
        vt_metric_counter("cpu_nanoseconds_total", "chain=\"\",stage=\"net\"",
                          "Processor time by chain and stage.");
    *out = loop;
    return VT_OK;
}

void vt_loop_free(struct vt_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    for (uint32_t i = 0; i < loop->signal_count; i++) {
        event_free(loop->signals[i].event);
    }
    if (loop->wake != NULL) {
        event_free(loop->wake);
    }
    if (loop->base != NULL) {
        event_base_free(loop->base);
    }
    if (loop->wake_fd >= 0) {
        (void)close(loop->wake_fd);
    }
    (void)pthread_mutex_destroy(&loop->lock);
    vt_free(loop->posts);
    vt_free(loop);
}

struct event_base *vt_loop_base(struct vt_loop *loop)
{
    return loop->base;
}

vt_status vt_loop_post(struct vt_loop *loop, void (*fn)(void *arg), void *arg)
{
    vt_status status = VT_OK;

    (void)pthread_mutex_lock(&loop->lock);
    if (loop->ended) {
        status = VT_E_STATE;
    } else if (loop->count == VT_LOOP_POSTS_MAX) {
        status = VT_E_LIMIT;
    } else {
        struct post *post =
            &loop->posts[(loop->head + loop->count) % VT_LOOP_POSTS_MAX];

        post->fn = fn;
        post->arg = arg;
        if (loop->count++ == 0) {
            wake_up(loop); /* later ones ride along */
        }
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return status;
}

static void book(struct vt_loop *loop, uint64_t now_ns)
{
    uint64_t cpu_ns = vt_clock_cpu_ns();

    vt_metric_add(loop->cpu_metric, cpu_ns - loop->booked_cpu_ns);
    loop->booked_cpu_ns = cpu_ns;
    loop->booked_at_ns = now_ns;
}

/* What was posted is carried out, then nothing may be posted any more. */
static void finish(struct vt_loop *loop)
{
    int ended = 0;

    while (!ended) {
        run_posts(loop);
        (void)pthread_mutex_lock(&loop->lock);
        loop->ended = ended = loop->count == 0;
        (void)pthread_mutex_unlock(&loop->lock);
    }
}

void vt_loop_run(struct vt_loop *loop)
{
    if (getpid() != gettid()) { /* the process keeps its name in ps */
        (void)pthread_setname_np(pthread_self(), "vt-loop");
    }
    loop->booked_cpu_ns = vt_clock_cpu_ns();
    while (!atomic_load(&loop->stopping)) {
        uint64_t now_ns;

        if (event_base_loop(loop->base, EVLOOP_ONCE) != 0) {
            vt_log("net", VT_LOG_FATAL,
                   "the event loop ends: the kernel refuses to wait");
            break;
        }
        now_ns = vt_clock_mono_ns();
        if (now_ns - loop->booked_at_ns >= BOOK_EVERY_NS) {
            book(loop, now_ns);
        }
    }
    finish(loop);
    book(loop, vt_clock_mono_ns());
}

void vt_loop_stop(struct vt_loop *loop)
{
    atomic_store(&loop->stopping, 1);
    wake_up(loop);
}

static void on_signal(evutil_socket_t signum, short what, void *arg)
{
    struct signal_hook *hook = arg;

    (void)signum;
    (void)what;
    hook->fn(hook->arg);
}

vt_status vt_loop_on_signal(struct vt_loop *loop, int signum,
                            void (*fn)(void *arg), void *arg)
{
    struct signal_hook *hook = &loop->signals[loop->signal_count];

    if (loop->signal_count == VT_LOOP_SIGNALS_MAX) {
        return VT_E_LIMIT;
    }
    hook->fn = fn;
    hook->arg = arg;
    hook->event = evsignal_new(loop->base, signum, on_signal, hook);
    if (hook->event == NULL) {
        return VT_E_NOMEM;
    }
    if (event_add(hook->event, NULL) != 0) {
        event_free(hook->event);
        return VT_E_IO;
    }
    loop->signal_count++;
    return VT_OK;
}
