/* SPDX-License-Identifier: Apache-2.0
 *
 * wish.h - what a subscriber of events asks for. Private to core/api.
 */
#ifndef VT_API_WISH_H
#define VT_API_WISH_H

#include "api/http.h"

struct vt_wish {
    char chain[64];
    int wants_final, wants_halted;
    int has_from;
    uint64_t from;
};

/* From the query and Last-Event-ID of GET /events. Returns NULL, or what is
 * wrong, for the client to read. */
const char *vt_wish_read(const struct vt_http_call *http, struct vt_wish *out);

#endif
