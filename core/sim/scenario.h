/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.h - a run as a file: what is simulated, what goes wrong, what is
 * expected. Scenarios written by hand and replay files of failing seeds are the
 * same thing. The keys are in tests/scenario/README.md.
 */
#ifndef VT_SIM_SCENARIO_H
#define VT_SIM_SCENARIO_H

#include "sim/sim.h"

#define VT_SIM_EXPECT_MAX 24u

struct vt_sim_scenario {
    char title[200];
    char engine[33];
    char options[2048]; /* rows of the engine's section */
    char switches[512]; /* as in struct vt_sim_args, "" = none */
    char rivals[512];
    uint32_t approvals;
    uint32_t nodes, txs;
    uint64_t seed, steps;
    int real_crypto;
    struct vt_sim_plan plan;
    /* what is expected; the rest may be as it likes */
    char violation[200]; /* begins so; "" none at all */
    int has_hash;
    struct vt_hash trace_hash;
    uint64_t evidence; /* exactly these members, as bits */
    int has_evidence;
    /* per mille of the final blocks that share_of made; most 0: as it likes */
    uint64_t share_of; /* members, as bits */
    uint64_t fair;     /* members who must get their turns, as bits */
    uint32_t share_least, share_most;
    char epochs[256]; /* as in struct vt_sim_result; "" as it likes */
    uint32_t seen_count, never_count;
    char seen[VT_SIM_EXPECT_MAX][VT_SIM_LABEL_MAX];
    char never[VT_SIM_EXPECT_MAX][VT_SIM_LABEL_MAX];
};

/* Defaults: pbft, 4 nodes, no faults. */
void vt_sim_scenario_init(struct vt_sim_scenario *s);
void vt_sim_scenario_fini(struct vt_sim_scenario *s);
/* Initialises *out, also on failure. Returns VT_OK; VT_E_IO; VT_E_INVALID with
 * path and line. */
vt_status vt_sim_scenario_read(const char *path, struct vt_sim_scenario *out,
                               struct vt_err *err);
/* Text that reads back as the same run. */
void vt_sim_scenario_print(const struct vt_sim_scenario *s, struct vt_buf *out);
/* Borrows everything from s. */
void vt_sim_scenario_args(const struct vt_sim_scenario *s,
                          struct vt_registry *registry,
                          struct vt_sim_args *out);
/* Final blocks that the members of its expected share made, and all. */
uint64_t vt_sim_scenario_share(const struct vt_sim_scenario *s,
                               const struct vt_sim_result *result,
                               uint64_t *out_all);
/* What came out otherwise than expected, one line each, appended to out.
 * Returns how many. */
uint32_t vt_sim_scenario_judge(const struct vt_sim_scenario *s,
                               const struct vt_sim_result *result,
                               const struct vt_sim_cover *cover,
                               struct vt_buf *out);

/* Make the run smaller as long as it breaks the same invariant: fewer faults,
 * nodes and transactions, less time. s fails when given and holds the smallest
 * that was found, its violation and trace hash as expectations. tell (may be
 * NULL) hears of every run. Returns VT_OK; VT_E_STATE when the run breaks
 * nothing; what a run returns. */
vt_status vt_sim_shrink(struct vt_sim_scenario *s, struct vt_registry *registry,
                        uint32_t runs_max,
                        void (*tell)(void *ctx, uint32_t runs, size_t faults),
                        void *ctx, struct vt_err *err);

#endif
