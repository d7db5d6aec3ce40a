/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - does what lies on disk agree with itself? Runs beside the writer
 * on a snapshot.
 */
#include "tx.h"

#include "index.h"
#include "io.h"
#include "recover.h"
#include "scan.h"
#include "version.h"

#include <errno.h>
#include <string.h>

/* Entries of a sealed segment against its index. */
struct compare {
    const struct seg_sealed *sealed; /* NULL: nothing to compare with */
    uint64_t same;                   /* entries the index points to */
    uint64_t wrong_off;              /* first that does not fit, or 0 */
    uint64_t pending_same, pending_wrong;
};

static vt_status on_entry(void *ctx, const struct seg_slot *slot,
                          struct seg_key key)
{
    struct compare *c = ctx;
    struct seg_pos pos;
    struct seg_slot found = {.off = 0};
    struct seg_key found_key;
    int right;

    if (c->sealed == NULL) {
        return VT_OK;
    }
    right = seg_index_seek(c->sealed, key, 1, &pos) == VT_OK &&
            seg_index_entry(c->sealed, pos, &found, &found_key) == VT_OK &&
            seg_key_cmp(found_key, key) == 0 && found.off >= slot->off;
    if (right && found.off == slot->off) {
        right = memcmp(&found, slot, sizeof found) == 0;
        c->pending_same++;
    }
    if (!right && c->pending_wrong == 0) {
        c->pending_wrong = slot->off;
    }
    return VT_OK;
}

static vt_status on_record(void *ctx, const struct seg_record_head *head,
                           int whole)
{
    struct compare *c = ctx;

    (void)head;
    if (whole) {
        c->same += c->pending_same;
        c->wrong_off = c->wrong_off != 0 ? c->wrong_off : c->pending_wrong;
    }
    c->pending_same = 0;
    c->pending_wrong = 0;
    return VT_OK;
}

/* Every record of a file up to size, ending with number last. */
static vt_status scan_file(struct vt_db *db, int fd, uint64_t id,
                           uint64_t first, uint64_t last, uint64_t size,
                           struct compare *c, struct vt_err *err)
{
    struct seg_scan scan = {.db = db,
                            .fd = fd,
                            .id = id,
                            .size = size,
                            .seq = first,
                            .ctx = c,
                            .on_entry = on_entry,
                            .on_record = on_record};
    struct seg_scan_end end;
    vt_status status = seg_scan(&scan, &end, err);

    if (status == VT_OK && (end.seq != last + 1 || end.off != size)) {
        status = seg_corrupt(db, id, end.off, "a record is broken", err);
    }
    return status;
}

static vt_status check_sealed(struct vt_db *db, struct seg_sealed *s, int fd,
                              uint32_t depth, struct vt_err *err)
{
    struct compare c = {.sealed = s};
    struct seg_file_head head;
    uint64_t size = 0;
    vt_status status = seg_head_read(db, fd, s->id, &head, err);

    if (status == VT_OK && (seg_size(fd, &size) != 0 || size < s->size)) {
        status = seg_corrupt(db, s->id, size, "the file is cut short", err);
    }
    if (status == VT_OK) {
        status = seg_index_check(s, err);
    }
    if (status != VT_OK || depth == 0) {
        return status;
    }
    status =
        scan_file(db, fd, s->id, s->first_seq, s->last_seq, s->size, &c, err);
    if (status == VT_OK && (c.wrong_off != 0 || c.same != s->entries)) {
        status = seg_corrupt(db, s->id, c.wrong_off,
                             "its index does not fit: delete the .idx file "
                             "and start again, or",
                             err);
    }
    return status;
}

static vt_status verify_sealed(struct vt_db *db, struct seg_sealed *s,
                               uint32_t depth, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];
    int fd = seg_sealed_open(s);
    vt_status status;

    if (fd < 0) {
        return seg_fail(
            err, errno == ENOENT ? VT_E_CORRUPT : VT_E_IO, "%s: %s: " SEG_CURE,
            seg_path(db, seg_name(s->id, "seg", name), path), strerror(errno));
    }
    status = check_sealed(db, s, fd, depth, err);
    seg_sealed_close(s, fd);
    return status;
}

static vt_status verify_active(struct vt_db *db, const struct seg_snap *snap,
                               uint32_t depth, struct vt_err *err)
{
    const struct seg_active *a = snap->version->active;
    struct compare c = {.sealed = NULL};
    struct seg_file_head head;
    vt_status status = seg_head_read(db, a->fd, a->id, &head, err);

    if (status == VT_OK && depth > 0) {
        status = scan_file(db, a->fd, a->id, a->first_seq, snap->seq, snap->end,
                           &c, err);
    }
    return status;
}

vt_status seg_verify(struct vt_db *db, uint32_t depth, struct vt_err *err)
{
    struct seg_snap snap;
    vt_status status = VT_OK;

    seg_snap_take(db, &snap);
    for (uint32_t i = snap.version->count; i > 0 && status == VT_OK; i--) {
        status = verify_sealed(db, snap.version->sealed[i - 1], depth, err);
    }
    if (status == VT_OK) {
        status = verify_active(db, &snap, depth, err);
    }
    seg_snap_drop(&snap);
    return status;
}
