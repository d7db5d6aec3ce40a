/* SPDX-License-Identifier: Apache-2.0
 *
 * reclaim.c - give space back: always the oldest segment, so that a deletion
 * in it has nothing older left to hide.
 *
 * A few entries are looked at after each commit. Those that are still the
 * newest version of their key are written again, as a commit of their own;
 * the accounts only say when to begin, this check alone decides. When the
 * last entry was looked at, the following record says that the segment is no
 * longer needed, and once that record is durable the file goes. After a crash
 * in between, files older than the newest record allows are deleted on open.
 */
#include "commit.h"

#include "batch.h"
#include "index.h"
#include "record.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bounds of the work behind one commit. */
#define LOOKS_MIN 256u
#define MOVE_MIN ((uint64_t)64 << 10)
#define MOVE_MAX (SEG_BATCH_MAX / 4)

/* Worth starting: little of the oldest segment lives, or more than half of
 * everything is dead, wherever it is. */
static int is_due(const struct vt_db *db, const struct seg_sealed *oldest)
{
    const struct seg_version *v = db->version;
    uint64_t size = 0;
    uint64_t live = 0;

    if (atomic_load(&oldest->live) * 100 <=
        oldest->size * db->reclaim_percent) {
        return 1;
    }
    for (uint32_t i = 0; i < v->count; i++) {
        size += v->sealed[i]->size;
        live += atomic_load(&v->sealed[i]->live);
    }
    return size > 2 * live + 2 * db->segment_size;
}

static int choose(struct vt_db *db)
{
    const struct seg_version *v = db->version;
    struct seg_reclaim *r = &db->reclaim;

    if (r->source != NULL) {
        return 1;
    }
    if (r->broken || v->count == 0 || db->drop_count == SEG_DROPS_MAX ||
        !is_due(db, v->sealed[v->count - 1])) {
        return 0;
    }
    r->source = seg_sealed_ref(v->sealed[v->count - 1]);
    r->block = 0;
    r->at = 0;
    return 1;
}

static void give_up(struct vt_db *db)
{
    db->reclaim.broken = 1;
    seg_sealed_unref(db->reclaim.source);
    db->reclaim.source = NULL;
    seg_log(db, VT_LOG_WARN,
            "space is no longer reclaimed: the oldest "
            "segment cannot be read");
}

/* Copy one entry when it is the newest version of its key. */
static vt_status consider(struct vt_db *db, const struct seg_snap *now,
                          const struct seg_slot *slot, struct seg_key key)
{
    struct seg_hit hit;
    struct vt_view val;
    uint8_t *bytes;
    vt_status status;

    if (slot->kind != SEG_PUT) {
        return VT_OK;
    }
    status = seg_find(now, key, &hit);
    if (status == VT_E_NOTFOUND ||
        (status == VT_OK && hit.sealed != db->reclaim.source)) {
        return VT_OK;
    }
    if (status != VT_OK) {
        return status;
    }
    bytes = malloc((size_t)slot->klen + slot->vlen);
    if (bytes == NULL) {
        return VT_E_NOMEM;
    }
    status = seg_read(db, &hit, key, bytes);
    if (status == VT_OK) {
        val.ptr = bytes + slot->klen;
        val.len = slot->vlen;
        status = seg_batch_add(&db->moved, db->salt, SEG_PUT, key, val);
    }
    free(bytes);
    return status;
}

/* Fill db->moved from the next entries of the source. Returns VT_OK, *done
 * when the last was looked at. */
static vt_status gather(struct vt_db *db, uint64_t bytes_max, uint64_t looks,
                        int *done)
{
    struct seg_reclaim *r = &db->reclaim;
    struct seg_snap now = {db->version, db->last_seq, 0};
    vt_status status = VT_OK;

    for (uint64_t i = 0; i < looks && db->moved.charged < bytes_max; i++) {
        struct seg_pos pos = {r->block, r->at};
        struct seg_slot slot;
        struct seg_key key;

        if (pos.block == r->source->blocks) {
            *done = 1;
            return VT_OK;
        }
        status = seg_index_entry(r->source, pos, &slot, &key);
        if (status == VT_OK) {
            status = consider(db, &now, &slot, key);
        }
        if (status == VT_OK) {
            status = seg_index_next(r->source, &pos);
        }
        if (status != VT_OK) {
            return status;
        }
        r->block = pos.block;
        r->at = pos.at;
    }
    return VT_OK;
}

/* No entry of the source is needed any more. An empty record says so; then the
 * segment leaves the version, in this order, so that whatever a snapshot or a
 * checkpoint holds has every segment its records ask for. */
static vt_status retire(struct vt_db *db, struct vt_err *err)
{
    struct seg_reclaim *r = &db->reclaim;
    struct seg_version *v = NULL;
    vt_status status;

    seg_batch_clear(&db->moved);
    db->lowest = r->source->id + 1;
    status = seg_commit(db, &db->moved, SEG_RF_MOVED, 0, err);
    if (status == VT_OK) { /* which may have sealed a segment */
        v = seg_version_new(db->version->active, db->version->sealed,
                            db->version->count - 1);
        status = v == NULL ? VT_E_NOMEM : VT_OK;
    }
    if (status != VT_OK) {
        db->lowest = r->source->id;
        return status;
    }
    seg_version_install(db, v);
    db->drops[db->drop_count].sealed = r->source;
    db->drops[db->drop_count].after = db->last_seq;
    db->drop_count++;
    r->source = NULL;
    return VT_OK;
}

void seg_drop_files(struct vt_db *db)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < db->drop_count; i++) {
        struct seg_drop *d = &db->drops[i];
        char name[SEG_NAME_LEN];

        /* a snapshot may still read it, so the file stays open */
        if (db->synced < d->after || seg_sealed_hold(d->sealed) != 0) {
            db->drops[kept++] = *d;
            continue;
        }
        (void)unlinkat(db->dir_fd, seg_name(d->sealed->id, "seg", name), 0);
        (void)unlinkat(db->dir_fd, seg_name(d->sealed->id, "idx", name), 0);
        seg_sealed_unref(d->sealed);
        (void)pthread_mutex_lock(&db->lock);
        db->stats.dropped++;
        (void)pthread_mutex_unlock(&db->lock);
    }
    db->drop_count = kept;
}

void seg_reclaim(struct vt_db *db, uint64_t bytes, uint64_t entries)
{
    struct vt_err err = {.size = sizeof err};
    struct seg_reclaim *r = &db->reclaim;
    struct seg_pos before;
    vt_status status;
    int done = 0;

    /* faster than the log grows, so that reclaiming always comes to an end */
    bytes = MOVE_MIN + 2 * bytes;
    bytes = bytes < MOVE_MAX ? bytes : MOVE_MAX;

    seg_drop_files(db);
    if (db->failed || !choose(db)) {
        return;
    }
    before.block = r->block;
    before.at = r->at;
    seg_batch_clear(&db->moved);
    status = gather(db, bytes, LOOKS_MIN + 2 * entries, &done);
    if (status == VT_E_CORRUPT || status == VT_E_IO) {
        give_up(db);
        return;
    }
    if (db->moved.count > 0) {
        status = seg_commit(db, &db->moved, SEG_RF_MOVED, 0, &err);
    }
    if (status == VT_OK && done) {
        status = retire(db, &err);
    }
    if (status != VT_OK) { /* no space or memory now: again next time */
        r->block = before.block;
        r->at = before.at;
    }
    seg_batch_clear(&db->moved);
}
