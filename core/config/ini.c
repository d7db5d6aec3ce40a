/* SPDX-License-Identifier: Apache-2.0
 *
 * ini.c - feeds libinih line by line. The distribution's library cuts a line
 * longer than its 200-byte buffer in two without telling, so our reader stops
 * at such a line; and it has no line numbers in its handler, so we count.
 */
#include "config/ini.h"

#include "base/alloc.h"
#include "base/status.h"
#include "base/utf8.h"

#include <ini.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 1048576u
#define LINE_BYTES_MAX 199u

struct feed {
    const char *name;
    const char *text;
    size_t len, at;
    unsigned line;
    vt_ini_row_fn fn;
    void *ctx;
    struct vt_err *err;
    vt_status status;
};

static const char *line_problem(const char *line, size_t len)
{
    size_t i = 0;

    if (len > LINE_BYTES_MAX) {
        return "line is longer than 199 bytes, put it on several lines";
    }
    while (i < len) {
        size_t step = vt_utf8_len((const uint8_t *)line + i, len - i);

        if (step == 0) {
            return "text is not UTF-8";
        }
        if (line[i] == '\0') {
            return "line holds a NUL byte";
        }
        i += step;
    }
    return NULL;
}

/* libinih's reader: like fgets. */
static char *next_line(char *out, int room, void *stream)
{
    struct feed *feed = stream;
    const char *start = feed->text + feed->at;
    size_t left = feed->len - feed->at;
    const char *end;
    size_t len;
    const char *problem;

    if (left == 0 || feed->status != VT_OK) {
        return NULL;
    }
    end = memchr(start, '\n', left);
    len = end == NULL ? left : (size_t)(end - start);
    feed->at += len + (end != NULL);
    feed->line++;
    if (len > 0 && start[len - 1] == '\r') {
        len--;
    }
    problem = line_problem(start, len);
    if (problem == NULL && len + 2 > (size_t)room) {
        problem = "line is too long";
    }
    if (problem != NULL) {
        feed->status = vt_err_set(feed->err, VT_E_INVALID, "%s:%u: %s",
                                  feed->name, feed->line, problem);
        return NULL;
    }
    memcpy(out, start, len);
    out[len] = '\n';
    out[len + 1] = '\0';
    return out;
}

static int on_row(void *user, const char *section, const char *key,
                  const char *value)
{
    struct feed *feed = user;
    char where[600];

    (void)snprintf(where, sizeof where, "%s:%u", feed->name, feed->line);
    if (section[0] == '\0') {
        feed->status =
            vt_err_set(feed->err, VT_E_INVALID,
                       "%s: '%.60s' stands before any [section]", where, key);
    } else {
        feed->status = feed->fn(feed->ctx, section, key,
                                value == NULL ? "" : value, where, feed->err);
    }
    return feed->status == VT_OK;
}

vt_status vt_ini_read_text(const char *name, const char *text, size_t len,
                           vt_ini_row_fn fn, void *ctx, struct vt_err *err)
{
    struct feed feed = {.name = name,
                        .text = text,
                        .len = len,
                        .fn = fn,
                        .ctx = ctx,
                        .err = err,
                        .status = VT_OK};
    int line;

    if (len > FILE_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: larger than 1 MiB", name);
    }
    line = ini_parse_stream(next_line, &feed, on_row, &feed);
    if (feed.status == VT_OK && line != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s:%d: neither [section], key = value nor comment",
                          name, line > 0 ? line : 0);
    }
    return feed.status;
}

static char *read_file(FILE *file, size_t *len)
{
    char *text = vt_alloc(FILE_MAX + 2u);

    if (text != NULL) {
        *len = fread(text, 1, FILE_MAX + 1u, file);
    }
    return text;
}

vt_status vt_ini_read(const char *path, vt_ini_row_fn fn, void *ctx,
                      struct vt_err *err)
{
    FILE *file = fopen(path, "re");
    size_t len = 0;
    char *text;
    vt_status status;

    if (file == NULL) {
        return vt_err_set(err, VT_E_IO, "%s: cannot be read: %s", path,
                          strerror(errno));
    }
    text = read_file(file, &len);
    if (text == NULL) {
        status = vt_err_set(err, VT_E_NOMEM, "%s: out of memory", path);
    } else if (ferror(file) != 0) {
        status = vt_err_set(err, VT_E_IO, "%s: cannot be read", path);
    } else {
        status = vt_ini_read_text(path, text, len, fn, ctx, err);
    }
    vt_free(text);
    (void)fclose(file);
    return status;
}
