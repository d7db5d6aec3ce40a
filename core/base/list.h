/* SPDX-License-Identifier: Apache-2.0
 *
 * list.h - intrusive doubly linked ring.
 */
#ifndef VT_BASE_LIST_H
#define VT_BASE_LIST_H

#include <stddef.h>

struct vt_list {
    struct vt_list *next, *prev;
};

#define VT_CONTAINER(ptr, type, member)                                        \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void vt_list_init(struct vt_list *list)
{
    list->next = list->prev = list;
}

static inline int vt_list_empty(const struct vt_list *list)
{
    return list->next == list;
}

static inline void vt_list_insert(struct vt_list *after, struct vt_list *item)
{
    item->prev = after;
    item->next = after->next;
    after->next->prev = item;
    after->next = item;
}

static inline void vt_list_append(struct vt_list *list, struct vt_list *item)
{
    vt_list_insert(list->prev, item);
}

/* An item that is in no list may be removed again. */
static inline void vt_list_remove(struct vt_list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    vt_list_init(item);
}

#define VT_LIST_FOR(pos, list)                                                 \
    for (struct vt_list *pos = (list)->next; pos != (list); pos = pos->next)
/* The body may remove pos. */
#define VT_LIST_FOR_SAFE(pos, tmp, list)                                       \
    for (struct vt_list *pos = (list)->next, *tmp = pos->next; pos != (list);  \
         pos = tmp, tmp = pos->next)

#endif
