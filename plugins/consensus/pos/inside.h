/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of the plugin offer each other.
 */
#ifndef POS_INSIDE_H
#define POS_INSIDE_H

#include "lot.h"
#include "rules.h"
#include "state.h"

/* effects.c */
void pos_trace(struct vt_cs *cs, const char *what, uint64_t number);
void pos_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
void pos_halt(struct vt_cs *cs, const char *why);
void pos_send_word(struct vt_cs *cs, uint32_t to, uint32_t index);
void pos_send_spot(struct vt_cs *cs, uint32_t to, uint32_t proto,
                   const struct pos_spot *spot);
void pos_sync(struct vt_cs *cs, uint64_t height);
void pos_gauges(struct vt_cs *cs);

/* tree.c: indices, POS_ROOT, POS_NONE. */
uint32_t pos_find(const struct vt_cs *cs, const uint8_t id[32]);
uint32_t pos_find_link(const struct vt_cs *cs, uint64_t height,
                       const uint8_t link[32]);
/* A free place, or POS_NONE. */
uint32_t pos_add(struct vt_cs *cs);
void pos_remove(struct vt_cs *cs, uint32_t index);
/* The block at this height below index, which is good or the root. */
uint32_t pos_ancestor(const struct vt_cs *cs, uint32_t index, uint64_t height);
/* Is it at or above this good block or the root? */
int pos_descends(const struct vt_cs *cs, uint32_t index, uint32_t from);
/* A good block, or one that the host brought, becomes the root; what does not
 * stand on it goes. */
void pos_advance_root(struct vt_cs *cs, uint32_t index);
void pos_jump_root(struct vt_cs *cs, uint64_t height, const uint8_t id[32]);
/* Fork choice: HEAD when it moved. */
void pos_choose(struct vt_cs *cs);

/* blocks.c: from a word of its proposer to a good block. */
void pos_on_word(struct vt_cs *cs, const struct vt_ev_recv *ev);
void pos_on_want(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pos_on_tip(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pos_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
void pos_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);
void pos_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
void pos_fetch(struct vt_cs *cs, uint32_t index);
void pos_settle_children(struct vt_cs *cs);
void pos_become_good(struct vt_cs *cs, uint32_t index);
void pos_keep(struct vt_cs *cs, uint32_t index);
void pos_blocks_tick(struct vt_cs *cs);
void pos_ask_root(struct vt_cs *cs);

/* make.c: own slots. */
int pos_wants_block(struct vt_cs *cs);
void pos_on_slot(struct vt_cs *cs);
void pos_on_proved(struct vt_cs *cs, const struct vt_ev_done *ev);
void pos_on_built(struct vt_cs *cs, const struct vt_ev_block *ev);
void pos_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev);
void pos_make_update(struct vt_cs *cs);

/* pointers.c: finality. */
vt_status pos_pointers_open(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err);
void pos_commit(struct vt_cs *cs);
void pos_pointers_update(struct vt_cs *cs);

/* value.c: the random function and the lottery, without an instance. */
struct pos_lottery {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const uint8_t *chain_id, *epoch_digest, *beacon;
    const char *scheme;
};
/* *verdict and value as of vt.crypto/1. */
vt_status pos_value(const struct pos_lottery *l, struct vt_view pk,
                    const struct pos_payload *p, uint8_t value[32],
                    uint32_t *verdict);
/* Does the payload win its slot for this member? value is set when so. */
int pos_judge(const struct vt_cs *cs, uint32_t proposer,
              const struct pos_payload *p, uint8_t value[32]);

/* proof.c, digest.c */
vt_status pos_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err);
vt_status pos_shorten_proof(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch, uint64_t height,
                            const uint8_t id[32], struct vt_view proof,
                            struct vt_sink *out, struct vt_err *err);
vt_status pos_check_short(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err);
vt_status pos_check_header(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *parent,
                           const struct vt_cs_header *header, uint32_t *verdict,
                           struct vt_err *err);
/* The value that won the slot: its maker could keep it to itself, no more. */
vt_status pos_random(const struct vt_host *host,
                     const struct vt_cs_epoch *epoch,
                     const struct vt_cs_header *header, uint8_t out[32],
                     uint32_t *has);
vt_status pos_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err);
vt_status pos_compare(const struct vt_host *host,
                      const struct vt_cs_epoch *epoch,
                      const struct vt_cs_header *a,
                      const struct vt_cs_header *b, int32_t *order);
vt_status pos_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
