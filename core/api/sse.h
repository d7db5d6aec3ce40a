/* SPDX-License-Identifier: Apache-2.0
 *
 * sse.h - reads a stream of server-sent events from bytes as they come.
 *
 * Fields event, id and data as in the HTML standard; retry and unknown fields
 * are skipped, a comment (keep-alive) too.
 */
#ifndef VT_API_SSE_H
#define VT_API_SSE_H

#include "base/buf.h"

#define VT_SSE_LINE_MAX 1048576u
#define VT_SSE_NAME_MAX 63u

/* One event; name is "message" when the stream gives none. Non-zero stops. */
typedef int (*vt_sse_fn)(void *ctx, const char *name, const char *id,
                         struct vt_view data);

struct vt_sse {
    vt_sse_fn fn;
    void *ctx;
    struct vt_buf line, data;
    char name[VT_SSE_NAME_MAX + 1], id[VT_SSE_NAME_MAX + 1];
    int has_data;
    int stopped; /* fn said so */
};

void vt_sse_init(struct vt_sse *sse, vt_sse_fn fn, void *ctx);
void vt_sse_fini(struct vt_sse *sse);
/* Returns VT_OK, also when fn stopped; VT_E_LIMIT for a line or event over
 * VT_SSE_LINE_MAX; VT_E_NOMEM. */
vt_status vt_sse_feed(struct vt_sse *sse, struct vt_view bytes);

#endif
