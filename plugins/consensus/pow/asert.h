/* SPDX-License-Identifier: Apache-2.0
 *
 * asert.h - aserti3-2d: the target that keeps blocks at their pace, from the
 * first target and how far the chain is ahead or behind. Private to the plugin.
 * Any thread.
 */
#ifndef POW_ASERT_H
#define POW_ASERT_H

#include "u256.h"

/* All times in one unit. */
struct pow_asert {
    struct pow_u256 anchor; /* target of the first block */
    struct pow_u256 limit;  /* the easiest */
    uint64_t interval, halflife;
};

/* The target after a block: elapsed is its time less that of the anchor's
 * parent, heights its height less the anchor's. Between 1 and the limit. */
struct pow_u256 pow_asert(const struct pow_asert *a, int64_t elapsed,
                          uint64_t heights);

#endif
