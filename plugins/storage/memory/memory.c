/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - a store that lives as long as its process: the current version
 * of a tree (tree.h), transactions that hold one, cursors that walk one.
 */
#include "tree.h"

#include <vt/plugin.h>
#include <vt/storage.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES 256u
#define KEY_MAX 255u
#define VALUE_MAX ((uint64_t)64 << 20)
#define BATCH_MAX ((uint64_t)256 << 20)

enum { KEY_MAX_SIZE };

static const struct vt_key memory_keys[] = {
    {"max_size", VT_T_BYTES, 0, "1GiB", "1MiB..1024GiB",
     "Bytes of memory at most, with all versions that readers hold.", "0.1"},
};

struct vt_db {
    struct mem_budget budget;
    pthread_mutex_t lock; /* all below */
    struct mem_node *root;
    uint64_t count;
    uint64_t commits;
    int writer_open;
};

struct vt_db_tx {
    struct vt_db *db;
    uint32_t flags;
    struct mem_node *base; /* what was committed at begin */
    struct mem_tree tree;  /* with the changes; unused by readers */
    uint64_t charged;      /* of BATCH_MAX */
};

enum { BEFORE_ALL, ON_KEY, AFTER_ALL };

struct vt_db_cursor {
    const struct mem_node *root; /* its transaction's base */
    uint32_t space;
    int at;
    const struct mem_entry *entry; /* ON_KEY */
};

static vt_status fail(struct vt_err *err, vt_status status, const char *text)
{
    if (err != NULL) {
        err->code = status;
        (void)snprintf(err->text, sizeof err->text, "%s", text);
    }
    return status;
}

/* ---- the store ---------------------------------------------------------- */

static vt_status memory_open(const struct vt_host *host,
                             const struct vt_cfg *cfg, const char *dir,
                             struct vt_db **out, struct vt_err *err)
{
    struct vt_db *db = calloc(1, sizeof *db);

    (void)host;
    (void)dir; /* nothing is kept */
    if (db == NULL) {
        return fail(err, VT_E_NOMEM, "no memory to open a store");
    }
    db->budget.max = cfg->u64(cfg, KEY_MAX_SIZE);
    (void)pthread_mutex_init(&db->lock, NULL);
    *out = db;
    return VT_OK;
}

static void memory_close(struct vt_db *db)
{
    if (db != NULL) {
        mem_node_unref(&db->budget, db->root);
        (void)pthread_mutex_destroy(&db->lock);
        free(db);
    }
}

static struct mem_node *current(struct vt_db *db, uint64_t *count)
{
    struct mem_node *root;

    (void)pthread_mutex_lock(&db->lock);
    root = mem_node_ref(db->root);
    *count = db->count;
    (void)pthread_mutex_unlock(&db->lock);
    return root;
}

static vt_status memory_checkpoint(struct vt_db *db, const char *dir,
                                   struct vt_err *err)
{
    (void)db;
    (void)dir;
    return fail(err, VT_E_UNSUPPORTED,
                "a store in memory has no files to copy: choose another "
                "storage plugin for this chain or ledger");
}

static vt_status memory_verify(struct vt_db *db, uint32_t depth,
                               struct vt_err *err)
{
    uint64_t want;
    uint64_t count = 0;
    struct mem_node *root = current(db, &want);
    int good = depth == 0 || (mem_check(root, &count) && count == want);

    mem_node_unref(&db->budget, root);
    return good ? VT_OK
                : fail(err, VT_E_CORRUPT,
                       "the tree in memory is out of order: check the "
                       "machine's memory and start again");
}

static vt_status memory_stats(struct vt_db *db, struct vt_sink *out)
{
    char text[160];
    uint64_t count;
    uint64_t commits;
    int len;

    (void)pthread_mutex_lock(&db->lock);
    count = db->count;
    commits = db->commits;
    (void)pthread_mutex_unlock(&db->lock);
    len = snprintf(text, sizeof text,
                   "entries %llu count\nsize %llu bytes\ncommits %llu total\n",
                   (unsigned long long)count,
                   (unsigned long long)atomic_load_explicit(
                       &db->budget.used, memory_order_relaxed),
                   (unsigned long long)commits);
    return out->write(out, text, (size_t)len);
}

/* ---- transactions ------------------------------------------------------- */

static vt_status memory_begin(struct vt_db *db, uint32_t flags,
                              struct vt_db_tx **out, struct vt_err *err)
{
    struct vt_db_tx *tx;
    int taken;

    if ((flags & ~VT_TX_RW) != 0) {
        return fail(err, VT_E_INVALID, "begin: unknown flags");
    }
    tx = calloc(1, sizeof *tx);
    if (tx == NULL) {
        return fail(err, VT_E_NOMEM, "no memory for a transaction");
    }
    tx->db = db;
    tx->flags = flags;
    tx->tree.budget = &db->budget;
    (void)pthread_mutex_lock(&db->lock);
    taken = flags == VT_TX_RW && db->writer_open;
    if (!taken) {
        tx->base = mem_node_ref(db->root);
        db->writer_open |= flags == VT_TX_RW;
        tx->tree.count = db->count;
    }
    (void)pthread_mutex_unlock(&db->lock);
    if (taken) {
        free(tx);
        return fail(err, VT_E_STATE,
                    "a write transaction is open: end it first");
    }
    if (flags == VT_TX_RW) {
        tx->tree.root = mem_node_ref(tx->base);
    }
    *out = tx;
    return VT_OK;
}

static void end(struct vt_db_tx *tx)
{
    struct vt_db *db = tx->db;

    mem_tree_fini(&tx->tree);
    mem_node_unref(&db->budget, tx->base);
    if (tx->flags == VT_TX_RW) {
        (void)pthread_mutex_lock(&db->lock);
        db->writer_open = 0;
        (void)pthread_mutex_unlock(&db->lock);
    }
    free(tx);
}

static struct mem_key key_of(uint32_t space, struct vt_view key)
{
    struct mem_key k = {key.ptr, key.len, space};

    return k;
}

static void give_value(const struct mem_entry *entry, struct vt_view *val)
{
    val->ptr = entry->bytes + entry->klen;
    val->len = entry->vlen;
}

static vt_status memory_get(struct vt_db_tx *tx, uint32_t space,
                            struct vt_view key, struct vt_view *val)
{
    const struct mem_node *root =
        tx->flags == VT_TX_RW ? tx->tree.root : tx->base;
    const struct mem_entry *entry = mem_get(root, key_of(space, key));

    if (entry == NULL) {
        return VT_E_NOTFOUND;
    }
    give_value(entry, val);
    return VT_OK;
}

/* May the transaction change len more bytes under this key? */
static vt_status may_change(const struct vt_db_tx *tx, uint32_t space,
                            struct vt_view key, uint64_t len)
{
    if (tx->flags != VT_TX_RW) {
        return VT_E_STATE;
    }
    return space < SPACES && key.len > 0 && key.len <= KEY_MAX &&
                   len <= VALUE_MAX && key.len + len <= BATCH_MAX - tx->charged
               ? VT_OK
               : VT_E_LIMIT;
}

/* Why a change did not work: the bound or the machine. */
static vt_status why(const struct vt_db_tx *tx, uint64_t len)
{
    const struct mem_budget *budget = &tx->db->budget;
    uint64_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);

    return used + len + KEY_MAX + 4096 > budget->max ? VT_E_LIMIT : VT_E_NOMEM;
}

static vt_status memory_put(struct vt_db_tx *tx, uint32_t space,
                            struct vt_view key, struct vt_view val)
{
    vt_status status = may_change(tx, space, key, val.len);

    if (status == VT_OK &&
        mem_tree_put(&tx->tree, key_of(space, key), val.ptr, val.len) != 0) {
        status = why(tx, val.len);
    }
    if (status == VT_OK) {
        tx->charged += key.len + val.len;
    }
    return status;
}

static vt_status memory_del(struct vt_db_tx *tx, uint32_t space,
                            struct vt_view key)
{
    vt_status status = may_change(tx, space, key, 0);

    if (status == VT_OK && mem_tree_del(&tx->tree, key_of(space, key)) != 0) {
        status = VT_E_NOMEM;
    }
    if (status == VT_OK) {
        tx->charged += key.len;
    }
    return status;
}

static vt_status memory_commit(struct vt_db_tx *tx, uint32_t flags,
                               struct vt_err *err)
{
    struct vt_db *db = tx->db;

    (void)flags;
    (void)err;
    if (tx->flags == VT_TX_RW) {
        struct mem_node *old;

        (void)pthread_mutex_lock(&db->lock);
        old = db->root;
        db->root = tx->tree.root;
        db->count = tx->tree.count;
        db->commits++;
        (void)pthread_mutex_unlock(&db->lock);
        tx->tree.root = old; /* goes with the transaction */
    }
    end(tx);
    return VT_OK;
}

static void memory_abort(struct vt_db_tx *tx)
{
    if (tx != NULL) {
        end(tx);
    }
}

/* ---- cursors ------------------------------------------------------------ */

static vt_status memory_cursor(struct vt_db_tx *tx, uint32_t space,
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
    cur->root = tx->base;
    cur->space = space;
    *out = cur;
    return VT_OK;
}

static void memory_cursor_close(struct vt_db_cursor *cur)
{
    free(cur);
}

/* The cursor stands on entry, or behind the end it went over. */
static vt_status settle(struct vt_db_cursor *cur, const struct mem_entry *entry,
                        int behind, struct vt_view *k, struct vt_view *v)
{
    if (entry == NULL || entry->space != cur->space) {
        cur->at = behind;
        return VT_E_NOTFOUND;
    }
    cur->at = ON_KEY;
    cur->entry = entry;
    k->ptr = entry->bytes;
    k->len = entry->klen;
    give_value(entry, v);
    return VT_OK;
}

static vt_status memory_seek(struct vt_db_cursor *cur, struct vt_view key,
                             struct vt_view *k, struct vt_view *v)
{
    return settle(cur, mem_after(cur->root, key_of(cur->space, key), 1),
                  AFTER_ALL, k, v);
}

static vt_status memory_step(struct vt_db_cursor *cur, int32_t dir,
                             struct vt_view *k, struct vt_view *v)
{
    struct mem_key from = {NULL, 0, cur->space};

    if (dir != 1 && dir != -1) {
        return VT_E_INVALID;
    }
    if (cur->at == (dir > 0 ? AFTER_ALL : BEFORE_ALL)) {
        return VT_E_NOTFOUND;
    }
    if (cur->at == ON_KEY) {
        from = mem_entry_key(cur->entry);
    } else if (dir < 0) {
        from.space++; /* from behind all keys */
    }
    return dir > 0 ? settle(cur, mem_after(cur->root, from, 0), AFTER_ALL, k, v)
                   : settle(cur, mem_before(cur->root, from), BEFORE_ALL, k, v);
}

/* ---- the descriptor ----------------------------------------------------- */

static const struct vt_storage memory_table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .flags = VT_SF_VOLATILE,
    .key_max = KEY_MAX,
    .spaces_max = SPACES,
    .value_max = VALUE_MAX,
    .batch_max = BATCH_MAX,
    .open = memory_open,
    .close = memory_close,
    .begin = memory_begin,
    .get = memory_get,
    .put = memory_put,
    .del = memory_del,
    .cursor = memory_cursor,
    .seek = memory_seek,
    .step = memory_step,
    .cursor_close = memory_cursor_close,
    .commit = memory_commit,
    .abort = memory_abort,
    .checkpoint = memory_checkpoint,
    .verify = memory_verify,
    .stats = memory_stats,
};

static const struct vt_iface memory_ifaces[] = {{VT_IF_STORAGE, &memory_table}};

VT_PLUGIN_DEFINE(memory) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .protocol = 1,
    .id = "org.vtchain.memory",
    .name = "memory",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(memory_ifaces),
    .keys = VT_TAB(memory_keys),
};
