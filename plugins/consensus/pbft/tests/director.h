/* SPDX-License-Identifier: Apache-2.0
 *
 * director.h - one replica under test; the test speaks for all others.
 */
#ifndef PBFT_TESTS_DIRECTOR_H
#define PBFT_TESTS_DIRECTOR_H

#include "evidence.h"
#include "messages.h"
#include "support/director.h"

/* The replica `real` of n; settings as for the box. */
void director_start(struct director *d, uint32_t n, uint32_t real,
                    const char *settings);

/* Chain digest of a block from the epoch's start. */
void director_link(const struct director *d, uint32_t block, uint8_t out[32]);

void director_propose(struct director *d, uint32_t from, uint64_t view,
                      uint32_t block);
void director_vote(struct director *d, uint32_t from, uint32_t role,
                   uint64_t view, uint32_t block);
/* The same from all others but `except` (BOX_NONE: from all). */
void director_votes(struct director *d, uint32_t role, uint64_t view,
                    uint32_t block, uint32_t except);
void director_checkpoint(struct director *d, uint32_t from, uint32_t block,
                         uint8_t root);

/* A certificate of the lowest quorum of members. */
void director_qc(const struct director *d, uint32_t role, uint64_t view,
                 uint32_t block, uint8_t root, struct cs_qc *out);
/* hp_block BOX_NONE: nothing prepared. */
void director_make_vc(const struct director *d, uint32_t from, uint64_t view,
                      uint64_t hp_view, uint32_t hp_block,
                      struct pbft_viewchange *out);
void director_leave(struct director *d, const struct pbft_viewchange *vc);
/* From VIEWCHANGEs in member order, a quorum of them. */
void director_make_nv(const struct director *d,
                      const struct pbft_viewchange *vcs,
                      struct pbft_newview *out);
void director_enter(struct director *d, uint32_t from,
                    const struct pbft_newview *nv);

/* The proof that blocks[0] .. blocks[count - 1] are final, decided in a view.
 */
void director_cert(struct director *d, uint32_t from, uint64_t view,
                   const uint32_t *blocks, uint32_t count);

/* How many members heard such a vote; id NULL: any. */
uint32_t director_heard_vote(const struct director *d, uint32_t role,
                             uint64_t view, uint64_t seq, const uint8_t *id);
/* The last VIEWCHANGE it sent; 0 when none. */
int director_last_vc(const struct director *d, struct pbft_viewchange *out);
/* The last proposal it sent for a height; 0 when none. */
int director_last_proposal(const struct director *d, uint64_t seq,
                           struct pbft_proposal *out);

#endif
