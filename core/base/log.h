/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - one line per event: time, level, subsystem, text, key=value tail.
 *
 * Library code returns errors; only entry points log them. User strings are
 * quoted by vt_log_quote. Levels are those of vt/host.h.
 */
#ifndef VT_BASE_LOG_H
#define VT_BASE_LOG_H

#include <vt/host.h>

#include <stdarg.h>

/* Where finished lines go; default stderr as text. Set once at start. */
typedef void (*vt_log_sink_fn)(void *ctx, uint32_t level, const char *subsystem,
                               const char *line);
void vt_log_set_sink(vt_log_sink_fn fn, void *ctx);
/* "info", or "info,net=debug". Returns VT_OK, VT_E_INVALID. Thread: any. */
vt_status vt_log_set_levels(const char *spec, struct vt_err *err);
/* JSON lines instead of text on stderr. */
void vt_log_set_json(int on);
/* Stamp in the text sink comes from here; NULL = no stamp. */
void vt_log_set_clock(int64_t (*wall_ms)(void));
int vt_log_enabled(const char *subsystem, uint32_t level);
void vt_log(const char *subsystem, uint32_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Printable, quoted, cut at 120 characters; out has 256 bytes. */
const char *vt_log_quote(struct vt_view text, char out[256]);

#endif
