/* SPDX-License-Identifier: Apache-2.0
 *
 * tree_proof.c - that a key has a value, or is absent, under a root.
 *
 * Encoding: u16 depth of the place where the walk down ended; depth bits (in
 * whole bytes, first bit highest) saying which siblings are not empty; those
 * siblings from the top, 32 bytes each; u8 what stands at the end: 0 nothing,
 * 1 the key itself (var value), 2 another leaf (32 bytes key, 32 bytes hash of
 * its value).
 */
#include "ledger/tree.h"

#include "base/bytes.h"

#include <string.h>

#define DEPTH_MAX 256u
#define END_NOTHING 0u
#define END_KEY 1u
#define END_OTHER 2u

static void put_end(const struct vt_node *end, const struct vt_hash *key,
                    struct vt_buf *out)
{
    struct vt_hash value_hash;
    struct vt_view value;

    if (end == NULL) {
        (void)vt_buf_put_u8(out, END_NOTHING);
        return;
    }
    value = vt_node_value(end);
    if (vt_hash_eq(vt_node_key(end), key)) {
        (void)vt_buf_put_u8(out, END_KEY);
        (void)vt_buf_put_var(out, value);
        return;
    }
    vt_hash_bytes("VTC/value/1", value.ptr, value.len, &value_hash);
    (void)vt_buf_put_u8(out, END_OTHER);
    (void)vt_buf_put(out, vt_node_key(end)->b, 32);
    (void)vt_buf_put(out, value_hash.b, 32);
}

vt_status vt_tree_prove(const struct vt_node *root, const struct vt_hash *key,
                        struct vt_buf *out)
{
    struct vt_hash siblings[DEPTH_MAX];
    uint8_t bits[DEPTH_MAX / 8] = {0};
    unsigned depth = 0;
    size_t count = 0;

    while (root != NULL && !vt_node_is_leaf(root)) {
        int right = vt_key_bit(key, depth);
        const struct vt_node *sibling = vt_node_child(root, !right);

        if (sibling != NULL) {
            bits[depth / 8] =
                (uint8_t)(bits[depth / 8] | 1u << (7 - depth % 8));
            vt_node_hash(sibling, &siblings[count++]);
        }
        root = vt_node_child(root, right);
        depth++;
    }
    (void)vt_buf_put_u16(out, (uint16_t)depth);
    (void)vt_buf_put(out, bits, (depth + 7) / 8);
    (void)vt_buf_put(out, siblings, count * sizeof siblings[0]);
    put_end(root, key, out);
    return out->failed;
}

/* Hash of what stands at the end; 0 when the encoding is wrong. */
static int read_end(struct vt_rd *rd, const struct vt_hash *key, unsigned depth,
                    struct vt_hash *hash, int *present, struct vt_view *value)
{
    uint8_t end = vt_rd_u8(rd);
    struct vt_hash both[2];

    *present = end == END_KEY;
    memset(hash, 0, sizeof *hash);
    if (end == END_KEY) {
        *value = vt_rd_var(rd, VT_STATE_VALUE_MAX);
        if (rd->failed || value->len == 0) {
            return 0;
        }
        vt_leaf_hash(key, *value, hash);
        return 1;
    }
    if (end == END_OTHER) {
        struct vt_view bytes = vt_rd_bytes(rd, 64);

        if (bytes.len != 64) {
            return 0;
        }
        memcpy(both, bytes.ptr, 64);
        if (vt_hash_eq(&both[0], key)) {
            return 0; /* would prove presence as absence */
        }
        for (unsigned i = 0; i < depth; i++) {
            if (vt_key_bit(&both[0], i) != vt_key_bit(key, i)) {
                return 0; /* that leaf is not on this path */
            }
        }
        vt_hash_bytes("VTC/leaf/1", both, sizeof both, hash);
        return 1;
    }
    return end == END_NOTHING && !rd->failed;
}

vt_status vt_tree_check(const struct vt_hash *root, const struct vt_hash *key,
                        struct vt_rd *proof, int *present,
                        struct vt_view *value)
{
    struct vt_hash siblings[DEPTH_MAX];
    unsigned depth = vt_rd_u16(proof);
    struct vt_view bits;
    struct vt_hash at;

    if (depth > DEPTH_MAX) {
        return VT_E_CORRUPT;
    }
    bits = vt_rd_bytes(proof, (depth + 7) / 8);
    if (proof->failed ||
        (depth % 8 != 0 && (bits.ptr[depth / 8] & (0xffu >> depth % 8)) != 0)) {
        return VT_E_CORRUPT;
    }
    memset(siblings, 0, sizeof siblings);
    for (unsigned i = 0; i < depth; i++) {
        if ((bits.ptr[i / 8] >> (7 - i % 8) & 1) != 0) {
            struct vt_view bytes = vt_rd_bytes(proof, 32);

            if (bytes.len != 32) {
                return VT_E_CORRUPT;
            }
            memcpy(siblings[i].b, bytes.ptr, 32);
            if (vt_hash_is_zero(&siblings[i])) {
                return VT_E_CORRUPT; /* an empty one is said by its bit */
            }
        }
    }
    if (!read_end(proof, key, depth, &at, present, value)) {
        return VT_E_CORRUPT;
    }
    for (unsigned i = depth; i-- > 0;) {
        if (vt_key_bit(key, i)) {
            vt_inner_hash(&siblings[i], &at, &at);
        } else {
            vt_inner_hash(&at, &siblings[i], &at);
        }
    }
    return vt_hash_eq(&at, root) ? VT_OK : VT_E_CORRUPT;
}
