/* SPDX-License-Identifier: Apache-2.0
 *
 * listen.h - the socket the API listens on: loopback, or a file only this user
 * may open. Private to core/api. Thread: any, one at a time.
 */
#ifndef VT_API_LISTEN_H
#define VT_API_LISTEN_H

#include "api/client.h"
#include "api/endpoint.h"

#include <sys/types.h>

struct vt_listen {
    int fd;        /* -1 when closed, non-blocking */
    char host[64]; /* without port and brackets, "" for a unix socket */
    char endpoint[VT_ENDPOINT_MAX]; /* as clients name it, the real port */
    char path[108];                 /* of a unix socket */
    dev_t device;                   /* of that file, to know it again */
    ino_t inode;
};

/* text is "address:port" ("localhost", an IPv4 address, an IPv6 one in
 * brackets; port 0 takes a free one) or "unix:/path". An address that is not
 * loopback needs may_expose. A socket file that nobody listens on is replaced.
 * Returns VT_OK; VT_E_INVALID, VT_E_DENIED, VT_E_IO with the cure. */
vt_status vt_listen_open(const char *text, int may_expose,
                         struct vt_listen *out, struct vt_err *err);
/* Closes what is open and removes the socket file if it is still ours. */
void vt_listen_close(struct vt_listen *listen);

#endif
