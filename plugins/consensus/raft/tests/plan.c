/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - see plan.h.
 */
#include "plan.h"

extern const struct vt_plugin raft_LTX_vt_plugin_v1;

/* One after the other: a compiler may evaluate arguments in any order. */
static void plan_settings(struct campaign_plan *p)
{
    uint64_t ping = campaign_pick(p, 2, 8);

    campaign_set(p, "window", campaign_pick(p, 1, 12), "");
    campaign_set(p, "ping", ping, "ms");
    campaign_set(p, "election_timeout", ping * campaign_pick(p, 5, 10), "ms");
    campaign_set(p, "batch_delay", campaign_pick(p, 0, 4), "ms");
    campaign_set(p, "heartbeat", campaign_maybe(p, 100) ? 200 : 0, "ms");
    campaign_set(p, "settle",
                 campaign_maybe(p, 500) ? campaign_pick(p, 1, 100) : 0, "ms");
}

/* Leaders that fall often, with long tails of which little is acknowledged:
 * where entries can be lost. */
static void plan_storm(struct campaign_plan *p)
{
    struct box_options *o = &p->options;

    p->txs = 60;
    p->chaos_ms = (uint32_t)campaign_pick(p, 200, 500);
    o->block_txs = 1;
    o->delay_min_us = 100;
    o->delay_max_us = (uint32_t)campaign_pick(p, 1000, 4000);
    o->sync_max_us = (uint32_t)campaign_pick(p, 1000, 12000);
    o->loss = (uint32_t)campaign_pick(p, 0, 200);
    o->starved = 1u << 4 | (campaign_maybe(p, 500) ? 1u << 5 : 0);
    o->starve = (uint32_t)campaign_pick(p, 200, 900);
    p->crash_rate = (uint32_t)campaign_pick(p, 20, 120);
    p->doom_rate = (uint32_t)campaign_pick(p, 20, 120);
    p->split_rate = (uint32_t)campaign_pick(p, 0, 60);
    p->starve_rate = 0;
    p->settings[0] = '\0';
    campaign_set(p, "window", 12, "");
    campaign_set(p, "ping", 2, "ms");
    campaign_set(p, "election_timeout", campaign_pick(p, 10, 20), "ms");
    campaign_set(p, "batch_delay", 0, "ms");
}

static void plan(struct campaign_plan *p)
{
    p->options.corrupt = 0; /* links are authenticated, and nobody lies */
    plan_settings(p);
    if (campaign_maybe(p, 400)) {
        plan_storm(p);
    }
}

static const uint32_t sizes[] = {3, 3, 3, 3, 5, 5, 5, 4, 7, 1, 2, 0};

const struct campaign_engine raft_campaign = {
    .plugin = &raft_LTX_vt_plugin_v1,
    .sizes = sizes,
    .numbers = 8,
    .plan = plan,
};
