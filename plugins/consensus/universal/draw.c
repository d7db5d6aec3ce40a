/* SPDX-License-Identifier: Apache-2.0
 *
 * draw.c - the random value in a cut: of the verifiable random function of its
 * leader's key over the epoch and the height. The leader can keep it back, with
 * its cut, but not choose it; the host mixes the values of final blocks into
 * the beacon of the next epoch.
 */
#include "inside.h"

/* ---- any thread ---------------------------------------------------------- */

struct lot {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const uint8_t *chain_id, *epoch_digest;
    const char *scheme;
    struct vt_view pk;
    uint64_t height;
};

/* Where the scheme has no random function nothing is drawn, and nothing must
 * be claimed. */
static vt_status check(const struct lot *l, const struct uni_draw *draw,
                       uint8_t value[32], uint32_t *verdict)
{
    uint8_t core[UNI_LOT_LEN];
    uint8_t role[4];
    uint8_t alpha[32];
    struct cs_wr core_wr;
    struct cs_wr role_wr;
    struct vt_view parts[4];
    vt_status status;

    *verdict = VT_BAD;
    cs_wr_init(&core_wr, core, sizeof core);
    uni_put_lot(&core_wr, l->height);
    cs_wr_init(&role_wr, role, sizeof role);
    cs_put_u32(&role_wr, UNI_ROLE_DRAW);
    parts[0] = cs_view(l->chain_id, 32);
    parts[1] = cs_view(l->epoch_digest, 32);
    parts[2] = cs_wr_view(&role_wr);
    parts[3] = cs_wr_view(&core_wr);
    status = l->crypto->hash(l->host, VT_VRF_TAG, parts, 4, alpha);
    if (status == VT_OK) {
        status = l->crypto->vrf_verify(
            l->host, l->scheme, l->pk, cs_view(alpha, 32),
            cs_view(draw->bytes, draw->len), value, verdict);
    }
    if (status == VT_E_UNSUPPORTED && draw->len == 0) {
        *verdict = VT_GOOD;
        return VT_OK;
    }
    return status;
}

vt_status uni_check_draw(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch,
                         const struct vt_cs_header *header,
                         const struct uni_draw *draw, uint8_t value[32],
                         uint32_t *verdict)
{
    struct lot l = {.host = host,
                    .crypto = uni_crypto(host),
                    .chain_id = epoch->chain_id,
                    .epoch_digest = epoch->digest,
                    .scheme = epoch->scheme,
                    .height = header->height};

    if (l.crypto == NULL) {
        return VT_E_UNSUPPORTED;
    }
    l.pk = VT_AT(struct vt_member, epoch->members, header->proposer)->pk;
    return check(&l, draw, value, verdict);
}

vt_status uni_random(const struct vt_host *host,
                     const struct vt_cs_epoch *epoch,
                     const struct vt_cs_header *header, uint8_t out[32],
                     uint32_t *has)
{
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct uni_draw draw;
    struct vt_view rest;
    uint32_t verdict = VT_BAD;
    uint32_t n = epoch->members.count;
    vt_status status;

    *has = 0;
    if (n == 0 || n > CS_MEMBERS_MAX || header->proposer >= n ||
        !uni_get_cut_payload(header->payload, n, tips, &draw, &rest) ||
        draw.len == 0) {
        return VT_OK;
    }
    status = uni_check_draw(host, epoch, header, &draw, out, &verdict);
    *has = status == VT_OK && verdict == VT_GOOD;
    return status;
}

/* ---- C2: of a cut that waits for this member's word -----------------------
 */

int uni_cut_is_lucky(struct vt_cs *cs, struct uni_cut *cut)
{
    const struct lot l = {
        .host = cs->host,
        .crypto = cs->crypto,
        .chain_id = cs->chain_id,
        .epoch_digest = cs->epoch_digest,
        .scheme = cs->scheme,
        .pk = cs_view(cs->pk[cut->proposer], cs->pk_len[cut->proposer]),
        .height = cut->height};
    uint32_t verdict = VT_BAD;

    if (!uni_rule_draws()) {
        return 1;
    }
    if (cut->luck == UNI_LUCK_UNKNOWN) {
        cut->luck = check(&l, &cut->draw, cut->value, &verdict) == VT_OK &&
                            verdict == VT_GOOD &&
                            (cut->draw.len > 0 || cs->auditors == 0)
                        ? UNI_LUCK_GOOD
                        : UNI_LUCK_BAD;
        if (cut->luck == UNI_LUCK_BAD) {
            uni_trace(cs, "E8 wrong value", cut->height);
        }
    }
    return cut->luck == UNI_LUCK_GOOD;
}

/* ---- C1: the own one ------------------------------------------------------
 */

int uni_draw_for(struct vt_cs *cs, uint64_t height)
{
    struct uni_mine *mine = &cs->mine;
    struct vt_eff_prove e = {.role = UNI_ROLE_DRAW};
    uint8_t core[UNI_LOT_LEN];
    struct cs_wr wr;

    if (mine->lot == height && mine->prove.state == CS_DONE) {
        return 1;
    }
    if (mine->lot == height && mine->prove.state != CS_NOT_ASKED) {
        return 0;
    }
    mine->lot = height;
    cs_wr_init(&wr, core, sizeof core);
    uni_put_lot(&wr, height);
    e.msg = cs_wr_view(&wr);
    e.h = CS_HEAD(struct vt_eff_prove, msg, VT_EFF_PROVE,
                  cs_ask(&cs->box, &mine->prove));
    cs_outbox_put(&cs->box, &e.h);
    return 0;
}

/* Only the audit level looks at it. */
static void own_value(struct vt_cs *cs)
{
    struct uni_mine *mine = &cs->mine;
    const struct lot l = {.host = cs->host,
                          .crypto = cs->crypto,
                          .chain_id = cs->chain_id,
                          .epoch_digest = cs->epoch_digest,
                          .scheme = cs->scheme,
                          .pk = cs_view(cs->pk[cs->self], cs->pk_len[cs->self]),
                          .height = mine->lot};
    uint32_t verdict;

    if (cs->auditors > 0) {
        memset(mine->value, 0, sizeof mine->value);
        (void)check(&l, &mine->draw, mine->value, &verdict);
    }
}

void uni_on_proved(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct uni_mine *mine = &cs->mine;

    if (mine->prove.state != CS_ASKED || mine->prove.token != ev->token) {
        return;
    }
    memset(&mine->draw, 0, sizeof mine->draw);
    mine->prove.state = CS_REFUSED; /* the tick tries again */
    if (ev->status == VT_E_UNSUPPORTED && cs->auditors > 0) {
        uni_halt(cs,
                 "the audit level needs a signature scheme with a random "
                 "function: choose schnorr, or audit = 0",
                 mine->lot);
    } else if (ev->status == VT_E_UNSUPPORTED) {
        mine->prove.state = CS_DONE;
    } else if (ev->status == VT_OK && ev->data.len > 0 &&
               ev->data.len <= UNI_DRAW_MAX) {
        mine->prove.state = CS_DONE;
        mine->draw.len = (uint8_t)ev->data.len;
        memcpy(mine->draw.bytes, ev->data.ptr, ev->data.len);
        own_value(cs);
    }
    cs->is_moved = 1;
}
