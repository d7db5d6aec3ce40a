/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - one commit is one append and at most one fdatasync.
 *
 * Memory is taken before the write, so that after it nothing can fail but the
 * sync. A failed or short write is cut off again; a failed sync is final,
 * since the kernel may have dropped the pages and forgotten about it.
 */
#include "commit.h"

#include "crc.h"
#include "index.h"
#include "io.h"
#include "mem.h"
#include "record.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Nodes of a batch for the active index, made and not yet inserted. */
struct staged {
    struct seg_node **nodes;
    uint32_t count;
    struct seg_mark mark;
};

static vt_status refuse(const struct vt_db *db, struct vt_err *err)
{
    char path[128];

    return seg_fail(err, VT_E_IO,
                    "%s: an earlier write or sync failed, so what is on disk "
                    "is not known: check the disk and start again",
                    seg_path(db, "", path));
}

static vt_status io_failed(const struct vt_db *db, uint64_t id,
                           const char *what, int why, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];

    return seg_fail(err, VT_E_IO, "%s: cannot %s: %s: %s",
                    seg_path(db, seg_name(id, "seg", name), path), what,
                    strerror(why),
                    why == ENOSPC || why == EDQUOT || why == EFBIG
                        ? "free space; nothing of this commit is stored"
                        : "check the disk");
}

vt_status seg_sync(struct vt_db *db, struct vt_err *err)
{
    struct seg_active *a = db->version->active;

    if (db->failed) {
        return refuse(db, err);
    }
    if (db->synced == db->last_seq) {
        return VT_OK;
    }
    if (seg_fdatasync(a->fd) != 0) {
        int why = errno;

        db->failed = 1;
        return io_failed(db, a->id, "sync", why, err);
    }
    db->synced = db->last_seq;
    (void)pthread_mutex_lock(&db->lock);
    db->stats.syncs++;
    (void)pthread_mutex_unlock(&db->lock);
    return VT_OK;
}

/* ---- a new segment ------------------------------------------------------ */

static int write_head(const struct vt_db *db, int fd, uint64_t id,
                      uint64_t first_seq)
{
    struct seg_file_head head = {
        .id = id, .first_seq = first_seq, .lowest = db->lowest};
    uint8_t bytes[SEG_FILE_HEADER];
    struct iovec part = {bytes, sizeof bytes};

    memcpy(head.store_id, db->store_id, SEG_STORE_ID_LEN);
    seg_file_head_encode(&head, bytes);
    return seg_pwrite(fd, &part, 1, 0) != 0 ? -1 : seg_fdatasync(fd);
}

vt_status seg_create(struct vt_db *db, uint64_t id, uint64_t first_seq,
                     int *out_fd, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char temporary[SEG_NAME_LEN];
    int why;
    int fd;

    (void)seg_name(id, "seg", name);
    (void)seg_name(id, "seg.tmp", temporary);
    fd = openat(db->dir_fd, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                0644);
    if (fd < 0) {
        return io_failed(db, id, "create it", errno, err);
    }
    if (write_head(db, fd, id, first_seq) != 0 ||
        renameat(db->dir_fd, temporary, db->dir_fd, name) != 0) {
        why = errno;
        (void)close(fd);
        (void)unlinkat(db->dir_fd, temporary, 0);
        return io_failed(db, id, "create it", why, err);
    }
    if (seg_sync_dir(db) != 0) {
        /* the name may or may not survive a power cut: no more writes */
        why = errno;
        db->failed = 1;
        (void)close(fd);
        return io_failed(db, id, "sync its folder", why, err);
    }
    *out_fd = fd;
    return VT_OK;
}

static vt_status no_memory(struct vt_err *err)
{
    return seg_fail(err, VT_E_NOMEM, "no memory for a commit");
}

/* The version after sealing: the new segment in front of the sealed ones. */
static struct seg_version *next_version(const struct seg_version *old,
                                        struct seg_sealed *sealed,
                                        struct seg_active *active)
{
    uint32_t count = old->count + 1;
    struct seg_sealed **all = malloc(count * sizeof *all);
    struct seg_version *v = NULL;

    if (all != NULL) {
        all[0] = sealed;
        memcpy(all + 1, old->sealed, old->count * sizeof *all);
        v = seg_version_new(active, all, count);
        free(all);
    }
    return v;
}

static vt_status write_index(struct vt_db *db, struct seg_sealed **out,
                             struct vt_err *err)
{
    struct seg_active *a = db->version->active;
    struct seg_index_of of = {.id = a->id,
                              .first_seq = a->first_seq,
                              .last_seq = db->last_seq,
                              .size = db->tail};
    vt_status status = seg_index_write(db, &of, a->mem, atomic_load(&a->live),
                                       db->version, err);

    if (status == VT_OK) {
        status = seg_index_open(db, a->id, out, err);
    }
    return status == VT_E_NOTFOUND
               ? io_failed(db, a->id, "read back its index", EIO, err)
               : status;
}

/* End the active segment: it is synced, gets its index, and a new one begins.
 * Memory comes first: once the new file is there nothing may fail. On failure
 * the old segment goes on. */
static vt_status seal(struct vt_db *db, struct vt_err *err)
{
    uint64_t id = db->version->active->id + 1;
    struct seg_active *active = NULL;
    struct seg_sealed *sealed = NULL;
    struct seg_version *v = NULL;
    vt_status status = seg_sync(db, err);

    if (status == VT_OK) {
        status = write_index(db, &sealed, err);
    }
    if (status == VT_OK) {
        active = seg_active_new(-1, id, db->last_seq + 1);
        v = active == NULL ? NULL : next_version(db->version, sealed, active);
        status = v == NULL
                     ? no_memory(err)
                     : seg_create(db, id, db->last_seq + 1, &active->fd, err);
    }
    if (status == VT_OK) {
        seg_version_install(db, v);
        db->tail = SEG_FILE_HEADER;
    } else {
        seg_version_unref(v);
    }
    seg_active_unref(active);
    seg_sealed_unref(sealed);
    return status;
}

/* ---- append ------------------------------------------------------------- */

static vt_status make_room(struct vt_db *db, uint64_t length,
                           struct vt_err *err)
{
    int empty = db->tail == SEG_FILE_HEADER;
    int full = db->tail + length > db->segment_size ||
               seg_mem_count(db->version->active->mem) >= SEG_ENTRIES_MAX;

    return full && !empty ? seal(db, err) : VT_OK;
}

static void unstage(struct vt_db *db, struct staged *st)
{
    seg_mem_rollback(db->version->active->mem, st->mark);
    free(st->nodes);
}

/* Index nodes for every key, with their places in the file to be. */
static vt_status stage(struct vt_db *db, const struct seg_batch *batch,
                       struct staged *st, struct vt_err *err)
{
    struct seg_mem *mem = db->version->active->mem;
    uint64_t base =
        db->tail + SEG_RECORD_HEADER + (uint64_t)SEG_ROW * batch->count;

    st->count = 0;
    st->mark = seg_mem_mark(mem);
    st->nodes = malloc((seg_mem_count(batch->last) + 1) * sizeof *st->nodes);
    if (st->nodes == NULL) {
        return no_memory(err);
    }
    for (const struct seg_node *n = seg_mem_first(batch->last); n != NULL;
         n = seg_node_next(n)) {
        struct seg_node *node = seg_mem_make(mem, seg_node_key(n));

        if (node == NULL) {
            unstage(db, st);
            return no_memory(err);
        }
        node->seq = db->last_seq + 1;
        node->slot = n->slot;
        node->slot.off = (uint32_t)(base + n->slot.off);
        st->nodes[st->count++] = node;
    }
    return VT_OK;
}

static int write_record(struct vt_db *db, const struct seg_batch *batch,
                        uint32_t flags, uint64_t length)
{
    static const uint8_t zeros[8];
    struct seg_active *a = db->version->active;
    size_t rows_len = (size_t)batch->count * SEG_ROW;
    size_t pad = length - SEG_RECORD_HEADER - rows_len - batch->data_len;
    struct seg_record_head head = {
        .seq = db->last_seq + 1,
        .synced = db->synced,
        .lowest = db->lowest,
        .length = length,
        .count = batch->count,
        .flags = flags,
        .table_crc = seg_crc(db->salt, batch->rows, rows_len),
        .segment = (uint32_t)a->id,
    };
    uint8_t bytes[SEG_RECORD_HEADER];
    struct iovec parts[4] = {{bytes, sizeof bytes},
                             {batch->rows, rows_len},
                             {batch->data, batch->data_len},
                             {(void *)(uintptr_t)zeros, pad}};

    seg_record_head_encode(db->salt, &head, bytes);
    return seg_pwrite(a->fd, parts, 4, db->tail);
}

/* What a failed write left behind must go before anything else is written. */
static void cut(struct vt_db *db)
{
    if (ftruncate(db->version->active->fd, (off_t)db->tail) != 0) {
        db->failed = 1;
    }
}

void seg_account(const struct seg_snap *before, struct seg_key key)
{
    struct seg_hit hit;

    if (seg_find(before, key, &hit) == VT_OK) {
        seg_hit_dead(&hit);
    }
}

static void publish(struct vt_db *db, const struct seg_batch *batch,
                    struct staged *st, uint32_t flags, uint64_t length)
{
    struct seg_active *a = db->version->active;
    struct seg_snap before = {db->version, db->last_seq - 1, 0};
    uint64_t live = 0;

    for (uint32_t i = 0; i < st->count; i++) {
        seg_account(&before, seg_node_key(st->nodes[i]));
        if (st->nodes[i]->slot.kind == SEG_PUT) {
            live += seg_footprint(&st->nodes[i]->slot);
        }
        (void)seg_mem_insert(a->mem, st->nodes[i]);
    }
    (void)atomic_fetch_add_explicit(&a->live, live, memory_order_relaxed);
    free(st->nodes);
    (void)pthread_mutex_lock(&db->lock);
    db->visible = db->last_seq;
    db->visible_end = db->tail;
    db->stats.written += length;
    if ((flags & SEG_RF_MOVED) != 0) {
        db->stats.moved += batch->data_len;
    } else {
        db->stats.commits++;
        db->stats.logical += batch->data_len;
    }
    (void)pthread_mutex_unlock(&db->lock);
}

vt_status seg_commit(struct vt_db *db, const struct seg_batch *batch,
                     uint32_t record_flags, int sync, struct vt_err *err)
{
    uint64_t length = seg_record_length(batch->count, batch->data_len);
    struct staged st;
    vt_status status;

    if (db->failed) {
        return refuse(db, err);
    }
    status = make_room(db, length, err);
    if (status == VT_OK) {
        status = stage(db, batch, &st, err);
    }
    if (status != VT_OK) {
        return status;
    }
    if (write_record(db, batch, record_flags, length) != 0) {
        int why = errno;

        cut(db);
        unstage(db, &st);
        return io_failed(db, db->version->active->id, "write", why, err);
    }
    db->last_seq++;
    db->tail += length;
    db->closed_mark = (record_flags & SEG_RF_CLOSED) != 0;
    status = sync ? seg_sync(db, err) : VT_OK;
    if (status != VT_OK) {
        unstage(db, &st);
        return status;
    }
    publish(db, batch, &st, record_flags, length);
    return VT_OK;
}

void seg_close_mark(struct vt_db *db)
{
    struct vt_err err = {.size = sizeof err};
    struct seg_batch none = {0};
    vt_status status = VT_OK;

    if (db->failed || db->closed_mark) {
        return;
    }
    /* first everything before it, so that the mark can vouch for that */
    status = seg_sync(db, &err);
    none.last = db->batch.last;
    if (status == VT_OK) {
        status = seg_commit(db, &none, SEG_RF_CLOSED, 1, &err);
    }
    if (status != VT_OK) {
        seg_log(db, VT_LOG_WARN, "closing mark not written: %s", err.text);
    }
}
