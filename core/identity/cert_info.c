/* SPDX-License-Identifier: Apache-2.0
 *
 * cert_info.c - what a certificate says, whether a node may use it, and why
 * path checking refused one, in words an operator can act on.
 */
#include "identity/certs.h"

#include "base/bytes.h"
#include "base/status.h"
#include "identity/pem_file.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define VERSION_3 2

/* Printable ASCII only: a name ends up in logs and on pages. */
static void common_name(const X509_NAME *name, char out[65])
{
    int at = name == NULL
                 ? -1
                 : X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *text = NULL;
    int len;

    out[0] = '\0';
    if (at < 0) {
        return;
    }
    len = ASN1_STRING_to_UTF8(
        &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    for (int i = 0; i < len; i++) {
        if (len > 64 || text[i] < 0x20 || text[i] >= 0x7f) {
            len = 0;
        }
    }
    if (len > 0) {
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
    }
    OPENSSL_free(text);
}

static int64_t time_ms(const ASN1_TIME *t)
{
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1
               ? (int64_t)timegm(&tm) * 1000
               : 0;
}

void vt_cert_info_of(X509 *cert, struct vt_cert_info *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    size_t serial_len = (size_t)ASN1_STRING_length(serial);

    memset(out, 0, sizeof *out);
    common_name(X509_get_subject_name(cert), out->subject);
    common_name(X509_get_issuer_name(cert), out->issuer);
    out->not_before_ms = time_ms(X509_get0_notBefore(cert));
    out->not_after_ms = time_ms(X509_get0_notAfter(cert));
    if (serial_len <= 20) {
        vt_hex_encode(ASN1_STRING_get0_data(serial), serial_len, out->serial);
    }
    if (X509_digest(cert, EVP_sha256(), digest, &len) == 1 && len == 32) {
        vt_hex_encode(digest, len, out->fingerprint);
    }
    out->is_ca = X509_check_ca(cert) > 0;
}

vt_status vt_cert_info_load(const char *path, struct vt_cert_info *out,
                            struct vt_err *err)
{
    X509 *cert;
    vt_status status = vt_pem_read_cert(path, &cert, err);

    if (status == VT_OK) {
        vt_cert_info_of(cert, out);
        X509_free(cert);
    }
    return status;
}

vt_status vt_cert_check_node(X509 *cert, struct vt_err *err)
{
    struct vt_cert_info info;
    const uint32_t both = XKU_SSL_SERVER | XKU_SSL_CLIENT;

    vt_cert_info_of(cert, &info);
    if (!vt_node_name_ok(info.subject)) {
        return vt_err_set(err, VT_E_DENIED,
                          "its common name '%s' is not a node's name",
                          info.subject);
    }
    if (X509_get_version(cert) != VERSION_3 || info.is_ca) {
        return vt_err_set(err, VT_E_DENIED,
                          "the certificate of %s is an authority's or not "
                          "X.509 v3: issue one for the node",
                          info.subject);
    }
    if (X509_check_host(cert, info.subject, 0,
                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                            X509_CHECK_FLAG_NO_WILDCARDS,
                        NULL) != 1) {
        return vt_err_set(err, VT_E_DENIED,
                          "the certificate of %s does not carry that name as "
                          "DNS name too: issue it anew",
                          info.subject);
    }
    if ((X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) == 0 ||
        (X509_get_extended_key_usage(cert) & both) != both) {
        return vt_err_set(err, VT_E_DENIED,
                          "the certificate of %s is not for TLS server and "
                          "client: its extended key usage must name both",
                          info.subject);
    }
    return VT_OK;
}

static vt_status check_issued(X509 *cert, X509 *ca, const char *cert_path,
                              const char *ca_path, struct vt_err *err)
{
    struct vt_cert_info own;
    struct vt_cert_info authority;

    if (X509_check_issued(ca, cert) == X509_V_OK &&
        X509_verify(cert, X509_get0_pubkey(ca)) == 1) {
        return VT_OK;
    }
    ERR_clear_error();
    vt_cert_info_of(cert, &own);
    vt_cert_info_of(ca, &authority);
    return vt_err_set(err, VT_E_DENIED,
                      "%.80s was issued by '%.40s', not by the authority "
                      "'%.40s' in %.60s: use one authority",
                      cert_path, own.issuer, authority.subject, ca_path);
}

vt_status vt_cert_check_files(const char *cert_path, const char *key_path,
                              const char *ca_path, struct vt_cert_info *out,
                              struct vt_err *err)
{
    X509 *cert = NULL;
    X509 *ca = NULL;
    EVP_PKEY *key = NULL;
    vt_status status = vt_pem_read_cert(cert_path, &cert, err);

    if (status == VT_OK) {
        status = vt_pem_read_key(key_path, &key, err);
    }
    if (status == VT_OK && X509_check_private_key(cert, key) != 1) {
        ERR_clear_error();
        status = vt_err_set(err, VT_E_DENIED, "%.100s is not the key of %.100s",
                            key_path, cert_path);
    }
    if (status == VT_OK) {
        status = vt_pem_read_cert(ca_path, &ca, err);
    }
    if (status == VT_OK) {
        status = check_issued(cert, ca, cert_path, ca_path, err);
    }
    if (status == VT_OK) {
        status = vt_cert_check_node(cert, err);
    }
    if (status == VT_OK) {
        vt_cert_info_of(cert, out);
    }
    X509_free(cert);
    X509_free(ca);
    EVP_PKEY_free(key);
    return status;
}

static const char *date_text(int64_t ms, char out[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    out[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)strftime(out, 32, "%Y-%m-%d %H:%M UTC", &tm);
    }
    return out;
}

void vt_cert_explain(X509 *cert, int x509_error, int64_t now_ms, char *out,
                     size_t len)
{
    struct vt_cert_info info = {.subject = ""};
    char when[32];
    char now[32];

    if (cert != NULL) {
        vt_cert_info_of(cert, &info);
    }
    switch (x509_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        (void)snprintf(out, len,
                       "certificate of '%s' expired %s, now is %s: renew it, "
                       "or set the clock",
                       info.subject, date_text(info.not_after_ms, when),
                       date_text(now_ms, now));
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        (void)snprintf(out, len,
                       "certificate of '%s' is valid only from %s, now is %s: "
                       "set the clock",
                       info.subject, date_text(info.not_before_ms, when),
                       date_text(now_ms, now));
        return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        (void)snprintf(out, len,
                       "certificate of '%s' comes from another authority, "
                       "'%s': all nodes need certificates of one",
                       info.subject, info.issuer);
        return;
    case X509_V_ERR_INVALID_PURPOSE:
        (void)snprintf(out, len,
                       "certificate of '%s' is not for TLS links: its extended "
                       "key usage must name server and client",
                       info.subject);
        return;
    case X509_V_ERR_HOSTNAME_MISMATCH:
        (void)snprintf(out, len,
                       "another node than expected: the certificate is that of "
                       "'%s': correct [peers] or the certificate",
                       info.subject);
        return;
    default:
        (void)snprintf(out, len, "certificate of '%s' refused: %s",
                       info.subject, X509_verify_cert_error_string(x509_error));
        return;
    }
}
