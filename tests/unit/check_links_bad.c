/* SPDX-License-Identifier: Apache-2.0
 *
 * check_links_bad.c - strangers, malformed frames, floods: refused with a
 * reason on both sides, and nobody else notices.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "base/status.h"
#include "support/net_nodes.h"
#include "support/raw_peer.h"
#include "support/test_certs.h"

#include <openssl/ssl.h>

#include <stdio.h>
#include <string.h>

static struct test_node nodes[NODES_MAX];
static unsigned port;

static void prepare_one(void)
{
    victim_prepare(&nodes[0], &port);
}

static void start_one(void)
{
    prepare_one();
    node_start(&nodes[0]);
}

static void start_honest(void)
{
    honest_start(&nodes[1], port);
}

static void honest_is_fine(void)
{
    honest_check(&nodes[1], &nodes[0]);
}

static struct vt_hello_chain main_chain(void)
{
    struct vt_hello_chain chain = {.name = "main"};

    chain.chain_id = nodes[0].chains[0].fake.id;
    chain.params = nodes[0].chains[0].args.params;
    return chain;
}

/* ---- strangers ----------------------------------------------------------- */

START_TEST(no_certificate_is_refused)
{
    struct raw_peer raw;

    start_one();
    raw_connect(&raw, port);
    (void)raw_tls(&raw, NULL, 0, 0);
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_uint_eq(raw.alerts, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
    WAIT_FOR(log_has("showed no certificate"));
    raw_end(&raw);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(old_tls_is_refused)
{
    struct raw_peer raw;

    start_one();
    raw_connect(&raw, port);
    ck_assert_int_eq(raw_tls(&raw, "n2", 0, TLS1_2_VERSION), 0);
    ck_assert_uint_eq(raw.alerts, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    WAIT_FOR(log_has("does not speak TLS 1.3"));
    raw_end(&raw);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(what_is_not_tls_is_refused)
{
    static const char *const texts[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        "\x16\x03\x01\xff\xff junk that claims to be a handshake"};
    struct vt_rng rng;
    uint8_t junk[4096];
    struct raw_peer raw;

    start_one();
    start_honest();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        raw_connect(&raw, port);
        (void)raw_send(&raw, texts[i], strlen(texts[i]));
        ck_assert_int_eq(raw_closed(&raw, 5000), 1);
        raw_end(&raw);
    }
    WAIT_FOR(log_has("what arrived is not TLS"));
    vt_rng_init(&rng, 1);
    for (int i = 0; i < 200; i++) {
        vt_rng_fill(&rng, junk, sizeof junk);
        if (i % 2 == 0) {
            memcpy(junk, "\x16\x03\x01\x10\x00\x01\x00\x0f\xfc\x03\x03", 11);
        }
        raw_connect(&raw, port);
        (void)raw_send(&raw, junk, vt_rng_below(&rng, sizeof junk));
        raw_end(&raw);
    }
    honest_is_fine();
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(slow_and_silent_connections_end_at_the_deadline)
{
    static const uint8_t hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
    struct raw_peer silent;
    struct raw_peer slow;
    struct raw_peer mute;
    uint64_t from_ns = vt_clock_mono_ns();

    start_one();
    raw_connect(&silent, port);
    raw_connect(&slow, port);
    raw_connect(&mute, port);
    ck_assert_int_eq(raw_tls(&mute, "n2", 0, 0), 1); /* but no greeting */
    for (size_t i = 0; i < sizeof hello; i++) {
        (void)raw_send(&slow, &hello[i], 1);
        (void)usleep(60000);
    }
    ck_assert_int_eq(raw_closed(&silent, 3000), 1);
    ck_assert_int_eq(raw_closed(&slow, 3000), 1);
    ck_assert_int_eq(raw_closed(&mute, 3000), 1);
    ck_assert_uint_lt(vt_clock_mono_ns() - from_ns, 3000000000u);
    ck_assert_int_eq(log_has("not finished after 400 ms"), 1);
    WAIT_FOR(metric_value("net_strangers") == 0);
    raw_end(&silent);
    raw_end(&slow);
    raw_end(&mute);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(idle_strangers_do_not_keep_honest_nodes_out)
{
    static struct raw_peer idle[100];

    prepare_one();
    nodes[0].links->tune.handshake_ms = 60000;
    nodes[0].links->tune.strangers_max = 8;
    node_start(&nodes[0]);
    for (size_t i = 0; i < 100; i++) {
        raw_connect(&idle[i], port);
    }
    start_honest();
    ck_assert_uint_le(metric_value("net_strangers"), 9);
    honest_is_fine();
    for (size_t i = 0; i < 100; i++) {
        raw_end(&idle[i]);
    }
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

/* ---- greetings ----------------------------------------------------------- */

START_TEST(another_protocol_version_is_refused_with_both_numbers)
{
    struct raw_peer raw;

    start_one();
    raw_connect(&raw, port);
    ck_assert_int_eq(raw_tls(&raw, "n2", 0, 0), 1);
    ck_assert_int_eq(raw_hello(&raw, "n2", 9, NULL), 1);
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "version 9"));
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "here is 1"));
    WAIT_FOR(node_error(&nodes[0], "n2", "version 9"));
    raw_end(&raw);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(a_greeting_under_another_name_is_refused)
{
    struct raw_peer raw;

    start_one();
    raw_connect(&raw, port);
    ck_assert_int_eq(raw_tls(&raw, "n2", 0, 0), 1);
    ck_assert_int_eq(raw_hello(&raw, "n3", 1, NULL), 1);
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "greets as 'n3'"));
    raw_end(&raw);
    node_stop(&nodes[0]);
}
END_TEST

/* ---- frames -------------------------------------------------------------- */

static const struct bad_frame {
    int before_greeting;
    uint32_t length; /* word on the wire */
    uint8_t kind;
    uint8_t chain; /* first byte of the chain id */
    const char *want;
} bad_frames[] = {
    {0, 0, VT_FRAME_PING, 0, "frame length 0 is impossible"},
    {0, 40, VT_FRAME_PING, 0, "frame length 40 is impossible"},
    {0, 0xffffffff, VT_FRAME_BODY, 0, "frame length 4294967295"},
    {0, VT_FRAME_MAX, VT_FRAME_BODY, 0, "is impossible"},
    {0, 50, 99, 0, "frame kind 99 is not known"},
    {0, 50, VT_FRAME_PING, 0, "claims 54 bytes, at most 53"},
    {0, 70000, VT_FRAME_HELLO, 0, "claims 70004 bytes"},
    {0, 1u << 20, VT_FRAME_STATUS, 0, "claims 1048580 bytes, at most 86"},
    {0, 49, VT_FRAME_PING, 1, "link frame with a chain id"},
    {1, 49, VT_FRAME_PING, 0, "kind 2 before the greeting"},
    {1, VT_FRAME_MAX - 4, VT_FRAME_CONSENSUS, 0, "before the greeting"},
    {1, 41, VT_FRAME_HELLO, 0, "greeting is malformed"},
};

START_TEST(a_malformed_frame_ends_the_link_with_its_reason)
{
    const struct bad_frame *bad = &bad_frames[_i];
    uint8_t bytes[VT_FRAME_HEAD + 8] = {0};
    struct raw_peer raw;

    start_one();
    start_honest();
    raw_connect(&raw, port);
    ck_assert_int_eq(raw_tls(&raw, "n2", 0, 0), 1);
    if (!bad->before_greeting) {
        ck_assert_int_eq(raw_hello(&raw, "n2", 1, NULL), 1);
    }
    vt_put_u32(bytes, bad->length);
    bytes[4] = bad->kind;
    bytes[5] = bad->chain;
    (void)raw_send(&raw, bytes, bad->length == 41 ? 45 : sizeof bytes);
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_msg(strstr(raw.goodbye, bad->want) != NULL, "%s", raw.goodbye);
    WAIT_FOR(node_error(&nodes[0], "n2", bad->want));
    honest_is_fine();
    raw_end(&raw);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(a_small_limit_of_our_own_is_kept)
{
    static uint8_t big[200000];
    struct vt_hello_chain chain;
    struct raw_peer raw;

    prepare_one();
    nodes[0].links->frame_max_bytes = 100000;
    node_start(&nodes[0]);
    chain = main_chain();
    ck_assert_int_eq(raw_link(&raw, port, "n2", &chain), 1);
    (void)raw_frame(&raw, VT_FRAME_BODY, vt_view_of(big, sizeof big));
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "frame_max here is 100000"));
    raw_end(&raw);
    node_stop(&nodes[0]);
}
END_TEST

static size_t reserved, wanted;

static void look_at_big(void *arg)
{
    struct vt_peer *peer = vt_peer_find(nodes[0].links, arg);

    if (peer != NULL && peer->conn != NULL && peer->conn->big != NULL) {
        reserved = peer->conn->big_cap;
        wanted = peer->conn->big_total;
    }
}

START_TEST(a_claimed_size_is_not_reserved_before_it_arrives)
{
    static uint8_t part[200000];
    static char name[] = "n2";
    struct raw_peer raw;

    start_one();
    ck_assert_int_eq(raw_link(&raw, port, "n2", NULL), 1);
    vt_put_u32(part, VT_FRAME_MAX - 4);
    part[4] = VT_FRAME_BODY;
    ck_assert_int_eq(raw_send(&raw, part, sizeof part), 1);
    for (int i = 0; i < 5000 && reserved < sizeof part; i++) {
        node_run(&nodes[0], look_at_big, name);
        (void)usleep(1000);
    }
    ck_assert_uint_eq(wanted, VT_FRAME_MAX);
    ck_assert_uint_ge(reserved, sizeof part);
    ck_assert_uint_le(reserved, 2 * sizeof part);
    raw_end(&raw); /* in the middle of the frame */
    WAIT_FOR(!node_connected(&nodes[0], "n2"));
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(random_bytes_on_a_link_harm_nobody)
{
    struct vt_rng rng;
    uint8_t junk[2048];
    struct vt_hello_chain chain;

    start_one();
    start_honest();
    chain = main_chain();
    vt_rng_init(&rng, 3);
    for (int i = 0; i < 60; i++) {
        struct raw_peer raw;
        size_t len = vt_rng_below(&rng, sizeof junk);

        vt_rng_fill(&rng, junk, sizeof junk);
        if (i % 2 == 0) { /* a head that is right */
            vt_put_u32(junk, (uint32_t)vt_rng_below(&rng, 3000));
            junk[4] = (uint8_t)(16 + vt_rng_below(&rng, 7));
            memcpy(junk + 5, chain.chain_id.b, 32);
        }
        if (raw_link(&raw, port, "n2", &chain)) {
            (void)raw_send(&raw, junk, len == 0 ? 1 : len);
        }
        raw_end(&raw);
    }
    honest_is_fine();
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

/* ---- scores -------------------------------------------------------------- */

START_TEST(a_peer_that_goes_on_is_paused_and_comes_back)
{
    struct raw_peer raw;
    uint8_t bad[VT_FRAME_HEAD] = {0};
    char said[513];

    prepare_one();
    nodes[0].links->tune.tick_ms = 60000; /* nothing is forgiven meanwhile */
    node_start(&nodes[0]);
    start_honest();
    bad[0] = 41;
    bad[4] = 99;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(raw_link(&raw, port, "n2", NULL), 1);
        (void)raw_send(&raw, bad, sizeof bad);
        ck_assert_int_eq(raw_closed(&raw, 5000), 1);
        (void)snprintf(said, sizeof said, "%s", raw.goodbye);
        raw_end(&raw);
    }
    ck_assert_ptr_nonnull(strstr(said, "paused for 300 ms"));
    raw_connect(&raw, port);
    ck_assert_int_eq(raw_tls(&raw, "n2", 0, 0), 1);
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "paused after too many"));
    raw_end(&raw);
    honest_is_fine();
    (void)usleep(320000);
    ck_assert_int_eq(raw_link(&raw, port, "n2", NULL), 1);
    WAIT_FOR(node_connected(&nodes[0], "n2"));
    raw_end(&raw);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

static int32_t score_of(const char *name)
{
    struct vt_peer_info info;

    return node_info(&nodes[0], name, &info) ? info.score : 0;
}

START_TEST(frames_of_unknown_chains_and_ping_floods_cost)
{
    struct raw_peer raw;
    uint8_t foreign[VT_FRAME_HEAD] = {41, 0, 0, 0, VT_FRAME_STATUS, 9, 9};

    prepare_one();
    nodes[0].links->tune.tick_ms = 1000;
    node_start(&nodes[0]);
    start_honest();
    ck_assert_int_eq(raw_link(&raw, port, "n2", NULL), 1);
    for (int i = 0; i < 8; i++) {
        (void)raw_send(&raw, foreign, sizeof foreign);
    }
    WAIT_FOR(metric_value("net_unknown_chain_total") == 8);
    ck_assert_int_lt(score_of("n2"), 75);
    for (int i = 0; i < 50; i++) {
        (void)raw_send(&raw, foreign, sizeof foreign);
    }
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "chain we do not share"));
    raw_end(&raw);
    (void)usleep(320000);
    ck_assert_int_eq(raw_link(&raw, port, "n3", NULL), 1);
    for (int i = 0; i < 5000; i++) {
        if (!raw_frame(&raw, VT_FRAME_PING, vt_view_of("12345678", 8))) {
            break;
        }
    }
    ck_assert_int_eq(raw_closed(&raw, 5000), 1);
    ck_assert_ptr_nonnull(strstr(raw.goodbye, "floods"));
    raw_end(&raw);
    honest_is_fine();
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(a_score_falls_by_what_the_chain_says_and_recovers)
{
    const struct vt_hash *id = &nodes[0].chains[0].fake.id;

    prepare_one();
    nodes[0].links->tune.tick_ms = 10;
    node_start(&nodes[0]);
    start_honest();
    for (int i = 0; i < 5; i++) {
        vt_links_penalize(nodes[0].links, id, 1, "vote with a bad signature");
    }
    WAIT_FOR(node_error(&nodes[0], "n1", "vote with a bad signature"));
    ck_assert_int_lt(score_of("n1"), 90);
    WAIT_FOR(score_of("n1") == 100); /* one more each tick */
    honest_is_fine();
    for (int i = 0; i < 20; i++) {
        vt_links_penalize(nodes[0].links, id, 1, "the end");
        vt_links_penalize(nodes[0].links, id, 3, "a member never seen");
    }
    WAIT_FOR(node_error(&nodes[1], "n0", "paused for 300 ms"));
    WAIT_FOR(atomic_load(&nodes[1].chains[0].fake.peer_downs) == 1);
    WAIT_FOR(atomic_load(&nodes[1].chains[0].fake.peers_up) == 1);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(a_flood_of_valid_frames_costs_only_the_flooder)
{
    static uint8_t frame[VT_FRAME_HEAD + 100];
    struct vt_hello_chain chain;
    struct raw_peer raw;
    struct vt_frame head = {.kind = VT_FRAME_TXS, .payload = {NULL, 100}};

    start_one();
    start_honest();
    chain = main_chain();
    head.chain_id = chain.chain_id;
    vt_frame_head(&head, frame);
    ck_assert_int_eq(raw_link(&raw, port, "n2", &chain), 1);
    for (int i = 0; i < 50000; i++) {
        ck_assert_int_eq(raw_send(&raw, frame, sizeof frame), 1);
    }
    honest_is_fine();
    raw_end(&raw);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(a_peer_that_does_not_read_holds_up_nobody)
{
    static uint8_t payload[100000];
    struct vt_hello_chain chain;
    struct raw_peer raw;
    struct vt_peer_info info;
    struct test_chain *from = &nodes[0].chains[0];

    prepare_one();
    nodes[0].links->tune.dead_ms = 300;
    nodes[0].links->tune.ping_ms = 100;
    node_start(&nodes[0]);
    start_honest();
    chain = main_chain();
    ck_assert_int_eq(raw_link(&raw, port, "n2", &chain), 1);
    WAIT_FOR(atomic_load(&from->fake.peers_up) == 2);
    for (int i = 0; i < 400; i++) { /* 40 MB */
        chain_send(from, 2, VT_SEND_PROP, VT_FRAME_BODY,
                   vt_view_of(payload, sizeof payload));
        chain_send(from, 2, VT_SEND_BULK, VT_FRAME_TXS,
                   vt_view_of(payload, sizeof payload));
    }
    ck_assert_uint_gt(metric_value("net_dropped_total{queue=\"bulk\"}"), 0);
    ck_assert_uint_gt(metric_value("net_dropped_total{queue=\"proposal\"}"), 0);
    honest_is_fine();
    WAIT_FOR(node_error(&nodes[0], "n2", "no sign of life"));
    ck_assert_int_eq(node_info(&nodes[0], "n2", &info), 1);
    ck_assert_int_eq(info.connected, 0);
    honest_is_fine();
    raw_end(&raw);
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(more_observers_than_there_is_room_for_take_turns)
{
    const struct test_cert spec = {.common = "x"};
    char stem[16];

    start_one();
    for (unsigned i = 0; i < VT_OBSERVERS_MAX + 10; i++) {
        struct test_cert one = spec;
        struct raw_peer raw;

        (void)snprintf(stem, sizeof stem, "obs%u", i);
        one.common = stem;
        test_cert_make(test_dir(), "ca", stem, &one);
        ck_assert_int_eq(raw_link(&raw, port, stem, NULL), 1);
        WAIT_FOR(node_connected(&nodes[0], stem));
        raw_end(&raw);
        WAIT_FOR(!node_connected(&nodes[0], stem));
    }
    ck_assert_uint_le(atomic_load(&nodes[0].links->slot_count),
                      VT_OBSERVERS_MAX + 1);
    start_honest(); /* a member finds a place of its own */
    honest_is_fine();
    node_stop(&nodes[1]);
    node_stop(&nodes[0]);
}
END_TEST

/* ---- queues -------------------------------------------------------------- */

static struct vt_blob *blob_of(uint32_t len, uint8_t mark)
{
    uint8_t *bytes = vt_alloc(len);
    struct vt_frame frame = {.kind = VT_FRAME_CONSENSUS,
                             .payload = {bytes, len}};
    struct vt_blob *blob;

    ck_assert_ptr_nonnull(bytes);
    memset(bytes, mark, len);
    blob = vt_blob_new(&frame);
    vt_free(bytes);
    ck_assert_ptr_nonnull(blob);
    return blob;
}

static uint32_t put(struct vt_outq *q, uint32_t klass, uint32_t len,
                    uint8_t mark)
{
    struct vt_blob *blob = blob_of(len, mark);
    uint32_t dropped = vt_outq_put(q, klass, blob);

    vt_blob_unref(blob);
    return dropped;
}

static int next_mark(struct vt_outq *q)
{
    struct vt_blob *blob = vt_outq_pop(q);
    int mark = blob == NULL ? -1 : blob->bytes[VT_FRAME_HEAD];

    vt_blob_unref(blob);
    return mark;
}

START_TEST(votes_go_before_bulk_and_each_class_keeps_its_order)
{
    struct vt_outq q = {0};

    for (uint8_t i = 0; i < 40; i++) {
        ck_assert_uint_eq(
            put(&q, VT_OUT_OF(VT_SEND_BULK), 10, (uint8_t)(100 + i)), 0);
        ck_assert_uint_eq(put(&q, VT_OUT_OF(VT_SEND_VOTE), 10, i), 0);
    }
    ck_assert_uint_eq(put(&q, VT_OUT_LINK, 10, 99), 0);
    ck_assert_int_eq(next_mark(&q), 99);
    for (int i = 0; i < 40; i++) {
        ck_assert_int_eq(next_mark(&q), i);
    }
    for (int i = 0; i < 40; i++) {
        ck_assert_int_eq(next_mark(&q), 100 + i);
    }
    ck_assert_int_eq(next_mark(&q), -1);
    ck_assert_uint_eq(q.bytes, 0);
    vt_outq_fini(&q);
}
END_TEST

START_TEST(full_classes_drop_the_oldest_but_bulk_refuses_the_new)
{
    const uint32_t mib = 1u << 20;
    struct vt_outq q = {0};
    uint32_t dropped = 0;

    ck_assert_uint_eq(put(&q, VT_OUT_OF(VT_SEND_VOTE), 3 * mib, 1), 0);
    ck_assert_uint_eq(put(&q, VT_OUT_OF(VT_SEND_VOTE), 10, 2), 1);
    ck_assert_int_eq(next_mark(&q), 2);
    ck_assert_int_eq(next_mark(&q), -1);
    for (uint8_t i = 0; i < 20; i++) {
        dropped += put(&q, VT_OUT_OF(VT_SEND_BULK), mib, i);
    }
    ck_assert_uint_eq(dropped, 13);
    for (int i = 0; i < 7; i++) {
        ck_assert_int_eq(next_mark(&q), i);
    }
    (void)put(&q, VT_OUT_OF(VT_SEND_CERT), 10, 1); /* freed below */
    vt_outq_fini(&q);
}
END_TEST

static void add_loop(Suite *suite, const char *name, const TTest *test,
                     size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const strangers[] = {
        no_certificate_is_refused,
        old_tls_is_refused,
        what_is_not_tls_is_refused,
        slow_and_silent_connections_end_at_the_deadline,
        idle_strangers_do_not_keep_honest_nodes_out,
        another_protocol_version_is_refused_with_both_numbers,
        a_greeting_under_another_name_is_refused,
    };
    const TTest *const frames[] = {
        a_small_limit_of_our_own_is_kept,
        a_claimed_size_is_not_reserved_before_it_arrives,
        random_bytes_on_a_link_harm_nobody,
    };
    const TTest *const scores[] = {
        a_peer_that_goes_on_is_paused_and_comes_back,
        frames_of_unknown_chains_and_ping_floods_cost,
        a_score_falls_by_what_the_chain_says_and_recovers,
        a_flood_of_valid_frames_costs_only_the_flooder,
        a_peer_that_does_not_read_holds_up_nobody,
        more_observers_than_there_is_room_for_take_turns,
    };
    const TTest *const queues[] = {
        votes_go_before_bulk_and_each_class_keeps_its_order,
        full_classes_drop_the_oldest_but_bulk_refuses_the_new,
    };
    Suite *suite = suite_create("core/net/links, enemies");

    add_loop(suite, "bad frames",
             a_malformed_frame_ends_the_link_with_its_reason,
             sizeof bad_frames / sizeof bad_frames[0]);
    VT_SUITE_ADD(suite, "strangers", strangers);
    VT_SUITE_ADD(suite, "frames", frames);
    VT_SUITE_ADD(suite, "scores", scores);
    VT_SUITE_ADD(suite, "queues", queues);
    return vt_suite_run(suite);
}
