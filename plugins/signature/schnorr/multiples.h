/* SPDX-License-Identifier: Apache-2.0
 *
 * multiples.h - the small multiples of keys, and the sums of two of them that
 * ladder.h adds up; one inversion for all of a kind.
 */
#ifndef VT_SCHNORR_MULTIPLES_H
#define VT_SCHNORR_MULTIPLES_H

#include "constants.h"
#include "fp.h"
#include "point52.h"
#include "task.h"

#include <string.h>

#define GROUPS_MAX (TASKS_MAX / WIDTH)
/* Additions outside of the sum: two digits of the key, two of G. */
#define PAIRS (P_DIGITS + G_DIGITS)

/* What is kept of the key's multiples: x, beta * x, y. */
enum { ENTRY_X, ENTRY_BETA_X, ENTRY_Y, ENTRY_PARTS };

struct group {
    struct point sum;
    uint64_t entry[P_ENTRIES][ENTRY_PARTS][LIMBS][WIDTH];
    uint8_t is_key[WIDTH];
};

/* Two points that are added at the same bit of the sum; y has m = 2. */
struct pair {
    struct affine part[2];
    lanes none[2]; /* 1 where the digit is 0 */
};

/* The work of one call. */
struct ladder {
    struct group group[GROUPS_MAX];
    /* numbers to invert, and the product of those before each */
    struct fe number[GROUPS_MAX * PAIRS];
    struct fe before[GROUPS_MAX * PAIRS];
    struct fe above[GROUPS_MAX * PAIRS]; /* of slopes */
    struct pair pair[GROUPS_MAX * PAIRS];
};

/* ---- in and out of lanes ------------------------------------------------- */

static void fe_all(struct fe *r, const uint64_t limb[LIMBS])
{
    for (int i = 0; i < LIMBS; i++) {
        r->n[i] = lanes_all(limb[i]);
    }
}

static void fe_put(struct fe *r, const struct fp in[WIDTH])
{
    uint64_t limb[LIMBS][WIDTH];

    for (unsigned k = 0; k < WIDTH; k++) {
        const uint64_t *w = in[k].w;

        limb[0][k] = w[0] & MASK52;
        limb[1][k] = (w[0] >> 52 | w[1] << 12) & MASK52;
        limb[2][k] = (w[1] >> 40 | w[2] << 24) & MASK52;
        limb[3][k] = (w[2] >> 28 | w[3] << 36) & MASK52;
        limb[4][k] = w[3] >> 16;
    }
    for (int i = 0; i < LIMBS; i++) {
        r->n[i] = lanes_load(limb[i]);
    }
}

/* Below p, from a ready element. */
static void fe_get(const struct fe *a, struct fp out[WIDTH])
{
    uint64_t limb[LIMBS][WIDTH];

    for (int i = 0; i < LIMBS; i++) {
        lanes_store(limb[i], a->n[i]);
    }
    for (unsigned k = 0; k < WIDTH; k++) {
        uint64_t w[4] = {limb[0][k] | limb[1][k] << 52,
                         limb[1][k] >> 12 | limb[2][k] << 40,
                         limb[2][k] >> 24 | limb[3][k] << 28,
                         limb[3][k] >> 36 | limb[4][k] << 16};

        fp_from_words(w, limb[4][k] >> 48, &out[k]);
    }
}

static void fe_all_fp(struct fe *r, const uint64_t words[4])
{
    struct fp in[WIDTH];

    for (unsigned k = 0; k < WIDTH; k++) {
        memcpy(in[k].w, words, sizeof in[k].w);
    }
    fe_put(r, in);
}

static void entry_put(struct group *g, unsigned index, const struct fe *beta,
                      const struct affine *p)
{
    struct fe beta_x;

    fe_mul(&beta_x, beta, &p->x);
    for (int i = 0; i < LIMBS; i++) {
        lanes_store(g->entry[index][ENTRY_X][i], p->x.n[i]);
        lanes_store(g->entry[index][ENTRY_BETA_X][i], beta_x.n[i]);
        lanes_store(g->entry[index][ENTRY_Y][i], p->y.n[i]);
    }
}

static void entry_get(const struct group *g, unsigned index, struct affine *p)
{
    for (int i = 0; i < LIMBS; i++) {
        p->x.n[i] = lanes_load(g->entry[index][ENTRY_X][i]);
        p->y.n[i] = lanes_load(g->entry[index][ENTRY_Y][i]);
    }
}

/* ---- inversion of all numbers together ----------------------------------- */

/* number[0..count) are not 0 in any lane. Afterwards total is the inverse of
 * their product, and before[i] the product of those before i. */
static void invert_start(struct ladder *l, unsigned count, struct fe *total)
{
    struct fp all[WIDTH];

    *total = l->number[0];
    for (unsigned i = 1; i < count; i++) {
        l->before[i] = *total;
        fe_mul(total, total, &l->number[i]);
    }
    fe_get(total, all);
    fp_inv_all(all, WIDTH);
    fe_put(total, all);
}

/* The inverse of number[i], for i from count - 1 down to 0. */
static void invert_next(const struct ladder *l, unsigned i, struct fe *total,
                        struct fe *out)
{
    if (i == 0) {
        *out = *total;
        return;
    }
    fe_mul_2(out, total, &l->before[i], total, total, &l->number[i]);
}

/* ---- keys ---------------------------------------------------------------- */

/* The even roots of x^3 + 7 that tasks lack; is_key says who has one. */
static void find_roots(struct group *g, struct task *const *tasks,
                       const struct fe *x)
{
    struct fp root[WIDTH];
    struct fp rest[WIDTH];
    struct fe seven;
    struct fe cube;
    struct fe y;
    struct fe t;

    fe_sqr(&t, x);
    for (int i = 0; i < LIMBS; i++) {
        seven.n[i] = lanes_all(i == 0 ? 7 : 0);
    }
    fe_mul_add(&cube, &t, x, &seven);
    fe_root(&y, &cube);
    fe_neg(&t, &cube, 1);
    fe_sqr_add(&t, &y, &t);
    fe_get(&y, root);
    fe_get(&t, rest);
    for (unsigned k = 0; k < WIDTH; k++) {
        static const struct fp zero;

        if (!tasks[k]->has_y) {
            g->is_key[k] = (uint8_t)fp_is_zero(&rest[k]);
            if (root[k].w[0] % 2 == 1) {
                fp_sub(&root[k], &zero, &root[k]);
            }
            tasks[k]->y = root[k];
        }
    }
}

/* The first entry of the group's tables. What is no key is computed with G. */
static void put_keys(struct group *g, struct task *const *tasks,
                     const struct fe *beta)
{
    struct fp x[WIDTH];
    struct fp y[WIDTH];
    struct affine key;
    int lack = 0;

    for (unsigned k = 0; k < WIDTH; k++) {
        x[k] = tasks[k]->x;
        g->is_key[k] = 1;
        lack += !tasks[k]->has_y;
    }
    fe_put(&key.x, x);
    if (lack > 0) {
        find_roots(g, tasks, &key.x);
    }
    for (unsigned k = 0; k < WIDTH; k++) {
        y[k] = tasks[k]->y;
        if (!g->is_key[k]) {
            memcpy(x[k].w, point_g_x, sizeof x[k].w);
            memcpy(y[k].w, point_g_y, sizeof y[k].w);
        }
    }
    fe_put(&key.x, x);
    fe_put(&key.y, y);
    entry_put(g, 0, beta, &key);
}

/* Entries size+1 .. 2*size from those before, of all groups: one inversion. No
 * divisor is 0: the curve's order is a prime far above 2 * P_ENTRIES. */
static void put_level(struct ladder *l, unsigned groups, unsigned size,
                      const struct fe *beta)
{
    unsigned count = groups * size;
    struct affine a;
    struct affine b;
    struct fe total;

    for (unsigned i = 0; i < count; i++) {
        const struct group *g = &l->group[i / size];

        entry_get(g, i % size, &a);
        entry_get(g, size - 1, &b);
        if (i % size == size - 1) {
            tangent_of(&l->above[i], &l->number[i], &a);
        } else {
            chord_of(&l->above[i], &l->number[i], &a, &b, 1);
        }
    }
    invert_start(l, count, &total);
    for (unsigned i = count; i-- > 0;) {
        struct group *g = &l->group[i / size];
        struct affine sum;
        struct fe slope;

        invert_next(l, i, &total, &slope);
        fe_mul(&slope, &l->above[i], &slope);
        entry_get(g, i % size, &a);
        entry_get(g, size - 1, &b);
        affine_sum(&sum, &a, &b, &slope, 1);
        entry_put(g, size + i % size, beta, &sum);
    }
}

/* ---- pairs of digits ----------------------------------------------------- */

/* An entry for each lane, as wanted by its digit. */
struct choice {
    uint32_t at[WIDTH];
    uint64_t minus[WIDTH];
    uint64_t none[WIDTH];
};

static inline void choose(struct choice *c, unsigned lane, int digit,
                          unsigned flip, uint32_t step)
{
    uint32_t size = (uint32_t)(digit < 0 ? -digit : digit);

    c->minus[lane] = (uint64_t)((digit < 0) ^ flip);
    c->none[lane] = digit == 0;
    c->at[lane] = size == 0 ? 0 : (size - 1) * step;
}

static inline void pick(struct pair *pair, unsigned half,
                        const struct choice *c, const uint64_t *x,
                        const uint64_t *y, size_t stride)
{
    struct affine *p = &pair->part[half];
    struct fe minus;

    for (int i = 0; i < LIMBS; i++) {
        p->x.n[i] = lanes_pick(x + (size_t)i * stride, c->at);
        p->y.n[i] = lanes_pick(y + (size_t)i * stride, c->at);
    }
    fe_neg(&minus, &p->y, 1);
    fe_choose(&p->y, lanes_mask_of(lanes_load(c->minus)), &minus, &p->y);
    pair->none[half] = lanes_load(c->none);
}

/* Doubling also turns the sign of the sum, so what is added at an odd bit is
 * turned as well. */
static void pair_of_key(const struct group *g, struct task *const *tasks,
                        unsigned at, struct pair *out)
{
    for (unsigned half = 0; half < 2; half++) {
        struct choice c;

        for (unsigned k = 0; k < WIDTH; k++) {
            choose(&c, k, tasks[k]->p[half][at], P_WINDOW * at % 2,
                   ENTRY_PARTS * LIMBS * WIDTH);
            c.at[k] += k;
        }
        pick(out, half, &c, &g->entry[0][half][0][0],
             &g->entry[0][ENTRY_Y][0][0], WIDTH);
    }
}

static void pair_of_base(struct task *const *tasks, unsigned at,
                         struct pair *out)
{
    for (unsigned half = 0; half < 2; half++) {
        struct choice c;

        for (unsigned k = 0; k < WIDTH; k++) {
            choose(&c, k, tasks[k]->g[half][at], G_WINDOW * at % 2, 2 * LIMBS);
        }
        pick(out, half, &c, &task_table[half][0][0][0],
             &task_table[half][0][1][0], 1);
    }
}

static void pair_of(const struct group *g, struct task *const *tasks,
                    unsigned index, struct pair *out)
{
    if (index < P_DIGITS) {
        pair_of_key(g, tasks, index, out);
    } else {
        pair_of_base(tasks, index - P_DIGITS, out);
    }
}

/* Sums of pairs, to be added to the sum later: one inversion for all. No
 * divisor is 0: digits are far too short for two such multiples of a point to
 * be equal or opposite; a digit 0 picks an entry as well, to be ignored. What
 * comes out of pair i is left in above[i] (x) and number[i] (y). */
static void add_pairs(struct ladder *l, struct task *const *tasks,
                      unsigned groups)
{
    unsigned count = groups * PAIRS;
    struct fe total;

    for (unsigned i = 0; i < count; i++) {
        unsigned at = i / PAIRS;
        struct pair *pair = &l->pair[i];

        pair_of(&l->group[at], tasks + (size_t)at * WIDTH, i % PAIRS, pair);
        chord_of(&l->above[i], &l->number[i], &pair->part[0], &pair->part[1],
                 2);
    }
    invert_start(l, count, &total);
    for (unsigned i = count; i-- > 0;) {
        const struct pair *pair = &l->pair[i];
        struct affine sum;
        struct fe slope;

        invert_next(l, i, &total, &slope);
        fe_mul(&slope, &l->above[i], &slope);
        affine_sum(&sum, &pair->part[0], &pair->part[1], &slope, 2);
        for (unsigned half = 0; half < 2; half++) {
            lanes_mask none = lanes_mask_of(pair->none[half]);

            fe_choose(&sum.x, none, &pair->part[1 - half].x, &sum.x);
            fe_choose(&sum.y, none, &pair->part[1 - half].y, &sum.y);
        }
        fe_ready(&sum.y);
        l->above[i] = sum.x;
        l->number[i] = sum.y;
    }
}
#endif
