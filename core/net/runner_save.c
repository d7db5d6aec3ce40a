/* SPDX-License-Identifier: Apache-2.0
 *
 * runner_save.c - keep bytes for a person to look at: a new file, never an
 * existing one, readable by the owner only.
 */
#include "base/log.h"
#include "net/runner_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRIES_MAX 100u /* files of one name that are kept */
#define PATH_BYTES 4500u

static int name_ok(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strlen(name) < 128 &&
           strchr(name, '/') == NULL;
}

static int write_all(int fd, struct vt_view bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.ptr, bytes.len);

        if (done < 0 && errno != EINTR) {
            return 0;
        }
        bytes.ptr += done < 0 ? 0 : done;
        bytes.len -= done < 0 ? 0 : (size_t)done;
    }
    return 1;
}

/* A file that did not exist before: name, name.1, name.2 ... */
static int create(const char *dir, const char *name, char path[PATH_BYTES])
{
    int fd = -1;

    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (i == 0) {
            (void)snprintf(path, PATH_BYTES, "%s/%s", dir, name);
        } else {
            (void)snprintf(path, PATH_BYTES, "%s/%s.%u", dir, name, i);
        }
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600);
        if (fd >= 0 || errno != EEXIST) {
            break;
        }
    }
    return fd;
}

void vt_runner_save(const struct vt_runner *runner, const char *name,
                    struct vt_view bytes, char where[256])
{
    char path[PATH_BYTES];
    int fd;
    int dir;
    int good;

    where[0] = '\0';
    if (runner->save_dir[0] == '\0' || !name_ok(name)) {
        return;
    }
    fd = create(runner->save_dir, name, path);
    good = fd >= 0 && write_all(fd, bytes) && fsync(fd) == 0;
    if (fd >= 0) {
        good = close(fd) == 0 && good;
    }
    dir = open(runner->save_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        good = fsync(dir) == 0 && good;
        (void)close(dir);
    }
    if (good) {
        (void)snprintf(where, 256, "%s", path);
    } else {
        vt_log("net", VT_LOG_ERROR, "%s: cannot keep what chain %s saved: %s",
               path, runner->name, strerror(errno));
        if (fd >= 0) {
            (void)unlink(path);
        }
    }
}
