/* SPDX-License-Identifier: Apache-2.0
 *
 * cs_crash.c - an engine lives on from its slots: it may die behind any effect
 * and any step, and never takes back a word that was out. Slots that are not
 * its own are refused, or nothing is made of them.
 */
#include "conform/tests_consensus.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CRASHES_USUAL 64u
#define SLOT_TRIES 200u

/* How many effects each member has in a quiet run. */
static uint64_t count_effects(struct vt_trial *t, uint32_t node)
{
    struct vt_probe probe;
    struct vt_rig_args args;
    struct vt_rig *rig;
    uint64_t effects;

    vt_cs_usual(t, &probe, &args);
    rig = vt_rig_new(&args);
    (void)vt_rig_run(rig, VT_CS_LIMIT_MS);
    effects = rig->nodes[node].effects;
    vt_rig_free(rig);
    return effects;
}

void vt_cs_crash_everywhere(struct vt_trial *t)
{
    uint64_t tries = (uint64_t)CRASHES_USUAL * vt_trial_rounds(t);
    struct vt_probe probe;
    struct vt_rig_args args;
    char what[80];

    for (uint32_t node = 0; node < 2 && node < vt_cs_members(t); node++) {
        uint64_t effects = count_effects(t, node);
        uint64_t stride = effects * 2 / tries + 1;

        for (uint64_t n = 1; n <= effects; n += stride) {
            vt_cs_usual(t, &probe, &args);
            args.doomed = node;
            args.doom = n;
            (void)snprintf(what, sizeof what,
                           "member %u died behind its effect %" PRIu64, node,
                           n);
            vt_cs_run(&args, what);
        }
    }
}

/* Nobody is asked to get anywhere meanwhile, only to stay true. */
void vt_cs_reborn(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_rig_args args;

    for (uint32_t i = 0; i < 3 * vt_trial_rounds(t); i++) {
        vt_cs_usual(t, &probe, &args);
        args.seed += i;
        args.doomed = i % args.members;
        args.reborn_each_step = 1;
        vt_cs_run(&args, "a member that was born anew after every step");
    }
}

/* ---- slots --------------------------------------------------------------- */

struct kept {
    struct vt_slot slots[VT_RIG_SLOTS_MAX];
    uint32_t count;
};

/* Slots of a member in the middle of a run. */
static void keep_slots(struct vt_trial *t, struct kept *kept)
{
    struct vt_probe probe;
    struct vt_rig_args args;
    struct vt_rig *rig;

    vt_cs_usual(t, &probe, &args);
    rig = vt_rig_new(&args);
    while (rig->now_ns < rig->calm_ns && vt_rig_step(rig)) {
    }
    memset(kept, 0, sizeof *kept);
    kept->count = rig->nodes[0].slot_count;
    for (uint32_t i = 0; i < kept->count; i++) {
        const struct vt_rig_slot *s = &rig->nodes[0].slots[i];

        kept->slots[i].slot = s->slot;
        kept->slots[i].bytes = vt_view_of(vt_memdup(s->bytes, s->len), s->len);
        VT_EXPECT(t, kept->slots[i].bytes.ptr != NULL, "no memory");
    }
    vt_rig_free(rig);
}

static vt_status quiet(struct vt_out *out, const struct vt_eff *eff)
{
    (void)eff;
    return out->room-- == 0 ? VT_E_LIMIT : VT_OK;
}

/* Made from these slots: refused, or it starts. */
static void try_slots(struct vt_trial *t, struct vt_rig *rig,
                      const struct vt_slot *slots, uint32_t count)
{
    const struct vt_consensus *table = t->module->consensus;
    struct vt_err err = {.size = sizeof err};
    struct vt_out out = {
        .size = VT_UPTO(struct vt_out, emit), .room = 256, .emit = quiet};
    struct vt_ev ev = {.size = VT_UPTO(struct vt_ev, wall_ms),
                       .type = VT_EV_START,
                       .now_ns = 5};
    struct vt_cs_start start;
    struct vt_cs *cs = NULL;
    vt_status status;

    vt_rig_start_of(rig, 0, &start);
    start.slots.ptr = slots;
    start.slots.count = count;
    status = table->create(rig->args.host, &t->cfg, &start, &cs, &err);
    VT_EXPECT(t, (status == VT_OK) == (cs != NULL),
              "create returned %d and %s instance", status,
              cs == NULL ? "no" : "an");
    VT_EXPECT(t,
              status == VT_OK || status == VT_E_CORRUPT ||
                  status == VT_E_INVALID || status == VT_E_LIMIT,
              "create returned %d for damaged slots: VT_E_CORRUPT says it",
              status);
    if (status == VT_OK) {
        status = table->step(cs, &ev, &out);
        VT_EXPECT(t, status == VT_OK, "START after damaged slots returned %d",
                  status);
        table->destroy(cs);
    } else {
        VT_EXPECT(t, err.text[0] != '\0', "refuses slots, but says not why");
    }
}

static void random_slots(struct vt_trial *t, struct vt_rig *rig,
                         struct vt_rng *rng, const struct kept *kept)
{
    uint8_t bytes[4][600];
    struct vt_slot slots[4];

    for (uint32_t i = 0; i < 4; i++) {
        vt_rng_fill(rng, bytes[i], sizeof bytes[i]);
        slots[i].slot = kept->count > 0 && vt_rng_chance(rng, 2, 3)
                            ? kept->slots[vt_rng_below(rng, kept->count)].slot
                            : vt_rng_below(rng, 40);
        slots[i].bytes =
            vt_view_of(bytes[i], 1 + vt_rng_below(rng, sizeof bytes[i] - 1));
    }
    try_slots(t, rig, slots, 4);
}

static void damage_one(struct vt_trial *t, struct vt_rig *rig,
                       struct vt_rng *rng, struct kept *kept)
{
    struct vt_slot *s = &kept->slots[vt_rng_below(rng, kept->count)];
    struct vt_view whole = s->bytes;
    uint8_t *bent = vt_memdup(whole.ptr, whole.len);

    VT_EXPECT(t, bent != NULL, "no memory for the test");
    if (vt_rng_chance(rng, 1, 2)) {
        s->bytes = vt_view_of(bent, vt_rng_below(rng, whole.len));
    } else {
        bent[vt_rng_below(rng, whole.len)] ^=
            (uint8_t)(1u << vt_rng_below(rng, 8));
        s->bytes = vt_view_of(bent, whole.len);
    }
    try_slots(t, rig, kept->slots, kept->count);
    s->bytes = whole;
    vt_free(bent);
}

void vt_cs_bad_slots(struct vt_trial *t)
{
    struct kept *kept = vt_alloc(sizeof *kept);
    struct vt_rig_args args;
    struct vt_probe probe;
    struct vt_rig *rig;
    struct vt_rng rng;

    VT_EXPECT(t, kept != NULL, "no memory for the test");
    keep_slots(t, kept);
    vt_cs_usual(t, &probe, &args);
    rig = vt_rig_new(&args);
    vt_rng_init(&rng, t->args->seed);
    vt_trial_note(t, "no slots");
    try_slots(t, rig, NULL, 0);
    for (uint32_t i = 0; i < SLOT_TRIES * vt_trial_rounds(t); i++) {
        vt_trial_note(t, "damaged slots, try %u", i);
        random_slots(t, rig, &rng, kept);
        if (kept->count > 0) {
            damage_one(t, rig, &rng, kept);
        }
    }
    vt_rig_free(rig);
}
