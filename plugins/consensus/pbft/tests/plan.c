/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - see plan.h.
 */
#include "plan.h"

#include "liar.h"

#include <stdlib.h>

extern const struct vt_plugin pbft_LTX_vt_plugin_v1;

static void plan_vice(struct campaign_plan *p, uint32_t faulty)
{
    struct box_options *o = &p->options;

    if (faulty == 0) {
        return;
    }
    p->vice = (enum campaign_vice)vt_rng_below(&p->rng, 7);
    if (p->vice > VICE_FORGETS) {
        p->vice = VICE_LIES;
    }
    for (uint32_t i = 0; i < faulty && p->vice != VICE_NONE;) {
        uint64_t bit = UINT64_C(1) << vt_rng_below(&p->rng, o->members);

        if ((o->byzantine & bit) == 0) {
            o->byzantine |= bit;
            i++;
        }
    }
    if (p->vice == VICE_SILENT || p->vice == VICE_LIES) {
        o->scripted = o->byzantine;
    } else if (p->vice == VICE_TWIN) {
        o->twins = o->byzantine;
        o->no_guard = o->byzantine;
    } else if (p->vice == VICE_FORGETS) {
        o->no_guard = o->byzantine;
    }
    if (p->vice == VICE_LIES) {
        struct liar *liar = calloc(1, sizeof *liar);

        if (liar == NULL) {
            abort();
        }
        p->own = liar;
        liar_init(liar, o->members, o->byzantine,
                  (uint32_t)campaign_pick(p, 100, 900));
        o->attack = &liar->attack;
    }
}

/* One after the other: a compiler may evaluate arguments in any order. */
static void plan_settings(struct campaign_plan *p)
{
    campaign_set(p, "window", campaign_pick(p, 1, 8), "");
    campaign_set(p, "view_timeout", campaign_pick(p, 20, 80), "ms");
    campaign_set(p, "retransmit", campaign_pick(p, 5, 25), "ms");
    campaign_set(p, "checkpoint_interval", campaign_pick(p, 1, 6), "");
    campaign_set(p, "rotate_checkpoints", campaign_pick(p, 0, 3), "");
    campaign_set(p, "batch_delay", campaign_pick(p, 0, 4), "ms");
    campaign_set(p, "heartbeat", campaign_maybe(p, 100) ? 200 : 0, "ms");
    campaign_set(p, "settle",
                 campaign_maybe(p, 500) ? campaign_pick(p, 1, 100) : 0, "ms");
}

/* Views that end while long suffixes are half prepared and hardly a COMMIT
 * arrives: where inherited blocks can be lost. */
static void plan_storm(struct campaign_plan *p)
{
    struct box_options *o = &p->options;

    p->txs = 60;
    p->chaos_ms = (uint32_t)campaign_pick(p, 100, 300);
    o->block_txs = 1;
    o->delay_min_us = 500;
    o->delay_max_us = (uint32_t)campaign_pick(p, 2000, 5000);
    o->sync_max_us = o->sync_min_us + 300;
    o->loss = (uint32_t)campaign_pick(p, 50, 350);
    o->starved = 1u << 3 | (campaign_maybe(p, 500) ? 1u << 8 : 0);
    o->starve = (uint32_t)campaign_pick(p, 600, 970);
    p->starve_rate = 0;
    p->settings[0] = '\0';
    campaign_set(p, "window", 8, "");
    campaign_set(p, "view_timeout", campaign_pick(p, 10, 20), "ms");
    campaign_set(p, "retransmit", campaign_pick(p, 4, 10), "ms");
    campaign_set(p, "batch_delay", 0, "ms");
}

static void plan(struct campaign_plan *p)
{
    plan_vice(p, (p->options.members - 1) / 3);
    plan_settings(p);
    if (campaign_maybe(p, 200)) {
        plan_storm(p);
    }
}

static void plan_free(struct campaign_plan *p)
{
    free(p->own);
}

static const uint32_t sizes[] = {4, 4, 4, 4, 4, 4, 7, 7, 5, 1, 2, 3, 0};

const struct campaign_engine pbft_campaign = {
    .plugin = &pbft_LTX_vt_plugin_v1,
    .sizes = sizes,
    .numbers = 9,
    .plan = plan,
    .free = plan_free,
};
