/* SPDX-License-Identifier: Apache-2.0
 *
 * json_read.c - strict parsing and typed getters that name the path.
 */
#include "api/json_door.h"

#include "base/bytes.h"
#include "base/status.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 64u

/* Bytes of one UTF-8 character, 0 when malformed, overlong or a surrogate. */
static size_t utf8_step(const uint8_t *p, size_t left)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = p[0] < 0x80   ? 1
                 : p[0] < 0xc2 ? 0
                 : p[0] < 0xe0 ? 2
                 : p[0] < 0xf0 ? 3
                 : p[0] < 0xf5 ? 4
                               : 0;
    uint32_t code;

    if (len < 2 || len > left) {
        return len == 1 ? 1 : 0;
    }
    code = p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (p[i] & 0x3fu);
    }
    if (code < least[len] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    return len;
}

int vt_json_is_utf8(struct vt_view text)
{
    size_t i = 0;

    while (i < text.len) {
        size_t step = utf8_step(text.ptr + i, text.len - i);

        if (step == 0) {
            return 0;
        }
        i += step;
    }
    return 1;
}

/* jansson recurses 2048 levels; foreign bytes shall not choose our stack. */
static int too_deep(struct vt_view text)
{
    size_t depth = 0;
    int in_text = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (in_text) {
            i += c == '\\';
            in_text = c != '"';
        } else if (c == '"') {
            in_text = 1;
        } else if ((c == '{' || c == '[') && ++depth > VT_JSON_DEPTH_MAX) {
            return 1;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return 0;
}

vt_status vt_json_parse(struct vt_view text, size_t max_bytes,
                        struct vt_json **out, struct vt_err *err)
{
    json_error_t why;
    json_t *node;

    if (text.len > max_bytes) {
        return vt_err_set(err, VT_E_LIMIT, "JSON of %zu bytes, at most %zu",
                          text.len, max_bytes);
    }
    if (too_deep(text)) {
        return vt_err_set(err, VT_E_LIMIT, "JSON is nested deeper than %u",
                          VT_JSON_DEPTH_MAX);
    }
    vt_json_init();
    (void)vt_json_starved();
    node = json_loadb(text.len == 0 ? "" : (const char *)text.ptr, text.len,
                      JSON_REJECT_DUPLICATES, &why);
    if (node == NULL) {
        if (vt_json_starved()) {
            return vt_err_set(err, VT_E_NOMEM, "no memory for JSON");
        }
        return vt_err_set(err, VT_E_INVALID, "not JSON: line %d column %d: %s",
                          why.line, why.column, why.text);
    }
    *out = vt_json_wrap(node);
    return VT_OK;
}

/* One step down: "name" or "[3]". Moves *path behind it and a dot. */
static const json_t *step_down(const json_t *node, const char **path)
{
    const char *p = *path;
    char key[KEY_MAX];
    char *end;
    size_t len;

    if (*p == '[') {
        unsigned long index = strtoul(p + 1, &end, 10);

        node = *end == ']' ? json_array_get(node, index) : NULL;
        p = *end == ']' ? end + 1 : end;
    } else {
        len = strcspn(p, ".[");
        if (len >= sizeof key) {
            return NULL;
        }
        memcpy(key, p, len);
        key[len] = '\0';
        node = json_object_get(node, key);
        p += len;
    }
    *path = *p == '.' ? p + 1 : p;
    return node;
}

const struct vt_json *vt_json_at(const struct vt_json *json, const char *path)
{
    const json_t *node = vt_json_node(json);

    while (node != NULL && *path != '\0') {
        node = step_down(node, &path);
    }
    return (const struct vt_json *)(const void *)node;
}

size_t vt_json_count(const struct vt_json *json)
{
    const json_t *node = vt_json_node(json);

    return json_is_array(node) ? json_array_size(node) : json_object_size(node);
}

const struct vt_json *vt_json_item(const struct vt_json *json, size_t index)
{
    return vt_json_wrap(json_array_get(vt_json_node(json), index));
}

const struct vt_json *vt_json_member(const struct vt_json *json, size_t index,
                                     const char **out_key)
{
    json_t *node = vt_json_node(json);
    void *iter = json_object_iter(node);

    for (size_t i = 0; i < index && iter != NULL; i++) {
        iter = json_object_iter_next(node, iter);
    }
    if (iter == NULL) {
        return NULL;
    }
    if (out_key != NULL) {
        *out_key = json_object_iter_key(iter);
    }
    return vt_json_wrap(json_object_iter_value(iter));
}

int vt_json_is_object(const struct vt_json *json)
{
    return json_is_object(vt_json_node(json));
}

int vt_json_is_array(const struct vt_json *json)
{
    return json_is_array(vt_json_node(json));
}

int vt_json_is_null(const struct vt_json *json)
{
    return json == NULL || json_is_null(vt_json_node(json));
}

static const char *kind_of(const json_t *node)
{
    switch (json_typeof(node)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static vt_status wrong(const char *path, const char *wanted, const char *found,
                       struct vt_err *err)
{
    return vt_err_set(err, VT_E_INVALID, "'%.80s' should be %s, is %.60s", path,
                      wanted, found);
}

/* The node at path when it is of this kind. */
static vt_status find(const struct vt_json *json, const char *path,
                      json_type type, const char *wanted, json_t **out,
                      struct vt_err *err)
{
    json_t *node = vt_json_node(vt_json_at(json, path));

    if (node == NULL) {
        return vt_err_set(err, VT_E_NOTFOUND, "'%.80s' is missing, %s needed",
                          path, wanted);
    }
    if (json_typeof(node) != type) {
        return wrong(path, wanted, kind_of(node), err);
    }
    *out = node;
    return VT_OK;
}

vt_status vt_json_get_text(const struct vt_json *json, const char *path,
                           const char **out, struct vt_err *err)
{
    json_t *node = NULL;
    vt_status status = find(json, path, JSON_STRING, "text", &node, err);

    if (status == VT_OK) {
        *out = json_string_value(node);
    }
    return status;
}

vt_status vt_json_get_i64(const struct vt_json *json, const char *path,
                          int64_t *out, struct vt_err *err)
{
    json_t *node = NULL;
    vt_status status =
        find(json, path, JSON_INTEGER, "a whole number", &node, err);

    if (status == VT_OK) {
        *out = json_integer_value(node);
    }
    return status;
}

vt_status vt_json_get_u64(const struct vt_json *json, const char *path,
                          uint64_t *out, struct vt_err *err)
{
    int64_t v = 0;
    vt_status status = vt_json_get_i64(json, path, &v, err);

    if (status == VT_OK && v < 0) {
        return wrong(path, "a whole number, zero or more", "below zero", err);
    }
    if (status == VT_OK) {
        *out = (uint64_t)v;
    }
    return status;
}

vt_status vt_json_get_bool(const struct vt_json *json, const char *path,
                           int *out, struct vt_err *err)
{
    json_t *node = vt_json_node(vt_json_at(json, path));
    int is_true = json_is_true(node);

    if (node == NULL || json_is_boolean(node) == 0) {
        return find(json, path, JSON_TRUE, "true or false", &node, err);
    }
    *out = is_true;
    return VT_OK;
}

vt_status vt_json_get_hash(const struct vt_json *json, const char *path,
                           struct vt_hash *out, struct vt_err *err)
{
    const char *text = NULL;
    struct vt_hash hash;
    vt_status status = vt_json_get_text(json, path, &text, err);

    if (status != VT_OK) {
        return status;
    }
    if (vt_hex_decode(text, strlen(text), hash.b, sizeof hash.b) != 0) {
        return wrong(path, "64 hexadecimal digits", text, err);
    }
    *out = hash;
    return VT_OK;
}

vt_status vt_json_get_amount(const struct vt_json *json, const char *path,
                             uint32_t decimals, struct vt_amount *out,
                             struct vt_err *err)
{
    const char *text = NULL;
    vt_status status = vt_json_get_text(json, path, &text, err);

    if (status == VT_OK) {
        status = vt_amount_parse(text, decimals, out, err);
        if (status != VT_OK) {
            (void)vt_err_wrap(err, "'%.80s'", path);
        }
    }
    return status;
}

vt_status vt_json_get_hex(const struct vt_json *json, const char *path,
                          struct vt_buf *out, struct vt_err *err)
{
    const char *text = NULL;
    vt_status status = vt_json_get_text(json, path, &text, err);
    size_t len;
    uint8_t *at;

    if (status != VT_OK) {
        return status;
    }
    len = strlen(text);
    at = vt_buf_grow(out, len / 2);
    if (at == NULL) {
        return vt_err_set(err, out->failed, "'%.80s' is too long", path);
    }
    if (len % 2 != 0 || vt_hex_decode(text, len, at, len / 2) != 0) {
        out->len -= len / 2;
        return wrong(path, "hexadecimal digits", text, err);
    }
    return VT_OK;
}

vt_status vt_json_get_array(const struct vt_json *json, const char *path,
                            const struct vt_json **out, struct vt_err *err)
{
    json_t *node = NULL;
    vt_status status = find(json, path, JSON_ARRAY, "an array", &node, err);

    if (status == VT_OK) {
        *out = vt_json_wrap(node);
    }
    return status;
}

vt_status vt_json_get_object(const struct vt_json *json, const char *path,
                             const struct vt_json **out, struct vt_err *err)
{
    json_t *node = NULL;
    vt_status status = find(json, path, JSON_OBJECT, "an object", &node, err);

    if (status == VT_OK) {
        *out = vt_json_wrap(node);
    }
    return status;
}

const char *vt_json_text_or(const struct vt_json *json, const char *path,
                            const char *other)
{
    const char *text = json_string_value(vt_json_node(vt_json_at(json, path)));

    return text == NULL ? other : text;
}

uint64_t vt_json_u64_or(const struct vt_json *json, const char *path,
                        uint64_t other)
{
    uint64_t v = other;

    return vt_json_get_u64(json, path, &v, NULL) == VT_OK ? v : other;
}
