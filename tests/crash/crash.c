/* SPDX-License-Identifier: Apache-2.0
 *
 * crash.c - crash FILE.ini [options]: lives of the storage plugin the file
 * names, each full of crashes. See README.md.
 *
 * Ends with 0 when nothing was lost, 1 when something was, 2 when it cannot
 * run, 77 when there is nothing to test: no storage plugin, or a volatile one.
 */
#include "crash/crash.h"

#include "base/log.h"
#include "base/status.h"
#include "crash/disk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHIM_FILE "/.libs/shim.so"
#define PROGRESS_S 5

enum outcome { NOTHING_LOST = 0, LOST = 1, CANNOT_RUN = 2, SKIPPED = 77 };

struct settings {
    const char *ini;
    const char *mode;
    uint64_t crashes;
    uint64_t seed;
    const char *plant;
    int journal;
    int progress;
    int verbose;
};

/* ---- what both kinds of crash share ------------------------------------- */

struct term_plan crash_plan(const struct run *run, struct vt_rng *rng,
                            uint64_t commits)
{
    struct term_plan plan = {.table = run->plugin.module->storage,
                             .host = run->host,
                             .cfg = &run->plugin.cfg,
                             .root = run->root,
                             .commits = commits,
                             .chance = vt_rng_u64(rng),
                             .bugs = run->bugs};

    return plan;
}

void crash_child(void)
{
    (void)alarm(TERM_SECONDS_MAX);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
}

const char *crash_ended(int status)
{
    static char text[80];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return NULL;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        (void)snprintf(text, sizeof text, "the store hangs");
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(text, sizeof text, "the process died of signal %d",
                       WTERMSIG(status));
    } else {
        (void)snprintf(text, sizeof text, "the process ended with %d",
                       WEXITSTATUS(status));
    }
    return text;
}

void crash_empty(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        char full[PATH_MAX];

        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        if (unlink(full) != 0 && errno == EISDIR) {
            crash_empty(full);
            (void)rmdir(full);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

/* ---- set up ------------------------------------------------------------- */

/* A sanitizer wants to be loaded first, and need not. */
static int quieten_sanitizer(void)
{
    const char *old = getenv("ASAN_OPTIONS");
    char options[512];

    (void)snprintf(options, sizeof options,
                   "%.400s%sverify_asan_link_order=0:detect_leaks=0",
                   old == NULL ? "" : old, old == NULL ? "" : ":");
    return setenv("ASAN_OPTIONS", options, 1);
}

/* The shim must be there before the C library: start again with it. */
static void load_shim(char **argv)
{
    char path[PATH_MAX];
    ssize_t len =
        readlink("/proc/self/exe", path, sizeof path - sizeof SHIM_FILE);
    char *slash;

    if (len < 0 || getenv("LD_PRELOAD") != NULL) {
        return;
    }
    path[len] = '\0';
    slash = strrchr(path, '/');
    (void)snprintf(slash, sizeof SHIM_FILE, "%s", SHIM_FILE);
    if (setenv("LD_PRELOAD", path, 1) == 0 && quieten_sanitizer() == 0) {
        (void)execv("/proc/self/exe", argv);
    }
}

static uint64_t mono_ns(void *ctx)
{
    struct timespec now;

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int64_t wall_ms(void *ctx)
{
    return (int64_t)(mono_ns(ctx) / 1000000);
}

/* Memory is fast, and the power is only simulated. */
static int make_root(struct run *run)
{
    const char *tmp = getenv("TMPDIR");
    char path[CRASH_PATH_MAX];

    if (tmp == NULL) {
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    (void)snprintf(path, sizeof path, "%.200s/vt-crash-XXXXXX", tmp);
    if (mkdtemp(path) == NULL) {
        return -1;
    }
    (void)snprintf(run->root, sizeof run->root, "%s", path);
    return 0;
}

static enum outcome set_up(struct run *run, const struct settings *s)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_host_args args = {.kind = VT_KIND_STORAGE,
                                .host_name = "crash",
                                .chain_name = "crash",
                                .mono_ns = mono_ns,
                                .wall_ms = wall_ms};

    if (!s->verbose) { /* a store says much after a crash */
        (void)vt_log_set_levels("error", &err);
    }
    run->shim = dlsym(RTLD_DEFAULT, "crash_shim");
    if (run->shim == NULL) {
        (void)fprintf(stderr, "crash: the shim is not loaded\n");
        return CANNOT_RUN;
    }
    if (plugin_ini_load(s->ini, &run->plugin, &err) != VT_OK) {
        (void)fprintf(stderr, "crash: %s\n", err.text);
        return CANNOT_RUN;
    }
    if (run->plugin.kind != VT_KIND_STORAGE ||
        (run->plugin.module->storage->flags & VT_SF_VOLATILE) != 0) {
        (void)printf("%s: nothing of it outlives a process\n",
                     run->plugin.section);
        return SKIPPED;
    }
    args.module = run->plugin.module;
    run->host = vt_host_new(&args);
    if (run->host == NULL || make_root(run) != 0) {
        (void)fprintf(stderr, "crash: no memory or no folder to work in\n");
        return CANNOT_RUN;
    }
    return NOTHING_LOST;
}

static uint32_t bug_named(const char *name)
{
    static const struct {
        const char *name;
        uint32_t bug;
    } bugs[] = {{"no-sync", PLANT_NO_SYNC},
                {"no-dir-sync", PLANT_NO_DIR_SYNC},
                {"early", PLANT_EARLY},
                {"split", PLANT_SPLIT}};

    for (size_t i = 0; i < sizeof bugs / sizeof bugs[0]; i++) {
        if (strcmp(bugs[i].name, name) == 0) {
            return bugs[i].bug;
        }
    }
    return 0;
}

/* ---- stopping ----------------------------------------------------------- */

static volatile sig_atomic_t is_stopped;

static void on_stop(int number)
{
    (void)number;
    is_stopped = 1;
}

/* Whoever stops a long campaign wants its totals, and no folder left behind. */
static void catch_stop(void)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

/* ---- lives -------------------------------------------------------------- */

static int is_power(const struct settings *s)
{
    return strcmp(s->mode, "power") == 0;
}

static int crash(struct run *run, const struct settings *s, struct life *life,
                 struct vt_rng *rng, int last)
{
    return is_power(s) ? power_crash(run, life, rng, last)
                       : kill_crash(run, life, rng, last);
}

static void tell(const struct run *run, const struct settings *s,
                 const struct life *life, uint64_t number)
{
    (void)printf(
        "%s %s: seed %llu, after crash %llu: %s\n"
        "  the crash: %s\n"
        "  durable was commit %llu, tried %llu; term %llu\n"
        "  the folder as it is now: %s\n"
        "  again: VT_TEST_PLUGIN_DIR=%s tests/crash/crash %s --mode %s "
        "--seed %llu --crashes %u --verbose%s%s%s\n",
        run->plugin.section, s->mode, (unsigned long long)life->seed,
        (unsigned long long)number, life->wrong,
        run->last_crash[0] == '\0' ? "none yet" : run->last_crash,
        (unsigned long long)life->durable, (unsigned long long)life->tried,
        (unsigned long long)life->term, run->root, getenv("VT_TEST_PLUGIN_DIR"),
        s->ini, s->mode, (unsigned long long)life->seed, CRASHES_PER_LIFE,
        s->journal ? " --journal" : "", s->plant == NULL ? "" : " --plant ",
        s->plant == NULL ? "" : s->plant);
}

/* How each crash went, for whoever looks for one. */
static void tell_crash(const struct run *run, const struct settings *s,
                       const struct life *life, uint64_t number)
{
    if (s->verbose) {
        (void)printf("seed %llu crash %llu: %s; durable %llu, tried %llu\n",
                     (unsigned long long)life->seed, (unsigned long long)number,
                     run->last_crash, (unsigned long long)life->durable,
                     (unsigned long long)life->tried);
    }
}

static enum outcome live(struct run *run, const struct settings *s,
                         uint64_t seed, uint64_t crashes)
{
    struct life *life = malloc(sizeof *life);
    struct vt_rng rng;
    uint64_t number = 0;
    int rc = 0;

    if (life == NULL) {
        return CANNOT_RUN;
    }
    life_init(life, seed);
    vt_rng_init(&rng, seed);
    run->last_crash[0] = '\0';
    while (rc == 0 && number <= crashes && !is_stopped) {
        rc = crash(run, s, life, &rng, number == crashes);
        number += rc == 0;
        if (rc == 0 && number <= crashes) {
            tell_crash(run, s, life, number);
        }
    }
    if (is_stopped) { /* its last process may have been stopped with it */
        rc = 0;
    }
    if (rc != 0) {
        tell(run, s, life, number);
    }
    run->totals.lives++;
    run->totals.commits += life->tried;
    run->totals.durable += life->durable;
    life_fini(life);
    free(life);
    if (rc == 0 || s->plant != NULL) {
        crash_empty(run->root);
    }
    return rc == 0 ? NOTHING_LOST : LOST;
}

static void progress(const struct run *run, const struct settings *s,
                     uint64_t seed)
{
    static time_t last;
    time_t now = time(NULL);

    if (s->progress && now - last >= PROGRESS_S) {
        last = now;
        (void)fprintf(stderr, "%s %s: %llu of %llu crashes, seed %llu\n",
                      run->plugin.section, s->mode,
                      (unsigned long long)run->totals.crashes,
                      (unsigned long long)s->crashes, (unsigned long long)seed);
    }
}

static void sum_up(const struct run *run, const struct settings *s,
                   uint64_t next_seed, enum outcome outcome)
{
    const struct totals *t = &run->totals;

    (void)printf(
        "%s %s%s%s: %llu crashes (%llu in recovery) in %llu lives, "
        "seeds %llu..%llu, %llu commits, %llu durable",
        run->plugin.section, s->mode, s->plant == NULL ? "" : " planted ",
        s->plant == NULL ? "" : s->plant, (unsigned long long)t->crashes,
        (unsigned long long)t->in_recovery, (unsigned long long)t->lives,
        (unsigned long long)s->seed, (unsigned long long)next_seed - 1,
        (unsigned long long)t->commits, (unsigned long long)t->durable);
    if (is_power(s)) {
        (void)printf(", %llu of %llu unsynced changes lost",
                     (unsigned long long)t->lost,
                     (unsigned long long)t->pending);
    }
    (void)printf(": %s\n", outcome == NOTHING_LOST ? "nothing lost"
                           : s->plant == NULL      ? "WRONG"
                                                   : "found");
}

static enum outcome live_on(struct run *run, const struct settings *s)
{
    enum outcome outcome = NOTHING_LOST;
    uint64_t seed = s->seed;

    while (outcome == NOTHING_LOST && run->totals.crashes < s->crashes &&
           !is_stopped) {
        uint64_t left = s->crashes - run->totals.crashes;

        progress(run, s, seed);
        outcome = live(run, s, seed,
                       left < CRASHES_PER_LIFE ? left : CRASHES_PER_LIFE);
        seed++;
    }
    sum_up(run, s, seed, outcome);
    return outcome;
}

/* ---- command line ------------------------------------------------------- */

static int read_number(const char *text, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' ? 0 : -1;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    static const struct option options[] = {
        {"mode", required_argument, NULL, 'm'},
        {"crashes", required_argument, NULL, 'c'},
        {"seed", required_argument, NULL, 's'},
        {"plant", required_argument, NULL, 'b'},
        {"journal", no_argument, NULL, 'j'},
        {"progress", no_argument, NULL, 'p'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0}};
    int good = 1;
    int c;

    while (good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'm':
            s->mode = optarg;
            good = is_power(s) || strcmp(s->mode, "kill") == 0;
            break;
        case 'c':
            good = read_number(optarg, &s->crashes) == 0;
            break;
        case 's':
            good = read_number(optarg, &s->seed) == 0;
            break;
        case 'b':
            s->plant = optarg;
            good = bug_named(optarg) != 0;
            break;
        case 'j':
            s->journal = 1;
            break;
        case 'p':
            s->progress = 1;
            break;
        case 'v':
            s->verbose = 1;
            break;
        default:
            good = 0;
        }
    }
    s->ini = argv[optind];
    return good && optind + 1 == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct settings s = {.mode = "power", .crashes = 100, .seed = 1};
    static struct run run;
    enum outcome outcome;

    if (read_settings(argc, argv, &s) != 0) {
        (void)fprintf(stderr,
                      "usage: crash FILE.ini [--mode power|kill] "
                      "[--crashes N] [--seed S]\n"
                      "             [--plant no-sync|no-dir-sync|early|split] "
                      "[--journal] [--progress] [--verbose]\n");
        return CANNOT_RUN;
    }
    load_shim(argv);
    run.bugs = s.plant == NULL ? 0 : bug_named(s.plant);
    run.journal = s.journal;
    outcome = set_up(&run, &s);
    if (outcome == NOTHING_LOST) {
        catch_stop();
        outcome = live_on(&run, &s);
    }
    if (run.root[0] != '\0') {
        (void)rmdir(run.root); /* unless it holds what went wrong */
    }
    vt_host_free(run.host);
    plugin_ini_forget(&run.plugin);
    return (int)outcome;
}
