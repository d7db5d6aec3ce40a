/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_chain.h - one chain in memory for fake_node: the real rules, state tree
 * and execution; every transaction is a block of its own.
 */
#ifndef VT_TESTS_SYSTEM_FAKE_CHAIN_H
#define VT_TESTS_SYSTEM_FAKE_CHAIN_H

#include <vt/signature.h>

#include "ledger/ledger.h"

#define FAKE_ASSETS_MAX 16u
#define FAKE_TXS_MAX 64u

struct fake_chain {
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_state *state;
    struct vt_hash chain_id;
    uint64_t height;
    struct vt_hash assets[FAKE_ASSETS_MAX];
    size_t asset_count;
    struct vt_receipt receipts[FAKE_TXS_MAX]; /* of block i + 1 */
    const struct vt_signature *schnorr;
};

/* Prints and ends the program: a test's server has nobody to tell. */
void fake_die(const char *what);
/* owner gets all tokens and some gas. */
void fake_chain_start(struct fake_chain *n, const char *owner);
/* Header of the next block: its state root is that of now. */
void fake_chain_header(const struct fake_chain *n, struct vt_buf *out);
/* By symbol of token or gas, or by id. 0 when there is none. */
int fake_chain_asset(const struct fake_chain *n, const char *name,
                     struct vt_hash *id, struct vt_asset *asset);
/* Check, execute, make a block of it. Returns the code of the refusal, or
 * VT_TX_DONE when it is in a block. */
uint32_t fake_chain_submit(struct fake_chain *n, struct vt_view raw,
                           struct vt_tx *tx);

#endif
