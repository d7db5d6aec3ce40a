/* SPDX-License-Identifier: Apache-2.0
 *
 * block.h - header, body and seal. The header's hash is the block's id; the
 * seal (proof of finality) is outside of it.
 */
#ifndef VT_WIRE_BLOCK_H
#define VT_WIRE_BLOCK_H

#include "wire/tx.h"

#define VT_BLOCK_MAX 33554432u /* bytes; a chain may set less */
#define VT_HEADER_PAYLOAD_MAX 65536u
#define VT_SEAL_MAX 1048576u
#define VT_BLOCK_TXS_MAX 200000u
#define VT_HEADER_VERSION 1u
#define VT_HEADER_BATCH 2u /* version: not a block of the chain but a batch */

struct vt_header {
    uint16_t version;
    struct vt_hash chain_id; /* id of the genesis block; zero in genesis */
    uint64_t height;
    uint64_t epoch;
    struct vt_hash parent;
    int64_t time_ms;
    struct vt_address proposer; /* gets fees and emission */
    uint32_t proposer_index;    /* member index in the epoch */
    uint32_t tx_count;
    struct vt_hash body_root;  /* Merkle root over the raw transactions */
    uint64_t exec_height;      /* state and receipts below are those after this
                                  height; height - 1 */
    struct vt_hash state_root; /* H over the four ledger roots */
    struct vt_hash receipts_root;  /* of exec_height */
    struct vt_hash ledger_root[4]; /* asset, contract, application, log */
    struct vt_hash params;         /* hash of the chain's parameters */
    struct vt_view payload;        /* the engine's */
    struct vt_view handoff;        /* first block of a later epoch: vt_handoff;
                                      last block before one: digest of the
                                      SWITCH payload that describes it
                                      (vt_tx_switch_digest); else empty */
};

/* A batch has no place in the chain: height, parent and payload are its
 * engine's, what speaks of a state is zero. */
static inline int vt_header_is_batch(const struct vt_header *h)
{
    return h->version == VT_HEADER_BATCH;
}

/* What makes the first header of an epoch convince those who trust the epoch
 * before: what runs from here on, and the proof that the parent is final. The
 * parent's header has the digest of spec, so its proof vouches for that, too.
 */
struct vt_handoff {
    struct vt_view spec;  /* payload of the SWITCH transaction */
    uint8_t random[32];   /* what the epoch before drew; zero: nothing */
    struct vt_view proof; /* seal of the parent */
};
#define VT_HANDOFF_MAX (VT_SEAL_MAX + 65600u)
vt_status vt_handoff_encode(const struct vt_handoff *handoff,
                            struct vt_buf *out);
vt_status vt_handoff_decode(struct vt_view bytes, struct vt_handoff *out);

vt_status vt_header_encode(const struct vt_header *h, struct vt_buf *out);
vt_status vt_header_decode(struct vt_view bytes, struct vt_header *out,
                           struct vt_err *err);
void vt_header_id(struct vt_view encoded_header, struct vt_hash *out);

/* A whole block in one allocation; refcounted, immutable, shared between
 * threads. */
struct vt_block {
    struct vt_hash id;
    struct vt_header header; /* borrows from raw */
    struct vt_view raw;      /* header and body, encoded */
    struct vt_view raw_header;
    struct vt_tx *txs; /* header.tx_count decoded, borrow from raw */
};

/* Decode and check what needs no state: encoding, body root, sizes, count.
 * bytes is copied. Returns VT_OK and *out with one reference; VT_E_CORRUPT. */
vt_status vt_block_decode(struct vt_view bytes, struct vt_block **out,
                          struct vt_err *err);
/* header (tx_count and body_root are filled in) plus raw transactions. */
vt_status vt_block_make(struct vt_header *header, const struct vt_view *raw_txs,
                        uint32_t tx_count, struct vt_block **out,
                        struct vt_err *err);
struct vt_block *vt_block_ref(struct vt_block *block);
void vt_block_unref(struct vt_block *block); /* NULL is fine */

/* Merkle path of transaction index to header.body_root; path has 64 places. */
vt_status vt_block_tx_path(const struct vt_block *block, uint32_t index,
                           struct vt_hash *path, size_t *path_count);
/* A transaction of a batch and all that ties it to the batch's id, for
 * strangers. A batch holds none so large that it would not fit into evidence,
 * and evidence, which is a transaction, fits into a batch: an EVIDENCE may be
 * longer than others by what it adds to one that it shows. Evidence about an
 * EVIDENCE of the longest kind is too long; it is refused where it is known. */
#define VT_BATCH_TX_MAX 57344u
#define VT_BATCH_EVIDENCE_MAX 61440u
#define VT_FLAW_MAX 65000u
static inline uint32_t vt_batch_tx_max(const struct vt_tx *tx)
{
    return tx->kind == VT_TX_EVIDENCE ? VT_BATCH_EVIDENCE_MAX : VT_BATCH_TX_MAX;
}
/* Returns VT_OK, VT_E_INVALID, VT_E_NOMEM, VT_E_LIMIT. */
vt_status vt_flaw_encode(const struct vt_block *batch, uint32_t index,
                         struct vt_buf *out);
/* The id of the batch that surely holds the transaction, which is borrowed from
 * bytes and may not decode. Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_flaw_decode(struct vt_view bytes, struct vt_hash *out_batch,
                         struct vt_view *out_tx);
/* The leaf a transaction is in that tree. */
void vt_block_tx_leaf(const struct vt_tx *tx, struct vt_hash *out);

#endif
