/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - what safety, liveness and honesty hang on, one function each.
 *
 * They stand apart from the code that uses them for a test of the tests: the
 * same sources are built with -DPOS_RULES_HEADER naming a file that breaks one
 * rule at a time, and a campaign must then find it. The names are those of
 * README.md.
 */
#ifndef POS_RULES_H
#define POS_RULES_H

#include <stdint.h>
#include <string.h>

#ifdef POS_RULES_HEADER
#include POS_RULES_HEADER
#else

/* A block names a slot after its parent's, and its time lies in it. */
static inline int pos_rule_slot(uint64_t slot, uint64_t parent_slot)
{
    return slot > parent_slot;
}

static inline int pos_rule_time(uint64_t slot, int64_t time_ms,
                                uint64_t slot_ms)
{
    return time_ms >= 0 && (uint64_t)time_ms / slot_ms == slot;
}

/* A pointer may name what is built upon, or what nobody has built upon for
 * about two blocks' time. */
static inline int pos_rule_ripe(uint64_t depth, uint64_t age_slots,
                                uint32_t share)
{
    return depth >= 1 || age_slots > 2000u / share;
}

/* Longer wins, then the smaller random value. */
static inline int pos_rule_better(uint64_t height, const uint8_t value[32],
                                  uint64_t than_height,
                                  const uint8_t than_value[32])
{
    return height != than_height ? height > than_height
                                 : memcmp(value, than_value, 32) < 0;
}

/* More than one slot ahead of the clock here: it waits. */
static inline int pos_rule_early(uint64_t slot, uint64_t now_slot)
{
    return slot > now_slot + 1;
}

/* D1, D2: body and word are durable before anything that rests on them. */
static inline int pos_rule_keeps_blocks(void)
{
    return 1;
}

/* F2: the head stands on the highest notarized pointer. */
static inline int pos_rule_follows_pointer(void)
{
    return 1;
}

#endif
#endif
