/* SPDX-License-Identifier: Apache-2.0
 *
 * links.h - TLS 1.3 links to the other nodes, frames, routing per chain.
 *
 * One event loop thread. Both sides show certificates from the network's CA;
 * the common name is the node's name and tells which validator a peer is. A
 * link carries all chains both sides take part in; frames of other chains are
 * dropped and cost the sender a penalty.
 */
#ifndef VT_NET_LINKS_H
#define VT_NET_LINKS_H

#include "config/node_config.h"
#include "net/loop.h"
#include "net/runner.h"

struct vt_links_args {
    struct vt_loop *loop;
    const struct vt_node_config *config; /* listen, peers, certificates */
};
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
 * text. Thread: any. */
vt_status vt_links_add_chain(struct vt_links *links,
                             const struct vt_links_chain *chain,
                             struct vt_err *err);
void vt_links_remove_chain(struct vt_links *links,
                           const struct vt_hash *chain_id);
vt_status vt_links_start(struct vt_links *links, struct vt_err *err);
/* On the loop thread, before the loop ends. */
void vt_links_stop(struct vt_links *links);
void vt_links_free(struct vt_links *links);

/* Queue a frame; used by the runner's world. Thread: any. */
vt_status vt_links_send(struct vt_links *links, const struct vt_hash *chain_id,
                        uint32_t peer, uint32_t klass,
                        const struct vt_frame *frame);
void vt_links_penalize(struct vt_links *links, const struct vt_hash *chain_id,
                       uint32_t peer, const char *reason);

struct vt_peer_info {
    char name[65];
    char address[128];
    int connected;
    uint64_t bytes_in, bytes_out, frames_in, frames_out;
    int64_t cert_expires_ms; /* of its certificate, 0 unknown */
    int32_t score;
    char last_error[160];
};
/* Fills at most max; returns how many. Thread: loop. */
size_t vt_links_peers(struct vt_links *links, struct vt_peer_info *out,
                      size_t max);

#endif
