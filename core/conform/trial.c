/* SPDX-License-Identifier: Apache-2.0
 *
 * trial.c - a process for each test: born with a page it shares with its
 * parent, its output caught, its time and memory limited.
 */
#include "conform/trial.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "config/ini.h"
#include "config/value.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_MAX (UINT64_C(4) << 30)
#define ROWS_MAX 8192u
#define SLOWER 5u /* with a sanitizer, or among other programs */

/* ---- how a test ends ----------------------------------------------------- */

__attribute__((format(printf, 3, 0))) static void say(struct vt_trial *t,
                                                      uint32_t outcome,
                                                      const char *fmt,
                                                      va_list args)
{
    (void)vsnprintf(t->page->text, sizeof t->page->text, fmt, args);
    t->page->outcome = outcome;
}

void vt_trial_fail(struct vt_trial *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(t, VT_CONFORM_FAIL, fmt, args);
    va_end(args);
    _exit(1);
}

void vt_trial_skip(struct vt_trial *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(t, VT_CONFORM_SKIP, fmt, args);
    va_end(args);
    _exit(0);
}

void vt_trial_note(struct vt_trial *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(t->page->note, sizeof t->page->note, fmt, args);
    va_end(args);
}

uint32_t vt_trial_rounds(const struct vt_trial *t)
{
    return t->args->level >= VT_CONFORM_SOAK     ? 20
           : t->args->level >= VT_CONFORM_PUBLIC ? 4
                                                 : 1;
}

int vt_trial_is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 1;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 1;
#else
    return 0;
#endif
#else
    return 0;
#endif
}

/* ---- loading ------------------------------------------------------------- */

static vt_status take_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    (void)section;
    return vt_options_set(ctx, key, value, where, err);
}

vt_status vt_trial_set(struct vt_options *options, const char *rows,
                       struct vt_err *err)
{
    char text[ROWS_MAX];
    int len = snprintf(text, sizeof text, "[options]\n%s\n",
                       rows == NULL ? "" : rows);

    if (len < 0 || (size_t)len >= sizeof text) {
        return vt_err_set(err, VT_E_LIMIT, "options: too long");
    }
    return vt_ini_read_text("options", text, (size_t)len, take_row, options,
                            err);
}

/* A value for a required key that nobody gave: the test needs some. */
static const char *some_value(const struct vt_key *key)
{
    switch (key->type) {
    case VT_T_STRING:
        return "conform";
    case VT_T_PATH:
        return "/dev/null";
    case VT_T_HEX:
        return "00";
    default:
        return "1";
    }
}

static void fill_required(struct vt_trial *t)
{
    for (uint32_t i = 0; i < t->module->desc.keys.count; i++) {
        const struct vt_key *key =
            VT_AT(struct vt_key, t->module->desc.keys, i);

        if ((key->flags & VT_KF_REQUIRED) != 0 &&
            strcmp(vt_options_origin(t->options, i), "default") == 0) {
            (void)vt_options_set(t->options, key->name, some_value(key),
                                 "conform", NULL);
        }
    }
}

void vt_trial_load(struct vt_trial *t)
{
    struct vt_registry_policy policy = {.path = t->dir, .trust_any_owner = 1};
    struct vt_err err = VT_ERR_INIT;

    vt_trial_note(t, "loading the file");
    if (vt_registry_new(&policy, &t->registry, &err) != VT_OK ||
        vt_registry_load_file(t->registry, t->file, &t->module, &err) !=
            VT_OK) {
        vt_trial_fail(t, "%s", err.text);
    }
    if (vt_options_new(t->stem, t->module->desc.keys, "/", &t->options, &err) !=
            VT_OK ||
        vt_trial_set(t->options, t->args->options, &err) != VT_OK) {
        vt_trial_fail(t, "options: %s", err.text);
    }
    fill_required(t);
    vt_options_cfg(t->options, &t->cfg);
}

enum vt_plugin_kind vt_trial_kind(const struct vt_trial *t)
{
    return t->module->consensus != NULL ? VT_KIND_CONSENSUS
           : t->module->storage != NULL ? VT_KIND_STORAGE
                                        : VT_KIND_SIGNATURE;
}

/* ---- processes ----------------------------------------------------------- */

void *vt_trial_shared(struct vt_trial *t, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    VT_EXPECT(t, p != MAP_FAILED, "no memory for the test: %s",
              strerror(errno));
    return p;
}

/* What it was, in words. */
static void tell_death(const struct vt_trial *t, int status, char *out,
                       size_t size)
{
    char said[160] = "";
    ssize_t n = pread(t->output, said, sizeof said - 1, 0);
    int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    said[n > 0 ? n : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    if (signal_number == SIGALRM || signal_number == SIGXCPU) {
        (void)snprintf(out, size, "not done within its time limit, at: %s",
                       t->page->note);
    } else if (signal_number != 0) {
        (void)snprintf(out, size, "died of signal %d (%s), at: %s%s%s",
                       signal_number, strsignal(signal_number), t->page->note,
                       said[0] == '\0' ? "" : "; it said: ", said);
    } else {
        (void)snprintf(out, size, "ended the process with %d, at: %s%s%s",
                       WEXITSTATUS(status), t->page->note,
                       said[0] == '\0' ? "" : "; it said: ", said);
    }
}

void vt_trial_apart(struct vt_trial *t, void (*fn)(struct vt_trial *, void *),
                    void *ctx)
{
    char why[VT_TRIAL_TEXT];
    int status = 0;
    pid_t child = fork();

    VT_EXPECT(t, child >= 0, "no process for the test: %s", strerror(errno));
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        fn(t, ctx);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (t->page->outcome != VT_TRIAL_OPEN) {
        _exit(0); /* it has said why */
    }
    if (status != 0) {
        tell_death(t, status, why, sizeof why);
        vt_trial_fail(t, "%s", why);
    }
}

static void limit_memory(void)
{
    struct rlimit as = {MEMORY_MAX, MEMORY_MAX};
    struct rlimit core = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &core);
    if (!vt_trial_is_instrumented()) {
        (void)setrlimit(RLIMIT_AS, &as);
    }
}

/* Processor time, so that a busy machine fails nobody; and much more of the
 * wall's, for what sleeps. */
static void limit_time(const struct vt_trial *t)
{
    uint32_t limit_s =
        (t->test->limit_s == 0 ? VT_TRIAL_LIMIT_S : t->test->limit_s) *
        vt_trial_rounds(t) * (vt_trial_is_instrumented() ? SLOWER : 1);
    struct rlimit cpu = {limit_s, limit_s + 5};

    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)alarm(limit_s * SLOWER);
}

_Noreturn static void be_child(struct vt_trial *t)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)dup2(t->output, 1);
    (void)dup2(t->output, 2);
    (void)vt_log_set_levels("fatal", NULL);
    limit_memory();
    limit_time(t);
    if ((t->test->flags & VT_TEST_UNLOADED) == 0) {
        vt_trial_load(t);
        if ((t->test->kinds & VT_FOR(vt_trial_kind(t))) == 0) {
            vt_trial_skip(t, "of another kind");
        }
    }
    t->test->run(t);
    if (t->page->outcome == VT_TRIAL_OPEN) {
        t->page->outcome = VT_CONFORM_PASS;
    }
    _exit(0); /* no destructor of a plugin's library runs */
}

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void judge(const struct vt_trial *t, int status, char *text,
                  struct vt_conform_result *r)
{
    text[0] = '\0';
    if (t->page->outcome == VT_TRIAL_OPEN ||
        (t->page->outcome != VT_CONFORM_FAIL && status != 0)) {
        r->outcome = VT_CONFORM_FAIL;
        tell_death(t, status, text, VT_TRIAL_TEXT + 256);
        return;
    }
    r->outcome = (enum vt_conform_outcome)t->page->outcome;
    (void)snprintf(text, VT_TRIAL_TEXT, "%s", t->page->text);
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void vt_trial_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static vt_status make_work(struct vt_trial *t)
{
    const char *where = getenv("TMPDIR");

    (void)snprintf(t->work, sizeof t->work, "%.30s/vt-conform-XXXXXX",
                   where == NULL || strlen(where) > 30 ? "/tmp" : where);
    return mkdtemp(t->work) == NULL ? VT_E_IO : VT_OK;
}

vt_status vt_trial_run(struct vt_trial *t, char text[VT_TRIAL_TEXT + 256],
                       struct vt_conform_result *r)
{
    uint64_t start = now_ms();
    int status = 0;
    pid_t child;

    memset(t->page, 0, sizeof *t->page);
    t->page->outcome = VT_TRIAL_OPEN;
    t->output = memfd_create("conform", MFD_CLOEXEC);
    if (t->output < 0 || make_work(t) != VT_OK) {
        return VT_E_IO;
    }
    (void)fflush(NULL);
    child = fork();
    if (child == 0) {
        be_child(t);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child > 0) {
        judge(t, status, text, r);
    }
    (void)close(t->output);
    vt_trial_remove(t->work);
    r->text = text;
    r->took_ms = now_ms() - start;
    return child > 0 ? VT_OK : VT_E_NOMEM;
}
