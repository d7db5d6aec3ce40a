/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows, and the functions its files call
 * each other by. Private to the core.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_STATE_H
#define VT_CONSENSUS_COMMON_BFT_STATE_H

#include "messages.h"
#include "rules.h"

#define BFT_BEHIND 3u /* views below the current one with votes */
#define BFT_TALLIES (BFT_AHEAD + BFT_BEHIND + 1u)
#define BFT_JOBS 16u      /* per member, votes and proposals under check */
#define BFT_CANDIDATES 8u /* per member, certificates under check */
#define BFT_SAME_MAX 2u   /* certificates for the same under check */
#define BFT_BAD_MAX 16u   /* bad signatures, per member and tick */
#define BFT_REQS_MAX 2u   /* requests answered, per member and tick */
#define BFT_REQ_CERTS 32u /* certificates in one answer */
#define BFT_STALE 4u      /* ticks until an answer is not waited for any more */
#define BFT_BACKOFF_MAX 6u

enum bft_checked { BFT_NONE = 0, BFT_CHECKING, BFT_CHECKED };

struct bft_vote {
    uint32_t state; /* enum bft_checked */
    uint8_t link[32];
    struct bft_sig sig;
};

/* What is said in one view. */
struct bft_tally {
    uint64_t view;
    uint32_t prop_state; /* enum bft_checked */
    uint32_t is_spoiled; /* R4: two proposals, or one that cannot be good */
    struct bft_proposal prop;
    struct bft_vote *votes; /* [kind - 1][member] */
};

/* Certificates of one view. */
struct bft_entry {
    struct bft_cert notar, null;
};

enum bft_job_kind { BFT_JOB_VOTE = 1, BFT_JOB_PROPOSAL, BFT_JOB_EVIDENCE };

struct bft_job {
    uint64_t token; /* 0: free */
    uint64_t view;
    uint32_t kind, vote; /* enum bft_job_kind, enum bft_kind */
    uint32_t age;        /* ticks */
};

struct bft_candidate {
    uint64_t token; /* 0: free */
    uint32_t age;
    struct bft_cert cert;
};

struct bft_conflict {
    uint32_t kind; /* 0: none; enum bft_evidence */
    uint32_t len_a, len_b;
    uint8_t a[BFT_ITEM_MAX], b[BFT_ITEM_MAX];
};

struct bft_peer {
    struct bft_job jobs[BFT_JOBS];
    struct bft_candidate candidates[BFT_CANDIDATES];
    struct bft_conflict conflict;
    uint32_t convicted; /* bit per enum bft_evidence already told */
    uint32_t bad, reqs;
};

/* Own words, the last one of each kind: signing never goes back. */
enum bft_word_state { BFT_SILENT = 0, BFT_ASKED, BFT_SAID };

struct bft_word {
    uint64_t view; /* 0: never one */
    uint64_t token;
    uint32_t state, age;
    uint32_t is_recalled; /* from before a restart, D5 */
    uint8_t link[32];
    struct bft_sig sig;
};

struct bft {
    /* fixed by bft_new() */
    struct bft_set set;
    const struct bft_ops *ops;
    void *ctx;
    uint64_t epoch, timeout_ns, retransmit_ns;
    uint32_t self, is_once, order_count;
    uint8_t order[BFT_ORDER_MAX];
    struct bft_block root;

    /* now */
    uint64_t view;
    uint64_t next_token;
    uint32_t is_started, is_done;
    struct bft_block final;  /* last one announced */
    struct bft_cert fin;     /* R7: highest FINALIZATION */
    struct bft_cert entered; /* R1: what opened this view; kind 0: view 1 */
    struct bft_word words[BFT_KINDS];
    struct bft_proposal voted;  /* block of the last own NOTARIZE, D1 */
    uint32_t is_idle, is_armed; /* R4 */
    uint32_t is_waiting;        /* the engine said "not now" */
    uint64_t asked_view;        /* R2: certificates were asked for in it */

    struct bft_entry *ring;    /* by view mod BFT_WINDOW */
    struct bft_tally *tallies; /* by view mod BFT_TALLIES */
    struct bft_peer *peers;

    /* memory the certificates and votes lie in */
    struct bft_sig *sigs;
    struct bft_vote *votes;

    /* scratch of one call */
    struct bft_cert made;
    const struct bft_block *path[BFT_PATH_MAX];
    struct vt_verify_item items[CS_MEMBERS_MAX];
    uint8_t buffer[BFT_MESSAGE_MAX];
};

static inline int bft_is_member(const struct bft *core)
{
    return core->self < core->set.n;
}

/* ---- bft.c -------------------------------------------------------------- */
void bft_advance(struct bft *core);
void bft_trace(struct bft *core, const char *what, uint64_t view);

/* ---- votes.c: what comes in is counted ---------------------------------- */
/* The tally of a view in reach, else NULL. */
struct bft_tally *bft_tally(struct bft *core, uint64_t view);
struct bft_vote *bft_vote(const struct bft *core, struct bft_tally *tally,
                          uint32_t kind, uint32_t member);
void bft_on_proposal(struct bft *core, uint32_t from, struct vt_view msg);
void bft_on_vote(struct bft *core, uint32_t from, struct vt_view msg);
void bft_vote_checked(struct bft *core, uint32_t member,
                      const struct bft_job *job, int is_good);
void bft_proposal_checked(struct bft *core, const struct bft_job *job,
                          int is_good);
/* R5, R6, R7: is there a certificate now? */
void bft_count(struct bft *core, uint32_t kind, uint64_t view,
               const uint8_t link[32]);
struct bft_job *bft_job_start(struct bft *core, uint32_t member, uint32_t kind,
                              uint32_t count);
void bft_bad(struct bft *core, uint32_t member, const char *why);

/* ---- certs.c: certificates ---------------------------------------------- */
/* The block notarized in a view, as far as known; NULL else. */
const struct bft_block *bft_notarized_in(const struct bft *core, uint64_t view);
int bft_is_nullified(const struct bft *core, uint64_t view);
int bft_knows(const struct bft *core, uint32_t kind, uint64_t view);
/* A good certificate: keep it, and do what it allows. */
void bft_take(struct bft *core, const struct bft_cert *cert);
/* The same from before a restart: only keep it. */
void bft_keep(struct bft *core, const struct bft_cert *cert);
void bft_on_cert(struct bft *core, uint32_t from, struct vt_view msg);
void bft_cert_checked(struct bft *core, struct bft_candidate *c,
                      uint32_t member, struct vt_view verdicts);
void bft_on_req(struct bft *core, uint32_t from, struct vt_view msg);
void bft_send_cert(struct bft *core, uint32_t to, const struct bft_cert *cert);
/* Announce what the highest FINALIZATION makes final. */
void bft_announce(struct bft *core);

/* ---- views.c: R1 to R4 -------------------------------------------------- */
void bft_enter(struct bft *core, uint64_t view, const struct bft_cert *cert);
/* R4: let T_v run while there is something to wait for. */
void bft_arm(struct bft *core, int is_new_view);
void bft_propose(struct bft *core);
void bft_notarize(struct bft *core);
/* Give the current view up. */
void bft_nullify(struct bft *core, const char *why);
/* R5 */
int bft_may_finalize(const struct bft *core, uint64_t view);
/* Ask for the certificates without which this view cannot go on; the second
 * does it once per view. */
void bft_ask_missing(struct bft *core, uint32_t to);
void bft_ask_once(struct bft *core, uint32_t to);

/* ---- words.c: what this member says ------------------------------------- */
/* Decide a word; it must be saved before it is asked for. */
void bft_set_word(struct bft *core, uint32_t kind, uint64_t view,
                  const uint8_t link[32]);
void bft_ask_word(struct bft *core, uint32_t kind);
void bft_on_signed(struct bft *core, uint64_t token, struct vt_view sig);
/* Say again what was decided before a restart. */
void bft_resume(struct bft *core);
/* R8 */
void bft_repeat(struct bft *core);

/* ---- durable.c ---------------------------------------------------------- */
void bft_save_state(struct bft *core);
void bft_save_cert(struct bft *core, const struct bft_cert *cert);
vt_status bft_restore(struct bft *core, struct vt_tab slots,
                      struct vt_err *err);
vt_status bft_fail(struct vt_err *err, vt_status status, const char *text);

/* ---- evidence.c --------------------------------------------------------- */
void bft_accuse(struct bft *core, uint32_t kind, struct vt_view a,
                struct vt_view b);
void bft_accuse_votes(struct bft *core, uint32_t kind, uint32_t member,
                      const struct bft_vote_msg *a,
                      const struct bft_vote_msg *b);
void bft_evidence_checked(struct bft *core, uint32_t member,
                          const struct bft_job *job, int is_good);

#endif
