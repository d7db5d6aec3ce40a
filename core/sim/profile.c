/* SPDX-License-Identifier: Apache-2.0
 *
 * profile.c - from a profile's name and a seed to a plan: how many faults of
 * which kinds the profile allows is a table, which, when and whom is drawn.
 */
#include "base/rng.h"
#include "base/status.h"
#include "sim/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000) /* nanoseconds */
#define SPAN_MS 6000u        /* faults begin within it */
#define SHORTEST_MS 20u
#define LONGEST_MS 1500u
#define EFFECTS_MAX 48u /* of a node from a moment on, until it crashes */

#define NETWORK                                                                \
    VT_SIM_PARTITION, VT_SIM_CUT, VT_SIM_GRAPH, VT_SIM_FLAP, VT_SIM_SLOW,      \
        VT_SIM_HOLD, VT_SIM_BANDWIDTH, VT_SIM_DELAY, VT_SIM_CORRUPT,           \
        VT_SIM_LOSS
#define DISKS VT_SIM_CRASH, VT_SIM_CRASH, VT_SIM_DISK_FULL, VT_SIM_SYNC_STALL
#define MACHINES                                                               \
    VT_SIM_CLOCK, VT_SIM_DRIFT, VT_SIM_PAUSE, VT_SIM_EXECUTOR,                 \
        VT_SIM_NO_FETCH, VT_SIM_FLOOD

struct profile {
    const char *name;
    struct vt_sim_switches usual; /* byzantine 1: as many as may lie */
    uint32_t picks_min, picks_max;
    uint32_t menu_count;
    enum vt_sim_verb menu[24];
    enum vt_sim_verb first_lie; /* liars draw from here to DOUBLE_VOTE */
};

static const struct profile profiles[] = {
    {.name = "calm", .first_lie = VT_SIM_SILENT},
    {.name = "usual",
     .usual = {50, 20, 50, 2, 1, 0},
     .first_lie = VT_SIM_SILENT},
    {.name = "network",
     .usual = {20, 20, 100, 0, 1, 0},
     .picks_min = 2,
     .picks_max = 8,
     .menu_count = 10,
     .menu = {NETWORK},
     .first_lie = VT_SIM_SILENT},
    {.name = "disk",
     .usual = {10, 10, 20, 4, 0, 0},
     .picks_min = 1,
     .picks_max = 6,
     .menu_count = 4,
     .menu = {DISKS},
     .first_lie = VT_SIM_SILENT},
    {.name = "machine",
     .usual = {20, 10, 20, 1, 0, 0},
     .picks_min = 2,
     .picks_max = 6,
     .menu_count = 6,
     .menu = {MACHINES},
     .first_lie = VT_SIM_SILENT},
    {.name = "byzantine",
     .usual = {30, 10, 50, 1, 1, 1},
     .first_lie = VT_SIM_SILENT},
    {.name = "twins", .usual = {20, 10, 50, 0, 2, 1}, .first_lie = VT_SIM_TWIN},
    {.name = "storm",
     .usual = {60, 20, 100, 3, 1, 1},
     .picks_min = 3,
     .picks_max = 12,
     .menu_count = 20,
     .menu = {NETWORK, DISKS, MACHINES},
     .first_lie = VT_SIM_SILENT},
};

#define PROFILES (sizeof profiles / sizeof profiles[0])

const char *vt_sim_profile_name(size_t i)
{
    return i < PROFILES ? profiles[i].name : NULL;
}

struct maker {
    const struct profile *profile;
    struct vt_sim_plan *plan;
    struct vt_rng rng;
    uint32_t nodes;
    vt_status status;
};

static uint64_t draw(struct maker *m, uint64_t from, uint64_t to)
{
    return from + vt_rng_below(&m->rng, to - from + 1);
}

static uint64_t one_member(struct maker *m)
{
    return UINT64_C(1) << vt_rng_below(&m->rng, m->nodes);
}

static uint64_t everybody(const struct maker *m)
{
    return m->nodes == 64 ? UINT64_MAX : (UINT64_C(1) << m->nodes) - 1;
}

static void add(struct maker *m, const struct vt_sim_fault *f)
{
    vt_status status = vt_sim_plan_add(m->plan, f);

    m->status = m->status == VT_OK ? status : m->status;
}

/* ---- one fault of each kind ---------------------------------------------- */

static void draw_sides(struct maker *m, struct vt_sim_fault *f)
{
    uint64_t all = everybody(m);

    f->set_count = 2;
    f->set[0] = vt_rng_u64(&m->rng) & all;
    f->set[1] = all & ~f->set[0];
    if (f->set[0] == 0 || f->set[1] == 0) { /* one alone, then */
        f->set[0] = one_member(m);
        f->set[1] = all & ~f->set[0];
    }
    if (f->set[1] == 0) {
        f->set_count = 1;
    }
}

/* Mostly one; f of them, all but one or all at once are another matter. */
static uint64_t draw_victims(struct maker *m)
{
    uint64_t set = one_member(m);

    switch (vt_rng_below(&m->rng, 16)) {
    case 0:
        return everybody(m);
    case 1:
        return m->nodes == 1 ? set : everybody(m) & ~set;
    case 2:
        for (uint32_t i = 1; i < (m->nodes - 1) / 3; i++) {
            set |= one_member(m);
        }
        return set;
    default:
        return set;
    }
}

static void draw_crash(struct maker *m, struct vt_sim_fault *f)
{
    f->set[0] = draw_victims(m);
    if (!vt_rng_chance(&m->rng, 1, 4)) {
        f->after_effect = (uint32_t)draw(m, 1, EFFECTS_MAX);
    }
}

static int64_t draw_by(struct maker *m, enum vt_sim_verb verb)
{
    switch (verb) {
    case VT_SIM_FLAP:
        return (int64_t)(draw(m, 20, 300) * MS);
    case VT_SIM_SLOW:
        return (int64_t)draw(m, 10, 100);
    case VT_SIM_BANDWIDTH:
        return (int64_t)draw(m, 20000, 2000000);
    case VT_SIM_DELAY:
        return (int64_t)(draw(m, 1, 60) * MS);
    case VT_SIM_LOSS:
        return (int64_t)draw(m, 50, 300);
    case VT_SIM_CORRUPT:
        return (int64_t)draw(m, 1, 100);
    case VT_SIM_SYNC_STALL:
        return (int64_t)(draw(m, 100, 3000) * MS);
    case VT_SIM_CLOCK:
        return ((int64_t)draw(m, 0, 8000) - 4000) * (int64_t)MS;
    case VT_SIM_DRIFT:
        return (int64_t)draw(m, 0, 40) - 20;
    case VT_SIM_EXECUTOR:
        return (int64_t)draw(m, 10, 1000);
    case VT_SIM_FLOOD:
        return (int64_t)draw(m, 50, 600);
    case VT_SIM_LATE:
        return (int64_t)(draw(m, 100, 790) * MS);
    case VT_SIM_GARBAGE:
        return (int64_t)draw(m, 50, 500);
    default:
        return 0;
    }
}

static void draw_who(struct maker *m, struct vt_sim_fault *f)
{
    f->set_count = 1;
    f->set[0] = one_member(m);
    switch (f->verb) {
    case VT_SIM_PARTITION:
    case VT_SIM_FLAP:
        draw_sides(m, f);
        break;
    case VT_SIM_CUT:
        f->set_count = 2;
        f->set[1] = one_member(m);
        f->kind = (uint32_t)vt_rng_below(&m->rng, VT_SIM_CLASSES + 1);
        break;
    case VT_SIM_GRAPH:
    case VT_SIM_DELAY:
        f->kind = (uint32_t)vt_rng_below(&m->rng, 3);
        break;
    case VT_SIM_HOLD:
        f->kind = (uint32_t)vt_rng_below(&m->rng, VT_SIM_CLASSES);
        break;
    case VT_SIM_CRASH:
        draw_crash(m, f);
        break;
    default:
        break;
    }
    if (f->verb == VT_SIM_DELAY || f->verb == VT_SIM_LOSS ||
        f->verb == VT_SIM_CORRUPT || f->verb == VT_SIM_HOLD) {
        f->set_count = 0; /* of the whole network */
    }
}

static void add_fault(struct maker *m, enum vt_sim_verb verb)
{
    struct vt_sim_fault f = {.verb = verb};

    f.at_ns = draw(m, 0, SPAN_MS) * MS;
    f.for_ns = draw(m, SHORTEST_MS, LONGEST_MS) * MS;
    draw_who(m, &f);
    if ((verb == VT_SIM_PARTITION || verb == VT_SIM_FLAP) && f.set_count < 2) {
        return; /* nobody to part from */
    }
    f.by = draw_by(m, verb);
    if (verb == VT_SIM_FLOOD) {
        f.for_ns = 0;
    }
    add(m, &f);
}

static void add_rate(struct maker *m, enum vt_sim_verb verb, uint32_t permille)
{
    struct vt_sim_fault f = {.verb = verb, .by = permille};

    if (permille > 0) {
        add(m, &f);
    }
}

static void add_liars(struct maker *m, uint32_t count)
{
    uint64_t liars = 0;
    uint64_t kinds = VT_SIM_DOUBLE_VOTE + 1u - m->profile->first_lie;

    while (count > 0) {
        struct vt_sim_fault f = {.set_count = 1, .set = {one_member(m)}};

        if ((liars & f.set[0]) != 0) {
            continue;
        }
        liars |= f.set[0];
        count--;
        f.verb = (enum vt_sim_verb)(m->profile->first_lie +
                                    vt_rng_below(&m->rng, kinds));
        f.by = draw_by(m, f.verb);
        add(m, &f);
    }
}

/* ---- a profile ----------------------------------------------------------- */

static uint32_t either(uint32_t given, uint32_t usual)
{
    return given == VT_SIM_AS_PROFILE ? usual : given;
}

static void fill(struct maker *m, const struct vt_sim_switches *s)
{
    const struct profile *p = m->profile;
    uint32_t may_lie = (m->nodes - 1) / 3;
    uint32_t liars = either(s->byzantine, p->usual.byzantine * may_lie);
    uint32_t picks = (uint32_t)draw(m, p->picks_min, p->picks_max);

    add_rate(m, VT_SIM_LOSS, either(s->loss, p->usual.loss));
    add_rate(m, VT_SIM_DUPLICATE, either(s->duplicate, p->usual.duplicate));
    add_rate(m, VT_SIM_REORDER, either(s->reorder, p->usual.reorder));
    for (uint32_t i = either(s->crashes, p->usual.crashes); i > 0; i--) {
        add_fault(m, VT_SIM_CRASH);
    }
    for (uint32_t i = either(s->partitions, p->usual.partitions); i > 0; i--) {
        add_fault(m, VT_SIM_PARTITION);
    }
    add_liars(m, liars < may_lie ? liars : may_lie);
    for (uint32_t i = 0; i < picks && p->menu_count > 0; i++) {
        add_fault(m, p->menu[vt_rng_below(&m->rng, p->menu_count)]);
    }
}

vt_status vt_sim_profile_plan(const char *profile,
                              const struct vt_sim_switches *switches,
                              uint32_t nodes, uint64_t seed,
                              struct vt_sim_plan *out, struct vt_err *err)
{
    struct maker m = {.plan = out, .nodes = nodes};
    char names[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < PROFILES && m.profile == NULL; i++) {
        if (strcmp(profiles[i].name, profile) == 0) {
            m.profile = &profiles[i];
        }
    }
    for (size_t i = 0; i < PROFILES; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                 i == 0 ? "" : ", ", profiles[i].name);
    }
    if (m.profile == NULL) {
        return vt_err_set(err, VT_E_NOTFOUND,
                          "profile: there is no \"%s\"; there are %s", profile,
                          names);
    }
    vt_rng_init(&m.rng, seed * 4 + 1);
    vt_sim_plan_init(out);
    fill(&m, switches);
    if (m.status != VT_OK) {
        vt_sim_plan_fini(out);
        return vt_err_set(err, m.status, "the plan has too many faults");
    }
    return VT_OK;
}
