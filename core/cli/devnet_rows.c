/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet_rows.c - `section.key = value; ...`, as typed on a command line, for
 * the INIs of the subchains asked for. What they mean, the node says.
 */
#include "cli/devnet.h"

#include "base/status.h"

#include <string.h>

/* The text between from and to without the blanks around it. Returns whether
 * it is there and fits. */
static int take(const char *from, const char *to, char *out, size_t out_size)
{
    size_t len;

    while (from < to && *from == ' ') {
        from++;
    }
    while (to > from && to[-1] == ' ') {
        to--;
    }
    len = (size_t)(to - from);
    if (len == 0 || len >= out_size) {
        return 0;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return 1;
}

/* The key is what follows the last dot: sections have dots of their own. */
static int read_row(const char *at, const char *end, struct vt_devnet_row *row)
{
    const char *eq = memchr(at, '=', (size_t)(end - at));
    const char *dot = eq == NULL ? NULL : memrchr(at, '.', (size_t)(eq - at));

    return dot != NULL && take(at, dot, row->section, sizeof row->section) &&
           take(dot + 1, eq, row->key, sizeof row->key) &&
           take(eq + 1, end, row->value, sizeof row->value);
}

vt_status vt_devnet_read_rows(struct vt_devnet *net, const char *typed,
                              struct vt_err *err)
{
    while (*typed != '\0') {
        size_t len = strcspn(typed, ";\n");

        if (len > strspn(typed, " ")) {
            if (net->row_count == VT_DEVNET_ROWS_MAX ||
                !read_row(typed, typed + len, &net->rows[net->row_count])) {
                return vt_err_set(err, VT_E_INVALID,
                                  "--set '%.*s': give `section.key = value; "
                                  "...`, %u rows at most",
                                  (int)(len < 60 ? len : 60), typed,
                                  VT_DEVNET_ROWS_MAX);
            }
            net->row_count++;
        }
        typed += len + (typed[len] != '\0');
    }
    return VT_OK;
}
