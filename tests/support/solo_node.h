/* SPDX-License-Identifier: Apache-2.0
 *
 * solo_node.h - a node of one for tests of the API: a real chain over an engine
 * that decides every block at once, disks in memory, marked cheap signatures,
 * and the real API before it.
 */
#ifndef VT_TESTS_SUPPORT_SOLO_NODE_H
#define VT_TESTS_SUPPORT_SOLO_NODE_H

#include "api/api.h"
#include "api/client.h"

#define SOLO_USERS 4u

struct solo_args {
    const char *listen;   /* NULL: 127.0.0.1:0 */
    uint32_t clients_max; /* 0: 64 */
    uint32_t inbox_max;   /* of the chain's thread, 0: plenty */
    const char *chain;    /* extra lines of its [chain], may be NULL */
};

struct solo_node;

/* Chain "main"; user 0 has 1000000 BVC and 1000000 BVG, user 1 1000 BVC
 * and nothing else. The caller's thread is not the loop's. */
struct solo_node *solo_start(const struct solo_args *args);
void solo_stop(struct solo_node *node);
/* Stop and start again over the same disks. */
void solo_restart(struct solo_node *node);
/* Blocks of the log that the last start executed again. */
uint64_t solo_replayed(const struct solo_node *node);
const char *solo_endpoint(const struct solo_node *node);
struct vt_chain *solo_chain(struct solo_node *node);
struct vt_loop *solo_loop(struct solo_node *node);

/* To the engine, from the operator: "hold" decides nothing more, "go" does
 * again, "halt" raises an alarm, "block" makes an empty block. Returns when the
 * engine has it. */
void solo_tell(struct solo_node *node, const char *word);
/* Makes empty blocks one by one; returns when the last is final. */
void solo_blocks(struct solo_node *node, unsigned count);
/* Runs fn on the chain's thread and waits for it. */
void solo_on_chain(struct solo_node *node, void (*fn)(void *arg), void *arg);

const char *solo_address(const struct solo_node *node, uint32_t user);
/* A transfer of whole tokens from one user to another, signed; hexadecimal,
 * vt_free it. fee is in whole BVG. */
struct solo_transfer {
    uint32_t from, to;
    uint64_t nonce, amount, fee;
    const char *memo; /* may be NULL */
};
char *solo_make(struct solo_node *node, const struct solo_transfer *t);
/* An asset of user `issuer`: register, or issue 500 of it to the user. */
char *solo_make_asset(struct solo_node *node, uint32_t issuer, uint64_t nonce,
                      int issue);
void solo_asset_id(const struct solo_node *node, uint32_t issuer,
                   struct vt_hash *out);

#endif
