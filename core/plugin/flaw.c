/* SPDX-License-Identifier: Apache-2.0
 *
 * flaw.c - a transaction shown to be in a batch: is it signed? Asked of the
 * same function as in the checks of blocks and batches, so that nobody is
 * convicted for what those take.
 */
#include "plugin/host.h"

#include "wire/block.h"

#include <string.h>

vt_status vt_flaw_check(const struct vt_schemes *schemes, const uint8_t id[32],
                        struct vt_view flaw, uint32_t *verdict)
{
    uint8_t is_signed = VT_BAD;
    const struct vt_tx *txs[1];
    struct vt_hash batch;
    struct vt_view raw;
    struct vt_tx tx;
    vt_status status = VT_OK;

    *verdict = VT_BAD;
    if (flaw.len > VT_FLAW_MAX || vt_flaw_decode(flaw, &batch, &raw) != VT_OK ||
        memcmp(batch.b, id, 32) != 0) {
        return VT_OK;
    }
    if (vt_tx_decode(raw, &tx, NULL) == VT_OK) {
        txs[0] = &tx;
        status = vt_txs_verify(schemes, txs, 1, &is_signed);
    }
    if (status == VT_OK && is_signed != VT_GOOD) {
        *verdict = VT_GOOD;
    }
    return status;
}
