/* SPDX-License-Identifier: Apache-2.0
 *
 * check_links.c - nodes that mean well: greeting, routing, large frames,
 * broadcast, reconnecting, chains that come and go.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "support/net_nodes.h"

#include <stdio.h>
#include <string.h>

#define PARAMS "block_max=1\ninterval=2\n"

static struct test_node nodes[NODES_MAX];
static unsigned ports[NODES_MAX];

/* n0.. each know each other and run chain "main". ping_ms 0: as usual. */
static void start_pinging(unsigned count, uint32_t ping_ms)
{
    log_capture();
    for (unsigned i = 0; i < count; i++) {
        ports[i] = free_port();
    }
    for (unsigned i = 0; i < count; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "n%u", i);
        node_init(&nodes[i], name, ports[i]);
        for (unsigned k = 0; k < count; k++) { /* itself too: it is skipped */
            (void)snprintf(name, sizeof name, "n%u", k);
            node_peer(&nodes[i], name, ports[k]);
        }
        (void)node_chain(&nodes[i], "main", count, PARAMS);
        if (ping_ms != 0) {
            nodes[i].links->tune.ping_ms = ping_ms;
            nodes[i].links->tune.dead_ms = 500;
        }
        node_start(&nodes[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        WAIT_FOR(atomic_load(&nodes[i].chains[0].fake.peers_up) == count - 1);
    }
}

static void start_all(unsigned count)
{
    start_pinging(count, 0);
}

static void stop_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        node_stop(&nodes[i]);
    }
}

static struct test_chain *chain_of(unsigned node)
{
    return &nodes[node].chains[0];
}

static uint32_t frames(unsigned node)
{
    return atomic_load(&chain_of(node)->fake.frames);
}

START_TEST(a_frame_arrives_with_its_sender_epoch_and_bytes)
{
    struct vt_hash want;

    start_all(2);
    vt_hash_bytes("test", "hi", 2, &want);
    chain_send(chain_of(0), 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
               vt_view_str("hi"));
    WAIT_FOR(frames(1) == 1);
    ck_assert_uint_eq(chain_of(1)->last_peer, 0);
    ck_assert_uint_eq(chain_of(1)->last_epoch, 7);
    ck_assert_uint_eq(chain_of(1)->last_kind, VT_FRAME_CONSENSUS);
    ck_assert_int_eq(vt_hash_eq(&chain_of(1)->last_payload, &want), 1);
    chain_send(chain_of(1), 0, VT_SEND_BULK, VT_FRAME_TXS, vt_view_str("yo"));
    WAIT_FOR(frames(0) == 1);
    ck_assert_uint_eq(chain_of(0)->last_peer, 1);
    stop_all(2);
}
END_TEST

static void send_of_size(size_t size)
{
    uint8_t *bytes = vt_alloc(size);
    struct vt_hash want;
    uint32_t before = frames(1);

    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i * 7 + (i >> 8) + (i >> 16));
    }
    vt_hash_bytes("test", bytes, size, &want);
    chain_send(chain_of(0), 1, VT_SEND_PROP, VT_FRAME_BODY,
               vt_view_of(bytes, size));
    vt_free(bytes);
    WAIT_FOR(frames(1) == before + 1);
    ck_assert_int_eq(vt_hash_eq(&chain_of(1)->last_payload, &want), 1);
}

START_TEST(frames_of_every_size_arrive_whole)
{
    static const size_t sizes[] = {0,
                                   1,
                                   16339,
                                   16340,
                                   32767,
                                   65490,
                                   65491,
                                   65492,
                                   131072,
                                   1u << 20,
                                   VT_FRAME_MAX - VT_FRAME_HEAD};

    start_all(2);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        send_of_size(sizes[i]);
    }
    ck_assert_int_eq(
        vt_links_send(nodes[0].links, &chain_of(0)->fake.id, 1, VT_SEND_PROP,
                      &(struct vt_frame){
                          .kind = VT_FRAME_BODY,
                          .payload = {NULL, VT_FRAME_MAX - VT_FRAME_HEAD + 1}}),
        VT_E_LIMIT);
    stop_all(2);
}
END_TEST

START_TEST(many_frames_of_one_class_keep_their_order)
{
    const uint32_t count = 100000;
    uint8_t payload[200] = {0};

    start_all(2);
    for (uint32_t i = 0; i < count; i++) {
        struct vt_frame frame = {.kind = VT_FRAME_CONSENSUS,
                                 .chain_id = chain_of(0)->fake.id,
                                 .payload = {payload, 8 + i % 190}};

        vt_put_u64(payload, i);
        ck_assert_int_eq(vt_links_send(nodes[0].links, &frame.chain_id, 1,
                                       VT_SEND_PROP, &frame),
                         VT_OK);
        if (i % 64 == 63) {
            vt_links_flush(nodes[0].links);
            WAIT_FOR(i + 1 - frames(1) <
                     8000); /* what the inbox surely holds */
        }
    }
    vt_links_flush(nodes[0].links);
    WAIT_FOR(frames(1) == count);
    ck_assert_uint_eq(atomic_load(&chain_of(1)->out_of_order), 0);
    stop_all(2);
}
END_TEST

START_TEST(a_broadcast_reaches_every_other_node_once)
{
    char *big = vt_alloc(300000);

    start_all(4);
    for (unsigned i = 0; i < 4; i++) {
        chain_send(chain_of(i), VT_PEER_ALL, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
                   vt_view_str("v"));
        chain_send(chain_of(i), VT_PEER_ALL, VT_SEND_PROP, VT_FRAME_CONSENSUS,
                   vt_view_of(big, 300000));
    }
    for (unsigned i = 0; i < 4; i++) {
        WAIT_FOR(frames(i) == 6);
        ck_assert_uint_eq(atomic_load(&chain_of(i)->fake.frame_bytes),
                          3 * 300001);
    }
    vt_free(big);
    stop_all(4);
}
END_TEST

static struct test_node *counted;

static void count_conns(void *arg)
{
    VT_LIST_FOR (at, &counted->links->conns) {
        ++*(uint32_t *)arg;
    }
}

START_TEST(there_is_one_link_though_both_sides_dial)
{
    struct vt_peer_info info;

    start_all(4);
    (void)usleep(300000);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t conns = 0;

        counted = &nodes[i];
        node_run(counted, count_conns, &conns);
        ck_assert_uint_eq(conns, 3);
        ck_assert_uint_eq(atomic_load(&chain_of(i)->fake.peers_up), 3);
    }
    ck_assert_int_eq(node_info(&nodes[0], "n3", &info), 1);
    ck_assert_int_gt(info.cert_expires_ms, vt_clock_wall_ms());
    ck_assert_int_eq(info.score, 100);
    ck_assert_uint_gt(info.bytes_in, 0);
    ck_assert_uint_gt(info.frames_out, 0);
    ck_assert_uint_eq(metric_value("net_peer_up{peer=\"n3\"}"), 1);
    stop_all(4);
}
END_TEST

START_TEST(a_node_that_was_killed_is_linked_again_when_it_is_back)
{
    start_all(2);
    for (int round = 0; round < 3; round++) {
        uint32_t downs = atomic_load(&chain_of(0)->fake.peer_downs);

        node_kill(&nodes[1]);
        WAIT_FOR(atomic_load(&chain_of(0)->fake.peer_downs) > downs);
        chain_send(chain_of(0), 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
                   vt_view_str("lost")); /* nobody there: no error */
        (void)node_chain(&nodes[1], "main", 2, PARAMS);
        node_start(&nodes[1]);
        WAIT_FOR(atomic_load(&chain_of(1)->fake.peers_up) == 1);
        WAIT_FOR(atomic_load(&chain_of(0)->fake.peers_up) == 1);
        chain_send(chain_of(0), 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
                   vt_view_str("here"));
        WAIT_FOR(frames(1) == 1);
    }
    stop_all(2);
}
END_TEST

START_TEST(a_clean_stop_says_goodbye)
{
    start_all(2);
    node_stop(&nodes[1]);
    WAIT_FOR(node_error(&nodes[0], "n1", "the node stops") ||
             node_error(&nodes[0], "n1", "refused"));
    ck_assert_int_eq(log_has("n1: it closed the link: \"the node stops\""), 1);
    WAIT_FOR(node_error(&nodes[0], "n1", "Connection refused: is the node"));
    node_stop(&nodes[0]);
}
END_TEST

START_TEST(frames_go_to_their_chain_and_no_other)
{
    struct test_chain *two[2];
    struct test_chain *alone;

    log_capture();
    for (unsigned i = 0; i < 2; i++) {
        char name[8];

        ports[i] = free_port();
        (void)snprintf(name, sizeof name, "n%u", i);
        node_init(&nodes[i], name, ports[i]);
    }
    node_peer(&nodes[0], "n1", ports[1]);
    (void)node_chain(&nodes[0], "main", 2, PARAMS);
    (void)node_chain(&nodes[1], "main", 2, PARAMS);
    two[0] = node_chain(&nodes[0], "trade", 2, "other=1\n");
    two[1] = node_chain(&nodes[1], "trade", 2, "other=1\n");
    alone = node_chain(&nodes[0], "alone", 2, "alone=1\n");
    node_start(&nodes[0]);
    node_start(&nodes[1]);
    WAIT_FOR(atomic_load(&two[1]->fake.peers_up) == 1);
    WAIT_FOR(atomic_load(&two[0]->fake.peers_up) == 1);
    chain_send(alone, VT_PEER_ALL, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
               vt_view_str("nobody shares this chain"));
    chain_send(two[0], 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS, vt_view_str("t"));
    WAIT_FOR(atomic_load(&two[1]->fake.frames) == 1);
    ck_assert_uint_eq(frames(1), 0);
    ck_assert_uint_eq(atomic_load(&alone->fake.peers_up), 0);
    stop_all(2);
}
END_TEST

START_TEST(chains_come_and_go_while_the_link_stays)
{
    struct test_chain *two[2];

    start_all(2);
    two[0] = node_chain(&nodes[0], "late", 2, "late=1\n");
    (void)usleep(50000);
    ck_assert_uint_eq(atomic_load(&two[0]->fake.peers_up), 0);
    two[1] = node_chain(&nodes[1], "late", 2, "late=1\n");
    WAIT_FOR(atomic_load(&two[0]->fake.peers_up) == 1);
    WAIT_FOR(atomic_load(&two[1]->fake.peers_up) == 1);
    chain_send(two[0], 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS, vt_view_str("x"));
    WAIT_FOR(atomic_load(&two[1]->fake.frames) == 1);
    node_unlink(two[1]);
    WAIT_FOR(atomic_load(&two[0]->fake.peers_up) == 0);
    ck_assert_uint_eq(atomic_load(&chain_of(0)->fake.peer_downs), 0);
    chain_send(chain_of(0), 1, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
               vt_view_str("still there"));
    WAIT_FOR(frames(1) == 1);
    stop_all(2);
}
END_TEST

START_TEST(a_node_that_is_no_member_is_an_observer)
{
    start_all(2);
    node_init(&nodes[4], "n4", 0);
    node_peer(&nodes[4], "n0", ports[0]);
    (void)node_chain(&nodes[4], "main", 2, PARAMS);
    node_start(&nodes[4]);
    WAIT_FOR(atomic_load(&chain_of(4)->fake.peers_up) == 1);
    WAIT_FOR(atomic_load(&chain_of(0)->fake.peers_up) == 2);
    chain_send(chain_of(4), 0, VT_SEND_BULK, VT_FRAME_GET_BLOCKS,
               vt_view_of("123456789012", 12));
    WAIT_FOR(frames(0) == 1);
    ck_assert_uint_ge(chain_of(0)->last_peer, VT_PEER_OBSERVER);
    chain_send(chain_of(0), chain_of(0)->last_peer, VT_SEND_BULK,
               VT_FRAME_BLOCKS, vt_view_str("answer"));
    WAIT_FOR(frames(4) == 1);
    ck_assert_uint_eq(chain_of(4)->last_peer, 0);
    chain_send(chain_of(0), VT_PEER_ALL, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
               vt_view_str("all"));
    WAIT_FOR(frames(4) == 2);
    node_stop(&nodes[4]);
    stop_all(2);
}
END_TEST

START_TEST(a_silent_link_is_asked_and_stays)
{
    start_pinging(2, 20);
    (void)usleep(700000);
    ck_assert_int_eq(node_connected(&nodes[0], "n1"), 1);
    ck_assert_uint_eq(atomic_load(&chain_of(0)->fake.peer_downs), 0);
    stop_all(2);
}
END_TEST

START_TEST(a_name_is_resolved_as_well_as_an_address)
{
    log_capture();
    ports[0] = free_port();
    node_init(&nodes[0], "n0", ports[0]);
    (void)node_chain(&nodes[0], "main", 2, PARAMS);
    node_init(&nodes[1], "n1", 0);
    node_peer(&nodes[1], "n0", ports[0]);
    (void)snprintf(nodes[1].peer_addresses[0],
                   sizeof nodes[1].peer_addresses[0], "localhost:%u", ports[0]);
    (void)node_chain(&nodes[1], "main", 2, PARAMS);
    node_start(&nodes[0]);
    node_start(&nodes[1]);
    WAIT_FOR(atomic_load(&chain_of(1)->fake.peers_up) == 1);
    stop_all(2);
}
END_TEST

START_TEST(a_wrong_set_of_peers_or_address_is_explained)
{
    struct vt_err err = VT_ERR_INIT;

    node_init(&nodes[0], "n0", 1);
    node_peer(&nodes[0], "n 1", 2);
    ck_assert_int_eq(node_make(&nodes[0], &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "'n 1' is not a node's name"));
    node_init(&nodes[0], "n0", 1);
    node_peer(&nodes[0], "n1", 2);
    node_peer(&nodes[0], "n1", 3);
    ck_assert_int_eq(node_make(&nodes[0], &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "'n1' is listed twice"));
    start_all(1);
    node_init(&nodes[1], "n1", ports[0]); /* taken */
    ck_assert_int_eq(node_make(&nodes[1], &err), VT_OK);
    ck_assert_int_eq(vt_links_start(nodes[1].links, &err), VT_E_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "Address already in use"));
    node_stop(&nodes[1]);
    stop_all(1);
}
END_TEST

/* Each allocation fails once: an error, no crash and (with a sanitizer) no
 * leak. */
START_TEST(memory_that_runs_out_at_the_start_is_an_error)
{
    struct vt_err err = VT_ERR_INIT;
    vt_status status = VT_E_NOMEM;
    uint64_t n = 0;

    node_init(&nodes[0], "n0", 0);
    node_peer(&nodes[0], "n1", 1);
    ck_assert_int_eq(vt_loop_new(&nodes[0].loop, &err), VT_OK);
    while (status != VT_OK && n < 1000) {
        struct vt_links_args args = {nodes[0].loop, &nodes[0].config};

        vt_alloc_fail_at(++n);
        status = vt_links_new(&args, &nodes[0].links, &err);
        vt_alloc_fail_at(0);
    }
    ck_assert_int_eq(status, VT_OK);
    ck_assert_uint_gt(n, 4);
    vt_links_free(nodes[0].links);
    vt_loop_free(nodes[0].loop);
}
END_TEST

/* ---- the same name, other parameters ------------------------------------- */

static void start_with(unsigned count, const char *const *params)
{
    log_capture();
    for (unsigned i = 0; i < count; i++) {
        ports[i] = free_port();
    }
    for (unsigned i = 0; i < count; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "n%u", i);
        node_init(&nodes[i], name, ports[i]);
        for (unsigned k = 0; k < count; k++) {
            (void)snprintf(name, sizeof name, "n%u", k);
            node_peer(&nodes[i], name, ports[k]);
        }
        (void)node_chain(&nodes[i], "main", count, params[i]);
    }
}

static uint32_t halts(unsigned node)
{
    return atomic_load(&chain_of(node)->fake.halts);
}

START_TEST(other_parameters_are_named_on_both_sides)
{
    static const char *const params[] = {PARAMS, "block_max=2\ninterval=2\n"};

    start_with(2, params);
    chain_of(0)->fake.final_height = 5;
    chain_of(1)->fake.final_height = 5;
    node_start(&nodes[0]);
    node_start(&nodes[1]);
    WAIT_FOR(node_error(&nodes[0], "n1",
                        "chain main is another one there: block_max: ours 1, "
                        "chain 2"));
    WAIT_FOR(node_error(&nodes[1], "n0", "block_max: ours 2, chain 1"));
    (void)usleep(100000);
    ck_assert_uint_eq(halts(0) + halts(1), 0); /* they have final blocks */
    ck_assert_uint_eq(atomic_load(&chain_of(0)->fake.peers_up), 0);
    ck_assert_int_eq(node_connected(&nodes[0], "n1"), 1);
    stop_all(2);
}
END_TEST

START_TEST(a_new_chain_that_most_members_run_otherwise_halts)
{
    static const char *const params[] = {PARAMS, PARAMS, PARAMS,
                                         "block_max=1\ninterval=3\n"};

    start_with(4, params);
    for (unsigned i = 0; i < 4; i++) {
        node_start(&nodes[i]);
    }
    WAIT_FOR(halts(3) == 1);
    ck_assert_ptr_nonnull(
        strstr(chain_of(3)->fake.halted_why, "interval: ours 3, chain 2"));
    (void)usleep(100000);
    ck_assert_uint_eq(halts(0) + halts(1) + halts(2), 0); /* one differs */
    ck_assert_uint_eq(halts(3), 1);
    stop_all(4);
}
END_TEST

int main(void)
{
    const TTest *const links[] = {
        a_frame_arrives_with_its_sender_epoch_and_bytes,
        frames_of_every_size_arrive_whole,
        many_frames_of_one_class_keep_their_order,
        a_broadcast_reaches_every_other_node_once,
        there_is_one_link_though_both_sides_dial,
        a_node_that_was_killed_is_linked_again_when_it_is_back,
        a_clean_stop_says_goodbye,
        a_silent_link_is_asked_and_stays,
        a_name_is_resolved_as_well_as_an_address,
        a_wrong_set_of_peers_or_address_is_explained,
        memory_that_runs_out_at_the_start_is_an_error,
    };
    const TTest *const chains[] = {
        frames_go_to_their_chain_and_no_other,
        chains_come_and_go_while_the_link_stays,
        a_node_that_is_no_member_is_an_observer,
        other_parameters_are_named_on_both_sides,
        a_new_chain_that_most_members_run_otherwise_halts,
    };
    Suite *suite = suite_create("core/net/links");

    VT_SUITE_ADD(suite, "links", links);
    VT_SUITE_ADD(suite, "chains", chains);
    return vt_suite_run(suite);
}
