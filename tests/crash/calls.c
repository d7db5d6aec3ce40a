/* SPDX-License-Identifier: Apache-2.0
 *
 * calls.c - the functions of the C library that change files, caught. Each
 * does the real thing and writes it down when the file is a watched one. What
 * cannot be followed is written down as such: the harness then fails instead
 * of passing what it did not see.
 */
#include "crash/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- opening ------------------------------------------------------------ */

static int open_watched(int dir, const char *path, int flags, mode_t mode,
                        const struct place *place)
{
    struct trace_entry made = {.kind = TRACE_MAKE_FILE};
    uint64_t before;
    int fd;

    enter();
    before = node_at(dir, path);
    fd = real()->openat(dir, path, flags, mode);
    if (fd >= 0 && before == 0 && (flags & O_TMPFILE) != O_TMPFILE) {
        made.node = node_at(dir, path);
        trace(&made, place, NULL, NULL);
    } else if (fd >= 0 && (flags & O_TRUNC) != 0) {
        trace_node(TRACE_RESIZE, before, 0);
    } else if (fd >= 0 && (flags & O_TMPFILE) == O_TMPFILE) {
        trace_blind("open with O_TMPFILE");
    }
    leave();
    return fd;
}

static int do_open(int dir, const char *path, int flags, mode_t mode)
{
    struct place place;

    if ((flags & (O_CREAT | O_TRUNC)) != 0 &&
        is_watched_place(dir, path, &place)) {
        return open_watched(dir, path, flags, mode, &place);
    }
    return real()->openat(dir, path, flags, mode);
}

/* The mode is there only with these flags. */
#define MODE_OF(flags, mode)                                                   \
    do {                                                                       \
        if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {      \
            va_list args;                                                      \
                                                                               \
            va_start(args, flags);                                             \
            (mode) = (mode_t)va_arg(args, unsigned int);                       \
            va_end(args);                                                      \
        }                                                                      \
    } while (0)

CAUGHT int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(AT_FDCWD, path, flags, mode);
}

CAUGHT int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

CAUGHT int openat(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(dir, path, flags, mode);
}

CAUGHT int openat64(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(dir, path, flags | O_LARGEFILE, mode);
}

CAUGHT int creat(const char *path, mode_t mode)
{
    return do_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* What a program built with _FORTIFY_SOURCE calls. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

CAUGHT int __open_2(const char *path, int flags)
{
    return do_open(AT_FDCWD, path, flags, 0);
}

CAUGHT int __open64_2(const char *path, int flags)
{
    return do_open(AT_FDCWD, path, flags | O_LARGEFILE, 0);
}

CAUGHT int __openat_2(int dir, const char *path, int flags)
{
    return do_open(dir, path, flags, 0);
}

CAUGHT int __openat64_2(int dir, const char *path, int flags)
{
    return do_open(dir, path, flags | O_LARGEFILE, 0);
}

/* ---- writing ------------------------------------------------------------ */

/* The n bytes at offset that were just written. */
static void trace_write(uint64_t node, const struct iovec *parts, off_t offset,
                        size_t n)
{
    struct trace_entry e = {.kind = TRACE_WRITE, .node = node};

    for (; n > 0; parts++) {
        size_t len = parts->iov_len < n ? parts->iov_len : n;

        e.number = (uint64_t)offset;
        e.data_len = (uint32_t)len;
        if (len > 0) {
            trace(&e, NULL, NULL, parts->iov_base);
        }
        offset += (off_t)len;
        n -= len;
    }
}

/* offset -1: where the file stands. */
static ssize_t write_watched(int fd, uint64_t node, const struct iovec *parts,
                             int count, off_t offset)
{
    int flags = fcntl(fd, F_GETFL);
    off_t at = offset;
    ssize_t n;

    if (offset < 0 || (flags & O_APPEND) != 0) {
        at = lseek(fd, 0, (flags & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
    }
    enter_write(fd, parts, count, at);
    n = offset < 0 ? real()->writev(fd, parts, count)
                   : real()->pwritev(fd, parts, count, offset);
    if (n > 0) {
        trace_write(node, parts, at, (size_t)n);
        if ((flags & O_DSYNC) != 0) { /* a part of O_SYNC */
            trace_node(TRACE_SYNC, node, 0);
        }
    }
    leave();
    return n;
}

static ssize_t do_write(int fd, const struct iovec *parts, int count,
                        off_t offset)
{
    uint64_t node;

    if (is_watched(fd, &node)) {
        return write_watched(fd, node, parts, count, offset);
    }
    return offset < 0 ? real()->writev(fd, parts, count)
                      : real()->pwritev(fd, parts, count, offset);
}

static ssize_t write_bytes(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};

    return do_write(fd, &part, 1, offset);
}

CAUGHT ssize_t write(int fd, const void *bytes, size_t len)
{
    return write_bytes(fd, bytes, len, -1);
}

CAUGHT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return do_write(fd, parts, count, -1);
}

CAUGHT ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return write_bytes(fd, bytes, len, offset);
}

CAUGHT ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
    return write_bytes(fd, bytes, len, offset);
}

CAUGHT ssize_t pwritev(int fd, const struct iovec *parts, int count,
                       off_t offset)
{
    return do_write(fd, parts, count, offset);
}

CAUGHT ssize_t pwritev64(int fd, const struct iovec *parts, int count,
                         off64_t offset)
{
    return do_write(fd, parts, count, offset);
}

/* ---- sizes -------------------------------------------------------------- */

CAUGHT int ftruncate(int fd, off_t size)
{
    uint64_t node;
    int rc;

    if (!is_watched(fd, &node)) {
        return real()->ftruncate(fd, size);
    }
    enter();
    rc = real()->ftruncate(fd, size);
    if (rc == 0) {
        trace_node(TRACE_RESIZE, node, (uint64_t)size);
    }
    leave();
    return rc;
}

CAUGHT int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

CAUGHT int truncate(const char *path, off_t size)
{
    int fd = real()->openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : ftruncate(fd, size);
    int why = errno;

    if (fd >= 0) {
        (void)close(fd);
    }
    errno = why;
    return rc;
}

CAUGHT int truncate64(const char *path, off64_t size)
{
    return truncate(path, size);
}

/* Space alone is no change; a greater size is. */
static void trace_growth(int fd, uint64_t node, off_t before)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && st.st_size != before) {
        trace_node(TRACE_RESIZE, node, (uint64_t)st.st_size);
    }
}

CAUGHT int posix_fallocate(int fd, off_t offset, off_t len)
{
    struct stat st = {.st_size = 0};
    uint64_t node;
    int rc;

    if (!is_watched(fd, &node)) {
        return real()->posix_fallocate(fd, offset, len);
    }
    enter();
    (void)fstat(fd, &st);
    rc = real()->posix_fallocate(fd, offset, len);
    trace_growth(fd, node, st.st_size);
    leave();
    return rc;
}

CAUGHT int posix_fallocate64(int fd, off64_t offset, off64_t len)
{
    return posix_fallocate(fd, offset, len);
}

CAUGHT int fallocate(int fd, int mode, off_t offset, off_t len)
{
    struct stat st = {.st_size = 0};
    uint64_t node;
    int rc;

    if (!is_watched(fd, &node)) {
        return real()->fallocate(fd, mode, offset, len);
    }
    enter();
    (void)fstat(fd, &st);
    rc = real()->fallocate(fd, mode, offset, len);
    if (rc == 0 && (mode & ~1) != 0) { /* 1 keeps the size, no more */
        trace_blind("fallocate that changes bytes");
    }
    trace_growth(fd, node, st.st_size);
    leave();
    return rc;
}

CAUGHT int fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
    return fallocate(fd, mode, offset, len);
}

/* ---- syncing ------------------------------------------------------------ */

static int sync_watched(uint64_t node)
{
    enter();
    trace_node(TRACE_SYNC, node, 0);
    leave();
    return 0;
}

CAUGHT int fsync(int fd)
{
    uint64_t node;

    return is_watched(fd, &node) ? sync_watched(node) : real()->fsync(fd);
}

CAUGHT int fdatasync(int fd)
{
    uint64_t node;

    return is_watched(fd, &node) ? sync_watched(node) : real()->fdatasync(fd);
}

CAUGHT void sync(void)
{
    enter();
    trace_node(TRACE_SYNC_ALL, 0, 0);
    leave();
}

CAUGHT int syncfs(int fd)
{
    uint64_t node;

    if (!is_watched(fd, &node)) {
        return real()->syncfs(fd);
    }
    sync();
    return 0;
}

/* ---- streams ------------------------------------------------------------ */

/* The C library writes a stream's bytes by a call of its own that nobody can
 * stand in for, so that a stream on a watched file is made of these. */
static ssize_t stream_read(void *cookie, char *out, size_t len)
{
    return read((int)(intptr_t)cookie, out, len);
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t len)
{
    ssize_t n = write((int)(intptr_t)cookie, bytes, len);

    return n < 0 ? 0 : n;
}

static int stream_seek(void *cookie, off64_t *offset, int whence)
{
    off_t at = lseek((int)(intptr_t)cookie, *offset, whence);

    if (at >= 0) {
        *offset = at;
    }
    return at < 0 ? -1 : 0;
}

static int stream_close(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

CAUGHT FILE *fdopen(int fd, const char *mode)
{
    static const cookie_io_functions_t functions = {stream_read, stream_write,
                                                    stream_seek, stream_close};
    uint64_t node;

    return is_watched(fd, &node)
               ? fopencookie((void *)(intptr_t)fd, mode, functions)
               : real()->fdopen(fd, mode);
}

static int flags_of(const char *mode)
{
    int access = strchr(mode, '+') != NULL ? O_RDWR : O_WRONLY;

    switch (mode[0]) {
    case 'r':
        return access == O_RDWR ? O_RDWR : O_RDONLY;
    case 'a':
        return access | O_CREAT | O_APPEND;
    default:
        return access | O_CREAT | O_TRUNC;
    }
}

CAUGHT FILE *fopen(const char *path, const char *mode)
{
    struct place place;
    FILE *f;
    int fd;

    if (!is_watched_place(AT_FDCWD, path, &place)) {
        return real()->fopen(path, mode);
    }
    fd = do_open(AT_FDCWD, path, flags_of(mode), 0666);
    f = fd < 0 ? NULL : fdopen(fd, mode);
    if (f == NULL && fd >= 0) {
        (void)close(fd);
    }
    return f;
}

CAUGHT FILE *fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

/* ---- what cannot be followed -------------------------------------------- */

static void blind(int fd, const char *call)
{
    uint64_t node;

    if (is_watched(fd, &node)) {
        enter();
        trace_blind(call);
        leave();
    }
}

CAUGHT void *mmap(void *at, size_t len, int prot, int flags, int fd,
                  off_t offset)
{
    if (fd >= 0 && (prot & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0) {
        blind(fd, "mmap for writing");
    }
    return real()->mmap(at, len, prot, flags, fd, offset);
}

CAUGHT void *mmap64(void *at, size_t len, int prot, int flags, int fd,
                    off64_t offset)
{
    return mmap(at, len, prot, flags, fd, offset);
}

CAUGHT ssize_t copy_file_range(int from, off64_t *from_at, int to,
                               off64_t *to_at, size_t len, unsigned int flags)
{
    blind(to, "copy_file_range");
    return real()->copy_file_range(from, from_at, to, to_at, len, flags);
}

CAUGHT ssize_t sendfile(int to, int from, off_t *offset, size_t len)
{
    blind(to, "sendfile");
    return real()->sendfile(to, from, offset, len);
}

CAUGHT ssize_t sendfile64(int to, int from, off64_t *offset, size_t len)
{
    blind(to, "sendfile");
    return real()->sendfile(to, from, offset, len);
}
