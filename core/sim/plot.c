/* SPDX-License-Identifier: Apache-2.0
 *
 * plot.c - gathers what is to be drawn and writes it as SVG. Colours are those
 * of Okabe and Ito, which everybody can tell apart; kinds also differ in width
 * and dashes, for print without colour.
 */
#include "sim/plot.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LEFT 90.0 /* pixels; the scale of time stands there */
#define TOP 90.0
#define LANE 110.0
#define LANE_NARROW 46.0 /* with many nodes */
#define HEIGHT_MAX 6000.0
#define PIXELS_PER_MS 20.0
#define TEXT_MAX 120u

enum kind { FRAME, MARK, SPAN };

struct item {
    enum kind kind;
    uint32_t from, to;
    uint32_t what; /* class or mark */
    uint64_t at_ns, until_ns, value;
    char text[TEXT_MAX];
};

struct vt_sim_plot {
    uint64_t from_ns, to_ns;
    struct item items[VT_SIM_PLOT_ITEMS_MAX];
    size_t count;
    uint64_t left_out;
    char lane[VT_SIM_SLOTS_MAX][12];
    uint32_t lanes;
};

struct vt_sim_plot *vt_sim_plot_new(uint64_t from_ns, uint64_t for_ns)
{
    struct vt_sim_plot *plot = vt_alloc(sizeof *plot);

    if (plot != NULL) {
        plot->from_ns = from_ns;
        plot->to_ns = from_ns + for_ns;
    }
    return plot;
}

void vt_sim_plot_free(struct vt_sim_plot *plot)
{
    vt_free(plot);
}

/* ---- gathering ----------------------------------------------------------- */

/* A free item when the stretch from at to until is to be seen. */
static struct item *add(struct vt_sim_plot *plot, enum kind kind,
                        uint64_t at_ns, uint64_t until_ns)
{
    struct item *item;

    if (plot == NULL || at_ns > plot->to_ns || until_ns < plot->from_ns) {
        return NULL;
    }
    if (plot->count == VT_SIM_PLOT_ITEMS_MAX) {
        plot->left_out++;
        return NULL;
    }
    item = &plot->items[plot->count++];
    item->kind = kind;
    item->at_ns = at_ns;
    item->until_ns = until_ns;
    return item;
}

void vt_sim_plot_frame(struct vt_sim_plot *plot, uint32_t from, uint32_t to,
                       uint32_t klass, uint64_t sent_ns, uint64_t arrives_ns)
{
    struct item *item =
        add(plot, FRAME, sent_ns, arrives_ns == 0 ? sent_ns : arrives_ns);

    if (item != NULL) {
        item->from = from;
        item->to = to;
        item->what = klass;
        item->value = arrives_ns == 0;
    }
}

void vt_sim_plot_mark(struct vt_sim_plot *plot, enum vt_sim_mark mark,
                      uint32_t slot, uint64_t at_ns, uint64_t value)
{
    struct item *item = add(plot, MARK, at_ns, at_ns);

    if (item != NULL) {
        item->from = slot;
        item->what = mark;
        item->value = value;
    }
}

void vt_sim_plot_span(struct vt_sim_plot *plot, uint64_t at_ns,
                      uint64_t ends_ns, const char *text)
{
    struct item *item = add(plot, SPAN, at_ns, ends_ns);

    if (item != NULL) {
        (void)snprintf(item->text, sizeof item->text, "%s", text);
    }
}

void vt_sim_plot_lane(struct vt_sim_plot *plot, uint32_t slot, const char *name)
{
    if (plot != NULL && slot < VT_SIM_SLOTS_MAX) {
        (void)snprintf(plot->lane[slot], sizeof plot->lane[slot], "%s", name);
        plot->lanes = slot >= plot->lanes ? slot + 1 : plot->lanes;
    }
}

/* ---- drawing ------------------------------------------------------------- */

struct pen {
    const struct vt_sim_plot *plot;
    struct vt_buf *out;
    double lane, scale, width, height; /* pixels, and per nanosecond */
};

static double x_of(const struct pen *p, uint32_t slot)
{
    return LEFT + ((double)slot + 0.5) * p->lane;
}

static double y_of(const struct pen *p, uint64_t ns)
{
    uint64_t from = p->plot->from_ns;
    uint64_t to = p->plot->to_ns;

    ns = ns < from ? from : ns > to ? to : ns;
    return TOP + (double)(ns - from) * p->scale;
}

/* Text of a plan has no quotes, but < and > of one-way links. */
static void put_text(struct vt_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            (void)vt_buf_printf(out, "&lt;");
            break;
        case '>':
            (void)vt_buf_printf(out, "&gt;");
            break;
        case '&':
            (void)vt_buf_printf(out, "&amp;");
            break;
        default:
            (void)vt_buf_put(out, text, 1);
            break;
        }
    }
}

static const char *const styles =
    "<style>text{font:11px sans-serif;fill:#222}"
    ".h{font-size:15px;font-weight:bold}"
    ".lane{stroke:#bbb}.down{stroke:#fff;stroke-width:3;"
    "stroke-dasharray:4 4}"
    ".c0{stroke:#0072B2}.c1{stroke:#CC79A7;stroke-dasharray:7 2}"
    ".c2{stroke:#E69F00;stroke-width:2.5}.c3{stroke:#999;"
    "stroke-dasharray:1 2}"
    ".lost{stroke:#D55E00;stroke-dasharray:2 4}"
    ".fin{fill:#009E73}.crash{stroke:#000;stroke-width:3}"
    ".span{fill:#F0E442;fill-opacity:.28}</style>\n";

static void draw_head(const struct pen *p, const char *title)
{
    (void)vt_buf_printf(
        p->out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
        "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n%s"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
        "<text class=\"h\" x=\"10\" y=\"20\">",
        p->width, p->height, p->width, p->height, styles);
    put_text(p->out, title);
    (void)vt_buf_printf(
        p->out,
        "</text>\n<g><line class=\"c0\" x1=\"10\" y1=\"38\" x2=\"40\" "
        "y2=\"38\"/><text x=\"44\" y=\"42\">votes</text>"
        "<line class=\"c1\" x1=\"90\" y1=\"38\" x2=\"120\" y2=\"38\"/>"
        "<text x=\"124\" y=\"42\">certificates</text>"
        "<line class=\"c2\" x1=\"200\" y1=\"38\" x2=\"230\" y2=\"38\"/>"
        "<text x=\"234\" y=\"42\">proposals</text>"
        "<line class=\"c3\" x1=\"300\" y1=\"38\" x2=\"330\" y2=\"38\"/>"
        "<text x=\"334\" y=\"42\">bulk</text>"
        "<line class=\"lost\" x1=\"370\" y1=\"38\" x2=\"400\" y2=\"38\"/>"
        "<text x=\"404\" y=\"42\">lost</text>"
        "<circle class=\"fin\" cx=\"445\" cy=\"38\" r=\"4\"/>"
        "<text x=\"453\" y=\"42\">final</text>"
        "<text x=\"10\" y=\"58\">");
    if (p->plot->left_out > 0) {
        (void)vt_buf_printf(p->out, "%" PRIu64 " more are not drawn",
                            p->plot->left_out);
    }
    (void)vt_buf_printf(p->out, "</text></g>\n");
}

static void draw_spans(const struct pen *p)
{
    for (size_t i = 0; i < p->plot->count; i++) {
        const struct item *item = &p->plot->items[i];

        if (item->kind != SPAN) {
            continue;
        }
        double y = y_of(p, item->at_ns);

        (void)vt_buf_printf(p->out,
                            "<rect class=\"span\" x=\"%.0f\" y=\"%.1f\" "
                            "width=\"%.0f\" height=\"%.1f\"/><text "
                            "x=\"%.0f\" y=\"%.1f\">",
                            LEFT, y, p->width - LEFT,
                            y_of(p, item->until_ns) - y, LEFT + 4, y + 11);
        put_text(p->out, item->text);
        (void)vt_buf_printf(p->out, "</text>\n");
    }
}

static void draw_lanes(const struct pen *p)
{
    double bottom = y_of(p, p->plot->to_ns);

    for (uint32_t slot = 0; slot < p->plot->lanes; slot++) {
        double x = x_of(p, slot);

        (void)vt_buf_printf(p->out,
                            "<line class=\"lane\" x1=\"%.1f\" y1=\"%.0f\" "
                            "x2=\"%.1f\" y2=\"%.1f\"/><text x=\"%.1f\" "
                            "y=\"%.0f\" text-anchor=\"middle\">%s</text>\n",
                            x, TOP, x, bottom, x, TOP - 8, p->plot->lane[slot]);
    }
}

/* About twenty marks of time, at round distances. */
static void draw_scale(const struct pen *p)
{
    uint64_t span = p->plot->to_ns - p->plot->from_ns;
    uint64_t step = VT_SIM_MS;

    while (span / step > 20) {
        step *= span / step > 100 ? 10 : 2;
    }
    for (uint64_t at = p->plot->from_ns; at <= p->plot->to_ns; at += step) {
        (void)vt_buf_printf(p->out,
                            "<text x=\"%.0f\" y=\"%.1f\" "
                            "text-anchor=\"end\">%.3f ms</text>\n",
                            LEFT - 6, y_of(p, at) + 4,
                            (double)at / (double)VT_SIM_MS);
    }
}

static void draw_frame(const struct pen *p, const struct item *item)
{
    double x1 = x_of(p, item->from);
    double x2 = x_of(p, item->to);
    double y1 = y_of(p, item->at_ns);

    if (item->value) { /* lost: a third of the way */
        (void)vt_buf_printf(p->out,
                            "<line class=\"lost\" x1=\"%.1f\" y1=\"%.1f\" "
                            "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                            x1, y1, x1 + (x2 - x1) / 3, y1 + 6);
        return;
    }
    (void)vt_buf_printf(p->out,
                        "<line class=\"c%u\" x1=\"%.1f\" y1=\"%.1f\" "
                        "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                        item->what % VT_SIM_CLASSES, x1, y1, x2,
                        y_of(p, item->until_ns));
}

static uint64_t back_at(const struct pen *p, size_t crash)
{
    const struct item *items = p->plot->items;

    for (size_t i = crash + 1; i < p->plot->count; i++) {
        if (items[i].kind == MARK && items[i].what == VT_SIM_MARK_RESTART &&
            items[i].from == items[crash].from) {
            return items[i].at_ns;
        }
    }
    return p->plot->to_ns;
}

static void draw_mark(const struct pen *p, size_t i)
{
    const struct item *item = &p->plot->items[i];
    double x = x_of(p, item->from);
    double y = y_of(p, item->at_ns);

    switch ((enum vt_sim_mark)item->what) {
    case VT_SIM_MARK_FINAL:
        (void)vt_buf_printf(p->out,
                            "<circle class=\"fin\" cx=\"%.1f\" cy=\"%.1f\" "
                            "r=\"4\"/><text x=\"%.1f\" y=\"%.1f\">%" PRIu64
                            "</text>\n",
                            x, y, x + 6, y + 4, item->value);
        break;
    case VT_SIM_MARK_CRASH:
        (void)vt_buf_printf(
            p->out,
            "<line class=\"down\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
            "y2=\"%.1f\"/><path class=\"crash\" d=\"M%.1f %.1fl12 12m0 "
            "-12l-12 12\"/><text x=\"%.1f\" y=\"%.1f\">crash</text>\n",
            x, y, x, y_of(p, back_at(p, i)), x - 6, y - 6, x + 9, y + 4);
        break;
    case VT_SIM_MARK_RESTART:
        (void)vt_buf_printf(p->out,
                            "<path d=\"M%.1f %.1fl6 10h-12z\"/><text "
                            "x=\"%.1f\" y=\"%.1f\">restart</text>\n",
                            x, y - 5, x + 9, y + 4);
        break;
    }
}

vt_status vt_sim_plot_svg(const struct vt_sim_plot *plot, const char *title,
                          struct vt_buf *out)
{
    struct pen p = {.plot = plot, .out = out};
    double ms = (double)(plot->to_ns - plot->from_ns) / (double)VT_SIM_MS;
    double pixels = ms * PIXELS_PER_MS;

    pixels = pixels > HEIGHT_MAX ? HEIGHT_MAX : pixels;
    p.lane = plot->lanes > 12 ? LANE_NARROW : LANE;
    p.scale = pixels / (ms * (double)VT_SIM_MS);
    p.width = LEFT + (double)plot->lanes * p.lane + 20;
    p.width = p.width < 520 ? 520 : p.width;
    p.height = TOP + pixels + 30;
    draw_head(&p, title);
    draw_spans(&p);
    draw_lanes(&p);
    draw_scale(&p);
    for (size_t i = 0; i < plot->count; i++) {
        if (plot->items[i].kind == FRAME) {
            draw_frame(&p, &plot->items[i]);
        }
    }
    for (size_t i = 0; i < plot->count; i++) {
        if (plot->items[i].kind == MARK) {
            draw_mark(&p, i);
        }
    }
    (void)vt_buf_printf(out, "</svg>\n");
    return out->failed;
}
