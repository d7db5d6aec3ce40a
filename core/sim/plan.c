/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - a growing list of faults.
 */
#include "sim/plan.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define CALM_NS (UINT64_C(8000) * 1000000)

void vt_sim_plan_init(struct vt_sim_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->calm_ns = CALM_NS;
}

void vt_sim_plan_fini(struct vt_sim_plan *plan)
{
    vt_free(plan->faults);
    vt_sim_plan_init(plan);
}

vt_status vt_sim_plan_add(struct vt_sim_plan *plan,
                          const struct vt_sim_fault *fault)
{
    if (plan->count == VT_SIM_FAULTS_MAX) {
        return VT_E_LIMIT;
    }
    if (plan->count == plan->cap) {
        size_t cap = plan->cap == 0 ? 16 : plan->cap * 2;
        struct vt_sim_fault *more =
            vt_realloc(plan->faults, cap * sizeof *more);

        if (more == NULL) {
            return VT_E_NOMEM;
        }
        plan->faults = more;
        plan->cap = cap;
    }
    plan->faults[plan->count++] = *fault;
    return VT_OK;
}

vt_status vt_sim_plan_copy(const struct vt_sim_plan *plan,
                           struct vt_sim_plan *out)
{
    vt_sim_plan_init(out);
    out->calm_ns = plan->calm_ns;
    for (size_t i = 0; i < plan->count; i++) {
        if (vt_sim_plan_add(out, &plan->faults[i]) != VT_OK) {
            return VT_E_NOMEM;
        }
    }
    return VT_OK;
}

void vt_sim_plan_drop(struct vt_sim_plan *plan, size_t first, size_t count)
{
    memmove(&plan->faults[first], &plan->faults[first + count],
            (plan->count - first - count) * sizeof plan->faults[0]);
    plan->count -= count;
}

static uint64_t members_from(const struct vt_sim_plan *plan,
                             enum vt_sim_verb lowest, enum vt_sim_verb highest)
{
    uint64_t members = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (plan->faults[i].verb >= lowest && plan->faults[i].verb <= highest) {
            members |= plan->faults[i].set[0];
        }
    }
    return members;
}

uint64_t vt_sim_plan_liars(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_BLIND, VT_SIM_VERBS);
}

uint64_t vt_sim_plan_blind(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_BLIND, VT_SIM_BLIND);
}

uint64_t vt_sim_plan_guess(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_GUESS, VT_SIM_GUESS);
}

uint64_t vt_sim_plan_twins(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_TWIN, VT_SIM_TWO_FACED);
}

uint64_t vt_sim_plan_wrong(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_WRONG_STATE, VT_SIM_WRONG_STATE);
}

uint64_t vt_sim_plan_selfish(const struct vt_sim_plan *plan)
{
    return members_from(plan, VT_SIM_SELFISH, VT_SIM_SELFISH);
}

int vt_sim_plan_watches(const struct vt_sim_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->faults[i].label[0] != '\0') {
            return 1;
        }
    }
    return 0;
}
