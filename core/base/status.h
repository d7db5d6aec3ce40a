/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - names and text of status codes; filling struct vt_err.
 */
#ifndef VT_BASE_STATUS_H
#define VT_BASE_STATUS_H

#include <vt/status.h>

#include <stdarg.h>

/* "VT_E_IO", "input/output error". Unknown codes give those of
 * VT_E_INTERNAL. Returns a static string. */
const char *vt_status_name(vt_status status);
const char *vt_status_text(vt_status status);

/* Fill err (may be NULL) and Return `status`, so that a failing function can
 * say `return vt_err_set(err, VT_E_IO, "%s: %s", path, why)`. The text is cut
 * on a UTF-8 border. */
vt_status vt_err_set(struct vt_err *err, vt_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "<text>: " before what is there; once per layer. Returns err->code. */
vt_status vt_err_wrap(struct vt_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* An empty one: `struct vt_err err = VT_ERR_INIT;` */
#define VT_ERR_INIT                                                            \
    {                                                                          \
        .size = sizeof(struct vt_err), .code = VT_OK, .text = ""               \
    }

#endif
