/* SPDX-License-Identifier: Apache-2.0
 *
 * http_probe.h - for tests of the API's HTTP side: a small server of its own
 * thread behind the real gate, and raw sockets to treat it badly.
 */
#ifndef VT_TESTS_SUPPORT_HTTP_PROBE_H
#define VT_TESTS_SUPPORT_HTTP_PROBE_H

#include "api/http.h"

/* Paths of the server: /echo answers the body (or "empty"), /big?n=N answers N
 * bytes, /later answers after 100 ms, /stream streams `n` lines at once and
 * stays open, all others are 404. */
struct probe_server;
struct probe_args {
    const char *listen; /* NULL: 127.0.0.1:0 */
    int may_expose;
    uint32_t clients_max, head_deadline_ms; /* 0: 64, 300 */
    uint32_t stall_ms;
    uint64_t body_max_bytes; /* 0: 65536 */
};

struct probe_server *probe_start(const struct probe_args *args);
void probe_stop(struct probe_server *server);
const char *probe_endpoint(const struct probe_server *server);
/* Calls that got through to the server so far. */
unsigned probe_calls(const struct probe_server *server);
/* Streams whose client went away. */
unsigned probe_gone(const struct probe_server *server);

/* A connected socket; fails the test when there is none. */
int probe_connect(const char *endpoint);
void probe_send(int fd, const void *bytes, size_t len);
void probe_send_text(int fd, const char *text);
/* One answer with head and body into out, NUL-terminated. Returns the HTTP
 * status; 0 when the connection was closed without one; -1 when nothing came
 * for timeout_ms. */
int probe_answer(int fd, char *out, size_t size, int timeout_ms);
/* 1 when the other side closes within timeout_ms (what it sends is skipped). */
int probe_closed(int fd, int timeout_ms);
/* Connect, send, answer, close. */
int probe_once(const char *endpoint, const char *request, size_t len);
uint64_t probe_now_ms(void);

#endif
