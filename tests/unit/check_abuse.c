/* SPDX-License-Identifier: Apache-2.0
 *
 * check_abuse.c - requests that RFC 9112 and RFC 9110 forbid, or that two
 * readers could understand differently, through a real socket: each gets the
 * answer it should, and none reaches the code behind the gate.
 */
#include "unit/suite.h"

#include "base/rng.h"
#include "support/http_probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GET "GET /echo HTTP/1.1\r\n"
#define POST "POST /echo HTTP/1.1\r\n"
#define HOST "Host: localhost\r\n"
#define END "\r\n"

struct payload {
    const char *name;
    int status;
    const char *bytes;
    size_t len; /* 0: strlen */
};

/* Answered by the gate, then closed. */
static const struct payload bad[] = {
    /* RFC 9112 2.2: lines end in CRLF; bare CR and bare LF are not lines */
    {"bare LF everywhere", 400, "GET /echo HTTP/1.1\nHost: localhost\n\n", 0},
    {"bare LF after a field", 400, GET "Host: localhost\nA: b\r\n" END, 0},
    {"bare LF as the empty line", 400, GET HOST "\n", 0},
    {"bare CR in the request line", 400, "GET /echo\r HTTP/1.1\r\n" HOST END,
     0},
    {"bare CR in a value", 400, GET HOST "A: b\rC: d\r\n" END, 0},
    {"CR CR LF", 400, GET "Host: localhost\r\r\n" END, 0},
    {"an empty line first", 400, "\r\n" GET HOST END, 0},
    {"a space before the method", 400, " " GET HOST END, 0},
    {"NUL in the request line", 400, "GET /e\0cho HTTP/1.1\r\n" HOST END, 40},
    {"NUL in a value", 400, GET HOST "A: b\0c\r\n" END, 47},
    {"a control character in a value", 400, GET HOST "A: b\x01\r\n" END, 0},
    {"DEL in a value", 400, GET HOST "A: b\x7f\r\n" END, 0},
    /* RFC 9112 3: method SP target SP version */
    {"two spaces after the method", 400, "GET  /echo HTTP/1.1\r\n" HOST END, 0},
    {"two spaces after the target", 400, "GET /echo  HTTP/1.1\r\n" HOST END, 0},
    {"a tab for a space", 400, "GET\t/echo\tHTTP/1.1\r\n" HOST END, 0},
    {"a space at the end", 400, "GET /echo HTTP/1.1 \r\n" HOST END, 0},
    {"no version", 400, "GET /echo\r\n" HOST END, 0},
    {"lower case version", 400, "GET /echo http/1.1\r\n" HOST END, 0},
    {"version 1.10", 400, "GET /echo HTTP/1.10\r\n" HOST END, 0},
    {"version 2.0", 505, "GET /echo HTTP/2.0\r\n" HOST END, 0},
    {"version 1.2", 505, "GET /echo HTTP/1.2\r\n" HOST END, 0},
    {"preface of HTTP/2", 405, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0},
    {"a TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11},
    {"a method that is no token", 400, "GE(T /echo HTTP/1.1\r\n" HOST END, 0},
    {"a method not served", 405, "DELETE /echo HTTP/1.1\r\n" HOST END, 0},
    {"TRACE", 405, "TRACE /echo HTTP/1.1\r\n" HOST END, 0},
    {"lower case method", 405, "get /echo HTTP/1.1\r\n" HOST END, 0},
    /* RFC 9112 3.2: forms of the target */
    {"absolute-form", 400, "GET http://localhost/echo HTTP/1.1\r\n" HOST END,
     0},
    {"authority-form", 400, "GET localhost:80 HTTP/1.1\r\n" HOST END, 0},
    {"asterisk-form", 400, "OPTIONS * HTTP/1.1\r\n" HOST END, 0},
    {"CONNECT", 405, "CONNECT localhost:80 HTTP/1.1\r\n" HOST END, 0},
    {"a target of another host", 400, "GET //evil/echo HTTP/1.1\r\n" HOST END,
     0},
    {"a fragment", 400, "GET /echo#a HTTP/1.1\r\n" HOST END, 0},
    {"a backslash", 400, "GET /echo\\a HTTP/1.1\r\n" HOST END, 0},
    {"a byte above ASCII", 400, "GET /\xc3\xa9 HTTP/1.1\r\n" HOST END, 0},
    {"an encoded NUL", 400, "GET /echo%00 HTTP/1.1\r\n" HOST END, 0},
    {"half an encoded byte", 400, "GET /echo%a HTTP/1.1\r\n" HOST END, 0},
    /* RFC 9112 3.2: exactly one Host; rebinding */
    {"no Host", 400, GET END, 0},
    {"no Host in HTTP/1.0", 400, "GET /echo HTTP/1.0\r\n" END, 0},
    {"two Hosts", 400, GET HOST HOST END, 0},
    {"an empty Host", 400, GET "Host:\r\n" END, 0},
    {"a Host with a path", 400, GET "Host: localhost/a\r\n" END, 0},
    {"a Host with a user", 400, GET "Host: a@localhost\r\n" END, 0},
    {"a Host with a bad port", 400, GET "Host: localhost:8x\r\n" END, 0},
    {"a Host list", 400, GET "Host: localhost, evil\r\n" END, 0},
    {"a Host of another site", 403, GET "Host: evil.example\r\n" END, 0},
    {"a Host that starts like ours", 403, GET "Host: localhost.evil\r\n" END,
     0},
    {"a Host that is another address", 403, GET "Host: 10.0.0.1\r\n" END, 0},
    {"Host with a closing dot", 403, GET "Host: localhost.\r\n" END, 0},
    /* RFC 9112 5: fields */
    {"a space before the colon", 400, GET "Host : localhost\r\n" END, 0},
    {"a tab before the colon", 400, GET HOST "A\t: b\r\n" END, 0},
    {"a folded field", 400, GET HOST "A: b\r\n c\r\n" END, 0},
    {"a fold right after the request line", 400, GET " X: y\r\n" HOST END, 0},
    {"a field without colon", 400, GET HOST "Abc\r\n" END, 0},
    {"a field without name", 400, GET HOST ": b\r\n" END, 0},
    {"a name that is no token", 400, GET HOST "A(b): c\r\n" END, 0},
    /* RFC 9112 6: how long a body is */
    {"two lengths", 400,
     POST HOST "Content-Length: 5\r\nContent-Length: 6\r\n" END "hello", 0},
    {"twice the same length", 400,
     POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n" END "hello", 0},
    {"a list of lengths", 400, POST HOST "Content-Length: 5, 5\r\n" END "hello",
     0},
    {"a length with plus", 400, POST HOST "Content-Length: +5\r\n" END "hello",
     0},
    {"a length with minus", 400, POST HOST "Content-Length: -5\r\n" END "hello",
     0},
    {"a hexadecimal length", 400,
     POST HOST "Content-Length: 0x5\r\n" END "hello", 0},
    {"a length with a space in it", 400,
     POST HOST "Content-Length: 1 0\r\n" END "hello", 0},
    {"an empty length", 400, POST HOST "Content-Length:\r\n" END, 0},
    {"a length with a point", 400,
     POST HOST "Content-Length: 5.0\r\n" END "hello", 0},
    {"a length that overflows", 413,
     POST HOST "Content-Length: 18446744073709551621\r\n" END "hello", 0},
    {"a body above the limit", 413, POST HOST "Content-Length: 65537\r\n" END,
     0},
    {"length and coding", 400,
     POST HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END
               "0\r\n\r\n",
     0},
    {"coding and length", 400,
     POST HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END
               "0\r\n\r\n",
     0},
    {"chunked", 411,
     POST HOST "Transfer-Encoding: chunked\r\n" END "5\r\nhello\r\n0\r\n\r\n",
     0},
    {"a chunk size with 0x", 411,
     POST HOST "Transfer-Encoding: chunked\r\n" END "0x5\r\nhello\r\n0\r\n\r\n",
     0},
    {"another coding", 400, POST HOST "Transfer-Encoding: gzip\r\n" END, 0},
    {"a list of codings", 400,
     POST HOST "Transfer-Encoding: gzip, chunked\r\n" END "0\r\n\r\n", 0},
    {"chunked, misspelt", 400,
     POST HOST "Transfer-Encoding: xchunked\r\n" END "0\r\n\r\n", 0},
    {"chunked with a vertical tab", 400,
     POST HOST "Transfer-Encoding: \x0b"
               "chunked\r\n" END "0\r\n\r\n",
     0},
    {"two codings", 400,
     POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
               "identity\r\n" END "0\r\n\r\n",
     0},
    {"a coding in HTTP/1.0", 400,
     "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END
     "0\r\n\r\n",
     0},
    {"a POST without length", 411, POST HOST END, 0},
    {"a GET with a body", 400, GET HOST "Content-Length: 5\r\n" END "hello", 0},
    {"a compressed body", 415,
     POST HOST "Content-Encoding: gzip\r\nContent-Length: 2\r\n" END "\x1f\x8b",
     0},
    /* RFC 9110 10.1.1 */
    {"another expectation", 417,
     POST HOST "Expect: 200-ok\r\nContent-Length: 1\r\n" END "x", 0},
    /* pages of other sites */
    {"an Origin of another site", 403,
     GET HOST "Origin: http://evil.example\r\n" END, 0},
    {"Origin null", 403, GET HOST "Origin: null\r\n" END, 0},
    {"an https Origin", 403, GET HOST "Origin: https://localhost\r\n" END, 0},
    {"two Origins", 400,
     GET HOST "Origin: http://localhost\r\nOrigin: http://localhost\r\n" END,
     0},
    {"an image on a page of another site", 403,
     GET HOST "Sec-Fetch-Site: cross-site\r\n" END, 0},
    {"an event id that is none", 400, GET HOST "Last-Event-ID: -1\r\n" END, 0},
};

/* A good request, and more behind it: one at a time here (RFC 9112 9.3.2). */
static const struct payload trains[] = {
    {"two requests at once", 400, GET HOST END GET HOST END, 0},
    {"more body than said", 400, POST HOST "Content-Length: 5\r\n" END "hello!",
     0},
    {"a request behind the body", 400,
     POST HOST "Content-Length: 2\r\n" END "{}GET /evil HTTP/1.1\r\n" HOST END,
     0},
};

/* Unusual, and right. */
static const struct payload good[] = {
    {"plain", 200, GET HOST END, 0},
    {"host with port", 200, GET "Host: localhost:7201\r\n" END, 0},
    {"host in capitals", 200, GET "HOST: LocalHost\r\n" END, 0},
    {"an address for host", 200, GET "Host: 127.0.0.1:1\r\n" END, 0},
    {"another loopback address", 200, GET "Host: 127.8.8.8\r\n" END, 0},
    {"an IPv6 address", 200, GET "Host: [::1]:80\r\n" END, 0},
    {"no space after the colon", 200, GET "Host:localhost\r\n" END, 0},
    {"much space around a value", 200, GET "Host: \t localhost\t \r\n" END, 0},
    {"an empty value", 200, GET HOST "Accept:\r\n" END, 0},
    {"bytes above ASCII in a value", 200,
     GET HOST "User-Agent: \xc3\xa9\r\n" END, 0},
    {"a query", 200, "GET /echo?a=b&c=%20 HTTP/1.1\r\n" HOST END, 0},
    {"an encoded path", 404, "GET /%65cho HTTP/1.1\r\n" HOST END, 0},
    {"all that a target may have", 404,
     "GET /-._~!$&'()*+,;=:@//%41:?/-._~!$&'()*+,;=:@/? HTTP/1.1\r\n" HOST END,
     0},
    {"HTTP/1.0", 200, "GET /echo HTTP/1.0\r\n" HOST END, 0},
    {"HTTP/1.0 that wants to stay", 200,
     "GET /echo HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n" END, 0},
    {"a body", 200, POST HOST "Content-Length: 5\r\n" END "hello", 0},
    {"an empty body", 200, POST HOST "Content-Length: 0\r\n" END, 0},
    {"zeros before the length", 200,
     POST HOST "Content-Length: 0005\r\n" END "hello", 0},
    {"a GET that says it has none", 200, GET HOST "Content-Length: 0\r\n" END,
     0},
    {"our own Origin", 200, GET HOST "Origin: http://localhost\r\n" END, 0},
    {"our own page", 200, GET HOST "Sec-Fetch-Site: same-origin\r\n" END, 0},
    {"OPTIONS", 200, "OPTIONS /echo HTTP/1.1\r\n" HOST END, 0},
    {"an upgrade nobody makes", 200,
     GET HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n" END, 0},
};

static struct probe_server *server;

static void set_up(void)
{
    struct probe_args args = {.listen = NULL};

    server = probe_start(&args);
}

static void tear_down(void)
{
    probe_stop(server);
}

static size_t length(const struct payload *p)
{
    return p->len == 0 ? strlen(p->bytes) : p->len;
}

static void expect_refusal(const struct payload *p)
{
    int fd = probe_connect(probe_endpoint(server));
    char out[1024];

    probe_send(fd, p->bytes, length(p));
    ck_assert_msg(probe_answer(fd, out, sizeof out, 3000) == p->status,
                  "%s: wanted %d, got: %s", p->name, p->status, out);
    ck_assert_msg(strstr(out, "Connection: close\r\n") != NULL, "%s", p->name);
    ck_assert_msg(probe_closed(fd, 3000), "%s: not closed", p->name);
    ck_assert_msg(probe_calls(server) == 0, "%s: dispatched", p->name);
    (void)close(fd);
}

START_TEST(what_is_wrong_is_answered_and_closed_and_never_dispatched)
{
    expect_refusal(&bad[_i]);
}
END_TEST

START_TEST(what_comes_behind_a_request_at_once_is_refused_with_it)
{
    expect_refusal(&trains[_i]);
}
END_TEST

START_TEST(what_is_unusual_but_right_is_served)
{
    const struct payload *p = &good[_i];
    int status = probe_once(probe_endpoint(server), p->bytes, length(p));

    ck_assert_msg(status == p->status, "%s: %d", p->name, status);
    ck_assert_uint_eq(probe_calls(server), 1);
}
END_TEST

/* Every payload again, cut in two at many places: the pieces come one after
 * the other and the outcome is the same. */
START_TEST(pieces_give_the_same_answer)
{
    const struct payload *p = &bad[_i];
    size_t len = length(p);

    for (size_t cut = 1; cut < len; cut += 1 + len / 16) {
        int fd = probe_connect(probe_endpoint(server));
        char out[1024];
        int status;

        probe_send(fd, p->bytes, cut);
        (void)usleep(300);
        probe_send(fd, p->bytes + cut, len - cut);
        status = probe_answer(fd, out, sizeof out, 3000);
        ck_assert_msg(status == p->status, "%s cut at %zu: %s", p->name, cut,
                      out);
        (void)close(fd);
    }
}
END_TEST

static void expect_long(const char *prefix, size_t count, const char *unit,
                        int status)
{
    struct vt_buf request = VT_BUF_INIT(1u << 20);

    (void)vt_buf_printf(&request, "%s", prefix);
    for (size_t i = 0; i < count; i++) {
        (void)vt_buf_printf(&request, "%s", unit);
    }
    (void)vt_buf_printf(&request, "\r\n\r\n");
    ck_assert_int_eq(probe_once(probe_endpoint(server),
                                (const char *)request.data, request.len),
                     status);
    ck_assert_uint_eq(probe_calls(server), 0);
    vt_buf_fini(&request);
}

START_TEST(heads_have_a_size)
{
    expect_long("GET /", 3000, "a", 414);
    expect_long("GET /", 100000, "a", 414);
    expect_long(GET HOST "A: ", 17000, "b", 431);
    expect_long(GET HOST "A: b", 70, "\r\nC: d", 431);
    expect_long(GET HOST, 40000, "b", 431);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
    struct vt_rng rng;
    char bytes[600];
    int status = 0;

    vt_rng_init(&rng, 20250101);
    for (int i = 0; i < 400; i++) {
        const struct payload *p =
            &bad[vt_rng_below(&rng, sizeof bad / sizeof bad[0])];
        size_t len = length(p);
        int fd = probe_connect(probe_endpoint(server));

        memcpy(bytes, p->bytes, len);
        if (i % 4 == 0) {
            len = vt_rng_below(&rng, sizeof bytes);
            vt_rng_fill(&rng, bytes, len);
        }
        for (int k = 0; k < 3 && len > 0; k++) {
            bytes[vt_rng_below(&rng, len)] = (char)vt_rng_u64(&rng);
        }
        probe_send(fd, bytes, len);
        (void)close(fd);
    }
    for (int i = 0; i < 100 && status != 200; i++) {
        status =
            probe_once(probe_endpoint(server), good[0].bytes, length(&good[0]));
        (void)usleep(10000);
    }
    ck_assert_int_eq(status, 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/api/abuse");
    TCase *tcase = tcase_create("payloads");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(
        tcase, what_is_wrong_is_answered_and_closed_and_never_dispatched, 0,
        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_loop_test(tcase,
                        what_comes_behind_a_request_at_once_is_refused_with_it,
                        0, (int)(sizeof trains / sizeof trains[0]));
    tcase_add_loop_test(tcase, what_is_unusual_but_right_is_served, 0,
                        (int)(sizeof good / sizeof good[0]));
    tcase_add_loop_test(tcase, pieces_give_the_same_answer, 0,
                        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(tcase, heads_have_a_size);
    tcase_add_test(tcase, random_bytes_do_no_harm);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
