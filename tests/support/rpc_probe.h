/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_probe.h - a node of one, a client of it, and short words for calls; for
 * the tests of the API's methods.
 */
#ifndef VT_TESTS_SUPPORT_RPC_PROBE_H
#define VT_TESTS_SUPPORT_RPC_PROBE_H

#include "api/json.h"
#include "support/http_probe.h"
#include "support/solo_node.h"
#include "unit/suite.h"

extern struct solo_node *rpc_node;
extern struct vt_client *rpc_client;
extern struct vt_json *rpc_result; /* of the last call */
extern char rpc_text[262144];      /* of the last post, and for requests */

void rpc_set_up(void);
void rpc_tear_down(void);
void rpc_connect(void);

/* A call that must succeed; one that must fail with this code. */
void rpc_good(const char *method, const char *params);
void rpc_bad(const char *method, const char *params, int64_t code);
/* Text and number at a path of the result, text at one of the error. */
const char *rpc_field(const char *path);
uint64_t rpc_number(const char *path);
const char *rpc_error(const char *path);

/* A transfer of user 0 to user 2. */
char *rpc_transfer(uint64_t nonce, uint64_t amount);
/* tx.submit with more members; hex is freed. Returns the call's status. */
vt_status rpc_submit(char *hex, const char *more);
void rpc_submit_final(char *hex);
/* tx.submit with wait final on a socket of its own, which is returned without
 * waiting; hex is freed. */
int rpc_wait_for_final(char *hex);
/* For pthread_create: the chain does nothing for 300 ms. */
void *rpc_hang_chain(void *arg);

/* Posts body, gives the HTTP status, the answer's body in rpc_text. */
int rpc_post(const char *body);

void rpc_suite_add(Suite *suite, const char *name, const TTest *const *tests,
                   size_t count);
#define RPC_SUITE_ADD(suite, name, tests)                                      \
    rpc_suite_add(suite, name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
