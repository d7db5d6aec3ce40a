/* SPDX-License-Identifier: Apache-2.0
 *
 * trial.h - one test in its process: what it is about, and how it ends.
 * Private to core/conform.
 *
 * A test is a function that returns when all is well. Failing and skipping end
 * the process at once, from any depth and any thread.
 */
#ifndef VT_CONFORM_TRIAL_H
#define VT_CONFORM_TRIAL_H

#include "config/option.h"
#include "conform/conform.h"
#include "plugin/registry.h"

#include <sys/types.h>

#define VT_TRIAL_TEXT 600u

/* Shared with the parent, so that it survives the child's death. */
struct vt_trial_page {
    uint32_t outcome; /* enum vt_conform_outcome, VT_TRIAL_OPEN at first */
    char text[VT_TRIAL_TEXT];
    char note[200]; /* what was under way, for when it dies */
};
#define VT_TRIAL_OPEN 99u

struct vt_trial;
typedef void (*vt_trial_fn)(struct vt_trial *t);

/* Kinds a test is for, as bits. */
#define VT_FOR(kind) (1u << (kind))
#define VT_FOR_ALL                                                             \
    (VT_FOR(VT_KIND_CONSENSUS) | VT_FOR(VT_KIND_STORAGE) |                     \
     VT_FOR(VT_KIND_SIGNATURE))
/* The test looks at the file and does not want it loaded before. */
#define VT_TEST_UNLOADED 1u

struct vt_conform_test {
    const char *name;
    const char *rule;
    uint32_t level, kinds, flags;
    uint32_t limit_s; /* of processor time; 0: VT_TRIAL_LIMIT_S */
    vt_trial_fn run;
};
#define VT_TRIAL_LIMIT_S 60u

struct vt_trial {
    const struct vt_conform_args *args;
    const struct vt_conform_test *test;
    struct vt_trial_page *page;
    int output; /* what came on descriptors 1 and 2 */
    char file[4096];
    char stem[40];
    char dir[4096]; /* of the file */
    char work[56];  /* a folder for files, empty at first, gone at the end */
    /* once loaded */
    struct vt_registry *registry;
    const struct vt_module *module;
    struct vt_options *options;
    struct vt_cfg cfg;
};

/* The tables of tests, each ended by a row without a name. */
extern const struct vt_conform_test vt_tests_file[];
extern const struct vt_conform_test vt_tests_life[];
extern const struct vt_conform_test vt_tests_consensus[];
extern const struct vt_conform_test vt_tests_store_basic[];
extern const struct vt_conform_test vt_tests_store_random[];
extern const struct vt_conform_test vt_tests_store_files[];
extern const struct vt_conform_test vt_tests_store_threads[];
extern const struct vt_conform_test vt_tests_signature[];
extern const struct vt_conform_test vt_tests_group[];

_Noreturn void vt_trial_fail(struct vt_trial *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void vt_trial_skip(struct vt_trial *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What is tried now: told when the process dies of it. */
void vt_trial_note(struct vt_trial *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define VT_EXPECT(t, cond, ...)                                                \
    do {                                                                       \
        if (!(cond)) {                                                         \
            vt_trial_fail((t), __VA_ARGS__);                                   \
        }                                                                      \
    } while (0)

/* Loads the file and its options; what keeps it from being loaded is the
 * failure. */
void vt_trial_load(struct vt_trial *t);
enum vt_plugin_kind vt_trial_kind(const struct vt_trial *t);
/* Rows for a section into options. */
vt_status vt_trial_set(struct vt_options *options, const char *rows,
                       struct vt_err *err);
/* Runs fn in a process of its own and waits. A failure there is one here. */
void vt_trial_apart(struct vt_trial *t, void (*fn)(struct vt_trial *, void *),
                    void *ctx);
/* Memory that processes made by vt_trial_apart share. */
void *vt_trial_shared(struct vt_trial *t, size_t size);
/* Runs test in a child; fills r's outcome and text (VT_TRIAL_TEXT bytes). */
vt_status vt_trial_run(struct vt_trial *t, char text[VT_TRIAL_TEXT + 256],
                       struct vt_conform_result *r);
/* Removes a file or a folder with all in it; nothing there is fine. */
void vt_trial_remove(const char *path);
/* 1 at level 5, more above: how often to repeat what chance decides. */
uint32_t vt_trial_rounds(const struct vt_trial *t);
/* Was the program made with a sanitizer, which changes what can be seen? */
int vt_trial_is_instrumented(void);

#endif
