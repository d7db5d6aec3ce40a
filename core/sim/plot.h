/* SPDX-License-Identifier: Apache-2.0
 *
 * plot.h - a stretch of a run as a message diagram: time runs down, every node
 * has a lane, messages are slanted lines between lanes.
 */
#ifndef VT_SIM_PLOT_H
#define VT_SIM_PLOT_H

#include "base/buf.h"

#define VT_SIM_PLOT_ITEMS_MAX 6000u /* drawn; more are counted */
#define VT_SIM_PLOT_BYTES_MAX (4u << 20)

struct vt_sim_plot;

enum vt_sim_mark {
    VT_SIM_MARK_FINAL, /* value: height */
    VT_SIM_MARK_CRASH,
    VT_SIM_MARK_RESTART
};

/* Draws what happens from from_ns on for for_ns. NULL: out of memory. */
VT_MUST_USE struct vt_sim_plot *vt_sim_plot_new(uint64_t from_ns,
                                                uint64_t for_ns);
/* NULL is fine, here and below. */
void vt_sim_plot_free(struct vt_sim_plot *plot);

/* A frame between two slots; klass as of enum vt_send_class. A lost one has
 * arrives_ns 0. */
void vt_sim_plot_frame(struct vt_sim_plot *plot, uint32_t from, uint32_t to,
                       uint32_t klass, uint64_t sent_ns, uint64_t arrives_ns);
void vt_sim_plot_mark(struct vt_sim_plot *plot, enum vt_sim_mark mark,
                      uint32_t slot, uint64_t at_ns, uint64_t value);
/* Something that lasts, with its text; ends_ns UINT64_MAX: to the end. */
void vt_sim_plot_span(struct vt_sim_plot *plot, uint64_t at_ns,
                      uint64_t ends_ns, const char *text);
/* Name of a lane. */
void vt_sim_plot_lane(struct vt_sim_plot *plot, uint32_t slot,
                      const char *name);

/* The drawing, appended to out. Returns VT_OK, VT_E_NOMEM, VT_E_LIMIT. */
vt_status vt_sim_plot_svg(const struct vt_sim_plot *plot, const char *title,
                          struct vt_buf *out);

#endif
