/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - aligned columns for people, filled cell by cell or from JSON.
 */
#ifndef VT_CLI_TABLE_H
#define VT_CLI_TABLE_H

#include "api/json.h"

#include <stdio.h>

#define VT_TABLE_COLUMNS_MAX 12u

/* path: where the cell is in a JSON row. right: numbers end at the right. */
struct vt_column {
    const char *title;
    const char *path;
    int right;
};

struct vt_table {
    const struct vt_column *columns;
    size_t column_count;
    struct vt_buf cells; /* one after the other, a NUL behind each */
    size_t cell_count;
};

void vt_table_init(struct vt_table *table, const struct vt_column *columns,
                   size_t column_count);
void vt_table_fini(struct vt_table *table);
/* Next cell, left to right, row by row; cleaned for a terminal. NULL or "" is
 * shown as "-". */
void vt_table_cell(struct vt_table *table, const char *text);
/* One row from a JSON object. */
void vt_table_row(struct vt_table *table, const struct vt_json *row);
/* With a heading when titles is set. Returns VT_OK, VT_E_NOMEM. */
vt_status vt_table_print(const struct vt_table *table, int titles, FILE *to);

/* A JSON value as people read it: yes, 12, text; "-" for null or nothing. */
const char *vt_json_shown(const struct vt_json *value, char *out, size_t size);

/* All rows of an array as one table; an array without rows prints `none`. */
vt_status vt_table_array(const struct vt_json *rows,
                         const struct vt_column *columns, size_t column_count,
                         const char *none, FILE *to);
/* The fields of one object, a line each: title, value. Fields that are not
 * there are left out. */
vt_status vt_table_fields(const struct vt_json *object,
                          const struct vt_column *fields, size_t count,
                          FILE *to);

#endif
