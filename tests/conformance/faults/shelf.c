/* SPDX-License-Identifier: Apache-2.0
 *
 * shelf.c - a store in memory that keeps the contract, and faults to break it
 * with, one at a time. A version is a sorted array of references to entries;
 * the writer changes a copy of its own, commit puts it in the old one's place.
 */
#include <vt/vt.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SPACES 16u
#define KEY_MAX 64u
#define VALUE_MAX (1u << 20)
#define BATCH_MAX (4u << 20)

struct entry {
    atomic_uint refs;
    uint32_t space;
    size_t klen, vlen;
    uint8_t bytes[]; /* key, value */
};

struct version {
    atomic_uint refs;
    size_t count, room;
    struct entry **entries;
};

struct vt_db {
    pthread_mutex_t lock; /* current, is_written */
    struct version *current;
    int is_written;
};

struct vt_db_tx {
    struct vt_db *db;
    struct version *base, *own; /* own: of a writer */
    uint64_t charged;
};

struct vt_db_cursor {
    const struct version *v;
    uint32_t space;
    size_t at; /* one more than the place it stands on; first: before all */
};

/* ---- versions ------------------------------------------------------------ */

static void drop_entry(struct entry *e)
{
    if (atomic_fetch_sub(&e->refs, 1) == 1) {
        free(e);
    }
}

static void drop_version(struct version *v)
{
    if (v == NULL || atomic_fetch_sub(&v->refs, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < v->count; i++) {
        drop_entry(v->entries[i]);
    }
    free(v->entries);
    free(v);
}

static struct version *copy_version(const struct version *from)
{
    size_t count = from == NULL ? 0 : from->count;
    struct version *v = calloc(1, sizeof *v);

    if (v == NULL) {
        return NULL;
    }
    v->refs = 1;
    v->room = count + 16;
    v->entries = calloc(v->room, sizeof(struct entry *));
    if (v->entries == NULL) {
        free(v);
        return NULL;
    }
    for (; v->count < count; v->count++) {
        v->entries[v->count] = from->entries[v->count];
        atomic_fetch_add(&v->entries[v->count]->refs, 1);
    }
    return v;
}

static int compare(const struct entry *e, uint32_t space, struct vt_view key)
{
    size_t both = e->klen < key.len ? e->klen : key.len;
    int order = 0;

    if (e->space != space) {
        return e->space < space ? -1 : 1;
    }
#ifdef FAULT_ORDER
    for (size_t i = 0; i < both && order == 0; i++) {
        order = (int8_t)e->bytes[i] - (int8_t)key.ptr[i];
    }
#else
    order = both == 0 ? 0 : memcmp(e->bytes, key.ptr, both);
#endif
    return order != 0 ? order : (e->klen > key.len) - (e->klen < key.len);
}

/* Place of the first entry that is not below. */
static size_t place(const struct version *v, uint32_t space, struct vt_view key)
{
    size_t low = 0;
    size_t high = v->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare(v->entries[mid], space, key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static int is_at(const struct version *v, size_t i, uint32_t space,
                 struct vt_view key)
{
    return i < v->count && compare(v->entries[i], space, key) == 0;
}

/* ---- the store ----------------------------------------------------------- */

static vt_status refuse(struct vt_err *err, vt_status status, const char *why)
{
    if (err != NULL) {
        err->code = status;
        memcpy(err->text, why, strlen(why) + 1);
    }
    return status;
}

static vt_status shelf_open(const struct vt_host *host,
                            const struct vt_cfg *cfg, const char *dir,
                            struct vt_db **out, struct vt_err *err)
{
    struct vt_db *db = calloc(1, sizeof *db);

    (void)host;
    (void)cfg;
    (void)dir;
    if (db != NULL) {
        db->current = copy_version(NULL);
    }
    if (db == NULL || db->current == NULL) {
        free(db);
        return refuse(err, VT_E_NOMEM, "no memory to open a store");
    }
    (void)pthread_mutex_init(&db->lock, NULL);
    *out = db;
    return VT_OK;
}

static void shelf_close(struct vt_db *db)
{
    if (db != NULL) {
        drop_version(db->current);
        (void)pthread_mutex_destroy(&db->lock);
        free(db);
    }
}

static vt_status shelf_checkpoint(struct vt_db *db, const char *dir,
                                  struct vt_err *err)
{
    (void)db;
    (void)dir;
    return refuse(err, VT_E_UNSUPPORTED, "a shelf has no files to copy");
}

static vt_status shelf_verify(struct vt_db *db, uint32_t depth,
                              struct vt_err *err)
{
    (void)db;
    (void)depth;
    (void)err;
    return VT_OK;
}

static vt_status shelf_stats(struct vt_db *db, struct vt_sink *out)
{
    (void)db;
#ifdef FAULT_STATS
    return out->write(out, "stores: one\n", 12);
#else
    return out->write(out, "stores 1 count\n", 15);
#endif
}

/* ---- transactions -------------------------------------------------------- */

static void end(struct vt_db_tx *tx)
{
    if (tx->own != NULL) {
        (void)pthread_mutex_lock(&tx->db->lock);
        tx->db->is_written = 0;
        (void)pthread_mutex_unlock(&tx->db->lock);
    }
    drop_version(tx->own);
    drop_version(tx->base);
    free(tx);
}

static vt_status shelf_begin(struct vt_db *db, uint32_t flags,
                             struct vt_db_tx **out, struct vt_err *err)
{
    struct vt_db_tx *tx = calloc(1, sizeof *tx);
    int is_free;

    if (tx == NULL) {
        return refuse(err, VT_E_NOMEM, "no memory for a transaction");
    }
    (void)pthread_mutex_lock(&db->lock);
    is_free = flags != VT_TX_RW || !db->is_written;
#ifdef FAULT_WRITERS
    is_free = 1;
#endif
    if (is_free) {
        db->is_written |= flags == VT_TX_RW;
        tx->db = db;
        tx->base = db->current;
        atomic_fetch_add(&tx->base->refs, 1);
    }
    (void)pthread_mutex_unlock(&db->lock);
    if (!is_free) {
        free(tx);
        return refuse(err, VT_E_STATE, "a writer is open: end it first");
    }
    if (flags == VT_TX_RW) {
        tx->own = copy_version(tx->base);
        if (tx->own == NULL) {
            db->is_written = 0;
            end(tx);
            return refuse(err, VT_E_NOMEM, "no memory for a transaction");
        }
    }
    *out = tx;
    return VT_OK;
}

static const struct version *seen(const struct vt_db_tx *tx)
{
#ifdef FAULT_SNAPSHOT
    return tx->own != NULL ? tx->own : tx->db->current;
#else
    return tx->own != NULL ? tx->own : tx->base;
#endif
}

static vt_status shelf_get(struct vt_db_tx *tx, uint32_t space,
                           struct vt_view key, struct vt_view *val)
{
    const struct version *v = seen(tx);
    size_t i = place(v, space, key);

    if (!is_at(v, i, space, key)) {
        return VT_E_NOTFOUND;
    }
    val->ptr = v->entries[i]->bytes + key.len;
    val->len = v->entries[i]->vlen;
    return VT_OK;
}

static vt_status may_change(struct vt_db_tx *tx, uint32_t space,
                            struct vt_view key, size_t len)
{
    if (tx->own == NULL) {
        return VT_E_STATE;
    }
#ifndef FAULT_LIMIT
    if (key.len > KEY_MAX) {
        return VT_E_LIMIT;
    }
#endif
    if (space >= SPACES || key.len == 0 || len > VALUE_MAX ||
        key.len + len > BATCH_MAX - tx->charged) {
        return VT_E_LIMIT;
    }
    tx->charged += key.len + len;
    return VT_OK;
}

static vt_status make_room(struct version *v)
{
    struct entry **more;

    if (v->count < v->room) {
        return VT_OK;
    }
    more = realloc(v->entries, 2 * v->room * sizeof(struct entry *));
    if (more == NULL) {
        return VT_E_NOMEM;
    }
    v->entries = more;
    v->room *= 2;
    return VT_OK;
}

static vt_status shelf_del(struct vt_db_tx *tx, uint32_t space,
                           struct vt_view key)
{
    vt_status status = may_change(tx, space, key, 0);
    struct version *v = tx->own;
    size_t i;

    if (status != VT_OK) {
        return status;
    }
    i = place(v, space, key);
    if (is_at(v, i, space, key)) {
        drop_entry(v->entries[i]);
        memmove(&v->entries[i], &v->entries[i + 1],
                (--v->count - i) * sizeof(struct entry *));
    }
    return VT_OK;
}

static struct entry *entry_new(uint32_t space, struct vt_view key,
                               struct vt_view val)
{
    struct entry *e = malloc(sizeof *e + key.len + val.len);

    if (e != NULL) {
        e->refs = 1;
        e->space = space;
        e->klen = key.len;
        e->vlen = val.len;
        memcpy(e->bytes, key.ptr, key.len);
        if (val.len > 0) {
            memcpy(e->bytes + key.len, val.ptr, val.len);
        }
    }
    return e;
}

static vt_status shelf_put(struct vt_db_tx *tx, uint32_t space,
                           struct vt_view key, struct vt_view val)
{
    vt_status status = may_change(tx, space, key, val.len);
    struct version *v = tx->own;
    struct entry *e;
    size_t i;

    if (status != VT_OK || make_room(v) != VT_OK) {
        return status == VT_OK ? VT_E_NOMEM : status;
    }
#ifdef FAULT_EMPTY
    if (val.len == 0) {
        return shelf_del(tx, space, key);
    }
#endif
    e = entry_new(space, key, val);
    if (e == NULL) {
        return VT_E_NOMEM;
    }
    i = place(v, space, key);
    if (is_at(v, i, space, key)) {
        drop_entry(v->entries[i]);
    } else {
        memmove(&v->entries[i + 1], &v->entries[i],
                (v->count++ - i) * sizeof(struct entry *));
    }
    v->entries[i] = e;
    return VT_OK;
}

static vt_status shelf_commit(struct vt_db_tx *tx, uint32_t flags,
                              struct vt_err *err)
{
    struct vt_db *db = tx->db;
    struct version *old;

    (void)flags;
    (void)err;
    if (tx->own != NULL) {
        (void)pthread_mutex_lock(&db->lock);
        old = db->current;
        db->current = tx->own;
        (void)pthread_mutex_unlock(&db->lock);
        tx->own = old;
    }
    end(tx);
    return VT_OK;
}

static void shelf_abort(struct vt_db_tx *tx)
{
#ifdef FAULT_ABORT
    if (tx != NULL && tx->own != NULL) {
        (void)shelf_commit(tx, 0, NULL);
        return;
    }
#endif
    if (tx != NULL) {
        end(tx);
    }
}

/* ---- cursors ------------------------------------------------------------- */

static vt_status shelf_cursor(struct vt_db_tx *tx, uint32_t space,
                              struct vt_db_cursor **out)
{
    struct vt_db_cursor *cur;

    if (space >= SPACES) {
        return VT_E_LIMIT;
    }
    cur = calloc(1, sizeof *cur);
    if (cur == NULL) {
        return VT_E_NOMEM;
    }
#ifdef FAULT_CURSOR
    cur->v = seen(tx);
#else
    cur->v = tx->base;
#endif
    cur->space = space;
    cur->at = place(cur->v, space, (struct vt_view){NULL, 0});
    *out = cur;
    return VT_OK;
}

static void shelf_cursor_close(struct vt_db_cursor *cur)
{
    free(cur);
}

static vt_status show(const struct vt_db_cursor *cur, struct vt_view *k,
                      struct vt_view *v)
{
    const struct entry *e;

    if (cur->at == 0 || cur->at > cur->v->count ||
        cur->v->entries[cur->at - 1]->space != cur->space) {
        return VT_E_NOTFOUND;
    }
    e = cur->v->entries[cur->at - 1];
    *k = (struct vt_view){e->bytes, e->klen};
    *v = (struct vt_view){e->bytes + e->klen, e->vlen};
    return VT_OK;
}

static vt_status shelf_seek(struct vt_db_cursor *cur, struct vt_view key,
                            struct vt_view *k, struct vt_view *v)
{
    cur->at = place(cur->v, cur->space, key) + 1;
    return show(cur, k, v);
}

static vt_status shelf_step(struct vt_db_cursor *cur, int32_t dir,
                            struct vt_view *k, struct vt_view *v)
{
    struct vt_view none = {NULL, 0};
    size_t before = place(cur->v, cur->space, none);
    size_t behind = place(cur->v, cur->space + 1, none) + 1;

    if (dir != 1 && dir != -1) {
        return VT_E_INVALID;
    }
    if (cur->at == (dir > 0 ? behind : before)) {
        return VT_E_NOTFOUND;
    }
    cur->at += dir > 0 ? 1 : SIZE_MAX;
    return show(cur, k, v);
}

/* ---- descriptor ---------------------------------------------------------- */

static const struct vt_storage table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .flags = VT_SF_VOLATILE,
    .key_max = KEY_MAX,
    .spaces_max = SPACES,
    .value_max = VALUE_MAX,
    .batch_max = BATCH_MAX,
    .open = shelf_open,
    .close = shelf_close,
    .begin = shelf_begin,
    .get = shelf_get,
    .put = shelf_put,
    .del = shelf_del,
    .cursor = shelf_cursor,
    .seek = shelf_seek,
    .step = shelf_step,
    .cursor_close = shelf_cursor_close,
    .commit = shelf_commit,
    .abort = shelf_abort,
    .checkpoint = shelf_checkpoint,
    .verify = shelf_verify,
    .stats = shelf_stats,
};
static const struct vt_iface ifaces[] = {{VT_IF_STORAGE, &table}};

VT_PLUGIN_DEFINE(shelf) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .protocol = 1,
    .id = "org.vtchain.test.shelf",
    .name = "shelf",
    .version = "1",
    .vendor = "test",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
};
