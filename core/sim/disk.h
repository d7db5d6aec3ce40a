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

/* Who wants to know what becomes durable. */
struct vt_sim_disk_watch {
    /* an entry of this space was written by a synced commit */
    uint32_t space;
    void (*on_entry)(void *ctx, struct vt_view key, struct vt_view val);
    /* a commit is over, its sync, if any, included */
    void (*on_commit)(void *ctx);
    void *ctx;
};

/* watch (may be NULL) is copied. */
VT_MUST_USE struct vt_sim_disk *vt_sim_disk_new(
    const struct vt_sim_disk_watch *watch);
void vt_sim_disk_free(struct vt_sim_disk *disk);
struct vt_db *vt_sim_disk_db(struct vt_sim_disk *disk);

/* From now on nothing becomes durable, though all seems well: a node that died
 * in the middle of a step goes on for a while without any effect. */
void vt_sim_disk_freeze(struct vt_sim_disk *disk);
/* Power was cut: what was committed since the freeze is gone, and of the
 * commits without sync before it a random prefix survives. Thaws. */
void vt_sim_disk_cut(struct vt_sim_disk *disk, struct vt_rng *rng);
/* While full every commit that writes fails with VT_E_IO. */
void vt_sim_disk_set_full(struct vt_sim_disk *disk, int full);
/* Bytes of keys and values in a space. */
uint64_t vt_sim_disk_bytes(const struct vt_sim_disk *disk, uint32_t space);

#endif
