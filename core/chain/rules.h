/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - rules of the chain driver on which safety hangs whatever the engine
 * does, one function each.
 *
 * They stand apart from the code that uses them for a test of the tests:
 * tests/mutants is built from the same sources with -DVT_CHAIN_RULES_HEADER
 * naming a file that breaks one rule at a time, and the simulator must then
 * find it. Private to core/chain.
 */
#ifndef VT_CHAIN_RULES_H
#define VT_CHAIN_RULES_H

#ifdef VT_CHAIN_RULES_HEADER
#include VT_CHAIN_RULES_HEADER
#else

/* No two messages are signed at one position, and none behind the last. */
static inline int vt_chain_rule_guards(void)
{
    return 1;
}

/* What rests on a record gets out when that is durable. */
static inline int vt_chain_rule_waits(void)
{
    return 1;
}

/* The engine hears where its epoch ends. */
static inline int vt_chain_rule_seals(void)
{
    return 1;
}

/* A block on another state than ours is refused. */
static inline int vt_chain_rule_compares(void)
{
    return 1;
}

#endif
#endif
