/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h - what tests of whole committees have in common.
 */
#ifndef VT_TESTS_SUPPORT_SCENE_H
#define VT_TESTS_SUPPORT_SCENE_H

#include "support/enginebox.h"

#define SECOND UINT64_C(1000000) /* microseconds */

/* A quick network without faults, one transaction in a block. */
struct box_options scene_quick(const struct vt_plugin *plugin,
                               const char *settings, uint32_t members);
struct box *scene_make(const struct box_options *o);
/* What gets lost, as a program of the test: ctx points to scene_phase, which
 * starts with 0. */
struct box *scene_make_lossy(struct box_options *o,
                             int (*drops)(void *ctx,
                                          const struct box_message *m));
extern int scene_phase;

/* Transactions first .. first + count - 1. */
void scene_offer(struct box *box, uint32_t node, uint32_t first,
                 uint32_t count);
void scene_all_final_within(struct box *box, uint64_t us);
void scene_finish(struct box *box);

#endif
