/* SPDX-License-Identifier: Apache-2.0
 *
 * option_print.c - the same table as INI text and as Markdown.
 */
#include "config/option.h"

#include "config/value.h"

#include <string.h>

vt_status vt_options_print(const char *section, struct vt_tab table,
                           struct vt_buf *out)
{
    (void)vt_buf_printf(out, "[%s]\n", section);
    for (uint32_t i = 0; i < table.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, table, i);
        int required = (key->flags & VT_KF_REQUIRED) != 0;

        (void)vt_buf_printf(out, "\n; %s\n; %s", key->doc,
                            vt_value_type_name(key->type));
        if (key->range != NULL) {
            (void)vt_buf_printf(out, ", %s", key->range);
        }
        if ((key->flags & VT_KF_CONSENSUS) != 0) {
            (void)vt_buf_printf(out, ", equal on all nodes");
        }
        if (required) {
            (void)vt_buf_printf(out, ", required\n;%s =\n", key->name);
        } else {
            (void)vt_buf_printf(out, "\n%s =%s%s\n", key->name,
                                key->defval[0] == '\0' ? "" : " ", key->defval);
        }
    }
    return out->failed;
}

/* A bar ends a Markdown cell. */
static void put_cell(struct vt_buf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '|') {
            (void)vt_buf_put_u8(out, '\\');
        }
        (void)vt_buf_put(out, p, 1);
    }
}

vt_status vt_options_markdown(struct vt_tab table, struct vt_buf *out)
{
    (void)vt_buf_printf(out, "| option | type | default | range | meaning |\n"
                             "|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < table.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, table, i);

        (void)vt_buf_printf(out, "| `%s` | %s | %s | ", key->name,
                            vt_value_type_name(key->type),
                            key->defval == NULL ? "required" : key->defval);
        put_cell(out, key->range == NULL ? "" : key->range);
        (void)vt_buf_printf(
            out, " | %s%s |\n", key->doc,
            (key->flags & VT_KF_CONSENSUS) != 0 ? " Equal on all nodes." : "");
    }
    return out->failed;
}
