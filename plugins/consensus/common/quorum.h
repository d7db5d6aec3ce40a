/* SPDX-License-Identifier: Apache-2.0
 *
 * quorum.h - sets of members as bits, and their bytes in certificates.
 */
#ifndef VT_CONSENSUS_COMMON_QUORUM_H
#define VT_CONSENSUS_COMMON_QUORUM_H

#include "common/codec.h"

#define CS_MEMBERS_MAX 64u /* one bit each in a uint64_t */

static inline uint64_t cs_bit(uint32_t member)
{
    return UINT64_C(1) << member;
}

static inline int cs_has(uint64_t set, uint32_t member)
{
    return (int)(set >> member & 1u);
}

static inline uint32_t cs_count(uint64_t set)
{
    uint32_t count = 0;

    for (; set != 0; set &= set - 1) {
        count++;
    }
    return count;
}

/* All of n members. */
static inline uint64_t cs_everyone(uint32_t n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/* Lowest member in a set that is not empty. */
static inline uint32_t cs_first(uint64_t set)
{
    uint32_t i = 0;

    while (!cs_has(set, i)) {
        i++;
    }
    return i;
}

static inline size_t cs_set_bytes(uint32_t n)
{
    return (n + 7u) / 8u;
}

static inline void cs_put_set(struct cs_wr *wr, uint64_t set, uint32_t n)
{
    cs_put_number(wr, set, cs_set_bytes(n));
}

/* Bits beyond the last member are refused. */
static inline uint64_t cs_get_set(struct cs_rd *rd, uint32_t n)
{
    uint64_t set = cs_get_number(rd, cs_set_bytes(n));

    if ((set & ~cs_everyone(n)) != 0) {
        rd->is_bad = 1;
        return 0;
    }
    return set;
}

#endif
