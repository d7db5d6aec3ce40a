/* SPDX-License-Identifier: Apache-2.0
 *
 * crash.h - one run of the crash test: its settings, and what was counted.
 */
#ifndef VT_TESTS_CRASH_CRASH_H
#define VT_TESTS_CRASH_CRASH_H

#include "base/rng.h"
#include "crash/life.h"
#include "support/plugin_ini.h"

#include <sys/types.h>

#define CRASHES_PER_LIFE 25u
#define TERM_COMMITS_MAX 40u
#define TERM_SECONDS_MAX 60u
#define CRASH_PATH_MAX 256u

struct totals {
    uint64_t crashes, lives;
    uint64_t commits; /* tried */
    uint64_t durable;
    uint64_t in_recovery;   /* crashes before the store was open */
    uint64_t pending, lost; /* changes under way at a power cut; lost of them */
};

struct run {
    struct plugin_ini plugin;
    const struct vt_host *host;
    const struct crash_shim *shim;
    char root[CRASH_PATH_MAX]; /* a folder for one life at a time */
    uint32_t bugs;             /* PLANT_ */
    int journal;               /* struct cut_plan */
    struct totals totals;
    char last_crash[160]; /* how the power went, or the process */
};

/* The plan of a term, all but how to say. Draws from rng. */
struct term_plan crash_plan(const struct run *run, struct vt_rng *rng,
                            uint64_t commits);
/* After a fork: a term that never comes back ends by itself. */
void crash_child(void);
/* How a process ended that should have ended well: NULL, or what is wrong. */
const char *crash_ended(int status);
/* Empties a folder, all below too. */
void crash_empty(const char *path);

/*
 * A crash: the store in run->root is opened and checked against life, is
 * worked with, and then the power goes, or the process dies. Returns 0, or -1
 * with what is wrong in life->wrong: then the crash before is to blame, which
 * run->last_crash tells. last: only open and check.
 */
int power_crash(struct run *run, struct life *life, struct vt_rng *rng,
                int last);
int kill_crash(struct run *run, struct life *life, struct vt_rng *rng,
               int last);

#endif
