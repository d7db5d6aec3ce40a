/* SPDX-License-Identifier: Apache-2.0
 *
 * leveldb.c - the plugin's descriptor, options, opening and closing.
 */
#include "ldb.h"

#include "folder.h"
#include "mend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_CACHE, KEY_WRITE_BUFFER, KEY_BLOOM_BITS, KEY_MAX_OPEN_FILES };

static const struct vt_key leveldb_keys[] = {
    {"cache", VT_T_BYTES, 0, "8MiB", "0..64GiB",
     "Memory for blocks read from tables, taken when they are read.", "0.1"},
    {"write_buffer", VT_T_BYTES, 0, "4MiB", "64KiB..1GiB",
     "Memory for changes before they become a table; up to twice that is in "
     "use while one is written.",
     "0.1"},
    {"bloom_bits", VT_T_UINT, 0, "10", "0..32",
     "Bits a key takes in a table's filter, which saves looking for keys that "
     "are not there; 0 makes none.",
     "0.1"},
    {"max_open_files", VT_T_UINT, 0, "256", "64..50000",
     "Table files kept open, each with its index in memory.", "0.1"},
};

/* ---- LevelDB itself ----------------------------------------------------- */

static void set_options(struct ldb_handle *h, const struct ldb_options *use,
                        int create)
{
    h->options = leveldb_options_create();
    leveldb_options_set_create_if_missing(h->options, (uint8_t)create);
    leveldb_options_set_paranoid_checks(h->options, 1);
    /* hashes and signatures do not compress */
    leveldb_options_set_compression(h->options, leveldb_no_compression);
    leveldb_options_set_write_buffer_size(h->options,
                                          (size_t)use->write_buffer);
    leveldb_options_set_max_open_files(h->options, (int)use->max_open_files);
    h->cache = leveldb_cache_create_lru((size_t)use->cache);
    leveldb_options_set_cache(h->options, h->cache);
    if (use->bloom_bits > 0) {
        h->filter = leveldb_filterpolicy_create_bloom((int)use->bloom_bits);
        leveldb_options_set_filter_policy(h->options, h->filter);
    }
}

vt_status ldb_open(const char *dir, const struct ldb_options *use, int create,
                   struct ldb_handle *h, struct vt_err *err)
{
    char *error = NULL;

    set_options(h, use, create);
    h->db = leveldb_open(h->options, dir, &error);
    if (error != NULL) {
        ldb_close(h);
        return ldb_fail_with(dir, "open", error, err);
    }
    if (ldb_dir_sync(h->dir_fd) != 0) {
        vt_status status = ldb_file_failed(dir, "", "sync it", err);

        ldb_close(h);
        return status;
    }
    return VT_OK;
}

void ldb_close(struct ldb_handle *h)
{
    if (h->db != NULL) {
        leveldb_close(h->db);
    }
    if (h->options != NULL) {
        leveldb_options_destroy(h->options);
        leveldb_cache_destroy(h->cache);
    }
    if (h->filter != NULL) {
        leveldb_filterpolicy_destroy(h->filter);
    }
    if (h->dir_fd >= 0) {
        (void)close(h->dir_fd);
    }
    memset(h, 0, sizeof *h);
    h->dir_fd = -1;
}

/* ---- the mark ----------------------------------------------------------- */

static void put_number(uint8_t *p, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static uint64_t get_number(const uint8_t *p, int bytes)
{
    uint64_t v = 0;

    for (int i = 0; i < bytes; i++) {
        v |= (uint64_t)p[i] << (8 * i);
    }
    return v;
}

void ldb_mark_encode(const struct ldb_mark *mark,
                     uint8_t out[LDB_MARK_VALUE_LEN])
{
    put_number(out, mark->number, 8);
    put_number(out + 8, mark->synced, 8);
    put_number(out + 16, mark->flags, 4);
}

void ldb_mark_decode(const uint8_t bytes[LDB_MARK_VALUE_LEN],
                     struct ldb_mark *out)
{
    out->number = get_number(bytes, 8);
    out->synced = get_number(bytes + 8, 8);
    out->flags = (uint32_t)get_number(bytes + 16, 4);
}

/* A store without a mark must be empty. */
static vt_status check_empty(struct vt_db *db,
                             const leveldb_readoptions_t *read,
                             struct vt_err *err)
{
    leveldb_iterator_t *it = leveldb_create_iterator(db->h.db, read);
    char *error = NULL;
    int valid;

    leveldb_iter_seek_to_first(it);
    valid = leveldb_iter_valid(it);
    leveldb_iter_get_error(it, &error);
    leveldb_iter_destroy(it);
    if (error != NULL) {
        return ldb_fail_with(db->dir, "read", error, err);
    }
    return valid ? ldb_fail(err, VT_E_INVALID,
                            "%s: a LevelDB of some other program: give this "
                            "store an empty folder of its own",
                            ldb_short(db->dir))
                 : VT_OK;
}

static vt_status read_mark(struct vt_db *db, struct vt_err *err)
{
    leveldb_readoptions_t *read = leveldb_readoptions_create();
    vt_status status = VT_OK;
    char *error = NULL;
    size_t len = 0;
    char *value;

    leveldb_readoptions_set_verify_checksums(read, 1);
    value = leveldb_get(db->h.db, read, LDB_MARK, LDB_MARK_LEN, &len, &error);
    if (error != NULL) {
        status = ldb_fail_with(db->dir, "read", error, err);
    } else if (value == NULL || len != LDB_MARK_VALUE_LEN) {
        status = check_empty(db, read, err);
    } else {
        ldb_mark_decode((const uint8_t *)value, &db->last);
    }
    leveldb_free(value);
    leveldb_readoptions_destroy(read);
    if (status == VT_OK && (db->last.flags & LDB_MF_UNFINISHED) != 0) {
        status = ldb_fail(err, VT_E_INVALID,
                          "%s: a checkpoint that was not finished: delete it "
                          "and make another",
                          ldb_short(db->dir));
    }
    /* LevelDB has put all of its logs into a table */
    db->last.synced = db->last.number;
    db->opened = db->last.number;
    return status;
}

/* ---- the store ---------------------------------------------------------- */

static void db_free(struct vt_db *db)
{
    ldb_close(&db->h);
    (void)pthread_mutex_destroy(&db->lock);
    free(db->dir);
    free(db);
}

static struct vt_db *db_new(const struct vt_host *host,
                            const struct vt_cfg *cfg, const char *dir)
{
    struct vt_db *db = calloc(1, sizeof *db);

    if (db == NULL) {
        return NULL;
    }
    db->host = host;
    db->log =
        host->service(host, VT_SVC_LOG, VT_UPTO(struct vt_svc_log, enabled));
    db->h.dir_fd = -1;
    db->use.cache = cfg->u64(cfg, KEY_CACHE);
    db->use.write_buffer = cfg->u64(cfg, KEY_WRITE_BUFFER);
    db->use.bloom_bits = cfg->u64(cfg, KEY_BLOOM_BITS);
    db->use.max_open_files = cfg->u64(cfg, KEY_MAX_OPEN_FILES);
    (void)pthread_mutex_init(&db->lock, NULL);
    db->dir = strdup(dir);
    if (db->dir == NULL) {
        db_free(db);
        return NULL;
    }
    return db;
}

static vt_status leveldb_plugin_open(const struct vt_host *host,
                                     const struct vt_cfg *cfg, const char *dir,
                                     struct vt_db **out, struct vt_err *err)
{
    struct vt_db *db = db_new(host, cfg, dir);
    vt_status status;
    int fresh = 0;

    if (db == NULL) {
        return ldb_fail(err, VT_E_NOMEM, "no memory to open a store");
    }
    status = ldb_hold(db->dir, &db->h, err);
    if (status == VT_OK) {
        status = ldb_mend(db, &fresh, err);
    }
    if (status == VT_OK) {
        status = ldb_open(db->dir, &db->use, fresh, &db->h, err);
    }
    if (status == VT_OK) {
        status = read_mark(db, err);
    }
    if (status != VT_OK) {
        db_free(db);
        return status;
    }
    *out = db;
    return VT_OK;
}

static void leveldb_plugin_close(struct vt_db *db)
{
    struct vt_err err = {.size = sizeof err};

    if (db == NULL) {
        return;
    }
    if (ldb_finish(db, &err) != VT_OK) {
        ldb_log(db, VT_LOG_WARN, "closing: %s", err.text);
    }
    db_free(db);
}

/* Everything in the store is read, every block's checksum taken. */
static vt_status leveldb_plugin_verify(struct vt_db *db, uint32_t depth,
                                       struct vt_err *err)
{
    leveldb_readoptions_t *read = leveldb_readoptions_create();
    leveldb_iterator_t *it;
    char *error = NULL;

    leveldb_readoptions_set_verify_checksums(read, 1);
    leveldb_readoptions_set_fill_cache(read, 0);
    it = leveldb_create_iterator(db->h.db, read);
    leveldb_iter_seek_to_first(it);
    while (depth > 0 && leveldb_iter_valid(it)) {
        leveldb_iter_next(it);
    }
    leveldb_iter_get_error(it, &error);
    leveldb_iter_destroy(it);
    leveldb_readoptions_destroy(read);
    return error == NULL ? VT_OK : ldb_fail_with(db->dir, "verify", error, err);
}

static uint64_t property(struct vt_db *db, const char *name)
{
    char *text = leveldb_property_value(db->h.db, name);
    uint64_t value = text == NULL ? 0 : strtoull(text, NULL, 10);

    leveldb_free(text);
    return value;
}

static vt_status leveldb_plugin_stats(struct vt_db *db, struct vt_sink *out)
{
    const char *from[] = {""};
    const char *to[] = {"\xff\xff"};
    const size_t from_len[] = {0};
    const size_t to_len[] = {2};
    uint64_t size = 0;
    uint64_t tables = 0;
    char text[256];
    int len;

    leveldb_approximate_sizes(db->h.db, 1, from, from_len, to, to_len, &size);
    for (int level = 0; level < 7; level++) {
        char name[40];

        (void)snprintf(name, sizeof name, "leveldb.num-files-at-level%d",
                       level);
        tables += property(db, name);
    }
    (void)pthread_mutex_lock(&db->lock);
    len = snprintf(
        text, sizeof text,
        "tables %llu files\nsize %llu bytes\nmemory %llu bytes\n"
        "commits %llu total\nsyncs %llu total\nlogical %llu bytes\n",
        (unsigned long long)tables, (unsigned long long)size,
        (unsigned long long)property(db, "leveldb.approximate-memory-usage"),
        (unsigned long long)db->commits, (unsigned long long)db->syncs,
        (unsigned long long)db->logical);
    (void)pthread_mutex_unlock(&db->lock);
    return out->write(out, text, (size_t)len);
}

/* ---- the descriptor ----------------------------------------------------- */

static const struct vt_storage leveldb_table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .flags = VT_SF_CHECKSUMMED,
    .key_max = LDB_KEY_MAX,
    .spaces_max = LDB_SPACES,
    .value_max = LDB_VALUE_MAX,
    .batch_max = LDB_BATCH_MAX,
    .open = leveldb_plugin_open,
    .close = leveldb_plugin_close,
    .begin = ldb_tx_begin,
    .get = ldb_tx_get,
    .put = ldb_tx_put,
    .del = ldb_tx_del,
    .cursor = ldb_cursor_open,
    .seek = ldb_cursor_seek,
    .step = ldb_cursor_step,
    .cursor_close = ldb_cursor_close,
    .commit = ldb_tx_commit,
    .abort = ldb_tx_abort,
    .checkpoint = ldb_checkpoint,
    .verify = leveldb_plugin_verify,
    .stats = leveldb_plugin_stats,
};

static const struct vt_iface leveldb_ifaces[] = {
    {VT_IF_STORAGE, &leveldb_table}};
static const struct vt_need leveldb_needs[] = {
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, enabled), 1}};

VT_PLUGIN_DEFINE(leveldb) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .protocol = 1,
    .id = "org.vtchain.leveldb",
    .name = "leveldb",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(leveldb_ifaces),
    .needs = VT_TAB(leveldb_needs),
    .keys = VT_TAB(leveldb_keys),
};
