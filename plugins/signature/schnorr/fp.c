/* SPDX-License-Identifier: Apache-2.0
 *
 * fp.c - one element of the field in four words of 64 bits. The inversion is
 * that of Bernstein and Yang (Fast constant-time gcd computation and modular
 * inversion, 2019), 62 division steps at a time, with steps that vary in time.
 */
#include "fp.h"

#include <string.h>

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

#define MASK62 ((UINT64_C(1) << 62) - 1)

/* r + more - p when that is not negative; more is 0 or 2^256. */
static void settle(uint64_t r[4], uint64_t more)
{
    uint64_t t[4];
    u128 sum = FP_FOLD;

    for (int i = 0; i < 4; i++) {
        sum += r[i];
        t[i] = (uint64_t)sum;
        sum >>= 64;
    }
    if (more + (uint64_t)sum > 0) {
        memcpy(r, t, sizeof t);
    }
}

int fp_from_bytes(const uint8_t *bytes, struct fp *out)
{
    struct fp a = {{0}};
    struct fp below;

    for (int i = 0; i < 4; i++) {
        const uint8_t *at = bytes + 8 * (3 - i);

        for (int k = 0; k < 8; k++) {
            a.w[i] = a.w[i] << 8 | at[k];
        }
    }
    below = a;
    settle(below.w, 0);
    if (!fp_equal(&a, &below)) {
        return 0;
    }
    *out = a;
    return 1;
}

void fp_to_bytes(const struct fp *a, uint8_t *out)
{
    for (int i = 0; i < 32; i++) {
        out[i] = (uint8_t)(a->w[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

void fp_from_words(const uint64_t words[4], uint64_t top, struct fp *out)
{
    u128 sum = (u128)top * FP_FOLD;

    for (int i = 0; i < 4; i++) {
        sum += words[i];
        out->w[i] = (uint64_t)sum;
        sum >>= 64;
    }
    settle(out->w, (uint64_t)sum);
}

int fp_is_zero(const struct fp *a)
{
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

int fp_equal(const struct fp *a, const struct fp *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

void fp_add(struct fp *r, const struct fp *a, const struct fp *b)
{
    u128 sum = 0;

    for (int i = 0; i < 4; i++) {
        sum += (u128)a->w[i] + b->w[i];
        r->w[i] = (uint64_t)sum;
        sum >>= 64;
    }
    settle(r->w, (uint64_t)sum);
}

void fp_sub(struct fp *r, const struct fp *a, const struct fp *b)
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        u128 diff = (u128)a->w[i] - b->w[i] - borrow;

        r->w[i] = (uint64_t)diff;
        borrow = (uint64_t)(diff >> 64) & 1;
    }
    /* 2^256 too much is FP_FOLD too much */
    borrow *= FP_FOLD;
    for (int i = 0; i < 4; i++) {
        uint64_t take = borrow;

        borrow = r->w[i] < take;
        r->w[i] -= take;
    }
}

void fp_mul(struct fp *r, const struct fp *a, const struct fp *b)
{
    uint64_t t[8] = {0};
    u128 sum;

    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < 4; j++) {
            sum = (u128)a->w[i] * b->w[j] + t[i + j] + carry;
            t[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        t[i + 4] = carry;
    }
    sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += (u128)t[i + 4] * FP_FOLD + t[i];
        t[i] = (uint64_t)sum;
        sum >>= 64;
    }
    fp_from_words(t, (uint64_t)sum, r);
}

/* ---- inversion ----------------------------------------------------------- */

/* The sum of v[i] * 2^(62 * i); the last limb carries the sign. */
struct wide {
    int64_t v[5];
};

/* What 62 division steps do to (f, g), times 2^62. */
struct steps {
    int64_t u, v, q, r;
};

static const struct wide wide_p = {{-(int64_t)FP_FOLD, 0, 0, 0, 256}};

/* (a, b) becomes (b, -a). */
static void turn(uint64_t *a, uint64_t *b)
{
    uint64_t old = *a;

    *a = *b;
    *b = 0 - old;
}

static int64_t make_steps(int64_t eta, uint64_t f, uint64_t g, struct steps *t)
{
    /* unsigned, because they are shifted while negative */
    uint64_t u = 1, v = 0, q = 0, r = 1;
    int left = 62;

    for (;;) {
        int zeros = __builtin_ctzll(g | UINT64_MAX << left);

        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) {
            break;
        }
        if (eta < 0) {
            eta = -eta;
            turn(&f, &g);
            turn(&u, &q);
            turn(&v, &r);
        }
        g += f;
        q += u;
        r += v;
    }
    *t = (struct steps){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return eta;
}

/* (f, g) = t * (f, g) / 2^62, which is whole. */
static void step_fg(struct wide *f, struct wide *g, const struct steps *t)
{
    i128 cf = 0;
    i128 cg = 0;

    for (int i = 0; i < 5; i++) {
        cf += (i128)t->u * f->v[i] + (i128)t->v * g->v[i];
        cg += (i128)t->q * f->v[i] + (i128)t->r * g->v[i];
        if (i > 0) {
            f->v[i - 1] = (int64_t)((uint64_t)cf & MASK62);
            g->v[i - 1] = (int64_t)((uint64_t)cg & MASK62);
        }
        cf >>= 62;
        cg >>= 62;
    }
    f->v[4] = (int64_t)cf;
    g->v[4] = (int64_t)cg;
}

/* The multiple of p that makes a sum with this lowest limb divisible by 2^62,
 * close to want. inverse is that of p modulo 2^62. */
static int64_t multiple(i128 sum, int64_t want, uint64_t inverse)
{
    uint64_t rest = inverse * (uint64_t)sum + (uint64_t)want;

    return want - (int64_t)(rest & MASK62);
}

/* (d, e) = t * (d, e) / 2^62 modulo p; both stay above -2p and below p. */
static void step_de(struct wide *d, struct wide *e, const struct steps *t,
                    uint64_t inverse)
{
    int64_t d_sign = d->v[4] >> 63;
    int64_t e_sign = e->v[4] >> 63;
    i128 cd = (i128)t->u * d->v[0] + (i128)t->v * e->v[0];
    i128 ce = (i128)t->q * d->v[0] + (i128)t->r * e->v[0];
    int64_t md = multiple(cd, (t->u & d_sign) + (t->v & e_sign), inverse);
    int64_t me = multiple(ce, (t->q & d_sign) + (t->r & e_sign), inverse);

    cd = (cd + (i128)wide_p.v[0] * md) >> 62;
    ce = (ce + (i128)wide_p.v[0] * me) >> 62;
    for (int i = 1; i < 5; i++) {
        cd += (i128)t->u * d->v[i] + (i128)t->v * e->v[i] +
              (i128)wide_p.v[i] * md;
        ce += (i128)t->q * d->v[i] + (i128)t->r * e->v[i] +
              (i128)wide_p.v[i] * me;
        d->v[i - 1] = (int64_t)((uint64_t)cd & MASK62);
        e->v[i - 1] = (int64_t)((uint64_t)ce & MASK62);
        cd >>= 62;
        ce >>= 62;
    }
    d->v[4] = (int64_t)cd;
    e->v[4] = (int64_t)ce;
}

static void widen(struct wide *r, const struct fp *a)
{
    r->v[0] = (int64_t)(a->w[0] & MASK62);
    r->v[1] = (int64_t)((a->w[0] >> 62 | a->w[1] << 2) & MASK62);
    r->v[2] = (int64_t)((a->w[1] >> 60 | a->w[2] << 4) & MASK62);
    r->v[3] = (int64_t)((a->w[2] >> 58 | a->w[3] << 6) & MASK62);
    r->v[4] = (int64_t)(a->w[3] >> 56);
}

/* sign * a, for a above -2p and below 2p and sign 1 or -1, below p. */
static void narrow(struct fp *r, const struct wide *a, int64_t sign)
{
    uint64_t words[4];
    i128 carry = 0;
    uint64_t limb[5];

    for (int i = 0; i < 5; i++) { /* + 2p makes it positive */
        carry += (i128)a->v[i] * sign + 2 * wide_p.v[i];
        limb[i] = (uint64_t)carry & MASK62;
        carry >>= 62;
    }
    words[0] = limb[0] | limb[1] << 62;
    words[1] = limb[1] >> 2 | limb[2] << 60;
    words[2] = limb[2] >> 4 | limb[3] << 58;
    words[3] = limb[3] >> 6 | limb[4] << 56;
    fp_from_words(words, limb[4] >> 8, r);
}

static int is_zero(const struct wide *a)
{
    return (a->v[0] | a->v[1] | a->v[2] | a->v[3] | a->v[4]) == 0;
}

void fp_inv(struct fp *r, const struct fp *a)
{
    struct wide f = wide_p;
    struct wide g;
    struct wide d = {{0}};
    struct wide e = {{1}};
    struct steps t;
    uint64_t low_p = 0 - FP_FOLD;
    uint64_t inverse = low_p; /* right in 3 bits, each round doubles them */
    int64_t eta = -1;

    for (int i = 0; i < 5; i++) {
        inverse *= 2 - low_p * inverse;
    }
    widen(&g, a);
    while (!is_zero(&g)) {
        /* limb 0 of f may be negative at first: its low bits are what counts */
        eta = make_steps(eta, (uint64_t)f.v[0], (uint64_t)g.v[0], &t);
        step_de(&d, &e, &t, inverse);
        step_fg(&f, &g, &t);
    }
    narrow(r, &d, f.v[4] < 0 ? -1 : 1); /* f is 1 or -1 */
}

void fp_inv_all(struct fp *a, unsigned count)
{
    struct fp before[16]; /* product of those below */
    struct fp inverse = a[0];

    for (unsigned i = 1; i < count; i++) {
        before[i] = inverse;
        fp_mul(&inverse, &inverse, &a[i]);
    }
    fp_inv(&inverse, &inverse);
    for (unsigned i = count - 1; i > 0; i--) {
        struct fp own = a[i];

        fp_mul(&a[i], &inverse, &before[i]);
        fp_mul(&inverse, &inverse, &own);
    }
    a[0] = inverse;
}
