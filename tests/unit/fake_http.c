/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_http.c - accept, read one request, let the test answer, close.
 */
#include "unit/fake_http.h"

#include "base/alloc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX (8u << 20)

struct fake_http {
    fake_http_fn fn;
    void *ctx;
    int fd;
    char endpoint[160];
    pthread_t thread;
};

static int listen_tcp(struct fake_http *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        return -1;
    }
    (void)snprintf(s->endpoint, sizeof s->endpoint, "127.0.0.1:%u",
                   (unsigned)ntohs(at.sin_port));
    return fd;
}

static int listen_unix(struct fake_http *s, const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        return -1;
    }
    (void)snprintf(s->endpoint, sizeof s->endpoint, "unix:%s", path);
    return fd;
}

/* Bytes of the whole request once its head is complete, else 0. */
static size_t request_size(struct vt_buf *in)
{
    const char *text = vt_buf_text(in);
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\ncontent-length:");

    if (end == NULL) {
        return 0;
    }
    return (size_t)(end + 4 - text) +
           (length == NULL || length > end
                ? 0
                : (size_t)strtoul(length + 17, NULL, 10));
}

static void serve(struct fake_http *s, int fd)
{
    struct vt_buf in = VT_BUF_INIT(REQUEST_MAX);
    struct vt_buf out = VT_BUF_INIT(REQUEST_MAX);
    char bytes[4096];
    ssize_t n;

    while (request_size(&in) == 0 || in.len < request_size(&in)) {
        n = read(fd, bytes, sizeof bytes);
        if (n <= 0 || vt_buf_put(&in, bytes, (size_t)n) != VT_OK) {
            break;
        }
    }
    if (request_size(&in) != 0) {
        char *text = (char *)in.data;
        char *body = strstr(text, "\r\n\r\n") + 4;

        (void)vt_buf_text(&in);
        text[strcspn(text, "\r")] = '\0';
        s->fn(s->ctx, text, body, &out);
    }
    for (size_t done = 0; done < out.len; done += (size_t)n) {
        n = send(fd, out.data + done, out.len - done, MSG_NOSIGNAL);
        if (n <= 0) {
            break;
        }
    }
    vt_buf_fini(&in);
    vt_buf_fini(&out);
}

static void *run(void *ctx)
{
    struct fake_http *s = ctx;
    int fd;

    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        serve(s, fd);
        (void)close(fd);
    }
    return NULL;
}

struct fake_http *fake_http_start(const char *socket_path, fake_http_fn fn,
                                  void *ctx)
{
    struct fake_http *s = vt_alloc(sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    s->fn = fn;
    s->ctx = ctx;
    s->fd = socket_path == NULL ? listen_tcp(s) : listen_unix(s, socket_path);
    if (s->fd < 0 || listen(s->fd, 16) != 0 ||
        pthread_create(&s->thread, NULL, run, s) != 0) {
        vt_free(s);
        return NULL;
    }
    return s;
}

const char *fake_http_endpoint(const struct fake_http *s)
{
    return s->endpoint;
}

void fake_http_stop(struct fake_http *s)
{
    (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->fd);
    vt_free(s);
}

void fake_http_answer(struct vt_buf *out, int status, const char *type,
                      const char *body)
{
    (void)vt_buf_printf(out,
                        "HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: "
                        "%zu\r\nConnection: close\r\n\r\n%s",
                        status, type, strlen(body), body);
}
