/* SPDX-License-Identifier: Apache-2.0
 *
 * check_selfish.c - S28: a member that keeps its blocks back against the engine
 * as all the others. What it gains is what theory says for ties decided by a
 * coin, and not more, however well it is connected.
 *
 * The model is that of Eyal and Sirer, "Majority is not Enough" (2014),
 * equation 8: with a share a of the work, and a part g of the others on its
 * side in a tie, R = (a (1-a)^2 (4a + g (1-2a)) - a^3) / (1 - a (1 + (2-a) a)).
 * Stubborn mining is that of Nayak and others (2016); no strategy at all gains
 * more than a / (1-a) (Sapirshtein and others, 2016).
 */
#include "solo.h"

#include "unit/suite.h"

#include <stdio.h>

#define ROUNDS 3000u
#define LEAD_MAX 64u
#define HONEST 0u
#define SELFISH 1u

/* Whose block the others hear of first in a race: by the first-seen rule g
 * would be 0 or 1. */
enum place { HEARD_LAST, HEARD_FIRST };

/* Stubborn: does not end a lead of one, or a race, when it could. */
enum stubborn { LEAD_STUBBORN = 1, FORK_STUBBORN = 2 };

struct attacker {
    struct solo *s;
    enum place place;
    uint32_t stubborn;
    struct solo_tip tip;  /* of the public branch that is not its own */
    struct solo_tip fork; /* where its branch leaves the public one */
    struct solo_tip own[LEAD_MAX]; /* its branch */
    uint32_t count, told;
};

static void tell_one(struct attacker *x)
{
    solo_give(x->s, &x->own[x->told++]);
}

static void tell_all(struct attacker *x)
{
    while (x->told < x->count) {
        tell_one(x);
    }
}

static void start_over(struct attacker *x, const struct solo_tip *on)
{
    x->fork = *on;
    x->tip = *on;
    x->count = 0;
    x->told = 0;
}

/* The attacker finds a block: kept, unless it decides a race. */
static void selfish_finds(struct attacker *x, int is_race)
{
    const struct solo_tip *on =
        x->count == 0 ? &x->fork : &x->own[x->count - 1];
    struct solo_block *b =
        solo_make(x->s, on, (uint64_t)x->s->wall_ms, &x->own[x->count]);

    b->owner = SELFISH;
    b->txs = 1;
    x->count++;
    if ((is_race && (x->stubborn & FORK_STUBBORN) == 0) ||
        x->count == LEAD_MAX) {
        tell_all(x);
        start_over(x, &x->own[x->count - 1]);
    }
}

/* Its block is there already when the one it races against comes. */
static void race_ahead(struct attacker *x)
{
    struct solo_tip other;
    struct solo_block *b =
        solo_make(x->s, &x->tip, (uint64_t)x->s->wall_ms, &other);

    b->owner = HONEST;
    b->txs = 1;
    tell_all(x);
    solo_give(x->s, &other);
    x->tip = other;
}

/* The others found one, on whatever was their head. */
static void honest_finds(struct attacker *x, int is_race)
{
    uint64_t lead = x->fork.below.height + x->count - x->tip.below.height;
    struct solo_tip mined;
    uint64_t public_height;
    uint64_t own_height;

    if (x->place == HEARD_FIRST && x->count > x->told && lead == 1) {
        race_ahead(x);
        return;
    }
    solo_mine(x->s, &mined);
    x->tip = mined;
    public_height = mined.h.height;
    own_height = x->fork.below.height + x->count;
    if (is_race || x->count == 0 || public_height > own_height) {
        start_over(x, &mined);
    } else if (own_height - public_height == 0) {
        tell_all(x); /* an even race: half of the others follow */
    } else if (own_height - public_height == 1 &&
               (x->stubborn & LEAD_STUBBORN) == 0) {
        tell_all(x);
        start_over(x, &x->own[x->count - 1]);
    } else {
        tell_one(x);
    }
}

/* Is its branch public, as long as the other, and undecided? */
static int is_race(const struct attacker *x)
{
    return x->count > 0 && x->told == x->count;
}

/* Share of its blocks among those that stay, per mille of a mille. */
static uint64_t revenue(uint32_t per_mille, enum place place, uint32_t stubborn)
{
    struct solo *s = solo_new("depth = 60\nmax_reorg = 1000", SOLO_ME);
    struct attacker x = {.s = s, .place = place, .stubborn = stubborn};
    uint64_t mine = 0;
    uint64_t all = 0;
    struct solo_tip root;
    const struct solo_block *b;
    uint8_t id[32];

    s->trusts = 1;
    solo_start(s, &root);
    solo_txs(s, 1);
    start_over(&x, &root);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        int race = is_race(&x);

        solo_pass(s, 1000);
        if (vt_rng_below(&s->rng, 1000) < per_mille) {
            selfish_finds(&x, race);
        } else {
            honest_finds(&x, race);
        }
    }
    memcpy(id, s->final_id, 32);
    for (b = solo_find(s, id); b != NULL; b = solo_find(s, b->parent)) {
        mine += b->owner == SELFISH;
        all++;
    }
    solo_free(s);
    ck_assert_uint_gt(all, ROUNDS / 3);
    return mine * 1000000 / all;
}

/* In millionths. A hundredth more is a run's luck. */
static const struct {
    uint32_t share;
    uint64_t model; /* g = 1/2 */
    uint64_t most;  /* of any strategy */
} cases[] = {{200, 182418, 250000},
             {250, 250000, 333333},
             {330, 378556, 492537},
             {400, 525581, 666667}};

static void gains_as_modelled(enum place place, size_t step)
{
    for (size_t i = step - 1; i < sizeof cases / sizeof cases[0]; i += step) {
        uint64_t gain = revenue(cases[i].share, place, 0);

        ck_assert_msg(gain <= cases[i].model + 10000,
                      "share %u: %u instead of at most %u millionths",
                      (unsigned)cases[i].share, (unsigned)gain,
                      (unsigned)cases[i].model + 10000);
        ck_assert_uint_ge(gain + 30000, cases[i].model);
    }
}

START_TEST(what_is_kept_back_gains_no_more_than_the_model)
{
    gains_as_modelled(HEARD_LAST, 1);
}
END_TEST

START_TEST(who_is_heard_first_gains_no_more)
{
    gains_as_modelled(HEARD_FIRST, 2);
}
END_TEST

START_TEST(the_stubborn_gain_less_than_any_strategy_may)
{
    for (uint32_t kind = 1; kind < 4; kind++) {
        for (size_t i = 1; i < sizeof cases / sizeof cases[0]; i += 2) {
            uint64_t gain = revenue(cases[i].share, HEARD_LAST, kind);

            ck_assert_msg(gain <= cases[i].most,
                          "kind %u, share %u: %u instead of %u millionths",
                          (unsigned)kind, (unsigned)cases[i].share,
                          (unsigned)gain, (unsigned)cases[i].most);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_kept_back_gains_no_more_than_the_model,
        who_is_heard_first_gains_no_more,
        the_stubborn_gain_less_than_any_strategy_may};
    Suite *suite = suite_create("pow selfish");

    VT_SUITE_ADD(suite, "revenue", tests);
    return vt_suite_run(suite);
}
