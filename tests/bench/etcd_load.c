/* SPDX-License-Identifier: Apache-2.0
 *
 * etcd_load.c - load on an etcd cluster: puts over HTTP/1.1 to its JSON
 * gateway, one under way per connection, all from one thread. Prints one JSON
 * object.
 *
 *   etcd_load WINDOW RATE BYTES SECONDS HOST:PORT...
 *
 * WINDOW connections are dealt out to the endpoints. RATE 0 is as many as are
 * answered. BYTES is the length of a value before base64.
 */
#include "base/hash.h"
#include "net/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WINDOW_MAX 8192u
#define VALUE_MAX 4096u
#define ANSWER_MAX 4096u
#define SAMPLES_MAX (1u << 22)
#define KEYS 256u /* as many as the other side has accounts */
#define EVENTS 256
#define NS_PER_S UINT64_C(1000000000)
#define DRAIN_NS (10 * NS_PER_S)

struct conn {
    int fd;
    uint64_t sent_ns;
    size_t len; /* of what came of the answer */
    char answer[ANSWER_MAX + 1];
};

static struct conn *conns;
static size_t conn_count;
static size_t *idle; /* a ring, so that all endpoints get their share */
static size_t idle_first, idle_count;
static uint32_t *samples_us;
static size_t sample_count;
static uint64_t started, failed;
static char value[2 * VALUE_MAX];

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "etcd_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- base64 -------------------------------------------------------------- */

static void encode(const uint8_t *in, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t left = len - i < 3 ? (uint32_t)(len - i) : 3;
        uint32_t bits = (uint32_t)in[i] << 16;

        bits |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= left > 2 ? in[i + 2] : 0;
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[bits & 63] : '=';
    }
    *out = '\0';
}

/* ---- one connection ------------------------------------------------------ */

static void connect_to(struct conn *conn, const char *endpoint, int epoll)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct epoll_event event = {.events = EPOLLIN};
    const char *colon = strrchr(endpoint, ':');
    char host[64] = "";
    int one = 1;

    errno = EINVAL;
    if (colon == NULL || (size_t)(colon - endpoint) >= sizeof host) {
        die(endpoint);
    }
    memcpy(host, endpoint, (size_t)(colon - endpoint));
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        die(endpoint);
    }
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || connect(conn->fd, (const struct sockaddr *)&address,
                                sizeof address) != 0) {
        die(endpoint);
    }
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    event.data.u64 = (uint64_t)(conn - conns);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0) {
        die("epoll");
    }
}

/* A request is far smaller than a socket's buffer and the one before it was
 * answered, so it goes out whole or not at all. */
static void put(struct conn *conn)
{
    char request[2 * VALUE_MAX + 512];
    char body[2 * VALUE_MAX + 128];
    char name[16];
    char key[32];
    int len;

    len = snprintf(name, sizeof name, "key%05" PRIu64, started % KEYS);
    encode((const uint8_t *)name, (size_t)len, key);
    len = snprintf(body, sizeof body, "{\"key\":\"%s\",\"value\":\"%s\"}", key,
                   value);
    len = snprintf(request, sizeof request,
                   "POST /v3/kv/put HTTP/1.1\r\nHost: etcd\r\n"
                   "Content-Type: application/json\r\nContent-Length: %d\r\n"
                   "\r\n%s",
                   len, body);
    conn->len = 0;
    conn->sent_ns = vt_clock_mono_ns();
    started++;
    if (send(conn->fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
        die("send");
    }
}

/* Is the answer whole? Both ways a length is told in HTTP/1.1. */
static int is_whole(struct conn *conn)
{
    const char *body = strstr(conn->answer, "\r\n\r\n");
    const char *length;

    if (body == NULL) {
        return 0;
    }
    body += 4;
    length = strcasestr(conn->answer, "\r\nContent-Length:");
    if (length != NULL && length < body) {
        return strlen(body) >= strtoul(length + 17, NULL, 10);
    }
    return strstr(body, "0\r\n\r\n") != NULL;
}

static void rest(struct conn *conn)
{
    idle[(idle_first + idle_count) % conn_count] = (size_t)(conn - conns);
    idle_count++;
}

static struct conn *wake(void)
{
    struct conn *conn = &conns[idle[idle_first]];

    idle_first = (idle_first + 1) % conn_count;
    idle_count--;
    return conn;
}

static void take(struct conn *conn)
{
    uint64_t us = (vt_clock_mono_ns() - conn->sent_ns) / 1000;

    if (strncmp(conn->answer, "HTTP/1.1 200", 12) != 0) {
        if (failed++ == 0) {
            (void)fprintf(stderr, "etcd_load: %.200s\n", conn->answer);
        }
    } else if (sample_count < SAMPLES_MAX) {
        samples_us[sample_count++] =
            us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    }
    rest(conn);
}

static void read_more(struct conn *conn)
{
    ssize_t n = recv(conn->fd, conn->answer + conn->len, ANSWER_MAX - conn->len,
                     MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        errno = n == 0 ? ECONNRESET : errno;
        die("a connection ended");
    }
    conn->len += (size_t)n;
    conn->answer[conn->len] = '\0';
    if (is_whole(conn)) {
        take(conn);
    } else if (conn->len == ANSWER_MAX) {
        errno = EMSGSIZE;
        die("an answer is too long");
    }
}

/* ---- the run ------------------------------------------------------------- */

static int due(uint64_t rate, uint64_t elapsed_ns)
{
    return rate == 0 || started < rate * elapsed_ns / NS_PER_S + 1;
}

static void wait_and_read(int epoll)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, 1);

    for (int i = 0; i < n; i++) {
        read_more(&conns[events[i].data.u64]);
    }
}

/* Returns when the last answer came. */
static uint64_t run(int epoll, uint64_t rate, uint64_t seconds)
{
    uint64_t start = vt_clock_mono_ns();
    uint64_t end = start + seconds * NS_PER_S;
    uint64_t now = start;

    while (now < end) {
        while (idle_count > 0 && due(rate, now - start)) {
            put(wake());
        }
        wait_and_read(epoll);
        now = vt_clock_mono_ns();
    }
    while (idle_count < conn_count && now < end + DRAIN_NS) {
        wait_and_read(epoll);
        now = vt_clock_mono_ns();
    }
    failed += conn_count - idle_count;
    return now - start;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static double at_permille(size_t permille)
{
    return sample_count == 0
               ? 0
               : samples_us[(sample_count - 1) * permille / 1000] / 1e3;
}

static void report(uint64_t spent_ns)
{
    struct rusage usage;
    double seconds = (double)spent_ns / 1e9;

    qsort(samples_us, sample_count, sizeof *samples_us, by_value);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"done\":%zu,\"failed\":%" PRIu64 ",\"seconds\":%.3f,"
                 "\"tps\":%.1f,\"latency_p50_ms\":%.3f,"
                 "\"latency_p99_ms\":%.3f,\"latency_max_ms\":%.3f,"
                 "\"load_cpu_ms\":%ld}\n",
                 sample_count, failed, seconds, (double)sample_count / seconds,
                 at_permille(500), at_permille(990), at_permille(1000),
                 (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

static void fill_value(size_t bytes)
{
    uint8_t random[VALUE_MAX];

    if (bytes > VALUE_MAX || vt_random(random, sizeof random) != VT_OK) {
        errno = EINVAL;
        die("BYTES");
    }
    encode(random, bytes, value);
}

int main(int argc, char **argv)
{
    uint64_t rate;
    uint64_t seconds;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (argc < 6) {
        (void)fprintf(stderr, "etcd_load WINDOW RATE BYTES SECONDS "
                              "HOST:PORT...\n");
        return 2;
    }
    conn_count = strtoul(argv[1], NULL, 10);
    rate = strtoull(argv[2], NULL, 10);
    seconds = strtoull(argv[4], NULL, 10);
    fill_value(strtoul(argv[3], NULL, 10));
    if (conn_count == 0 || conn_count > WINDOW_MAX) {
        errno = EINVAL;
        die("WINDOW");
    }
    conns = calloc(conn_count, sizeof *conns);
    idle = calloc(conn_count, sizeof *idle);
    samples_us = calloc(SAMPLES_MAX, sizeof *samples_us);
    if (epoll < 0 || conns == NULL || idle == NULL || samples_us == NULL) {
        die("start");
    }
    for (size_t i = 0; i < conn_count; i++) {
        connect_to(&conns[i], argv[5 + i % (size_t)(argc - 5)], epoll);
        rest(&conns[i]);
    }
    report(run(epoll, rate, seconds));
    free(conns);
    free(idle);
    free(samples_us);
    return 0;
}
