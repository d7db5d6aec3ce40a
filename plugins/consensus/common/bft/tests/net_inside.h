/* SPDX-License-Identifier: Apache-2.0
 *
 * net_inside.h - what net.c and node.c share.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_NET_INSIDE_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_NET_INSIDE_H

#include "net.h"

#define NET_HELD 256u    /* effects of one node that wait for its disk */
#define NET_WRITES 1024u /* writes of one node on their way to the disk */
#define NET_SIGNED 4096u /* views whose signatures are remembered */

enum net_kind {
    NET_MESSAGE = 1, /* a: from, b: proto */
    NET_TIMER,       /* a: timer, token: which arming */
    NET_SYNC,        /* token: durable up to here */
    NET_SIGNED_EV,   /* token, bytes */
    NET_VERIFIED,    /* token, bytes */
    NET_FETCHED      /* token: value */
};

struct net_event {
    uint64_t at, order, token;
    uint32_t kind, node, life, a, b, len;
    uint8_t *bytes; /* owned by the event */
};

/* A slot or, with bytes NULL, the body of a value. */
struct net_write {
    uint64_t number;
    uint32_t slot, len;
    uint8_t *bytes;
    uint64_t value;
};

/* SIGN or FINAL behind its barrier. */
struct net_wait {
    uint64_t barrier, token;
    uint64_t view, word; /* SIGN: where, and a hash of what */
    uint32_t is_final, kind, len;
    struct bft_sig sig;
    struct bft_block block;
    uint8_t *bytes; /* FINAL: proof */
};

struct net_node {
    struct net *net;
    struct bft *core;
    uint32_t index, member, side, life;
    int is_scripted, is_gone, is_honest;
    /* disk */
    struct {
        uint8_t *bytes;
        uint32_t len;
    } slot[BFT_SLOTS];
    struct net_write write[NET_WRITES];
    uint32_t writes;
    uint64_t written, durable;
    int is_syncing;
    struct net_wait wait[NET_HELD];
    uint32_t waits;
    /* bodies: bit 0 in memory, bit 1 on disk */
    uint8_t body[NET_VALUES];
    uint8_t is_fetching[NET_VALUES];
    uint64_t armed[BFT_TIMERS];
    uint64_t final_height;
    uint8_t final_value[32];
    uint8_t *final_proof;
    uint32_t final_len;
    uint64_t signed_word[BFT_KINDS][NET_SIGNED]; /* hash of the word */
};

struct net {
    struct net_options o;
    struct vt_rng rng;
    struct fake fake;
    uint64_t now, order, trace;
    struct net_event *heap;
    uint32_t count, room;
    struct net_node node[NET_NODES];
    uint32_t nodes;
    uint8_t order_of[CS_MEMBERS_MAX];
    /* values: parent, and what was decided by height */
    uint64_t value_parent[NET_VALUES];
    uint64_t values;
    uint8_t decided[NET_VALUES][32];
    struct net_counts counts;
    char violation[160];
};

void net_post(struct net *net, uint64_t delay_us, struct net_event event);
uint8_t *net_copy(struct vt_view bytes);
uint64_t net_pick(struct net *net, uint64_t low, uint64_t high);
int net_maybe(struct net *net, uint32_t per_mille);
void net_note(struct net *net, uint64_t word);
void net_node_send(struct net_node *node, uint32_t to, uint32_t proto,
                   struct vt_view msg);
void net_node_event(struct net_node *node, const struct net_event *event);
void net_stop(struct net_node *node, uint32_t keep);

#endif
