/* SPDX-License-Identifier: Apache-2.0
 *
 * field52.h - the field of secp256k1, p = 2^256 - 2^32 - 977, one element per
 * lane, in five limbs of 52 bits. Included after avx2.h, ifma.h or a model of
 * them.
 *
 * "m" bounds an element: limbs 0..3 are at most m * MASK52, limb 4 is at most
 * m * TOP. A sum of elements has the sum of their m. A product wants factors
 * that are *ready*: no limb above 52 bits; it is ready itself and has m = 1.
 * README.md shows that nothing overflows.
 */
#ifndef VT_SCHNORR_FIELD52_H
#define VT_SCHNORR_FIELD52_H

#include <stdint.h>

#define LIMBS 5

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 20")
#endif
#define NOINLINE __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

#define MASK52 UINT64_C(0xfffffffffffff)
#define MASK48 UINT64_C(0xffffffffffff)
#define TOP (MASK48 + 64)
/* 2^260 and 2^256 modulo p */
#define FOLD260 UINT64_C(0x1000003d10)
#define FOLD256 UINT64_C(0x1000003d1)
/* Limbs of p: 0, 1..3, 4. */
#define P0 UINT64_C(0xffffefffffc2f)
#define P1 MASK52
#define P4 MASK48
#define M_MAX 15 /* of a ready element: limb 4 has 52 bits */

struct fe {
    lanes n[LIMBS];
};

/* A product before it is reduced: the sum of c[i] * 2^(52 * i). */
struct columns {
    lanes c[2 * LIMBS];
};

static inline uint64_t limb_of_p(int i)
{
    return i == 0 ? P0 : i == LIMBS - 1 ? P4 : P1;
}

INLINE void fe_check(const struct fe *a, uint64_t m)
{
    (void)a;
    (void)m;
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        lanes_check(a->n[i], m * (i == LIMBS - 1 ? TOP : MASK52));
    }
}

/* ---- sums ---------------------------------------------------------------- */

INLINE void fe_add(struct fe *r, const struct fe *a, const struct fe *b)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        r->n[i] = lanes_add(a->n[i], b->n[i]);
    }
}

/* r = (m + 1) * p - b for b of this m, so r has m + 1. */
INLINE void fe_neg(struct fe *r, const struct fe *b, uint64_t m)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        r->n[i] = lanes_sub(lanes_all((m + 1) * limb_of_p(i)), b->n[i]);
    }
}

/* r = a - b for b of this m, so r has m(a) + m + 1. */
INLINE void fe_sub(struct fe *r, const struct fe *a, const struct fe *b,
                   uint64_t m)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        lanes up = lanes_add(a->n[i], lanes_all((m + 1) * limb_of_p(i)));

        r->n[i] = lanes_sub(up, b->n[i]);
    }
}

INLINE void fe_choose(struct fe *r, lanes_mask mask, const struct fe *yes,
                      const struct fe *no)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        r->n[i] = lanes_choose(mask, yes->n[i], no->n[i]);
    }
}

/* Carries. They lift limb 4 a little: m + 1, at most M_MAX. */
INLINE void fe_ready(struct fe *r)
{
    const lanes mask = lanes_all(MASK52);

    UNROLL for (int i = 0; i < LIMBS - 1; i++)
    {
        r->n[i + 1] = lanes_add(r->n[i + 1], lanes_shr(r->n[i], 52));
        r->n[i] = lanes_and(r->n[i], mask);
    }
    lanes_check(r->n[LIMBS - 1], MASK52);
}

/* r = r / 2 for r of m <= 4: ready, with m <= 3. */
INLINE void fe_half(struct fe *r)
{
    const lanes one = lanes_all(1);
    lanes_mask odd = lanes_mask_of(lanes_and(r->n[0], one));

    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        lanes more = lanes_add(r->n[i], lanes_all(limb_of_p(i)));

        r->n[i] = lanes_choose(odd, more, r->n[i]);
    }
    fe_ready(r);
    UNROLL for (int i = 0; i < LIMBS - 1; i++)
    {
        lanes down = lanes_shl(lanes_and(r->n[i + 1], one), 51);

        r->n[i] = lanes_add(lanes_shr(r->n[i], 1), down);
    }
    r->n[LIMBS - 1] = lanes_shr(r->n[LIMBS - 1], 1);
}

/* ---- products ------------------------------------------------------------ */

INLINE void factors_of(lanes_factor *f, const struct fe *a)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        f[i] = lanes_factor_of(a->n[i]);
    }
}

/* How many lower and upper halves of products of two elements meet in column
 * k; when squaring, half of that is products of different limbs. */
#define LOWS(k) ((k) < LIMBS ? (k) + 1 : 2 * LIMBS - 1 - (k))
#define HIGHS(k) ((k) == 0 ? 0 : LOWS((k)-1))
/* And how many of the fold: one product per limb, one more for what is above
 * 2^256. */
#define FOLD_LOWS(k) ((k) >= LIMBS ? 0 : (k) == 0 ? 2 : 1)
#define FOLD_HIGHS(k) ((k) == 0 || (k) >= LIMBS ? 0 : (k) == 1 ? 2 : 1)

/* Columns that get so many products of two elements and then are reduced. */
INLINE void columns_start(struct columns *r, int products)
{
    UNROLL for (int k = 0; k < 2 * LIMBS; k++)
    {
        r->c[k] = lanes_start(products * LOWS(k) + FOLD_LOWS(k),
                              products * HIGHS(k) + FOLD_HIGHS(k));
    }
}

/* r += a * b */
INLINE void columns_mul(struct columns *r, const struct fe *a,
                        const struct fe *b)
{
    lanes_factor fa[LIMBS];
    lanes_factor fb[LIMBS];

    factors_of(fa, a);
    factors_of(fb, b);
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        UNROLL for (int j = 0; j < LIMBS; j++)
        {
            lanes_madd(&r->c[i + j], &r->c[i + j + 1], fa[i], fb[j]);
        }
    }
}

/* r = a^2, and started for so many products that follow. */
INLINE void columns_sqr(struct columns *r, const struct fe *a, int products)
{
    lanes_factor f[LIMBS];

    factors_of(f, a);
    UNROLL for (int k = 0; k < 2 * LIMBS; k++)
    {
        r->c[k] = lanes_start(LOWS(k) / 2, HIGHS(k) / 2);
    }
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        UNROLL for (int j = i + 1; j < LIMBS; j++)
        {
            lanes_madd(&r->c[i + j], &r->c[i + j + 1], f[i], f[j]);
        }
    }
    UNROLL for (int k = 0; k < 2 * LIMBS; k++)
    {
        r->c[k] = lanes_add(
            lanes_add(r->c[k], r->c[k]),
            lanes_start((k % 2 == 0) + products * LOWS(k) + FOLD_LOWS(k),
                        (k % 2 == 1) + products * HIGHS(k) + FOLD_HIGHS(k)));
    }
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        lanes_madd(&r->c[2 * i], &r->c[2 * i + 1], f[i], f[i]);
    }
}

INLINE void columns_plus(struct columns *r, const struct fe *b)
{
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        r->c[i] = lanes_add(r->c[i], b->n[i]);
    }
}

/* Columns 5..9 into 0..4; what is left at 2^260 goes into rest. */
INLINE void columns_fold(struct columns *t, lanes *rest, int count)
{
    const lanes_factor fold = lanes_factor_of(lanes_all(FOLD260));
    const lanes mask = lanes_all(MASK52);
    lanes_factor high[2][LIMBS];
    lanes carry[2];

    UNROLL for (int k = 0; k < count; k++)
    {
        carry[k] = t[k].c[LIMBS];
        rest[k] = lanes_start(0, 1);
    }
    UNROLL for (int i = 0; i < LIMBS - 1; i++)
    {
        UNROLL for (int k = 0; k < count; k++)
        {
            high[k][i] = lanes_factor_of(lanes_and(carry[k], mask));
            carry[k] =
                lanes_add(t[k].c[LIMBS + 1 + i], lanes_shr(carry[k], 52));
        }
    }
    UNROLL for (int k = 0; k < count; k++)
    {
        high[k][LIMBS - 1] = lanes_factor_of(carry[k]);
    }
    UNROLL for (int i = 0; i < LIMBS; i++)
    {
        UNROLL for (int k = 0; k < count; k++)
        {
            lanes *next = i < LIMBS - 1 ? &t[k].c[i + 1] : &rest[k];

            lanes_madd(&t[k].c[i], next, high[k][i], fold);
        }
    }
}

/* The elements that one or two sets of columns are; two at once give a
 * processor more to do while it waits. What is above 2^256 is folded before
 * carries are taken, so that one pass of these is enough: the carry into limb
 * 4 can lift it a little above 48 bits, and TOP allows for that. */
INLINE void columns_reduce(struct fe *const *r, struct columns *t, int count)
{
    const lanes_factor fold = lanes_factor_of(lanes_all(FOLD256));
    const lanes mask = lanes_all(MASK52);
    lanes rest[2];
    lanes carry[2];

    columns_fold(t, rest, count);
    UNROLL for (int k = 0; k < count; k++)
    {
        lanes above =
            lanes_add(lanes_shr(t[k].c[4], 48), lanes_shl(rest[k], 4));

        t[k].c[4] = lanes_and(t[k].c[4], lanes_all(MASK48));
        lanes_madd(&t[k].c[0], &t[k].c[1], lanes_factor_of(above), fold);
        carry[k] = t[k].c[0];
    }
    UNROLL for (int i = 0; i < LIMBS - 1; i++)
    {
        UNROLL for (int k = 0; k < count; k++)
        {
            r[k]->n[i] = lanes_and(carry[k], mask);
            carry[k] = lanes_add(t[k].c[i + 1], lanes_shr(carry[k], 52));
        }
    }
    UNROLL for (int k = 0; k < count; k++)
    {
        r[k]->n[LIMBS - 1] = carry[k];
        fe_check(r[k], 1);
    }
}

/* r = a * b */
static NOINLINE void fe_mul(struct fe *r, const struct fe *a,
                            const struct fe *b)
{
    struct columns t;

    columns_start(&t, 1);
    columns_mul(&t, a, b);
    columns_reduce(&r, &t, 1);
}

/* r = a * b and s = c * d; s may be a or b. */
static NOINLINE void fe_mul_2(struct fe *r, const struct fe *a,
                              const struct fe *b, struct fe *s,
                              const struct fe *c, const struct fe *d)
{
    struct fe *const out[2] = {r, s};
    struct columns t[2];

    columns_start(&t[0], 1);
    columns_mul(&t[0], a, b);
    columns_start(&t[1], 1);
    columns_mul(&t[1], c, d);
    columns_reduce(out, t, 2);
}

/* r = a^2 */
static NOINLINE void fe_sqr(struct fe *r, const struct fe *a)
{
    struct columns t;

    columns_sqr(&t, a, 0);
    columns_reduce(&r, &t, 1);
}

/* r = a^2 and s = b^2 */
static NOINLINE void fe_sqr_2(struct fe *r, const struct fe *a, struct fe *s,
                              const struct fe *b)
{
    struct fe *const out[2] = {r, s};
    struct columns t[2];

    columns_sqr(&t[0], a, 0);
    columns_sqr(&t[1], b, 0);
    columns_reduce(out, t, 2);
}

/* r = a * b + c, where c need not be ready */
static NOINLINE void fe_mul_add(struct fe *r, const struct fe *a,
                                const struct fe *b, const struct fe *c)
{
    struct columns t;

    columns_start(&t, 1);
    columns_mul(&t, a, b);
    columns_plus(&t, c);
    columns_reduce(&r, &t, 1);
}

/* r = a^2 + c, where c need not be ready */
static NOINLINE void fe_sqr_add(struct fe *r, const struct fe *a,
                                const struct fe *c)
{
    struct columns t;

    columns_sqr(&t, a, 0);
    columns_plus(&t, c);
    columns_reduce(&r, &t, 1);
}

/* r = a * b + c * d */
static NOINLINE void fe_mul_mul(struct fe *r, const struct fe *a,
                                const struct fe *b, const struct fe *c,
                                const struct fe *d)
{
    struct columns t;

    columns_start(&t, 2);
    columns_mul(&t, a, b);
    columns_mul(&t, c, d);
    columns_reduce(&r, &t, 1);
}

/* r = a * b + c^2 */
static NOINLINE void fe_mul_sqr(struct fe *r, const struct fe *a,
                                const struct fe *b, const struct fe *c)
{
    struct columns t;

    columns_sqr(&t, c, 1);
    columns_mul(&t, a, b);
    columns_reduce(&r, &t, 1);
}
#endif
