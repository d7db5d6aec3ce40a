/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the functions the files of the plugin call each other by. Private
 * to the plugin. All run on the chain's thread unless said otherwise.
 */
#ifndef DPOS_INSIDE_H
#define DPOS_INSIDE_H

#include "state.h"

/* ---- effects.c ----------------------------------------------------------- */
void dpos_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes);
/* The owner's word under its block, to all; attach: with the body. */
void dpos_say_block(struct vt_cs *cs, const struct dpos_node *node, int attach);
void dpos_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
/* Safety alarm: this chain stops on this node. */
void dpos_halt(struct vt_cs *cs, const char *why, uint64_t height);
/* rule and what it did: a stable pair of words, then numbers. */
void dpos_trace(struct vt_cs *cs, const char *what, uint64_t height);
void dpos_gauges(struct vt_cs *cs);
/* Decided blocks are behind this height: at most once per interval. */
void dpos_sync(struct vt_cs *cs, uint64_t height);
/* Is this signature of member under a block's (slot, height, id)? */
void dpos_verify(struct vt_cs *cs, struct cs_ask *ask,
                 const struct dpos_node *node, const struct cs_sig *sig);

/* ---- tree.c -------------------------------------------------------------- */
struct dpos_node *dpos_find(const struct vt_cs *cs, const uint8_t id[32]);
/* NULL when the tree is full. */
struct dpos_node *dpos_add(struct vt_cs *cs, const uint8_t id[32]);
/* The same at this place of the table; 0 when it is taken. */
int dpos_add_at(struct vt_cs *cs, uint32_t index, const uint8_t id[32]);
void dpos_drop(struct vt_cs *cs, struct dpos_node *node);
/* The attached node with this chain digest, or NULL. */
struct dpos_node *dpos_find_link(const struct vt_cs *cs, uint64_t height,
                                 const uint8_t link[32]);
/* Does an attached node stand on another one, or is it that? */
int dpos_stands_on(const struct vt_cs *cs, const struct dpos_node *node,
                   const struct dpos_node *below);
/* Attached node of the branch of node at a height not above it, not below the
 * root. */
struct dpos_node *dpos_ancestor(const struct vt_cs *cs, struct dpos_node *node,
                                uint64_t height);
/* Nodes that do not stand on the root are lost. */
void dpos_prune(struct vt_cs *cs);

/* ---- grow.c: from announced to attached ---------------------------------- */
void dpos_on_block(struct vt_cs *cs, const struct vt_ev_recv *ev);
/* All nodes one step further; 1 when something was attached. */
int dpos_grow(struct vt_cs *cs);
void dpos_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);
void dpos_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
void dpos_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
/* Body, header and signatures are good and the parent is attached. */
void dpos_attach(struct vt_cs *cs, struct dpos_node *node);
/* Ask the host again for what it did not answer. */
void dpos_retry_nodes(struct vt_cs *cs);

/* ---- choice.c: the best chain -------------------------------------------- */
/* 1 when the head moved. */
int dpos_choose(struct vt_cs *cs);
/* A pointer may name node: it and all below are durable. */
void dpos_keep_branch(struct vt_cs *cs, struct dpos_node *node);

/* ---- produce.c ----------------------------------------------------------- */
void dpos_produce(struct vt_cs *cs);
void dpos_on_built(struct vt_cs *cs, const struct vt_ev_block *ev);
void dpos_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev);
/* The block of the last own slot, not signed before a restart. */
void dpos_resign(struct vt_cs *cs);
void dpos_on_txs(struct vt_cs *cs, const struct vt_ev_txs *ev);

/* ---- gadget.c: pointers -------------------------------------------------- */
vt_status dpos_gadget_new(struct vt_cs *cs, const struct vt_cs_start *start,
                          struct vt_view proof, uint64_t height,
                          const uint8_t link[32], struct vt_err *err);
/* Tell the ordering core that its questions have other answers now. */
void dpos_gadget_poke(struct vt_cs *cs);

/* ---- final.c ------------------------------------------------------------- */
/* Decide what the final pointer covers; 1 when the root moved. */
int dpos_finalize(struct vt_cs *cs);
/* A pointer is final; copied. */
void dpos_take_final(struct vt_cs *cs, uint64_t height, const uint8_t link[32],
                     struct vt_view proof);
void dpos_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev);
void dpos_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev);
/* Digest of the final chain at a height, NULL when it is not remembered. */
const uint8_t *dpos_final_link(const struct vt_cs *cs, uint64_t height);
void dpos_remember_final(struct vt_cs *cs, uint64_t height,
                         const uint8_t id[32], const uint8_t link[32]);

/* ---- durable.c ----------------------------------------------------------- */
void dpos_save_own(struct vt_cs *cs);
void dpos_save_node(struct vt_cs *cs, const struct dpos_node *node);
vt_status dpos_restore(struct vt_cs *cs, const struct vt_cs_start *start,
                       struct vt_err *err);

/* ---- proof.c, any thread ------------------------------------------------- */
vt_status dpos_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status dpos_shorten_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err);
vt_status dpos_check_short(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status dpos_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err);
vt_status dpos_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err);
vt_status dpos_compare_headers(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch,
                               const struct vt_cs_header *a,
                               const struct vt_cs_header *b, int32_t *order);

/* What decides between two branches. */
struct dpos_rank {
    uint64_t height, slot;
    const uint8_t *id;
};
/* Above 0 when a is better: longer, then of an earlier slot, then any order
 * that all have in common. */
int dpos_compare(const struct dpos_rank *a, const struct dpos_rank *b);

/* ---- digest.c ------------------------------------------------------------ */
vt_status dpos_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
