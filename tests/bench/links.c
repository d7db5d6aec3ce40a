/* SPDX-License-Identifier: Apache-2.0
 *
 * links.c - what a frame on a link costs: two nodes' links in one process over
 * loopback, with TLS and with a bare stream in the same run. Prints frames a
 * second and processor time per frame, and the time from one chain's thread to
 * the other's and back.
 *
 *   links [seconds per row]
 */
#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"
#include "net/runner_int.h"
#include "support/fake_chain.h"
#include "support/test_certs.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WINDOW_FRAMES 8000u /* sent and not yet taken by the other chain */
#define WINDOW_BYTES (6u << 20)
#define BURST_FRAMES 64u /* between two flushes */
#define BURST_BYTES 262144u
#define ROUND_TRIPS 5000u

struct node {
    const char *name, *other;
    char listen[32], address[32], cert[256], key[256], ca[256];
    struct vt_node_config config;
    struct vt_loop *loop;
    pthread_t thread;
    struct vt_pool *pool;
    struct vt_links *links;
    struct vt_runner *runner;
    struct vt_chain chain;
};

static struct node nodes[2];
static double seconds = 1.0;
static int echo; /* chains answer what they get */

static void must(int good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

/* ---- a stream without TLS ------------------------------------------------ */

struct vt_stream {
    const char *peer;
    int fd;
    struct vt_outbuf *out;
};

static struct vt_stream *bare_open(void *ctx, int fd, const char *expect,
                                   struct vt_outbuf *out)
{
    struct vt_stream *s = vt_alloc(sizeof *s);

    (void)expect;
    if (s != NULL) {
        s->peer = ctx;
        s->fd = fd;
        s->out = out;
    }
    return s;
}

static enum vt_io bare_handshake(struct vt_stream *s, char why[VT_WHY_BYTES])
{
    (void)s;
    (void)why;
    return VT_IO_OK;
}

static vt_status bare_peer(struct vt_stream *s, struct vt_cert_info *out,
                           struct vt_err *err)
{
    (void)err;
    memset(out, 0, sizeof *out);
    (void)snprintf(out->subject, sizeof out->subject, "%s", s->peer);
    return VT_OK;
}

static const char *bare_claimed(struct vt_stream *s)
{
    return s->peer;
}

static enum vt_io bare_read(struct vt_stream *s, void *buf, size_t room,
                            size_t *got, char why[VT_WHY_BYTES])
{
    ssize_t n = recv(s->fd, buf, room, 0);

    (void)why;
    if (n > 0) {
        *got = (size_t)n;
        return VT_IO_OK;
    }
    return n < 0 && errno == EAGAIN ? VT_IO_AGAIN : VT_IO_CLOSED;
}

static enum vt_io bare_write(struct vt_stream *s, const void *buf, size_t len,
                             char why[VT_WHY_BYTES])
{
    (void)why;
    memcpy(s->out->bytes + s->out->len, buf, len);
    s->out->len += len;
    return VT_IO_OK;
}

static void bare_finish(struct vt_stream *s)
{
    (void)s;
}

static void bare_close(struct vt_stream *s)
{
    vt_free(s);
}

static const struct vt_stream_ops bare_ops = {
    .open = bare_open,
    .handshake = bare_handshake,
    .peer = bare_peer,
    .claimed = bare_claimed,
    .read = bare_read,
    .write = bare_write,
    .finish = bare_finish,
    .close = bare_close,
};

/* ---- two nodes ----------------------------------------------------------- */

static void on_frame(struct vt_chain *chain, uint32_t peer,
                     const struct vt_frame *frame)
{
    if (echo) {
        (void)chain->world->ops->send(chain->world, peer, VT_SEND_VOTE, frame);
    }
}

static const struct fake_hooks hooks = {.frame = on_frame};

static void *run_loop(void *arg)
{
    vt_loop_run(((struct node *)arg)->loop);
    return NULL;
}

static void configure(struct node *node, unsigned i)
{
    memset(node, 0, sizeof *node);
    node->name = i == 0 ? "a" : "b";
    node->other = i == 0 ? "b" : "a";
    (void)snprintf(node->cert, sizeof node->cert, "%s/%s.crt", test_dir(),
                   node->name);
    (void)snprintf(node->key, sizeof node->key, "%s/%s.key", test_dir(),
                   node->name);
    (void)snprintf(node->ca, sizeof node->ca, "%s/ca.crt", test_dir());
    (void)snprintf(node->listen, sizeof node->listen, "%s",
                   i == 0 ? "127.0.0.1:0" : "");
    node->config.name = vt_strdup(node->name);
    node->config.listen = node->listen;
    node->config.cert_file = node->cert;
    node->config.key_tls_file = node->key;
    node->config.ca_file = node->ca;
    node->config.frame_max_bytes = VT_FRAME_MAX;
    node->config.reconnect_max_ns = 1000000000u;
    if (i == 1) { /* b dials a */
        (void)snprintf(node->address, sizeof node->address, "127.0.0.1:%u",
                       (unsigned)vt_links_port(nodes[0].links));
        node->config.peers[0].name = vt_strdup("a");
        node->config.peers[0].address = node->address;
        node->config.peer_count = 1;
    }
}

static void add_chain(struct node *node)
{
    static const char *const names[] = {"a", "b"};
    struct vt_runner_args args = {.name = "bench", .links = node->links};
    struct vt_links_chain chain = {
        .name = "bench", .member_names = names, .member_count = 2};
    struct vt_err err = VT_ERR_INIT;

    args.pool = node->pool;
    must(vt_runner_new(&args, &node->runner, &err) == VT_OK, "runner");
    fake_chain_init(&node->chain, vt_runner_world(node->runner), &hooks);
    node->chain.id.b[0] = 1;
    must(vt_runner_start(node->runner, &node->chain, &err) == VT_OK, "start");
    chain.runner = node->runner;
    chain.chain = &node->chain;
    chain.chain_id = node->chain.id;
    must(vt_links_add_chain(node->links, &chain, &err) == VT_OK, "chain");
}

static void start(unsigned i, int tls)
{
    struct node *node = &nodes[i];
    struct vt_links_args args = {.config = &node->config};
    struct vt_err err = VT_ERR_INIT;
    char *other = i == 0 ? nodes[0].key : nodes[1].key; /* any memory */
    vt_status status;

    configure(node, i);
    must(vt_loop_new(&node->loop, &err) == VT_OK, "loop");
    node->pool = vt_pool_new(1, 16);
    args.loop = node->loop;
    if (tls) {
        status = vt_links_new(&args, &node->links, &err);
    } else {
        (void)snprintf(other, sizeof node->key, "%s", node->other);
        status = vt_links_new_over(&args, &bare_ops, other, &node->links, &err);
    }
    must(status == VT_OK, err.text);
    add_chain(node);
    must(vt_links_start(node->links, &err) == VT_OK, err.text);
    must(pthread_create(&node->thread, NULL, run_loop, node) == 0, "thread");
}

static void stop_links(void *arg)
{
    struct node *node = arg;

    vt_links_stop(node->links);
    vt_loop_stop(node->loop);
}

static void stop(struct node *node)
{
    must(vt_loop_post(node->loop, stop_links, node) == VT_OK, "stop");
    (void)pthread_join(node->thread, NULL);
    vt_links_remove_chain(node->links, &node->chain.id);
    vt_runner_stop(node->runner);
    vt_runner_free(node->runner);
    vt_links_free(node->links);
    vt_pool_free(node->pool);
    vt_loop_free(node->loop);
    vt_free(node->config.name);
    vt_free(node->config.peers[0].name);
}

static void make_certificates(void)
{
    const int64_t now_ms = vt_clock_wall_ms();
    const struct vt_validity validity = {now_ms - 1000, now_ms + 3600000};
    struct vt_err err = VT_ERR_INIT;
    struct vt_ca *ca;

    must(vt_ca_new("bench", &validity, &ca, &err) == VT_OK, err.text);
    must(vt_ca_save(ca, test_path("ca.crt"), test_path("ca.key"), &err) ==
             VT_OK,
         err.text);
    must(vt_ca_issue(ca, "a", &validity, test_path("a.crt"), test_path("a.key"),
                     &err) == VT_OK,
         err.text);
    must(vt_ca_issue(ca, "b", &validity, test_path("b.crt"), test_path("b.key"),
                     &err) == VT_OK,
         err.text);
    vt_ca_free(ca);
}

/* ---- measuring ----------------------------------------------------------- */

struct cpu {
    uint64_t sender, loop_a, loop_b, all;
};

static uint64_t thread_cpu(pthread_t thread)
{
    clockid_t id;
    struct timespec t = {0};

    if (pthread_getcpuclockid(thread, &id) == 0) {
        (void)clock_gettime(id, &t);
    }
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct cpu cpu_now(void)
{
    struct timespec t;
    struct cpu cpu = {.sender = vt_clock_cpu_ns()};

    cpu.loop_a = thread_cpu(nodes[0].thread);
    cpu.loop_b = thread_cpu(nodes[1].thread);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    cpu.all = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    return cpu;
}

static double per_frame(uint64_t from, uint64_t to, uint32_t frames)
{
    return (double)(to - from) / 1000.0 / (double)frames;
}

static void wait_taken(uint32_t sent, uint32_t window)
{
    while (sent - atomic_load(&nodes[0].chain.frames) > window) {
        (void)usleep(50);
    }
}

/* b sends to a for a while. */
static void stream(const char *kind, uint32_t size, uint32_t burst)
{
    static uint8_t payload[1u << 20];
    const uint32_t in_bytes = WINDOW_BYTES / (size + 109);
    const uint32_t window = in_bytes < WINDOW_FRAMES ? in_bytes : WINDOW_FRAMES;
    struct vt_frame frame = {.kind = VT_FRAME_BODY,
                             .chain_id = nodes[1].chain.id,
                             .payload = {payload, size}};
    const uint32_t first = atomic_load(&nodes[0].chain.frames);
    uint64_t from_ns = vt_clock_mono_ns();
    uint64_t took_ns;
    struct cpu before = cpu_now();
    struct cpu after;
    uint32_t sent = 0;

    while (vt_clock_mono_ns() - from_ns < (uint64_t)(seconds * 1e9)) {
        for (uint32_t i = 0; i < burst; i++) {
            (void)vt_links_send(nodes[1].links, &frame.chain_id, 0,
                                VT_SEND_PROP, &frame);
        }
        sent += burst;
        vt_links_flush(nodes[1].links);
        wait_taken(first + sent, window);
    }
    wait_taken(first + sent, 0);
    took_ns = vt_clock_mono_ns() - from_ns;
    after = cpu_now();
    (void)printf("%-6s %8u %6u %10.0f %8.1f %9.3f %9.3f %9.3f %9.3f\n", kind,
                 size, burst, sent * 1e9 / (double)took_ns,
                 (double)sent * (size + VT_FRAME_HEAD) * 1e3 / (double)took_ns,
                 per_frame(before.all, after.all, sent),
                 per_frame(before.sender, after.sender, sent),
                 per_frame(before.loop_b, after.loop_b, sent),
                 per_frame(before.loop_a, after.loop_a, sent));
    (void)fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* One frame there and back, from chain's thread to chain's thread. */
static uint64_t took[ROUND_TRIPS];
static uint64_t left_ns;
static _Atomic uint32_t rounds;

static void next_round(void *arg)
{
    static const uint8_t payload[200];
    struct vt_world *world = arg;
    struct vt_frame frame = {.kind = VT_FRAME_BODY,
                             .chain_id = nodes[1].chain.id,
                             .payload = {payload, sizeof payload}};

    left_ns = vt_clock_mono_ns();
    (void)world->ops->send(world, 0, VT_SEND_VOTE, &frame);
}

static void on_answer(struct vt_chain *chain, uint32_t peer,
                      const struct vt_frame *frame)
{
    const uint32_t round = atomic_load(&rounds);

    (void)peer;
    (void)frame;
    took[round] = vt_clock_mono_ns() - left_ns;
    if (round + 1 < ROUND_TRIPS) {
        next_round(chain->world);
    }
    atomic_store(&rounds, round + 1);
}

static void round_trips(const char *kind)
{
    static const struct fake_hooks asking = {.frame = on_answer};
    struct cpu before;
    struct cpu after;

    echo = 1;
    atomic_store(&rounds, 0);
    nodes[1].chain.hooks = &asking;
    before = cpu_now();
    must(vt_runner_post(nodes[1].runner, next_round, nodes[1].chain.world) ==
             VT_OK,
         "post");
    while (atomic_load(&rounds) < ROUND_TRIPS) {
        (void)usleep(10000);
    }
    after = cpu_now();
    echo = 0;
    qsort(took, ROUND_TRIPS, sizeof took[0], by_size);
    (void)printf("%-6s round trip of 200 bytes: p50 %.0f us, p99 %.0f us, "
                 "%.1f us CPU\n",
                 kind, (double)took[ROUND_TRIPS / 2] / 1e3,
                 (double)took[ROUND_TRIPS * 99 / 100] / 1e3,
                 per_frame(before.all, after.all, ROUND_TRIPS));
}

static void measure(const char *kind, int tls)
{
    static const uint32_t sizes[] = {64, 200, 16384, 1u << 20};

    start(0, tls);
    start(1, tls);
    while (atomic_load(&nodes[1].chain.peers_up) == 0 ||
           atomic_load(&nodes[0].chain.peers_up) == 0) {
        (void)usleep(1000);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t fit = BURST_BYTES / sizes[i];

        stream(kind, sizes[i],
               fit > BURST_FRAMES ? BURST_FRAMES : (fit == 0 ? 1 : fit));
    }
    stream(kind, 200, 1); /* nothing to coalesce with */
    round_trips(kind);
    stop(&nodes[1]);
    stop(&nodes[0]);
}

int main(int argc, char **argv)
{
    struct vt_err err = VT_ERR_INIT;

    if (argc > 1) {
        seconds = strtod(argv[1], NULL);
    }
    (void)vt_log_set_levels("error", &err);
    make_certificates();
    (void)printf("stream  payload  burst   frames/s     MB/s  "
                 "CPU us per frame: all    sender   loop out  loop in\n");
    measure("TLS", 1);
    measure("bare", 0);
    return 0;
}
