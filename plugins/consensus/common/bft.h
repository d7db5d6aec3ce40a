/* SPDX-License-Identifier: Apache-2.0
 *
 * bft.h - the ordering core several engines share: a Simplex-style agreement
 * (notarize, nullify, finalize) on a chain of opaque 32-byte values with
 * heights, among members with weights.
 *
 * A pure automaton. The engine brings inputs: bytes of other members, verdicts
 * on signatures, timers, slots from before a restart, and two questions it
 * answers at once: which value to propose, is this value good. Outputs go
 * through struct bft_ops; the engine maps each on the effect of the same name.
 * No clock, no global state; all memory is taken in bft_new().
 *
 * Order of outputs. As the ABI has it: sign() and final() take effect only
 * when every store() and persist() before them is durable. send() may go
 * early (VT_EFF_EARLY): what it carries was signed after its own records were
 * durable, or is somebody else's word.
 *
 * No call out of struct bft_ops may call back into the instance. All calls
 * except the check_ functions run on the chain's thread.
 *
 * README.md in bft/ has the protocol, the bytes and the argument.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_H
#define VT_CONSENSUS_COMMON_BFT_H

#include <vt/consensus.h>

#include "common/quorum.h"

#define BFT_SIG_MAX 96u
#ifndef BFT_WINDOW      /* tests of many small instances make it smaller */
#define BFT_WINDOW 256u /* views below the current one with certificates */
#define BFT_AHEAD 64u   /* views above the current one with votes */
#endif
#define BFT_ORDER_MAX 1024u
#define BFT_MESSAGE_MAX 32768u /* one message, slot or proof */
#define BFT_PATH_MAX 256u      /* blocks a proof leads over */

/* Message numbers, added to the engine's own base in the frame. */
enum bft_proto { BFT_PROPOSE = 0, BFT_VOTE, BFT_CERT, BFT_REQ, BFT_PROTOS };

/* Signing roles; bft_config.role_base is added. */
enum bft_kind {
    BFT_PROPOSAL = 0,
    BFT_NOTARIZE = 1,
    BFT_NULLIFY = 2,
    BFT_FINALIZE = 3,
    BFT_KINDS = 4
};

/* Timers, one-shot, numbered 0.. by the core. */
enum bft_timer { BFT_TIMER_VIEW = 0, BFT_TIMER_TICK = 1, BFT_TIMERS = 2 };

/* Slots, numbered 0.. by the core. */
#define BFT_SLOT_STATE 0u
#define BFT_SLOT_FINAL 1u
#define BFT_SLOT_CERTS 2u /* two for each view of the window */
#define BFT_SLOTS (BFT_SLOT_CERTS + 2u * BFT_WINDOW)

enum bft_evidence {
    BFT_E1 = 1, /* two proposals in one view */
    BFT_E2 = 2, /* two NOTARIZE in one view */
    BFT_E3 = 3, /* FINALIZE and NULLIFY in one view */
    BFT_E4 = 4  /* two FINALIZE in one view */
};

/* A value in its place in the chain. */
struct bft_block {
    uint64_t view;      /* it was proposed in; 0: the root */
    uint64_t height;    /* grows from parent to child */
    uint8_t parent[32]; /* link of the parent */
    uint8_t value[32];
    uint8_t link[32]; /* H(parent, height, value): what votes name */
};

/*
 * Where the outputs go. All pointers are set, notarized excepted; ctx comes
 * back in each call.
 *
 * persist  write a slot, number below BFT_SLOTS; copied during the call.
 * store    make the body of this value durable (D2); nothing to do when values
 *          have no body of their own.
 * sign     sign msg; bft_signed() answers. (major, minor) grows per role, the
 *          same word may come again.
 * verify   check count signatures; bft_verified() answers, one verdict byte
 *          each. Items are copied during the call.
 * send     a message to one member or VT_PEER_ALL.
 * timer    arm, or with delay_ns 0 cancel; arming replaces.
 * value    the core may propose in this view on top of parent: Returns 1 with
 *          height and value, 0 when there is none now. The body must be held.
 *          Never asked again in a view once answered.
 * check    is this value good on top of parent? Returns enum vt_verdict: GOOD
 *          only when the body is held, BAD makes this member give the view up,
 *          LATER when it cannot say yet. Both questions, unanswered, are
 *          asked again at bft_poke(), at each tick and when a certificate
 *          comes, not with every message.
 * final    this block is final; proof passes bft_check_proof(). Blocks come
 *          parents first. When block->parent is not the link of the one before,
 *          there is a gap the engine closes by SYNC. At least once (D6):
 *          repeated after a restart.
 * notarized  this block has a NOTARIZATION, one step from final; proof passes
 *          bft_check_notarized(). NULL: nobody wants to know.
 * evidence a member is convicted; bft_check_evidence() agrees.
 * penalize a link misbehaves.
 * trace    a rule did something; text is static.
 */
struct bft_ops {
    void (*persist)(void *ctx, uint32_t slot, struct vt_view bytes);
    void (*store)(void *ctx, const struct bft_block *block);
    void (*sign)(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                 struct vt_view msg);
    void (*verify)(void *ctx, uint64_t token,
                   const struct vt_verify_item *items, uint32_t count);
    void (*send)(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg);
    void (*timer)(void *ctx, uint32_t timer, uint64_t delay_ns);
    int (*value)(void *ctx, uint64_t view, const struct bft_block *parent,
                 uint64_t *height, uint8_t value[32]);
    uint32_t (*check)(void *ctx, const struct bft_block *block,
                      const struct bft_block *parent);
    void (*final)(void *ctx, const struct bft_block *block,
                  struct vt_view proof);
    void (*notarized)(void *ctx, const struct bft_block *block,
                      struct vt_view proof);
    void (*evidence)(void *ctx, uint32_t kind, uint32_t member,
                     struct vt_view a, struct vt_view b);
    void (*penalize)(void *ctx, uint32_t peer, const char *why);
    void (*trace)(void *ctx, const char *what, uint64_t view);
};

/* Borrowed during bft_new(), but for host, crypto, ops and ctx. */
struct bft_config {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto; /* hash() only */
    const struct bft_ops *ops;
    void *ctx;
    const struct vt_cs_epoch *epoch; /* members, 1 to 64, weights above 0 */
    uint32_t self;                   /* VT_PEER_NONE: follows, never speaks */
    uint32_t role_base;              /* roles base .. base + 3 are the core's */
    const uint8_t *order;   /* leader of view v: order[v mod order_count] */
    uint32_t order_count;   /* 1 to BFT_ORDER_MAX */
    uint32_t is_once;       /* stop after the first finalization (handoff) */
    uint64_t timeout_ns;    /* T0: three message delays and a validation */
    uint64_t retransmit_ns; /* t_r */
    uint64_t root_height;   /* of the block the chain starts on */
    uint8_t root_value[32];
    struct vt_view final_proof; /* the host's last final block, or empty (D6) */
    uint64_t final_height;
    uint8_t final_value[32];
    struct vt_tab slots; /* of struct vt_slot, the core's numbering */
};

struct bft;

/*
 * Build an instance. Returns VT_OK and *out; VT_E_INVALID (members, order or
 * times unusable), VT_E_CORRUPT (a slot is not ours, or the proof is none),
 * VT_E_NOMEM; *out is then NULL.
 */
vt_status bft_new(const struct bft_config *config, struct bft **out,
                  struct vt_err *err);
/* Free it; NULL is fine. */
void bft_free(struct bft *core);

/* First call: enters the view, says again what was said before. */
void bft_start(struct bft *core);
/* A message of a member; bytes may be anything. */
void bft_recv(struct bft *core, uint32_t from, uint32_t proto,
              struct vt_view msg);
/* Answer to sign(); an empty signature means it was refused. */
void bft_signed(struct bft *core, uint64_t token, struct vt_view sig);
/* Answer to verify(); empty verdicts mean it could not be decided. */
void bft_verified(struct bft *core, uint64_t token, struct vt_view verdicts);
void bft_timer(struct bft *core, uint32_t timer);
/* value() or check() may answer differently now. */
void bft_poke(struct bft *core);
/* Is there nothing to propose? Then views are not given up for want of a
 * proposal. Not idle until told; all members must come to know of work. */
void bft_idle(struct bft *core, int is_idle);

/* ---- looking at it ------------------------------------------------------ */

uint64_t bft_view(const struct bft *core);
uint32_t bft_leader(const struct bft *core, uint64_t view);
/* The last final block; the root when none is. */
const struct bft_block *bft_final(const struct bft *core);
/* The highest notarized block known; fork choice of a chain follows it. */
const struct bft_block *bft_notarized(const struct bft *core);
/* Proof of the last final block into out. Returns its length, 0 when nothing
 * is final yet or cap is too small. */
size_t bft_proof(struct bft *core, uint8_t *out, size_t cap);
/* Hash of the whole logical state: equal digests mean equal futures. */
vt_status bft_digest(const struct bft *core, uint8_t out[32]);

/* ---- for strangers: public keys only, pure, any thread ------------------- */

/*
 * Does proof make (height, value) final under these members? Returns VT_OK
 * with *verdict VT_GOOD or VT_BAD, or a failure that says it could not be
 * decided.
 */
vt_status bft_check_proof(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch, uint32_t role_base,
                          uint64_t height, const uint8_t value[32],
                          struct vt_view proof, uint32_t *verdict,
                          struct vt_err *err);
/* The same for a NOTARIZATION. */
vt_status bft_check_notarized(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              uint32_t role_base, uint64_t height,
                              const uint8_t value[32], struct vt_view proof,
                              uint32_t *verdict, struct vt_err *err);
/*
 * The short form (short.h): an aggregate in place of the signatures, for
 * headers and strangers. bft_shorten() appends it, bft_check_short() is to it
 * what bft_check_proof() is to the listed one. The core itself takes no short
 * proof: it could not tell its certificate to others.
 */
struct bft_claim {
    const struct vt_host *host;
    const struct vt_cs_epoch *epoch;
    uint32_t role_base;
    uint64_t height;
    uint8_t value[32];
    struct vt_view proof;
};
vt_status bft_check_short(const struct bft_claim *claim, uint32_t *verdict,
                          struct vt_err *err);
/* Returns VT_OK, VT_E_UNSUPPORTED when the scheme does not aggregate,
 * VT_E_CORRUPT when it is no listed proof, VT_E_NOMEM, what out says. */
vt_status bft_shorten(const struct bft_claim *claim, struct vt_sink *out,
                      struct vt_err *err);
/* Do a and b convict a member? Returns as bft_check_proof(); *member names it
 * when VT_GOOD. */
vt_status bft_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch,
                             uint32_t role_base, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err);

#endif
