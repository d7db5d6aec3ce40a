/* SPDX-License-Identifier: Apache-2.0
 *
 * life.h - a store's life of many crashes in one folder: what it was given,
 * what it said is durable, and so what it must hold after the next crash.
 *
 * Each time it is opened is a term. A term's commits are made from the life's
 * seed and the term, so that a commit of one term never looks like the commit
 * with the same number of another: a store that brings back what was cut off
 * is found out.
 */
#ifndef VT_TESTS_CRASH_LIFE_H
#define VT_TESTS_CRASH_LIFE_H

#include <vt/storage.h>

#include "base/hash.h"
#include "conform/st_model.h"
#include "crash/trace.h"

#define LIFE_COMMITS_MAX 8192u

enum checkpoint_is {
    CHECKPOINT_NONE,
    CHECKPOINT_BEGUN, /* may be anything, but not open with other contents */
    CHECKPOINT_DONE   /* must open and hold just that */
};

struct life {
    uint64_t seed;
    uint64_t term;
    uint64_t durable; /* newest commit that must be there */
    uint64_t tried;   /* newest that may be there */
    uint32_t term_of[LIFE_COMMITS_MAX];
    struct vt_model model; /* after commit durable */
    enum checkpoint_is checkpoint;
    uint8_t digest[32]; /* of the checkpoint's state */
    char wrong[NOTE_TEXT_MAX];
};

void life_init(struct life *life, uint64_t seed);
void life_fini(struct life *life);
/* The seed of commit n's contents. */
uint64_t life_commit_seed(const struct life *life, uint64_t n);
/* A store was opened or told something: keep account. A NOTE_WRONG goes to
 * life->wrong. */
void life_take(struct life *life, const struct note *note);
/* Hash of all rows. */
void life_digest(const struct vt_model *m, uint8_t out[32]);

/* ---- the process that will die ------------------------------------------ */

/* Bugs planted in the user of the store. */
#define PLANT_EARLY 4u /* says durable before the commit */
#define PLANT_SPLIT 8u /* one commit is made as two */

struct term_plan {
    const struct vt_storage *table;
    const struct vt_host *host;
    const struct vt_cfg *cfg;
    const char *root; /* the store is in root/store */
    uint64_t commits; /* to be made */
    uint64_t chance;  /* seed of what else is done */
    uint32_t bugs;
    void (*say)(void *ctx, const struct note *note);
    void *ctx;
};

/* Opens, checks all against life, makes commits. Returns 0, or -1 when
 * something is wrong and was said. The store is left open or closed. */
int term_run(const struct term_plan *plan, struct life *life);

#endif
