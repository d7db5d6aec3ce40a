/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - the one error type that crosses the plugin border.
 *
 * A status says whether a call could be carried out. It is never the answer
 * to a question about foreign data: "signature bad" and "block invalid" are
 * verdicts (uint32_t), equal on all nodes; "out of memory" is a status,
 * differs per node and must never reach a block.
 */
#ifndef VT_STATUS_H
#define VT_STATUS_H

#include <vt/abi.h>

VT_BEGIN_DECLS

/* 0 done, negative failed, positive reserved. A negative code that the host
 * does not know counts as VT_E_INTERNAL. */
typedef int32_t vt_status;

/* X(name, value, English). Codes are only ever appended. */
#define VT_STATUS_CODES(X)                                                     \
    X(VT_OK, 0, "ok")                                                          \
    X(VT_E_INVALID, -1, "invalid argument")                                    \
    X(VT_E_NOMEM, -2, "out of memory")                                         \
    X(VT_E_UNSUPPORTED, -3, "not supported")                                   \
    X(VT_E_LIMIT, -4, "limit reached")                                         \
    X(VT_E_STATE, -5, "not possible now")                                      \
    X(VT_E_IO, -6, "input/output error")                                       \
    X(VT_E_CORRUPT, -7, "data is corrupt")                                     \
    X(VT_E_DENIED, -8, "not permitted")                                        \
    X(VT_E_NOTFOUND, -9, "not found")                                          \
    X(VT_E_INTERNAL, -99, "internal error")

#define VT_STATUS_ENUM_(name, value, text) name = value,
enum vt_status_code { VT_STATUS_CODES(VT_STATUS_ENUM_) };
#undef VT_STATUS_ENUM_

/* Error text, allocated by the caller, filled by the deepest place that knows
 * the reason. One line of UTF-8 that says what to do: "members: 3 given, at
 * least 4 needed (n = 3f+1)". Truncated on a character border. */
struct vt_err {
    uint32_t size;
    vt_status code;
    char text[248]; /* NUL-terminated */
};
VT_STATIC_ASSERT(sizeof(struct vt_err) == 256, "vt_err layout");

/* Answers to questions about foreign data. */
enum vt_verdict { VT_BAD = 0, VT_GOOD = 1, VT_LATER = 2 };

VT_END_DECLS
#endif
