/* SPDX-License-Identifier: Apache-2.0
 *
 * logstore.h - what a chain keeps in its log, the durable record everything
 * else can be rebuilt from. Keys and values are in README.md.
 *
 * Reading may happen on any thread; writing goes through journal.h. Private to
 * core/chain.
 */
#ifndef VT_CHAIN_LOGSTORE_H
#define VT_CHAIN_LOGSTORE_H

#include "chain/chain.h"

/* Spaces of the log. */
enum {
    VT_LOG_META = 0,
    VT_LOG_BODY = 1,     /* height, id -> encoded block */
    VT_LOG_FINAL = 2,    /* height -> id, seal */
    VT_LOG_SLOT = 3,     /* epoch, slot -> the engine's bytes */
    VT_LOG_GUARD = 4,    /* epoch, role, major, minor -> hash of the message */
    VT_LOG_EVIDENCE = 5, /* epoch, member, kind -> time, the two items */
    VT_LOG_BATCH = 6     /* epoch, id -> encoded batch */
};

#define VT_LOG_KEY_MAX 40u
struct vt_log_key {
    uint8_t bytes[VT_LOG_KEY_MAX];
    size_t len;
};

void vt_log_key_body(uint64_t height, const struct vt_hash *id,
                     struct vt_log_key *out);
void vt_log_key_batch(uint64_t epoch, const struct vt_hash *id,
                      struct vt_log_key *out);
/* Of a block or a batch; Returns its space. */
uint32_t vt_log_key_block(const struct vt_block *block, struct vt_log_key *out);
void vt_log_key_final(uint64_t height, struct vt_log_key *out);
void vt_log_key_slot(uint64_t epoch, uint64_t slot, struct vt_log_key *out);
void vt_log_key_guard(uint64_t epoch, uint32_t role, uint64_t major,
                      uint64_t minor, struct vt_log_key *out);
void vt_log_key_evidence(uint64_t epoch, uint32_t member, uint32_t kind,
                         struct vt_log_key *out);

static inline struct vt_view vt_log_key_view(const struct vt_log_key *key)
{
    struct vt_view v = {key->bytes, key->len};
    return v;
}

/* One value by key into out. Returns VT_OK, VT_E_NOTFOUND, VT_E_CORRUPT,
 * VT_E_IO. Thread: any. */
vt_status vt_log_read(const struct vt_store *log, uint32_t space,
                      struct vt_view key, struct vt_buf *out);
/* A block by height and id; decoded and its id checked. Returns VT_OK and a
 * reference, VT_E_NOTFOUND, VT_E_CORRUPT with height and cure. Thread: any. */
vt_status vt_log_read_block(const struct vt_store *log, uint64_t height,
                            const struct vt_hash *id, struct vt_block **out,
                            struct vt_err *err);
/* The height, from first to last, of a body with this id: only the heights that
 * have bodies are looked at. Returns VT_OK, VT_E_NOTFOUND or the store's
 * failure. Thread: any. */
vt_status vt_log_find_body(const struct vt_store *log, uint64_t first,
                           uint64_t last, const struct vt_hash *id,
                           uint64_t *out_height);
/* The same of a batch of this epoch. Thread: any. */
vt_status vt_log_read_batch(const struct vt_store *log, uint64_t epoch,
                            const struct vt_hash *id, struct vt_block **out);
/* Id and seal of a final height; seal may be NULL. Thread: any. */
vt_status vt_log_read_final(const struct vt_store *log, uint64_t height,
                            struct vt_hash *id, struct vt_buf *seal,
                            struct vt_err *err);
/* Highest final height; 0 with VT_E_NOTFOUND when only genesis is there. */
vt_status vt_log_last_final(const struct vt_store *log, uint64_t *out_height,
                            struct vt_err *err);

/* Every entry of a space whose key is >= from, in order; fn returning non-zero
 * ends the walk. Returns VT_OK or the store's failure. */
typedef int (*vt_log_walk_fn)(void *ctx, struct vt_view key,
                              struct vt_view value);
vt_status vt_log_walk(const struct vt_store *log, uint32_t space,
                      struct vt_view from, vt_log_walk_fn fn, void *ctx,
                      struct vt_err *err);

#endif
