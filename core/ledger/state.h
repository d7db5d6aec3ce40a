/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - immutable, versioned state of a chain: four ledgers, each a sparse
 * Merkle tree; every block gives a new version that shares what did not change.
 *
 * Versions are reference counted, so tentative blocks, their undo (drop the
 * version) and readers' snapshots cost nothing extra. The tree is a compact
 * binary trie over 256-bit keys with leaves lifted to the shallowest place
 * where they are alone (as in the Jellyfish Merkle tree); hashes are computed
 * once per block for the touched nodes only.
 */
#ifndef VT_LEDGER_STATE_H
#define VT_LEDGER_STATE_H

#include "base/hash.h"
#include "config/chain_config.h"
#include "wire/tx.h"

struct vt_state;

/* Empty state (all four trees empty). */
VT_MUST_USE struct vt_state *vt_state_new(void);
struct vt_state *vt_state_ref(struct vt_state *state);
void vt_state_unref(struct vt_state *state); /* NULL is fine; thread: any */

/* One change; value.len 0 deletes. key is hashed by the caller. */
struct vt_state_change {
    struct vt_hash key;
    struct vt_view value; /* <= VT_STATE_VALUE_MAX */
};
#define VT_STATE_VALUE_MAX 65536u

/* New version = parent with changes to one ledger applied; keys distinct, any
 * order (sorted in place). Returns VT_OK and *out; VT_E_NOMEM. */
vt_status vt_state_update(struct vt_state *parent, enum vt_ledger_kind ledger,
                          struct vt_state_change *changes, size_t count,
                          struct vt_state **out);
/* *value borrowed while state is referenced; Returns VT_OK, VT_E_NOTFOUND. */
vt_status vt_state_get(const struct vt_state *state, enum vt_ledger_kind ledger,
                       const struct vt_hash *key, struct vt_view *value);
void vt_state_ledger_root(const struct vt_state *state,
                          enum vt_ledger_kind ledger, struct vt_hash *out);
/* H("VTC/state/1", the four roots). */
void vt_state_root(const struct vt_state *state, struct vt_hash *out);
uint64_t vt_state_count(const struct vt_state *state,
                        enum vt_ledger_kind ledger);
/* All entries in key order; non-zero from fn ends the walk. */
typedef int (*vt_state_walk_fn)(void *ctx, const struct vt_hash *key,
                                struct vt_view value);
void vt_state_walk(const struct vt_state *state, enum vt_ledger_kind ledger,
                   vt_state_walk_fn fn, void *ctx);

/* Proof that key has this value, or that it is absent, under the state root.
 * Encoded byte by byte in README.md; at most VT_PROOF_MAX bytes. */
#define VT_PROOF_MAX 70000u
vt_status vt_state_prove(const struct vt_state *state,
                         enum vt_ledger_kind ledger, const struct vt_hash *key,
                         struct vt_buf *out);
/* Stand-alone check against a state root from a header. *present is 1 and
 * *value borrows from proof when the key is there. Returns VT_OK when the proof
 * holds, VT_E_CORRUPT when it does not. Pure. */
vt_status vt_state_check_proof(const struct vt_hash *state_root,
                               enum vt_ledger_kind ledger,
                               const struct vt_hash *key, struct vt_view proof,
                               int *present, struct vt_view *value);

#endif
