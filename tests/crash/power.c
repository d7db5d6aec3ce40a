/* SPDX-License-Identifier: Apache-2.0
 *
 * power.c - a power cut: a term runs to its end with all its changes traced;
 * then a point in the trace is drawn, and the folder is made anew as it may
 * look when the power went there.
 */
#include "crash/crash.h"

#include "base/alloc.h"
#include "crash/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct trace_file {
    uint8_t *bytes;
    size_t len;
    uint64_t count;  /* entries */
    uint64_t opened; /* the first so many are recovery */
};

static size_t entry_len(const struct trace_entry *e)
{
    return sizeof *e + e->name_len + e->name2_len + e->data_len;
}

/* The entry at, aligned: entries have any length. */
static struct trace_entry *entry_at(const struct trace_file *file, size_t at)
{
    struct trace_entry head;
    struct trace_entry *e;

    memcpy(&head, file->bytes + at, sizeof head);
    e = vt_memdup(file->bytes + at, entry_len(&head));
    if (e == NULL) {
        abort();
    }
    return e;
}

static int note_of(const struct trace_entry *e, struct note *out)
{
    if (e->kind != TRACE_NOTE || e->data_len != sizeof *out) {
        return 0;
    }
    memcpy(out, e + 1, sizeof *out);
    return 1;
}

/* ---- the term ----------------------------------------------------------- */

static void say(void *ctx, const struct note *note)
{
    const struct run *run = ctx;

    run->shim->note(note, sizeof *note);
}

static _Noreturn void work(struct run *run, struct life *life,
                           const struct term_plan *plan, int trace_fd)
{
    struct watch watch = {.root = run->root, .trace_fd = trace_fd};
    int rc;

    crash_child();
    run->shim->start(&watch);
    rc = term_run(plan, life);
    run->shim->stop();
    _exit(rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int read_trace(int fd, struct trace_file *out)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return -1;
    }
    out->len = (size_t)st.st_size;
    out->bytes = vt_alloc(out->len + 1);
    return out->bytes != NULL &&
                   pread(fd, out->bytes, out->len, 0) == (ssize_t)out->len
               ? 0
               : -1;
}

/* Counts, and finds what the term found. */
static void look_through(struct trace_file *file, struct life *life)
{
    for (size_t at = 0; at < file->len;) {
        struct trace_entry *e = entry_at(file, at);
        struct note note;

        if (note_of(e, &note) && note.kind == NOTE_WRONG) {
            life_take(life, &note);
        }
        file->count++;
        if (note_of(e, &note) && note.kind == NOTE_OPENED) {
            file->opened = file->count;
        }
        at += entry_len(e);
        vt_free(e);
    }
}

/* Returns 0, or -1 with life->wrong. */
static int trace_term(struct run *run, struct life *life, struct vt_rng *rng,
                      int last, struct trace_file *out)
{
    int fd = memfd_create("trace", MFD_CLOEXEC);
    struct term_plan plan = crash_plan(
        run, rng, last ? 0 : 1 + vt_rng_below(rng, TERM_COMMITS_MAX));
    const char *ended;
    int status = 0;
    pid_t pid;

    plan.say = say;
    plan.ctx = run;
    (void)fflush(NULL);
    pid = fd < 0 ? -1 : fork();
    if (pid == 0) {
        work(run, life, &plan, fd);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid ||
        read_trace(fd, out) != 0) {
        (void)snprintf(life->wrong, sizeof life->wrong, "cannot run a term");
        return -1;
    }
    (void)close(fd);
    look_through(out, life);
    ended = crash_ended(status);
    if (ended != NULL && life->wrong[0] == '\0') {
        (void)snprintf(life->wrong, sizeof life->wrong, "%s", ended);
    }
    return life->wrong[0] == '\0' ? 0 : -1;
}

/* ---- the cut ------------------------------------------------------------ */

/* After how many entries? Recovery is short, and wants its share. */
static uint64_t draw_point(const struct trace_file *file, struct vt_rng *rng)
{
    if (vt_rng_chance(rng, 1, 5)) {
        return vt_rng_below(rng, file->opened);
    }
    return vt_rng_chance(rng, 1, 10) ? file->count
                                     : vt_rng_below(rng, file->count + 1);
}

static void apply(const struct trace_file *file, uint64_t count,
                  struct disk *disk, struct life *life)
{
    size_t at = 0;

    for (uint64_t i = 0; i < count && life->wrong[0] == '\0'; i++) {
        struct trace_entry *e = entry_at(file, at);
        const char *blind = disk_apply(disk, e);
        struct note note;

        if (note_of(e, &note)) {
            life_take(life, &note);
        }
        if (blind != NULL) {
            (void)snprintf(life->wrong, sizeof life->wrong,
                           "the store changes files by %.200s, which this "
                           "test cannot follow",
                           blind);
        }
        at += entry_len(e);
        vt_free(e);
    }
}

static int cut(struct run *run, struct life *life, struct vt_rng *rng,
               const struct trace_file *file, struct disk *disk)
{
    uint64_t point = draw_point(file, rng);
    struct cut_plan plan = {(enum cut_kind)vt_rng_below(rng, CUT_COUNT),
                            run->journal};
    struct cut_report report;
    const char *unseen = NULL;

    apply(file, point, disk, life);
    if (point == file->count && run->bugs == 0) {
        unseen = disk_compare(disk, run->root);
    }
    if (unseen != NULL) {
        (void)snprintf(life->wrong, sizeof life->wrong,
                       "a change went past the shim: %.300s", unseen);
    }
    if (life->wrong[0] != '\0') {
        return -1;
    }
    crash_empty(run->root);
    disk_cut(disk, &plan, rng, run->root, &report);
    run->totals.crashes++;
    run->totals.in_recovery += point < file->opened;
    run->totals.pending += report.pending;
    run->totals.lost += report.lost;
    (void)snprintf(run->last_crash, sizeof run->last_crash,
                   "power cut '%s' after change %llu of %llu%s: %llu not "
                   "synced, %llu of them lost",
                   cut_name(plan.kind), (unsigned long long)point,
                   (unsigned long long)file->count,
                   point < file->opened ? " (in recovery)" : "",
                   (unsigned long long)report.pending,
                   (unsigned long long)report.lost);
    return 0;
}

int power_crash(struct run *run, struct life *life, struct vt_rng *rng,
                int last)
{
    struct disk *disk = disk_load(run->root);
    struct trace_file file = {0};
    int rc;

    disk_plant(disk, run->bugs);
    rc = trace_term(run, life, rng, last, &file);
    if (rc == 0 && !last) {
        rc = cut(run, life, rng, &file, disk);
    }
    disk_free(disk);
    vt_free(file.bytes);
    return rc;
}
