/* SPDX-License-Identifier: Apache-2.0
 *
 * edges.h - elements whose limbs are at the ends of what limbs can be.
 */
#ifndef VT_SCHNORR_TESTS_EDGES_H
#define VT_SCHNORR_TESTS_EDGES_H

#include "probe.h"

#define EDGES 344u /* a multiple of 8 */

/* Limbs, ready and with m = 1, and the same below p. */
extern uint64_t edge[EDGES][5];
extern struct fp edge_value[EDGES];

/* Fills both. */
void edges_make(void);
/* What op makes of a, b and c by fp.h; not for PROBE_ROOT. */
void edges_expected(enum probe_op op, const struct fp *a, const struct fp *b,
                    const struct fp *c, struct fp *out);

#endif
