/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the functions the files of the plugin call each other by. Private
 * to the plugin. All run on the chain's thread unless said otherwise.
 */
#ifndef UNIVERSAL_INSIDE_H
#define UNIVERSAL_INSIDE_H

#include "state.h"

/* ---- effects.c ----------------------------------------------------------- */
void uni_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes);
/* attach: an id, or NULL. */
void uni_send(struct vt_cs *cs, uint32_t to, uint32_t proto, uint32_t klass,
              struct vt_view msg, const uint8_t *attach);
void uni_penalize(struct vt_cs *cs, uint32_t peer, const char *why);
/* Safety alarm: this chain stops on this node. */
void uni_halt(struct vt_cs *cs, const char *why, uint64_t height);
/* rule and what it did: a stable pair of words, then numbers. */
void uni_trace(struct vt_cs *cs, const char *what, uint64_t number);
/* The same of a lane. */
void uni_trace_lane(struct vt_cs *cs, const char *what, uint32_t lane,
                    uint32_t seq);
/* Where this member sits in the epoch. */
void uni_trace_seat(struct vt_cs *cs);
/* Decided blocks are behind this height: at most once per interval. */
void uni_sync(struct vt_cs *cs, uint64_t height);
/* Asks for this member's signature under a batch. */
void uni_sign(struct vt_cs *cs, struct uni_batch *batch);
/* Is sig a member's under (lane, seq, id)? */
void uni_verify_word(struct vt_cs *cs, struct cs_ask *ask, uint32_t member,
                     const struct uni_word *word);

/* ---- batches.c: the table, and what is known of each ----------------------
 */
struct uni_batch *uni_batch_find(const struct vt_cs *cs, const uint8_t id[32]);
/* The one known under this id, or a new one; NULL: another lane or number, or
 * no room. */
struct uni_batch *uni_batch_add(struct vt_cs *cs, const uint8_t id[32],
                                uint32_t lane, uint32_t seq);
void uni_batch_drop(struct vt_cs *cs, struct uni_batch *batch);
/* Free what an instance's batches hold. */
void uni_batches_free(struct vt_cs *cs);
/* Is this number one the lane may have now? */
int uni_is_near(const struct vt_cs *cs, uint32_t lane, uint32_t seq);
/* Certified, or what stands on it is: so is all below. */
void uni_batch_be_sure(struct vt_cs *cs, struct uni_batch *batch);
/* Header and size, from the host; batch->is_held after. */
void uni_batch_learn(struct vt_cs *cs, struct uni_batch *batch,
                     const struct vt_ev_block *ev);
void uni_batch_fetch(struct vt_cs *cs, struct uni_batch *batch,
                     uint64_t holders);
/* Returns 1 when the answer was for a batch. */
int uni_batch_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);
int uni_batch_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
/* It was shown to be invalid: what its lane has beyond the final cuts goes
 * other ways, as far as this member leads. */
void uni_batch_be_flawed(struct vt_cs *cs, struct uni_batch *batch);
/* All one step further. */
void uni_batches_grow(struct vt_cs *cs);
void uni_batches_retry(struct vt_cs *cs);
/* The batches a final block used are given back. */
void uni_batches_release(struct vt_cs *cs);

/* ---- author.c: the own lane ---------------------------------------------- */
void uni_author_build(struct vt_cs *cs);
/* Returns 1 when the answer was for a batch. */
int uni_author_built(struct vt_cs *cs, const struct vt_ev_block *ev);
void uni_author_signed(struct vt_cs *cs, struct uni_batch *batch);
void uni_on_witness(struct vt_cs *cs, const struct vt_ev_recv *ev);
/* Returns 1 when the answer was for words under an own batch. */
int uni_author_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
/* Send again, to more members after a while. */
void uni_author_tick(struct vt_cs *cs);
/* Own batches from before a restart are signed and sent again. */
void uni_author_resume(struct vt_cs *cs, struct uni_batch *batch);
/* Words that wait are checked, all at once, one such check at a time. */
void uni_votes_check(struct vt_cs *cs, const struct uni_batch *batch,
                     struct uni_votes *votes, uint32_t role);
/* The verdicts about those that were. */
void uni_votes_take(struct vt_cs *cs, struct uni_votes *votes,
                    struct vt_view verdicts);
uint32_t uni_author_open(const struct vt_cs *cs);

/* ---- witness.c: W1 to W6 ------------------------------------------------- */
void uni_on_batch(struct vt_cs *cs, const struct vt_ev_recv *ev);
/* Returns 1 when the answer was for an author's signature. */
int uni_witness_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
/* Says the word when all rules are met; asks for what is missing. */
void uni_witness(struct vt_cs *cs, struct uni_batch *batch);
void uni_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev);
/* What this member said for a number of a lane, or NULL. */
const struct uni_said *uni_said(const struct vt_cs *cs, uint32_t lane,
                                uint32_t seq);
/* W2, W5: from here on it says nothing else there. */
void uni_say(struct vt_cs *cs, struct uni_batch *batch);

/* ---- certs.c ------------------------------------------------------------- */
void uni_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view bytes);
/* Each of several, one after the other. */
void uni_take_certs(struct vt_cs *cs, uint32_t from, struct vt_view bytes);
/* Returns 1 when the answer was for a certificate. */
int uni_cert_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
/* A checked certificate; takes it. */
void uni_cert_take(struct vt_cs *cs, struct uni_cert *cert);
void uni_send_cert(struct vt_cs *cs, uint32_t to, const struct uni_cert *cert);
/* The certificate of a batch or of one above it; NULL: none here. */
const struct uni_cert *uni_cert_for(const struct vt_cs *cs, uint32_t lane,
                                    uint32_t seq, const uint8_t id[32]);
/* Own tips, said again. */
void uni_certs_tick(struct vt_cs *cs);
/* E7: the signers of a certified batch that is known to be invalid. */
void uni_convict(struct vt_cs *cs, const struct uni_batch *batch);
/* Two words of one member for one number. */
void uni_accuse(struct vt_cs *cs, uint32_t member, const struct uni_word *a,
                const struct uni_word *b);

/* ---- cuts.c: blocks of the chain ----------------------------------------- */
struct uni_cut *uni_cut_find(const struct vt_cs *cs, const uint8_t id[32]);
/* NULL when there is no room. */
struct uni_cut *uni_cut_add(struct vt_cs *cs, const uint8_t id[32]);
/* The block is needed: ask for what is missing. */
struct uni_cut *uni_cut_want(struct vt_cs *cs, const uint8_t id[32],
                             uint64_t holders);
/* It is to be built on: fetched and executed, with all below. Returns 1 when it
 * is. */
int uni_cut_need(struct vt_cs *cs, const uint8_t id[32]);
void uni_on_cut(struct vt_cs *cs, const struct vt_ev_recv *ev);
void uni_on_ask(struct vt_cs *cs, const struct vt_ev_recv *ev);
int uni_cut_fetched(struct vt_cs *cs, const struct vt_ev_block *ev);
int uni_cut_validated(struct vt_cs *cs, const struct vt_ev_block *ev);
int uni_cut_built(struct vt_cs *cs, const struct vt_ev_block *ev);
void uni_cuts_retry(struct vt_cs *cs);
/* What is below the applied block goes, and what lost. */
void uni_cuts_prune(struct vt_cs *cs);
void uni_say_cut(struct vt_cs *cs, uint32_t to, const struct uni_cut *cut,
                 int with_certs);
/* It cannot be what was told of it. */
void uni_cut_be_other(struct vt_cs *cs, struct uni_cut *cut);
/* Make it here, from its batches; answers come as BUILT. */
void uni_cut_join(struct vt_cs *cs, struct uni_cut *cut, size_t count);

/* ---- linear.c: the order of a cut's batches ------------------------------ */
/* Ids of the batches between two sets of tips into cs->joined, in the order of
 * C4. Returns 1 with their count; 0 when some are not here yet: they are asked
 * for; -1 when there can be no such cut. */
int uni_linearise(struct vt_cs *cs, const struct uni_tip *from,
                  const struct uni_tip *to, uint64_t height, size_t *count);
/* The host lost some of them: all are fetched again. */
void uni_refetch(struct vt_cs *cs, const struct uni_tip *from,
                 const struct uni_tip *to);
/* How far the lanes can be taken on top of `from` by at most so many batches.
 * Returns 1 when any moves. */
int uni_choose_tips(struct vt_cs *cs, const struct uni_tip *from, uint32_t most,
                    struct uni_tip *to);
/* What lies between two sets of tips into cs->more, of each lane lowest first.
 * Returns as uni_linearise(). */
int uni_list_more(struct vt_cs *cs, const struct uni_tip *from,
                  const struct uni_tip *to, uint32_t *count);

/* ---- order.c: the shared core -------------------------------------------- */
vt_status uni_order_new(struct vt_cs *cs, const struct vt_cs_start *start,
                        struct vt_err *err);
/* Its questions have other answers now; is there work for a leader? */
void uni_order_poke(struct vt_cs *cs);
/* Returns 1 when the answer was for the own proposal. */
int uni_order_built(struct vt_cs *cs, const struct vt_ev_block *ev);
/* The own proposal of this view, said again. */
void uni_order_tick(struct vt_cs *cs);

/* ---- draw.c: the random value of a cut ------------------------------------
 */
/* C2: is it its proposer's? Asked of the key once. */
int uni_cut_is_lucky(struct vt_cs *cs, struct uni_cut *cut);
/* C1: is the own one for a height here, in cs->mine? It is asked for. */
int uni_draw_for(struct vt_cs *cs, uint64_t height);
void uni_on_proved(struct vt_cs *cs, const struct vt_ev_done *ev);
/* Any thread. Returns what the host could not do, or VT_OK and a verdict. */
vt_status uni_check_draw(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch,
                         const struct vt_cs_header *header,
                         const struct uni_draw *draw, uint8_t value[32],
                         uint32_t *verdict);
vt_status uni_random(const struct vt_host *host,
                     const struct vt_cs_epoch *epoch,
                     const struct vt_cs_header *header, uint8_t out[32],
                     uint32_t *has);
/* The host's service, as far as this engine needs it; NULL: not granted. */
static inline const struct vt_svc_crypto *uni_crypto(const struct vt_host *host)
{
    return host->service(host, VT_SVC_CRYPTO,
                         VT_UPTO(struct vt_svc_crypto, check_flaw));
}

/* ---- approve.c: the audit level -------------------------------------------
 */
#define UNI_AUDIT_TAG "VTC/universal/audit/1"
/* The auditor's part: check what this member is drawn for, say so. */
void uni_audit_grow(struct vt_cs *cs);
void uni_audit_tick(struct vt_cs *cs);
void uni_on_approve(struct vt_cs *cs, const struct vt_ev_recv *ev);
void uni_on_flaw(struct vt_cs *cs, const struct vt_ev_recv *ev);
/* Return 1 when the answer was for an auditor's word. */
int uni_approve_signed(struct vt_cs *cs, const struct vt_ev_done *ev);
int uni_approve_verified(struct vt_cs *cs, const struct vt_ev_done *ev);
/* Words that came with a cut. */
void uni_take_approvals(struct vt_cs *cs, uint32_t from, struct vt_view bytes);
/* E7 of auditors whose word is known. */
void uni_convict_auditors(struct vt_cs *cs, const struct uni_batch *batch);

/* ---- gate.c: cuts with the audit level ------------------------------------
 */
/* The state a cut claims; returns 0 when it is none. */
int uni_take_audit(struct vt_cs *cs, struct uni_cut *cut, struct vt_view bytes);
/* Into a message, with the words that are new in it; uses cs->joined. */
void uni_put_audit_of(struct vt_cs *cs, const struct uni_cut *cut,
                      int with_words, struct uni_cut_msg *m);
/* The own proposal's state and tips on top of parent, ids into cs->joined.
 * Returns 1; 0 when something is not here yet. */
int uni_gate_propose(struct vt_cs *cs, const struct uni_cut *parent,
                     size_t *count);
/* Does a cut's state follow from its parent's, by what is known here? A
 * verdict; ids into cs->joined when GOOD. */
uint32_t uni_gate_judge(struct vt_cs *cs, struct uni_cut *cut,
                        const struct uni_cut *parent, size_t *count);
/* Is there anything that a cut on top of this one could say? */
int uni_gate_is_due(struct vt_cs *cs, const struct uni_cut *parent);
/* How many batches may a cut on top of this one order? */
uint32_t uni_gate_room(const struct vt_cs *cs, const struct uni_cut *parent);
void uni_refetch_audited(struct vt_cs *cs, const struct uni_audit *a);

/* ---- final.c ------------------------------------------------------------- */
void uni_on_final(struct vt_cs *cs, const struct bft_block *block,
                  struct vt_view proof);
/* Id of the final block at a height; NULL: not remembered. */
const uint8_t *uni_final_id(const struct vt_cs *cs, uint64_t height);
void uni_remember_final(struct vt_cs *cs, uint64_t height,
                        const uint8_t id[32]);
/* Decide what can be; 1 when the root moved. */
int uni_finalize(struct vt_cs *cs);
void uni_on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev);
void uni_on_seal(struct vt_cs *cs, const struct vt_ev_seal *ev);

/* ---- durable.c ----------------------------------------------------------- */
void uni_save_said(struct vt_cs *cs, uint32_t lane, const struct uni_said *s);
vt_status uni_restore(struct vt_cs *cs, const struct vt_cs_start *start,
                      struct vt_err *err);
/* After START: what was said before is fetched and said again. */
void uni_resume(struct vt_cs *cs);

/* ---- proof.c, any thread ------------------------------------------------- */
vt_status uni_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err);
vt_status uni_shorten_proof(const struct vt_host *host,
                            const struct vt_cs_epoch *epoch, uint64_t height,
                            const uint8_t id[32], struct vt_view proof,
                            struct vt_sink *out, struct vt_err *err);
vt_status uni_check_short(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint64_t height,
                          const uint8_t id[32], struct vt_view proof,
                          uint32_t *verdict, struct vt_err *err);
vt_status uni_check_header(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *parent,
                           const struct vt_cs_header *header, uint32_t *verdict,
                           struct vt_err *err);
vt_status uni_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err);

/* ---- gauges.c ------------------------------------------------------------ */
void uni_gauges_declare(struct vt_cs *cs);
void uni_gauges(struct vt_cs *cs);
/* A span into a moving average, in microseconds. */
void uni_average(uint64_t *us, uint64_t from_ns, uint64_t to_ns);

/* ---- stage.c ------------------------------------------------------------- */
/* Once the batch is here and certified. */
void uni_tell_witnessed(struct vt_cs *cs, struct uni_batch *batch);
/* Any thread. */
vt_status uni_check_stage(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint32_t stage,
                          const struct vt_cs_header *header,
                          struct vt_view proof, uint32_t *verdict,
                          struct vt_err *err);

/* ---- universal.c --------------------------------------------------------- */
/* Shards of an epoch, as its options say; any thread. */
uint32_t uni_shards_of(const struct vt_cs_epoch *epoch);

/* ---- digest.c ------------------------------------------------------------ */
vt_status uni_digest(const struct vt_cs *cs, uint8_t out[32]);

#endif
