/* SPDX-License-Identifier: Apache-2.0
 *
 * mutant_row.h - a line of the table of broken rules, as in
 * tests/scenario/README.md, on stdout when `make check-mutants` asks for it.
 */
#ifndef VT_TESTS_SUPPORT_MUTANT_ROW_H
#define VT_TESTS_SUPPORT_MUTANT_ROW_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Search from the first seed on and print, instead of a seed known before? */
static inline int mutant_is_table(void)
{
    return getenv("VT_MUTANT_TABLE") != NULL;
}

/* how: `17` seeds, a story, a file; what: the violation, up to its details. */
static inline void mutant_row(const char *off, const char *rule,
                              const char *where, const char *how,
                              const char *what)
{
    if (mutant_is_table()) {
        (void)printf("| `%s` | %s | %s | %s | %.*s |\n", off, rule, where, how,
                     (int)strcspn(what, ":;"), what);
        (void)fflush(stdout);
    }
}

static inline void mutant_row_seeds(const char *off, const char *rule,
                                    const char *where, uint64_t seeds,
                                    const char *what)
{
    char how[32];
    const char *colon = strstr(what, ": "); /* behind the run's own name */

    (void)snprintf(how, sizeof how, "%" PRIu64, seeds);
    mutant_row(off, rule, where, how, colon == NULL ? what : colon + 2);
}

#endif
