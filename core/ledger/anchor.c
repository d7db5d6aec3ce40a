/* SPDX-License-Identifier: Apache-2.0
 *
 * anchor.c - entries of the log ledger about other chains' blocks: keys, bytes,
 * look-ups.
 */
#include "ledger/anchor.h"

#include "base/bytes.h"

#include <string.h>

void vt_anchor_key(const struct vt_hash *chain, const struct vt_address *sender,
                   struct vt_hash *out)
{
    struct vt_view parts[2] = {vt_view_of(chain->b, 32),
                               vt_view_of(sender->b, VT_ADDRESS_LEN)};

    vt_hash_tagged("VTC/anchorentry/1", parts, 2, out);
}

void vt_anchor_encode(const struct vt_anchor *anchor,
                      uint8_t out[VT_ANCHOR_SIZE])
{
    out[0] = VT_ENTRY_ANCHOR;
    vt_put_u64(out + 1, anchor->height);
    memcpy(out + 9, anchor->id.b, 32);
    vt_put_u64(out + 41, anchor->at);
}

vt_status vt_anchor_decode(struct vt_view bytes, struct vt_anchor *out)
{
    if (bytes.len != VT_ANCHOR_SIZE || bytes.ptr[0] != VT_ENTRY_ANCHOR) {
        return VT_E_CORRUPT;
    }
    out->height = vt_get_u64(bytes.ptr + 1);
    memcpy(out->id.b, bytes.ptr + 9, 32);
    out->at = vt_get_u64(bytes.ptr + 41);
    return VT_OK;
}

vt_status vt_anchor_get(const struct vt_state *state,
                        const struct vt_hash *chain,
                        const struct vt_address *sender, struct vt_anchor *out)
{
    struct vt_hash key;
    struct vt_view v;
    vt_status status;

    vt_anchor_key(chain, sender, &key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &v);
    return status == VT_OK ? vt_anchor_decode(v, out) : status;
}
