/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - a small deterministic network of ordering cores: virtual time, loss,
 * delay, sides, disks that lose what was not synced, members that lie.
 *
 * It watches what must never happen: two values at one height, a proof or
 * evidence that strangers refuse, an honest member convicted or signing two
 * words at one place. The first violation stops the run.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_NET_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_NET_H

#include "base/rng.h"
#include "fake.h"

#define NET_NODES 16u
#define NET_VALUES 8192u
#define NET_LABELS 32u

struct net;

/* Speaks for the members that lie: called with what they receive. */
struct net_attack {
    void (*hear)(struct net_attack *self, struct net *net, uint32_t member,
                 uint32_t from, uint32_t proto, struct vt_view msg);
};

struct net_options {
    uint64_t seed;
    uint32_t n;
    const uint64_t *weights;                  /* NULL: one each */
    uint32_t silent, liars, twins, forgetful; /* bit per member */
    uint32_t delay_min_us, delay_max_us, sync_min_us, sync_max_us;
    uint32_t loss, duplicate, later; /* per mille */
    uint32_t timeout_us, retransmit_us;
    uint32_t is_once, is_idle;
    struct net_attack *attack;
};

struct net_counts {
    uint64_t events, crashes, evidence[5], finals, views;
    struct {
        const char *text;
        uint64_t count;
    } labels[NET_LABELS];
};

struct net *net_new(const struct net_options *options);
void net_free(struct net *net);
void net_run(struct net *net, uint64_t us);
uint64_t net_now(const struct net *net);
uint32_t net_nodes(const struct net *net);
int net_is_honest(const struct net *net, uint32_t node);
int net_is_up(const struct net *net, uint32_t node);
/* keep: per mille of the writes not synced yet that survive. */
void net_crash(struct net *net, uint32_t node, uint32_t keep);
void net_restart(struct net *net, uint32_t node);
/* Forget everything, as a disk replaced by an empty one. */
void net_wipe(struct net *net, uint32_t node);
/* Only nodes of one side hear each other. */
void net_side(struct net *net, uint32_t node, uint32_t side);
/* No loss, one side, everybody up who may be. */
void net_calm(struct net *net);
/* Lowest final height, highest view of honest nodes. */
uint64_t net_least_final(const struct net *net);
uint64_t net_top_view(const struct net *net);
/* NULL: nothing went wrong. */
const char *net_violation(const struct net *net);
void net_violate(struct net *net, const char *what, uint64_t number);
const struct net_counts *net_counts(const struct net *net);
/* All that happened, in one number. */
uint64_t net_trace(const struct net *net);

/* For the attack. */
const struct fake *net_fake(const struct net *net);
void net_send(struct net *net, uint32_t from, uint32_t to_node, uint32_t proto,
              struct vt_view msg);
/* A new value that everybody can fetch and that is good on top of parent. */
void net_value(struct net *net, const struct bft_block *parent,
               uint8_t out[32]);
uint32_t net_leader(const struct net *net, uint64_t view);

#endif
