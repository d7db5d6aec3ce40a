/* SPDX-License-Identifier: Apache-2.0
 *
 * rig.h - a few instances of one engine, driven by hand: virtual time, a disk
 * that confirms late, a network with chance in it, blocks that are ids with a
 * bit for each transaction. Private to core/conform.
 *
 * It stands below core/chain, so that a single step can be watched: every
 * event and effect can go to a tape, a node can die after any effect and be
 * born again from its slots. What the host promises in vt/consensus.h it keeps
 * to the letter; what the engine owes is checked at every effect, and the first
 * breach fails the test.
 */
#ifndef VT_CONFORM_RIG_H
#define VT_CONFORM_RIG_H

#include "base/heap.h"
#include "base/rng.h"
#include "conform/probe.h"
#include "conform/tape.h"

#define VT_RIG_NODES_MAX 8u
#define VT_RIG_BLOCKS_MAX 8192u
#define VT_RIG_SLOTS_MAX 1024u
#define VT_RIG_HEIGHTS_MAX 1024u
#define VT_RIG_TIMERS_MAX 64u
#define VT_RIG_OPS_MAX 4096u
#define VT_RIG_ASKS_MAX 1024u
#define VT_RIG_WORDS_MAX 65536u
#define VT_RIG_PAYLOAD_MAX 4096u
#define VT_RIG_NOBODY UINT32_MAX
#define VT_RIG_MS UINT64_C(1000000)
#define VT_RIG_WALL_MS INT64_C(1767225600000) /* when a run begins */
#define VT_RIG_TXS_MAX 64u
#define VT_RIG_JOINED_MAX 256u

struct vt_rig_args {
    struct vt_trial *trial;
    const struct vt_host *host;
    uint32_t members;
    uint64_t seed;
    uint32_t txs; /* offered one after the other; all must become final */
    /* per mille, until the last transaction was offered */
    uint32_t loss, duplicate, mutate;
    uint32_t room; /* effects in one step; 0: plenty */
    /* this node dies behind its n-th effect (0: never) and comes back */
    uint32_t doomed;
    uint64_t doom;
    int reborn_each_step; /* the doomed one: again and again */
    /* a wrong member, for mutate: only what it says is bent; NOBODY: all */
    uint32_t liar;
    struct vt_tape *tape; /* may be NULL */
    uint8_t pattern;      /* what the stack below a step is full of */
};

struct vt_rig_block {
    uint8_t id[32], parent[32];
    uint32_t parent_index, proposer;
    uint32_t is_batch;
    uint64_t height, txs, below;
    int64_t time_ms;
    uint8_t payload[VT_RIG_PAYLOAD_MAX];
    size_t payload_len;
};

struct vt_rig_set {
    uint64_t w[VT_RIG_BLOCKS_MAX / 64];
};

struct vt_rig_slot {
    uint64_t slot;
    uint8_t *bytes;
    size_t len;
};

/* A write, or an outward effect that waits for the writes before it. */
struct vt_rig_op {
    uint32_t type, block, to, proto, role, has_attach;
    int is_early; /* and something written before it was not durable */
    uint64_t token, slot, major, minor, ready_ns;
    uint8_t id[32];
    uint64_t height, known; /* known: final when it was emitted */
    uint8_t *bytes;
    size_t len;
};

/* A BUILD, JOIN or VALIDATE that waits for its parent. */
struct vt_rig_ask {
    uint64_t token, height, max_bytes;
    uint32_t block; /* VALIDATE */
    uint32_t is_build, allow_empty;
    uint32_t is_join, proposer, batch_count;
    int64_t time_ms;
    uint32_t batches[VT_RIG_JOINED_MAX];
    uint8_t parent[32];
    uint8_t payload[VT_RIG_PAYLOAD_MAX];
    size_t payload_len;
};

struct vt_rig;

struct vt_rig_node {
    struct vt_rig *rig;
    uint32_t index, life;
    struct vt_cs *cs;
    int is_up, is_dying, is_full, is_stepping;
    uint64_t steps, effects;
    uint64_t applied, decided; /* heights */
    uint64_t known;            /* the final height its engine knows of */
    uint32_t tentative;        /* block of the engine's head, or NOBODY */
    struct {
        uint64_t id, turn;
    } timers[VT_RIG_TIMERS_MAX];
    uint64_t timer_turn, work_turn;
    uint64_t told_count; /* transactions that wait, as the engine knows */
    int has_txs_event;
    struct vt_rig_slot slots[VT_RIG_SLOTS_MAX];
    uint32_t slot_count;
    struct vt_rig_op *ops;
    uint32_t op_first, op_count;
    struct vt_rig_ask *asks;
    uint32_t ask_count;
    struct vt_rig_set held, stored, executed;
};

/* What somebody's key was used for. */
struct vt_rig_word {
    uint32_t member, role;
    uint64_t major, minor;
    uint8_t hash[32];
    int was_early; /* asked for before the engine's records were durable */
};

struct vt_rig {
    struct vt_rig_args args;
    const struct vt_consensus *table;
    struct vt_cs_epoch epoch;
    struct vt_member members[VT_RIG_NODES_MAX];
    uint8_t sk[VT_RIG_NODES_MAX][32], pk[VT_RIG_NODES_MAX][32];
    struct vt_rng rng;
    struct vt_heap queue;
    uint64_t now_ns, steps, calm_ns;
    uint64_t offered;
    uint64_t offered_ns[VT_RIG_TXS_MAX];
    struct vt_rig_node nodes[VT_RIG_NODES_MAX];
    struct vt_rig_block *blocks;
    uint32_t block_count;
    uint32_t truth[VT_RIG_HEIGHTS_MAX]; /* block + 1 */
    struct {
        uint8_t *bytes;
        size_t len;
    } proofs[VT_RIG_HEIGHTS_MAX];
    struct vt_rig_word *words;
    uint32_t word_count;
    struct vt_out out;
    struct vt_rig_node *stepping;
};

/* NULL never; what goes wrong fails the test. */
struct vt_rig *vt_rig_new(const struct vt_rig_args *args);
void vt_rig_free(struct vt_rig *rig);
/* Until every transaction is final everywhere, or virtual time is up. Returns
 * 1 when all is final. */
int vt_rig_run(struct vt_rig *rig, uint64_t limit_ms);
/* One event; Returns 0 when there is none. */
int vt_rig_step(struct vt_rig *rig);
int vt_rig_is_done(const struct vt_rig *rig);
/* Gives one event, made by the caller, to a node that is up. Returns what step
 * returned. */
vt_status vt_rig_give(struct vt_rig_node *node, union vt_any_event *ev);
/* The same start for every run of this seed. slots and the rest are the
 * caller's. */
void vt_rig_start_of(struct vt_rig *rig, uint32_t node,
                     struct vt_cs_start *out);
/* Makes epoch and keys for args.members. */
void vt_rig_epoch(struct vt_rig *rig);
/* Fills the stack below the caller. */
void vt_rig_scribble(uint8_t pattern);

/* ---- inside (rig.c, rig_*.c) --------------------------------------------- */

enum vt_rig_kind {
    VT_RIG_EVENT = 1, /* ev goes to the engine */
    VT_RIG_DISK,
    VT_RIG_APPLY, /* height arg is durable and executed */
    VT_RIG_TXS,
    VT_RIG_CATCH_UP,
    VT_RIG_BIRTH,
    VT_RIG_OFFER
};

struct vt_rig_event {
    struct vt_heap_item item;
    enum vt_rig_kind kind;
    uint32_t node, life;
    uint64_t arg; /* turn of a timer, height */
    union vt_any_event ev;
    size_t len;
    uint8_t bytes[];
};

/* delay in nanoseconds; bytes become what the event's view shows. */
void vt_rig_later(struct vt_rig_node *node, enum vt_rig_kind kind,
                  uint64_t delay_ns, union vt_any_event *ev,
                  struct vt_view bytes, uint64_t arg);
/* What clocks on the wall show; they jump back now and then. */
int64_t vt_rig_wall_ms(const struct vt_rig *rig);
uint64_t vt_rig_between(struct vt_rig *rig, uint64_t low, uint64_t high);
_Noreturn void vt_rig_fail(struct vt_rig_node *node, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void vt_rig_die(struct vt_rig_node *node);
vt_status vt_rig_emit(struct vt_out *out, const struct vt_eff *eff);
/* Does what waits at the head of the node's ops and may be done. */
void vt_rig_disk(struct vt_rig_node *node);
void vt_rig_forget_ops(struct vt_rig_node *node);
/* What needs no durable write before it. */
void vt_rig_request(struct vt_rig_node *node, const struct vt_eff *eff);
void vt_rig_answer(struct vt_rig_node *node, uint32_t type, uint64_t token,
                   vt_status status, struct vt_view data);
void vt_rig_vote_hash(const struct vt_rig *rig, uint32_t role,
                      struct vt_view msg, uint8_t out[32]);

static inline int vt_rig_in(const struct vt_rig_set *set, uint32_t i)
{
    return (int)(set->w[i / 64] >> (i % 64) & 1u);
}

static inline void vt_rig_put(struct vt_rig_set *set, uint32_t i, int on)
{
    uint64_t bit = UINT64_C(1) << (i % 64);

    set->w[i / 64] = on ? set->w[i / 64] | bit : set->w[i / 64] & ~bit;
}

uint32_t vt_rig_find(const struct vt_rig *rig, const uint8_t id[32]);
/* A place in rig->blocks, cleared. */
struct vt_rig_block *vt_rig_new_block(struct vt_rig *rig);
/* Gives the last new block its id and tells its maker. */
void vt_rig_built(struct vt_rig_node *node, uint64_t token, uint64_t salt);
void vt_rig_tell(struct vt_rig_node *node, uint32_t type, uint64_t token,
                 vt_status status, uint32_t verdict, uint32_t block);
/* 1 executed or head, 0 not yet, -1 never */
int vt_rig_parent_state(struct vt_rig_node *node, const uint8_t parent[32]);
void vt_rig_batch(struct vt_rig_node *node, const struct vt_eff_batch *e);
/* Transactions that wait no longer at this node. */
uint64_t vt_rig_placed(const struct vt_rig_node *node);
void vt_rig_place(struct vt_rig_node *node, const uint8_t id[32]);
void vt_rig_join(struct vt_rig_node *node, const struct vt_eff_join *e);
/* Returns 0 while its parent is not ready. */
int vt_rig_do_join(struct vt_rig_node *node, const struct vt_rig_ask *ask);
void vt_rig_ask(struct vt_rig_node *node, const struct vt_rig_ask *ask);
void vt_rig_try_asks(struct vt_rig_node *node);
void vt_rig_fetch(struct vt_rig_node *node, uint64_t token,
                  const uint8_t id[32]);
void vt_rig_move_head(struct vt_rig_node *node, const struct vt_rig_op *op);
void vt_rig_commit(struct vt_rig_node *node, const struct vt_rig_op *op);
void vt_rig_apply(struct vt_rig_node *node, uint64_t height);
void vt_rig_catch_up(struct vt_rig_node *node);
void vt_rig_requeue(struct vt_rig_node *node, uint32_t block);
void vt_rig_txs_changed(struct vt_rig_node *node);
void vt_rig_tell_txs(struct vt_rig_node *node);
/* Block of the highest applied height; NOBODY: the epoch's parent. */
uint32_t vt_rig_head(const struct vt_rig_node *node);

#endif
