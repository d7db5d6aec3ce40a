/* SPDX-License-Identifier: Apache-2.0
 *
 * links.h - TLS 1.3 links to the other nodes, frames, routing per chain.
 *
 * One event loop thread. Both sides show certificates from the network's CA;
 * the common name is the node's name and tells which validator a peer is. A
 * link carries all chains both sides take part in; frames of other chains are
 * dropped and cost the sender a penalty. Limits, metrics and what happens when
 * something is full are in README.md.
 */
#ifndef VT_NET_LINKS_H
#define VT_NET_LINKS_H

#include "config/node_config.h"
#include "net/loop.h"
#include "net/runner.h"

struct vt_links;

struct vt_links_args {
    struct vt_loop *loop;
    /* listen, peers, certificates; what is needed later is copied */
    const struct vt_node_config *config;
};
/* Reads and checks the certificates. Returns VT_OK; VT_E_IO, VT_E_CORRUPT,
 * VT_E_DENIED for the files, with the cure; VT_E_INVALID for a peer that
 * cannot be (a bad name, this node itself, one name twice); VT_E_NOMEM. */
vt_status vt_links_new(const struct vt_links_args *args, struct vt_links **out,
                       struct vt_err *err);
/* A chain as the links see it; all is copied but runner and chain. */
struct vt_links_chain {
    struct vt_runner *runner;
    struct vt_chain *chain;
    struct vt_hash chain_id, params;
    const char *name;
    struct vt_view canonical; /* the parameters behind `params`, as text */
    const char *const *member_names; /* [i] is the node name of member i */
    uint32_t member_count;
};
/* Register a chain before or after start. When a peer runs a chain of the same
 * name with other parameters both sides exchange the canonical texts and log
 * the first key that differs with both values; a chain that has no final block
 * yet and differs from more than a third of its members is halted with that
 * text. Returns VT_E_LIMIT above VT_CHAINS_MAX chains, VT_MEMBERS_MAX members
 * or VT_PARAMS_TEXT_MAX bytes of text, VT_E_STATE when the id is there
 * already. Thread: any. */
vt_status vt_links_add_chain(struct vt_links *links,
                             const struct vt_links_chain *chain,
                             struct vt_err *err);
/* Another epoch of the chain has other members: its peers go by their old
 * numbers and come back by the new ones. Returns VT_OK, VT_E_LIMIT above
 * VT_MEMBERS_MAX, VT_E_NOTFOUND, VT_E_NOMEM. Thread: any. */
vt_status vt_links_set_members(struct vt_links *links,
                               const struct vt_hash *chain_id,
                               const char *const *names, uint32_t count);
/* When it returns the runner is not touched any more. Thread: any. */
void vt_links_remove_chain(struct vt_links *links,
                           const struct vt_hash *chain_id);
/* Listen and dial. Returns VT_E_IO with address and reason when the address
 * cannot be listened on. Before the loop runs or on its thread. */
vt_status vt_links_start(struct vt_links *links, struct vt_err *err);
/* Says goodbye and closes. On the loop thread, before the loop ends, or when
 * the loop does not run. */
void vt_links_stop(struct vt_links *links);
/* Stopped or never started. NULL is fine. */
void vt_links_free(struct vt_links *links);

/* Queue a frame; used by the runner's world. It leaves with vt_links_flush.
 * Returns VT_OK, also when the peer is gone or its queue full; VT_E_LIMIT for
 * a payload above the kind's maximum. Thread: any. */
vt_status vt_links_send(struct vt_links *links, const struct vt_hash *chain_id,
                        uint32_t peer, uint32_t klass,
                        const struct vt_frame *frame);
/* Write out what was queued: the calling thread writes what is short and what
 * the socket takes, the loop does the rest. After each burst of sends. Thread:
 * any. */
void vt_links_flush(struct vt_links *links);
/* The peer sent something wrong for this chain: its score falls, at zero its
 * link is closed and stays so for a while. Thread: any. */
void vt_links_penalize(struct vt_links *links, const struct vt_hash *chain_id,
                       uint32_t peer, const char *reason);

struct vt_peer_info {
    char name[65];
    char address[128];
    int connected;
    uint64_t bytes_in, bytes_out, frames_in, frames_out; /* since start */
    int64_t cert_expires_ms; /* of its certificate, 0 unknown */
    int32_t score;           /* 100 is spotless, at 0 the link is closed */
    char last_error[160];    /* "" = none so far */
};
/* Fills at most max; returns how many. Thread: loop. */
size_t vt_links_peers(struct vt_links *links, struct vt_peer_info *out,
                      size_t max);

#endif
