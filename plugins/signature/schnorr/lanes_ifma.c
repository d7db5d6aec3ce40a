/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes_ifma.c - eight signatures at a time, on processors with AVX-512 IFMA.
 */
#include "task.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512dq,avx512ifma"))),                    \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512ifma")
#endif

#include "ifma.h"

#include "ladder.h"

static int ifma_run(struct task *tasks, size_t count, uint8_t *verdicts)
{
    return ladder_run(tasks, count, verdicts);
}

static int ifma_works(void)
{
    return ladder_works();
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct task_lanes task_lanes_ifma = {"ifma", WIDTH, 2, ifma_works,
                                           ifma_run};
#endif
