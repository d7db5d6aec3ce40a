/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.h - one chain: mempool, blocks, consensus driver, execution, sync,
 * durable log.
 *
 * Everything here runs on the chain's own thread unless it says otherwise; the
 * owner (core/net in a node, core/sim in the simulator) sees to that.
 *
 *   new -> open -> start -> (frame | tick | submit | peer)* -> stop -> free
 *
 * open reads the log and rebuilds what is missing; start gives the engine its
 * START event. After a fatal problem the chain is halted: it answers queries,
 * takes no transactions, and vt_chain_status says why.
 */
#ifndef VT_CHAIN_CHAIN_H
#define VT_CHAIN_CHAIN_H

#include "chain/parts.h"
#include "chain/world.h"
#include "config/chain_config.h"
#include "ledger/ledger.h"
#include "plugin/host.h"

struct vt_chain;

/* A store opened by the owner: table and handle; closed by the owner after
 * vt_chain_free. */
struct vt_store {
    const struct vt_storage *table;
    struct vt_db *db;
};

/* Secret for votes; the sign function may be a hardware key. Thread: pool. */
struct vt_signer {
    const struct vt_signature *scheme;
    const uint8_t *sk; /* borrowed until vt_chain_free */
    struct vt_view pk;
};

/* Everything is borrowed until vt_chain_free. */
struct vt_chain_args {
    struct vt_world *world;
    const struct vt_chain_config *config;
    const struct vt_rules *rules;
    const struct vt_parts *parts; /* of the first epoch */
    const struct vt_parts_maker
        *maker; /* of later ones; NULL: there are none */
    const struct vt_schemes *schemes;
    const struct vt_signer *signer; /* NULL: observer */
    struct vt_store log;            /* the chain's log, durable */
    /* Written behind, rebuilt from the log when behind; several may name one
     * store. */
    struct vt_store ledger[VT_LEDGER_COUNT];
    struct vt_view canonical; /* parameters text, its hash is in headers */
    uint8_t seed[32];         /* for the engine's DRBG and hash tables */
};

vt_status vt_chain_new(const struct vt_chain_args *args, struct vt_chain **out,
                       struct vt_err *err);
/* Read the log, check it (a flipped byte is VT_E_CORRUPT naming height and
 * cure), bring the state store up to date, make the engine. The genesis block
 * is made and stored on first use; a stored genesis that differs from the
 * configured one is VT_E_INVALID naming the key and both values. May take
 * long; progress (may be NULL) gets done and total heights. Thread: init. */
vt_status vt_chain_open(struct vt_chain *chain,
                        void (*progress)(void *ctx, uint64_t done,
                                         uint64_t total),
                        void *ctx, struct vt_err *err);
vt_status vt_chain_start(struct vt_chain *chain, struct vt_err *err);
/* No new work; jobs under way finish; then on_stopped. */
void vt_chain_stop(struct vt_chain *chain, void (*on_stopped)(void *ctx),
                   void *ctx);
/* NULL is fine. All jobs must have finished. */
void vt_chain_free(struct vt_chain *chain);
/* Stop deciding, for a reason found outside of the chain (its members run
 * other parameters, say). Queries still work; status tells why. */
void vt_chain_halt(struct vt_chain *chain, const char *why);

/* ---- inputs -------------------------------------------------------------- */

void vt_chain_tick(struct vt_chain *chain);
/* A frame for this chain (chain id already matched). Garbage costs the peer a
 * penalty and nothing else. The frame is borrowed. */
void vt_chain_on_frame(struct vt_chain *chain, uint32_t peer,
                       const struct vt_frame *frame);
void vt_chain_on_peer(struct vt_chain *chain, uint32_t peer, int up);

/* code is enum vt_tx_code; VT_TX_DONE = in the mempool. text explains. Called
 * once per transaction, on the chain's thread, perhaps before submit returns.
 */
typedef void (*vt_submit_fn)(void *ctx, const struct vt_hash *id, uint32_t code,
                             const char *text);
/* raw is copied. */
void vt_chain_submit(struct vt_chain *chain, struct vt_view raw,
                     vt_submit_fn done, void *ctx);
/* The world's search for this token (world.h, work) ended well. */
void vt_chain_worked(struct vt_chain *chain, uint64_t token, uint64_t nonce);
/* Operator's bytes for the engine (ADMIN). */
void vt_chain_admin(struct vt_chain *chain, struct vt_view bytes);

/* A final block of the parent chain holds this sender's anchor of a block of
 * ours. All of them are told, in the parent's order, none twice. When members
 * with more than a third of the weight have named the same one on top of the
 * one fixed last, the engine is told (ANCHOR event of the ABI). */
void vt_chain_anchored(struct vt_chain *chain, const struct vt_address *sender,
                       const struct vt_tx_anchor *anchor);
/* An ANCHOR transaction of this node on this chain, about a block of another.
 */
void vt_chain_post_anchor(struct vt_chain *chain,
                          const struct vt_tx_anchor *anchor);

/* ---- outputs ------------------------------------------------------------- */

enum vt_chain_event_type {
    VT_CHAIN_FINAL = 1, /* block is final and durable here, state applied */
    VT_CHAIN_HALTED = 2,
    VT_CHAIN_TRACE = 3, /* engine's TRACE line, when someone asked for it */
    VT_CHAIN_EVIDENCE = 4,
    VT_CHAIN_EPOCH = 5,  /* another engine or other members from here on */
    VT_CHAIN_ANCHOR = 6, /* a block is due to be fixed on the parent */
    VT_CHAIN_ALARM = 7,  /* members come to another state than this node */
    VT_CHAIN_STAGE = 8   /* block, perhaps a batch, came to `stage` */
};

struct vt_chain_event {
    enum vt_chain_event_type type;
    const struct vt_chain *chain;
    struct vt_block *block;            /* FINAL, STAGE: ref it to keep it */
    struct vt_view seal;               /* STAGE: the proof of it */
    uint32_t stage;                    /* STAGE: enum vt_cs_stage */
    const struct vt_receipt *receipts; /* block->header.tx_count of them */
    const char *text;      /* HALTED, TRACE, EVIDENCE, EPOCH, ALARM */
    uint32_t member, rule; /* EVIDENCE: who broke what, as the engine counts */
    int is_verified;       /* EVIDENCE: the engine's own check convicts, too */
    struct vt_tx_anchor anchor; /* ANCHOR */
};

/* TRACE events are published only while on. */
void vt_chain_set_trace(struct vt_chain *chain, int on);

/* ---- queries ------------------------------------------------------------- */

struct vt_chain_status {
    char name[33];
    char engine[64];      /* plugin id */
    char engine_stem[64]; /* and the stem of its file */
    struct vt_hash chain_id, params;
    uint64_t final_height, executed_height;
    uint64_t head_height; /* tentative, where the engine announces one */
    struct vt_hash final_id, state_root;
    int64_t final_time_ms;
    uint64_t epoch, epoch_start;         /* first height of this epoch */
    struct vt_switch switching;          /* phase 0: none under way; no spec */
    char switch_engine[33];              /* stem of the one that is to come */
    uint64_t switch_ready, switch_total; /* weights */
    uint64_t txs_total;                  /* in final blocks */
    uint64_t evidence_count;             /* records of members who lied */
    uint64_t mempool_count, mempool_bytes;
    uint32_t member_count, self; /* VT_PEER_NONE = observer */
    uint32_t peers_up;
    int syncing;
    uint64_t best_peer_height;
    int halted;
    char halted_why[256];
    struct vt_amount emitted, burned; /* so far */
};
void vt_chain_get_status(const struct vt_chain *chain,
                         struct vt_chain_status *out);
const struct vt_hash *vt_chain_id(const struct vt_chain *chain);
const struct vt_chain_config *vt_chain_conf(const struct vt_chain *chain);
const struct vt_rules *vt_chain_rules(const struct vt_chain *chain);
/* Epochs so far, and one of them: who decides from which height on. Strings
 * live as long as the chain. Returns VT_OK, VT_E_NOTFOUND. */
struct vt_epoch_info {
    uint64_t epoch, start_height;
    const char *engine, *version; /* plugin id and release */
    uint32_t member_count;
    const char *const *member_names;
    uint32_t protocol;
};
vt_status vt_chain_epoch(const struct vt_chain *chain, uint64_t epoch,
                         struct vt_epoch_info *out);
/* Evidence against members, by number from 0, in the order found: the first of
 * each epoch, member and kind. It is kept in the log; after a start the
 * engine's pure check has judged it again. count is of this run, with all that
 * says the same. Names live as long as the chain, items until the next input.
 * Returns VT_OK, VT_E_NOTFOUND. */
struct vt_evidence_info {
    uint64_t epoch, count;
    uint32_t member, kind; /* as the engine counts */
    const char *name, *engine;
    int64_t seen_ms;
    int is_verified; /* check_evidence names this member */
    struct vt_view a, b;
};
vt_status vt_chain_evidence(const struct vt_chain *chain, size_t index,
                            struct vt_evidence_info *out);

/* Final block by height or id, with its seal appended to seal (may be NULL).
 * Returns VT_OK and a reference; VT_E_NOTFOUND; VT_E_CORRUPT. */
vt_status vt_chain_block(struct vt_chain *chain, uint64_t height,
                         struct vt_block **out, struct vt_buf *seal);
vt_status vt_chain_block_by_id(struct vt_chain *chain, const struct vt_hash *id,
                               struct vt_block **out, struct vt_buf *seal);

enum vt_tx_where { VT_TX_UNKNOWN = 0, VT_TX_WAITING = 1, VT_TX_FINAL = 2 };
struct vt_tx_status {
    enum vt_tx_where where;
    uint64_t height;
    uint32_t index;
    struct vt_receipt receipt; /* FINAL only */
    uint32_t stage; /* WAITING: enum vt_cs_stage the transaction came to; 0 */
};
vt_status vt_chain_tx(struct vt_chain *chain, const struct vt_hash *id,
                      struct vt_tx_status *out);
/* The block or batch by which a waiting transaction came to its stage, and the
 * proof, appended. Returns VT_OK with a reference, VT_E_NOTFOUND. */
vt_status vt_chain_tx_stage(struct vt_chain *chain, const struct vt_hash *id,
                            uint32_t *stage, uint32_t *index,
                            struct vt_block **out, struct vt_buf *proof);
/* State after executed_height, with a reference. Safe to read on any thread. */
struct vt_state *vt_chain_state(const struct vt_chain *chain,
                                uint64_t *out_height);
/* Nonce the sender's next transaction should have, waiting ones counted. */
uint64_t vt_chain_next_nonce(const struct vt_chain *chain,
                             const struct vt_address *sender);
/* Does the engine of its epoch find its own bytes in the header right on the
 * parent's (NULL: not of the same epoch)? For tests. Returns VT_OK,
 * VT_E_INVALID when not, VT_E_CORRUPT when it is of an epoch to come, or what
 * the engine could not do. Thread: chain. */
vt_status vt_chain_check_header(const struct vt_chain *chain,
                                const struct vt_block *parent,
                                const struct vt_block *block,
                                struct vt_err *err);
/* Does seal make header final, by what the tip's state knows of the epoch's
 * end? For tests and the start. Thread: chain. */
vt_status vt_chain_check_seal(const struct vt_chain *chain,
                              const struct vt_header *header,
                              const struct vt_hash *id, struct vt_view seal,
                              struct vt_err *err);
/* Did a block or batch of the current epoch come to this stage (enum
 * vt_cs_stage)? Returns VT_OK, VT_E_CORRUPT. For tests. Thread: chain. */
vt_status vt_chain_check_stage(const struct vt_chain *chain, uint32_t stage,
                               const struct vt_block *block,
                               struct vt_view proof, struct vt_err *err);
/* The same in fewer bytes, for a stranger, where the engine has such a form,
 * else seal; appended to out. vt_chain_convinces() says 1 for either form when
 * it makes header final. What a chain stores, and its nodes tell each other, is
 * the form vt_chain_check_seal() takes. Thread: chain. */
vt_status vt_chain_short_seal(const struct vt_chain *chain,
                              const struct vt_header *header,
                              const struct vt_hash *id, struct vt_view seal,
                              struct vt_buf *out);
int vt_chain_convinces(const struct vt_chain *chain,
                       const struct vt_header *header, const struct vt_hash *id,
                       struct vt_view seal);
/* Hash of the engine's logical state and the chain's; for the simulator. */
void vt_chain_digest(const struct vt_chain *chain, struct vt_hash *out);

#endif
