/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.c - draws and takes away the line.
 */
#include "cli/progress.h"

#include "cli/term.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define QUIET_NS NS_PER_S /* short work shows nothing */
#define REDRAW_NS (NS_PER_S / 10)
#define BAR_MAX 30u

static uint64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

void vt_progress_begin(struct vt_progress *p, const struct vt_cli *cli,
                       const char *label, uint64_t total, const char *unit)
{
    memset(p, 0, sizeof *p);
    p->label = label;
    p->unit = unit;
    p->total = total;
    p->start_ns = now_ns();
    p->on = !cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1;
}

/* 1234567 -> "1.2 M": three digits say enough about a rate. */
static void short_number(uint64_t v, char out[24])
{
    static const char units[] = {'k', 'M', 'G', 'T'};
    uint64_t tenths = v;
    int i = -1;

    if (v < 10000) {
        (void)snprintf(out, 24, "%" PRIu64, v);
        return;
    }
    while (v >= 1000 && i < 3) {
        tenths = v / 100;
        v /= 1000;
        i++;
    }
    (void)snprintf(out, 24, "%" PRIu64 ".%" PRIu64 " %c", tenths / 10,
                   tenths % 10, units[i]);
}

static void short_time(uint64_t seconds, char out[24])
{
    if (seconds < 3600) {
        (void)snprintf(out, 24, "%" PRIu64 ":%02" PRIu64, seconds / 60,
                       seconds % 60);
    } else {
        (void)snprintf(out, 24, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64,
                       seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
}

static void bar(char out[BAR_MAX + 1], unsigned width, uint64_t done,
                uint64_t total)
{
    unsigned full = (unsigned)((double)width * (double)done / (double)total);

    memset(out, '-', width);
    memset(out, '#', full < width ? full : width);
    out[width] = '\0';
}

void vt_progress_line(const struct vt_progress *p, uint64_t done,
                      uint64_t elapsed_ns, unsigned width, char *out,
                      size_t size)
{
    double seconds = (double)elapsed_ns / (double)NS_PER_S;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    unsigned bar_width = width < 70 ? 10 : BAR_MAX;
    char drawn[BAR_MAX + 1];
    char count[24];
    char speed[24];
    char left[24];

    short_number(done, count);
    short_number((uint64_t)rate, speed);
    if (p->total == 0) {
        short_time((uint64_t)seconds, left);
        (void)snprintf(out, size, "%s  %s %s  %s/s  %s", p->label, count,
                       p->unit, speed, left);
    } else {
        done = done < p->total ? done : p->total;
        bar(drawn, bar_width, done, p->total);
        if (done > 0 && rate > 0) {
            short_time((uint64_t)((double)(p->total - done) / rate + 0.5),
                       left);
        } else {
            (void)snprintf(left, sizeof left, "-");
        }
        (void)snprintf(out, size, "%s  [%s] %3u %%  %s %s  %s/s  ETA %s",
                       p->label, drawn,
                       (unsigned)(100.0 * (double)done / (double)p->total),
                       count, p->unit, speed, left);
    }
    if (width < size) {
        out[width] = '\0';
    }
}

void vt_progress_update(struct vt_progress *p, uint64_t done)
{
    char line[256];
    uint64_t now;

    if (!p->on) {
        return;
    }
    now = now_ns();
    if (now - p->start_ns < QUIET_NS || now - p->shown_ns < REDRAW_NS) {
        return;
    }
    p->shown_ns = now;
    p->drawn = 1;
    vt_progress_line(p, done, now - p->start_ns, vt_term_width() - 1, line,
                     sizeof line);
    (void)fprintf(stderr, "\r%s\x1b[K", line);
    (void)fflush(stderr);
}

void vt_progress_end(struct vt_progress *p)
{
    if (p->drawn) {
        (void)fputs("\r\x1b[K", stderr);
        (void)fflush(stderr);
    }
    p->on = p->drawn = 0;
}
