/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.h - a simulated disk: what is on it for sure, and what was asked of it
 * since and may or may not have arrived when the power goes.
 *
 *   load a folder -> apply entries of a trace -> cut: write a folder as it may
 *                                                look after the power cut
 *
 * Rules. A file's bytes and size are for sure after its own sync. A name, a
 * name's removal, a rename are for sure after a sync of the folder, a rename
 * happens whole. Without it anything may happen to them. A file whose name is
 * lost is lost.
 */
#ifndef VT_TESTS_CRASH_DISK_H
#define VT_TESTS_CRASH_DISK_H

#include "base/rng.h"
#include "crash/trace.h"

struct disk;

/* Bugs planted in the disk: what a store that forgot a call would meet. */
#define PLANT_NO_SYNC 1u     /* syncing a file does nothing */
#define PLANT_NO_DIR_SYNC 2u /* syncing a folder does nothing */

/* What a folder holds, all of it for sure. Ends the program when memory or
 * the real disk fails, as all of this file do. */
struct disk *disk_load(const char *root);
void disk_free(struct disk *disk);
/* PLANT_ flags: syncs to be forgotten. */
void disk_plant(struct disk *disk, uint32_t bugs);

/* One change. names and data lie behind the entry as in a trace. Returns NULL,
 * or what the store did that cannot be followed. */
const char *disk_apply(struct disk *disk, const struct trace_entry *entry);

/* Is the folder on the real disk what all changes together make? Returns NULL,
 * or what differs: a change went past the shim. */
const char *disk_compare(const struct disk *disk, const char *root);

/* How the power goes. */
enum cut_kind {
    CUT_NOTHING,    /* all that was not synced is lost */
    CUT_EVERYTHING, /* all arrived */
    CUT_PREFIX,     /* the first so many changes arrived */
    CUT_SOME,       /* each change arrived or not */
    CUT_SECTORS,    /* each sector of a write arrived or not, the names too */
    CUT_STALE,      /* the same, and where a file grew lie bytes of others */
    CUT_COUNT
};
const char *cut_name(enum cut_kind kind);

struct cut_plan {
    enum cut_kind kind;
    /* Names and sizes arrive in the order they were made, a prefix of all
     * changes, as a journal has them. 0: in any order. */
    int journal;
};

struct cut_report {
    uint64_t pending, lost; /* changes not synced; of these, lost or torn */
};

/* Writes what is left into the empty folder root. */
void disk_cut(const struct disk *disk, const struct cut_plan *plan,
              struct vt_rng *rng, const char *root, struct cut_report *out);

#endif
