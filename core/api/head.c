/* SPDX-License-Identifier: Apache-2.0
 *
 * head.c - request line, fields, and what must not be among them.
 */
#include "api/head.h"

#include "base/bytes.h"

#include <string.h>
#include <strings.h>

#define LENGTH_DIGITS_MAX 15u
#define EVENT_ID_DIGITS_MAX 15u

static vt_status refuse(struct vt_head_fault *fault, int status,
                        const char *text)
{
    fault->status = status;
    fault->text = text;
    return VT_E_INVALID;
}

/* ---- characters ---------------------------------------------------------- */

static int is_token_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static int is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int all(struct vt_view text, int (*is_good)(uint8_t c))
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_good(text.ptr[i])) {
            return 0;
        }
    }
    return text.len > 0;
}

static int is_word(struct vt_view text, const char *word)
{
    return text.len == strlen(word) &&
           strncasecmp((const char *)text.ptr, word, text.len) == 0;
}

static struct vt_view trim(struct vt_view text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = vt_view_of(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 &&
           (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* ---- the end of a head --------------------------------------------------- */

static vt_status bad_byte(uint8_t c, struct vt_head_fault *fault)
{
    return refuse(fault, 400,
                  c == '\0' ? "a NUL byte in the head"
                            : "a control character in the head");
}

/* A byte that may not stand where it stands, whatever follows. */
static vt_status check_byte(const struct vt_head_scan *scan,
                            struct vt_view bytes, struct vt_head_fault *fault)
{
    size_t i = scan->done;
    uint8_t c = bytes.ptr[i];
    int after_cr = i > 0 && bytes.ptr[i - 1] == '\r';

    if (c == '\n') {
        return after_cr ? VT_OK
                        : refuse(fault, 400, "a line that ends in a bare LF");
    }
    if (after_cr) {
        return refuse(fault, 400, "a bare CR in the head");
    }
    if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
        return bad_byte(c, fault);
    }
    if (i == 0 && c == '\r') {
        return refuse(fault, 400, "an empty line before the request");
    }
    if (i == 0 && !is_token_char(c)) {
        return refuse(fault, 400, "this is no HTTP request");
    }
    if (i >= VT_HEAD_MAX) {
        return refuse(fault, 431, "the head is longer than 16 KiB");
    }
    if (scan->lines == 0 && i >= VT_HEAD_LINE_MAX) {
        return refuse(fault, 414, "the request line is longer than 2 KiB");
    }
    return VT_OK;
}

vt_status vt_head_scan(struct vt_head_scan *scan, struct vt_view bytes,
                       size_t *out_len, struct vt_head_fault *fault)
{
    while (scan->done < bytes.len) {
        vt_status status = check_byte(scan, bytes, fault);
        size_t i = scan->done;

        if (status != VT_OK) {
            return status;
        }
        scan->done++;
        if (bytes.ptr[i] != '\n') {
            continue;
        }
        if (i - scan->line == 1) {
            *out_len = i + 1;
            return VT_OK;
        }
        scan->line = i + 1;
        if (++scan->lines > VT_HEAD_FIELDS_MAX + 1) {
            return refuse(fault, 431, "more than 64 header fields");
        }
    }
    return VT_E_STATE;
}

/* ---- the request line ---------------------------------------------------- */

/* Up to the byte `end`, which is skipped; everything when it is not there. */
static struct vt_view cut(struct vt_view *rest, uint8_t end)
{
    const uint8_t *at =
        rest->len == 0 ? NULL : memchr(rest->ptr, end, rest->len);
    size_t len = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    struct vt_view part = vt_view_of(rest->ptr, len);
    size_t skip = at == NULL ? len : len + 1;

    *rest = vt_view_of(rest->ptr + skip, rest->len - skip);
    return part;
}

static struct vt_view cut_line(struct vt_view *rest)
{
    struct vt_view line = cut(rest, '\n');

    line.len -= line.len > 0; /* the CR, which the scan has made sure of */
    return line;
}

static vt_status read_method(struct vt_view text, struct vt_head *out,
                             struct vt_head_fault *fault)
{
    static const char *const names[] = {"GET", "POST", "OPTIONS"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (vt_view_eq(text, vt_view_str(names[i]))) {
            out->method = (enum vt_http_method)i;
            return VT_OK;
        }
    }
    return all(text, is_token_char)
               ? refuse(fault, 405, "only GET, POST and OPTIONS are served")
               : refuse(fault, 400, "the method is no token");
}

static int is_target_char(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~!$&'()*+,;=:@/?%", c) != NULL);
}

static vt_status read_target(struct vt_view text, struct vt_head *out,
                             struct vt_head_fault *fault)
{
    if (text.len == 0 || text.ptr[0] != '/') {
        return refuse(fault, 400,
                      "the target must be a path: proxies are not served");
    }
    if (text.len > 1 && text.ptr[1] == '/') {
        return refuse(fault, 400, "the target may not start with //");
    }
    for (size_t i = 0; i < text.len; i++) {
        int is_code = text.ptr[i] == '%';

        if (!is_target_char(text.ptr[i])) {
            return refuse(fault, 400, "a character a target may not have");
        }
        if (is_code && (i + 2 >= text.len || !is_hex(text.ptr[i + 1]) ||
                        !is_hex(text.ptr[i + 2]))) {
            return refuse(fault, 400, "% without two hexadecimal digits");
        }
        if (is_code && text.ptr[i + 1] == '0' && text.ptr[i + 2] == '0') {
            return refuse(fault, 400, "a NUL byte in the target");
        }
    }
    out->target = text;
    return VT_OK;
}

static vt_status read_line(struct vt_view line, struct vt_head *out,
                           struct vt_head_fault *fault)
{
    struct vt_view method = cut(&line, ' ');
    struct vt_view target = cut(&line, ' ');
    vt_status status = read_method(method, out, fault);

    if (status == VT_OK) {
        status = read_target(target, out, fault);
    }
    if (status != VT_OK) {
        return status;
    }
    out->is_http10 = vt_view_eq(line, vt_view_str("HTTP/1.0"));
    if (out->is_http10 || vt_view_eq(line, vt_view_str("HTTP/1.1"))) {
        out->wants_close = out->is_http10; /* whatever its fields say */
        return VT_OK;
    }
    if (line.len == 8 && memcmp(line.ptr, "HTTP/", 5) == 0 &&
        is_digit(line.ptr[5]) && line.ptr[6] == '.' && is_digit(line.ptr[7])) {
        return refuse(fault, 505, "only HTTP/1.0 and HTTP/1.1 are spoken");
    }
    return refuse(fault, 400,
                  "a request line is METHOD, space, path, space, version");
}

/* ---- fields -------------------------------------------------------------- */

struct reading {
    const struct vt_head_rules *rules;
    struct vt_head *out;
    struct vt_head_fault *fault;
    struct vt_view origin;
    int has_host, has_length, has_coding, coding_is_chunked, has_origin;
    int has_expect, has_event_id;
};

static vt_status on_length(struct reading *r, struct vt_view value)
{
    if (r->has_length++) {
        return refuse(r->fault, 400, "Content-Length is given twice");
    }
    if (!all(value, is_digit)) {
        return refuse(r->fault, 400, "Content-Length is not digits alone");
    }
    if (value.len > LENGTH_DIGITS_MAX) {
        return refuse(r->fault, 413, "the body is too large");
    }
    for (size_t i = 0; i < value.len; i++) {
        r->out->content_length =
            r->out->content_length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    return r->out->content_length <= r->rules->body_max_bytes
               ? VT_OK
               : refuse(r->fault, 413, "the body is too large");
}

static vt_status on_coding(struct reading *r, struct vt_view value)
{
    if (r->has_coding++) {
        return refuse(r->fault, 400, "Transfer-Encoding is given twice");
    }
    r->coding_is_chunked = is_word(value, "chunked");
    return VT_OK;
}

static vt_status on_host(struct reading *r, struct vt_view value)
{
    if (r->has_host++) {
        return refuse(r->fault, 400, "Host is given twice");
    }
    r->out->host = value;
    return VT_OK;
}

static vt_status on_origin(struct reading *r, struct vt_view value)
{
    if (r->has_origin++) {
        return refuse(r->fault, 400, "Origin is given twice");
    }
    r->origin = value;
    return VT_OK;
}

static vt_status on_connection(struct reading *r, struct vt_view value)
{
    while (value.len > 0) {
        if (is_word(trim(cut(&value, ',')), "close")) {
            r->out->wants_close = 1;
        }
    }
    return VT_OK;
}

static vt_status on_expect(struct reading *r, struct vt_view value)
{
    if (r->has_expect++ || !is_word(value, "100-continue")) {
        return refuse(r->fault, 417, "only Expect: 100-continue is met");
    }
    r->out->wants_continue = !r->out->is_http10;
    return VT_OK;
}

static vt_status on_event_id(struct reading *r, struct vt_view value)
{
    if (r->has_event_id++) {
        return refuse(r->fault, 400, "Last-Event-ID is given twice");
    }
    if (value.len > 0 &&
        (!all(value, is_digit) || value.len > EVENT_ID_DIGITS_MAX)) {
        return refuse(r->fault, 400, "Last-Event-ID is no height");
    }
    r->out->last_event_id = value;
    return VT_OK;
}

static vt_status on_content_coding(struct reading *r, struct vt_view value)
{
    return is_word(value, "identity")
               ? VT_OK
               : refuse(r->fault, 415, "bodies are taken uncompressed only");
}

/* Browsers say in this field who made the request, also where they send no
 * Origin. A page of another site has no business here. */
static vt_status on_fetch_site(struct reading *r, struct vt_view value)
{
    return is_word(value, "same-origin") || is_word(value, "none")
               ? VT_OK
               : refuse(r->fault, 403, "a page of another site may not ask");
}

static const struct {
    const char *name;
    vt_status (*fn)(struct reading *r, struct vt_view value);
} fields[] = {{"content-length", on_length},
              {"transfer-encoding", on_coding},
              {"host", on_host},
              {"origin", on_origin},
              {"connection", on_connection},
              {"expect", on_expect},
              {"last-event-id", on_event_id},
              {"content-encoding", on_content_coding},
              {"sec-fetch-site", on_fetch_site}};

static vt_status read_field(struct reading *r, struct vt_view line)
{
    const uint8_t *colon =
        line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
    struct vt_view name;
    struct vt_view value;

    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return refuse(r->fault, 400, "a folded header field");
    }
    if (colon == NULL) {
        return refuse(r->fault, 400, "a header field without colon");
    }
    name = vt_view_of(line.ptr, (size_t)(colon - line.ptr));
    value = trim(vt_view_of(colon + 1, line.len - name.len - 1));
    if (!all(name, is_token_char)) {
        return refuse(r->fault, 400,
                      "the name of a header field is no token (a space before "
                      "the colon?)");
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (is_word(name, fields[i].name)) {
            return fields[i].fn(r, value);
        }
    }
    return VT_OK;
}

/* ---- all together -------------------------------------------------------- */

static vt_status check_framing(const struct reading *r)
{
    if (r->has_coding && r->has_length) {
        return refuse(r->fault, 400,
                      "both Content-Length and Transfer-Encoding");
    }
    if (r->has_coding && (r->out->is_http10 || !r->coding_is_chunked)) {
        return refuse(r->fault, 400, "a transfer coding that is not known");
    }
    if (r->has_coding) {
        return refuse(r->fault, 411,
                      "chunked bodies are not taken: send Content-Length");
    }
    if (r->out->method == VT_HTTP_POST && !r->has_length) {
        return refuse(r->fault, 411, "a POST needs Content-Length");
    }
    if (r->out->method != VT_HTTP_POST && r->out->content_length > 0) {
        return refuse(r->fault, 400, "only a POST has a body");
    }
    return VT_OK;
}

vt_status vt_head_parse(struct vt_view head, const struct vt_head_rules *rules,
                        struct vt_head *out, struct vt_head_fault *fault)
{
    struct vt_head result = {.method = VT_HTTP_GET};
    struct reading r = {.rules = rules, .out = &result, .fault = fault};
    vt_status status = read_line(cut_line(&head), &result, fault);

    while (status == VT_OK && head.len > 2) {
        status = read_field(&r, cut_line(&head));
    }
    if (status == VT_OK) {
        status = check_framing(&r);
    }
    if (status == VT_OK && !r.has_host) {
        status = refuse(fault, 400, "Host is missing");
    }
    if (status == VT_OK) {
        status = vt_head_check_host(result.host, rules, fault);
    }
    if (status == VT_OK && r.has_origin) {
        status = vt_head_check_origin(r.origin, result.host, fault);
    }
    if (status == VT_OK) {
        *out = result;
    }
    return status;
}
