/* SPDX-License-Identifier: Apache-2.0
 *
 * shim.h - between the parts of the shim: calls.c and names.c stand in for the
 * C library's functions, shim.c knows what is watched and writes the trace.
 */
#ifndef VT_TESTS_CRASH_SHIM_H
#define VT_TESTS_CRASH_SHIM_H

#include "crash/trace.h"

#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Seen by the program and its libraries before the C library's own. */
#define CAUGHT __attribute__((visibility("default")))

/* The next functions of these names: the C library's, or a sanitizer's. */
struct real_calls {
    int (*openat)(int dir, const char *path, int flags, ...);
    ssize_t (*pwritev)(int fd, const struct iovec *parts, int count,
                       off_t offset);
    ssize_t (*writev)(int fd, const struct iovec *parts, int count);
    int (*fsync)(int fd);
    int (*fdatasync)(int fd);
    void (*sync)(void);
    int (*syncfs)(int fd);
    int (*ftruncate)(int fd, off_t size);
    int (*posix_fallocate)(int fd, off_t offset, off_t len);
    int (*fallocate)(int fd, int mode, off_t offset, off_t len);
    int (*renameat2)(int dir, const char *from, int dir2, const char *to,
                     unsigned int flags);
    int (*linkat)(int dir, const char *from, int dir2, const char *to,
                  int flags);
    int (*unlinkat)(int dir, const char *path, int flags);
    int (*mkdirat)(int dir, const char *path, mode_t mode);
    void *(*mmap)(void *at, size_t len, int prot, int flags, int fd,
                  off_t offset);
    ssize_t (*copy_file_range)(int from, off_t *from_at, int to, off_t *to_at,
                               size_t len, unsigned int flags);
    ssize_t (*sendfile)(int to, int from, off_t *offset, size_t len);
    FILE *(*fdopen)(int fd, const char *mode);
    FILE *(*fopen)(const char *path, const char *mode);
};
const struct real_calls *real(void);

/* A file that is open, or a place for one. */
struct place {
    uint64_t folder; /* inode of the folder */
    const char *name;
};

/* Is this a file or folder below the root? *out_node is its inode. */
int is_watched(int fd, uint64_t *out_node);
/* The same for a path that may not exist. */
int is_watched_place(int dir, const char *path, struct place *out);
/* The inode a path names, 0 when there is none. */
uint64_t node_at(int dir, const char *path);

/* Around each watched change: one at a time, and between the two nothing of
 * the order is lost. enter() may not return: it is where the process dies. */
void enter(void);
void leave(void);
/* As enter(), for a write: dies after part of it when the time has come. */
void enter_write(int fd, const struct iovec *parts, int count, off_t offset);

/* Between enter and leave. */
void trace(const struct trace_entry *entry, const struct place *first,
           const struct place *second, const void *data);
void trace_node(enum trace_kind kind, uint64_t node, uint64_t number);
void trace_blind(const char *call);

#endif
