/* SPDX-License-Identifier: Apache-2.0
 *
 * io.h - whole reads and writes, files that appear in the folder at once.
 * Each Returns 0, or -1 with errno; a read past the end is ENODATA.
 */
#ifndef SEGMENT_IO_H
#define SEGMENT_IO_H

#include "segment.h"

#include <sys/types.h>
#include <sys/uio.h>

int seg_pread(int fd, void *out, size_t len, uint64_t off);
/* parts is used up. */
int seg_pwrite(int fd, struct iovec *parts, int count, uint64_t off);
int seg_fdatasync(int fd);
/* The folder's entries. */
int seg_sync_dir(const struct vt_db *db);
/* Size of an open file. */
int seg_size(int fd, uint64_t *out);

/* A bounded look into a file: n bytes at off, or NULL when they are not there
 * or cannot be read, then error has errno. The pointer is good until the next
 * call. */
struct seg_window {
    int fd;
    int error;     /* 0, or why a read failed: stays */
    uint64_t size; /* nothing is read at or after this */
    uint64_t at;
    size_t len;
    uint8_t *bytes;
};

#define SEG_WINDOW_BYTES ((size_t)256 << 10)

int seg_window_init(struct seg_window *w, int fd, uint64_t size);
void seg_window_fini(struct seg_window *w);
const uint8_t *seg_window_get(struct seg_window *w, uint64_t off, size_t n);

#endif
