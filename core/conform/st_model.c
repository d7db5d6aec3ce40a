/* SPDX-License-Identifier: Apache-2.0
 *
 * st_model.c - the sorted array and the made-up chain.
 */
#include "conform/st_model.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory ends a test program: there is nothing to compare with then. */
static void *must(void *ptr)
{
    if (ptr == NULL) {
        (void)fprintf(stderr, "model: out of memory\n");
        abort();
    }
    return ptr;
}

static struct vt_view own(struct vt_view v)
{
    return vt_view_of(must(vt_memdup(v.ptr, v.len)), v.len);
}

static void drop(struct vt_view v)
{
    vt_free((void *)(uintptr_t)v.ptr);
}

void vt_model_clear(struct vt_model *m)
{
    for (size_t i = 0; i < m->count; i++) {
        drop(m->rows[i].key);
        drop(m->rows[i].val);
    }
    vt_free(m->rows);
    memset(m, 0, sizeof *m);
}

void vt_model_copy(struct vt_model *to, const struct vt_model *from)
{
    to->count = to->cap = from->count;
    to->rows = must(vt_alloc_array(from->count, sizeof *to->rows));
    for (size_t i = 0; i < from->count; i++) {
        to->rows[i].space = from->rows[i].space;
        to->rows[i].key = own(from->rows[i].key);
        to->rows[i].val = own(from->rows[i].val);
    }
}

size_t vt_model_seek(const struct vt_model *m, uint32_t space,
                     struct vt_view key)
{
    size_t lo = 0;
    size_t hi = m->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct vt_model_row *row = &m->rows[mid];

        if (row->space < space ||
            (row->space == space && vt_view_cmp(row->key, key) < 0)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static struct vt_model_row *find(const struct vt_model *m, uint32_t space,
                                 struct vt_view key)
{
    size_t i = vt_model_seek(m, space, key);

    if (i < m->count && m->rows[i].space == space &&
        vt_view_eq(m->rows[i].key, key)) {
        return &m->rows[i];
    }
    return NULL;
}

const struct vt_model_row *vt_model_get(const struct vt_model *m,
                                        uint32_t space, struct vt_view key)
{
    return find(m, space, key);
}

void vt_model_put(struct vt_model *m, uint32_t space, struct vt_view key,
                  struct vt_view val)
{
    struct vt_model_row *row = find(m, space, key);
    size_t i = vt_model_seek(m, space, key);

    if (row != NULL) {
        drop(row->val);
        row->val = own(val);
        return;
    }
    if (m->count == m->cap) {
        m->cap = m->cap * 2 + 16;
        m->rows = must(vt_realloc(m->rows, m->cap * sizeof *m->rows));
    }
    memmove(&m->rows[i + 1], &m->rows[i], (m->count - i) * sizeof *m->rows);
    m->rows[i].space = space;
    m->rows[i].key = own(key);
    m->rows[i].val = own(val);
    m->count++;
}

void vt_model_del(struct vt_model *m, uint32_t space, struct vt_view key)
{
    struct vt_model_row *row = find(m, space, key);
    size_t i = vt_model_seek(m, space, key);

    if (row != NULL) {
        drop(row->key);
        drop(row->val);
        m->count--;
        memmove(&m->rows[i], &m->rows[i + 1], (m->count - i) * sizeof *m->rows);
    }
}

/* ---- comparing ---------------------------------------------------------- */

static const char *differs(uint32_t space, struct vt_view key, const char *what)
{
    static char text[200];
    char hex[41];

    vt_hex_encode(key.ptr, key.len < 20 ? key.len : 20, hex);
    (void)snprintf(text, sizeof text, "space %u, key %s%s: %s", space, hex,
                   key.len > 20 ? "..." : "", what);
    return text;
}

static int has_value(const struct vt_storage *t, struct vt_db_tx *tx,
                     const struct vt_model_row *row)
{
    struct vt_view val;

    return t->get(tx, row->space, row->key, &val) == VT_OK &&
           vt_view_eq(val, row->val);
}

static const char *compare_space(const struct vt_model *m, size_t *i,
                                 uint32_t space, const struct vt_storage *t,
                                 struct vt_db_tx *tx, struct vt_db_cursor *cur)
{
    struct vt_view k;
    struct vt_view v;
    vt_status status = t->seek(cur, vt_view_of(NULL, 0), &k, &v);

    for (; *i < m->count && m->rows[*i].space == space; (*i)++) {
        const struct vt_model_row *row = &m->rows[*i];

        if (status != VT_OK) {
            return differs(space, row->key,
                           status == VT_E_NOTFOUND ? "is missing"
                                                   : vt_status_text(status));
        }
        if (!vt_view_eq(k, row->key)) {
            return differs(space, k, "where another key should be");
        }
        if (!vt_view_eq(v, row->val)) {
            return differs(space, k, "has a wrong value");
        }
        if (!has_value(t, tx, row)) {
            return differs(space, row->key,
                           "is other for get than for cursors");
        }
        status = t->step(cur, 1, &k, &v);
    }
    if (status == VT_OK) {
        return differs(space, k, "should not be there");
    }
    return status == VT_E_NOTFOUND
               ? NULL
               : differs(space, vt_view_of(NULL, 0), vt_status_text(status));
}

const char *vt_model_compare(const struct vt_model *m,
                             const struct vt_storage *t, struct vt_db_tx *tx)
{
    size_t i = 0;

    for (uint32_t space = 0; space < t->spaces_max; space++) {
        struct vt_db_cursor *cur;
        const char *wrong;

        if (t->cursor(tx, space, &cur) != VT_OK) {
            return "no cursor";
        }
        wrong = compare_space(m, &i, space, t, tx, cur);
        t->cursor_close(cur);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

/* ---- the made-up chain -------------------------------------------------- */

#define KEEP_HEIGHTS 24u
#define BODY_MAX 6000u
#define LARGE_MAX 90000u
#define HOT_KEYS 5u

static vt_status put_number(uint32_t space, uint64_t number, struct vt_rng *rng,
                            size_t len, vt_change_fn fn, void *ctx)
{
    static uint8_t body[LARGE_MAX];
    uint8_t key[8];

    vt_put_u64be(key, number);
    vt_rng_fill(rng, body, len);
    return fn(ctx, space, vt_view_of(key, 8), vt_view_of(body, len));
}

static vt_status put_n(uint64_t n, vt_change_fn fn, void *ctx)
{
    uint8_t value[8];

    vt_put_u64(value, n);
    return fn(ctx, 0, vt_view_str("n"), vt_view_of(value, 8));
}

static void start(struct vt_rng *rng, uint64_t seed, uint64_t n)
{
    vt_rng_init(rng, seed * UINT64_C(1000003) + n);
}

vt_status vt_commit_changes(uint64_t seed, uint64_t n, vt_change_fn fn,
                            void *ctx)
{
    struct vt_rng rng;
    vt_status status = put_n(n, fn, ctx);
    size_t body;

    start(&rng, seed, n);
    (void)vt_rng_u64(&rng); /* is it synced? */
    body = (size_t)vt_rng_below(&rng, vt_rng_chance(&rng, 1, 12) ? LARGE_MAX
                                                                 : BODY_MAX);
    if (status == VT_OK) { /* a block, now and then empty */
        status = put_number(1, n, &rng, body, fn, ctx);
    }
    for (uint64_t i = 0; i < 4 && status == VT_OK; i++) { /* votes */
        status = put_number(2, vt_rng_below(&rng, HOT_KEYS), &rng,
                            (size_t)vt_rng_below(&rng, 700), fn, ctx);
    }
    if (status == VT_OK) { /* something kept for ever */
        status = put_number(3, n / 4, &rng, 20, fn, ctx);
    }
    if (status == VT_OK && n > KEEP_HEIGHTS) { /* pruning */
        uint8_t key[8];

        vt_put_u64be(key, n - KEEP_HEIGHTS);
        status = fn(ctx, 1, vt_view_of(key, 8), vt_view_of(NULL, 0));
    }
    return status;
}

int vt_commit_is_synced(uint64_t seed, uint64_t n)
{
    struct vt_rng rng;

    start(&rng, seed, n);
    return vt_rng_u64(&rng) % 3 != 0;
}

static vt_status apply(void *ctx, uint32_t space, struct vt_view key,
                       struct vt_view val)
{
    if (val.ptr == NULL) {
        vt_model_del(ctx, space, key);
    } else {
        vt_model_put(ctx, space, key, val);
    }
    return VT_OK;
}

void vt_model_commit(struct vt_model *m, uint64_t seed, uint64_t n)
{
    (void)vt_commit_changes(seed, n, apply, m);
}

vt_status vt_commit_number(const struct vt_storage *t, struct vt_db_tx *tx,
                           uint64_t *out)
{
    struct vt_view value;
    vt_status status = t->get(tx, 0, vt_view_str("n"), &value);

    *out = 0;
    if (status == VT_OK && value.len == 8) {
        *out = vt_get_u64(value.ptr);
    }
    return status == VT_E_NOTFOUND ? VT_OK : status;
}
