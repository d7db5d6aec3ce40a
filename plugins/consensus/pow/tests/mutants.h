/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef POW_TESTS_MUTANTS_H
#define POW_TESTS_MUTANTS_H

#include "support/mutant.h"

static inline int pow_rule_is_better(const struct pow_u256 *work, uint64_t luck,
                                     const struct pow_u256 *than,
                                     uint64_t than_luck)
{
    int order = pow_u256_cmp(work, than);

    if (vt_is_off("pow-work")) {
        return luck > than_luck;
    }
    if (vt_is_off("pow-luck")) {
        return order > 0; /* the one that was there first */
    }
    return order != 0 ? order > 0 : luck > than_luck;
}

static inline int pow_rule_is_deep(uint64_t height, uint64_t head,
                                   uint64_t depth)
{
    /* the proof has depth headers, whatever the rule says */
    uint64_t enough = vt_is_off("pow-depth") ? depth + 1 : depth;

    return head >= height && head - height + 1 >= enough;
}

static inline int pow_rule_may_reorg(uint64_t depth, uint64_t max_reorg)
{
    return depth <= max_reorg && (depth == 0 || !vt_is_off("pow-reorg"));
}

static inline int pow_rule_is_contested(const struct pow_u256 *ours,
                                        const struct pow_u256 *theirs)
{
    struct pow_u256 three = pow_u256_mul(ours, 3);
    struct pow_u256 four = pow_u256_mul(theirs, 4);

    return !vt_is_off("pow-contested") && pow_u256_cmp(&four, &three) > 0;
}

static inline int pow_rule_is_early(uint64_t time_ms, uint64_t now_ms,
                                    uint64_t future_ms)
{
    return time_ms > now_ms + future_ms;
}

static inline int pow_rule_may_name(const struct bft_block *block,
                                    const struct bft_block *parent,
                                    uint64_t seal)
{
    if (parent->height < seal) {
        return block->height == seal;
    }
    return block->height == parent->height + 1 &&
           memcmp(block->value, parent->value, 32) == 0;
}

static inline int pow_rule_depth_proves(uint64_t height, uint64_t end_height,
                                        int is_agreed)
{
    return end_height == 0 || height < end_height ||
           (height == end_height && (!is_agreed || vt_is_off("pow-boundary")));
}

#endif
