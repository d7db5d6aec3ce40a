/* SPDX-License-Identifier: Apache-2.0
 *
 * term.h - what a terminal shows: colour or not, how wide a text is, which
 * bytes must not reach it.
 */
#ifndef VT_CLI_TERM_H
#define VT_CLI_TERM_H

#include <stddef.h>
#include <stdio.h>

enum vt_term_style {
    VT_TERM_BOLD = 0,
    VT_TERM_RED,
    VT_TERM_GREEN,
    VT_TERM_YELLOW,
    VT_TERM_DIM
};

/* At start, on the thread that prints. Colour is on for a stream that is a
 * terminal, unless no_color is set, NO_COLOR is not empty, or TERM is unset or
 * "dumb". */
void vt_term_init(int no_color);
/* May this stream be coloured? 1 or 0. */
int vt_term_has_colour(FILE *stream);
/* The escape that begins a style on this stream, "" when it has no colour. */
const char *vt_term_style(FILE *stream, enum vt_term_style style);
const char *vt_term_plain(FILE *stream);
/* Columns of stderr, 80 when unknown. */
unsigned vt_term_width(void);

/* Columns a UTF-8 text takes; a wide character takes two, bytes that are no
 * UTF-8 take one each. */
size_t vt_text_width(const char *text);
/* Copy for a terminal: control characters and broken UTF-8 become '?', cut at
 * a character border. A node's words must not move the cursor. Returns out. */
const char *vt_text_clean(const char *text, char *out, size_t size);

#endif
