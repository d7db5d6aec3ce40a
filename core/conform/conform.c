/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.c - which tests are run on a file.
 */
#include "conform/conform.h"

#include "base/alloc.h"
#include "base/status.h"
#include "config/value.h"
#include "conform/trial.h"
#include "plugin/registry.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct vt_conform_test *const suites[] = {
    vt_tests_file,          vt_tests_life,         vt_tests_consensus,
    vt_tests_store_basic,   vt_tests_store_random, vt_tests_store_files,
    vt_tests_store_threads, vt_tests_signature,    vt_tests_group};
#define SUITES (sizeof suites / sizeof suites[0])

static const struct vt_conform_test *test_at(size_t i)
{
    for (size_t s = 0; s < SUITES; s++) {
        for (const struct vt_conform_test *t = suites[s]; t->name != NULL;
             t++) {
            if (i-- == 0) {
                return t;
            }
        }
    }
    return NULL;
}

/* ---- running ------------------------------------------------------------- */

struct run {
    const struct vt_conform_args *args;
    struct vt_conform_total *total;
    struct vt_trial trial;
    uint32_t kinds; /* of the file, as bits; 0: it could not be loaded */
};

static vt_status run_test(struct run *run, const struct vt_conform_test *test)
{
    char text[VT_TRIAL_TEXT + 256];
    struct vt_conform_result r = {.name = test->name,
                                  .rule = test->rule,
                                  .level = test->level,
                                  .seed = run->args->seed};
    vt_status status;

    run->trial.test = test;
    status = vt_trial_run(&run->trial, text, &r);
    if (status != VT_OK) {
        return status;
    }
    run->total->passed += r.outcome == VT_CONFORM_PASS;
    run->total->failed += r.outcome == VT_CONFORM_FAIL;
    run->total->skipped += r.outcome == VT_CONFORM_SKIP;
    run->total->took_ms += r.took_ms;
    if (run->args->on_result != NULL) {
        run->args->on_result(run->args->ctx, &r);
    }
    return VT_OK;
}

static void tell_kind(struct vt_trial *t)
{
    vt_trial_load(t);
    t->page->text[0] = (char)('0' + vt_trial_kind(t));
    t->page->outcome = VT_CONFORM_PASS;
    _exit(0);
}

/* A child looks what the file is; here it is never mapped. */
static vt_status find_kind(struct run *run)
{
    static const struct vt_conform_test probe = {.name = "kind",
                                                 .rule = "",
                                                 .flags = VT_TEST_UNLOADED,
                                                 .run = tell_kind};
    char text[VT_TRIAL_TEXT + 256];
    struct vt_conform_result r = {.name = probe.name};
    vt_status status;

    run->trial.test = &probe;
    status = vt_trial_run(&run->trial, text, &r);
    if (status == VT_OK && r.outcome == VT_CONFORM_PASS) {
        run->kinds = 1u << (text[0] - '0');
    }
    return status;
}

static vt_status find_file(struct run *run, struct vt_err *err)
{
    struct vt_trial *t = &run->trial;
    char *slash;
    size_t len;

    if (realpath(run->args->file, t->file) == NULL) {
        return vt_err_set(err, VT_E_NOTFOUND, "%s: %s", run->args->file,
                          strerror(errno));
    }
    (void)snprintf(t->dir, sizeof t->dir, "%s", t->file);
    slash = strrchr(t->dir, '/');
    (void)snprintf(t->stem, sizeof t->stem, "%.39s", slash + 1);
    len = strcspn(t->stem, ".");
    t->stem[len] = '\0';
    *slash = '\0';
    return VT_OK;
}

static int is_known(const char *name)
{
    const struct vt_conform_test *t;

    for (size_t i = 0; (t = test_at(i)) != NULL; i++) {
        if (strcmp(t->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *nearest(const char *name)
{
    const struct vt_conform_test *t;
    const char *best = "";
    size_t best_at = SIZE_MAX;

    for (size_t i = 0; (t = test_at(i)) != NULL; i++) {
        size_t at = vt_value_distance(name, t->name);

        if (at < best_at) {
            best_at = at;
            best = t->name;
        }
    }
    return best;
}

static int is_wanted(const struct run *run, const struct vt_conform_test *t)
{
    if (run->args->only != NULL) {
        return strcmp(run->args->only, t->name) == 0;
    }
    /* what cannot be loaded is judged as a file, nothing else can be */
    return t->level <= run->args->level &&
           (run->kinds == 0
                ? t->kinds == VT_FOR_ALL && t->level <= VT_CONFORM_LOADS
                : (t->kinds & run->kinds) != 0);
}

vt_status vt_conform_run(const struct vt_conform_args *args,
                         struct vt_conform_total *out, struct vt_err *err)
{
    struct run run = {.args = args, .total = out};
    const struct vt_conform_test *test;
    vt_status status;

    memset(out, 0, sizeof *out);
    run.trial.args = args;
    if (args->only != NULL && !is_known(args->only)) {
        return vt_err_set(err, VT_E_NOTFOUND,
                          "test %s: there is none; did you mean %s?",
                          args->only, nearest(args->only));
    }
    status = find_file(&run, err);
    if (status != VT_OK) {
        return status;
    }
    run.trial.page = mmap(NULL, sizeof *run.trial.page, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.trial.page == MAP_FAILED) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the tests");
    }
    status = find_kind(&run);
    for (size_t i = 0; status == VT_OK && (test = test_at(i)) != NULL; i++) {
        if (is_wanted(&run, test)) {
            status = run_test(&run, test);
        }
    }
    (void)munmap(run.trial.page, sizeof *run.trial.page);
    return status == VT_OK ? VT_OK
                           : vt_err_set(err, status, "no process for a test");
}
