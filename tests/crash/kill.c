/* SPDX-License-Identifier: Apache-2.0
 *
 * kill.c - the process dies, the machine goes on: SIGKILL at a drawn call,
 * perhaps in the middle of a write, or from outside after a drawn time. The
 * folder stays as it is.
 */
#include "crash/crash.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 200u /* more than most terms make */
#define WAIT_MAX_US 30000u

static void say(void *ctx, const struct note *note)
{
    const int *fd = ctx;

    if (write(*fd, note, sizeof *note) != (ssize_t)sizeof *note) {
        _exit(EXIT_FAILURE);
    }
}

static _Noreturn void work(struct run *run, struct life *life,
                           struct term_plan *plan, const struct watch *watch,
                           int fd)
{
    crash_child();
    plan->say = say;
    plan->ctx = &fd;
    run->shim->start(watch);
    if (term_run(plan, life) != 0) {
        _exit(EXIT_FAILURE);
    }
    if (plan->commits > 0) { /* it lived through: then here */
        (void)kill(getpid(), SIGKILL);
    }
    _exit(EXIT_SUCCESS);
}

static uint64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What the term says until its end. after_us not 0: kill it then. */
static void listen_to(pid_t pid, int fd, uint64_t after_us, struct run *run,
                      struct life *life)
{
    uint64_t end = now_us() + after_us;
    int is_open = 0;
    struct note note;

    for (;;) {
        uint64_t now = now_us();
        uint64_t left = end > now ? end - now : 0;
        struct timespec wait = {0, (long)left * 1000};
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = ppoll(&p, 1, after_us == 0 ? NULL : &wait, NULL);

        if (n == 0) {
            (void)kill(pid, SIGKILL);
            after_us = 0;
        } else if (n > 0 &&
                   read(fd, &note, sizeof note) == (ssize_t)sizeof note) {
            life_take(life, &note);
            is_open |= note.kind == NOTE_OPENED;
        } else if (n > 0 || errno != EINTR) {
            break;
        }
    }
    run->totals.in_recovery += !is_open;
}

static struct watch draw_watch(struct run *run, struct vt_rng *rng,
                               uint64_t *out_after_us)
{
    struct watch watch = {.root = run->root, .trace_fd = -1};

    if (vt_rng_chance(rng, 1, 3)) {
        *out_after_us = 1 + vt_rng_below(rng, WAIT_MAX_US);
        (void)snprintf(run->last_crash, sizeof run->last_crash,
                       "killed after %llu us",
                       (unsigned long long)*out_after_us);
        return watch;
    }
    *out_after_us = 0;
    watch.kill_at =
        1 +
        vt_rng_below(rng, vt_rng_chance(rng, 1, 4) ? CALLS_MAX / 8 : CALLS_MAX);
    watch.kill_part = (uint32_t)vt_rng_below(rng, KILL_PARTS + 1);
    (void)snprintf(run->last_crash, sizeof run->last_crash,
                   "killed at call %llu, %u/%u of it done when it is a write",
                   (unsigned long long)watch.kill_at, watch.kill_part,
                   KILL_PARTS);
    return watch;
}

int kill_crash(struct run *run, struct life *life, struct vt_rng *rng, int last)
{
    struct term_plan plan = crash_plan(
        run, rng, last ? 0 : 1 + vt_rng_below(rng, TERM_COMMITS_MAX));
    uint64_t after_us = 0;
    struct watch watch = last
                             ? (struct watch){.root = run->root, .trace_fd = -1}
                             : draw_watch(run, rng, &after_us);
    const char *ended;
    int status = 0;
    int ends[2];
    pid_t pid;

    (void)fflush(NULL);
    pid = pipe(ends) != 0 ? -1 : fork();
    if (pid == 0) {
        (void)close(ends[0]);
        work(run, life, &plan, &watch, ends[1]);
    }
    if (pid < 0) {
        (void)snprintf(life->wrong, sizeof life->wrong, "cannot run a term");
        return -1;
    }
    (void)close(ends[1]);
    listen_to(pid, ends[0], after_us, run, life);
    (void)close(ends[0]);
    (void)waitpid(pid, &status, 0);
    ended = !last && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                ? NULL
                : crash_ended(status);
    if (ended != NULL && life->wrong[0] == '\0') {
        (void)snprintf(life->wrong, sizeof life->wrong, "%s", ended);
    }
    run->totals.crashes += !last;
    return life->wrong[0] == '\0' ? 0 : -1;
}
