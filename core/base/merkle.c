/* SPDX-License-Identifier: Apache-2.0
 *
 * merkle.c - binary Merkle tree over a list. The root is bound to the number
 * of leaves by the callers (headers carry the count), an odd node is lifted.
 */
#include "base/hash.h"

#include "base/alloc.h"

#define NODE_TAG "VTC/merkle/1"

vt_status vt_merkle_root(const struct vt_hash *leaves, size_t count,
                         struct vt_hash *out)
{
    struct vt_hash *level;

    memset(out, 0, sizeof *out);
    if (count == 0) {
        return VT_OK;
    }
    level = vt_memdup(leaves, count * sizeof *leaves);
    if (level == NULL) {
        return VT_E_NOMEM;
    }
    while (count > 1) {
        for (size_t i = 0; i + 1 < count; i += 2) {
            vt_hash_pair(NODE_TAG, &level[i], &level[i + 1], &level[i / 2]);
        }
        if (count % 2 == 1) {
            level[count / 2] = level[count - 1];
        }
        count = (count + 1) / 2;
    }
    *out = level[0];
    vt_free(level);
    return VT_OK;
}

vt_status vt_merkle_path(const struct vt_hash *leaves, size_t count,
                         size_t index, struct vt_hash *out, size_t *out_count)
{
    struct vt_hash *level;

    *out_count = 0;
    if (index >= count) {
        return VT_E_INVALID;
    }
    level = vt_memdup(leaves, count * sizeof *leaves);
    if (level == NULL) {
        return VT_E_NOMEM;
    }
    while (count > 1) {
        size_t sibling = index ^ 1u;

        if (sibling < count) {
            out[(*out_count)++] = level[sibling];
        }
        for (size_t i = 0; i + 1 < count; i += 2) {
            vt_hash_pair(NODE_TAG, &level[i], &level[i + 1], &level[i / 2]);
        }
        if (count % 2 == 1) {
            level[count / 2] = level[count - 1];
        }
        count = (count + 1) / 2;
        index /= 2;
    }
    vt_free(level);
    return VT_OK;
}

int vt_merkle_check(const struct vt_hash *leaf, uint64_t index, uint64_t count,
                    const struct vt_hash *path, size_t path_count,
                    const struct vt_hash *root)
{
    struct vt_hash at = *leaf;
    size_t used = 0;

    if (index >= count) {
        return 0;
    }
    while (count > 1) {
        if ((index ^ 1u) < count) {
            if (used == path_count) {
                return 0;
            }
            if (index % 2 == 0) {
                vt_hash_pair(NODE_TAG, &at, &path[used], &at);
            } else {
                vt_hash_pair(NODE_TAG, &path[used], &at, &at);
            }
            used++;
        }
        count = (count + 1) / 2;
        index /= 2;
    }
    return used == path_count && vt_hash_eq(&at, root);
}
