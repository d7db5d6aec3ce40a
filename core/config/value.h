/* SPDX-License-Identifier: Apache-2.0
 *
 * value.h - one option's text to a number or bytes, and its range; for
 * core/config and, of words alone, the command line.
 */
#ifndef VT_CONFIG_VALUE_H
#define VT_CONFIG_VALUE_H

#include <vt/plugin.h>

/* Numbers as their unit's smallest step; enum values as their position. */
vt_status vt_value_number(uint32_t type, const char *range, const char *text,
                          int64_t *out, struct vt_err *err);
/* Is number inside "low..high" of range (NULL: always)? err names the range. */
vt_status vt_value_check_range(uint32_t type, const char *range, int64_t number,
                               const char *text, struct vt_err *err);
/* "int", "duration" ... */
const char *vt_value_type_name(uint32_t type);
/* Edit distance, for suggestions. */
size_t vt_value_distance(const char *a, const char *b);

#endif
