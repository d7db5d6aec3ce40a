/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - four trees make one version.
 */
#include "ledger/state.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/tree.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct vt_state {
    _Atomic uint32_t refs;
    struct vt_node *root[VT_LEDGER_COUNT];
};

struct vt_state *vt_state_new(void)
{
    struct vt_state *state = vt_alloc(sizeof *state);

    if (state != NULL) {
        atomic_init(&state->refs, 1);
    }
    return state;
}

struct vt_state *vt_state_ref(struct vt_state *state)
{
    atomic_fetch_add(&state->refs, 1);
    return state;
}

void vt_state_unref(struct vt_state *state)
{
    if (state != NULL && atomic_fetch_sub(&state->refs, 1) == 1) {
        for (int i = 0; i < VT_LEDGER_COUNT; i++) {
            vt_node_unref(state->root[i]);
        }
        vt_free(state);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct vt_state_change *x = a;
    const struct vt_state_change *y = b;

    return memcmp(x->key.b, y->key.b, 32);
}

vt_status vt_state_update(struct vt_state *parent, enum vt_ledger_kind ledger,
                          struct vt_state_change *changes, size_t count,
                          struct vt_state **out)
{
    struct vt_state *state = vt_state_new();
    vt_status status;

    *out = NULL;
    if (state == NULL) {
        return VT_E_NOMEM;
    }
    if (count > 1) {
        qsort(changes, count, sizeof *changes, by_key);
    }
    status = vt_tree_update(parent->root[ledger], changes, count,
                            &state->root[ledger]);
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        if (i != (int)ledger) {
            state->root[i] = vt_node_ref(parent->root[i]);
        }
    }
    if (status != VT_OK) {
        vt_state_unref(state);
        return status;
    }
    *out = state;
    return VT_OK;
}

vt_status vt_state_get(const struct vt_state *state, enum vt_ledger_kind ledger,
                       const struct vt_hash *key, struct vt_view *value)
{
    return vt_tree_get(state->root[ledger], key, value);
}

void vt_state_ledger_root(const struct vt_state *state,
                          enum vt_ledger_kind ledger, struct vt_hash *out)
{
    vt_node_hash(state->root[ledger], out);
}

static void hash_roots(const struct vt_hash roots[VT_LEDGER_COUNT],
                       struct vt_hash *out)
{
    vt_hash_bytes("VTC/state/1", roots, 32u * VT_LEDGER_COUNT, out);
}

void vt_state_root(const struct vt_state *state, struct vt_hash *out)
{
    struct vt_hash roots[VT_LEDGER_COUNT];

    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_node_hash(state->root[i], &roots[i]);
    }
    hash_roots(roots, out);
}

uint64_t vt_state_count(const struct vt_state *state,
                        enum vt_ledger_kind ledger)
{
    return vt_node_count(state->root[ledger]);
}

void vt_state_walk(const struct vt_state *state, enum vt_ledger_kind ledger,
                   vt_state_walk_fn fn, void *ctx)
{
    vt_tree_walk(state->root[ledger], fn, ctx);
}

vt_status vt_state_prove(const struct vt_state *state,
                         enum vt_ledger_kind ledger, const struct vt_hash *key,
                         struct vt_buf *out)
{
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        struct vt_hash root;

        vt_node_hash(state->root[i], &root);
        (void)vt_buf_put(out, root.b, 32);
    }
    return vt_tree_prove(state->root[ledger], key, out);
}

vt_status vt_state_check_proof(const struct vt_hash *state_root,
                               enum vt_ledger_kind ledger,
                               const struct vt_hash *key, struct vt_view proof,
                               int *present, struct vt_view *value)
{
    struct vt_hash roots[VT_LEDGER_COUNT];
    struct vt_hash top;
    struct vt_rd rd;
    struct vt_view bytes;
    struct vt_view found = {NULL, 0};
    int is_there = 0;

    vt_rd_init(&rd, proof);
    bytes = vt_rd_bytes(&rd, sizeof roots);
    if (bytes.len != sizeof roots) {
        return VT_E_CORRUPT;
    }
    memcpy(roots, bytes.ptr, sizeof roots);
    hash_roots(roots, &top);
    if (!vt_hash_eq(&top, state_root)) {
        return VT_E_CORRUPT;
    }
    if (vt_tree_check(&roots[ledger], key, &rd, &is_there, &found) != VT_OK ||
        !vt_rd_end(&rd)) {
        return VT_E_CORRUPT;
    }
    *present = is_there;
    *value = found;
    return VT_OK;
}
