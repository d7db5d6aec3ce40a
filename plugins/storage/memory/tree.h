/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - an ordered map whose versions share what is equal: a balanced tree
 * of counted nodes. Whoever holds a root sees it unchanged for ever; a writer
 * copies the nodes on its way and changes its copies.
 */
#ifndef MEMORY_TREE_H
#define MEMORY_TREE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct mem_key {
    const uint8_t *ptr;
    size_t len;
    uint32_t space;
};

/* Key and value, never changed. */
struct mem_entry {
    _Atomic uint32_t refs;
    uint32_t vlen;
    uint32_t space;
    uint32_t klen;
    uint8_t bytes[]; /* key, value */
};

struct mem_node {
    _Atomic uint32_t refs;
    uint32_t height;
    struct mem_node *left, *right;
    struct mem_entry *entry;
};

/* Bytes in use by all versions of one store. */
struct mem_budget {
    _Atomic uint64_t used;
    uint64_t max;
};

/* A version being changed by one thread. */
struct mem_tree {
    struct mem_budget *budget;
    struct mem_node *root;
    struct mem_node *spares; /* nodes for the next change, by left */
    uint32_t spare_count;
    uint64_t count;
};

/* NULL is the empty tree, here and below. Thread: any. */
struct mem_node *mem_node_ref(struct mem_node *node);
void mem_node_unref(struct mem_budget *budget, struct mem_node *node);

/* Both return 0; -1 when the budget or memory is out, then nothing changed. */
int mem_tree_put(struct mem_tree *tree, struct mem_key key, const void *val,
                 size_t val_len);
/* What is not there is no failure. */
int mem_tree_del(struct mem_tree *tree, struct mem_key key);
/* Gives back the root and all else the tree holds. */
void mem_tree_fini(struct mem_tree *tree);

static inline struct mem_key mem_entry_key(const struct mem_entry *entry)
{
    struct mem_key key = {entry->bytes, entry->klen, entry->space};

    return key;
}

/* Space first, then memcmp, shorter first. */
int mem_key_cmp(struct mem_key a, struct mem_key b);
/* NULL when there is none. They live as long as the root is held. */
const struct mem_entry *mem_get(const struct mem_node *root,
                                struct mem_key key);
/* First entry > key, or >= key when inclusive. */
const struct mem_entry *mem_after(const struct mem_node *root,
                                  struct mem_key key, int inclusive);
/* Last entry < key. */
const struct mem_entry *mem_before(const struct mem_node *root,
                                   struct mem_key key);
/* Are all entries in order and all heights right? *count are the entries. */
int mem_check(const struct mem_node *root, uint64_t *count);

#endif
