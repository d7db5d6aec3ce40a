/* SPDX-License-Identifier: Apache-2.0
 *
 * mend.h - what has to be done to a folder before LevelDB opens it.
 */
#ifndef LEVELDB_MEND_H
#define LEVELDB_MEND_H

#include "ldb.h"

/*
 * LevelDB takes a log that ends early for one that was closed, steps over a
 * block of zeros, and reads on in the next log: after a power cut a commit may
 * be missing while later ones are there. Anything else that is torn it refuses
 * to open at all. Here every log is read first and cut at the first place where
 * a commit is missing or not whole; when a later commit knows the missing one
 * to be durable it is damage instead, and nothing is changed.
 *
 * db->h holds the folder. *fresh says that there is no store yet and one may be
 * made. Returns VT_OK; VT_E_INVALID for a folder with something else in it;
 * VT_E_CORRUPT, VT_E_IO, VT_E_NOMEM.
 */
vt_status ldb_mend(const struct vt_db *db, int *fresh, struct vt_err *err);

#endif
