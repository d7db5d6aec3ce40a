/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet_ini.c - copies an example INI line by line, comments and all, with
 * some values replaced and some sections left out.
 */
#include "cli/devnet.h"

#include "base/bytes.h"

#include <string.h>

#define INI_MAX 65536u
#define NAME_MAX_BYTES 64u

/* Name of the section a line opens, or 0. */
static int opens_section(const char *line, size_t len, char out[NAME_MAX_BYTES])
{
    const char *end = len > 2 ? memchr(line, ']', len) : NULL;
    size_t n;

    if (len < 3 || line[0] != '[' || end == NULL) {
        return 0;
    }
    n = (size_t)(end - line - 1);
    if (n >= NAME_MAX_BYTES) {
        return 0;
    }
    memcpy(out, line + 1, n);
    out[n] = '\0';
    return 1;
}

/* Length of the key a line sets, 0 when it sets none. */
static size_t key_length(const char *line, size_t len)
{
    const char *eq = memchr(line, '=', len);
    size_t n = eq == NULL ? 0 : (size_t)(eq - line);

    if (len == 0 || line[0] == ';') {
        return 0;
    }
    while (n > 0 && line[n - 1] == ' ') {
        n--;
    }
    return n;
}

static struct vt_devnet_change *find_change(struct vt_devnet_change *changes,
                                            size_t count, const char *section,
                                            const char *key, size_t key_len)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(changes[i].section, section) == 0 &&
            strlen(changes[i].key) == key_len &&
            memcmp(changes[i].key, key, key_len) == 0) {
            return &changes[i];
        }
    }
    return NULL;
}

static int is_dropped(const char *const *drop, const char *section)
{
    while (*drop != NULL && strcmp(*drop, section) != 0) {
        drop++;
    }
    return *drop != NULL;
}

vt_status vt_devnet_ini(const char *text, struct vt_devnet_change *changes,
                        size_t count, const char *const *drop,
                        struct vt_buf *out)
{
    char section[NAME_MAX_BYTES] = "";
    int skip = 0;

    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
        struct vt_devnet_change *change;
        size_t key_len;

        if (opens_section(text, len, section)) {
            skip = is_dropped(drop, section);
        }
        key_len = key_length(text, len);
        change = key_len == 0
                     ? NULL
                     : find_change(changes, count, section, text, key_len);
        if (!skip && change != NULL) {
            change->used = 1;
            (void)vt_buf_printf(out, "%s = %s\n", change->key, change->value);
        } else if (!skip) {
            (void)vt_buf_put(out, text, len);
            (void)vt_buf_put_u8(out, '\n');
        }
        text += len + (end != NULL);
    }
    return out->failed;
}
