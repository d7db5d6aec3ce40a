/* SPDX-License-Identifier: Apache-2.0
 *
 * check_links_certs.c - certificates that are wrong in one way each: refused
 * on both ends of a link, with the reason on both sides.
 */
#include "unit/suite.h"

#include "base/bytes.h"
#include "base/status.h"
#include "support/net_nodes.h"
#include "support/raw_peer.h"
#include "support/test_certs.h"

#include <openssl/ssl.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY 86400

static struct test_node nodes[NODES_MAX];
static unsigned port;

static void start_one(void)
{
    victim_prepare(&nodes[0], &port);
    node_start(&nodes[0]);
}

static const struct bad_cert {
    const char *issuer;
    struct test_cert spec;
    const char *want; /* in what the honest side says */
    int alert;        /* what the other side is told, 0 = GOODBYE */
} bad_certs[] = {
    {"ca",
     {.common = "n2", .from_s = -2 * DAY, .until_s = -DAY},
     "'n2' expired",
     SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED},
    {"ca",
     {.common = "n2", .from_s = DAY, .until_s = 2 * DAY},
     "is valid only from",
     SSL_R_SSLV3_ALERT_BAD_CERTIFICATE},
    {"other",
     {.common = "n2"},
     "another authority, 'Other-CA'",
     SSL_R_TLSV1_ALERT_UNKNOWN_CA},
    {"twin",
     {.common = "n2"},
     "another authority, 'Test-CA'",
     SSL_R_TLSV1_ALERT_UNKNOWN_CA},
    {NULL,
     {.common = "n2"},
     "another authority, 'n2'",
     SSL_R_TLSV1_ALERT_UNKNOWN_CA},
    {"ca",
     {.common = "n2", .usage = "codeSigning"},
     "extended key usage",
     SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE},
    {"n3", /* a node's certificate used as an authority */
     {.common = "n2"},
     "another authority, 'n3'",
     SSL_R_TLSV1_ALERT_UNKNOWN_CA},
    {"ca", {.common = "n2", .usage = ""}, "extended key usage", 0},
    {"ca", {.common = "n2", .san = "DNS:n2,DNS:*"}, NULL, 0},
    {"ca", {.common = "n2", .san = "DNS:n3"}, "DNS name", 0},
    {"ca", {.common = "n0"}, "our own name", 0},
};

static void make_bad(const struct bad_cert *bad)
{
    const struct test_cert other = {.common = "Other-CA", .is_ca = 1};
    const struct test_cert twin = {.common = "Test-CA", .is_ca = 1};

    nodes_prepare();
    test_cert_make(test_dir(), NULL, "other", &other);
    test_cert_make(test_dir(), NULL, "twin", &twin);
    test_cert_make(test_dir(), bad->issuer, "bad", &bad->spec);
}

START_TEST(who_dials_with_a_bad_certificate_is_refused_and_told)
{
    const struct bad_cert *bad = &bad_certs[_i];
    struct raw_peer raw;

    make_bad(bad);
    start_one();
    honest_start(&nodes[1], port);
    raw_connect(&raw, port);
    (void)raw_tls(&raw, "bad", 0, 0);
    (void)raw_hello(&raw, bad->spec.common, 1, NULL);
    if (bad->want == NULL) { /* the control: this one is good */
        WAIT_FOR(node_connected(&nodes[0], "n2"));
    } else {
        ck_assert_int_eq(raw_closed(&raw, 5000), 1);
        WAIT_FOR(log_has(bad->want));
        ck_assert_int_eq(node_connected(&nodes[0], "n2"), 0);
        if (bad->alert != 0) {
            ck_assert_uint_eq(raw.alerts, (uint64_t)bad->alert);
        } else {
            ck_assert_ptr_nonnull(strstr(raw.goodbye, bad->want));
        }
        ck_assert_uint_eq(metric_value("net_refused_total"), 1);
    }
    honest_check(&nodes[1], &nodes[0]);
    raw_end(&raw);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(who_answers_with_a_bad_certificate_is_left_alone)
{
    const struct bad_cert *bad = &bad_certs[_i];
    struct raw_peer raw;
    unsigned bad_port;
    int listener = raw_listen(&bad_port);

    make_bad(bad);
    log_capture();
    node_init(&nodes[0], "n0", 0);
    node_peer(&nodes[0], "n2", bad_port);
    node_start(&nodes[0]);
    raw_accept(&raw, listener);
    if (raw_tls(&raw, "bad", 1, 0)) {
        (void)raw_hello(&raw, bad->spec.common, 1, NULL);
    }
    if (bad->want == NULL) {
        WAIT_FOR(node_connected(&nodes[0], "n2"));
    } else {
        /* dialing n2, our own name is just a wrong one */
        const char *want = bad->spec.common[1] == '0'           ? "that of 'n0'"
                           : strcmp(bad->want, "DNS name") == 0 ? "that of 'n2'"
                                                                : bad->want;

        WAIT_FOR(node_error(&nodes[0], "n2", want));
        ck_assert_int_eq(log_has(want), 1);
        ck_assert_int_eq(node_connected(&nodes[0], "n2"), 0);
    }
    raw_end(&raw);
    (void)close(listener);
    node_stop(&nodes[0]);
}
END_TEST

/* Two real nodes: both logs have the reason. */
START_TEST(an_expired_node_reads_why_it_is_refused)
{
    make_bad(&bad_certs[0]);
    start_one();
    node_init(&nodes[2], "n2", 0);
    (void)snprintf(nodes[2].cert, sizeof nodes[2].cert, "%s",
                   test_path("bad.crt"));
    (void)snprintf(nodes[2].key, sizeof nodes[2].key, "%s",
                   test_path("bad.key"));
    node_peer(&nodes[2], "n0", port);
    node_start(&nodes[2]); /* it starts all the same, and says so */
    ck_assert_int_eq(log_has("is not valid at this time"), 1);
    WAIT_FOR(node_error(&nodes[2], "n0", "refuses our certificate: expired"));
    WAIT_FOR(log_has("certificate of 'n2' expired"));
    node_stop(&nodes[2]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(own_files_that_do_not_fit_are_refused_at_start)
{
    struct vt_err err = VT_ERR_INIT;

    make_bad(&bad_certs[2]); /* of another authority */
    node_init(&nodes[2], "n2", 0);
    (void)snprintf(nodes[2].cert, sizeof nodes[2].cert, "%s",
                   test_path("bad.crt"));
    (void)snprintf(nodes[2].key, sizeof nodes[2].key, "%s",
                   test_path("bad.key"));
    ck_assert_int_eq(node_make(&nodes[2], &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "issued by 'Other-CA'"));
    node_init(&nodes[2], "n2", 0);
    (void)snprintf(nodes[2].cert, sizeof nodes[2].cert, "%s",
                   test_path("n3.crt"));
    (void)snprintf(nodes[2].key, sizeof nodes[2].key, "%s",
                   test_path("n3.key"));
    ck_assert_int_eq(node_make(&nodes[2], &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "certificate of 'n3', this node is "
                                           "'n2'"));
}
END_TEST

static void add_loop(Suite *suite, const char *name, const TTest *test)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test, 0,
                        (int)(sizeof bad_certs / sizeof bad_certs[0]));
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const own[] = {
        an_expired_node_reads_why_it_is_refused,
        own_files_that_do_not_fit_are_refused_at_start,
    };
    Suite *suite = suite_create("core/net/links, certificates");

    add_loop(suite, "dialing",
             who_dials_with_a_bad_certificate_is_refused_and_told);
    add_loop(suite, "answering",
             who_answers_with_a_bad_certificate_is_left_alone);
    VT_SUITE_ADD(suite, "own", own);
    return vt_suite_run(suite);
}
