/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - which files lie in a store's folder.
 */
#include "recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_DIGITS 16u
#define FILES_MAX ((uint32_t)1 << 20)

/* "<16 hex digits>.<suffix>" of a segment's file. Returns the suffix or NULL.
 */
static const char *split(const char *name, uint64_t *id)
{
    uint64_t value = 0;

    for (size_t i = 0; i < ID_DIGITS; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = name[i] == '\0' ? NULL : strchr(digits, name[i]);

        if (at == NULL) {
            return NULL;
        }
        value = value << 4 | (uint64_t)(at - digits);
    }
    *id = value;
    return name[ID_DIGITS] == '.' ? name + ID_DIGITS + 1 : NULL;
}

static vt_status add_id(struct seg_folder *f, uint64_t id)
{
    if (f->count == FILES_MAX) {
        return VT_E_LIMIT;
    }
    if ((f->count & (f->count - 1)) == 0) { /* full at each power of two */
        uint32_t cap = f->count == 0 ? 1 : f->count * 2;
        uint64_t *bigger = realloc(f->ids, cap * sizeof *bigger);

        if (bigger == NULL) {
            return VT_E_NOMEM;
        }
        f->ids = bigger;
    }
    f->ids[f->count++] = id;
    return VT_OK;
}

static vt_status take(struct vt_db *db, struct seg_folder *f, const char *name)
{
    uint64_t id = 0;
    const char *suffix = split(name, &id);

    if (strcmp(name, SEG_LOCK) == 0 || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        return VT_OK;
    }
    if (strcmp(name, SEG_INCOMPLETE) == 0) {
        return VT_E_INVALID;
    }
    if (suffix != NULL && strcmp(suffix, "seg") == 0) {
        return add_id(f, id);
    }
    if (suffix != NULL && strcmp(suffix, "idx") == 0) {
        return VT_OK;
    }
    if (suffix != NULL &&
        (strcmp(suffix, "seg.tmp") == 0 || strcmp(suffix, "idx.tmp") == 0)) {
        return unlinkat(db->dir_fd, name, 0) == 0 ? VT_OK : VT_E_IO;
    }
    f->foreign = 1;
    (void)snprintf(f->foreign_name, sizeof f->foreign_name, "%.63s", name);
    return VT_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static vt_status folder_failed(const struct vt_db *db, vt_status status,
                               int why, struct vt_err *err)
{
    char path[128];

    (void)seg_path(db, "", path);
    switch (status) {
    case VT_E_INVALID:
        return seg_fail(err, status,
                        "%s: a checkpoint that was not finished: "
                        "delete it and make another",
                        path);
    case VT_E_NOMEM:
        return seg_fail(err, status, "no memory to list %s", path);
    case VT_E_LIMIT:
        return seg_fail(err, VT_E_INVALID,
                        "%s: more than %u segments: raise "
                        "segment_size",
                        path, FILES_MAX);
    default:
        return seg_fail(err, VT_E_IO,
                        "%s: %s: check the folder's owner and "
                        "mode",
                        path, strerror(why));
    }
}

/* NULL with errno. */
static DIR *open_folder(const struct vt_db *db)
{
    int fd = openat(db->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (d == NULL && fd >= 0) {
        int why = errno;

        (void)close(fd);
        errno = why;
    }
    return d;
}

vt_status seg_folder_read(struct vt_db *db, struct seg_folder *out,
                          struct vt_err *err)
{
    struct seg_folder f = {0};
    vt_status status = VT_OK;
    struct dirent *entry;
    DIR *d = open_folder(db);
    int why;

    if (d == NULL) {
        return folder_failed(db, VT_E_IO, errno, err);
    }
    errno = 0;
    while (status == VT_OK && (entry = readdir(d)) != NULL) {
        status = take(db, &f, entry->d_name);
    }
    why = errno;
    (void)closedir(d);
    if (status == VT_OK && why != 0) {
        status = VT_E_IO;
    }
    if (status != VT_OK) {
        seg_folder_free(&f);
        return folder_failed(db, status, why, err);
    }
    if (f.count > 0) {
        qsort(f.ids, f.count, sizeof *f.ids, by_number);
    }
    *out = f;
    return VT_OK;
}

void seg_folder_free(struct seg_folder *folder)
{
    free(folder->ids);
    folder->ids = NULL;
    folder->count = 0;
}

void seg_folder_sweep(struct vt_db *db, uint64_t lowest, uint64_t last)
{
    DIR *d = open_folder(db);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        uint64_t id = 0;
        const char *suffix = split(entry->d_name, &id);

        if (suffix != NULL &&
            (id < lowest || (id >= last && strcmp(suffix, "idx") == 0))) {
            (void)unlinkat(db->dir_fd, entry->d_name, 0);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}
