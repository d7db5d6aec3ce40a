/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - persistent sparse Merkle tree: nodes never change once made and are
 * shared between versions. Private to core/ledger.
 *
 * A subtree with one key is that key's leaf, wherever it is; an empty one is
 * NULL. So the shape, and the root, depend on the content alone.
 */
#ifndef VT_LEDGER_TREE_H
#define VT_LEDGER_TREE_H

#include "base/buf.h"
#include "base/hash.h"
#include "ledger/state.h"

struct vt_node;

struct vt_node *vt_node_ref(struct vt_node *node); /* NULL is fine */
void vt_node_unref(struct vt_node *node);          /* NULL is fine */
/* Zero hash for NULL. */
void vt_node_hash(const struct vt_node *node, struct vt_hash *out);
uint64_t vt_node_count(const struct vt_node *node);

/* New version; changes sorted by key, distinct. Returns VT_OK and a reference
 * in *out. */
vt_status vt_tree_update(struct vt_node *root,
                         const struct vt_state_change *changes, size_t count,
                         struct vt_node **out);
vt_status vt_tree_get(const struct vt_node *root, const struct vt_hash *key,
                      struct vt_view *value);
void vt_tree_walk(const struct vt_node *root, vt_state_walk_fn fn, void *ctx);

/* Proof of one tree; encoding in README.md. */
vt_status vt_tree_prove(const struct vt_node *root, const struct vt_hash *key,
                        struct vt_buf *out);
vt_status vt_tree_check(const struct vt_hash *root, const struct vt_hash *key,
                        struct vt_rd *proof, int *present,
                        struct vt_view *value);

/* Of a leaf and of an inner node. */
void vt_leaf_hash(const struct vt_hash *key, struct vt_view value,
                  struct vt_hash *out);
void vt_inner_hash(const struct vt_hash *left, const struct vt_hash *right,
                   struct vt_hash *out);

/* Inside, for proofs: children of an inner node, or key and value of a leaf. */
int vt_node_is_leaf(const struct vt_node *node);
const struct vt_node *vt_node_child(const struct vt_node *node, int right);
const struct vt_hash *vt_node_key(const struct vt_node *node);
struct vt_view vt_node_value(const struct vt_node *node);

static inline int vt_key_bit(const struct vt_hash *key, unsigned depth)
{
    return key->b[depth / 8] >> (7 - depth % 8) & 1;
}

#endif
