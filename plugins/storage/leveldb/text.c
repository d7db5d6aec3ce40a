/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - error texts and lines for the log.
 */
#include "ldb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIR_SHOWN 100u

vt_status ldb_fail(struct vt_err *err, vt_status status, const char *fmt, ...)
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

const char *ldb_short(const char *dir)
{
    size_t len = strlen(dir);

    if (len > DIR_SHOWN) {
        dir += len - DIR_SHOWN;
        while ((*dir & 0xc0) == 0x80) { /* not in the middle of a letter */
            dir++;
        }
    }
    return dir;
}

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

vt_status ldb_fail_with(const char *dir, const char *what, char *text,
                        struct vt_err *err)
{
    int damaged = starts_with(text, "Corruption:");
    const char *said = text;
    const char *again = strstr(text, dir);
    vt_status status;

    /* LevelDB names the folder too: once is enough */
    if (again != NULL && strchr(again + strlen(dir), ':') != NULL) {
        said = again + strlen(dir);
        said += *said == '/';
    }
    status = ldb_fail(err, damaged ? VT_E_CORRUPT : VT_E_IO,
                      "%s: cannot %s: %.60s: %s", ldb_short(dir), what, said,
                      damaged ? LDB_CURE
                              : "check owner, mode, space and disk, and that "
                                "no other process has it open");
    leveldb_free(text);
    return status;
}

void ldb_log(const struct vt_db *db, uint32_t level, const char *fmt, ...)
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
