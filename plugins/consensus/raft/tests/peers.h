/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.h - what a test says to one member in the name of the others, and what
 * that one said.
 */
#ifndef RAFT_TESTS_PEERS_H
#define RAFT_TESTS_PEERS_H

#include "messages.h"
#include "support/director.h"

/* A block of that term on parent (BOX_NONE: the epoch's). */
uint32_t peers_block(struct director *d, uint32_t parent, uint32_t tx,
                     uint64_t term);

/* APPEND of `from` in a term: block (BOX_NONE: none, a ping) on top of below,
 * with its body. */
void peers_append(struct director *d, uint32_t from, uint64_t term,
                  uint32_t below, uint32_t block);
void peers_ask(struct director *d, uint32_t from,
               const struct raft_ask_msg *ask);
/* Yes to the last ASK heard. */
void peers_grant(struct director *d, uint32_t from);
/* A signed ACK of a block; chain 1: of another chain. */
void peers_ack(struct director *d, uint32_t from, uint64_t term, uint32_t block,
               int chain);
/* An ACK without a signature: agrees up to index. */
void peers_match(struct director *d, uint32_t from, uint64_t term,
                 uint64_t index);

/* The last one it said; 0 when none. */
int peers_last_answer(const struct director *d, struct raft_answer *out);
int peers_last_ack(const struct director *d, struct raft_ack *out);
int peers_last_ask(const struct director *d, struct raft_ask_msg *out);
/* The last block it proposed, BOX_NONE when none. */
uint32_t peers_last_block(const struct director *d);
/* Was this block acknowledged with a signature? */
int peers_has_signed(const struct director *d, uint32_t block);

#endif
