/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.h - many networks, each made and disturbed by one seed, then left
 * in peace: nothing wrong may happen, and the chain must go on.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_CAMPAIGN_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_CAMPAIGN_H

#include "net.h"

struct campaign {
    uint64_t runs, failures, first_failure;
    uint64_t liars, twins, forgetful, silent, together;
    uint64_t trace;
    struct net_counts counts;
    char violation[240]; /* of the first failure */
};

/* Returns 1 when nothing went wrong. */
int campaign_run(struct campaign *campaign, uint64_t seed);
/* How often a rule did something, by the first letters of its label. */
uint64_t campaign_label(const struct campaign *campaign, const char *prefix);

#endif
