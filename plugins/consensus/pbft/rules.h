/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rules on which safety and recovery hang, one function each.
 *
 * The names P1..P11 and D1..D7 are those of README.md. They stand apart from
 * the code that uses them so that a test of the tests can be built: with
 * -DPBFT_RULES_HEADER='"file.h"' another file takes the place of the bodies
 * below, and the campaign must then find the broken rule.
 */
#ifndef PBFT_RULES_H
#define PBFT_RULES_H

#include <stdint.h>
#include <string.h>

#ifdef PBFT_RULES_HEADER
#include PBFT_RULES_HEADER
#else

/* Members that may cheat or be away. */
static inline uint32_t pbft_rule_faulty(uint32_t n)
{
    return (n - 1) / 3;
}

/* Two quorums share a member that does not cheat: 2Q - n > f. */
static inline uint32_t pbft_rule_quorum(uint32_t n)
{
    return n - pbft_rule_faulty(n);
}

/*
 * P3, tip first: in a view whose base (b, tip) is not final yet, the first
 * PREPARE is for the tip itself and covers everything below it. Preparing the
 * suffix again in sequence order would let (new view, low height) beat
 * (old view, height that is committed) in P10.
 */
static inline uint64_t pbft_rule_first_vote(uint64_t base, uint64_t committed)
{
    return base > committed ? base : committed + 1;
}

/* P4, P10: prepared certificates are ordered by view, then by height. */
static inline int pbft_rule_is_higher(uint64_t view_a, uint64_t seq_a,
                                      uint64_t view_b, uint64_t seq_b)
{
    return view_a != view_b ? view_a > view_b : seq_a > seq_b;
}

/* P2, chain discipline: a block is voted for on top of the one voted before. */
static inline int pbft_rule_extends(const uint8_t parent[32],
                                    const uint8_t tail[32])
{
    return memcmp(parent, tail, 32) == 0;
}

/* P2: one PREPARE per (view, seq), and never below one given already. */
static inline int pbft_rule_may_vote(uint64_t view, uint64_t seq,
                                     uint64_t voted_view, uint64_t voted_seq)
{
    return pbft_rule_is_higher(view, seq, voted_view, voted_seq);
}

/* P4: the certificate is durable before the COMMIT that rests on it. */
static inline int pbft_rule_keeps_prepared(void)
{
    return 1;
}

/* D1, D4: an own PREPREPARE or PREPARE is durable before it is signed. */
static inline int pbft_rule_keeps_votes(void)
{
    return 1;
}

/* D2: the body is durable before the PREPARE that promises it. */
static inline int pbft_rule_stores_bodies(void)
{
    return 1;
}

/* D3, P9, P10: view, mode and what lets one into it are durable before
 * anything is said in it. */
static inline int pbft_rule_keeps_view(void)
{
    return 1;
}

/* Two words that exclude each other are told of. */
static inline int pbft_rule_accuses(void)
{
    return 1;
}

#endif
#endif
