/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_small.c - every schedule of the small scope. `make check` takes
 * two views, and one view with all ways to give up; with BFT_WHOLE in the
 * environment (make check-bft-long) three views, and two with all ways.
 */
#include "config.h"

#include "small.h"

#include "unit/suite.h"

#include <inttypes.h>
#include <stdio.h>

static void run(uint32_t views, uint32_t timings)
{
    const struct small_scope scope = {views, timings, 1};
    static struct small_result r;

    small_explore(&scope, &r);
    (void)printf("%u views, %u timings: %" PRIu64 " schedules, %" PRIu64
                 " runs, states after each view %" PRIu64 " %" PRIu64
                 " %" PRIu64 ", %" PRIu64 " healed\n",
                 views, timings, r.covered, r.schedules, r.states[0],
                 r.states[1], r.states[2], r.healed);
    (void)fflush(stdout);
    ck_assert_msg(r.violation[0] == '\0', "%s", r.violation);
    ck_assert_uint_gt(r.states[views - 1], 0);
    ck_assert_uint_eq(r.healed, r.states[views - 1]);
    ck_assert_uint_gt(r.finals, 0);
    ck_assert_uint_gt(r.evidence, 0);
}

START_TEST(who_leads_and_who_hears_whom)
{
#ifdef VT_SANITIZER
    run(1, 1);
#else
    run(getenv("BFT_WHOLE") != NULL ? 3 : 2, 1);
#endif
}
END_TEST

START_TEST(who_gives_up_and_when)
{
    run(getenv("BFT_WHOLE") != NULL ? 2 : 1, 10);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {who_leads_and_who_hears_whom,
                                  who_gives_up_and_when};
    Suite *suite = suite_create("ordering core: small scope");
    TCase *tcase = tcase_create("every schedule");

    tcase_set_timeout(tcase, getenv("BFT_WHOLE") != NULL ? 7200 : 120);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
