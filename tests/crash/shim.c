/* SPDX-License-Identifier: Apache-2.0
 *
 * shim.c - which files are watched, the trace, and the death at a given call.
 */
#include "crash/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512u

static struct {
    int active;
    char root[PATH_BYTES];
    size_t root_len;
    int fd;
    uint64_t calls, kill_at;
    uint32_t kill_part;
    pthread_mutex_t lock;
} shim = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the real functions ------------------------------------------------- */

static struct real_calls calls;
static pthread_once_t calls_once = PTHREAD_ONCE_INIT;

/* A function pointer out of dlsym: ISO C knows no cast for it. */
static void next(const char *name, void *out_function)
{
    void *address = dlsym(RTLD_NEXT, name);

    if (address == NULL) {
        abort(); /* no C library without it is known */
    }
    memcpy(out_function, &address, sizeof address);
}

static void find_calls(void)
{
    next("openat", &calls.openat);
    next("pwritev", &calls.pwritev);
    next("writev", &calls.writev);
    next("fsync", &calls.fsync);
    next("fdatasync", &calls.fdatasync);
    next("sync", &calls.sync);
    next("syncfs", &calls.syncfs);
    next("ftruncate", &calls.ftruncate);
    next("posix_fallocate", &calls.posix_fallocate);
    next("fallocate", &calls.fallocate);
    next("renameat2", &calls.renameat2);
    next("linkat", &calls.linkat);
    next("unlinkat", &calls.unlinkat);
    next("mkdirat", &calls.mkdirat);
    next("mmap", &calls.mmap);
    next("copy_file_range", &calls.copy_file_range);
    next("sendfile", &calls.sendfile);
    next("fdopen", &calls.fdopen);
    next("fopen", &calls.fopen);
}

const struct real_calls *real(void)
{
    (void)pthread_once(&calls_once, find_calls);
    return &calls;
}

/* ---- what is watched ---------------------------------------------------- */

static int is_below_root(int fd)
{
    char link[64];
    char path[PATH_BYTES];
    ssize_t len;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    if (len < 0 || (size_t)len < shim.root_len) {
        return 0;
    }
    path[len] = '\0';
    return memcmp(path, shim.root, shim.root_len) == 0 &&
           (path[shim.root_len] == '\0' || path[shim.root_len] == '/');
}

int is_watched(int fd, uint64_t *out_node)
{
    int why = errno;
    struct stat st;
    int watched = shim.active && is_below_root(fd) && fstat(fd, &st) == 0 &&
                  (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));

    errno = why;
    if (watched) {
        *out_node = st.st_ino;
    }
    return watched;
}

int is_watched_place(int dir, const char *path, struct place *out)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_BYTES] = ".";
    int why = errno;
    int watched;
    int fd;

    if (!shim.active || strlen(path) >= sizeof folder) {
        return 0;
    }
    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);

        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    fd = real()->openat(dir, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    watched = fd >= 0 && is_watched(fd, &out->folder);
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = why;
    out->name = slash == NULL ? path : slash + 1;
    return watched;
}

uint64_t node_at(int dir, const char *path)
{
    int why = errno;
    struct stat st;
    uint64_t node =
        fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;

    errno = why;
    return node;
}

/* ---- one change after the other ----------------------------------------- */

static int is_the_end(void)
{
    (void)pthread_mutex_lock(&shim.lock);
    shim.calls++;
    return shim.kill_at != 0 && shim.calls == shim.kill_at;
}

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

void enter(void)
{
    if (is_the_end()) {
        die();
    }
}

void leave(void)
{
    (void)pthread_mutex_unlock(&shim.lock);
}

void enter_write(int fd, const struct iovec *parts, int count, off_t offset)
{
    size_t left = 0;

    if (!is_the_end()) {
        return;
    }
    for (int i = 0; i < count; i++) {
        left += parts[i].iov_len;
    }
    left = left * shim.kill_part / KILL_PARTS;
    for (int i = 0; i < count && left > 0; i++) {
        size_t len = parts[i].iov_len < left ? parts[i].iov_len : left;
        struct iovec part = {parts[i].iov_base, len};

        (void)real()->pwritev(fd, &part, 1, offset);
        offset += (off_t)len;
        left -= len;
    }
    die();
}

/* ---- the trace ---------------------------------------------------------- */

/* A trace that cannot be written is worth nothing. */
static void put(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    while (len > 0) {
        struct iovec part = {(void *)(uintptr_t)p, len};
        ssize_t n = real()->writev(shim.fd, &part, 1);

        if (n <= 0 && errno != EINTR) {
            abort();
        }
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

void trace(const struct trace_entry *entry, const struct place *first,
           const struct place *second, const void *data)
{
    struct trace_entry e = *entry;
    int why = errno;

    if (shim.fd < 0) {
        return;
    }
    e.folder = first == NULL ? 0 : first->folder;
    e.name_len = first == NULL ? 0 : (uint16_t)strlen(first->name);
    e.folder2 = second == NULL ? 0 : second->folder;
    e.name2_len = second == NULL ? 0 : (uint16_t)strlen(second->name);
    put(&e, sizeof e);
    if (first != NULL) {
        put(first->name, e.name_len);
    }
    if (second != NULL) {
        put(second->name, e.name2_len);
    }
    put(data, e.data_len);
    errno = why;
}

void trace_node(enum trace_kind kind, uint64_t node, uint64_t number)
{
    struct trace_entry e = {.kind = kind, .node = node, .number = number};

    trace(&e, NULL, NULL, NULL);
}

void trace_blind(const char *call)
{
    struct trace_entry e = {.kind = TRACE_BLIND};
    struct place name = {0, call};

    trace(&e, &name, NULL, NULL);
}

/* ---- what the harness calls --------------------------------------------- */

static void start(const struct watch *watch)
{
    (void)real();
    (void)snprintf(shim.root, sizeof shim.root, "%s", watch->root);
    shim.root_len = strlen(shim.root);
    shim.fd = watch->trace_fd;
    shim.calls = 0;
    shim.kill_at = watch->kill_at;
    shim.kill_part = watch->kill_part;
    shim.active = 1;
}

static void note(const void *data, uint32_t len)
{
    struct trace_entry e = {.kind = TRACE_NOTE, .data_len = len};

    (void)pthread_mutex_lock(&shim.lock);
    trace(&e, NULL, NULL, data);
    leave();
}

static void stop(void)
{
    (void)pthread_mutex_lock(&shim.lock);
}

__attribute__((
    visibility("default"))) extern const struct crash_shim crash_shim;
const struct crash_shim crash_shim = {start, note, stop};
