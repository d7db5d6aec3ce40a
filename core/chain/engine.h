/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - the consensus driver: the only code that touches a consensus
 * plugin. Queues its events, takes its effects and has them done in the order
 * rule R36. Private to core/chain. One thread.
 */
#ifndef VT_CHAIN_ENGINE_H
#define VT_CHAIN_ENGINE_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "chain/blocks.h"
#include "chain/chain.h"
#include "chain/epoch.h"

/* Effects an engine may emit in one step; more come after MORE. */
#define VT_ENGINE_ROOM 256u
#define VT_ENGINE_TIMERS_MAX 4096u
#define VT_JOINED_MAX 4096u /* batches in one block */
#define VT_ENGINE_EVENTS_MAX 65536u

struct vt_engine {
    struct vt_chain *chain;
    const struct vt_consensus *table;
    struct vt_cs *cs;
    struct vt_epoch *of;       /* what it is bound to */
    struct vt_cs_epoch epoch;  /* of->cs */
    struct vt_member *members; /* epoch.members points here */
    uint32_t self;
    struct vt_map *timers; /* timer id -> struct timer */
    struct vt_heap deadlines;
    struct vt_list events; /* waiting */
    size_t event_count;
    struct vt_list effects; /* of the step under way */
    struct vt_out out;
    int is_pumping, is_full;
    struct vt_map *slot_sizes; /* slot -> bytes + 1 */
    uint64_t slot_bytes;
    uint64_t told_txs, told_bytes; /* what the last TXS event said */
    uint64_t decided;              /* by its own COMMIT, 0: nothing yet */
};

/* An engine for this epoch, which lives longer. Returns VT_OK, VT_E_NOMEM. */
vt_status vt_engine_init(struct vt_engine *engine, struct vt_chain *chain,
                         struct vt_epoch *epoch, struct vt_err *err);
/* create() with everything that was PERSISTed. Thread: init. */
vt_status vt_engine_open(struct vt_engine *engine, struct vt_err *err);
void vt_engine_fini(struct vt_engine *engine);

/* Queue an event; bytes are copied. A full queue halts the chain: nothing from
 * outside can fill it, RECV excepted, which is dropped instead. */
void vt_engine_start(struct vt_engine *engine);
void vt_engine_recv(struct vt_engine *engine, uint32_t from, uint32_t proto,
                    struct vt_view msg, const struct vt_hash *attach);
void vt_engine_done(struct vt_engine *engine, uint32_t type, uint64_t token,
                    vt_status status, struct vt_view data);
/* c may be NULL: status says why there is no block. */
void vt_engine_block(struct vt_engine *engine, uint32_t type, uint64_t token,
                     vt_status status, uint32_t verdict,
                     const struct vt_block *block);
/* VALIDATED; flaw may be empty. */
void vt_engine_validated(struct vt_engine *engine, uint64_t token,
                         uint32_t verdict, const struct vt_block *block,
                         struct vt_view flaw);
void vt_engine_applied(struct vt_engine *engine, uint64_t height,
                       const struct vt_hash *id,
                       const struct vt_hash *state_root);
void vt_engine_peer(struct vt_engine *engine, uint32_t peer, int up);
void vt_engine_admin(struct vt_engine *engine, struct vt_view bytes);
/* Decide nothing above height. */
void vt_engine_seal(struct vt_engine *engine, uint64_t height,
                    const struct vt_hash *successor);
/* The parent chain has fixed a block of this one. */
void vt_engine_anchor(struct vt_engine *engine, uint64_t height,
                      const struct vt_hash *id);
/* Tell it what waits in the mempool when that changed. */
void vt_engine_txs(struct vt_engine *engine, uint64_t count, uint64_t bytes);

/* events.c: the emit function of struct vt_out. */
vt_status vt_engine_emit(struct vt_out *out, const struct vt_eff *eff);
/* Events and timers that wait are freed; the chain ends. */
void vt_engine_forget(struct vt_engine *engine);
/* A slot has this many bytes now (0: none). Returns 0 when there are too many
 * slots or no memory. */
int vt_engine_note_slot(struct vt_engine *engine, uint64_t slot, size_t bytes);

/* Step through all that waits. */
void vt_engine_pump(struct vt_engine *engine);
/* Fire the timers that are due. */
void vt_engine_tick(struct vt_engine *engine, uint64_t now_ns);
/* Next deadline, UINT64_MAX when none. */
uint64_t vt_engine_deadline(const struct vt_engine *engine);

/* effects.c: copies of effects and what becomes of them. */
struct vt_effect {
    struct vt_list list;
    struct vt_chain *chain;
    uint64_t decided; /* HEAD: height the engine had decided before it */
    union {
        struct vt_eff h;
        struct vt_eff_persist persist;
        struct vt_eff_send send;
        struct vt_eff_timer timer;
        struct vt_eff_build build;
        struct vt_eff_batch batch;
        struct vt_eff_join join;
        struct vt_eff_block block;
        struct vt_eff_sign sign;
        struct vt_eff_verify verify;
        struct vt_eff_commit commit;
        struct vt_eff_fetch fetch;
        struct vt_eff_accuse accuse;
        struct vt_eff_evidence evidence;
        struct vt_eff_head head;
        struct vt_eff_work work;
        struct vt_eff_prove prove;
        struct vt_eff_stage stage;
        struct vt_eff_metric metric;
        struct vt_eff_text text;
    } u;
    /* what the views point to, aligned for any struct */
    _Alignas(max_align_t) uint8_t bytes[];
};
/* A copy in *out, or VT_E_INVALID for a malformed one, VT_E_LIMIT for one
 * that is too large, VT_E_NOMEM. */
vt_status vt_effect_copy(const struct vt_eff *eff, struct vt_effect **out);
/* Does it, now or when durable; takes the effect. */
void vt_effect_do(struct vt_chain *chain, struct vt_effect *effect);
/* Set or cancel a timer. */
void vt_engine_timer(struct vt_engine *engine, uint64_t id, uint64_t delay_ns);

/* verify.c: votes, checked at once when few, on the pool when many. */
void vt_engine_verify(struct vt_engine *engine,
                      const struct vt_eff_verify *verify);
/* What SIGN signs and VERIFY checks. */
void vt_vote_hash(const struct vt_cs_epoch *epoch, uint32_t role,
                  struct vt_view msg, struct vt_hash *out);
/* A proof of the random value that belongs to this node's key, at once. */
void vt_engine_prove(struct vt_engine *engine,
                     const struct vt_eff_prove *prove);

#endif
