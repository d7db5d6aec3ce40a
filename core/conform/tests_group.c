/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_group.c - signatures of many: an aggregate stands for all of them and
 * for nothing else, and a group signs as one key would.
 */
#include "conform/trial.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "plugin/host.h"

#include <string.h>

#define CROWD 5u
#define KEY_MAX 64u
#define SIG_MAX 256u
#define BYTES_MAX (256u * (CROWD + 1))

static const struct vt_signature *table_of(const struct vt_trial *t)
{
    return t->module->signature;
}

/* Signers, each with a message, and what is made of them. */
struct crowd {
    uint8_t sk[CROWD][KEY_MAX], pk[CROWD][KEY_MAX];
    uint8_t msg[CROWD][32], sig[CROWD][SIG_MAX];
    struct vt_sig_item items[CROWD];
    struct vt_view keys[CROWD];
};

static void gather(struct vt_trial *t, struct crowd *c)
{
    struct vt_rng rng;

    vt_rng_init(&rng, t->args->seed);
    for (uint32_t i = 0; i < CROWD; i++) {
        uint8_t seed[KEY_MAX];
        vt_status status = VT_E_INVALID;
        uint32_t len = 0;

        for (int k = 0; k < 16 && status != VT_OK; k++) {
            vt_rng_fill(&rng, seed, sizeof seed);
            status = table_of(t)->keypair(seed, c->sk[i], c->pk[i]);
        }
        vt_rng_fill(&rng, c->msg[i], 32);
        VT_EXPECT(t,
                  status == VT_OK &&
                      table_of(t)->sign(c->sk[i], c->msg[i], c->sig[i], &len) ==
                          VT_OK,
                  "keypair or sign fails");
        c->keys[i] = vt_view_of(c->pk[i], table_of(t)->pk_len);
        c->items[i].pk = c->keys[i];
        c->items[i].msg = c->msg[i];
        c->items[i].sig = vt_view_of(c->sig[i], len);
    }
}

/* ---- aggregates ---------------------------------------------------------- */

static void expect_judged(struct vt_trial *t, const struct crowd *c,
                          uint32_t count, struct vt_view bytes, uint32_t want)
{
    struct vt_tab tab = {c->items, count, sizeof c->items[0]};
    uint32_t verdict = 77;

    VT_EXPECT(t,
              table_of(t)->verify_aggregate(tab, bytes, &verdict) == VT_OK &&
                  verdict == want,
              "verify_aggregate of %u says %u", count, verdict);
}

static void an_aggregate_stands_for_all(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    uint8_t bytes[BYTES_MAX];
    struct crowd c;

    if (!vt_scheme_aggregates(table)) {
        vt_trial_skip(t, "it does not aggregate");
    }
    gather(t, &c);
    for (uint32_t count = 0; count <= CROWD; count++) {
        struct vt_tab tab = {c.items, count, sizeof c.items[0]};
        uint32_t want = table->aggregate_head + count * table->aggregate_each;
        uint32_t len = 0;

        vt_trial_note(t, "an aggregate of %u", count);
        VT_EXPECT(t,
                  table->aggregate(tab, bytes, sizeof bytes, &len) == VT_OK &&
                      len == want,
                  "aggregate fails or has %u bytes, not %u", len, want);
        expect_judged(t, &c, count, vt_view_of(bytes, len), VT_GOOD);
        VT_EXPECT(t, table->aggregate(tab, bytes, len - 1, &len) == VT_E_LIMIT,
                  "aggregate does not see how much room there is");
    }
}

static void a_bent_aggregate_is_bad(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    uint8_t bytes[BYTES_MAX];
    struct crowd c;
    struct vt_tab tab = {c.items, CROWD, sizeof c.items[0]};
    uint32_t len = 0;

    if (!vt_scheme_aggregates(table)) {
        vt_trial_skip(t, "it does not aggregate");
    }
    gather(t, &c);
    VT_EXPECT(t, table->aggregate(tab, bytes, sizeof bytes, &len) == VT_OK,
              "aggregate fails");
    for (uint32_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        vt_trial_note(t, "bit %u turned", bit);
        expect_judged(t, &c, CROWD, vt_view_of(bytes, len), VT_BAD);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        vt_trial_note(t, "message or key %u changed, or none there", i);
        c.msg[i][7] ^= 1;
        expect_judged(t, &c, CROWD, vt_view_of(bytes, len), VT_BAD);
        c.msg[i][7] ^= 1;
        c.items[i].pk = c.keys[(i + 1) % CROWD];
        expect_judged(t, &c, CROWD, vt_view_of(bytes, len), VT_BAD);
        c.items[i].pk = vt_view_of(NULL, 0);
        expect_judged(t, &c, CROWD, vt_view_of(bytes, len), VT_BAD);
        c.items[i].pk = c.keys[i];
        expect_judged(t, &c, i, vt_view_of(bytes, len), VT_BAD);
    }
    for (uint32_t cut = 1; cut <= len; cut++) {
        expect_judged(t, &c, CROWD, vt_view_of(bytes, len - cut), VT_BAD);
    }
    expect_judged(t, &c, CROWD, vt_view_of(bytes, len), VT_GOOD);
}

/* ---- groups -------------------------------------------------------------- */

struct group {
    struct crowd c;
    uint8_t pk[KEY_MAX], sig[SIG_MAX];
    uint8_t secret[CROWD][256], nonce[CROWD][256], part[CROWD][256];
    uint8_t all[256];
    struct vt_view nonces[CROWD], parts[CROWD];
    struct vt_sig_group what;
};

static void first_round(struct vt_trial *t, struct group *g, uint32_t count)
{
    const struct vt_signature *table = table_of(t);
    struct vt_tab nonces = {g->nonces, count, sizeof g->nonces[0]};
    struct vt_rng rng;
    uint32_t blame;

    g->what = (struct vt_sig_group){{g->c.keys, count, sizeof g->c.keys[0]},
                                    g->c.msg[0],
                                    vt_view_of(g->all, table->nonce_len)};
    VT_EXPECT(t, table->group_key(g->what.keys, g->pk, &blame) == VT_OK,
              "group_key of %u keys fails", count);
    vt_rng_init(&rng, t->args->seed + count);
    for (uint32_t i = 0; i < count; i++) {
        struct vt_sig_item item = {vt_view_of(g->pk, table->pk_len),
                                   g->c.msg[0], vt_view_of(NULL, 0)};
        uint8_t random[32];

        vt_rng_fill(&rng, random, sizeof random);
        VT_EXPECT(t,
                  table->group_nonce(g->c.sk[i], random, &item, g->secret[i],
                                     g->nonce[i]) == VT_OK,
                  "group_nonce fails");
        g->nonces[i] = vt_view_of(g->nonce[i], table->nonce_len);
        g->parts[i] = vt_view_of(g->part[i], table->part_len);
    }
    VT_EXPECT(t, table->group_nonces(nonces, g->all, &blame) == VT_OK,
              "group_nonces fails");
}

/* The secret is gone, and signs nothing more. */
static void expect_used_up(struct vt_trial *t, struct group *g, uint32_t i)
{
    uint8_t part[256];

    for (uint32_t k = 0; k < table_of(t)->nonce_secret_len; k++) {
        VT_EXPECT(t, g->secret[i][k] == 0, "group_sign leaves a secret nonce");
    }
    VT_EXPECT(t,
              table_of(t)->group_sign(g->c.sk[i], g->secret[i], &g->what,
                                      part) == VT_E_INVALID,
              "group_sign signs with a secret nonce that is used up");
}

static uint32_t finish(struct vt_trial *t, struct group *g, uint32_t count)
{
    struct vt_tab parts = {g->parts, count, sizeof g->parts[0]};
    uint32_t verdict = 77;
    uint32_t blame;

    VT_EXPECT(
        t, table_of(t)->group_finish(&g->what, parts, g->sig, &blame) == VT_OK,
        "group_finish fails");
    (void)table_of(t)->verify(
        vt_view_of(g->pk, table_of(t)->pk_len), g->what.msg,
        vt_view_of(g->sig, table_of(t)->sig_max), &verdict);
    return verdict;
}

static void a_group_signs_like_one_key(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    struct group g;

    if (!vt_scheme_has_groups(table)) {
        vt_trial_skip(t, "it does not sign in groups");
    }
    gather(t, &g.c);
    for (uint32_t count = 1; count <= CROWD && count <= table->group_max;
         count++) {
        vt_trial_note(t, "a group of %u", count);
        first_round(t, &g, count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t verdict = VT_BAD;

            VT_EXPECT(t,
                      table->group_sign(g.c.sk[i], g.secret[i], &g.what,
                                        g.part[i]) == VT_OK,
                      "group_sign fails");
            expect_used_up(t, &g, i);
            VT_EXPECT(t,
                      table->group_check(&g.what, i, g.nonces[i], g.parts[i],
                                         &verdict) == VT_OK &&
                          verdict == VT_GOOD,
                      "group_check says %u of a good part", verdict);
        }
        VT_EXPECT(t, finish(t, &g, count) == VT_GOOD,
                  "verify refuses what %u signed together", count);
        g.part[count - 1][3] ^= 1;
        VT_EXPECT(t, finish(t, &g, count) == VT_BAD,
                  "a bent part makes a good signature");
    }
}

static void a_bent_part_is_found(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    struct group g;

    if (!vt_scheme_has_groups(table)) {
        vt_trial_skip(t, "it does not sign in groups");
    }
    gather(t, &g.c);
    first_round(t, &g, 1);
    VT_EXPECT(t,
              table->group_sign(g.c.sk[0], g.secret[0], &g.what, g.part[0]) ==
                  VT_OK,
              "group_sign fails");
    for (uint32_t bit = 0; bit < 8 * table->part_len; bit++) {
        uint32_t verdict = 77;

        g.part[0][bit / 8] ^= (uint8_t)(1u << bit % 8);
        VT_EXPECT(t,
                  table->group_check(&g.what, 0, g.nonces[0], g.parts[0],
                                     &verdict) == VT_OK &&
                      verdict == VT_BAD,
                  "a part with bit %u turned is %u", bit, verdict);
        g.part[0][bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

#define SCHEME VT_FOR(VT_KIND_SIGNATURE), 0, 0

const struct vt_conform_test vt_tests_group[] = {
    {"an_aggregate_stands_for_all", "vt/signature.h", 5, SCHEME,
     an_aggregate_stands_for_all},
    {"a_bent_aggregate_is_bad", "vt/signature.h", 5, SCHEME,
     a_bent_aggregate_is_bad},
    {"a_group_signs_like_one_key", "vt/signature.h", 5, SCHEME,
     a_group_signs_like_one_key},
    {"a_bent_part_is_found", "vt/signature.h", 5, SCHEME, a_bent_part_is_found},
    {0}};
