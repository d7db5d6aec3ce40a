/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - one short line of text without printf: an engine may import only
 * mem*, str* and the malloc family.
 */
#ifndef VT_CONSENSUS_COMMON_TEXT_H
#define VT_CONSENSUS_COMMON_TEXT_H

#include <vt/types.h>

#include <string.h>

struct cs_text {
    char text[200]; /* always NUL-terminated, cut when too long */
    size_t len;
};

static inline void cs_text_start(struct cs_text *t)
{
    t->len = 0;
    t->text[0] = '\0';
}

static inline void cs_text_str(struct cs_text *t, const char *s)
{
    size_t n = strlen(s);
    size_t room = sizeof t->text - 1 - t->len;

    n = n < room ? n : room;
    memcpy(t->text + t->len, s, n);
    t->len += n;
    t->text[t->len] = '\0';
}

static inline void cs_text_u64(struct cs_text *t, uint64_t v)
{
    char digits[21];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    cs_text_str(t, digits + at);
}

/* " name=123" */
static inline void cs_text_num(struct cs_text *t, const char *name, uint64_t v)
{
    cs_text_str(t, " ");
    cs_text_str(t, name);
    cs_text_str(t, "=");
    cs_text_u64(t, v);
}

/* The first four bytes of an id, in hex. */
static inline void cs_text_id(struct cs_text *t, const uint8_t id[32])
{
    static const char hex[] = "0123456789abcdef";
    char out[9];

    for (size_t i = 0; i < 4; i++) {
        out[2 * i] = hex[id[i] >> 4];
        out[2 * i + 1] = hex[id[i] & 15];
    }
    out[8] = '\0';
    cs_text_str(t, out);
}

#endif
