/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.c - which lanes there are to test on this processor.
 */
#include "probe.h"

#include "../cpu.h"

static int always(void)
{
    return 1;
}

const struct task_lanes *const probe_lanes[PROBE_LANES] = {
#if defined(__x86_64__)
    &task_lanes_ifma, &task_lanes_avx2,
#endif
    &task_lanes_model};

static int (*const is_here[PROBE_LANES])(void) = {
#if defined(__x86_64__)
    cpu_has_ifma, cpu_has_avx2,
#endif
    always};

int probe_can(size_t i)
{
    return is_here[i]() && probe_lanes[i]->works();
}

const char *probe_best(void)
{
    size_t i = 0;

    while (!probe_can(i)) {
        i++; /* the model always can */
    }
    return i == PROBE_LANES - 1 ? "portable" : probe_lanes[i]->name;
}
