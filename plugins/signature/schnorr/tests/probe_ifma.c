/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_ifma.c - the field of IFMA lanes, for tests.
 */
#include "probe.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512dq,avx512ifma"))),                    \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512ifma")
#endif

#include "../ifma.h"

#include "probe_body.h"

static void run(enum probe_op op, const struct probe_in *in, struct fp out[8])
{
    probe_run(op, in, out);
    (void)ladder_run;
    (void)ladder_works;
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct probe probe_ifma = {"ifma", run};
#endif
