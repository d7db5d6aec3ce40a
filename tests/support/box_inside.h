/* SPDX-License-Identifier: Apache-2.0
 *
 * box_inside.h - inside of the engine box. Private to tests/support.
 */
#ifndef VT_TESTS_SUPPORT_BOX_INSIDE_H
#define VT_TESTS_SUPPORT_BOX_INSIDE_H

#include "base/bytes.h"
#include "base/list.h"
#include "base/rng.h"
#include "config/option.h"
#include "support/enginebox.h"

#include <string.h>

#define BOX_BLOCKS_MAX 4096u
#define BOX_HEIGHTS_MAX 4096u
#define BOX_SLOTS_MAX 1024u
#define BOX_TIMERS_MAX 16u
#define BOX_ROLES_MAX 16u
#define BOX_GUARD_KEEP 512u
#define BOX_LABELS_MAX 96u
#define BOX_PAYLOAD_MAX 128u /* engine bytes in a header */
#define BOX_US UINT64_C(1000)
#define BOX_TICK_US 20000u    /* of scripted nodes */
#define BOX_OBSERVE_US 50000u /* an observer's host asks for blocks itself */

struct box_txs {
    uint64_t w[2];
};

static inline struct box_txs box_or_txs(struct box_txs a, struct box_txs b)
{
    struct box_txs r = {{a.w[0] | b.w[0], a.w[1] | b.w[1]}};
    return r;
}

static inline struct box_txs box_minus_txs(struct box_txs a, struct box_txs b)
{
    struct box_txs r = {{a.w[0] & ~b.w[0], a.w[1] & ~b.w[1]}};
    return r;
}

static inline int box_any_both(struct box_txs a, struct box_txs b)
{
    return ((a.w[0] & b.w[0]) | (a.w[1] & b.w[1])) != 0;
}

static inline uint32_t box_count_txs(struct box_txs a)
{
    return (uint32_t)(__builtin_popcountll(a.w[0]) +
                      __builtin_popcountll(a.w[1]));
}

struct box_block {
    uint8_t id[32], parent[32];
    uint32_t parent_index; /* BOX_NONE: the epoch's parent */
    uint32_t proposer, tx_count;
    uint64_t height;
    int64_t time_ms;
    int is_bad;
    uint8_t payload[BOX_PAYLOAD_MAX];
    size_t payload_len;
    struct box_txs txs, below; /* its own; those of all ancestors */
};

struct box_set {
    uint64_t w[BOX_BLOCKS_MAX / 64];
};

static inline int box_in(const struct box_set *set, uint32_t i)
{
    return (int)(set->w[i / 64] >> (i % 64) & 1u);
}

static inline void box_set_in(struct box_set *set, uint32_t i, int on)
{
    uint64_t bit = UINT64_C(1) << (i % 64);

    set->w[i / 64] = on ? set->w[i / 64] | bit : set->w[i / 64] & ~bit;
}

enum box_kind {
    BOX_EV_MESSAGE = 1,
    BOX_EV_TIMER,
    BOX_EV_DONE,   /* vt_ev_done for the engine */
    BOX_EV_BLOCK,  /* vt_ev_block for the engine */
    BOX_EV_SYNCED, /* the disk reached `arg` */
    BOX_EV_APPLY,
    BOX_EV_CATCHUP,
    BOX_EV_GOSSIP,
    BOX_EV_MORE,
    BOX_EV_TXS,
    BOX_EV_TICK,
    BOX_EV_START
};

struct box_event {
    uint64_t at_ns, order;
    enum box_kind kind;
    uint32_t node, life;
    uint32_t from, proto, type, block, verdict;
    vt_status status;
    uint64_t arg; /* token, timer, mark, tx */
    size_t len;
    uint8_t bytes[];
};

/* An effect that waits for its turn. */
struct box_op {
    struct vt_list list;
    uint64_t mark; /* counts ops of this node */
    uint32_t type, to, proto, block, role;
    uint32_t is_durable;
    uint64_t token, major, minor, height;
    size_t len, len_b;
    uint8_t bytes[]; /* msg, proof, slot bytes, evidence a then b */
};

struct box_slot {
    uint64_t slot;
    size_t len;
    uint8_t *bytes;
};

struct box_final {
    uint32_t block;
    size_t len;
    uint8_t *proof;
};

struct box_signed {
    uint64_t major, minor, hash;
};

struct box_role {
    struct box_signed ring[BOX_GUARD_KEEP];
    uint32_t first, count;
};

/* What survives a crash. */
struct box_disk {
    struct box_slot slots[BOX_SLOTS_MAX];
    uint32_t slot_count;
    struct box_set bodies;
    struct box_final *final; /* by height - start; BOX_HEIGHTS_MAX of them */
    uint64_t final_count;
    struct box_role *roles[BOX_ROLES_MAX]; /* NULL until signed for */
};

struct box_pending {
    uint32_t block;
    uint64_t token, height;
    uint8_t parent[32];
    uint32_t is_build, allow_empty, tries;
    uint64_t max_bytes;
    uint8_t payload[BOX_PAYLOAD_MAX];
    size_t payload_len;
};

#define BOX_PENDING_MAX 512u

struct box_node {
    uint32_t index, member, life;
    int is_up, is_scripted, is_honest, is_halted, is_stepping, is_full;
    int has_sealed, has_bad_executor, no_validate, no_fetch;
    uint32_t side;
    struct vt_cs *cs;
    struct box_disk disk, snapshot;
    int has_snapshot;
    struct box_set held, live, executed;
    struct box_txs known, told_known;
    struct vt_list ops;
    uint64_t next_mark;
    int is_syncing_disk;
    uint64_t timers[BOX_TIMERS_MAX]; /* generation; 0: off */
    uint64_t timer_generation;
    uint64_t decided;   /* height handed to the log */
    uint64_t applied;   /* height told to the engine */
    uint64_t own_final; /* highest it decided itself in this life */
    uint32_t head;      /* block, + 1 */
    uint64_t highest_applied_ever;
    struct box_txs final_txs;
    uint8_t root[32];
    struct box_pending pending[BOX_PENDING_MAX];
    uint32_t pending_count;
    int is_catching_up, has_txs_event;
    uint64_t told_count, told_bytes;
    uint32_t effects; /* in this step */
    uint32_t doom;    /* dies after this many effects, 0: lives on */
    int is_dying;
    uint8_t *handoff;
    size_t handoff_len;
};

struct box_label {
    char text[32];
    uint64_t count;
};

struct box {
    struct box_options opt;
    const struct vt_consensus *table;
    struct vt_host host;
    struct vt_options *settings;
    struct vt_cfg cfg;
    struct vt_cs_epoch epoch;
    struct vt_member members[64];
    uint8_t keys[64][32];
    struct vt_rng rng;
    uint64_t now_ns, next_order, events, trace;
    struct box_event **heap;
    size_t heap_count, heap_cap;
    struct box_block *blocks;
    uint32_t block_count, block_cap;
    uint32_t *by_id; /* open hash of block indexes + 1 */
    struct box_node *nodes;
    uint32_t node_count;
    uint32_t *truth; /* block per height - start, + 1 */
    struct box_txs offered;
    int is_calm;
    int64_t make_time_ms; /* of the block being made, 0: the clock's */
    uint64_t link_free[BOX_NODES_MAX][BOX_NODES_MAX];
    uint32_t evidence[64];
    struct box_label labels[BOX_LABELS_MAX];
    uint32_t label_count;
    struct box_peaks peaks;
    struct vt_out out;
    struct box_node *stepping;
    uint32_t room_left;
    uint64_t wall_skew_ms;
    char violation[256];
};

/* enginebox.c */
struct box_event *box_event_new(struct box *box, enum box_kind kind,
                                uint32_t node, uint64_t delay_us, size_t len);
void box_event_put(struct box *box, struct box_event *event);
void box_mix(struct box *box, const void *bytes, size_t len);
void box_mix_number(struct box *box, uint64_t v);
void box_give(struct box *box, struct box_node *node, const struct vt_ev *ev);
uint64_t box_between(struct box *box, uint64_t low, uint64_t high);
int box_chance(struct box *box, uint32_t per_mille);
void box_say(struct box *box, const struct box_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void box_note_label(struct box *box, struct vt_view text);

/* box_nodes.c */
vt_status box_node_create(struct box *box, struct box_node *node,
                          struct vt_err *err);

/* box_effects.c: what a step emits. */
vt_status box_emit(struct vt_out *out, const struct vt_eff *eff);
void box_op_perform(struct box *box, struct box_node *node,
                    const struct box_op *op);
void box_done_event(struct box *box, struct box_node *node, uint32_t type,
                    uint64_t token, vt_status status, struct vt_view data);

/* box_barrier.c: what waits for the disk. */
static inline int box_is_write(uint32_t type)
{
    return type == VT_EFF_PERSIST || type == VT_EFF_STORE;
}
void box_sync_start(struct box *box, struct box_node *node);
void box_ops_release(struct box *box, struct box_node *node);
void box_disk_reached(struct box *box, struct box_node *node, uint64_t mark);
void box_ops_drop(struct box_node *node);

/* box_blocks.c */
uint32_t box_block_new(struct box *box, uint32_t parent, uint32_t proposer,
                       struct box_txs txs, int is_bad, struct vt_view payload);
void box_pending_add(struct box *box, struct box_node *node,
                     const struct box_pending *p);
void box_pending_try(struct box *box, struct box_node *node);
void box_fetch(struct box *box, struct box_node *node, uint64_t token,
               const uint8_t id[32], struct vt_view holders);
void box_requeue(struct box *box, struct box_node *node, uint32_t block);
void box_commit(struct box *box, struct box_node *node, uint64_t height,
                const uint8_t id[32], struct vt_view proof);
void box_apply(struct box *box, struct box_node *node, uint64_t height);
void box_catch_up(struct box *box, struct box_node *node);
void box_txs_changed(struct box *box, struct box_node *node);
void box_tell_txs(struct box *box, struct box_node *node);
void box_block_event(struct box *box, struct box_node *node, uint32_t type,
                     uint64_t token, vt_status status, uint32_t verdict,
                     uint32_t block, uint64_t delay_us);

/* box_disk.c */
void box_disk_put(struct box *box, struct box_node *node, uint64_t slot,
                  const uint8_t *bytes, size_t len);
void box_disk_init(struct box_disk *disk);
void box_disk_fini(struct box_disk *disk);
void box_disk_copy(struct box_disk *to, const struct box_disk *from);
int box_guard_allows(struct box *box, struct box_node *node, uint32_t role,
                     uint64_t major, uint64_t minor, struct vt_view msg);

/* box_crypto.c */
void box_hash(const struct box *box, const char *tag,
              const struct vt_view *parts, uint32_t count, uint8_t out[32]);
void box_crypto_init(struct box *box);
/* Hash of bytes after h. */
uint64_t box_fold(uint64_t h, const void *ptr, size_t len);
int box_verify(const struct box *box, uint32_t member, uint32_t role,
               struct vt_view msg, struct vt_view sig);

/* box_net.c */
void box_transmit(struct box *box, struct box_node *from, uint32_t to,
                  uint32_t proto, struct vt_view bytes, uint32_t block);

#endif
