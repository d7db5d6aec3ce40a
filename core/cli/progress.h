/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - one line on stderr for work that takes longer than a second:
 * how far, how fast, how long yet.
 *
 * Shown only when stderr is a terminal and somebody reads it (no --quiet, no
 * --json). Cheap to call for every item: it looks at the clock at most ten
 * times a second. Thread: one at a time.
 */
#ifndef VT_CLI_PROGRESS_H
#define VT_CLI_PROGRESS_H

#include "cli/cli.h"

#include <stdint.h>

struct vt_progress {
    const char *label; /* "sync", borrowed until the end */
    const char *unit;  /* "blocks" */
    uint64_t total;    /* 0 = not known */
    uint64_t start_ns, shown_ns;
    int on, drawn;
};

void vt_progress_begin(struct vt_progress *p, const struct vt_cli *cli,
                       const char *label, uint64_t total, const char *unit);
void vt_progress_update(struct vt_progress *p, uint64_t done);
/* Takes the line away; what follows prints as if it had never been there. */
void vt_progress_end(struct vt_progress *p);

/* The line itself, at most width columns; pure, for the two above and tests. */
void vt_progress_line(const struct vt_progress *p, uint64_t done,
                      uint64_t elapsed_ns, unsigned width, char *out,
                      size_t size);

#endif
