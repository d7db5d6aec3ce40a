/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - memory of one unit of work (a block, a message), freed at once.
 */
#ifndef VT_BASE_ARENA_H
#define VT_BASE_ARENA_H

#include <vt/types.h>

struct vt_arena_page;

struct vt_arena {
    struct vt_arena_page *pages; /* newest first */
    size_t used_bytes;           /* handed out */
    size_t max_bytes;
};

void vt_arena_init(struct vt_arena *arena, size_t max_bytes);
/* Frees all; the arena may be used again. */
void vt_arena_fini(struct vt_arena *arena);
/* Zeroed, aligned for any type; NULL above max or out of memory. */
VT_MUST_USE void *vt_arena_alloc(struct vt_arena *arena, size_t size);
VT_MUST_USE void *vt_arena_dup(struct vt_arena *arena, const void *bytes,
                               size_t len);

#endif
