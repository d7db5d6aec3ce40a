/* SPDX-License-Identifier: Apache-2.0
 *
 * payload_stake.c - what the transactions carry that choose a chain's members
 * and that convict them.
 */
#include "wire/tx.h"

#include "base/bytes.h"

#include <string.h>

vt_status vt_tx_stake_encode(struct vt_amount amount, struct vt_buf *out)
{
    return vt_buf_put_amount(out, amount);
}

vt_status vt_tx_stake_decode(struct vt_view bytes, struct vt_amount *out)
{
    if (bytes.len != 16) {
        return VT_E_CORRUPT;
    }
    *out = vt_amount_get(bytes.ptr);
    return VT_OK;
}

vt_status vt_tx_vote_encode(const struct vt_address *candidate,
                            struct vt_buf *out)
{
    return vt_buf_put(out, candidate->b, VT_ADDRESS_LEN);
}

vt_status vt_tx_vote_decode(struct vt_view bytes, struct vt_address *out)
{
    if (bytes.len != VT_ADDRESS_LEN) {
        return VT_E_CORRUPT;
    }
    memcpy(out->b, bytes.ptr, VT_ADDRESS_LEN);
    return VT_OK;
}

vt_status vt_tx_candidate_encode(struct vt_view name, struct vt_buf *out)
{
    return vt_buf_put_var(out, name);
}

vt_status vt_tx_candidate_decode(struct vt_view bytes, struct vt_view *out)
{
    struct vt_rd rd;

    vt_rd_init(&rd, bytes);
    *out = vt_rd_var(&rd, VT_MEMBER_NAME_MAX);
    return vt_rd_end(&rd) && (out->len == 0 || vt_member_name_is_good(*out))
               ? VT_OK
               : VT_E_CORRUPT;
}

vt_status vt_tx_evidence_encode(const struct vt_tx_evidence *p,
                                struct vt_buf *out)
{
    (void)vt_buf_put_u64(out, p->epoch);
    (void)vt_buf_put_u32(out, p->kind);
    (void)vt_buf_put_var(out, p->a);
    return vt_buf_put_var(out, p->b);
}

vt_status vt_tx_evidence_decode(struct vt_view bytes,
                                struct vt_tx_evidence *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->epoch = vt_rd_u64(&rd);
    out->kind = vt_rd_u32(&rd);
    out->a = vt_rd_var(&rd, VT_TX_MAX);
    out->b = vt_rd_var(&rd, VT_TX_MAX);
    return vt_rd_end(&rd) ? VT_OK : VT_E_CORRUPT;
}
