/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.h - does a plugin file keep the plugin contract? Suites for engines,
 * stores and signature schemes, and one for all of them.
 *
 * Every test runs in a process of its own, which loads the file anew: a plugin
 * that crashes, hangs or eats memory fails one test and hurts nothing else.
 * The caller never maps the file.
 */
#ifndef VT_CONFORM_CONFORM_H
#define VT_CONFORM_CONFORM_H

#include "base/buf.h"

/* What a level stands for. */
#define VT_CONFORM_LOADS 3u  /* loads and describes itself */
#define VT_CONFORM_WORKS 5u  /* may say "works with VTChain" */
#define VT_CONFORM_PUBLIC 8u /* fit for a public chain */
#define VT_CONFORM_SOAK 10u  /* what a vendor runs at night */

enum vt_conform_outcome {
    VT_CONFORM_PASS = 0,
    VT_CONFORM_FAIL = 1,
    VT_CONFORM_SKIP = 2 /* does not apply, or cannot be judged here */
};

/* One test's end; texts are valid during the call that brings it. */
struct vt_conform_result {
    const char *name; /* "step_reads_no_clock" */
    const char *rule; /* "R38", or the header that says so */
    uint32_t level;
    enum vt_conform_outcome outcome;
    const char *text; /* why it failed or was left out, "" when it passed */
    uint64_t seed;
    uint64_t took_ms;
};

typedef void (*vt_conform_fn)(void *ctx, const struct vt_conform_result *r);

struct vt_conform_args {
    const char *file;    /* the plugin's path */
    const char *options; /* rows for its section, "a = 1\nb = 2", or NULL */
    uint32_t level;      /* tests up to this one, 1..10 */
    uint64_t seed;
    const char *only; /* one test's name, NULL: all of the level */
    vt_conform_fn on_result;
    void *ctx;
};

struct vt_conform_total {
    uint32_t passed, failed, skipped;
    uint64_t took_ms;
};

/* Runs the suites that fit the file. Returns VT_OK when they could be run, the
 * outcome is in *out; VT_E_NOTFOUND for a file or test that is not there;
 * VT_E_NOMEM, VT_E_IO. The calling process must have one thread.
 * Thread: main. */
vt_status vt_conform_run(const struct vt_conform_args *args,
                         struct vt_conform_total *out, struct vt_err *err);

/* Appends the options a plugin is to be checked with, as rows, when its vendor
 * ships some: <stem>.conform.ini beside the file, with one section
 * [<kind>.<stem>]. For plugins whose usual options make a test too slow or mean
 * nothing to it; what they name must be allowed in production, too. out is made
 * with VT_CONFORM_OPTIONS_MAX. Returns VT_OK, also when there are none;
 * VT_E_NOTFOUND for the plugin's file; VT_E_IO, VT_E_LIMIT, VT_E_INVALID with
 * path and line. Thread: any. */
#define VT_CONFORM_OPTIONS_MAX 2000u
vt_status vt_conform_options(const char *file, struct vt_buf *out,
                             struct vt_err *err);

/* What --reproduce reads: which test, seed, level and options failed. */
struct vt_conform_case {
    char file[1024], test[64], options[VT_CONFORM_OPTIONS_MAX + 1];
    uint64_t seed;
    uint32_t level;
};
/* As an INI file with one section [conform]. */
vt_status vt_conform_case_print(const struct vt_conform_case *c,
                                struct vt_buf *out);
/* Returns VT_OK; VT_E_IO; VT_E_INVALID with path and line. */
vt_status vt_conform_case_read(const char *path, struct vt_conform_case *out,
                               struct vt_err *err);

#endif
