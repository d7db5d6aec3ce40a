/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.c - the running hash over all that happens, and the story line by line.
 */
#include "sim/cluster.h"

#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vt_sim_trace_mix(struct sim_cluster *c, uint32_t what, uint32_t node,
                      struct vt_view bytes)
{
    static const uint8_t seed[16] = {0};
    uint8_t head[32];

    vt_put_u64(head, c->trace);
    vt_put_u64(head + 8, c->now_ns);
    vt_put_u32(head + 16, what);
    vt_put_u32(head + 20, node);
    vt_put_u64(head + 24, vt_siphash(bytes.ptr, bytes.len, seed));
    c->trace = vt_siphash(head, sizeof head, seed);
}

void vt_sim_say(struct sim_cluster *c, const char *fmt, ...)
{
    char line[512];
    int used;
    va_list args;

    if (c->args->trace == NULL) {
        return;
    }
    used = snprintf(line, sizeof line, "%10.3f ms  ",
                    (double)c->now_ns / (double)VT_SIM_MS);
    va_start(args, fmt);
    (void)vsnprintf(line + used, sizeof line - (size_t)used, fmt, args);
    va_end(args);
    c->args->trace(c->args->ctx, line);
}
