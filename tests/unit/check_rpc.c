/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rpc.c - what is wrong with requests and parameters, many clients, the
 * end, and the pages that are not JSON-RPC.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "support/rpc_probe.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- parameters ---------------------------------------------------------- */

static const struct {
    const char *method, *params, *path, *word;
} wrong[] = {
    {"chain.status", NULL, "params.chain", "chain.list"},
    {"chain.status", "{\"chain\":5}", "params.chain", "is a whole number"},
    {"chain.status", "[\"main\"]", "params", "by name"},
    {"chain.status", "{\"chain\":\"main\",\"x\":1}", "params.x", "chain"},
    {"node.status", "{\"chain\":\"main\"}", "params.chain", "none"},
    {"block.get", "{\"chain\":\"main\",\"height\":-1}", "params.height",
     "zero or more"},
    {"block.get", "{\"chain\":\"main\",\"height\":1.5}", "params.height",
     "fraction"},
    {"block.get", "{\"chain\":\"main\",\"id\":\"12\"}", "params.id",
     "64 hexadecimal digits"},
    {"block.get", "{\"chain\":\"main\",\"txs\":\"yes\"}", "params.txs",
     "true or false"},
    {"block.get", "{\"chain\":\"main\",\"count\":10001}", "params.count",
     "to 1000"},
    {"block.get", "{\"chain\":\"main\",\"hieght\":1}", "params.hieght",
     "height"},
    {"tx.submit", "{\"chain\":\"main\"}", "params.raw", "missing"},
    {"tx.submit", "{\"chain\":\"main\",\"raw\":\"xyz\"}", "params.raw",
     "hexadecimal"},
    {"tx.submit", "{\"chain\":\"main\",\"raw\":\"\"}", "params.raw", "empty"},
    {"tx.submit", "{\"chain\":\"main\",\"raw\":\"00\",\"wait\":\"done\"}",
     "params.wait", "\"final\""},
    {"tx.submit", "{\"chain\":\"main\",\"raw\":\"00\",\"timeout_ms\":60001}",
     "params.timeout_ms", "1 to 60000"},
    {"tx.submit", "{\"chain\":\"main\",\"raw\":\"00\",\"timeout_ms\":0}",
     "params.timeout_ms", "1 to 60000"},
    {"tx.get", "{\"chain\":\"main\"}", "params.id", "missing"},
    {"account.get", "{\"chain\":\"main\",\"address\":\"vt1xyz\"}",
     "params.address", "vt1"},
    {"account.get", "{\"chain\":\"main\",\"address\":[]}", "params.address",
     "an array"},
    {"balance.get",
     "{\"chain\":\"main\",\"address\":\"vt1xyz\",\"asset\":\"BVC\"}",
     "params.address", "vt1"},
    {"asset.get", "{\"chain\":\"main\",\"asset\":7}", "params.asset", "symbol"},
};

START_TEST(a_bad_parameter_is_named_with_what_it_may_be)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rpc_bad(wrong[i].method, wrong[i].params, -32602);
        ck_assert_str_eq(rpc_error("data.path"), wrong[i].path);
        ck_assert_msg(strstr(rpc_error("message"), wrong[i].word) != NULL,
                      "%s: no '%s' in: %s", wrong[i].method, wrong[i].word,
                      rpc_error("message"));
    }
    rpc_bad("chain.status", "{\"chain\":\"other\"}", -32001);
    rpc_bad("chain.stop", "{}", -32601);
}
END_TEST

/* ---- JSON-RPC ------------------------------------------------------------ */

#define CALL(id, method) "{\"jsonrpc\":\"2.0\"," id "\"method\":\"" method "\"}"
#define ERR(code) "\"error\":{\"code\":" code

static const struct {
    const char *body;
    int status;
    const char *want[3];
} conversations[] = {
    {CALL("\"id\":1,", "peer.list"), 200, {"\"id\":1", "\"result\":["}},
    {CALL("\"id\":\"a\",", "peer.list"), 200, {"\"id\":\"a\""}},
    {CALL("\"id\":null,", "peer.list"), 200, {"\"id\":null"}},
    {CALL("\"id\":-7,", "peer.list"), 200, {"\"id\":-7"}},
    {CALL("", "peer.list"), 204, {NULL}},
    {CALL("", "no.such"), 204, {NULL}},
    {"[" CALL("", "peer.list") "," CALL("", "node.status") "]", 204, {NULL}},
    {"[" CALL("\"id\":1,", "peer.list") "," CALL("", "peer.list") ",5,"
                                                                  "{}]",
     200,
     {"[{", ERR("-32600"), "\"id\":1"}},
    {"", 200, {ERR("-32700"), "\"id\":null"}},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"x\"", 200, {ERR("-32700")}},
    {"[1,2", 200, {ERR("-32700")}},
    {"\xff\xfe", 200, {ERR("-32700")}},
    {"{\"id\":1,\"id\":2}", 200, {ERR("-32700")}},
    {"[]", 200, {ERR("-32600"), "empty batch"}},
    {"[1]", 200, {"[{", ERR("-32600")}},
    {"{}", 200, {ERR("-32600"), "\"id\":null"}},
    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"peer.list\"}",
     200,
     {ERR("-32600")}},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", 200, {ERR("-32600")}},
    {CALL("\"id\":[],", "peer.list"), 200, {ERR("-32600"), "\"id\":null"}},
    {CALL("\"id\":1.5,", "peer.list"), 200, {ERR("-32600")}},
    {CALL("\"id\":true,", "peer.list"), 200, {ERR("-32600")}},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"peer.list\",\"params\":5}",
     200,
     {ERR("-32602")}},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"peer.list\",\"params\":"
     "\"x\"}",
     200,
     {ERR("-32602")}},
};

START_TEST(json_rpc_is_spoken_to_the_letter)
{
    for (size_t i = 0; i < sizeof conversations / sizeof conversations[0];
         i++) {
        int status = rpc_post(conversations[i].body);

        ck_assert_msg(status == conversations[i].status, "%s: %d",
                      conversations[i].body, status);
        for (size_t k = 0; k < 3 && conversations[i].want[k] != NULL; k++) {
            ck_assert_msg(strstr(rpc_text, conversations[i].want[k]) != NULL,
                          "%s: no %s in %s", conversations[i].body,
                          conversations[i].want[k], rpc_text);
        }
    }
}
END_TEST

static void expect_many(const char *open, const char *unit, size_t count,
                        const char *close, const char *want)
{
    struct vt_buf body = VT_BUF_INIT(120000);

    (void)vt_buf_printf(&body, "%s", open);
    for (size_t i = 0; i < count; i++) {
        (void)vt_buf_printf(&body, "%s%s", i == 0 ? "" : ",", unit);
    }
    (void)vt_buf_printf(&body, "%s", close);
    ck_assert_int_eq(rpc_post(vt_buf_text(&body)), 200);
    ck_assert_msg(strstr(rpc_text, want) != NULL, "no %s in %.200s", want,
                  rpc_text);
    vt_buf_fini(&body);
}

START_TEST(requests_have_a_size)
{
    expect_many("[", CALL("\"id\":1,", "chain.list"), 64, "]", "\"result\"");
    expect_many("[", CALL("\"id\":1,", "chain.list"), 65, "]", "at most 64");
    expect_many("[", "[]", 9000, "]", "8192");
    expect_many("{\"jsonrpc\":\"2.0\",\"id\":\"", "x", 200,
                "\",\"method\":\"chain.list\"}", "128 bytes");
    memset(rpc_text, '[', 50000);
    rpc_text[50000] = '\0';
    {
        char *deep = vt_strdup(rpc_text);

        ck_assert_int_eq(rpc_post(deep), 200);
        vt_free(deep);
    }
    ck_assert_ptr_nonnull(strstr(rpc_text, ERR("-32600")));
}
END_TEST

START_TEST(memory_may_run_out_at_any_moment)
{
    const char *body = CALL("\"id\":1,", "node.status");
    unsigned full = 0;

    for (uint64_t n = 1; n < 400; n++) {
        int fd = probe_connect(solo_endpoint(rpc_node));
        int status;

        (void)snprintf(rpc_text, sizeof rpc_text,
                       "POST /rpc HTTP/1.1\r\nHost: localhost\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
        vt_alloc_fail_at(n);
        probe_send_text(fd, rpc_text);
        status = probe_answer(fd, rpc_text, sizeof rpc_text, 3000);
        vt_alloc_fail_at(0);
        (void)close(fd);
        ck_assert_msg(status == 200 || status == 204 || status == 503,
                      "allocation %d: %d", (int)n, status);
        full += status == 200 && strstr(rpc_text, "\"plugins\"") != NULL;
    }
    ck_assert_uint_gt(full, 50);
    rpc_good("node.status", NULL);
}
END_TEST

/* ---- a crowd, and the end ------------------------------------------------ */

START_TEST(who_leaves_while_waiting_is_forgotten)
{
    solo_tell(rpc_node, "hold");
    for (uint64_t i = 0; i < 20; i++) {
        int fd = rpc_wait_for_final(rpc_transfer(i, 1));

        (void)usleep(500);
        (void)close(fd);
    }
    solo_tell(rpc_node, "go");
    for (int i = 0; i < 300 && rpc_number("txs_total") != 20; i++) {
        rpc_good("chain.status", "{\"chain\":\"main\"}");
        (void)usleep(10000);
    }
    ck_assert_uint_eq(rpc_number("txs_total"), 20);
}
END_TEST

START_TEST(a_chain_with_a_full_inbox_is_busy)
{
    struct solo_args args = {.inbox_max = 4};
    struct vt_buf body = VT_BUF_INIT(8192);
    pthread_t thread;

    rpc_tear_down();
    rpc_node = solo_start(&args);
    rpc_connect();
    ck_assert_int_eq(pthread_create(&thread, NULL, rpc_hang_chain, NULL), 0);
    (void)usleep(50000);
    for (int i = 0; i < 16; i++) {
        (void)vt_buf_printf(&body,
                            "%s{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":"
                            "\"chain.status\",\"params\":{\"chain\":\"main\"}}",
                            i == 0 ? "[" : ",", i);
    }
    (void)vt_buf_printf(&body, "]");
    ck_assert_int_eq(rpc_post(vt_buf_text(&body)), 200);
    ck_assert_ptr_nonnull(strstr(rpc_text, ERR("-32002")));
    ck_assert_ptr_nonnull(strstr(rpc_text, "\"final_height\""));
    (void)pthread_join(thread, NULL);
    vt_buf_fini(&body);
}
END_TEST

START_TEST(the_end_answers_who_waits)
{
    int fd;

    solo_tell(rpc_node, "hold");
    fd = rpc_wait_for_final(rpc_transfer(0, 1));
    for (int i = 0; i < 200 && rpc_number("mempool_count") != 1; i++) {
        rpc_good("chain.status", "{\"chain\":\"main\"}");
    }
    vt_client_free(rpc_client);
    solo_restart(rpc_node);
    rpc_connect();
    ck_assert_int_eq(probe_answer(fd, rpc_text, sizeof rpc_text, 3000), 200);
    ck_assert_ptr_nonnull(strstr(rpc_text, "the node is stopping"));
    ck_assert(probe_closed(fd, 2000));
    (void)close(fd);
}
END_TEST

/* ---- pages --------------------------------------------------------------- */

static int get(const char *method, const char *path)
{
    int fd = probe_connect(solo_endpoint(rpc_node));
    int status;

    (void)snprintf(rpc_text, sizeof rpc_text,
                   "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", method, path);
    if (strcmp(method, "POST") == 0) {
        (void)snprintf(rpc_text, sizeof rpc_text,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\n"
                       "Content-Length: 0\r\n\r\n",
                       path);
    }
    probe_send_text(fd, rpc_text);
    status = probe_answer(fd, rpc_text, sizeof rpc_text, 3000);
    (void)close(fd);
    return status;
}

START_TEST(pages_are_where_they_belong)
{
    ck_assert_int_eq(get("GET", "/"), 200);
    ck_assert_int_eq(get("GET", "/nothing"), 404);
    ck_assert_ptr_nonnull(strstr(rpc_text, "POST /rpc"));
    ck_assert_int_eq(get("GET", "/rpc"), 405);
    ck_assert_int_eq(get("POST", "/metrics"), 405);
    ck_assert_ptr_nonnull(strstr(rpc_text, "Allow: GET, POST, OPTIONS"));
    ck_assert_int_eq(get("OPTIONS", "/rpc"), 204);
    ck_assert_ptr_null(strstr(rpc_text, "Access-Control"));
    ck_assert_int_eq(get("GET", "/health"), 200);
    ck_assert_ptr_nonnull(strstr(rpc_text, "\"healthy\":true"));
    ck_assert_ptr_nonnull(strstr(rpc_text, "X-Content-Type-Options: nosniff"));
    ck_assert_ptr_nonnull(strstr(rpc_text, "Content-Type: application/json"));
}
END_TEST

START_TEST(ready_tells_why_it_is_not)
{
    ck_assert_int_eq(get("GET", "/ready"), 200);
    ck_assert_ptr_nonnull(strstr(rpc_text, "\"ready\":true,\"reason\":null"));
    solo_tell(rpc_node, "halt");
    ck_assert_int_eq(get("GET", "/ready"), 503);
    ck_assert_ptr_nonnull(strstr(rpc_text, "\"ready\":false"));
    ck_assert_ptr_nonnull(strstr(rpc_text, "chain main is halted"));
    ck_assert_int_eq(get("GET", "/health"), 200);
}
END_TEST

static int has_promtool(void)
{
    return system("promtool --version >/dev/null 2>&1") == 0;
}

START_TEST(metrics_are_what_prometheus_reads)
{
    char *body;
    FILE *f;

    rpc_submit_final(rpc_transfer(0, 1));
    ck_assert_int_eq(get("GET", "/metrics"), 200);
    ck_assert_ptr_nonnull(strstr(rpc_text, "text/plain; version=0.0.4"));
    body = strstr(rpc_text, "\r\n\r\n") + 4;
    ck_assert_ptr_nonnull(
        strstr(body, "vtchain_chain_final_height{chain=\"main\"} 1\n"));
    ck_assert_ptr_nonnull(
        strstr(body, "vtchain_chain_txs_total{chain=\"main\"} 1\n"));
    ck_assert_ptr_nonnull(
        strstr(body, "vtchain_api_calls_total{method=\"tx.submit\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(body, "\nprocess_resident_memory_bytes "));
    ck_assert_ptr_nonnull(strstr(body, "\nprocess_cpu_seconds_total "));
    ck_assert_ptr_nonnull(strstr(body, "\nprocess_open_fds "));
    ck_assert_ptr_nonnull(strstr(body, "\nvtchain_uptime_seconds "));
    if (has_promtool()) {
        f = popen("promtool check metrics", "w");
        (void)fwrite(body, 1, strlen(body), f);
        ck_assert_int_eq(pclose(f), 0);
    }
}
END_TEST

/* The engine speaks on its chain's thread: its last word may come a while after
 * it was told to. */
static void wait_for_both(void)
{
    const struct timespec pause = {.tv_nsec = 10000000};

    for (int tries = 0; tries < 500; tries++) {
        rpc_good("chain.evidence", "{\"chain\":\"main\"}");
        if (vt_json_count(rpc_result) == 1 && rpc_number("[0].count") == 2) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

START_TEST(evidence_is_judged_listed_once_and_kept)
{
    rpc_good("chain.evidence", "{\"chain\":\"main\"}");
    ck_assert_uint_eq(vt_json_count(rpc_result), 0);
    solo_tell(rpc_node, "slander");
    solo_tell(rpc_node, "accuse");
    solo_tell(rpc_node, "accuse");
    wait_for_both();
    for (int i = 0; i < 2; i++) {
        rpc_good("chain.evidence", "{\"chain\":\"main\"}");
        ck_assert_uint_eq(vt_json_count(rpc_result), 1);
        ck_assert_str_eq(rpc_field("[0].name"), "n1");
        ck_assert_str_eq(rpc_field("[0].engine"), "test.solo");
        ck_assert_uint_eq(rpc_number("[0].epoch"), 0);
        ck_assert_uint_eq(rpc_number("[0].member"), 0);
        ck_assert_uint_eq(rpc_number("[0].kind"), 7);
        ck_assert_uint_eq(rpc_number("[0].count"), i == 0 ? 2 : 1);
        ck_assert_str_eq(rpc_field("[0].a"), "796573");
        ck_assert_str_eq(rpc_field("[0].b"), "6e6f");
        rpc_good("chain.status", "{\"chain\":\"main\"}");
        ck_assert_uint_eq(rpc_number("evidence_count"), 1);
        rpc_submit_final(rpc_transfer((unsigned)i, 1));
        vt_client_free(rpc_client);
        solo_restart(rpc_node);
        rpc_connect();
    }
    rpc_bad("chain.evidence", "{\"chain\":\"nowhere\"}", -32001);
}
END_TEST

int main(void)
{
    const TTest *const requests[] = {
        a_bad_parameter_is_named_with_what_it_may_be,
        json_rpc_is_spoken_to_the_letter,
        requests_have_a_size,
        memory_may_run_out_at_any_moment,
        evidence_is_judged_listed_once_and_kept,
    };
    const TTest *const crowds[] = {
        who_leaves_while_waiting_is_forgotten,
        a_chain_with_a_full_inbox_is_busy,
        the_end_answers_who_waits,
    };
    const TTest *const pages[] = {
        pages_are_where_they_belong,
        ready_tells_why_it_is_not,
        metrics_are_what_prometheus_reads,
    };
    Suite *suite = suite_create("core/api/rpc");

    RPC_SUITE_ADD(suite, "requests", requests);
    RPC_SUITE_ADD(suite, "crowds", crowds);
    RPC_SUITE_ADD(suite, "pages", pages);
    return vt_suite_run(suite);
}
