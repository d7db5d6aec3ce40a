/* SPDX-License-Identifier: Apache-2.0
 *
 * validate_storage.c - one writer at a time, limits, no use after the end of a
 * transaction. Handles are wrapped, so a stale one is noticed.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "plugin/validate.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define TABLES_MAX 32u
#define MAGIC_TX 0x74785f6fu
#define MAGIC_CUR 0x6375725fu

struct wrapped {
    struct vt_storage table;
    const struct vt_storage *inner;
    char stem[40];
};

static struct wrapped wrappers[TABLES_MAX];
static size_t wrapper_count;

struct vt_db {
    const struct wrapped *w;
    struct vt_db *inner;
    _Atomic int open_txs;
};

struct vt_db_tx {
    uint32_t magic;
    uint32_t flags;
    struct vt_db *db;
    struct vt_db_tx *inner;
    int cursors;
};

struct vt_db_cursor {
    uint32_t magic;
    struct vt_db_tx *tx;
    struct vt_db_cursor *inner;
};

static const struct wrapped *by_host(const struct vt_host *host)
{
    const struct vt_module *module = vt_host_module(host);

    for (size_t i = 0; i < wrapper_count; i++) {
        if (module != NULL && module->storage == &wrappers[i].table) {
            return &wrappers[i];
        }
    }
    return NULL;
}

static vt_status v_open(const struct vt_host *host, const struct vt_cfg *cfg,
                        const char *dir, struct vt_db **out, struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    struct vt_db *db = vt_alloc(sizeof *db);
    vt_status status;

    *out = NULL;
    if (w == NULL || db == NULL) {
        vt_free(db);
        return VT_E_INTERNAL;
    }
    db->w = w;
    status = w->inner->open(host, cfg, dir, &db->inner, err);
    if (status != VT_OK) {
        vt_free(db);
        return status;
    }
    *out = db;
    return VT_OK;
}

static void v_close(struct vt_db *db)
{
    if (db == NULL) {
        return;
    }
    if (atomic_load(&db->open_txs) != 0) {
        vt_violation(db->w->stem, 1, "close: transactions are open");
    }
    db->w->inner->close(db->inner);
    vt_free(db);
}

static vt_status v_begin(struct vt_db *db, uint32_t flags,
                         struct vt_db_tx **out, struct vt_err *err)
{
    struct vt_db_tx *tx = vt_alloc(sizeof *tx);
    vt_status status;

    *out = NULL;
    if (tx == NULL) {
        return VT_E_NOMEM;
    }
    status = db->w->inner->begin(db->inner, flags, &tx->inner, err);
    if (status != VT_OK) {
        vt_free(tx);
        return status;
    }
    tx->magic = MAGIC_TX;
    tx->flags = flags;
    tx->db = db;
    atomic_fetch_add(&db->open_txs, 1);
    *out = tx;
    return VT_OK;
}

static const struct vt_storage *table_of(const struct vt_db_tx *tx,
                                         const char *call)
{
    const struct wrapped *w = tx->db->w;

    if (tx->magic != MAGIC_TX) {
        vt_violation(w->stem, 1, "%s: transaction is over", call);
    }
    return w->inner;
}

static vt_status v_get(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                       struct vt_view *val)
{
    return table_of(tx, "get")->get(tx->inner, space, key, val);
}

static vt_status v_put(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                       struct vt_view val)
{
    const struct vt_storage *t = table_of(tx, "put");
    vt_status status = t->put(tx->inner, space, key, val);

    if (status == VT_OK &&
        (tx->flags != VT_TX_RW || key.len == 0 || key.len > t->key_max ||
         val.len > t->value_max || space >= t->spaces_max)) {
        vt_violation(tx->db->w->stem, 0, "put: accepted above its limits");
    }
    return status;
}

static vt_status v_del(struct vt_db_tx *tx, uint32_t space, struct vt_view key)
{
    return table_of(tx, "del")->del(tx->inner, space, key);
}

static vt_status v_cursor(struct vt_db_tx *tx, uint32_t space,
                          struct vt_db_cursor **out)
{
    struct vt_db_cursor *cur = vt_alloc(sizeof *cur);
    vt_status status;

    *out = NULL;
    if (cur == NULL) {
        return VT_E_NOMEM;
    }
    status = table_of(tx, "cursor")->cursor(tx->inner, space, &cur->inner);
    if (status != VT_OK) {
        vt_free(cur);
        return status;
    }
    cur->magic = MAGIC_CUR;
    cur->tx = tx;
    tx->cursors++;
    *out = cur;
    return VT_OK;
}

static vt_status v_seek(struct vt_db_cursor *cur, struct vt_view key,
                        struct vt_view *k, struct vt_view *v)
{
    vt_status status = cur->tx->db->w->inner->seek(cur->inner, key, k, v);

    if (status == VT_OK && key.len > 0 && vt_view_cmp(*k, key) < 0) {
        vt_violation(cur->tx->db->w->stem, 0, "seek: key before the one asked");
    }
    return status;
}

static vt_status v_step(struct vt_db_cursor *cur, int32_t dir,
                        struct vt_view *k, struct vt_view *v)
{
    return cur->tx->db->w->inner->step(cur->inner, dir, k, v);
}

static void v_cursor_close(struct vt_db_cursor *cur)
{
    if (cur != NULL) {
        cur->tx->cursors--;
        cur->tx->db->w->inner->cursor_close(cur->inner);
        cur->magic = 0;
        vt_free(cur);
    }
}

static void end_tx(struct vt_db_tx *tx)
{
    if (tx->cursors != 0) {
        vt_violation(tx->db->w->stem, 1, "transaction ends with open cursors");
    }
    atomic_fetch_sub(&tx->db->open_txs, 1);
    tx->magic = 0;
    vt_free(tx);
}

static vt_status v_commit(struct vt_db_tx *tx, uint32_t flags,
                          struct vt_err *err)
{
    vt_status status = table_of(tx, "commit")->commit(tx->inner, flags, err);

    end_tx(tx);
    return status;
}

static void v_abort(struct vt_db_tx *tx)
{
    if (tx != NULL) {
        table_of(tx, "abort")->abort(tx->inner);
        end_tx(tx);
    }
}

static vt_status v_checkpoint(struct vt_db *db, const char *dir,
                              struct vt_err *err)
{
    return db->w->inner->checkpoint(db->inner, dir, err);
}

static vt_status v_verify(struct vt_db *db, uint32_t depth, struct vt_err *err)
{
    return db->w->inner->verify(db->inner, depth, err);
}

static vt_status v_stats(struct vt_db *db, struct vt_sink *out)
{
    return db->w->inner->stats(db->inner, out);
}

const struct vt_storage *vt_validate_storage(const struct vt_storage *table,
                                             const char *stem)
{
    struct wrapped *w;

    if (wrapper_count == TABLES_MAX) {
        return table;
    }
    w = &wrappers[wrapper_count++];
    w->inner = table;
    w->table = *table;
    (void)snprintf(w->stem, sizeof w->stem, "%s", stem);
    w->table.open = v_open;
    w->table.close = v_close;
    w->table.begin = v_begin;
    w->table.get = v_get;
    w->table.put = v_put;
    w->table.del = v_del;
    w->table.cursor = v_cursor;
    w->table.seek = v_seek;
    w->table.step = v_step;
    w->table.cursor_close = v_cursor_close;
    w->table.commit = v_commit;
    w->table.abort = v_abort;
    w->table.checkpoint = v_checkpoint;
    w->table.verify = v_verify;
    w->table.stats = v_stats;
    return &w->table;
}
