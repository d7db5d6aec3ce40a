/* SPDX-License-Identifier: Apache-2.0
 *
 * switch_rules.h - when the next epoch may come, apart from the code that uses
 * it for the same test of the tests as chain/rules.h. Private to core/ledger.
 */
#ifndef VT_LEDGER_SWITCH_RULES_H
#define VT_LEDGER_SWITCH_RULES_H

#include <stdint.h>

#ifdef VT_SWITCH_RULES_HEADER
#include VT_SWITCH_RULES_HEADER
#else

/* More than two thirds of the next members' weight said that it is ready. */
static inline int vt_switch_rule_is_ready(uint64_t ready, uint64_t total)
{
    return ready / 2 > total - ready || ready > (total - ready) * 2;
}

#endif
#endif
