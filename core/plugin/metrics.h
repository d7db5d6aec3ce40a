/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.h - the process's table of counters and gauges. Private to
 * core/plugin; others use the functions of host.h.
 */
#ifndef VT_PLUGIN_METRICS_H
#define VT_PLUGIN_METRICS_H

#include "plugin/host.h"

/* The same full name and labels give the same handle. 0 = table full. */
uint32_t vt_metric_declare(const char *full_name, const char *labels,
                           const char *help, int is_counter);

#endif
