/* SPDX-License-Identifier: Apache-2.0
 *
 * index_write.c - make an index file. It appears under its name when it is
 * whole; it is not synced, since losing it costs only time.
 */
#include "index.h"

#include "crc.h"
#include "index_format.h"
#include "io.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_BLOCKS 16u

struct writer {
    struct vt_db *db;
    uint32_t salt; /* of the blocks */
    int fd;
    uint8_t *out;    /* OUT_BLOCKS blocks, the last one being filled */
    uint32_t full;   /* blocks of out that are ready */
    uint32_t blocks; /* all finished so far */
    uint32_t used, count;
    uint64_t entries;
    uint64_t off;
    uint8_t *meta;
    size_t meta_len, meta_cap;
    uint32_t ranges;
};

static int flush(struct writer *w)
{
    struct iovec part = {w->out, (size_t)w->full * SEG_BLOCK};

    if (w->full > 0 && seg_pwrite(w->fd, &part, 1, w->off) != 0) {
        return -1;
    }
    w->off += (uint64_t)w->full * SEG_BLOCK;
    w->full = 0;
    return 0;
}

static uint8_t *block(struct writer *w)
{
    return w->out + (size_t)w->full * SEG_BLOCK;
}

static void begin_block(struct writer *w)
{
    memset(block(w), 0, SEG_BLOCK);
    w->used = INDEX_BLOCK_HEAD;
    w->count = 0;
}

static int end_block(struct writer *w)
{
    uint8_t *b = block(w);

    if (w->count == 0) {
        return 0;
    }
    b[4] = (uint8_t)w->count;
    b[5] = (uint8_t)(w->count >> 8);
    b[6] = (uint8_t)w->blocks;
    b[7] = (uint8_t)(w->blocks >> 8);
    seg_put32(b, seg_crc(w->salt, b + 4, SEG_BLOCK - 4));
    w->blocks++;
    w->full++;
    if (w->full == OUT_BLOCKS && flush(w) != 0) {
        return -1;
    }
    begin_block(w);
    return 0;
}

static int add_entry(struct writer *w, const struct seg_node *node)
{
    const struct seg_slot *slot = &node->slot;
    uint32_t need = INDEX_ENTRY + slot->klen;
    uint8_t *b;
    uint8_t *p;

    if (w->used + need + 2 * (w->count + 1) > SEG_BLOCK && end_block(w) != 0) {
        return -1;
    }
    b = block(w);
    p = b + w->used;
    p[0] = slot->space;
    p[1] = slot->kind;
    p[2] = slot->klen;
    seg_put32(p + 4, slot->off);
    seg_put32(p + 8, slot->vlen);
    seg_put32(p + 12, slot->crc);
    memcpy(p + INDEX_ENTRY, seg_node_key(node).ptr, slot->klen);
    w->count++;
    p = b + SEG_BLOCK - 2 * (size_t)w->count;
    p[0] = (uint8_t)w->used;
    p[1] = (uint8_t)(w->used >> 8);
    w->used += need;
    w->entries++;
    return 0;
}

static uint8_t *meta_grow(struct writer *w, size_t len)
{
    if (w->meta_cap - w->meta_len < len) {
        size_t cap = (w->meta_cap + len) * 2;
        uint8_t *bigger = realloc(w->meta, cap);

        if (bigger == NULL) {
            return NULL;
        }
        w->meta = bigger;
        w->meta_cap = cap;
    }
    w->meta_len += len;
    return w->meta + w->meta_len - len;
}

static int add_range(struct writer *w, struct seg_key lo, struct seg_key hi)
{
    uint8_t *p = meta_grow(w, INDEX_RANGE + lo.len + hi.len);

    if (p == NULL) {
        return -1;
    }
    p[0] = (uint8_t)lo.space;
    p[1] = (uint8_t)lo.len;
    p[2] = (uint8_t)hi.len;
    p[3] = 0;
    memcpy(p + INDEX_RANGE, lo.ptr, lo.len);
    memcpy(p + INDEX_RANGE + lo.len, hi.ptr, hi.len);
    w->ranges++;
    return 0;
}

/* The newest version of each key; ranges on the way. */
static int add_all(struct writer *w, const struct seg_mem *mem)
{
    const struct seg_node *last = NULL;
    const struct seg_node *first = NULL; /* of the space */

    for (const struct seg_node *n = seg_mem_first(mem); n != NULL;
         n = seg_node_next(n)) {
        if (last != NULL &&
            seg_key_cmp(seg_node_key(last), seg_node_key(n)) == 0) {
            continue;
        }
        if (first != NULL && first->slot.space != n->slot.space) {
            if (add_range(w, seg_node_key(first), seg_node_key(last)) != 0) {
                return -1;
            }
            first = NULL;
        }
        first = first == NULL ? n : first;
        last = n;
        if (add_entry(w, n) != 0) {
            return -1;
        }
    }
    if (first != NULL &&
        add_range(w, seg_node_key(first), seg_node_key(last)) != 0) {
        return -1;
    }
    return end_block(w) != 0 ? -1 : flush(w);
}

static int add_life(struct writer *w, uint64_t id, uint64_t live)
{
    uint8_t *p = meta_grow(w, INDEX_LIFE);

    if (p == NULL) {
        return -1;
    }
    seg_put64(p, id);
    seg_put64(p + 8, live);
    return 0;
}

static int add_lives(struct writer *w, const struct seg_index_of *of,
                     uint64_t live, const struct seg_version *v)
{
    for (uint32_t i = 0; v != NULL && i < v->count; i++) {
        if (add_life(w, v->sealed[i]->id,
                     atomic_load_explicit(&v->sealed[i]->live,
                                          memory_order_relaxed)) != 0) {
            return -1;
        }
    }
    return add_life(w, of->id, live);
}

static int add_tail(struct writer *w, const struct seg_index_of *of,
                    uint32_t lives)
{
    uint8_t tail[INDEX_TAIL] = {0};
    struct iovec parts[2] = {{w->meta, w->meta_len}, {tail, sizeof tail}};

    memcpy(tail, INDEX_MAGIC, INDEX_MAGIC_LEN);
    seg_put32(tail + 8, INDEX_VERSION);
    memcpy(tail + 16, w->db->store_id, SEG_STORE_ID_LEN);
    seg_put64(tail + 32, of->id);
    seg_put64(tail + 40, of->first_seq);
    seg_put64(tail + 48, of->last_seq);
    seg_put64(tail + 56, of->size);
    seg_put64(tail + 64, w->entries);
    seg_put32(tail + 72, w->blocks);
    seg_put32(tail + 76, w->ranges);
    seg_put32(tail + 80, lives);
    seg_put32(tail + 84, (uint32_t)w->meta_len);
    seg_put32(tail + 88, seg_crc(0, w->meta, w->meta_len));
    seg_put32(tail + 12, seg_crc(0, tail + 16, INDEX_TAIL - 16));
    return seg_pwrite(w->fd, parts, 2, w->off);
}

static int write_all(struct writer *w, const struct seg_index_of *of,
                     const struct seg_mem *mem, uint64_t live,
                     const struct seg_version *version)
{
    uint32_t lives = (version == NULL ? 0 : version->count) + 1;

    begin_block(w);
    return add_all(w, mem) != 0 || add_lives(w, of, live, version) != 0 ||
                   add_tail(w, of, lives) != 0
               ? -1
               : 0;
}

vt_status seg_index_write(struct vt_db *db, const struct seg_index_of *of,
                          const struct seg_mem *mem, uint64_t live,
                          const struct seg_version *version, struct vt_err *err)
{
    struct writer w = {.db = db,
                       .salt = seg_index_salt(db->salt, of->id, of->last_seq)};
    char name[SEG_NAME_LEN];
    char temporary[SEG_NAME_LEN];
    char path[128];
    vt_status status = VT_OK;

    (void)seg_name(of->id, "idx", name);
    (void)seg_name(of->id, "idx.tmp", temporary);
    w.out = malloc((size_t)OUT_BLOCKS * SEG_BLOCK);
    if (w.out == NULL) {
        return seg_fail(err, VT_E_NOMEM, "no memory to write an index");
    }
    w.fd = openat(db->dir_fd, temporary,
                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (w.fd < 0 || write_all(&w, of, mem, live, version) != 0 ||
        renameat(db->dir_fd, temporary, db->dir_fd, name) != 0) {
        status = seg_fail(err, errno == ENOMEM ? VT_E_NOMEM : VT_E_IO,
                          "%s: cannot write the index: %s: free space or "
                          "check the disk",
                          seg_path(db, name, path), strerror(errno));
        (void)unlinkat(db->dir_fd, temporary, 0);
    }
    if (w.fd >= 0) {
        (void)close(w.fd);
    }
    free(w.out);
    free(w.meta);
    return status;
}
