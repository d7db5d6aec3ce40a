/* SPDX-License-Identifier: Apache-2.0
 *
 * flaw.c - a transaction shown to be in a batch: is it signed? The same
 * question the checks of blocks ask (core/chain/verify_txs.c), of one.
 */
#include "plugin/host.h"

#include "wire/block.h"
#include "wire/listed.h"

#include <string.h>

static vt_status check_one(const struct vt_schemes *schemes,
                           const struct vt_tx *tx, uint32_t *verdict)
{
    const struct vt_signature *scheme = vt_schemes_by_code(schemes, tx->scheme);

    if (scheme == NULL || tx->pk.len != scheme->pk_len) {
        return VT_OK;
    }
    return scheme->verify(tx->pk, tx->id.b, tx->sig, verdict);
}

/* GOOD when each of the signatures is. */
static vt_status check_listed(const struct vt_schemes *schemes,
                              const struct vt_tx *tx, uint32_t *verdict)
{
    const struct vt_signature *scheme;
    struct vt_listed who;
    struct vt_listed_sigs sigs;
    uint32_t good = VT_GOOD;
    vt_status status = VT_OK;

    if (!vt_listed_decode(tx->pk, &who)) {
        return VT_OK;
    }
    scheme = vt_schemes_by_code(schemes, who.scheme);
    if (scheme == NULL || who.key[0].len != scheme->pk_len ||
        !vt_listed_sigs_decode(&who, tx->sig, &sigs)) {
        return VT_OK;
    }
    for (uint32_t i = 0; i < who.count && status == VT_OK && good == VT_GOOD;
         i++) {
        if (sigs.sig[i].len > 0) {
            good = VT_BAD;
            status = scheme->verify(who.key[i], tx->id.b, sigs.sig[i], &good);
        }
    }
    *verdict = good;
    return status;
}

vt_status vt_flaw_check(const struct vt_schemes *schemes, const uint8_t id[32],
                        struct vt_view flaw, uint32_t *verdict)
{
    uint32_t is_signed = VT_BAD;
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
        status = tx.scheme == VT_SCHEME_LISTED
                     ? check_listed(schemes, &tx, &is_signed)
                     : check_one(schemes, &tx, &is_signed);
    }
    if (status == VT_OK && is_signed != VT_GOOD) {
        *verdict = VT_GOOD;
    }
    return status;
}
