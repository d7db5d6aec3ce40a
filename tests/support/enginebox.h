/* SPDX-License-Identifier: Apache-2.0
 *
 * enginebox.h - a small host for consensus engines: N instances of one plugin
 * in virtual time, with a network, disks and liars made from one seed.
 *
 * It stands below core/chain: blocks are ids with a bit per transaction, and
 * signatures are fakes that only their owner can make. What it does of the
 * contract in vt/consensus.h it does to the letter: effects wait for
 * durability, requests may stay unanswered, what was not durable is gone after
 * a crash. Invariants are checked after every step; the first one broken stops
 * the run and is told by box_violation().
 *
 *   box_new -> (offer, cut, crash, ... and box_run)* -> box_free
 */
#ifndef VT_TESTS_SUPPORT_ENGINEBOX_H
#define VT_TESTS_SUPPORT_ENGINEBOX_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#define BOX_NODES_MAX 72u
#define BOX_TXS_MAX 128u
#define BOX_NONE 0xffffffffu

struct box;

/* A message on its way. block: index of the attached one, or BOX_NONE. */
struct box_message {
    uint32_t from, to; /* nodes */
    uint32_t proto, block;
    struct vt_view bytes;
};

/* A node without an engine: the test speaks for it. */
struct box_attack {
    void *ctx;
    void (*on_message)(void *ctx, struct box *box, uint32_t node,
                       const struct box_message *m);
    void (*on_tick)(void *ctx, struct box *box, uint32_t node);
};

struct box_options {
    const struct vt_plugin *plugin;
    const char *settings; /* "window=4 view_timeout=100ms", NULL: defaults */
    uint64_t seed;
    uint32_t members, observers;
    uint64_t byzantine; /* members not held to any promise */
    uint64_t scripted;  /* those of them that have no engine */
    uint64_t twins;     /* those that run two engines with one key */
    uint64_t no_guard;  /* those whose host signs anything */
    const struct box_attack *attack;
    /* Faults until box_calm(); rates per mille of their occasion. */
    uint32_t delay_min_us, delay_max_us;
    uint32_t slow, loss, duplicate, corrupt;
    uint32_t starve, starved; /* loss of the message numbers in a bit set */
    uint32_t sync_min_us, sync_max_us;
    uint32_t apply_us; /* from decided to executed, besides the disk */
    uint32_t silent, later;
    uint32_t room;       /* effects in one step, 0: plenty */
    uint32_t block_txs;  /* most in one block, 0: 8 */
    uint32_t weights[4]; /* of the first members, 0: 1 */
    int is_fifo;         /* links keep order */
    int is_clocked;      /* a block's time is the clock's, for slots */
    int is_strong;       /* hashes of the chain instead of fast ones */
    int (*drops)(void *ctx, const struct box_message *m); /* 1: lost */
    void *drops_ctx;
    void (*say)(void *ctx, const char *line); /* what happens, for people */
    void *say_ctx;
};

/* NULL only when out of memory or the plugin refuses; then err says why. */
struct box *box_new(const struct box_options *options, struct vt_err *err);
void box_free(struct box *box);

/* ---- time --------------------------------------------------------------- */

/* Virtual microseconds since the start. */
uint64_t box_now(const struct box *box);
void box_run(struct box *box, uint64_t us);
/* Until done() or the limit. Returns 1 when done. */
int box_run_until(struct box *box, int (*done)(const struct box *box),
                  uint64_t us);
/* One event. Returns 0 when nothing is left or something was violated. */
int box_step(struct box *box);

/* ---- what happens ------------------------------------------------------- */

/* A client gives transaction tx (< BOX_TXS_MAX) to a node, which tells the
 * others. */
void box_offer(struct box *box, uint32_t node, uint32_t tx);
void box_crash(struct box *box, uint32_t node);
/* In its next step the node dies after that many effects. */
void box_doom(struct box *box, uint32_t node, uint32_t effects);
void box_restart(struct box *box, uint32_t node);
/* Forget everything durable that came after the last box_snapshot(). */
void box_snapshot(struct box *box, uint32_t node);
void box_rollback(struct box *box, uint32_t node);
/* What a node that is down had written to one slot, or STOREd, is gone. */
void box_lose_slot(struct box *box, uint32_t node, uint64_t slot);
void box_lose_body(struct box *box, uint32_t node, uint32_t block);
/* Nodes hear only those of their own side; all are on side 0 at first. */
void box_side(struct box *box, uint32_t node, uint32_t side);
/* Changes what starves: bits of message numbers, loss per mille. */
void box_starve(struct box *box, uint32_t numbers, uint32_t per_mille);
/* No loss, no crash, no split, no silence from now on; all nodes are up and
 * know all transactions. Liars go on lying. */
void box_calm(struct box *box);
/* The node's host executes wrongly from here on. */
void box_break_executor(struct box *box, uint32_t node);
void box_seal(struct box *box, uint64_t height);
void box_peer_event(struct box *box, uint32_t node, uint32_t peer, int up);
/* VALIDATE and FETCH of a node are not answered for a while. */
void box_deaf(struct box *box, uint32_t node, int validate, int fetch);

/* ---- what is seen ------------------------------------------------------- */

/* NULL while all invariants hold. */
const char *box_violation(const struct box *box);
/* Reports a violation found by a test itself. */
void box_violate(struct box *box, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Are all offered transactions final at all honest nodes? */
int box_all_final(const struct box *box);
/* Have all honest members emitted SEALED? */
int box_all_sealed(const struct box *box);
/* The block a node called its head last, BOX_NONE before. */
uint32_t box_head(const struct box *box, uint32_t node);
uint64_t box_final_height(const struct box *box, uint32_t node);
/* Lowest final height of the honest nodes that are up. */
uint64_t box_least_final(const struct box *box);
int box_is_honest(const struct box *box, uint32_t node);
int box_is_up(const struct box *box, uint32_t node);
int box_has_halted(const struct box *box, uint32_t node);
uint32_t box_node_count(const struct box *box);
uint64_t box_events(const struct box *box);
/* Of every event and effect so far. */
uint64_t box_trace_hash(struct box *box);
/* How often a TRACE line started with these words, all nodes together. */
uint64_t box_traced(const struct box *box, const char *label);
/* Walk all labels; Returns NULL after the last. */
const char *box_label(const struct box *box, uint32_t index, uint64_t *count);
/* EVIDENCE against a member seen so far, bit per kind. */
uint32_t box_evidence(const struct box *box, uint32_t member);
/* Bytes of the largest slot, message, and of all slots of one node. */
struct box_peaks {
    uint64_t slot, slots, message, effects_per_step;
};
void box_peaks(const struct box *box, struct box_peaks *out);
/* Last proof a node emitted for a height, or an empty view. */
struct vt_view box_proof(const struct box *box, uint32_t node, uint64_t height,
                         uint8_t id[32]);
struct vt_view box_handoff(const struct box *box, uint32_t node);

/* ---- for those who speak for scripted nodes ----------------------------- */

const struct vt_cs_epoch *box_epoch(const struct box *box);
const struct vt_host *box_host(const struct box *box);
const struct vt_svc_crypto *box_crypto(const struct box *box);
const struct vt_consensus *box_table(const struct box *box);
/* As the host signs, without any guard. Returns the length. */
size_t box_sign(struct box *box, uint32_t member, uint32_t role,
                struct vt_view msg, uint8_t out[64]);
void box_send(struct box *box, uint32_t from, uint32_t to, uint32_t proto,
              struct vt_view bytes, uint32_t block);
/* A block nobody has seen; parent BOX_NONE: on the epoch's parent. */
uint32_t box_make_block(struct box *box, uint32_t parent, uint32_t proposer,
                        uint32_t tx, int is_bad);
/* The same with the engine's own bytes in the header. */
uint32_t box_make_block_with(struct box *box, uint32_t parent, uint32_t tx,
                             struct vt_view payload);
/* And with a proposer and a time. */
uint32_t box_make_block_at(struct box *box, uint32_t parent, uint32_t tx,
                           struct vt_view payload, uint32_t proposer,
                           int64_t time_ms);
void box_block_id(const struct box *box, uint32_t block, uint8_t out[32]);
uint64_t box_block_height(const struct box *box, uint32_t block);
uint32_t box_parent(const struct box *box, uint32_t block);
struct vt_view box_block_payload(const struct box *box, uint32_t block);
uint32_t box_find_block(const struct box *box, const uint8_t id[32]);
/* 0..n-1 from the run's seed. */
uint64_t box_random(struct box *box, uint64_t n);
/* Turns one bit over. */
void box_flip(struct box *box, uint8_t *bytes, size_t len);
/* Feed an event of the test's own to a node. */
vt_status box_feed(struct box *box, uint32_t node, const struct vt_ev *ev);
void box_digest(const struct box *box, uint32_t node, uint8_t out[32]);

#endif
