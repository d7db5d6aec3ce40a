/* SPDX-License-Identifier: Apache-2.0
 *
 * head_host.c - who is asked, and who asks: Host and Origin.
 */
#include "api/head.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 255u
#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static vt_status refuse(struct vt_head_fault *fault, int status,
                        const char *text)
{
    fault->status = status;
    fault->text = text;
    return VT_E_INVALID;
}

/* Cuts "name", "name:port", "[v6]" or "[v6]:port" down to the name; NULL when
 * it is none of them. */
static const char *name_of(char *host)
{
    int is_v6 = host[0] == '[';
    char *name = host + is_v6;
    size_t len = strspn(name, is_v6 ? HEX ":." : LETTERS DIGITS "-._");
    char *rest = name + len;

    if (len == 0 || (is_v6 && *rest != ']')) {
        return NULL;
    }
    if (is_v6) {
        *rest++ = '\0';
    }
    if (*rest == ':' && strlen(rest) <= 6 &&
        strspn(rest + 1, DIGITS) == strlen(rest + 1)) {
        *rest = '\0';
    }
    return *rest == '\0' ? name : NULL;
}

static int is_loopback(const char *name)
{
    struct in_addr v4;
    struct in6_addr v6;

    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 &&
            ntohl(v4.s_addr) >> 24 == 127) ||
           (inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6));
}

static int is_literal(const char *name)
{
    struct in6_addr address;

    return inet_pton(AF_INET, name, &address) == 1 ||
           inet_pton(AF_INET6, name, &address) == 1;
}

vt_status vt_head_check_host(struct vt_view host,
                             const struct vt_head_rules *rules,
                             struct vt_head_fault *fault)
{
    char text[HOST_MAX + 1];
    const char *name = NULL;

    if (host.len > 0 && host.len <= HOST_MAX) {
        memcpy(text, host.ptr, host.len);
        text[host.len] = '\0';
        name = name_of(text);
    }
    if (name == NULL) {
        return refuse(fault, 400, "Host is neither name nor address");
    }
    if (is_loopback(name) || strcasecmp(name, rules->host) == 0 ||
        (rules->is_exposed && is_literal(name))) {
        return VT_OK;
    }
    return refuse(fault, 403, "this node does not answer to that Host");
}

vt_status vt_head_check_origin(struct vt_view origin, struct vt_view host,
                               struct vt_head_fault *fault)
{
    static const char scheme[] = "http://";
    size_t len = strlen(scheme);

    if (origin.len == len + host.len &&
        strncasecmp((const char *)origin.ptr, scheme, len) == 0 &&
        strncasecmp((const char *)origin.ptr + len, (const char *)host.ptr,
                    host.len) == 0) {
        return VT_OK;
    }
    return refuse(fault, 403, "a page of another site may not ask");
}
