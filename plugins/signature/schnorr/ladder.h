/* SPDX-License-Identifier: Apache-2.0
 *
 * ladder.h - whether signatures hold, WIDTH of them in lockstep. Included
 * after avx2.h, ifma.h or a model of them by the file of each implementation,
 * which calls ladder_run. README.md tells the way; task.h has the digits.
 */
#ifndef VT_SCHNORR_LADDER_H
#define VT_SCHNORR_LADDER_H

#include "multiples.h"

#include <stdlib.h>
#include <string.h>

/* ---- the sum ------------------------------------------------------------- */

/* Adds pair i, except in lanes where both digits are 0. */
static void add_pair(struct ladder *l, struct task *const *tasks, unsigned at,
                     unsigned index)
{
    unsigned i = at * PAIRS + index;
    uint64_t none[WIDTH];

    for (unsigned k = 0; k < WIDTH; k++) {
        const struct task *t = tasks[k];

        none[k] =
            index < P_DIGITS
                ? (t->p[0][index] | t->p[1][index]) == 0
                : (t->g[0][index - P_DIGITS] | t->g[1][index - P_DIGITS]) == 0;
    }
    point_add(&l->group[at].sum, &l->above[i], &l->number[i],
              lanes_mask_of(lanes_load(none)));
}

/* s * G - e * P. Starts with B, so that the sum is not infinity on the way,
 * and takes away what that became: (-2)^125 * B. */
static void add_all(struct ladder *l, struct task *const *tasks, unsigned at)
{
    struct point *sum = &l->group[at].sum;
    struct fe x;
    struct fe y;

    fe_all_fp(&sum->x, point_b_x);
    fe_all_fp(&sum->y, point_b_y);
    for (int i = 0; i < LIMBS; i++) {
        sum->z.n[i] = lanes_all(i == 0);
    }
    for (unsigned bit = P_WINDOW * (P_DIGITS - 1);; bit--) {
        if (bit % P_WINDOW == 0) {
            add_pair(l, tasks, at, bit / P_WINDOW);
        }
        if (bit % G_WINDOW == 0) {
            add_pair(l, tasks, at, P_DIGITS + bit / G_WINDOW);
        }
        if (bit == 0) {
            break;
        }
        point_minus_twice(sum);
    }
    fe_all(&x, task_rest[0]);
    fe_all(&y, task_rest[1]);
    point_add(sum, &x, &y, lanes_mask_of(lanes_all(0)));
}

/* ---- the verdict --------------------------------------------------------- */

/* z of all groups; 1 where it is 0, so that one lane cannot spoil others. */
static void put_z(struct ladder *l, unsigned groups, uint8_t *verdicts)
{
    for (unsigned i = 0; i < groups; i++) {
        struct fp z[WIDTH];

        fe_get(&l->group[i].sum.z, z);
        for (unsigned k = 0; k < WIDTH; k++) {
            verdicts[i * WIDTH + k] = TASK_GOOD;
            if (fp_is_zero(&z[k])) {
                verdicts[i * WIDTH + k] = TASK_ASK;
                z[k].w[0] = 1;
            }
        }
        fe_put(&l->number[i], z);
    }
}

static void judge(const struct group *g, struct task *const *tasks,
                  const struct fe *z_inverse, uint8_t *verdicts)
{
    struct fp x[WIDTH];
    struct fp y[WIDTH];
    struct fe t;
    struct fe u;

    fe_sqr(&t, z_inverse);
    fe_mul(&u, &g->sum.x, &t);
    fe_get(&u, x);
    fe_mul(&t, &t, z_inverse);
    fe_mul(&u, &g->sum.y, &t);
    fe_get(&u, y);
    for (unsigned k = 0; k < WIDTH; k++) {
        int holds = fp_equal(&x[k], &tasks[k]->r) && y[k].w[0] % 2 == 0;

        if (!g->is_key[k] || (verdicts[k] == TASK_GOOD && !holds)) {
            verdicts[k] = TASK_BAD;
        }
    }
}

static void run_groups(struct ladder *l, struct task *const *tasks,
                       unsigned groups, uint8_t *verdicts)
{
    struct fe beta;
    struct fe total;

    fe_all_fp(&beta, root_beta);
    for (unsigned i = 0; i < groups; i++) {
        put_keys(&l->group[i], tasks + (size_t)i * WIDTH, &beta);
    }
    for (unsigned size = 1; size < P_ENTRIES; size *= 2) {
        put_level(l, groups, size, &beta);
    }
    add_pairs(l, tasks, groups);
    for (unsigned i = 0; i < groups; i++) {
        add_all(l, tasks + (size_t)i * WIDTH, i);
    }
    put_z(l, groups, verdicts);
    invert_start(l, groups, &total);
    for (unsigned i = groups; i-- > 0;) {
        struct fe inverse;

        invert_next(l, i, &total, &inverse);
        judge(&l->group[i], tasks + (size_t)i * WIDTH, &inverse,
              verdicts + (size_t)i * WIDTH);
    }
}

static int ladder_run(struct task *tasks, size_t count, uint8_t *verdicts)
{
    struct ladder *l = aligned_alloc(64, (sizeof *l + 63) / 64 * 64);
    struct task *in[TASKS_MAX];
    uint8_t out[TASKS_MAX];
    unsigned groups = (unsigned)((count + WIDTH - 1) / WIDTH);
    unsigned before;

    if (l == NULL) {
        return 0;
    }
    for (unsigned i = 0; i < groups * WIDTH; i++) {
        in[i] = &tasks[i < count ? i : count - 1]; /* the last fills up */
    }
    before = lanes_begin();
    run_groups(l, in, groups, out);
    lanes_end(before);
    memcpy(verdicts, out, count);
    free(l);
    return 1;
}

/* A product whose halves are all ones in places: (2^256 - 1)^2 and fellows. */
static int ladder_works(void)
{
    struct fp a[WIDTH];
    struct fp b[WIDTH];
    struct fp got[WIDTH];
    struct fp want;
    struct fe x;
    struct fe y;
    unsigned before = lanes_begin();
    int same = 1;

    for (unsigned k = 0; k < WIDTH; k++) {
        memcpy(a[k].w, k % 2 == 0 ? point_g_x : point_b_y, sizeof a[k].w);
        memcpy(b[k].w, k % 4 < 2 ? point_g_y : root_beta, sizeof b[k].w);
    }
    fe_put(&x, a);
    fe_put(&y, b);
    for (unsigned i = 0; i < 64; i++) {
        fe_mul(&x, &x, &y);
    }
    fe_get(&x, got);
    lanes_end(before);
    for (unsigned k = 0; k < WIDTH; k++) {
        want = a[k];
        for (unsigned i = 0; i < 64; i++) {
            fp_mul(&want, &want, &b[k]);
        }
        same = same && fp_equal(&want, &got[k]);
    }
    return same;
}
#endif
