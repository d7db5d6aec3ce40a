/* SPDX-License-Identifier: Apache-2.0
 *
 * logstore.c - keys of the log, and reading it with every byte checked.
 */
#include "chain/logstore.h"

#include "base/bytes.h"
#include "base/status.h"

#include <inttypes.h>
#include <string.h>

#define CURE                                                                   \
    "stop the node, remove this chain's folder and let it catch up from the "  \
    "other nodes"

void vt_log_key_body(uint64_t height, const struct vt_hash *id,
                     struct vt_log_key *out)
{
    vt_put_u64be(out->bytes, height);
    memcpy(out->bytes + 8, id->b, 32);
    out->len = 40;
}

void vt_log_key_batch(uint64_t epoch, const struct vt_hash *id,
                      struct vt_log_key *out)
{
    vt_log_key_body(epoch, id, out);
}

uint32_t vt_log_key_block(const struct vt_block *block, struct vt_log_key *out)
{
    if (vt_header_is_batch(&block->header)) {
        vt_log_key_batch(block->header.epoch, &block->id, out);
        return VT_LOG_BATCH;
    }
    vt_log_key_body(block->header.height, &block->id, out);
    return VT_LOG_BODY;
}

void vt_log_key_final(uint64_t height, struct vt_log_key *out)
{
    vt_put_u64be(out->bytes, height);
    out->len = 8;
}

void vt_log_key_slot(uint64_t epoch, uint64_t slot, struct vt_log_key *out)
{
    vt_put_u64be(out->bytes, epoch);
    vt_put_u64be(out->bytes + 8, slot);
    out->len = 16;
}

void vt_log_key_guard(uint64_t epoch, uint32_t role, uint64_t major,
                      uint64_t minor, struct vt_log_key *out)
{
    vt_put_u64be(out->bytes, epoch);
    vt_put_u64be(out->bytes + 8, role);
    vt_put_u64be(out->bytes + 16, major);
    vt_put_u64be(out->bytes + 24, minor);
    out->len = 32;
}

void vt_log_key_evidence(uint64_t epoch, uint32_t member, uint32_t kind,
                         struct vt_log_key *out)
{
    vt_put_u64be(out->bytes, epoch);
    vt_put_u64be(out->bytes + 8, member);
    vt_put_u64be(out->bytes + 16, kind);
    out->len = 24;
}

vt_status vt_log_read(const struct vt_store *log, uint32_t space,
                      struct vt_view key, struct vt_buf *out)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_view value;
    struct vt_db_tx *tx;
    vt_status status = log->table->begin(log->db, VT_TX_RO, &tx, &err);

    if (status != VT_OK) {
        return status;
    }
    status = log->table->get(tx, space, key, &value);
    if (status == VT_OK) {
        status = vt_buf_put(out, value.ptr, value.len);
    }
    log->table->abort(tx);
    return status;
}

static vt_status corrupt(uint64_t height, const char *what, struct vt_err *err)
{
    return vt_err_set(err, VT_E_CORRUPT,
                      "block %" PRIu64 " in the log %s: " CURE, height, what);
}

vt_status vt_log_read_block(const struct vt_store *log, uint64_t height,
                            const struct vt_hash *id, struct vt_block **out,
                            struct vt_err *err)
{
    struct vt_buf raw = VT_BUF_INIT(VT_BLOCK_MAX);
    struct vt_log_key key;
    struct vt_block *block = NULL;
    vt_status status;

    vt_log_key_body(height, id, &key);
    status = vt_log_read(log, VT_LOG_BODY, vt_log_key_view(&key), &raw);
    if (status == VT_E_CORRUPT) {
        status = corrupt(height, "has a wrong checksum", err);
    } else if (status == VT_E_NOTFOUND) {
        (void)vt_err_set(err, status, "block %" PRIu64 " is not in the log",
                         height);
    } else if (status != VT_OK) {
        (void)vt_err_set(err, status, "block %" PRIu64 " cannot be read: %s",
                         height, vt_status_text(status));
    } else if (vt_block_decode(vt_buf_view(&raw), &block, err) != VT_OK) {
        status = corrupt(height, "does not decode", err);
    } else if (!vt_hash_eq(&block->id, id) || block->header.height != height) {
        vt_block_unref(block);
        status = corrupt(height, "is another one than its key says", err);
    } else {
        *out = block;
    }
    vt_buf_fini(&raw);
    return status;
}

static vt_status unreadable(vt_status status, struct vt_err *err)
{
    return vt_err_set(err, status, "the log cannot be read: %s: " CURE,
                      vt_status_text(status));
}

/* A cursor over one space, in a transaction of its own. */
struct look {
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
};

static void look_end(const struct vt_store *log, const struct look *look)
{
    log->table->cursor_close(look->cur);
    log->table->abort(look->tx);
}

/* look_end() follows when it returns VT_OK. */
static vt_status look_begin(const struct vt_store *log, uint32_t space,
                            struct look *look, struct vt_err *err)
{
    vt_status status = log->table->begin(log->db, VT_TX_RO, &look->tx, err);

    if (status != VT_OK) {
        return status;
    }
    look->cur = NULL;
    status = log->table->cursor(look->tx, space, &look->cur);
    if (status != VT_OK) {
        look_end(log, look);
        return unreadable(status, err);
    }
    return VT_OK;
}

/* From one height that has bodies to the next: a key is height and id, so where
 * the id sought would stand at a height, either it does, or a later one of that
 * height, or the first of a higher one. */
static vt_status skip_to(const struct vt_store *log, struct vt_db_cursor *cur,
                         uint64_t *height, uint64_t last,
                         const struct vt_hash *id)
{
    struct vt_view key;
    struct vt_view value;

    while (*height <= last) {
        struct vt_log_key at;
        vt_status status;
        uint64_t found;
        int order;

        vt_log_key_body(*height, id, &at);
        status = log->table->seek(cur, vt_log_key_view(&at), &key, &value);
        if (status != VT_OK) {
            return status;
        }
        if (key.len != at.len) {
            return VT_E_CORRUPT;
        }
        found = vt_get_u64be(key.ptr);
        order = memcmp((const uint8_t *)key.ptr + 8, id->b, 32);
        if (order == 0) {
            *height = found;
            return found <= last ? VT_OK : VT_E_NOTFOUND;
        }
        *height = found + (order > 0);
    }
    return VT_E_NOTFOUND;
}

vt_status vt_log_find_body(const struct vt_store *log, uint64_t first,
                           uint64_t last, const struct vt_hash *id,
                           uint64_t *out_height)
{
    struct vt_err err = VT_ERR_INIT;
    struct look look;
    uint64_t height = first;
    vt_status status = look_begin(log, VT_LOG_BODY, &look, &err);

    if (status != VT_OK) {
        return status;
    }
    status = skip_to(log, look.cur, &height, last, id);
    look_end(log, &look);
    if (status == VT_OK) {
        *out_height = height;
    }
    return status;
}

vt_status vt_log_read_batch(const struct vt_store *log, uint64_t epoch,
                            const struct vt_hash *id, struct vt_block **out)
{
    struct vt_buf raw = VT_BUF_INIT(VT_BLOCK_MAX);
    struct vt_log_key key;
    struct vt_block *block = NULL;
    vt_status status;

    vt_log_key_batch(epoch, id, &key);
    status = vt_log_read(log, VT_LOG_BATCH, vt_log_key_view(&key), &raw);
    if (status == VT_OK) {
        status = vt_block_decode(vt_buf_view(&raw), &block, NULL);
    }
    if (status == VT_OK && !vt_hash_eq(&block->id, id)) {
        vt_block_unref(block);
        status = VT_E_CORRUPT;
    }
    if (status == VT_OK) {
        *out = block;
    }
    vt_buf_fini(&raw);
    return status;
}

vt_status vt_log_read_final(const struct vt_store *log, uint64_t height,
                            struct vt_hash *id, struct vt_buf *seal,
                            struct vt_err *err)
{
    struct vt_buf value = VT_BUF_INIT(VT_SEAL_MAX + 32u);
    struct vt_log_key key;
    vt_status status;

    vt_log_key_final(height, &key);
    status = vt_log_read(log, VT_LOG_FINAL, vt_log_key_view(&key), &value);
    if (status == VT_OK && value.len < 32) {
        status = VT_E_CORRUPT;
    }
    if (status == VT_OK) {
        memcpy(id->b, value.data, 32);
        if (seal != NULL) {
            status = vt_buf_put(seal, value.data + 32, value.len - 32);
        }
    } else if (status == VT_E_CORRUPT) {
        status = corrupt(height, "has a damaged proof", err);
    } else {
        (void)vt_err_set(err, status, "proof of block %" PRIu64 ": %s", height,
                         vt_status_text(status));
    }
    vt_buf_fini(&value);
    return status;
}

vt_status vt_log_walk(const struct vt_store *log, uint32_t space,
                      struct vt_view from, vt_log_walk_fn fn, void *ctx,
                      struct vt_err *err)
{
    struct look look;
    struct vt_view key = {NULL, 0};
    struct vt_view value = {NULL, 0};
    vt_status status = look_begin(log, space, &look, err);

    if (status != VT_OK) {
        return status;
    }
    status = log->table->seek(look.cur, from, &key, &value);
    while (status == VT_OK && fn(ctx, key, value) == 0) {
        status = log->table->step(look.cur, 1, &key, &value);
    }
    look_end(log, &look);
    return status == VT_E_NOTFOUND || status == VT_OK ? VT_OK
                                                      : unreadable(status, err);
}

/* Is there a final height >= height? */
static vt_status has_from(const struct vt_store *log, struct vt_db_cursor *cur,
                          uint64_t height)
{
    struct vt_log_key at;
    struct vt_view key;
    struct vt_view value;

    vt_log_key_final(height, &at);
    return log->table->seek(cur, vt_log_key_view(&at), &key, &value);
}

/* Heights have no gap above the first one kept, so the highest is found by
 * halving: a store needs no way to seek to its end. */
static vt_status highest(const struct vt_store *log, struct vt_db_cursor *cur,
                         uint64_t *out)
{
    uint64_t lo = 0;
    uint64_t hi = INT64_MAX;
    vt_status status = has_from(log, cur, 1);

    if (status != VT_OK) {
        *out = 0;
        return status;
    }
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo + 1) / 2;

        status = has_from(log, cur, mid);
        if (status == VT_OK) {
            lo = mid;
        } else if (status == VT_E_NOTFOUND) {
            hi = mid - 1;
        } else {
            return status;
        }
    }
    *out = lo;
    return VT_OK;
}

vt_status vt_log_last_final(const struct vt_store *log, uint64_t *out_height,
                            struct vt_err *err)
{
    struct look look;
    vt_status status = look_begin(log, VT_LOG_FINAL, &look, err);

    if (status != VT_OK) {
        return status;
    }
    status = highest(log, look.cur, out_height);
    look_end(log, &look);
    return status == VT_OK || status == VT_E_NOTFOUND ? status
                                                      : unreadable(status, err);
}
