/* SPDX-License-Identifier: Apache-2.0
 *
 * amount.h - 128-bit unsigned smallest units that cannot overflow unseen.
 */
#ifndef VT_BASE_AMOUNT_H
#define VT_BASE_AMOUNT_H

#include <vt/types.h>

struct vt_amount {
    uint64_t lo, hi;
};

static inline struct vt_amount vt_amount_u64(uint64_t v)
{
    struct vt_amount a = {v, 0};
    return a;
}

/* <0, 0, >0. */
int vt_amount_cmp(struct vt_amount a, struct vt_amount b);
int vt_amount_is_zero(struct vt_amount a);
/* Each Returns 1 and *out, or 0 on overflow with *out untouched. out may be
 * one of the operands. */
VT_MUST_USE int vt_amount_add(struct vt_amount a, struct vt_amount b,
                              struct vt_amount *out);
VT_MUST_USE int vt_amount_sub(struct vt_amount a, struct vt_amount b,
                              struct vt_amount *out);
VT_MUST_USE int vt_amount_mul_u64(struct vt_amount a, uint64_t b,
                                  struct vt_amount *out);
/* floor(a * num / den) with a 192-bit intermediate; den > 0. Returns 0 when
 * the result does not fit. */
VT_MUST_USE int vt_amount_mul_div(struct vt_amount a, uint64_t num,
                                  uint64_t den, struct vt_amount *out);

/* "12.5" with `decimals` places -> smallest units; at most 39 digits; no sign,
 * no exponent. Returns VT_OK, VT_E_INVALID with the reason in err. */
vt_status vt_amount_parse(const char *text, uint32_t decimals,
                          struct vt_amount *out, struct vt_err *err);
/* Shortest text; out has at least 64 bytes. */
void vt_amount_format(struct vt_amount a, uint32_t decimals, char out[64]);
/* 16 bytes little-endian, the wire form. */
void vt_amount_put(struct vt_amount a, uint8_t out[16]);
struct vt_amount vt_amount_get(const uint8_t in[16]);
/* The same at the end of a buffer, and from a reader, which returns zero when
 * it fails. */
struct vt_buf;
struct vt_rd;
vt_status vt_buf_put_amount(struct vt_buf *buf, struct vt_amount a);
struct vt_amount vt_rd_amount(struct vt_rd *rd);

#endif
