/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - fuzz targets of everything that reads text from people: addresses,
 * amounts, hexadecimal, INI files, option values.
 */
#include "api/json.h"
#include "base/alloc.h"
#include "base/amount.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "config/chain_config.h"
#include "config/ini.h"
#include "fuzz/targets.h"
#include "wire/tx.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* An error has a reason, and the reason is text. */
static void must_explain(const struct vt_err *err)
{
    vt_fuzz_must(memchr(err->text, '\0', sizeof err->text) != NULL,
                 "an error's text ends");
    vt_fuzz_must(err->text[0] != '\0', "a refusal says why");
}

void vt_fuzz_address(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    char *text = vt_fuzz_text(bytes);
    struct vt_err err = VT_ERR_INIT;
    struct vt_address a;
    char again[91];

    (void)self;
    if (vt_address_parse(text, &a, &err) == VT_OK) {
        int upper = strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
        int lower = strpbrk(text, "abcdefghijklmnopqrstuvwxyz") != NULL;

        vt_fuzz_must(!upper || !lower, "cases are not mixed");
        for (char *p = text; *p != '\0'; p++) {
            *p = (char)tolower((unsigned char)*p);
        }
        vt_fuzz_must(vt_address_format(text[1] == 's' ? "vs" : "vt", &a,
                                       again) == VT_OK &&
                         strcmp(again, text) == 0,
                     "an address has one text");
    } else {
        must_explain(&err);
    }
    vt_free(text);
}

void vt_fuzz_amount(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    uint32_t decimals = bytes.len == 0 ? 0 : bytes.ptr[0] % 21u;
    char *text = vt_fuzz_text(vt_view_of(bytes.len == 0 ? NULL : bytes.ptr + 1,
                                         bytes.len == 0 ? 0 : bytes.len - 1));
    struct vt_err err = VT_ERR_INIT;
    struct vt_amount a;
    struct vt_amount b;
    char shown[64];
    uint8_t raw[16];

    (void)self;
    if (vt_amount_parse(text, decimals, &a, &err) == VT_OK) {
        vt_amount_format(a, decimals, shown);
        vt_fuzz_must(strlen(shown) < sizeof shown, "an amount fits");
        vt_fuzz_must(vt_amount_parse(shown, decimals, &b, &err) == VT_OK &&
                         vt_amount_cmp(a, b) == 0,
                     "what is shown is what was meant");
        vt_amount_put(a, raw);
        vt_fuzz_must(vt_amount_cmp(vt_amount_get(raw), a) == 0,
                     "bytes keep an amount");
    } else {
        must_explain(&err);
    }
    vt_free(text);
}

void vt_fuzz_hex(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    char *text = vt_fuzz_text(bytes);
    size_t len = strlen(text);
    uint8_t *raw = vt_alloc(len / 2 + 1);
    char *again = vt_alloc(len + 2);

    (void)self;
    vt_fuzz_must(raw != NULL && again != NULL, "memory is there");
    if (vt_hex_decode(text, len, raw, len / 2) == 0) {
        vt_hex_encode(raw, len / 2, again);
        for (char *p = text; *p != '\0'; p++) {
            *p = (char)tolower((unsigned char)*p);
        }
        vt_fuzz_must(strcmp(text, again) == 0, "bytes have one text");
    }
    vt_free(again);
    vt_free(raw);
    vt_free(text);
}

void vt_fuzz_log_quote(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    char out[256];

    (void)self;
    (void)vt_log_quote(bytes, out);
    vt_fuzz_must(memchr(out, '\0', sizeof out) != NULL, "a quote ends");
    for (const char *p = out; *p != '\0'; p++) {
        vt_fuzz_must(*p >= 0x20 && *p < 0x7f, "a quote is printable");
    }
    vt_fuzz_must(strchr(out + 1, '"') == out + strlen(out) - 1,
                 "a quote closes once");
}

/* What was read and printed is read again as the same. */
void vt_fuzz_json(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf first = VT_BUF_INIT(1u << 20);
    struct vt_buf second = VT_BUF_INIT(1u << 20);
    struct vt_json *json = NULL;
    struct vt_json *again = NULL;

    (void)self;
    if (vt_json_parse(bytes, 65536, &json, &err) != VT_OK) {
        vt_fuzz_must(json == NULL, "refused text gives nothing");
        must_explain(&err);
        return;
    }
    vt_fuzz_must(bytes.len <= 65536, "longer text is refused");
    vt_fuzz_must(vt_json_print(json, 0, &first) == VT_OK &&
                     vt_json_parse(vt_buf_view(&first), 1u << 20, &again,
                                   &err) == VT_OK &&
                     vt_json_print(again, 0, &second) == VT_OK &&
                     vt_view_eq(vt_buf_view(&first), vt_buf_view(&second)),
                 "what is printed is what was read");
    vt_json_free(json);
    vt_json_free(again);
    vt_buf_fini(&first);
    vt_buf_fini(&second);
}

/* ---- INI ----------------------------------------------------------------- */

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    size_t *rows = ctx;

    (void)err;
    (*rows)++;
    vt_fuzz_must(section[0] != '\0', "a row is in a section");
    vt_fuzz_must(strncmp(where, "f.ini:", 6) == 0, "a row has its line");
    /* an indented line continues the key of the line before */
    vt_fuzz_must(strlen(key) < 200 && strlen(value) < 200,
                 "a row comes from lines that were not cut");
    vt_fuzz_must(strchr(value, '\n') == NULL, "a value is one line");
    return VT_OK;
}

/* Trap: the library cuts a line longer than its buffer in two. */
static int has_long_line(struct vt_view bytes)
{
    size_t len = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        len = bytes.ptr[i] == '\n' ? 0 : len + 1;
        if (len > 200) { /* 199 and perhaps a carriage return */
            return 1;
        }
    }
    return 0;
}

void vt_fuzz_ini(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_err err = VT_ERR_INIT;
    size_t rows = 0;
    size_t again = 0;
    vt_status status = vt_ini_read_text("f.ini", (const char *)bytes.ptr,
                                        bytes.len, on_row, &rows, &err);

    (void)self;
    if (status == VT_OK) {
        vt_fuzz_must(!has_long_line(bytes), "a long line is refused");
        vt_fuzz_must(bytes.len == 0 ||
                         memchr(bytes.ptr, '\0', bytes.len) == NULL,
                     "a NUL byte is refused");
    } else {
        must_explain(&err);
        vt_fuzz_must(strncmp(err.text, "f.ini:", 6) == 0,
                     "a refusal names its line");
    }
    (void)vt_ini_read_text("f.ini", (const char *)bytes.ptr, bytes.len, on_row,
                           &again, &err);
    vt_fuzz_must(rows == again, "reading twice gives the same");
}

/* What was loaded has one canonical text. */
static void canonical(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_chain_config *config = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (vt_chain_config_load_text("f.ini", (const char *)bytes.ptr, bytes.len,
                                  &config, &err) != VT_OK) {
        vt_fuzz_must(config == NULL, "a refused file gives nothing");
        must_explain(&err);
        return;
    }
    vt_fuzz_must(vt_chain_config_canonical(config, vt_view_of(NULL, 0), out) ==
                     VT_OK,
                 "a loaded file has its parameters");
    vt_fuzz_must(out->len > 0, "parameters are not empty");
    vt_fuzz_must(config->scheme_count <= VT_SCHEMES_MAX &&
                     config->validator_count <= VT_MEMBERS_MAX &&
                     config->genesis_count <= VT_GENESIS_MAX,
                 "lists are bounded");
    (void)vt_chain_config_finish(config, &err);
    vt_chain_config_free(config);
}

void vt_fuzz_chain_config(const struct vt_fuzz_target *self,
                          struct vt_view bytes)
{
    struct vt_buf first = VT_BUF_INIT(1u << 22);
    struct vt_buf second = VT_BUF_INIT(1u << 22);
    char diff[256];

    (void)self;
    canonical(bytes, &first);
    canonical(bytes, &second);
    vt_fuzz_must(vt_view_eq(vt_buf_view(&first), vt_buf_view(&second)),
                 "the same file has the same parameters");
    vt_chain_config_diff(vt_buf_view(&first), vt_buf_view(&second), diff,
                         sizeof diff);
    vt_fuzz_must(diff[0] == '\0', "equal parameters do not differ");
    vt_chain_config_diff(vt_buf_view(&first), bytes, diff, sizeof diff);
    vt_chain_config_diff(bytes, vt_buf_view(&first), diff, sizeof diff);
    vt_buf_fini(&first);
    vt_buf_fini(&second);
}

/* ---- option values ------------------------------------------------------- */

static const struct vt_key keys[] = {
    {"a_bool", VT_T_BOOL, VT_KF_CONSENSUS, "no", NULL, "A bool.", "0.1"},
    {"an_int", VT_T_INT, VT_KF_CONSENSUS, "0", "-100..100", "An int.", "0.1"},
    {"a_uint", VT_T_UINT, VT_KF_CONSENSUS, "5", "5..4000000000", "A uint.",
     "0.1"},
    {"a_size", VT_T_BYTES, VT_KF_CONSENSUS, "1KiB", "1KiB..8GiB", "A size.",
     "0.1"},
    {"a_time", VT_T_DURATION_NS, VT_KF_CONSENSUS, "1s", "10us..2d", "A time.",
     "0.1"},
    {"a_word", VT_T_ENUM, VT_KF_CONSENSUS, "off", "off|warn|enforce", "A word.",
     "0.1"},
    {"a_string", VT_T_STRING, VT_KF_CONSENSUS, "", "0..40", "A string.", "0.1"},
    {"a_path", VT_T_PATH, 0, "", NULL, "A path.", "0.1"},
    {"a_hex", VT_T_HEX, VT_KF_CONSENSUS, "", NULL, "Bytes.", "0.1"},
};
#define KEY_COUNT (uint32_t)(sizeof keys / sizeof keys[0])

static const int64_t low[KEY_COUNT] = {0, -100, 5, 1024, 10000, 0, 0, 0, 0};
static const int64_t high[KEY_COUNT] = {
    1,  100, 4000000000, INT64_C(8589934592), INT64_C(172800000000000), 2,
    40, 0,   0};

static void check_value(const struct vt_options *o, uint32_t i,
                        const char *text)
{
    struct vt_view bytes = vt_options_bytes(o, i);

    if (keys[i].type <= VT_T_STRING) {
        vt_fuzz_must(vt_options_i64(o, i) >= low[i] &&
                         vt_options_i64(o, i) <= high[i],
                     "a value is in its range");
    }
    if (keys[i].type == VT_T_HEX) {
        vt_fuzz_must(bytes.len * 2 == strlen(text), "hex is whole");
    }
    if (keys[i].type == VT_T_PATH) {
        vt_fuzz_must(text[0] == '\0' || bytes.ptr[0] == '/',
                     "a path is absolute");
    }
    vt_fuzz_must(bytes.ptr[bytes.len] == '\0', "a value is followed by NUL");
}

void vt_fuzz_option(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_tab table = VT_TAB(keys);
    uint32_t i = bytes.len == 0 ? 0 : bytes.ptr[0] % (KEY_COUNT + 1);
    char *text = vt_fuzz_text(vt_view_of(bytes.len == 0 ? NULL : bytes.ptr + 1,
                                         bytes.len == 0 ? 0 : bytes.len - 1));
    struct vt_err err = VT_ERR_INIT;
    struct vt_options *o;
    vt_status status;

    (void)self;
    vt_fuzz_must(vt_options_new("f", table, "/dir", &o, &err) == VT_OK,
                 "the table is right");
    if (i == KEY_COUNT) { /* the text is the name of an option */
        status = vt_options_set(o, text, "1", "f.ini:1", &err);
        vt_fuzz_must(status != VT_OK || vt_options_index(o, text) >= 0,
                     "only options there are can be set");
    } else {
        status = vt_options_set(o, keys[i].name, text, "f.ini:1", &err);
        if (status == VT_OK) {
            check_value(o, i, text);
        }
    }
    if (status != VT_OK) {
        must_explain(&err);
        vt_fuzz_must(strncmp(err.text, "f.ini:1: ", 9) == 0,
                     "a refusal names its line");
    }
    vt_options_free(o);
    vt_free(text);
}
