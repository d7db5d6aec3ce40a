/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * Heights and sequence numbers are the same thing here ("seq"). C stands for
 * the committed height, W for the window.
 */
#ifndef PBFT_STATE_H
#define PBFT_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/blocks.h"
#include "common/chain.h"
#include "common/pace.h"
#include "messages.h"
#include "rules.h"

#define PBFT_WINDOW_MAX 128u
#define PBFT_BLOCKS_MAX 1024u
#define PBFT_JOBS_MAX 512u
#define PBFT_BACKOFF_MAX 3u /* retransmissions slow down to 2^3 intervals */
#define PBFT_VIEW_BACKOFF_MAX 6u
#define PBFT_HEAVY_MAX                                                         \
    24u /* messages with certificates, per member and interval */
#define PBFT_BAD_MAX 16u /* bad signatures, per member and interval */
#define PBFT_VERIFY_CHUNK 16u
#define PBFT_RESEND_MAX 8u /* heights whose votes one tick sends again */
#define PBFT_RESEND_PP 4u  /* blocks one tick sends again to one member */

/* Positions in the option table, pbft.c. */
enum pbft_key {
    PBFT_KEY_WINDOW,
    PBFT_KEY_CHECKPOINT,
    PBFT_KEY_ROTATE,
    PBFT_KEY_TIMEOUT,
    PBFT_KEY_RETRANSMIT,
    PBFT_KEY_BATCH_BYTES,
    PBFT_KEY_BATCH_DELAY,
    PBFT_KEY_HEARTBEAT,
    PBFT_KEY_SETTLE,
    PBFT_KEY_COUNT
};

struct pbft_options {
    uint64_t window, checkpoint, rotate;
    uint64_t timeout_ns, retransmit_ns;
};

enum pbft_timer_id {
    PBFT_TIMER_PROGRESS = 1, /* P7, P11 */
    PBFT_TIMER_TICK = 2,     /* retransmission and repeated requests */
    PBFT_TIMER_BATCH = 3,    /* propose what gathered meanwhile */
    PBFT_TIMERS = 4
};

/* A vote as it came; signatures are checked when they may be needed. */
enum pbft_vote_state { PBFT_NO_VOTE = 0, PBFT_FRESH, PBFT_CHECKING, PBFT_GOOD };

struct pbft_vote {
    uint32_t state; /* enum pbft_vote_state */
    uint8_t id[32];
    uint8_t extra[32]; /* COMMIT: chain digest; CHECKPOINT: state root */
    struct cs_sig sig;
};

enum pbft_phase { PBFT_PHASE_PREPARE = 0, PBFT_PHASE_COMMIT = 1, PBFT_PHASES };

/* One height above C in the current view. */
struct pbft_slot {
    uint64_t seq;      /* 0: free */
    uint32_t pp_state; /* of the primary's proposal; enum pbft_vote_state */
    uint32_t is_mine, is_voted, is_bad;
    uint8_t pp_id[32], pp_parent[32];
    struct cs_sig pp_sig;
    uint8_t voted_id[32];
    struct cs_ask ask_pp;
    struct cs_ask ask[PBFT_PHASES];
    uint32_t has_qc[PBFT_PHASES];
    struct pbft_vote *votes[PBFT_PHASES]; /* one per member */
};

/* An own PREPARE that is durable, D4. Heights seq, seq + records share one. */
struct pbft_record {
    uint64_t view, seq; /* seq 0: none */
    uint32_t is_mine;   /* own PREPREPARE as well, D1 */
    uint8_t id[32], parent[32];
    uint8_t newview[32]; /* digest of the one that opened the view */
};

/* Signatures under verification. */
enum pbft_job_kind {
    PBFT_JOB_NONE = 0,
    PBFT_JOB_VOTES,
    PBFT_JOB_PROPOSAL,
    PBFT_JOB_CHECKPOINT,
    PBFT_JOB_VIEWCHANGE,
    PBFT_JOB_NEWVIEW,
    PBFT_JOB_CERT,
    PBFT_JOB_STABLE,
    PBFT_JOB_EVIDENCE
};

struct pbft_job {
    uint64_t token, since_ns;
    uint32_t kind;   /* enum pbft_job_kind */
    uint32_t member; /* whose candidate it is */
    uint32_t phase;  /* VOTES: enum pbft_phase; CHECKPOINT: which of two */
    uint64_t view, seq;
    uint64_t who; /* VOTES, CHECKPOINT: senders, in bit order of the items */
};

/* Where the current view starts, P10. */
struct pbft_base {
    uint64_t seq;
    uint8_t id[32];
    uint32_t is_final;     /* a stable checkpoint or the epoch's start */
    uint32_t is_pending;   /* not linked to C yet */
    uint32_t is_elsewhere; /* on another chain: no vote in this view */
    uint64_t holders;
};

/* A conflict whose signatures are being checked. */
struct pbft_conflict {
    uint32_t kind; /* 0: none; enum pbft_evidence */
    uint32_t len_a, len_b;
    uint8_t a[PBFT_ITEM_MAX], b[PBFT_ITEM_MAX];
};

#define PBFT_KEPT_CHECKPOINTS 2u

/* What is kept about one member, all of it bounded. */
struct pbft_peer {
    struct pbft_viewchange *vc;       /* highest verified VIEWCHANGE */
    struct pbft_viewchange *vc_fresh; /* under verification */
    struct pbft_newview *nv_fresh;
    struct cs_proof *cert_fresh;
    struct cs_qc *stable_fresh;
    uint64_t cert_height; /* of cert_fresh: the height its path starts at */
    struct pbft_conflict conflict;
    uint32_t convicted; /* bit per evidence kind already reported */
    uint64_t ckpt_seq[PBFT_KEPT_CHECKPOINTS];
    struct pbft_vote ckpt[PBFT_KEPT_CHECKPOINTS];
    uint64_t claimed;   /* committed height it says it has */
    uint64_t view_seen; /* highest view it spoke in; observers follow it */
    uint64_t asked_ns;  /* last STATUS to it */
    uint64_t answered_ns, helped_ns; /* last answer to a STATUS, a VIEWCHANGE */
    uint64_t budget_ns;
    uint32_t heavy, bad;
};

/* A commit certificate above C whose bodies are not all here yet. */
struct pbft_final {
    uint32_t is_set;
    struct cs_qc qc;
    uint64_t below;   /* path starts above this height; 0: no path */
    uint8_t link[32]; /* chain digest there */
    uint8_t path[CS_PATH_MAX][32]; /* ids, up to qc.seq */
};

struct vt_cs {
    /* fixed at create */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const struct vt_svc_log *log;
    struct pbft_options opt;
    uint32_t n, f, q, self; /* self == VT_PEER_NONE: observer */
    uint64_t epoch;
    uint32_t slot_count, record_count;
    uint32_t gauge[4];
    int64_t gauge_told[4];

    /* now */
    struct cs_outbox box;
    uint32_t is_started, is_halted;

    /* the decided chain, and the accepted heights of this view above it */
    struct cs_chain chain;
    uint64_t commit_view; /* view of the last commit, P11 */
    struct pbft_final fin;
    uint64_t sync_ns; /* last SYNC */

    /* the view */
    uint64_t view;
    uint32_t is_changing; /* VIEWCHANGE sent, NEWVIEW awaited */
    struct pbft_base base;
    uint64_t prepared; /* all of [first, prepared] are prepared in this view */
    struct pbft_slot *slots;
    struct cs_qc hp; /* P4: highest prepared certificate; seq 0: none */
    uint8_t hp_link[32];
    uint64_t voted_view, voted_seq;     /* highest own PREPARE ever */
    uint64_t commits_view, commits_seq; /* highest own COMMIT ever */
    struct pbft_record *records;
    uint32_t is_recalling; /* some of this view's are above the window */
    struct pbft_viewchange *my_vc;
    struct cs_ask ask_vc;
    struct pbft_newview *my_nv;    /* built, being signed */
    struct pbft_newview *saved_nv; /* from the slots, until START */
    struct cs_ask ask_nv;
    uint8_t *nv_raw; /* NEWVIEW of this view as it is sent */
    size_t nv_raw_len;
    uint8_t nv_digest[32];  /* of its body */
    uint32_t is_work_timed; /* the progress timer runs for work, P7 */

    /* checkpoints */
    struct cs_qc stable; /* seq 0: none */
    uint64_t my_ckpt_seq;
    uint8_t my_ckpt_id[32], my_ckpt_root[32];
    struct cs_ask ask_ckpt;

    /* proposing */
    struct cs_pace pace;
    struct cs_ask ask_build;
    uint64_t build_seq;

    /* others */
    struct pbft_peer *peers;
    struct cs_blocks blocks;
    struct pbft_job *jobs;
    uint32_t job_count;
    struct cs_timer timers[PBFT_TIMERS];
    uint64_t tick_backoff, tick_committed, tick_view;
    uint64_t views_changed;

    /* scratch of one step */
    uint8_t *buffer; /* one message or slot */
    struct vt_verify_item *items;
    uint8_t (*cores)[PBFT_CORE_MAX];
};

static inline uint32_t pbft_primary(const struct vt_cs *cs, uint64_t view)
{
    return (uint32_t)(view % cs->n);
}

static inline int pbft_is_member(const struct vt_cs *cs)
{
    return cs->self < cs->n;
}

static inline int pbft_is_primary(const struct vt_cs *cs)
{
    return pbft_is_member(cs) && pbft_primary(cs, cs->view) == cs->self;
}

#endif
