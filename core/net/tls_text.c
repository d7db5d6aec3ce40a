/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_text.c - what OpenSSL's reason codes mean for the operator of a node.
 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdio.h>

struct words {
    int reason;
    const char *text;
};

#define NOT_TLS                                                                \
    "what arrived is not TLS: does another program use this address?"
#define OLD_TLS "it does not speak TLS 1.3: bring both nodes up to date"

static const struct words table[] = {
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
     "it refuses our certificate: not from its authority; all nodes need "
     "certificates of one"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
     "it refuses our certificate: expired; renew it, or set its clock"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
     "it refuses our certificate: it expects another name, or our dates are "
     "ahead of its clock"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
     "it refuses our certificate: its extended key usage must name TLS server "
     "and client"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
     "it refuses our certificate: revoked; get a new one"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
     "it refuses our certificate without a reason: see its log"},
    {SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
     "it refuses our certificate: the signature does not fit"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
     "it wants a certificate and got none"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "it knows no TLS method we know"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, OLD_TLS},
    {SSL_R_UNSUPPORTED_PROTOCOL, OLD_TLS},
    {SSL_R_VERSION_TOO_LOW, OLD_TLS},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
     "it showed no certificate: a node needs one of our authority"},
    {SSL_R_WRONG_VERSION_NUMBER, NOT_TLS},
    {SSL_R_HTTP_REQUEST, NOT_TLS},
    {SSL_R_HTTPS_PROXY_REQUEST, NOT_TLS},
    {SSL_R_PACKET_LENGTH_TOO_LONG, NOT_TLS},
    {SSL_R_RECORD_LENGTH_MISMATCH, NOT_TLS},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING,
     "it closed the connection without a word: see its log"},
};

void vt_tls_explain(unsigned long code, char out[VT_WHY_BYTES])
{
    char raw[128];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
            ERR_GET_REASON(code) == table[i].reason) {
            (void)snprintf(out, VT_WHY_BYTES, "%s", table[i].text);
            return;
        }
    }
    ERR_error_string_n(code, raw, sizeof raw);
    (void)snprintf(out, VT_WHY_BYTES, "TLS failed: %s", raw);
}
