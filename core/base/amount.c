/* SPDX-License-Identifier: Apache-2.0
 *
 * amount.c - checked 128-bit arithmetic on two words.
 */
#include "base/amount.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* What gcc and clang both have; nothing of it is visible outside. */
__extension__ typedef unsigned __int128 u128;

static u128 wide(struct vt_amount a)
{
    return (u128)a.hi << 64 | a.lo;
}

static struct vt_amount narrow(u128 v)
{
    struct vt_amount a = {(uint64_t)v, (uint64_t)(v >> 64)};
    return a;
}

int vt_amount_cmp(struct vt_amount a, struct vt_amount b)
{
    return (wide(a) > wide(b)) - (wide(a) < wide(b));
}

int vt_amount_is_zero(struct vt_amount a)
{
    return a.lo == 0 && a.hi == 0;
}

int vt_amount_add(struct vt_amount a, struct vt_amount b, struct vt_amount *out)
{
    u128 sum = wide(a) + wide(b);

    if (sum < wide(a)) {
        return 0;
    }
    *out = narrow(sum);
    return 1;
}

int vt_amount_sub(struct vt_amount a, struct vt_amount b, struct vt_amount *out)
{
    if (wide(a) < wide(b)) {
        return 0;
    }
    *out = narrow(wide(a) - wide(b));
    return 1;
}

int vt_amount_mul_u64(struct vt_amount a, uint64_t b, struct vt_amount *out)
{
    return vt_amount_mul_div(a, b, 1, out);
}

int vt_amount_mul_div(struct vt_amount a, uint64_t num, uint64_t den,
                      struct vt_amount *out)
{
    u128 low = (u128)a.lo * num;
    u128 high = (u128)a.hi * num + (low >> 64);
    uint64_t words[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)};
    uint64_t quotient[3];
    u128 rest = 0;

    for (int i = 2; i >= 0; i--) { /* schoolbook division, a word at a time */
        rest = rest << 64 | words[i];
        quotient[i] = (uint64_t)(rest / den);
        rest %= den;
    }
    if (quotient[2] != 0) {
        return 0;
    }
    out->lo = quotient[0];
    out->hi = quotient[1];
    return 1;
}

static vt_status add_digit(struct vt_amount *value, char digit,
                           struct vt_err *err)
{
    struct vt_amount next;

    if (!vt_amount_mul_u64(*value, 10, &next) ||
        !vt_amount_add(next, vt_amount_u64((uint64_t)(digit - '0')), &next)) {
        return vt_err_set(err, VT_E_INVALID,
                          "amount is too large: at most 2^128 - 1 smallest "
                          "units");
    }
    *value = next;
    return VT_OK;
}

vt_status vt_amount_parse(const char *text, uint32_t decimals,
                          struct vt_amount *out, struct vt_err *err)
{
    struct vt_amount value = {0, 0};
    uint32_t places = 0;
    size_t digits = 0;
    int point = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.' && !point && digits > 0) {
            point = 1;
            continue;
        }
        if (*p < '0' || *p > '9' || ++digits > 39) {
            return vt_err_set(err, VT_E_INVALID,
                              "'%.40s' is not an amount: digits with at most "
                              "one point, as 12.5",
                              text);
        }
        if (point && ++places > decimals) {
            return vt_err_set(err, VT_E_INVALID,
                              "'%.40s' has more than %u decimal places", text,
                              decimals);
        }
        if (add_digit(&value, *p, err) != VT_OK) {
            return VT_E_INVALID;
        }
    }
    if (digits == 0 || (point && places == 0)) {
        return vt_err_set(err, VT_E_INVALID,
                          "'%.40s' is not an amount: digits with at most one "
                          "point, as 12.5",
                          text);
    }
    for (; places < decimals; places++) {
        if (add_digit(&value, '0', err) != VT_OK) {
            return VT_E_INVALID;
        }
    }
    *out = value;
    return VT_OK;
}

void vt_amount_format(struct vt_amount a, uint32_t decimals, char out[64])
{
    char digits[64];
    size_t count = 0;
    size_t len = 0;
    size_t first = 0;
    u128 v = wide(a);

    decimals = decimals > 20 ? 20 : decimals;
    do {
        digits[count++] = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v != 0 || count <= decimals);
    while (first < decimals && digits[first] == '0') {
        first++; /* zeros at the end of the fraction say nothing */
    }
    for (size_t i = count; i-- > first;) {
        out[len++] = digits[i];
        if (i == decimals && i > first) {
            out[len++] = '.';
        }
    }
    out[len] = '\0';
}

void vt_amount_put(struct vt_amount a, uint8_t out[16])
{
    vt_put_u64(out, a.lo);
    vt_put_u64(out + 8, a.hi);
}

struct vt_amount vt_amount_get(const uint8_t in[16])
{
    struct vt_amount a = {vt_get_u64(in), vt_get_u64(in + 8)};
    return a;
}

vt_status vt_buf_put_amount(struct vt_buf *buf, struct vt_amount a)
{
    uint8_t bytes[16];

    vt_amount_put(a, bytes);
    return vt_buf_put(buf, bytes, sizeof bytes);
}

struct vt_amount vt_rd_amount(struct vt_rd *rd)
{
    uint8_t bytes[16] = {0};

    vt_rd_copy(rd, bytes, sizeof bytes);
    return vt_amount_get(bytes);
}
