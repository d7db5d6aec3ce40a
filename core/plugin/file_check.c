/* SPDX-License-Identifier: Apache-2.0
 *
 * file_check.c - may this file be loaded, and a private copy of what was
 * checked, so that nobody can change it under the running process.
 */
#include "config.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "plugin/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

vt_status vt_refuse(struct vt_err *err, vt_status status, const char *file,
                    const char *step, const char *fmt, ...)
{
    char text[200];
    va_list args;
    size_t room;
    size_t len = strlen(file);

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    /* of a long path the end is shown, so that reason and cure have room */
    room = sizeof err->text - sizeof ": : " - strlen(step) - strlen(text);
    if (len > room) {
        return vt_err_set(err, status, "...%s: %s: %s",
                          file + len - (room - strlen("...")), step, text);
    }
    return vt_err_set(err, status, "%s: %s: %s", file, step, text);
}

static vt_status check_mode(const struct vt_registry_policy *policy,
                            const char *path, const struct stat *st,
                            struct vt_err *err)
{
    int sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0;

    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky) {
        return vt_refuse(err, VT_E_DENIED, path, "mode",
                         "others may write to it (%04o): chmod go-w",
                         (unsigned)(st->st_mode & 07777));
    }
    if (!policy->trust_any_owner && st->st_uid != 0 &&
        st->st_uid != geteuid()) {
        return vt_refuse(err, VT_E_DENIED, path, "owner",
                         "belongs to user %lu, must be root or this user: "
                         "chown it",
                         (unsigned long)st->st_uid);
    }
    return VT_OK;
}

static vt_status check_policy(const struct vt_registry_policy *policy,
                              const char *path, struct vt_err *err)
{
    size_t len = strlen(VT_PLUGINDIR);
    int from_system = strncmp(path, VT_PLUGINDIR, len) == 0 && path[len] == '/';

    if (policy->signature == 0 || from_system) {
        return VT_OK; /* the distribution's package manager checked those */
    }
    if (policy->signature == 1) {
        vt_log("plugin", VT_LOG_WARN, "%s: no signed manifest beside it", path);
        return VT_OK;
    }
    return vt_refuse(err, VT_E_DENIED, path, "signature",
                     "no signed manifest beside it and signature = enforce: "
                     "install it in " VT_PLUGINDIR);
}

vt_status vt_file_check(const struct vt_registry_policy *policy,
                        const char *path, struct vt_err *err)
{
    char part[PATH_MAX];
    struct stat st;
    vt_status status;

    if (path[0] != '/' || strlen(path) >= sizeof part) {
        return vt_refuse(err, VT_E_INVALID, path, "find",
                         "not an absolute path");
    }
    if (stat(path, &st) != 0) {
        return vt_refuse(err, errno == ENOENT ? VT_E_NOTFOUND : VT_E_IO, path,
                         "find", "%s", strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return vt_refuse(err, VT_E_INVALID, path, "find", "not a regular file");
    }
    status = check_mode(policy, path, &st, err);
    (void)snprintf(part, sizeof part, "%s", path);
    while (status == VT_OK && strcmp(part, "/") != 0) {
        char *slash = strrchr(part, '/');

        slash[slash == part ? 1 : 0] = '\0';
        if (stat(part, &st) != 0) {
            return vt_refuse(err, VT_E_IO, part, "find", "%s", strerror(errno));
        }
        status = check_mode(policy, part, &st, err);
    }
    return status == VT_OK ? check_policy(policy, path, err) : status;
}

static vt_status read_all(const char *path, uint8_t **out, size_t *out_len,
                          struct vt_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    uint8_t *bytes = NULL;
    size_t have = 0;

    if (fd < 0 || fstat(fd, &st) != 0 ||
        (uint64_t)st.st_size > VT_PLUGIN_FILE_MAX ||
        (bytes = vt_alloc((size_t)st.st_size + 1)) == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return vt_refuse(err, VT_E_IO, path, "read", "%s",
                         fd < 0 ? strerror(errno) : "larger than 256 MiB");
    }
    while (have < (size_t)st.st_size) {
        ssize_t n = read(fd, bytes + have, (size_t)st.st_size - have);

        if (n <= 0) {
            break;
        }
        have += (size_t)n;
    }
    (void)close(fd);
    if (have != (size_t)st.st_size) {
        vt_free(bytes);
        return vt_refuse(err, VT_E_IO, path, "read", "changed while reading");
    }
    *out = bytes;
    *out_len = have;
    return VT_OK;
}

static vt_status write_all(const char *path, const uint8_t *bytes, size_t len,
                           struct vt_err *err)
{
    char temp[PATH_MAX];
    size_t done = 0;
    int fd;

    (void)snprintf(temp, sizeof temp, "%s.%ld", path, (long)getpid());
    fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0500);
    if (fd < 0) {
        return vt_refuse(err, VT_E_IO, temp, "copy", "%s", strerror(errno));
    }
    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);

        if (n <= 0) {
            break;
        }
        done += (size_t)n;
    }
    if (close(fd) != 0 || done != len || rename(temp, path) != 0) {
        (void)unlink(temp);
        return vt_refuse(err, VT_E_IO, path, "copy", "%s", strerror(errno));
    }
    return VT_OK;
}

static int same_bytes(const char *path, const uint8_t *bytes, size_t len)
{
    uint8_t *there = NULL;
    size_t there_len = 0;
    int same;

    if (access(path, R_OK) != 0 ||
        read_all(path, &there, &there_len, NULL) != VT_OK) {
        return 0;
    }
    same = there_len == len && memcmp(there, bytes, len) == 0;
    vt_free(there);
    return same;
}

static vt_status make_copy(const char *cache_dir, const char *stem,
                           const uint8_t *bytes, size_t len,
                           const uint8_t sha256[32], char **out,
                           struct vt_err *err)
{
    char hex[65];
    char path[PATH_MAX];
    int used;

    vt_hex_encode(sha256, 32, hex);
    if (mkdir(cache_dir, 0700) != 0 && errno != EEXIST) {
        return vt_refuse(err, VT_E_IO, cache_dir, "copy", "%s",
                         strerror(errno));
    }
    used = snprintf(path, sizeof path, "%s/%s", cache_dir, hex);
    if (used < 0 || (size_t)used + VT_STEM_MAX + 16 > sizeof path) {
        return vt_refuse(err, VT_E_LIMIT, cache_dir, "copy", "path too long");
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return vt_refuse(err, VT_E_IO, path, "copy", "%s", strerror(errno));
    }
    (void)snprintf(path + used, sizeof path - (size_t)used, "/%s.so", stem);
    if (!same_bytes(path, bytes, len)) {
        vt_status status = write_all(path, bytes, len, err);

        if (status != VT_OK) {
            return status;
        }
    }
    *out = vt_strdup(path);
    return *out == NULL ? VT_E_NOMEM : VT_OK;
}

/* A file cut short maps all the same and kills the process with SIGBUS at the
 * first touch, so its segments must lie inside it before dlopen sees it. */
static vt_status check_elf(const char *path, const uint8_t *bytes, size_t len,
                           struct vt_err *err)
{
    ElfW(Ehdr) head;
    ElfW(Phdr) ph;

    if (len < sizeof head || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        return vt_refuse(err, VT_E_CORRUPT, path, "read",
                         "not a shared object (invalid ELF header): rebuild "
                         "it");
    }
    memcpy(&head, bytes, sizeof head);
    if (head.e_phentsize != sizeof ph || head.e_phoff > len ||
        (len - head.e_phoff) / sizeof ph < head.e_phnum) {
        return vt_refuse(err, VT_E_CORRUPT, path, "read",
                         "made for another kind of machine, or damaged");
    }
    for (size_t i = 0; i < head.e_phnum; i++) {
        memcpy(&ph, bytes + head.e_phoff + i * sizeof ph, sizeof ph);
        if (ph.p_offset > len || ph.p_filesz > len - ph.p_offset) {
            return vt_refuse(err, VT_E_CORRUPT, path, "read",
                             "cut short after %zu bytes: install it again",
                             len);
        }
    }
    return VT_OK;
}

vt_status vt_file_copy(const struct vt_registry_policy *policy,
                       const char *path, const char *stem, char **out,
                       uint8_t sha256[32], struct vt_err *err)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct vt_hash hash;
    vt_status status = read_all(path, &bytes, &len, err);

    *out = NULL;
    if (status != VT_OK) {
        return status;
    }
    vt_hash_plain(bytes, len, &hash);
    memcpy(sha256, hash.b, 32);
    status = check_elf(path, bytes, len, err);
    if (status != VT_OK) {
        vt_free(bytes);
        return status;
    }
    if (policy->cache_dir == NULL || policy->cache_dir[0] == '\0') {
        *out = vt_strdup(path);
        status = *out == NULL ? VT_E_NOMEM : VT_OK;
    } else {
        status =
            make_copy(policy->cache_dir, stem, bytes, len, sha256, out, err);
    }
    vt_free(bytes);
    return status;
}
