/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.h - what LevelDB's synced write leaves out.
 */
#ifndef LEVELDB_DURABLE_H
#define LEVELDB_DURABLE_H

#include "ldb.h"

/* After a synced write: earlier logs and the names of the logs durable too,
 * when there is a new log since last time. Returns 0, or -1 with errno. */
int ldb_make_durable(struct vt_db *db);

#endif
