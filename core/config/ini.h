/* SPDX-License-Identifier: Apache-2.0
 *
 * ini.h - reads one INI file into (section, key, value, line) rows.
 *
 * The only door to libinih. Lines are fed by our own reader: a line of more
 * than 199 bytes, a NUL byte or text that is not UTF-8 is refused with its
 * number (the library would split long lines silently). Refuses files over
 * 1 MiB and keys outside a section.
 */
#ifndef VT_CONFIG_INI_H
#define VT_CONFIG_INI_H

#include <vt/types.h>

/* Returns VT_OK to go on; anything else stops the parse and is returned. */
typedef vt_status (*vt_ini_row_fn)(void *ctx, const char *section,
                                   const char *key, const char *value,
                                   const char *where, struct vt_err *err);

/* where handed to the row function is "path:line". Returns VT_OK; VT_E_IO;
 * VT_E_INVALID with "path:line: reason". */
vt_status vt_ini_read(const char *path, vt_ini_row_fn fn, void *ctx,
                      struct vt_err *err);
/* The same from memory; name stands for the path. */
vt_status vt_ini_read_text(const char *name, const char *text, size_t len,
                           vt_ini_row_fn fn, void *ctx, struct vt_err *err);

#endif
