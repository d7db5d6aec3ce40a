/* SPDX-License-Identifier: Apache-2.0
 *
 * segment.c - the plugin's descriptor, options, opening and closing. What it
 * is for and the bytes on disk: README.md.
 */
#include "segment.h"

#include "batch.h"
#include "commit.h"
#include "crc.h"
#include "index.h"
#include "mem.h"
#include "recover.h"
#include "tx.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { KEY_SEGMENT_SIZE, KEY_RECLAIM_PERCENT };

static const struct vt_key segment_keys[] = {
    {"segment_size", VT_T_BYTES, 0, "64MiB", "64KiB..1GiB",
     "Size at which a file is closed for writing and the next begins.", "0.1"},
    {"reclaim_percent", VT_T_UINT, 0, "25", "0..90",
     "Move the entries still needed out of the oldest file when they are at "
     "most this part of it, and delete it.",
     "0.1"},
};

/* ---- open and close ----------------------------------------------------- */

static void db_free(struct vt_db *db)
{
    if (db->version != NULL) {
        seg_drop_files(db);
    }
    for (uint32_t i = 0; i < db->drop_count; i++) {
        seg_sealed_unref(db->drops[i].sealed);
    }
    seg_sealed_unref(db->reclaim.source);
    seg_version_unref(db->version);
    seg_batch_fini(&db->batch);
    seg_batch_fini(&db->moved);
    if (db->lock_fd >= 0) {
        (void)close(db->lock_fd);
    }
    if (db->dir_fd >= 0) {
        (void)close(db->dir_fd);
    }
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
    db->dir_fd = -1;
    db->lock_fd = -1;
    db->segment_size = cfg->u64(cfg, KEY_SEGMENT_SIZE);
    db->reclaim_percent = cfg->u64(cfg, KEY_RECLAIM_PERCENT);
    (void)pthread_mutex_init(&db->lock, NULL);
    db->dir = strdup(dir);
    if (db->dir == NULL || seg_batch_init(&db->batch) != VT_OK ||
        seg_batch_init(&db->moved) != VT_OK) {
        db_free(db);
        return NULL;
    }
    return db;
}

/* The folder, and a lock on it that goes with the process. */
static vt_status take_folder(struct vt_db *db, struct vt_err *err)
{
    char path[128];

    (void)seg_path(db, "", path);
    db->dir_fd = open(db->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (db->dir_fd < 0) {
        return seg_fail(err, VT_E_IO,
                        "%s: %s: the folder must exist and "
                        "belong to this user",
                        path, strerror(errno));
    }
    db->lock_fd =
        openat(db->dir_fd, SEG_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (db->lock_fd < 0) {
        return seg_fail(err, VT_E_IO,
                        "%s: cannot write: %s: check the "
                        "folder's owner and mode",
                        path, strerror(errno));
    }
    if (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return seg_fail(err, VT_E_IO,
                        "%s: in use by another store or "
                        "process: stop it first",
                        path);
    }
    return VT_OK;
}

static vt_status segment_open(const struct vt_host *host,
                              const struct vt_cfg *cfg, const char *dir,
                              struct vt_db **out, struct vt_err *err)
{
    struct vt_db *db;
    vt_status status;

    seg_crc_init();
    db = db_new(host, cfg, dir);
    if (db == NULL) {
        return seg_fail(err, VT_E_NOMEM, "no memory to open a store");
    }
    status = take_folder(db, err);
    if (status == VT_OK) {
        status = seg_recover(db, err);
    }
    if (status != VT_OK) {
        db_free(db);
        return status;
    }
    *out = db;
    return VT_OK;
}

static void segment_close(struct vt_db *db)
{
    if (db != NULL) {
        seg_close_mark(db);
        db_free(db);
    }
}

/* ---- stats -------------------------------------------------------------- */

static vt_status put_line(struct vt_sink *out, const char *name, uint64_t value,
                          const char *unit)
{
    char line[96];
    int len = snprintf(line, sizeof line, "%s %llu %s\n", name,
                       (unsigned long long)value, unit);

    return out->write(out, line, (size_t)len);
}

static vt_status segment_stats(struct vt_db *db, struct vt_sink *out)
{
    struct seg_stats st;
    struct seg_snap snap;
    uint64_t size;
    uint64_t live;
    vt_status status = VT_OK;

    seg_snap_take(db, &snap);
    (void)pthread_mutex_lock(&db->lock);
    st = db->stats;
    (void)pthread_mutex_unlock(&db->lock);
    size = snap.end;
    live = atomic_load(&snap.version->active->live);
    for (uint32_t i = 0; i < snap.version->count; i++) {
        size += snap.version->sealed[i]->size;
        live += atomic_load(&snap.version->sealed[i]->live);
    }
    live = live < size ? live : size;
    {
        const struct {
            const char *name;
            uint64_t value;
            const char *unit;
        } lines[] = {
            {"segments", snap.version->count + UINT64_C(1), "files"},
            {"size", size, "bytes"},
            {"live", live, "bytes"},
            {"dead", size - live, "bytes"},
            {"commits", st.commits, "total"},
            {"syncs", st.syncs, "total"},
            {"logical", st.logical, "bytes"},
            {"written", st.written, "bytes"},
            {"moved", st.moved, "bytes"},
            {"dropped", st.dropped, "files"},
        };

        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            status = status == VT_OK ? put_line(out, lines[i].name,
                                                lines[i].value, lines[i].unit)
                                     : status;
        }
    }
    seg_snap_drop(&snap);
    return status;
}

/* ---- the descriptor ----------------------------------------------------- */

/* The checksum's known answer, by both ways of computing it. */
static vt_status segment_self_test(const struct vt_host *host,
                                   struct vt_err *err)
{
    static const char text[] = "123456789";

    (void)host;
    seg_crc_init();
    if (seg_crc(0, text, 9) != 0xe3069283u ||
        seg_crc_portable(0, text, 9) != 0xe3069283u) {
        return seg_fail(err, VT_E_INTERNAL,
                        "CRC-32C does not give its known answer");
    }
    return VT_OK;
}

static const struct vt_storage segment_table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .flags = VT_SF_APPEND | VT_SF_CHECKSUMMED,
    .key_max = SEG_KEY_MAX,
    .spaces_max = SEG_SPACES,
    .value_max = SEG_VALUE_MAX,
    .batch_max = SEG_BATCH_MAX,
    .open = segment_open,
    .close = segment_close,
    .begin = seg_tx_begin,
    .get = seg_tx_get,
    .put = seg_tx_put,
    .del = seg_tx_del,
    .cursor = seg_cursor_open,
    .seek = seg_cursor_seek,
    .step = seg_cursor_step,
    .cursor_close = seg_cursor_close,
    .commit = seg_tx_commit,
    .abort = seg_tx_abort,
    .checkpoint = seg_checkpoint,
    .verify = seg_verify,
    .stats = segment_stats,
};

static const struct vt_iface segment_ifaces[] = {
    {VT_IF_STORAGE, &segment_table}};
static const struct vt_need segment_needs[] = {
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, enabled), 1}};

VT_PLUGIN_DEFINE(segment) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .protocol = 1,
    .id = "org.vtchain.segment",
    .name = "segment",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(segment_ifaces),
    .needs = VT_TAB(segment_needs),
    .keys = VT_TAB(segment_keys),
    .self_test = segment_self_test,
};
