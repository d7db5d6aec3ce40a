/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_http.h - an HTTP server for tests: one thread, one connection at a
 * time, answers as the test's function says, byte for byte.
 */
#ifndef VT_TESTS_UNIT_FAKE_HTTP_H
#define VT_TESTS_UNIT_FAKE_HTTP_H

#include "base/buf.h"

struct fake_http;

/* Fills out with the raw answer, status line included; empty closes without a
 * word. line is "POST /rpc HTTP/1.1". Runs on the server's thread. */
typedef void (*fake_http_fn)(void *ctx, const char *line, const char *body,
                             struct vt_buf *out);

/* socket_path NULL: 127.0.0.1 on a free port. NULL when that fails. */
struct fake_http *fake_http_start(const char *socket_path, fake_http_fn fn,
                                  void *ctx);
/* "127.0.0.1:port" or "unix:/path". */
const char *fake_http_endpoint(const struct fake_http *server);
void fake_http_stop(struct fake_http *server);

/* Appends a complete HTTP answer. */
void fake_http_answer(struct vt_buf *out, int status, const char *type,
                      const char *body);

#endif
