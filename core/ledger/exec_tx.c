/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_tx.c - what each kind of transaction does. A code other than done
 * leaves every entry as it was.
 */
#include "base/bytes.h"
#include "ledger/exec.h"

#include <stdio.h>
#include <string.h>

static uint32_t move_token(struct vt_exec *x, struct cached_account *from,
                           struct cached_account *to, struct vt_amount amount,
                           struct vt_amount *burned)
{
    struct cached_account *hole = vt_exec_account(x, &vt_address_black_hole);
    struct vt_amount burn = vt_economy_burn(x->rules, amount);
    struct vt_amount rest;
    struct vt_amount sum;

    if (hole == NULL || !vt_amount_sub(amount, burn, &rest)) {
        return UINT32_MAX;
    }
    /* the supply is bounded, so neither sum can overflow; checked all the same
     * before anything moves */
    if (vt_amount_cmp(from->a.token, amount) < 0) {
        return VT_TX_NO_FUNDS;
    }
    if (!vt_amount_add(to->a.token, amount, &sum) ||
        !vt_amount_add(hole->a.token, amount, &sum)) {
        return VT_TX_OVERFLOW;
    }
    (void)!vt_amount_sub(from->a.token, amount, &from->a.token);
    (void)!vt_amount_add(to->a.token, rest, &to->a.token);
    (void)!vt_amount_add(hole->a.token, burn, &hole->a.token);
    from->dirty = to->dirty = 1;
    hole->dirty = hole->dirty || !vt_amount_is_zero(burn);
    *burned = burn;
    return VT_TX_DONE;
}

static uint32_t move_gas(struct cached_account *from, struct cached_account *to,
                         struct vt_amount amount)
{
    struct vt_amount sum;

    if (vt_amount_cmp(from->a.gas, amount) < 0) {
        return VT_TX_NO_FUNDS;
    }
    if (!vt_amount_add(to->a.gas, amount, &sum)) {
        return VT_TX_OVERFLOW;
    }
    (void)!vt_amount_sub(from->a.gas, amount, &from->a.gas);
    (void)!vt_amount_add(to->a.gas, amount, &to->a.gas);
    from->dirty = to->dirty = 1;
    return VT_TX_DONE;
}

static uint32_t move_asset(struct vt_exec *x, const struct vt_address *sender,
                           const struct vt_tx_transfer *p)
{
    struct cached_asset *asset = vt_exec_asset(x, &p->asset);
    struct cached_balance *from;
    struct cached_balance *to;
    struct vt_amount sum;

    if (asset == NULL) {
        return UINT32_MAX;
    }
    if (!asset->exists) {
        return VT_TX_NO_ASSET;
    }
    from = vt_exec_balance(x, sender, &p->asset);
    to = vt_exec_balance(x, &p->to, &p->asset);
    if (from == NULL || to == NULL) {
        return UINT32_MAX;
    }
    if (vt_amount_cmp(from->amount, p->amount) < 0) {
        return VT_TX_NO_FUNDS;
    }
    if (!vt_amount_add(to->amount, p->amount, &sum)) {
        return VT_TX_OVERFLOW;
    }
    (void)!vt_amount_sub(from->amount, p->amount, &from->amount);
    (void)!vt_amount_add(to->amount, p->amount, &to->amount);
    from->dirty = to->dirty = 1;
    return VT_TX_DONE;
}

static uint32_t do_transfer(struct vt_exec *x, const struct vt_tx *tx,
                            struct vt_amount *burned)
{
    struct vt_tx_transfer p;
    struct cached_account *from;
    struct cached_account *to;

    if (vt_tx_transfer_decode(tx->payload, &p) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (vt_amount_is_zero(p.amount)) {
        return VT_TX_BAD_AMOUNT;
    }
    if (!vt_hash_eq(&p.asset, &vt_asset_token) &&
        !vt_hash_eq(&p.asset, &vt_asset_gas)) {
        return move_asset(x, &tx->sender, &p);
    }
    from = vt_exec_account(x, &tx->sender);
    to = vt_exec_account(x, &p.to);
    if (from == NULL || to == NULL) {
        return UINT32_MAX;
    }
    return vt_hash_eq(&p.asset, &vt_asset_gas)
               ? move_gas(from, to, p.amount)
               : move_token(x, from, to, p.amount, burned);
}

static int is_native_symbol(const struct vt_rules *rules, struct vt_view symbol)
{
    return vt_view_eq(symbol, vt_view_str(rules->token_name)) ||
           vt_view_eq(symbol, vt_view_str(rules->gas_name));
}

static uint32_t do_register(struct vt_exec *x, const struct vt_tx *tx)
{
    struct vt_tx_asset_register p;
    struct cached_asset *entry;
    struct vt_hash id;

    if (vt_tx_asset_register_decode(tx->payload, &p) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    vt_asset_id(&tx->sender, p.symbol, &id);
    entry = vt_exec_asset(x, &id);
    if (entry == NULL) {
        return UINT32_MAX;
    }
    if (entry->exists || is_native_symbol(x->rules, p.symbol)) {
        return VT_TX_ASSET_EXISTS;
    }
    memset(&entry->asset, 0, sizeof entry->asset);
    entry->asset.issuer = tx->sender;
    memcpy(entry->asset.symbol, p.symbol.ptr, p.symbol.len);
    memcpy(entry->asset.name, p.name.ptr, p.name.len);
    entry->asset.decimals = p.decimals;
    entry->asset.supply_max = p.supply_max;
    entry->exists = entry->dirty = 1;
    return VT_TX_DONE;
}

static uint32_t do_issue(struct vt_exec *x, const struct vt_tx *tx)
{
    struct vt_tx_asset_issue p;
    struct cached_asset *asset;
    struct cached_balance *to;
    struct vt_amount supply;
    struct vt_amount sum;

    if (vt_tx_asset_issue_decode(tx->payload, &p) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (vt_amount_is_zero(p.amount)) {
        return VT_TX_BAD_AMOUNT;
    }
    asset = vt_exec_asset(x, &p.asset);
    to = vt_exec_balance(x, &p.to, &p.asset);
    if (asset == NULL || to == NULL) {
        return UINT32_MAX;
    }
    if (!asset->exists) {
        return VT_TX_NO_ASSET;
    }
    if (memcmp(&asset->asset.issuer, &tx->sender, sizeof tx->sender) != 0) {
        return VT_TX_NOT_ISSUER;
    }
    if (!vt_amount_add(asset->asset.supply, p.amount, &supply) ||
        !vt_amount_add(to->amount, p.amount, &sum)) {
        return VT_TX_OVERFLOW;
    }
    if (!vt_amount_is_zero(asset->asset.supply_max) &&
        vt_amount_cmp(supply, asset->asset.supply_max) > 0) {
        return VT_TX_SUPPLY_MAX;
    }
    asset->asset.supply = supply;
    to->amount = sum;
    asset->dirty = to->dirty = 1;
    return VT_TX_DONE;
}

vt_status vt_exec_effect(struct vt_exec *x, const struct vt_tx *tx,
                         uint32_t *code, struct vt_amount *burned)
{
    switch (tx->kind) {
    case VT_TX_TRANSFER:
        *code = do_transfer(x, tx, burned);
        break;
    case VT_TX_ASSET_REGISTER:
        *code = do_register(x, tx);
        break;
    case VT_TX_ASSET_ISSUE:
        *code = do_issue(x, tx);
        break;
    case VT_TX_SWITCH:
        *code = vt_exec_do_switch(x, tx);
        break;
    case VT_TX_READY:
        *code = vt_exec_do_ready(x, tx);
        break;
    case VT_TX_STAKE:
        *code = vt_exec_do_stake(x, tx);
        break;
    case VT_TX_UNSTAKE:
        *code = vt_exec_do_unstake(x, tx);
        break;
    case VT_TX_VOTE:
        *code = vt_exec_do_vote(x, tx);
        break;
    case VT_TX_CANDIDATE:
        *code = vt_exec_do_candidate(x, tx);
        break;
    case VT_TX_EVIDENCE:
        *code = vt_exec_do_evidence(x, tx);
        break;
    case VT_TX_ANCHOR:
        *code = vt_exec_do_anchor(x, tx);
        break;
    default:
        *code = VT_TX_UNKNOWN_KIND;
        break;
    }
    return *code == UINT32_MAX ? VT_E_NOMEM : VT_OK;
}
