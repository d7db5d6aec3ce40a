/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.c - ordered entries in memory plus an undo list per unsynced commit:
 * cutting the power undoes a random suffix of them. Commits stay atomic, which
 * is what the storage contract promises; torn sectors are the business of the
 * storage plugins' own crash tests.
 */
#include "sim/disk.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

#define SPACES 64u

struct entry {
    uint32_t space;
    struct vt_view key; /* bytes follow the struct */
    struct vt_view val;
};

/* One write of a transaction, or one step of an undo. */
struct op {
    struct op *next;
    uint32_t space;
    int is_delete;
    struct vt_view key, val;
};

struct commit {
    struct commit *older;
    struct op *undo; /* newest first: applying in order restores */
};

struct vt_sim_disk {
    struct entry **entries; /* sorted by space, key */
    size_t count, cap;
    struct commit *unsynced; /* newest first */
    size_t unsynced_count;
    size_t doomed; /* of the newest, committed since the freeze */
    uint64_t bytes[SPACES];
    uint32_t open_readers;
    int writing;
    int frozen, full;
    struct vt_sim_disk_watch watch;
};

struct vt_db_tx {
    struct vt_sim_disk *disk;
    int is_rw;
    struct op *ops; /* newest first */
};

struct vt_db_cursor {
    struct vt_sim_disk *disk;
    uint32_t space;
    size_t pos; /* index of the current entry */
};

static struct vt_sim_disk *disk_of(struct vt_db *db)
{
    return (struct vt_sim_disk *)(void *)db;
}

static int order(uint32_t space, struct vt_view key, const struct entry *e)
{
    if (space != e->space) {
        return space < e->space ? -1 : 1;
    }
    return vt_view_cmp(key, e->key);
}

/* First entry >= (space, key); *found says whether it is equal. */
static size_t lower_bound(const struct vt_sim_disk *disk, uint32_t space,
                          struct vt_view key, int *found)
{
    size_t lo = 0;
    size_t hi = disk->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (order(space, key, disk->entries[mid]) > 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *found = lo < disk->count && order(space, key, disk->entries[lo]) == 0;
    return lo;
}

static struct entry *entry_new(uint32_t space, struct vt_view key,
                               struct vt_view val)
{
    struct entry *e = vt_alloc(sizeof *e + key.len + val.len);
    uint8_t *bytes;

    if (e == NULL) {
        return NULL;
    }
    bytes = (uint8_t *)(e + 1);
    if (key.len > 0) {
        memcpy(bytes, key.ptr, key.len);
    }
    if (val.len > 0) {
        memcpy(bytes + key.len, val.ptr, val.len);
    }
    e->space = space;
    e->key = vt_view_of(bytes, key.len);
    e->val = vt_view_of(bytes + key.len, val.len);
    return e;
}

static struct op *op_new(struct op *next, uint32_t space, int is_delete,
                         struct vt_view key, struct vt_view val)
{
    struct op *op = vt_alloc(sizeof *op + key.len + val.len);
    uint8_t *bytes;

    if (op == NULL) {
        return NULL;
    }
    bytes = (uint8_t *)(op + 1);
    if (key.len > 0) {
        memcpy(bytes, key.ptr, key.len);
    }
    if (val.len > 0) {
        memcpy(bytes + key.len, val.ptr, val.len);
    }
    op->next = next;
    op->space = space;
    op->is_delete = is_delete;
    op->key = vt_view_of(bytes, key.len);
    op->val = vt_view_of(bytes + key.len, val.len);
    return op;
}

static void ops_free(struct op *op)
{
    while (op != NULL) {
        struct op *next = op->next;

        vt_free(op);
        op = next;
    }
}

static vt_status grow(struct vt_sim_disk *disk)
{
    struct entry **more;
    size_t cap = disk->cap == 0 ? 64 : disk->cap * 2;

    if (disk->count < disk->cap) {
        return VT_OK;
    }
    more = vt_realloc(disk->entries, cap * sizeof *more);
    if (more == NULL) {
        return VT_E_NOMEM;
    }
    disk->entries = more;
    disk->cap = cap;
    return VT_OK;
}

/* Apply one write; its inverse goes on *undo unless undo is NULL. */
static vt_status apply(struct vt_sim_disk *disk, const struct op *op,
                       struct op **undo)
{
    int found;
    size_t pos = lower_bound(disk, op->space, op->key, &found);
    struct entry *fresh = NULL;

    if (undo != NULL) {
        struct vt_view old =
            found ? disk->entries[pos]->val : vt_view_of(NULL, 0);
        struct op *inverse = op_new(*undo, op->space, !found, op->key, old);

        if (inverse == NULL) {
            return VT_E_NOMEM;
        }
        *undo = inverse;
    }
    if (!op->is_delete) {
        fresh = entry_new(op->space, op->key, op->val);
        if (fresh == NULL || grow(disk) != VT_OK) {
            vt_free(fresh);
            return VT_E_NOMEM;
        }
        disk->bytes[op->space] += op->key.len + op->val.len;
    }
    if (found) {
        disk->bytes[op->space] -= op->key.len + disk->entries[pos]->val.len;
        vt_free(disk->entries[pos]);
        if (fresh != NULL) {
            disk->entries[pos] = fresh;
            return VT_OK;
        }
        disk->count--;
        memmove(&disk->entries[pos], &disk->entries[pos + 1],
                (disk->count - pos) * sizeof disk->entries[0]);
    } else if (fresh != NULL) {
        memmove(&disk->entries[pos + 1], &disk->entries[pos],
                (disk->count - pos) * sizeof disk->entries[0]);
        disk->entries[pos] = fresh;
        disk->count++;
    }
    return VT_OK;
}

static void commits_free(struct vt_sim_disk *disk)
{
    while (disk->unsynced != NULL) {
        struct commit *c = disk->unsynced;

        disk->unsynced = c->older;
        ops_free(c->undo);
        vt_free(c);
    }
    disk->unsynced_count = 0;
}

struct vt_sim_disk *vt_sim_disk_new(const struct vt_sim_disk_watch *watch)
{
    struct vt_sim_disk *disk = vt_alloc(sizeof *disk);

    if (disk != NULL && watch != NULL) {
        disk->watch = *watch;
    }
    return disk;
}

void vt_sim_disk_free(struct vt_sim_disk *disk)
{
    if (disk == NULL) {
        return;
    }
    commits_free(disk);
    for (size_t i = 0; i < disk->count; i++) {
        vt_free(disk->entries[i]);
    }
    vt_free(disk->entries);
    vt_free(disk);
}

struct vt_db *vt_sim_disk_db(struct vt_sim_disk *disk)
{
    return (struct vt_db *)(void *)disk;
}

void vt_sim_disk_freeze(struct vt_sim_disk *disk)
{
    disk->frozen = 1;
    disk->doomed = 0;
}

static void undo_newest(struct vt_sim_disk *disk)
{
    struct commit *c = disk->unsynced;

    disk->unsynced = c->older;
    for (struct op *op = c->undo; op != NULL; op = op->next) {
        (void)apply(disk, op, NULL);
    }
    ops_free(c->undo);
    vt_free(c);
}

void vt_sim_disk_cut(struct vt_sim_disk *disk, struct vt_rng *rng)
{
    size_t older = disk->unsynced_count - disk->doomed;
    size_t lost = disk->doomed + (size_t)vt_rng_below(rng, older + 1);

    while (lost-- > 0) {
        undo_newest(disk);
    }
    commits_free(disk);
    disk->frozen = 0;
    disk->doomed = 0;
}

void vt_sim_disk_set_full(struct vt_sim_disk *disk, int full)
{
    disk->full = full;
}

uint64_t vt_sim_disk_bytes(const struct vt_sim_disk *disk, uint32_t space)
{
    return space < SPACES ? disk->bytes[space] : 0;
}

/* ---- the table ----------------------------------------------------------- */

static void disk_close(struct vt_db *db)
{
    (void)db; /* the simulator owns the disk */
}

static vt_status disk_begin(struct vt_db *db, uint32_t flags,
                            struct vt_db_tx **out, struct vt_err *err)
{
    struct vt_sim_disk *disk = disk_of(db);
    struct vt_db_tx *tx;

    (void)err;
    *out = NULL;
    if (flags == VT_TX_RW && disk->writing) {
        return VT_E_STATE;
    }
    tx = vt_alloc(sizeof *tx);
    if (tx == NULL) {
        return VT_E_NOMEM;
    }
    tx->disk = disk;
    tx->is_rw = flags == VT_TX_RW;
    if (tx->is_rw) {
        disk->writing = 1;
    } else {
        disk->open_readers++;
    }
    *out = tx;
    return VT_OK;
}

static vt_status disk_get(struct vt_db_tx *tx, uint32_t space,
                          struct vt_view key, struct vt_view *val)
{
    int found;
    size_t pos;

    for (const struct op *op = tx->ops; op != NULL; op = op->next) {
        if (op->space == space && vt_view_eq(op->key, key)) {
            *val = op->val;
            return op->is_delete ? VT_E_NOTFOUND : VT_OK;
        }
    }
    pos = lower_bound(tx->disk, space, key, &found);
    if (!found) {
        return VT_E_NOTFOUND;
    }
    *val = tx->disk->entries[pos]->val;
    return VT_OK;
}

static vt_status tx_write(struct vt_db_tx *tx, uint32_t space, int is_delete,
                          struct vt_view key, struct vt_view val)
{
    struct op *op;

    if (!tx->is_rw || key.len == 0 || key.len > vt_sim_disk_table.key_max ||
        space >= vt_sim_disk_table.spaces_max) {
        return VT_E_LIMIT;
    }
    op = op_new(tx->ops, space, is_delete, key, val);
    if (op == NULL) {
        return VT_E_NOMEM;
    }
    tx->ops = op;
    return VT_OK;
}

static vt_status disk_put(struct vt_db_tx *tx, uint32_t space,
                          struct vt_view key, struct vt_view val)
{
    return tx_write(tx, space, 0, key, val);
}

static vt_status disk_del(struct vt_db_tx *tx, uint32_t space,
                          struct vt_view key)
{
    return tx_write(tx, space, 1, key, vt_view_of(NULL, 0));
}

static vt_status disk_cursor(struct vt_db_tx *tx, uint32_t space,
                             struct vt_db_cursor **out)
{
    struct vt_db_cursor *cur = vt_alloc(sizeof *cur);

    *out = cur;
    if (cur == NULL) {
        return VT_E_NOMEM;
    }
    cur->disk = tx->disk;
    cur->space = space;
    return VT_OK;
}

static vt_status cursor_read(const struct vt_db_cursor *cur, struct vt_view *k,
                             struct vt_view *v)
{
    const struct entry *e;

    if (cur->pos >= cur->disk->count ||
        cur->disk->entries[cur->pos]->space != cur->space) {
        return VT_E_NOTFOUND;
    }
    e = cur->disk->entries[cur->pos];
    *k = e->key;
    *v = e->val;
    return VT_OK;
}

static vt_status disk_seek(struct vt_db_cursor *cur, struct vt_view key,
                           struct vt_view *k, struct vt_view *v)
{
    int found;

    cur->pos = lower_bound(cur->disk, cur->space, key, &found);
    return cursor_read(cur, k, v);
}

static vt_status disk_step(struct vt_db_cursor *cur, int32_t dir,
                           struct vt_view *k, struct vt_view *v)
{
    if (dir < 0) {
        if (cur->pos == 0) {
            cur->pos = cur->disk->count;
            return VT_E_NOTFOUND;
        }
        cur->pos--;
    } else {
        cur->pos++;
    }
    return cursor_read(cur, k, v);
}

static void disk_cursor_close(struct vt_db_cursor *cur)
{
    vt_free(cur);
}

static void disk_abort(struct vt_db_tx *tx)
{
    if (tx == NULL) {
        return;
    }
    if (tx->is_rw) {
        tx->disk->writing = 0;
    } else {
        tx->disk->open_readers--;
    }
    ops_free(tx->ops);
    vt_free(tx);
}

static struct op *turn_round(struct op *newest)
{
    struct op *oldest = NULL;

    while (newest != NULL) {
        struct op *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* The writes, oldest first, and on the undo list unless they are synced. */
static vt_status write_all(struct vt_sim_disk *disk, const struct op *oldest,
                           int is_synced)
{
    struct commit *c = is_synced ? NULL : vt_alloc(sizeof *c);
    vt_status status = !is_synced && c == NULL ? VT_E_NOMEM : VT_OK;

    for (const struct op *op = oldest; op != NULL && status == VT_OK;
         op = op->next) {
        status = apply(disk, op, is_synced ? NULL : &c->undo);
    }
    if (c != NULL) {
        c->older = disk->unsynced;
        disk->unsynced = c;
        disk->unsynced_count++;
        disk->doomed += disk->frozen != 0;
    }
    return status;
}

static void tell_entries(const struct vt_sim_disk *disk, const struct op *op)
{
    const struct vt_sim_disk_watch *w = &disk->watch;

    for (; op != NULL && w->on_entry != NULL; op = op->next) {
        if (op->space == w->space && !op->is_delete) {
            w->on_entry(w->ctx, op->key, op->val);
        }
    }
}

static vt_status disk_commit(struct vt_db_tx *tx, uint32_t flags,
                             struct vt_err *err)
{
    struct vt_sim_disk *disk = tx->disk;
    int is_synced = (flags & VT_COMMIT_SYNC) != 0 && !disk->frozen;
    struct op *ops;
    vt_status status;

    if (!tx->is_rw) {
        disk_abort(tx);
        return VT_OK;
    }
    if (disk->full && tx->ops != NULL) {
        disk_abort(tx);
        return vt_err_set(err, VT_E_IO, "no space left on the disk");
    }
    ops = turn_round(tx->ops);
    tx->ops = NULL;
    status = write_all(disk, ops, is_synced);
    if (status == VT_OK && is_synced) {
        commits_free(disk);
        tell_entries(disk, ops);
    }
    ops_free(ops);
    disk_abort(tx);
    if (disk->watch.on_commit != NULL) {
        disk->watch.on_commit(disk->watch.ctx);
    }
    return status;
}

static vt_status disk_checkpoint(struct vt_db *db, const char *dir,
                                 struct vt_err *err)
{
    (void)db;
    (void)dir;
    (void)err;
    return VT_E_UNSUPPORTED;
}

static vt_status disk_verify(struct vt_db *db, uint32_t depth,
                             struct vt_err *err)
{
    (void)depth;
    (void)err;
    (void)db;
    return VT_OK;
}

static vt_status disk_stats(struct vt_db *db, struct vt_sink *out)
{
    (void)db;
    (void)out;
    return VT_OK;
}

const struct vt_storage vt_sim_disk_table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .flags = 0,
    .key_max = 1024,
    .spaces_max = SPACES,
    .value_max = 64u << 20,
    .batch_max = 256u << 20,
    .open = NULL,
    .close = disk_close,
    .begin = disk_begin,
    .get = disk_get,
    .put = disk_put,
    .del = disk_del,
    .cursor = disk_cursor,
    .seek = disk_seek,
    .step = disk_step,
    .cursor_close = disk_cursor_close,
    .commit = disk_commit,
    .abort = disk_abort,
    .checkpoint = disk_checkpoint,
    .verify = disk_verify,
    .stats = disk_stats,
};
