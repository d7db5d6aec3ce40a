/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - TLS 1.3 streams: our authority only, a certificate on both sides.
 *
 * A BIO of our own receives from the socket and appends to the link's buffer:
 * one system call per 64 KiB in and out, no retry of half-written records.
 */
#include "net/tls.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "net/loop.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define READ_AHEAD_BYTES 65536u
#define CERT_LIST_MAX 32768 /* bytes of certificates a stranger may send */
#define CHAIN_DEPTH_MAX 3
#define CIPHERS                                                                \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                           \
    "TLS_CHACHA20_POLY1305_SHA256"

struct vt_tls {
    SSL_CTX *ctx;
    BIO_METHOD *method;
};

struct vt_stream {
    SSL *ssl;
    int fd;
    int ended; /* the socket is at its end */
    struct vt_outbuf *out;
    char claimed[65];
    char refusal[VT_WHY_BYTES]; /* why we refuse the other's certificate */
};

/* ---- the BIO ------------------------------------------------------------- */

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct vt_stream *s = BIO_get_data(bio);

    BIO_clear_retry_flags(bio); /* those of the last read */
    if (len < 0 || (size_t)len > VT_OUT_BYTES - s->out->len) {
        /* only a peer that asks for answers without reading them gets here */
        return -1;
    }
    memcpy(s->out->bytes + s->out->len, bytes, (size_t)len);
    s->out->len += (size_t)len;
    return len;
}

static int bio_read(BIO *bio, char *bytes, int room)
{
    struct vt_stream *s = BIO_get_data(bio);
    ssize_t got = recv(s->fd, bytes, (size_t)room, 0);

    BIO_clear_retry_flags(bio);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_read(bio);
        return -1;
    }
    s->ended = got == 0;
    return (int)got;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
    struct vt_stream *s = BIO_get_data(bio);

    (void)num;
    (void)ptr;
    switch (cmd) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return s->ended;
    default:
        return 0;
    }
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "link");

    if (method != NULL && (BIO_meth_set_create(method, bio_create) != 1 ||
                           BIO_meth_set_write(method, bio_write) != 1 ||
                           BIO_meth_set_read(method, bio_read) != 1 ||
                           BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- the context --------------------------------------------------------- */

/* Called for each certificate of a chain; 0 ends the handshake with an alert
 * that tells the other side. */
static int on_verify(int good, X509_STORE_CTX *store)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct vt_stream *s = SSL_get_app_data(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    struct vt_cert_info info = {.subject = ""};

    if (leaf != NULL) {
        vt_cert_info_of(leaf, &info);
        (void)snprintf(s->claimed, sizeof s->claimed, "%s", info.subject);
    }
    if (!good) {
        vt_cert_explain(X509_STORE_CTX_get_current_cert(store),
                        X509_STORE_CTX_get_error(store), vt_clock_wall_ms(),
                        s->refusal, sizeof s->refusal);
    }
    return good;
}

static int set_rules(SSL_CTX *ctx)
{
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_max_cert_list(ctx, CERT_LIST_MAX);
    SSL_CTX_set_security_level(ctx, 2);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD_BYTES);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       on_verify);
    SSL_CTX_set_verify_depth(ctx, CHAIN_DEPTH_MAX);
    /* no tickets: a client that closes before it has read them would reset the
     * connection and lose what it sent */
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, CIPHERS) == 1;
}

static vt_status load_files(SSL_CTX *ctx, const struct vt_node_config *config,
                            struct vt_cert_info *own, struct vt_err *err)
{
    vt_status status = vt_cert_check_files(
        config->cert_file, config->key_tls_file, config->ca_file, own, err);

    if (status != VT_OK) {
        return status;
    }
    if (strcmp(own->subject, config->name) != 0) {
        return vt_err_set(err, VT_E_DENIED,
                          "%.100s is the certificate of '%s', this node is "
                          "'%.63s': set [node] name or use its own certificate",
                          config->cert_file, own->subject, config->name);
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, config->cert_file) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, config->key_tls_file,
                                    SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, config->ca_file, NULL) != 1) {
        char why[VT_WHY_BYTES];

        vt_tls_explain(ERR_peek_error(), why);
        ERR_clear_error();
        return vt_err_set(err, VT_E_DENIED, "%.100s: %s", config->cert_file,
                          why);
    }
    return VT_OK;
}

static void warn_dates(const struct vt_node_config *config,
                       const struct vt_cert_info *own)
{
    int64_t now_ms = vt_clock_wall_ms();
    int64_t days = (own->not_after_ms - now_ms) / 86400000;

    if (now_ms < own->not_before_ms || now_ms > own->not_after_ms) {
        vt_log("net", VT_LOG_ERROR,
               "%s is not valid at this time: other nodes will refuse this "
               "node: renew it, or set the clock",
               config->cert_file);
    } else if (days < 30) {
        vt_log("net", VT_LOG_WARN, "%s expires in %lld days: renew it",
               config->cert_file, (long long)days);
    }
}

vt_status vt_tls_new(const struct vt_node_config *config, struct vt_tls **out,
                     struct vt_cert_info *out_own, struct vt_err *err)
{
    struct vt_tls *tls = vt_alloc(sizeof *tls);
    vt_status status;

    if (tls == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for TLS");
    }
    tls->ctx = SSL_CTX_new(TLS_method());
    tls->method = make_method();
    if (tls->ctx == NULL || tls->method == NULL || !set_rules(tls->ctx)) {
        vt_tls_free(tls);
        ERR_clear_error();
        return vt_err_set(err, VT_E_UNSUPPORTED,
                          "this OpenSSL cannot do TLS 1.3 as we need it");
    }
    status = load_files(tls->ctx, config, out_own, err);
    if (status != VT_OK) {
        vt_tls_free(tls);
        return status;
    }
    warn_dates(config, out_own);
    *out = tls;
    return VT_OK;
}

void vt_tls_free(struct vt_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->ctx);
        BIO_meth_free(tls->method);
        vt_free(tls);
    }
}

/* ---- a stream ------------------------------------------------------------ */

static void tls_close(struct vt_stream *s)
{
    SSL_free(s->ssl);
    vt_free(s);
}

static struct vt_stream *tls_open(void *ctx, int fd, const char *expect,
                                  struct vt_outbuf *out)
{
    struct vt_tls *tls = ctx;
    struct vt_stream *s = vt_alloc(sizeof *s);
    BIO *bio;

    if (s == NULL) {
        return NULL;
    }
    s->fd = fd;
    s->out = out;
    s->ssl = SSL_new(tls->ctx);
    bio = s->ssl == NULL ? NULL : BIO_new(tls->method);
    if (bio == NULL) {
        tls_close(s);
        return NULL;
    }
    BIO_set_data(bio, s);
    SSL_set_bio(s->ssl, bio, bio);
    (void)SSL_set_app_data(s->ssl, s);
    if (expect == NULL) {
        SSL_set_accept_state(s->ssl);
        return s;
    }
    SSL_set_connect_state(s->ssl);
    if (SSL_set1_host(s->ssl, expect) != 1) {
        tls_close(s);
        return NULL;
    }
    return s;
}

/* After a call that did not succeed. */
static enum vt_io outcome(struct vt_stream *s, int result,
                          char why[VT_WHY_BYTES])
{
    int saved_errno = errno;
    int what = SSL_get_error(s->ssl, result);
    unsigned long code = ERR_peek_error();

    if (what == SSL_ERROR_WANT_READ) {
        return VT_IO_AGAIN;
    }
    if (what == SSL_ERROR_ZERO_RETURN) {
        return VT_IO_CLOSED;
    }
    if (s->refusal[0] != '\0') {
        (void)snprintf(why, VT_WHY_BYTES, "%s", s->refusal);
    } else if (code != 0) {
        vt_tls_explain(code, why);
    } else {
        (void)snprintf(why, VT_WHY_BYTES, "connection lost: %s",
                       saved_errno == 0 ? "closed" : strerror(saved_errno));
    }
    ERR_clear_error();
    return VT_IO_FAILED;
}

static enum vt_io tls_handshake(struct vt_stream *s, char why[VT_WHY_BYTES])
{
    int result;

    ERR_clear_error();
    errno = 0;
    result = SSL_do_handshake(s->ssl);
    return result == 1 ? VT_IO_OK : outcome(s, result, why);
}

static vt_status tls_peer(struct vt_stream *s, struct vt_cert_info *out,
                          struct vt_err *err)
{
    X509 *cert = SSL_get1_peer_certificate(s->ssl);
    vt_status status;

    /* belt and braces: the handshake has seen to both */
    if (cert == NULL || SSL_get_verify_result(s->ssl) != X509_V_OK) {
        X509_free(cert);
        return vt_err_set(err, VT_E_DENIED, "it showed no valid certificate");
    }
    vt_cert_info_of(cert, out);
    status = vt_cert_check_node(cert, err);
    X509_free(cert);
    return status;
}

static const char *tls_claimed(struct vt_stream *s)
{
    return s->claimed;
}

static enum vt_io tls_read(struct vt_stream *s, void *buf, size_t room,
                           size_t *got, char why[VT_WHY_BYTES])
{
    int result;

    ERR_clear_error();
    errno = 0;
    result = SSL_read_ex(s->ssl, buf, room, got);
    return result == 1 ? VT_IO_OK : outcome(s, result, why);
}

static enum vt_io tls_write(struct vt_stream *s, const void *buf, size_t len,
                            char why[VT_WHY_BYTES])
{
    size_t done;
    int result;

    ERR_clear_error();
    errno = 0;
    result = SSL_write_ex(s->ssl, buf, len, &done);
    return result == 1 && done == len ? VT_IO_OK : outcome(s, result, why);
}

static void tls_finish(struct vt_stream *s)
{
    if (SSL_is_init_finished(s->ssl)) {
        (void)SSL_shutdown(s->ssl);
    }
    ERR_clear_error();
}

const struct vt_stream_ops vt_tls_ops = {
    .open = tls_open,
    .handshake = tls_handshake,
    .peer = tls_peer,
    .claimed = tls_claimed,
    .read = tls_read,
    .write = tls_write,
    .finish = tls_finish,
    .close = tls_close,
};
