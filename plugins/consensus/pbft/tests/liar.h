/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.h - a member that breaks every promise of PBFT, by chance.
 *
 * It votes for everything it sees, to whom it likes; as a primary it proposes
 * different blocks to different members; it leaves views with forged or stale
 * words, builds several NEWVIEWs from subsets of its choice, hides
 * certificates, and sends rubbish. Signatures it makes with its own key only.
 */
#ifndef PBFT_TESTS_LIAR_H
#define PBFT_TESTS_LIAR_H

#include "messages.h"
#include "support/enginebox.h"

#define LIAR_SEEN 64u
#define LIAR_MEMBERS 10u /* the largest committee it can sit in */

struct liar_seen {
    uint64_t view, seq;
    uint8_t id[32], link[32];
    int has_link;
};

struct liar_node {
    uint64_t view; /* highest heard of */
    struct liar_seen seen[LIAR_SEEN];
    uint32_t seen_count;
    struct pbft_viewchange vcs[LIAR_MEMBERS];
    uint8_t raw[8][2048];
    uint32_t raw_len[8], raw_proto[8], raw_count;
    uint64_t proposed_seq;
    uint32_t tip[2]; /* the blocks of its two stories */
    uint32_t next_tx;
};

struct liar {
    struct box_attack attack; /* for box_options */
    uint32_t n;
    uint64_t liars;  /* members; they do not listen to each other */
    uint32_t malice; /* 0..1000: how often it does the unexpected */
    struct liar_node nodes[LIAR_MEMBERS];
};

void liar_init(struct liar *liar, uint32_t n, uint64_t liars, uint32_t malice);

#endif
