/* SPDX-License-Identifier: Apache-2.0
 *
 * bech32.c - Bech32m as BIP350 specifies it, for whole bytes and a known
 * prefix. Constants and vectors are those of BIP173 and BIP350.
 */
#include "base/bech32.h"

#include "base/status.h"

#include <string.h>

#define HRP_MAX 8u
#define BYTES_MAX 40u
#define CHECKSUM_LEN 6u
#define BECH32M_CONST 0x2bc830a3u

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t polymod_step(uint32_t value)
{
    static const uint32_t generator[5] = {0x3b6a57b2u, 0x26508e6du, 0x1ea119fau,
                                          0x3d4233ddu, 0x2a1462b3u};
    uint32_t top = value >> 25;
    uint32_t next = (value & 0x1ffffffu) << 5;

    for (unsigned i = 0; i < 5; i++) {
        if ((top >> i & 1u) != 0) {
            next ^= generator[i];
        }
    }
    return next;
}

static uint32_t polymod(const char *hrp, const uint8_t *values, size_t count)
{
    uint32_t chk = 1;

    for (const char *p = hrp; *p != '\0'; p++) {
        chk = polymod_step(chk) ^ ((uint32_t)(uint8_t)*p >> 5);
    }
    chk = polymod_step(chk);
    for (const char *p = hrp; *p != '\0'; p++) {
        chk = polymod_step(chk) ^ ((uint8_t)*p & 31u);
    }
    for (size_t i = 0; i < count; i++) {
        chk = polymod_step(chk) ^ values[i];
    }
    return chk;
}

/* Bytes to groups of five bits, padded with zeros. */
static size_t to_groups(const uint8_t *bytes, size_t len, uint8_t *out)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        acc = (acc << 8 | bytes[i]) & 0xfffu;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out[count++] = (uint8_t)(acc >> bits & 31u);
        }
    }
    if (bits > 0) {
        out[count++] = (uint8_t)(acc << (5 - bits) & 31u);
    }
    return count;
}

vt_status vt_bech32m_encode(const char *hrp, const void *bytes, size_t len,
                            char out[VT_BECH32_TEXT_MAX])
{
    uint8_t values[BYTES_MAX * 8 / 5 + 1 + CHECKSUM_LEN] = {0};
    size_t hrp_len = strlen(hrp);
    size_t count;
    uint32_t chk;

    if (hrp_len < 1 || hrp_len > HRP_MAX || len < 1 || len > BYTES_MAX) {
        return VT_E_LIMIT;
    }
    count = to_groups(bytes, len, values);
    chk = polymod(hrp, values, count + CHECKSUM_LEN) ^ BECH32M_CONST;
    for (unsigned i = 0; i < CHECKSUM_LEN; i++) {
        values[count + i] = (uint8_t)(chk >> 5 * (5 - i) & 31u);
    }
    memcpy(out, hrp, hrp_len);
    out[hrp_len] = '1';
    for (size_t i = 0; i < count + CHECKSUM_LEN; i++) {
        out[hrp_len + 1 + i] = charset[values[i]];
    }
    out[hrp_len + 1 + count + CHECKSUM_LEN] = '\0';
    return VT_OK;
}

/* The character as a small letter; 0 when its case is not that of the text. */
static char small(char c, int upper)
{
    if (c >= 'A' && c <= 'Z') {
        return upper ? (char)(c - 'A' + 'a') : '\0';
    }
    return upper && c >= 'a' && c <= 'z' ? '\0' : c;
}

static vt_status read_values(const char *text, size_t at, size_t count,
                             int upper, uint8_t *values, struct vt_err *err)
{
    for (size_t i = 0; i < count; i++) {
        char c = small(text[at + i], upper);
        const char *found;

        if (c == '\0') {
            return vt_err_set(err, VT_E_INVALID,
                              "upper and lower case are mixed at position %zu",
                              at + i + 1);
        }
        found = strchr(charset, c);
        if (found == NULL) {
            return vt_err_set(err, VT_E_INVALID,
                              "character %zu is not one of %s", at + i + 1,
                              charset);
        }
        values[i] = (uint8_t)(found - charset);
    }
    return VT_OK;
}

static vt_status from_groups(const uint8_t *values, size_t count, uint8_t *out,
                             size_t len, struct vt_err *err)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        acc = (acc << 5 | values[i]) & 0xfffu;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[used++] = (uint8_t)(acc >> bits);
        }
    }
    if (used != len || bits >= 5 || (acc & ((1u << bits) - 1u)) != 0) {
        return vt_err_set(err, VT_E_INVALID, "padding is not zero");
    }
    return VT_OK;
}

vt_status vt_bech32m_decode(const char *hrp, const char *text, void *out,
                            size_t len, struct vt_err *err)
{
    uint8_t values[BYTES_MAX * 8 / 5 + 1 + CHECKSUM_LEN];
    uint8_t bytes[BYTES_MAX];
    size_t hrp_len = strlen(hrp);
    size_t count = (len * 8 + 4) / 5;
    int upper = text[0] >= 'A' && text[0] <= 'Z';

    if (hrp_len < 1 || hrp_len > HRP_MAX || len < 1 || len > BYTES_MAX) {
        return vt_err_set(err, VT_E_LIMIT, "prefix or length out of range");
    }
    for (size_t i = 0; i <= hrp_len; i++) {
        char want = i < hrp_len ? hrp[i] : '1';

        if (small(text[i], upper) != want) {
            return vt_err_set(err, VT_E_INVALID, "must start with '%s1'", hrp);
        }
    }
    if (strlen(text) != hrp_len + 1 + count + CHECKSUM_LEN) {
        return vt_err_set(err, VT_E_INVALID,
                          "has %zu characters, %zu are needed", strlen(text),
                          hrp_len + 1 + count + CHECKSUM_LEN);
    }
    if (read_values(text, hrp_len + 1, count + CHECKSUM_LEN, upper, values,
                    err) != VT_OK) {
        return VT_E_INVALID;
    }
    if (polymod(hrp, values, count + CHECKSUM_LEN) != BECH32M_CONST) {
        return vt_err_set(err, VT_E_INVALID,
                          "checksum does not fit: a character is wrong");
    }
    if (from_groups(values, count, bytes, len, err) != VT_OK) {
        return VT_E_INVALID;
    }
    memcpy(out, bytes, len);
    return VT_OK;
}
