/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.c - the envelope of a transaction.
 */
#include "wire/tx.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/listed.h"

#include <string.h>

#define TX_TAG "VTC/tx/1"

vt_status vt_tx_encode_unsigned(const struct vt_tx *tx, struct vt_buf *out)
{
    (void)vt_buf_put_u16(out, tx->version);
    (void)vt_buf_put(out, tx->chain_id.b, 32);
    (void)vt_buf_put_u8(out, tx->scheme);
    (void)vt_buf_put_var(out, tx->pk);
    (void)vt_buf_put_u64(out, tx->nonce);
    (void)vt_buf_put_u64(out, tx->valid_until);
    (void)vt_buf_put_u64(out, tx->gas_limit);
    (void)vt_buf_put_amount(out, tx->fee);
    (void)vt_buf_put_u16(out, tx->kind);
    return vt_buf_put_var(out, tx->payload);
}

void vt_tx_sign_hash(struct vt_view unsigned_bytes, struct vt_hash *out)
{
    vt_hash_bytes(TX_TAG, unsigned_bytes.ptr, unsigned_bytes.len, out);
}

vt_status vt_tx_append_sig(struct vt_buf *unsigned_bytes, struct vt_view sig)
{
    return vt_buf_put_var(unsigned_bytes, sig);
}

static void read_fixed(struct vt_rd *rd, struct vt_tx *tx)
{
    tx->nonce = vt_rd_u64(rd);
    tx->valid_until = vt_rd_u64(rd);
    tx->gas_limit = vt_rd_u64(rd);
    tx->fee = vt_rd_amount(rd);
    tx->kind = vt_rd_u16(rd);
}

vt_status vt_tx_decode(struct vt_view bytes, struct vt_tx *out,
                       struct vt_err *err)
{
    struct vt_listed who;
    struct vt_rd rd;
    size_t unsigned_len;
    int is_listed;

    if (bytes.len > VT_TX_MAX) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "transaction has %zu bytes, at most %u", bytes.len,
                          VT_TX_MAX);
    }
    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->version = vt_rd_u16(&rd);
    vt_rd_copy(&rd, out->chain_id.b, 32);
    out->scheme = vt_rd_u8(&rd);
    is_listed = out->scheme == VT_SCHEME_LISTED;
    out->pk = vt_rd_var(&rd, is_listed ? VT_LISTED_PK_MAX : VT_TX_PK_MAX);
    read_fixed(&rd, out);
    out->payload = vt_rd_var(&rd, VT_TX_MAX);
    unsigned_len = bytes.len - rd.left;
    out->sig = vt_rd_var(&rd, is_listed ? VT_LISTED_SIG_MAX : VT_TX_SIG_MAX);
    if (!vt_rd_end(&rd)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "transaction is cut short, has bytes left over or a "
                          "part that is too long");
    }
    if (out->version != VT_TX_VERSION) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "transaction version %u is not known",
                          (unsigned)out->version);
    }
    if (is_listed && !vt_listed_decode(out->pk, &who)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "transaction's list of keys is not well-formed: 2 to "
                          "%u of them, in ascending order",
                          VT_LISTED_KEYS_MAX);
    }
    out->raw = bytes;
    vt_tx_sign_hash(vt_view_of(bytes.ptr, unsigned_len), &out->id);
    vt_address_from_key(out->scheme, out->pk, &out->sender);
    return VT_OK;
}

static struct vt_view moved(struct vt_view view, const uint8_t *from,
                            const uint8_t *to)
{
    return view.len == 0 ? view : vt_view_of(to + (view.ptr - from), view.len);
}

void vt_tx_rebase(const struct vt_tx *tx, const uint8_t *raw, struct vt_tx *out)
{
    const uint8_t *from = tx->raw.ptr;

    *out = *tx;
    out->pk = moved(tx->pk, from, raw);
    out->payload = moved(tx->payload, from, raw);
    out->sig = moved(tx->sig, from, raw);
    out->raw = vt_view_of(raw, tx->raw.len);
}
