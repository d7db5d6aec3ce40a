/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.h - one random run of an engine from one seed: chaos, then calm,
 * then everything offered must be final.
 */
#ifndef VT_TESTS_SUPPORT_CAMPAIGN_H
#define VT_TESTS_SUPPORT_CAMPAIGN_H

#include "base/rng.h"
#include "support/enginebox.h"

struct campaign_label {
    char text[32];
    uint64_t count;
};

/* What the faulty members of a run do wrong. */
enum campaign_vice {
    VICE_NONE = 0,
    VICE_SILENT,
    VICE_LIES,
    VICE_TWIN,
    VICE_FORGETS, /* a disk that comes back from a backup */
    VICES
};

/* The plan of one seed; rates are per mille and millisecond. */
struct campaign_plan {
    struct vt_rng rng;
    struct box_options options;
    char settings[256];
    uint32_t txs, chaos_ms;
    uint32_t crash_rate, split_rate, doom_rate, starve_rate;
    enum campaign_vice vice;
    void *own; /* the engine's */
};

struct campaign_engine {
    const struct vt_plugin *plugin;
    const uint32_t *sizes; /* of committees, ends with 0 */
    uint32_t numbers;      /* message numbers are 1..numbers */
    /* Sets options of the engine, vices, and what else it likes. */
    void (*plan)(struct campaign_plan *plan);
    void (*free)(struct campaign_plan *plan); /* may be NULL */
};

struct campaign {
    const struct campaign_engine *engine;
    uint64_t runs, events, crashes, splits, failures;
    uint64_t virtual_us, longest_recovery_us;
    uint64_t traces;        /* hash of all runs: equal on all machines */
    uint64_t first_failure; /* seed */
    char violation[320];    /* of the first failure */
    struct campaign_label labels[96];
    uint32_t label_count;
    uint32_t vices[VICES];                    /* runs with each */
    void (*say)(void *ctx, const char *line); /* may be NULL */
};

/* members 0: chosen by the seed. Returns 1 when all held. */
int campaign_run(struct campaign *campaign, uint64_t seed, uint32_t members);
/* The same seed twice: equal traces? */
int campaign_repeats(struct campaign *campaign, uint64_t seed,
                     uint32_t members);
uint64_t campaign_label(const struct campaign *campaign, const char *text);

/* For plan(): low..high, a chance, "name=value" for the engine. */
uint64_t campaign_pick(struct campaign_plan *plan, uint64_t low, uint64_t high);
int campaign_maybe(struct campaign_plan *plan, uint32_t per_mille);
void campaign_set(struct campaign_plan *plan, const char *name, uint64_t value,
                  const char *unit);

/*
 * The main() of a campaign: with <prefix>_SEEDS=N in the environment N seeds
 * from <prefix>_FIRST on, printing each that fails (<prefix>_SAY=1 tells what
 * happens in a run, <prefix>_MEMBERS=N fixes the size), else the suite.
 */
int campaign_main(const struct campaign_engine *engine, const char *prefix,
                  int (*suite)(void));

#endif
