/* SPDX-License-Identifier: Apache-2.0
 *
 * cs_world.c - an engine is alone with its input: no system call during step
 * but for memory, no clock, and no allocation it cannot do without.
 */
#include "conform/tests_consensus.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "conform/hooks.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILURES_USUAL 250u

/* ---- no memory ----------------------------------------------------------- */

/* Every allocation of a run fails once. */
void vt_cs_no_memory(struct vt_trial *t)
{
    struct vt_tape tape;
    struct vt_probe probe;
    uint64_t calls;
    uint64_t stride;

    vt_cs_record(t, &tape);
    vt_hooks_install(t);
    vt_probe_init(&probe, t);
    VT_EXPECT(t,
              vt_cs_replay(t, vt_probe_host(&probe), &tape, 0, NULL) == VT_OK,
              "the recorded events played again are refused");
    calls = vt_hooks_calls();
    stride = calls / ((uint64_t)FAILURES_USUAL * vt_trial_rounds(t)) + 1;
    for (uint64_t n = 1; n <= calls; n += stride) {
        vt_status status;

        vt_trial_note(t, "its allocation %" PRIu64 " of %" PRIu64 " fails", n,
                      calls);
        vt_hooks_fail_at(n);
        status = vt_cs_replay(t, vt_probe_host(&probe), &tape, 0, NULL);
        VT_EXPECT(t, status <= 0, "allocation %" PRIu64 " fails: returned %d",
                  n, status);
        VT_EXPECT(t, vt_hooks_blocks() == 0,
                  "allocation %" PRIu64 " fails: %" PRId64
                  " blocks are left after destroy",
                  n, vt_hooks_blocks());
    }
    if (calls == 0) {
        vt_trial_skip(t, "asks for no memory itself");
    }
}

/* ---- no calls ------------------------------------------------------------ */

static struct vt_trial *watched; /* the handler has no other way to it */

static void on_call(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    vt_trial_fail(watched,
                  "step makes system call %d: an engine has no clock, no "
                  "chance and no files but its events (at: %s)",
                  info->si_syscall, watched->page->note);
}

#define ALLOW(call)                                                            \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1),                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* From here on a call that is not for memory brings SIGSYS. Returns 0, or -1
 * where the kernel has no filters. */
static int forbid_calls(struct vt_trial *t)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (uint32_t)offsetof(struct seccomp_data, nr)),
        ALLOW(__NR_mmap),
        ALLOW(__NR_munmap),
        ALLOW(__NR_mremap),
        ALLOW(__NR_mprotect),
        ALLOW(__NR_madvise),
        ALLOW(__NR_brk),
        ALLOW(__NR_futex),
        ALLOW(__NR_rt_sigreturn),
        ALLOW(__NR_rt_sigprocmask),
        ALLOW(__NR_exit),
        ALLOW(__NR_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)};
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO};

    watched = t;
    (void)sigaction(SIGSYS, &action, NULL);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) ==
                       0
               ? 0
               : -1;
}

/* Plays a recorded run again, under whatever was forbidden. */
static void play(struct vt_cs_player *p, const struct vt_tape *tape)
{
    struct vt_tape_record record;
    union vt_any_event ev;

    for (size_t at = 0; vt_tape_next(tape, &at, &record);) {
        if (record.kind == VT_TAPE_EVENT && record.node == p->node) {
            vt_tape_read(&record, &ev);
            vt_trial_note(p->t, "step %" PRIu64 " (%s)", p->steps + 1,
                          vt_event_name(ev.h.type));
            VT_EXPECT(p->t, vt_cs_player_give(p, &ev) == VT_OK,
                      "the recorded events played again are refused");
        }
    }
}

static void open_played(struct vt_trial *t, struct vt_probe *probe,
                        struct vt_tape *tape, struct vt_cs_player *p)
{
    vt_cs_record(t, tape);
    vt_probe_init(probe, t);
    VT_EXPECT(t,
              vt_cs_player_open(p, t, vt_probe_host(probe), 0, NULL) == VT_OK,
              "create failed");
}

void vt_cs_no_calls(struct vt_trial *t)
{
    struct vt_cs_player p;
    struct vt_probe probe;
    struct vt_tape tape;

    if (vt_trial_is_instrumented()) {
        vt_trial_skip(t, "this program is built with a sanitizer");
    }
    open_played(t, &probe, &tape, &p);
    if (forbid_calls(t) != 0) {
        vt_trial_skip(t, "this kernel has no system call filters");
    }
    play(&p, &tape);
}

/* ---- no clock ------------------------------------------------------------ */

#if defined(__x86_64__)

static void on_clock(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    vt_trial_fail(watched,
                  "step reads a clock (or touches memory that is not its own): "
                  "time comes with the event (at: %s)",
                  watched->page->note);
}

/* The time stamp counter is behind clock_gettime and __rdtsc alike. */
void vt_cs_no_clock(struct vt_trial *t)
{
    struct sigaction action = {.sa_sigaction = on_clock,
                               .sa_flags = SA_SIGINFO};
    struct vt_cs_player p;
    struct vt_probe probe;
    struct vt_tape tape;

    if (vt_trial_is_instrumented()) {
        vt_trial_skip(t, "this program is built with a sanitizer");
    }
    open_played(t, &probe, &tape, &p);
    watched = t;
    (void)sigaction(SIGSEGV, &action, NULL);
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0) {
        vt_trial_skip(t, "this kernel does not trap the time stamp counter: %s",
                      strerror(errno));
    }
    (void)forbid_calls(t); /* a clock may be a call as well */
    play(&p, &tape);
}

#else

void vt_cs_no_clock(struct vt_trial *t)
{
    vt_trial_skip(t, "this processor does not trap its clock");
}

#endif
