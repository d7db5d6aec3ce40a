/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.h - the writer's side: append, sync, seal. One thread at a time.
 */
#ifndef SEGMENT_COMMIT_H
#define SEGMENT_COMMIT_H

#include "segment.h"

/* Append the batch as one record, sync when asked, make it visible. Returns
 * VT_OK; VT_E_IO, VT_E_NOMEM: nothing of it is stored; after a failed sync it
 * is not known what is on disk, and every later call is VT_E_IO. */
vt_status seg_commit(struct vt_db *db, const struct seg_batch *batch,
                     uint32_t record_flags, int sync, struct vt_err *err);
/* All records so far durable. Returns VT_OK, VT_E_IO (final). */
vt_status seg_sync(struct vt_db *db, struct vt_err *err);
/* A new, empty, durable segment file. Returns VT_OK and *out_fd; VT_E_IO. */
vt_status seg_create(struct vt_db *db, uint64_t id, uint64_t first_seq,
                     int *out_fd, struct vt_err *err);
/* A closing mark, when something was written since the last: damage in what is
 * before it cannot be taken for a torn end. */
void seg_close_mark(struct vt_db *db);
/* What the snapshot holds under key is superseded. */
void seg_account(const struct seg_snap *before, struct seg_key key);

/* ---- reclaim.c ---------------------------------------------------------- */

/* After a commit of so many bytes and entries: move some live entries of the
 * oldest segment forward when it is worth it, and delete files no longer
 * needed. Never makes the caller's commit fail. */
void seg_reclaim(struct vt_db *db, uint64_t bytes, uint64_t entries);
/* Delete the files whose time has come. */
void seg_drop_files(struct vt_db *db);

#endif
