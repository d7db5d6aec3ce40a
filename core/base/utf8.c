/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.c - well-formed characters, and those that are fit for a line of text.
 * Part of what a chain accepts: it must say the same on every machine, so it
 * asks no locale and no table of the system.
 */
#include "base/utf8.h"

size_t vt_utf8_len(const uint8_t *p, size_t left)
{
    size_t len;
    uint8_t low = 0x80; /* of the second byte; narrower for four first bytes */
    uint8_t high = 0xbf;

    if (left == 0) {
        return 0;
    }
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }
    len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : low;
    high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : high;
    if (len > left || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return len;
}

static int is_plain(const uint8_t *p, size_t len)
{
    if (len == 1) {
        return p[0] >= 0x20 && p[0] != 0x7f;
    }
    if (len == 2) {
        return p[0] != 0xc2 || p[1] >= 0xa0;
    }
    if (len == 3 && p[0] == 0xe2) {
        return !(p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) &&
               !(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
    }
    return 1;
}

int vt_utf8_is_plain(struct vt_view text)
{
    size_t i = 0;

    while (i < text.len) {
        size_t len = vt_utf8_len(text.ptr + i, text.len - i);

        if (len == 0 || !is_plain(text.ptr + i, len)) {
            return 0;
        }
        i += len;
    }
    return 1;
}
