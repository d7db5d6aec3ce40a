/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_cache.c - what a block touched, parsed once, written back once.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/account.h"
#include "ledger/exec.h"

#include <string.h>

void *vt_exec_new_entry(struct vt_exec *x, struct vt_map *map, const void *key,
                        size_t size)
{
    void *entry = vt_arena_alloc(&x->arena, size);

    if (entry == NULL || vt_map_put(map, key, entry, NULL) != VT_OK) {
        return NULL;
    }
    return entry;
}

struct cached_account *vt_exec_account(struct vt_exec *x,
                                       const struct vt_address *address)
{
    struct cached_account *entry = vt_map_get(x->accounts, address->b);
    struct vt_view value;

    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->accounts, address->b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    vt_account_key(address, &entry->key);
    if (vt_state_get(x->parent, VT_LEDGER_ASSET, &entry->key, &value) ==
            VT_OK &&
        vt_account_decode(value, &entry->a) != VT_OK) {
        return NULL;
    }
    return entry;
}

struct cached_balance *vt_exec_balance(struct vt_exec *x,
                                       const struct vt_address *address,
                                       const struct vt_hash *asset)
{
    struct vt_hash key;
    struct vt_hash named;
    struct cached_balance *entry;
    struct vt_view value;

    vt_balance_key(address, asset, &key);
    entry = vt_map_get(x->balances, key.b);
    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->balances, key.b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    entry->key = key;
    entry->asset = *asset;
    if (vt_state_get(x->parent, VT_LEDGER_ASSET, &key, &value) == VT_OK) {
        entry->existed = 1;
        if (vt_balance_decode(value, &named, &entry->amount) != VT_OK) {
            return NULL;
        }
    }
    return entry;
}

struct cached_asset *vt_exec_asset(struct vt_exec *x, const struct vt_hash *id)
{
    struct cached_asset *entry = vt_map_get(x->assets, id->b);
    struct vt_view value;

    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->assets, id->b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    vt_asset_key(id, &entry->key);
    if (vt_state_get(x->parent, VT_LEDGER_ASSET, &entry->key, &value) ==
        VT_OK) {
        entry->exists = 1;
        if (vt_asset_entry_decode(value, &entry->asset) != VT_OK) {
            return NULL;
        }
    }
    return entry;
}

int vt_exec_add_change(struct vt_exec *x, struct vt_state_change *change,
                       const struct vt_hash *key, const uint8_t *bytes,
                       size_t len)
{
    uint8_t *copy = vt_arena_dup(&x->arena, bytes, len);

    if (len > 0 && copy == NULL) {
        return 0;
    }
    change->key = *key;
    change->value = vt_view_of(copy, len);
    return 1;
}

static int add_change(struct vt_exec *x, const struct vt_hash *key,
                      const uint8_t *bytes, size_t len)
{
    return vt_exec_add_change(x, &x->changes[x->change_count++], key, bytes,
                              len);
}

static int collect_accounts(struct vt_exec *x)
{
    uint8_t bytes[VT_ACCOUNT_SIZE];
    size_t pos = 0;
    void *value;

    while (vt_map_next(x->accounts, &pos, NULL, &value)) {
        struct cached_account *entry = value;

        if (entry->dirty) {
            vt_account_encode(&entry->a, bytes);
            if (!add_change(x, &entry->key, bytes, sizeof bytes)) {
                return 0;
            }
        }
    }
    return 1;
}

/* A balance that went to zero leaves the tree. */
static int collect_balances(struct vt_exec *x)
{
    uint8_t bytes[VT_BALANCE_SIZE];
    size_t pos = 0;
    void *value;

    while (vt_map_next(x->balances, &pos, NULL, &value)) {
        struct cached_balance *entry = value;
        int zero = vt_amount_is_zero(entry->amount);

        if (!entry->dirty || (zero && !entry->existed)) {
            continue;
        }
        vt_balance_encode(&entry->asset, entry->amount, bytes);
        if (!add_change(x, &entry->key, bytes, zero ? 0 : sizeof bytes)) {
            return 0;
        }
    }
    return 1;
}

static int collect_assets(struct vt_exec *x)
{
    uint8_t bytes[VT_ASSET_ENTRY_MAX];
    size_t pos = 0;
    void *value;

    while (vt_map_next(x->assets, &pos, NULL, &value)) {
        struct cached_asset *entry = value;

        if (entry->dirty &&
            !add_change(x, &entry->key, bytes,
                        vt_asset_entry_encode(&entry->asset, bytes))) {
            return 0;
        }
    }
    return 1;
}

vt_status vt_exec_collect(struct vt_exec *x)
{
    size_t room = vt_map_count(x->accounts) + vt_map_count(x->balances) +
                  vt_map_count(x->assets) + vt_map_count(x->stakes);

    x->changes = vt_alloc_array(room + 1, sizeof *x->changes);
    if (x->changes == NULL || !collect_accounts(x) || !collect_balances(x) ||
        !collect_assets(x)) {
        return VT_E_NOMEM;
    }
    return vt_exec_collect_stakes(x);
}
