/* SPDX-License-Identifier: Apache-2.0
 *
 * listen.c - from the text in the INI to a listening socket.
 */
#include "api/listen.h"

#include "base/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static vt_status failed(const char *text, const char *what, const char *cure,
                        struct vt_err *err)
{
    return vt_err_set(err, VT_E_IO, "[api] listen = %s: %s: %s%s", text, what,
                      strerror(errno), cure);
}

/* ---- a unix socket ------------------------------------------------------- */

/* 1 when somebody accepts connections there. */
static int is_served(const union address *at, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int served;

    if (fd < 0) {
        return 1;
    }
    served = connect(fd, &at->any, len) == 0 || errno != ECONNREFUSED;
    (void)close(fd);
    return served;
}

/* A process that was killed leaves its socket file behind. */
static vt_status clear_stale(const char *text, const union address *at,
                             socklen_t len, struct vt_err *err)
{
    struct stat st;

    if (lstat(at->local.sun_path, &st) != 0) {
        return errno == ENOENT
                   ? VT_OK
                   : failed(text, "cannot look at the path", "", err);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return vt_err_set(err, VT_E_DENIED,
                          "[api] listen = %s: there is a file that is no "
                          "socket; move it away or name another path",
                          text);
    }
    if (is_served(at, len)) {
        return vt_err_set(err, VT_E_IO,
                          "[api] listen = %s: another process listens there; "
                          "stop it or name another path",
                          text);
    }
    return unlink(at->local.sun_path) == 0
               ? VT_OK
               : failed(text, "cannot remove the old socket", "", err);
}

static vt_status listen_local(const char *text, const char *path,
                              struct vt_listen *l, struct vt_err *err)
{
    union address at = {.local = {.sun_family = AF_UNIX}};
    socklen_t len = (socklen_t)sizeof at.local;
    struct stat st;
    vt_status status;

    if (path[0] != '/' || strlen(path) >= sizeof at.local.sun_path) {
        return vt_err_set(err, VT_E_INVALID,
                          "[api] listen = %.130s: the path of a socket starts "
                          "with / and has at most %zu bytes",
                          text, sizeof at.local.sun_path - 1);
    }
    (void)snprintf(at.local.sun_path, sizeof at.local.sun_path, "%s", path);
    status = clear_stale(text, &at, len, err);
    if (status != VT_OK) {
        return status;
    }
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* the mode of the socket is that of its file: set before there is one */
    if (l->fd < 0 || fchmod(l->fd, 0600) != 0 ||
        bind(l->fd, &at.any, len) != 0) {
        return failed(text, "cannot make the socket",
                      "; its folder must exist and be this user's", err);
    }
    (void)snprintf(l->path, sizeof l->path, "%s", path);
    if (lstat(path, &st) != 0 || (st.st_mode & 0077) != 0) {
        return vt_err_set(err, VT_E_DENIED,
                          "[api] listen = %s: others could use the socket: its "
                          "file system does not keep mode 0600",
                          text);
    }
    l->device = st.st_dev;
    l->inode = st.st_ino;
    (void)snprintf(l->endpoint, sizeof l->endpoint, "unix:%s", path);
    return VT_OK;
}

/* ---- TCP ----------------------------------------------------------------- */

static vt_status bad_address(const char *text, struct vt_err *err)
{
    return vt_err_set(err, VT_E_INVALID,
                      "[api] listen = %.100s: give 127.0.0.1:PORT, [::1]:PORT, "
                      "localhost:PORT or unix:/path",
                      text);
}

/* "host:port" and "[host]:port" in two; 0 when it is neither. */
static int split(const char *text, char host[64], unsigned long *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    const char *from = text;

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        from++;
        len -= 2;
    } else if (len == 0 || memchr(text, ':', len) != NULL) {
        return 0;
    }
    if (len >= 64 || colon[1] == '\0' || strlen(colon + 1) > 5 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1)) {
        return 0;
    }
    (void)snprintf(host, 64, "%.*s", (int)len, from);
    *port = strtoul(colon + 1, NULL, 10);
    return *port <= 65535;
}

static int read_address(const char *host, uint16_t port, union address *at,
                        int *is_loopback)
{
    const char *literal = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;

    memset(at, 0, sizeof *at);
    if (inet_pton(AF_INET, literal, &at->v4.sin_addr) == 1) {
        at->v4.sin_family = AF_INET;
        at->v4.sin_port = htons(port);
        *is_loopback = ntohl(at->v4.sin_addr.s_addr) >> 24 == 127;
        return 1;
    }
    if (inet_pton(AF_INET6, literal, &at->v6.sin6_addr) == 1) {
        at->v6.sin6_family = AF_INET6;
        at->v6.sin6_port = htons(port);
        *is_loopback = IN6_IS_ADDR_LOOPBACK(&at->v6.sin6_addr);
        return 1;
    }
    return 0;
}

static vt_status bind_tcp(const char *text, union address *at,
                          struct vt_listen *l, struct vt_err *err)
{
    int is_v6 = at->any.sa_family == AF_INET6;
    socklen_t len = is_v6 ? (socklen_t)sizeof at->v6 : (socklen_t)sizeof at->v4;
    int on = 1;

    l->fd = socket(at->any.sa_family,
                   SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* accepted sockets inherit TCP_NODELAY */
    if (l->fd < 0 ||
        setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (is_v6 &&
         setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(l->fd, &at->any, len) != 0 ||
        getsockname(l->fd, &at->any, &len) != 0) {
        return failed(text, "cannot listen there",
                      "; name another port if this one is taken", err);
    }
    return VT_OK;
}

static vt_status listen_tcp(const char *text, int may_expose,
                            struct vt_listen *l, struct vt_err *err)
{
    union address at;
    unsigned long port = 0;
    int is_loopback = 0;
    vt_status status;

    if (!split(text, l->host, &port) ||
        !read_address(l->host, (uint16_t)port, &at, &is_loopback)) {
        return bad_address(text, err);
    }
    if (!is_loopback && !may_expose) {
        return vt_err_set(
            err, VT_E_DENIED,
            "[api] listen = %.60s: whoever reaches that address could use this "
            "node; listen on 127.0.0.1, or set [api] expose = on",
            text);
    }
    status = bind_tcp(text, &at, l, err);
    if (status == VT_OK) {
        int is_v6 = at.any.sa_family == AF_INET6;

        (void)snprintf(
            l->endpoint, sizeof l->endpoint, "%s%s%s:%u", is_v6 ? "[" : "",
            l->host, is_v6 ? "]" : "",
            (unsigned)ntohs(is_v6 ? at.v6.sin6_port : at.v4.sin_port));
    }
    return status;
}

vt_status vt_listen_open(const char *text, int may_expose,
                         struct vt_listen *out, struct vt_err *err)
{
    struct vt_listen l = {.fd = -1};
    vt_status status = strncmp(text, "unix:", 5) == 0
                           ? listen_local(text, text + 5, &l, err)
                           : listen_tcp(text, may_expose, &l, err);

    if (status == VT_OK && listen(l.fd, BACKLOG) != 0) {
        status = failed(text, "cannot listen", "", err);
    }
    if (status == VT_OK) {
        *out = l;
    } else {
        vt_listen_close(&l);
    }
    return status;
}

void vt_listen_close(struct vt_listen *l)
{
    struct stat st;

    if (l->fd >= 0) {
        (void)close(l->fd);
        l->fd = -1;
    }
    if (l->path[0] != '\0' && lstat(l->path, &st) == 0 &&
        st.st_dev == l->device && st.st_ino == l->inode) {
        (void)unlink(l->path);
    }
    l->path[0] = '\0';
}
