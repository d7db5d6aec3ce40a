/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.c - one ordered walk over all segments of a snapshot.
 *
 * Each segment offers its next key in the direction of travel. The smallest
 * (or largest) offer wins, the newest segment among equals. A segment whose
 * whole range still lies ahead offers the end of that range without being
 * looked into.
 */
#include "tx.h"

#include "index.h"
#include "mem.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

enum { OFFER_NONE, OFFER_KEY, OFFER_FULL };
enum { BEFORE_ALL, ON_KEY, AFTER_ALL };

struct offer {
    int state; /* OFFER_KEY: slot is not read yet */
    struct seg_slot slot;
    struct seg_key key; /* points into the segment's index */
};

struct vt_db_cursor {
    struct vt_db_tx *tx;
    uint32_t space;
    int at;
    int32_t dir; /* of the offers; 0: there are none */
    struct seg_key key;
    uint8_t key_bytes[SEG_KEY_MAX];
    uint8_t *value;
    size_t value_cap;
    uint32_t count;
    struct offer offers[]; /* active, then sealed newest first */
};

vt_status seg_cursor_open(struct vt_db_tx *tx, uint32_t space,
                          struct vt_db_cursor **out)
{
    uint32_t count = tx->snap.version->count + 1;
    struct vt_db_cursor *cur;

    if (space >= SEG_SPACES) {
        return VT_E_LIMIT;
    }
    cur = calloc(1, sizeof *cur + count * sizeof cur->offers[0]);
    if (cur == NULL) {
        return VT_E_NOMEM;
    }
    cur->tx = tx;
    cur->space = space;
    cur->count = count;
    *out = cur;
    return VT_OK;
}

void seg_cursor_close(struct vt_db_cursor *cur)
{
    if (cur != NULL) {
        free(cur->value);
        free(cur);
    }
}

/* ---- offers ------------------------------------------------------------- */

static void offer_active(struct vt_db_cursor *cur, struct seg_key from,
                         int32_t dir, int inclusive, struct offer *o)
{
    const struct seg_snap *snap = &cur->tx->snap;
    const struct seg_mem *mem = snap->version->active->mem;
    const struct seg_node *node =
        dir > 0 ? seg_mem_after(mem, from, inclusive, snap->seq)
                : seg_mem_before(mem, from, snap->seq);

    o->state = OFFER_NONE;
    if (node != NULL && node->slot.space == cur->space) {
        o->state = OFFER_FULL;
        o->slot = node->slot;
        o->key = seg_node_key(node);
    }
}

static vt_status look_inside(const struct seg_sealed *s, struct seg_key from,
                             int32_t dir, int inclusive, struct offer *o)
{
    struct seg_pos pos;
    vt_status status = seg_index_seek(s, from, dir > 0 ? inclusive : 1, &pos);

    if (dir < 0 && (status == VT_OK || status == VT_E_NOTFOUND)) {
        if (status == VT_E_NOTFOUND) { /* one past the last entry */
            pos.block = s->blocks;
            pos.at = 0;
        }
        status = seg_index_prev(s, &pos);
    }
    if (status == VT_OK) {
        status = seg_index_entry(s, pos, &o->slot, &o->key);
    }
    return status;
}

static vt_status offer_sealed(struct vt_db_cursor *cur,
                              const struct seg_sealed *s, struct seg_key from,
                              int32_t dir, int inclusive, struct offer *o)
{
    const struct seg_range *range = seg_index_range(s, cur->space);
    const struct seg_key *near;
    const struct seg_key *far;
    vt_status status;
    int order;

    o->state = OFFER_NONE;
    if (range == NULL) {
        return VT_OK;
    }
    near = dir > 0 ? &range->lo : &range->hi;
    far = dir > 0 ? &range->hi : &range->lo;
    order = seg_key_cmp(*near, from) * dir;
    if (order > 0 || (order == 0 && dir > 0 && inclusive)) {
        o->state = OFFER_KEY;
        o->key = *near;
        return VT_OK;
    }
    order = seg_key_cmp(*far, from) * dir;
    if (order < 0 || (order == 0 && !(dir > 0 && inclusive))) {
        return VT_OK;
    }
    status = look_inside(s, from, dir, inclusive, o);
    if (status == VT_OK && o->key.space == cur->space) {
        o->state = OFFER_FULL;
    }
    return status == VT_E_NOTFOUND ? VT_OK : status;
}

static vt_status offer(struct vt_db_cursor *cur, uint32_t i,
                       struct seg_key from, int32_t dir, int inclusive)
{
    const struct seg_version *v = cur->tx->snap.version;

    if (i == 0) {
        offer_active(cur, from, dir, inclusive, &cur->offers[0]);
        return VT_OK;
    }
    return offer_sealed(cur, v->sealed[i - 1], from, dir, inclusive,
                        &cur->offers[i]);
}

static vt_status offer_all(struct vt_db_cursor *cur, struct seg_key from,
                           int32_t dir, int inclusive)
{
    cur->dir = 0;
    for (uint32_t i = 0; i < cur->count; i++) {
        vt_status status = offer(cur, i, from, dir, inclusive);

        if (status != VT_OK) {
            return status;
        }
    }
    cur->dir = dir;
    return VT_OK;
}

/* All that offer this key move past it. */
static vt_status pass(struct vt_db_cursor *cur, struct seg_key key)
{
    int32_t dir = cur->dir;

    cur->dir = 0;
    for (uint32_t i = 0; i < cur->count; i++) {
        const struct offer *o = &cur->offers[i];
        vt_status status = VT_OK;

        if (o->state != OFFER_NONE && seg_key_cmp(o->key, key) == 0) {
            status = offer(cur, i, key, dir, 0);
        }
        if (status != VT_OK) {
            return status;
        }
    }
    cur->dir = dir;
    return VT_OK;
}

static struct offer *best(struct vt_db_cursor *cur, uint32_t *out_i)
{
    struct offer *winner = NULL;

    for (uint32_t i = 0; i < cur->count; i++) {
        struct offer *o = &cur->offers[i];

        if (o->state != OFFER_NONE &&
            (winner == NULL ||
             seg_key_cmp(o->key, winner->key) * cur->dir < 0)) {
            winner = o;
            *out_i = i;
        }
    }
    return winner;
}

/* ---- moving ------------------------------------------------------------- */

static vt_status read_value(struct vt_db_cursor *cur, const struct offer *o,
                            uint32_t i, struct vt_view *k, struct vt_view *v)
{
    const struct seg_version *version = cur->tx->snap.version;
    size_t len = (size_t)o->slot.klen + o->slot.vlen;
    struct seg_hit hit = {.slot = o->slot};
    vt_status status;

    if (len > cur->value_cap) {
        uint8_t *bigger = malloc(len);

        if (bigger == NULL) {
            return VT_E_NOMEM;
        }
        free(cur->value);
        cur->value = bigger;
        cur->value_cap = len;
    }
    if (i == 0) {
        hit.active = version->active;
    } else {
        hit.sealed = version->sealed[i - 1];
    }
    status = seg_read(cur->tx->db, &hit, cur->key, cur->value);
    if (status == VT_OK) {
        k->ptr = cur->key.ptr;
        k->len = cur->key.len;
        v->ptr = cur->value + o->slot.klen;
        v->len = o->slot.vlen;
    }
    return status;
}

/* The best offer that is no deletion becomes the place of the cursor. */
static vt_status settle(struct vt_db_cursor *cur, struct vt_view *k,
                        struct vt_view *v)
{
    for (;;) {
        uint32_t i = 0;
        struct offer *o = best(cur, &i);
        vt_status status = VT_OK;

        if (o == NULL) {
            cur->at = cur->dir > 0 ? AFTER_ALL : BEFORE_ALL;
            return VT_E_NOTFOUND;
        }
        if (o->state == OFFER_KEY) {
            status = look_inside(cur->tx->snap.version->sealed[i - 1], o->key,
                                 1, 1, o);
            o->state = OFFER_FULL;
        }
        if (status == VT_OK && o->slot.kind == SEG_PUT) {
            memcpy(cur->key_bytes, o->key.ptr, o->key.len);
            cur->key = seg_key_of(cur->space, cur->key_bytes, o->key.len);
            cur->at = ON_KEY;
            return read_value(cur, o, i, k, v);
        }
        if (status == VT_OK) {
            status = pass(cur, o->key);
        }
        if (status != VT_OK) {
            cur->dir = 0;
            return status == VT_E_NOTFOUND ? VT_E_CORRUPT : status;
        }
    }
}

vt_status seg_cursor_seek(struct vt_db_cursor *cur, struct vt_view key,
                          struct vt_view *k, struct vt_view *v)
{
    vt_status status =
        offer_all(cur, seg_key_of(cur->space, key.ptr, key.len), 1, 1);

    return status == VT_OK ? settle(cur, k, v) : status;
}

vt_status seg_cursor_step(struct vt_db_cursor *cur, int32_t dir,
                          struct vt_view *k, struct vt_view *v)
{
    struct seg_key first = {NULL, 0, cur->space};
    struct seg_key end = {NULL, 0, cur->space + 1};
    vt_status status;

    if (dir != 1 && dir != -1) {
        return VT_E_INVALID;
    }
    if (cur->at == (dir > 0 ? AFTER_ALL : BEFORE_ALL)) {
        return VT_E_NOTFOUND;
    }
    if (cur->at != ON_KEY) {
        status = offer_all(cur, dir > 0 ? first : end, dir, 1);
    } else if (cur->dir == dir) {
        status = pass(cur, cur->key);
    } else {
        status = offer_all(cur, cur->key, dir, 0);
    }
    return status == VT_OK ? settle(cur, k, v) : status;
}
