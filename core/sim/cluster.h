/* SPDX-License-Identifier: Apache-2.0
 *
 * cluster.h - inside of the simulator: the event queue, the nodes, what is
 * known to be true. Private to core/sim.
 */
#ifndef VT_SIM_CLUSTER_H
#define VT_SIM_CLUSTER_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "chain/chain.h"
#include "sim/disk.h"
#include "sim/sim.h"

#define VT_SIM_NODES_MAX 64u
#define VT_SIM_CLIENTS 4u
#define VT_SIM_MS UINT64_C(1000000) /* nanoseconds */

enum sim_kind {
    SIM_TICK = 1,
    SIM_FRAME,
    SIM_JOB,
    SIM_SUBMIT,
    SIM_CRASH,
    SIM_RESTART,
    SIM_SPLIT,
    SIM_HEAL,
    SIM_LINK
};

/* One thing that will happen. Those of a node's earlier life are ignored. */
struct sim_event {
    struct vt_heap_item item;
    struct vt_list jobs; /* in sim_node.jobs when kind is SIM_JOB */
    enum sim_kind kind;
    uint32_t node;
    uint32_t from;
    uint32_t life;
    uint64_t arg;
    struct vt_job *job;
    int job_ran; /* its work was done in the moment of a crash */
    size_t len;
    uint8_t bytes[]; /* an encoded frame */
};

struct sim_cluster;

struct sim_node {
    struct vt_world world;
    struct sim_cluster *cluster;
    uint32_t index;
    uint32_t life; /* counts starts */
    int up;
    struct vt_chain *chain;
    struct vt_sim_disk *log, *state;
    struct vt_signer signer;
    uint8_t sk[64], pk[64];
    uint64_t tick_at;       /* UINT64_MAX: none wanted */
    uint64_t store_free_at; /* the STORE lane works one job at a time */
    uint64_t final_height;  /* highest announced as final and durable */
    struct vt_list jobs;
    uint32_t group; /* side of a partition */
};

/* What the first node to announce a height said. */
struct sim_truth {
    struct vt_hash id;
    struct vt_hash state_root; /* of the height below, from the header */
};

struct sim_tx {
    uint64_t final_height; /* 0: not final anywhere yet */
    uint32_t client;
    uint32_t len;
    uint8_t *raw;
    struct vt_hash id;
};

struct sim_client {
    uint8_t sk[64], pk[64];
    struct vt_address address;
    uint64_t next_nonce;
};

struct sim_cluster {
    const struct vt_sim_args *args;
    struct vt_sim_result *result;
    struct vt_heap queue;
    uint64_t now_ns;
    uint64_t heal_ns;     /* no fault after this */
    uint64_t deadline_ns; /* everything final by then, or not live */
    struct vt_rng net, fault, load, disk;
    uint64_t trace;
    struct sim_node nodes[VT_SIM_NODES_MAX];
    struct sim_client clients[VT_SIM_CLIENTS];
    const struct vt_module *module;
    const struct vt_signature *scheme;
    struct vt_schemes schemes;
    struct vt_chain_config *config;
    struct vt_options *options;
    struct vt_cfg cfg;
    struct vt_rules *rules;
    const struct vt_host *host;
    struct vt_buf canonical;
    struct sim_truth *truth; /* by height */
    size_t truth_count, truth_cap;
    struct sim_tx *txs;
    size_t tx_count; /* made so far */
    size_t txs_final;
    struct vt_map *tx_by_id; /* id -> struct sim_tx */
    int split;
    int failed; /* out of memory or the like: the run is void */
};

/* setup.c */
vt_status vt_sim_setup(struct sim_cluster *c, struct vt_err *err);
void vt_sim_teardown(struct sim_cluster *c);

/* node.c */
vt_status vt_sim_node_start(struct sim_node *node, struct vt_err *err);
void vt_sim_node_crash(struct sim_node *node);
void vt_sim_node_stop(struct sim_node *node);
void vt_sim_on_event(struct sim_cluster *c, struct sim_event *ev);

/* network.c */
struct sim_event *vt_sim_schedule(struct sim_cluster *c, enum sim_kind kind,
                                  uint32_t node, uint64_t at_ns,
                                  struct vt_view bytes);
vt_status vt_sim_send(struct sim_node *from, uint32_t peer,
                      const struct vt_frame *frame);
void vt_sim_split(struct sim_cluster *c);
void vt_sim_link_all(struct sim_cluster *c, uint32_t node, int up);

/* clients.c */
vt_status vt_sim_clients_new(struct sim_cluster *c);
void vt_sim_offer(struct sim_cluster *c, uint64_t which);

/* check.c */
void vt_sim_check_final(struct sim_node *node,
                        const struct vt_chain_event *event);
void vt_sim_check_restart(struct sim_node *node);
void vt_sim_check_end(struct sim_cluster *c);
int vt_sim_done(const struct sim_cluster *c);
void vt_sim_violation(struct sim_cluster *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* trace.c */
void vt_sim_trace_mix(struct sim_cluster *c, uint32_t what, uint32_t node,
                      struct vt_view bytes);
void vt_sim_say(struct sim_cluster *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
