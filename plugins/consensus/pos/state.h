/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * Blocks above the root form a tree. The root is the last block this engine
 * said COMMIT for, or that the host brought by sync.
 */
#ifndef POS_STATE_H
#define POS_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/fold.h"
#include "common/pointers.h"
#include "messages.h"

#define POS_BLOCKS 2048u     /* in the tree, good or not */
#define POS_ROOT 0xfffffffeu /* as an index: the root */
#define POS_NONE 0xffffffffu /* no block */
#define POS_STRIDE 64u       /* heights from one pointer to the next */
#define POS_LEAD 8u          /* heights decided beyond what is applied */
#define POS_TWICE 2u         /* blocks unasked for per member and slot */
#define POS_BRANCH 8u        /* blocks in one answer */
#define POS_TRIES 16u        /* questions for a block before it is forgotten */
#define POS_RUMOURS 8u       /* blocks known by id only, per teller */
#define POS_ANSWERS 16u      /* per member and tick */
#define POS_PATH (4u * POS_STRIDE) /* ids in a proof, the first not counted */
#define POS_GAUGES 4u

/* Slots of the host: those of the core from 0, then one for each block. */
#define POS_SLOT_BLOCKS 4096u
#define POS_TOKEN_BFT (UINT64_C(1) << 60)
#define POS_TIMER_BFT 8u

/* Positions in the option table, pos.c. */
enum pos_key {
    POS_KEY_SLOT,
    POS_KEY_SHARE,
    POS_KEY_K,
    POS_KEY_TIMEOUT,
    POS_KEY_TICK,
    POS_KEY_BLOCK_BYTES,
    POS_KEY_SETTLE,
    POS_KEY_COUNT
};

struct pos_options {
    uint64_t slot_ms, k, timeout_ns, tick_ns, block_bytes, settle_ms;
    uint32_t share; /* thousandths of slots with a leader */
};

enum pos_timer { POS_TIMER_SLOT = 1, POS_TIMER_TICK = 2, POS_TIMERS = 3 };

enum pos_stage {
    POS_FREE = 0,
    POS_ASKED,      /* only its id is known, others are asked */
    POS_VERIFYING,  /* the signature */
    POS_FETCHING,   /* the header */
    POS_WAITING,    /* right but for its parent, which is not good yet */
    POS_VALIDATING, /* the body */
    POS_SIGNING,    /* an own one */
    POS_GOOD,
    POS_BAD /* never chosen, nor what stands on it */
};

struct pos_block {
    uint32_t stage;
    uint32_t up;      /* WAITING and later: index of the parent */
    uint32_t teller;  /* who knows it */
    uint32_t is_kept; /* stored, with a record */
    uint32_t tries;
    uint32_t txs;
    struct pos_word word;
    uint8_t parent[32];
    uint8_t value[32]; /* the random one */
    uint8_t link[32];  /* GOOD: chain digest up to here */
    struct cs_ask ask; /* about its stage */
};

struct pos_root {
    uint64_t height;
    uint64_t slot;
    uint32_t is_slot_known; /* the host was asked for the header */
    uint32_t txs;
    uint8_t id[32];
    uint8_t link[32];
    struct cs_ask ask;
};

/* The last final pointer. */
struct pos_final {
    uint64_t height; /* 0: none */
    uint8_t value[32];
    uint8_t *proof; /* BFT_MESSAGE_MAX bytes */
    size_t len;
};

struct vt_cs {
    /* fixed at create */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    struct pos_options opt;
    struct cs_hasher hasher; /* of the chain digest */
    uint32_t n, self;        /* self VT_PEER_NONE: observer */
    uint64_t epoch, start;   /* number, first height */
    uint8_t chain_id[32], epoch_digest[32], beacon[32];
    char scheme[32];
    struct vt_view pk[CS_MEMBERS_MAX];
    uint8_t pk_bytes[CS_MEMBERS_MAX][64];
    uint8_t limit[CS_MEMBERS_MAX][32]; /* of the lottery */
    uint32_t gauge[POS_GAUGES];
    int64_t gauge_told[POS_GAUGES];

    /* now */
    struct cs_outbox box;
    int64_t wall_ms;
    uint32_t is_started, is_halted;

    /* the tree */
    struct pos_block *blocks; /* POS_BLOCKS of them */
    uint32_t top;             /* none used at or above */
    struct pos_root root;
    uint32_t head;                    /* index, or POS_ROOT */
    uint32_t is_head_lost;            /* the host has to be told */
    uint32_t answers[CS_MEMBERS_MAX]; /* to WANT, since answers_ns */
    uint64_t answers_ns;
    uint64_t head_ns; /* when it became that */
    uint64_t reorgs;

    /* finality */
    struct bft *bft;
    struct pos_final fin;
    uint64_t applied;
    uint64_t seal; /* nothing above is decided; 0: none */
    uint32_t is_sealed, is_idle;
    uint64_t sync_ns;
    uint64_t convicted; /* members */

    /* producing */
    uint64_t waiting;   /* transactions */
    uint64_t lot_slot;  /* the last one drawn for */
    uint64_t made_slot; /* of the block under way */
    uint32_t is_empty_due;
    uint8_t vrf[POS_VRF_MAX];
    size_t vrf_len;
    struct cs_ask ask_lot, ask_build;
    struct cs_timer timers[POS_TIMERS];

    uint8_t *buffer; /* one message, record or proof */
};

static inline int pos_is_member(const struct vt_cs *cs)
{
    return cs->self < cs->n;
}

static inline uint64_t pos_now_slot(const struct vt_cs *cs)
{
    return cs->wall_ms <= 0 ? 0 : (uint64_t)cs->wall_ms / cs->opt.slot_ms;
}

static inline uint64_t pos_head_height(const struct vt_cs *cs)
{
    return cs->head == POS_ROOT ? cs->root.height
                                : cs->blocks[cs->head].word.height;
}

static inline uint64_t pos_head_slot(const struct vt_cs *cs)
{
    return cs->head == POS_ROOT ? cs->root.slot
                                : cs->blocks[cs->head].word.slot;
}

static inline const uint8_t *pos_head_id(const struct vt_cs *cs)
{
    return cs->head == POS_ROOT ? cs->root.id : cs->blocks[cs->head].word.id;
}

#endif
