/* SPDX-License-Identifier: Apache-2.0
 *
 * mutant.h - which rules are switched off, for tests of the tests.
 *
 * Some programs here are linked with engines and chain files whose rules.h was
 * replaced by a mutants.h: every rule in it asks this whether it still holds.
 * No library and no program that is installed knows of it.
 */
#ifndef VT_TESTS_SUPPORT_MUTANT_H
#define VT_TESTS_SUPPORT_MUTANT_H

#include <string.h>

/* Names of rules that are off, a blank between two; NULL: none is. Defined by
 * each program that breaks rules. */
extern const char *vt_mutant;

static inline int vt_is_off(const char *rule)
{
    const char *at = vt_mutant;
    size_t len = strlen(rule);

    while (at != NULL && (at = strstr(at, rule)) != NULL) {
        if ((at == vt_mutant || at[-1] == ' ') &&
            (at[len] == ' ' || at[len] == '\0')) {
            return 1;
        }
        at += len;
    }
    return 0;
}

#endif
