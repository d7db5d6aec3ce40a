/* SPDX-License-Identifier: Apache-2.0
 *
 * storm.h - one random run of a committee: loss, crashes, an end of the epoch.
 */
#ifndef DPOS_TESTS_STORM_H
#define DPOS_TESTS_STORM_H

#include "support/scene.h"

extern const struct vt_plugin dpos_LTX_vt_plugin_v1;

/* A quick committee with slots of 50 ms. */
struct box_options storm_usual(uint32_t members);
/* Runs a seed. Returns 1 when nothing broke and all became final; why (200
 * bytes) says what did not. */
int storm_run(uint64_t seed, char why[200]);

#endif
