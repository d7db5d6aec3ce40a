/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - widths first, then lines.
 */
#include "cli/table.h"

#include "base/bytes.h"
#include "cli/term.h"

#include <string.h>

#define TABLE_MAX (UINT32_C(16) << 20)
#define CELL_MAX 512u

void vt_table_init(struct vt_table *t, const struct vt_column *columns,
                   size_t column_count)
{
    memset(t, 0, sizeof *t);
    t->columns = columns;
    t->column_count = column_count;
    vt_buf_init(&t->cells, TABLE_MAX);
}

void vt_table_fini(struct vt_table *t)
{
    vt_buf_fini(&t->cells);
}

void vt_table_cell(struct vt_table *t, const char *text)
{
    char clean[CELL_MAX];

    if (text == NULL || text[0] == '\0') {
        text = "-";
    }
    (void)vt_text_clean(text, clean, sizeof clean);
    (void)vt_buf_put(&t->cells, clean, strlen(clean) + 1);
    t->cell_count++;
}

const char *vt_json_shown(const struct vt_json *value, char *out, size_t size)
{
    struct vt_buf printed = VT_BUF_INIT(CELL_MAX);
    const char *text = NULL;
    int flag = 0;

    if (vt_json_is_null(value)) {
        text = "-";
    } else if (vt_json_get_bool(value, "", &flag, NULL) == VT_OK) {
        text = flag ? "yes" : "no";
    } else if (vt_json_get_text(value, "", &text, NULL) != VT_OK) {
        (void)vt_json_print(value, 0, &printed);
        text = vt_buf_text(&printed);
    }
    (void)vt_text_clean(text, out, size);
    vt_buf_fini(&printed);
    return out;
}

void vt_table_row(struct vt_table *t, const struct vt_json *row)
{
    char cell[CELL_MAX];

    for (size_t i = 0; i < t->column_count; i++) {
        vt_table_cell(t, vt_json_shown(vt_json_at(row, t->columns[i].path),
                                       cell, sizeof cell));
    }
}

static void widen(size_t *width, const char *cell)
{
    size_t columns = vt_text_width(cell);

    *width = columns > *width ? columns : *width;
}

static void print_cell(const char *cell, size_t width, int right, int last,
                       FILE *to)
{
    size_t pad = width - vt_text_width(cell);

    if (right) {
        (void)fprintf(to, "%*s%s", (int)pad, "", cell);
    } else {
        (void)fprintf(to, "%s%*s", cell, last ? 0 : (int)pad, "");
    }
    (void)fputs(last ? "\n" : "  ", to);
}

vt_status vt_table_print(const struct vt_table *t, int titles, FILE *to)
{
    size_t width[VT_TABLE_COLUMNS_MAX] = {0};
    const char *cell = (const char *)t->cells.data;

    if (t->cells.failed != VT_OK) {
        return t->cells.failed;
    }
    for (size_t i = 0; titles && i < t->column_count; i++) {
        widen(&width[i], t->columns[i].title);
    }
    for (size_t i = 0; i < t->cell_count; i++, cell += strlen(cell) + 1) {
        widen(&width[i % t->column_count], cell);
    }
    (void)fputs(titles ? vt_term_style(to, VT_TERM_BOLD) : "", to);
    for (size_t i = 0; titles && i < t->column_count; i++) {
        print_cell(t->columns[i].title, width[i], t->columns[i].right,
                   i + 1 == t->column_count, to);
    }
    (void)fputs(titles ? vt_term_plain(to) : "", to);
    cell = (const char *)t->cells.data;
    for (size_t i = 0; i < t->cell_count; i++, cell += strlen(cell) + 1) {
        size_t at = i % t->column_count;

        print_cell(cell, width[at], t->columns[at].right,
                   at + 1 == t->column_count, to);
    }
    return VT_OK;
}

vt_status vt_table_array(const struct vt_json *rows,
                         const struct vt_column *columns, size_t column_count,
                         const char *none, FILE *to)
{
    struct vt_table t;
    vt_status status;

    if (vt_json_count(rows) == 0) {
        (void)fprintf(to, "%s\n", none);
        return VT_OK;
    }
    vt_table_init(&t, columns, column_count);
    for (size_t i = 0; i < vt_json_count(rows); i++) {
        vt_table_row(&t, vt_json_item(rows, i));
    }
    status = vt_table_print(&t, 1, to);
    vt_table_fini(&t);
    return status;
}

vt_status vt_table_fields(const struct vt_json *object,
                          const struct vt_column *fields, size_t count,
                          FILE *to)
{
    static const struct vt_column two[2] = {{"", "", 0}, {"", "", 0}};
    struct vt_table t;
    char value[CELL_MAX];
    vt_status status;

    vt_table_init(&t, two, 2);
    for (size_t i = 0; i < count; i++) {
        const struct vt_json *at = vt_json_at(object, fields[i].path);

        if (at != NULL) {
            vt_table_cell(&t, fields[i].title);
            vt_table_cell(&t, vt_json_shown(at, value, sizeof value));
        }
    }
    status = vt_table_print(&t, 0, to);
    vt_table_fini(&t);
    return status;
}
