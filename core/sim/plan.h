/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - what goes wrong in a run: a list of faults, each with its moment.
 *
 * A plan is made from a seed by a named profile, read from an INI file, or made
 * smaller by the shrinker; the run itself draws no fault, it follows the plan.
 * That is why a plan written to a file gives the same run anywhere. The words
 * of the file are in tests/scenario/README.md.
 */
#ifndef VT_SIM_PLAN_H
#define VT_SIM_PLAN_H

#include "base/buf.h"

#define VT_SIM_SETS_MAX 4u
#define VT_SIM_FAULTS_MAX 4096u
#define VT_SIM_LABEL_MAX 32u
#define VT_SIM_ALL UINT64_MAX /* a set: every member */
#define VT_SIM_FLOOD_MAX 20000u

enum vt_sim_verb {
    VT_SIM_CRASH,
    VT_SIM_RESTART,
    VT_SIM_PARTITION,
    VT_SIM_HEAL,
    VT_SIM_CUT,
    VT_SIM_GRAPH,
    VT_SIM_FLAP,
    VT_SIM_SLOW,
    VT_SIM_HOLD,
    VT_SIM_BANDWIDTH,
    VT_SIM_DELAY,
    VT_SIM_LOSS,
    VT_SIM_DUPLICATE,
    VT_SIM_REORDER,
    VT_SIM_CORRUPT,
    VT_SIM_DISK_FULL,
    VT_SIM_SYNC_STALL,
    VT_SIM_CLOCK,
    VT_SIM_DRIFT,
    VT_SIM_PAUSE,
    VT_SIM_EXECUTOR,
    VT_SIM_NO_FETCH,
    VT_SIM_FLOOD,
    VT_SIM_HASHRATE,
    VT_SIM_UNABLE,
    VT_SIM_WRONG_STATE, /* for the rest of the run */
    /* what follows makes a member a liar for the whole run */
    VT_SIM_BLIND, /* this one and the next are not drawn by profiles */
    VT_SIM_GUESS,
    VT_SIM_SILENT,
    VT_SIM_LATE,
    VT_SIM_GARBAGE,
    VT_SIM_OVERSIZE,
    VT_SIM_STALE,
    VT_SIM_TWIN,
    VT_SIM_EQUIVOCATE,
    VT_SIM_DOUBLE_VOTE,
    VT_SIM_TWO_FACED,
    VT_SIM_HOARD,
    VT_SIM_SELFISH,
    VT_SIM_VERBS
};

enum vt_sim_graph { VT_SIM_CHAIN, VT_SIM_STAR, VT_SIM_BRIDGE };
enum vt_sim_delay { VT_SIM_CONSTANT, VT_SIM_EXPONENTIAL, VT_SIM_HEAVY };
/* How far a selfish miner's blocks come before or behind another's, or whether
 * it keeps a lead of one, too. */
enum vt_sim_selfish { VT_SIM_HEARD_FIRST, VT_SIM_HEARD_LAST, VT_SIM_STUBBORN };
/* Words of `hold` and `cut`: enum vt_send_class, or all of them. */
#define VT_SIM_CLASSES 4u
#define VT_SIM_ANY_CLASS 4u

struct vt_sim_fault {
    enum vt_sim_verb verb;
    uint64_t at_ns;
    uint64_t for_ns;       /* 0: until the faults end, liars: for ever */
    int64_t by;            /* per mille, nanoseconds, a factor, a count */
    uint32_t kind;         /* which of the verb's words */
    uint32_t after_effect; /* crash: so many effects still escape */
    uint32_t set_count;
    uint64_t set[VT_SIM_SETS_MAX]; /* members, one bit each */
    /* begins when a member of watch traces the label for the nth time instead
     * of at a time; label "" when not */
    char label[VT_SIM_LABEL_MAX];
    uint64_t watch;
    uint32_t nth;
    uint32_t is_it; /* crash, pause: whoever traced it, instead of the set */
};

struct vt_sim_plan {
    struct vt_sim_fault *faults; /* in the order they were added */
    size_t count, cap;
    uint64_t calm_ns; /* nothing but liars is wrong from here on */
};

void vt_sim_plan_init(struct vt_sim_plan *plan);
void vt_sim_plan_fini(struct vt_sim_plan *plan);
/* Returns VT_OK, VT_E_NOMEM, VT_E_LIMIT. */
vt_status vt_sim_plan_add(struct vt_sim_plan *plan,
                          const struct vt_sim_fault *fault);
/* out is initialised by this, also on failure. Returns VT_OK, VT_E_NOMEM. */
vt_status vt_sim_plan_copy(const struct vt_sim_plan *plan,
                           struct vt_sim_plan *out);
void vt_sim_plan_drop(struct vt_sim_plan *plan, size_t first, size_t count);
/* Members that lie at all, those who check no signature, and those who are
 * started twice, as bits. */
uint64_t vt_sim_plan_liars(const struct vt_sim_plan *plan);
uint64_t vt_sim_plan_blind(const struct vt_sim_plan *plan);
uint64_t vt_sim_plan_guess(const struct vt_sim_plan *plan);
uint64_t vt_sim_plan_twins(const struct vt_sim_plan *plan);
/* Members whose executor makes a mistake one day. */
uint64_t vt_sim_plan_wrong(const struct vt_sim_plan *plan);
uint64_t vt_sim_plan_selfish(const struct vt_sim_plan *plan);
/* Does one of the faults wait for a label? */
int vt_sim_plan_watches(const struct vt_sim_plan *plan);

/* Numbers of single faults that outdo what a profile would say. */
#define VT_SIM_AS_PROFILE UINT32_MAX
struct vt_sim_switches {
    uint32_t loss, duplicate, reorder; /* per mille */
    uint32_t crashes, partitions, byzantine;
};
/* The plan a seed means in this profile. byzantine is at most f. Returns VT_OK;
 * VT_E_NOTFOUND for an unknown profile, naming those there are. */
vt_status vt_sim_profile_plan(const char *profile,
                              const struct vt_sim_switches *switches,
                              uint32_t nodes, uint64_t seed,
                              struct vt_sim_plan *out, struct vt_err *err);
/* Name of the i-th profile, NULL behind the last. */
const char *vt_sim_profile_name(size_t i);

/* One fault from the value of `at` or `when`, and back. Returns VT_OK;
 * VT_E_INVALID saying what is wrong. */
vt_status vt_sim_fault_parse(const char *key, const char *text, uint32_t nodes,
                             struct vt_sim_fault *out, struct vt_err *err);
void vt_sim_fault_print(const struct vt_sim_fault *fault, struct vt_buf *out);
/* "120ms", the shortest form that is exact. */
void vt_sim_time_print(uint64_t ns, struct vt_buf *out);

#endif
