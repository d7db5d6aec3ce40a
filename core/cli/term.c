/* SPDX-License-Identifier: Apache-2.0
 *
 * term.c - colour, width and safety of what goes to a terminal.
 */
#include "cli/term.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static int colour_off;

/* Widths of characters only, on this thread; numbers and messages stay in C. */
static void use_utf8(void)
{
    static locale_t utf8;

    if (utf8 == (locale_t)0) {
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    if (utf8 != (locale_t)0) {
        (void)uselocale(utf8);
    }
}

void vt_term_init(int no_color)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    use_utf8();
    colour_off = no_color || (no != NULL && no[0] != '\0') || term == NULL ||
                 term[0] == '\0' || strcmp(term, "dumb") == 0;
}

int vt_term_has_colour(FILE *stream)
{
    return !colour_off && isatty(fileno(stream)) == 1;
}

const char *vt_term_style(FILE *stream, enum vt_term_style style)
{
    static const char *const escapes[] = {"\x1b[1m", "\x1b[31m", "\x1b[32m",
                                          "\x1b[33m", "\x1b[2m"};

    return vt_term_has_colour(stream) ? escapes[style] : "";
}

const char *vt_term_plain(FILE *stream)
{
    return vt_term_has_colour(stream) ? "\x1b[0m" : "";
}

unsigned vt_term_width(void)
{
    struct winsize size = {0};

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col;
}

/* One character: its bytes, and its columns (-1: a control character). */
static size_t next_char(const char *text, int *columns)
{
    mbstate_t state = {0};
    wchar_t wide = L'\0';
    size_t step = mbrtowc(&wide, text, strlen(text), &state);

    if (step == 0 || step > 8) { /* broken or cut short */
        *columns = -1;
        return 1;
    }
    *columns = wcwidth(wide);
    return step;
}

size_t vt_text_width(const char *text)
{
    size_t width = 0;

    while (*text != '\0') {
        int columns;

        text += next_char(text, &columns);
        width += columns < 0 ? 1 : (size_t)columns;
    }
    return width;
}

const char *vt_text_clean(const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text != '\0') {
        int columns;
        size_t step = next_char(text, &columns);
        size_t need = columns < 0 ? 1 : step;

        if (used + need >= size) {
            break;
        }
        if (columns < 0) {
            out[used] = '?';
        } else {
            memcpy(out + used, text, step);
        }
        used += need;
        text += step;
    }
    out[used] = '\0';
    return out;
}
