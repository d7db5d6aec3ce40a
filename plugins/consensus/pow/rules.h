/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rules on which agreement and fairness hang, one function each;
 * the names are those of README.md.
 *
 * They stand apart from the code that uses them, so that a test can build the
 * same sources with -DPOW_RULES_HEADER naming a file that breaks one of them.
 */
#ifndef POW_RULES_H
#define POW_RULES_H

#include "common/bft.h"
#include "u256.h"

#ifdef POW_RULES_HEADER
#include POW_RULES_HEADER
#else

/* F1, F2: more work wins; between equals, luck that nobody can foresee. */
static inline int pow_rule_is_better(const struct pow_u256 *work, uint64_t luck,
                                     const struct pow_u256 *than,
                                     uint64_t than_luck)
{
    int order = pow_u256_cmp(work, than);

    return order != 0 ? order > 0 : luck > than_luck;
}

/* F3: final when that many blocks stand from it to the head, both counted. */
static inline int pow_rule_is_deep(uint64_t height, uint64_t head,
                                   uint64_t depth)
{
    return head >= height && head - height + 1 >= depth;
}

/* F4: how far a head may go back. */
static inline int pow_rule_may_reorg(uint64_t depth, uint64_t max_reorg)
{
    return depth <= max_reorg;
}

/* F6: nothing is final while more than three quarters of the work on our side
 * of a fork went into a chain that this node finds bad. */
static inline int pow_rule_is_contested(const struct pow_u256 *ours,
                                        const struct pow_u256 *theirs)
{
    struct pow_u256 three = pow_u256_mul(ours, 3);
    struct pow_u256 four = pow_u256_mul(theirs, 4);

    return pow_u256_cmp(&four, &three) > 0;
}

/* H3: a header from the future waits. */
static inline int pow_rule_is_early(uint64_t time_ms, uint64_t now_ms,
                                    uint64_t future_ms)
{
    return time_ms > now_ms + future_ms;
}

/* B1, B2: only the sealed height can be the boundary, and above one that was
 * notarized only the same one is named again. */
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

/* B3: is depth enough to prove this height? */
static inline int pow_rule_depth_proves(uint64_t height, uint64_t end_height,
                                        int is_agreed)
{
    return end_height == 0 || height < end_height ||
           (height == end_height && !is_agreed);
}

#endif
#endif
