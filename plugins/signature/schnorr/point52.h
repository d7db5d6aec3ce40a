/* SPDX-License-Identifier: Apache-2.0
 *
 * point52.h - points of secp256k1, one per lane. Included after field52.h.
 *
 * A point (x, y, z) stands for (x / z^2, y / z^3); its coordinates are ready
 * with m = 1. The formulas know no infinity and no sum of two equal or
 * opposite points: what they make of those has z = 0, and whatever is added to
 * or doubled from that has z = 0 too. Who finds it at the end asks the library.
 */
#ifndef VT_SCHNORR_POINT52_H
#define VT_SCHNORR_POINT52_H

#include "field52.h"

struct point {
    struct fe x, y, z;
};

struct affine {
    struct fe x, y;
};

/* p becomes -2 * p: the sign saves a subtraction, and who calls keeps count.
 *   L = 3 x^2 / 2, S = y^2, T = x S
 *   x' = L^2 - 2 T, -y' = L (x' - T) + S^2, z' = y z */
static NOINLINE void point_minus_twice(struct point *p)
{
    struct fe l;
    struct fe s;
    struct fe t;
    struct fe u;

    fe_sqr_2(&u, &p->x, &s, &p->y);
    fe_add(&l, &u, &u);
    fe_add(&l, &l, &u);
    fe_half(&l); /* m 3 + 1, half of it */
    fe_mul_2(&p->z, &p->y, &p->z, &t, &p->x, &s);
    fe_add(&u, &t, &t);
    fe_neg(&u, &u, 2);
    fe_sqr_add(&p->x, &l, &u);
    fe_sub(&u, &p->x, &t, 1);
    fe_ready(&u);
    fe_mul_sqr(&p->y, &l, &u, &s);
}

/* p + (x2, y2); p stays in lanes of keep.
 *   H = x2 z^2 - x, R = y2 z^3 - y, V = x H^2
 *   x' = R^2 - H^3 - 2 V, y' = R (V - x') - y H^3, z' = z H */
static NOINLINE void point_add(struct point *p, const struct fe *x2,
                               const struct fe *y2, lanes_mask keep)
{
    struct point sum;
    struct fe h;
    struct fe r;
    struct fe v;
    struct fe t;
    struct fe u;

    fe_sqr(&t, &p->z);
    fe_mul_2(&h, x2, &t, &t, &t, &p->z);
    fe_sub(&h, &h, &p->x, 1);
    fe_ready(&h);
    fe_mul_2(&r, y2, &t, &sum.z, &p->z, &h);
    fe_sub(&r, &r, &p->y, 1);
    fe_ready(&r);
    fe_sqr(&t, &h);
    fe_mul_2(&v, &p->x, &t, &t, &h, &t); /* V and H^3 */
    fe_add(&u, &v, &v);
    fe_add(&u, &u, &t);
    fe_neg(&u, &u, 3);
    fe_sqr_add(&sum.x, &r, &u);
    fe_sub(&v, &v, &sum.x, 1);
    fe_ready(&v);
    fe_neg(&t, &t, 1);
    fe_ready(&t);
    fe_mul_mul(&sum.y, &r, &v, &p->y, &t);
    fe_choose(&p->x, keep, &p->x, &sum.x);
    fe_choose(&p->y, keep, &p->y, &sum.y);
    fe_choose(&p->z, keep, &p->z, &sum.z);
}

/* The slope of the line through two affine points, or of the tangent: what is
 * above its fraction and what below. y has this m, x has 1. */
INLINE void chord_of(struct fe *above, struct fe *below, const struct affine *a,
                     const struct affine *b, uint64_t m)
{
    fe_sub(above, &a->y, &b->y, m);
    fe_sub(below, &a->x, &b->x, 1);
    fe_ready(above);
    fe_ready(below);
}

INLINE void tangent_of(struct fe *above, struct fe *below,
                       const struct affine *a)
{
    struct fe t;

    fe_sqr(&t, &a->x);
    fe_add(above, &t, &t);
    fe_add(above, above, &t);
    fe_add(below, &a->y, &a->y);
    fe_ready(above);
    fe_ready(below);
}

/* r = a + b from that slope; y of b has this m. */
INLINE void affine_sum(struct affine *r, const struct affine *a,
                       const struct affine *b, const struct fe *slope,
                       uint64_t m)
{
    struct fe t;
    struct fe y;

    fe_add(&t, &a->x, &b->x);
    fe_neg(&t, &t, 2);
    fe_neg(&y, &b->y, m);
    fe_sqr_add(&r->x, slope, &t);
    fe_sub(&t, &b->x, &r->x, 1);
    fe_ready(&t);
    fe_mul_add(&r->y, slope, &t, &y);
}

/* r = a^(2^times) */
static void fe_sqr_times(struct fe *r, const struct fe *a, unsigned times)
{
    fe_sqr(r, a);
    for (unsigned i = 1; i < times; i++) {
        fe_sqr(r, r);
    }
}

/* r = a^((p + 1) / 4): the root of a, if it has one. The exponent is 223 ones,
 * a zero, 22 ones, 0000 11 00; x<n> has n ones. */
static NOINLINE void fe_root(struct fe *r, const struct fe *a)
{
    struct fe x2;
    struct fe x3;
    struct fe x22;
    struct fe x44;
    struct fe t;
    struct fe u;

    fe_sqr(&t, a);
    fe_mul(&x2, &t, a);
    fe_sqr(&t, &x2);
    fe_mul(&x3, &t, a);
    fe_sqr_times(&t, &x3, 3);
    fe_mul(&t, &t, &x3);
    fe_sqr_times(&u, &t, 3);
    fe_mul(&t, &u, &x3);
    fe_sqr_times(&u, &t, 2);
    fe_mul(&t, &u, &x2); /* 11 */
    fe_sqr_times(&u, &t, 11);
    fe_mul(&x22, &u, &t);
    fe_sqr_times(&u, &x22, 22);
    fe_mul(&x44, &u, &x22);
    fe_sqr_times(&u, &x44, 44);
    fe_mul(&t, &u, &x44); /* 88 */
    fe_sqr_times(&u, &t, 88);
    fe_mul(&t, &u, &t); /* 176 */
    fe_sqr_times(&u, &t, 44);
    fe_mul(&t, &u, &x44); /* 220 */
    fe_sqr_times(&u, &t, 3);
    fe_mul(&t, &u, &x3); /* 223 */
    fe_sqr_times(&u, &t, 23);
    fe_mul(&t, &u, &x22);
    fe_sqr_times(&u, &t, 6);
    fe_mul(&t, &u, &x2);
    fe_sqr_times(r, &t, 2);
}
#endif
