/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.c - the running hash over all that happens, and the story line by line.
 */
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define K1 UINT64_C(0x9e3779b97f4a7c15)
#define K2 UINT64_C(0xd6e8feb86659fd93)

static inline uint64_t stir(uint64_t h, uint64_t word)
{
    h = (h ^ word) * K1;
    return (h ^ h >> 32) * K2;
}

uint64_t vt_sim_digest(struct vt_view bytes)
{
    uint64_t h = bytes.len;
    size_t at = 0;

    for (; at + 8 <= bytes.len; at += 8) {
        h = stir(h, vt_get_u64(bytes.ptr + at));
    }
    for (; at < bytes.len; at++) {
        h = stir(h, bytes.ptr[at]);
    }
    return h ^ h >> 29;
}

void vt_sim_trace_mix(struct sim_cluster *c, uint32_t what, uint32_t node,
                      uint64_t digest)
{
    uint64_t h = stir(c->trace, c->now_ns);

    h = stir(h, (uint64_t)what << 32 | node);
    c->trace = stir(h, digest);
}

void vt_sim_say(struct sim_cluster *c, const char *fmt, ...)
{
    char line[512];
    int used;
    va_list args;

    if (c->args->trace == NULL) {
        return;
    }
    used = snprintf(line, sizeof line, "%6" PRIu64 ".%03" PRIu64 " ms  ",
                    c->now_ns / VT_SIM_MS, c->now_ns / 1000 % 1000);
    va_start(args, fmt);
    (void)vsnprintf(line + used, sizeof line - (size_t)used, fmt, args);
    va_end(args);
    c->args->trace(c->args->ctx, line);
}
