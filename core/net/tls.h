/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.h - TLS 1.3 with certificates on both sides. tls.c and tls_text.c are
 * the only door to openssl/ssl. Private to core/net.
 */
#ifndef VT_NET_TLS_H
#define VT_NET_TLS_H

#include "config/node_config.h"
#include "net/stream.h"

struct vt_tls;

/* Reads and checks the node's certificate, key and authority. A certificate
 * that has expired is no error here: the node starts, others refuse it and the
 * log says so. Returns VT_E_IO, VT_E_CORRUPT, VT_E_DENIED with file and cure.
 */
vt_status vt_tls_new(const struct vt_node_config *config, struct vt_tls **out,
                     struct vt_cert_info *out_own, struct vt_err *err);
void vt_tls_free(struct vt_tls *tls);

/* ctx of open is the struct vt_tls. */
extern const struct vt_stream_ops vt_tls_ops;

/* OpenSSL's reason code in plain words with a cure; its own words for codes we
 * have none for. */
void vt_tls_explain(unsigned long code, char out[VT_WHY_BYTES]);

#endif
