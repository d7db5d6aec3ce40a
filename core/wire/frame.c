/* SPDX-License-Identifier: Apache-2.0
 *
 * frame.c - frames on links and the two payloads that have an inside.
 */
#include "wire/frame.h"

#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

#define SMALL_MAX 65536u
#define PARAMS_MAX 1048576u

uint32_t vt_frame_max(uint8_t kind)
{
    switch (kind) {
    case VT_FRAME_HELLO:
        return SMALL_MAX;
    case VT_FRAME_PING:
    case VT_FRAME_PONG:
        return 8;
    case VT_FRAME_GOODBYE:
        return 512;
    case VT_FRAME_PARAMS:
        return PARAMS_MAX;
    case VT_FRAME_STATUS:
        return 41;
    case VT_FRAME_GET_BLOCKS:
        return 12;
    case VT_FRAME_GET_BODY:
        return 32;
    case VT_FRAME_CONSENSUS:
    case VT_FRAME_TXS:
    case VT_FRAME_BLOCKS:
    case VT_FRAME_BODY:
        return VT_FRAME_MAX - VT_FRAME_HEAD;
    default:
        return 0;
    }
}

void vt_frame_head(const struct vt_frame *frame, uint8_t out[VT_FRAME_HEAD])
{
    vt_put_u32(out, (uint32_t)(frame->payload.len + VT_FRAME_HEAD - 4u));
    out[4] = frame->kind;
    memcpy(out + 5, frame->chain_id.b, 32);
    vt_put_u64(out + 37, frame->epoch);
}

vt_status vt_frame_encode(const struct vt_frame *frame, struct vt_buf *out)
{
    uint8_t head[VT_FRAME_HEAD];

    if (frame->payload.len > vt_frame_max(frame->kind)) {
        return VT_E_LIMIT;
    }
    vt_frame_head(frame, head);
    (void)vt_buf_put(out, head, sizeof head);
    return vt_buf_put(out, frame->payload.ptr, frame->payload.len);
}

vt_status vt_frame_length(const uint8_t head[4], size_t *out_total)
{
    uint32_t rest = vt_get_u32(head);

    if (rest < VT_FRAME_HEAD - 4u || rest > VT_FRAME_MAX - 4u) {
        return VT_E_CORRUPT;
    }
    *out_total = (size_t)rest + 4u;
    return VT_OK;
}

vt_status vt_frame_decode(struct vt_view bytes, struct vt_frame *out,
                          struct vt_err *err)
{
    size_t total;

    if (bytes.len < VT_FRAME_HEAD ||
        vt_frame_length(bytes.ptr, &total) != VT_OK || total != bytes.len) {
        return vt_err_set(err, VT_E_CORRUPT, "frame length does not fit");
    }
    out->kind = bytes.ptr[4];
    memcpy(out->chain_id.b, bytes.ptr + 5, 32);
    out->epoch = vt_get_u64(bytes.ptr + 37);
    out->payload =
        vt_view_of(bytes.ptr + VT_FRAME_HEAD, bytes.len - VT_FRAME_HEAD);
    if (vt_frame_max(out->kind) == 0) {
        return vt_err_set(err, VT_E_CORRUPT, "frame kind %u is not known",
                          (unsigned)out->kind);
    }
    if (out->payload.len > vt_frame_max(out->kind)) {
        return vt_err_set(
            err, VT_E_CORRUPT, "frame of kind %u has %zu bytes, at most %u",
            (unsigned)out->kind, out->payload.len, vt_frame_max(out->kind));
    }
    return VT_OK;
}

/* Printable ASCII without blanks, at least one character. */
static int name_is_good(struct vt_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f) {
            return 0;
        }
    }
    return name.len > 0;
}

vt_status vt_hello_encode(const struct vt_hello *hello, struct vt_buf *out)
{
    if (hello->chain_count > VT_HELLO_CHAINS_MAX ||
        !name_is_good(vt_view_str(hello->node))) {
        return VT_E_INVALID;
    }
    (void)vt_buf_put_u16(out, hello->version);
    (void)vt_buf_put_var(out, vt_view_str(hello->node));
    (void)vt_buf_put_u32(out, hello->chain_count);
    for (uint32_t i = 0; i < hello->chain_count; i++) {
        const struct vt_hello_chain *chain = &hello->chains[i];

        if (!name_is_good(vt_view_str(chain->name))) {
            return VT_E_INVALID;
        }
        (void)vt_buf_put(out, chain->chain_id.b, 32);
        (void)vt_buf_put(out, chain->params.b, 32);
        (void)vt_buf_put_var(out, vt_view_str(chain->name));
    }
    return out->failed;
}

/* A name into a fixed array. */
static int read_name(struct vt_rd *rd, char *out, size_t room)
{
    struct vt_view v = vt_rd_var(rd, room - 1);

    if (!name_is_good(v)) {
        return 0;
    }
    memcpy(out, v.ptr, v.len);
    out[v.len] = '\0';
    return 1;
}

vt_status vt_hello_decode(struct vt_view bytes, struct vt_hello *out,
                          struct vt_err *err)
{
    struct vt_rd rd;
    int good;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->version = vt_rd_u16(&rd);
    good = read_name(&rd, out->node, sizeof out->node);
    out->chain_count = vt_rd_u32(&rd);
    if (!good || rd.failed || out->chain_count > VT_HELLO_CHAINS_MAX) {
        return vt_err_set(err, VT_E_CORRUPT, "greeting is malformed");
    }
    for (uint32_t i = 0; i < out->chain_count && good; i++) {
        struct vt_view id = vt_rd_bytes(&rd, 32);
        struct vt_view params = vt_rd_bytes(&rd, 32);

        good = params.len == 32;
        if (good) {
            memcpy(out->chains[i].chain_id.b, id.ptr, 32);
            memcpy(out->chains[i].params.b, params.ptr, 32);
            good =
                read_name(&rd, out->chains[i].name, sizeof out->chains[i].name);
        }
    }
    if (!good || !vt_rd_end(&rd)) {
        return vt_err_set(err, VT_E_CORRUPT, "greeting is malformed");
    }
    return VT_OK;
}

vt_status vt_params_encode(const struct vt_params *params, struct vt_buf *out)
{
    if (params->text.len > VT_PARAMS_TEXT_MAX) {
        return VT_E_LIMIT;
    }
    (void)vt_buf_put_var(out, vt_view_str(params->name));
    return vt_buf_put_var(out, params->text);
}

vt_status vt_params_decode(struct vt_view bytes, struct vt_params *out,
                           struct vt_err *err)
{
    struct vt_rd rd;
    int good;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    good = read_name(&rd, out->name, sizeof out->name);
    out->text = vt_rd_var(&rd, VT_PARAMS_TEXT_MAX);
    if (!good || !vt_rd_end(&rd)) {
        return vt_err_set(err, VT_E_CORRUPT, "parameters are malformed");
    }
    return VT_OK;
}

vt_status vt_consensus_msg_encode(const struct vt_consensus_msg *m,
                                  struct vt_buf *out)
{
    (void)vt_buf_put_u32(out, m->proto);
    (void)vt_buf_put_u8(out, m->attach.len > 0);
    (void)vt_buf_put_var(out, m->msg);
    if (m->attach.len > 0) {
        (void)vt_buf_put_var(out, m->attach);
    }
    return out->failed;
}

vt_status vt_consensus_msg_decode(struct vt_view bytes,
                                  struct vt_consensus_msg *out,
                                  struct vt_err *err)
{
    struct vt_rd rd;
    uint8_t has_attach;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    out->proto = vt_rd_u32(&rd);
    has_attach = vt_rd_u8(&rd);
    out->msg = vt_rd_var(&rd, VT_CS_MSG_MAX);
    if (has_attach == 1) {
        out->attach = vt_rd_var(&rd, VT_BLOCK_MAX);
    }
    if (!vt_rd_end(&rd) || has_attach > 1 ||
        (has_attach == 1 && out->attach.len == 0)) {
        return vt_err_set(err, VT_E_CORRUPT, "consensus message is malformed");
    }
    return VT_OK;
}
