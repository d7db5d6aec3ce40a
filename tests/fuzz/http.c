/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - fuzz target of the strict reader of HTTP heads.
 */
#include "api/head.h"
#include "base/bytes.h"
#include "fuzz/targets.h"

#include <inttypes.h>
#include <stdio.h>

#define CANON_MAX 8192u

static const struct vt_head_rules rules = {.host = "10.1.2.3",
                                           .body_max_bytes = 65536};

static void must_explain(const struct vt_head_fault *fault)
{
    vt_fuzz_must(fault->status >= 400 && fault->status < 600 &&
                     fault->text != NULL && fault->text[0] != '\0',
                 "a refusal has a status and says why");
}

/* In one piece and byte by byte the outcome is the same. */
static vt_status scan(struct vt_view bytes, size_t *out_len)
{
    struct vt_head_scan whole = {0};
    struct vt_head_scan pieces = {0};
    struct vt_head_fault fault = {0, NULL};
    struct vt_head_fault again = {0, NULL};
    vt_status status = vt_head_scan(&whole, bytes, out_len, &fault);
    vt_status other = VT_E_STATE;
    size_t len = 0;

    for (size_t i = 1; i <= bytes.len && other == VT_E_STATE; i++) {
        other = vt_head_scan(&pieces, vt_view_of(bytes.ptr, i), &len, &again);
    }
    vt_fuzz_must(status == other, "pieces change nothing");
    if (status == VT_OK) {
        vt_fuzz_must(*out_len == len && len <= bytes.len && len <= VT_HEAD_MAX,
                     "a head ends in one place");
    } else if (status == VT_E_INVALID) {
        must_explain(&fault);
        vt_fuzz_must(fault.status == again.status, "pieces change no reason");
    }
    return status;
}

/* The head as it was understood, said again. */
static void say(const struct vt_head *h, struct vt_buf *out)
{
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};

    (void)vt_buf_printf(out, "%s %.*s HTTP/1.%d\r\nHost: %.*s\r\n",
                        methods[h->method], (int)h->target.len,
                        (const char *)h->target.ptr, !h->is_http10,
                        (int)h->host.len, (const char *)h->host.ptr);
    if (h->method == VT_HTTP_POST) {
        (void)vt_buf_printf(out, "Content-Length: %" PRIu64 "\r\n",
                            h->content_length);
    }
    if (h->last_event_id.len > 0) {
        (void)vt_buf_printf(out, "Last-Event-ID: %.*s\r\n",
                            (int)h->last_event_id.len,
                            (const char *)h->last_event_id.ptr);
    }
    if (h->wants_close) {
        (void)vt_buf_printf(out, "Connection: close\r\n");
    }
    if (h->wants_continue) {
        (void)vt_buf_printf(out, "Expect: 100-continue\r\n");
    }
    (void)vt_buf_printf(out, "\r\n");
}

static void must_be_clean(struct vt_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        vt_fuzz_must(text.ptr[i] > 0x20 && text.ptr[i] < 0x7f,
                     "what is passed on is printable and has no space");
    }
}

static void must_mean_the_same(const struct vt_head *h)
{
    struct vt_buf text = VT_BUF_INIT(CANON_MAX);
    struct vt_head_fault fault = {0, NULL};
    struct vt_head_scan state = {0};
    struct vt_head again;
    size_t len = 0;

    say(h, &text);
    vt_fuzz_must(
        vt_head_scan(&state, vt_buf_view(&text), &len, &fault) == VT_OK &&
            len == text.len &&
            vt_head_parse(vt_buf_view(&text), &rules, &again, &fault) == VT_OK,
        "what was understood can be said");
    vt_fuzz_must(again.method == h->method && again.is_http10 == h->is_http10 &&
                     again.wants_close == h->wants_close &&
                     again.wants_continue == h->wants_continue &&
                     again.content_length == h->content_length &&
                     vt_view_eq(again.target, h->target) &&
                     vt_view_eq(again.host, h->host) &&
                     vt_view_eq(again.last_event_id, h->last_event_id),
                 "and means the same");
    vt_buf_fini(&text);
}

void vt_fuzz_http_head(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_head_fault fault = {0, NULL};
    struct vt_head head;
    size_t len = 0;

    (void)self;
    if (scan(bytes, &len) != VT_OK) {
        return;
    }
    if (vt_head_parse(vt_view_of(bytes.ptr, len), &rules, &head, &fault) !=
        VT_OK) {
        must_explain(&fault);
        return;
    }
    vt_fuzz_must(head.target.len > 0 && head.target.ptr[0] == '/',
                 "a target is a path");
    vt_fuzz_must(head.content_length <= rules.body_max_bytes,
                 "a body is not above the limit");
    vt_fuzz_must(head.method == VT_HTTP_POST || head.content_length == 0,
                 "only a POST has a body");
    must_be_clean(head.target);
    must_be_clean(head.host);
    must_mean_the_same(&head);
}
