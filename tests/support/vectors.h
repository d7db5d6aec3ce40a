/* SPDX-License-Identifier: Apache-2.0
 *
 * vectors.h - reads the JSON files of test vectors in core/wire and
 * core/ledger. Every reader fails the running test when something is missing.
 */
#ifndef VT_TESTS_SUPPORT_VECTORS_H
#define VT_TESTS_SUPPORT_VECTORS_H

#include "base/amount.h"
#include "base/buf.h"
#include "base/bytes.h"

#include <check.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>

#define VT_VECTOR_MAX 131072u /* bytes in one hex text */

/* "core/wire/vectors.json" under the source tree; json_decref it. */
static inline json_t *vt_vectors_load(const char *path)
{
    char full[1024];
    json_error_t error;
    json_t *json;

    (void)snprintf(full, sizeof full, "%s/../%s", VT_TEST_DATA, path);
    json = json_load_file(full, 0, &error);
    ck_assert_msg(json != NULL, "%s:%d: %s", full, error.line, error.text);
    return json;
}

static inline json_t *vt_vector_get(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    ck_assert_msg(value != NULL, "vector has no '%s'", key);
    return value;
}

static inline const char *vt_vector_text(json_t *object, const char *key)
{
    const char *text = json_string_value(vt_vector_get(object, key));

    ck_assert_msg(text != NULL, "'%s' is no text", key);
    return text;
}

/* A hexadecimal text as bytes, in a buffer the caller finishes. */
static inline struct vt_buf vt_vector_bytes_of(const char *text)
{
    struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);
    size_t len = strlen(text);
    uint8_t *room = vt_buf_grow(&out, len / 2);

    ck_assert_ptr_nonnull(room);
    ck_assert_int_eq(vt_hex_decode(text, len, room, len / 2), 0);
    return out;
}

static inline struct vt_buf vt_vector_bytes(json_t *object, const char *key)
{
    return vt_vector_bytes_of(vt_vector_text(object, key));
}

/* Exactly len bytes into out. */
static inline void vt_vector_fixed(json_t *object, const char *key, void *out,
                                   size_t len)
{
    const char *text = vt_vector_text(object, key);

    ck_assert_msg(vt_hex_decode(text, strlen(text), out, len) == 0,
                  "'%s' is not %zu bytes", key, len);
}

/* A small number, or one in a text. */
static inline uint64_t vt_vector_u64(json_t *object, const char *key)
{
    json_t *value = vt_vector_get(object, key);
    struct vt_amount amount;

    if (json_is_integer(value)) {
        return (uint64_t)json_integer_value(value);
    }
    ck_assert_int_eq(
        vt_amount_parse(vt_vector_text(object, key), 0, &amount, NULL), VT_OK);
    ck_assert_uint_eq(amount.hi, 0);
    return amount.lo;
}

static inline struct vt_amount vt_vector_amount(json_t *object, const char *key)
{
    struct vt_amount amount = {0, 0};

    ck_assert_int_eq(
        vt_amount_parse(vt_vector_text(object, key), 0, &amount, NULL), VT_OK);
    return amount;
}

/* The vector's hex text is exactly these bytes. */
static inline void vt_vector_equal(json_t *object, const char *key,
                                   struct vt_view have)
{
    struct vt_buf want = vt_vector_bytes(object, key);

    ck_assert_msg(vt_view_eq(vt_buf_view(&want), have),
                  "'%s' of vector '%s' differs", key,
                  json_is_string(json_object_get(object, "name"))
                      ? vt_vector_text(object, "name")
                      : "");
    vt_buf_fini(&want);
}

#endif
