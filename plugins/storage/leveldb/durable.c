/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - LevelDB begins a new log when its buffer is full. It then syncs
 * neither the log before, though that may hold commits that nobody synced,
 * nor the folder, so that the new log itself may be gone after a power cut. A
 * synced commit must make up for both.
 */
#include "durable.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* File systems count time in steps of at most this. */
#define CLOCK_STEP_S 2

/* Is the folder as it was when it was looked at last? Only when its time of
 * change was old enough then to be another after a change. */
static int is_unchanged(const struct vt_db *db, const struct stat *st)
{
    return db->dir_settled && st->st_mtim.tv_sec == db->dir_seen.tv_sec &&
           st->st_mtim.tv_nsec == db->dir_seen.tv_nsec;
}

static void remember(struct vt_db *db, const struct stat *st)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    db->dir_seen = st->st_mtim;
    db->dir_settled = now.tv_sec - st->st_mtim.tv_sec > CLOCK_STEP_S;
}

static int sync_log(int dir_fd, uint64_t number)
{
    char name[LDB_NAME_LEN];
    int fd = openat(dir_fd, ldb_log_name(number, name), O_RDONLY | O_CLOEXEC);
    int rc;
    int why;

    if (fd < 0) {
        return errno == ENOENT ? 0 : -1; /* in a table by now */
    }
    do {
        rc = fdatasync(fd);
    } while (rc != 0 && errno == EINTR);
    why = errno;
    (void)close(fd);
    errno = why;
    return rc;
}

int ldb_make_durable(struct vt_db *db)
{
    struct ldb_logs logs;
    struct stat st;
    uint64_t newest;
    int rc = 0;

    if (fstat(db->h.dir_fd, &st) != 0) {
        return -1;
    }
    if (is_unchanged(db, &st)) {
        return 0;
    }
    if (ldb_logs_list(db->h.dir_fd, &logs) != 0) {
        return -1;
    }
    newest = logs.count == 0 ? 0 : logs.numbers[logs.count - 1];
    if (newest != db->newest_log) {
        for (uint32_t i = 0; i + 1 < logs.count && rc == 0; i++) {
            rc = sync_log(db->h.dir_fd, logs.numbers[i]);
        }
        rc = rc == 0 ? ldb_dir_sync(db->h.dir_fd) : rc;
    }
    if (rc == 0) {
        db->newest_log = newest;
        remember(db, &st);
    }
    ldb_logs_free(&logs);
    return rc;
}
