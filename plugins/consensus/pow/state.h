/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * The index is a tree of headers in a table, from a root up. Entry 0 is the
 * block below the epoch; it is the root until the chain is long. `final` is
 * final, `head` is the best block above it whose whole branch is held and good.
 */
#ifndef POW_STATE_H
#define POW_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/bft.h"
#include "common/effects.h"
#include "common/fold.h"
#include "header.h"
#include "rules.h"

#define POW_INDEX 8192u      /* headers */
#define POW_BUCKETS 16384u   /* a power of two, twice as many */
#define POW_NONE 0xffffffffu /* no entry */
#define POW_KEEP 1024u       /* headers kept below the final one, to serve */
#define POW_AHEAD 1024u      /* blocks mined above the final one */
#define POW_UNDONE 8u        /* COMMITs the host has not executed yet */
#define POW_WINDOW 16u       /* bodies asked for at once */
#define POW_TAIL 8u          /* headers that come with a new block */
#define POW_WORTH 144u       /* blocks of work a run may lie behind the head */
#define POW_MEMBERS_MAX 64u
#define POW_REFUSALS 2u /* of a body, then its branch rests */
#define POW_SERVED 16u  /* answers to one member in a tick */
#define POW_REST 16u    /* ticks of that rest */
#define POW_GAUGES 5u

#define POW_SLOT_ANCHOR 1u
#define POW_SLOT_SEAL 2u
#define POW_SLOT_INDEX 16u       /* + place in the table */
#define POW_SLOT_BOUNDARY 65536u /* the ordering core's */

enum pow_final_by { POW_BY_DEPTH = 0, POW_BY_ANCHOR = 1 };

struct pow_options {
    enum pow_final_by final_by;
    uint64_t heartbeat_ns, refresh_ns, max_reorg;
    struct pow_u256 min_work;
    uint32_t may_mine;
};

enum pow_state {
    POW_FREE = 0,
    POW_HEADER,  /* right by itself, body unknown */
    POW_HELD,    /* the host has the body */
    POW_GOOD,    /* and found it good, as all below */
    POW_MISSING, /* nobody gives its body; tried again after a while */
    POW_BAD      /* not valid, or on top of one, or excluded */
};

struct pow_entry {
    uint32_t state;  /* enum pow_state */
    uint32_t parent; /* POW_NONE: the root */
    uint32_t has_txs, is_stored, refusals;
    uint32_t is_refused; /* BAD: the host found it bad, or one below it */
    uint8_t hash[32];
    struct pow_header h;
    struct pow_u256 work; /* from the root on */
    uint64_t luck;        /* decides between equals, differs per node */
    uint64_t holders;     /* members that named it */
    struct cs_ask fetch, validate;
};

/* A chain of which it is not known yet whether it is worth memory. */
struct pow_presync {
    uint32_t pass; /* 0: none under way, 1 or 2 */
    uint32_t peer;
    uint64_t since_ns;
    struct pow_below start; /* in the index; of both passes */
    struct pow_below at;
    struct pow_u256 work;
    uint64_t count; /* headers seen in this pass */
    uint64_t marks; /* in the first one */
    uint8_t *bits;  /* one of each header */
};

/* The block being worked on. Hashes, not places: entries move. */
struct pow_mining {
    struct cs_ask build, work;
    uint8_t build_on[32]; /* header under the block that was asked for */
    uint32_t has_block, txs;
    uint64_t height, built_ns;
    uint8_t id[32];      /* of the host's block */
    uint8_t on[32];      /* header under it */
    struct pow_header h; /* without nonce, while work.state is CS_ASKED */
};

/* What the members agree on at the end of the epoch. */
struct pow_boundary {
    struct bft *core; /* NULL: depth decides */
    uint32_t is_open; /* SEAL came */
    uint32_t is_idle, is_final, has_pick;
    uint8_t id[32];       /* the final one */
    uint8_t pick[32];     /* the final or a notarized one, to follow */
    uint8_t poked_at[32]; /* hash of the head */
    uint8_t *proof;       /* room for POW_BOUNDARY_PROOF_MAX */
    size_t len;
};

enum pow_timer_id { POW_TIMER_TICK = 1, POW_TIMER_BOUNDARY = 16 };

struct vt_cs {
    /* fixed at create */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const struct vt_svc_log *logger;
    struct pow_options opt;
    struct pow_terms terms;
    uint32_t n, self; /* self == VT_PEER_NONE: observer */
    uint64_t tick_ns;
    uint8_t seed[32];
    uint8_t start_id[32]; /* of the host's block below the epoch */
    uint32_t gauge[POW_GAUGES];
    int64_t gauge_told[POW_GAUGES];

    /* now */
    struct cs_outbox box;
    struct cs_timer timer;
    int64_t wall_ms;
    uint32_t is_started;
    uint64_t ticks, draws;

    /* the index */
    struct pow_entry *list; /* of POW_INDEX */
    uint32_t *buckets;      /* hash to place + 1; 0: empty */
    uint32_t count, top;    /* entries; places above top are free */
    uint32_t *path;         /* room for walks, POW_INDEX */
    uint8_t *marks;         /* room for walks, POW_INDEX */

    /* where we are */
    uint32_t final, head;
    uint64_t applied; /* height the host has executed */
    uint32_t is_lost; /* the host is final at a block not in the index */
    uint64_t lost_height;
    uint8_t lost_id[32];
    uint64_t anchor_height; /* 0: none */
    uint8_t anchor_id[32];
    uint64_t seal; /* last height to decide; 0: not known yet */
    uint32_t is_sealed;
    struct pow_boundary boundary;
    uint64_t reorgs, deepest, alarms;
    /* F6 */
    uint32_t has_refused;     /* such a chain may be in the index */
    uint64_t contested_above; /* nothing higher is final now */
    uint64_t contested;       /* height of the last alarm; 0: none */

    /* work */
    uint64_t waiting;  /* transactions */
    uint64_t moved_ns; /* the head, last */
    struct pow_mining mining;

    /* learning */
    uint64_t asked_ns[POW_MEMBERS_MAX]; /* last GET to each */
    uint32_t served[POW_MEMBERS_MAX];   /* GETs answered since the tick */
    struct pow_presync presync;
    struct pow_run *run;      /* being read */
    struct pow_header *chain; /* room for a proof or a run to send */
    uint8_t *buffer;          /* room for a message */
};

#define POW_MESSAGE_MAX 65536u

static inline int pow_is_member(const struct vt_cs *cs)
{
    return cs->self != VT_PEER_NONE;
}

static inline struct pow_entry *pow_at(struct vt_cs *cs, uint32_t i)
{
    return &cs->list[i];
}

#endif
