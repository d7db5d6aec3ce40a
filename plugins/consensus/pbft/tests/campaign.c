/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.c - see campaign.h.
 */
#include "campaign.h"

#include "base/rng.h"
#include "liar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECOVERY_US 60000000u /* virtual; far above the longest back-off */

extern const struct vt_plugin pbft_LTX_vt_plugin_v1;

/* What one member does wrong. */
enum vice { VICE_NONE, VICE_SILENT, VICE_LIES, VICE_TWIN, VICE_FORGETS };

struct plan {
    struct vt_rng rng;
    struct box_options options;
    struct liar *liar;
    char settings[256];
    uint32_t faulty, txs, chaos_ms;
    uint32_t crash_rate, split_rate, doom_rate, starve_rate; /* per mille, ms */
    enum vice vice;
};

static uint64_t pick(struct plan *p, uint64_t low, uint64_t high)
{
    return low + vt_rng_below(&p->rng, high - low + 1);
}

static int maybe(struct plan *p, uint32_t per_mille)
{
    return vt_rng_chance(&p->rng, per_mille, 1000);
}

static uint32_t some_size(struct plan *p)
{
    static const uint32_t sizes[] = {4, 4, 4, 4, 4, 4, 7, 7, 5, 1, 2, 3};

    return sizes[vt_rng_below(&p->rng, sizeof sizes / sizeof sizes[0])];
}

/* ---- the plan of a seed ------------------------------------------------- */

static void plan_network(struct plan *p)
{
    struct box_options *o = &p->options;

    o->delay_min_us = (uint32_t)pick(p, 100, 2000);
    o->delay_max_us = o->delay_min_us + (uint32_t)pick(p, 0, 6000);
    o->sync_min_us = (uint32_t)pick(p, 20, 500);
    o->sync_max_us = o->sync_min_us + (uint32_t)pick(p, 0, 4000);
    if (maybe(p, 700)) {
        o->loss = (uint32_t)pick(p, 0, 250);
        o->duplicate = (uint32_t)pick(p, 0, 100);
        o->slow = (uint32_t)pick(p, 0, 100);
    }
    o->corrupt = maybe(p, 150) ? (uint32_t)pick(p, 1, 40) : 0;
    o->silent = maybe(p, 400) ? (uint32_t)pick(p, 1, 60) : 0;
    o->later = maybe(p, 300) ? (uint32_t)pick(p, 1, 300) : 0;
    o->room = maybe(p, 300) ? (uint32_t)pick(p, 16, 24) : 0;
    o->is_fifo = maybe(p, 400);
    o->block_txs = (uint32_t)pick(p, 1, 4);
}

static void plan_vice(struct plan *p)
{
    struct box_options *o = &p->options;

    if (p->faulty == 0) {
        return;
    }
    p->vice = (enum vice)vt_rng_below(&p->rng, 7);
    if (p->vice > VICE_FORGETS) {
        p->vice = VICE_LIES;
    }
    for (uint32_t i = 0; i < p->faulty && p->vice != VICE_NONE;) {
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
        p->liar = calloc(1, sizeof *p->liar);
        if (p->liar == NULL) {
            abort();
        }
        liar_init(p->liar, o->members, o->byzantine,
                  (uint32_t)pick(p, 100, 900));
        o->attack = &p->liar->attack;
    }
}

static void add_setting(struct plan *p, const char *name, uint64_t value,
                        const char *unit)
{
    size_t len = strlen(p->settings);

    (void)snprintf(p->settings + len, sizeof p->settings - len,
                   "%s%s=%" PRIu64 "%s", len == 0 ? "" : " ", name, value,
                   unit);
}

/* One after the other: a compiler may evaluate arguments in any order. */
static void plan_settings(struct plan *p)
{
    add_setting(p, "window", pick(p, 1, 8), "");
    add_setting(p, "view_timeout", pick(p, 20, 80), "ms");
    add_setting(p, "retransmit", pick(p, 5, 25), "ms");
    add_setting(p, "checkpoint_interval", pick(p, 1, 6), "");
    add_setting(p, "rotate_checkpoints", pick(p, 0, 3), "");
    add_setting(p, "batch_delay", pick(p, 0, 4), "ms");
    add_setting(p, "heartbeat", maybe(p, 100) ? 200 : 0, "ms");
    add_setting(p, "settle", maybe(p, 500) ? pick(p, 1, 100) : 0, "ms");
}

/* Views that end while long suffixes are half prepared and hardly a COMMIT
 * arrives: where inherited blocks can be lost. */
static void plan_storm(struct plan *p)
{
    struct box_options *o = &p->options;

    p->txs = 60;
    p->chaos_ms = (uint32_t)pick(p, 100, 300);
    o->block_txs = 1;
    o->delay_min_us = 500;
    o->delay_max_us = (uint32_t)pick(p, 2000, 5000);
    o->sync_max_us = o->sync_min_us + 300;
    o->loss = (uint32_t)pick(p, 50, 350);
    o->starved = 1u << 3 | (maybe(p, 500) ? 1u << 8 : 0);
    o->starve = (uint32_t)pick(p, 600, 970);
    p->starve_rate = 0;
    p->settings[0] = '\0';
    add_setting(p, "window", 8, "");
    add_setting(p, "view_timeout", pick(p, 10, 20), "ms");
    add_setting(p, "retransmit", pick(p, 4, 10), "ms");
    add_setting(p, "batch_delay", 0, "ms");
}

static void plan_make(struct plan *p, uint64_t seed, uint32_t members)
{
    struct box_options *o = &p->options;

    memset(p, 0, sizeof *p);
    vt_rng_init(&p->rng, seed ^ UINT64_C(0x7062667463616d70));
    o->plugin = &pbft_LTX_vt_plugin_v1;
    o->seed = seed;
    o->members = members != 0 ? members : some_size(p);
    o->observers = maybe(p, 200) ? 1 : 0;
    p->faulty = (o->members - 1) / 3;
    plan_network(p);
    plan_vice(p);
    p->txs = (uint32_t)pick(p, 4, 40);
    p->chaos_ms = (uint32_t)pick(p, 30, 400);
    p->crash_rate = maybe(p, 600) ? (uint32_t)pick(p, 1, 25) : 0;
    p->doom_rate = maybe(p, 500) ? (uint32_t)pick(p, 1, 25) : 0;
    p->split_rate = maybe(p, 500) ? (uint32_t)pick(p, 1, 25) : 0;
    p->starve_rate = maybe(p, 400) ? (uint32_t)pick(p, 5, 60) : 0;
    plan_settings(p);
    o->settings = p->settings;
    if (maybe(p, 200)) {
        plan_storm(p);
    }
}

/* ---- chaos -------------------------------------------------------------- */

static uint32_t some_node(struct plan *p, const struct box *box)
{
    return (uint32_t)vt_rng_below(&p->rng, box_node_count(box));
}

static void split(struct plan *p, struct box *box)
{
    uint32_t sides = (uint32_t)pick(p, 1, 3);

    for (uint32_t i = 0; i < box_node_count(box); i++) {
        box_side(box, i, (uint32_t)vt_rng_below(&p->rng, sides));
    }
}

static void everybody_dies(struct plan *p, struct box *box, struct campaign *c)
{
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        box_crash(box, i);
        c->crashes++;
    }
    for (uint32_t i = 0; i < box_node_count(box); i++) {
        if (maybe(p, 800)) {
            box_restart(box, i);
        }
    }
}

static void disturb(struct plan *p, struct box *box, struct campaign *c)
{
    if (maybe(p, p->crash_rate)) {
        uint32_t node = some_node(p, box);

        if (maybe(p, 60)) {
            everybody_dies(p, box, c);
        } else if (box_is_up(box, node)) {
            box_crash(box, node);
            c->crashes++;
        } else {
            box_restart(box, node);
        }
    }
    if (maybe(p, p->doom_rate)) {
        uint32_t node = some_node(p, box);

        box_doom(box, node, (uint32_t)pick(p, 1, 12));
        c->crashes++;
    }
    if (p->crash_rate + p->doom_rate > 0 && maybe(p, 60)) {
        box_restart(box, some_node(p, box));
    }
    if (maybe(p, p->split_rate)) {
        split(p, box);
        c->splits++;
    }
    if (maybe(p, p->starve_rate)) {
        uint32_t numbers = 1u << pick(p, 1, 9);

        numbers |= 1u << pick(p, 1, 9);
        box_starve(box, numbers,
                   maybe(p, 300) ? 0 : (uint32_t)pick(p, 500, 1000));
    }
}

/* A disk that comes back from a backup: forgets what it promised. */
static void forget(struct plan *p, struct box *box)
{
    for (uint32_t i = 0; i < p->options.members; i++) {
        if ((p->options.byzantine >> i & 1) == 0) {
            continue;
        }
        if (maybe(p, 20)) {
            box_snapshot(box, i);
        }
        if (maybe(p, 15)) {
            box_rollback(box, i);
        }
    }
}

static void chaos(struct plan *p, struct box *box, struct campaign *c)
{
    uint32_t tx = 0;

    for (uint32_t ms = 0; ms < p->chaos_ms && box_violation(box) == NULL;
         ms++) {
        if (tx < p->txs && maybe(p, 1000 * p->txs / p->chaos_ms + 1)) {
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

static void recover(struct plan *p, struct box *box, struct campaign *c)
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

static void note_failure(struct campaign *c, const struct plan *p,
                         const char *text)
{
    if (c->failures++ == 0 || c->violation[0] == '\0') {
        c->first_failure = p->options.seed;
        (void)snprintf(c->violation, sizeof c->violation,
                       "seed %" PRIu64 " n=%u vice=%d: %s", p->options.seed,
                       p->options.members, (int)p->vice, text);
    }
}

static void count_vice(struct campaign *c, const struct plan *p)
{
    c->with_liars += p->vice == VICE_LIES;
    c->with_twins += p->vice == VICE_TWIN;
    c->with_rollback += p->vice == VICE_FORGETS;
    c->silent += p->vice == VICE_SILENT;
}

static int run(struct campaign *c, uint64_t seed, uint32_t members,
               uint64_t *out_trace)
{
    struct vt_err err = {.size = sizeof err};
    struct plan p;
    struct box *box;
    int is_ok;

    plan_make(&p, seed, members);
    p.options.say = c->say;
    box = box_new(&p.options, &err);
    if (box == NULL) {
        note_failure(c, &p, err.text);
        free(p.liar);
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
    count_vice(c, &p);
    add_labels(c, box);
    *out_trace = box_trace_hash(box);
    c->traces = (c->traces ^ *out_trace) * UINT64_C(0x100000001b3);
    box_free(box);
    free(p.liar);
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
