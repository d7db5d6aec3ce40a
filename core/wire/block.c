/* SPDX-License-Identifier: Apache-2.0
 *
 * block.c - header and transactions in one shared, immutable allocation.
 */
#include "wire/block.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdatomic.h>
#include <string.h>

#define HEADER_MAX (VT_HEADER_PAYLOAD_MAX + 1024u)

/* The public struct first, the count of references behind it. */
struct block {
    struct vt_block pub;
    _Atomic uint32_t refs;
    uint8_t bytes[];
};

void vt_block_tx_leaf(const struct vt_tx *tx, struct vt_hash *out)
{
    vt_hash_bytes("VTC/txleaf/1", tx->raw.ptr, tx->raw.len, out);
}

static vt_status leaves_of(const struct vt_tx *txs, uint32_t count,
                           struct vt_hash **out)
{
    struct vt_hash *leaves = vt_alloc_array(count, sizeof *leaves);

    *out = leaves;
    if (leaves == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        vt_block_tx_leaf(&txs[i], &leaves[i]);
    }
    return VT_OK;
}

static vt_status body_root(const struct vt_tx *txs, uint32_t count,
                           struct vt_hash *out)
{
    struct vt_hash *leaves;
    vt_status status = leaves_of(txs, count, &leaves);

    if (status == VT_OK) {
        status = vt_merkle_root(leaves, count, out);
    }
    vt_free(leaves);
    return status;
}

static vt_status decode_txs(struct vt_rd *rd, struct vt_block *block,
                            struct vt_err *err)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_view raw = vt_rd_var(rd, VT_TX_MAX);

        if (rd->failed) {
            return vt_err_set(err, VT_E_CORRUPT,
                              "block body is cut short at transaction %u", i);
        }
        if (vt_tx_decode(raw, &block->txs[i], err) != VT_OK) {
            return vt_err_wrap(err, "transaction %u of the block", i);
        }
    }
    if (!vt_rd_end(rd)) {
        return vt_err_set(err, VT_E_CORRUPT, "block has bytes left over");
    }
    return VT_OK;
}

/* block->raw is in place; fill in all that derives from it. */
static vt_status decode_in_place(struct vt_block *block, struct vt_err *err)
{
    struct vt_rd rd;
    struct vt_hash root;
    vt_status status;

    vt_rd_init(&rd, block->raw);
    block->raw_header = vt_rd_var(&rd, HEADER_MAX);
    if (rd.failed) {
        return vt_err_set(err, VT_E_CORRUPT, "block header is cut short");
    }
    status = vt_header_decode(block->raw_header, &block->header, err);
    if (status != VT_OK) {
        return status;
    }
    if (block->header.tx_count > rd.left / 4) {
        return vt_err_set(err, VT_E_CORRUPT, "block body is cut short");
    }
    block->txs = vt_alloc_array(block->header.tx_count, sizeof *block->txs);
    if (block->txs == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a block");
    }
    status = decode_txs(&rd, block, err);
    if (status == VT_OK) {
        status = body_root(block->txs, block->header.tx_count, &root);
    }
    if (status == VT_OK && !vt_hash_eq(&root, &block->header.body_root)) {
        status =
            vt_err_set(err, VT_E_CORRUPT, "block body does not fit its header");
    }
    vt_header_id(block->raw_header, &block->id);
    return status;
}

vt_status vt_block_decode(struct vt_view bytes, struct vt_block **out,
                          struct vt_err *err)
{
    struct block *block;
    vt_status status;

    *out = NULL;
    if (bytes.len > VT_BLOCK_MAX) {
        return vt_err_set(err, VT_E_CORRUPT, "block has %zu bytes, at most %u",
                          bytes.len, VT_BLOCK_MAX);
    }
    block = vt_alloc(sizeof *block + bytes.len);
    if (block == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a block");
    }
    if (bytes.len > 0) {
        memcpy(block->bytes, bytes.ptr, bytes.len);
    }
    block->pub.raw = vt_view_of(block->bytes, bytes.len);
    atomic_init(&block->refs, 1);
    status = decode_in_place(&block->pub, err);
    if (status != VT_OK) {
        vt_block_unref(&block->pub);
        return status;
    }
    *out = &block->pub;
    return VT_OK;
}

static vt_status root_of_raw(const struct vt_view *raw_txs, uint32_t count,
                             struct vt_hash *out)
{
    struct vt_tx *txs = vt_alloc_array(count, sizeof *txs);
    vt_status status;

    if (txs == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        txs[i].raw = raw_txs[i];
    }
    status = body_root(txs, count, out);
    vt_free(txs);
    return status;
}

vt_status vt_block_make(struct vt_header *header, const struct vt_view *raw_txs,
                        uint32_t tx_count, struct vt_block **out,
                        struct vt_err *err)
{
    struct vt_buf head = VT_BUF_INIT(HEADER_MAX);
    struct vt_buf raw = VT_BUF_INIT(VT_BLOCK_MAX);
    vt_status status;

    *out = NULL;
    header->tx_count = tx_count;
    status = root_of_raw(raw_txs, tx_count, &header->body_root);
    if (status == VT_OK) {
        status = vt_header_encode(header, &head);
    }
    if (status == VT_OK) {
        status = vt_buf_put_var(&raw, vt_buf_view(&head));
    }
    for (uint32_t i = 0; i < tx_count && status == VT_OK; i++) {
        status = vt_buf_put_var(&raw, raw_txs[i]);
    }
    status = status == VT_OK
                 ? vt_block_decode(vt_buf_view(&raw), out, err)
                 : vt_err_set(err, status, "block cannot be made: %s",
                              vt_status_text(status));
    vt_buf_fini(&head);
    vt_buf_fini(&raw);
    return status;
}

struct vt_block *vt_block_ref(struct vt_block *block)
{
    atomic_fetch_add(&((struct block *)(void *)block)->refs, 1);
    return block;
}

void vt_block_unref(struct vt_block *block)
{
    if (block != NULL &&
        atomic_fetch_sub(&((struct block *)(void *)block)->refs, 1) == 1) {
        vt_free(block->txs);
        vt_free(block);
    }
}

vt_status vt_block_tx_path(const struct vt_block *block, uint32_t index,
                           struct vt_hash *path, size_t *path_count)
{
    struct vt_hash *leaves;
    vt_status status = leaves_of(block->txs, block->header.tx_count, &leaves);

    if (status == VT_OK) {
        status = vt_merkle_path(leaves, block->header.tx_count, index, path,
                                path_count);
    }
    vt_free(leaves);
    return status;
}
