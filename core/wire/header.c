/* SPDX-License-Identifier: Apache-2.0
 *
 * header.c - block headers.
 */
#include "wire/block.h"

#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

vt_status vt_header_encode(const struct vt_header *h, struct vt_buf *out)
{
    (void)vt_buf_put_u16(out, h->version);
    (void)vt_buf_put(out, h->chain_id.b, 32);
    (void)vt_buf_put_u64(out, h->height);
    (void)vt_buf_put_u64(out, h->epoch);
    (void)vt_buf_put(out, h->parent.b, 32);
    (void)vt_buf_put_u64(out, (uint64_t)h->time_ms);
    (void)vt_buf_put(out, h->proposer.b, VT_ADDRESS_LEN);
    (void)vt_buf_put_u32(out, h->proposer_index);
    (void)vt_buf_put_u32(out, h->tx_count);
    (void)vt_buf_put(out, h->body_root.b, 32);
    (void)vt_buf_put_u64(out, h->exec_height);
    (void)vt_buf_put(out, h->state_root.b, 32);
    (void)vt_buf_put(out, h->receipts_root.b, 32);
    for (int i = 0; i < 4; i++) {
        (void)vt_buf_put(out, h->ledger_root[i].b, 32);
    }
    (void)vt_buf_put(out, h->params.b, 32);
    (void)vt_buf_put_var(out, h->payload);
    return vt_buf_put_var(out, h->handoff);
}

vt_status vt_header_decode(struct vt_view bytes, struct vt_header *out,
                           struct vt_err *err)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->version = vt_rd_u16(&rd);
    vt_rd_copy(&rd, out->chain_id.b, 32);
    out->height = vt_rd_u64(&rd);
    out->epoch = vt_rd_u64(&rd);
    vt_rd_copy(&rd, out->parent.b, 32);
    out->time_ms = (int64_t)vt_rd_u64(&rd);
    vt_rd_copy(&rd, out->proposer.b, VT_ADDRESS_LEN);
    out->proposer_index = vt_rd_u32(&rd);
    out->tx_count = vt_rd_u32(&rd);
    vt_rd_copy(&rd, out->body_root.b, 32);
    out->exec_height = vt_rd_u64(&rd);
    vt_rd_copy(&rd, out->state_root.b, 32);
    vt_rd_copy(&rd, out->receipts_root.b, 32);
    for (int i = 0; i < 4; i++) {
        vt_rd_copy(&rd, out->ledger_root[i].b, 32);
    }
    vt_rd_copy(&rd, out->params.b, 32);
    out->payload = vt_rd_var(&rd, VT_HEADER_PAYLOAD_MAX);
    out->handoff = vt_rd_var(&rd, VT_HANDOFF_MAX);
    if (!vt_rd_end(&rd)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "block header is cut short or has bytes left over");
    }
    if (out->version != VT_HEADER_VERSION && out->version != VT_HEADER_BATCH) {
        return vt_err_set(err, VT_E_CORRUPT, "block version %u is not known",
                          (unsigned)out->version);
    }
    if (out->tx_count > VT_BLOCK_TXS_MAX) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "block claims %u transactions, at most %u",
                          out->tx_count, VT_BLOCK_TXS_MAX);
    }
    return VT_OK;
}

vt_status vt_handoff_encode(const struct vt_handoff *handoff,
                            struct vt_buf *out)
{
    (void)vt_buf_put_var(out, handoff->spec);
    (void)vt_buf_put(out, handoff->random, sizeof handoff->random);
    return vt_buf_put_var(out, handoff->proof);
}

vt_status vt_handoff_decode(struct vt_view bytes, struct vt_handoff *out)
{
    struct vt_rd rd;

    vt_rd_init(&rd, bytes);
    out->spec = vt_rd_var(&rd, VT_TX_MAX);
    vt_rd_copy(&rd, out->random, sizeof out->random);
    out->proof = vt_rd_var(&rd, VT_SEAL_MAX);
    return vt_rd_end(&rd) ? VT_OK : VT_E_CORRUPT;
}

void vt_header_id(struct vt_view encoded_header, struct vt_hash *out)
{
    vt_hash_bytes("VTC/header/1", encoded_header.ptr, encoded_header.len, out);
}
