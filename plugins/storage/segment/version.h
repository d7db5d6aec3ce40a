/* SPDX-License-Identifier: Apache-2.0
 *
 * version.h - which segments there are, as readers see them, and lookups
 * across them.
 */
#ifndef SEGMENT_VERSION_H
#define SEGMENT_VERSION_H

#include "segment.h"

/* Takes over fd (-1: set later). NULL when memory is out, then fd is still the
 * caller's. */
struct seg_active *seg_active_new(int fd, uint64_t id, uint64_t first_seq);
struct seg_active *seg_active_ref(struct seg_active *a);
void seg_active_unref(struct seg_active *a);

/* Of active and sealed[0..count), newest first; takes references of its own.
 * NULL when memory is out. */
struct seg_version *seg_version_new(struct seg_active *active,
                                    struct seg_sealed *const *sealed,
                                    uint32_t count);
void seg_version_unref(struct seg_version *v);
/* Make it the current one; takes over the caller's reference. */
void seg_version_install(struct vt_db *db, struct seg_version *v);

/* What is committed now. Thread: any. */
void seg_snap_take(struct vt_db *db, struct seg_snap *out);
void seg_snap_drop(struct seg_snap *snap);

/* Where an entry was found: in one or the other. */
struct seg_hit {
    struct seg_slot slot;
    struct seg_active *active; /* borrowed from the snapshot */
    struct seg_sealed *sealed;
};

/* Newest version of key in the snapshot, which may be a deletion. Returns
 * VT_OK, VT_E_NOTFOUND, VT_E_CORRUPT. Thread: any. */
vt_status seg_find(const struct seg_snap *snap, struct seg_key key,
                   struct seg_hit *out);
/* Key and value of the entry into out (klen + vlen bytes); the checksum is
 * taken and the key compared. Returns VT_OK; VT_E_CORRUPT, VT_E_IO after
 * saying so in the log. Thread: any. */
vt_status seg_read(struct vt_db *db, const struct seg_hit *hit,
                   struct seg_key key, uint8_t *out);
/* Keep the file readable though its name goes. Returns 0, or -1. */
int seg_sealed_hold(struct seg_sealed *s);
/* A descriptor of the segment file; give it back with seg_sealed_close.
 * Returns -1 with errno. Thread: any. */
int seg_sealed_open(struct seg_sealed *s);
void seg_sealed_close(struct seg_sealed *s, int fd);
/* Bytes superseded since: the owner of the older version of a key. */
void seg_hit_dead(const struct seg_hit *hit);

#endif
