/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.c - the one reader of whole segment files: recovery, rebuilding an
 * index and verify use it.
 *
 * A record that is not whole may be the torn end of a commit that was never
 * acknowledged, or damage. Every record tells up to which number its writer
 * knew the log to be durable: if one further on vouches for the missing one,
 * it is damage. Checksums start from a secret of the store, so bytes inside a
 * value cannot pass for a record.
 */
#include "scan.h"

#include "crc.h"
#include "io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const struct seg_scan *scan;
    struct seg_window window;
    uint8_t *rows;
    size_t rows_cap;
};

static vt_status read_failed(const struct reader *r, uint64_t off,
                             struct vt_err *err)
{
    const struct seg_scan *s = r->scan;
    char name[SEG_NAME_LEN];
    char path[128];

    return seg_fail(err, VT_E_IO,
                    "%s: cannot read at offset %llu: %s: check the disk",
                    seg_path(s->db, seg_name(s->id, "seg", name), path),
                    (unsigned long long)off, strerror(r->window.error));
}

/* Feed len bytes at off into crc. Returns 1, or 0 when they cannot be read. */
static int sum(struct reader *r, uint64_t off, uint64_t len, uint32_t *crc)
{
    while (len > 0) {
        size_t n = len < SEG_WINDOW_BYTES ? (size_t)len : SEG_WINDOW_BYTES;
        const uint8_t *p;

        /* what the window holds already, rather than reading it again */
        if (off >= r->window.at && off < r->window.at + r->window.len) {
            uint64_t here = r->window.at + r->window.len - off;

            n = here < n ? (size_t)here : n;
        }
        p = seg_window_get(&r->window, off, n);
        if (p == NULL) {
            return 0;
        }
        *crc = seg_crc(*crc, p, n);
        off += n;
        len -= n;
    }
    return 1;
}

/* The table of rows into memory. Returns 1; 0 when it is not good; -1 when
 * memory is out. */
static int load_rows(struct reader *r, uint64_t off,
                     const struct seg_record_head *head)
{
    size_t len = (size_t)head->count * SEG_ROW;

    if (len > r->rows_cap) {
        uint8_t *bigger = realloc(r->rows, len);

        if (bigger == NULL) {
            return -1;
        }
        r->rows = bigger;
        r->rows_cap = len;
    }
    if (len > 0 && seg_pread(r->scan->fd, r->rows, len, off) != 0) {
        r->window.error = errno;
        return 0;
    }
    return seg_crc(r->scan->db->salt, r->rows, len) == head->table_crc;
}

/* One entry: checksum of key and value, then the callback. *good says whether
 * the bytes were right. */
static vt_status check_entry(struct reader *r, struct seg_slot *slot,
                             uint64_t end, int *good)
{
    const struct seg_scan *s = r->scan;
    uint8_t key[SEG_KEY_MAX];
    const uint8_t *p;
    uint32_t crc = seg_entry_crc_start(s->db->salt, slot);

    *good = 0;
    if (slot->off + (uint64_t)slot->klen + slot->vlen > end) {
        return VT_OK;
    }
    p = seg_window_get(&r->window, slot->off, slot->klen);
    if (p == NULL) {
        return VT_OK;
    }
    memcpy(key, p, slot->klen);
    crc = seg_crc(crc, key, slot->klen);
    if (!sum(r, (uint64_t)slot->off + slot->klen, slot->vlen, &crc) ||
        crc != slot->crc) {
        return VT_OK;
    }
    *good = 1;
    return s->on_entry(s->ctx, slot, seg_key_of(slot->space, key, slot->klen));
}

static int is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return 0;
        }
    }
    return 1;
}

/* All entries of the record at off. *whole says whether it is good. */
static vt_status check_entries(struct reader *r, uint64_t off,
                               const struct seg_record_head *head, int *whole)
{
    uint64_t end = off + head->length;
    uint64_t at = off + SEG_RECORD_HEADER + (uint64_t)SEG_ROW * head->count;

    for (uint32_t i = 0; i < head->count; i++) {
        struct seg_slot slot;
        vt_status status;

        *whole = seg_row_decode(r->rows + (size_t)i * SEG_ROW, &slot) &&
                 at < UINT32_MAX;
        if (!*whole) {
            return VT_OK;
        }
        slot.off = (uint32_t)at;
        status = check_entry(r, &slot, end, whole);
        if (status != VT_OK || !*whole) {
            return status;
        }
        at += (uint64_t)slot.klen + slot.vlen;
    }
    *whole = end >= at && end - at < 8;
    if (*whole && end > at) {
        const uint8_t *pad = seg_window_get(&r->window, at, (size_t)(end - at));

        *whole = pad != NULL && is_zero(pad, (size_t)(end - at));
    }
    return VT_OK;
}

static int head_at(struct reader *r, uint64_t off, struct seg_record_head *head)
{
    const struct seg_scan *s = r->scan;
    const uint8_t *p = seg_window_get(&r->window, off, SEG_RECORD_HEADER);

    return p != NULL && seg_record_head_decode(s->db->salt, s->id, p, head) &&
           head->length <= s->size - off;
}

/* The record at off. *whole: it is good and was handed over. */
static vt_status take_record(struct reader *r, uint64_t off, uint64_t seq,
                             struct seg_record_head *head, int *whole,
                             struct vt_err *err)
{
    const struct seg_scan *s = r->scan;
    vt_status status = VT_OK;
    int rows;

    *whole = 0;
    if (!head_at(r, off, head) || head->seq != seq) {
        return r->window.error == 0 ? VT_OK : read_failed(r, off, err);
    }
    rows = load_rows(r, off + SEG_RECORD_HEADER, head);
    if (rows < 0) {
        return seg_fail(err, VT_E_NOMEM, "no memory to read a record");
    }
    if (rows > 0) {
        status = check_entries(r, off, head, whole);
    }
    if (status == VT_OK && r->window.error != 0) {
        return read_failed(r, off, err);
    }
    if (status != VT_OK) {
        return seg_fail(err, status, "no memory for the index of a segment");
    }
    return s->on_record(s->ctx, head, *whole);
}

/* What follows the bad place at end->off? */
static vt_status look_behind(struct reader *r, struct seg_scan_end *end,
                             struct vt_err *err)
{
    const struct seg_scan *s = r->scan;

    end->clean = 1;
    for (uint64_t off = end->off; off < s->size; off += 8) {
        struct seg_record_head head;
        size_t n = s->size - off < 8 ? (size_t)(s->size - off) : 8;
        const uint8_t *p;

        p = seg_window_get(&r->window, off, n);
        if (p == NULL) {
            return read_failed(r, off, err);
        }
        if (is_zero(p, n)) {
            continue;
        }
        end->clean = 0;
        if (head_at(r, off, &head) && head.seq > end->seq &&
            head.synced >= end->seq) {
            end->proof = off;
            return VT_OK;
        }
    }
    return r->window.error == 0 ? VT_OK : read_failed(r, end->off, err);
}

vt_status seg_scan(const struct seg_scan *scan, struct seg_scan_end *out,
                   struct vt_err *err)
{
    struct reader r = {.scan = scan};
    struct seg_scan_end end = {.off = SEG_FILE_HEADER, .seq = scan->seq};
    vt_status status = VT_OK;
    int whole = 1;

    if (seg_window_init(&r.window, scan->fd, scan->size) != 0) {
        return seg_fail(err, VT_E_NOMEM, "no memory to read a segment");
    }
    while (status == VT_OK && whole && end.off < scan->size) {
        struct seg_record_head head;

        status = take_record(&r, end.off, end.seq, &head, &whole, err);
        if (status == VT_OK && whole) {
            end.off += head.length;
            end.seq++;
        }
    }
    if (status == VT_OK) {
        status = look_behind(&r, &end, err);
    }
    seg_window_fini(&r.window);
    free(r.rows);
    if (status == VT_OK) {
        *out = end;
    }
    return status;
}
