/* SPDX-License-Identifier: Apache-2.0
 *
 * check_events.c - server-sent events: live, from the past, after a gap, for
 * slow readers, and how many.
 */
#include "unit/suite.h"

#include "api/sse.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "support/http_probe.h"
#include "support/solo_node.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct solo_node *node;

static void set_up(void)
{
    struct solo_args args = {.listen = NULL};

    node = solo_start(&args);
}

static void tear_down(void)
{
    solo_stop(node);
}

/* ---- a subscriber -------------------------------------------------------- */

struct reader {
    int fd;
    struct vt_sse sse;
    char head[2048];
    uint64_t first, last; /* ids of final events */
    unsigned count, gaps, halted, evicted;
    char text[512]; /* of the last event */
};

static int on_event(void *ctx, const char *name, const char *id,
                    struct vt_view data)
{
    struct reader *r = ctx;
    uint64_t height = strtoull(id, NULL, 10);

    (void)snprintf(r->text, sizeof r->text, "%.*s",
                   (int)(data.len < 500 ? data.len : 500),
                   (const char *)data.ptr);
    r->halted += strcmp(name, "halted") == 0;
    r->evicted += strcmp(name, "evicted") == 0;
    if (strcmp(name, "final") == 0) {
        r->first = r->count == 0 ? height : r->first;
        r->gaps += r->count > 0 && height != r->last + 1;
        r->last = height;
        r->count++;
    }
    return 0;
}

/* GET /events with this query and these extra header lines. */
static int subscribe(struct reader *r, const char *query, const char *more)
{
    char request[512];

    memset(r, 0, sizeof *r);
    vt_sse_init(&r->sse, on_event, r);
    r->fd = probe_connect(solo_endpoint(node));
    (void)snprintf(request, sizeof request,
                   "GET /events?%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                   query, more);
    probe_send_text(r->fd, request);
    return probe_answer(r->fd, r->head, sizeof r->head, 3000);
}

static void leave(struct reader *r)
{
    (void)close(r->fd);
    vt_sse_fini(&r->sse);
}

/* Takes what comes for ms. The lengths of chunks are lines no reader of events
 * knows, and are skipped as such. Returns 0 at the end of the stream. */
static int listen_for(struct reader *r, int ms)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    uint64_t end = probe_now_ms() + (uint64_t)ms;
    char bytes[65536];

    while (probe_now_ms() < end) {
        ssize_t n;

        if (poll(&p, 1, (int)(end - probe_now_ms())) <= 0) {
            return 1;
        }
        n = recv(r->fd, bytes, sizeof bytes, 0);
        if (n <= 0) {
            return 0;
        }
        ck_assert_int_eq(vt_sse_feed(&r->sse, vt_view_of(bytes, (size_t)n)),
                         VT_OK);
    }
    return 1;
}

static void wait_for(struct reader *r, uint64_t height)
{
    for (int i = 0; i < 200 && r->last < height; i++) {
        (void)listen_for(r, 20);
    }
    ck_assert_uint_eq(r->last, height);
    ck_assert_uint_eq(r->gaps, 0);
}

/* ---- in time ------------------------------------------------------------- */

START_TEST(each_block_is_an_event)
{
    struct reader r;

    solo_blocks(node, 3);
    ck_assert_int_eq(subscribe(&r, "chain=main", ""), 200);
    ck_assert_ptr_nonnull(strstr(r.head, "Content-Type: text/event-stream"));
    ck_assert_ptr_nonnull(strstr(r.head, "Cache-Control: no-store"));
    solo_blocks(node, 5);
    wait_for(&r, 8);
    ck_assert_uint_eq(r.first, 4);
    ck_assert_ptr_nonnull(strstr(r.text, "\"chain\":\"main\""));
    ck_assert_ptr_nonnull(strstr(r.text, "\"height\":8"));
    ck_assert_ptr_nonnull(strstr(r.text, "\"tx_count\":0"));
    leave(&r);
}
END_TEST

START_TEST(events_name_their_transactions)
{
    struct solo_transfer t = {.from = 0, .to = 1, .amount = 1, .fee = 1};
    struct vt_client_args args = {.endpoint = solo_endpoint(node)};
    struct vt_client *client = NULL;
    struct vt_json_maker m;
    struct vt_json *params = NULL;
    struct vt_json *result = NULL;
    struct reader r;
    char *hex = solo_make(node, &t);

    ck_assert_int_eq(subscribe(&r, "types=final&chain=main", ""), 200);
    ck_assert_int_eq(vt_client_new(&args, &client, NULL), VT_OK);
    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", "main");
    vt_json_put_text(&m, "raw", hex);
    ck_assert_int_eq(vt_json_end(&m, &params), VT_OK);
    ck_assert_int_eq(
        vt_client_call(client, "tx.submit", params, 0, &result, NULL), VT_OK);
    wait_for(&r, 1);
    ck_assert_ptr_nonnull(strstr(r.text, vt_json_text_or(result, "id", "?")));
    leave(&r);
    vt_json_free(params);
    vt_json_free(result);
    vt_client_free(client);
    vt_free(hex);
}
END_TEST

START_TEST(a_halt_is_an_event_then_and_later)
{
    struct reader early;
    struct reader late;
    struct reader deaf;

    ck_assert_int_eq(subscribe(&early, "chain=main&types=halted", ""), 200);
    ck_assert_int_eq(subscribe(&deaf, "chain=main&types=final", ""), 200);
    solo_blocks(node, 1);
    solo_tell(node, "halt");
    (void)listen_for(&early, 200);
    ck_assert_uint_eq(early.halted, 1);
    ck_assert_uint_eq(early.count, 0);
    ck_assert_ptr_nonnull(strstr(early.text, "the operator wants it"));
    ck_assert_int_eq(subscribe(&late, "chain=main&types=final,halted", ""),
                     200);
    (void)listen_for(&late, 200);
    ck_assert_uint_eq(late.halted, 1);
    wait_for(&deaf, 1);
    ck_assert_uint_eq(deaf.halted, 0);
    leave(&early);
    leave(&late);
    leave(&deaf);
}
END_TEST

/* ---- the past ------------------------------------------------------------ */

START_TEST(a_subscriber_may_start_in_the_past)
{
    struct reader r;

    solo_blocks(node, 40);
    ck_assert_int_eq(subscribe(&r, "chain=main&from=0", ""), 200);
    wait_for(&r, 40);
    ck_assert_uint_eq(r.first, 0);
    solo_blocks(node, 3);
    wait_for(&r, 43);
    ck_assert_uint_eq(r.count, 44);
    leave(&r);
}
END_TEST

START_TEST(a_reconnect_goes_on_where_it_was)
{
    struct reader r;

    solo_blocks(node, 10);
    ck_assert_int_eq(subscribe(&r, "chain=main&from=1", "Last-Event-ID: 6\r\n"),
                     200);
    wait_for(&r, 10);
    ck_assert_uint_eq(r.first, 7);
    leave(&r);
}
END_TEST

START_TEST(a_subscriber_may_wait_for_the_future)
{
    struct reader r;

    ck_assert_int_eq(subscribe(&r, "chain=main&from=5", ""), 200);
    solo_blocks(node, 7);
    wait_for(&r, 7);
    ck_assert_uint_eq(r.first, 5);
    leave(&r);
}
END_TEST

static void sleep_400_ms(void *arg)
{
    (void)arg;
    (void)usleep(400000);
}

/* While the loop is held more blocks are made than fit on the way to it. */
START_TEST(what_got_lost_on_the_way_is_read_again)
{
    struct reader r;

    ck_assert_int_eq(subscribe(&r, "chain=main", ""), 200);
    (void)listen_for(&r, 20);
    ck_assert_int_eq(vt_loop_post(solo_loop(node), sleep_400_ms, NULL), VT_OK);
    solo_blocks(node, 1300);
    for (int i = 0; i < 100 && r.last < 1300; i++) {
        (void)listen_for(&r, 50);
    }
    wait_for(&r, 1300);
    ck_assert_uint_eq(r.first, 1);
    leave(&r);
}
END_TEST

/* ---- the slow and the many ----------------------------------------------- */

static void fill(struct vt_buf *body, uint64_t *nonce, unsigned count)
{
    vt_buf_clear(body);
    for (unsigned i = 0; i < count; i++) {
        struct solo_transfer t = {
            .from = 0, .to = 1, .nonce = (*nonce)++, .amount = 1, .fee = 1};
        char *hex = solo_make(node, &t);

        (void)vt_buf_printf(body,
                            "%s{\"jsonrpc\":\"2.0\",\"method\":\"tx.submit\","
                            "\"params\":{\"chain\":\"main\",\"raw\":\"%s\"}}",
                            i == 0 ? "[" : ",", hex);
        vt_free(hex);
    }
    (void)vt_buf_printf(body, "]");
}

/* A block of many transactions, whose event is long. */
static void big_block(int fd, uint64_t *nonce)
{
    struct vt_buf body = VT_BUF_INIT(1u << 20);
    struct vt_buf request = VT_BUF_INIT(1u << 20);
    char answer[512];

    solo_tell(node, "hold");
    for (int i = 0; i < 16; i++) {
        fill(&body, nonce, 63);
        vt_buf_clear(&request);
        (void)vt_buf_printf(&request,
                            "POST /rpc HTTP/1.1\r\nHost: localhost\r\n"
                            "Content-Length: %zu\r\n\r\n%s",
                            body.len, vt_buf_text(&body));
        probe_send(fd, request.data, request.len);
        ck_assert_int_eq(probe_answer(fd, answer, sizeof answer, 5000), 204);
    }
    solo_tell(node, "go");
    vt_buf_fini(&body);
    vt_buf_fini(&request);
}

START_TEST(who_does_not_read_is_cut_off_with_a_word)
{
    struct solo_args args = {.chain = "mempool_per_sender = 2000"};
    char endpoint[64];
    struct reader slow;
    uint64_t nonce = 0;
    int open = 1;
    int fd;

    tear_down();
    (void)snprintf(endpoint, sizeof endpoint, "unix:/tmp/vt-events-%d",
                   (int)getpid());
    args.listen = endpoint; /* for its small buffers */
    node = solo_start(&args);
    fd = probe_connect(solo_endpoint(node));
    ck_assert_int_eq(subscribe(&slow, "chain=main", ""), 200);
    for (int i = 0; i < 20; i++) {
        big_block(fd, &nonce);
    }
    for (int i = 0; i < 100 && open; i++) {
        open = listen_for(&slow, 50);
    }
    ck_assert_int_eq(open, 0);
    ck_assert_uint_eq(slow.evicted, 1);
    ck_assert_uint_eq(slow.gaps, 0);
    ck_assert_uint_lt(slow.last, 20);
    ck_assert_ptr_nonnull(strstr(slow.text, "too slow"));
    leave(&slow);
    (void)close(fd);
}
END_TEST

static uint64_t subscribers(void)
{
    static const char request[] =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static char out[65536];
    int fd = probe_connect(solo_endpoint(node));
    const char *at;

    probe_send_text(fd, request);
    ck_assert_int_eq(probe_answer(fd, out, sizeof out, 3000), 200);
    (void)close(fd);
    at = strstr(out, "\nvtchain_api_subscribers ");
    ck_assert_ptr_nonnull(at);
    return strtoull(at + strlen("\nvtchain_api_subscribers "), NULL, 10);
}

START_TEST(subscribers_leave_room_for_calls)
{
    struct solo_args args = {.clients_max = 8};
    struct reader r[4];
    struct reader extra;

    tear_down();
    node = solo_start(&args);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(subscribe(&r[i], "chain=main", ""), 200);
    }
    ck_assert_int_eq(subscribe(&extra, "chain=main", ""), 503);
    leave(&extra);
    ck_assert_uint_eq(subscribers(), 4);
    leave(&r[0]);
    for (int i = 0; i < 200 && subscribers() != 3; i++) {
        (void)usleep(5000);
    }
    ck_assert_uint_eq(subscribers(), 3);
    ck_assert_int_eq(subscribe(&r[0], "chain=main", ""), 200);
    for (int i = 0; i < 4; i++) {
        leave(&r[i]);
    }
}
END_TEST

START_TEST(the_end_closes_the_streams)
{
    struct reader r;

    ck_assert_int_eq(subscribe(&r, "chain=main", ""), 200);
    solo_blocks(node, 2);
    wait_for(&r, 2);
    solo_restart(node);
    ck_assert_int_eq(listen_for(&r, 2000), 0);
    leave(&r);
    ck_assert_int_eq(subscribe(&r, "chain=main", "Last-Event-ID: 0\r\n"), 200);
    solo_blocks(node, 1);
    wait_for(&r, 3);
    ck_assert_uint_eq(r.count, 3);
    leave(&r);
}
END_TEST

/* ---- asking -------------------------------------------------------------- */

static const struct {
    const char *query;
    int status;
    const char *word;
} wrong[] = {
    {"", 400, "chain is missing"},
    {"types=final", 400, "chain is missing"},
    {"chain=other", 404, "no chain of that name"},
    {"chain=main&types=best", 400, "final, halted"},
    {"chain=main&from=-1", 400, "height"},
    {"chain=main&from=", 400, "height"},
    {"chain=main&from=9999999999999999", 400, "height"},
    {"chain=main&form=1", 400, "chain, types and from"},
    {"chain", 400, "key=value"},
    {"chain=main&&types=final", 400, "key=value"},
};

START_TEST(bad_questions_are_answered)
{
    struct reader r;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int status = subscribe(&r, wrong[i].query, "");

        ck_assert_msg(status == wrong[i].status, "%s: %d", wrong[i].query,
                      status);
        ck_assert_msg(strstr(r.head, wrong[i].word) != NULL, "%s: %s",
                      wrong[i].query, r.head);
        leave(&r);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/api/events");
    TCase *tcase = tcase_create("events");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_block_is_an_event);
    tcase_add_test(tcase, events_name_their_transactions);
    tcase_add_test(tcase, a_halt_is_an_event_then_and_later);
    tcase_add_test(tcase, a_subscriber_may_start_in_the_past);
    tcase_add_test(tcase, a_reconnect_goes_on_where_it_was);
    tcase_add_test(tcase, a_subscriber_may_wait_for_the_future);
    tcase_add_test(tcase, what_got_lost_on_the_way_is_read_again);
    tcase_add_test(tcase, who_does_not_read_is_cut_off_with_a_word);
    tcase_add_test(tcase, subscribers_leave_room_for_calls);
    tcase_add_test(tcase, the_end_closes_the_streams);
    tcase_add_test(tcase, bad_questions_are_answered);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
