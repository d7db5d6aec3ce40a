/* SPDX-License-Identifier: Apache-2.0
 *
 * check_amount.c - amounts against the compiler's own 128-bit numbers.
 */
#include "unit/suite.h"

#include "base/amount.h"
#include "base/rng.h"
#include "base/status.h"

__extension__ typedef unsigned __int128 u128;

static struct vt_amount random_amount(struct vt_rng *rng)
{
    struct vt_amount a = {vt_rng_u64(rng), vt_rng_u64(rng)};
    unsigned shift = (unsigned)vt_rng_below(rng, 128);

    /* all magnitudes, not only the largest */
    u128 v = ((u128)a.hi << 64 | a.lo) >> shift;
    a.lo = (uint64_t)v;
    a.hi = (uint64_t)(v >> 64);
    return a;
}

static u128 wide(struct vt_amount a)
{
    return (u128)a.hi << 64 | a.lo;
}

START_TEST(add_and_sub_agree_with_wide_integers)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        struct vt_amount a = random_amount(&rng);
        struct vt_amount b = random_amount(&rng);
        struct vt_amount r = {7, 7};
        int overflow = wide(a) + wide(b) < wide(a);

        ck_assert_int_eq(vt_amount_add(a, b, &r), !overflow);
        ck_assert(overflow ? r.lo == 7 && r.hi == 7
                           : wide(r) == wide(a) + wide(b));
        ck_assert_int_eq(vt_amount_sub(a, b, &r), wide(a) >= wide(b));
        ck_assert(wide(a) < wide(b) || wide(r) == wide(a) - wide(b));
    }
}
END_TEST

START_TEST(mul_div_is_exact_and_detects_overflow)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 2);
    for (int i = 0; i < 20000; i++) {
        struct vt_amount a = random_amount(&rng);
        uint64_t num = vt_rng_u64(&rng) >> vt_rng_below(&rng, 64);
        uint64_t den = (vt_rng_u64(&rng) >> vt_rng_below(&rng, 64)) | 1;
        struct vt_amount q;
        /* floor(a*num/den) = whole*num + floor(rest*num/den) */
        u128 whole = wide(a) / den;
        u128 rest = wide(a) % den * num / den;
        int fits = num == 0 || whole <= ((u128)-1 - rest) / num;

        ck_assert_int_eq(vt_amount_mul_div(a, num, den, &q), fits);
        if (fits) {
            ck_assert(wide(q) == whole * num + rest);
        }
    }
}
END_TEST

START_TEST(text_round_trips)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 3);
    for (int i = 0; i < 5000; i++) {
        struct vt_amount a = random_amount(&rng);
        struct vt_amount b;
        uint32_t decimals = (uint32_t)vt_rng_below(&rng, 19);
        char text[64];

        vt_amount_format(a, decimals, text);
        ck_assert_int_eq(vt_amount_parse(text, decimals, &b, NULL), VT_OK);
        ck_assert_int_eq(vt_amount_cmp(a, b), 0);
    }
}
END_TEST

START_TEST(text_is_shortest)
{
    char text[64];

    vt_amount_format(vt_amount_u64(1250000000), 8, text);
    ck_assert_str_eq(text, "12.5");
    vt_amount_format(vt_amount_u64(1), 8, text);
    ck_assert_str_eq(text, "0.00000001");
    vt_amount_format(vt_amount_u64(0), 8, text);
    ck_assert_str_eq(text, "0");
    vt_amount_format(vt_amount_u64(1200), 0, text);
    ck_assert_str_eq(text, "1200");
}
END_TEST

START_TEST(bad_text_is_refused_with_a_reason)
{
    static const char *const bad[] = {
        "",
        "-1",
        "1e5",
        "1.",
        ".5",
        "1,5",
        "0x1",
        "1 ",
        "1.2.3",
        "1.123456789",
        "999999999999999999999999999999999999999"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct vt_err err = VT_ERR_INIT;
        struct vt_amount a = {5, 5};

        ck_assert_int_eq(vt_amount_parse(bad[i], 8, &a, &err), VT_E_INVALID);
        ck_assert_msg(err.text[0] != '\0', "no reason for %s", bad[i]);
        ck_assert_uint_eq(a.lo, 5);
    }
}
END_TEST

int main(void)
{
    static const TTest *tests[5];
    Suite *suite = suite_create("core/amount");

    tests[0] = add_and_sub_agree_with_wide_integers;
    tests[1] = mul_div_is_exact_and_detects_overflow;
    tests[2] = text_round_trips;
    tests[3] = text_is_shortest;
    tests[4] = bad_text_is_refused_with_a_reason;
    VT_SUITE_ADD(suite, "amount", tests);
    return vt_suite_run(suite);
}
