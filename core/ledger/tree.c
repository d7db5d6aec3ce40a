/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - update by path copying: a batch of sorted changes is split at each
 * bit, so every touched node is made and hashed once.
 */
#include "ledger/tree.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <stdatomic.h>
#include <string.h>

#define DEPTH_MAX 256u

struct vt_node {
    _Atomic uint32_t refs;
    uint32_t is_leaf;
    struct vt_hash hash;
};

struct inner {
    struct vt_node head;
    uint64_t count; /* leaves below */
    struct vt_node *child[2];
};

struct leaf {
    struct vt_node head;
    struct vt_hash key;
    uint32_t len;
    uint8_t value[];
};

static struct inner *inner_of(const struct vt_node *node)
{
    return (struct inner *)(uintptr_t)node;
}

static struct leaf *leaf_of(const struct vt_node *node)
{
    return (struct leaf *)(uintptr_t)node;
}

struct vt_node *vt_node_ref(struct vt_node *node)
{
    if (node != NULL) {
        atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
    }
    return node;
}

void vt_node_unref(struct vt_node *node)
{
    /* Depth is at most 256, so recursion on one side is bounded; the other
     * side is the loop. */
    while (node != NULL && atomic_fetch_sub_explicit(
                               &node->refs, 1, memory_order_acq_rel) == 1) {
        struct vt_node *next = NULL;

        if (!node->is_leaf) {
            vt_node_unref(inner_of(node)->child[0]);
            next = inner_of(node)->child[1];
        }
        vt_free(node);
        node = next;
    }
}

void vt_node_hash(const struct vt_node *node, struct vt_hash *out)
{
    if (node == NULL) {
        memset(out, 0, sizeof *out);
    } else {
        *out = node->hash;
    }
}

uint64_t vt_node_count(const struct vt_node *node)
{
    if (node == NULL) {
        return 0;
    }
    return node->is_leaf ? 1 : inner_of(node)->count;
}

int vt_node_is_leaf(const struct vt_node *node)
{
    return node->is_leaf != 0;
}

const struct vt_node *vt_node_child(const struct vt_node *node, int right)
{
    return inner_of(node)->child[right];
}

const struct vt_hash *vt_node_key(const struct vt_node *node)
{
    return &leaf_of(node)->key;
}

struct vt_view vt_node_value(const struct vt_node *node)
{
    return vt_view_of(leaf_of(node)->value, leaf_of(node)->len);
}

void vt_leaf_hash(const struct vt_hash *key, struct vt_view value,
                  struct vt_hash *out)
{
    struct vt_hash value_hash;
    struct vt_hash both[2];

    vt_hash_bytes("VTC/value/1", value.ptr, value.len, &value_hash);
    both[0] = *key;
    both[1] = value_hash;
    vt_hash_bytes("VTC/leaf/1", both, sizeof both, out);
}

void vt_inner_hash(const struct vt_hash *left, const struct vt_hash *right,
                   struct vt_hash *out)
{
    vt_hash_pair("VTC/node/1", left, right, out);
}

static struct vt_node *new_leaf(const struct vt_hash *key, struct vt_view value)
{
    struct leaf *leaf = vt_alloc(sizeof *leaf + value.len);

    if (leaf == NULL) {
        return NULL;
    }
    atomic_init(&leaf->head.refs, 1);
    leaf->head.is_leaf = 1;
    leaf->key = *key;
    leaf->len = (uint32_t)value.len;
    memcpy(leaf->value, value.ptr, value.len);
    vt_leaf_hash(key, value, &leaf->head.hash);
    return &leaf->head;
}

/* Takes both references; a subtree with one leaf is that leaf. */
static vt_status join(struct vt_node *left, struct vt_node *right,
                      struct vt_node **out)
{
    struct inner *inner;
    struct vt_hash hashes[2];

    if (left == NULL && (right == NULL || right->is_leaf)) {
        *out = right;
        return VT_OK;
    }
    if (right == NULL && left->is_leaf) {
        *out = left;
        return VT_OK;
    }
    inner = vt_alloc(sizeof *inner);
    if (inner == NULL) {
        vt_node_unref(left);
        vt_node_unref(right);
        *out = NULL;
        return VT_E_NOMEM;
    }
    atomic_init(&inner->head.refs, 1);
    inner->child[0] = left;
    inner->child[1] = right;
    inner->count = vt_node_count(left) + vt_node_count(right);
    vt_node_hash(left, &hashes[0]);
    vt_node_hash(right, &hashes[1]);
    vt_inner_hash(&hashes[0], &hashes[1], &inner->head.hash);
    *out = &inner->head;
    return VT_OK;
}

/* First change whose key has bit `depth` set. */
static size_t split_at(const struct vt_state_change *changes, size_t count,
                       unsigned depth)
{
    size_t lo = 0;
    size_t hi = count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (vt_key_bit(&changes[mid].key, depth)) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

static vt_status update(struct vt_node *node,
                        const struct vt_state_change *changes, size_t count,
                        unsigned depth, struct vt_node **out);

static vt_status update_children(struct vt_node *left, struct vt_node *right,
                                 const struct vt_state_change *changes,
                                 size_t count, unsigned depth,
                                 struct vt_node **out)
{
    size_t split = split_at(changes, count, depth);
    struct vt_node *fresh[2];
    vt_status status = update(left, changes, split, depth + 1, &fresh[0]);

    if (status == VT_OK) {
        status =
            update(right, changes + split, count - split, depth + 1, &fresh[1]);
        if (status != VT_OK) {
            vt_node_unref(fresh[0]);
        }
    }
    return status == VT_OK ? join(fresh[0], fresh[1], out) : status;
}

/* A leaf that is among the changes is replaced by them; else it is pushed down
 * until it is alone. */
static vt_status update_leaf(struct vt_node *leaf,
                             const struct vt_state_change *changes,
                             size_t count, unsigned depth, struct vt_node **out)
{
    const struct vt_hash *key = vt_node_key(leaf);

    if (count == 1 && vt_hash_eq(&changes[0].key, key)) {
        return update(NULL, changes, 1, depth, out);
    }
    if (depth >= DEPTH_MAX) {
        return VT_E_INVALID; /* two changes of one key */
    }
    if (vt_key_bit(key, depth)) {
        return update_children(NULL, leaf, changes, count, depth, out);
    }
    return update_children(leaf, NULL, changes, count, depth, out);
}

static vt_status update(struct vt_node *node,
                        const struct vt_state_change *changes, size_t count,
                        unsigned depth, struct vt_node **out)
{
    *out = NULL;
    if (count == 0) {
        *out = vt_node_ref(node);
        return VT_OK;
    }
    if (node == NULL && count == 1) {
        if (changes[0].value.len == 0) {
            return VT_OK;
        }
        *out = new_leaf(&changes[0].key, changes[0].value);
        return *out == NULL ? VT_E_NOMEM : VT_OK;
    }
    if (node != NULL && node->is_leaf) {
        return update_leaf(node, changes, count, depth, out);
    }
    if (depth >= DEPTH_MAX) {
        return VT_E_INVALID; /* two changes of one key */
    }
    if (node == NULL) {
        return update_children(NULL, NULL, changes, count, depth, out);
    }
    return update_children(inner_of(node)->child[0], inner_of(node)->child[1],
                           changes, count, depth, out);
}

vt_status vt_tree_update(struct vt_node *root,
                         const struct vt_state_change *changes, size_t count,
                         struct vt_node **out)
{
    return update(root, changes, count, 0, out);
}

vt_status vt_tree_get(const struct vt_node *root, const struct vt_hash *key,
                      struct vt_view *value)
{
    unsigned depth = 0;

    while (root != NULL && !root->is_leaf) {
        root = inner_of(root)->child[vt_key_bit(key, depth++)];
    }
    if (root == NULL || !vt_hash_eq(vt_node_key(root), key)) {
        return VT_E_NOTFOUND;
    }
    *value = vt_node_value(root);
    return VT_OK;
}

void vt_tree_walk(const struct vt_node *root, vt_state_walk_fn fn, void *ctx)
{
    const struct vt_node *stack[DEPTH_MAX + 1];
    size_t count = 0;

    while (root != NULL || count > 0) {
        if (root == NULL) {
            root = stack[--count];
        }
        if (root->is_leaf) {
            if (fn(ctx, vt_node_key(root), vt_node_value(root)) != 0) {
                return;
            }
            root = NULL;
            continue;
        }
        if (inner_of(root)->child[1] != NULL) {
            stack[count++] = inner_of(root)->child[1];
        }
        root = inner_of(root)->child[0];
    }
}
