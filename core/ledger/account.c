/* SPDX-License-Identifier: Apache-2.0
 *
 * account.c - entries of the asset ledger: keys, bytes, look-ups.
 */
#include "ledger/account.h"

#include "base/bytes.h"
#include "ledger/rules.h"
#include "ledger/stake_entry.h"

#include <stdio.h>
#include <string.h>

void vt_account_key(const struct vt_address *address, struct vt_hash *out)
{
    vt_hash_bytes("VTC/account/1", address->b, sizeof address->b, out);
}

void vt_balance_key(const struct vt_address *address,
                    const struct vt_hash *asset, struct vt_hash *out)
{
    struct vt_view parts[2] = {vt_view_of(address->b, sizeof address->b),
                               vt_view_of(asset->b, sizeof asset->b)};

    vt_hash_tagged("VTC/balance/1", parts, 2, out);
}

void vt_asset_key(const struct vt_hash *id, struct vt_hash *out)
{
    vt_hash_bytes("VTC/assetentry/1", id->b, sizeof id->b, out);
}

void vt_asset_id(const struct vt_address *issuer, struct vt_view symbol,
                 struct vt_hash *out)
{
    struct vt_view parts[2] = {vt_view_of(issuer->b, sizeof issuer->b), symbol};

    vt_hash_tagged("VTC/asset/1", parts, 2, out);
}

void vt_account_encode(const struct vt_account *a, uint8_t out[VT_ACCOUNT_SIZE])
{
    out[0] = VT_ENTRY_ACCOUNT;
    vt_put_u64(out + 1, a->nonce);
    vt_amount_put(a->token, out + 9);
    vt_amount_put(a->gas, out + 25);
}

vt_status vt_account_decode(struct vt_view bytes, struct vt_account *out)
{
    if (bytes.len != VT_ACCOUNT_SIZE || bytes.ptr[0] != VT_ENTRY_ACCOUNT) {
        return VT_E_CORRUPT;
    }
    out->nonce = vt_get_u64(bytes.ptr + 1);
    out->token = vt_amount_get(bytes.ptr + 9);
    out->gas = vt_amount_get(bytes.ptr + 25);
    return VT_OK;
}

void vt_balance_encode(const struct vt_hash *asset, struct vt_amount amount,
                       uint8_t out[VT_BALANCE_SIZE])
{
    out[0] = VT_ENTRY_BALANCE;
    memcpy(out + 1, asset->b, 32);
    vt_amount_put(amount, out + 33);
}

vt_status vt_balance_decode(struct vt_view bytes, struct vt_hash *asset,
                            struct vt_amount *amount)
{
    if (bytes.len != VT_BALANCE_SIZE || bytes.ptr[0] != VT_ENTRY_BALANCE) {
        return VT_E_CORRUPT;
    }
    memcpy(asset->b, bytes.ptr + 1, 32);
    *amount = vt_amount_get(bytes.ptr + 33);
    return VT_OK;
}

size_t vt_asset_entry_encode(const struct vt_asset *a,
                             uint8_t out[VT_ASSET_ENTRY_MAX])
{
    size_t symbol_len = strlen(a->symbol);
    size_t name_len = strlen(a->name);
    uint8_t *p = out;

    *p++ = VT_ENTRY_ASSET;
    memcpy(p, a->issuer.b, VT_ADDRESS_LEN);
    p += VT_ADDRESS_LEN;
    *p++ = a->decimals;
    vt_amount_put(a->supply, p);
    vt_amount_put(a->supply_max, p + 16);
    p += 32;
    *p++ = (uint8_t)symbol_len;
    memcpy(p, a->symbol, symbol_len);
    p += symbol_len;
    *p++ = (uint8_t)name_len;
    memcpy(p, a->name, name_len);
    p += name_len;
    return (size_t)(p - out);
}

static int read_text(struct vt_rd *rd, char *out, size_t max)
{
    uint8_t len = vt_rd_u8(rd);
    struct vt_view text = vt_rd_bytes(rd, len);

    if (rd->failed || len == 0 || len > max ||
        memchr(text.ptr, '\0', len) != NULL) {
        return 0;
    }
    memcpy(out, text.ptr, len);
    out[len] = '\0';
    return 1;
}

vt_status vt_asset_entry_decode(struct vt_view bytes, struct vt_asset *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    if (vt_rd_u8(&rd) != VT_ENTRY_ASSET) {
        return VT_E_CORRUPT;
    }
    vt_rd_copy(&rd, out->issuer.b, VT_ADDRESS_LEN);
    out->decimals = vt_rd_u8(&rd);
    out->supply = vt_rd_amount(&rd);
    out->supply_max = vt_rd_amount(&rd);
    if (!read_text(&rd, out->symbol, VT_SYMBOL_MAX) ||
        !read_text(&rd, out->name, VT_ASSET_NAME_MAX) || !vt_rd_end(&rd)) {
        return VT_E_CORRUPT;
    }
    return VT_OK;
}

vt_status vt_account_get(const struct vt_state *state,
                         const struct vt_address *address,
                         struct vt_account *out)
{
    struct vt_hash key;
    struct vt_view value;

    memset(out, 0, sizeof *out);
    vt_account_key(address, &key);
    if (vt_state_get(state, VT_LEDGER_ASSET, &key, &value) != VT_OK) {
        return VT_OK;
    }
    return vt_account_decode(value, out);
}

vt_status vt_balance_get(const struct vt_state *state,
                         const struct vt_address *address,
                         const struct vt_hash *asset, struct vt_amount *out)
{
    struct vt_hash key;
    struct vt_hash named;
    struct vt_view value;
    struct vt_account account;

    *out = vt_amount_u64(0);
    if (vt_hash_eq(asset, &vt_asset_token) ||
        vt_hash_eq(asset, &vt_asset_gas)) {
        vt_status status = vt_account_get(state, address, &account);

        *out = vt_hash_eq(asset, &vt_asset_gas) ? account.gas : account.token;
        return status;
    }
    vt_balance_key(address, asset, &key);
    if (vt_state_get(state, VT_LEDGER_ASSET, &key, &value) != VT_OK) {
        return VT_OK;
    }
    return vt_balance_decode(value, &named, out);
}

vt_status vt_asset_get(const struct vt_rules *rules,
                       const struct vt_state *state, const struct vt_hash *id,
                       struct vt_asset *out)
{
    int gas = vt_hash_eq(id, &vt_asset_gas);
    struct vt_hash key;
    struct vt_view value;

    if (gas || vt_hash_eq(id, &vt_asset_token)) {
        memset(out, 0, sizeof *out);
        (void)snprintf(out->symbol, sizeof out->symbol, "%s",
                       vt_rules_asset_name(rules, gas));
        (void)snprintf(out->name, sizeof out->name, "%s",
                       vt_rules_asset_name(rules, gas));
        out->decimals = (uint8_t)vt_rules_asset_decimals(rules, gas);
        out->supply_max = gas ? rules->gas_supply : rules->token_supply;
        out->supply = out->supply_max;
        return gas ? vt_ledger_total(state, id, &out->supply) : VT_OK;
    }
    vt_asset_key(id, &key);
    if (vt_state_get(state, VT_LEDGER_ASSET, &key, &value) != VT_OK) {
        return VT_E_NOTFOUND;
    }
    return vt_asset_entry_decode(value, out);
}

struct total {
    const struct vt_hash *asset;
    struct vt_amount sum;
    vt_status status;
};

static int add_entry(void *ctx, const struct vt_hash *key, struct vt_view value)
{
    struct total *t = ctx;
    struct vt_account account;
    struct vt_stake stake;
    struct vt_hash asset;
    struct vt_amount amount = vt_amount_u64(0);

    (void)key;
    if (vt_account_decode(value, &account) == VT_OK) {
        if (vt_hash_eq(t->asset, &vt_asset_token)) {
            amount = account.token;
        } else if (vt_hash_eq(t->asset, &vt_asset_gas)) {
            amount = account.gas;
        }
    } else if (vt_stake_decode(value, &stake) == VT_OK) {
        if (vt_hash_eq(t->asset, &vt_asset_token)) {
            amount = vt_stake_sum(&stake);
        }
    } else if (vt_balance_decode(value, &asset, &amount) != VT_OK ||
               !vt_hash_eq(&asset, t->asset)) {
        return 0;
    }
    if (!vt_amount_add(t->sum, amount, &t->sum)) {
        t->status = VT_E_CORRUPT;
        return 1;
    }
    return 0;
}

vt_status vt_ledger_total(const struct vt_state *state,
                          const struct vt_hash *asset, struct vt_amount *out)
{
    struct total t = {.asset = asset, .status = VT_OK};

    vt_state_walk(state, VT_LEDGER_ASSET, add_entry, &t);
    *out = t.sum;
    return t.status;
}
