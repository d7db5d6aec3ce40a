/* SPDX-License-Identifier: Apache-2.0
 *
 * pem_file.h - certificates and keys as PEM files. Private to core/identity.
 */
#ifndef VT_IDENTITY_PEM_FILE_H
#define VT_IDENTITY_PEM_FILE_H

#include <vt/types.h>

struct x509_st;
struct evp_pkey_st;

#define VT_PEM_MAX 65536u /* bytes of a PEM file we read */

/* *out is freed by the caller with X509_free or EVP_PKEY_free. Returns VT_E_IO
 * with the system's reason, VT_E_DENIED for a key file others may read,
 * VT_E_CORRUPT when it is not PEM. */
vt_status vt_pem_read_cert(const char *path, struct x509_st **out,
                           struct vt_err *err);
vt_status vt_pem_read_key(const char *path, struct evp_pkey_st **out,
                          struct vt_err *err);
/* Written beside path, synced, then renamed over it: 0644 and 0600. */
vt_status vt_pem_write_cert(const char *path, struct x509_st *cert,
                            struct vt_err *err);
vt_status vt_pem_write_key(const char *path, struct evp_pkey_st *key,
                           struct vt_err *err);

#endif
