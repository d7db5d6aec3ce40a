/* SPDX-License-Identifier: Apache-2.0
 *
 * recover.h - from the files of a folder to a version in memory.
 */
#ifndef SEGMENT_RECOVER_H
#define SEGMENT_RECOVER_H

#include "segment.h"

/* Present while a checkpoint is being made: such a folder is not opened. */
#define SEG_INCOMPLETE "incomplete"
#define SEG_LOCK "lock"

/* What lies in the folder. */
struct seg_folder {
    uint64_t *ids; /* of segment files, ascending */
    uint32_t count;
    int foreign; /* something that is not this store's */
    char foreign_name[64];
};

/* List it; files left half made are deleted. Returns VT_OK; VT_E_INVALID for a
 * checkpoint that was not finished; VT_E_IO, VT_E_NOMEM. */
vt_status seg_folder_read(struct vt_db *db, struct seg_folder *out,
                          struct vt_err *err);
void seg_folder_free(struct seg_folder *folder);
/* Delete what a crash kept from being deleted: files of segments below lowest,
 * and an index the last segment has from an attempt to seal it. */
void seg_folder_sweep(struct vt_db *db, uint64_t lowest, uint64_t last);

/* Fill db from the folder, creating the store in an empty one. Returns VT_OK,
 * VT_E_INVALID, VT_E_CORRUPT, VT_E_IO, VT_E_NOMEM. */
vt_status seg_recover(struct vt_db *db, struct vt_err *err);

/* Header of a segment file, checked against its name and this store. Returns
 * VT_OK, VT_E_CORRUPT, VT_E_IO. */
struct seg_file_head;
vt_status seg_head_read(const struct vt_db *db, int fd, uint64_t id,
                        struct seg_file_head *out, struct vt_err *err);

#endif
