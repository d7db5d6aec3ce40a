/* SPDX-License-Identifier: Apache-2.0
 *
 * net_nodes.c - nodes for tests of links.
 */
#include "support/net_nodes.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "support/test_certs.h"

#include <check.h>

#include <netinet/in.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LOG_BYTES 65536u

/* ---- what is shared ------------------------------------------------------ */

void nodes_prepare(void)
{
    static int done;
    const int64_t now_ms = vt_clock_wall_ms();
    const struct vt_validity validity = {now_ms - 3600000, now_ms + 3600000};
    struct vt_err err = VT_ERR_INIT;
    struct vt_ca *ca;

    if (done) {
        return;
    }
    ck_assert_int_eq(vt_ca_new("Test-CA", &validity, &ca, &err), VT_OK);
    ck_assert_int_eq(
        vt_ca_save(ca, test_path("ca.crt"), test_path("ca.key"), &err), VT_OK);
    for (unsigned i = 0; i < NODES_MAX; i++) {
        char name[8];
        char cert[16];
        char key[16];

        (void)snprintf(name, sizeof name, "n%u", i);
        (void)snprintf(cert, sizeof cert, "n%u.crt", i);
        (void)snprintf(key, sizeof key, "n%u.key", i);
        ck_assert_int_eq(vt_ca_issue(ca, name, &validity, test_path(cert),
                                     test_path(key), &err),
                         VT_OK);
    }
    vt_ca_free(ca);
    done = 1;
}

/* Below the ports that connections are made from, or one of them could take it
 * before the node does. */
#define PORT_FIRST 20000u
#define PORT_COUNT 12000u

unsigned free_port(void)
{
    static unsigned next;
    struct sockaddr_in addr = {.sin_family = AF_INET};
    unsigned port = 0;
    int free = 0;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i < PORT_COUNT && !free; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        port = PORT_FIRST + ((unsigned)getpid() * 41u + next++) % PORT_COUNT;
        addr.sin_port = htons((uint16_t)port);
        free = bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0;
        (void)close(fd);
    }
    ck_assert_msg(free, "no free port");
    return port;
}

/* ---- a node -------------------------------------------------------------- */

void node_init(struct test_node *node, const char *name, unsigned port)
{
    memset(node, 0, sizeof *node);
    nodes_prepare();
    (void)snprintf(node->name, sizeof node->name, "%s", name);
    (void)snprintf(node->listen, sizeof node->listen, "127.0.0.1:%u", port);
    (void)snprintf(node->cert, sizeof node->cert, "%s/%s.crt", test_dir(),
                   name);
    (void)snprintf(node->key, sizeof node->key, "%s/%s.key", test_dir(), name);
    (void)snprintf(node->ca, sizeof node->ca, "%s/ca.crt", test_dir());
    if (port == 0) {
        node->listen[0] = '\0';
    }
    node->config.name = node->name;
    node->config.listen = node->listen;
    node->config.cert_file = node->cert;
    node->config.key_tls_file = node->key;
    node->config.ca_file = node->ca;
    node->config.frame_max_bytes = VT_FRAME_MAX;
    node->config.reconnect_max_ns = 200000000;
}

void node_peer(struct test_node *node, const char *name, unsigned port)
{
    static char names[64][16];
    static unsigned next;
    size_t at = node->config.peer_count++;

    (void)snprintf(node->peer_addresses[at], sizeof node->peer_addresses[at],
                   "127.0.0.1:%u", port);
    (void)snprintf(names[next % 64], sizeof names[0], "%s", name);
    node->config.peers[at].name = names[next++ % 64];
    node->config.peers[at].address = node->peer_addresses[at];
}

vt_status node_make(struct test_node *node, struct vt_err *err)
{
    struct vt_links_args args = {.config = &node->config};
    vt_status status;

    ck_assert_int_eq(vt_loop_new(&node->loop, err), VT_OK);
    node->pool = vt_pool_new(1, 64);
    ck_assert_ptr_nonnull(node->pool);
    args.loop = node->loop;
    status = vt_links_new(&args, &node->links, err);
    if (status != VT_OK) {
        vt_loop_free(node->loop);
        vt_pool_free(node->pool);
        return status;
    }
    node->links->tune.backoff_ms = 20;
    node->links->tune.linger_ms = 200;
    node->links->tune.tick_ms = 50;
    return VT_OK;
}

static void *run(void *arg)
{
    struct test_node *node = arg;

    vt_loop_run(node->loop);
    return NULL;
}

void node_start(struct test_node *node)
{
    struct vt_err err = VT_ERR_INIT;

    if (node->links == NULL) {
        vt_status status = node_make(node, &err);

        ck_assert_msg(status == VT_OK, "%s", err.text);
    }
    ck_assert_msg(vt_links_start(node->links, &err) == VT_OK, "%s", err.text);
    ck_assert_int_eq(pthread_create(&node->thread, NULL, run, node), 0);
    node->running = 1;
}

struct errand {
    void (*fn)(void *arg);
    void *arg;
    sem_t done;
};

static void run_errand(void *arg)
{
    struct errand *errand = arg;

    errand->fn(errand->arg);
    (void)sem_post(&errand->done);
}

void node_run(struct test_node *node, void (*fn)(void *arg), void *arg)
{
    struct errand errand = {fn, arg, {{0}}};

    (void)sem_init(&errand.done, 0, 0);
    ck_assert_int_eq(vt_loop_post(node->loop, run_errand, &errand), VT_OK);
    (void)sem_wait(&errand.done);
    (void)sem_destroy(&errand.done);
}

static void stop_links(void *arg)
{
    vt_links_stop(((struct test_node *)arg)->links);
}

static void kill_conns(void *arg)
{
    struct test_node *node = arg;

    node->links->stopping = 1;
    VT_LIST_FOR (at, &node->links->conns) {
        struct vt_conn *conn = VT_CONTAINER(at, struct vt_conn, entry);
        struct linger hard = {.l_onoff = 1, .l_linger = 0};

        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        (void)shutdown(conn->fd, SHUT_RDWR);
    }
    vt_links_stop(node->links);
}

static void end(struct test_node *node, void (*how)(void *arg))
{
    if (node->running) {
        node_run(node, how, node);
        vt_loop_stop(node->loop);
        (void)pthread_join(node->thread, NULL);
    }
    for (uint32_t i = 0; i < node->chain_count; i++) {
        node_unlink(&node->chains[i]);
        vt_runner_stop(node->chains[i].runner);
        vt_runner_free(node->chains[i].runner);
    }
    vt_links_free(node->links);
    vt_pool_free(node->pool);
    vt_loop_free(node->loop);
    node->links = NULL;
    node->running = 0;
    node->chain_count = 0;
}

void node_stop(struct test_node *node)
{
    end(node, stop_links);
}

void node_kill(struct test_node *node)
{
    end(node, kill_conns);
}

/* ---- chains -------------------------------------------------------------- */

static void on_frame(struct vt_chain *fake, uint32_t peer,
                     const struct vt_frame *frame)
{
    struct test_chain *chain = (struct test_chain *)(void *)fake;

    chain->last_peer = peer;
    chain->last_epoch = frame->epoch;
    chain->last_kind = frame->kind;
    vt_hash_bytes("test", frame->payload.ptr, frame->payload.len,
                  &chain->last_payload);
    if (frame->payload.len >= 8) {
        uint64_t number = vt_get_u64(frame->payload.ptr);

        if (number != chain->expect++) {
            atomic_fetch_add(&chain->out_of_order, 1);
        }
    }
}

static const struct fake_hooks hooks = {.frame = on_frame};

struct test_chain *node_chain(struct test_node *node, const char *name,
                              uint32_t members, const char *params)
{
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4"};
    struct test_chain *chain = &node->chains[node->chain_count++];
    struct vt_runner_args args = {.name = name};
    struct vt_err err = VT_ERR_INIT;

    if (node->links == NULL) {
        vt_status status = node_make(node, &err);

        ck_assert_msg(status == VT_OK, "%s", err.text);
    }
    args.pool = node->pool;
    args.links = node->links;
    memset(chain, 0, sizeof *chain);
    ck_assert_int_eq(vt_runner_new(&args, &chain->runner, &err), VT_OK);
    fake_chain_init(&chain->fake, vt_runner_world(chain->runner), &hooks);
    chain->node = node;
    vt_hash_bytes("params", params, strlen(params), &chain->args.params);
    vt_hash_bytes("id", params, strlen(params), &chain->fake.id);
    chain->args.chain_id = chain->fake.id;
    chain->args.runner = chain->runner;
    chain->args.chain = &chain->fake;
    chain->args.name = name;
    chain->args.canonical = vt_view_str(params);
    chain->args.member_names = names;
    chain->args.member_count = members;
    ck_assert_int_eq(vt_runner_start(chain->runner, &chain->fake, &err), VT_OK);
    ck_assert_int_eq(vt_links_add_chain(node->links, &chain->args, &err),
                     VT_OK);
    chain->linked = 1;
    return chain;
}

void node_unlink(struct test_chain *chain)
{
    if (chain->linked) {
        vt_links_remove_chain(chain->node->links, &chain->fake.id);
        chain->linked = 0;
    }
}

void chain_send(struct test_chain *chain, uint32_t peer, uint32_t klass,
                uint8_t kind, struct vt_view payload)
{
    struct vt_frame frame = {.kind = kind,
                             .chain_id = chain->fake.id,
                             .epoch = 7,
                             .payload = payload};

    ck_assert_int_eq(
        vt_links_send(chain->node->links, &chain->fake.id, peer, klass, &frame),
        VT_OK);
    vt_links_flush(chain->node->links);
}

/* ---- somebody to attack, somebody to spare ------------------------------- */

#define VICTIM_PARAMS "block_max=1\n"

void victim_prepare(struct test_node *victim, unsigned *out_port)
{
    log_capture();
    *out_port = free_port();
    node_init(victim, "n0", *out_port);
    (void)node_chain(victim, "main", 4, VICTIM_PARAMS);
    victim->links->tune.handshake_ms = 400;
    victim->links->tune.ban_ms = 300;
}

void honest_start(struct test_node *honest, unsigned port)
{
    node_init(honest, "n1", 0);
    node_peer(honest, "n0", port);
    (void)node_chain(honest, "main", 4, VICTIM_PARAMS);
    node_start(honest);
    WAIT_FOR(atomic_load(&honest->chains[0].fake.peers_up) == 1);
}

void honest_check(struct test_node *honest, struct test_node *victim)
{
    uint32_t before = atomic_load(&victim->chains[0].fake.frames);

    ck_assert_uint_eq(atomic_load(&honest->chains[0].fake.peer_downs), 0);
    chain_send(&honest->chains[0], 0, VT_SEND_VOTE, VT_FRAME_CONSENSUS,
               vt_view_str("fine"));
    WAIT_FOR(atomic_load(&victim->chains[0].fake.frames) > before);
}

/* ---- looking ------------------------------------------------------------- */

struct question {
    struct test_node *node;
    const char *peer;
    struct vt_peer_info *out;
    int found;
};

static void look(void *arg)
{
    static struct vt_peer_info infos[VT_SLOTS_MAX];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct question *q = arg;
    size_t count;

    (void)pthread_mutex_lock(&lock);
    count = vt_links_peers(q->node->links, infos, VT_SLOTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(infos[i].name, q->peer) == 0) {
            *q->out = infos[i];
            q->found = 1;
        }
    }
    (void)pthread_mutex_unlock(&lock);
}

int node_info(struct test_node *node, const char *peer,
              struct vt_peer_info *out)
{
    struct question q = {node, peer, out, 0};

    node_run(node, look, &q);
    return q.found;
}

int node_error(struct test_node *node, const char *peer, const char *text)
{
    struct vt_peer_info info;

    return node_info(node, peer, &info) &&
           strstr(info.last_error, text) != NULL;
}

int node_connected(struct test_node *node, const char *peer)
{
    struct vt_peer_info info;

    return node_info(node, peer, &info) && info.connected;
}

uint64_t metric_value(const char *series)
{
    struct vt_buf text = VT_BUF_INIT(1u << 22);
    char want[160];
    const char *at;
    uint64_t value = 0;

    (void)snprintf(want, sizeof want, "\nvtchain_%s ", series);
    ck_assert_int_eq(vt_host_metrics_print(&text), VT_OK);
    at = strstr(vt_buf_text(&text), want);
    if (at != NULL) {
        value = strtoull(at + strlen(want), NULL, 10);
    }
    vt_buf_fini(&text);
    return value;
}

static char log_text[LOG_BYTES];
static size_t log_len;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_line(void *ctx, uint32_t level, const char *subsystem,
                      const char *line)
{
    size_t room;
    int len;

    (void)ctx;
    (void)pthread_mutex_lock(&log_lock);
    room = sizeof log_text - log_len;
    len = snprintf(log_text + log_len, room, "%u %s: %s\n", (unsigned)level,
                   subsystem, line);
    log_len += len > 0 && (size_t)len < room ? (size_t)len : 0;
    (void)pthread_mutex_unlock(&log_lock);
}

void log_capture(void)
{
    log_len = 0;
    log_text[0] = '\0';
    vt_log_set_sink(keep_line, NULL);
}

int log_has(const char *text)
{
    int found;

    (void)pthread_mutex_lock(&log_lock);
    found = strstr(log_text, text) != NULL;
    (void)pthread_mutex_unlock(&log_lock);
    return found;
}
