/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h - what LevelDB's MANIFEST says about its write-ahead logs.
 */
#ifndef LEVELDB_MANIFEST_H
#define LEVELDB_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

/* Logs below oldest_log are in the tables already, but for prev_log. */
struct ldb_manifest {
    uint64_t oldest_log;
    uint64_t prev_log;
};

/* Apply one record, a VersionEdit. Returns 1, or 0 when it is not one. */
int ldb_manifest_apply(struct ldb_manifest *m, const uint8_t *bytes,
                       size_t len);

#endif
