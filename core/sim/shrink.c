/* SPDX-License-Identifier: Apache-2.0
 *
 * shrink.c - from a run that breaks an invariant to a small one that breaks the
 * same: try without a part; when it still breaks, the part was not needed.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "sim/scenario.h"

#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000) /* nanoseconds */
#define ROUNDS 4u            /* through all kinds of smaller */
#define ID_MAX 40u
#define LINE_MAX_BYTES 150u

struct shrinker {
    struct vt_sim_scenario *best;
    struct vt_registry *registry;
    char id[ID_MAX]; /* "I12 liveness:" */
    uint32_t runs, runs_max;
    uint32_t liars, nodes; /* of the run that was given */
    void (*tell)(void *ctx, uint32_t runs, size_t faults);
    void *ctx;
    struct vt_err *err;
    vt_status status;
};

static void invariant_of(const char *violation, char out[ID_MAX])
{
    size_t len = strcspn(violation, ":");

    (void)snprintf(out, ID_MAX, "%.*s",
                   (int)(len < ID_MAX - 1 ? len : ID_MAX - 1), violation);
}

/* As an expectation: one line of an INI file, without what begins a comment,
 * cut between two words. */
static void expect(struct vt_sim_scenario *s, const struct vt_sim_result *r)
{
    size_t len = strcspn(r->violation, ";#");

    if (len > LINE_MAX_BYTES) {
        len = LINE_MAX_BYTES;
        while (len > 0 && r->violation[len] != ' ') {
            len--;
        }
    }
    (void)snprintf(s->violation, sizeof s->violation, "%.*s", (int)len,
                   r->violation);
    s->trace_hash = r->trace_hash;
    s->has_hash = 1;
}

static uint32_t liars_of(const struct vt_sim_scenario *s)
{
    uint64_t set = vt_sim_plan_liars(&s->plan);
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->nodes; i++) {
        count += (uint32_t)(set >> i & 1);
    }
    return count;
}

/* No larger a share of the members may lie than in the run that was given, and
 * no more than may lie at all when that run kept to it. */
static int is_fair(const struct shrinker *sh, const struct vt_sim_scenario *s)
{
    uint32_t liars = liars_of(s);

    if (sh->liars <= (sh->nodes - 1) / 3) {
        return liars <= (s->nodes - 1) / 3;
    }
    return liars * sh->nodes <= sh->liars * s->nodes;
}

/* Takes the candidate's plan, or frees it. Returns 1 when it still breaks. */
static int try_it(struct shrinker *sh, struct vt_sim_scenario *candidate)
{
    struct vt_sim_args args;
    struct vt_sim_result result;

    if (sh->status != VT_OK || sh->runs >= sh->runs_max ||
        !is_fair(sh, candidate)) {
        vt_sim_scenario_fini(candidate);
        return 0;
    }
    vt_sim_scenario_args(candidate, sh->registry, &args);
    sh->runs++;
    if (sh->tell != NULL) {
        sh->tell(sh->ctx, sh->runs, sh->best->plan.count);
    }
    sh->status = vt_sim_run(&args, &result, sh->err);
    if (sh->status != VT_OK ||
        strncmp(result.violation, sh->id, strlen(sh->id)) != 0) {
        vt_sim_scenario_fini(candidate);
        return 0;
    }
    expect(candidate, &result);
    vt_sim_scenario_fini(sh->best);
    *sh->best = *candidate;
    return 1;
}

/* A copy with a plan of its own. Returns 1, 0 when memory is short. */
static int copy(struct shrinker *sh, struct vt_sim_scenario *out)
{
    *out = *sh->best;
    if (vt_sim_plan_copy(&sh->best->plan, &out->plan) != VT_OK) {
        vt_sim_plan_fini(&out->plan);
        sh->status = vt_err_set(sh->err, VT_E_NOMEM, "no memory to shrink");
        return 0;
    }
    return 1;
}

/* ---- ways to be smaller -------------------------------------------------- */

static int fewer_faults(struct shrinker *sh)
{
    int got = 0;

    for (size_t part = sh->best->plan.count; part > 0; part /= 2) {
        for (size_t first = 0; first < sh->best->plan.count;) {
            size_t left = sh->best->plan.count - first;
            struct vt_sim_scenario c;

            if (!copy(sh, &c)) {
                return got;
            }
            vt_sim_plan_drop(&c.plan, first, part < left ? part : left);
            if (try_it(sh, &c)) {
                got = 1;
            } else {
                first += part;
            }
        }
    }
    return got;
}

/* Members that are no more leave the faults, faults of nobody the plan. */
static void forget_members(struct vt_sim_plan *plan, uint32_t nodes)
{
    uint64_t members = (UINT64_C(1) << nodes) - 1;

    for (size_t i = 0; i < plan->count;) {
        struct vt_sim_fault *f = &plan->faults[i];
        uint32_t empty = 0;

        for (uint32_t k = 0; k < f->set_count; k++) {
            f->set[k] =
                f->set[k] == VT_SIM_ALL ? f->set[k] : f->set[k] & members;
            empty += f->set[k] == 0;
        }
        if (empty > 0) {
            vt_sim_plan_drop(plan, i, 1);
        } else {
            i++;
        }
    }
}

static int fewer_nodes(struct shrinker *sh)
{
    int got = 0;

    for (uint32_t n = 1; n < sh->best->nodes; n++) {
        struct vt_sim_scenario c;

        if (!copy(sh, &c)) {
            break;
        }
        c.nodes = n;
        forget_members(&c.plan, n);
        got |= try_it(sh, &c);
    }
    return got;
}

static int fewer_txs(struct shrinker *sh)
{
    int got = 0;

    for (uint32_t txs = 0; txs < sh->best->txs; txs = txs * 2 + 1) {
        struct vt_sim_scenario c;

        if (!copy(sh, &c)) {
            break;
        }
        c.txs = txs;
        got |= try_it(sh, &c);
    }
    return got;
}

/* Nothing happens before the first fault: begin there. */
static int no_prefix(struct shrinker *sh)
{
    struct vt_sim_scenario c;
    uint64_t first = UINT64_MAX;

    if (!copy(sh, &c)) {
        return 0;
    }
    for (size_t i = 0; i < c.plan.count; i++) {
        const struct vt_sim_fault *f = &c.plan.faults[i];

        if (f->label[0] == '\0' && f->at_ns > 0 && f->at_ns < first) {
            first = f->at_ns;
        }
    }
    if (first == UINT64_MAX) {
        vt_sim_scenario_fini(&c);
        return 0;
    }
    for (size_t i = 0; i < c.plan.count; i++) {
        c.plan.faults[i].at_ns -=
            c.plan.faults[i].at_ns < first ? c.plan.faults[i].at_ns : first;
    }
    c.plan.calm_ns -= first < c.plan.calm_ns ? first : 0;
    return try_it(sh, &c);
}

static int less_time(struct shrinker *sh)
{
    int got = 0;

    while (sh->best->plan.calm_ns >= 20 * MS) {
        struct vt_sim_scenario c;

        if (!copy(sh, &c)) {
            break;
        }
        c.plan.calm_ns = c.plan.calm_ns / 2 / MS * MS;
        if (!try_it(sh, &c)) {
            break;
        }
        got = 1;
    }
    return got;
}

static int shorter_faults(struct shrinker *sh)
{
    int got = 0;

    for (size_t i = 0; i < sh->best->plan.count; i++) {
        struct vt_sim_scenario c;

        if (sh->best->plan.faults[i].for_ns < 2 * MS || !copy(sh, &c)) {
            continue;
        }
        c.plan.faults[i].for_ns = c.plan.faults[i].for_ns / 2 / MS * MS;
        got |= try_it(sh, &c);
    }
    return got;
}

vt_status vt_sim_shrink(struct vt_sim_scenario *s, struct vt_registry *registry,
                        uint32_t runs_max,
                        void (*tell)(void *ctx, uint32_t runs, size_t faults),
                        void *ctx, struct vt_err *err)
{
    struct shrinker sh = {.best = s,
                          .registry = registry,
                          .runs_max = runs_max,
                          .liars = liars_of(s),
                          .nodes = s->nodes,
                          .tell = tell,
                          .ctx = ctx,
                          .err = err};
    struct vt_sim_args args;
    struct vt_sim_result result;
    vt_status status;
    int got = 1;

    vt_sim_scenario_args(s, registry, &args);
    status = vt_sim_run(&args, &result, err);
    if (status != VT_OK) {
        return status;
    }
    if (result.violations == 0) {
        return vt_err_set(err, VT_E_STATE, "this run breaks no invariant");
    }
    invariant_of(result.violation, sh.id);
    expect(s, &result);
    s->seen_count = 0;
    s->never_count = 0;
    s->has_evidence = 0;
    for (uint32_t round = 0; round < ROUNDS && got; round++) {
        got = fewer_faults(&sh);
        got |= fewer_nodes(&sh);
        got |= fewer_txs(&sh);
        got |= no_prefix(&sh);
        got |= less_time(&sh);
        got |= shorter_faults(&sh);
    }
    return sh.status;
}
