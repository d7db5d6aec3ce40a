/* SPDX-License-Identifier: Apache-2.0
 *
 * http_probe.c - the small server and the raw sockets.
 */
#include "support/http_probe.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <check.h>
#include <event2/event.h>
#include <event2/thread.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BIG_MAX (16u << 20)
#define LATER_MS 100

struct probe_server {
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    struct vt_http *http;
    pthread_t thread;
    char endpoint[160];
    _Atomic unsigned calls, gone;
};

/* ---- the server ---------------------------------------------------------- */

static uint64_t query_number(const struct vt_http_call *call)
{
    char key[32];
    char value[32];

    return vt_http_query(call, 0, key, value, sizeof key) == VT_OK &&
                   strcmp(key, "n") == 0
               ? strtoull(value, NULL, 10)
               : 0;
}

static void answer_bytes(struct vt_http_call *call, struct vt_view bytes,
                         size_t pad)
{
    struct vt_buf body = VT_BUF_INIT(BIG_MAX);

    (void)vt_buf_put(&body, bytes.ptr, bytes.len);
    if (pad > 0) {
        memset(vt_buf_grow(&body, pad), 'x', pad);
    }
    vt_http_answer(call, 200, "text/plain", &body);
}

static void on_later(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    answer_bytes(ctx, vt_view_str("later"), 0);
}

struct stream {
    struct probe_server *server;
    struct vt_http_call *call;
};

static void on_stream_gone(void *ctx)
{
    struct stream *stream = ctx;

    stream->server->gone++;
    vt_http_end(stream->call);
    vt_free(stream);
}

static void start_stream(struct probe_server *server, struct vt_http_call *call)
{
    struct stream *stream = vt_alloc(sizeof *stream);
    uint64_t n = query_number(call);

    stream->server = server;
    stream->call = call;
    if (vt_http_stream(call, "text/event-stream", NULL, NULL) != VT_OK) {
        vt_free(stream);
        vt_http_answer_text(call, 505, "too old");
        return;
    }
    vt_http_on_gone(call, on_stream_gone, stream);
    for (uint64_t i = 0; i < n; i++) {
        (void)vt_http_put(call, vt_view_str("line\n"));
    }
}

static void on_call(void *ctx, struct vt_http_call *call)
{
    struct probe_server *server = ctx;
    struct vt_view path = vt_http_path(call);

    server->calls++;
    if (vt_view_eq(path, vt_view_str("/echo"))) {
        struct vt_view body = vt_http_body(call);

        answer_bytes(call, body.len > 0 ? body : vt_view_str("empty"), 0);
    } else if (vt_view_eq(path, vt_view_str("/big"))) {
        answer_bytes(call, vt_view_str(""), (size_t)query_number(call));
    } else if (vt_view_eq(path, vt_view_str("/later"))) {
        struct timeval tv = {0, LATER_MS * 1000};

        (void)event_base_once(server->base, -1, EV_TIMEOUT, on_later, call,
                              &tv);
    } else if (vt_view_eq(path, vt_view_str("/stream"))) {
        start_stream(server, call);
    } else {
        vt_http_answer_text(call, 404, "not here");
    }
}

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
    struct probe_server *server = ctx;

    (void)fd;
    (void)what;
    vt_http_free(server->http);
    (void)event_base_loopbreak(server->base);
}

static void *run(void *ctx)
{
    struct probe_server *server = ctx;

    (void)event_base_dispatch(server->base);
    return NULL;
}

struct probe_server *probe_start(const struct probe_args *args)
{
    struct probe_server *server = vt_alloc(sizeof *server);
    struct vt_err err = VT_ERR_INIT;
    struct vt_http_args http = {
        .listen = args->listen == NULL ? "127.0.0.1:0" : args->listen,
        .may_expose = args->may_expose,
        .body_max_bytes =
            args->body_max_bytes == 0 ? 65536 : args->body_max_bytes,
        .head_deadline_ns =
            UINT64_C(1000000) *
            (args->head_deadline_ms == 0 ? 300 : args->head_deadline_ms),
        .clients_max = args->clients_max == 0 ? 64 : args->clients_max,
        .stall_ms = args->stall_ms,
        .on_call = on_call,
        .ctx = server};

    (void)signal(SIGPIPE, SIG_IGN);
    (void)evthread_use_pthreads();
    server->base = event_base_new();
    server->wake_fd = eventfd(0, EFD_CLOEXEC);
    server->wake =
        event_new(server->base, server->wake_fd, EV_READ, on_wake, server);
    (void)event_add(server->wake, NULL);
    http.base = server->base;
    ck_assert_msg(vt_http_new(&http, &server->http, &err) == VT_OK, "%s",
                  err.text);
    (void)snprintf(server->endpoint, sizeof server->endpoint, "%s",
                   vt_http_endpoint(server->http));
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

void probe_stop(struct probe_server *server)
{
    uint64_t one = 1;

    ck_assert_int_eq(write(server->wake_fd, &one, sizeof one), sizeof one);
    (void)pthread_join(server->thread, NULL);
    event_free(server->wake);
    event_base_free(server->base);
    (void)close(server->wake_fd);
    vt_free(server);
}

const char *probe_endpoint(const struct probe_server *server)
{
    return server->endpoint;
}

unsigned probe_calls(const struct probe_server *server)
{
    return server->calls;
}

unsigned probe_gone(const struct probe_server *server)
{
    return server->gone;
}

/* ---- raw sockets --------------------------------------------------------- */

uint64_t probe_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int probe_connect(const char *endpoint)
{
    int is_local = strncmp(endpoint, "unix:", 5) == 0;
    int fd =
        socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {.sin_family = AF_INET};
    int failed;

    if (is_local) {
        (void)snprintf(local.sun_path, sizeof local.sun_path, "%s",
                       endpoint + 5);
        failed = connect(fd, (struct sockaddr *)&local, sizeof local);
    } else {
        tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        tcp.sin_port =
            htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
        failed = connect(fd, (struct sockaddr *)&tcp, sizeof tcp);
    }
    ck_assert_msg(failed == 0, "connect: %s", strerror(errno));
    return fd;
}

/* The other side may have closed already: that is for the answer to show. */
void probe_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
        at += n;
        len -= (size_t)n;
    }
}

void probe_send_text(int fd, const char *text)
{
    probe_send(fd, text, strlen(text));
}

/* Bytes read, 0 at the end, -1 after timeout_ms without any. */
static ssize_t read_some(int fd, char *out, size_t size, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0) {
        return -1;
    }
    n = recv(fd, out, size, 0);
    return n < 0 ? 0 : n; /* a reset is an end, too */
}

/* Bytes of the whole answer, SIZE_MAX while that is not known. */
static size_t whole_answer(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\ncontent-length:");

    if (end == NULL) {
        return SIZE_MAX;
    }
    if (strncmp(text, "HTTP/1.1 100", 12) == 0) {
        return (size_t)(end + 4 - text);
    }
    return length == NULL || length > end
               ? (size_t)(end + 4 - text)
               : (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10);
}

int probe_answer(int fd, char *out, size_t size, int timeout_ms)
{
    size_t len = 0;

    out[0] = '\0';
    while (len < size - 1 && len < whole_answer(out)) {
        /* a byte at a time until the head is there: the rest is the next's */
        size_t want = whole_answer(out) == SIZE_MAX ? 1 : size - 1 - len;
        ssize_t n;

        if (want > 1 && want > whole_answer(out) - len) {
            want = whole_answer(out) - len;
        }
        n = read_some(fd, out + len, want, timeout_ms);
        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
        out[len] = '\0';
    }
    return strncmp(out, "HTTP/1.1 ", 9) == 0 ? (int)strtol(out + 9, NULL, 10)
                                             : 0;
}

int probe_closed(int fd, int timeout_ms)
{
    uint64_t end = probe_now_ms() + (uint64_t)timeout_ms;
    char bytes[4096];

    while (probe_now_ms() < end) {
        ssize_t n =
            read_some(fd, bytes, sizeof bytes, (int)(end - probe_now_ms()));

        if (n <= 0) {
            return n == 0;
        }
    }
    return 0;
}

int probe_once(const char *endpoint, const char *request, size_t len)
{
    int fd = probe_connect(endpoint);
    char out[4096];
    int status;

    probe_send(fd, request, len);
    status = probe_answer(fd, out, sizeof out, 3000);
    (void)close(fd);
    return status;
}
