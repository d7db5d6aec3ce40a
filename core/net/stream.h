/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.h - a byte stream over a socket, and what a link needs of it. The one
 * implementation in a node is TLS (tls.h); the bench measures a bare one beside
 * it. Private to core/net.
 *
 * Reading goes straight to the socket. Writing appends to a buffer that the
 * link sends: so many small frames share a record and many records a system
 * call, and a write never has to be repeated.
 */
#ifndef VT_NET_STREAM_H
#define VT_NET_STREAM_H

#include "identity/certs.h"

#define VT_RECORD_MAX 16384u /* bytes of one write */
#define VT_RECORD_COST 64u   /* what a record adds, rounded up */
#define VT_OUT_SLACK 4096u   /* kept free for alerts and key updates */
#define VT_OUT_BYTES (4u * (VT_RECORD_MAX + VT_RECORD_COST) + VT_OUT_SLACK)
#define VT_WHY_BYTES 256u

/* Bytes ready for the socket: [at, len) of bytes. */
struct vt_outbuf {
    uint8_t *bytes; /* VT_OUT_BYTES */
    size_t at, len;
};

/* 1 when one more record fits. */
static inline int vt_outbuf_has_room(const struct vt_outbuf *out)
{
    return VT_OUT_BYTES - out->len >=
           VT_RECORD_MAX + VT_RECORD_COST + VT_OUT_SLACK;
}

enum vt_io {
    VT_IO_OK = 0,
    VT_IO_AGAIN = 1, /* when the socket has more to read */
    VT_IO_CLOSED = 2,
    VT_IO_FAILED = 3 /* why says it in plain words */
};

/*
 * open       a stream over a connected non-blocking socket (borrowed). expect
 *            is the name the other side must show, NULL for an accepted
 *            connection. out is borrowed until close. NULL: out of memory.
 * handshake  OK once both sides are sure who the other is.
 * peer       the certificate's contents; VT_E_DENIED when it is no node's.
 * claimed    the name on the certificate, checked or not; "" if none came.
 * read       OK with *got > 0.
 * write      all of len <= VT_RECORD_MAX; the out buffer has room.
 * finish     append the end mark.
 * close      frees; the socket is the caller's.
 */
struct vt_stream_ops {
    struct vt_stream *(*open)(void *ctx, int fd, const char *expect,
                              struct vt_outbuf *out);
    enum vt_io (*handshake)(struct vt_stream *stream, char why[VT_WHY_BYTES]);
    vt_status (*peer)(struct vt_stream *stream, struct vt_cert_info *out,
                      struct vt_err *err);
    const char *(*claimed)(struct vt_stream *stream);
    enum vt_io (*read)(struct vt_stream *stream, void *buf, size_t room,
                       size_t *got, char why[VT_WHY_BYTES]);
    enum vt_io (*write)(struct vt_stream *stream, const void *buf, size_t len,
                        char why[VT_WHY_BYTES]);
    void (*finish)(struct vt_stream *stream);
    void (*close)(struct vt_stream *stream);
};

#endif
