/* SPDX-License-Identifier: Apache-2.0
 *
 * suite.h - main() of a unit test program and the comparisons Check lacks.
 */
#ifndef VT_TESTS_UNIT_SUITE_H
#define VT_TESTS_UNIT_SUITE_H

#include <check.h>

#include <stdlib.h>

/* Run one suite; the exit code is 0 when all pass. */
static inline int vt_suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A case of `count` tests, no fixture. */
static inline void vt_suite_add(Suite *suite, const char *name,
                                const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
}

#define VT_SUITE_ADD(suite, name, tests)                                       \
    vt_suite_add(suite, name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
