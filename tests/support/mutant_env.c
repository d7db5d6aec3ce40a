/* SPDX-License-Identifier: Apache-2.0
 *
 * mutant_env.c - for rule tests that are linked with breakable rules: which one
 * is off comes from outside, since the tests themselves know of none.
 */
#include "support/mutant.h"

#include <stdlib.h>

const char *vt_mutant;

__attribute__((constructor)) static void read_name(void)
{
    vt_mutant = getenv("VT_MUTANT");
}
