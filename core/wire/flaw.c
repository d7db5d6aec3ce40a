/* SPDX-License-Identifier: Apache-2.0
 *
 * flaw.c - one transaction of a batch with what ties it to the batch's id, for
 * those who do not have the rest: to show that it should not be there.
 */
#include "wire/block.h"

#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

#define PATH_MAX 64u

vt_status vt_flaw_encode(const struct vt_block *batch, uint32_t index,
                         struct vt_buf *out)
{
    struct vt_hash path[PATH_MAX];
    size_t count = 0;
    vt_status status;

    if (index >= batch->header.tx_count) {
        return VT_E_INVALID;
    }
    status = vt_block_tx_path(batch, index, path, &count);
    if (status != VT_OK) {
        return status;
    }
    (void)vt_buf_put_var(out, batch->raw_header);
    (void)vt_buf_put_u32(out, index);
    (void)vt_buf_put_u8(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        (void)vt_buf_put(out, path[i].b, sizeof path[i].b);
    }
    return vt_buf_put_var(out, batch->txs[index].raw);
}

vt_status vt_flaw_decode(struct vt_view bytes, struct vt_hash *out_batch,
                         struct vt_view *out_tx)
{
    struct vt_hash path[PATH_MAX];
    struct vt_tx tx = {.kind = 0};
    struct vt_header header;
    struct vt_hash leaf;
    struct vt_view raw_header;
    struct vt_rd rd;
    uint32_t index;
    size_t count;

    vt_rd_init(&rd, bytes);
    raw_header = vt_rd_var(&rd, VT_FLAW_MAX);
    index = vt_rd_u32(&rd);
    count = vt_rd_u8(&rd);
    for (size_t i = 0; i < count && count <= PATH_MAX; i++) {
        vt_rd_copy(&rd, path[i].b, sizeof path[i].b);
    }
    tx.raw = vt_rd_var(&rd, VT_TX_MAX);
    if (count > PATH_MAX || !vt_rd_end(&rd) ||
        vt_header_decode(raw_header, &header, NULL) != VT_OK ||
        !vt_header_is_batch(&header)) {
        return VT_E_CORRUPT;
    }
    vt_block_tx_leaf(&tx, &leaf);
    if (!vt_merkle_check(&leaf, index, header.tx_count, path, count,
                         &header.body_root)) {
        return VT_E_CORRUPT;
    }
    vt_header_id(raw_header, out_batch);
    *out_tx = tx.raw;
    return VT_OK;
}
