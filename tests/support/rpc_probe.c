/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_probe.c - calls that must succeed or fail.
 */
#include "support/rpc_probe.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct solo_node *rpc_node;
struct vt_client *rpc_client;
struct vt_json *rpc_result;
char rpc_text[262144];

void rpc_connect(void)
{
    struct vt_client_args args = {.endpoint = solo_endpoint(rpc_node)};
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(vt_client_new(&args, &rpc_client, &err) == VT_OK, "%s",
                  err.text);
}

void rpc_set_up(void)
{
    struct solo_args args = {.listen = NULL};

    rpc_node = solo_start(&args);
    rpc_connect();
}

void rpc_tear_down(void)
{
    vt_json_free(rpc_result);
    rpc_result = NULL;
    vt_client_free(rpc_client);
    solo_stop(rpc_node);
}

/* ---- calling ------------------------------------------------------------- */

static vt_status rpc_call(const char *method, const char *params)
{
    struct vt_json *json = NULL;
    struct vt_err err = VT_ERR_INIT;
    vt_status status;

    vt_json_free(rpc_result);
    rpc_result = NULL;
    if (params != NULL) {
        ck_assert_int_eq(
            vt_json_parse(vt_view_str(params), strlen(params), &json, &err),
            VT_OK);
    }
    status = vt_client_call(rpc_client, method, json, 1000, &rpc_result, &err);
    vt_json_free(json);
    ck_assert_msg(status == VT_OK || status == VT_E_DENIED, "%s: %s", method,
                  err.text);
    return status;
}

void rpc_good(const char *method, const char *params)
{
    ck_assert_msg(rpc_call(method, params) == VT_OK, "%s %s: %s", method,
                  params,
                  vt_json_text_or(vt_client_error(rpc_client), "message", "?"));
}

void rpc_bad(const char *method, const char *params, int64_t code)
{
    int64_t got = 0;

    ck_assert_msg(rpc_call(method, params) == VT_E_DENIED, "%s %s", method,
                  params);
    (void)vt_json_get_i64(vt_client_error(rpc_client), "code", &got, NULL);
    ck_assert_msg(got == code, "%s %s: %ld %s", method, params, (long)got,
                  vt_json_text_or(vt_client_error(rpc_client), "message", "?"));
}

const char *rpc_field(const char *path)
{
    return vt_json_text_or(rpc_result, path, "(none)");
}

const char *rpc_error(const char *path)
{
    return vt_json_text_or(vt_client_error(rpc_client), path, "(none)");
}

uint64_t rpc_number(const char *path)
{
    return vt_json_u64_or(rpc_result, path, UINT64_MAX);
}

vt_status rpc_submit(char *hex, const char *more)
{
    vt_status status;

    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"raw\":\"%s\"%s}", hex, more);
    vt_free(hex);
    status = rpc_call("tx.submit", rpc_text);
    return status;
}

char *rpc_transfer(uint64_t nonce, uint64_t amount)
{
    struct solo_transfer t = {
        .from = 0, .to = 2, .nonce = nonce, .amount = amount, .fee = 1};

    return solo_make(rpc_node, &t);
}

void rpc_submit_final(char *hex)
{
    ck_assert_msg(rpc_submit(hex, ",\"wait\":\"final\"") == VT_OK, "%s",
                  rpc_error("message"));
    ck_assert_str_eq(rpc_field("stage"), "final");
}

static void post(int fd, const char *body)
{
    static char request[131072];

    (void)snprintf(request, sizeof request,
                   "POST /rpc HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
    probe_send_text(fd, request);
}

int rpc_wait_for_final(char *hex)
{
    int fd = probe_connect(solo_endpoint(rpc_node));
    char body[4096];

    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tx.submit\","
                   "\"params\":{\"chain\":\"main\",\"wait\":\"final\","
                   "\"raw\":\"%s\"}}",
                   hex);
    post(fd, body);
    vt_free(hex);
    return fd;
}

int rpc_post(const char *body)
{
    int fd = probe_connect(solo_endpoint(rpc_node));
    char *start;
    int status;

    post(fd, body);
    status = probe_answer(fd, rpc_text, sizeof rpc_text, 3000);
    (void)close(fd);
    start = strstr(rpc_text, "\r\n\r\n");
    ck_assert_ptr_nonnull(start);
    memmove(rpc_text, start + 4, strlen(start + 4) + 1);
    return status;
}

static void sleep_300_ms(void *arg)
{
    (void)arg;
    (void)usleep(300000);
}

void *rpc_hang_chain(void *arg)
{
    (void)arg;
    solo_on_chain(rpc_node, sleep_300_ms, NULL);
    return NULL;
}

void rpc_suite_add(Suite *suite, const char *name, const TTest *const *tests,
                   size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, rpc_set_up, rpc_tear_down);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
}
