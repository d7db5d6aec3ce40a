/* SPDX-License-Identifier: Apache-2.0
 *
 * small.h - every schedule of a small scope: four members, one of them with a
 * twin that has the same key, three views. In each view: who leads, who hears
 * whom (all ways to split five nodes in two), who gives up early and when.
 *
 * States that were seen before are not continued. What must never happen is
 * checked in every run; from every different state at the end, the network is
 * healed and must reach a new final block.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_SMALL_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_SMALL_H

#include <stdint.h>

#define SMALL_VIEWS 3u

struct small_scope {
    uint32_t views;     /* 1 to SMALL_VIEWS */
    uint32_t timings;   /* ways to give up, 1 to 10 */
    uint32_t is_healed; /* also ask for a new final block */
};

struct small_result {
    uint64_t schedules;           /* runs made */
    uint64_t covered;             /* schedules that the runs stand for */
    uint64_t states[SMALL_VIEWS]; /* different ones after each view */
    uint64_t finals, evidence, healed;
    char violation[200]; /* empty: none */
};

/* Stops at the first violation. */
void small_explore(const struct small_scope *scope, struct small_result *out);

#endif
