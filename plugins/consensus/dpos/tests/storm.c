/* SPDX-License-Identifier: Apache-2.0
 *
 * storm.c - see storm.h.
 */
#include "storm.h"

#include <stdio.h>

#define QUICK "slot=50ms run=1 timeout=60ms retransmit=20ms settle=100ms "

struct box_options storm_usual(uint32_t members)
{
    struct box_options o = scene_quick(&dpos_LTX_vt_plugin_v1, QUICK, members);

    o.is_clocked = 1;
    return o;
}

static void crash_one(struct box *box)
{
    uint32_t node = (uint32_t)box_random(box, 4);

    box_run(box, box_random(box, SECOND / 4));
    box_doom(box, node, (uint32_t)box_random(box, 30) + 1);
    box_run(box, box_random(box, SECOND / 20));
    box_restart(box, node);
}

static void restart_but(struct box *box, uint32_t away)
{
    for (uint32_t i = 0; i < 4; i++) {
        if (i != away) {
            box_restart(box, i);
        }
    }
}

/* In the middle of something; one of them stays away, perhaps the one that
 * made the last block. The others must be able to go on. */
static int crash_all(struct box *box, char why[200])
{
    uint32_t away = (uint32_t)box_random(box, 4);
    uint64_t height;

    for (uint32_t i = 0; i < 4; i++) {
        box_restart(box, i);
    }
    box_run(box, SECOND / 4 + box_random(box, SECOND / 4));
    for (uint32_t i = 0; i < 4; i++) {
        box_crash(box, i);
    }
    restart_but(box, away);
    height = box_least_final(box);
    box_offer(box, (away + 1) % 4, 60);
    for (uint32_t i = 0; i < 40 && box_least_final(box) <= height + 1; i++) {
        restart_but(box, away); /* who was doomed before */
        scene_offer(box, (away + 1) % 4, 61 + i, 1);
        box_run(box, SECOND / 2);
    }
    if (box_least_final(box) <= height) {
        (void)snprintf(why, 200, "not live without member %u", away);
        return 0;
    }
    box_restart(box, away);
    return 1;
}

/* Does the epoch end at its height? */
static int ends(struct box *box, char why[200])
{
    uint64_t end = box_least_final(box) + 12;

    box_seal(box, end);
    scene_offer(box, 0, 20, 30);
    if (!box_run_until(box, box_all_sealed, 20 * SECOND)) {
        (void)snprintf(why, 200, "the epoch does not end");
        return 0;
    }
    box_run(box, SECOND);
    for (uint32_t i = 0; i < 4; i++) {
        if (box_final_height(box, i) != end) {
            (void)snprintf(why, 200, "the epoch ends at another height");
            return 0;
        }
    }
    return 1;
}

static int run(struct box *box, uint64_t seed, char why[200])
{
    scene_offer(box, (uint32_t)(seed % 4), 0, 20);
    for (uint32_t i = 0; i < 4; i++) {
        crash_one(box);
    }
    if (seed % 2 == 0 && !crash_all(box, why)) {
        return 0;
    }
    box_calm(box);
    if (!box_run_until(box, box_all_final, 20 * SECOND)) {
        (void)snprintf(why, 200, "not live");
        return 0;
    }
    return seed % 4 != 0 || ends(box, why);
}

int storm_run(uint64_t seed, char why[200])
{
    struct box_options o = storm_usual(4);
    struct box *box;
    int is_good;

    o.seed = seed;
    o.loss = 100;
    o.duplicate = 50;
    o.slow = 50;
    o.silent = 30;
    o.later = 100;
    box = scene_make(&o);
    is_good = run(box, seed, why);
    if (box_violation(box) != NULL) {
        (void)snprintf(why, 200, "%s", box_violation(box));
        is_good = 0;
    }
    box_free(box);
    return is_good;
}
