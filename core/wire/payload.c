/* SPDX-License-Identifier: Apache-2.0
 *
 * payload.c - what transactions of each kind carry.
 */
#include "wire/tx.h"

#include "base/bytes.h"
#include "base/utf8.h"

#include <string.h>

static vt_status done(const struct vt_rd *rd)
{
    return vt_rd_end(rd) ? VT_OK : VT_E_CORRUPT;
}

vt_status vt_tx_transfer_encode(const struct vt_tx_transfer *p,
                                struct vt_buf *out)
{
    (void)vt_buf_put(out, p->to.b, VT_ADDRESS_LEN);
    (void)vt_buf_put(out, p->asset.b, 32);
    (void)vt_buf_put_amount(out, p->amount);
    return vt_buf_put_var(out, p->memo);
}

vt_status vt_tx_transfer_decode(struct vt_view bytes,
                                struct vt_tx_transfer *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    vt_rd_copy(&rd, out->to.b, VT_ADDRESS_LEN);
    vt_rd_copy(&rd, out->asset.b, 32);
    out->amount = vt_rd_amount(&rd);
    out->memo = vt_rd_var(&rd, VT_MEMO_MAX);
    return done(&rd);
}

vt_status vt_tx_asset_register_encode(const struct vt_tx_asset_register *p,
                                      struct vt_buf *out)
{
    (void)vt_buf_put_var(out, p->symbol);
    (void)vt_buf_put_var(out, p->name);
    (void)vt_buf_put_u8(out, p->decimals);
    (void)vt_buf_put_amount(out, p->supply_max);
    return out->failed;
}

static int symbol_is_good(struct vt_view symbol)
{
    for (size_t i = 0; i < symbol.len; i++) {
        uint8_t c = symbol.ptr[i];

        if (!(c >= 'A' && c <= 'Z') && !(i > 0 && c >= '0' && c <= '9')) {
            return 0;
        }
    }
    return symbol.len > 0;
}

vt_status vt_tx_asset_register_decode(struct vt_view bytes,
                                      struct vt_tx_asset_register *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->symbol = vt_rd_var(&rd, VT_SYMBOL_MAX);
    out->name = vt_rd_var(&rd, VT_ASSET_NAME_MAX);
    out->decimals = vt_rd_u8(&rd);
    out->supply_max = vt_rd_amount(&rd);
    if (!vt_rd_end(&rd) || !symbol_is_good(out->symbol) || out->name.len == 0 ||
        !vt_utf8_is_plain(out->name) || out->decimals > 18) {
        return VT_E_CORRUPT;
    }
    return VT_OK;
}

vt_status vt_tx_asset_issue_encode(const struct vt_tx_asset_issue *p,
                                   struct vt_buf *out)
{
    (void)vt_buf_put(out, p->asset.b, 32);
    (void)vt_buf_put(out, p->to.b, VT_ADDRESS_LEN);
    (void)vt_buf_put_amount(out, p->amount);
    return out->failed;
}

vt_status vt_tx_asset_issue_decode(struct vt_view bytes,
                                   struct vt_tx_asset_issue *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    vt_rd_copy(&rd, out->asset.b, 32);
    vt_rd_copy(&rd, out->to.b, VT_ADDRESS_LEN);
    out->amount = vt_rd_amount(&rd);
    return done(&rd);
}
