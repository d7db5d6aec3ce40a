/* SPDX-License-Identifier: Apache-2.0
 *
 * json_door.h - what json.c and json_read.c share: our opaque value is
 * jansson's. Private to core/api.
 */
#ifndef VT_API_JSON_DOOR_H
#define VT_API_JSON_DOOR_H

#include "api/json.h"

#include <jansson.h>

/* jansson takes its memory from vt_alloc; once per process, any thread. */
void vt_json_init(void);
/* Did this thread run out of memory since the last question? jansson's parser
 * calls that a syntax error. */
int vt_json_starved(void);
int vt_json_is_utf8(struct vt_view text);

static inline struct vt_json *vt_json_wrap(json_t *node)
{
    return (struct vt_json *)(void *)node;
}

/* jansson counts holds inside the value, so it wants it writable; what is
 * reachable through a const struct vt_json is never changed otherwise. */
static inline json_t *vt_json_node(const struct vt_json *json)
{
    return (json_t *)(uintptr_t)json;
}

#endif
