/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.c - bounded growing bytes and the strict reader.
 */
#include "base/buf.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

#define FIRST_CAP 64u

void vt_buf_init(struct vt_buf *buf, size_t max)
{
    memset(buf, 0, sizeof *buf);
    buf->max = max;
}

void vt_buf_fini(struct vt_buf *buf)
{
    vt_free(buf->data);
    vt_buf_init(buf, buf->max);
}

void vt_buf_clear(struct vt_buf *buf)
{
    buf->len = 0;
    buf->failed = VT_OK;
}

/* Room for len more bytes and a NUL behind them. */
static vt_status reserve(struct vt_buf *buf, size_t len)
{
    size_t cap = buf->cap == 0 ? FIRST_CAP : buf->cap;
    uint8_t *more;

    if (buf->failed != VT_OK) {
        return buf->failed;
    }
    if (len > buf->max || buf->len > buf->max - len) {
        return buf->failed = VT_E_LIMIT;
    }
    if (buf->cap > buf->len + len) {
        return VT_OK;
    }
    while (cap <= buf->len + len) {
        cap *= 2;
    }
    more = vt_realloc(buf->data, cap);
    if (more == NULL) {
        return buf->failed = VT_E_NOMEM;
    }
    buf->data = more;
    buf->cap = cap;
    return VT_OK;
}

uint8_t *vt_buf_grow(struct vt_buf *buf, size_t len)
{
    uint8_t *at;

    if (reserve(buf, len) != VT_OK) {
        return NULL;
    }
    at = buf->data + buf->len;
    buf->len += len;
    return at;
}

vt_status vt_buf_put(struct vt_buf *buf, const void *bytes, size_t len)
{
    uint8_t *at = vt_buf_grow(buf, len);

    if (at == NULL) {
        return buf->failed;
    }
    if (len > 0) {
        memcpy(at, bytes, len);
    }
    return VT_OK;
}

vt_status vt_buf_put_u8(struct vt_buf *buf, uint8_t v)
{
    return vt_buf_put(buf, &v, 1);
}

vt_status vt_buf_put_u16(struct vt_buf *buf, uint16_t v)
{
    uint8_t bytes[2];

    vt_put_u16(bytes, v);
    return vt_buf_put(buf, bytes, sizeof bytes);
}

vt_status vt_buf_put_u32(struct vt_buf *buf, uint32_t v)
{
    uint8_t bytes[4];

    vt_put_u32(bytes, v);
    return vt_buf_put(buf, bytes, sizeof bytes);
}

vt_status vt_buf_put_u64(struct vt_buf *buf, uint64_t v)
{
    uint8_t bytes[8];

    vt_put_u64(bytes, v);
    return vt_buf_put(buf, bytes, sizeof bytes);
}

vt_status vt_buf_put_var(struct vt_buf *buf, struct vt_view bytes)
{
    if (bytes.len > UINT32_MAX - 4u) {
        return buf->failed = VT_E_LIMIT;
    }
    if (reserve(buf, bytes.len + 4) != VT_OK) {
        return buf->failed;
    }
    (void)vt_buf_put_u32(buf, (uint32_t)bytes.len);
    return vt_buf_put(buf, bytes.ptr, bytes.len);
}

vt_status vt_buf_printf(struct vt_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_list again;
    int wanted;

    va_start(args, fmt);
    va_copy(again, args);
    wanted = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (wanted < 0) {
        buf->failed = VT_E_INVALID;
    } else if (reserve(buf, (size_t)wanted) == VT_OK) {
        (void)vsnprintf((char *)buf->data + buf->len, (size_t)wanted + 1, fmt,
                        again);
        buf->len += (size_t)wanted;
    }
    va_end(again);
    return buf->failed;
}

struct vt_view vt_buf_view(const struct vt_buf *buf)
{
    return vt_view_of(buf->data, buf->len);
}

const char *vt_buf_text(struct vt_buf *buf)
{
    if (buf->data == NULL) {
        return "";
    }
    buf->data[buf->len] = '\0'; /* reserve() keeps a byte for it */
    return (const char *)buf->data;
}

static vt_status sink_write(struct vt_sink *self, const void *bytes, size_t len)
{
    return vt_buf_put(self->ctx, bytes, len);
}

void vt_buf_sink(struct vt_buf *buf, struct vt_sink *out_sink)
{
    memset(out_sink, 0, sizeof *out_sink);
    out_sink->size = VT_UPTO(struct vt_sink, write);
    out_sink->ctx = buf;
    out_sink->write = sink_write;
}

void vt_rd_init(struct vt_rd *rd, struct vt_view bytes)
{
    rd->ptr = bytes.ptr;
    rd->left = bytes.len;
    rd->failed = 0;
}

struct vt_view vt_rd_bytes(struct vt_rd *rd, size_t len)
{
    struct vt_view view = {rd->ptr, len};

    if (rd->failed || len > rd->left) {
        rd->failed = 1;
        return vt_view_of(NULL, 0);
    }
    if (len > 0) {
        rd->ptr += len;
        rd->left -= len;
    }
    return view;
}

void vt_rd_copy(struct vt_rd *rd, void *out, size_t len)
{
    struct vt_view v = vt_rd_bytes(rd, len);

    if (v.len > 0) {
        memcpy(out, v.ptr, v.len);
    }
}

uint8_t vt_rd_u8(struct vt_rd *rd)
{
    struct vt_view v = vt_rd_bytes(rd, 1);

    return v.len == 0 ? 0 : v.ptr[0];
}

uint16_t vt_rd_u16(struct vt_rd *rd)
{
    struct vt_view v = vt_rd_bytes(rd, 2);

    return v.len == 0 ? 0 : vt_get_u16(v.ptr);
}

uint32_t vt_rd_u32(struct vt_rd *rd)
{
    struct vt_view v = vt_rd_bytes(rd, 4);

    return v.len == 0 ? 0 : vt_get_u32(v.ptr);
}

uint64_t vt_rd_u64(struct vt_rd *rd)
{
    struct vt_view v = vt_rd_bytes(rd, 8);

    return v.len == 0 ? 0 : vt_get_u64(v.ptr);
}

struct vt_view vt_rd_var(struct vt_rd *rd, size_t max)
{
    uint32_t len = vt_rd_u32(rd);

    if (rd->failed || len > max) {
        rd->failed = 1;
        return vt_view_of(NULL, 0);
    }
    return vt_rd_bytes(rd, len);
}

int vt_rd_end(const struct vt_rd *rd)
{
    return !rd->failed && rd->left == 0;
}
