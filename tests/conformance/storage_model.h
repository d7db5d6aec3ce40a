/* SPDX-License-Identifier: Apache-2.0
 *
 * storage_model.h - what a store should hold: a sorted array, so simple that
 * it can be believed. And the commits of the crash tests, which both sides can
 * make from a seed and a number.
 */
#ifndef VT_TESTS_CONFORMANCE_STORAGE_MODEL_H
#define VT_TESTS_CONFORMANCE_STORAGE_MODEL_H

#include <vt/storage.h>

#include "base/rng.h"

struct model_row {
    uint32_t space;
    struct vt_view key, val; /* owned */
};

struct model {
    struct model_row *rows; /* by space, then key */
    size_t count, cap;
};

void model_clear(struct model *m);
void model_copy(struct model *to, const struct model *from);
void model_put(struct model *m, uint32_t space, struct vt_view key,
               struct vt_view val);
void model_del(struct model *m, uint32_t space, struct vt_view key);
/* NULL when it is not there. */
const struct model_row *model_get(const struct model *m, uint32_t space,
                                  struct vt_view key);
/* Index of the first row of space with key >= key; of the next space's first
 * row at the end. */
size_t model_seek(const struct model *m, uint32_t space, struct vt_view key);

/* Does the transaction show exactly this? Every space is walked. Returns NULL,
 * or a text that says where not. */
const char *model_compare(const struct model *m, const struct vt_storage *t,
                          struct vt_db_tx *tx);

/* A change: val.ptr NULL deletes. Returns VT_OK to go on. */
typedef vt_status (*change_fn)(void *ctx, uint32_t space, struct vt_view key,
                               struct vt_view val);

/* The changes of commit number n (from 1) of a run: a block's load, with hot
 * keys, deletions of old heights and now and then a large value. The first
 * key of space 0, "n", is the number. */
vt_status commit_changes(uint64_t seed, uint64_t n, change_fn fn, void *ctx);
/* Is commit n a synced one? */
int commit_is_synced(uint64_t seed, uint64_t n);
/* The model after commit n, from the one after n - 1. */
void model_commit(struct model *m, uint64_t seed, uint64_t n);
/* The number in the store, 0 when it holds nothing. Returns what get does. */
vt_status commit_number(const struct vt_storage *t, struct vt_db_tx *tx,
                        uint64_t *out);

#endif
