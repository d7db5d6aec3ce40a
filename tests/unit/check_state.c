/* SPDX-License-Identifier: Apache-2.0
 *
 * check_state.c - the state tree against an array of what it should hold.
 */
#include "unit/suite.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "ledger/state.h"

#include <string.h>

#define KEYS 300u

struct model {
    struct vt_hash key[KEYS];
    uint8_t value[KEYS][40];
    size_t len[KEYS]; /* 0 = absent */
};

static void make_keys(struct model *m, struct vt_rng *rng)
{
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < KEYS; i++) {
        vt_rng_fill(rng, m->key[i].b, 32);
        if (i % 3 == 1) { /* long shared prefixes make deep trees */
            m->key[i] = m->key[i - 1];
            m->key[i].b[31] ^= (uint8_t)(1u << vt_rng_below(rng, 8));
        }
    }
}

static struct vt_state *apply(struct vt_state *state, struct model *m,
                              struct vt_rng *rng, size_t count)
{
    static struct vt_state_change changes[KEYS];
    struct vt_state *next;
    size_t used = 0;
    size_t start = (size_t)vt_rng_below(rng, KEYS);

    for (size_t k = 0; k < count; k++) {
        size_t i = (start + k * 7) % KEYS; /* 7 and 300 share no factor */

        m->len[i] =
            vt_rng_chance(rng, 1, 3) ? 0 : 1 + (size_t)vt_rng_below(rng, 40);
        vt_rng_fill(rng, m->value[i], m->len[i]);
        changes[used].key = m->key[i];
        changes[used++].value = vt_view_of(m->value[i], m->len[i]);
    }
    ck_assert_int_eq(
        vt_state_update(state, VT_LEDGER_ASSET, changes, used, &next), VT_OK);
    vt_state_unref(state);
    return next;
}

/* The same content put in at once, one by one and backwards. */
static void rebuild_root(const struct model *m, struct vt_rng *rng,
                         struct vt_hash *out)
{
    struct vt_state *state = vt_state_new();
    size_t start = (size_t)vt_rng_below(rng, KEYS);

    for (size_t k = 0; k < KEYS; k++) {
        size_t i = (start + k * 11) % KEYS;
        struct vt_state_change change = {
            .key = m->key[i], .value = vt_view_of(m->value[i], m->len[i])};
        struct vt_state *next;

        ck_assert_int_eq(
            vt_state_update(state, VT_LEDGER_ASSET, &change, 1, &next), VT_OK);
        vt_state_unref(state);
        state = next;
    }
    vt_state_root(state, out);
    vt_state_unref(state);
}

static void compare(const struct vt_state *state, const struct model *m)
{
    uint64_t count = 0;

    for (size_t i = 0; i < KEYS; i++) {
        struct vt_view value;
        vt_status status =
            vt_state_get(state, VT_LEDGER_ASSET, &m->key[i], &value);

        if (m->len[i] == 0) {
            ck_assert_int_eq(status, VT_E_NOTFOUND);
            continue;
        }
        count++;
        ck_assert_int_eq(status, VT_OK);
        ck_assert(vt_view_eq(value, vt_view_of(m->value[i], m->len[i])));
    }
    ck_assert_uint_eq(vt_state_count(state, VT_LEDGER_ASSET), count);
}

START_TEST(content_and_root_follow_a_model)
{
    struct model m;
    struct vt_rng rng;
    struct vt_state *state = vt_state_new();

    vt_rng_init(&rng, 5);
    make_keys(&m, &rng);
    for (int round = 0; round < 60; round++) {
        struct vt_hash root;
        struct vt_hash again;

        state = apply(state, &m, &rng, 1 + (size_t)vt_rng_below(&rng, KEYS));
        compare(state, &m);
        vt_state_root(state, &root);
        rebuild_root(&m, &rng, &again);
        ck_assert(vt_hash_eq(&root, &again));
    }
    vt_state_unref(state);
}
END_TEST

START_TEST(old_versions_stay_as_they_were)
{
    struct model m;
    struct model old;
    struct vt_rng rng;
    struct vt_state *state = vt_state_new();
    struct vt_state *kept;

    vt_rng_init(&rng, 6);
    make_keys(&m, &rng);
    state = apply(state, &m, &rng, KEYS);
    kept = vt_state_ref(state);
    old = m;
    for (int round = 0; round < 20; round++) {
        state = apply(state, &m, &rng, 50);
    }
    compare(kept, &old);
    compare(state, &m);
    vt_state_unref(state);
    vt_state_unref(kept);
}
END_TEST

START_TEST(proofs_hold_and_no_bit_of_them_may_change)
{
    struct model m;
    struct vt_rng rng;
    struct vt_state *state = vt_state_new();
    struct vt_hash root;

    vt_rng_init(&rng, 7);
    make_keys(&m, &rng);
    state = apply(state, &m, &rng, KEYS);
    vt_state_root(state, &root);
    for (size_t i = 0; i < KEYS; i++) {
        struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
        struct vt_view value;
        int present;
        size_t at;

        ck_assert_int_eq(
            vt_state_prove(state, VT_LEDGER_ASSET, &m.key[i], &proof), VT_OK);
        ck_assert_int_eq(vt_state_check_proof(&root, VT_LEDGER_ASSET, &m.key[i],
                                              vt_buf_view(&proof), &present,
                                              &value),
                         VT_OK);
        ck_assert_int_eq(present, m.len[i] != 0);
        if (present) {
            ck_assert(vt_view_eq(value, vt_view_of(m.value[i], m.len[i])));
        }
        at = (size_t)vt_rng_below(&rng, proof.len);
        proof.data[at] ^= (uint8_t)(1u << vt_rng_below(&rng, 8));
        ck_assert_int_eq(vt_state_check_proof(&root, VT_LEDGER_ASSET, &m.key[i],
                                              vt_buf_view(&proof), &present,
                                              &value),
                         VT_E_CORRUPT);
        vt_buf_fini(&proof);
    }
    vt_state_unref(state);
}
END_TEST

START_TEST(a_proof_does_not_serve_another_ledger)
{
    struct vt_state *state = vt_state_new();
    struct vt_state *next;
    struct vt_hash key = {{1}};
    struct vt_state_change change = {.key = key, .value = vt_view_of("abc", 3)};
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_hash root;
    struct vt_view value;
    int present;

    ck_assert_int_eq(vt_state_update(state, VT_LEDGER_LOG, &change, 1, &next),
                     VT_OK);
    vt_state_root(next, &root);
    ck_assert_int_eq(vt_state_prove(next, VT_LEDGER_LOG, &key, &proof), VT_OK);
    ck_assert_int_eq(vt_state_check_proof(&root, VT_LEDGER_LOG, &key,
                                          vt_buf_view(&proof), &present,
                                          &value),
                     VT_OK);
    ck_assert_int_eq(vt_state_check_proof(&root, VT_LEDGER_ASSET, &key,
                                          vt_buf_view(&proof), &present,
                                          &value),
                     VT_E_CORRUPT);
    vt_buf_fini(&proof);
    vt_state_unref(state);
    vt_state_unref(next);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {content_and_root_follow_a_model,
                                  old_versions_stay_as_they_were,
                                  proofs_hold_and_no_bit_of_them_may_change,
                                  a_proof_does_not_serve_another_ledger};
    Suite *suite = suite_create("state");

    VT_SUITE_ADD(suite, "tree", tests);
    return vt_suite_run(suite);
}
