/* SPDX-License-Identifier: Apache-2.0
 *
 * head.h - the strict reader of an HTTP/1 request head.
 *
 * By the rules of RFC 9112 and RFC 9110, and where these leave a server the
 * choice, the narrow one: what two readers could understand differently is
 * refused. Pure: no sockets, no clock, nothing allocated. Thread: any.
 */
#ifndef VT_API_HEAD_H
#define VT_API_HEAD_H

#include <vt/types.h>

#define VT_HEAD_MAX 16384u     /* bytes of a whole head */
#define VT_HEAD_LINE_MAX 2048u /* bytes of the request line */
#define VT_HEAD_FIELDS_MAX 64u

/* Why a request is refused: an HTTP status and words for its sender. */
struct vt_head_fault {
    int status;
    const char *text; /* static */
};

/* Looks for the end of a head in bytes that come piece by piece. */
struct vt_head_scan {
    size_t done; /* bytes looked at */
    size_t line; /* start of the current line */
    uint32_t lines;
};

/* bytes is all that came so far. Returns VT_OK and the head's length with its
 * empty line; VT_E_STATE when more is needed; VT_E_INVALID with *fault as soon
 * as no head can come of it. */
vt_status vt_head_scan(struct vt_head_scan *scan, struct vt_view bytes,
                       size_t *out_len, struct vt_head_fault *fault);

enum vt_http_method { VT_HTTP_GET, VT_HTTP_POST, VT_HTTP_OPTIONS };

/* What this server is willing to be called and to take. */
struct vt_head_rules {
    const char *host; /* as configured, without port; "" for a socket */
    int is_exposed;   /* answers to any literal address */
    uint64_t body_max_bytes;
};

struct vt_head {
    enum vt_http_method method;
    int is_http10;
    int wants_close;
    int wants_continue;           /* Expect: 100-continue */
    uint64_t content_length;      /* 0 without a body */
    struct vt_view target;        /* origin-form, borrowed from the bytes */
    struct vt_view host;          /* with port, borrowed */
    struct vt_view last_event_id; /* digits, borrowed; empty without */
};

/* head is a whole one, as vt_head_scan found it. Returns VT_OK and *out;
 * VT_E_INVALID with *fault. */
vt_status vt_head_parse(struct vt_view head, const struct vt_head_rules *rules,
                        struct vt_head *out, struct vt_head_fault *fault);

/* Its parts about who is asked and who asks, in head_host.c. A page that was
 * given our address under its own site's name fails by the first, for it cannot
 * choose the Host its browser sends. Return as vt_head_parse. */
vt_status vt_head_check_host(struct vt_view host,
                             const struct vt_head_rules *rules,
                             struct vt_head_fault *fault);
vt_status vt_head_check_origin(struct vt_view origin, struct vt_view host,
                               struct vt_head_fault *fault);

#endif
