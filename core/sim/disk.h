/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.h - a virtual disk behind vt.storage/1 that loses what was not synced.
 */
#ifndef VT_SIM_DISK_H
#define VT_SIM_DISK_H

#include <vt/storage.h>

#include "base/rng.h"

struct vt_sim_disk; /* is a struct vt_db to the chain */

extern const struct vt_storage vt_sim_disk_table;

VT_MUST_USE struct vt_sim_disk *vt_sim_disk_new(void);
void vt_sim_disk_free(struct vt_sim_disk *disk);
struct vt_db *vt_sim_disk_db(struct vt_sim_disk *disk);

/* Power is cut: of the commits since the last synced one a random prefix
 * survives. From now on every call fails with VT_E_IO, so that a chain that is
 * being torn down cannot write. */
void vt_sim_disk_cut(struct vt_sim_disk *disk, struct vt_rng *rng);
/* Power is back. */
void vt_sim_disk_revive(struct vt_sim_disk *disk);
/* The next n synced commits fail with VT_E_IO (a full or broken disk). */
void vt_sim_disk_fail_next(struct vt_sim_disk *disk, uint32_t n);

#endif
