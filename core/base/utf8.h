/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.h - is foreign text well-formed, and may it be shown to people?
 */
#ifndef VT_BASE_UTF8_H
#define VT_BASE_UTF8_H

#include <vt/types.h>

/* Bytes of the character at p, 1..4, of which `left` are readable; 0 when it
 * is not well-formed as RFC 3629 says: overlong, a surrogate, above U+10FFFF,
 * cut short. Thread: any. */
size_t vt_utf8_len(const uint8_t *p, size_t left);

/* Returns 1 when text is well-formed and each character may stand in a line
 * shown to people: no control character (U+0000..001F, U+007F..009F), no line
 * or paragraph separator (U+2028, U+2029), nothing that changes the direction
 * of what follows (U+202A..202E, U+2066..2069). Empty text is plain.
 * Thread: any. */
int vt_utf8_is_plain(struct vt_view text);

#endif
