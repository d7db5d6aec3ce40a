/* SPDX-License-Identifier: Apache-2.0
 *
 * raw_peer.h - the other end of a link, byte by byte and in any wrong way;
 * blocking, with time-outs.
 */
#ifndef VT_TESTS_SUPPORT_RAW_PEER_H
#define VT_TESTS_SUPPORT_RAW_PEER_H

#include "wire/frame.h"

struct ssl_st;
struct ssl_ctx_st;

struct raw_peer {
    int fd;
    struct ssl_st *ssl; /* NULL: bare TCP */
    struct ssl_ctx_st *ctx;
    char goodbye[513]; /* the last one that came */
    uint32_t frames;   /* that came */
    uint64_t alerts;   /* reason code of the TLS error met last */
};

/* TCP to 127.0.0.1:port. */
void raw_connect(struct raw_peer *peer, unsigned port);
/* A socket that listens on a free port. */
int raw_listen(unsigned *out_port);
void raw_accept(struct raw_peer *peer, int listener);
/* Handshake as client or server with "<stem>.crt" of test_dir (NULL: none) and
 * at most this TLS version (0: newest). Checks nothing of the other side.
 * Returns 1 when it went through, as far as this side knows. */
int raw_tls(struct raw_peer *peer, const char *stem, int as_server,
            int max_version);
/* Returns 1 when all was taken. */
int raw_send(struct raw_peer *peer, const void *bytes, size_t len);
int raw_frame(struct raw_peer *peer, uint8_t kind, struct vt_view payload);
/* A greeting; chain (may be NULL) is the only one in it. */
int raw_hello(struct raw_peer *peer, const char *node, uint16_t version,
              const struct vt_hello_chain *chain);
/* Reads until the other side ends the connection. Returns 1 when it did within
 * timeout_ms. */
int raw_closed(struct raw_peer *peer, uint32_t timeout_ms);
/* connect, TLS with the certificate of stem, greeting. */
int raw_link(struct raw_peer *peer, unsigned port, const char *stem,
             const struct vt_hello_chain *chain);
void raw_end(struct raw_peer *peer);

#endif
