/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - the folder before LevelDB has it: who holds it, what is in it,
 * which MANIFEST counts.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOGS_MAX 65536u

/* ---- holding it --------------------------------------------------------- */

vt_status ldb_hold(const char *dir, struct ldb_handle *h, struct vt_err *err)
{
    vt_status status;

    memset(h, 0, sizeof *h);
    h->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->dir_fd < 0) {
        return ldb_fail(err, VT_E_IO,
                        "%s: %s: the folder must exist and belong to this user",
                        ldb_short(dir), strerror(errno));
    }
    if (flock(h->dir_fd, LOCK_EX | LOCK_NB) != 0) {
        status = errno == EWOULDBLOCK
                     ? ldb_fail(err, VT_E_IO,
                                "%s: in use by another store or process: "
                                "stop it first",
                                ldb_short(dir))
                     : ldb_file_failed(dir, "", "lock it", err);
        ldb_close(h);
        return status;
    }
    return VT_OK;
}

int ldb_dir_sync(int dir_fd)
{
    int rc;

    do {
        rc = fsync(dir_fd);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

/* ---- texts -------------------------------------------------------------- */

vt_status ldb_file_failed(const char *dir, const char *name, const char *what,
                          struct vt_err *err)
{
    int why = errno;

    return ldb_fail(err, why == ENOMEM ? VT_E_NOMEM : VT_E_IO,
                    "%s/%s: cannot %s: %s: check owner, mode and disk",
                    ldb_short(dir), name, what, strerror(why));
}

vt_status ldb_file_damaged(const char *dir, const char *name, uint64_t off,
                           const char *what, struct vt_err *err)
{
    return ldb_fail(err, VT_E_CORRUPT,
                    "%s/%s: damaged at offset %llu: %s: " LDB_CURE,
                    ldb_short(dir), name, (unsigned long long)off, what);
}

/* ---- names -------------------------------------------------------------- */

const char *ldb_log_name(uint64_t number, char out[LDB_NAME_LEN])
{
    (void)snprintf(out, LDB_NAME_LEN, "%06" PRIu64 ".log", number);
    return out;
}

/* "<digits>.<suffix>". Returns the suffix or NULL. */
static const char *split(const char *name, uint64_t *number)
{
    size_t digits = strspn(name, "0123456789");

    if (digits == 0 || digits > 18 || name[digits] != '.') {
        return NULL;
    }
    *number = strtoull(name, NULL, 10);
    return name + digits + 1;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static int add_log(struct ldb_logs *logs, uint64_t number)
{
    if (logs->count == logs->cap) {
        uint32_t cap = logs->cap == 0 ? 8 : logs->cap * 2;
        uint64_t *bigger =
            cap > LOGS_MAX ? NULL : realloc(logs->numbers, cap * sizeof number);

        if (bigger == NULL) {
            errno = ENOMEM;
            return -1;
        }
        logs->numbers = bigger;
        logs->cap = cap;
    }
    logs->numbers[logs->count++] = number;
    return 0;
}

static DIR *open_folder(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (d == NULL && fd >= 0) {
        int why = errno;

        (void)close(fd);
        errno = why;
    }
    return d;
}

int ldb_logs_list(int dir_fd, struct ldb_logs *out)
{
    struct ldb_logs logs = {0};
    DIR *d = open_folder(dir_fd);
    struct dirent *entry;
    int rc = d == NULL ? -1 : 0;
    int why;

    errno = 0;
    while (rc == 0 && (entry = readdir(d)) != NULL) {
        uint64_t number = 0;
        const char *suffix = split(entry->d_name, &number);

        if (suffix != NULL && strcmp(suffix, "log") == 0) {
            rc = add_log(&logs, number);
        }
    }
    why = errno;
    if (d != NULL) {
        (void)closedir(d);
    }
    if (rc != 0 || why != 0) {
        ldb_logs_free(&logs);
        errno = why;
        return -1;
    }
    if (logs.count > 0) {
        qsort(logs.numbers, logs.count, sizeof *logs.numbers, by_number);
    }
    *out = logs;
    return 0;
}

int ldb_dir_is_empty(int dir_fd)
{
    DIR *d = open_folder(dir_fd);
    struct dirent *entry;
    int empty = 1;

    if (d == NULL) {
        return -1;
    }
    while (empty && (entry = readdir(d)) != NULL) {
        empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(d);
    return empty;
}

void ldb_logs_free(struct ldb_logs *logs)
{
    free(logs->numbers);
    memset(logs, 0, sizeof *logs);
}

/* ---- what is in it ------------------------------------------------------ */

enum { NAME_NEUTRAL, NAME_DATA, NAME_FOREIGN };

/* A name that a LevelDB not yet finished may have left, one that says there
 * was data, or none of LevelDB's. */
static int sort_of(int dir_fd, const char *name)
{
    static const char *const neutral[] = {".",    "..",  "CURRENT",
                                          "LOCK", "LOG", "LOG.old"};
    uint64_t number = 0;
    const char *suffix = split(name, &number);
    struct stat st;

    for (size_t i = 0; i < sizeof neutral / sizeof neutral[0]; i++) {
        if (strcmp(name, neutral[i]) == 0) {
            return NAME_NEUTRAL;
        }
    }
    if (strncmp(name, "MANIFEST-", 9) == 0 ||
        (suffix != NULL && strcmp(suffix, "dbtmp") == 0)) {
        return NAME_NEUTRAL;
    }
    if (suffix == NULL ||
        (strcmp(suffix, "log") != 0 && strcmp(suffix, "ldb") != 0 &&
         strcmp(suffix, "sst") != 0)) {
        return NAME_FOREIGN;
    }
    return fstatat(dir_fd, name, &st, 0) == 0 && st.st_size == 0 ? NAME_NEUTRAL
                                                                 : NAME_DATA;
}

/* The folder has no CURRENT: may a store be made in it? */
static vt_status look_around(const struct vt_db *db, struct vt_err *err)
{
    DIR *d = open_folder(db->h.dir_fd);
    struct dirent *entry;
    vt_status status = VT_OK;

    if (d == NULL) {
        return ldb_file_failed(db->dir, "", "list it", err);
    }
    while (status == VT_OK && (entry = readdir(d)) != NULL) {
        int sort = sort_of(db->h.dir_fd, entry->d_name);

        if (sort == NAME_FOREIGN) {
            status = ldb_fail(err, VT_E_INVALID,
                              "%s: holds '%.60s', which is not of this store: "
                              "give it an empty folder of its own",
                              ldb_short(db->dir), entry->d_name);
        } else if (sort == NAME_DATA) {
            status = ldb_file_damaged(db->dir, "CURRENT", 0,
                                      "it is missing beside data", err);
        }
    }
    (void)closedir(d);
    return status;
}

vt_status ldb_read_current(const struct vt_db *db, char name[LDB_NAME_LEN],
                           struct vt_err *err)
{
    int fd = openat(db->h.dir_fd, "CURRENT", O_RDONLY | O_CLOEXEC);
    ssize_t len;

    name[0] = '\0';
    if (fd < 0) {
        return errno == ENOENT
                   ? look_around(db, err)
                   : ldb_file_failed(db->dir, "CURRENT", "open it", err);
    }
    len = read(fd, name, LDB_NAME_LEN - 1);
    if (len < 0) {
        vt_status status = ldb_file_failed(db->dir, "CURRENT", "read it", err);

        (void)close(fd);
        return status;
    }
    (void)close(fd);
    name[len] = '\0';
    if (len < 10 || name[len - 1] != '\n' ||
        strncmp(name, "MANIFEST-", 9) != 0 || strchr(name, '/') != NULL) {
        return ldb_file_damaged(db->dir, "CURRENT", 0, "it names no MANIFEST",
                                err);
    }
    name[len - 1] = '\0';
    return VT_OK;
}
