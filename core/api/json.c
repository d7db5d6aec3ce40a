/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - making and printing. Reading is in json_read.c; both and nothing
 * else include jansson.
 */
#include "api/json.h"

#include "api/json_door.h"
#include "base/alloc.h"
#include "base/bytes.h"

#include <pthread.h>
#include <string.h>

#define EXACT_MAX (UINT64_C(1) << 53)

static _Thread_local int starved;

static void *get_memory(size_t size)
{
    void *memory = vt_alloc(size);

    starved |= memory == NULL;
    return memory;
}

int vt_json_starved(void)
{
    int was = starved;

    starved = 0;
    return was;
}

static void use_our_memory(void)
{
    json_set_alloc_funcs(get_memory, vt_free);
}

void vt_json_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, use_our_memory);
}

static void fail(struct vt_json_maker *m, vt_status status)
{
    if (m->failed == VT_OK) {
        m->failed = status;
    }
}

/* Takes value over, also when it fails. */
static void put_node(struct vt_json_maker *m, const char *key, json_t *value)
{
    json_t *parent;
    int bad;

    if (value == NULL) {
        fail(m, VT_E_NOMEM);
        return;
    }
    if (m->failed != VT_OK) {
        json_decref(value);
        return;
    }
    parent = vt_json_node(m->open[m->depth - 1]);
    bad = key == NULL ? json_array_append_new(parent, value)
                      : json_object_set_new(parent, key, value);
    if (bad) {
        fail(m, VT_E_NOMEM);
    }
}

static void begin(struct vt_json_maker *m, json_t *root)
{
    memset(m, 0, sizeof *m);
    m->open[0] = vt_json_wrap(root);
    m->depth = 1;
    m->failed = root == NULL ? VT_E_NOMEM : VT_OK;
}

void vt_json_begin(struct vt_json_maker *m)
{
    vt_json_init();
    begin(m, json_object());
}

void vt_json_begin_array(struct vt_json_maker *m)
{
    vt_json_init();
    begin(m, json_array());
}

/* The parent owns value; the place in `open` borrows it. */
static void open_node(struct vt_json_maker *m, const char *key, json_t *value)
{
    put_node(m, key, value);
    if (m->depth == VT_JSON_DEPTH_MAX) {
        fail(m, VT_E_LIMIT);
    }
    if (m->failed == VT_OK) {
        m->open[m->depth++] = vt_json_wrap(value);
    }
}

void vt_json_open_object(struct vt_json_maker *m, const char *key)
{
    open_node(m, key, json_object());
}

void vt_json_open_array(struct vt_json_maker *m, const char *key)
{
    open_node(m, key, json_array());
}

void vt_json_close(struct vt_json_maker *m)
{
    if (m->failed == VT_OK && m->depth > 1) {
        m->depth--;
    }
}

void vt_json_put_text(struct vt_json_maker *m, const char *key,
                      const char *text)
{
    vt_json_put_view(m, key, vt_view_str(text == NULL ? "\xff" : text));
}

void vt_json_put_view(struct vt_json_maker *m, const char *key,
                      struct vt_view text)
{
    const char *at = text.len == 0 ? "" : (const char *)text.ptr;

    if (!vt_json_is_utf8(text)) {
        fail(m, VT_E_INVALID);
        return;
    }
    put_node(m, key, json_stringn_nocheck(at, text.len));
}

void vt_json_put_u64(struct vt_json_maker *m, const char *key, uint64_t v)
{
    if (v > EXACT_MAX) {
        fail(m, VT_E_LIMIT);
        return;
    }
    put_node(m, key, json_integer((json_int_t)v));
}

void vt_json_put_i64(struct vt_json_maker *m, const char *key, int64_t v)
{
    if (v > (int64_t)EXACT_MAX || v < -(int64_t)EXACT_MAX) {
        fail(m, VT_E_LIMIT);
        return;
    }
    put_node(m, key, json_integer(v));
}

void vt_json_put_real(struct vt_json_maker *m, const char *key, double v)
{
    put_node(m, key, json_real(v));
}

void vt_json_put_bool(struct vt_json_maker *m, const char *key, int v)
{
    put_node(m, key, json_boolean(v));
}

void vt_json_put_null(struct vt_json_maker *m, const char *key)
{
    put_node(m, key, json_null());
}

void vt_json_put_hash(struct vt_json_maker *m, const char *key,
                      const struct vt_hash *hash)
{
    vt_json_put_hex(m, key, vt_view_of(hash->b, sizeof hash->b));
}

void vt_json_put_hex(struct vt_json_maker *m, const char *key,
                     struct vt_view bytes)
{
    char *text = vt_alloc_array(bytes.len + 1, 2);

    if (text == NULL) {
        fail(m, VT_E_NOMEM);
        return;
    }
    vt_hex_encode(bytes.ptr, bytes.len, text);
    put_node(m, key, json_string(text));
    vt_free(text);
}

void vt_json_put_amount(struct vt_json_maker *m, const char *key,
                        struct vt_amount amount, uint32_t decimals)
{
    char text[64];

    vt_amount_format(amount, decimals, text);
    vt_json_put_text(m, key, text);
}

void vt_json_put(struct vt_json_maker *m, const char *key,
                 const struct vt_json *value)
{
    if (value == NULL) {
        fail(m, VT_E_INVALID);
        return;
    }
    put_node(m, key, json_incref(vt_json_node(value)));
}

vt_status vt_json_end(struct vt_json_maker *m, struct vt_json **out)
{
    if (m->failed != VT_OK) {
        vt_json_free(m->open[0]);
        m->open[0] = NULL;
        return m->failed;
    }
    *out = m->open[0];
    m->open[0] = NULL;
    return VT_OK;
}

struct vt_json *vt_json_hold(const struct vt_json *json)
{
    return vt_json_wrap(json_incref(vt_json_node(json)));
}

void vt_json_free(struct vt_json *json)
{
    json_decref(vt_json_node(json));
}

static int print_chunk(const char *text, size_t len, void *ctx)
{
    return vt_buf_put(ctx, text, len) == VT_OK ? 0 : -1;
}

vt_status vt_json_print(const struct vt_json *json, int indented,
                        struct vt_buf *out)
{
    size_t flags = JSON_ENCODE_ANY | (indented ? JSON_INDENT(2) : JSON_COMPACT);

    if (json_dump_callback(vt_json_node(json), print_chunk, out, flags) != 0 &&
        out->failed == VT_OK) {
        out->failed = VT_E_NOMEM;
    }
    return out->failed;
}
