/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - an AVL tree with shared versions.
 *
 * A node that only one version can reach is changed in place, any other is
 * copied first. A change takes all the nodes it may need before it begins, so
 * that it cannot fail half way.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* What malloc keeps beside each block. */
#define BLOCK_COST 16u

int mem_key_cmp(struct mem_key a, struct mem_key b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order;

    if (a.space != b.space) {
        return a.space < b.space ? -1 : 1;
    }
    order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

/* ---- memory with a bound ------------------------------------------------ */

static void *take(struct mem_budget *budget, size_t size, uint64_t max)
{
    uint64_t cost = size + BLOCK_COST;
    uint64_t before =
        atomic_fetch_add_explicit(&budget->used, cost, memory_order_relaxed);
    void *ptr = before + cost <= max ? malloc(size) : NULL;

    if (ptr == NULL) {
        (void)atomic_fetch_sub_explicit(&budget->used, cost,
                                        memory_order_relaxed);
    }
    return ptr;
}

static void give(struct mem_budget *budget, void *ptr, size_t size)
{
    free(ptr);
    (void)atomic_fetch_sub_explicit(&budget->used, size + BLOCK_COST,
                                    memory_order_relaxed);
}

static struct mem_entry *entry_new(struct mem_budget *budget,
                                   struct mem_key key, const void *val,
                                   size_t val_len)
{
    struct mem_entry *entry =
        take(budget, sizeof *entry + key.len + val_len, budget->max);

    if (entry != NULL) {
        atomic_init(&entry->refs, 1);
        entry->vlen = (uint32_t)val_len;
        entry->space = key.space;
        entry->klen = (uint32_t)key.len;
        memcpy(entry->bytes, key.ptr, key.len);
        if (val_len > 0) {
            memcpy(entry->bytes + key.len, val, val_len);
        }
    }
    return entry;
}

static struct mem_entry *entry_ref(struct mem_entry *entry)
{
    (void)atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    return entry;
}

static void entry_unref(struct mem_budget *budget, struct mem_entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1) {
        give(budget, entry, sizeof *entry + entry->klen + entry->vlen);
    }
}

struct mem_node *mem_node_ref(struct mem_node *node)
{
    if (node != NULL) {
        (void)atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
    }
    return node;
}

/* As deep as the tree is high. */
void mem_node_unref(struct mem_budget *budget, struct mem_node *node)
{
    if (node != NULL &&
        atomic_fetch_sub_explicit(&node->refs, 1, memory_order_acq_rel) == 1) {
        mem_node_unref(budget, node->left);
        mem_node_unref(budget, node->right);
        entry_unref(budget, node->entry);
        give(budget, node, sizeof *node);
    }
}

/* ---- nodes for a change ------------------------------------------------- */

static uint32_t height(const struct mem_node *node)
{
    return node == NULL ? 0 : node->height;
}

static void put_spare(struct mem_tree *tree, struct mem_node *node)
{
    node->left = tree->spares;
    tree->spares = node;
    tree->spare_count++;
}

static struct mem_node *get_spare(struct mem_tree *tree)
{
    struct mem_node *node = tree->spares;

    tree->spares = node->left;
    tree->spare_count--;
    atomic_init(&node->refs, 1);
    return node;
}

/* A change goes down once and copies a node on each level; on the way up it
 * turns at most two more that lie beside the way. */
static int reserve(struct mem_tree *tree, uint64_t max)
{
    uint32_t need = 3 * height(tree->root) + 2;

    while (tree->spare_count < need) {
        struct mem_node *node = take(tree->budget, sizeof *node, max);

        if (node == NULL) {
            return -1;
        }
        put_spare(tree, node);
    }
    return 0;
}

/* The node in the slot, which is this version's alone, after copying it when
 * others see it. */
static struct mem_node *own(struct mem_tree *tree, struct mem_node **slot)
{
    struct mem_node *node = *slot;
    struct mem_node *copy;

    if (atomic_load_explicit(&node->refs, memory_order_acquire) == 1) {
        return node;
    }
    copy = get_spare(tree);
    copy->height = node->height;
    copy->left = mem_node_ref(node->left);
    copy->right = mem_node_ref(node->right);
    copy->entry = entry_ref(node->entry);
    mem_node_unref(tree->budget, node);
    *slot = copy;
    return copy;
}

/* ---- balance ------------------------------------------------------------ */

static void measure(struct mem_node *node)
{
    uint32_t left = height(node->left);
    uint32_t right = height(node->right);

    node->height = (left > right ? left : right) + 1;
}

/* The node in the slot and its left child are owned. */
static void turn_right(struct mem_node **slot)
{
    struct mem_node *node = *slot;
    struct mem_node *up = node->left;

    node->left = up->right;
    up->right = node;
    measure(node);
    measure(up);
    *slot = up;
}

static void turn_left(struct mem_node **slot)
{
    struct mem_node *node = *slot;
    struct mem_node *up = node->right;

    node->right = up->left;
    up->left = node;
    measure(node);
    measure(up);
    *slot = up;
}

/* The node in the slot is owned; its children differ in height by at most
 * two. */
static void balance(struct mem_tree *tree, struct mem_node **slot)
{
    struct mem_node *node = *slot;

    if (height(node->left) > height(node->right) + 1) {
        struct mem_node *child = own(tree, &node->left);

        if (height(child->left) < height(child->right)) {
            (void)own(tree, &child->right);
            turn_left(&node->left);
        }
        turn_right(slot);
    } else if (height(node->right) > height(node->left) + 1) {
        struct mem_node *child = own(tree, &node->right);

        if (height(child->right) < height(child->left)) {
            (void)own(tree, &child->left);
            turn_right(&node->right);
        }
        turn_left(slot);
    } else {
        measure(node);
    }
}

/* ---- changes ------------------------------------------------------------ */

static void insert(struct mem_tree *tree, struct mem_node **slot,
                   struct mem_entry *entry)
{
    struct mem_node *node;
    int order;

    if (*slot == NULL) {
        node = get_spare(tree);
        node->height = 1;
        node->left = NULL;
        node->right = NULL;
        node->entry = entry;
        *slot = node;
        tree->count++;
        return;
    }
    node = own(tree, slot);
    order = mem_key_cmp(mem_entry_key(entry), mem_entry_key(node->entry));
    if (order == 0) {
        entry_unref(tree->budget, node->entry);
        node->entry = entry;
        return;
    }
    insert(tree, order < 0 ? &node->left : &node->right, entry);
    balance(tree, slot);
}

/* Take the first node out and keep its entry. */
static struct mem_entry *take_first(struct mem_tree *tree,
                                    struct mem_node **slot)
{
    struct mem_node *node = own(tree, slot);
    struct mem_entry *entry;

    if (node->left != NULL) {
        entry = take_first(tree, &node->left);
        balance(tree, slot);
        return entry;
    }
    entry = node->entry;
    *slot = node->right;
    put_spare(tree, node);
    return entry;
}

/* The key is there. */
static void remove_key(struct mem_tree *tree, struct mem_node **slot,
                       struct mem_key key)
{
    struct mem_node *node = own(tree, slot);
    int order = mem_key_cmp(key, mem_entry_key(node->entry));

    if (order != 0) {
        remove_key(tree, order < 0 ? &node->left : &node->right, key);
        balance(tree, slot);
        return;
    }
    entry_unref(tree->budget, node->entry);
    if (node->left == NULL || node->right == NULL) {
        *slot = node->left == NULL ? node->right : node->left;
        put_spare(tree, node);
        return;
    }
    node->entry = take_first(tree, &node->right);
    balance(tree, slot);
}

int mem_tree_put(struct mem_tree *tree, struct mem_key key, const void *val,
                 size_t val_len)
{
    struct mem_entry *entry = entry_new(tree->budget, key, val, val_len);

    if (entry == NULL) {
        return -1;
    }
    if (reserve(tree, tree->budget->max) != 0) {
        entry_unref(tree->budget, entry);
        return -1;
    }
    insert(tree, &tree->root, entry);
    return 0;
}

int mem_tree_del(struct mem_tree *tree, struct mem_key key)
{
    if (mem_get(tree->root, key) == NULL) {
        return 0;
    }
    /* from a full store too, which copies a few nodes before it shrinks */
    if (reserve(tree, UINT64_MAX) != 0) {
        return -1;
    }
    remove_key(tree, &tree->root, key);
    tree->count--;
    return 0;
}

void mem_tree_fini(struct mem_tree *tree)
{
    mem_node_unref(tree->budget, tree->root);
    tree->root = NULL;
    while (tree->spares != NULL) {
        give(tree->budget, get_spare(tree), sizeof(struct mem_node));
    }
}

/* ---- looking ------------------------------------------------------------ */

const struct mem_entry *mem_get(const struct mem_node *root, struct mem_key key)
{
    while (root != NULL) {
        int order = mem_key_cmp(key, mem_entry_key(root->entry));

        if (order == 0) {
            return root->entry;
        }
        root = order < 0 ? root->left : root->right;
    }
    return NULL;
}

const struct mem_entry *mem_after(const struct mem_node *root,
                                  struct mem_key key, int inclusive)
{
    const struct mem_entry *best = NULL;

    while (root != NULL) {
        int order = mem_key_cmp(mem_entry_key(root->entry), key);

        if (order > 0 || (order == 0 && inclusive)) {
            best = root->entry;
            root = root->left;
        } else {
            root = root->right;
        }
    }
    return best;
}

const struct mem_entry *mem_before(const struct mem_node *root,
                                   struct mem_key key)
{
    const struct mem_entry *best = NULL;

    while (root != NULL) {
        if (mem_key_cmp(mem_entry_key(root->entry), key) < 0) {
            best = root->entry;
            root = root->right;
        } else {
            root = root->left;
        }
    }
    return best;
}

static int is_level(const struct mem_node *node)
{
    uint32_t left = height(node->left);
    uint32_t right = height(node->right);

    return node->height == (left > right ? left : right) + 1 &&
           left <= right + 1 && right <= left + 1;
}

/* last is the entry before the subtree, then the last one of it. */
static int check(const struct mem_node *node, const struct mem_entry **last,
                 uint64_t *count)
{
    if (node == NULL) {
        return 1;
    }
    if (!is_level(node) || !check(node->left, last, count) ||
        (*last != NULL &&
         mem_key_cmp(mem_entry_key(*last), mem_entry_key(node->entry)) >= 0)) {
        return 0;
    }
    *last = node->entry;
    (*count)++;
    return check(node->right, last, count);
}

int mem_check(const struct mem_node *root, uint64_t *count)
{
    const struct mem_entry *last = NULL;

    *count = 0;
    return check(root, &last, count);
}
