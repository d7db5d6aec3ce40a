/* SPDX-License-Identifier: Apache-2.0
 *
 * payload_anchor.c - what an ANCHOR transaction carries: a block of another
 * chain that its sender wants fixed on this one.
 */
#include "wire/tx.h"

#include "base/bytes.h"

#include <string.h>

#define LEN 112u

vt_status vt_tx_anchor_encode(const struct vt_tx_anchor *p, struct vt_buf *out)
{
    (void)vt_buf_put(out, p->chain.b, 32);
    (void)vt_buf_put_u64(out, p->height);
    (void)vt_buf_put(out, p->id.b, 32);
    (void)vt_buf_put_u64(out, p->prev_height);
    return vt_buf_put(out, p->prev_id.b, 32);
}

vt_status vt_tx_anchor_decode(struct vt_view bytes, struct vt_tx_anchor *out)
{
    if (bytes.len != LEN) {
        return VT_E_CORRUPT;
    }
    memcpy(out->chain.b, bytes.ptr, 32);
    out->height = vt_get_u64(bytes.ptr + 32);
    memcpy(out->id.b, bytes.ptr + 40, 32);
    out->prev_height = vt_get_u64(bytes.ptr + 72);
    memcpy(out->prev_id.b, bytes.ptr + 80, 32);
    return out->height > out->prev_height &&
                   (out->prev_height > 0 || vt_hash_is_zero(&out->prev_id))
               ? VT_OK
               : VT_E_CORRUPT;
}
