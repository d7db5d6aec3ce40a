/* SPDX-License-Identifier: Apache-2.0
 *
 * option.h - tables of options and their values: one declaration gives
 * parsing, ranges, defaults, help, man page and completion.
 *
 * Core sections and plugins use the same row, struct vt_key of the ABI.
 */
#ifndef VT_CONFIG_OPTION_H
#define VT_CONFIG_OPTION_H

#include <vt/plugin.h>

#include "base/buf.h"
#include "base/hash.h"

/* The parsed values of one table, by index. */
struct vt_options;

/* All defaults; required ones are unset. table's strings live as long as the
 * options. dir is where relative PATH values start (copied). Returns VT_OK,
 * VT_E_NOMEM, VT_E_INVALID when the table itself is wrong (bad type, default
 * outside range, duplicate name): err names the row. */
vt_status vt_options_new(const char *section, struct vt_tab table,
                         const char *dir, struct vt_options **out,
                         struct vt_err *err);
void vt_options_free(struct vt_options *options);

/* Set one by name from INI text. Unknown name: VT_E_NOTFOUND with the nearest
 * name; bad value or out of range: VT_E_INVALID with the allowed range. where
 * ("file:line") opens the text and is remembered. A key set twice is an
 * error that names both places. */
vt_status vt_options_set(struct vt_options *options, const char *name,
                         const char *value, const char *where,
                         struct vt_err *err);
/* All required ones set? The error names the missing key and section. */
vt_status vt_options_check(const struct vt_options *options,
                           struct vt_err *err);

/* Index of a name, or -1. */
int vt_options_index(const struct vt_options *options, const char *name);
int64_t vt_options_i64(const struct vt_options *options, uint32_t index);
uint64_t vt_options_u64(const struct vt_options *options, uint32_t index);
struct vt_view vt_options_bytes(const struct vt_options *options,
                                uint32_t index);
const char *vt_options_text(const struct vt_options *options, uint32_t index);
/* Where it was set, "default" otherwise. */
const char *vt_options_origin(const struct vt_options *options, uint32_t index);

/* The ABI's view of these values; valid while options lives. */
void vt_options_cfg(const struct vt_options *options, struct vt_cfg *out);

/* "section.name=canonical value\n" of each VT_KF_CONSENSUS key, sorted by
 * name, appended to out. Canonical: durations in ns, bytes in bytes, bools 0/1.
 */
vt_status vt_options_consensus(const struct vt_options *options,
                               struct vt_buf *out);

/* Commented INI text of a table: what `vtchain config defaults` prints and the
 * shipped <stem>.ini files are. One form, so a test can compare them:
 *   ; <doc>
 *   ; <type>, <range>, [consensus, ]default <default>
 *   <name> = <default>          (";name =" when required)
 */
vt_status vt_options_print(const char *section, struct vt_tab table,
                           struct vt_buf *out);
/* The same rows as a Markdown table for READMEs:
 *   | option | type | default | range | meaning |
 */
vt_status vt_options_markdown(struct vt_tab table, struct vt_buf *out);

#endif
