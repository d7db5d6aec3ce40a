/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.h - a store's folder seen without LevelDB.
 */
#ifndef LEVELDB_FOLDER_H
#define LEVELDB_FOLDER_H

#include "ldb.h"

/*
 * Open the folder and lock it. LevelDB has a lock of its own, but takes it
 * when it opens, and the folder must not be mended under a store in use.
 * ldb_close gives the lock back. Returns VT_OK; VT_E_IO.
 */
vt_status ldb_hold(const char *dir, struct ldb_handle *h, struct vt_err *err);
/* Names that appeared or went are durable then. Returns 0, or -1 with errno. */
int ldb_dir_sync(int dir_fd);
/* Returns 1, 0, or -1 with errno. */
int ldb_dir_is_empty(int dir_fd);

/* err from errno: "<dir>/<name>: cannot <what>". Returns VT_E_NOMEM, VT_E_IO.
 */
vt_status ldb_file_failed(const char *dir, const char *name, const char *what,
                          struct vt_err *err);
/* Returns VT_E_CORRUPT with place and cure. */
vt_status ldb_file_damaged(const char *dir, const char *name, uint64_t off,
                           const char *what, struct vt_err *err);

#define LDB_NAME_LEN 32u
/* Name of the MANIFEST that CURRENT names, "" when there is no CURRENT and a
 * store may be made. Returns VT_OK; VT_E_INVALID for a folder with something
 * else in it; VT_E_CORRUPT, VT_E_IO. */
vt_status ldb_read_current(const struct vt_db *db, char name[LDB_NAME_LEN],
                           struct vt_err *err);

/* Numbers of the log files in a folder, ascending. */
struct ldb_logs {
    uint64_t *numbers;
    uint32_t count, cap;
};

/* Returns 0, or -1 with errno. */
int ldb_logs_list(int dir_fd, struct ldb_logs *out);
void ldb_logs_free(struct ldb_logs *logs);
const char *ldb_log_name(uint64_t number, char out[LDB_NAME_LEN]);

#endif
