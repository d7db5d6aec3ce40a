/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * Two tables. Batches are the links of the lanes, above what is final; a batch
 * is sure when it or one above it is certified. Cuts are the blocks of the
 * chain, from the last applied one up.
 */
#ifndef UNIVERSAL_STATE_H
#define UNIVERSAL_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "audit.h"
#include "common/bft.h"
#include "common/check.h"
#include "common/effects.h"
#include "common/pace.h"
#include "messages.h"
#include "rules.h"
#include "seats.h"

#define UNI_BATCHES 4096u
#define UNI_BUCKETS 4096u
#define UNI_NONE 0xffffffffu
#define UNI_AHEAD 56u     /* of them an author makes so many */
#define UNI_FLAWS 256u    /* kept to be shown to others */
#define UNI_OPEN 4u       /* of them without a certificate */
#define UNI_LANE_MAX 128u /* entries of a lane, forks included */
#define UNI_CUTS 640u
#define UNI_JOINED_MAX 1024u /* batches in one cut */
#define UNI_TOLD_MAX 4u      /* cuts one member told of, not known otherwise */
#define UNI_CHECKS 16u       /* certificates one member brought, under check */
#define UNI_LEAD 8u          /* heights decided beyond what the host applied */
#define UNI_LAG 32u          /* heights above the applied one with batches */
#define UNI_HISTORY 256u     /* final heights remembered */
#define UNI_FINALS 64u       /* final heights that wait for their block */
#define UNI_RETRY 3u         /* ticks before the host is asked again */
#define UNI_BACKOFF_MAX 5u
#define UNI_STUCK 2u      /* timeouts a notarized cut may stay not final */
#define UNI_OUTSIDE_MAX 4 /* escalated batches witnessed in a row */
#define UNI_OUTSIDE_EACH 10u
#define UNI_SCHEME_MAX 32u
#define UNI_PK_MAX 64u
#define UNI_GAUGES 8u
#define UNI_BUFFER (UNI_CUT_MAX + 64u)

/* Slots of the host. */
#define UNI_SLOT_SAID 16u /* lane * UNI_RING + seq mod UNI_RING */
#define UNI_SLOT_BFT 8192u

#define UNI_TOKEN_BFT (UINT64_C(1) << 60)

/* Positions in the option table, universal.c; the pace has four. */
enum uni_key {
    UNI_KEY_PACE = 0,
    UNI_KEY_TIMEOUT = 4,
    UNI_KEY_RETRANSMIT,
    UNI_KEY_WITNESS,
    UNI_KEY_LANE_WAIT,
    UNI_KEY_CUT_BYTES,
    UNI_KEY_SHARDS,
    UNI_KEY_AUDIT,
    UNI_KEY_COUNT
};

struct uni_options {
    uint64_t timeout_ns, tick_ns, witness_ns, lane_wait_ns, cut_bytes;
};

enum uni_timer_id {
    UNI_TIMER_PACE = 1, /* the next own batch, or an empty cut, may be due */
    UNI_TIMER_TICK = 2, /* say again, ask again */
    UNI_TIMERS = 3,
    UNI_TIMER_BFT = 8
};

/* Words for an own batch that has no certificate yet. */
struct uni_votes {
    uint64_t good, waiting, checking;
    uint64_t born_ns;
    uint64_t sent_ns; /* at this level */
    uint32_t level;
    struct cs_ask check;
    struct cs_sig sig[CS_MEMBERS_MAX];
};

struct uni_batch {
    uint32_t is_used;
    uint32_t next; /* in its bucket */
    uint8_t id[32];
    uint8_t parent[32]; /* once learned */
    uint32_t lane, seq;
    uint32_t is_signed;  /* sig is the author's */
    uint32_t is_learned; /* the header was seen and is right */
    uint32_t is_held;    /* the host has it */
    uint32_t is_bad;     /* header or content; never witnessed */
    uint32_t is_valid;   /* the host checked it */
    uint32_t is_asked;   /* the author asks for this member's word */
    uint32_t is_said;    /* and there is one: W5 was obeyed */
    uint32_t is_sure;    /* certified, or below one that is */
    uint32_t is_told;    /* clients heard that it is witnessed */
    uint32_t is_placed;  /* the host knows that it will be in a cut */
    uint32_t is_flawed;  /* somebody has shown what is wrong with it */
    uint32_t level;      /* at which it was asked for */
    uint64_t size_bytes;
    uint64_t holders;
    uint32_t fetches;
    struct cs_ask fetch, validate, check, sign;
    struct cs_sig sig;  /* the author's, once is_signed or under check */
    struct cs_sig word; /* this member's own */
    uint64_t drawn_at;  /* is_drawn is of these auditors */
    uint32_t drawn_level, is_drawn;
    struct cs_ask approve;    /* this member's word as an auditor */
    struct uni_votes *audits; /* words of auditors, or NULL */
    uint8_t *flaw;            /* as the host showed it here, or NULL */
    size_t flaw_len;
    struct uni_votes *votes; /* own batch without certificate, or NULL */
    struct uni_cert *cert;   /* or NULL */
};

/* Is the random value of a cut its proposer's? */
enum uni_luck { UNI_LUCK_UNKNOWN = 0, UNI_LUCK_GOOD, UNI_LUCK_BAD };

/* A block of the chain. */
struct uni_cut {
    uint32_t is_used;
    uint8_t id[32], parent[32];
    uint64_t height;
    int64_t time_ms;
    uint32_t proposer;
    uint32_t is_told;   /* parent, height, time, proposer, tips are known */
    uint32_t is_true;   /* and the id proves them */
    uint32_t is_held;   /* the host has the block */
    uint32_t is_joined; /* it was made here from its batches */
    uint32_t is_good;   /* the host has executed it or is about to */
    uint32_t is_bad;
    uint32_t is_stored;
    uint32_t is_wanted; /* for more than its teller's word */
    uint32_t is_empty;
    uint32_t teller;
    uint64_t holders;
    uint32_t fetches;
    uint64_t asked_ns; /* ASK went out */
    struct cs_ask fetch, join, validate;
    struct uni_tip *tips; /* n of them */
    struct uni_draw draw;
    uint32_t luck;           /* enum uni_luck, of draw */
    uint8_t value[32];       /* once that is GOOD */
    struct uni_audit *audit; /* with the audit level, else NULL */
};

/* The own proposal. */
struct uni_mine {
    struct cs_ask join;
    uint64_t view;
    uint32_t is_ready;
    uint8_t parent[32], id[32];
    uint64_t height;
    int64_t time_ms;
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct cs_ask prove;
    uint64_t lot; /* the height it was asked for */
    struct uni_draw draw;
    uint8_t value[32];
    struct uni_audit audit;
};

struct uni_said {
    uint32_t seq; /* 0: none */
    uint8_t id[32];
};

/* A certificate somebody brought. */
struct uni_candidate {
    struct cs_ask check;
    struct uni_cert *cert; /* NULL: free */
};

/* A final height that is not decided yet. */
struct uni_final {
    uint64_t height; /* 0: free */
    uint8_t id[32];
    uint8_t *proof;
    size_t proof_len;
};

/* Id of a final height. */
struct uni_known {
    uint64_t next; /* height + 1; 0: none */
    uint8_t id[32];
};

struct uni_lane {
    struct uni_said said[UNI_RING];
    uint32_t top;       /* highest sure number seen */
    uint32_t is_closed; /* its author was convicted */
    uint32_t is_shut;   /* it certified what is invalid: not cut here */
    int32_t budget;     /* escalated batches this member may witness now */
    uint64_t budget_ns;
};

struct vt_cs {
    /* fixed */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    struct cs_hasher hasher;
    struct uni_options opt;
    struct uni_seats seats;
    uint32_t self, n;
    uint64_t epoch, start;
    uint8_t epoch_parent[32];
    uint8_t chain_id[32], epoch_digest[32], beacon[32];
    uint32_t auditors; /* of a batch; 0: no audit level */
    struct cs_hasher audit_hasher;
    char scheme[UNI_SCHEME_MAX];
    uint8_t pk[CS_MEMBERS_MAX][UNI_PK_MAX];
    uint32_t pk_len[CS_MEMBERS_MAX];

    struct cs_outbox box;
    int64_t wall_ms;
    struct bft *bft;
    struct cs_timer timers[UNI_TIMERS];
    uint32_t is_started, is_halted;
    uint32_t is_moved; /* something that others may rest on changed */

    struct uni_batch *batches;
    uint32_t *buckets;
    uint32_t batch_top, batch_low; /* places used; lowest that may be free */
    struct uni_lane *lanes;
    struct uni_candidate *candidates; /* [member][UNI_CHECKS] */

    struct uni_cut *cuts;
    struct uni_tip *cut_tips;     /* the memory of their tips */
    struct uni_audit *cut_audits; /* and states, or NULL */
    struct uni_pend *more;        /* what a cut adds to one, UNI_PEND_MAX */
    struct uni_audit *next;       /* news about what waits, and one more */
    struct uni_audit gate;        /* what a cut should say */
    uint8_t *audit_bytes;
    uint32_t cut_top;
    uint32_t root; /* the last decided one */
    uint64_t applied;
    uint8_t applied_id[32];
    uint32_t is_releasing; /* batches below the applied block may go */
    uint64_t commit_ns, notarized_ns, notarized_view;
    uint64_t sync_ns;

    struct cs_pace pace;
    struct cs_ask ask_batch; /* BATCH */
    uint32_t batch_seq;      /* of it */
    uint32_t own_seq;        /* the last own batch */
    uint8_t own_id[32];
    struct uni_mine mine;

    struct uni_final finals[UNI_FINALS];
    struct uni_known *ring; /* UNI_HISTORY final ids */
    uint32_t is_resumed;    /* what was said before a restart is known again */
    uint64_t seal;
    uint32_t is_sealed;
    uint64_t convicted;          /* for lanes and words */
    uint64_t flawed;             /* for words under what is invalid */
    uint32_t flaws;              /* kept */
    uint64_t approvals;          /* asked for */
    uint64_t counted;            /* words given, for the gauge */
    uint64_t witness_us, cut_us; /* moving averages, see gauges.c */
    uint32_t gauge[UNI_GAUGES];
    int64_t gauge_told[UNI_GAUGES];
    uint32_t is_idle;

    uint8_t *buffer;
    uint8_t *joined; /* ids of a cut's batches */
};

static inline int uni_is_member(const struct vt_cs *cs)
{
    return cs->self < cs->n;
}

static inline struct uni_cut *uni_root(const struct vt_cs *cs)
{
    return &cs->cuts[cs->root];
}

/* The first block of a later epoch carries the proof of the one below, which
 * differs between members: it cannot be joined by each. It is empty and sent
 * whole. */
static inline int uni_is_first(const struct vt_cs *cs, uint64_t height)
{
    return cs->epoch > 0 && height == cs->start;
}

/* How far a lane is behind a cut: with the audit level what is ordered is not
 * executed yet. */
static inline uint32_t uni_done(const struct uni_cut *cut, uint32_t lane)
{
    return cut->audit == NULL ? cut->tips[lane].seq : cut->audit->done[lane];
}

/* How far the lanes are final here; NULL while nobody told. */
static inline const struct uni_tip *uni_final_tips(const struct vt_cs *cs)
{
    return uni_root(cs)->is_told && uni_root(cs)->is_true ? uni_root(cs)->tips
                                                          : NULL;
}

#endif
