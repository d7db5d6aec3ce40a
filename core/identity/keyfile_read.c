/* SPDX-License-Identifier: Apache-2.0
 *
 * keyfile_read.c - from a file to its clear part, from a password to the key.
 *
 * The reader takes exactly the lines keyfile.c writes, in their order: what is
 * authenticated is then the bytes themselves.
 */
#include "identity/keyfile.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "identity/keyfile_form.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
    const char *path;
    const char *at; /* start of the next line */
    unsigned number;
    struct vt_err *err;
};

static vt_status changed(const struct lines *in, const char *wanted)
{
    return vt_err_set(in->err, VT_E_CORRUPT,
                      "%s:%u: `%s` expected: not a key file or changed by "
                      "hand, restore it from a copy",
                      in->path, in->number, wanted);
}

/* The line "<key> = <value>"; value is what stands between. */
static vt_status read_line(struct lines *in, const char *key,
                           struct vt_view *value)
{
    size_t key_len = strlen(key);
    const char *line = in->at;
    const char *end = strchr(line, '\n');

    in->number++;
    if (end == NULL || strncmp(line, key, key_len) != 0 ||
        strncmp(line + key_len, " = ", 3) != 0) {
        return changed(in, key);
    }
    *value = vt_view_of(line + key_len + 3, (size_t)(end - line) - key_len - 3);
    in->at = end + 1;
    return VT_OK;
}

static vt_status read_exact(struct lines *in, const char *line)
{
    size_t len = strlen(line);

    in->number++;
    if (strncmp(in->at, line, len) != 0 || in->at[len] != '\n') {
        return changed(in, line);
    }
    in->at += len + 1;
    return VT_OK;
}

/* Lower-case hex of 1..max bytes into out. */
static vt_status read_hex(struct lines *in, const char *key, uint8_t *out,
                          size_t max, size_t *out_len)
{
    struct vt_view value = {NULL, 0};
    vt_status status = read_line(in, key, &value);
    const char *text = (const char *)value.ptr;

    if (status != VT_OK) {
        return status;
    }
    if (value.len == 0 || value.len % 2 != 0 || value.len / 2 > max ||
        strspn(text, "0123456789abcdef") != value.len ||
        vt_hex_decode(text, value.len, out, value.len / 2) != 0) {
        return changed(in, key);
    }
    *out_len = value.len / 2;
    return VT_OK;
}

static vt_status read_word(struct lines *in, const char *key, char *out,
                           size_t size)
{
    struct vt_view value = {NULL, 0};
    vt_status status = read_line(in, key, &value);

    if (status != VT_OK) {
        return status;
    }
    if (value.len == 0 || value.len >= size) {
        return changed(in, key);
    }
    memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
    return VT_OK;
}

static vt_status read_identity(struct lines *in, struct vt_keyfile *file)
{
    struct vt_address fits;
    char text[96] = "";
    char again[96] = "";
    size_t pk_len = 0;
    vt_status status =
        read_word(in, "scheme", file->scheme, sizeof file->scheme);

    if (status == VT_OK) {
        status = read_hex(in, "public_key", file->pk, sizeof file->pk, &pk_len);
    }
    if (status == VT_OK) {
        status = read_word(in, "address", text, sizeof text);
    }
    if (status != VT_OK) {
        return status;
    }
    file->pk_len = (uint32_t)pk_len;
    if (vt_address_parse(text, &file->address, in->err) != VT_OK) {
        (void)vt_err_wrap(in->err, "%s:%u", in->path, in->number);
        return VT_E_CORRUPT;
    }
    vt_address_from_key(file->address.b[0], vt_view_of(file->pk, pk_len),
                        &fits);
    if (memcmp(&fits, &file->address, sizeof fits) != 0 ||
        vt_address_format("vt", &fits, again) != VT_OK ||
        strcmp(text, again) != 0) {
        return changed(in, "address = that of public_key");
    }
    return VT_OK;
}

static vt_status read_protection(struct lines *in, struct vt_keyfile *file,
                                 struct vt_key_seal *seal)
{
    char word[32] = "";
    size_t len = 0;
    vt_status status = read_word(in, "protection", word, sizeof word);

    if (status != VT_OK) {
        return status;
    }
    file->is_plain = strcmp(word, VT_KEY_PLAIN) == 0;
    if (file->is_plain) {
        return VT_OK;
    }
    if (strcmp(word, VT_KEY_SEALED) != 0) {
        return changed(in, "protection = " VT_KEY_SEALED);
    }
    status = read_hex(in, "salt", seal->salt, sizeof seal->salt, &len);
    if (status == VT_OK && len == sizeof seal->salt) {
        status = read_hex(in, "nonce", seal->nonce, sizeof seal->nonce, &len);
        if (status == VT_OK && len != sizeof seal->nonce) {
            status = changed(in, "nonce = 24 digits");
        }
    } else if (status == VT_OK) {
        status = changed(in, "salt = 32 digits");
    }
    return status;
}

/* All lines of the file. The secret, sealed or plain, goes into seal. */
static vt_status read_lines(struct vt_keyfile *file, struct vt_key_seal *seal,
                            struct vt_err *err)
{
    const char *start = (const char *)file->text->bytes;
    struct lines in = {.path = file->path, .at = start, .err = err};
    size_t tag_len = sizeof seal->tag;
    vt_status status = read_exact(&in, VT_KEY_HEAD);

    if (status == VT_OK) {
        status = read_exact(&in, "[key]");
    }
    if (status == VT_OK) {
        status = read_exact(&in, "version = 1");
    }
    if (status == VT_OK) {
        status = read_identity(&in, file);
    }
    if (status == VT_OK) {
        status = read_protection(&in, file, seal);
    }
    file->clear_len = (size_t)(in.at - start);
    if (status == VT_OK) {
        status = read_hex(&in, "secret", seal->secret, sizeof seal->secret,
                          &seal->secret_len);
    }
    if (status == VT_OK && !file->is_plain) {
        status = read_hex(&in, "tag", seal->tag, sizeof seal->tag, &tag_len);
    }
    if (status == VT_OK &&
        (tag_len != sizeof seal->tag || in.at != start + file->text->len)) {
        in.number++;
        status = changed(&in, "end of file");
    }
    return status;
}

static vt_status check_access(const char *path, const struct stat *st,
                              struct vt_err *err)
{
    if ((st->st_mode & 077) != 0) {
        return vt_err_set(err, VT_E_DENIED,
                          "%s: others may use this key (mode %04o): chmod 600 "
                          "%s",
                          path, (unsigned)(st->st_mode & 07777), path);
    }
    if (geteuid() != 0 && st->st_uid != geteuid()) {
        return vt_err_set(err, VT_E_DENIED,
                          "%s: belongs to user %lu, not to you: copy it with "
                          "`vtchain key import`",
                          path, (unsigned long)st->st_uid);
    }
    return VT_OK;
}

/* The advice to change a mode is for key files only: this is looked at before
 * the mode. */
static vt_status read_text(int fd, const char *path, struct vt_secret *text,
                           struct vt_err *err)
{
    size_t have = 0;
    ssize_t n = 1;

    while (have < text->size && n > 0) {
        n = read(fd, text->bytes + have, text->size - have);
        have += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    if (have == text->size || strlen((const char *)text->bytes) != have ||
        strncmp((const char *)text->bytes, VT_KEY_HEAD, strlen(VT_KEY_HEAD)) !=
            0) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "%s: not a key file; `vtchain key new` makes one",
                          path);
    }
    text->len = have;
    return VT_OK;
}

static vt_status open_failed(const char *path, int why, struct vt_err *err)
{
    if (why == ENOENT) {
        return vt_err_set(err, VT_E_NOTFOUND,
                          "%s: no such key file; `vtchain key new` makes one",
                          path);
    }
    return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(why));
}

static vt_status read_file(struct vt_keyfile *file, struct vt_err *err)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    vt_status status;

    if (fd < 0) {
        return open_failed(file->path, errno, err);
    }
    if (fstat(fd, &st) != 0) {
        status =
            vt_err_set(err, VT_E_IO, "%s: %s", file->path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        status =
            vt_err_set(err, VT_E_INVALID, "%s: not a regular file", file->path);
    } else {
        status = read_text(fd, file->path, file->text, err);
    }
    if (status == VT_OK) {
        status = check_access(file->path, &st, err);
    }
    (void)close(fd);
    return status;
}

vt_status vt_keyfile_read(const char *path, struct vt_keyfile **out,
                          struct vt_err *err)
{
    struct vt_keyfile *file = vt_alloc(sizeof *file);
    struct vt_secret *seal = vt_secret_new(sizeof(struct vt_key_seal));
    vt_status status = VT_OK;

    if (file != NULL) {
        file->path = vt_strdup(path);
        file->text = vt_secret_new(VT_KEY_TEXT_MAX);
    }
    if (file == NULL || seal == NULL || file->path == NULL ||
        file->text == NULL) {
        status = vt_err_set(err, VT_E_NOMEM, "%s: out of memory", path);
    }
    if (status == VT_OK) {
        status = read_file(file, err);
    }
    if (status == VT_OK) {
        status = read_lines(file, (void *)seal->bytes, err);
    }
    vt_secret_free(seal);
    if (status != VT_OK) {
        vt_keyfile_free(file);
        return status;
    }
    *out = file;
    return VT_OK;
}

void vt_keyfile_free(struct vt_keyfile *file)
{
    if (file != NULL) {
        vt_free(file->path);
        vt_secret_free(file->text);
        vt_free(file);
    }
}

static vt_status open_seal(const struct vt_keyfile *file,
                           const struct vt_key_seal *seal,
                           struct vt_view password, struct vt_secret *seed,
                           struct vt_err *err)
{
    struct vt_secret *key;
    vt_status status;

    if (file->is_plain) {
        memcpy(seed->bytes, seal->secret, seed->len);
        return VT_OK;
    }
    key = vt_secret_new(32);
    if (key == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "%s: out of memory", file->path);
    }
    status = vt_scrypt((const char *)password.ptr, password.len, seal->salt,
                       key->bytes);
    if (status == VT_OK) {
        status = vt_unseal(key->bytes, seal->nonce,
                           vt_view_of(file->text->bytes, file->clear_len),
                           vt_view_of(seal->secret, seal->secret_len),
                           seal->tag, seed->bytes);
    }
    vt_secret_free(key);
    if (status == VT_E_DENIED) {
        return vt_err_set(err, status,
                          "%s: wrong password (or the file was changed)",
                          file->path);
    }
    return status == VT_OK ? VT_OK
                           : vt_err_set(err, status, "%s: cannot unseal: %s",
                                        file->path, vt_status_text(status));
}

/* The pair made of the seed, compared with the file's public key. */
static vt_status make_pair(const struct vt_keyfile *file,
                           const struct vt_signature *scheme,
                           const struct vt_secret *seed, struct vt_secret *sk,
                           struct vt_err *err)
{
    uint8_t pk[VT_TX_PK_MAX] = {0};

    if (seed->len != scheme->seed_len || scheme->pk_len != file->pk_len ||
        scheme->code != file->address.b[0] ||
        scheme->keypair(seed->bytes, sk->bytes, pk) != VT_OK ||
        memcmp(pk, file->pk, file->pk_len) != 0) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "%s: the secret does not give this public key: "
                          "restore the file from a copy",
                          file->path);
    }
    return VT_OK;
}

/* Both halves; each may be dropped by the caller. */
static vt_status unlock(const struct vt_keyfile *file, struct vt_view password,
                        const struct vt_signature *scheme,
                        struct vt_secret *seed, struct vt_secret *sk,
                        struct vt_err *err)
{
    struct vt_secret *box = vt_secret_new(sizeof(struct vt_key_seal));
    struct vt_keyfile again = *file; /* the lines were good when it was read */
    struct vt_key_seal *seal;
    vt_status status;

    if (box == NULL || seed == NULL || sk == NULL) {
        vt_secret_free(box);
        return vt_err_set(err, VT_E_NOMEM, "%s: out of memory", file->path);
    }
    seal = (void *)box->bytes;
    status = read_lines(&again, seal, err);
    if (status == VT_OK) {
        seed->len = seal->secret_len;
        status = open_seal(file, seal, password, seed, err);
    }
    if (status == VT_OK) {
        status = make_pair(file, scheme, seed, sk, err);
    }
    vt_secret_free(box);
    return status;
}

static vt_status unlock_one(const struct vt_keyfile *file,
                            struct vt_view password,
                            const struct vt_signature *scheme, int want_seed,
                            struct vt_secret **out, struct vt_err *err)
{
    struct vt_secret *seed = vt_secret_new(VT_KEY_SEED_MAX);
    struct vt_secret *sk = vt_secret_new(scheme->sk_len);
    vt_status status = unlock(file, password, scheme, seed, sk, err);

    if (status == VT_OK) {
        *out = want_seed ? seed : sk;
        vt_secret_free(want_seed ? sk : seed);
        return VT_OK;
    }
    vt_secret_free(seed);
    vt_secret_free(sk);
    return status;
}

vt_status vt_keyfile_seed(const struct vt_keyfile *file,
                          struct vt_view password,
                          const struct vt_signature *scheme,
                          struct vt_secret **out, struct vt_err *err)
{
    return unlock_one(file, password, scheme, 1, out, err);
}

vt_status vt_keyfile_unlock(const struct vt_keyfile *file,
                            struct vt_view password,
                            const struct vt_signature *scheme,
                            struct vt_secret **out, struct vt_err *err)
{
    return unlock_one(file, password, scheme, 0, out, err);
}
