/* SPDX-License-Identifier: Apache-2.0
 *
 * certs.c - an authority and the certificates it issues. Reading and
 * explaining certificates is in cert_info.c.
 */
#include "identity/certs.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "identity/pem_file.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

#define SERIAL_BITS 159 /* 20 bytes and positive, as RFC 5280 asks */
#define VERSION_3 2

struct vt_ca {
    X509 *cert;
    EVP_PKEY *key;
};

struct extension {
    int nid;
    const char *value;
};

static const struct extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};

static const struct extension node_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth,clientAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

int vt_node_name_ok(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > VT_NODE_NAME_MAX || name[0] == '.' ||
        name[0] == '-') {
        return 0;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static int set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    int good = number != NULL &&
               BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY,
                       BN_RAND_BOTTOM_ANY) == 1 &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;

    BN_free(number);
    return good;
}

static int set_name(X509_NAME *name, const char *common)
{
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)common, -1, -1,
                                      0) == 1;
}

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    int good;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    good = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return good;
}

/* Subject, key, validity, serial; no issuer, extensions or signature yet. */
static X509 *begin_certificate(const char *common, EVP_PKEY *key,
                               const struct vt_validity *validity)
{
    X509 *cert = X509_new();
    time_t from = (time_t)(validity->not_before_ms / 1000);
    time_t until = (time_t)(validity->not_after_ms / 1000);

    if (cert != NULL && X509_set_version(cert, VERSION_3) == 1 &&
        set_serial(cert) && ASN1_TIME_set(X509_getm_notBefore(cert), from) &&
        ASN1_TIME_set(X509_getm_notAfter(cert), until) &&
        set_name(X509_get_subject_name(cert), common) &&
        X509_set_pubkey(cert, key) == 1) {
        return cert;
    }
    X509_free(cert);
    return NULL;
}

static int finish_certificate(X509 *cert, X509 *issuer, EVP_PKEY *issuer_key,
                              const struct extension *extensions, size_t count)
{
    if (X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_extension(cert, issuer, extensions[i].nid,
                           extensions[i].value)) {
            return 0;
        }
    }
    return X509_sign(cert, issuer_key, EVP_sha256()) > 0;
}

static vt_status check_order(const char *name, const char *what,
                             const struct vt_validity *validity,
                             struct vt_err *err)
{
    if (!vt_node_name_ok(name)) {
        return vt_err_set(err, VT_E_INVALID,
                          "'%.70s' cannot name %s: 1..%u of A-Z a-z 0-9 . _ -, "
                          "a letter or digit first",
                          name, what, VT_NODE_NAME_MAX);
    }
    if (validity->not_after_ms <= validity->not_before_ms) {
        return vt_err_set(err, VT_E_INVALID,
                          "certificate of %s would end before it begins", name);
    }
    return VT_OK;
}

static vt_status openssl_failed(struct vt_err *err, const char *doing)
{
    char why[128];
    unsigned long code = ERR_peek_last_error();

    ERR_error_string_n(code, why, sizeof why);
    ERR_clear_error();
    return vt_err_set(err, VT_E_IO, "%s: %s", doing,
                      code == 0 ? "OpenSSL gave no reason" : why);
}

vt_status vt_ca_new(const char *name, const struct vt_validity *validity,
                    struct vt_ca **out, struct vt_err *err)
{
    struct vt_ca *ca;
    vt_status status = check_order(name, "an authority", validity, err);

    if (status != VT_OK) {
        return status;
    }
    ca = vt_alloc(sizeof *ca);
    if (ca == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for an authority");
    }
    ca->key = EVP_EC_gen("P-256");
    ca->cert =
        ca->key == NULL ? NULL : begin_certificate(name, ca->key, validity);
    if (ca->cert == NULL ||
        !finish_certificate(ca->cert, ca->cert, ca->key, ca_extensions,
                            sizeof ca_extensions / sizeof ca_extensions[0])) {
        vt_ca_free(ca);
        return openssl_failed(err, "making the authority's certificate");
    }
    *out = ca;
    return VT_OK;
}

void vt_ca_free(struct vt_ca *ca)
{
    if (ca != NULL) {
        X509_free(ca->cert);
        EVP_PKEY_free(ca->key); /* wipes the secret */
        vt_free(ca);
    }
}

vt_status vt_ca_load(const char *cert_path, const char *key_path,
                     struct vt_ca **out, struct vt_err *err)
{
    struct vt_ca *ca = vt_alloc(sizeof *ca);
    vt_status status;

    if (ca == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for an authority");
    }
    status = vt_pem_read_cert(cert_path, &ca->cert, err);
    if (status == VT_OK) {
        status = vt_pem_read_key(key_path, &ca->key, err);
    }
    if (status == VT_OK && X509_check_private_key(ca->cert, ca->key) != 1) {
        ERR_clear_error();
        status =
            vt_err_set(err, VT_E_CORRUPT, "%.100s is not the key of %.100s",
                       key_path, cert_path);
    }
    if (status != VT_OK) {
        vt_ca_free(ca);
        return status;
    }
    *out = ca;
    return VT_OK;
}

vt_status vt_ca_save(const struct vt_ca *ca, const char *cert_path,
                     const char *key_path, struct vt_err *err)
{
    vt_status status = vt_pem_write_key(key_path, ca->key, err);

    return status == VT_OK ? vt_pem_write_cert(cert_path, ca->cert, err)
                           : status;
}

static X509 *node_certificate(const struct vt_ca *ca, const char *name,
                              EVP_PKEY *key, const struct vt_validity *validity)
{
    char san[VT_NODE_NAME_MAX + 8];
    X509 *cert = begin_certificate(name, key, validity);

    (void)snprintf(san, sizeof san, "DNS:%s", name);
    if (cert != NULL &&
        add_extension(cert, ca->cert, NID_subject_alt_name, san) &&
        finish_certificate(cert, ca->cert, ca->key, node_extensions,
                           sizeof node_extensions /
                               sizeof node_extensions[0])) {
        return cert;
    }
    X509_free(cert);
    return NULL;
}

vt_status vt_ca_issue(const struct vt_ca *ca, const char *node_name,
                      const struct vt_validity *validity, const char *cert_path,
                      const char *key_path, struct vt_err *err)
{
    vt_status status = check_order(node_name, "a node", validity, err);
    EVP_PKEY *key;
    X509 *cert;

    if (status != VT_OK) {
        return status;
    }
    key = EVP_EC_gen("P-256");
    cert = key == NULL ? NULL : node_certificate(ca, node_name, key, validity);
    if (cert == NULL) {
        status = openssl_failed(err, "making a node's certificate");
    }
    /* the key first: a certificate without its key helps nobody */
    if (status == VT_OK) {
        status = vt_pem_write_key(key_path, key, err);
    }
    if (status == VT_OK) {
        status = vt_pem_write_cert(cert_path, cert, err);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return status;
}
