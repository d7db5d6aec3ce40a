/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - the random value of a member in a slot, and whether it wins.
 */
#include "inside.h"

vt_status pos_value(const struct pos_lottery *l, struct vt_view pk,
                    const struct pos_payload *p, uint8_t value[32],
                    uint32_t *verdict)
{
    uint8_t lot[POS_LOT_LEN];
    uint8_t role[4];
    uint8_t alpha[32];
    struct cs_wr lot_wr;
    struct cs_wr role_wr;
    struct vt_view parts[4];
    vt_status status;

    cs_wr_init(&lot_wr, lot, sizeof lot);
    pos_put_lot(&lot_wr, l->beacon, p->slot);
    cs_wr_init(&role_wr, role, sizeof role);
    cs_put_u32(&role_wr, POS_ROLE_LOT);
    parts[0] = cs_view(l->chain_id, 32);
    parts[1] = cs_view(l->epoch_digest, 32);
    parts[2] = cs_wr_view(&role_wr);
    parts[3] = cs_wr_view(&lot_wr);
    status = l->crypto->hash(l->host, VT_VRF_TAG, parts, 4, alpha);
    if (status != VT_OK) {
        return status;
    }
    return l->crypto->vrf_verify(l->host, l->scheme, pk, cs_view(alpha, 32),
                                 p->vrf, value, verdict);
}

int pos_judge(const struct vt_cs *cs, uint32_t proposer,
              const struct pos_payload *p, uint8_t value[32])
{
    const struct pos_lottery l = {.host = cs->host,
                                  .crypto = cs->crypto,
                                  .chain_id = cs->chain_id,
                                  .epoch_digest = cs->epoch_digest,
                                  .beacon = cs->beacon,
                                  .scheme = cs->scheme};
    uint32_t verdict = VT_BAD;

    return pos_value(&l, cs->pk[proposer], p, value, &verdict) == VT_OK &&
           verdict == VT_GOOD && pos_lot_wins(value, cs->limit[proposer]);
}
