/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.c - see campaign.h.
 */
#include "support/campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECOVERY_US 60000000u /* virtual; far above the longest back-off */

uint64_t campaign_pick(struct campaign_plan *p, uint64_t low, uint64_t high)
{
    return low + vt_rng_below(&p->rng, high - low + 1);
}

int campaign_maybe(struct campaign_plan *p, uint32_t per_mille)
{
    return vt_rng_chance(&p->rng, per_mille, 1000);
}

void campaign_set(struct campaign_plan *p, const char *name, uint64_t value,
                  const char *unit)
{
    size_t len = strlen(p->settings);

    (void)snprintf(p->settings + len, sizeof p->settings - len,
                   "%s%s=%" PRIu64 "%s", len == 0 ? "" : " ", name, value,
                   unit);
}

static uint32_t some_size(struct campaign_plan *p, const uint32_t *sizes)
{
    uint32_t count = 0;

    while (sizes[count] != 0) {
        count++;
    }
    return sizes[vt_rng_below(&p->rng, count)];
}

/* ---- the plan of a seed ------------------------------------------------- */

static void plan_network(struct campaign_plan *p)
{
    struct box_options *o = &p->options;

    o->delay_min_us = (uint32_t)campaign_pick(p, 100, 2000);
    o->delay_max_us = o->delay_min_us + (uint32_t)campaign_pick(p, 0, 6000);
    o->sync_min_us = (uint32_t)campaign_pick(p, 20, 500);
    o->sync_max_us = o->sync_min_us + (uint32_t)campaign_pick(p, 0, 4000);
    if (campaign_maybe(p, 700)) {
        o->loss = (uint32_t)campaign_pick(p, 0, 250);
        o->duplicate = (uint32_t)campaign_pick(p, 0, 100);
        o->slow = (uint32_t)campaign_pick(p, 0, 100);
    }
    o->corrupt = campaign_maybe(p, 150) ? (uint32_t)campaign_pick(p, 1, 40) : 0;
    o->silent = campaign_maybe(p, 400) ? (uint32_t)campaign_pick(p, 1, 60) : 0;
    o->later = campaign_maybe(p, 300) ? (uint32_t)campaign_pick(p, 1, 300) : 0;
    o->room = campaign_maybe(p, 300) ? (uint32_t)campaign_pick(p, 16, 24) : 0;
    o->is_fifo = campaign_maybe(p, 400);
    o->block_txs = (uint32_t)campaign_pick(p, 1, 4);
}

static void plan_make(struct campaign_plan *p, const struct campaign *c,
                      uint64_t seed, uint32_t members)
{
    struct box_options *o = &p->options;

    memset(p, 0, sizeof *p);
    vt_rng_init(&p->rng, seed ^ UINT64_C(0x7062667463616d70));
    o->plugin = c->engine->plugin;
    o->seed = seed;
    o->members = members != 0 ? members : some_size(p, c->engine->sizes);
    o->observers = campaign_maybe(p, 200) ? 1 : 0;
    plan_network(p);
    p->txs = (uint32_t)campaign_pick(p, 4, 40);
    p->chaos_ms = (uint32_t)campaign_pick(p, 30, 400);
    p->crash_rate =
        campaign_maybe(p, 600) ? (uint32_t)campaign_pick(p, 1, 25) : 0;
    p->doom_rate =
        campaign_maybe(p, 500) ? (uint32_t)campaign_pick(p, 1, 25) : 0;
    p->split_rate =
        campaign_maybe(p, 500) ? (uint32_t)campaign_pick(p, 1, 25) : 0;
    p->starve_rate =
        campaign_maybe(p, 400) ? (uint32_t)campaign_pick(p, 5, 60) : 0;
    o->settings = p->settings;
    o->say = c->say;
    c->engine->plan(p);
}

/* ---- chaos -------------------------------------------------------------- */

static uint32_t some_node(struct campaign_plan *p, const struct box *box)
{
    return (uint32_t)vt_rng_below(&p->rng, box_node_count(box));
}

static void split(struct campaign_plan *p, struct box *box)
{
    uint32_t sides = (uint32_t)campaign_pick(p, 1, 3);

    for (uint32_t i = 0; i < box_node_count(box); i++) {
        box_side(box, i, (uint32_t)vt_rng_below(&p->rng, sides));
    }
}

static void everybody_dies(struct campaign_plan *p, struct box *box,
                           struct campaign *c)
{
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        box_crash(box, i);
        c->crashes++;
    }
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        if (campaign_maybe(p, 800)) {
            box_restart(box, i);
        }
    }
}

static void disturb(struct campaign_plan *p, struct box *box,
                    struct campaign *c)
{
    if (campaign_maybe(p, p->crash_rate)) {
        uint32_t node = some_node(p, box);

        if (campaign_maybe(p, 60)) {
            everybody_dies(p, box, c);
        } else if (box_is_up(box, node)) {
            box_crash(box, node);
            c->crashes++;
        } else {
            box_restart(box, node);
        }
    }
    if (campaign_maybe(p, p->doom_rate)) {
        uint32_t node = some_node(p, box);

        box_doom(box, node, (uint32_t)campaign_pick(p, 1, 12));
        c->crashes++;
    }
    if (p->crash_rate + p->doom_rate > 0 && campaign_maybe(p, 60)) {
        box_restart(box, some_node(p, box));
    }
    if (campaign_maybe(p, p->split_rate)) {
        split(p, box);
        c->splits++;
    }
    if (campaign_maybe(p, p->starve_rate)) {
        uint32_t numbers = 1u << campaign_pick(p, 1, c->engine->numbers);

        numbers |= 1u << campaign_pick(p, 1, c->engine->numbers);
        box_starve(
            box, numbers,
            campaign_maybe(p, 300) ? 0 : (uint32_t)campaign_pick(p, 500, 1000));
    }
}

/* A disk that comes back from a backup: forgets what it promised. */
static void forget(struct campaign_plan *p, struct box *box)
{
    for (uint32_t i = 0; i < p->options.members; i++) {
        if ((p->options.byzantine >> i & 1) == 0) {
            continue;
        }
        if (campaign_maybe(p, 20)) {
            box_snapshot(box, i);
        }
        if (campaign_maybe(p, 15)) {
            box_rollback(box, i);
        }
    }
}

static void chaos(struct campaign_plan *p, struct box *box, struct campaign *c)
{
    uint32_t tx = 0;

    for (uint32_t ms = 0; ms < p->chaos_ms && box_violation(box) == NULL;
         ms++) {
        if (tx < p->txs && campaign_maybe(p, 1000 * p->txs / p->chaos_ms + 1)) {
            uint32_t node = some_node(p, box);

            if (box_is_honest(box, node) && box_is_up(box, node)) {
                box_offer(box, node, tx++);
            }
        }
        disturb(p, box, c);
        if (p->vice == VICE_FORGETS) {
            forget(p, box);
        }
        box_run(box, 1000);
    }
}

/* ---- calm --------------------------------------------------------------- */

static void check_bounds(struct box *box)
{
    struct box_peaks peaks;

    box_peaks(box, &peaks);
    if (peaks.message > 65536 || peaks.slot > 65536 ||
        peaks.slots > VT_CS_SLOTS_MAX) {
        box_violate(box,
                    "I14 message %" PRIu64 " slot %" PRIu64 " slots %" PRIu64,
                    peaks.message, peaks.slot, peaks.slots);
    }
}

static void check_halts(struct box *box)
{
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        if (box_is_honest(box, i) && box_has_halted(box, i)) {
            box_violate(box, "node %u halted", i);
        }
    }
}

static void recover(struct campaign_plan *p, struct box *box,
                    struct campaign *c)
{
    uint64_t start = box_now(box);
    uint32_t honest = 0;

    box_calm(box);
    while (!box_is_honest(box, honest)) {
        honest++;
    }
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 2; i++) {
            box_offer(box, honest, p->txs + 2 * round + i);
        }
        if (!box_run_until(box, box_all_final, RECOVERY_US)) {
            box_violate(box,
                        "I12 not live: least final height %" PRIu64
                        " after %" PRIu64 " ms of calm",
                        box_least_final(box), (box_now(box) - start) / 1000);
        }
        if (round == 0 && box_now(box) - start > c->longest_recovery_us) {
            c->longest_recovery_us = box_now(box) - start;
        }
    }
}

static void add_labels(struct campaign *c, const struct box *box)
{
    const char *text;
    uint64_t count;

    for (uint32_t i = 0; (text = box_label(box, i, &count)) != NULL; i++) {
        uint32_t at = 0;

        while (at < c->label_count && strcmp(c->labels[at].text, text) != 0) {
            at++;
        }
        if (at == c->label_count && at < 96) {
            (void)snprintf(c->labels[at].text, sizeof c->labels[at].text, "%s",
                           text);
            c->label_count++;
        }
        if (at < 96) {
            c->labels[at].count += count;
        }
    }
}

uint64_t campaign_label(const struct campaign *c, const char *text)
{
    for (uint32_t i = 0; i < c->label_count; i++) {
        if (strcmp(c->labels[i].text, text) == 0) {
            return c->labels[i].count;
        }
    }
    return 0;
}

static void note_failure(struct campaign *c, const struct campaign_plan *p,
                         const char *text)
{
    if (c->failures++ == 0 || c->violation[0] == '\0') {
        c->first_failure = p->options.seed;
        (void)snprintf(c->violation, sizeof c->violation,
                       "seed %" PRIu64 " n=%u vice=%d: %s", p->options.seed,
                       p->options.members, (int)p->vice, text);
    }
}

static void plan_free(const struct campaign *c, struct campaign_plan *p)
{
    if (c->engine->free != NULL) {
        c->engine->free(p);
    }
}

static int run(struct campaign *c, uint64_t seed, uint32_t members,
               uint64_t *out_trace)
{
    struct vt_err err = {.size = sizeof err};
    struct campaign_plan p;
    struct box *box;
    int is_ok;

    plan_make(&p, c, seed, members);
    box = box_new(&p.options, &err);
    if (box == NULL) {
        note_failure(c, &p, err.text);
        plan_free(c, &p);
        return 0;
    }
    box_run(box, 500);
    chaos(&p, box, c);
    recover(&p, box, c);
    check_halts(box);
    check_bounds(box);
    is_ok = box_violation(box) == NULL;
    if (!is_ok) {
        note_failure(c, &p, box_violation(box));
    }
    c->runs++;
    c->events += box_events(box);
    c->virtual_us += box_now(box);
    c->vices[p.vice]++;
    add_labels(c, box);
    *out_trace = box_trace_hash(box);
    c->traces = (c->traces ^ *out_trace) * UINT64_C(0x100000001b3);
    box_free(box);
    plan_free(c, &p);
    return is_ok;
}

int campaign_run(struct campaign *campaign, uint64_t seed, uint32_t members)
{
    uint64_t trace;

    return run(campaign, seed, members, &trace);
}

int campaign_repeats(struct campaign *campaign, uint64_t seed, uint32_t members)
{
    uint64_t first;
    uint64_t second;

    return run(campaign, seed, members, &first) &&
           run(campaign, seed, members, &second) && first == second;
}

/* ---- long runs ---------------------------------------------------------- */

static uint64_t number(const char *prefix, const char *name, uint64_t otherwise)
{
    char whole[64];
    const char *text;

    (void)snprintf(whole, sizeof whole, "%s_%s", prefix, name);
    text = getenv(whole);
    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    (void)puts(line);
}

static int long_run(const struct campaign_engine *engine, const char *prefix,
                    uint64_t count)
{
    static struct campaign total;
    uint64_t first = number(prefix, "FIRST", 1);
    uint32_t members = (uint32_t)number(prefix, "MEMBERS", 0);

    total.engine = engine;
    if (number(prefix, "SAY", 0) != 0) {
        total.say = say;
    }
    for (uint64_t seed = first; seed < first + count; seed++) {
        uint64_t failures = total.failures;

        total.violation[0] = '\0';
        if (!campaign_run(&total, seed, members) && total.failures > failures) {
            (void)printf("seed %" PRIu64 " failed%s%s\n", seed,
                         total.violation[0] == '\0' ? "" : ": ",
                         total.violation);
            (void)fflush(stdout);
        }
        if ((seed - first + 1) % 10000 == 0) {
            (void)printf("%" PRIu64 " runs, %" PRIu64 " failed\n",
                         seed - first + 1, total.failures);
            (void)fflush(stdout);
        }
    }
    (void)printf("%" PRIu64 " runs, %" PRIu64 " failed; %" PRIu64
                 " events, %" PRIu64 " crashes, %" PRIu64
                 " splits, longest recovery %" PRIu64 " ms, traces %016" PRIx64
                 "\n",
                 total.runs, total.failures, total.events, total.crashes,
                 total.splits, total.longest_recovery_us / 1000, total.traces);
    for (uint32_t i = 0; i < total.label_count; i++) {
        (void)printf("  %-16s %" PRIu64 "\n", total.labels[i].text,
                     total.labels[i].count);
    }
    return total.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int campaign_main(const struct campaign_engine *engine, const char *prefix,
                  int (*suite)(void))
{
    uint64_t seeds = number(prefix, "SEEDS", 0);

    return seeds > 0 ? long_run(engine, prefix, seeds) : suite();
}
