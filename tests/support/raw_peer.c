/* SPDX-License-Identifier: Apache-2.0
 *
 * raw_peer.c - sockets and OpenSSL without any of our code in between.
 */
#include "support/raw_peer.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "net/loop.h"
#include "support/test_certs.h"

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void set_timeout(int fd, uint32_t ms)
{
    struct timeval tv = {.tv_sec = ms / 1000,
                         .tv_usec = (suseconds_t)(ms % 1000) * 1000};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

void raw_connect(struct raw_peer *peer, unsigned port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port)};

    (void)signal(SIGPIPE, SIG_IGN);
    memset(peer, 0, sizeof *peer);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(peer->fd, 0);
    set_timeout(peer->fd, 5000);
    ck_assert_int_eq(connect(peer->fd, (struct sockaddr *)&addr, sizeof addr),
                     0);
}

int raw_listen(unsigned *out_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    ck_assert_int_eq(listen(fd, 16), 0);
    set_timeout(fd, 10000);
    *out_port = ntohs(addr.sin_port);
    return fd;
}

void raw_accept(struct raw_peer *peer, int listener)
{
    (void)signal(SIGPIPE, SIG_IGN);
    memset(peer, 0, sizeof *peer);
    peer->fd = accept(listener, NULL, NULL);
    ck_assert_int_ge(peer->fd, 0);
    set_timeout(peer->fd, 5000);
}

static void load(SSL_CTX *ctx, const char *stem)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/%s.crt", test_dir(), stem);
    ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(ctx, path), 1);
    (void)snprintf(path, sizeof path, "%s/%s.key", test_dir(), stem);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM),
                     1);
}

int raw_tls(struct raw_peer *peer, const char *stem, int as_server,
            int max_version)
{
    int result;

    peer->ctx = SSL_CTX_new(TLS_method());
    ck_assert_ptr_nonnull(peer->ctx);
    SSL_CTX_set_verify(peer->ctx, SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_max_proto_version(peer->ctx, max_version);
    if (stem != NULL) {
        load(peer->ctx, stem);
    }
    peer->ssl = SSL_new(peer->ctx);
    ck_assert_int_eq(SSL_set_fd(peer->ssl, peer->fd), 1);
    ERR_clear_error();
    result = as_server ? SSL_accept(peer->ssl) : SSL_connect(peer->ssl);
    peer->alerts = (uint64_t)ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();
    return result == 1;
}

int raw_send(struct raw_peer *peer, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    size_t done;

    ERR_clear_error();
    if (peer->ssl != NULL) {
        return SSL_write_ex(peer->ssl, bytes, len, &done) == 1;
    }
    while (len > 0) {
        ssize_t n = send(peer->fd, at, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return 0;
        }
        at += n;
        len -= (size_t)n;
    }
    return 1;
}

int raw_frame(struct raw_peer *peer, uint8_t kind, struct vt_view payload)
{
    struct vt_frame frame = {.kind = kind, .payload = payload};
    uint8_t *bytes = vt_alloc(VT_FRAME_HEAD + payload.len);
    int good;

    ck_assert_ptr_nonnull(bytes);
    vt_frame_head(&frame, bytes);
    if (payload.len > 0) {
        memcpy(bytes + VT_FRAME_HEAD, payload.ptr, payload.len);
    }
    good = raw_send(peer, bytes, VT_FRAME_HEAD + payload.len);
    vt_free(bytes);
    return good;
}

int raw_hello(struct raw_peer *peer, const char *node, uint16_t version,
              const struct vt_hello_chain *chain)
{
    struct vt_hello *hello = vt_alloc(sizeof *hello);
    struct vt_buf buf = VT_BUF_INIT(65536);
    int good;

    ck_assert_ptr_nonnull(hello);
    hello->version = version;
    (void)snprintf(hello->node, sizeof hello->node, "%s", node);
    if (chain != NULL) {
        hello->chain_count = 1;
        hello->chains[0] = *chain;
    }
    ck_assert_int_eq(vt_hello_encode(hello, &buf), VT_OK);
    good = raw_frame(peer, VT_FRAME_HELLO, vt_buf_view(&buf));
    vt_buf_fini(&buf);
    vt_free(hello);
    return good;
}

/* Whole frames in front of buf; returns what is left over. */
static size_t take_frames(struct raw_peer *peer, uint8_t *buf, size_t len)
{
    size_t at = 0;
    size_t total;

    while (len - at >= 4 && vt_frame_length(buf + at, &total) == VT_OK &&
           total <= len - at) {
        peer->frames++;
        if (buf[at + 4] == VT_FRAME_GOODBYE) {
            (void)snprintf(peer->goodbye, sizeof peer->goodbye, "%.*s",
                           (int)(total - VT_FRAME_HEAD),
                           (const char *)buf + at + VT_FRAME_HEAD);
        }
        at += total;
    }
    memmove(buf, buf + at, len - at);
    return len - at;
}

static ssize_t read_some(struct raw_peer *peer, uint8_t *to, size_t room)
{
    size_t got = 0;

    if (peer->ssl == NULL) {
        return recv(peer->fd, to, room, 0);
    }
    ERR_clear_error();
    if (SSL_read_ex(peer->ssl, to, room, &got) == 1) {
        return (ssize_t)got;
    }
    if (ERR_peek_error() != 0) {
        peer->alerts = (uint64_t)ERR_GET_REASON(ERR_peek_error());
    }
    return SSL_get_error(peer->ssl, 0) == SSL_ERROR_WANT_READ ? -1 : 0;
}

int raw_closed(struct raw_peer *peer, uint32_t timeout_ms)
{
    static uint8_t buf[1u << 20];
    const uint64_t until_ns =
        vt_clock_mono_ns() + (uint64_t)timeout_ms * 1000000u;
    size_t len = 0;

    set_timeout(peer->fd, 50);
    while (vt_clock_mono_ns() < until_ns) {
        ssize_t got = read_some(peer, buf + len, sizeof buf - len);

        if (got == 0) {
            return 1;
        }
        if (got < 0 && peer->ssl == NULL && errno != EAGAIN) {
            return 1; /* reset */
        }
        len = take_frames(peer, buf, len + (got > 0 ? (size_t)got : 0));
    }
    return 0;
}

int raw_link(struct raw_peer *peer, unsigned port, const char *stem,
             const struct vt_hello_chain *chain)
{
    raw_connect(peer, port);
    return raw_tls(peer, stem, 0, 0) && raw_hello(peer, stem, 1, chain);
}

void raw_end(struct raw_peer *peer)
{
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->ctx);
    (void)close(peer->fd);
    peer->ssl = NULL;
    peer->ctx = NULL;
}
