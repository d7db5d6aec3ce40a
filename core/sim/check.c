/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - how a broken invariant is told. Their names are those of README.md;
 * the checks are in check_blocks.c, check_votes.c and check_end.c.
 */
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void vt_sim_violation(struct sim_cluster *c, const char *fmt, ...)
{
    char text[sizeof c->result->violation];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    vt_sim_say(c, "VIOLATION %s (event %" PRIu64 ")", text, c->result->events);
    if (c->result->violations++ == 0) {
        (void)snprintf(c->result->violation, sizeof c->result->violation, "%s",
                       text);
    }
}
