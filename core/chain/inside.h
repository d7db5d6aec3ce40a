/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the inside of struct vt_chain and the functions its files call
 * each other by. Private to core/chain. One thread unless said otherwise.
 */
#ifndef VT_CHAIN_INSIDE_H
#define VT_CHAIN_INSIDE_H

#include "chain/behind.h"
#include "chain/blocks.h"
#include "chain/engine.h"
#include "chain/epoch.h"
#include "chain/evidence.h"
#include "chain/guard.h"
#include "chain/journal.h"
#include "chain/logstore.h"
#include "chain/mempool.h"
#include "chain/offence.h"
#include "chain/recorder.h"

#define VT_MS UINT64_C(1000000) /* nanoseconds */

/* The last executed final block, on which everything else stands. */
struct vt_tip {
    uint64_t height;
    struct vt_hash id;
    int64_t time_ms;
    struct vt_state *state;
    struct vt_hash receipts_root;
};

/* A decided block that is not published yet. */
struct vt_decided {
    struct vt_list list;
    struct vt_candidate *c;
    struct vt_buf seal;
    int is_durable;
};

/* Transactions on their way into the mempool, and out to peers. */
struct vt_intake {
    struct vt_list waiting; /* struct arrival */
    size_t waiting_count, waiting_bytes;
    uint32_t jobs;
    struct vt_buf gossip; /* VT_FRAME_TXS payload being gathered */
    uint32_t gossip_count;
    uint64_t regossip_at_ns;
};

/* Catching up with the others. */
struct vt_sync {
    uint64_t wanted;  /* highest height somebody claims or the engine wants */
    size_t next_peer; /* whose turn it is to be asked */
    uint32_t asked;   /* peer with a request under way, or VT_PEER_NONE */
    uint64_t asked_first;
    uint64_t retry_at_ns;
    uint64_t stalled_since_ns; /* behind without progress since */
    uint64_t stalled_height;
    uint64_t status_at_ns; /* next time to tell the others where we are */
    uint64_t told_height;
    uint32_t serving; /* jobs that read blocks for peers */
    int is_taking;    /* an answer is being checked */
};

#define VT_PEERS_TRACKED 512u
struct vt_peer_state {
    uint32_t id;
    int up;
    uint64_t final_height;
};

#define VT_BATCHES_RETIRED 128u
#define VT_RECENT_BLOCKS 64u
struct vt_recent_block {
    struct vt_block *block;
};

/* Members whose blocks have another state than this node computed. */
struct vt_divergence {
    uint64_t height; /* of the blocks it is about */
    uint64_t weight; /* of those who made them */
    uint64_t told_height;
    uint8_t members[VT_MEMBERS_MAX / 8u];
};

/* Towards the next epoch. */
struct vt_handover {
    int is_on;            /* the old engine is gone, the new one not there */
    int wants_blocks;     /* empty ones, too: the switch waits for a height */
    uint64_t sealed;      /* what the engine was told to stop at; 0: nothing */
    struct vt_hash tried; /* digest this node was tried for */
    int is_able;          /* and could run */
    uint64_t said_height; /* tip when READY was sent last */
};

/* Blocks of this chain on its parent. */
#define VT_CLAIMS_MAX 16u
#define VT_ANCHORS_WAITING 16u
struct vt_claim {
    uint64_t height; /* 0: a free place */
    struct vt_hash id;
    uint64_t weight;
};
struct vt_anchors {
    uint64_t told; /* height, to the node */
    uint64_t fixed;
    struct vt_hash fixed_id;
    uint64_t epoch;                /* of what follows */
    uint64_t last[VT_MEMBERS_MAX]; /* height each member named */
    struct vt_claim claims[VT_CLAIMS_MAX];
    /* this node's own words about its children, one at a time to the mempool,
     * the newest of each */
    int is_posting;
    struct vt_tx_anchor waiting[VT_ANCHORS_WAITING]; /* height 0: free */
};

struct vt_chain {
    struct vt_chain_args args;
    struct vt_hash chain_id, params;
    struct vt_epoch_ground ground;
    struct vt_block *genesis;
    struct vt_journal *journal;
    struct vt_guard *guard;
    struct vt_evidence_book evidence;
    struct vt_behind *behind;
    struct vt_mempool *pool;
    struct vt_blocks blocks;
    struct vt_engine engine;
    struct vt_epoch **epochs; /* all so far */
    size_t epoch_count, epoch_cap;
    struct vt_epoch *epoch; /* the last of them */
    struct vt_handover handover;
    struct vt_offences offences;
    struct vt_anchors anchors;
    struct vt_divergence divergence;
    struct vt_tip tip;
    uint64_t head_height; /* tentative; the tip's, or above it */
    struct vt_hash head_id;
    uint64_t txs_total;
    struct vt_list decided; /* in height order */
    uint64_t decided_height;
    struct vt_list builds; /* wait for their parent or for room */
    size_t build_count;
    struct vt_list fetches; /* bodies asked for */
    size_t fetch_count;
    struct vt_intake intake;
    struct vt_sync sync;
    struct vt_peer_state peers[VT_PEERS_TRACKED];
    size_t peer_count;
    struct vt_recent_block recent[VT_RECENT_BLOCKS]; /* by height */
    struct vt_hash retired[VT_BATCHES_RETIRED]; /* the newest ones given up */
    uint64_t retired_count;
    struct vt_recorder recorder;
    uint32_t jobs;     /* under way, journal and behind excepted */
    uint32_t decoding; /* blocks being decoded */
    uint64_t wake_ns;  /* last wish */
    int is_running, is_stopping, is_halted, is_tracing, is_dirty;
    char halted_why[256];
    void (*on_stopped)(void *ctx);
    void *on_stopped_ctx;
};

static inline uint64_t vt_chain_now(const struct vt_chain *chain)
{
    return chain->args.world->ops->now_ns(chain->args.world);
}

/* May transactions come in? */
static inline int vt_chain_is_open(const struct vt_chain *chain)
{
    return chain->is_running && !chain->is_stopping && !chain->is_halted;
}

/* Is there an engine to work with? */
static inline int vt_chain_works(const struct vt_chain *chain)
{
    return vt_chain_is_open(chain) && !chain->handover.is_on;
}

/* ---- chain.c ------------------------------------------------------------- */
/* Ends every way in: steps the engine, asks to be woken. */
void vt_chain_leave(struct vt_chain *chain);
/* Something waits for the end of this burst of inputs: flush then. */
static inline void vt_chain_dirty(struct vt_chain *chain)
{
    chain->is_dirty = 1;
}
/* Run a job; jobs are counted so that a stop can wait. Returns as world.run. */
vt_status vt_chain_run(struct vt_chain *chain, enum vt_lane lane,
                       struct vt_job *job);
/* First thing a job's done calls. */
void vt_chain_job_done(struct vt_chain *chain);
/* Halt with printf text. */
void vt_chain_fail(struct vt_chain *chain, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
vt_status vt_chain_send(struct vt_chain *chain, uint32_t peer, uint8_t kind,
                        uint32_t klass, struct vt_view payload);
void vt_chain_penalize(struct vt_chain *chain, uint32_t peer,
                       const char *reason);
/* NULL when the peer is not tracked. */
struct vt_peer_state *vt_chain_peer(struct vt_chain *chain, uint32_t id);

/* ---- check.c: from HAVE to EXECUTED -------------------------------------- */
/* The engine, sync or a decision wants this block checked. */
void vt_check_want(struct vt_chain *chain, struct vt_candidate *c);
/* It is good: whoever asked is told. */
void vt_check_good(struct vt_chain *chain, struct vt_candidate *c);
/* A block was executed or became the tip: those on top of it can go on. */
void vt_check_children(struct vt_chain *chain, const struct vt_hash *parent);
/* c is GOOD with an exec inside: make its version of the state. */
void vt_check_finish(struct vt_chain *chain, struct vt_candidate *c);
/* State after block id with its height, time and receipts root: the tip's or
 * an executed candidate's. Returns 1, or 0 when there is none. */
struct vt_parent {
    uint64_t height;
    int64_t time_ms;
    struct vt_state *state; /* borrowed */
    struct vt_hash receipts_root;
    const struct vt_candidate *bad; /* it, when it was refused */
    int is_known;
};
int vt_check_parent(struct vt_chain *chain, const struct vt_hash *id,
                    struct vt_parent *out);
/* Address of a member: where fees and emission go. */
int vt_member_address(const struct vt_chain *chain, uint32_t index,
                      struct vt_address *out);

/* ---- diverge.c: members whose executor came to another state ------------- */
#define VT_WHY_MAX 200u
/* What c's header says about the state below must be what we have. If not, why
 * says what differs, and an alarm is raised. */
int vt_state_fits(struct vt_chain *chain, const struct vt_candidate *c,
                  const struct vt_parent *parent, char why[VT_WHY_MAX]);

/* ---- build.c ------------------------------------------------------------- */
void vt_build_want(struct vt_chain *chain, const struct vt_eff_build *build);
/* The block that batches make. */
void vt_build_join(struct vt_chain *chain, const struct vt_eff_join *join);
/* Something a waiting build may need has happened. */
void vt_build_retry(struct vt_chain *chain);
void vt_build_drop_all(struct vt_chain *chain);

/* ---- batch.c: transactions put together outside of the chain ------------- */
void vt_batch_want(struct vt_chain *chain, const struct vt_eff_batch *want);

/* ---- commit.c ------------------------------------------------------------ */
/* id is decided for height with this seal; the block is held. */
void vt_commit_decide(struct vt_chain *chain, uint64_t height,
                      const struct vt_hash *id, struct vt_view seal);
/* Publish what is durable and executed. */
void vt_commit_publish(struct vt_chain *chain);
/* Forget an undecided block; its transactions wait again. */
void vt_commit_drop(struct vt_chain *chain, struct vt_candidate *c);
/* The engine gave an undecided block up: its transactions wait again. */
void vt_commit_requeue(struct vt_chain *chain, struct vt_candidate *c);
/* Adds a received block; NULL when there is no room. */
struct vt_candidate *vt_commit_have(struct vt_chain *chain,
                                    struct vt_block *block, uint32_t from);
/* A live tentative block: its transactions wait no longer. */
void vt_commit_mark(struct vt_chain *chain, struct vt_candidate *c);
void vt_commit_drop_all(struct vt_chain *chain);
/* The engine gave a batch up. */
void vt_batch_retire(struct vt_chain *chain, struct vt_candidate *c);
/* Its transactions wait again, unless another live block holds them. */
void vt_commit_unmark(struct vt_chain *chain, struct vt_candidate *c);

/* ---- head.c: engines that announce before they decide -------------------- */
int vt_head_is_used(const struct vt_chain *chain);
/* decided: height that the engine had decided itself when it said so. */
void vt_head_move(struct vt_chain *chain, uint64_t height,
                  const struct vt_hash *id, uint64_t decided);

/* ---- submit.c ------------------------------------------------------------ */
void vt_submit_frame(struct vt_chain *chain, uint32_t peer,
                     struct vt_view payload);
/* Send what gathered, start verifying what waits. */
void vt_submit_flush(struct vt_chain *chain);
void vt_submit_tick(struct vt_chain *chain, uint64_t now_ns);
void vt_submit_drop_all(struct vt_chain *chain);
/* Put a dropped block's transactions back. */
void vt_submit_readd(struct vt_chain *chain, const struct vt_block *block);

/* ---- fetch.c ------------------------------------------------------------- */
void vt_fetch_want(struct vt_chain *chain, const struct vt_eff_fetch *fetch);
/* The block arrived by whatever way. */
void vt_fetch_arrived(struct vt_chain *chain, const struct vt_candidate *c);
void vt_fetch_get_body(struct vt_chain *chain, uint32_t peer,
                       struct vt_view payload);
void vt_fetch_body(struct vt_chain *chain, uint32_t peer,
                   struct vt_view payload);
void vt_fetch_tick(struct vt_chain *chain, uint64_t now_ns);
uint64_t vt_fetch_deadline(const struct vt_chain *chain);
void vt_fetch_drop_all(struct vt_chain *chain);
/* Was this block decided? Looks into the index, too. */
int vt_block_is_final(struct vt_chain *chain, const struct vt_hash *id);
/* From memory only; a new reference or NULL. */
struct vt_block *vt_block_in_memory(struct vt_chain *chain,
                                    const struct vt_hash *id);

/* ---- sync.c -------------------------------------------------------------- */
void vt_sync_status(struct vt_chain *chain, uint32_t peer,
                    struct vt_view payload);
void vt_sync_get_blocks(struct vt_chain *chain, uint32_t peer,
                        struct vt_view payload);
void vt_sync_blocks(struct vt_chain *chain, uint32_t peer,
                    struct vt_view payload);
/* Somebody knows of a final block at this height. */
void vt_sync_want(struct vt_chain *chain, uint64_t height, uint32_t peer);
void vt_sync_peer(struct vt_chain *chain, uint32_t peer, int up);
void vt_sync_tick(struct vt_chain *chain, uint64_t now_ns);
uint64_t vt_sync_deadline(const struct vt_chain *chain);

/* ---- frames.c: decode large frames on the pool, small ones at once ------- */
void vt_frames_consensus(struct vt_chain *chain, uint32_t peer,
                         const struct vt_frame *frame);
/* A body that was asked for. */
void vt_frames_body(struct vt_chain *chain, uint32_t peer, struct vt_view raw);

/* ---- handover.c: from one epoch to the next ------------------------------ */
/* The state moved: tell the engine where to stop, say that this node is ready,
 * end the epoch when its last block is the tip. */
void vt_handover_follow(struct vt_chain *chain);
/* Could this node run the epoch after height at that a SWITCH's payload
 * describes? It is made and thrown away; the plugin stays loaded. */
vt_status vt_handover_trial(struct vt_chain *chain, uint64_t at,
                            struct vt_view spec, struct vt_err *err);
/* Goes on when everything the old engine had under way has come back. */
void vt_handover_try(struct vt_chain *chain);
/* Is a block on this parent above the end of its epoch? Such a tail is empty
 * and never final. */
int vt_handover_is_tail(const struct vt_chain *chain,
                        const struct vt_state *parent, uint64_t height);
/* Last height of the current epoch, 0 while none is agreed that nothing can
 * stop any more. The tip's state knows it `switch_freeze` heights before. */
uint64_t vt_handover_end(const struct vt_chain *chain);
/* The epochs that the tip's state knows, up to the one its next block is in.
 * Thread: init, or the chain's while no job runs. */
vt_status vt_handover_load(struct vt_chain *chain, struct vt_err *err);
/* What a header of this height, on a parent with this state, carries as its
 * handoff, appended to out: nothing, unless an epoch begins or ends there. */
vt_status vt_handover_handoff(const struct vt_chain *chain,
                              const struct vt_state *parent, uint64_t height,
                              struct vt_buf *out);
/* NULL, or what is wrong with a header's handoff. */
const char *vt_handover_fault(const struct vt_chain *chain,
                              const struct vt_state *parent,
                              const struct vt_header *h);

/* ---- say.c --------------------------------------------------------------- */
/* A transaction of this node's own key, without a fee. Returns 0 when one
 * waits already (it is told to the others now and then), or cannot be made. */
int vt_chain_say(struct vt_chain *chain, uint16_t kind, struct vt_view payload,
                 uint64_t valid_until);

/* ---- query.c ------------------------------------------------------------- */
/* Does seal make header final? end: last height of the current epoch, 0 when
 * it is not known. Returns VT_OK, VT_E_CORRUPT, what the engine's check_proof()
 * says. Thread: any, while jobs of this chain run. */
vt_status vt_seal_check(const struct vt_chain *chain, uint64_t end,
                        const struct vt_header *header,
                        const struct vt_hash *id, struct vt_view seal,
                        struct vt_err *err);

/* ---- anchors.c ----------------------------------------------------------- */
/* Tip or head moved: is a block due on the parent? */
void vt_anchors_follow(struct vt_chain *chain);

/* ---- genesis.c ----------------------------------------------------------- */
/* The block at height 0 of this configuration and the state it stands for. */
vt_status vt_genesis_make(const struct vt_chain_config *config,
                          const struct vt_rules *rules,
                          const struct vt_hash *params,
                          struct vt_block **out_block,
                          struct vt_state **out_state, struct vt_err *err);
/* Fill what a header says about the version below it. */
void vt_header_set_state(struct vt_header *header, const struct vt_state *state,
                         const struct vt_hash *receipts_root);

#endif
