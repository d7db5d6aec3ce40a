/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - error texts, names of files, lines for the log, order of keys.
 */
#include "segment.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATH_SHOWN 100u

vt_status seg_fail(struct vt_err *err, vt_status status, const char *fmt, ...)
{
    va_list args;

    if (err != NULL) {
        err->code = status;
        va_start(args, fmt);
        (void)vsnprintf(err->text, sizeof err->text, fmt, args);
        va_end(args);
    }
    return status;
}

const char *seg_path(const struct vt_db *db, const char *name, char out[128])
{
    size_t len = strlen(db->dir);
    const char *tail = db->dir;

    if (len > PATH_SHOWN) {
        tail += len - PATH_SHOWN;
        while ((*tail & 0xc0) == 0x80) { /* not in the middle of a letter */
            tail++;
        }
    }
    (void)snprintf(out, 128, "%s%s%s%.20s", tail == db->dir ? "" : "...", tail,
                   name[0] == '\0' ? "" : "/", name);
    return out;
}

const char *seg_name(uint64_t id, const char *suffix, char out[SEG_NAME_LEN])
{
    (void)snprintf(out, SEG_NAME_LEN, "%016" PRIx64 ".%s", id, suffix);
    return out;
}

vt_status seg_corrupt(const struct vt_db *db, uint64_t id, uint64_t off,
                      const char *what, struct vt_err *err)
{
    char name[SEG_NAME_LEN];
    char path[128];

    return seg_fail(err, VT_E_CORRUPT,
                    "%s: damaged at offset %llu: %s: " SEG_CURE,
                    seg_path(db, seg_name(id, "seg", name), path),
                    (unsigned long long)off, what);
}

void seg_log(const struct vt_db *db, uint32_t level, const char *fmt, ...)
{
    char line[512];
    va_list args;
    int len;

    if (db->log == NULL || !db->log->enabled(db->host, level)) {
        return;
    }
    va_start(args, fmt);
    len = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (len > 0) {
        db->log->put(db->host, level, line,
                     (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
    }
}

int seg_key_cmp(struct seg_key a, struct seg_key b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order;

    if (a.space != b.space) {
        return a.space < b.space ? -1 : 1;
    }
    order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}
