/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - the functions of the C library that change folders, caught as
 * those in calls.c.
 */
#include "crash/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int do_rename(int dir, const char *from, int dir2, const char *to,
                     unsigned int flags)
{
    struct trace_entry e = {.kind = TRACE_RENAME};
    struct place source;
    struct place target;
    int watched = is_watched_place(dir, from, &source);
    int watched2 = is_watched_place(dir2, to, &target);
    int rc;

    if (!watched && !watched2) {
        return real()->renameat2(dir, from, dir2, to, flags);
    }
    enter();
    e.node = node_at(dir, from);
    rc = real()->renameat2(dir, from, dir2, to, flags);
    if (rc == 0 && (watched != watched2 || (flags & ~1u) != 0)) {
        trace_blind("rename into or out of the folder");
    } else if (rc == 0) {
        trace(&e, &source, &target, NULL);
    }
    leave();
    return rc;
}

CAUGHT int rename(const char *from, const char *to)
{
    return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

CAUGHT int renameat(int dir, const char *from, int dir2, const char *to)
{
    return do_rename(dir, from, dir2, to, 0);
}

CAUGHT int renameat2(int dir, const char *from, int dir2, const char *to,
                     unsigned int flags)
{
    return do_rename(dir, from, dir2, to, flags);
}

CAUGHT int linkat(int dir, const char *from, int dir2, const char *to,
                  int flags)
{
    struct trace_entry e = {.kind = TRACE_LINK};
    struct place source;
    struct place target;
    int rc;

    if (!is_watched_place(dir2, to, &target)) {
        return real()->linkat(dir, from, dir2, to, flags);
    }
    enter();
    rc = real()->linkat(dir, from, dir2, to, flags);
    if (rc == 0 && !is_watched_place(dir, from, &source)) {
        trace_blind("link to a file from elsewhere");
    } else if (rc == 0) {
        e.node = node_at(dir2, to);
        trace(&e, &target, NULL, NULL);
    }
    leave();
    return rc;
}

CAUGHT int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

CAUGHT int unlinkat(int dir, const char *path, int flags)
{
    struct trace_entry e = {.kind = TRACE_UNLINK};
    struct place place;
    int rc;

    if (!is_watched_place(dir, path, &place)) {
        return real()->unlinkat(dir, path, flags);
    }
    enter();
    rc = real()->unlinkat(dir, path, flags);
    if (rc == 0) {
        trace(&e, &place, NULL, NULL);
    }
    leave();
    return rc;
}

CAUGHT int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

CAUGHT int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

CAUGHT int remove(const char *path)
{
    int rc = unlinkat(AT_FDCWD, path, 0);

    return rc != 0 && errno == EISDIR ? rmdir(path) : rc;
}

CAUGHT int mkdirat(int dir, const char *path, mode_t mode)
{
    struct trace_entry e = {.kind = TRACE_MAKE_DIR};
    struct place place;
    int rc;

    if (!is_watched_place(dir, path, &place)) {
        return real()->mkdirat(dir, path, mode);
    }
    enter();
    rc = real()->mkdirat(dir, path, mode);
    if (rc == 0) {
        e.node = node_at(dir, path);
        trace(&e, &place, NULL, NULL);
    }
    leave();
    return rc;
}

CAUGHT int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}
