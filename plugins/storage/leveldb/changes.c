/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.c - a search tree of libc's over changes that lie in chunks, which
 * all go at once.
 */
#include "changes.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST 4096u
#define CHUNK_BYTES 65536u

struct chunk {
    struct chunk *next;
    size_t used, cap;
    _Alignas(8) uint8_t bytes[];
};

struct ldb_changes {
    void *tree;
    struct ldb_change *first;
    struct ldb_change **last;
    struct chunk *chunks;
    uint64_t charged; /* of LDB_BATCH_MAX */
    uint64_t bytes;
};

struct ldb_changes *ldb_changes_new(void)
{
    struct ldb_changes *c = calloc(1, sizeof *c);

    if (c != NULL) {
        c->last = &c->first;
    }
    return c;
}

static void forget(void *node)
{
    (void)node; /* changes lie in the chunks */
}

void ldb_changes_free(struct ldb_changes *c)
{
    if (c == NULL) {
        return;
    }
    tdestroy(c->tree, forget);
    while (c->chunks != NULL) {
        struct chunk *chunk = c->chunks;

        c->chunks = chunk->next;
        free(chunk);
    }
    free(c);
}

static size_t rounded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static void *take(struct ldb_changes *c, size_t size)
{
    struct chunk *chunk = c->chunks;
    void *ptr;

    size = rounded(size);
    if (chunk == NULL || chunk->cap - chunk->used < size) {
        size_t cap = chunk == NULL ? CHUNK_FIRST : CHUNK_BYTES;

        cap = cap < size ? size : cap;
        chunk = malloc(sizeof *chunk + cap);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->next = c->chunks;
        chunk->used = 0;
        chunk->cap = cap;
        c->chunks = chunk;
    }
    ptr = chunk->bytes + chunk->used;
    chunk->used += size;
    return ptr;
}

/* What was taken last. */
static void give_back(struct ldb_changes *c, size_t size)
{
    c->chunks->used -= rounded(size);
}

static int compare(const void *a, const void *b)
{
    const struct ldb_change *x = a;
    const struct ldb_change *y = b;
    size_t common = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, common);

    if (order != 0) {
        return order;
    }
    return x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

/* The change of this key, a new one when there is none yet. */
static struct ldb_change *find_or_add(struct ldb_changes *c, const char *key,
                                      size_t key_len)
{
    const size_t size = sizeof(struct ldb_change) + key_len;
    struct ldb_change *change = take(c, size);
    struct ldb_change *const *node;
    char *copy;

    if (change == NULL) {
        return NULL;
    }
    copy = (char *)(change + 1);
    memcpy(copy, key, key_len);
    memset(change, 0, sizeof *change);
    change->key = copy;
    change->key_len = key_len;
    node = tsearch(change, &c->tree, compare);
    if (node == NULL || *node != change) {
        give_back(c, size);
        return node == NULL ? NULL : *node;
    }
    *c->last = change;
    c->last = &change->next;
    return change;
}

vt_status ldb_changes_add(struct ldb_changes *c, const char *key,
                          size_t key_len, struct vt_view val)
{
    uint64_t cost = key_len + val.len + LDB_CHANGE_COST;
    struct ldb_change *change;
    uint8_t *copy = NULL;

    if (cost > LDB_BATCH_MAX - c->charged) {
        return VT_E_LIMIT;
    }
    if (val.ptr != NULL) {
        copy = take(c, val.len + 1); /* an empty value has a place too */
        if (copy == NULL) {
            return VT_E_NOMEM;
        }
        memcpy(copy, val.ptr, val.len);
    }
    change = find_or_add(c, key, key_len);
    if (change == NULL) {
        return VT_E_NOMEM;
    }
    change->val = copy;
    change->val_len = val.len;
    c->charged += cost;
    c->bytes += key_len + val.len;
    return VT_OK;
}

const struct ldb_change *ldb_changes_find(const struct ldb_changes *c,
                                          const char *key, size_t key_len)
{
    const struct ldb_change wanted = {.key = key, .key_len = key_len};
    struct ldb_change *const *node = tfind(&wanted, &c->tree, compare);

    return node == NULL ? NULL : *node;
}

const struct ldb_change *ldb_changes_first(const struct ldb_changes *c)
{
    return c->first;
}

uint64_t ldb_changes_bytes(const struct ldb_changes *c)
{
    return c->bytes;
}
