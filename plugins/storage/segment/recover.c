/* SPDX-License-Identifier: Apache-2.0
 *
 * recover.c - open what a running, closed or crashed store left behind.
 *
 * The last segment is read whole: its index is rebuilt in memory and a torn
 * end is cut off. Older segments are whole by construction; only their index
 * is read, and made again when it is missing, torn or stale. Before anything
 * is written, all that was found is made durable, so that the first new record
 * can vouch for it.
 */
#include "recover.h"

#include "commit.h"
#include "crc.h"
#include "index.h"
#include "io.h"
#include "mem.h"
#include "scan.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* A scan that fills an index. */
struct fill {
    struct seg_mem *mem;
    struct seg_mark mark;
    struct seg_node **pending; /* of the record being read */
    size_t count, cap;
    struct seg_record_head last; /* the newest whole record */
};

static vt_status failed(const struct vt_db *db, uint64_t id, const char *what,
                        struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];
    int why = errno;

    return seg_fail(err, why == ENOMEM ? VT_E_NOMEM : VT_E_IO,
                    "%s: cannot %s: %s: check owner, mode and disk",
                    seg_path(db, seg_name(id, "seg", name), path), what,
                    strerror(why));
}

/* ---- filling an index from a scan --------------------------------------- */

static vt_status on_entry(void *ctx, const struct seg_slot *slot,
                          struct seg_key key)
{
    struct fill *f = ctx;
    struct seg_node *node;

    if (f->count == f->cap) {
        size_t cap = f->cap == 0 ? 64 : f->cap * 2;
        struct seg_node **bigger = realloc(f->pending, cap * sizeof *bigger);

        if (bigger == NULL) {
            return VT_E_NOMEM;
        }
        f->pending = bigger;
        f->cap = cap;
    }
    node = seg_mem_make(f->mem, key);
    if (node == NULL) {
        return VT_E_NOMEM;
    }
    node->slot = *slot;
    f->pending[f->count++] = node;
    return VT_OK;
}

static vt_status on_record(void *ctx, const struct seg_record_head *head,
                           int whole)
{
    struct fill *f = ctx;

    if (!whole) {
        seg_mem_rollback(f->mem, f->mark);
        f->count = 0;
        return VT_OK;
    }
    for (size_t i = 0; i < f->count; i++) {
        f->pending[i]->seq = head->seq;
        (void)seg_mem_insert(f->mem, f->pending[i]);
    }
    f->count = 0;
    f->mark = seg_mem_mark(f->mem);
    f->last = *head;
    return VT_OK;
}

static vt_status fill(struct vt_db *db, struct fill *f, int fd, uint64_t id,
                      uint64_t seq, struct seg_scan_end *end,
                      struct vt_err *err)
{
    struct seg_scan scan = {.db = db,
                            .fd = fd,
                            .id = id,
                            .seq = seq,
                            .ctx = f,
                            .on_entry = on_entry,
                            .on_record = on_record};
    vt_status status;

    if (seg_size(fd, &scan.size) != 0) {
        return failed(db, id, "look at it", err);
    }
    f->mark = seg_mem_mark(f->mem);
    status = seg_scan(&scan, end, err);
    free(f->pending);
    f->pending = NULL;
    return status;
}

/* Bytes of the newest version of every key. */
static uint64_t live_bytes(const struct seg_mem *mem)
{
    const struct seg_node *last = NULL;
    uint64_t live = 0;

    for (const struct seg_node *n = seg_mem_first(mem); n != NULL;
         n = seg_node_next(n)) {
        if (last == NULL ||
            seg_key_cmp(seg_node_key(last), seg_node_key(n)) != 0) {
            live += n->slot.kind == SEG_PUT ? seg_footprint(&n->slot) : 0;
        }
        last = n;
    }
    return live;
}

/* ---- sealed segments ---------------------------------------------------- */

vt_status seg_head_read(const struct vt_db *db, int fd, uint64_t id,
                        struct seg_file_head *out, struct vt_err *err)
{
    uint8_t bytes[SEG_FILE_HEADER];
    const char *wrong;

    if (seg_pread(fd, bytes, sizeof bytes, 0) != 0) {
        return errno == ENODATA ? seg_corrupt(db, id, 0, "it is cut short", err)
                                : failed(db, id, "read", err);
    }
    wrong = seg_file_head_decode(bytes, out);
    if (wrong == NULL && out->id != id) {
        wrong = "it is another segment renamed";
    }
    if (wrong == NULL && db->salt != 0 &&
        memcmp(out->store_id, db->store_id, SEG_STORE_ID_LEN) != 0) {
        wrong = "it belongs to another store";
    }
    return wrong == NULL ? VT_OK : seg_corrupt(db, id, 0, wrong, err);
}

/* Read the whole segment and write its index. */
static vt_status rebuild(struct vt_db *db, int fd,
                         const struct seg_file_head *head, uint64_t next_seq,
                         struct vt_err *err)
{
    struct fill f = {.mem = seg_mem_new()};
    struct seg_scan_end end = {0};
    vt_status status;

    if (f.mem == NULL) {
        return seg_fail(err, VT_E_NOMEM, "no memory to rebuild an index");
    }
    status = fill(db, &f, fd, head->id, head->first_seq, &end, err);
    if (status == VT_OK && end.seq != next_seq) {
        status = seg_corrupt(db, head->id, end.off,
                             "a record is broken and later ones exist", err);
    }
    if (status == VT_OK) {
        struct seg_index_of of = {.id = head->id,
                                  .first_seq = head->first_seq,
                                  .last_seq = next_seq - 1,
                                  .size = end.off};

        seg_log(db, VT_LOG_INFO, "index of segment %llu made again",
                (unsigned long long)head->id);
        status = seg_index_write(db, &of, f.mem, live_bytes(f.mem), NULL, err);
    }
    seg_mem_free(f.mem);
    return status;
}

static vt_status open_index(struct vt_db *db, int fd,
                            const struct seg_file_head *head, uint64_t next_seq,
                            struct seg_sealed **out, struct vt_err *err)
{
    vt_status status = seg_index_open(db, head->id, out, err);

    if (status == VT_OK && ((*out)->first_seq != head->first_seq ||
                            (*out)->last_seq + 1 != next_seq)) {
        seg_sealed_unref(*out);
        *out = NULL;
        status = VT_E_NOTFOUND;
    }
    if (status != VT_E_NOTFOUND) {
        return status;
    }
    status = rebuild(db, fd, head, next_seq, err);
    if (status == VT_OK) {
        status = seg_index_open(db, head->id, out, err);
    }
    return status == VT_E_NOTFOUND ? seg_corrupt(db, head->id, 0,
                                                 "its index "
                                                 "cannot be read back",
                                                 err)
                                   : status;
}

/* next_seq: first number of the segment after it, replaced by its own. */
static vt_status open_sealed(struct vt_db *db, uint64_t id, uint64_t *next_seq,
                             struct seg_sealed **out, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    struct seg_file_head head = {.first_seq = 0};
    uint64_t size = 0;
    vt_status status;
    int fd =
        openat(db->dir_fd, seg_name(id, "seg", name), O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT
                   ? seg_corrupt(db, id, 0, "the file is missing", err)
                   : failed(db, id, "open", err);
    }
    status = seg_head_read(db, fd, id, &head, err);
    if (status == VT_OK) {
        status = open_index(db, fd, &head, *next_seq, out, err);
    }
    if (status == VT_OK && seg_size(fd, &size) != 0) {
        status = failed(db, id, "look at it", err);
    } else if (status == VT_OK && size < (*out)->size) {
        status = seg_corrupt(db, id, size, "the file is cut short", err);
    }
    (void)close(fd);
    *next_seq = head.first_seq;
    return status;
}

/* Live bytes as the newest index that knows the segment has them. */
static void take_lives(const struct seg_version *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        uint64_t live;

        for (uint32_t k = 0; k < i; k++) {
            if (seg_index_live(v->sealed[k], v->sealed[i]->id, &live)) {
                atomic_store(&v->sealed[i]->live, live);
                break;
            }
        }
    }
}

static vt_status open_all(struct vt_db *db, struct seg_active *a,
                          struct vt_err *err)
{
    uint32_t count = (uint32_t)(a->id - db->lowest);
    struct seg_sealed **all = calloc((size_t)count + 1, sizeof *all);
    uint64_t next_seq = a->first_seq;
    struct seg_version *v = NULL;
    vt_status status = VT_OK;

    if (all == NULL) {
        return seg_fail(err, VT_E_NOMEM, "no memory for %u segments", count);
    }
    for (uint32_t i = 0; i < count && status == VT_OK; i++) {
        status = open_sealed(db, a->id - 1 - i, &next_seq, &all[i], err);
    }
    if (status == VT_OK) {
        v = seg_version_new(a, all, count);
        status = v != NULL ? VT_OK
                           : seg_fail(err, VT_E_NOMEM,
                                      "no memory for %u segments", count);
    }
    for (uint32_t i = 0; i < count; i++) {
        seg_sealed_unref(all[i]);
    }
    free(all);
    if (status == VT_OK) {
        take_lives(v);
        seg_version_install(db, v);
    }
    return status;
}

/* ---- the active segment ------------------------------------------------- */

static vt_status cut_tail(struct vt_db *db, struct seg_active *a,
                          const struct seg_scan_end *end, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];
    uint64_t size;

    if (end->proof != 0) {
        return seg_corrupt(db, a->id, end->off,
                           "later records tell it was whole once", err);
    }
    if (seg_size(a->fd, &size) != 0) {
        return failed(db, a->id, "look at it", err);
    }
    if (size > end->off) {
        if (!end->clean) {
            seg_log(db, VT_LOG_WARN,
                    "%s: unfinished commit of %llu bytes at "
                    "offset %llu cut off",
                    seg_path(db, seg_name(a->id, "seg", name), path),
                    (unsigned long long)(size - end->off),
                    (unsigned long long)end->off);
        }
        if (ftruncate(a->fd, (off_t)end->off) != 0) {
            return failed(db, a->id, "cut it", err);
        }
    }
    if (seg_fdatasync(a->fd) != 0 || seg_sync_dir(db) != 0) {
        return failed(db, a->id, "sync", err);
    }
    return VT_OK;
}

static vt_status read_active(struct vt_db *db, struct seg_active *a,
                             uint64_t header_lowest, struct vt_err *err)
{
    struct fill f = {.mem = a->mem, .last = {.lowest = header_lowest}};
    struct seg_scan_end end;
    vt_status status = fill(db, &f, a->fd, a->id, a->first_seq, &end, err);

    if (status == VT_OK) {
        status = cut_tail(db, a, &end, err);
    }
    if (status != VT_OK) {
        return status;
    }
    if (f.last.lowest > a->id) {
        return seg_corrupt(db, a->id, 0, "it names segments that cannot be",
                           err);
    }
    db->tail = end.off;
    db->last_seq = end.seq - 1;
    db->synced = db->last_seq;
    db->lowest = f.last.lowest;
    db->closed_mark = (f.last.flags & SEG_RF_CLOSED) != 0;
    return VT_OK;
}

static vt_status open_active(struct vt_db *db, uint64_t id,
                             struct seg_active **out, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    struct seg_file_head head;
    struct seg_active *a = NULL;
    vt_status status;
    int fd = openat(db->dir_fd, seg_name(id, "seg", name), O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        return failed(db, id, "open", err);
    }
    status = seg_head_read(db, fd, id, &head, err);
    if (status == VT_OK) {
        memcpy(db->store_id, head.store_id, SEG_STORE_ID_LEN);
        db->salt = seg_crc(0, db->store_id, SEG_STORE_ID_LEN) | 1;
        a = seg_active_new(fd, id, head.first_seq);
        status = a != NULL ? VT_OK
                           : seg_fail(err, VT_E_NOMEM,
                                      "no memory to open a "
                                      "segment");
    }
    if (a == NULL) {
        (void)close(fd);
        return status;
    }
    status = read_active(db, a, head.lowest, err);
    if (status != VT_OK) {
        seg_active_unref(a);
        return status;
    }
    *out = a;
    return VT_OK;
}

/* ---- all together ------------------------------------------------------- */

static vt_status create_store(struct vt_db *db, const struct seg_folder *folder,
                              struct seg_active **out, struct vt_err *err)
{
    char path[128];
    vt_status status;
    int fd;

    if (folder->foreign) {
        return seg_fail(err, VT_E_INVALID,
                        "%s: holds '%s', which is not of "
                        "this store: give it an empty folder of its own",
                        seg_path(db, "", path), folder->foreign_name);
    }
    if (getrandom(db->store_id, SEG_STORE_ID_LEN, 0) !=
        (ssize_t)SEG_STORE_ID_LEN) {
        return failed(db, 1, "get random bytes", err);
    }
    db->salt = seg_crc(0, db->store_id, SEG_STORE_ID_LEN) | 1;
    db->lowest = 1;
    db->tail = SEG_FILE_HEADER;
    db->closed_mark = 1;
    status = seg_create(db, 1, 1, &fd, err);
    if (status != VT_OK) {
        return status;
    }
    *out = seg_active_new(fd, 1, 1);
    if (*out == NULL) {
        (void)close(fd);
        return seg_fail(err, VT_E_NOMEM, "no memory for a segment");
    }
    return VT_OK;
}

/* Every segment from the oldest one needed to the last must be there. */
static vt_status check_complete(const struct vt_db *db,
                                const struct seg_folder *folder, uint64_t last,
                                struct vt_err *err)
{
    uint64_t want = db->lowest;

    for (uint32_t i = 0; i < folder->count; i++) {
        if (folder->ids[i] > want) {
            break;
        }
        want += folder->ids[i] == want;
    }
    return folder->count == 0 || want == last + 1
               ? VT_OK
               : seg_corrupt(db, want, 0, "the file is missing", err);
}

/* Entries of the active segment supersede older ones. */
static void account(struct vt_db *db)
{
    struct seg_active *a = db->version->active;
    struct seg_snap sealed_only = {db->version, 0, 0};
    const struct seg_node *last = NULL;

    for (const struct seg_node *n = seg_mem_first(a->mem); n != NULL;
         n = seg_node_next(n)) {
        if (last == NULL ||
            seg_key_cmp(seg_node_key(last), seg_node_key(n)) != 0) {
            seg_account(&sealed_only, seg_node_key(n));
        }
        last = n;
    }
    atomic_store(&a->live, live_bytes(a->mem));
}

vt_status seg_recover(struct vt_db *db, struct vt_err *err)
{
    struct seg_folder folder = {0};
    struct seg_active *a = NULL;
    vt_status status = seg_folder_read(db, &folder, err);

    if (status == VT_OK) {
        status = folder.count == 0
                     ? create_store(db, &folder, &a, err)
                     : open_active(db, folder.ids[folder.count - 1], &a, err);
    }
    if (status == VT_OK) {
        status = check_complete(db, &folder, a->id, err);
    }
    if (status == VT_OK) {
        status = open_all(db, a, err);
    }
    if (status == VT_OK) {
        db->visible = db->last_seq;
        db->visible_end = db->tail;
        seg_folder_sweep(db, db->lowest, a->id);
        account(db);
    }
    seg_active_unref(a);
    seg_folder_free(&folder);
    return status;
}
