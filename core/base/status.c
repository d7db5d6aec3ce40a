/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - codes as text, and error text cut where UTF-8 allows.
 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

const char *vt_status_name(vt_status status)
{
#define NAME_CASE(name, value, text)                                           \
    case value:                                                                \
        return #name;
    switch (status) {
        VT_STATUS_CODES(NAME_CASE)
    default: /* codes of a newer plugin */
        return "VT_E_INTERNAL";
    }
#undef NAME_CASE
}

const char *vt_status_text(vt_status status)
{
#define TEXT_CASE(name, value, text)                                           \
    case value:                                                                \
        return text;
    switch (status) {
        VT_STATUS_CODES(TEXT_CASE)
    default:
        return "internal error";
    }
#undef TEXT_CASE
}

/* A cut text must not end inside a character. */
static void trim_utf8(char *text, size_t room, int wanted)
{
    size_t len = room - 1;

    if (wanted < 0 || (size_t)wanted < room) {
        return;
    }
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80) {
        len--;
    }
    if (len > 0 && (unsigned char)text[len - 1] >= 0xc0) {
        len--;
    }
    text[len] = '\0';
}

vt_status vt_err_set(struct vt_err *err, vt_status status, const char *fmt, ...)
{
    va_list args;
    int wanted;

    if (err == NULL) {
        return status;
    }
    err->size = (uint32_t)sizeof *err;
    err->code = status;
    va_start(args, fmt);
    wanted = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    trim_utf8(err->text, sizeof err->text, wanted);
    return status;
}

vt_status vt_err_wrap(struct vt_err *err, const char *fmt, ...)
{
    char old[sizeof err->text];
    char head[sizeof err->text];
    va_list args;
    int wanted;

    if (err == NULL) {
        return VT_E_INTERNAL;
    }
    memcpy(old, err->text, sizeof old);
    va_start(args, fmt);
    (void)vsnprintf(head, sizeof head, fmt, args);
    va_end(args);
    wanted = snprintf(err->text, sizeof err->text, "%s: %s", head, old);
    trim_utf8(err->text, sizeof err->text, wanted);
    return err->code;
}
