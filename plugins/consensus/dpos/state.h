/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * Blocks above the final one form a tree of nodes. A node is attached when its
 * block is signed by the slot's owner, valid, and stands on an attached one;
 * the root is the last final block. Only attached nodes are chosen from, built
 * on, and pointed to.
 */
#ifndef DPOS_STATE_H
#define DPOS_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/bft.h"
#include "common/chain.h"
#include "common/pace.h"
#include "messages.h"
#include "rules.h"
#include "schedule.h"

#define DPOS_NODES 4096u /* blocks in the tree, as many as a host holds */
#define DPOS_BUCKETS 4096u
#define DPOS_NONE 0xffffffffu
#define DPOS_UNFINAL_MAX 1900u /* heights above the root, whatever happens */
#define DPOS_STRIDE 128u       /* heights from the root to what is pointed to */
#define DPOS_LEAD 8u    /* heights decided beyond what the host applied */
#define DPOS_RING 1024u /* final heights remembered */
#define DPOS_RETRY 3u   /* ticks before the host is asked again */
#define DPOS_BACKOFF_MAX 5u
#define DPOS_TRIES 6u          /* to find the body of an announced block */
#define DPOS_SEARCHES 16u      /* for bodies, at the cost of one producer */
#define DPOS_UNCHECKED_MAX 32u /* words one member brought, not checked yet */
#define DPOS_GAUGES 5u
#define DPOS_BUFFER (BFT_MESSAGE_MAX + 32u * DPOS_PATH_MAX + 64u)

/* Slots of the host. */
#define DPOS_SLOT_OWN 1u
#define DPOS_SLOT_NODES 16u
#define DPOS_SLOT_BFT 8192u

#define DPOS_TOKEN_BFT (UINT64_C(1) << 60)

/* Positions in the option table, dpos.c. */
enum dpos_key {
    DPOS_KEY_SLOT,
    DPOS_KEY_RUN,
    DPOS_KEY_MAX_UNFINAL,
    DPOS_KEY_IDLE_BLOCKS,
    DPOS_KEY_TIMEOUT,
    DPOS_KEY_RETRANSMIT,
    DPOS_KEY_BLOCK_BYTES,
    DPOS_KEY_SETTLE,
    DPOS_KEY_COUNT
};

struct dpos_options {
    uint64_t max_unfinal, timeout_ns, tick_ns, block_bytes, settle_ns;
    uint64_t slot_ms;
    uint32_t run, idle_blocks;
};

enum dpos_timer_id {
    DPOS_TIMER_SLOT = 1, /* an own slot begins, or an empty block is due */
    DPOS_TIMER_TICK = 2, /* say the head again, ask again */
    DPOS_TIMERS = 3,
    DPOS_TIMER_BFT = 8
};

enum dpos_valid { DPOS_UNCHECKED = 0, DPOS_VALID, DPOS_LATER };

struct dpos_node {
    uint32_t is_used;
    uint32_t next; /* in its bucket */
    uint8_t id[32];
    uint8_t above[32]; /* id of the parent, once learned */
    uint8_t link[32];  /* digest of the chain to here, once attached */
    uint64_t height, slot;
    uint32_t owner;         /* of the slot */
    uint32_t is_told;       /* slot, height, owner are said by somebody */
    uint32_t is_wanted;     /* a block that stands on it is here */
    uint32_t is_learned;    /* the header was seen */
    uint32_t is_held;       /* the host has the body */
    uint32_t is_signed;     /* sig is the owner's */
    uint32_t is_below_good; /* and the one of the parent in it is, too */
    uint32_t valid;         /* enum dpos_valid */
    uint32_t is_bad;        /* never attached, nor what stands on it */
    uint32_t is_attached;
    uint32_t is_stored, is_recorded;
    uint32_t is_empty;
    uint32_t mark;     /* scratch of a walk through the tree */
    uint32_t parent;   /* attached: index, DPOS_NONE for the root */
    uint32_t children; /* attached */
    uint32_t payer;    /* whose allowance of searches it uses */
    uint32_t teller;   /* member that brought sig, VT_PEER_NONE: a block did */
    struct cs_sig sig; /* of the owner under (slot, height, id) */
    struct cs_sig below; /* the parent's, as this header says it */
    struct cs_ask fetch, check, check_below, validate, sign;
    uint32_t fetches;
    uint64_t holders;
};

/* A pointer that is final and not decided to its end yet. */
struct dpos_final {
    uint64_t height; /* 0: none */
    uint8_t link[32];
    uint8_t *proof; /* of the ordering core, BFT_MESSAGE_MAX bytes */
    size_t proof_len;
};

struct vt_cs {
    /* fixed at create */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    struct dpos_options opt;
    struct cs_hasher hasher; /* of the chain digest */
    uint32_t n, self;        /* self == VT_PEER_NONE: observer */
    uint64_t epoch, start;   /* number, first height */
    uint32_t gauge[DPOS_GAUGES];
    int64_t gauge_told[DPOS_GAUGES];

    /* now */
    struct cs_outbox box;
    int64_t wall_ms;
    uint32_t is_started, is_halted;
    struct dpos_schedule schedule;

    /* the tree */
    struct dpos_node *nodes; /* DPOS_NODES of them */
    uint32_t *buckets;
    uint32_t top;          /* none used at or above */
    uint32_t root, head;   /* indices */
    uint8_t told_head[32]; /* id of the last HEAD */
    uint64_t head_ns;      /* when it became the head */
    uint32_t is_moved;     /* something may go on */
    uint32_t is_new;       /* attached or lost since the last choice */
    uint64_t reorgs;

    /* what is final */
    struct cs_link *ring; /* DPOS_RING of them: final ids and digests */
    uint64_t applied;
    struct dpos_final fin;
    uint64_t seal; /* nothing above is decided; 0: none */
    uint32_t is_sealed;
    uint64_t sync_ns;
    uint64_t commit_ns;

    /* pointers */
    struct bft *bft;
    uint64_t notarized; /* height of the pointer followed */
    uint8_t notarized_link[32];
    uint32_t is_idle;

    /* producing */
    uint64_t waiting;  /* transactions */
    uint64_t own_slot; /* the last one used, durable */
    struct cs_ask ask_build;
    uint64_t build_slot;
    struct cs_timer timers[DPOS_TIMERS];

    uint64_t convicted; /* members */

    uint8_t *buffer; /* one message, slot or proof */
};

static inline int dpos_is_member(const struct vt_cs *cs)
{
    return cs->self < cs->n;
}

static inline struct dpos_node *dpos_at(const struct vt_cs *cs, uint32_t index)
{
    return &cs->nodes[index];
}

static inline struct dpos_node *dpos_root(const struct vt_cs *cs)
{
    return &cs->nodes[cs->root];
}

static inline struct dpos_node *dpos_head(const struct vt_cs *cs)
{
    return &cs->nodes[cs->head];
}

static inline uint32_t dpos_index(const struct vt_cs *cs,
                                  const struct dpos_node *node)
{
    return (uint32_t)(node - cs->nodes);
}

/* The parent of the epoch's first block: no owner, no signature. */
static inline int dpos_is_base(const struct vt_cs *cs,
                               const struct dpos_node *node)
{
    return node->height + 1 == cs->start;
}

#endif
