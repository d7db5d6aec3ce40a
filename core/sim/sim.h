/* SPDX-License-Identifier: Apache-2.0
 *
 * sim.h - a whole cluster in one process: virtual clock, network and disks,
 * faults from one seed, invariants checked all the time.
 *
 * Runs the same plugin files and the same chain driver as the node.
 */
#ifndef VT_SIM_SIM_H
#define VT_SIM_SIM_H

#include "base/hash.h"
#include "plugin/registry.h"

struct vt_sim_args {
    struct vt_registry *registry;
    const char *engine;  /* stem */
    const char *options; /* INI rows for [consensus.<engine>], or NULL */
    uint32_t nodes;      /* 1..64 */
    uint64_t seed;
    uint64_t steps; /* events to run at most */
    /* Faults, each per mille of its occasion; 0 = none. */
    uint32_t loss, duplicate, reorder;
    uint32_t crashes;    /* how many crash and restart events */
    uint32_t partitions; /* how many */
    uint32_t txs;        /* transactions to offer */
    uint32_t byzantine;  /* nodes that lie, <= f */
    int real_crypto;     /* 0: marked cheap signatures */
    void (*trace)(void *ctx, const char *line); /* may be NULL */
    void *ctx;
};

struct vt_sim_result {
    struct vt_hash trace_hash; /* of every event and effect */
    uint64_t events, virtual_ms, crashes, partitions, frames, frames_lost;
    uint64_t height_min, height_max, txs_offered, txs_final;
    uint32_t violations;
    char violation[256]; /* first one: invariant, node, height, step */
};

/* Returns VT_OK when the run could be made (violations are in the result). */
vt_status vt_sim_run(const struct vt_sim_args *args, struct vt_sim_result *out,
                     struct vt_err *err);

#endif
