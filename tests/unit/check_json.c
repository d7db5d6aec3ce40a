/* SPDX-License-Identifier: Apache-2.0
 *
 * check_json.c - making and strict reading of JSON.
 */
#include "unit/suite.h"

#include "api/json.h"
#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define BYTES_MAX 4096u

static struct vt_json *parse(const char *text)
{
    struct vt_json *json = NULL;
    struct vt_err err = {.size = sizeof err};

    ck_assert_msg(vt_json_parse(vt_view_str(text), BYTES_MAX, &json, &err) ==
                      VT_OK,
                  "%s: %s", text, err.text);
    return json;
}

static void refuse(struct vt_view text, const char *reason)
{
    struct vt_json *json = NULL;
    struct vt_err err = {.size = sizeof err};

    ck_assert_int_ne(vt_json_parse(text, BYTES_MAX, &json, &err), VT_OK);
    ck_assert_ptr_null(json);
    ck_assert_msg(strstr(err.text, reason) != NULL, "no '%s' in: %s", reason,
                  err.text);
}

static void expect_print(struct vt_json *json, const char *text)
{
    struct vt_buf out = VT_BUF_INIT(BYTES_MAX);

    ck_assert_int_eq(vt_json_print(json, 0, &out), VT_OK);
    ck_assert_str_eq(vt_buf_text(&out), text);
    vt_buf_fini(&out);
}

static vt_status make_sample(struct vt_json **out)
{
    static const struct vt_hash hash = {{0xab}};
    struct vt_json_maker m;

    vt_json_begin(&m);
    vt_json_put_text(&m, "name", "m\xc3\xa4in");
    vt_json_put_u64(&m, "height", 7);
    vt_json_put_i64(&m, "drift", -3);
    vt_json_put_bool(&m, "ready", 1);
    vt_json_put_null(&m, "reason");
    vt_json_put_hash(&m, "id", &hash);
    vt_json_put_hex(&m, "raw", vt_view_of("\x01\xff", 2));
    vt_json_put_amount(&m, "fee", vt_amount_u64(1250), 2);
    vt_json_open_array(&m, "chains");
    vt_json_put_text(&m, NULL, "main");
    vt_json_open_object(&m, NULL);
    vt_json_put_real(&m, "rate", 0.5);
    vt_json_close(&m);
    vt_json_close(&m);
    vt_json_put_view(&m, "last", vt_view_of("xyz", 2));
    return vt_json_end(&m, out);
}

START_TEST(a_maker_prints_what_was_put_in_order)
{
    struct vt_json *json = NULL;

    ck_assert_int_eq(make_sample(&json), VT_OK);
    expect_print(json,
                 "{\"name\":\"m\xc3\xa4in\",\"height\":7,\"drift\":-3,"
                 "\"ready\":true,\"reason\":null,\"id\":\"ab000000000000000000"
                 "00000000000000000000000000000000000000000000\",\"raw\":"
                 "\"01ff\",\"fee\":\"12.5\",\"chains\":[\"main\",{\"rate\":0.5}"
                 "],\"last\":\"xy\"}");
    vt_json_free(json);
}
END_TEST

START_TEST(a_failed_put_fails_the_end)
{
    struct vt_json *json = NULL;
    struct vt_json_maker m;

    vt_json_begin(&m);
    vt_json_put_u64(&m, "digits", (UINT64_C(1) << 53) + 1);
    vt_json_put_u64(&m, "fine", 1);
    ck_assert_int_eq(vt_json_end(&m, &json), VT_E_LIMIT);
    vt_json_begin(&m);
    vt_json_put_text(&m, "latin1", "\xe4");
    ck_assert_int_eq(vt_json_end(&m, &json), VT_E_INVALID);
    vt_json_begin(&m);
    vt_json_put_text(&m, "nothing", NULL);
    ck_assert_int_eq(vt_json_end(&m, &json), VT_E_INVALID);
    vt_json_begin_array(&m);
    for (unsigned i = 0; i < VT_JSON_DEPTH_MAX; i++) {
        vt_json_open_array(&m, NULL);
    }
    ck_assert_int_eq(vt_json_end(&m, &json), VT_E_LIMIT);
    ck_assert_ptr_null(json);
}
END_TEST

START_TEST(every_failed_allocation_while_making_is_told)
{
    struct vt_json *json = NULL;
    uint64_t n = 1;

    for (;; n++) {
        vt_status status;

        vt_alloc_fail_at(n);
        status = make_sample(&json);
        vt_alloc_fail_at(0);
        if (status == VT_OK) {
            break;
        }
        ck_assert_int_eq(status, VT_E_NOMEM);
        ck_assert_ptr_null(json);
    }
    ck_assert_uint_gt(n, 10);
    vt_json_free(json);
}
END_TEST

START_TEST(every_failed_allocation_while_reading_is_told)
{
    static const char text[] = "{\"a\":[1,2.5,\"three\"],\"b\":{\"c\":null}}";
    struct vt_json *json = NULL;
    struct vt_err err = {.size = sizeof err};
    uint64_t n = 1;

    for (;; n++) {
        vt_status status;

        vt_alloc_fail_at(n);
        status = vt_json_parse(vt_view_str(text), BYTES_MAX, &json, &err);
        vt_alloc_fail_at(0);
        if (status == VT_OK) {
            break;
        }
        ck_assert_msg(status == VT_E_NOMEM, "at %u: %s", (unsigned)n, err.text);
    }
    ck_assert_uint_gt(n, 5);
    expect_print(json, text);
    vt_json_free(json);
}
END_TEST

START_TEST(a_value_can_be_shared)
{
    struct vt_json *inner = parse("{\"a\":1}");
    struct vt_json *outer = NULL;
    struct vt_json_maker m;

    vt_json_begin_array(&m);
    vt_json_put(&m, NULL, inner);
    vt_json_put(&m, NULL, inner);
    vt_json_free(inner);
    ck_assert_int_eq(vt_json_end(&m, &outer), VT_OK);
    expect_print(outer, "[{\"a\":1},{\"a\":1}]");
    vt_json_free(outer);
}
END_TEST

START_TEST(reading_is_strict)
{
    static const char *const texts[] = {
        "",
        "nul",
        "1",
        "\"text\"",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\":1}x",
        "[01]",
        "[1.]",
        "[NaN]",
        "['a']",
        "[\"\\x\"]",
        "[\"a\nb\"]",
        "[\"\xff\"]",
        "[\"\\u0000\"]",
        "{\"a\" 1}",
        "[\"\\ud800\"]",
        "[1e999]",
        "[99999999999999999999]",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        refuse(vt_view_str(texts[i]), "not JSON: line");
    }
    refuse(vt_view_str("{\"a\":1,\"a\":2}"), "duplicate");
    refuse(vt_view_of("[1]\0", 4), "not JSON");
}
END_TEST

START_TEST(depth_and_size_are_bounded)
{
    char deep[2 * VT_JSON_DEPTH_MAX + 3] = "";
    char fits[2 * VT_JSON_DEPTH_MAX + 1] = "";
    static char large[BYTES_MAX + 1];

    memset(deep, '[', VT_JSON_DEPTH_MAX + 1);
    memset(deep + VT_JSON_DEPTH_MAX + 1, ']', VT_JSON_DEPTH_MAX + 1);
    refuse(vt_view_of(deep, sizeof deep - 1), "deeper than 32");
    memset(fits, '[', VT_JSON_DEPTH_MAX);
    memset(fits + VT_JSON_DEPTH_MAX, ']', VT_JSON_DEPTH_MAX);
    vt_json_free(parse(fits));
    vt_json_free(parse("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"]"));
    memset(large, ' ', sizeof large);
    refuse(vt_view_of(large, sizeof large), "at most 4096");
}
END_TEST

START_TEST(getters_follow_a_path_and_name_it)
{
    struct vt_json *json =
        parse("{\"chains\":[{\"name\":\"main\",\"height\":12,\"fee\":\"0.5\","
              "\"raw\":\"00FF\",\"up\":true,\"drift\":-1,\"half\":0.5}]}");
    struct vt_err err = {.size = sizeof err};
    struct vt_buf raw = VT_BUF_INIT(16);
    struct vt_amount fee;
    const char *name;
    uint64_t height;
    int up;

    ck_assert_int_eq(vt_json_get_text(json, "chains[0].name", &name, &err),
                     VT_OK);
    ck_assert_str_eq(name, "main");
    ck_assert_int_eq(vt_json_get_u64(json, "chains[0].height", &height, &err),
                     VT_OK);
    ck_assert_uint_eq(height, 12);
    ck_assert_int_eq(vt_json_get_bool(json, "chains[0].up", &up, &err), VT_OK);
    ck_assert_int_eq(up, 1);
    ck_assert_int_eq(vt_json_get_amount(json, "chains[0].fee", 2, &fee, &err),
                     VT_OK);
    ck_assert_uint_eq(fee.lo, 50);
    ck_assert_int_eq(vt_json_get_hex(json, "chains[0].raw", &raw, &err), VT_OK);
    ck_assert_uint_eq(raw.len, 2);
    ck_assert_uint_eq(vt_json_u64_or(json, "chains[0].absent", 9), 9);
    ck_assert_str_eq(vt_json_text_or(json, "chains[0].height", "-"), "-");
    ck_assert_int_eq(vt_json_get_u64(json, "chains[0].drift", &height, &err),
                     VT_E_INVALID);
    ck_assert_str_eq(err.text, "'chains[0].drift' should be a whole number, "
                               "zero or more, is below zero");
    ck_assert_int_eq(vt_json_get_u64(json, "chains[0].half", &height, &err),
                     VT_E_INVALID);
    ck_assert_int_eq(vt_json_get_u64(json, "chains[0].name", &height, &err),
                     VT_E_INVALID);
    ck_assert_str_eq(err.text,
                     "'chains[0].name' should be a whole number, is text");
    ck_assert_int_eq(vt_json_get_text(json, "chains[1].name", &name, &err),
                     VT_E_NOTFOUND);
    ck_assert_str_eq(err.text, "'chains[1].name' is missing, text needed");
    ck_assert_uint_eq(height, 12);
    vt_buf_fini(&raw);
    vt_json_free(json);
}
END_TEST

START_TEST(hashes_and_hex_are_checked)
{
    struct vt_json *json = parse("{\"short\":\"ab\",\"odd\":\"abc\","
                                 "\"word\":\"hello!\",\"long\":\"0011\"}");
    struct vt_err err = {.size = sizeof err};
    struct vt_buf raw = VT_BUF_INIT(1);
    struct vt_hash hash;

    ck_assert_int_eq(vt_json_get_hash(json, "short", &hash, &err),
                     VT_E_INVALID);
    ck_assert_str_eq(err.text,
                     "'short' should be 64 hexadecimal digits, is ab");
    ck_assert_int_eq(vt_json_get_hex(json, "long", &raw, &err), VT_E_LIMIT);
    vt_buf_clear(&raw);
    raw.max = 8;
    ck_assert_int_eq(vt_json_get_hex(json, "odd", &raw, &err), VT_E_INVALID);
    ck_assert_int_eq(vt_json_get_hex(json, "word", &raw, &err), VT_E_INVALID);
    ck_assert_uint_eq(raw.len, 0);
    vt_buf_fini(&raw);
    vt_json_free(json);
}
END_TEST

START_TEST(members_and_items_can_be_walked)
{
    struct vt_json *json = parse("{\"z\":1,\"a\":[true,null]}");
    const struct vt_json *array = NULL;
    struct vt_err err = {.size = sizeof err};
    const char *key = NULL;

    ck_assert_uint_eq(vt_json_count(json), 2);
    ck_assert_ptr_nonnull(vt_json_member(json, 1, &key));
    ck_assert_str_eq(key, "a");
    ck_assert_ptr_null(vt_json_member(json, 2, &key));
    ck_assert_int_eq(vt_json_get_array(json, "a", &array, &err), VT_OK);
    ck_assert_uint_eq(vt_json_count(array), 2);
    ck_assert_int_eq(vt_json_is_null(vt_json_item(array, 1)), 1);
    ck_assert_ptr_null(vt_json_item(array, 2));
    ck_assert_uint_eq(vt_json_count(NULL), 0);
    ck_assert_int_eq(vt_json_get_object(json, "a", &array, &err), VT_E_INVALID);
    vt_json_free(json);
}
END_TEST

int main(void)
{
    const TTest *const making[] = {
        a_maker_prints_what_was_put_in_order, a_failed_put_fails_the_end,
        every_failed_allocation_while_making_is_told, a_value_can_be_shared};
    const TTest *const reading[] = {
        reading_is_strict,
        depth_and_size_are_bounded,
        every_failed_allocation_while_reading_is_told,
        getters_follow_a_path_and_name_it,
        hashes_and_hex_are_checked,
        members_and_items_can_be_walked};
    Suite *suite = suite_create("json");

    VT_SUITE_ADD(suite, "making", making);
    VT_SUITE_ADD(suite, "reading", reading);
    return vt_suite_run(suite);
}
