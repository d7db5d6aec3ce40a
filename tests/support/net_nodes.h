/* SPDX-License-Identifier: Apache-2.0
 *
 * net_nodes.h - several nodes' links in one process: each with its loop, its
 * certificates, and fake chains on their own threads.
 */
#ifndef VT_TESTS_SUPPORT_NET_NODES_H
#define VT_TESTS_SUPPORT_NET_NODES_H

#include "net/links_int.h"
#include "net/runner_int.h"
#include "support/fake_chain.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define NODES_MAX 5u
#define NODE_CHAINS_MAX 3u

struct test_chain {
    struct vt_chain fake; /* first */
    struct test_node *node;
    struct vt_runner *runner;
    struct vt_links_chain args;
    const char *params_text;
    int linked;
    /* of the frames that came, on the chain's thread; read when quiet */
    uint32_t last_peer;
    uint64_t last_epoch;
    uint8_t last_kind;
    struct vt_hash last_payload; /* hash of it */
    uint64_t expect;             /* numbered frames: the next one */
    _Atomic uint32_t out_of_order;
};

struct test_node {
    char name[16];
    struct vt_node_config config;
    char listen[32];
    char peer_addresses[NODES_MAX][32];
    char cert[256], key[256], ca[256];
    struct vt_loop *loop;
    pthread_t thread;
    struct vt_pool *pool;
    struct vt_links *links;
    struct test_chain chains[NODE_CHAINS_MAX];
    uint32_t chain_count;
    int running;
};

/* Waits up to ten seconds for an expression to come true. */
#define WAIT_FOR(expr)                                                         \
    do {                                                                       \
        for (int wait_i_ = 0; wait_i_ < 10000 && !(expr); wait_i_++) {         \
            (void)usleep(1000);                                                \
        }                                                                      \
        ck_assert_msg((expr), "waited in vain for %s", #expr);                 \
    } while (0)

/* An authority and certificates for n0..n4, once per process. */
void nodes_prepare(void);
/* A port nobody listens on now. */
unsigned free_port(void);
/* Node with certificate <name>.crt that listens on port (0: nowhere); short
 * times for tests. Not started. */
void node_init(struct test_node *node, const char *name, unsigned port);
void node_peer(struct test_node *node, const char *name, unsigned port);
/* Makes links with the certificates set in node. Returns their status. */
vt_status node_make(struct test_node *node, struct vt_err *err);
/* With hooks that record what came, members n0..n<members - 1>. Before or after
 * node_start. */
struct test_chain *node_chain(struct test_node *node, const char *name,
                              uint32_t members, const char *params);
void node_unlink(struct test_chain *chain);
/* Links start, the loop runs on a thread. */
void node_start(struct test_node *node);
void node_stop(struct test_node *node);
/* As if the process was killed: no goodbye. */
void node_kill(struct test_node *node);
/* What the node knows of a peer; 0 when it knows nothing. Any thread. */
int node_info(struct test_node *node, const char *peer,
              struct vt_peer_info *out);
/* 1 when the peer's last error has text in it. */
int node_error(struct test_node *node, const char *peer, const char *text);
int node_connected(struct test_node *node, const char *peer);
/* Runs fn(arg) on the node's loop and waits. */
void node_run(struct test_node *node, void (*fn)(void *arg), void *arg);

/* One frame from a chain; the calling thread plays the chain's. */
void chain_send(struct test_chain *chain, uint32_t peer, uint32_t klass,
                uint8_t kind, struct vt_view payload);

/* Two nodes for tests with a third that misbehaves: n0 listens on a free port
 * and runs "main" with members n0..n3, deadline 400 ms, pauses 300 ms; n1 links
 * to it and must not notice anything. */
void victim_prepare(struct test_node *victim, unsigned *out_port);
void honest_start(struct test_node *honest, unsigned port);
/* Its link never broke and carries frames. */
void honest_check(struct test_node *honest, struct test_node *victim);

/* The value of a metric of this process, 0 when there is none. */
uint64_t metric_value(const char *series);
/* Log lines are kept instead of printed. */
void log_capture(void);
int log_has(const char *text);

#endif
