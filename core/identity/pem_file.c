/* SPDX-License-Identifier: Apache-2.0
 *
 * pem_file.c - PEM files, read with a bound and written so that a crash leaves
 * the old file or the new one, never half of one.
 */
#include "identity/pem_file.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096u

static vt_status failed(struct vt_err *err, const char *path)
{
    return vt_err_set(err, VT_E_IO, "%.160s: %s", path, strerror(errno));
}

/* The whole file into buf. */
static vt_status read_file(const char *path, int secret, uint8_t *buf,
                           size_t *out_len, struct vt_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t len = 0;
    ssize_t got = 1;

    if (fd < 0) {
        return failed(err, path);
    }
    if (fstat(fd, &st) == 0 && secret && (st.st_mode & 077u) != 0) {
        (void)close(fd);
        return vt_err_set(err, VT_E_DENIED,
                          "%.120s: a key that others may read (mode %04o) is "
                          "not used: chmod 600",
                          path, (unsigned)(st.st_mode & 07777u));
    }
    while (got > 0 && len < VT_PEM_MAX) {
        got = read(fd, buf + len, VT_PEM_MAX - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        vt_status status = failed(err, path);

        (void)close(fd);
        return status;
    }
    (void)close(fd);
    *out_len = len;
    return VT_OK;
}

/* A memory BIO over the file's bytes; *out_buf is wiped and freed later. */
static vt_status open_pem(const char *path, int secret, uint8_t **out_buf,
                          BIO **out_bio, struct vt_err *err)
{
    uint8_t *buf = vt_alloc(VT_PEM_MAX);
    size_t len = 0;
    vt_status status;

    if (buf == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory to read %.120s", path);
    }
    status = read_file(path, secret, buf, &len, err);
    *out_bio = status == VT_OK ? BIO_new_mem_buf(buf, (int)len) : NULL;
    if (*out_bio == NULL) {
        vt_free_secret(buf, VT_PEM_MAX);
        return status == VT_OK ? VT_E_NOMEM : status;
    }
    *out_buf = buf;
    return VT_OK;
}

static vt_status not_pem(const char *path, const char *what, struct vt_err *err)
{
    ERR_clear_error();
    return vt_err_set(err, VT_E_CORRUPT, "%.160s: no %s in PEM form inside",
                      path, what);
}

vt_status vt_pem_read_cert(const char *path, X509 **out, struct vt_err *err)
{
    uint8_t *buf;
    BIO *bio;
    X509 *cert;
    vt_status status = open_pem(path, 0, &buf, &bio, err);

    if (status != VT_OK) {
        return status;
    }
    cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    vt_free(buf);
    if (cert == NULL) {
        return not_pem(path, "certificate", err);
    }
    *out = cert;
    return VT_OK;
}

/* A key with a password must not make the node ask at the terminal. */
static int no_password(char *buf, int size, int rwflag, void *ctx)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)ctx;
    return -1;
}

vt_status vt_pem_read_key(const char *path, EVP_PKEY **out, struct vt_err *err)
{
    uint8_t *buf;
    BIO *bio;
    EVP_PKEY *key;
    vt_status status = open_pem(path, 1, &buf, &bio, err);

    if (status != VT_OK) {
        return status;
    }
    key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    (void)BIO_free(bio);
    vt_free_secret(buf, VT_PEM_MAX);
    if (key == NULL) {
        return not_pem(path, "private key without password", err);
    }
    *out = key;
    return VT_OK;
}

/* ---- writing ------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);

        if (done < 0 && errno != EINTR) {
            return 0;
        }
        bytes += done < 0 ? 0 : done;
        len -= done < 0 ? 0 : (size_t)done;
    }
    return 1;
}

/* The new name is on disk only when the folder is. */
static int sync_folder(const char *path)
{
    char dir[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int fd;
    int good;

    (void)snprintf(dir, sizeof dir, "%.*s",
                   slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    good = fsync(fd) == 0;
    (void)close(fd);
    return good;
}

static vt_status replace_file(const char *path, const char *bytes, size_t len,
                              mode_t mode, struct vt_err *err)
{
    char temp[PATH_BYTES];
    int fd;
    int good;

    if (snprintf(temp, sizeof temp, "%s.new", path) >= (int)sizeof temp) {
        return vt_err_set(err, VT_E_INVALID, "%.80s...: path too long", path);
    }
    (void)unlink(temp); /* left by a crash */
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return failed(err, temp);
    }
    /* fchmod: the umask must not decide who may read */
    good = fchmod(fd, mode) == 0 && write_all(fd, bytes, len) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (!good || rename(temp, path) != 0 || !sync_folder(path)) {
        vt_status status = failed(err, path);

        (void)unlink(temp);
        return status;
    }
    return VT_OK;
}

static vt_status write_bio(const char *path, BIO *bio, int made, mode_t mode,
                           struct vt_err *err)
{
    char *bytes = NULL;
    long len = bio == NULL || !made ? 0 : BIO_get_mem_data(bio, &bytes);
    vt_status status;

    if (len <= 0) {
        ERR_clear_error();
        return vt_err_set(err, VT_E_NOMEM, "%.160s: no memory to write it",
                          path);
    }
    status = replace_file(path, bytes, (size_t)len, mode, err);
    vt_wipe(bytes, (size_t)len);
    return status;
}

vt_status vt_pem_write_cert(const char *path, X509 *cert, struct vt_err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int made = bio != NULL && PEM_write_bio_X509(bio, cert) == 1;
    vt_status status = write_bio(path, bio, made, 0644, err);

    (void)BIO_free(bio);
    return status;
}

vt_status vt_pem_write_key(const char *path, EVP_PKEY *key, struct vt_err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int made = bio != NULL && PEM_write_bio_PKCS8PrivateKey(
                                  bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    vt_status status = write_bio(path, bio, made, 0600, err);

    (void)BIO_free(bio);
    return status;
}
