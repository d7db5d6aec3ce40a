/* SPDX-License-Identifier: Apache-2.0
 *
 * mutants.h - takes the place of the bodies in rules.h: each rule as it is, or
 * broken when support/mutant.h says so.
 */
#ifndef POS_TESTS_MUTANTS_H
#define POS_TESTS_MUTANTS_H

#include "support/mutant.h"

#include <stdint.h>
#include <string.h>

static inline int pos_rule_slot(uint64_t slot, uint64_t parent_slot)
{
    return slot > parent_slot || vt_is_off("pos-slot");
}

static inline int pos_rule_time(uint64_t slot, int64_t time_ms,
                                uint64_t slot_ms)
{
    return vt_is_off("pos-time") ||
           (time_ms >= 0 && (uint64_t)time_ms / slot_ms == slot);
}

static inline int pos_rule_ripe(uint64_t depth, uint64_t age_slots,
                                uint32_t share)
{
    return depth >= 1 || age_slots > 2000u / share;
}

static inline int pos_rule_better(uint64_t height, const uint8_t value[32],
                                  uint64_t than_height,
                                  const uint8_t than_value[32])
{
    if (vt_is_off("pos-longest")) {
        return memcmp(value, than_value, 32) < 0;
    }
    return height != than_height ? height > than_height
                                 : memcmp(value, than_value, 32) < 0;
}

static inline int pos_rule_early(uint64_t slot, uint64_t now_slot)
{
    return slot > now_slot + 1;
}

static inline int pos_rule_keeps_blocks(void)
{
    return !vt_is_off("pos-keep");
}

static inline int pos_rule_follows_pointer(void)
{
    return !vt_is_off("pos-follow");
}

#endif
