/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - the list of broken rules, each with the runs that show it.
 */
#ifndef VT_TESTS_MUTANTS_MUTANTS_H
#define VT_TESTS_MUTANTS_MUTANTS_H

#include <stdint.h>

struct mutant {
    const char *off;  /* as in support/mutant.h */
    const char *rule; /* for people */
    const char *engine;
    const char *options;  /* of the engine; NULL: none */
    const char *profile;  /* of faults; NULL when file is set */
    const char *switches; /* as `vtchain sim --switch`; NULL: none */
    const char *file;     /* a scenario instead of seeds; NULL: none */
    const char *faults;   /* beside the profile's, lines of a file; NULL */
    uint32_t nodes, txs;  /* 0: as usual */
    uint32_t crashes;     /* 0: as the profile has it */
    uint32_t seeds;       /* at most; 0: as many as usual */
    uint32_t is_quick;    /* a few seeds show it: part of `make check` */
};

extern const struct mutant mutants[];
extern const uint32_t mutant_count;

#endif
