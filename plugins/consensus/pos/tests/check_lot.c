/* SPDX-License-Identifier: Apache-2.0
 *
 * check_lot.c - limits of the lottery against exact fractions.
 */
#include "lot.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number and the comma behind it. */
static uint64_t number(char **at)
{
    char *end;
    uint64_t v = strtoull(*at, &end, 10);

    ck_assert_int_eq(*end, ',');
    *at = end + 1;
    return v;
}

START_TEST(limits_are_exact)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    char line[256];
    int checked = 0;
    FILE *f;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path,
                   "%s/plugins/consensus/pos/tests/lot-vectors.csv", src);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = line;
        uint32_t share = (uint32_t)number(&at);
        uint64_t weight = number(&at);
        uint64_t total = number(&at);
        uint8_t want[32], limit[32];

        ck_assert_int_eq(vt_hex_decode(at, 64, want, 32), 0);
        pos_lot_limit(share, weight, total, limit);
        ck_assert_mem_eq(limit, want, 32);
        checked++;
    }
    (void)fclose(f);
    ck_assert_int_ge(checked, 70);
}
END_TEST

START_TEST(what_is_proportional_is_equal)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 5);
    for (int i = 0; i < 50; i++) {
        uint32_t share = 1 + (uint32_t)vt_rng_below(&rng, POS_SHARE_MAX);
        uint64_t total = 1 + vt_rng_below(&rng, 1000000);
        uint64_t weight = 1 + vt_rng_below(&rng, total);
        uint64_t by = 1 + vt_rng_below(&rng, UINT64_C(1) << 40);
        uint8_t a[32], b[32];

        pos_lot_limit(share, weight, total, a);
        pos_lot_limit(share, weight * by, total * by, b);
        ck_assert_mem_eq(a, b, 32);
    }
}
END_TEST

START_TEST(more_stake_has_a_higher_limit)
{
    const uint64_t total = UINT64_C(1) << 62;
    uint8_t low[32], high[32];

    for (uint32_t share = 1; share <= POS_SHARE_MAX; share += 29) {
        pos_lot_limit(share, 1, total, low);
        for (uint64_t weight = 3; weight < total; weight = weight * 3 + 1) {
            pos_lot_limit(share, weight, total, high);
            ck_assert_int_lt(memcmp(low, high, 32), 0);
            memcpy(low, high, 32);
        }
    }
}
END_TEST

START_TEST(only_values_below_the_limit_win)
{
    uint8_t limit[32], value[32];

    pos_lot_limit(200, 1, 4, limit);
    memcpy(value, limit, 32);
    ck_assert_int_eq(pos_lot_wins(value, limit), 0);
    value[31]--;
    ck_assert_int_eq(pos_lot_wins(value, limit), 1);
    memset(value, 0, 32);
    ck_assert_int_eq(pos_lot_wins(value, limit), 1);
    memset(value, 0xff, 32);
    ck_assert_int_eq(pos_lot_wins(value, limit), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        limits_are_exact, what_is_proportional_is_equal,
        more_stake_has_a_higher_limit, only_values_below_the_limit_win};
    Suite *suite = suite_create("pos lot");

    VT_SUITE_ADD(suite, "limits", tests);
    return vt_suite_run(suite);
}
