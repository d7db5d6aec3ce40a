/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_anchor.c - ANCHOR: a sender names a block of another chain, each time a
 * higher one.
 */
#include "base/bytes.h"
#include "ledger/anchor.h"
#include "ledger/exec.h"

uint32_t vt_exec_do_anchor(struct vt_exec *x, const struct vt_tx *tx)
{
    const struct cached_entry *entry;
    struct vt_anchor last;
    struct vt_tx_anchor p;
    struct vt_hash key;
    uint8_t bytes[VT_ANCHOR_SIZE];

    if (vt_tx_anchor_decode(tx->payload, &p) != VT_OK ||
        vt_hash_eq(&p.chain, &x->block.chain_id)) {
        return VT_TX_BAD_PAYLOAD;
    }
    vt_anchor_key(&p.chain, &tx->sender, &key);
    entry = vt_exec_log(x, &key);
    if (entry == NULL) {
        return UINT32_MAX;
    }
    if (vt_anchor_decode(entry->value, &last) == VT_OK &&
        p.height <= last.height) {
        return VT_TX_ANCHOR_ORDER;
    }
    last.height = p.height;
    last.id = p.id;
    last.at = x->block.height;
    vt_anchor_encode(&last, bytes);
    return vt_exec_log_put(x, &key, vt_view_of(bytes, sizeof bytes),
                           vt_view_of(NULL, 0)) == VT_OK
               ? VT_TX_DONE
               : UINT32_MAX;
}
