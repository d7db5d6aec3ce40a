/* SPDX-License-Identifier: Apache-2.0
 *
 * index.c - open and search index files. The map is read-only; every block
 * that is looked at has its checksum taken first, so that a damaged one is a
 * failure and never a wrong answer.
 */
#include "index.h"

#include "crc.h"
#include "index_format.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define META_MAX ((uint32_t)64 << 20)
#define BLOCK_ENTRIES ((SEG_BLOCK - INDEX_BLOCK_HEAD) / (INDEX_ENTRY + 3))

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* ---- blocks ------------------------------------------------------------- */

static int block_good(uint32_t salt, const uint8_t *b, uint32_t number)
{
    uint32_t count = get16(b + 4);

    return seg_get32(b) == seg_crc(salt, b + 4, SEG_BLOCK - 4) &&
           get16(b + 6) == (number & 0xffff) && count > 0 &&
           count <= BLOCK_ENTRIES;
}

/* A checked block, or NULL after saying so in the log. */
static const uint8_t *block_at(const struct seg_sealed *s, uint32_t number)
{
    const uint8_t *b = s->map + (size_t)number * SEG_BLOCK;
    char name[SEG_NAME_LEN];
    char path[128];

    if (block_good(s->salt, b, number)) {
        return b;
    }
    seg_log(s->db, VT_LOG_ERROR,
            "%s: damaged at offset %llu: stop, delete this file and start "
            "again: it is made anew",
            seg_path(s->db, seg_name(s->id, "idx", name), path),
            (unsigned long long)number * SEG_BLOCK);
    return NULL;
}

/* Entry i of a checked block. Returns 0 when it does not lie inside. */
static int entry_of(const uint8_t *b, uint32_t i, struct seg_slot *slot,
                    struct seg_key *key)
{
    uint32_t off = get16(b + SEG_BLOCK - 2 * (size_t)(i + 1));
    const uint8_t *p = b + off;

    if (off < INDEX_BLOCK_HEAD || off + INDEX_ENTRY + 1 > SEG_BLOCK ||
        off + INDEX_ENTRY + p[2] > SEG_BLOCK) {
        return 0;
    }
    memset(slot, 0, sizeof *slot);
    slot->space = p[0];
    slot->kind = p[1];
    slot->klen = p[2];
    slot->off = seg_get32(p + 4);
    slot->vlen = seg_get32(p + 8);
    slot->crc = seg_get32(p + 12);
    *key = seg_key_of(p[0], p + INDEX_ENTRY, p[2]);
    return 1;
}

vt_status seg_index_entry(const struct seg_sealed *s, struct seg_pos pos,
                          struct seg_slot *slot, struct seg_key *key)
{
    const uint8_t *b;

    if (pos.block >= s->blocks) {
        return VT_E_NOTFOUND;
    }
    b = block_at(s, pos.block);
    return b != NULL && pos.at < get16(b + 4) && entry_of(b, pos.at, slot, key)
               ? VT_OK
               : VT_E_CORRUPT;
}

vt_status seg_index_next(const struct seg_sealed *s, struct seg_pos *pos)
{
    const uint8_t *b = pos->block < s->blocks ? block_at(s, pos->block) : NULL;

    if (b == NULL) {
        return pos->block < s->blocks ? VT_E_CORRUPT : VT_E_NOTFOUND;
    }
    pos->at++;
    if (pos->at == get16(b + 4)) {
        pos->block++;
        pos->at = 0;
    }
    return VT_OK;
}

vt_status seg_index_prev(const struct seg_sealed *s, struct seg_pos *pos)
{
    const uint8_t *b;

    if (pos->at > 0) {
        pos->at--;
        return VT_OK;
    }
    if (pos->block == 0) {
        return VT_E_NOTFOUND;
    }
    b = block_at(s, pos->block - 1);
    if (b == NULL) {
        return VT_E_CORRUPT;
    }
    pos->block--;
    pos->at = get16(b + 4) - 1;
    return VT_OK;
}

/* ---- search ------------------------------------------------------------- */

/* Is the entry before the place looked for? 1, 0, or -1 when damaged. */
static int is_before(const struct seg_sealed *s, struct seg_pos pos,
                     struct seg_key key, int inclusive)
{
    struct seg_slot slot;
    struct seg_key found;
    int order;

    if (seg_index_entry(s, pos, &slot, &found) != VT_OK) {
        return -1;
    }
    order = seg_key_cmp(found, key);
    return order < 0 || (order == 0 && !inclusive);
}

/* How many blocks begin before the place looked for; -1 when damaged. */
static int64_t blocks_before(const struct seg_sealed *s, struct seg_key key,
                             int inclusive)
{
    uint32_t lo = 0;
    uint32_t hi = s->blocks;

    while (lo < hi) {
        struct seg_pos mid = {lo + (hi - lo) / 2, 0};
        int before = is_before(s, mid, key, inclusive);

        if (before < 0) {
            return -1;
        }
        if (before) {
            lo = mid.block + 1;
        } else {
            hi = mid.block;
        }
    }
    return lo;
}

vt_status seg_index_seek(const struct seg_sealed *s, struct seg_key key,
                         int inclusive, struct seg_pos *out)
{
    int64_t before = blocks_before(s, key, inclusive);
    const uint8_t *b;
    uint32_t lo = 0;
    uint32_t hi;
    uint32_t number;

    if (before < 0) {
        return VT_E_CORRUPT;
    }
    if (before == 0) {
        out->block = 0;
        out->at = 0;
        return s->blocks == 0 ? VT_E_NOTFOUND : VT_OK;
    }
    number = (uint32_t)before - 1;
    b = block_at(s, number);
    if (b == NULL) {
        return VT_E_CORRUPT;
    }
    hi = get16(b + 4);
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        struct seg_slot slot;
        struct seg_key found;
        int order;

        if (!entry_of(b, mid, &slot, &found)) {
            return VT_E_CORRUPT;
        }
        order = seg_key_cmp(found, key);
        if (order < 0 || (order == 0 && !inclusive)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    out->block = lo == get16(b + 4) ? number + 1 : number;
    out->at = lo == get16(b + 4) ? 0 : lo;
    return out->block == s->blocks ? VT_E_NOTFOUND : VT_OK;
}

const struct seg_range *seg_index_range(const struct seg_sealed *s,
                                        uint32_t space)
{
    for (uint32_t i = 0; i < s->range_count; i++) {
        if (s->ranges[i].lo.space == space) {
            return &s->ranges[i];
        }
    }
    return NULL;
}

int seg_index_covers(const struct seg_sealed *s, struct seg_key key)
{
    const struct seg_range *range = seg_index_range(s, key.space);

    return range != NULL && seg_key_cmp(range->lo, key) <= 0 &&
           seg_key_cmp(key, range->hi) <= 0;
}

vt_status seg_index_check(const struct seg_sealed *s, struct vt_err *err)
{
    struct seg_key last = {NULL, 0, 0};
    uint64_t entries = 0;
    struct seg_pos pos = {0, 0};
    char name[SEG_NAME_LEN];
    char path[128];
    vt_status status = VT_OK;

    while (status == VT_OK && pos.block < s->blocks) {
        struct seg_slot slot;
        struct seg_key key;

        status = seg_index_entry(s, pos, &slot, &key);
        if (status == VT_OK && entries > 0 && seg_key_cmp(last, key) >= 0) {
            status = VT_E_CORRUPT;
        }
        if (status == VT_OK) {
            last = key;
            entries++;
            status = seg_index_next(s, &pos);
        }
    }
    if (status != VT_OK || entries != s->entries) {
        return seg_fail(err, VT_E_CORRUPT,
                        "%s: damaged at offset %llu: delete this file and "
                        "start again: it is made anew",
                        seg_path(s->db, seg_name(s->id, "idx", name), path),
                        (unsigned long long)pos.block * SEG_BLOCK);
    }
    return VT_OK;
}

/* ---- opening ------------------------------------------------------------ */

struct seg_sealed *seg_sealed_ref(struct seg_sealed *s)
{
    (void)atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void seg_sealed_unref(struct seg_sealed *s)
{
    int fd;

    if (s == NULL ||
        atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    if (s->map != NULL) {
        (void)munmap((void *)(uintptr_t)s->map, s->map_len);
    }
    fd = atomic_load(&s->fd);
    if (fd >= 0) {
        (void)close(fd);
    }
    free(s->ranges);
    free(s->range_bytes);
    free(s);
}

static int tail_decode(const struct vt_db *db, const uint8_t *p,
                       struct index_tail *out)
{
    if (memcmp(p, INDEX_MAGIC, INDEX_MAGIC_LEN) != 0 ||
        seg_get32(p + 8) != INDEX_VERSION ||
        seg_get32(p + 12) != seg_crc(0, p + 16, INDEX_TAIL - 16) ||
        memcmp(p + 16, db->store_id, SEG_STORE_ID_LEN) != 0) {
        return 0;
    }
    out->id = seg_get64(p + 32);
    out->first_seq = seg_get64(p + 40);
    out->last_seq = seg_get64(p + 48);
    out->size = seg_get64(p + 56);
    out->entries = seg_get64(p + 64);
    out->blocks = seg_get32(p + 72);
    out->ranges = seg_get32(p + 76);
    out->lives = seg_get32(p + 80);
    out->meta_len = seg_get32(p + 84);
    out->meta_crc = seg_get32(p + 88);
    return out->ranges <= SEG_SPACES && out->meta_len <= META_MAX &&
           out->meta_len >= (uint64_t)out->lives * INDEX_LIFE;
}

/* Ranges are read once and kept: they decide which segments a lookup visits. */
static int take_ranges(struct seg_sealed *s, const struct index_tail *tail)
{
    const uint8_t *meta = s->map + (size_t)tail->blocks * SEG_BLOCK;
    size_t len = tail->meta_len - (size_t)tail->lives * INDEX_LIFE;
    size_t off = 0;

    s->ranges = calloc(tail->ranges + 1, sizeof *s->ranges);
    s->range_bytes = malloc(len + 1);
    if (s->ranges == NULL || s->range_bytes == NULL) {
        return -1;
    }
    memcpy(s->range_bytes, meta, len);
    for (uint32_t i = 0; i < tail->ranges; i++) {
        const uint8_t *p = s->range_bytes + off;

        if (len - off < INDEX_RANGE ||
            len - off - INDEX_RANGE < (size_t)p[1] + p[2]) {
            return 0;
        }
        s->ranges[i].lo = seg_key_of(p[0], p + INDEX_RANGE, p[1]);
        s->ranges[i].hi = seg_key_of(p[0], p + INDEX_RANGE + p[1], p[2]);
        off += INDEX_RANGE + (size_t)p[1] + p[2];
        s->range_count++;
    }
    return off == len;
}

/* Checksums of everything, read rather than mapped so that a failing disk is
 * an error here and not a signal. Returns 1 good, 0 not, -1 errno. */
static int check_bytes(uint32_t salt, int fd, const struct index_tail *tail)
{
    uint8_t *buf = malloc(SEG_BLOCK);
    uint64_t off = (uint64_t)tail->blocks * SEG_BLOCK;
    uint32_t crc = 0;
    int good = 1;

    for (uint32_t i = 0; buf != NULL && good == 1 && i < tail->blocks; i++) {
        good = seg_pread(fd, buf, SEG_BLOCK, (uint64_t)i * SEG_BLOCK) != 0
                   ? -1
                   : block_good(salt, buf, i);
    }
    for (uint32_t left = tail->meta_len;
         buf != NULL && good == 1 && left > 0;) {
        size_t n = left < SEG_BLOCK ? left : SEG_BLOCK;

        good = seg_pread(fd, buf, n, off) != 0 ? -1 : 1;
        crc = seg_crc(crc, buf, n);
        off += n;
        left -= (uint32_t)n;
    }
    free(buf);
    if (buf == NULL) {
        errno = ENOMEM;
        return -1;
    }
    return good == 1 ? crc == tail->meta_crc : good;
}

/* Returns 1 with s filled, 0 when the file is not usable, -1 errno. */
static int load(struct seg_sealed *s, int fd)
{
    uint8_t bytes[INDEX_TAIL];
    struct index_tail tail;
    uint64_t size;
    void *map;
    int good;

    if (seg_size(fd, &size) != 0) {
        return -1;
    }
    if (size < INDEX_TAIL) {
        return 0;
    }
    if (seg_pread(fd, bytes, sizeof bytes, size - INDEX_TAIL) != 0) {
        return -1;
    }
    if (!tail_decode(s->db, bytes, &tail) || tail.id != s->id ||
        size !=
            (uint64_t)tail.blocks * SEG_BLOCK + tail.meta_len + INDEX_TAIL) {
        return 0;
    }
    s->salt = seg_index_salt(s->db->salt, tail.id, tail.last_seq);
    good = check_bytes(s->salt, fd, &tail);
    if (good != 1) {
        return good;
    }
    map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return -1;
    }
    s->map = map;
    s->map_len = size;
    s->blocks = tail.blocks;
    s->entries = tail.entries;
    s->first_seq = tail.first_seq;
    s->last_seq = tail.last_seq;
    s->size = tail.size;
    return take_ranges(s, &tail);
}

int seg_index_live(const struct seg_sealed *s, uint64_t id, uint64_t *out)
{
    const uint8_t *tail = s->map + s->map_len - INDEX_TAIL;
    uint32_t lives = seg_get32(tail + 80);
    const uint8_t *p = tail - (size_t)lives * INDEX_LIFE;

    for (uint32_t i = 0; i < lives; i++, p += INDEX_LIFE) {
        if (seg_get64(p) == id) {
            *out = seg_get64(p + 8);
            return 1;
        }
    }
    return 0;
}

vt_status seg_index_open(struct vt_db *db, uint64_t id, struct seg_sealed **out,
                         struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];
    struct seg_sealed *s;
    uint64_t live = 0;
    vt_status status = VT_E_NOTFOUND;
    int good;
    int fd =
        openat(db->dir_fd, seg_name(id, "idx", name), O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT
                   ? VT_E_NOTFOUND
                   : seg_fail(err, VT_E_IO,
                              "%s: %s: check the "
                              "folder's owner and mode",
                              seg_path(db, name, path), strerror(errno));
    }
    s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)close(fd);
        return seg_fail(err, VT_E_NOMEM, "no memory for a segment's index");
    }
    atomic_init(&s->refs, 1);
    atomic_init(&s->fd, -1);
    s->db = db;
    s->id = id;
    good = load(s, fd);
    if (good < 0) {
        status = seg_fail(err, errno == ENOMEM ? VT_E_NOMEM : VT_E_IO,
                          "%s: %s: check the disk", seg_path(db, name, path),
                          strerror(errno));
    }
    (void)close(fd);
    if (good != 1) {
        seg_sealed_unref(s);
        return status;
    }
    (void)seg_index_live(s, id, &live);
    atomic_store_explicit(&s->live, live, memory_order_relaxed);
    *out = s;
    return VT_OK;
}
