/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - numbers with units, ranges, enums, nearest names.
 */
#include "config/value.h"

#include "base/status.h"

#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit byte_units[] = {
    {"", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};

static const struct unit time_units[] = {{"ns", 1},
                                         {"us", 1000},
                                         {"ms", 1000000},
                                         {"s", 1000000000},
                                         {"m", INT64_C(60000000000)},
                                         {"h", INT64_C(3600000000000)},
                                         {"d", INT64_C(86400000000000)}};

const char *vt_value_type_name(uint32_t type)
{
    static const char *const names[] = {"",      "bool",     "int",  "uint",
                                        "bytes", "duration", "enum", "string",
                                        "path",  "hex"};

    return type <= VT_T_HEX ? names[type] : "";
}

size_t vt_value_distance(const char *a, const char *b)
{
    size_t row[64];
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);

    if (len_a > 60 || len_b > 60) {
        return 60;
    }
    for (size_t j = 0; j <= len_b; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= len_a; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[len_b];
}

/* Digits with an optional sign; *end is what follows. */
static int read_int(const char *text, int64_t *out, const char **end)
{
    int negative = *text == '-';
    const char *p = text + negative;
    int64_t value = 0;

    if (*p < '0' || *p > '9') {
        return 0;
    }
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *p - '0', &value)) {
            return 0;
        }
    }
    *out = negative ? -value : value;
    *end = p;
    return 1;
}

static int read_unit(const struct unit *units, size_t count, const char *text,
                     int64_t *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(units[i].name, text) == 0) {
            return !__builtin_mul_overflow(*value, units[i].factor, value);
        }
    }
    return 0;
}

static int read_bool(const char *text, int64_t *out)
{
    static const char *const words[] = {"no",    "yes",  "off", "on",
                                        "false", "true", "0",   "1"};

    for (size_t i = 0; i < 8; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = (int64_t)(i % 2);
            return 1;
        }
    }
    return 0;
}

/* Position of text in "a|b|c". */
static int read_enum(const char *range, const char *text, int64_t *out)
{
    size_t want = strlen(text);
    int64_t position = 0;

    for (const char *p = range; p != NULL; position++) {
        size_t len = strcspn(p, "|");

        if (len == want && memcmp(p, text, len) == 0) {
            *out = position;
            return 1;
        }
        p = p[len] == '|' ? p + len + 1 : NULL;
    }
    return 0;
}

static int read_number(uint32_t type, const char *range, const char *text,
                       int64_t *out)
{
    const char *rest;

    switch (type) {
    case VT_T_BOOL:
        return read_bool(text, out);
    case VT_T_ENUM:
        return range != NULL && read_enum(range, text, out);
    case VT_T_INT:
        return read_int(text, out, &rest) && *rest == '\0';
    case VT_T_UINT:
        return read_int(text, out, &rest) && *rest == '\0' && *out >= 0;
    case VT_T_BYTES:
        return read_int(text, out, &rest) && *out >= 0 &&
               read_unit(byte_units, 4, rest, out);
    case VT_T_DURATION_NS:
        if (!read_int(text, out, &rest) || *out < 0) {
            return 0;
        }
        return (*out == 0 && *rest == '\0') ||
               read_unit(time_units, 7, rest, out);
    default:
        return 0;
    }
}

static const char *form_of(uint32_t type)
{
    switch (type) {
    case VT_T_BOOL:
        return "yes or no";
    case VT_T_INT:
        return "a whole number, as -7";
    case VT_T_UINT:
        return "a whole number, as 42";
    case VT_T_BYTES:
        return "a size, as 512KiB or 64MiB";
    case VT_T_DURATION_NS:
        return "a time with its unit, as 250ms or 5s";
    default:
        return "one of the allowed words";
    }
}

vt_status vt_value_number(uint32_t type, const char *range, const char *text,
                          int64_t *out, struct vt_err *err)
{
    if (!read_number(type, range, text, out)) {
        if (type == VT_T_ENUM) {
            return vt_err_set(err, VT_E_INVALID, "'%.60s' is not one of %s",
                              text, range);
        }
        return vt_err_set(err, VT_E_INVALID, "'%.60s' is not %s", text,
                          form_of(type));
    }
    return vt_value_check_range(type, range, *out, text, err);
}

vt_status vt_value_check_range(uint32_t type, const char *range, int64_t number,
                               const char *text, struct vt_err *err)
{
    const char *dots = range == NULL ? NULL : strstr(range, "..");
    char low_text[32];
    int64_t low;
    int64_t high;

    if (dots == NULL || type == VT_T_ENUM || type == VT_T_BOOL) {
        return VT_OK;
    }
    if ((size_t)(dots - range) >= sizeof low_text) {
        return vt_err_set(err, VT_E_INVALID, "bad range %s", range);
    }
    memcpy(low_text, range, (size_t)(dots - range));
    low_text[dots - range] = '\0';
    if (!read_number(type, NULL, low_text, &low) ||
        !read_number(type, NULL, dots + 2, &high)) {
        return vt_err_set(err, VT_E_INVALID, "bad range %s", range);
    }
    if (number < low) {
        return vt_err_set(err, VT_E_INVALID, "%.60s is below %s (allowed: %s)",
                          text, low_text, range);
    }
    if (number > high) {
        return vt_err_set(err, VT_E_INVALID, "%.60s is above %s (allowed: %s)",
                          text, dots + 2, range);
    }
    return VT_OK;
}
