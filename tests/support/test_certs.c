/* SPDX-License-Identifier: Apache-2.0
 *
 * test_certs.c - bad certificates and a folder for them.
 */
#include "support/test_certs.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400

static void must(int good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "test certificates: %s failed\n", what);
        abort();
    }
}

/* ---- a folder ------------------------------------------------------------ */

static char dir[] = "/tmp/vt-certs-XXXXXX";
static pid_t owner;

static void remove_dir(void)
{
    DIR *d;
    struct dirent *entry;

    if (owner != getpid() || (d = opendir(dir)) == NULL) {
        return;
    }
    while ((entry = readdir(d)) != NULL) {
        (void)unlinkat(dirfd(d), entry->d_name, 0);
    }
    (void)closedir(d);
    (void)rmdir(dir);
}

const char *test_dir(void)
{
    if (owner != getpid()) {
        memset(dir + strlen(dir) - 6, 'X', 6);
        must(mkdtemp(dir) != NULL, "mkdtemp");
        owner = getpid();
        (void)atexit(remove_dir);
    }
    return dir;
}

const char *test_path(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, sizeof paths[0], "%s/%s", test_dir(), name);
    return path;
}

/* ---- certificates -------------------------------------------------------- */

static FILE *open_pem(const char *folder, const char *stem, const char *ext,
                      const char *mode)
{
    char path[512];
    int flags = mode[0] == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
    int fd;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s.%s", folder, stem, ext);
    fd = open(path, flags, 0600);
    f = fd < 0 ? NULL : fdopen(fd, mode);
    must(f != NULL, path);
    return f;
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(ext != NULL && X509_add_ext(cert, ext, -1) == 1, value);
    X509_EXTENSION_free(ext);
}

static void extend_all(X509 *cert, X509 *issuer, const struct test_cert *spec)
{
    char san[128];

    (void)snprintf(san, sizeof san, "DNS:%s", spec->common);
    extend(cert, issuer, NID_basic_constraints,
           spec->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(cert, issuer, NID_key_usage,
           spec->is_ca ? "critical,keyCertSign,cRLSign,digitalSignature"
                       : "critical,digitalSignature");
    extend(cert, issuer, NID_subject_key_identifier, "hash");
    extend(cert, issuer, NID_authority_key_identifier, "keyid");
    if (spec->usage == NULL && !spec->is_ca) {
        extend(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    } else if (spec->usage != NULL && spec->usage[0] != '\0') {
        extend(cert, issuer, NID_ext_key_usage, spec->usage);
    }
    if (spec->san == NULL || spec->san[0] != '\0') {
        extend(cert, issuer, NID_subject_alt_name,
               spec->san == NULL ? san : spec->san);
    }
}

static X509 *begin(const struct test_cert *spec, EVP_PKEY *key)
{
    const int any_time = spec->from_s == 0 && spec->until_s == 0;
    time_t now = time(NULL);
    X509 *cert = X509_new();

    must(cert != NULL && X509_set_version(cert, spec->version_1 ? 0 : 2) == 1 &&
             ASN1_INTEGER_set_int64(X509_get_serialNumber(cert),
                                    (int64_t)random()) == 1 &&
             ASN1_TIME_set(X509_getm_notBefore(cert),
                           now + (any_time ? -DAY : spec->from_s)) != NULL &&
             ASN1_TIME_set(X509_getm_notAfter(cert),
                           now + (any_time ? DAY : spec->until_s)) != NULL &&
             X509_NAME_add_entry_by_txt(
                 X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                 (const unsigned char *)spec->common, -1, -1, 0) == 1 &&
             X509_set_pubkey(cert, key) == 1,
         "a certificate");
    return cert;
}

void test_cert_make(const char *folder, const char *issuer, const char *stem,
                    const struct test_cert *spec)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *issuer_key = key;
    X509 *cert = begin(spec, key);
    X509 *issuer_cert = cert;
    FILE *f;

    if (issuer != NULL) {
        f = open_pem(folder, issuer, "crt", "r");
        issuer_cert = PEM_read_X509(f, NULL, NULL, NULL);
        (void)fclose(f);
        f = open_pem(folder, issuer, "key", "r");
        issuer_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        (void)fclose(f);
    }
    must(issuer_cert != NULL && issuer_key != NULL, "reading the issuer");
    (void)X509_set_issuer_name(cert, X509_get_subject_name(issuer_cert));
    if (!spec->version_1) {
        extend_all(cert, issuer_cert, spec);
    }
    must(X509_sign(cert, issuer_key, EVP_sha256()) > 0, "signing");
    f = open_pem(folder, stem, "crt", "w");
    must(PEM_write_X509(f, cert) == 1 && fclose(f) == 0, "writing");
    f = open_pem(folder, stem, "key", "w");
    must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 &&
             fclose(f) == 0,
         "writing");
    if (issuer != NULL) {
        X509_free(issuer_cert);
        EVP_PKEY_free(issuer_key);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
}
