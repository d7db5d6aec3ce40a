/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the functions the files of the plugin call each other by. Private
 * to the plugin. All run on the chain's thread unless said otherwise.
 */
#ifndef PBFT_INSIDE_H
#define PBFT_INSIDE_H

#include "common/check.h"
#include "state.h"

/* ---- pbft.c ------------------------------------------------------------- */
/* After every event: do what has become possible. */
void pbft_advance(struct vt_cs *cs);

/* ---- effects.c: one function per effect --------------------------------- */
void pbft_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes);
void pbft_send(struct vt_cs *cs, uint32_t to, uint32_t proto,
               struct vt_view msg);
void pbft_send_block(struct vt_cs *cs, uint32_t to, const uint8_t id[32],
                     struct vt_view msg);
void pbft_ask_sign(struct vt_cs *cs, struct cs_ask *ask, uint32_t role,
                   uint64_t major, uint64_t minor, struct vt_view core);
void pbft_ask_build(struct vt_cs *cs, uint64_t height, const uint8_t parent[32],
                    int allow_empty);
void pbft_emit_sync(struct vt_cs *cs, uint64_t height);
void pbft_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
/* Safety alarm: this chain stops on this node. */
void pbft_halt(struct vt_cs *cs, const char *why, uint64_t seq);
/* rule and what it did: a stable pair of words, then numbers. */
void pbft_trace(struct vt_cs *cs, const char *what, uint64_t seq);
void pbft_log(struct vt_cs *cs, const char *what, uint64_t seq);
void pbft_gauges(struct vt_cs *cs);

/* ---- timers.c ----------------------------------------------------------- */
void pbft_timers_update(struct vt_cs *cs);
void pbft_progress_made(struct vt_cs *cs);
void pbft_on_timer(struct vt_cs *cs, uint64_t id);
/* Is there work the primary owes us, P7? */
int pbft_has_work(const struct vt_cs *cs);
/* View timeout now, P11. */
uint64_t pbft_timeout(const struct vt_cs *cs);

/* ---- slots.c ------------------------------------------------------------ */
/* The slot of a height in (C, C + 2W], opened when needed; NULL outside. */
struct pbft_slot *pbft_slot(struct vt_cs *cs, uint64_t seq);
/* The same, only when it is open already. */
struct pbft_slot *pbft_slot_open(struct vt_cs *cs, uint64_t seq);
void pbft_slots_reset(struct vt_cs *cs);
void pbft_slots_below(struct vt_cs *cs, uint64_t seq);
/* Signatures the host did not answer for are asked for again. */
void pbft_slots_retry(struct vt_cs *cs, uint64_t older_ns);
/* A signature for one of the slots arrived; 0 when it is for none of them. */
int pbft_slots_signed(struct vt_cs *cs, const struct vt_ev_done *ev,
                      const struct cs_sig *sig);

/* ---- blocks.c: which bodies are given back ------------------------------ */
void pbft_block_store(struct vt_cs *cs, struct cs_block *block);
void pbft_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
/* Blocks at or below C are decided; what lost is given back. */
void pbft_blocks_decided(struct vt_cs *cs);
/* Blocks that are on no chain we follow in this view are given back. */
void pbft_blocks_abandon(struct vt_cs *cs);
/* Blocks nobody asked the host to check: forgotten between views. */
void pbft_blocks_forget(struct vt_cs *cs);
void pbft_requeue(struct vt_cs *cs, const uint8_t id[32]);
/* Walks from (seq, id) down to C. Returns 1 when every body is held and the
 * chain ends in C's block, 0 when something is being fetched, -1 when it ends
 * in another block. */
int pbft_walk(struct vt_cs *cs, uint64_t seq, const uint8_t id[32],
              uint64_t holders);

/* ---- verify.c ----------------------------------------------------------- */
struct pbft_job *pbft_job_new(struct vt_cs *cs, uint32_t kind, uint32_t member);
void pbft_item_vote(struct vt_cs *cs, uint32_t *count, uint32_t member,
                    uint32_t role, uint64_t view, uint64_t seq,
                    const struct pbft_vote *vote);
void pbft_item_core(struct vt_cs *cs, uint32_t *count, uint32_t member,
                    uint32_t role, const struct cs_wr *core,
                    const struct cs_sig *sig);
void pbft_item_qc(struct vt_cs *cs, uint32_t *count, const struct cs_qc *qc);
void pbft_job_start(struct vt_cs *cs, struct pbft_job *job, uint32_t count);
void pbft_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
void pbft_jobs_retry(struct vt_cs *cs, uint64_t older_ns);
void pbft_jobs_drop_votes(struct vt_cs *cs);
void pbft_job_drop(struct vt_cs *cs, uint32_t kind, uint32_t member);
/* A verified certificate for the same vote, or NULL. */
const struct cs_qc *pbft_qc_find(const struct vt_cs *cs,
                                 const struct cs_qc *qc);
/* Is exactly this certificate, byte for byte, among those verified? */
int pbft_qc_is_known(const struct vt_cs *cs, const struct cs_qc *qc);

/* ---- votes.c: P2, P4, P5 ------------------------------------------------ */
void pbft_on_preprepare(struct vt_cs *cs, const struct vt_ev_recv *ev);
void pbft_on_vote(struct vt_cs *cs, uint32_t from, uint32_t phase,
                  struct vt_view msg);
void pbft_on_proposal_checked(struct vt_cs *cs, const struct pbft_job *job,
                              int is_good);
void pbft_on_votes_checked(struct vt_cs *cs, const struct pbft_job *job,
                           struct vt_view verdicts);
void pbft_own_vote(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase,
                   const struct cs_sig *sig);
int pbft_prepare_qc(struct vt_cs *cs, const struct pbft_slot *slot,
                    const uint8_t id[32], struct cs_qc *out);

/* ---- accept.c: from proposal to PREPARE and COMMIT ---------------------- */
int pbft_accept(struct vt_cs *cs);
int pbft_prepare_done(struct vt_cs *cs);
int pbft_base_link(struct vt_cs *cs);
void pbft_validate_ahead(struct vt_cs *cs);
void pbft_send_vote(struct vt_cs *cs, uint32_t to, struct pbft_slot *slot,
                    uint32_t phase);
void pbft_send_proposal(struct vt_cs *cs, uint32_t to, struct pbft_slot *slot);
void pbft_ask_vote(struct vt_cs *cs, struct pbft_slot *slot, uint32_t phase);
void pbft_ask_proposal(struct vt_cs *cs, struct pbft_slot *slot);

/* ---- commit.c ----------------------------------------------------------- */
void pbft_on_commit_qc(struct vt_cs *cs, const struct cs_qc *qc);
int pbft_finalize(struct vt_cs *cs);
void pbft_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev);
void pbft_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev);
void pbft_try_sealed(struct vt_cs *cs);

/* ---- propose.c: P1 ------------------------------------------------------ */
void pbft_propose(struct vt_cs *cs);
void pbft_on_built(struct vt_cs *cs, const struct vt_ev_block *ev);

/* ---- viewchange.c: P7-P9, P11 ------------------------------------------- */
void pbft_start_change(struct vt_cs *cs, uint64_t view);
/* Forget everything that belongs to the current view and be in another. */
void pbft_leave_view(struct vt_cs *cs, uint64_t view);
void pbft_forget_change(struct vt_cs *cs);
void pbft_on_viewchange(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_viewchange_checked(struct vt_cs *cs, uint32_t member, int is_good);
void pbft_sign_viewchange(struct vt_cs *cs);
void pbft_viewchange_signed(struct vt_cs *cs, const struct cs_sig *sig);
void pbft_send_viewchange(struct vt_cs *cs, uint32_t to);
int pbft_join(struct vt_cs *cs);

/* ---- newview.c: P10 ----------------------------------------------------- */
int pbft_build_newview(struct vt_cs *cs);
void pbft_sign_newview(struct vt_cs *cs);
void pbft_newview_signed(struct vt_cs *cs, const struct cs_sig *sig);
void pbft_on_newview(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_newview_checked(struct vt_cs *cs, uint32_t member, int is_good);
void pbft_send_newview(struct vt_cs *cs, uint32_t to);
/* Base of a view from its NEWVIEW. */
void pbft_set_base(struct vt_cs *cs, const struct pbft_newview *nv);

/* ---- checkpoint.c: P6 --------------------------------------------------- */
void pbft_checkpoint_applied(struct vt_cs *cs, uint64_t seq,
                             const uint8_t id[32], const uint8_t root[32]);
void pbft_checkpoint_signed(struct vt_cs *cs, const struct cs_sig *sig);
void pbft_sign_checkpoint(struct vt_cs *cs);
void pbft_on_checkpoint(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_checkpoint_checked(struct vt_cs *cs, const struct pbft_job *job,
                                struct vt_view verdicts);
void pbft_on_stable(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_stable_checked(struct vt_cs *cs, uint32_t member, int is_good);
void pbft_take_stable(struct vt_cs *cs, const struct cs_qc *qc);
void pbft_send_checkpoint(struct vt_cs *cs);
int pbft_checkpoint_waiting(const struct vt_cs *cs);

/* ---- catchup.c ---------------------------------------------------------- */
void pbft_ask_status(struct vt_cs *cs, uint32_t to);
/* STATUS to everybody. */
void pbft_greet(struct vt_cs *cs);
void pbft_on_status(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void pbft_on_cert_checked(struct vt_cs *cs, uint32_t member, int is_good);
void pbft_resend(struct vt_cs *cs);
/* A member said something of a view that is over: bring it here. */
void pbft_help(struct vt_cs *cs, uint32_t to, uint64_t its_view);
/* Others are ahead: let the host fetch final blocks. */
void pbft_follow_claims(struct vt_cs *cs, int is_stuck);
void pbft_seen_view(struct vt_cs *cs, uint32_t from, uint64_t view);
void pbft_seen_height(struct vt_cs *cs, uint32_t from, uint64_t seq);
/* Counts a costly message; 0 when this member has had enough. */
int pbft_may_check(struct vt_cs *cs, uint32_t from);
void pbft_bad_signature(struct vt_cs *cs, uint32_t from);

/* ---- proof.c ------------------------------------------------------------ */
vt_status pbft_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status pbft_shorten_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err);
vt_status pbft_check_short(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status pbft_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err);
vt_status pbft_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err);

/* ---- evidence.c --------------------------------------------------------- */
/* Two items of one member that no honest member signs both, of which `by`
 * brought the second. */
void pbft_accuse(struct vt_cs *cs, uint32_t by, uint32_t kind, struct vt_view a,
                 struct vt_view b);
void pbft_on_evidence_checked(struct vt_cs *cs, uint32_t member, int is_good);
void pbft_check_late(struct vt_cs *cs, uint32_t from,
                     const struct pbft_vote_msg *m);
void pbft_check_history(struct vt_cs *cs, const struct pbft_viewchange *vc);

/* ---- durable.c ---------------------------------------------------------- */
void pbft_save_view(struct vt_cs *cs);
void pbft_save_prepared(struct vt_cs *cs);
void pbft_save_stable(struct vt_cs *cs);
void pbft_save_newview(struct vt_cs *cs);
void pbft_save_record(struct vt_cs *cs, const struct pbft_record *record);
/* The own vote at a height in the current view, or NULL. */
const struct pbft_record *pbft_record(const struct vt_cs *cs, uint64_t seq);
vt_status pbft_restore(struct vt_cs *cs, struct vt_tab slots,
                       struct vt_err *err);
void pbft_recall(struct vt_cs *cs);
/* START: say again what was said, D1, D4, D5. */
void pbft_resume(struct vt_cs *cs);

/* ---- digest.c ----------------------------------------------------------- */
vt_status pbft_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
