/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes_avx2.c - four signatures at a time, on processors with AVX2 and FMA.
 */
#include "task.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))),              \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#include "avx2.h"

#include "ladder.h"

static int avx2_run(struct task *tasks, size_t count, uint8_t *verdicts)
{
    return ladder_run(tasks, count, verdicts);
}

static int avx2_works(void)
{
    return ladder_works();
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct task_lanes task_lanes_avx2 = {"avx2", WIDTH, 3, avx2_works,
                                           avx2_run};
#endif
