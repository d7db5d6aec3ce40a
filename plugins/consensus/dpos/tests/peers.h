/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.h - what a test says to one producer in the name of the others.
 */
#ifndef DPOS_TESTS_PEERS_H
#define DPOS_TESTS_PEERS_H

#include "messages.h"
#include "schedule.h"
#include "support/director.h"

#define PEERS_SLOT_MS 100u
#define PEERS_N 4u
#define PEERS_REAL 2u

extern const struct vt_plugin dpos_LTX_vt_plugin_v1;

/* The producer under test is number 2 of 4; views do not end by themselves. */
void peers_open(struct director *d, const char *more);
/* The schedule of the test's chain. */
void peers_schedule(const struct director *d, struct dpos_schedule *out);
uint32_t peers_owner(const struct director *d, uint64_t slot);
/* First slot of that owner, or with is_other of anybody else but the producer
 * under test, at or after from. */
uint64_t peers_slot(const struct director *d, uint64_t from, uint32_t owner,
                    int is_other);
void peers_run_to(struct director *d, uint64_t slot);

/* A block of the slot's owner on parent (BOX_NONE: the epoch's), tx a
 * transaction or BOX_TXS_MAX for none. */
uint32_t peers_block(struct director *d, uint32_t parent, uint64_t slot,
                     uint32_t tx);
uint64_t peers_slot_of(const struct director *d, uint32_t block);
/* The word of the block's owner under it. */
void peers_word(const struct director *d, uint32_t block,
                struct dpos_word *out);
/* BLOCK of `from` with the body. */
void peers_say(struct director *d, uint32_t from, uint32_t block);
/* What is signed for a pointer to this block, as a certificate of a view with
 * three signers, sent by `from`; below: the pointer under it, BOX_NONE. */
void peers_cert(struct director *d, uint32_t from, uint32_t kind, uint64_t view,
                uint32_t block, uint32_t below);
/* Blocks heard of the producer under test since director_forget(), each once.
 */
uint32_t peers_heard_blocks(const struct director *d, uint32_t *out,
                            uint32_t cap);

#endif
