/* SPDX-License-Identifier: Apache-2.0
 *
 * behind_load.c - the state stores back into memory after a start; anything
 * that does not add up to the mark's roots counts as nothing.
 */
#include "chain/behind_space.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

#define CHUNK 65536u
#define CHUNK_FIRST 256u
#define CHUNK_BYTES (UINT64_C(1) << 30)

void vt_mark_encode(const struct vt_mark *mark, uint8_t out[MARK_LEN])
{
    vt_put_u64(out, mark->height);
    memcpy(out + 8, mark->id.b, 32);
    vt_put_u64(out + 40, (uint64_t)mark->time_ms);
    memcpy(out + 48, mark->state_root.b, 32);
    memcpy(out + 80, mark->receipts_root.b, 32);
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        memcpy(out + 112 + 32 * i, mark->ledger_root[i].b, 32);
    }
    vt_put_u64(out + 240, mark->txs_total);
}

vt_status vt_mark_decode(struct vt_view bytes, struct vt_mark *out)
{
    if (bytes.len != MARK_LEN) {
        return VT_E_CORRUPT;
    }
    out->height = vt_get_u64(bytes.ptr);
    memcpy(out->id.b, bytes.ptr + 8, 32);
    out->time_ms = (int64_t)vt_get_u64(bytes.ptr + 40);
    memcpy(out->state_root.b, bytes.ptr + 48, 32);
    memcpy(out->receipts_root.b, bytes.ptr + 80, 32);
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        memcpy(out->ledger_root[i].b, bytes.ptr + 112 + 32 * i, 32);
    }
    out->txs_total = vt_get_u64(bytes.ptr + 240);
    return VT_OK;
}

static vt_status read_mark(const struct vt_store *store, struct vt_mark *mark,
                           struct vt_err *err)
{
    struct vt_db_tx *tx;
    struct vt_view value;
    vt_status status = store->table->begin(store->db, VT_TX_RO, &tx, err);

    if (status != VT_OK) {
        return status;
    }
    status = store->table->get(tx, STATE_META, vt_view_str(MARK_KEY), &value);
    if (status == VT_OK) {
        status = vt_mark_decode(value, mark);
    }
    store->table->abort(tx);
    return status;
}

/* Entries of one ledger on their way into the tree. */
struct loading {
    struct vt_state *state; /* replaced by each chunk */
    enum vt_ledger_kind kind;
    struct vt_state_change *changes;
    size_t count;
    size_t capacity; /* grows to CHUNK: most chains are small */
    struct vt_arena arena;
};

static vt_status load_chunk(struct loading *l)
{
    struct vt_state *next;
    vt_status status;

    if (l->count == 0) {
        return VT_OK;
    }
    status = vt_state_update(l->state, l->kind, l->changes, l->count, &next);
    if (status == VT_OK) {
        vt_state_unref(l->state);
        l->state = next;
    }
    l->count = 0;
    vt_arena_fini(&l->arena);
    return status;
}

static int grow(struct loading *l)
{
    size_t capacity = l->capacity == 0 ? CHUNK_FIRST : 2 * l->capacity;
    void *changes = vt_realloc(l->changes, capacity * sizeof *l->changes);

    if (changes == NULL) {
        return 0;
    }
    l->changes = changes;
    l->capacity = capacity;
    return 1;
}

static vt_status load_entry(struct loading *l, struct vt_view key,
                            struct vt_view value)
{
    struct vt_state_change *change;
    uint8_t *copy;

    if (l->count == l->capacity && !grow(l)) {
        return VT_E_NOMEM;
    }
    if (key.len != 32 || value.len == 0 || value.len > VT_STATE_VALUE_MAX) {
        return VT_E_CORRUPT;
    }
    copy = vt_arena_dup(&l->arena, value.ptr, value.len);
    if (copy == NULL) {
        return VT_E_NOMEM;
    }
    change = &l->changes[l->count];
    memcpy(change->key.b, key.ptr, 32);
    change->value = vt_view_of(copy, value.len);
    return ++l->count == CHUNK ? load_chunk(l) : VT_OK;
}

static vt_status load_ledger(const struct vt_store *store, struct loading *l,
                             struct vt_err *err)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur = NULL;
    struct vt_view key = {NULL, 0};
    struct vt_view value = {NULL, 0};
    vt_status status = store->table->begin(store->db, VT_TX_RO, &tx, err);

    if (status != VT_OK) {
        return status;
    }
    status = store->table->cursor(tx, STATE_ENTRY + (uint32_t)l->kind, &cur);
    if (status == VT_OK) {
        status = store->table->seek(cur, vt_view_of(NULL, 0), &key, &value);
    }
    while (status == VT_OK) {
        status = load_entry(l, key, value);
        if (status == VT_OK) {
            status = store->table->step(cur, 1, &key, &value);
        }
    }
    store->table->cursor_close(cur);
    store->table->abort(tx);
    return status == VT_E_NOTFOUND ? load_chunk(l) : status;
}

static int roots_fit(const struct vt_state *state, const struct vt_mark *mark)
{
    struct vt_hash root;

    vt_state_root(state, &root);
    return vt_hash_eq(&root, &mark->state_root);
}

vt_status vt_behind_load(const struct vt_store *ledger, struct vt_mark *mark,
                         struct vt_state **out, struct vt_err *err)
{
    struct loading l = {.state = NULL};
    vt_status status = read_mark(&ledger[VT_LEDGER_ASSET], mark, err);

    if (status != VT_OK) {
        return status == VT_E_NOMEM ? status : VT_E_NOTFOUND;
    }
    vt_arena_init(&l.arena, CHUNK_BYTES);
    l.state = vt_state_new();
    if (l.state == NULL) {
        status = VT_E_NOMEM;
    }
    for (int i = 0; i < VT_LEDGER_COUNT && status == VT_OK; i++) {
        l.kind = (enum vt_ledger_kind)i;
        status = load_ledger(&ledger[i], &l, err);
    }
    vt_free(l.changes);
    vt_arena_fini(&l.arena);
    if (status == VT_OK && roots_fit(l.state, mark)) {
        *out = l.state;
        return VT_OK;
    }
    vt_state_unref(l.state);
    return status == VT_E_NOMEM
               ? vt_err_set(err, status, "no memory for the state")
               : VT_E_NOTFOUND;
}

static vt_status wipe_some(const struct vt_store *store, uint32_t space,
                           size_t *out_count, struct vt_err *err)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur = NULL;
    struct vt_view key = {NULL, 0};
    struct vt_view value = {NULL, 0};
    vt_status status = store->table->begin(store->db, VT_TX_RW, &tx, err);

    *out_count = 0;
    if (status != VT_OK) {
        return status;
    }
    status = store->table->cursor(tx, space, &cur);
    if (status == VT_OK) {
        status = store->table->seek(cur, vt_view_of(NULL, 0), &key, &value);
    }
    while (status == VT_OK && *out_count < CHUNK) {
        status = store->table->del(tx, space, key);
        (*out_count)++;
        if (status == VT_OK) {
            status = store->table->step(cur, 1, &key, &value);
        }
    }
    store->table->cursor_close(cur);
    if (status != VT_OK && status != VT_E_NOTFOUND) {
        store->table->abort(tx);
        return vt_err_set(err, status, "the state store cannot be emptied: %s",
                          vt_status_text(status));
    }
    return store->table->commit(tx, 0, err);
}

vt_status vt_behind_wipe(const struct vt_store *ledger, struct vt_err *err)
{
    vt_status status = VT_OK;

    for (int i = 0; i < VT_LEDGER_COUNT && status == VT_OK; i++) {
        if (!is_first_store(ledger, i)) {
            continue;
        }
        for (uint32_t space = 0; space < STATE_SPACES && status == VT_OK;) {
            size_t count;

            status = wipe_some(&ledger[i], space, &count, err);
            space += count < CHUNK;
        }
    }
    return status;
}

/* ---- the first state ----------------------------------------------------- */

/* Entries of one ledger on their way into its store. */
struct seeding {
    const struct vt_store *store;
    struct vt_db_tx *tx;
    uint32_t space;
    size_t count; /* in tx */
    vt_status status;
    struct vt_err *err;
};

static vt_status seed_commit(struct seeding *s)
{
    struct vt_db_tx *tx = s->tx;

    s->tx = NULL;
    s->count = 0;
    return tx == NULL ? VT_OK : s->store->table->commit(tx, 0, s->err);
}

static vt_status seed_put(struct seeding *s, const struct vt_hash *key,
                          struct vt_view value)
{
    vt_status status = VT_OK;

    if (s->tx == NULL) {
        status = s->store->table->begin(s->store->db, VT_TX_RW, &s->tx, s->err);
    }
    if (status == VT_OK) {
        status = s->store->table->put(s->tx, s->space, vt_view_of(key->b, 32),
                                      value);
        if (status != VT_OK) {
            (void)vt_err_set(s->err, status,
                             "the state store does not take a record: %s",
                             vt_status_text(status));
        }
    }
    if (status == VT_OK && ++s->count == CHUNK) {
        status = seed_commit(s);
    }
    return status;
}

static int seed_entry(void *ctx, const struct vt_hash *key,
                      struct vt_view value)
{
    struct seeding *s = ctx;

    s->status = seed_put(s, key, value);
    return s->status != VT_OK;
}

vt_status vt_behind_seed(const struct vt_store *ledger,
                         const struct vt_state *first, struct vt_err *err)
{
    struct seeding s = {.status = VT_OK, .err = err};

    for (int i = 0; i < VT_LEDGER_COUNT && s.status == VT_OK; i++) {
        s.store = &ledger[i];
        s.space = STATE_ENTRY + (uint32_t)i;
        vt_state_walk(first, (enum vt_ledger_kind)i, seed_entry, &s);
        if (s.status == VT_OK) {
            s.status = seed_commit(&s);
        }
    }
    if (s.tx != NULL) {
        s.store->table->abort(s.tx);
    }
    return s.status;
}
