/* SPDX-License-Identifier: Apache-2.0
 *
 * io.c - system calls that may do half of what they are asked, made whole.
 */
#include "io.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int seg_pread(int fd, void *out, size_t len, uint64_t off)
{
    uint8_t *p = out;

    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)off);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENODATA : errno;
            return -1;
        }
        p += n;
        off += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* Drop the first n bytes of the parts. */
static void skip(struct iovec **parts, int *count, size_t n)
{
    while (*count > 0 && n >= (*parts)->iov_len) {
        n -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (*count > 0) {
        (*parts)->iov_base = (uint8_t *)(*parts)->iov_base + n;
        (*parts)->iov_len -= n;
    }
}

int seg_pwrite(int fd, struct iovec *parts, int count, uint64_t off)
{
    skip(&parts, &count, 0);
    while (count > 0) {
        ssize_t n = pwritev(fd, parts, count, (off_t)off);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return -1;
        }
        off += (uint64_t)n;
        skip(&parts, &count, (size_t)n);
    }
    return 0;
}

int seg_fdatasync(int fd)
{
    int rc;

    /* EINTR says nothing about the data, so asking again is right; any other
     * failure is final and the caller must not ask again. */
    do {
        rc = fdatasync(fd);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

int seg_sync_dir(const struct vt_db *db)
{
    int rc;

    do {
        rc = fsync(db->dir_fd);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

int seg_size(int fd, uint64_t *out)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return -1;
    }
    *out = (uint64_t)st.st_size;
    return 0;
}

int seg_window_init(struct seg_window *w, int fd, uint64_t size)
{
    w->fd = fd;
    w->error = 0;
    w->size = size;
    w->at = 0;
    w->len = 0;
    w->bytes = malloc(SEG_WINDOW_BYTES);
    return w->bytes == NULL ? -1 : 0;
}

void seg_window_fini(struct seg_window *w)
{
    free(w->bytes);
    w->bytes = NULL;
}

const uint8_t *seg_window_get(struct seg_window *w, uint64_t off, size_t n)
{
    if (n > SEG_WINDOW_BYTES || off > w->size || n > w->size - off) {
        return NULL;
    }
    if (off < w->at || off + n > w->at + w->len) {
        uint64_t left = w->size - off;

        w->len = 0;
        w->at = off;
        if (seg_pread(w->fd, w->bytes,
                      left < SEG_WINDOW_BYTES ? left : SEG_WINDOW_BYTES,
                      off) != 0) {
            w->error = errno;
            return NULL;
        }
        w->len = left < SEG_WINDOW_BYTES ? left : SEG_WINDOW_BYTES;
    }
    return w->bytes + (off - w->at);
}
