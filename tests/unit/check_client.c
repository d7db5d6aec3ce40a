/* SPDX-License-Identifier: Apache-2.0
 *
 * check_client.c - the JSON-RPC client against a server that answers well,
 * badly, late or not at all; the reader of server-sent events.
 */
#include "unit/suite.h"

#include "api/client.h"
#include "api/endpoint.h"
#include "api/sse.h"
#include "base/bytes.h"
#include "base/status.h"
#include "unit/fake_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS                                                                 \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"                   \
    "Connection: close\r\n\r\n: hello\n\n"                                     \
    "event: final\nid: 7\ndata: {\"height\":7}\n\n"                            \
    "event: final\r\nid: 8\r\ndata: {\"height\":\r\ndata: 8}\r\n\r\n"

static struct fake_http *server;
static struct vt_client *client;

static void answer(void *ctx, const char *line, const char *body,
                   struct vt_buf *out)
{
    const char *method = strstr(body, "\"method\":\"");

    (void)ctx;
    method = method == NULL ? "" : method + strlen("\"method\":\"");
    if (strncmp(line, "GET /events?chain=main&types=final ", 35) == 0) {
        (void)vt_buf_printf(out, "%s", EVENTS);
    } else if (strncmp(line, "GET /events?chain=broken ", 25) == 0) {
        (void)vt_buf_printf(out, "HTTP/1.1 200 OK\r\n\r\ndata: {\"a\":\n\n");
    } else if (strncmp(line, "GET /events", 11) == 0) {
        fake_http_answer(out, 404, "text/plain", "no such chain");
    } else if (strncmp(line, "POST /rpc ", 10) != 0) {
        fake_http_answer(out, 405, "text/plain", "no");
    } else if (strncmp(method, "echo", 4) == 0) {
        char text[600];

        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}", body);
        fake_http_answer(out, 200, "application/json", text);
    } else if (strncmp(method, "refuse", 6) == 0) {
        fake_http_answer(out, 200, "application/json",
                         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":"
                         "-32000,\"message\":\"not enough funds\",\"data\":{"
                         "\"code\":\"no_funds\",\"have\":\"1\"}}}");
    } else if (strncmp(method, "html", 4) == 0) {
        fake_http_answer(out, 502, "text/html", "<h1>Bad gateway</h1>");
    } else if (strncmp(method, "other_id", 8) == 0) {
        fake_http_answer(out, 200, "application/json",
                         "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":1}");
    } else if (strncmp(method, "large", 5) == 0) {
        char text[3000];

        (void)snprintf(text, sizeof text, "{\"id\":1,\"result\":\"%2900s\"}",
                       "x");
        fake_http_answer(out, 200, "application/json", text);
    } else if (strncmp(method, "ssh", 3) == 0) {
        (void)vt_buf_printf(out, "SSH-2.0-OpenSSH_9.2\r\n");
    } else if (strncmp(method, "late", 4) == 0) {
        (void)usleep(600000);
    }
}

static void connect_to(const char *endpoint)
{
    struct vt_client_args args = {.endpoint = endpoint,
                                  .connect_timeout_ms = 1000,
                                  .total_timeout_ms = 200,
                                  .answer_max_bytes = 2048};
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(vt_client_new(&args, &client, &err) == VT_OK, "%s", err.text);
}

static void set_up(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    server = fake_http_start(NULL, answer, NULL);
    ck_assert_ptr_nonnull(server);
    connect_to(fake_http_endpoint(server));
}

static void tear_down(void)
{
    vt_client_free(client);
    fake_http_stop(server);
}

/* The call fails with this status, and its text has all of these words. */
static void expect_failure(const char *method, vt_status status,
                           const char *words)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_json *result = NULL;
    char copy[200];
    char *rest = copy;
    char *word;

    ck_assert_int_eq(vt_client_call(client, method, NULL, 0, &result, &err),
                     status);
    ck_assert_ptr_null(result);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    (void)snprintf(copy, sizeof copy, "%s", words);
    while ((word = strsep(&rest, "|")) != NULL) {
        ck_assert_msg(strstr(err.text, word) != NULL, "no '%s' in: %s", word,
                      err.text);
    }
}

START_TEST(a_call_sends_method_and_parameters_and_gives_the_result)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_json_maker m;
    struct vt_json *params = NULL;
    struct vt_json *result = NULL;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", "main");
    ck_assert_int_eq(vt_json_end(&m, &params), VT_OK);
    ck_assert_msg(vt_client_call(client, "echo", params, 0, &result, &err) ==
                      VT_OK,
                  "%s", err.text);
    vt_json_free(params);
    ck_assert_str_eq(vt_json_text_or(result, "jsonrpc", ""), "2.0");
    ck_assert_str_eq(vt_json_text_or(result, "method", ""), "echo");
    ck_assert_str_eq(vt_json_text_or(result, "params.chain", ""), "main");
    vt_json_free(result);
}
END_TEST

START_TEST(a_unix_socket_works_too)
{
    char path[64];
    char endpoint[80];
    struct fake_http *local;
    struct vt_json *result = NULL;
    struct vt_err err = VT_ERR_INIT;

    (void)snprintf(path, sizeof path, "/tmp/vt-client-%ld.sock",
                   (long)getpid());
    (void)unlink(path);
    local = fake_http_start(path, answer, NULL);
    ck_assert_ptr_nonnull(local);
    vt_client_free(client);
    connect_to(fake_http_endpoint(local));
    ck_assert_int_eq(vt_client_call(client, "echo", NULL, 0, &result, &err),
                     VT_OK);
    vt_json_free(result);
    fake_http_stop(local);
    (void)unlink(path);
    (void)snprintf(endpoint, sizeof endpoint, "unix:%s", path);
    expect_failure("echo", VT_E_IO, "no such socket|vtchain dev|--node");
    ck_assert_str_eq(vt_client_endpoint(client), endpoint);
}
END_TEST

START_TEST(a_refusal_keeps_the_nodes_words)
{
    expect_failure("refuse", VT_E_DENIED, "not enough funds");
    ck_assert_str_eq(vt_json_text_or(vt_client_error(client), "data.code", ""),
                     "no_funds");
    expect_failure("html", VT_E_CORRUPT, "HTTP 502|no JSON-RPC");
    ck_assert_ptr_null(vt_client_error(client));
}
END_TEST

START_TEST(answers_that_are_none_name_endpoint_and_cure)
{
    expect_failure("other_id", VT_E_CORRUPT, "127.0.0.1:|HTTP 200");
    expect_failure("large", VT_E_CORRUPT, "more than 2048 bytes");
    expect_failure("ssh", VT_E_CORRUPT, "does not speak HTTP|[api] listen");
    expect_failure("nothing", VT_E_IO, "closed the connection|--node");
    expect_failure("late", VT_E_IO, "did not answer in time");
}
END_TEST

START_TEST(a_port_nobody_listens_on_is_connection_refused)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char endpoint[64];

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/",
                   (unsigned)ntohs(at.sin_port));
    vt_client_free(client);
    connect_to(endpoint);
    expect_failure("echo", VT_E_IO,
                   "connection refused|127.0.0.1|vtchain dev|--node");
    (void)close(fd);
}
END_TEST

START_TEST(proxies_of_the_environment_are_not_asked)
{
    struct vt_json *result = NULL;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    ck_assert_int_eq(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    ck_assert_int_eq(vt_client_call(client, "echo", NULL, 0, &result, &err),
                     VT_OK);
    vt_json_free(result);
}
END_TEST

START_TEST(endpoints_have_three_forms)
{
    static const char *const good[][2] = {
        {"127.0.0.1:7201", "http://127.0.0.1:7201"},
        {"http://node-1.example:80/", "http://node-1.example:80"},
        {"[::1]:7201", "http://[::1]:7201"},
        {"unix:/run/vt.sock", "http://localhost"}};
    static const char *const bad[] = {
        "",          "localhost",      ":7201",     "host:",
        "host:0",    "host:65536",     "host:12x",  "https://host:7201",
        "unix:sock", "http://a/b:1/c", "a b:7201",  "user@host:1",
        "[::1]",     "host:-1",        "ftp://h:1", "[zz]:1"};
    struct vt_endpoint out;
    struct vt_err err = VT_ERR_INIT;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_int_eq(vt_endpoint_parse(good[i][0], &out, &err), VT_OK);
        ck_assert_str_eq(out.url, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(vt_endpoint_parse(bad[i], &out, &err) == VT_E_INVALID,
                      "taken: '%s'", bad[i]);
        ck_assert_ptr_nonnull(strstr(err.text, "unix:/path"));
    }
    {
        char longer[200];

        memset(longer, 'a', sizeof longer);
        longer[199] = '\0';
        ck_assert_int_eq(vt_endpoint_parse(longer, &out, &err), VT_E_INVALID);
    }
}
END_TEST

struct seen {
    unsigned count, stop_at;
    uint64_t height;
    char id[16];
};

static int on_event(void *ctx, const char *name, const char *id,
                    const struct vt_json *data)
{
    struct seen *seen = ctx;

    ck_assert_str_eq(name, "final");
    seen->height = vt_json_u64_or(data, "height", 0);
    (void)snprintf(seen->id, sizeof seen->id, "%s", id);
    return ++seen->count == seen->stop_at;
}

START_TEST(events_come_until_the_callback_has_enough)
{
    struct vt_err err = VT_ERR_INIT;
    struct seen seen = {.stop_at = 2};

    ck_assert_msg(vt_client_events(client, "main", "final", on_event, &seen,
                                   NULL, &err) == VT_OK,
                  "%s", err.text);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_uint_eq(seen.height, 8);
    ck_assert_str_eq(seen.id, "8");
}
END_TEST

START_TEST(a_stream_that_ends_breaks_or_is_refused_is_told)
{
    struct vt_err err = VT_ERR_INIT;
    struct seen seen = {.stop_at = 3};
    _Atomic int stop = 1;

    ck_assert_int_eq(
        vt_client_events(client, "main", "final", on_event, &seen, NULL, &err),
        VT_E_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "closed the stream"));
    ck_assert_int_eq(
        vt_client_events(client, "broken", NULL, on_event, &seen, NULL, &err),
        VT_E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "not JSON"));
    ck_assert_int_eq(
        vt_client_events(client, "a&b", "", on_event, &seen, NULL, &err),
        VT_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "no such chain"));
    ck_assert_int_eq(
        vt_client_events(client, "main", "final", on_event, &seen, &stop, &err),
        VT_OK);
}
END_TEST

static int count_raw(void *ctx, const char *name, const char *id,
                     struct vt_view data)
{
    unsigned *count = ctx;

    (void)id;
    ck_assert_str_eq(name, *count == 0 ? "final" : "message");
    ck_assert(*count == 0 ? vt_view_eq(data, vt_view_str("a\nb"))
                          : data.len == 0);
    (*count)++;
    return 0;
}

START_TEST(a_stream_cut_anywhere_gives_the_same_events)
{
    static const char text[] = ":c\nevent:final\nid: 1\nretry: 5\ndata:a\n"
                               "data: b\nnonsense\n\n\ndata\n\nevent: x\n\n";

    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct vt_sse sse;
        unsigned count = 0;

        vt_sse_init(&sse, count_raw, &count);
        ck_assert_int_eq(vt_sse_feed(&sse, vt_view_of(text, cut)), VT_OK);
        ck_assert_int_eq(
            vt_sse_feed(&sse, vt_view_of(text + cut, sizeof text - 1 - cut)),
            VT_OK);
        ck_assert_uint_eq(count, 2);
        vt_sse_fini(&sse);
    }
}
END_TEST

START_TEST(an_endless_line_is_refused)
{
    static uint8_t bytes[65536];
    struct vt_sse sse;
    unsigned count = 0;
    vt_status status = VT_OK;

    memset(bytes, 'x', sizeof bytes);
    vt_sse_init(&sse, count_raw, &count);
    for (int i = 0; i < 17 && status == VT_OK; i++) {
        status = vt_sse_feed(&sse, vt_view_of(bytes, sizeof bytes));
    }
    ck_assert_int_eq(status, VT_E_LIMIT);
    vt_sse_fini(&sse);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_call_sends_method_and_parameters_and_gives_the_result,
        a_unix_socket_works_too,
        a_refusal_keeps_the_nodes_words,
        answers_that_are_none_name_endpoint_and_cure,
        a_port_nobody_listens_on_is_connection_refused,
        proxies_of_the_environment_are_not_asked,
        events_come_until_the_callback_has_enough,
        a_stream_that_ends_breaks_or_is_refused_is_told};
    const TTest *const pure[] = {endpoints_have_three_forms,
                                 a_stream_cut_anywhere_gives_the_same_events,
                                 an_endless_line_is_refused};
    Suite *suite = suite_create("client");
    TCase *tcase = tcase_create("server");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    VT_SUITE_ADD(suite, "pure", pure);
    return vt_suite_run(suite);
}
