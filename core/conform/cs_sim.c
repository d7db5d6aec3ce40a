/* SPDX-License-Identifier: Apache-2.0
 *
 * cs_sim.c - campaigns in the simulator: the chain driver of a node around the
 * engine, and all that can go wrong outside of it.
 */
#include "conform/tests_consensus.h"

#include "base/status.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <string.h>

#define SEEDS_USUAL 6u
#define STEPS_MAX 2000000u
#define SIM_TXS 20u

/* Links are authenticated: only a liar's frames come bent. */
static void drop_corruption(struct vt_sim_plan *plan)
{
    for (size_t i = plan->count; i > 0; i--) {
        if (plan->faults[i - 1].verb == VT_SIM_CORRUPT) {
            vt_sim_plan_drop(plan, i - 1, 1);
        }
    }
}

static void run_seed(struct vt_trial *t, const char *profile, uint64_t seed,
                     uint32_t byzantine)
{
    struct vt_sim_switches as_profile = {VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
                                         VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
                                         VT_SIM_AS_PROFILE, byzantine};
    struct vt_sim_args args = {.registry = t->registry,
                               .engine = t->stem,
                               .options = t->args->options,
                               .nodes = vt_cs_members(t),
                               .seed = seed,
                               .steps = STEPS_MAX,
                               .txs = SIM_TXS};
    struct vt_sim_result result;
    struct vt_err err = VT_ERR_INIT;
    struct vt_sim_plan plan;

    vt_trial_note(t, "profile %s, seed %" PRIu64, profile, seed);
    VT_EXPECT(t,
              vt_sim_profile_plan(profile, &as_profile, args.nodes, seed, &plan,
                                  &err) == VT_OK,
              "%s", err.text);
    if (byzantine == 0) {
        drop_corruption(&plan);
    }
    args.plan = &plan;
    VT_EXPECT(t, vt_sim_run(&args, &result, &err) == VT_OK, "%s", err.text);
    vt_sim_plan_fini(&plan);
    VT_EXPECT(t, result.violations == 0,
              "profile %s, seed %" PRIu64 ", %u members: %s", profile, seed,
              args.nodes, result.violation);
}

/* What goes wrong when nothing is wrong is told plainer by a quiet run. */
static void campaign(struct vt_trial *t, const char *profile,
                     uint32_t byzantine)
{
    struct vt_probe probe;
    struct vt_rig_args args;

    vt_cs_usual(t, &probe, &args);
    vt_cs_run(&args, "a quiet run");
    for (uint32_t i = 0; i < SEEDS_USUAL * vt_trial_rounds(t); i++) {
        run_seed(t, profile, t->args->seed + i, byzantine);
    }
}

void vt_cs_sim_usual(struct vt_trial *t)
{
    campaign(t, "usual", 0);
}

void vt_cs_sim_network(struct vt_trial *t)
{
    campaign(t, "network", 0);
}

void vt_cs_sim_disk(struct vt_trial *t)
{
    campaign(t, "disk", 0);
}

void vt_cs_sim_machine(struct vt_trial *t)
{
    campaign(t, "machine", 0);
}

#define LIARS_OF 7u

int vt_cs_stands_liars(struct vt_trial *t)
{
    const struct vt_consensus *table = t->module->consensus;
    struct vt_err err = {.size = sizeof err};
    struct vt_probe probe;
    struct vt_rig_args args;
    struct vt_rig *rig;
    uint32_t verdict = VT_BAD;
    uint32_t signers = 0;

    if (table->members_max < LIARS_OF || table->members_min > LIARS_OF) {
        return 0;
    }
    vt_cs_usual(t, &probe, &args);
    args.members = LIARS_OF;
    args.txs = 1;
    rig = vt_rig_new(&args);
    if (vt_rig_run(rig, VT_CS_LIMIT_MS) && rig->truth[0] != 0) {
        probe.verifies = 0;
        (void)table->check_proof(
            args.host, &rig->epoch, rig->epoch.start_height,
            rig->blocks[rig->truth[0] - 1].id,
            (struct vt_view){rig->proofs[0].bytes, rig->proofs[0].len},
            &verdict, &err);
        signers = verdict == VT_GOOD ? probe.verifies : 0;
    }
    vt_rig_free(rig);
    return 3 * signers > 2 * LIARS_OF;
}

/* Fewer than a third lie. */
void vt_cs_sim_liars(struct vt_trial *t)
{
    if (!vt_cs_stands_liars(t)) {
        vt_trial_skip(t, "its proofs need no more than two thirds of the "
                         "members: it does not claim to stand liars");
    }
    campaign(t, "byzantine", VT_SIM_AS_PROFILE);
    campaign(t, "twins", VT_SIM_AS_PROFILE);
}
