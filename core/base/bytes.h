/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.h - little-endian numbers, views, hex, constant-time compare.
 */
#ifndef VT_BASE_BYTES_H
#define VT_BASE_BYTES_H

#include <vt/types.h>

#include <string.h>

static inline void vt_put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void vt_put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static inline void vt_put_u64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

/* Big-endian, for keys that must sort by number. */
static inline void vt_put_u64be(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

static inline uint16_t vt_get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)(p[1] << 8));
}

static inline uint32_t vt_get_u32(const uint8_t *p)
{
    uint32_t v = 0;
    for (int i = 3; i >= 0; i--) {
        v = v << 8 | p[i];
    }
    return v;
}

static inline uint64_t vt_get_u64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--) {
        v = v << 8 | p[i];
    }
    return v;
}

static inline uint64_t vt_get_u64be(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static inline struct vt_view vt_view_of(const void *ptr, size_t len)
{
    struct vt_view v = {(const uint8_t *)ptr, len};
    return v;
}

static inline struct vt_view vt_view_str(const char *text)
{
    return vt_view_of(text, strlen(text));
}

static inline int vt_view_eq(struct vt_view a, struct vt_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* memcmp order, shorter first among equals. */
int vt_view_cmp(struct vt_view a, struct vt_view b);

/* out has 2 * len + 1 bytes; lower case, NUL-terminated. */
void vt_hex_encode(const void *bytes, size_t len, char *out);
/* text_len must be 2 * len, upper or lower case. Returns 0, or -1. */
int vt_hex_decode(const char *text, size_t text_len, uint8_t *out, size_t len);

/* Returns 1 when equal; time depends on len only. */
int vt_equal_ct(const void *a, const void *b, size_t len);
/* Not optimised away. */
void vt_wipe(void *ptr, size_t len);

#endif
