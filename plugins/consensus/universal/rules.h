/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - rules on which validity, availability and recovery hang, one
 * function each.
 *
 * They stand apart from the code that uses them for a test of the tests:
 * tests/check_mutants.c is built from the same sources with
 * -DUNIVERSAL_RULES_HEADER naming a file that breaks one rule at a time, and a
 * campaign must then find it. The names are those of README.md.
 */
#ifndef UNIVERSAL_RULES_H
#define UNIVERSAL_RULES_H

#ifdef UNIVERSAL_RULES_HEADER
#include UNIVERSAL_RULES_HEADER
#else

#include <stdint.h>

/* W3: who witnesses a batch witnessed its parent, too, or has a certificate of
 * it. Holding the parent's bytes is not enough. */
static inline int uni_rule_needs_parent(void)
{
    return 1;
}

/* W6: this many of m witnesses make a certificate. */
static inline uint32_t uni_rule_quorum(uint32_t m)
{
    return 2 * m / 3 + 1;
}

/* W5, D2: a batch and the word for it are durable before the word is said. */
static inline int uni_rule_keeps_batch(void)
{
    return 1;
}

/* C2: only certified batches are cut and agreed to. */
static inline int uni_rule_needs_certs(void)
{
    return 1;
}

/* W4: only batches whose transactions were checked are witnessed. */
static inline int uni_rule_validates(void)
{
    return 1;
}

/* C2, E8: the random value of a cut is its leader's. */
static inline int uni_rule_draws(void)
{
    return 1;
}

/* A3: a batch is executed when enough auditors approved it. */
static inline int uni_rule_audits(void)
{
    return 1;
}

/* A2: an auditor approves what it checked. */
static inline int uni_rule_audit_looks(void)
{
    return 1;
}

/* S1: the members lead one after the other, by a permutation. */
static inline int uni_rule_turns(void)
{
    return 1;
}

#endif
#endif
