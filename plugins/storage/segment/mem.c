/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.c - the skip list. A node is complete before a release store makes it
 * reachable; readers follow with acquire loads and never wait.
 */
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define HEIGHT_MAX 12u
#define CHUNK_FIRST 4096u
#define CHUNK_BYTES 65536u
#define ALIGN 8u

struct chunk {
    struct chunk *next; /* older */
    size_t used, cap;
    _Alignas(ALIGN) uint8_t bytes[];
};

struct seg_mem {
    struct seg_node *head; /* height HEIGHT_MAX, before every key */
    struct chunk *chunks;
    uint64_t random;
    uint64_t count;
    uint64_t bytes;
    _Atomic uint32_t height;
};

static void *take(struct seg_mem *mem, size_t size)
{
    struct chunk *c = mem->chunks;
    void *ptr;

    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (c == NULL || c->cap - c->used < size) {
        size_t cap = c == NULL ? CHUNK_FIRST : CHUNK_BYTES;
        struct chunk *fresh = malloc(sizeof *fresh + cap);

        if (fresh == NULL) {
            return NULL;
        }
        fresh->next = c;
        fresh->used = 0;
        fresh->cap = cap;
        mem->chunks = c = fresh;
        mem->bytes += cap;
    }
    ptr = c->bytes + c->used;
    c->used += size;
    return ptr;
}

/* The key stands behind the last pointer. */
static size_t key_offset(const struct seg_node *node)
{
    return offsetof(struct seg_node, next) +
           node->height * sizeof node->next[0];
}

static uint8_t *key_bytes(struct seg_node *node)
{
    return (uint8_t *)node + key_offset(node);
}

struct seg_key seg_node_key(const struct seg_node *node)
{
    return seg_key_of(node->slot.space,
                      (const uint8_t *)node + key_offset(node),
                      node->slot.klen);
}

static struct seg_node *make(struct seg_mem *mem, struct seg_key key,
                             uint32_t height)
{
    struct seg_node *node =
        take(mem, sizeof *node + height * sizeof node->next[0] + key.len);

    if (node == NULL) {
        return NULL;
    }
    memset(node, 0, sizeof *node);
    node->height = height;
    for (uint32_t i = 0; i < height; i++) {
        atomic_init(&node->next[i], NULL);
    }
    node->slot.space = (uint8_t)key.space;
    node->slot.klen = (uint8_t)key.len;
    if (key.len > 0) {
        memcpy(key_bytes(node), key.ptr, key.len);
    }
    return node;
}

struct seg_mem *seg_mem_new(void)
{
    struct seg_mem *mem = calloc(1, sizeof *mem);

    if (mem == NULL) {
        return NULL;
    }
    mem->random = UINT64_C(0x9e3779b97f4a7c15);
    atomic_init(&mem->height, 1);
    mem->head = make(mem, seg_key_of(0, NULL, 0), HEIGHT_MAX);
    if (mem->head == NULL) {
        free(mem);
        return NULL;
    }
    return mem;
}

void seg_mem_free(struct seg_mem *mem)
{
    if (mem == NULL) {
        return;
    }
    while (mem->chunks != NULL) {
        struct chunk *c = mem->chunks;

        mem->chunks = c->next;
        free(c);
    }
    free(mem);
}

struct seg_mark seg_mem_mark(const struct seg_mem *mem)
{
    struct seg_mark mark = {mem->chunks, mem->chunks->used};

    return mark;
}

void seg_mem_rollback(struct seg_mem *mem, struct seg_mark mark)
{
    while ((const void *)mem->chunks != mark.chunk) {
        struct chunk *c = mem->chunks;

        mem->chunks = c->next;
        mem->bytes -= c->cap;
        free(c);
    }
    mem->chunks->used = mark.used;
}

void seg_mem_reset(struct seg_mem *mem)
{
    struct chunk *first = mem->chunks;
    struct seg_mark mark;

    while (first->next != NULL) {
        first = first->next;
    }
    mark.chunk = first; /* the head node is the first thing in it */
    mark.used = (size_t)(key_bytes(mem->head) - first->bytes);
    seg_mem_rollback(mem, mark);
    for (uint32_t i = 0; i < HEIGHT_MAX; i++) {
        atomic_init(&mem->head->next[i], NULL);
    }
    atomic_store_explicit(&mem->height, 1, memory_order_relaxed);
    mem->count = 0;
}

static uint32_t pick_height(struct seg_mem *mem)
{
    uint32_t height = 1;

    mem->random ^= mem->random << 13;
    mem->random ^= mem->random >> 7;
    mem->random ^= mem->random << 17;
    for (uint64_t r = mem->random >> 20; height < HEIGHT_MAX && (r & 3) == 0;
         r >>= 2) {
        height++;
    }
    return height;
}

struct seg_node *seg_mem_make(struct seg_mem *mem, struct seg_key key)
{
    return make(mem, key, pick_height(mem));
}

/* Is node before (key, seq)? */
static int is_before(const struct seg_node *node, struct seg_key key,
                     uint64_t seq)
{
    int order = seg_key_cmp(seg_node_key(node), key);

    return order < 0 || (order == 0 && node->seq > seq);
}

static struct seg_node *load_next(const struct seg_node *node, uint32_t level)
{
    return atomic_load_explicit(&node->next[level], memory_order_acquire);
}

/* Where (key, seq) belongs. A writer may put a node between the two at any
 * moment, so both come from the same look: `at` must not be asked again. */
struct gap {
    struct seg_node *at;   /* last node before it, or the head */
    struct seg_node *next; /* the node that followed, or NULL */
};

/* prev, when given, gets the last node before it on each level. */
static struct gap find(const struct seg_mem *mem, struct seg_key key,
                       uint64_t seq, struct seg_node **prev)
{
    struct gap gap = {.at = mem->head};
    uint32_t level =
        atomic_load_explicit(&mem->height, memory_order_relaxed) - 1;

    for (;;) {
        gap.next = load_next(gap.at, level);
        if (gap.next != NULL && is_before(gap.next, key, seq)) {
            gap.at = gap.next;
            continue;
        }
        if (prev != NULL) {
            prev[level] = gap.at;
        }
        if (level == 0) {
            return gap;
        }
        level--;
    }
}

struct seg_slot seg_mem_insert(struct seg_mem *mem, struct seg_node *node)
{
    struct seg_node *prev[HEIGHT_MAX];
    struct seg_slot old = {.kind = 0};
    struct seg_key key = seg_node_key(node);
    struct seg_node *same = find(mem, key, node->seq, prev).next;
    uint32_t height = atomic_load_explicit(&mem->height, memory_order_relaxed);

    if (same != NULL && same->seq == node->seq &&
        seg_key_cmp(seg_node_key(same), key) == 0) {
        /* no reader sees this sequence yet, so nobody reads the slot */
        old = same->slot;
        same->slot = node->slot;
        return old;
    }
    for (; height < node->height; height++) {
        prev[height] = mem->head;
    }
    atomic_store_explicit(&mem->height, height, memory_order_relaxed);
    for (uint32_t i = 0; i < node->height; i++) {
        atomic_store_explicit(&node->next[i], load_next(prev[i], i),
                              memory_order_relaxed);
        atomic_store_explicit(&prev[i]->next[i], node, memory_order_release);
    }
    mem->count++;
    return old;
}

uint64_t seg_mem_count(const struct seg_mem *mem)
{
    return mem->count;
}

uint64_t seg_mem_bytes(const struct seg_mem *mem)
{
    return mem->bytes;
}

const struct seg_node *seg_mem_first(const struct seg_mem *mem)
{
    return load_next(mem->head, 0);
}

const struct seg_node *seg_node_next(const struct seg_node *node)
{
    return load_next(node, 0);
}

const struct seg_node *seg_mem_get(const struct seg_mem *mem,
                                   struct seg_key key, uint64_t seq)
{
    const struct seg_node *node = find(mem, key, seq, NULL).next;

    if (node == NULL || seg_key_cmp(seg_node_key(node), key) != 0) {
        return NULL;
    }
    return node;
}

const struct seg_node *seg_mem_after(const struct seg_mem *mem,
                                     struct seg_key key, int inclusive,
                                     uint64_t seq)
{
    /* sequence 0 stands behind every version of a key */
    const struct seg_node *node =
        find(mem, key, inclusive ? UINT64_MAX : 0, NULL).next;

    while (node != NULL && node->seq > seq) {
        node = load_next(node, 0);
    }
    return node;
}

const struct seg_node *seg_mem_before(const struct seg_mem *mem,
                                      struct seg_key key, uint64_t seq)
{
    for (;;) {
        const struct seg_node *node = find(mem, key, UINT64_MAX, NULL).at;
        const struct seg_node *seen;

        if (node == mem->head) {
            return NULL;
        }
        key = seg_node_key(node);
        seen = seg_mem_get(mem, key, seq);
        if (seen != NULL) {
            return seen;
        }
    }
}
