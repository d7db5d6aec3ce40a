/* SPDX-License-Identifier: Apache-2.0
 *
 * check_selfish.c - S28: a member that keeps its blocks back (Eyal and Sirer)
 * against the engine as all the others. What it gains is what theory says for
 * ties decided by a coin, and not more.
 */
#include "solo.h"

#include "unit/suite.h"

#include <stdio.h>

#define ROUNDS 3000u
#define LEAD_MAX 64u
#define HONEST 0u
#define SELFISH 1u

struct attacker {
    struct solo *s;
    struct solo_tip fork;          /* where its branch leaves the public one */
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
    if (is_race || x->count == LEAD_MAX) {
        tell_all(x);
        start_over(x, &x->own[x->count - 1]);
    }
}

/* The others found one, on whatever was their head. */
static void honest_finds(struct attacker *x, int is_race)
{
    struct solo_tip mined;
    uint64_t public_height;
    uint64_t own_height;

    solo_mine(x->s, &mined);
    public_height = mined.h.height;
    own_height = x->fork.below.height + x->count;
    if (is_race || x->count == 0 || public_height > own_height) {
        start_over(x, &mined);
    } else if (own_height - public_height == 0) {
        tell_all(x); /* an even race: half of the others follow */
    } else if (own_height - public_height == 1) {
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
static uint64_t revenue(uint32_t per_mille)
{
    struct solo *s = solo_new("depth = 60\nmax_reorg = 1000", SOLO_ME);
    struct attacker x = {.s = s};
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

/* R(a, 1/2) of Eyal and Sirer, section 4.3, in millionths: a = 0.2, 0.25, 0.33,
 * 0.4. One in a hundred more is a run's luck. */
START_TEST(what_is_kept_back_gains_no_more_than_the_model)
{
    static const struct {
        uint32_t share;
        uint64_t model;
    } cases[] = {{200, 182418}, {250, 250000}, {330, 378556}, {400, 525581}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t gain = revenue(cases[i].share);

        ck_assert_msg(gain <= cases[i].model + 10000,
                      "share %u: %u instead of at most %u millionths",
                      (unsigned)cases[i].share, (unsigned)gain,
                      (unsigned)cases[i].model + 10000);
        ck_assert_uint_ge(gain + 30000, cases[i].model);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_kept_back_gains_no_more_than_the_model};
    Suite *suite = suite_create("pow selfish");

    VT_SUITE_ADD(suite, "revenue", tests);
    return vt_suite_run(suite);
}
