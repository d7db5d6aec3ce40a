/* SPDX-License-Identifier: Apache-2.0
 *
 * index.h - the index file beside a sealed segment: its newest entries in key
 * order, in blocks of 4 KiB that each carry a checksum. README.md has the
 * bytes. It can be made again from the segment at any time.
 */
#ifndef SEGMENT_INDEX_H
#define SEGMENT_INDEX_H

#include "segment.h"

#define SEG_BLOCK 4096u

struct seg_mem;

/* What is known about the segment an index is made for. */
struct seg_index_of {
    uint64_t id, first_seq, last_seq, size;
};

/* A place in an index. */
struct seg_pos {
    uint32_t block, at;
};

/* Write <id>.idx from the newest version of every key in mem. lives are the
 * live bytes of all sealed segments of version, and of this one. Not synced:
 * a torn one is found out and made again. Returns VT_OK, VT_E_IO,
 * VT_E_NOMEM. */
vt_status seg_index_write(struct vt_db *db, const struct seg_index_of *of,
                          const struct seg_mem *mem, uint64_t live,
                          const struct seg_version *version,
                          struct vt_err *err);
/* Map <id>.idx after checking all of it. *out is new, with one reference.
 * Returns VT_OK; VT_E_NOTFOUND when it is missing, damaged or stale: make it
 * again; VT_E_IO, VT_E_NOMEM. */
vt_status seg_index_open(struct vt_db *db, uint64_t id, struct seg_sealed **out,
                         struct vt_err *err);
/* Live bytes noted in the index for another segment. Returns 1 and *out. */
int seg_index_live(const struct seg_sealed *s, uint64_t id, uint64_t *out);

/* The entry at pos. Returns VT_OK; VT_E_NOTFOUND past the end; VT_E_CORRUPT,
 * logged with file, block and cure. Thread: any, also the ones below. */
vt_status seg_index_entry(const struct seg_sealed *s, struct seg_pos pos,
                          struct seg_slot *slot, struct seg_key *key);
/* First entry >= key, or > key when not inclusive. Returns as entry. */
vt_status seg_index_seek(const struct seg_sealed *s, struct seg_key key,
                         int inclusive, struct seg_pos *out);
/* The entries around pos. next may end one past the last. */
vt_status seg_index_next(const struct seg_sealed *s, struct seg_pos *pos);
vt_status seg_index_prev(const struct seg_sealed *s, struct seg_pos *pos);
/* Can the segment hold this key? From memory alone. */
int seg_index_covers(const struct seg_sealed *s, struct seg_key key);
/* Its range in a space, or NULL. */
const struct seg_range *seg_index_range(const struct seg_sealed *s,
                                        uint32_t space);
/* Every block's checksum and order. Returns VT_OK, VT_E_CORRUPT. */
vt_status seg_index_check(const struct seg_sealed *s, struct vt_err *err);

struct seg_sealed *seg_sealed_ref(struct seg_sealed *s);
void seg_sealed_unref(struct seg_sealed *s);

#endif
