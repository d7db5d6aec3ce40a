/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - a consistent copy while the store runs.
 *
 * Sealed files never change, so they are linked where the file system can and
 * copied where it cannot; of the active file the committed part is copied. A
 * marker file keeps a copy that was not finished from being opened.
 */
#include "tx.h"

#include "io.h"
#include "recover.h"
#include "version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

/* What went wrong last, for the text. */
struct copying {
    struct vt_db *db;
    int to; /* folder */
    const char *dir;
    char name[SEG_NAME_LEN];
    const char *what;
};

static int copy_bytes(int from, int to, uint64_t len)
{
    uint8_t *buf = malloc(COPY_BYTES);
    uint64_t off = 0;
    int rc = buf == NULL ? -1 : 0;

    while (rc == 0 && off < len) {
        size_t n = len - off < COPY_BYTES ? (size_t)(len - off) : COPY_BYTES;
        struct iovec part = {buf, n};

        rc = seg_pread(from, buf, n, off) != 0 ? -1
                                               : seg_pwrite(to, &part, 1, off);
        off += n;
    }
    free(buf);
    return rc == 0 ? seg_fdatasync(to) : -1;
}

/* len bytes of an open file as c->name. */
static int copy_file(struct copying *c, int from, uint64_t len)
{
    int fd =
        openat(c->to, c->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int rc;
    int why;

    c->what = "copy to it";
    if (fd < 0) {
        return -1;
    }
    rc = copy_bytes(from, fd, len);
    why = errno;
    (void)close(fd);
    errno = why;
    return rc;
}

static int copy_sealed(struct copying *c, struct seg_sealed *s)
{
    int rc;
    int fd;
    int why;

    (void)seg_name(s->id, "idx", c->name);
    if (linkat(c->db->dir_fd, c->name, c->to, c->name, 0) != 0) {
        errno = 0; /* it is made again when the copy is opened */
    }
    (void)seg_name(s->id, "seg", c->name);
    if (linkat(c->db->dir_fd, c->name, c->to, c->name, 0) == 0) {
        return 0;
    }
    /* another file system, no links there, or deleted meanwhile */
    fd = seg_sealed_open(s);
    if (fd < 0) {
        c->what = "read it";
        return -1;
    }
    rc = copy_file(c, fd, s->size);
    why = errno;
    seg_sealed_close(s, fd);
    errno = why;
    return rc;
}

static int copy_all(struct copying *c, const struct seg_snap *snap)
{
    const struct seg_version *v = snap->version;

    for (uint32_t i = 0; i < v->count; i++) {
        if (copy_sealed(c, v->sealed[i]) != 0) {
            return -1;
        }
    }
    (void)seg_name(v->active->id, "seg", c->name);
    return copy_file(c, v->active->fd, snap->end);
}

static int sync_folder(struct copying *c)
{
    c->what = "sync the folder";
    c->name[0] = '\0';
    return fsync(c->to);
}

static int is_empty(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    int empty = d != NULL;

    while (d != NULL && empty && (entry = readdir(d)) != NULL) {
        empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (d != NULL) {
        (void)closedir(d);
    } else if (copy >= 0) {
        (void)close(copy);
    }
    return empty;
}

static int make(struct copying *c)
{
    struct seg_snap snap;
    int marker = openat(c->to, SEG_INCOMPLETE,
                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int rc;

    c->what = "write to it";
    if (marker < 0) {
        return -1;
    }
    (void)close(marker);
    if (sync_folder(c) != 0) {
        return -1;
    }
    seg_snap_take(c->db, &snap);
    rc = copy_all(c, &snap);
    seg_snap_drop(&snap);
    if (rc != 0 || sync_folder(c) != 0) {
        return -1;
    }
    c->what = "remove its marker";
    return unlinkat(c->to, SEG_INCOMPLETE, 0) != 0 ? -1 : sync_folder(c);
}

vt_status seg_checkpoint(struct vt_db *db, const char *dir, struct vt_err *err)
{
    struct copying c = {.db = db, .dir = dir};
    vt_status status = VT_OK;

    c.to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c.to < 0) {
        return seg_fail(err, VT_E_IO,
                        "checkpoint %.100s: %s: make the folder "
                        "first",
                        dir, strerror(errno));
    }
    if (!is_empty(c.to)) {
        status = seg_fail(err, VT_E_INVALID,
                          "checkpoint %.100s: the folder is "
                          "not empty: give an empty one",
                          dir);
    } else if (make(&c) != 0) {
        status = seg_fail(err, errno == ENOMEM ? VT_E_NOMEM : VT_E_IO,
                          "checkpoint %.100s: %s: cannot %s: %s: delete the "
                          "folder and try again",
                          dir, c.name, c.what, strerror(errno));
    }
    (void)close(c.to);
    return status;
}
