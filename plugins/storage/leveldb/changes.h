/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.h - the last change of each key in one transaction.
 */
#ifndef LEVELDB_CHANGES_H
#define LEVELDB_CHANGES_H

#include "ldb.h"

struct ldb_change {
    struct ldb_change *next; /* in the order of first changes */
    const char *key;         /* as in LevelDB */
    size_t key_len;
    const uint8_t *val; /* NULL: deleted */
    size_t val_len;
};

struct ldb_changes;

/* NULL when memory is out. */
struct ldb_changes *ldb_changes_new(void);
void ldb_changes_free(struct ldb_changes *c);
/* val.ptr NULL deletes; key and value are copied. Returns VT_OK; VT_E_LIMIT
 * above LDB_BATCH_MAX, VT_E_NOMEM: nothing changed. */
vt_status ldb_changes_add(struct ldb_changes *c, const char *key,
                          size_t key_len, struct vt_view val);
/* NULL when the key was not changed. */
const struct ldb_change *ldb_changes_find(const struct ldb_changes *c,
                                          const char *key, size_t key_len);
const struct ldb_change *ldb_changes_first(const struct ldb_changes *c);
/* Bytes of all keys and values. */
uint64_t ldb_changes_bytes(const struct ldb_changes *c);

#endif
