/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - bump allocation in pages that double up to 1 MiB.
 */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <string.h>

#define PAGE_MIN 4096u
#define PAGE_MAX 1048576u

struct vt_arena_page {
    struct vt_arena_page *next;
    size_t used, cap;
    alignas(max_align_t) uint8_t bytes[];
};

void vt_arena_init(struct vt_arena *arena, size_t max_bytes)
{
    arena->pages = NULL;
    arena->used_bytes = 0;
    arena->max_bytes = max_bytes;
}

void vt_arena_fini(struct vt_arena *arena)
{
    while (arena->pages != NULL) {
        struct vt_arena_page *page = arena->pages;

        arena->pages = page->next;
        vt_free(page);
    }
    arena->used_bytes = 0;
}

static int add_page(struct vt_arena *arena, size_t need)
{
    size_t cap = arena->pages == NULL ? PAGE_MIN : arena->pages->cap * 2;
    struct vt_arena_page *page;

    if (cap > PAGE_MAX) {
        cap = PAGE_MAX;
    }
    if (cap < need) {
        cap = need;
    }
    page = vt_alloc(sizeof *page + cap);
    if (page == NULL) {
        return 0;
    }
    page->cap = cap;
    page->next = arena->pages;
    arena->pages = page;
    return 1;
}

void *vt_arena_alloc(struct vt_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    size_t need;
    void *at;

    if (size > arena->max_bytes) {
        return NULL;
    }
    need = (size + align - 1) / align * align;
    need = need == 0 ? align : need;
    if (arena->used_bytes + need > arena->max_bytes) {
        return NULL;
    }
    if (arena->pages == NULL || arena->pages->cap - arena->pages->used < need) {
        if (!add_page(arena, need)) {
            return NULL;
        }
    }
    at = arena->pages->bytes + arena->pages->used;
    arena->pages->used += need;
    arena->used_bytes += need;
    return at;
}

void *vt_arena_dup(struct vt_arena *arena, const void *bytes, size_t len)
{
    void *copy = vt_arena_alloc(arena, len);

    if (copy != NULL && len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}
