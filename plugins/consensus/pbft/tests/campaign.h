/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.h - one random run from one seed: chaos, then calm, then everything
 * offered must be final.
 */
#ifndef PBFT_TESTS_CAMPAIGN_H
#define PBFT_TESTS_CAMPAIGN_H

#include <stdint.h>

struct campaign_label {
    char text[32];
    uint64_t count;
};

struct campaign {
    uint64_t runs, events, crashes, splits, failures;
    uint64_t virtual_us, longest_recovery_us;
    uint64_t traces;        /* hash of all runs: equal on all machines */
    uint64_t first_failure; /* seed */
    char violation[320];    /* of the first failure */
    struct campaign_label labels[96];
    uint32_t label_count;
    uint32_t with_liars, with_twins, with_rollback, silent;
    void (*say)(void *ctx, const char *line); /* may be NULL */
};

/* members 0: chosen by the seed. Returns 1 when all held. */
int campaign_run(struct campaign *campaign, uint64_t seed, uint32_t members);
/* The same seed twice: equal traces? */
int campaign_repeats(struct campaign *campaign, uint64_t seed,
                     uint32_t members);
uint64_t campaign_label(const struct campaign *campaign, const char *text);

#endif
