/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.h - bytes that grow up to a declared maximum.
 */
#ifndef VT_BASE_BUF_H
#define VT_BASE_BUF_H

#include <vt/types.h>

#include <stdarg.h>

/* Zero-initialise with VT_BUF_INIT(max); data is owned by the buffer. After a
 * failed append the buffer is unchanged and `failed` stays set, so that a
 * chain of appends needs one check at its end. */
struct vt_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max; /* bytes; never grows above */
    vt_status failed;
};

#define VT_BUF_INIT(max_bytes)                                                 \
    {                                                                          \
        .data = NULL, .len = 0, .cap = 0, .max = (max_bytes), .failed = VT_OK  \
    }

void vt_buf_init(struct vt_buf *buf, size_t max);
/* Frees the bytes; the buffer may be used again. */
void vt_buf_fini(struct vt_buf *buf);
/* Empties, keeps the memory. */
void vt_buf_clear(struct vt_buf *buf);

/* Each Returns VT_OK, VT_E_LIMIT above max, VT_E_NOMEM. */
vt_status vt_buf_put(struct vt_buf *buf, const void *bytes, size_t len);
vt_status vt_buf_put_u8(struct vt_buf *buf, uint8_t v);
vt_status vt_buf_put_u16(struct vt_buf *buf, uint16_t v);
vt_status vt_buf_put_u32(struct vt_buf *buf, uint32_t v);
vt_status vt_buf_put_u64(struct vt_buf *buf, uint64_t v);
/* u32 length, then the bytes. */
vt_status vt_buf_put_var(struct vt_buf *buf, struct vt_view bytes);
vt_status vt_buf_printf(struct vt_buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for len more bytes whose content the caller writes; NULL on failure. */
uint8_t *vt_buf_grow(struct vt_buf *buf, size_t len);

struct vt_view vt_buf_view(const struct vt_buf *buf);
/* NUL-terminated text (the NUL is not counted in len), "" when empty. */
const char *vt_buf_text(struct vt_buf *buf);

/* A vt_sink that appends to buf; lives as long as the struct. */
void vt_buf_sink(struct vt_buf *buf, struct vt_sink *out_sink);

/* Strict reader over borrowed bytes: any read past the end sets `failed` and
 * returns zeros; check once with vt_rd_end(). */
struct vt_rd {
    const uint8_t *ptr;
    size_t left;
    int failed;
};

void vt_rd_init(struct vt_rd *rd, struct vt_view bytes);
uint8_t vt_rd_u8(struct vt_rd *rd);
uint16_t vt_rd_u16(struct vt_rd *rd);
uint32_t vt_rd_u32(struct vt_rd *rd);
uint64_t vt_rd_u64(struct vt_rd *rd);
/* len bytes, borrowed; an empty view on failure. */
struct vt_view vt_rd_bytes(struct vt_rd *rd, size_t len);
/* Copies len bytes to out, or leaves it alone and fails. */
void vt_rd_copy(struct vt_rd *rd, void *out, size_t len);
/* u32 length <= max, then the bytes. */
struct vt_view vt_rd_var(struct vt_rd *rd, size_t max);
/* Returns 1 when nothing failed and nothing is left. */
int vt_rd_end(const struct vt_rd *rd);

#endif
