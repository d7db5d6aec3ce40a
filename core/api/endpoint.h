/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoint.h - where a node listens, as people write it.
 */
#ifndef VT_API_ENDPOINT_H
#define VT_API_ENDPOINT_H

#include "base/status.h"

struct vt_endpoint {
    char url[200];    /* "http://127.0.0.1:7201", no slash at the end */
    char socket[108]; /* path of a unix socket, "" = none */
};

/* host:port, http://host:port or unix:/path. Returns VT_OK, VT_E_INVALID with
 * the text and the three forms. */
vt_status vt_endpoint_parse(const char *text, struct vt_endpoint *out,
                            struct vt_err *err);

#endif
