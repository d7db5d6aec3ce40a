/* SPDX-License-Identifier: Apache-2.0
 *
 * sim.h - a whole cluster in one process: virtual clock, network and disks,
 * faults from a plan, invariants checked all the time.
 *
 * Runs the same plugin files and the same chain driver as the node.
 */
#ifndef VT_SIM_SIM_H
#define VT_SIM_SIM_H

#include "base/hash.h"
#include "plugin/registry.h"
#include "sim/plan.h"

struct vt_sim_plot;

/* What the engines said they did: the first two words of every TRACE line,
 * as "P4 prepared", and which followed which on one node. Adds up over runs. */
#define VT_SIM_LABELS_MAX 256u
#define VT_SIM_PAIR_BYTES (VT_SIM_LABELS_MAX * VT_SIM_LABELS_MAX / 8u)
struct vt_sim_cover {
    uint32_t count, pairs;
    struct {
        char text[VT_SIM_LABEL_MAX];
        uint64_t seen;
    } label[VT_SIM_LABELS_MAX];
    uint8_t pair[VT_SIM_PAIR_BYTES];
};
/* How often a label was seen. */
uint64_t vt_sim_cover_seen(const struct vt_sim_cover *cover, const char *label);

struct vt_sim_args {
    struct vt_registry *registry;
    const char *engine;  /* stem */
    const char *options; /* INI rows for [consensus.<engine>], or NULL */
    uint32_t nodes;      /* 1..64 */
    uint64_t seed;
    uint64_t steps; /* events to run at most */
    const struct vt_sim_plan *plan;
    uint32_t txs;         /* transactions to offer until calm */
    const char *switches; /* engines to switch to, "raft, pbft window = 8",
                             "same" for a new epoch of the present one,
                             "raft@120" for that last height of the one before
                             or the next that can be; NULL: none */
    const char *rivals;   /* what a second governor wants instead, entry by
                             entry; NULL: there is none */
    uint32_t approvals;   /* of governors; 0: more than half of them */
    int real_crypto;      /* 0: marked cheap signatures */
    uint64_t fair;        /* members that must get their turns (I19), as bits;
                             of engines whose members take turns */
    struct vt_sim_cover *cover;                 /* may be NULL */
    struct vt_sim_plot *plot;                   /* may be NULL */
    void (*trace)(void *ctx, const char *line); /* may be NULL */
    void *ctx;
};

struct vt_sim_result {
    struct vt_hash trace_hash; /* of every event and effect */
    uint64_t events, virtual_ms, crashes, partitions, frames, frames_lost;
    uint64_t height_min, height_max, txs_offered, txs_final;
    uint64_t evidence; /* members named by it, as bits */
    uint64_t made[64]; /* final blocks, by member */
    char epochs[256];  /* after the first: "raft@120, pbft@240", the engine and
                          the last height of the one before */
    uint32_t violations;
    char violation[256]; /* first one: invariant, node, height, step */
};

/* Returns VT_OK when the run could be made (violations are in the result). */
vt_status vt_sim_run(const struct vt_sim_args *args, struct vt_sim_result *out,
                     struct vt_err *err);

#endif
