/* SPDX-License-Identifier: Apache-2.0
 *
 * check_gate.c - time and room: slow clients, many clients, clients that do
 * not read; connections that are kept, closed and left; where it listens.
 */
#include "unit/suite.h"

#include "api/listen.h"
#include "base/alloc.h"
#include "base/status.h"
#include "support/http_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ECHO "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define DRIPS 50

static struct probe_server *server;
static char out[16384];

static void set_up(void)
{
    struct probe_args args = {.listen = NULL};

    server = probe_start(&args);
}

static void tear_down(void)
{
    probe_stop(server);
}

static int client(void)
{
    return probe_connect(probe_endpoint(server));
}

static int ask(int fd, const char *request)
{
    probe_send_text(fd, request);
    return probe_answer(fd, out, sizeof out, 3000);
}

/* ---- deadlines ----------------------------------------------------------- */

START_TEST(a_head_that_drips_is_cut_at_the_deadline)
{
    static const char head[] = ECHO;
    uint64_t start = probe_now_ms();
    int fd = client();
    int status = -1;

    for (size_t i = 0; i < sizeof head && status == -1; i++) {
        probe_send(fd, head + i, 1);
        status = probe_answer(fd, out, sizeof out, 50);
    }
    ck_assert_int_eq(status, 408);
    ck_assert_uint_ge(probe_now_ms() - start, 250);
    ck_assert_uint_le(probe_now_ms() - start, 1500);
    ck_assert(probe_closed(fd, 2000));
    ck_assert_uint_eq(probe_calls(server), 0);
    (void)close(fd);
}
END_TEST

START_TEST(the_deadline_holds_for_the_second_request_too)
{
    int fd = client();

    ck_assert_int_eq(ask(fd, ECHO), 200);
    ck_assert_int_eq(ask(fd, "GET /echo HT"), 408);
    ck_assert(probe_closed(fd, 2000));
    (void)close(fd);
}
END_TEST

START_TEST(a_client_that_says_nothing_is_let_go)
{
    int fd = client();

    ck_assert_int_eq(probe_answer(fd, out, sizeof out, 2000), 0);
    ck_assert_str_eq(out, "");
    (void)close(fd);
}
END_TEST

START_TEST(a_body_has_a_deadline)
{
    int fd = client();

    ck_assert_int_eq(ask(fd, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: 10\r\n\r\nhello"),
                     408);
    ck_assert(probe_closed(fd, 2000));
    (void)close(fd);
}
END_TEST

START_TEST(fifty_drips_do_not_delay_an_honest_client)
{
    struct probe_args args = {.clients_max = 100, .head_deadline_ms = 5000};
    struct probe_server *patient = probe_start(&args);
    uint64_t start;
    int fds[DRIPS];
    int fd;

    for (int i = 0; i < DRIPS; i++) {
        fds[i] = probe_connect(probe_endpoint(patient));
        probe_send_text(fds[i], "GET /echo HTTP/1.1\r\nHost: local");
    }
    fd = probe_connect(probe_endpoint(patient));
    start = probe_now_ms();
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < DRIPS; i++) {
            probe_send_text(fds[i], "x");
        }
        ck_assert_int_eq(ask(fd, ECHO), 200);
    }
    ck_assert_uint_le(probe_now_ms() - start, 40 * 50);
    (void)close(fd);
    for (int i = 0; i < DRIPS; i++) {
        (void)close(fds[i]);
    }
    probe_stop(patient);
}
END_TEST

/* ---- room ---------------------------------------------------------------- */

START_TEST(one_client_too_many_is_told_so)
{
    struct probe_args args = {.clients_max = 2};
    struct probe_server *small = probe_start(&args);
    int one = probe_connect(probe_endpoint(small));
    int two = probe_connect(probe_endpoint(small));
    int three;

    ck_assert_int_eq(ask(one, ECHO), 200);
    ck_assert_int_eq(ask(two, ECHO), 200);
    three = probe_connect(probe_endpoint(small));
    ck_assert_int_eq(probe_answer(three, out, sizeof out, 2000), 503);
    ck_assert_ptr_nonnull(strstr(out, "Retry-After: 1\r\n"));
    ck_assert(probe_closed(three, 3000));
    ck_assert_int_eq(ask(one, ECHO), 200);
    (void)close(two);
    (void)close(three);
    for (int i = 0; i < 50; i++) {
        two = probe_connect(probe_endpoint(small));
        if (ask(two, ECHO) == 200) {
            break;
        }
        (void)close(two);
        (void)usleep(20000);
    }
    ck_assert_int_eq(ask(two, ECHO), 200);
    (void)close(one);
    (void)close(two);
    probe_stop(small);
}
END_TEST

START_TEST(a_crowd_comes_and_goes)
{
    struct probe_args args = {.clients_max = 4};
    struct probe_server *small = probe_start(&args);
    int fds[200];
    int fd = -1;

    for (int i = 0; i < 200; i++) {
        fds[i] = probe_connect(probe_endpoint(small));
    }
    for (int i = 0; i < 200; i++) {
        (void)close(fds[i]);
    }
    for (int i = 0; i < 100; i++) {
        fd = probe_connect(probe_endpoint(small));
        if (ask(fd, ECHO) == 200) {
            break;
        }
        (void)close(fd);
        fd = -1;
        (void)usleep(30000);
    }
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    probe_stop(small);
}
END_TEST

START_TEST(bodies_under_way_have_a_common_limit)
{
    char head[200];
    int fds[12];
    int refused = 0;

    (void)snprintf(head, sizeof head,
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Length: 65536\r\n\r\nbegin");
    for (int i = 0; i < 12; i++) {
        fds[i] = client();
        probe_send_text(fds[i], head);
    }
    for (int i = 0; i < 120 && refused < 12 - (int)VT_GATE_BODIES; i++) {
        refused += probe_answer(fds[i % 12], out, sizeof out, 10) == 503;
    }
    for (int i = 0; i < 12; i++) {
        (void)close(fds[i]);
    }
    ck_assert_int_eq(refused, 12 - VT_GATE_BODIES);
    for (int i = 0; i < 50 && probe_calls(server) == 0; i++) {
        int fd = client();

        (void)ask(fd, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                      "Content-Length: 2\r\n\r\nok");
        (void)close(fd);
    }
    ck_assert_uint_gt(probe_calls(server), 0);
}
END_TEST

/* ---- connections --------------------------------------------------------- */

START_TEST(a_connection_serves_many_requests)
{
    int fd = client();

    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(ask(fd, ECHO), 200);
        ck_assert_ptr_nonnull(strstr(out, "\r\n\r\nempty"));
        ck_assert_ptr_null(strstr(out, "Connection: close"));
    }
    (void)close(fd);
}
END_TEST

START_TEST(who_asks_for_close_gets_all_and_then_the_end)
{
    int fd = client();

    ck_assert_int_eq(ask(fd, "GET /echo HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: keep-alive, Close\r\n\r\n"),
                     200);
    ck_assert_ptr_nonnull(strstr(out, "Connection: close"));
    ck_assert_ptr_nonnull(strstr(out, "\r\n\r\nempty"));
    ck_assert(probe_closed(fd, 2000));
    (void)close(fd);
    fd = client();
    ck_assert_int_eq(ask(fd, "GET /echo HTTP/1.0\r\nHost: localhost\r\n"
                             "Connection: keep-alive\r\n\r\n"),
                     200);
    ck_assert(probe_closed(fd, 2000));
    (void)close(fd);
}
END_TEST

/* Reads the rest of an answer slowly; returns all its bytes. */
static size_t read_slowly(int fd)
{
    size_t len = 0;
    ssize_t n;

    while ((n = recv(fd, out, sizeof out, 0)) > 0) {
        len += (size_t)n;
        if (len < 500000) {
            (void)usleep(500);
        }
    }
    return len;
}

START_TEST(a_long_answer_arrives_whole_before_the_close)
{
    int fd = client();

    probe_send_text(fd, "GET /big?n=8000000 HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: close\r\n\r\n");
    (void)usleep(50000);
    ck_assert_uint_ge(read_slowly(fd), 8000000);
    (void)close(fd);
}
END_TEST

START_TEST(who_does_not_take_its_answer_is_cut_off)
{
    struct probe_args args = {.stall_ms = 100};
    struct probe_server *strict = probe_start(&args);
    int fd = probe_connect(probe_endpoint(strict));

    probe_send_text(fd,
                    "GET /big?n=12000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    (void)usleep(600000);
    ck_assert_uint_lt(read_slowly(fd), 12000000);
    (void)close(fd);
    probe_stop(strict);
}
END_TEST

START_TEST(a_client_may_close_its_half_after_asking)
{
    int fd = client();

    probe_send_text(fd, ECHO);
    (void)shutdown(fd, SHUT_WR);
    ck_assert_int_eq(probe_answer(fd, out, sizeof out, 2000), 200);
    (void)close(fd);
}
END_TEST

START_TEST(a_request_during_an_answer_closes_after_it)
{
    int fd = client();

    probe_send_text(fd, "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (probe_calls(server) == 0) {
        (void)usleep(1000);
    }
    probe_send_text(fd, ECHO);
    ck_assert_int_eq(probe_answer(fd, out, sizeof out, 2000), 200);
    ck_assert_ptr_nonnull(strstr(out, "later"));
    /* served after it, or not at all: never mixed up */
    if (probe_answer(fd, out, sizeof out, 2000) == 200) {
        ck_assert_ptr_nonnull(strstr(out, "empty"));
    }
    (void)close(fd);
}
END_TEST

START_TEST(a_client_that_leaves_before_the_answer_does_no_harm)
{
    for (int i = 0; i < 20; i++) {
        int fd = client();

        probe_send_text(fd, "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if (i % 2 == 0) {
            struct linger reset = {1, 0};

            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        (void)usleep(1000);
        (void)close(fd);
    }
    (void)usleep(150000);
    ck_assert_int_eq(probe_once(probe_endpoint(server), ECHO, strlen(ECHO)),
                     200);
}
END_TEST

START_TEST(continue_is_said_when_the_body_waits_for_it)
{
    int fd = client();

    ck_assert_int_eq(ask(fd, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                             "Expect: 100-continue\r\n"
                             "Content-Length: 5\r\n\r\n"),
                     100);
    ck_assert_int_eq(ask(fd, "hello"), 200);
    ck_assert_ptr_nonnull(strstr(out, "\r\n\r\nhello"));
    (void)close(fd);
}
END_TEST

START_TEST(a_large_body_in_pieces_arrives_whole)
{
    char *body = vt_alloc(65536);
    int fd = client();

    memset(body, 'b', 65536);
    probe_send_text(fd, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: 65536\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 64; i++) {
        probe_send(fd, body + 1024 * i, 1024);
        (void)usleep(500);
    }
    ck_assert_uint_gt(read_slowly(fd), 65536);
    (void)close(fd);
    vt_free(body);
}
END_TEST

START_TEST(a_stream_starts_and_its_end_is_noticed)
{
    int fd = client();

    ck_assert_int_eq(
        ask(fd, "GET /stream?n=3 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
    ck_assert_ptr_nonnull(strstr(out, "Transfer-Encoding: chunked"));
    ck_assert_uint_eq(probe_gone(server), 0);
    (void)close(fd);
    for (int i = 0; i < 100 && probe_gone(server) == 0; i++) {
        (void)usleep(10000);
    }
    ck_assert_uint_eq(probe_gone(server), 1);
    fd = client();
    ck_assert_int_eq(
        ask(fd, "GET /stream?n=3 HTTP/1.0\r\nHost: localhost\r\n\r\n"), 505);
    (void)close(fd);
}
END_TEST

START_TEST(a_server_may_stop_at_any_moment)
{
    struct probe_args args = {.listen = NULL};
    struct probe_server *other = probe_start(&args);
    int stream = probe_connect(probe_endpoint(other));
    int big = probe_connect(probe_endpoint(other));
    int half = probe_connect(probe_endpoint(other));

    probe_send_text(stream,
                    "GET /stream?n=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    probe_send_text(big,
                    "GET /big?n=8000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    probe_send_text(half, "GET /e");
    ck_assert_int_eq(probe_answer(stream, out, sizeof out, 2000), 200);
    probe_stop(other);
    ck_assert(probe_closed(stream, 2000));
    ck_assert(probe_closed(big, 2000));
    ck_assert(probe_closed(half, 2000));
    (void)close(stream);
    (void)close(big);
    (void)close(half);
}
END_TEST

/* ---- where it listens ---------------------------------------------------- */

static char dir[64];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/vt-gate-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
    ck_assert_int_eq(rmdir(dir), 0); /* nothing is left in it */
}

static void expect_refusal(const char *listen, vt_status status,
                           const char *word)
{
    struct vt_listen l;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(vt_listen_open(listen, 0, &l, &err), status);
    ck_assert_msg(strstr(err.text, word) != NULL, "no '%s' in: %s", word,
                  err.text);
}

START_TEST(only_loopback_unless_exposed)
{
    struct vt_listen l;
    struct vt_err err = VT_ERR_INIT;

    expect_refusal("0.0.0.0:0", VT_E_DENIED, "expose = on");
    expect_refusal("[::]:0", VT_E_DENIED, "expose = on");
    expect_refusal("example.com:80", VT_E_INVALID, "127.0.0.1:PORT");
    expect_refusal("127.0.0.1", VT_E_INVALID, "127.0.0.1:PORT");
    expect_refusal("127.0.0.1:65536", VT_E_INVALID, "127.0.0.1:PORT");
    expect_refusal("::1:80", VT_E_INVALID, "[::1]:PORT");
    ck_assert_int_eq(vt_listen_open("0.0.0.0:0", 1, &l, &err), VT_OK);
    vt_listen_close(&l);
    ck_assert_int_eq(vt_listen_open("localhost:0", 0, &l, &err), VT_OK);
    expect_refusal(l.endpoint, VT_E_IO, "another port");
    vt_listen_close(&l);
}
END_TEST

START_TEST(exposed_it_answers_to_addresses_but_not_to_names)
{
    struct probe_args args = {.listen = "0.0.0.0:0", .may_expose = 1};
    struct probe_server *open = probe_start(&args);
    static const char by_address[] =
        "GET /echo HTTP/1.1\r\nHost: 192.0.2.7:80\r\n\r\n";
    static const char by_name[] =
        "GET /echo HTTP/1.1\r\nHost: evil.example\r\n\r\n";

    ck_assert_int_eq(
        probe_once(probe_endpoint(open), by_address, strlen(by_address)), 200);
    ck_assert_int_eq(probe_once(probe_endpoint(open), by_name, strlen(by_name)),
                     403);
    probe_stop(open);
}
END_TEST

START_TEST(a_unix_socket_is_for_its_user_alone)
{
    char endpoint[128];
    struct probe_args args = {.listen = endpoint};
    struct probe_server *local;
    struct stat st;

    (void)snprintf(endpoint, sizeof endpoint, "unix:%s/api", dir);
    local = probe_start(&args);
    ck_assert_int_eq(stat(endpoint + 5, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(probe_once(endpoint, ECHO, strlen(ECHO)), 200);
    expect_refusal(endpoint, VT_E_IO, "another process listens");
    ck_assert_int_eq(probe_once(endpoint, ECHO, strlen(ECHO)), 200);
    probe_stop(local);
}
END_TEST

START_TEST(a_socket_left_behind_is_replaced_and_no_other_file)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char endpoint[128];
    struct vt_listen l;
    struct vt_err err = VT_ERR_INIT;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    FILE *f;

    (void)snprintf(endpoint, sizeof endpoint, "unix:%s/api", dir);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", endpoint + 5);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    (void)close(fd);
    ck_assert_msg(vt_listen_open(endpoint, 0, &l, &err) == VT_OK, "%s",
                  err.text);
    vt_listen_close(&l);
    ck_assert_int_ne(access(endpoint + 5, F_OK), 0);
    f = fopen(endpoint + 5, "w");
    (void)fclose(f);
    expect_refusal(endpoint, VT_E_DENIED, "no socket");
    ck_assert_int_eq(unlink(endpoint + 5), 0);
}
END_TEST

START_TEST(paths_of_sockets_are_checked)
{
    char endpoint[200];

    expect_refusal("unix:relative", VT_E_INVALID, "starts with /");
    (void)snprintf(endpoint, sizeof endpoint, "unix:/%0120d", 0);
    expect_refusal(endpoint, VT_E_INVALID, "at most 107 bytes");
    (void)snprintf(endpoint, sizeof endpoint, "unix:%s/no/api", dir);
    expect_refusal(endpoint, VT_E_IO, "folder must exist");
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests,
                size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const clocks[] = {
        a_head_that_drips_is_cut_at_the_deadline,
        the_deadline_holds_for_the_second_request_too,
        a_client_that_says_nothing_is_let_go,
        a_body_has_a_deadline,
        fifty_drips_do_not_delay_an_honest_client,
    };
    const TTest *const room[] = {
        one_client_too_many_is_told_so,
        a_crowd_comes_and_goes,
        bodies_under_way_have_a_common_limit,
    };
    const TTest *const connections[] = {
        a_connection_serves_many_requests,
        who_asks_for_close_gets_all_and_then_the_end,
        a_long_answer_arrives_whole_before_the_close,
        who_does_not_take_its_answer_is_cut_off,
        a_client_may_close_its_half_after_asking,
        a_request_during_an_answer_closes_after_it,
        a_client_that_leaves_before_the_answer_does_no_harm,
        continue_is_said_when_the_body_waits_for_it,
        a_large_body_in_pieces_arrives_whole,
        a_stream_starts_and_its_end_is_noticed,
        a_server_may_stop_at_any_moment,
    };
    Suite *suite = suite_create("core/api/gate");
    TCase *where = tcase_create("where it listens");

    add(suite, "clocks", clocks, sizeof clocks / sizeof clocks[0]);
    add(suite, "room", room, sizeof room / sizeof room[0]);
    add(suite, "connections", connections,
        sizeof connections / sizeof connections[0]);
    tcase_add_checked_fixture(where, make_dir, remove_dir);
    tcase_add_test(where, only_loopback_unless_exposed);
    tcase_add_test(where, exposed_it_answers_to_addresses_but_not_to_names);
    tcase_add_test(where, a_unix_socket_is_for_its_user_alone);
    tcase_add_test(where, a_socket_left_behind_is_replaced_and_no_other_file);
    tcase_add_test(where, paths_of_sockets_are_checked);
    suite_add_tcase(suite, where);
    return vt_suite_run(suite);
}
