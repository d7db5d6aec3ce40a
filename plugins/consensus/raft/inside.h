/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the functions the files of the plugin call each other by. Private
 * to the plugin. All run on the chain's thread unless said otherwise.
 */
#ifndef RAFT_INSIDE_H
#define RAFT_INSIDE_H

#include "state.h"

/* ---- effects.c ----------------------------------------------------------- */
void raft_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes);
/* What promises something leaves after all that was made durable before it. */
void raft_send(struct vt_cs *cs, uint32_t to, uint32_t proto,
               struct vt_view msg);
/* What promises nothing leaves at once; attach may be NULL. */
void raft_send_early(struct vt_cs *cs, uint32_t to, uint32_t proto,
                     const uint8_t *attach, struct vt_view msg);
void raft_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
/* Safety alarm: this chain stops on this node. */
void raft_halt(struct vt_cs *cs, const char *why, uint64_t index);
/* rule and what it did: a stable pair of words, then numbers. */
void raft_trace(struct vt_cs *cs, const char *what, uint64_t index);
void raft_log(struct vt_cs *cs, const char *what);
void raft_gauges(struct vt_cs *cs);
/* Decided blocks are behind this height: at most once per interval. */
void raft_sync(struct vt_cs *cs, uint64_t height);

/* ---- election.c: R1, R2, R5 ---------------------------------------------- */
/* A higher term was seen, or a leader in this one. */
void raft_follow(struct vt_cs *cs, uint64_t term, uint32_t leader);
void raft_wait_for_leader(struct vt_cs *cs);
void raft_on_election_timer(struct vt_cs *cs);
/* Ask whether a majority would vote; alone, lead at once. */
void raft_start_asking(struct vt_cs *cs);
/* Ask again those who have not answered. */
void raft_ask_again(struct vt_cs *cs);
void raft_on_ask(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void raft_on_answer(struct vt_cs *cs, uint32_t from, struct vt_view msg);
/* The leader lets this member lead. */
void raft_on_go(struct vt_cs *cs, uint32_t from, struct vt_view msg);

/* ---- leader.c ------------------------------------------------------------ */
void raft_lead(struct vt_cs *cs);
/* A sign of life to all; R7 and CheckQuorum count the answers. */
void raft_ping(struct vt_cs *cs);
void raft_on_ack(struct vt_cs *cs, uint32_t from, struct vt_view msg);
/* The own signature of an entry arrived. */
void raft_count_own(struct vt_cs *cs, const struct raft_entry *e);
void raft_send_entry(struct vt_cs *cs, uint64_t index);
/* Members that answered this round; the leader is one. */
uint32_t raft_heard_round(const struct vt_cs *cs, uint64_t round);
void raft_start_transfer(struct vt_cs *cs, uint32_t to);
void raft_check_transfer(struct vt_cs *cs);
void raft_send_cert(struct vt_cs *cs, uint32_t to);

/* ---- propose.c ----------------------------------------------------------- */
void raft_propose(struct vt_cs *cs);
void raft_on_built(struct vt_cs *cs, const struct vt_ev_block *ev);

/* ---- follow.c: R4 -------------------------------------------------------- */
void raft_on_append(struct vt_cs *cs, const struct vt_ev_recv *ev);
/* Entries of somebody else's log on top of one that agrees with ours. */
void raft_take_run(struct vt_cs *cs, uint32_t from, const struct raft_run *run);
void raft_forget_wants(struct vt_cs *cs);
/* Append what is ready; 1 when something was. */
int raft_accept(struct vt_cs *cs);
void raft_send_ack(struct vt_cs *cs, int is_match, uint64_t index);
void raft_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
void raft_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);

/* ---- log.c --------------------------------------------------------------- */
void raft_append_entry(struct vt_cs *cs, uint64_t term, struct cs_block *block);
/* Entries above index are given back. */
void raft_truncate(struct vt_cs *cs, uint64_t index);
/* Is the body of an entry above C here, good, and stored? */
int raft_is_ready(struct vt_cs *cs, uint64_t index);
/* Those of (C, index]? */
int raft_is_whole(struct vt_cs *cs, uint64_t index);
/* Sign for an entry of the current term. */
void raft_ask_ack(struct vt_cs *cs, struct raft_entry *e);
void raft_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev);
void raft_retry_signs(struct vt_cs *cs, uint64_t older_ns);
/* What is signed for an entry. */
void raft_vote_of(const struct vt_cs *cs, const struct raft_entry *e,
                  struct cs_qc *out);
/* Entries on top of index, as others need them; 0 when it is not known. */
int raft_make_run(const struct vt_cs *cs, uint64_t index, uint32_t most,
                  struct raft_run *out);
void raft_drop_block(struct vt_cs *cs, const uint8_t id[32]);

/* ---- commit.c ------------------------------------------------------------ */
/* qc is verified. */
void raft_take_cert(struct vt_cs *cs, const struct cs_qc *qc);
int raft_finalize(struct vt_cs *cs);
void raft_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void raft_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev);
void raft_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev);

/* ---- verify.c ------------------------------------------------------------ */
/* Leader: check acknowledgements that may complete a majority. */
void raft_verify_acks(struct vt_cs *cs);
void raft_verify_cert(struct vt_cs *cs);
/* Two acknowledgements that exclude each other; by brought the second. */
void raft_accuse(struct vt_cs *cs, uint32_t member, const struct cs_qc *a,
                 const struct cs_sig *sig_a, const struct cs_qc *b,
                 const struct cs_sig *sig_b);
void raft_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
void raft_retry_jobs(struct vt_cs *cs, uint64_t older_ns);

/* ---- read.c: R7, and what the operator asks ------------------------------ */
void raft_on_admin(struct vt_cs *cs, struct vt_view text);
void raft_on_read(struct vt_cs *cs, uint32_t from, struct vt_view msg);
void raft_on_index(struct vt_cs *cs, uint32_t from, struct vt_view msg);
/* Leader: answer the reads that a majority has confirmed. */
void raft_answer_reads(struct vt_cs *cs);
void raft_retry_read(struct vt_cs *cs);

/* ---- timers.c ------------------------------------------------------------ */
void raft_timers_update(struct vt_cs *cs);
void raft_on_timer(struct vt_cs *cs, uint64_t id);
/* An election timeout, one to two times the option. */
uint64_t raft_draw_timeout(struct vt_cs *cs);

/* ---- durable.c ----------------------------------------------------------- */
void raft_save_vote(struct vt_cs *cs);
void raft_save_entry(struct vt_cs *cs, uint64_t index);
vt_status raft_restore(struct vt_cs *cs, struct vt_tab slots,
                       struct vt_err *err);

/* ---- proof.c, any thread ------------------------------------------------- */
vt_status raft_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status raft_shorten_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err);
vt_status raft_check_short(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);
vt_status raft_check_header(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch,
                            const struct vt_cs_header *parent,
                            const struct vt_cs_header *header,
                            uint32_t *verdict, struct vt_err *err);
vt_status raft_check_evidence(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch, uint32_t kind,
                              struct vt_view a, struct vt_view b,
                              uint32_t *member, uint32_t *verdict,
                              struct vt_err *err);
/* The term in a header, 0 when it is not one. */
uint64_t raft_payload_term(struct vt_view payload);

/* ---- digest.c ------------------------------------------------------------ */
vt_status raft_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
