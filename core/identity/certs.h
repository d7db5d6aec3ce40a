/* SPDX-License-Identifier: Apache-2.0
 *
 * certs.h - X.509 certificates of nodes: make an authority, issue, read,
 * explain why one was refused.
 *
 * The only door to openssl/x509. All certificates are version 3 with P-256
 * keys; a node's certificate carries its name as common name and as DNS name,
 * and may be used for both ends of a TLS link. Time comes from the caller.
 */
#ifndef VT_IDENTITY_CERTS_H
#define VT_IDENTITY_CERTS_H

#include <vt/types.h>

struct x509_st; /* OpenSSL's X509, for the room that holds the TLS door */

#define VT_NODE_NAME_MAX 63u

/* 1 when name may be a node's: 1..63 of A-Z a-z 0-9 . _ -, no dot or dash
 * first. Thread: any. */
int vt_node_name_ok(const char *name);

/* ---- an authority ------------------------------------------------------- */

struct vt_ca;

struct vt_validity {
    int64_t not_before_ms, not_after_ms; /* Unix time, cut to seconds */
};

/* A new authority with a fresh key. name is its common name. Returns VT_OK and
 * *out (free with vt_ca_free), VT_E_INVALID for a bad name or validity,
 * VT_E_IO when OpenSSL has no random numbers. Thread: any. */
vt_status vt_ca_new(const char *name, const struct vt_validity *validity,
                    struct vt_ca **out, struct vt_err *err);
/* Read both files back. Returns VT_E_IO (no such file, key file readable by
 * others), VT_E_CORRUPT (not PEM, key of another certificate). */
vt_status vt_ca_load(const char *cert_path, const char *key_path,
                     struct vt_ca **out, struct vt_err *err);
/* Certificate 0644, key 0600; each file appears whole or not at all and
 * replaces what was there. */
vt_status vt_ca_save(const struct vt_ca *ca, const char *cert_path,
                     const char *key_path, struct vt_err *err);
/* Wipes the key. NULL is fine. */
void vt_ca_free(struct vt_ca *ca);
/* A certificate for a node with a fresh key, written as vt_ca_save writes.
 * Returns VT_E_INVALID when the name cannot be a node's. */
vt_status vt_ca_issue(const struct vt_ca *ca, const char *node_name,
                      const struct vt_validity *validity, const char *cert_path,
                      const char *key_path, struct vt_err *err);

/* ---- reading ------------------------------------------------------------ */

struct vt_cert_info {
    char subject[65]; /* common name, "" when it has none we can show */
    char issuer[65];
    int64_t not_before_ms, not_after_ms;
    char serial[41];      /* hexadecimal */
    char fingerprint[65]; /* SHA-256 of the DER bytes, hexadecimal */
    int is_ca;
};

/* First certificate of a PEM file. Returns VT_OK, VT_E_IO, VT_E_CORRUPT. */
vt_status vt_cert_info_load(const char *path, struct vt_cert_info *out,
                            struct vt_err *err);
/* Never fails: what cannot be read is empty. Thread: any. */
void vt_cert_info_of(struct x509_st *cert, struct vt_cert_info *out);

/* What X.509 path checking leaves open but a node's certificate must have:
 * version 3, a node's name as common name that is also among its DNS names, no
 * right to issue, extended key usage for both ends. Returns VT_OK or
 * VT_E_DENIED with text. Thread: any. */
vt_status vt_cert_check_node(struct x509_st *cert, struct vt_err *err);

/* Is the certificate in cert_path issued by the authority in ca_path, and is
 * the key in key_path its own and closed to others (mode 0600)? Validity in
 * time is not looked at. Returns VT_OK and what it says, VT_E_IO,
 * VT_E_CORRUPT, VT_E_DENIED: text has the file and the cure. */
vt_status vt_cert_check_files(const char *cert_path, const char *key_path,
                              const char *ca_path, struct vt_cert_info *out,
                              struct vt_err *err);

/* One line: why path checking refused cert (x509_error is OpenSSL's
 * X509_V_ERR_*) and what to do about it. cert may be NULL. now_ms is our
 * clock. Thread: any. */
void vt_cert_explain(struct x509_st *cert, int x509_error, int64_t now_ms,
                     char *out, size_t len);

#endif
