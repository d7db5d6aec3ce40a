/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bounds.c - every function of the field and of points over ranges: from
 * anything that its comment lets in, nothing overflows on the way, and what
 * comes out is what its comment says.
 */
#include "lanes_range.h"

#include "../point52.h"
#include "unit/suite.h"

/* Any ready element of this m. */
static struct fe any(uint64_t m)
{
    struct fe r = {0};

    for (int i = 0; i < LIMBS; i++) {
        uint64_t most = i == LIMBS - 1 ? m * TOP : MASK52;

        r.n[i] = (lanes){0, most};
    }
    return r;
}

/* Any sum of this m, before fe_ready. */
static struct fe any_sum(uint64_t m)
{
    struct fe r = any(m);

    for (int i = 0; i < LIMBS - 1; i++) {
        r.n[i].high = m * MASK52;
    }
    return r;
}

static void is_ready(const struct fe *a, uint64_t m)
{
    for (int i = 0; i < LIMBS; i++) {
        ck_assert_uint_le(a->n[i].high, i == LIMBS - 1 ? m * TOP : MASK52);
    }
}

START_TEST(products_of_ready_elements_are_ready)
{
    struct fe a = any(15);
    struct fe b = any(10);
    struct fe r, s;

    fe_mul(&r, &a, &a);
    is_ready(&r, 1);
    fe_sqr(&r, &a);
    is_ready(&r, 1);
    fe_mul_2(&r, &a, &a, &s, &a, &a);
    is_ready(&r, 1);
    is_ready(&s, 1);
    fe_sqr_2(&r, &a, &s, &a);
    is_ready(&r, 1);
    is_ready(&s, 1);
    fe_mul_mul(&r, &b, &b, &b, &b); /* 100 + 100 */
    is_ready(&r, 1);
    fe_mul_sqr(&r, &b, &b, &b);
    is_ready(&r, 1);
    for (uint64_t m = 1; m <= 15; m++) {
        struct fe sum = any_sum(m);

        fe_mul_add(&r, &a, &a, &sum);
        is_ready(&r, 1);
        fe_sqr_add(&r, &a, &sum);
        is_ready(&r, 1);
    }
}
END_TEST

START_TEST(sums_have_the_m_they_say)
{
    for (uint64_t m = 1; m <= 14; m++) {
        struct fe sum = any_sum(m);
        struct fe one = any_sum(1);
        struct fe r;

        r = sum;
        fe_ready(&r);
        is_ready(&r, m + 1); /* the carries lift the last limb a little */
        fe_neg(&r, &sum, m);
        fe_check(&r, m + 1);
        if (m <= 13) {
            fe_sub(&r, &one, &sum, m);
            fe_check(&r, m + 2);
        }
    }
}
END_TEST

START_TEST(a_half_is_ready)
{
    for (uint64_t m = 1; m <= 4; m++) {
        struct fe r = any_sum(m);

        fe_half(&r);
        is_ready(&r, 3);
    }
}
END_TEST

START_TEST(points_stay_as_they_are)
{
    struct point p = {any(1), any(1), any(1)};
    struct fe x = any(1);
    struct fe y = any(4);

    point_minus_twice(&p);
    is_ready(&p.x, 1);
    is_ready(&p.y, 1);
    is_ready(&p.z, 1);
    p = (struct point){any(1), any(1), any(1)};
    point_add(&p, &x, &y, (lanes){0, 1});
    is_ready(&p.x, 1);
    is_ready(&p.y, 1);
    is_ready(&p.z, 1);
}
END_TEST

/* Tables have y of m 1, picked entries m 2 and not ready. */
START_TEST(affine_sums_are_ready)
{
    for (uint64_t m = 1; m <= 2; m++) {
        struct affine a = {any(1), any_sum(m)};
        struct affine b = a;
        struct affine r;
        struct fe above, below, slope = any(1);

        chord_of(&above, &below, &a, &b, m);
        fe_mul(&slope, &above, &below);
        is_ready(&slope, 1);
        affine_sum(&r, &a, &b, &slope, m);
        is_ready(&r.x, 1);
        is_ready(&r.y, 1);
        if (m == 1) {
            tangent_of(&above, &below, &a);
            fe_mul(&slope, &above, &below);
            is_ready(&slope, 1);
        }
    }
}
END_TEST

START_TEST(a_root_is_ready)
{
    struct fe r, a = any(1);

    fe_root(&r, &a);
    is_ready(&r, 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {products_of_ready_elements_are_ready,
                                  sums_have_the_m_they_say,
                                  a_half_is_ready,
                                  points_stay_as_they_are,
                                  affine_sums_are_ready,
                                  a_root_is_ready};
    Suite *suite = suite_create("schnorr bounds");

    VT_SUITE_ADD(suite, "ranges", tests);
    return vt_suite_run(suite);
}
