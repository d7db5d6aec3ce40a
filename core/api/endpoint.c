/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoint.c - text to URL or socket path.
 */
#include "api/endpoint.h"

#include "api/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vt_status refuse(const char *text, const char *why, struct vt_err *err)
{
    return vt_err_set(err, VT_E_INVALID,
                      "node '%.60s': %s; give host:port, http://host:port or "
                      "unix:/path",
                      text, why);
}

static int is_host(const char *host, size_t len)
{
    const char *good = "abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        return strspn(host + 1, "0123456789abcdefABCDEF:.") == len - 2;
    }
    return len > 0 && strspn(host, good) >= len;
}

static vt_status parse_unix(const char *text, struct vt_endpoint *out,
                            struct vt_err *err)
{
    const char *path = text + strlen("unix:");
    size_t len = strlen(path);

    if (path[0] != '/') {
        return refuse(text, "a socket's path starts with /", err);
    }
    if (len >= sizeof out->socket) {
        return refuse(text, "a socket's path has at most 107 bytes", err);
    }
    memcpy(out->socket, path, len + 1);
    (void)snprintf(out->url, sizeof out->url, "http://localhost");
    return VT_OK;
}

static vt_status parse_host(const char *text, struct vt_endpoint *out,
                            struct vt_err *err)
{
    const char *host = strncmp(text, "http://", 7) == 0 ? text + 7 : text;
    size_t len = strlen(host);
    const char *colon;
    unsigned long port;
    size_t digits;

    if (strncmp(text, "https://", 8) == 0) {
        return refuse(text, "nodes speak plain HTTP on loopback", err);
    }
    len -= len > 0 && host[len - 1] == '/';
    colon = memrchr(host, ':', len);
    if (colon == NULL || colon[1] == '\0' || colon[1] == ']') {
        return refuse(text, "the port is missing", err);
    }
    digits = strspn(colon + 1, "0123456789");
    port = strtoul(colon + 1, NULL, 10);
    if (colon + 1 + digits != host + len || port < 1 || port > 65535) {
        return refuse(text, "a port is a number from 1 to 65535", err);
    }
    if (!is_host(host, (size_t)(colon - host))) {
        return refuse(text, "that is no host name or address", err);
    }
    (void)snprintf(out->url, sizeof out->url, "http://%.*s", (int)len, host);
    return VT_OK;
}

vt_status vt_endpoint_parse(const char *text, struct vt_endpoint *out,
                            struct vt_err *err)
{
    struct vt_endpoint endpoint = {.url = "", .socket = ""};
    vt_status status;

    if (strlen(text) >= VT_ENDPOINT_MAX) {
        return refuse(text, "too long", err);
    }
    status = strncmp(text, "unix:", 5) == 0 ? parse_unix(text, &endpoint, err)
                                            : parse_host(text, &endpoint, err);
    if (status == VT_OK) {
        *out = endpoint;
    }
    return status;
}
