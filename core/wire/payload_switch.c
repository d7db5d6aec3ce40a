/* SPDX-License-Identifier: Apache-2.0
 *
 * payload_switch.c - what the transactions carry that end an epoch of a chain.
 */
#include "wire/tx.h"

#include "base/bytes.h"
#include "base/utf8.h"

#include <string.h>

static int is_stem(struct vt_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.ptr[i];

        if (!(c >= 'a' && c <= 'z') &&
            !(i > 0 && ((c >= '0' && c <= '9') || c == '_'))) {
            return 0;
        }
    }
    return v.len > 0;
}

int vt_member_name_is_good(struct vt_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        if (v.ptr[i] <= ' ' || v.ptr[i] > '~') {
            return 0;
        }
    }
    return v.len > 0 && v.len <= VT_MEMBER_NAME_MAX;
}

/* Rows of an INI: plain UTF-8 in lines. */
static int is_text(struct vt_view v)
{
    while (v.len > 0) {
        const uint8_t *end = memchr(v.ptr, '\n', v.len);
        size_t len = end == NULL ? v.len : (size_t)(end - v.ptr);

        if (!vt_utf8_is_plain(vt_view_of(v.ptr, len))) {
            return 0;
        }
        len += end != NULL;
        v = vt_view_of(v.ptr + len, v.len - len);
    }
    return 1;
}

vt_status vt_switch_member_encode(const struct vt_switch_member *m,
                                  struct vt_buf *out)
{
    (void)vt_buf_put_var(out, m->name);
    (void)vt_buf_put_var(out, m->pk);
    return vt_buf_put_u64(out, m->weight);
}

static int read_member(struct vt_rd *rd, struct vt_switch_member *out)
{
    out->name = vt_rd_var(rd, VT_MEMBER_NAME_MAX);
    out->pk = vt_rd_var(rd, VT_TX_PK_MAX);
    out->weight = vt_rd_u64(rd);
    return !rd->failed && vt_member_name_is_good(out->name) &&
           out->pk.len > 0 && out->weight > 0;
}

vt_status vt_tx_switch_encode(const struct vt_tx_switch *p, struct vt_buf *out)
{
    (void)vt_buf_put_u64(out, p->at);
    (void)vt_buf_put_var(out, p->engine);
    (void)vt_buf_put_var(out, p->options);
    (void)vt_buf_put_u32(out, p->member_count);
    return vt_buf_put(out, p->members.ptr, p->members.len);
}

vt_status vt_tx_switch_decode(struct vt_view bytes, struct vt_tx_switch *out)
{
    struct vt_switch_member member;
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->at = vt_rd_u64(&rd);
    out->engine = vt_rd_var(&rd, VT_SWITCH_ENGINE_MAX);
    out->options = vt_rd_var(&rd, VT_SWITCH_OPTIONS_MAX);
    out->member_count = vt_rd_u32(&rd);
    if (rd.failed || out->member_count > VT_SWITCH_MEMBERS_MAX) {
        return VT_E_CORRUPT;
    }
    out->members = vt_view_of(rd.ptr, rd.left);
    for (uint32_t i = 0; i < out->member_count; i++) {
        if (!read_member(&rd, &member)) {
            return VT_E_CORRUPT;
        }
    }
    if (!vt_rd_end(&rd) || !is_text(out->options)) {
        return VT_E_CORRUPT;
    }
    if (out->engine.len == 0) {
        return out->options.len == 0 ? VT_OK : VT_E_CORRUPT;
    }
    return is_stem(out->engine) ? VT_OK : VT_E_CORRUPT;
}

void vt_tx_switch_member(const struct vt_tx_switch *p, uint32_t i,
                         struct vt_switch_member *out)
{
    struct vt_rd rd;

    vt_rd_init(&rd, p->members);
    for (uint32_t k = 0; k <= i; k++) {
        (void)read_member(&rd, out);
    }
}

void vt_tx_switch_digest(struct vt_view payload, struct vt_hash *out)
{
    vt_hash_bytes("VTC/switch/1", payload.ptr, payload.len, out);
}

vt_status vt_tx_ready_encode(const struct vt_hash *digest, struct vt_buf *out)
{
    return vt_buf_put(out, digest->b, 32);
}

vt_status vt_tx_ready_decode(struct vt_view bytes, struct vt_hash *out)
{
    if (bytes.len != 32) {
        return VT_E_CORRUPT;
    }
    memcpy(out->b, bytes.ptr, 32);
    return VT_OK;
}
