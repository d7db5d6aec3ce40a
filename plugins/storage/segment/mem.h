/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.h - ordered index in memory: a skip list of key versions.
 *
 * One thread inserts while any number read without locks. Nothing is ever
 * taken out; the whole list goes when its segment is sealed and the last
 * snapshot of it is over. Order: key ascending, then sequence descending, so
 * that the newest version of a key comes first.
 */
#ifndef SEGMENT_MEM_H
#define SEGMENT_MEM_H

#include "segment.h"

struct seg_node {
    uint64_t seq;
    struct seg_slot slot;
    uint32_t height;
    _Atomic(struct seg_node *) next[]; /* then the key */
};

/* A place to return to when nodes made since are not wanted. */
struct seg_mark {
    const void *chunk;
    size_t used;
};

/* NULL when memory is out. */
struct seg_mem *seg_mem_new(void);
/* NULL is fine. */
void seg_mem_free(struct seg_mem *mem);
/* Empty it and keep a little memory; no reader may be there. */
void seg_mem_reset(struct seg_mem *mem);

struct seg_key seg_node_key(const struct seg_node *node);

/* Nodes are made first, which can fail, and put into the list later, which
 * cannot. rollback takes back all made since mark and not inserted. */
struct seg_mark seg_mem_mark(const struct seg_mem *mem);
struct seg_node *seg_mem_make(struct seg_mem *mem, struct seg_key key);
void seg_mem_rollback(struct seg_mem *mem, struct seg_mark mark);
/* Where key and sequence are there already the slot is replaced instead;
 * Returns the one it replaced (kind 0: none). */
struct seg_slot seg_mem_insert(struct seg_mem *mem, struct seg_node *node);
uint64_t seg_mem_count(const struct seg_mem *mem);
uint64_t seg_mem_bytes(const struct seg_mem *mem);

/* Every version in order; NULL at the end. */
const struct seg_node *seg_mem_first(const struct seg_mem *mem);
const struct seg_node *seg_node_next(const struct seg_node *node);

/* Newest version of key not above seq, or NULL. Thread: any. */
const struct seg_node *seg_mem_get(const struct seg_mem *mem,
                                   struct seg_key key, uint64_t seq);
/* Newest version not above seq of the first key > key, or >= key when
 * inclusive, whatever its space; NULL at the end. Thread: any. */
const struct seg_node *seg_mem_after(const struct seg_mem *mem,
                                     struct seg_key key, int inclusive,
                                     uint64_t seq);
/* The same for the last key < key. Thread: any. */
const struct seg_node *seg_mem_before(const struct seg_mem *mem,
                                      struct seg_key key, uint64_t seq);

#endif
