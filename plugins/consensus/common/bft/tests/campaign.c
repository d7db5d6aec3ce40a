/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.c - see campaign.h.
 */
#include "campaign.h"

#include "liar.h"

#include <inttypes.h>
#include <stdio.h>

#define RECOVERY_US 100000000u /* virtual; above the longest back-off */

struct plan {
    struct vt_rng rng;
    struct net_options o;
    struct liar liar;
    uint64_t weights[CS_MEMBERS_MAX];
    uint32_t chaos_ms, crash, together, split, wipe, keep;
};

static uint64_t pick(struct plan *p, uint64_t low, uint64_t high)
{
    return low + vt_rng_below(&p->rng, high - low + 1);
}

static int maybe(struct plan *p, uint32_t per_mille)
{
    return vt_rng_chance(&p->rng, per_mille, 1000);
}

/* ---- the plan of a seed ------------------------------------------------- */

static void plan_vice(struct plan *p, uint64_t seed)
{
    uint32_t faulty = (p->o.n - 1) / 3;
    uint32_t members = 0;

    while (cs_count(members) < faulty) {
        members |= 1u << pick(p, 0, p->o.n - 1);
    }
    switch (pick(p, 0, 5)) {
    case 0:
        break;
    case 1:
        p->o.silent = members;
        break;
    case 2:
        p->o.twins = members;
        break;
    case 3:
        p->o.forgetful = members;
        p->wipe = 20;
        break;
    default:
        p->o.liars = members;
        liar_init(&p->liar, seed, members, (uint32_t)pick(p, 50, 900));
        p->o.attack = &p->liar.attack;
        break;
    }
}

/* With weights, two thirds must stay honest, whoever cheats. */
static void plan_weights(struct plan *p)
{
    if (p->o.n == 4 && maybe(p, 150)) {
        for (uint32_t i = 0; i < 4; i++) {
            p->weights[i] = 10 + pick(p, 0, 1);
        }
        p->o.weights = p->weights;
    }
}

static void plan_make(struct plan *p, uint64_t seed)
{
    static const uint32_t sizes[] = {4, 4, 4, 4, 4, 7, 7, 10};

    memset(p, 0, sizeof *p);
    vt_rng_init(&p->rng, seed ^ UINT64_C(0x626674636f726531));
    p->o.seed = seed;
    p->o.n = sizes[pick(p, 0, 7)];
    plan_vice(p, seed);
    plan_weights(p);
    p->o.delay_min_us = (uint32_t)pick(p, 100, 2000);
    p->o.delay_max_us = p->o.delay_min_us + (uint32_t)pick(p, 0, 8000);
    p->o.sync_min_us = (uint32_t)pick(p, 20, 500);
    p->o.sync_max_us = p->o.sync_min_us + (uint32_t)pick(p, 0, 4000);
    p->o.loss = maybe(p, 700) ? (uint32_t)pick(p, 0, 300) : 0;
    p->o.duplicate = maybe(p, 400) ? (uint32_t)pick(p, 0, 100) : 0;
    p->o.later = maybe(p, 300) ? (uint32_t)pick(p, 0, 400) : 0;
    p->o.timeout_us = (uint32_t)pick(p, 8, 60) * 1000;
    p->o.retransmit_us = (uint32_t)pick(p, 5, 40) * 1000;
    p->chaos_ms = (uint32_t)pick(p, 50, 500);
    p->crash = maybe(p, 600) ? (uint32_t)pick(p, 1, 40) : 0;
    p->together = maybe(p, 400) ? (uint32_t)pick(p, 1, 20) : 0;
    p->split = maybe(p, 500) ? (uint32_t)pick(p, 1, 40) : 0;
    p->keep = (uint32_t)pick(p, 0, 3) * 333;
    p->o.is_once = maybe(p, 50) != 0 ? 1u : 0u;
    p->o.is_idle = maybe(p, 100) ? 1 : 0;
}

/* ---- chaos -------------------------------------------------------------- */

static void disturb(struct plan *p, struct net *net, struct campaign *c)
{
    uint32_t nodes = net_nodes(net);

    if (maybe(p, p->crash)) {
        uint32_t node = (uint32_t)pick(p, 0, nodes - 1);

        if (net_is_up(net, node)) {
            net_crash(net, node, p->keep);
        } else {
            net_restart(net, node);
        }
    }
    if (maybe(p, p->crash / 2)) {
        net_restart(net, (uint32_t)pick(p, 0, nodes - 1));
    }
    if (maybe(p, p->together)) {
        for (uint32_t i = 0; i < nodes; i++) {
            net_crash(net, i, p->keep);
        }
        for (uint32_t i = 0; i < nodes; i++) {
            net_restart(net, i);
        }
        c->together++;
    }
    if (maybe(p, p->split)) {
        uint32_t sides = (uint32_t)pick(p, 1, 3);

        for (uint32_t i = 0; i < nodes; i++) {
            net_side(net, i, (uint32_t)pick(p, 1, sides));
        }
    }
    for (uint32_t i = 0; i < p->o.n; i++) {
        if ((p->o.forgetful >> i & 1) != 0 && maybe(p, p->wipe)) {
            net_crash(net, i, 0);
            net_wipe(net, i);
            net_restart(net, i);
        }
    }
}

/* ---- peace -------------------------------------------------------------- */

static void recover(struct plan *p, struct net *net)
{
    uint64_t target;
    uint64_t start;

    net_calm(net);
    start = net_now(net);
    target = p->o.is_once ? 1 : net_least_final(net) + 4;
    while (net_least_final(net) < target && net_violation(net) == NULL) {
        net_run(net, 10000);
        if (net_now(net) - start > RECOVERY_US) {
            net_violate(net, "I12 not live, least final height",
                        net_least_final(net));
        }
    }
}

static void add_counts(struct campaign *c, const struct net_counts *counts)
{
    c->counts.events += counts->events;
    c->counts.crashes += counts->crashes;
    c->counts.finals += counts->finals;
    c->counts.views += counts->views;
    for (uint32_t i = 0; i < 5; i++) {
        c->counts.evidence[i] += counts->evidence[i];
    }
    for (uint32_t i = 0; i < NET_LABELS && counts->labels[i].text; i++) {
        uint32_t at = 0;

        while (at + 1 < NET_LABELS && c->counts.labels[at].text != NULL &&
               c->counts.labels[at].text != counts->labels[i].text) {
            at++;
        }
        c->counts.labels[at].text = counts->labels[i].text;
        c->counts.labels[at].count += counts->labels[i].count;
    }
}

uint64_t campaign_label(const struct campaign *c, const char *prefix)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < NET_LABELS && c->counts.labels[i].text; i++) {
        if (strncmp(c->counts.labels[i].text, prefix, strlen(prefix)) == 0) {
            sum += c->counts.labels[i].count;
        }
    }
    return sum;
}

int campaign_run(struct campaign *c, uint64_t seed)
{
    struct plan p;
    struct net *net;
    int is_ok;

    plan_make(&p, seed);
    net = net_new(&p.o);
    for (uint32_t ms = 0; ms < p.chaos_ms && net_violation(net) == NULL; ms++) {
        net_run(net, 1000);
        disturb(&p, net, c);
    }
    recover(&p, net);
    is_ok = net_violation(net) == NULL;
    if (!is_ok && c->failures++ == 0) {
        c->first_failure = seed;
        (void)snprintf(c->violation, sizeof c->violation,
                       "seed %" PRIu64 " n=%u: %s", seed, p.o.n,
                       net_violation(net));
    }
    c->runs++;
    c->liars += p.o.liars != 0;
    c->twins += p.o.twins != 0;
    c->silent += p.o.silent != 0;
    c->forgetful += p.o.forgetful != 0;
    c->trace = (c->trace ^ net_trace(net)) * UINT64_C(0x100000001b3);
    add_counts(c, net_counts(net));
    net_free(net);
    return is_ok;
}
