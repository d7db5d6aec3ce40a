/* SPDX-License-Identifier: Apache-2.0
 *
 * keyfile.c - from a seed to a sealed file that appears whole or not at all.
 */
#include "identity/keyfile.h"

#include "base/bytes.h"
#include "base/status.h"
#include "identity/keyfile_form.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED_TRIES 64

/* The text grows in locked memory; its size covers the longest file. */
__attribute__((format(printf, 2, 3))) static void put(struct vt_secret *text,
                                                      const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf((char *)text->bytes + text->len, text->size - text->len, fmt,
                  args);
    va_end(args);
    text->len += n > 0 ? (size_t)n : 0;
}

static void put_hex(struct vt_secret *text, const char *key,
                    const uint8_t *bytes, size_t len)
{
    put(text, "%s = ", key);
    vt_hex_encode(bytes, len, (char *)text->bytes + text->len);
    text->len += 2 * len;
    put(text, "\n");
}

static void put_clear(struct vt_secret *text,
                      const struct vt_keyfile_args *args, const uint8_t *pk)
{
    struct vt_address address;
    char shown[91] = "";

    vt_address_from_key((uint8_t)args->scheme->code,
                        vt_view_of(pk, args->scheme->pk_len), &address);
    (void)vt_address_format("vt", &address, shown);
    put(text, "%s\n[key]\nversion = 1\nscheme = %s\n", VT_KEY_HEAD, args->stem);
    put_hex(text, "public_key", pk, args->scheme->pk_len);
    put(text, "address = %s\n", shown);
}

static vt_status put_sealed(struct vt_secret *text,
                            const struct vt_keyfile_args *args,
                            struct vt_secret *key)
{
    struct vt_key_seal seal = {.secret_len = args->seed.len};
    vt_status status = vt_random(seal.salt, sizeof seal.salt);

    if (status == VT_OK) {
        status = vt_random(seal.nonce, sizeof seal.nonce);
    }
    if (status == VT_OK) {
        status = vt_scrypt((const char *)args->password.ptr, args->password.len,
                           seal.salt, key->bytes);
    }
    if (status != VT_OK) {
        return status;
    }
    put(text, "protection = %s\n", VT_KEY_SEALED);
    put_hex(text, "salt", seal.salt, sizeof seal.salt);
    put_hex(text, "nonce", seal.nonce, sizeof seal.nonce);
    status = vt_seal(key->bytes, seal.nonce, vt_secret_view(text), args->seed,
                     seal.secret, seal.tag);
    if (status == VT_OK) {
        put_hex(text, "secret", seal.secret, args->seed.len);
        put_hex(text, "tag", seal.tag, sizeof seal.tag);
    }
    return status;
}

static vt_status put_file(struct vt_secret *text,
                          const struct vt_keyfile_args *args, const uint8_t *pk)
{
    struct vt_secret *key;
    vt_status status;

    text->len = 0;
    put_clear(text, args, pk);
    if (args->password.ptr == NULL) {
        put(text, "protection = %s\n", VT_KEY_PLAIN);
        put_hex(text, "secret", args->seed.ptr, args->seed.len);
        return VT_OK;
    }
    key = vt_secret_new(32);
    if (key == NULL) {
        return VT_E_NOMEM;
    }
    status = put_sealed(text, args, key);
    vt_secret_free(key);
    return status;
}

static vt_status io_error(const char *path, int why, struct vt_err *err)
{
    return vt_err_set(err, VT_E_IO, "%s: cannot be written: %s", path,
                      strerror(why));
}

static int write_text(int fd, const struct vt_secret *text)
{
    size_t done = 0;

    while (done < text->len) {
        ssize_t n = write(fd, text->bytes + done, text->len - done);

        if (n < 0 && errno != EINTR) {
            return -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* temp becomes path; an existing path stays unless replace is set. */
static int take_name(const char *temp, const char *path, int replace)
{
    if (replace) {
        return rename(temp, path);
    }
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) { /* some file systems cannot */
        return -1;
    }
    return link(temp, path) == 0 && unlink(temp) == 0 ? 0 : -1;
}

static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char dir[PATH_MAX];
    int fd;

    (void)snprintf(dir, sizeof dir, "%.*s",
                   slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

static vt_status store(const char *path, const struct vt_secret *text,
                       int replace, struct vt_err *err)
{
    char temp[PATH_MAX];
    int why = 0;
    int fd;

    if (snprintf(temp, sizeof temp, "%s.%ld.new", path, (long)getpid()) >=
        (int)sizeof temp) {
        return io_error(path, ENAMETOOLONG, err);
    }
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return io_error(path, errno, err);
    }
    if (fchmod(fd, 0600) != 0 || write_text(fd, text) != 0 || fsync(fd) != 0) {
        why = errno;
    }
    (void)close(fd);
    if (why == 0 && take_name(temp, path, replace) != 0) {
        why = errno;
    }
    if (why != 0) {
        (void)unlink(temp);
        return why == EEXIST ? vt_err_set(err, VT_E_STATE,
                                          "%s: exists already, a key is never "
                                          "overwritten: choose another name",
                                          path)
                             : io_error(path, why, err);
    }
    sync_folder(path);
    return VT_OK;
}

static vt_status check_args(const struct vt_keyfile_args *args,
                            struct vt_err *err)
{
    const struct vt_signature *scheme = args->scheme;

    if (args->seed.len != scheme->seed_len || args->seed.len == 0 ||
        args->seed.len > VT_KEY_SEED_MAX || scheme->pk_len > VT_TX_PK_MAX) {
        return vt_err_set(err, VT_E_INVALID,
                          "scheme %s wants a secret of %u bytes, this one has "
                          "%zu",
                          args->stem, scheme->seed_len, args->seed.len);
    }
    if (strlen(args->stem) > VT_KEY_SCHEME_MAX) {
        return vt_err_set(err, VT_E_INVALID, "scheme name is too long");
    }
    if (args->password.ptr != NULL && args->password.len < VT_PASSWORD_MIN) {
        return vt_err_set(err, VT_E_INVALID,
                          "password has %zu characters, at least %u needed",
                          args->password.len, VT_PASSWORD_MIN);
    }
    return VT_OK;
}

vt_status vt_keyfile_write(const struct vt_keyfile_args *args,
                           struct vt_err *err)
{
    uint8_t pk[VT_TX_PK_MAX] = {0};
    struct vt_secret *text;
    struct vt_secret *sk;
    vt_status status = check_args(args, err);

    if (status != VT_OK) {
        return status;
    }
    text = vt_secret_new(VT_KEY_TEXT_MAX);
    sk = vt_secret_new(args->scheme->sk_len);
    if (text == NULL || sk == NULL) {
        status = VT_E_NOMEM;
    } else if (args->scheme->keypair(args->seed.ptr, sk->bytes, pk) != VT_OK) {
        status =
            vt_err_set(err, VT_E_INVALID,
                       "this secret gives no %s key: use another", args->stem);
    } else {
        status = put_file(text, args, pk);
        if (status == VT_OK) {
            status = store(args->path, text, args->replace, err);
        } else {
            (void)vt_err_set(err, status, "%s: cannot be sealed: %s",
                             args->path, vt_status_text(status));
        }
    }
    if (status == VT_E_NOMEM) {
        (void)vt_err_set(err, status, "%s: out of memory", args->path);
    }
    vt_secret_free(text);
    vt_secret_free(sk);
    return status;
}

/* A random seed fails once in 2^128 at the most; a plugin that never gives a
 * key must not hang us. */
static vt_status draw(const struct vt_signature *scheme, struct vt_secret *seed,
                      struct vt_secret *sk)
{
    uint8_t pk[VT_TX_PK_MAX];
    vt_status status = VT_E_INVALID;

    for (int i = 0; i < SEED_TRIES && status == VT_E_INVALID; i++) {
        status = vt_random(seed->bytes, seed->len);
        if (status == VT_OK) {
            status = scheme->keypair(seed->bytes, sk->bytes, pk);
        }
    }
    return status;
}

vt_status vt_keyfile_new_seed(const struct vt_signature *scheme,
                              struct vt_secret **out, struct vt_err *err)
{
    struct vt_secret *seed = vt_secret_new(scheme->seed_len);
    struct vt_secret *sk = vt_secret_new(scheme->sk_len);
    vt_status status = VT_E_NOMEM;

    if (scheme->pk_len > VT_TX_PK_MAX) {
        status = VT_E_UNSUPPORTED;
    } else if (seed != NULL && sk != NULL) {
        status = draw(scheme, seed, sk);
    }
    vt_secret_free(sk);
    if (status != VT_OK) {
        vt_secret_free(seed);
        return vt_err_set(err, status, "cannot make a %s key: %s",
                          scheme->scheme, vt_status_text(status));
    }
    *out = seed;
    return VT_OK;
}
