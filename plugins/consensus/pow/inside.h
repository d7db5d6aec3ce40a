/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the functions the files of the plugin call each other by. Private
 * to the plugin. All run on the chain's thread unless said otherwise.
 */
#ifndef POW_INSIDE_H
#define POW_INSIDE_H

#include "state.h"

/* ---- index.c ------------------------------------------------------------- */
void pow_index_clear(struct vt_cs *cs);
/* POW_NONE when it is not there. */
uint32_t pow_find(const struct vt_cs *cs, const uint8_t hash[32]);
/* By the host's id, on or above the final block; the one with most work. */
uint32_t pow_find_block(const struct vt_cs *cs, const uint8_t id[32],
                        uint64_t height);
void pow_below_at(const struct vt_cs *cs, uint32_t i, struct pow_below *out);
/* A header whose rules were checked, on top of parent (POW_NONE: a new root).
 * What has least work makes room. POW_NONE: it is not worth a place. */
uint32_t pow_insert(struct vt_cs *cs, uint32_t parent,
                    const struct pow_header *h, const uint8_t hash[32]);
/* The entry at that height on i's branch; POW_NONE below the root. */
uint32_t pow_ancestor(const struct vt_cs *cs, uint32_t i, uint64_t height);
/* Where two chains part; POW_NONE: they do not meet. */
uint32_t pow_common(const struct vt_cs *cs, uint32_t a, uint32_t b);
int pow_descends(const struct vt_cs *cs, uint32_t i, uint32_t from);
/* Gives a state to i and all above it. */
/* The host found it bad. */
void pow_refuse_branch(struct vt_cs *cs, uint32_t i);
void pow_mark_branch(struct vt_cs *cs, uint32_t i, enum pow_state state);
/* Drops what the final block excludes, and headers far below it. */
void pow_prune(struct vt_cs *cs);
/* Work and parents anew, after entries were filled in. */
void pow_relink(struct vt_cs *cs);
/* Better than, by F1 and F2; POW_NONE is worse than all. */
int pow_is_better(const struct vt_cs *cs, uint32_t i, uint32_t than);
uint64_t pow_luck(const struct vt_cs *cs, const uint8_t hash[32]);

/* ---- choose.c: which branch, which bodies -------------------------------- */
void pow_choose(struct vt_cs *cs);
/* Of all headers, whatever is known of their bodies. */
uint32_t pow_best_header(const struct vt_cs *cs);
void pow_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);
void pow_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
void pow_retry_bodies(struct vt_cs *cs);
/* The head moves to a good entry. */
void pow_move_head(struct vt_cs *cs, uint32_t to);
/* What the head stood on is excluded: back to the final block. */
void pow_leave_head(struct vt_cs *cs);
/* STORE of all good bodies from `to` down to `fork`, this one excluded. */
void pow_store_branch(struct vt_cs *cs, uint32_t to, uint32_t fork);

/* ---- commit.c: F3, anchors, the end of the epoch ------------------------- */
void pow_commit(struct vt_cs *cs);
void pow_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev);
void pow_on_anchor(struct vt_cs *cs, const struct vt_ev_anchor *ev);
void pow_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev);
/* An entry that came may be the block we are lost at. */
void pow_find_back(struct vt_cs *cs);
/* A pinned block, anchor or boundary, excludes what does not stand on it. */
void pow_apply_anchor(struct vt_cs *cs);
/* Is the head's block at this height deep enough, anchored if it must, and not
 * contested? */
int pow_is_settled(const struct vt_cs *cs, uint64_t height);

/* ---- boundary.c: B1..B4, agreement on the last block of the epoch -------- */
/* With what was PERSISTed; nothing when depth decides. Returns VT_OK,
 * VT_E_INVALID (weights), VT_E_CORRUPT, VT_E_NOMEM. */
vt_status pow_boundary_open(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err);
void pow_boundary_close(struct vt_cs *cs);
/* SEAL was said. */
void pow_boundary_start(struct vt_cs *cs);
void pow_boundary_recv(struct vt_cs *cs, const struct vt_ev_recv *ev);
void pow_boundary_timer(struct vt_cs *cs, uint64_t timer);
void pow_boundary_done(struct vt_cs *cs, const struct vt_ev_done *ev);
/* After each event. */
void pow_boundary_update(struct vt_cs *cs);
/* Others have named a block of which there is no header here. */
int pow_boundary_is_missing(const struct vt_cs *cs);
/* Does entry i stand on the block that was picked? */
int pow_stands_on_pick(const struct vt_cs *cs, uint32_t i);
/* Pure, as vt_consensus.check_proof and check_evidence. */
vt_status pow_check_agreed(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
/* As shorten_proof and check_short; claim has host, epoch, height, value. */
vt_status pow_shorten_agreed(struct bft_claim *claim, struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err);
vt_status pow_check_agreed_short(struct bft_claim *claim, struct vt_view proof,
                                 uint32_t *verdict, struct vt_err *err);
vt_status pow_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err);

/* ---- mine.c -------------------------------------------------------------- */
void pow_mine(struct vt_cs *cs);
void pow_on_built(struct vt_cs *cs, const struct vt_ev_block *ev);
void pow_on_worked(struct vt_cs *cs, const struct vt_ev_done *ev);
void pow_retry_mining(struct vt_cs *cs);

/* ---- headers.c: learning and telling ------------------------------------- */
enum pow_proto { POW_HEADERS = 1, POW_GET = 2, POW_PROTO_BOUNDARY = 16 };

void pow_on_headers(struct vt_cs *cs, const struct vt_ev_recv *ev);
void pow_on_get(struct vt_cs *cs, uint32_t from, struct vt_view msg);
/* The last headers of entry i's branch; with_body for a block of our own. */
void pow_tell(struct vt_cs *cs, uint32_t to, uint32_t i, int with_body);
/* Ask for what we lack, at most once per tick and member. */
void pow_ask_headers(struct vt_cs *cs, uint32_t to);
void pow_ask_from(struct vt_cs *cs, uint32_t to, const uint8_t hash[32]);
/* A member other than this one, drawn. POW_NONE when alone. */
uint32_t pow_draw_member(struct vt_cs *cs);
uint64_t pow_future_ms(const struct vt_cs *cs);
/* Insert a run that was checked. */
void pow_take_run(struct vt_cs *cs, uint32_t parent, uint32_t first,
                  uint64_t holders);

/* ---- presync.c ----------------------------------------------------------- */
/* cs->run, from this member, starts where the first or second pass stands? */
int pow_presync_takes(struct vt_cs *cs, uint32_t from);
/* cs->run was checked on top of parent from there on, and more is to come. */
void pow_presync_begin(struct vt_cs *cs, uint32_t from, uint32_t parent,
                       uint32_t first);
void pow_presync_tick(struct vt_cs *cs);
/* Work below which headers are not kept. */
struct pow_u256 pow_least_work(const struct vt_cs *cs);

/* ---- durable.c ----------------------------------------------------------- */
void pow_save(struct vt_cs *cs, uint32_t i);
void pow_save_anchor(struct vt_cs *cs);
void pow_save_seal(struct vt_cs *cs);
vt_status pow_restore(struct vt_cs *cs, const struct vt_cs_start *start,
                      struct vt_err *err);

/* ---- effects.c ----------------------------------------------------------- */
void pow_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
void pow_trace(struct vt_cs *cs, const char *what, uint64_t height);
/* For the operator, in the log. */
void pow_alarm(struct vt_cs *cs, const char *what, uint64_t height);
void pow_gauges(struct vt_cs *cs);

/* ---- digest.c ------------------------------------------------------------ */
vt_status pow_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
