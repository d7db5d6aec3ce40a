/* SPDX-License-Identifier: Apache-2.0
 *
 * codec.h - strict little-endian writer and reader for messages and slots.
 *
 * A writer that runs out of room and a reader that runs past the end remember
 * it; the caller asks once at the end.
 */
#ifndef VT_CONSENSUS_COMMON_CODEC_H
#define VT_CONSENSUS_COMMON_CODEC_H

#include <vt/types.h>

#include <string.h>

struct cs_wr {
    uint8_t *ptr;
    size_t cap, len;
    int is_full;
};

static inline void cs_wr_init(struct cs_wr *wr, void *ptr, size_t cap)
{
    wr->ptr = ptr;
    wr->cap = cap;
    wr->len = 0;
    wr->is_full = 0;
}

static inline void cs_put(struct cs_wr *wr, const void *bytes, size_t len)
{
    if (wr->is_full || len > wr->cap - wr->len) {
        wr->is_full = 1;
        return;
    }
    if (len > 0) {
        memcpy(wr->ptr + wr->len, bytes, len);
        wr->len += len;
    }
}

static inline void cs_put_number(struct cs_wr *wr, uint64_t v, size_t len)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(v >> (8 * i));
    }
    cs_put(wr, bytes, len);
}

static inline void cs_put_u8(struct cs_wr *wr, uint32_t v)
{
    cs_put_number(wr, v, 1);
}

static inline void cs_put_u16(struct cs_wr *wr, uint32_t v)
{
    cs_put_number(wr, v, 2);
}

static inline void cs_put_u32(struct cs_wr *wr, uint32_t v)
{
    cs_put_number(wr, v, 4);
}

static inline void cs_put_u64(struct cs_wr *wr, uint64_t v)
{
    cs_put_number(wr, v, 8);
}

static inline struct vt_view cs_view(const void *ptr, size_t len)
{
    struct vt_view view = {(const uint8_t *)ptr, len};
    return view;
}

static inline struct vt_view cs_wr_view(const struct cs_wr *wr)
{
    return cs_view(wr->ptr, wr->len);
}

struct cs_rd {
    const uint8_t *ptr;
    size_t left;
    int is_bad;
};

static inline void cs_rd_init(struct cs_rd *rd, struct vt_view bytes)
{
    rd->ptr = bytes.ptr;
    rd->left = bytes.len;
    rd->is_bad = 0;
}

/* len borrowed bytes, or NULL. */
static inline const uint8_t *cs_get(struct cs_rd *rd, size_t len)
{
    const uint8_t *at = rd->ptr;

    if (rd->is_bad || len > rd->left) {
        rd->is_bad = 1;
        return NULL;
    }
    if (len > 0) {
        rd->ptr += len;
        rd->left -= len;
    }
    return at;
}

static inline void cs_get_bytes(struct cs_rd *rd, void *out, size_t len)
{
    const uint8_t *at = cs_get(rd, len);

    if (at != NULL) {
        memcpy(out, at, len);
    } else {
        memset(out, 0, len);
    }
}

static inline uint64_t cs_get_number(struct cs_rd *rd, size_t len)
{
    const uint8_t *at = cs_get(rd, len);
    uint64_t v = 0;

    for (size_t i = 0; at != NULL && i < len; i++) {
        v |= (uint64_t)at[i] << (8 * i);
    }
    return v;
}

static inline uint8_t cs_get_u8(struct cs_rd *rd)
{
    return (uint8_t)cs_get_number(rd, 1);
}

static inline uint16_t cs_get_u16(struct cs_rd *rd)
{
    return (uint16_t)cs_get_number(rd, 2);
}

static inline uint32_t cs_get_u32(struct cs_rd *rd)
{
    return (uint32_t)cs_get_number(rd, 4);
}

static inline uint64_t cs_get_u64(struct cs_rd *rd)
{
    return cs_get_number(rd, 8);
}

/* 1 when all was read and nothing is left. */
static inline int cs_rd_end(const struct cs_rd *rd)
{
    return !rd->is_bad && rd->left == 0;
}

#endif
