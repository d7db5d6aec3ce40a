/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - the only door to jansson: making, printing, reading JSON.
 *
 * Values are immutable once made. Amounts, hashes and raw bytes are text, see
 * README.md. Thread: any, one value or maker by one thread at a time.
 */
#ifndef VT_API_JSON_H
#define VT_API_JSON_H

#include "base/amount.h"
#include "base/buf.h"
#include "base/hash.h"

#define VT_JSON_DEPTH_MAX 32u

struct vt_json;

/* ---- making -------------------------------------------------------------- */

/* Grows one value from its root; a failure stays, so that a chain of puts
 * needs one check at its end. Within an array every key is NULL. */
struct vt_json_maker {
    struct vt_json *open[VT_JSON_DEPTH_MAX]; /* open[0] is the root */
    size_t depth;
    vt_status failed;
};

/* Opens the root, an object. */
void vt_json_begin(struct vt_json_maker *m);
/* Opens the root, an array. */
void vt_json_begin_array(struct vt_json_maker *m);
void vt_json_open_object(struct vt_json_maker *m, const char *key);
void vt_json_open_array(struct vt_json_maker *m, const char *key);
void vt_json_close(struct vt_json_maker *m);
/* Text that is not UTF-8 or NULL is a failure. */
void vt_json_put_text(struct vt_json_maker *m, const char *key,
                      const char *text);
void vt_json_put_view(struct vt_json_maker *m, const char *key,
                      struct vt_view text);
/* Numbers above 2^53 are a failure: readers would lose digits. */
void vt_json_put_u64(struct vt_json_maker *m, const char *key, uint64_t v);
void vt_json_put_i64(struct vt_json_maker *m, const char *key, int64_t v);
void vt_json_put_real(struct vt_json_maker *m, const char *key, double v);
void vt_json_put_bool(struct vt_json_maker *m, const char *key, int v);
void vt_json_put_null(struct vt_json_maker *m, const char *key);
void vt_json_put_hash(struct vt_json_maker *m, const char *key,
                      const struct vt_hash *hash);
void vt_json_put_hex(struct vt_json_maker *m, const char *key,
                     struct vt_view bytes);
/* Whole units with `decimals` places, as text. */
void vt_json_put_amount(struct vt_json_maker *m, const char *key,
                        struct vt_amount amount, uint32_t decimals);
/* A finished value, shared: the caller keeps and frees its own hold. */
void vt_json_put(struct vt_json_maker *m, const char *key,
                 const struct vt_json *value);
/* Ends the making. Returns VT_OK and *out (vt_json_free it); VT_E_NOMEM,
 * VT_E_LIMIT (depth, number), VT_E_INVALID (text), with all freed. */
vt_status vt_json_end(struct vt_json_maker *m, struct vt_json **out);

/* One more hold on a value, also on a part of another, which may then go.
 * vt_json_free it; NULL gives NULL. */
struct vt_json *vt_json_hold(const struct vt_json *json);
/* Drops one hold; NULL is fine. */
void vt_json_free(struct vt_json *json);

/* One line, or indented by two; appended to out. Keys keep their order.
 * Returns VT_OK, VT_E_NOMEM, VT_E_LIMIT. */
vt_status vt_json_print(const struct vt_json *json, int indented,
                        struct vt_buf *out);

/* ---- reading ------------------------------------------------------------- */

/* Strict: an object or array and nothing after it, UTF-8, no key twice, at
 * most VT_JSON_DEPTH_MAX levels and max_bytes bytes. Returns VT_OK and *out;
 * VT_E_INVALID with line and column; VT_E_LIMIT; VT_E_NOMEM. */
vt_status vt_json_parse(struct vt_view text, size_t max_bytes,
                        struct vt_json **out, struct vt_err *err);

/* The value at a path such as "chains[0].name" below json ("" is json itself),
 * NULL when there is none. Borrowed from json. */
const struct vt_json *vt_json_at(const struct vt_json *json, const char *path);
/* Elements of an array, members of an object; 0 for all else and NULL. */
size_t vt_json_count(const struct vt_json *json);
/* Element of an array, NULL past its end. */
const struct vt_json *vt_json_item(const struct vt_json *json, size_t index);
/* Member of an object by position, in order; key may be NULL. */
const struct vt_json *vt_json_member(const struct vt_json *json, size_t index,
                                     const char **out_key);
int vt_json_is_object(const struct vt_json *json);
int vt_json_is_array(const struct vt_json *json);
int vt_json_is_null(const struct vt_json *json); /* also when json is NULL */

/* Typed getters. Each Returns VT_OK; VT_E_NOTFOUND when nothing is at path;
 * VT_E_INVALID when it is something else; err names the path, what was wanted
 * and what is there. Text is borrowed from json. */
vt_status vt_json_get_text(const struct vt_json *json, const char *path,
                           const char **out, struct vt_err *err);
vt_status vt_json_get_u64(const struct vt_json *json, const char *path,
                          uint64_t *out, struct vt_err *err);
vt_status vt_json_get_i64(const struct vt_json *json, const char *path,
                          int64_t *out, struct vt_err *err);
vt_status vt_json_get_bool(const struct vt_json *json, const char *path,
                           int *out, struct vt_err *err);
vt_status vt_json_get_hash(const struct vt_json *json, const char *path,
                           struct vt_hash *out, struct vt_err *err);
vt_status vt_json_get_amount(const struct vt_json *json, const char *path,
                             uint32_t decimals, struct vt_amount *out,
                             struct vt_err *err);
/* Hex text, decoded and appended to out. */
vt_status vt_json_get_hex(const struct vt_json *json, const char *path,
                          struct vt_buf *out, struct vt_err *err);
vt_status vt_json_get_array(const struct vt_json *json, const char *path,
                            const struct vt_json **out, struct vt_err *err);
vt_status vt_json_get_object(const struct vt_json *json, const char *path,
                             const struct vt_json **out, struct vt_err *err);
/* Text at path, or other when it is not there or no text. */
const char *vt_json_text_or(const struct vt_json *json, const char *path,
                            const char *other);
uint64_t vt_json_u64_or(const struct vt_json *json, const char *path,
                        uint64_t other);

#endif
