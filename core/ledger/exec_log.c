/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_log.c - stake, candidates and entries of the log ledger that a block
 * touched, read once, written back once.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/exec.h"
#include "ledger/stake_entry.h"

#include <string.h>

struct cached_stake *vt_exec_stake(struct vt_exec *x,
                                   const struct vt_address *address)
{
    struct cached_stake *entry = vt_map_get(x->stakes, address->b);
    struct vt_view value;

    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->stakes, address->b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    vt_stake_key(address, &entry->key);
    if (vt_state_get(x->parent, VT_LEDGER_ASSET, &entry->key, &value) ==
        VT_OK) {
        entry->existed = 1;
        if (vt_stake_decode(value, &entry->s) != VT_OK) {
            return NULL;
        }
    }
    return entry;
}

struct cached_nominee *vt_exec_nominee(struct vt_exec *x,
                                       const struct vt_address *address)
{
    struct cached_nominee *entry = vt_map_get(x->nominees, address->b);
    struct vt_view value;

    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->nominees, address->b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    vt_nominee_key(address, &entry->key);
    if (vt_state_get(x->parent, VT_LEDGER_LOG, &entry->key, &value) == VT_OK &&
        vt_nominee_decode(value, &entry->n) != VT_OK) {
        return NULL;
    }
    return entry;
}

struct exec_nominees *vt_exec_standing(struct vt_exec *x)
{
    struct exec_nominees *s = &x->standing;
    const struct vt_address *list;

    if (s->is_read) {
        return s;
    }
    s->list = vt_arena_alloc(&x->arena, VT_NOMINEES_MAX * sizeof s->list[0]);
    if (s->list == NULL ||
        vt_nominees_get(x->parent, &list, &s->count) != VT_OK) {
        return NULL;
    }
    if (s->count > 0) {
        memcpy(s->list, list, s->count * sizeof s->list[0]);
    }
    s->is_read = 1;
    return s;
}

struct cached_entry *vt_exec_log(struct vt_exec *x, const struct vt_hash *key)
{
    struct cached_entry *entry = vt_map_get(x->log, key->b);

    if (entry != NULL) {
        return entry;
    }
    entry = vt_exec_new_entry(x, x->log, key->b, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    entry->key = *key;
    if (vt_state_get(x->parent, VT_LEDGER_LOG, key, &entry->value) != VT_OK) {
        entry->value = vt_view_of(NULL, 0);
    }
    return entry;
}

vt_status vt_exec_log_put(struct vt_exec *x, const struct vt_hash *key,
                          struct vt_view head, struct vt_view tail)
{
    struct cached_entry *entry = vt_exec_log(x, key);
    uint8_t *copy = vt_arena_alloc(&x->arena, head.len + tail.len + 1);

    if (entry == NULL || copy == NULL) {
        return VT_E_NOMEM;
    }
    if (head.len > 0) {
        memcpy(copy, head.ptr, head.len);
    }
    if (tail.len > 0) {
        memcpy(copy + head.len, tail.ptr, tail.len);
    }
    entry->value = vt_view_of(copy, head.len + tail.len);
    entry->dirty = 1;
    return VT_OK;
}

/* ---- writing back -------------------------------------------------------- */

static int is_empty(const struct vt_stake *s)
{
    return vt_amount_is_zero(s->staked) && s->leaving_count == 0 &&
           vt_address_eq(&s->vote, &vt_address_black_hole);
}

vt_status vt_exec_collect_stakes(struct vt_exec *x)
{
    uint8_t bytes[VT_STAKE_MAX];
    size_t pos = 0;
    void *value;

    while (vt_map_next(x->stakes, &pos, NULL, &value)) {
        struct cached_stake *entry = value;
        int empty = is_empty(&entry->s);

        if (!entry->dirty || (empty && !entry->existed)) {
            continue;
        }
        if (!vt_exec_add_change(
                x, &x->changes[x->change_count++], &entry->key, bytes,
                empty ? 0 : vt_stake_encode(&entry->s, bytes))) {
            return VT_E_NOMEM;
        }
    }
    return VT_OK;
}

static vt_status put_standing(struct vt_exec *x)
{
    uint8_t type = VT_ENTRY_NOMINEES;
    struct vt_hash key;

    if (!x->standing.is_dirty) {
        return VT_OK;
    }
    vt_nominees_key(&key);
    return vt_exec_log_put(
        x, &key, vt_view_of(&type, 1),
        vt_view_of(x->standing.list[0].b,
                   x->standing.count * sizeof x->standing.list[0]));
}

static vt_status put_nominees(struct vt_exec *x)
{
    uint8_t bytes[VT_NOMINEE_MAX];
    vt_status status = VT_OK;
    size_t pos = 0;
    void *value;

    while (status == VT_OK && vt_map_next(x->nominees, &pos, NULL, &value)) {
        struct cached_nominee *entry = value;

        if (entry->dirty) {
            size_t len = vt_nominee_encode(&entry->n, bytes);

            status = vt_exec_log_put(x, &entry->key, vt_view_of(bytes, len),
                                     vt_view_of(NULL, 0));
        }
    }
    return status;
}

vt_status vt_exec_collect_log(struct vt_exec *x)
{
    vt_status status = put_standing(x);
    size_t pos = 0;
    void *value;

    if (status == VT_OK) {
        status = put_nominees(x);
    }
    if (status != VT_OK) {
        return status;
    }
    x->log_changes =
        vt_alloc_array(vt_map_count(x->log) + 1, sizeof *x->log_changes);
    if (x->log_changes == NULL) {
        return VT_E_NOMEM;
    }
    while (vt_map_next(x->log, &pos, NULL, &value)) {
        const struct cached_entry *entry = value;

        if (entry->dirty) {
            struct vt_state_change *change =
                &x->log_changes[x->log_change_count++];

            change->key = entry->key;
            change->value = entry->value;
        }
    }
    return VT_OK;
}
