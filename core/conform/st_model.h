/* SPDX-License-Identifier: Apache-2.0
 *
 * st_model.h - what a store should hold: a sorted array, so simple that
 * it can be believed. And the commits of the crash tests, which both sides can
 * make from a seed and a number.
 */
#ifndef VT_CONFORM_ST_MODEL_H
#define VT_CONFORM_ST_MODEL_H

#include <vt/storage.h>

#include "base/rng.h"

struct vt_model_row {
    uint32_t space;
    struct vt_view key, val; /* owned */
};

struct vt_model {
    struct vt_model_row *rows; /* by space, then key */
    size_t count, cap;
};

void vt_model_clear(struct vt_model *m);
void vt_model_copy(struct vt_model *to, const struct vt_model *from);
void vt_model_put(struct vt_model *m, uint32_t space, struct vt_view key,
                  struct vt_view val);
void vt_model_del(struct vt_model *m, uint32_t space, struct vt_view key);
/* NULL when it is not there. */
const struct vt_model_row *vt_model_get(const struct vt_model *m,
                                        uint32_t space, struct vt_view key);
/* Index of the first row of space with key >= key; of the next space's first
 * row at the end. */
size_t vt_model_seek(const struct vt_model *m, uint32_t space,
                     struct vt_view key);

/* Does the transaction show exactly this? Every space is walked. Returns NULL,
 * or a text that says where not. */
const char *vt_model_compare(const struct vt_model *m,
                             const struct vt_storage *t, struct vt_db_tx *tx);

/* A change: val.ptr NULL deletes. Returns VT_OK to go on. */
typedef vt_status (*vt_change_fn)(void *ctx, uint32_t space, struct vt_view key,
                                  struct vt_view val);

/* The changes of commit number n (from 1) of a run: a block's load, with hot
 * keys, deletions of old heights and now and then a large value. The first
 * key of space 0, "n", is the number. */
vt_status vt_commit_changes(uint64_t seed, uint64_t n, vt_change_fn fn,
                            void *ctx);
/* Is commit n a synced one? */
int vt_commit_is_synced(uint64_t seed, uint64_t n);
/* The model after commit n, from the one after n - 1. */
void vt_model_commit(struct vt_model *m, uint64_t seed, uint64_t n);
/* The number in the store, 0 when it holds nothing. Returns what get does. */
vt_status vt_commit_number(const struct vt_storage *t, struct vt_db_tx *tx,
                           uint64_t *out);

#endif
