/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.h - the blocks a chain is thinking about: undecided ones, and the last
 * executed one on which they stand.
 *
 * A block moves through its stages once:
 *
 *   HAVE -> CHECKING -> GOOD -> EXECUTED      (a version of the state exists)
 *             |           (checked, effects applied in a cache)
 *             +-------> BAD
 *
 * Private to core/chain. One thread; jobs hold a block through `jobs`.
 */
#ifndef VT_CHAIN_BLOCKS_H
#define VT_CHAIN_BLOCKS_H

#include "base/list.h"
#include "base/map.h"
#include "ledger/ledger.h"

enum vt_block_stage {
    VT_BLOCK_HAVE = 0,
    VT_BLOCK_CHECKING = 1,
    VT_BLOCK_GOOD = 2,
    VT_BLOCK_EXECUTED = 3,
    VT_BLOCK_BAD = 4
};

struct vt_candidate {
    struct vt_list all; /* in vt_blocks.all */
    struct vt_block *block;
    enum vt_block_stage stage;
    uint32_t jobs;        /* running elsewhere; not freed while above 0 */
    uint32_t from;        /* peer that sent it, VT_PEER_NONE = ours or synced */
    uint8_t is_gone;      /* out of the pool, freed when jobs reaches 0 */
    uint8_t is_wanted;    /* the engine asked for it: not evicted */
    uint8_t is_stored;    /* body is in the log, or on its way */
    uint8_t is_marked;    /* counted in the mempool's in_blocks */
    uint8_t is_final;     /* the engine committed it */
    uint8_t is_on_head;   /* on the tentative head's branch */
    uint8_t want_check;   /* waits for its parent */
    uint8_t is_synced;    /* final by proof: time limits do not apply */
    uint8_t is_retired;   /* a batch that was given up */
    uint8_t is_late;      /* refused for its time alone: may be asked again */
    struct vt_list waits; /* of struct vt_wait: who asked for the verdict */
    struct vt_exec *exec; /* between GOOD and EXECUTED, and until stored */
    struct vt_state *state;            /* EXECUTED */
    const struct vt_receipt *receipts; /* EXECUTED; borrowed from exec */
    struct vt_hash receipts_root;      /* EXECUTED */
    uint8_t *tx_filter; /* while marked: bits of the ids inside, or NULL */
    char why[200];      /* BAD: the reason */
    uint32_t reached;   /* enum vt_cs_stage, as the engine said; 0: none */
    struct vt_view reached_by; /* its proof, owned */
    struct vt_buf flaw; /* BAD, a batch: what shows it to others; or empty */
};

/* Somebody waits for a candidate's verdict: an engine's token. */
struct vt_wait {
    struct vt_list list;
    uint64_t token;
};

struct vt_blocks {
    struct vt_map *by_id;
    struct vt_list all; /* oldest first */
    uint64_t bytes;
};

#define VT_CANDIDATES_MAX 4096u
#define VT_CANDIDATE_BYTES_MAX (UINT64_C(512) << 20)
/* What one peer may make a node hold that no engine asked for. */
#define VT_UNASKED_PER_PEER_MAX 64u

/* Returns VT_OK, VT_E_NOMEM. */
vt_status vt_blocks_init(struct vt_blocks *blocks, const uint8_t seed[16]);
/* All jobs have finished. */
void vt_blocks_fini(struct vt_blocks *blocks);

/* NULL when it is not held. */
struct vt_candidate *vt_blocks_get(const struct vt_blocks *blocks,
                                   const struct vt_hash *id);
/* Takes a reference of block; an id held already gives that one. Evicts blocks
 * nobody asked for when full. Returns VT_OK, VT_E_LIMIT, VT_E_NOMEM. */
vt_status vt_blocks_add(struct vt_blocks *blocks, struct vt_block *block,
                        uint32_t from, struct vt_candidate **out);
/* Out of the pool; freed at once or when its last job ends. */
void vt_blocks_remove(struct vt_blocks *blocks, struct vt_candidate *c);
/* A job on c ended. Frees c when it is gone; then returns 1. */
int vt_candidate_release(struct vt_candidate *c);
/* Is this transaction in the block? Quick when it is not, once the filter was
 * made. */
void vt_candidate_filter(struct vt_candidate *c);
int vt_candidate_has_tx(const struct vt_candidate *c, const struct vt_hash *tx);
/* Keeps a copy of the proof. Returns 1, or 0 without memory. */
int vt_candidate_reach(struct vt_candidate *c, uint32_t stage,
                       struct vt_view proof);
/* Adds a waiter. Returns VT_OK, VT_E_NOMEM. */
vt_status vt_candidate_wait(struct vt_candidate *c, uint64_t token);

#endif
