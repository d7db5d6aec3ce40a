/* SPDX-License-Identifier: Apache-2.0
 *
 * epoch.h - the epochs of a chain, from genesis to now: who the members are,
 * what they run, from which height on. An epoch never changes, but
 * for its end, which is known when the next one begins; that is handover.c's.
 * Private to core/chain. One thread, reading excepted while jobs run.
 */
#ifndef VT_CHAIN_EPOCH_H
#define VT_CHAIN_EPOCH_H

#include "chain/parts.h"
#include "ledger/ledger.h"

#define VT_EPOCHS_MAX 100000u

/* What the epochs of one chain are made from. All borrowed. */
struct vt_epoch_ground {
    const struct vt_chain_config *config;
    const struct vt_schemes *schemes;
    const struct vt_parts *parts;       /* of the first one */
    const struct vt_parts_maker *maker; /* NULL: other engines are refused */
    const struct vt_signer *signer;     /* NULL: no member */
    const struct vt_judge *judge;       /* NULL: evidence convicts nobody */
    struct vt_hash chain_id, params;
};

struct vt_epoch {
    struct vt_cs_epoch cs; /* members point into this epoch */
    struct vt_member *members;
    struct vt_address *addresses; /* where fees and emission go */
    uint64_t *weights;
    struct vt_view *pks; /* the keys, for the electorate */
    char **names;
    uint8_t (*keys)[VT_TX_PK_MAX];
    uint32_t self;         /* VT_PEER_NONE: no member */
    uint64_t tx_max_bytes; /* the chain's limit of a transaction */
    int has_batches;       /* they travel in batches */
    struct vt_hash params;
    uint8_t random[32]; /* what the epoch before drew; zero: nothing */
    struct vt_buf spec; /* payload of the SWITCH; empty in the first */
    const struct vt_parts *parts;
    struct vt_parts *own; /* parts, when made here; else an epoch before's */
    struct vt_electorate electorate;
};

/* The epoch of the configuration. Returns VT_OK, VT_E_NOMEM, VT_E_INVALID. */
vt_status vt_epoch_first(const struct vt_epoch_ground *ground,
                         struct vt_epoch **out, struct vt_err *err);
/* The one that spec describes, after `before`, on the block parent. Returns as
 * vt_epoch_first, and what the maker of parts says. */
vt_status vt_epoch_next(const struct vt_epoch_ground *ground,
                        const struct vt_epoch *before,
                        const struct vt_epoch_entry *entry,
                        const struct vt_hash *parent, struct vt_epoch **out,
                        struct vt_err *err);
void vt_epoch_free(struct vt_epoch *epoch);
/* Bytes a transaction may have to become final in this epoch: what fits into no
 * batch would wait for ever. */
uint64_t vt_epoch_tx_max(const struct vt_epoch *epoch, const struct vt_tx *tx);
/* Does seal make header, of this epoch, final? end: its last height, 0 when it
 * is not known. Returns VT_OK, VT_E_CORRUPT, what the engine's check_proof()
 * says. Thread: any. */
vt_status vt_epoch_seal(const struct vt_epoch *epoch, uint64_t end,
                        const struct vt_header *header,
                        const struct vt_hash *id, struct vt_view seal,
                        struct vt_err *err);
/* A seal in the form for headers and strangers, appended to out: shorter where
 * the epoch's engine and scheme can, else as it is. */
vt_status vt_epoch_shorten(const struct vt_epoch *epoch, uint64_t height,
                           const struct vt_hash *id, struct vt_view seal,
                           struct vt_buf *out);
/* As vt_epoch_seal(), in either form. What a chain keeps in its log is a seal:
 * its engine must be able to start from it. */
vt_status vt_epoch_proof(const struct vt_epoch *epoch, uint64_t end,
                         uint64_t height, const struct vt_hash *id,
                         struct vt_view proof, struct vt_err *err);
/* What a header of this epoch draws; *has 0: nothing. A value the engine could
 * not compute is this node's trouble. Thread: any. */
vt_status vt_epoch_random(const struct vt_epoch *epoch,
                          const struct vt_header *header, uint8_t out[32],
                          uint32_t *has);

/* Did the block or batch come to this stage by this proof? Returns VT_OK,
 * VT_E_CORRUPT, VT_E_UNSUPPORTED when the engine knows no stages, what its
 * check_stage() says. Thread: any. */
vt_status vt_epoch_stage(const struct vt_epoch *epoch, uint32_t stage,
                         const struct vt_header *header,
                         const struct vt_hash *id, struct vt_view proof,
                         struct vt_err *err);

#endif
